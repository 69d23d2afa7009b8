/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run over cohorts: what a cell holds, reading, printing, and what was counted. */
#include "report/batch/batch_join.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/batch/batch_join_internal.h"

enum { MOST_COHORTS = 1 << 16 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Which cells there are: no more than what the run needs. */
static void make_form(const tq_batch_join *in, struct cell_form *form)
{
    int freq = 0, weight = in->scheme == TQ_SCHEME_Z || in->min_weight > 0.0;

    for (size_t c = 0; c < in->n_cohorts; c++) {
        freq = freq || (in->cohort[c].freq && (in->average_freq || in->minmax_freq ||
                                               in->palindromic == TQ_PALINDROMIC_FREQ));
    }
    *form = (struct cell_form){.words = CELL_BASE};
    form->alleles = in->align;
    form->weight = weight ? form->words++ : 0;
    form->freq = freq ? form->words++ : 0;
    form->custom = form->words;
    form->words += in->n_custom;
}

static tq_status check_cohort(const tq_batch_join *in, const tq_batch_cohort *c, tq_error *err)
{
    const char *missing = NULL;

    if (!c->key) {
        missing = "the key";
    } else if (!c->effect) {
        missing = "the effect";
    } else if (in->scheme == TQ_SCHEME_Z ? !c->pval : !c->se == !c->variance) {
        missing = in->scheme == TQ_SCHEME_Z ? "the p-value" : "either standard error or variance";
    } else if (in->align && (!c->effect_allele || !c->other_allele)) {
        missing = "both alleles";
    } else if (in->palindromic == TQ_PALINDROMIC_FREQ && !c->freq) {
        missing = "the allele frequency";
    } else if (c->n_filters > MOST_FILTERS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d filters of a cohort",
                       MOST_FILTERS);
    } else if (!c->weight && in->scheme == TQ_SCHEME_Z && !(c->default_weight > 0.0)) {
        missing = "the weight";
    } else if (!isnan(c->lambda) && !(c->lambda >= 0.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "genomic control %g must be > 0",
                       c->lambda);
    }
    return missing ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "cohort '%.80s': no column is named for %s", c->path, missing)
                   : TQ_OK;
}

/* Columns that the join prints besides those of the models. */
static int is_own_name(const tq_batch_join *in, const char *name)
{
    const struct {
        const char *name;
        int printed;
    } own[] = {{"direction", 1},
               {"freq", in->average_freq},
               {"freq_sd", in->average_freq},
               {"freq_min", in->minmax_freq},
               {"freq_max", in->minmax_freq},
               {"weight", in->scheme == TQ_SCHEME_Z}};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (own[i].printed && strcmp(own[i].name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Columns of the output have different names; METAL's are what they are. */
static tq_status check_names(const tq_batch_join *in, const tq_batch_spec *spec, tq_error *err)
{
    const tq_batch_cohort *const c = &in->cohort[0];
    const char *name[TQ_MOST_KEY_PARTS + 2] = {c->key, in->align ? c->effect_allele : NULL,
                                               in->align ? c->other_allele : NULL};
    tq_status status = TQ_OK;

    memcpy(name + 3, c->key_part, sizeof c->key_part);
    for (size_t i = 0; status == TQ_OK && !in->metal && i < sizeof name / sizeof *name; i++) {
        if (name[i] && is_own_name(in, name[i])) {
            status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "the output would have two columns '%.60s': give another name to that "
                             "of the files",
                             name[i]);
        } else if (name[i]) {
            status = check_output_names(spec, 1, &name[i], err);
        }
    }
    return status;
}

static tq_status check(const tq_batch_join *in, tq_error *err)
{
    tq_status status = TQ_OK;

    if (in->n_cohorts < 1 || in->n_cohorts > MOST_COHORTS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%zu cohorts; 1 to %d can be joined",
                       in->n_cohorts, MOST_COHORTS);
    }
    if (!(in->freq_margin >= 0.0 && in->freq_margin <= 0.5)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "margin %g of frequencies must be between 0 and 0.5", in->freq_margin);
    }
    for (size_t c = 0; status == TQ_OK && c < in->n_cohorts; c++) {
        status = check_cohort(in, &in->cohort[c], err);
    }
    return status;
}

static tq_status begin_worker(const struct join_run *run, struct join_worker *w, tq_error *err)
{
    const size_t cohorts = run->in->n_cohorts;

    w->row = malloc(ROWS_AT_ONCE * sizeof *w->row);
    w->yi = malloc(KEYS_APART * cohorts * sizeof *w->yi);
    w->key_cell = malloc(cohorts * sizeof *w->key_cell);
    w->sign = malloc(cohorts * sizeof *w->sign);
    w->cell = malloc(ROWS_AT_ONCE * run->form.words * sizeof *w->cell);
    w->writer = (struct chain_writer){.arena = tq_arena_new(), .used = CHAIN_KEYS};
    w->last = CHAIN_NONE;
    return w->row && w->cell && w->writer.arena && w->yi && w->key_cell && w->sign ? TQ_OK
                                                                                   : no_memory(err);
}

