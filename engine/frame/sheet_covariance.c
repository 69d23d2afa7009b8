/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From columns of a sheet, and what is assumed of them, to the sampling covariance of its effects. */
#include "frame/sheet_covariance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "frame/given_covariance_internal.h"
#include "frame/text_numbers.h"

tq_covariance_wish tq_covariance_wish_none(void)
{
    return (tq_covariance_wish){.cluster_option = "v-cluster",
                                .structure = TQ_COV_COUNT,
                                .rho = NAN,
                                .rho_type = NAN,
                                .phi = NAN};
}

static int by_correlation(const tq_covariance_wish *w)
{
    return !isnan(w->rho) || !isnan(w->rho_type) || !isnan(w->phi) || w->obs || w->type ||
           w->time || w->group1 || w->group2 || w->size1 || w->size2 || w->se1 || w->se2 ||
           w->shared || w->reported || (w->structure != TQ_COV_COUNT && w->structure != TQ_COV_ID);
}

int tq_covariance_asked(const tq_covariance_wish *w)
{
    return by_correlation(w) || w->n_columns > 0 || w->matrix;
}

/* ---- columns ---- */

/* The columns, in the order of their keys. */
enum { CLUSTER, OBS, TYPE, TIME, GROUP1, GROUP2, SIZE1, SIZE2, SE1, SE2 };

static void columns_of(const tq_covariance_wish *w, tq_key out[TQ_COVARIANCE_KEYS])
{
    const tq_key keys[TQ_COVARIANCE_KEYS] = {
        [CLUSTER] = {w->cluster, w->cluster_option, 0},
        [OBS] = {w->obs, "v-obs", 0},
        [TYPE] = {w->type, "v-type", 0},
        [TIME] = {w->time, "v-time", 1},
        [GROUP1] = {w->group1, "v-grp1", 0},
        [GROUP2] = {w->group2, "v-grp2", 0},
        [SIZE1] = {w->size1, "v-n1", 1},
        [SIZE2] = {w->size2, "v-n2", 1},
        [SE1] = {w->se1, "v-se1", 1},
        [SE2] = {w->se2, "v-se2", 1},
    };

    memcpy(out, keys, sizeof keys);
}

size_t tq_covariance_keys(const tq_covariance_wish *w, tq_key out[TQ_COVARIANCE_KEYS])
{
    tq_key all[TQ_COVARIANCE_KEYS];
    size_t n = 0;

    columns_of(w, all);
    for (size_t c = 0; c < TQ_COVARIANCE_KEYS; c++) {
        if (all[c].column) {
            out[n++] = all[c];
        }
    }
    return n;
}

/* ---- what is asked for ---- */

static tq_status needs(const char *what, const char *other, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s needs %s", what, other);
}

/* The structure that what is given amounts to. */
static tq_status choose_structure(const tq_covariance_wish *w, tq_cov_structure *out, tq_error *err)
{
    const int outcomes = w->obs || w->type;

    *out = w->structure;
    if (w->structure != TQ_COV_COUNT) {
        return TQ_OK;
    }
    if (!w->time) {
        *out = TQ_COV_CS;
        return TQ_OK;
    }
    *out = outcomes ? TQ_COV_CS_CAR : TQ_COV_CAR;
    return !outcomes && !isnan(w->rho)
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--rho beside --v-time: name the outcomes it is between with --v-obs, or "
                         "leave it out for one outcome measured at several times")
               : TQ_OK;
}

