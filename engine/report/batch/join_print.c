/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys in their order: alleles put the same way round, fitted, printed. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "report/batch/batch_join_internal.h"

enum { AHEAD_PER_THREAD = 4 };

struct item {
    tq_buffer rows;
    struct row_counts counts;
    struct allele_counts alleles;
    uint64_t light;    /* keys below the least weight */
    struct item *next; /* of those spare */
};

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static void item_free(void *user)
{
    struct item *item = user;

    tq_buffer_free(&item->rows);
    free(item->alleles.of_cohort);
    free(item);
}

/* One that was delivered, with its memory, else a new one. */
static struct item *item_take(struct join_run *run)
{
    const size_t cohorts = run->in->n_cohorts;

    mtx_lock(&run->lock);
    struct item *item = run->spare;

    run->spare = item ? item->next : NULL;
    mtx_unlock(&run->lock);
    if (item) {
        const tq_buffer rows = {item->rows.data, 0, item->rows.capacity, 0};
        uint64_t(*const of_cohort)[ALLELE_COUNTS] = item->alleles.of_cohort;

        memset(of_cohort, 0, cohorts * sizeof *of_cohort);
        *item = (struct item){.rows = rows, .alleles = {.of_cohort = of_cohort}};
        return item;
    }
    item = calloc(1, sizeof *item);
    if (item) {
        item->alleles.of_cohort = calloc(cohorts, sizeof *item->alleles.of_cohort);
        if (!item->alleles.of_cohort) {
            free(item);
            item = NULL;
        }
    }
    return item;
}

static void item_give(struct join_run *run, struct item *item)
{
    mtx_lock(&run->lock);
    item->next = run->spare;
    run->spare = item;
    mtx_unlock(&run->lock);
}

static void free_spare(struct join_run *run)
{
    while (run->spare) {
        struct item *const next = run->spare->next;

        item_free(run->spare);
        run->spare = next;
    }
}

/* ---- what is added up beside the fit ---- */

/* Mean and standard deviation of frequencies by weight, from the first on: equal ones differ by 0. */
struct freq_sums {
    double first, w, wd, wdd, min, max;
};

static void add_freq(struct freq_sums *s, double freq, double weight)
{
    if (!isnan(freq)) {
        s->first = s->w > 0.0 ? s->first : freq;

        const double d = freq - s->first;

        s->w += weight;
        s->wd += weight * d;
        s->wdd += weight * d * d;
        s->min = fmin(s->min, freq);
        s->max = fmax(s->max, freq);
    }
}

static void add_extra(const struct join_run *run, const union word *cell, int sign, double vi,
                      struct freq_sums *freq, struct key_extra *x)
{
    const struct cell_form *const form = &run->form;

    x->weight += form->weight ? cell[form->weight].number : 0.0;
    if (form->freq) {
        const double f = cell[form->freq].number;

        add_freq(freq, sign < 0 ? 1.0 - f : f, 1.0 / vi);
    }
    for (size_t i = 0; i < run->in->n_custom; i++) {
        x->custom[i] += cell[form->custom + i].number;
    }
}

static void finish_freq(const struct freq_sums *s, struct key_extra *x)
{
    const int any = s->w > 0.0;
    const double d = s->wd / s->w, sd = sqrt(fmax(0.0, s->wdd / s->w - d * d));

    x->freq = any ? s->first + d : (double)NAN;
    /* 1 - 0.7 is not 0.3: frequencies that were turned around are rounded. */
    x->freq_se = !any ? (double)NAN : sd > 2.0 * DBL_EPSILON ? sd : 0.0;
    x->freq_min = any ? s->min : (double)NAN;
    x->freq_max = any ? s->max : (double)NAN;
}

/* ---- a key ---- */

static char direction_of(double yi)
{
    return "-0+"[(yi > 0.0) - (yi < 0.0) + 1]; /* as good as random: no branch */
}

