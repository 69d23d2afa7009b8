/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Genomic control when all is read: lambda of a cohort is the median over the rows that count, each key
 * once, without those of other alleles; of a list of keys, over those in it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch/genomic_control.h"
#include "core/parallel.h"
#include "report/batch/batch_join_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- lists of keys ---- */

/* The first word of a line. */
static size_t word_of(const char **line, const char *end)
{
    const char *p = *line;

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    *line = p;
    while (p < end && *p != ' ' && *p != '\t' && *p != '\r') {
        p++;
    }
    return (size_t)(p - *line);
}

static tq_status add_words(const tq_window *window, tq_key_table *table, tq_error *err)
{
    const char *const end = window->text + window->size;

    for (const char *line = window->text, *next; line < end; line = next) {
        const char *const newline = memchr(line, '\n', (size_t)(end - line));
        const size_t size = word_of(&line, newline);

        next = newline + 1;
        if (size > 0 &&
            tq_key_table_add(table, hash_bytes(0, line, size), line, size) == UINT32_MAX) {
            return no_memory(err);
        }
    }
    return TQ_OK;
}

static tq_status read_list(const char *path, tq_key_table *table, tq_error *err)
{
    const tq_window_options opt = {.size = 0};
    tq_source *source = NULL;
    tq_windows *windows = NULL;
    tq_window window = {.text = NULL};
    int more = 1;
    tq_status status = tq_source_open(path, 1, &source, err);

    status = status == TQ_OK ? tq_windows_new(source, &opt, 0, NULL, 0, &windows, err) : status;
    while (status == TQ_OK && more) {
        status = tq_windows_next(windows, &window, &more, err);
        status = status == TQ_OK && more ? add_words(&window, table, err) : status;
    }
    if (status == TQ_OK && table->n == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "lists no key for genomic control");
        if (err) {
            tq_copy_text(err->file, sizeof err->file, path);
        }
    }
    tq_window_free(&window);
    tq_windows_free(windows);
    tq_source_close(source);
    return status;
}

/* Each file once, whatever the number of cohorts that name it. */
tq_status join_read_lists(struct join_run *run, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t c = 0; status == TQ_OK && c < run->in->n_cohorts; c++) {
        const char *const path = run->in->cohort[c].lambda_list;
        struct cohort_file *const f = &run->cohort[c];

        for (size_t b = 0; path && !f->list && b < c; b++) {
            const char *const other = run->in->cohort[b].lambda_list;

            f->list = other && strcmp(other, path) == 0 ? run->cohort[b].list : NULL;
        }
        if (path && !f->list) {
            f->list = f->own_list = calloc(1, sizeof *f->own_list);
            status = f->own_list ? read_list(path, f->own_list, err) : no_memory(err);
        }
    }
    return status;
}

/* ---- chi-squares ---- */

struct lambda_run {
    struct join_run *run;
    struct allele_counts *counts; /* [threads] which nobody reads */
    tq_error *err;                /* [threads] */
};

static int wanted(const struct join_run *run, size_t c, const struct chain_key *key)
{
    const struct cohort_file *const f = &run->cohort[c];

    return isnan(run->in->cohort[c].lambda) &&
           (!f->list ||
            tq_key_table_has(f->list, hash_bytes(0, key->text, key->size), key->text, key->size));
}

static tq_status keep_chi2(struct cohort_file *f, const double *chi2, size_t n, tq_error *err)
{
    tq_status status = TQ_OK;

    mtx_lock(&f->lock);
    if (f->n_chi2 + n > f->chi2_capacity) {
        const size_t wider = f->n_chi2 + n + f->n_chi2 / 2;
        double *const more = realloc(f->chi2, wider * sizeof *more);

        if (more) {
            f->chi2 = more;
            f->chi2_capacity = wider;
        } else {
            status = no_memory(err);
        }
    }
    if (status == TQ_OK && n > 0) {
        memcpy(f->chi2 + f->n_chi2, chi2, n * sizeof *chi2);
        f->n_chi2 += n;
    }
    mtx_unlock(&f->lock);
    return status;
}

/* Of some keys, those that count. */
static tq_status collect(struct join_run *run, struct join_worker *w, struct allele_counts *counts,
                         size_t begin, size_t end, tq_error *err)
{
    const size_t n = run->in->n_cohorts;
    tq_status status = TQ_OK;

    memset(w->n_chi2, 0, n * sizeof *w->n_chi2);
    for (size_t j = begin; j < end; j++) {
        const struct chain_key *const key = key_chain_key(&run->keys, run->order[j].number);

        join_signs(run, &run->order[j], counts, w->key_cell, w->sign);
        for (size_t c = 0; c < n; c++) {
            if (w->sign[c] && wanted(run, c, key)) {
                const double y = w->key_cell[c][CELL_YI].number;

                w->yi[c * KEYS_APART + w->n_chi2[c]++] = y * y / w->key_cell[c][CELL_VI].number;
            }
        }
    }
    for (size_t c = 0; status == TQ_OK && c < n; c++) {
        status = keep_chi2(&run->cohort[c], w->yi + c * KEYS_APART, w->n_chi2[c], err);
    }
    return status;
}