/* An option that does nothing without another. */
tq_status tq_covariance_wish_check(const tq_covariance_wish *w, tq_error *err)
{
    char cluster[48];
    const int rho = !isnan(w->rho), phi = !isnan(w->phi);
    tq_cov_structure structure;
    const struct {
        int given, met;
        const char *what, *other;
    } rows[] = {
        {!isnan(w->rho_type), w->type != NULL, "--rho-type", "--v-type"},
        {phi, w->time != NULL, "--phi", "--v-time, the times of the effects"},
        {w->time != NULL, phi, "--v-time", "--phi, the correlation one unit of time apart"},
        {w->obs != NULL, rho || w->reported, "--v-obs", "--rho, the correlation of outcomes"},
        {w->type != NULL, rho, "--v-type", "--rho, the correlation of types"},
        {w->group1 != NULL, w->group2 != NULL, "--v-grp1", "--v-grp2"},
        {w->group2 != NULL, w->group1 != NULL, "--v-grp2", "--v-grp1"},
        {w->size1 || w->size2, w->group1 != NULL, "--v-n1 or --v-n2", "--v-grp1 and --v-grp2"},
        {w->se1 || w->se2, w->group1 != NULL, "--v-se1 or --v-se2", "--v-grp1 and --v-grp2"},
        {w->se1 != NULL, w->se2 != NULL, "--v-se1", "--v-se2"},
        {w->se2 != NULL, w->se1 != NULL, "--v-se2", "--v-se1"},
        {w->reported != NULL, w->obs != NULL, "--v-cor", "--v-obs, the outcomes it is about"},
        {rho && (w->structure == TQ_COV_ID || w->structure == TQ_COV_CAR), 0, "--rho",
         "a structure that has it: CS, CS+CAR, CS*CAR"},
        {w->n_columns > 0, w->cluster != NULL, "--V", cluster},
        {by_correlation(w), w->cluster != NULL, "a correlation of effects", cluster},
    };

    snprintf(cluster, sizeof cluster, "--%s: which effects it holds for", w->cluster_option);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].given && !rows[i].met) {
            return needs(rows[i].what, rows[i].other, err);
        }
    }
    if (w->se1 && (w->size1 || w->size2)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--v-se1 and --v-n1 exclude each other: a standard error stands for 1 over "
                       "the root of a size");
    }
    if ((w->n_columns > 0) + (w->matrix != NULL) + by_correlation(w) > 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--V, --v-file, and correlations (--rho, --phi, ...) exclude each other");
    }
    if (w->cluster && w->structure != TQ_COV_ID && !tq_covariance_asked(w)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "how the effects of a cluster (--%s) correlate is missing: --rho R (0: not "
                       "at all), --phi P with --v-time, --V, --v-file, --v-cor, or groups that "
                       "they share",
                       w->cluster_option);
    }
    return choose_structure(w, &structure, err);
}

/* ---- numbers for texts ---- */

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* The texts of a key over the used rows, numbered; names: of the numbers. */
static tq_status number_key(const tq_dataset *data, const tq_variable *key, tq_arena *arena,
                            size_t **number, const char *const **names, size_t *n, tq_error *err)
{
    const char **text = tq_arena_take(arena, data->k + 1, sizeof *text);
    size_t *first = tq_arena_take(arena, data->k + 1, sizeof *first);
    const char **name;

    *number = tq_arena_take(arena, data->k + 1, sizeof **number);
    if (!text || !first || !*number) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        text[i] = key->text[data->used[i]];
    }
    if (tq_number_texts(data->k, text, *number, first, n, err) != TQ_OK) {
        return TQ_ENOMEM;
    }
    name = tq_arena_take(arena, *n + 1, sizeof *name);
    if (!name) {
        return no_memory(err);
    }
    for (size_t j = 0; j < *n; j++) {
        name[j] = text[first[j]];
    }
    *names = name;
    return TQ_OK;
}

static tq_status used_numbers(const tq_dataset *data, const double *all, tq_arena *arena,
                              const double **out, tq_error *err)
{
    double *x = tq_arena_take(arena, data->k + 1, sizeof *x);

    if (!x) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        x[i] = all[data->used[i]];
    }
    *out = x;
    return TQ_OK;
}

/* Two columns numbered together: equal texts in either are the same group. */
static tq_status number_groups(const tq_dataset *data, const tq_variable *one,
                               const tq_variable *two, tq_arena *arena, tq_sampling_spec *spec,
                               tq_error *err)
{
    const char **text = tq_arena_take(arena, 2 * data->k + 1, sizeof *text);
    size_t *number = tq_arena_take(arena, 2 * data->k + 1, sizeof *number), n;

    if (!text || !number) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        text[i] = one->text[data->used[i]];
        text[data->k + i] = two->text[data->used[i]];
        if (strcmp(text[i], text[data->k + i]) == 0) {
            tq_fail(err, TQ_EDATA, data->used[i], two->name,
                    "group '%.60s' is compared with itself", text[i]);
            tq_dataset_locate(data, data->used[i], err);
            return TQ_EDATA;
        }
    }
    spec->group1 = number;
    spec->group2 = number + data->k;
    return tq_number_texts(2 * data->k, text, number, NULL, &n, err);
}

