/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands on parts of the studies share. */
#include "sensitivity_options.h"

const cli_views cli_sequence_views = {
    .of =
        {[CLI_TEXT] = tq_sequence_text, [CLI_JSON] = tq_sequence_json, [CLI_CSV] = tq_sequence_csv},
    .figure = cli_sequence_forest};

/* clang-format off */
const cli_option cli_loo_options[] = {
    {"cluster", "COL", CLI_ONCE, "leave out together the studies with the same text in COL", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_cumul_options[] = {
    {"order", "COL", CLI_ONCE, "numbers, else texts; or yi, vi, sei, ni (default: as in the sheet)", 0},
    {"descending", NULL, CLI_FLAG, "the largest value first", 0},
    {"collapse", NULL, CLI_FLAG, "studies of equal values come in together", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

/* One pooled effect is followed. */
static tq_status common_options(const cli_args *args, tq_sensitivity_spec *asked, tq_error *err)
{
    long threads = 0;
    tq_status status = cli_integer(args, "threads", 1, 4096, &threads, err);

    asked->threads = (size_t)threads;
    if (status == TQ_OK) {
        status = cli_refuse(args, "subgroup",
                            "one pooled effect is followed; --subset takes one level", err);
    }
    return status == TQ_OK
               ? cli_refuse(args, "mods",
                            "a model with moderators has no one pooled effect to follow; tausq "
                            "influence deletes its studies one by one",
                            err)
               : status;
}

tq_status cli_ask_loo(const cli_args *args, tq_sensitivity_spec *asked, tq_error *err)
{
    asked->loo = 1;
    asked->cluster = cli_value(args, "cluster");
    return common_options(args, asked, err);
}

static tq_status needs_order(const cli_args *args, const char *option, tq_error *err)
{
    return cli_value(args, "order") ? TQ_OK : cli_refuse(args, option, "needs --order COL", err);
}

tq_status cli_ask_cumul(const cli_args *args, tq_sensitivity_spec *asked, tq_error *err)
{
    tq_status status = needs_order(args, "descending", err);

    asked->cumul = 1;
    asked->order = cli_value(args, "order");
    asked->descending = cli_value(args, "descending") != NULL;
    asked->collapse = cli_value(args, "collapse") != NULL;
    status = status == TQ_OK ? needs_order(args, "collapse", err) : status;
    return status == TQ_OK ? common_options(args, asked, err) : status;
}

tq_status cli_ask_influence(const cli_args *args, tq_sensitivity_spec *asked, tq_error *err)
{
    long threads = 0;
    const tq_status status = cli_integer(args, "threads", 1, 4096, &threads, err);

    asked->influence = 1;
    asked->threads = (size_t)threads;
    return status;
}

void cli_ask_sensitivity(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    tq_sensitivity_spec *sensitivity = asked;

    sensitivity->progress = progress;
    spec->sensitivity = sensitivity;
}
