/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq check: what looks wrong in a sheet. */
#include <string.h>

#include "cli.h"

static tq_check_view *const views[CLI_VIEWS] = {
    [CLI_TEXT] = tq_check_text, [CLI_JSON] = tq_check_json, [CLI_CSV] = tq_check_csv};

enum { MAX_MAP = 64 };

static const char *severity_at(size_t i)
{
    return i < TQ_FINDING_COUNT ? tq_finding_severity_name((tq_finding_severity)i) : NULL;
}

static const char *direction_at(size_t i)
{
    return i < TQ_DIRECTION_COUNT ? tq_direction_name((tq_direction)i) : NULL;
}

/* The roles that --map knows: name, and what it means. */
static tq_status list_roles(const cli_args *args, tq_error *err)
{
    tq_buffer out = {0};

    for (size_t i = 0; tq_audit_role(i); i++) {
        tq_buffer_format(&out, "%-12s  %s\n", tq_audit_role(i), tq_audit_role_meaning(i));
    }
    const tq_status status = cli_deliver_list(args, &out, err);

    tq_buffer_free(&out);
    return status;
}

/* What to check and how to show it. */
typedef struct {
    tq_audit_spec spec;
    const char *map[MAX_MAP];
    cli_format format;
    size_t least;
} settings;

static tq_status read_settings(const cli_args *args, settings *set, tq_error *err)
{
    size_t direction = TQ_DIRECTION_INFER;

    *set = (settings){.format = CLI_TEXT};
    tq_status status = cli_main_format(args, &set->format, err);

    if (status == TQ_OK && set->format == CLI_FORMAT_COUNT) {
        status =
            cli_unknown_extension(cli_value(args, "output"), ".txt .md .tex .html .json .csv", err);
    }

    status =
        status == TQ_OK ? cli_choice(args, "min-severity", severity_at, &set->least, err) : status;
    status =
        status == TQ_OK ? cli_choice(args, "direction", direction_at, &direction, err) : status;
    for (const char *map; (map = cli_value_at(args, "map", set->spec.n_map)) != NULL;) {
        if (set->spec.n_map == MAX_MAP) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--map: more than %d", MAX_MAP);
        }
        set->map[set->spec.n_map++] = map;
    }
    set->spec.map = set->map;
    set->spec.slab = cli_value(args, "slab");
    set->spec.subset = cli_value(args, "subset");
    set->spec.integer = cli_value(args, "integer");
    set->spec.direction = (tq_direction)direction;
    return status;
}

static tq_status deliver(const cli_args *args, const settings *set, const tq_audit *audit,
                         const tq_provenance *provenance, tq_error *err)
{
    const tq_finding_severity least = (tq_finding_severity)set->least;
    tq_buffer text = {0}, json = {0};
    tq_view_options opt;
    tq_status status = cli_view_options(args, &opt, err);

    opt.markup = cli_markup_of(set->format);
    if (status == TQ_OK) {
        status = views[cli_view_of(set->format)](audit, provenance, least, &opt, &text, err);
    }
    if (status == TQ_OK && cli_value(args, "json")) {
        status = tq_check_json(audit, provenance, least, &opt, &json, err);
    }
    status = status == TQ_OK ? cli_deliver(args, &text, &json, err) : status;
    tq_buffer_free(&json);
    tq_buffer_free(&text);
    return status;
}

/* With --strict the document stands, and the exit status tells that it holds errors. */
static tq_status judge(const cli_args *args, const tq_audit *audit, tq_error *err)
{
    const size_t n = audit->count[TQ_FINDING_ERROR];

    if (!cli_value(args, "strict") || n == 0) {
        return TQ_OK;
    }
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "%zu finding%s of severity error in %.120s", n,
                   n == 1 ? "" : "s", tq_table_source(audit->table));
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    tq_provenance provenance = {.command = "check", .command_line = command_line};
    cli_input in = {0};
    settings set;
    tq_audit *audit = NULL;
    tq_status status = read_settings(args, &set, err);

    if (status == TQ_OK && cli_value(args, "list")) {
        return list_roles(args, err);
    }
    status = status == TQ_OK ? cli_read_table(args, &in, err) : status;
    if (status == TQ_OK) {
        provenance.notice = in.notice;
        status = tq_audit_run(in.table, &set.spec, &audit, err);
    }
    status = status == TQ_OK ? deliver(args, &set, audit, &provenance, err) : status;
    status = status == TQ_OK ? judge(args, audit, err) : status;
    tq_audit_free(audit);
    cli_input_free(&in);
    return status;
}

static const cli_option check_options[] = {
    {"map", "ROLE=COL", CLI_REPEATED, "the column that has a role; ROLE= for none (roles: --list)",
     0},
    {"list", NULL, CLI_FLAG, "the roles a column can have, and what they mean", 0},
    {"direction", "WAY", CLI_ONCE, "lower or higher is better (default infer: from the sheet)", 0},
    {"integer", "EXPR", CLI_ONCE, "rows whose scores are whole numbers, e.g. \"outcome == 'NRS'\"",
     0},
    {"min-severity", "NAME", CLI_ONCE, "show from: note (default), warning, error", 0},
    {"strict", NULL, CLI_FLAG, "exit status 1 when an error is found", 0},
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html",
     0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"check", check_options},
    {"data", cli_data_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_check = {
    "check",
    "DATA [options]",
    "errors of data extraction: what looks wrong in a sheet, and why",
    "  tausq check trials.csv --map n1=patients_cells --integer \"outcome == 'pain NRS'\"",
    groups,
    run,
};
