/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the sampling covariance of effects that come from the same people. */
#include <math.h>
#include <string.h>

#include "cli.h"

/* clang-format off */
#define OPTIONS_OF_PAIRS \
    {"rho-type", "R", CLI_ONCE, "that of effects of different types (--v-type; default: as --rho)", 0}, \
    {"phi", "P", CLI_ONCE, "correlation of errors one unit of time apart: phi^|difference| (--v-time)", 0}, \
    {"v-obs", "COL", CLI_ONCE, "outcome: --rho is between different ones (default: each row its own)", 0}, \
    {"v-type", "COL", CLI_ONCE, "type of the outcome: --rho is within, --rho-type between types", 0}, \
    {"v-time", "COL", CLI_ONCE, "time of the effect", 0}, \
    {"v-grp1", "COL", CLI_ONCE, "group 1 of the effect: comparisons that share a group correlate by it", 0}, \
    {"v-grp2", "COL", CLI_ONCE, "group 2, mostly the control", 0}, \
    {"v-n1", "COL", CLI_ONCE, "size of group 1 (default: n1i; without sizes: equal)", 0}, \
    {"v-n2", "COL", CLI_ONCE, "size of group 2 (default: n2i)", 0}, \
    {"v-se1", "COL", CLI_ONCE, "standard error of group 1 in place of its size", 0}, \
    {"v-se2", "COL", CLI_ONCE, "standard error of group 2", 0}, \
    {"v-shared", NULL, CLI_FLAG, "rows with one and the same control arm: the covariance that it makes", 0}, \
    {"v-cor", "FILE", CLI_ONCE, "reported correlations: columns obs1, obs2, r, and cluster where they differ", 0}, \
    {"V", "COL,COL,..", CLI_ONCE, "covariances: row i of a cluster's matrix stands in its row i", 0}, \
    {"v-file", "FILE", CLI_ONCE, "covariances: a square matrix of the sheet's rows, or columns row, col, v", 0}, \
    {"v-nearest", NULL, CLI_FLAG, "take the nearest matrix where one is not positive definite, and say so", 0}