/* ---- the specification of the statistics ---- */

typedef struct {
    const tq_dataset *data;
    const tq_covariance_wish *wish;
    tq_arena *arena;
    const tq_variable *key[TQ_COVARIANCE_KEYS]; /* NULL: not asked for */
    tq_sheet_covariance *out;
} request;

static void find_keys(request *q, size_t first)
{
    tq_key all[TQ_COVARIANCE_KEYS];

    columns_of(q->wish, all);
    for (size_t c = 0; c < TQ_COVARIANCE_KEYS; c++) {
        q->key[c] = all[c].column ? &q->data->key[first++] : NULL;
    }
}

/* Standard errors of group g as sizes: only their ratios count. */
static tq_status sizes_of_errors(const request *q, int g, const double **out, tq_error *err)
{
    const double *se = q->key[g ? SE2 : SE1]->number;
    double *size = tq_arena_take(q->arena, q->data->k + 1, sizeof *size);

    if (!size) {
        return no_memory(err);
    }
    for (size_t i = 0; i < q->data->k; i++) {
        const size_t at = q->data->used[i];

        if (!(se[at] > 0.0)) {
            tq_fail(err, TQ_EDATA, at, q->key[g ? SE2 : SE1]->name, "value '%g' must be > 0",
                    se[at]);
            tq_dataset_locate(q->data, at, err);
            return TQ_EDATA;
        }
        size[i] = 1.0 / (se[at] * se[at]);
    }
    *out = size;
    return TQ_OK;
}

/* Sizes of group g: a column of their own, else an input, where all used rows have it. */
static tq_status sizes_of(const request *q, int g, const double **out, tq_error *err)
{
    if (q->key[g ? SE2 : SE1]) {
        return sizes_of_errors(q, g, out, err);
    }
    const tq_variable *own = q->key[g ? SIZE2 : SIZE1];
    const double *all = own ? own->number : q->data->input[g ? TQ_IN_N2I : TQ_IN_N1I];

    for (size_t i = 0; all && i < q->data->k; i++) {
        all = isnan(all[q->data->used[i]]) ? NULL : all;
    }
    return all ? used_numbers(q->data, all, q->arena, out, err) : TQ_OK;
}

static tq_status read_groups(const request *q, tq_sampling_spec *spec, tq_error *err)
{
    if (!q->key[GROUP1]) {
        return TQ_OK;
    }
    tq_status status = number_groups(q->data, q->key[GROUP1], q->key[GROUP2], q->arena, spec, err);

    status = status == TQ_OK ? sizes_of(q, 0, &spec->size1, err) : status;
    status = status == TQ_OK ? sizes_of(q, 1, &spec->size2, err) : status;
    if (!spec->size1 || !spec->size2) { /* of one group alone they would not be comparable */
        spec->size1 = spec->size2 = NULL;
    }
    return status;
}

/* Where groups or shared controls alone are known, nothing is said of outcomes: all are one. */
static tq_status one_outcome(const request *q, tq_sampling_spec *spec, tq_error *err)
{
    spec->rho = 0.0;
    if (!q->key[GROUP1]) { /* shared controls: other pairs are independent */
        spec->structure = TQ_COV_ID;
        return TQ_OK;
    }
    spec->obs = tq_arena_take(q->arena, q->data->k + 1, sizeof *spec->obs);
    return spec->obs ? TQ_OK : no_memory(err);
}

static tq_status read_keys(const request *q, tq_sampling_spec *spec, const char *const **obs,
                           size_t *n_obs, tq_error *err)
{
    const tq_covariance_wish *w = q->wish;
    const char *const *unused;
    size_t *number, n;
    tq_status status = TQ_OK;

    if (q->key[OBS]) {
        status = number_key(q->data, q->key[OBS], q->arena, &number, obs, n_obs, err);
        spec->obs = status == TQ_OK ? number : NULL;
    }
    if (status == TQ_OK && q->key[TYPE]) {
        status = number_key(q->data, q->key[TYPE], q->arena, &number, &unused, &n, err);
        spec->type = status == TQ_OK ? number : NULL;
    }
    if (status == TQ_OK && q->key[TIME]) {
        status = used_numbers(q->data, q->key[TIME]->number, q->arena, &spec->time, err);
    }
    status = status == TQ_OK ? read_groups(q, spec, err) : status;
    if (status == TQ_OK && isnan(w->rho) && spec->structure == TQ_COV_CS && !w->reported) {
        status = one_outcome(q, spec, err);
    }
    return status;
}