/* Effects and variances of a key into place j of the worker's columns. */
static void gather_key(const struct join_run *run, const struct key_place *key, struct item *item,
                       struct join_worker *w, size_t j)
{
    const size_t n = run->in->n_cohorts;
    struct key_extra *const x = &w->extra[j];
    struct freq_sums freq = {.min = INFINITY, .max = -INFINITY};

    *x = (struct key_extra){.freq = NAN, .freq_se = NAN, .freq_min = NAN, .freq_max = NAN};
    x->alleles = join_signs(run, key, &item->alleles, w->key_cell, w->sign);
    for (size_t c = 0; c < n; c++) {
        const union word *const cell = w->key_cell[c];
        const struct cohort_file *const f = &run->cohort[c];
        double *const yi = &w->yi[c * KEYS_APART + j], *const vi = &w->vi[c * KEYS_APART + j];
        const int sign = w->sign[c];

        *yi = *vi = NAN;
        w->direction[j * n + c] = '?';
        if (sign) {
            *yi = cell[CELL_YI].number * sign / f->effect_divisor;
            *vi = cell[CELL_VI].number * f->variance_factor;
            w->direction[j * n + c] = direction_of(*yi);
            if (run->form.words > CELL_BASE) {
                add_extra(run, cell, sign, *vi, &freq, x);
            }
        }
    }
    if (run->form.freq) {
        finish_freq(&freq, x);
    }
}

/* ---- printing ---- */

struct labels {
    const struct join_run *run;
    const struct join_worker *worker;
};

static void put_allele(const struct labels *l, const char *text, tq_buffer *out)
{
    tq_buffer_byte(out, l->run->spec->separator);
    if (!l->run->in->metal) {
        put_text(out, text, strlen(text), l->run->spec->separator);
        return;
    }
    for (; *text; text++) {
        const char lower = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;

        tq_buffer_append(out, &lower, 1);
    }
}

/* Most are a letter each. */
static void put_alleles(const struct labels *l, uint32_t code, tq_buffer *out)
{
    const char separator = l->run->spec->separator;
    char text[] = {separator, 0, separator, 0};
    struct allele_pair pair;

    if (!l->run->in->metal && allele_pair_letters(code, &text[1], &text[3])) {
        tq_buffer_append(out, text, sizeof text);
        return;
    }
    allele_pair_read(&l->run->alleles, code, &pair);
    put_allele(l, pair.effect, out);
    put_allele(l, pair.other, out);
}

static void put_value(const struct labels *l, double x, int decimals, tq_buffer *out)
{
    tq_buffer_byte(out, l->run->spec->separator);
    if (l->run->in->metal) {
        put_number(out, x, TQ_PRINT_FIXED, decimals);
    } else {
        put_number(out, x, TQ_PRINT_SIGNIFICANT, l->run->spec->digits);
    }
}

/* A field for each column of the key. */
static void put_key(const struct labels *l, const struct chain_key *key, tq_buffer *out)
{
    const char separator = l->run->spec->separator, *at = key->text;
    size_t left = key->size;

    if (l->run->in->cohort[0].key_part[0]) {
        for (const char *mark; (mark = memchr(at, KEY_MARK, left)) != NULL;) {
            const size_t size = (size_t)(mark - at);

            put_text(out, at, size, separator);
            tq_buffer_byte(out, separator);
            at += size + 1;
            left -= size + 1;
        }
    }
    put_text(out, at, left, separator);
}

static void label(void *user, size_t j, tq_buffer *out)
{
    const struct labels *const l = user;
    const struct key_place *const place = &l->worker->kept_key[j];
    const struct chain_key *const key = key_chain_key(&l->run->keys, place->number);
    const struct key_extra *const x = &l->worker->extra[j];

    put_place(l->run->spec, place->first, out);
    put_key(l, key, out);
    if (l->run->form.alleles) {
        put_alleles(l, x->alleles, out);
    }
    if (l->run->in->average_freq) {
        put_value(l, x->freq, 4, out);
        put_value(l, x->freq_se, 4, out);
    }
    if (l->run->in->minmax_freq) {
        put_value(l, x->freq_min, 4, out);
        put_value(l, x->freq_max, 4, out);
    }
    if (l->run->in->scheme == TQ_SCHEME_Z) {
        put_value(l, x->weight, 2, out);
    }
}