static void collect_all(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const struct lambda_run *const l = context;
    struct join_run *const run = l->run;

    for (uint64_t i = begin; i < end && l->err[thread].status == TQ_OK; i++) {
        const size_t from = (size_t)i * KEYS_AT_ONCE;
        const size_t to = run->n_order - from < KEYS_AT_ONCE ? run->n_order : from + KEYS_AT_ONCE;

        l->err[thread].status =
            collect(run, &run->worker[thread], &l->counts[thread], from, to, &l->err[thread]);
    }
}

static tq_status collect_chi2(struct join_run *run, tq_error *err)
{
    const size_t threads = run->spec->threads, n = run->in->n_cohorts;
    struct lambda_run l = {run, calloc(threads, sizeof *l.counts), calloc(threads, sizeof *l.err)};
    tq_status status = l.counts && l.err ? TQ_OK : no_memory(err);

    for (size_t i = 0; l.counts && status == TQ_OK && i < threads; i++) {
        l.counts[i].of_cohort = calloc(n, sizeof *l.counts[i].of_cohort);
        run->worker[i].n_chi2 = calloc(n, sizeof *run->worker[i].n_chi2);
        status = l.counts[i].of_cohort && run->worker[i].n_chi2 ? TQ_OK : no_memory(err);
    }
    if (status == TQ_OK) {
        status = tq_parallel(threads, (run->n_order + KEYS_AT_ONCE - 1) / KEYS_AT_ONCE, 1,
                             collect_all, &l, NULL, err);
    }
    for (size_t i = 0; l.counts && l.err && i < threads; i++) {
        if (status == TQ_OK && l.err[i].status != TQ_OK) {
            status = l.err[i].status;
            if (err) {
                *err = l.err[i];
            }
        }
        free(l.counts[i].of_cohort);
    }
    free(l.counts);
    free(l.err);
    return status;
}

/* ---- lambda ---- */

static void find_lambda(struct join_run *run, size_t c)
{
    const double given = run->in->cohort[c].lambda;
    struct cohort_file *const f = &run->cohort[c];
    tq_batch_file *const file = &run->summary->file[c];

    if (isnan(given) && f->n_chi2 > 0) {
        file->n_lambda = f->n_chi2;
        file->lambda = tq_genomic_lambda(f->chi2, f->n_chi2);
        file->lambda_use = file->lambda > 1.0 ? TQ_LAMBDA_CORRECTED : TQ_LAMBDA_KEPT;
    } else if (isnan(given)) {
        file->lambda_use = TQ_LAMBDA_UNKNOWN;
    } else if (given > 0.0) {
        file->n_lambda = file->used;
        file->lambda = given;
        file->lambda_use = TQ_LAMBDA_CORRECTED;
    }
    const double lambda = file->lambda_use == TQ_LAMBDA_CORRECTED ? file->lambda : 1.0;
    const int z = run->in->scheme == TQ_SCHEME_Z;

    f->effect_divisor = z ? sqrt(lambda) : 1.0;
    f->variance_factor = z ? 1.0 : lambda;
    run->summary->memory += f->n_chi2 * sizeof *f->chi2;
    free(f->chi2);
    f->chi2 = NULL;
}

/* The keys of this part: those of others were needed for lambda alone. */
static void keep_own(struct join_run *run)
{
    const tq_batch_spec *const spec = run->spec;
    size_t n = 0;

    for (size_t j = 0; spec->shards > 1 && j < run->n_order; j++) {
        const struct chain_key *const key = key_chain_key(&run->keys, run->order[j].number);

        if (hash_bytes(0, key->text, key->size) % spec->shards == spec->shard) {
            run->order[n++] = run->order[j];
        }
    }
    run->n_order = spec->shards > 1 ? n : run->n_order;
}

tq_status join_lambda(struct join_run *run, tq_error *err)
{
    tq_status status = run->estimates_lambda ? collect_chi2(run, err) : TQ_OK;

    for (size_t c = 0; status == TQ_OK && c < run->in->n_cohorts; c++) {
        find_lambda(run, c);
    }
    if (status == TQ_OK) {
        keep_own(run);
    }
    return status;
}