const cli_option cli_covariance_options[] = {
    {"v-cluster", "COL", CLI_ONCE, "effects with the same text there may correlate", 0},
    {"v-struct", "NAME", CLI_ONCE, "ID, CS, CAR, CS+CAR, CS*CAR (default: by what else is given)", 0},
    {"rho", "R,R,..", CLI_ONCE, "correlation of the errors of two effects of a cluster; several: one fit for each", 0},
    OPTIONS_OF_PAIRS,
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_aggregate_options[] = {
    {"cluster", "COL", CLI_ONCE, "effects with the same text there become one", 0},
    {"struct", "NAME", CLI_ONCE, "ID, CS, CAR, CS+CAR, CS*CAR (default: by what else is given)", 0},
    {"rho", "R", CLI_ONCE, "correlation of the errors of two effects of a cluster", 0},
    OPTIONS_OF_PAIRS,
    {"weighted", "yes|no", CLI_ONCE, "no: the mean of a cluster's effects (default yes: least variance)", 0},
    {"sum", "COL,COL,..", CLI_ONCE, "add these columns up in each cluster (sizes of different people)", 0},
    {"max", "COL,COL,..", CLI_ONCE, "take the largest (sizes where the same people were measured again)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

static const char *structure_at(size_t i)
{
    return i < TQ_COV_COUNT ? tq_cov_structure_name((tq_cov_structure)i) : NULL;
}

tq_status cli_column_list(const cli_args *args, const char *option, tq_arena *arena,
                          const char *const **out, size_t *n, tq_error *err)
{
    const char *value = cli_value(args, option);
    char *text = tq_arena_text(arena, value ? value : "");
    const char **list = tq_arena_take(arena, value ? strlen(value) + 1 : 1, sizeof *list);

    *n = 0;
    if (!text || !list) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (char *part = value ? text : NULL; part;) {
        char *comma = strchr(part, ',');

        if (comma) {
            *comma = '\0';
        }
        if (!*part) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s: '%.80s' is not a list of columns COL,COL,..", option, value);
        }
        list[(*n)++] = part;
        part = comma ? comma + 1 : NULL;
    }
    *out = list;
    return TQ_OK;
}

/* --rho: one or several. */
static tq_status read_rho(const cli_args *args, tq_arena *arena, cli_covariance *out, tq_error *err)
{
    const char *const *text = NULL;
    tq_status status = cli_column_list(args, "rho", arena, &text, &out->n_rho, err);

    if (status == TQ_EINVAL) {
        return tq_fail(err, status, TQ_NO_ROW, NULL,
                       "--rho: '%.80s' is not a correlation from -1 to 1, or a list R,R,..",
                       cli_value(args, "rho"));
    }
    double *rho = status == TQ_OK ? tq_arena_take(arena, out->n_rho + 1, sizeof *rho) : NULL;

    if (!rho) {
        return status == TQ_OK ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : status;
    }
    for (size_t i = 0; i < out->n_rho; i++) {
        if (!tq_parse_number(text[i], '.', &rho[i]) || !(rho[i] >= -1.0 && rho[i] <= 1.0)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--rho: '%.40s' is not a correlation from -1 to 1", text[i]);
        }
    }
    out->rho = rho;
    out->wish.rho = out->n_rho ? rho[0] : (double)NAN;
    return TQ_OK;
}

static tq_status read_other(const cli_args *args, const char *option, tq_table **out, tq_error *err)
{
    const tq_sheet_options opt = {.decimal = '.'};

    return cli_value(args, option) ? tq_sheet_read(cli_value(args, option), &opt, out, err) : TQ_OK;
}

static void read_columns(const cli_args *args, const char *cluster, tq_covariance_wish *w)
{
    w->cluster_option = cluster;
    w->cluster = cli_value(args, cluster);
    w->obs = cli_value(args, "v-obs");
    w->type = cli_value(args, "v-type");
    w->time = cli_value(args, "v-time");
    w->group1 = cli_value(args, "v-grp1");
    w->group2 = cli_value(args, "v-grp2");
    w->size1 = cli_value(args, "v-n1");
    w->size2 = cli_value(args, "v-n2");
    w->se1 = cli_value(args, "v-se1");
    w->se2 = cli_value(args, "v-se2");
    w->shared = cli_value(args, "v-shared") != NULL;
    w->nearest = cli_value(args, "v-nearest") != NULL;
}

tq_status cli_read_covariance(const cli_args *args, const char *cluster, const char *structure,
                              tq_arena *arena, cli_covariance *out, tq_error *err)
{
    size_t choice = TQ_COV_COUNT;

    *out = (cli_covariance){.wish = tq_covariance_wish_none()};
    read_columns(args, cluster, &out->wish);
    tq_status status = cli_choice(args, structure, structure_at, &choice, err);

    out->wish.structure = (tq_cov_structure)choice;
    status = status == TQ_OK ? read_rho(args, arena, out, err) : status;
    status = status == TQ_OK ? cli_number(args, "rho-type", &out->wish.rho_type, err) : status;
    status = status == TQ_OK ? cli_number(args, "phi", &out->wish.phi, err) : status;
    status = status == TQ_OK
                 ? cli_column_list(args, "V", arena, &out->wish.columns, &out->wish.n_columns, err)
                 : status;
    status = status == TQ_OK ? read_other(args, "v-file", &out->matrix, err) : status;
    status = status == TQ_OK ? read_other(args, "v-cor", &out->reported, err) : status;
    out->wish.matrix = out->matrix;
    out->wish.reported = out->reported;
    return status == TQ_OK ? tq_covariance_wish_check(&out->wish, err) : status;
}

void cli_covariance_free(cli_covariance *c)
{
    tq_table_free(c->matrix);
    tq_table_free(c->reported);
}