/* The directions stand behind the first columns of METAL's output, else at the end. */
static void rest(void *user, size_t j, const struct fitter *f, tq_buffer *out)
{
    const struct labels *const l = user;
    const size_t n = l->run->in->n_cohorts;

    tq_buffer_byte(out, l->run->spec->separator);
    tq_buffer_append(out, l->worker->direction + j * n, n);
    fitter_more(f, j, out);
    for (size_t i = 0; i < l->run->in->n_custom; i++) {
        tq_buffer_byte(out, l->run->spec->separator);
        put_number(out, l->worker->extra[j].custom[i], TQ_PRINT_SIGNIFICANT,
                   l->run->in->metal ? 15 : l->run->spec->digits);
    }
}

static void put_name(const struct join_run *run, const char *name, tq_buffer *out)
{
    tq_buffer_append(out, &run->spec->separator, 1);
    put_text(out, name, strlen(name), run->spec->separator);
}

static tq_status print_header(const struct join_run *run, tq_error *err)
{
    const tq_batch_join *const in = run->in;
    const int metal = in->metal;
    const char *key = metal ? "MarkerName" : in->cohort[0].key;
    tq_buffer head = {0};

    put_header_mark(run->spec, &head);
    put_text(&head, key, strlen(key), run->spec->separator);
    for (size_t i = 0; i < TQ_MOST_KEY_PARTS - 1 && in->cohort[0].key_part[i]; i++) {
        put_name(run, in->cohort[0].key_part[i], &head);
    }
    if (run->form.alleles) {
        put_name(run, metal ? "Allele1" : in->cohort[0].effect_allele, &head);
        put_name(run, metal ? "Allele2" : in->cohort[0].other_allele, &head);
    }
    if (in->average_freq) {
        put_name(run, metal ? "Freq1" : "freq", &head);
        put_name(run, metal ? "FreqSE" : "freq_sd", &head);
    }
    if (in->minmax_freq) {
        put_name(run, metal ? "MinFreq" : "freq_min", &head);
        put_name(run, metal ? "MaxFreq" : "freq_max", &head);
    }
    if (in->scheme == TQ_SCHEME_Z) {
        put_name(run, metal ? "Weight" : "weight", &head);
    }
    fitter_header(run->spec, &head);
    put_name(run, metal ? "Direction" : "direction", &head);
    fitter_header_more(run->spec, &head);
    for (size_t i = 0; i < in->n_custom; i++) {
        put_name(run, in->custom[i], &head);
    }
    tq_buffer_append(&head, "\n", 1);
    tq_status status = tq_buffer_status(&head, err);

    status = status == TQ_OK ? pack_rows(run->spec, &head, err) : status;
    status = status == TQ_OK ? give_rows(run->spec, &head, err) : status;
    tq_buffer_free(&head);
    return status;
}

/* ---- threads ---- */

static tq_status fit_keys(const struct join_run *run, struct join_worker *w, size_t begin,
                          size_t end, struct item *item, tq_error *err)
{
    struct labels labels = {run, w};
    size_t kept = 0;

    for (size_t j = begin; j < end; j++) {
        const struct key_place *const key = &run->order[j];

        /* Rows of too little weight are written over by the next. */
        gather_key(run, key, item, w, kept);
        if (run->in->min_weight > 0.0 && w->extra[kept].weight < run->in->min_weight) {
            item->light++;
            continue;
        }
        w->kept_key[kept] = *key;
        kept++;
    }
    const tq_batch_problems in = {kept, run->in->n_cohorts, 1, KEYS_APART, NULL, w->yi, w->vi};
    const tq_status status =
        fitter_rows(&w->fitter, &in, label, rest, &labels, &item->rows, &item->counts, err);

    return status == TQ_OK ? pack_rows(run->spec, &item->rows, err) : status;
}

