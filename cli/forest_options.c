/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a forest plot shows: columns, order, pages; and what the analysis must carry for it. */
#include <string.h>

#include "cli.h"
#include "core/names.h"

/* clang-format off */
const cli_option cli_forest_options[] = {
    {"show", "NAMES", CLI_ONCE, "columns, e.g. \"year,inputs,plot,effect,weight,rob\": inputs, n, plot, effect, weight, rob, or of the sheet", 0},
    {"sort", "NAME", CLI_ONCE, "order of the studies: effect, weight, precision, study, or a column of the sheet", 0},
    {"summary-only", NULL, CLI_FLAG, "levels of every --subgroup and the whole, no studies", 0},
    {"page-rows", "N", CLI_ONCE, "PDF: most rows of a page (default 60; 0: one page)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_descending_options[] = {
    {"descending", NULL, CLI_FLAG, "--sort: the largest first", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

static int is_name(const char *name, cli_names *at)
{
    for (size_t i = 0; at(i); i++) {
        if (strcmp(at(i), name) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *order_at(const void *table, size_t i)
{
    (void)table;
    return tq_forest_order_name(i);
}

static const char *column_at(const void *table, size_t i)
{
    (void)table;
    return tq_forest_column_name(i);
}

/* What is no column of the sheet may be a word that was mistyped. */
static tq_status check_word(const char *option, const char *name, tq_name_at at,
                            const tq_table *table, tq_error *err)
{
    const char *const near =
        tq_table_find(table, name) == TQ_NO_COLUMN ? tq_nearest_name(name, at, NULL) : NULL;

    return near ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                          "--%s: no column '%.80s'; did you mean '%s'?", option, name, near)
                : TQ_OK;
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* The names of a list with commas, without blanks around them. */
static tq_status split(const char *list, tq_arena *arena, const char ***out, size_t *n,
                       tq_error *err)
{
    char *rest = tq_arena_text(arena, list);

    *out = tq_arena_take(arena, strlen(list) + 1, sizeof **out);
    *n = 0;
    if (!rest || !*out) {
        return no_memory(err);
    }
    while (rest) {
        char *const comma = strchr(rest, ',');
        char *name = rest + strspn(rest, " ");
        size_t length;

        if (comma) {
            *comma = '\0';
        }
        for (length = strlen(name); length > 0 && name[length - 1] == ' '; length--) {
        }
        name[length] = '\0';
        if (!*name) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--show: '%.80s' has an empty name",
                           list);
        }
        (*out)[(*n)++] = name;
        rest = comma ? comma + 1 : NULL;
    }
    return TQ_OK;
}

tq_status cli_forest_columns(const cli_args *args, cli_input *in, tq_analysis_spec *spec,
                             tq_error *err)
{
    const char *const show = cli_value(args, "show"), *const sort = cli_value(args, "sort");
    const char **name = NULL;
    size_t n = 0;
    tq_status status = show ? split(show, in->arena, &name, &n, err) : TQ_OK;
    tq_column_wish *const wish = tq_arena_take(in->arena, n + 1, sizeof *wish);
    int rob = !show;

    if (status == TQ_OK && !wish) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        rob = rob || strcmp(name[i], "rob") == 0;
        if (!is_name(name[i], tq_forest_column_name)) {
            status = check_word("show", name[i], column_at, in->table, err);
            wish[spec->n_columns++] = (tq_column_wish){"show", name[i]};
        }
    }
    if (status == TQ_OK && sort && !is_name(sort, tq_forest_order_name)) {
        status = check_word("sort", sort, order_at, in->table, err);
        wish[spec->n_columns++] = (tq_column_wish){"sort", sort};
    }
    spec->columns = wish;
    spec->risk_of_bias = rob && (cli_has_figure(args) || cli_value(args, "xlsx"));
    return status;
}

tq_status cli_forest_choice(const cli_args *args, const tq_analysis *a, tq_forest_options *opt,
                            tq_error *err)
{
    const char *const show = cli_value(args, "show");
    const char **name = NULL;

    opt->sort = cli_value(args, "sort");
    opt->descending = opt->sort && cli_value(args, "descending");
    opt->summary_only = cli_value(args, "summary-only") != NULL;
    const tq_status status = show ? split(show, a->arena, &name, &opt->n_show, err) : TQ_OK;

    opt->show = name;
    return status;
}