/* Rows that share a control arm, which their cluster must hold together. */
static tq_status read_shared(const request *q, tq_sampling_spec *spec, tq_error *err)
{
    const size_t *cluster = q->out->cluster;
    const tq_status status =
        tq_shared_control_pairs(q->data, q->arena, &spec->given, &spec->n_given, err);

    for (size_t i = 0; status == TQ_OK && i < spec->n_given; i++) {
        const tq_given_covariance *g = &spec->given[i];

        if (cluster[g->i] != cluster[g->j]) {
            return tq_fail(err, TQ_EDATA, g->j, NULL,
                           "shares its control arm with data row %zu, of cluster '%.60s'; "
                           "--%s must hold both",
                           q->data->row[q->data->used[g->i]] + 1, q->out->name[cluster[g->i]],
                           q->wish->cluster_option);
        }
    }
    return status;
}

static tq_status by_specification(const request *q, tq_error *err)
{
    const tq_covariance_wish *w = q->wish;
    tq_sheet_covariance *out = q->out;
    tq_sampling_spec spec = {.cluster = out->cluster,
                             .n_clusters = out->n_clusters,
                             .rho = w->rho,
                             .rho_type = w->rho_type,
                             .phi = w->phi};
    const char *const *obs = NULL;
    const double *vi = NULL;
    size_t n_obs = 0;
    tq_status status = choose_structure(w, &spec.structure, err);

    status = status == TQ_OK ? read_keys(q, &spec, &obs, &n_obs, err) : status;
    if (status == TQ_OK && w->reported) {
        status = given_reported(w->reported, obs, n_obs, out->name, out->n_clusters, q->arena,
                                &spec, err);
        spec.rho = isnan(spec.rho) ? 0.0 : spec.rho;
    }
    status = status == TQ_OK && w->shared ? read_shared(q, &spec, err) : status;
    status = status == TQ_OK ? given_variances(q->data, q->arena, &vi, err) : status;
    return status == TQ_OK ? tq_sampling_cov(q->data->k, vi, &spec, &out->V, err) : status;
}

/* ---- in words ---- */

static void add_value(tq_buffer *text, int *any, const char *name, double value, const char *by)
{
    if (!isnan(value)) {
        tq_buffer_format(text, "%s%s = ", *any ? ", " : ": ", name);
        tq_buffer_number(text, value, 6);
        tq_buffer_format(text, "%s%s", by ? " by " : "", by ? by : "");
        *any = 1;
    }
}