static void print_all(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct join_run *const run = context;
    tq_error err = {.status = TQ_OK};

    for (uint64_t i = begin; i < end; i++) {
        const size_t from = (size_t)i * KEYS_AT_ONCE;
        const size_t to = run->n_order - from < KEYS_AT_ONCE ? run->n_order : from + KEYS_AT_ONCE;
        struct item *item = item_take(run);
        const tq_status status =
            item ? fit_keys(run, &run->worker[thread], from, to, item, &err) : no_memory(&err);

        if (status != TQ_OK) {
            if (item) {
                item_free(item);
            }
            tq_in_order_stop(run->queue, &err);
            return;
        }
        if (tq_in_order_put(run->queue, i, item) != TQ_OK) {
            return;
        }
    }
}

static tq_status deliver(void *user, void *what, tq_error *err)
{
    struct join_run *const run = user;
    struct item *const item = what;
    tq_batch_summary *const sum = run->summary;
    const tq_status status = give_rows(run->spec, &item->rows, err);

    summary_add(sum, &item->counts);
    sum->problems += item->light;
    sum->too_few += item->light;
    for (size_t i = 0; i < item->alleles.n_mismatches && sum->n_mismatches < TQ_MISMATCHES_SHOWN;
         i++) {
        sum->mismatch[sum->n_mismatches++] = item->alleles.mismatch[i];
    }
    for (size_t c = 0; c < run->in->n_cohorts; c++) {
        tq_batch_file *const f = &sum->file[c];

        const uint64_t *const counts = item->alleles.of_cohort[c];

        f->flipped += counts[ALLELE_FLIPPED];
        f->strand += counts[ALLELE_STRAND];
        f->palindromic += counts[ALLELE_PALINDROMIC];
        f->mismatched += counts[ALLELE_MISMATCHED];
        f->used -= counts[ALLELE_PALINDROMIC] + counts[ALLELE_MISMATCHED];
    }
    item_give(run, item);
    return status;
}

static tq_status begin(struct join_run *run, tq_error *err)
{
    const size_t cells = KEYS_APART * run->in->n_cohorts;
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < run->spec->threads; i++) {
        struct join_worker *const w = &run->worker[i];

        w->vi = malloc(cells * sizeof *w->vi);
        w->direction = malloc(cells);
        w->extra = malloc(KEYS_AT_ONCE * sizeof *w->extra);
        w->kept_key = malloc(KEYS_AT_ONCE * sizeof *w->kept_key);
        status = w->vi && w->direction && w->extra && w->kept_key
                     ? fitter_begin(&w->fitter, run->spec, err)
                     : no_memory(err);
    }
    return status;
}

tq_status join_print(struct join_run *run, tq_error *err)
{
    const size_t threads = run->spec->threads;
    tq_progress_part part = {run->spec->progress, READING_SHARE, 1.0 - READING_SHARE};
    const tq_progress progress = {tq_progress_report_part, &part};

    tq_in_order_free(run->queue);
    run->queue = tq_in_order_new(AHEAD_PER_THREAD * threads, deliver, run, item_free);
    tq_status status = run->queue ? TQ_OK : no_memory(err);

    status = status == TQ_OK ? begin(run, err) : status;
    status = status == TQ_OK ? print_header(run, err) : status;
    if (status == TQ_OK) {
        const uint64_t chunks = (run->n_order + KEYS_AT_ONCE - 1) / KEYS_AT_ONCE;

        status = tq_parallel(threads, chunks, 1, print_all, run,
                             run->spec->progress ? &progress : NULL, err);
    }
    status = status == TQ_OK ? tq_in_order_status(run->queue, err) : status;
    free_spare(run);
    return status == TQ_OK ? end_rows(run->spec, err) : status;
}
