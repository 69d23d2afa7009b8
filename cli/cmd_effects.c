/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq effects: effect sizes and sampling variances per study. */
#include "cli.h"

static tq_effects_view *const views[CLI_VIEWS] = {
    [CLI_TEXT] = tq_effects_text, [CLI_JSON] = tq_effects_json, [CLI_CSV] = tq_effects_csv};

static void put_inputs(tq_input_set set, tq_buffer *out)
{
    for (tq_input j = 0; j < TQ_INPUT_COUNT; j++) {
        if (set & TQ_INPUT_BIT(j)) {
            tq_buffer_format(out, "--%s ", tq_input_name(j));
        }
    }
}

/* What a row lacks, and what it may be derived from. */
static void list_rules(tq_buffer *out)
{
    tq_input_set reads;
    const char *rule;

    tq_buffer_text(out,
                   "\nWhat a row lacks for a measure is derived from what it has, by the first "
                   "of these that serves\n(--no-fallback: not at all):\n");
    for (size_t i = 0; (rule = tq_derive_rule(i, &reads)) != NULL; i++) {
        tq_buffer_format(out, "%s\n       from   ", rule);
        put_inputs(reads, out);
        out->size -= out->size > 0; /* the blank behind the last */
        tq_buffer_text(out, "\n");
    }
}

/* The table of measures: code, name, inputs, variance types, reference; then the rules. */
static tq_status list_measures(const cli_args *args, tq_error *err)
{
    tq_buffer out = {0};
    const tq_measure *m;

    for (size_t i = 0; (m = tq_measure_at(i)) != NULL; i++) {
        tq_buffer_format(&out, "%-6s %s\n", m->code, m->name);
        for (size_t r = 0; r < m->n_recipes; r++) {
            tq_buffer_text(&out, r ? "       or     " : "       from   ");
            put_inputs(m->recipes[r].needs, &out);
            tq_buffer_format(&out, "(%s)\n", m->recipes[r].from);
        }
        if (m->vtypes[0]) {
            tq_buffer_text(&out, "       vtype ");
            for (size_t v = 0; m->vtypes[v]; v++) {
                tq_buffer_format(&out, " %s", m->vtypes[v]);
            }
            tq_buffer_text(&out, "\n");
        }
        tq_buffer_format(&out, "       ref    %s\n", m->reference);
    }
    list_rules(&out);
    const tq_status status = cli_deliver_list(args, &out, err);

    tq_buffer_free(&out);
    return status;
}

static tq_status read_view(const cli_args *args, cli_format format, tq_view_options *opt,
                           tq_error *err)
{
    const tq_status status = cli_view_options(args, opt, err);

    opt->covariances = cli_value(args, "covariances") != NULL;
    return status == TQ_OK && opt->covariances && format != CLI_CSV
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--covariances stand in CSV alone: --format csv, or -o FILE.csv")
               : status;
}

static tq_status deliver(const cli_args *args, const tq_dataset *data,
                         const tq_provenance *provenance, cli_format format, tq_error *err)
{
    tq_buffer text = {0}, json = {0};
    tq_view_options opt;
    tq_status status = read_view(args, format, &opt, err);

    opt.markup = cli_markup_of(format);
    if (status == TQ_OK) {
        status = views[cli_view_of(format)](data, provenance, &opt, &text, err);
    }
    if (status == TQ_OK && cli_value(args, "json")) {
        status = tq_effects_json(data, provenance, &opt, &json, err);
    }
    status = status == TQ_OK ? cli_deliver(args, &text, &json, err) : status;
    tq_buffer_free(&json);
    tq_buffer_free(&text);
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_provenance provenance = {.command = "effects", .command_line = command_line};
    cli_input in = {0};
    cli_format format = CLI_TEXT;
    tq_status status = cli_main_format(args, &format, err);

    if (status == TQ_OK && cli_value(args, "list")) {
        return list_measures(args, err);
    }
    if (status == TQ_OK && format == CLI_FORMAT_COUNT) {
        return cli_unknown_extension(cli_value(args, "output"), ".txt .md .tex .html .json .csv",
                                     err);
    }
    if (status == TQ_OK) {
        status = cli_read_dataset(args, &in, err);
    }
    provenance.notice = in.notice;
    if (status == TQ_OK) {
        status = cli_compatibility(args, in.arena, &provenance.compat, err);
    }
    if (status == TQ_OK) {
        status = deliver(args, in.dataset, &provenance, format, err);
    }
    cli_input_free(&in);
    return status;
}

static const cli_option effects_options[] = {
    {"list", NULL, CLI_FLAG,
     "the measures: code, inputs, variance types, reference; what is derived from what", 0},
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html",
     0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {"covariances", NULL, CLI_FLAG,
     "with CSV: block and V1, V2, ..., the covariance of effects that share a control", 0},
    {"digits", "N", CLI_ONCE, "decimals in texts, 0 to 15 (default 4)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"effects", effects_options},
    {"data", cli_data_options},
    {"columns (default: the column of the same name)", cli_input_options},
    {"measure", cli_effect_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_effects = {
    "effects",
    "DATA [options]",
    "effect sizes yi and sampling variances vi per study",
    "  tausq effects trials.csv --measure SMD -o effects.csv     (and then: tausq pool "
    "effects.csv)",
    groups,
    run,
};