static tq_status begin(struct join_run *run, tq_error *err)
{
    const size_t n = run->in->n_cohorts;
    tq_status status = key_chain_begin(&run->keys, n, err);

    run->summary->file = calloc(n, sizeof *run->summary->file);
    run->summary->n_files = run->summary->file ? n : 0;
    run->cohort = calloc(n, sizeof *run->cohort);
    run->worker = calloc(run->spec->threads, sizeof *run->worker);
    run->queue = tq_in_order_new(1, NULL, NULL, free); /* of failures alone */
    run->has_lock = mtx_init(&run->lock, mtx_plain) == thrd_success;
    run->alleles.has_lock = mtx_init(&run->alleles.lock, mtx_plain) == thrd_success;
    if (!run->summary->file || !run->cohort || !run->worker || !run->queue || !run->has_lock ||
        !run->alleles.has_lock) {
        return no_memory(err);
    }
    for (size_t c = 0; c < n; c++) {
        run->cohort[c].has_lock = mtx_init(&run->cohort[c].lock, mtx_plain) == thrd_success;
        run->summary->file[c].lambda = NAN;
        run->estimates_lambda = run->estimates_lambda || isnan(run->in->cohort[c].lambda);
        tq_copy_text(run->summary->file[c].path, sizeof run->summary->file[c].path,
                     run->in->cohort[c].path);
        if (!run->cohort[c].has_lock) {
            return no_memory(err);
        }
    }
    for (size_t i = 0; status == TQ_OK && i < run->spec->threads; i++) {
        status = begin_worker(run, &run->worker[i], err);
    }
    return status;
}

static void end_worker(struct join_worker *w)
{
    tq_window_free(&w->window);
    fitter_end(&w->fitter);
    tq_arena_free(w->writer.arena);
    free(w->fields);
    free(w->row);
    free(w->key_text);
    free(w->cell);
    free(w->n_chi2);
    free(w->key_cell);
    free(w->sign);
    free(w->yi);
    free(w->vi);
    free(w->direction);
    free(w->extra);
    free(w->kept_key);
}

static void end(struct join_run *run)
{
    for (size_t i = 0; run->worker && i < run->spec->threads; i++) {
        end_worker(&run->worker[i]);
    }
    for (size_t c = 0; run->cohort && c < run->in->n_cohorts; c++) {
        tq_text_file_close(&run->cohort[c].file);
        wanted_free(&run->cohort[c].columns.wanted);
        free(run->cohort[c].chi2);
        if (run->cohort[c].own_list) {
            tq_key_table_free(run->cohort[c].own_list);
            free(run->cohort[c].own_list);
        }
        if (run->cohort[c].has_lock) {
            mtx_destroy(&run->cohort[c].lock);
        }
    }
    if (run->has_lock) {
        mtx_destroy(&run->lock);
    }
    if (run->alleles.has_lock) {
        mtx_destroy(&run->alleles.lock);
    }
    tq_buffer_free(&run->alleles.text);
    free(run->worker);
    free(run->cohort);
    free(run->order);
    key_chain_end(&run->keys);
    tq_in_order_free(run->queue);
}

/* Rows that another of their file came before; the bytes of the table, whatever the threads. */
static void count_table(struct join_run *run)
{
    const size_t n = run->in->n_cohorts, keys = key_chain_count(&run->keys);
    const uint64_t blocks = (keys + CHAIN_KEYS - 1) / CHAIN_KEYS;
    const size_t column =
        sizeof(struct cell_column) + CHAIN_KEYS * run->form.words * sizeof(union word);
    uint64_t bytes = key_chain_memory(&run->keys) + key_places_memory(keys) + blocks * n * column +
                     run->alleles.text.size;

    for (size_t i = 0; i < run->spec->threads; i++) {
        bytes += run->worker[i].writer.text_bytes;
    }
    for (size_t c = 0; c < n; c++) {
        run->summary->file[c].duplicates = run->cohort[c].duplicates;
        run->summary->file[c].used -= run->cohort[c].duplicates;
    }
    run->summary->memory = bytes;
}

static tq_status check_used(const struct join_run *run, tq_error *err)
{
    uint64_t used = 0;

    for (size_t c = 0; c < run->in->n_cohorts; c++) {
        used += run->summary->file[c].used;
    }
    return used > 0 || run->spec->shards > 1
               ? TQ_OK
               : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no row of any file can be used");
}

tq_status tq_batch_run_join(const tq_batch_join *in, const tq_batch_spec *spec,
                            tq_batch_summary *out, tq_error *err)
{
    struct join_run *run = calloc(1, sizeof *run);

    *out = (tq_batch_summary){0};
    if (!run) {
        return no_memory(err);
    }
    run->in = in;
    run->spec = spec;
    run->summary = out;
    tq_status status = check(in, err);

    status = status == TQ_OK ? check_names(in, spec, err) : status;

    if (status == TQ_OK) {
        make_form(in, &run->form);
        status = begin(run, err);
        status = status == TQ_OK ? join_read_lists(run, err) : status;
        status = status == TQ_OK ? join_read(run, err) : status;
        if (status == TQ_OK) {
            count_table(run);
            status = check_used(run, err);
        }
        status =
            status == TQ_OK ? key_chain_order(&run->keys, &run->order, &run->n_order, err) : status;
        status = status == TQ_OK ? join_lambda(run, err) : status;
        status = status == TQ_OK ? join_print(run, err) : status;
        for (size_t c = 0; spec->shard > 0 && c < out->n_files; c++) {
            out->file[c].lines = 0; /* every part reads all of them */
        }
        end(run);
    }
    free(run);
    return status;
}