/* Without its folder: what is said is the same wherever it is said from. */
static const char *file_name(const tq_table *table)
{
    const char *path = tq_table_source(table), *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static tq_status describe(const request *q, tq_error *err)
{
    const tq_covariance_wish *w = q->wish;
    const char *within = q->key[CLUSTER] ? q->key[CLUSTER]->name : NULL;
    tq_cov_structure structure = TQ_COV_ID;
    tq_buffer text = {0};
    int any = 0;

    if (w->n_columns > 0) {
        tq_buffer_format(&text, "columns %s to %s of the sheet", w->columns[0],
                         w->columns[w->n_columns - 1]);
    } else if (w->matrix) {
        tq_buffer_text(&text, file_name(w->matrix));
    } else if (by_correlation(w) && choose_structure(w, &structure, NULL) == TQ_OK) {
        const int valued = !isnan(w->rho) || !isnan(w->phi) || w->reported;

        tq_buffer_text(&text, valued ? tq_cov_structure_name(structure) : "dependent");
    } else {
        tq_buffer_text(&text, "independent");
    }
    if (within) {
        tq_buffer_format(&text, " within %s", within);
    }
    add_value(&text, &any, "rho", w->rho, q->key[OBS] ? q->key[OBS]->name : NULL);
    add_value(&text, &any, "rho", w->rho_type, q->key[TYPE] ? q->key[TYPE]->name : NULL);
    add_value(&text, &any, "phi", w->phi, q->key[TIME] ? q->key[TIME]->name : NULL);
    if (q->key[GROUP1]) {
        tq_buffer_format(&text, "%s shared groups of %s and %s", any ? "," : ":",
                         q->key[GROUP1]->name, q->key[GROUP2]->name);
        any = 1;
    }
    if (w->shared) {
        tq_buffer_format(&text, "%s shared control arms", any ? "," : ":");
        any = 1;
    }
    if (w->reported) {
        tq_buffer_format(&text, "%s correlations of %s", any ? "," : ":", file_name(w->reported));
    }
    const tq_status status = tq_buffer_status(&text, err);

    q->out->description = status == TQ_OK ? tq_arena_text(q->arena, text.data) : NULL;
    tq_buffer_free(&text);
    return status == TQ_OK && !q->out->description ? no_memory(err) : status;
}

/* ---- positive definite ---- */

static const char *cluster_name(const request *q, size_t row)
{
    return q->out->name ? q->out->name[q->out->cluster[row]] : q->data->label[q->data->used[row]];
}

/* Smallest eigenvalue of correlations that replace others: a combination of effects keeps a hundredth of
   the variance that it would have, were they independent. */
static const double NEAREST = 0.01;

static tq_status make_nearest(const request *q, tq_error *err)
{
    tq_sheet_covariance *out = q->out;
    tq_nearest_change *change = tq_arena_take(q->arena, out->V->n_blocks + 1, sizeof *change);
    size_t n = 0;
    tq_status status =
        change ? tq_covariance_nearest(out->V, NEAREST, change, &n, err) : no_memory(err);

    out->note = status == TQ_OK ? tq_arena_take(q->arena, n + 1, sizeof *out->note) : NULL;
    if (status == TQ_OK && !out->note) {
        status = no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        out->note[i] = tq_arena_format(
            q->arena,
            "cluster '%s': its correlations were not positive definite (smallest eigenvalue %.3g); "
            "the nearest that are differ from them by up to %.3g",
            cluster_name(q, change[i].row), change[i].lowest, change[i].largest);
        status = out->note[i] ? TQ_OK : no_memory(err);
        out->n_notes += status == TQ_OK;
    }
    return status;
}

static tq_status check(const request *q, tq_error *err)
{
    const size_t k = q->data->k;
    const char **name = tq_arena_take(q->arena, k + 1, sizeof *name);

    if (!name) {
        return no_memory(err);
    }
    for (size_t i = 0; i < k; i++) {
        name[i] = cluster_name(q, i);
    }
    if (q->wish->nearest) {
        return make_nearest(q, err);
    }
    return tq_covariance_check(q->out->V, name, err);
}

static tq_status make(const request *q, tq_error *err)
{
    const tq_covariance_wish *w = q->wish;
    const double *vi = NULL;
    tq_status status = tq_covariance_wish_check(w, err);

    if (status == TQ_OK && q->key[CLUSTER]) {
        status = number_key(q->data, q->key[CLUSTER], q->arena, &q->out->cluster, &q->out->name,
                            &q->out->n_clusters, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    if (w->n_columns > 0 && q->key[CLUSTER]) {
        return given_columns(q->data, w, q->key[CLUSTER]->name, q->out, q->arena, err);
    }
    if (w->matrix) {
        return given_matrix(q->data, w->matrix, q->arena, &q->out->V, err);
    }
    if (q->key[CLUSTER] && (by_correlation(w) || w->structure == TQ_COV_ID)) {
        return by_specification(q, err);
    }
    status = given_variances(q->data, q->arena, &vi, err);
    q->out->V = status == TQ_OK ? tq_block_matrix_diagonal(q->data->k, vi) : NULL;
    return status == TQ_OK && !q->out->V ? no_memory(err) : status;
}

tq_status tq_sheet_covariance_of(const tq_dataset *data, const tq_covariance_wish *wish,
                                 size_t first, tq_arena *arena, tq_sheet_covariance *out,
                                 tq_error *err)
{
    request q = {.data = data, .wish = wish, .arena = arena, .out = out};

    *out = (tq_sheet_covariance){0};
    find_keys(&q, first);
    tq_status status = make(&q, err);

    status = status == TQ_OK ? check(&q, err) : status;
    status = status == TQ_OK ? describe(&q, err) : status;
    if (status != TQ_OK) {
        tq_block_matrix_free(out->V);
        out->V = NULL;
        if (err && err->row != TQ_NO_ROW && err->row < data->k && !err->line) {
            tq_dataset_locate(data, data->used[err->row], err);
        }
    }
    return status;
}
