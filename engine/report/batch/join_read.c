/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading cohorts: each thread has a file of its own while there are enough of them, then helps with those
 * that are not at their end. What a key holds in the end does not depend on who was first.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "batch/genomic_control.h"
#include "core/parallel.h"
#include "core/parse_number.h"
#include "report/batch/batch_join_internal.h"

/* A window is read again from where it was just written: it fits the cache of a core. */
enum { AHEAD_PER_THREAD = 4, PLACE_BITS = 44, WINDOW_TEXT = 1 << 18 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- filters ---- */

static int field_is(const tq_field *field, const char *text, size_t size)
{
    return field->size == size && memcmp(field->at, text, size) == 0;
}

static int in_list(const tq_field *field, const char *list)
{
    for (;;) {
        const size_t size = strcspn(list, ",");

        if (field_is(field, list, size)) {
            return 1;
        }
        if (!list[size]) {
            return 0;
        }
        list += size + 1;
    }
}

static int passes(const tq_batch_filter *f, const tq_field *field, char decimal)
{
    const tq_field limit = {f->value, strlen(f->value)};
    double x = NAN, y = NAN;

    if (f->rule == TQ_FILTER_IN) {
        return in_list(field, f->value);
    }
    const int numbers = tq_field_number(field, decimal, &x) && !isnan(x) &&
                        tq_field_number(&limit, '.', &y) && !isnan(y);

    switch (f->rule) {
    case TQ_FILTER_LESS:
        return numbers && x < y;
    case TQ_FILTER_AT_MOST:
        return numbers && x <= y;
    case TQ_FILTER_MORE:
        return numbers && x > y;
    case TQ_FILTER_AT_LEAST:
        return numbers && x >= y;
    case TQ_FILTER_EQUAL:
        return numbers ? x == y : field_is(field, limit.at, limit.size);
    default:
        return numbers ? x != y : !field_is(field, limit.at, limit.size);
    }
}

/* ---- a line ---- */

/* A line of a cohort on its way into a cell. */
struct reading {
    struct join_run *run;
    const tq_batch_cohort *cohort;
    const struct cohort_file *file;
    const tq_field *fields;
    struct line_tally *tally;
    uint64_t line;
    int own;   /* 1: this part keeps it, and counts what is bad */
    int plain; /* 1: rows need no more than read_plain() gives them */
};

static const tq_field *field_of(const struct reading *r, int role)
{
    const size_t place = r->file->columns.place[role];

    return place == NO_PLACE ? NULL : &r->fields[place];
}

static void bad_value(const struct reading *r, int role, const char *column, const char *why)
{
    char text[48];

    if (r->own) {
        tally_bad(r->tally, r->line, "column '%.40s': '%s' %s", column,
                  shown_field(field_of(r, role), text), why);
    }
}

/* A number: 1; 0 where it is missing; -1 where it is none. */
static inline int number_of(const struct reading *r, int role, const char *column, double *out)
{
    const tq_field *const field = field_of(r, role);

    if (r->run->spec->decimal == '.' && tq_read_number(field->at, field->size, out)) {
        return 1;
    }
    if (!tq_field_number(field, r->run->spec->decimal, out)) {
        bad_value(r, role, column, "is no number");
        return -1;
    }
    return !isnan(*out);
}

/* The effect, as it is combined, but for its weight. */
static int read_effect(const struct reading *r, double *effect)
{
    const int kind = number_of(r, ROLE_EFFECT, r->cohort->effect, effect);

    if (kind > 0 && r->cohort->log_effect) {
        if (!(*effect > 0.0)) {
            bad_value(r, ROLE_EFFECT, r->cohort->effect, "is no ratio > 0");
            return -1;
        }
        *effect = log(*effect);
    }
    *effect = r->cohort->flip ? -*effect : *effect;
    return kind;
}

static int read_variance(const struct reading *r, double *vi)
{
    const int is_se = r->cohort->se != NULL;
    const char *column = is_se ? r->cohort->se : r->cohort->variance;
    double value;
    const int kind = number_of(r, ROLE_VARIANCE, column, &value);

    if (kind <= 0) {
        return kind;
    }
    if (!variance_of(value, is_se, vi)) {
        bad_value(r, ROLE_VARIANCE, column, variance_fault(value));
        return -1;
    }
    return 1;
}

static int read_weight(const struct reading *r, double *weight)
{
    if (!field_of(r, ROLE_WEIGHT)) {
        *weight = r->cohort->default_weight;
        return 1;
    }
    const int kind = number_of(r, ROLE_WEIGHT, r->cohort->weight, weight);

    if (kind > 0 && !(*weight > 0.0)) {
        bad_value(r, ROLE_WEIGHT, r->cohort->weight, "must be > 0");
        return -1;
    }
    return kind;
}

/* Scheme Z: zi from the p-value and the sign of the effect, as zi / sqrt(Ni) with variance 1 / Ni. */
static int read_z(const struct reading *r, double effect, double weight, double *yi, double *vi)
{
    double p;
    const int kind = number_of(r, ROLE_PVAL, r->cohort->pval, &p);

    if (kind <= 0) {
        return kind;
    }
    if (!(p > 0.0 && p <= 1.0)) {
        bad_value(r, ROLE_PVAL, r->cohort->pval, "is no p-value > 0");
        return -1;
    }
    *yi = copysign(tq_z_of_p(p), effect) / sqrt(weight);
    *vi = 1.0 / weight;
    return 1;
}

/* What is more than effect and variance. */
static int read_others(const struct reading *r, union word *cell, double weight)
{
    const struct cell_form *const form = &r->run->form;
    int kind = 1;

    if (form->weight) {
        cell[form->weight].number = weight;
    }
    if (form->freq) {
        cell[form->freq].number = NAN;
        if (field_of(r, ROLE_FREQ)) {
            kind = number_of(r, ROLE_FREQ, r->cohort->freq, &cell[form->freq].number);
            if (kind > 0 && !(cell[form->freq].number >= 0.0 && cell[form->freq].number <= 1.0)) {
                bad_value(r, ROLE_FREQ, r->cohort->freq, "is no frequency");
                kind = -1;
            }
        }
    }
    for (size_t i = 0; kind >= 0 && i < r->run->in->n_custom; i++) {
        double *const x = &cell[form->custom + i].number;

        *x = 0.0;
        if (field_of(r, ROLE_CUSTOM + (int)i)) {
            kind = number_of(r, ROLE_CUSTOM + (int)i, r->cohort->custom[i], x);
            *x = kind > 0 ? *x : 0.0;
        }
    }
    return kind >= 0 ? 1 : -1;
}

/* The whole cell but its head: 1; 0 missing; -1 bad. */
static int read_cell(const struct reading *r, union word *cell)
{
    double effect = NAN, weight = NAN;
    int kind = read_effect(r, &effect);

    if (kind > 0 && r->run->form.weight) {
        kind = read_weight(r, &weight);
    }
    if (kind > 0 && r->run->in->scheme == TQ_SCHEME_Z) {
        kind = read_z(r, effect, weight, &cell[CELL_YI].number, &cell[CELL_VI].number);
    } else if (kind > 0) {
        cell[CELL_YI].number = effect;
        kind = read_variance(r, &cell[CELL_VI].number);
    }
    return kind > 0 ? read_others(r, cell, weight) : kind;
}

static int kept_by_filters(const struct reading *r)
{
    for (size_t i = 0; i < r->cohort->n_filters; i++) {
        if (!passes(&r->cohort->filter[i], field_of(r, ROLE_FILTER + (int)i),
                    r->run->spec->decimal)) {
            return 0;
        }
    }
    return 1;
}

/* ---- a window ---- */

/* The head of a cell; 0: memory is short. */
static int read_head(const struct reading *r, uint64_t window, union word *cell)
{
    uint32_t code = 0;
    const tq_field *const effect = r->run->form.alleles ? field_of(r, ROLE_EFFECT_ALLELE) : NULL;

    if (effect &&
        !allele_pair_code(&r->run->alleles, effect, field_of(r, ROLE_OTHER_ALLELE), &code)) {
        return 0;
    }
    cell[CELL_HEAD].bits = (window + 1) << 32 | code;
    return 1;
}

static tq_status add_cell(struct join_run *run, struct join_worker *w, const struct reading *r,
                          const tq_field *key, uint64_t place, tq_error *err)
{
    union word *const cell = w->cell + run->form.words * w->n_rows;

    w->row[w->n_rows] =
        (struct join_row){.key = key->at, .size = key->size, .place = place, .own = r->own};
    if (!read_head(r, w->window.index, cell)) {
        return no_memory(err);
    }
    w->n_rows++;
    return TQ_OK;
}

/* The row that w->row[w->n_rows] has room for. */
static tq_status add_row(struct join_run *run, struct join_worker *w, struct reading *r,
                         const tq_field *key, uint64_t place, tq_error *err)
{
    const int kind = read_cell(r, w->cell + run->form.words * w->n_rows);

    r->tally->used += kind > 0 && r->own;
    r->tally->missing += kind == 0 && r->own;
    return kind > 0 ? add_cell(run, w, r, key, place, err) : TQ_OK;
}

/*
 * Most rows of most runs: a key, an effect and a standard error, two alleles, and nothing is unusual about
 * them. 0: this is another, and nothing was done.
 */
static inline int read_plain(const struct reading *r, const tq_field *key, union word *cell)
{
    const tq_field *const effect = &r->fields[r->file->columns.place[ROLE_EFFECT]],
                          *const se = &r->fields[r->file->columns.place[ROLE_VARIANCE]];
    double value;

    return (key->size > TQ_MISSING_MOST || !tq_field_missing(key)) &&
           tq_read_number(effect->at, effect->size, &cell[CELL_YI].number) &&
           tq_read_number(se->at, se->size, &value) && variance_of(value, 1, &cell[CELL_VI].number);
}

/* Room for the text of a key, until rows are stored. */
static tq_status key_room(struct join_run *run, size_t c, struct join_worker *w, size_t size,
                          tq_error *err)
{
    enum { FIRST = 1 << 14 };
    tq_status status = TQ_OK;

    if (size <= w->key_capacity - w->key_size) {
        return TQ_OK;
    }
    status = join_store(run, c, w, err);
    w->key_size = 0;
    if (status == TQ_OK && size > w->key_capacity) {
        const size_t wider = size > FIRST ? 2 * size : FIRST;

        free(w->key_text);
        w->key_text = malloc(wider);
        w->key_capacity = w->key_text ? wider : 0;
        status = w->key_text ? TQ_OK : no_memory(err);
    }
    return status;
}

/* The key of several columns: their texts, a mark between. *kind: 1; 0 one is missing; -1 one holds the mark. */
static tq_status join_key(struct join_run *run, size_t c, struct join_worker *w,
                          const struct reading *r, tq_field *key, int *kind, tq_error *err)
{
    const size_t *const place = r->file->columns.place;
    const tq_field *part[TQ_MOST_KEY_PARTS] = {&r->fields[place[ROLE_KEY]]};
    size_t n = 1, size = part[0]->size;

    *kind = !tq_field_missing(part[0]);
    for (; n < TQ_MOST_KEY_PARTS && r->cohort->key_part[n - 1]; n++) {
        part[n] = &r->fields[place[ROLE_KEY_PART + n - 1]];
        size += 1 + part[n]->size;
        *kind = *kind && !tq_field_missing(part[n]);
    }
    const tq_status status = key_room(run, c, w, size, err);

    if (status != TQ_OK) {
        return status;
    }
    char *const text = w->key_text + w->key_size, *to = text;

    for (size_t i = 0; i < n; i++) {
        *kind = memchr(part[i]->at, KEY_MARK, part[i]->size) ? -1 : *kind;
        if (i > 0) {
            *to++ = KEY_MARK;
        }
        memcpy(to, part[i]->at, part[i]->size);
        to += part[i]->size;
    }
    w->key_size += size;
    *key = (tq_field){text, size};
    return TQ_OK;
}

static tq_status add_line(struct join_run *run, size_t c, struct join_worker *w, struct reading *r,
                          const tq_line_scanner *s, tq_error *err)
{
    const tq_batch_spec *const spec = run->spec;
    const uint64_t place = (uint64_t)c << PLACE_BITS | (w->window.offset + s->line);
    const tq_field *const plain_key = field_of(r, ROLE_KEY);
    int kind;
    tq_status status = TQ_OK;

    if (r->plain && read_plain(r, plain_key, w->cell + run->form.words * w->n_rows)) {
        r->tally->used++;
        r->own = 1;
        status = add_cell(run, w, r, plain_key, place, err);
        return status == TQ_OK && w->n_rows == ROWS_AT_ONCE ? join_store(run, c, w, err) : status;
    }

    tq_field key = *plain_key;

    if (r->cohort->key_part[0]) {
        status = join_key(run, c, w, r, &key, &kind, err);
    } else {
        kind = !tq_field_missing(&key);
    }
    r->own = spec->shards == 1 || hash_bytes(0, key.at, key.size) % spec->shards == spec->shard;
    /* lambda is that of the whole file, as it counts beside the others */
    if (status != TQ_OK || (!r->own && !run->estimates_lambda)) {
        return status;
    }
    if (kind < 0 && r->own) {
        tally_bad(r->tally, r->line, "a key holds the byte 0x1F");
    }
    if (kind <= 0 || !kept_by_filters(r)) {
        r->tally->missing += kind == 0 && r->own;
        r->tally->other += kind > 0 && r->own;
        return TQ_OK;
    }
    status = add_row(run, w, r, &key, place, err);
    return status == TQ_OK && w->n_rows == ROWS_AT_ONCE ? join_store(run, c, w, err) : status;
}

/* Whether read_plain() knows all that a row of the cohort needs. */
static int is_plain(const struct join_run *run, const tq_batch_cohort *cohort)
{
    return run->spec->decimal == '.' && run->spec->shards == 1 &&
           run->in->scheme == TQ_SCHEME_INVERSE_VARIANCE && run->form.words == CELL_BASE &&
           cohort->se && !cohort->log_effect && !cohort->flip && cohort->n_filters == 0 &&
           !cohort->key_part[0];
}

/* Where a window is the one behind the last, its first key is expected behind the last key. */
static void begin_window(struct join_worker *w, size_t c)
{
    if (w->last_cohort != c || w->last_window + 1 != w->window.index) {
        w->last = CHAIN_NONE;
    }
    w->last_cohort = c;
    w->last_window = w->window.index;
    w->n_rows = w->key_size = 0;
    w->duplicates = 0;
}

static tq_status read_window(struct join_run *run, size_t c, struct join_worker *w,
                             struct line_tally *t, tq_error *err)
{
    struct cohort_file *const f = &run->cohort[c];
    struct reading r = {.run = run,
                        .cohort = &run->in->cohort[c],
                        .file = f,
                        .fields = w->fields,
                        .tally = t,
                        .own = run->spec->shard == 0,
                        .plain = is_plain(run, &run->in->cohort[c])};
    tq_line_scanner s;
    tq_line_kind kind;
    tq_status status = TQ_OK;

    begin_window(w, c);
    tq_line_scan(&s, &f->file.form, run->spec->lenient || r.cohort->lenient,
                 f->columns.wanted.column, f->columns.wanted.n, w->window.text, w->window.size);
    while (status == TQ_OK && (kind = tq_line_next(&s, w->fields)) != TQ_LINE_END) {
        r.line = s.n_lines;
        if (kind == TQ_LINE_FIELDS) {
            status = add_line(run, c, w, &r, &s, err);
        } else if (run->spec->shard == 0) {
            tally_kind(t, s.n_lines, kind, s.found, s.columns);
        }
    }
    t->lines = s.n_lines;
    status = status == TQ_OK ? join_store(run, c, w, err) : status;
    atomic_fetch_add(&run->cohort[c].duplicates, w->duplicates);
    return status;
}

/* ---- files ---- */

struct tally_target {
    struct join_run *run;
    size_t cohort;
};

static tq_status deliver_tally(void *user, void *item, tq_error *err)
{
    const struct tally_target *const to = user;
    const tq_status status =
        tally_add(item, to->run->cohort[to->cohort].header_line, to->run->spec->strict,
                  &to->run->summary->file[to->cohort], err);

    free(item);
    return status;
}

static tq_status open_cohort(struct join_run *run, size_t c, size_t threads, tq_error *err)
{
    struct cohort_file *const f = &run->cohort[c];
    const tq_batch_cohort *const cohort = &run->in->cohort[c];
    tq_batch_file *const file = &run->summary->file[c];
    tq_status status = tq_text_file_open(
        cohort->path, threads, cohort->separator ? cohort->separator : run->spec->in_separator,
        &f->file, err);

    if (status != TQ_OK) {
        return status;
    }
    f->header_line = f->file.header_line;
    tq_copy_text(file->path, sizeof file->path, f->file.path);
    file->kind = tq_source_kind_of(f->file.source);
    status = cohort_columns_find(cohort, run->in, &f->file.form, &f->columns, err);
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, f->file.path);
    }
    return status;
}

static void close_cohort(struct cohort_file *f)
{
    tq_text_file_close(&f->file);
    wanted_free(&f->columns.wanted);
}

/* What a pipe or standard input has given is gone; a path of nothing is for opening to tell. */
static int opens_again(const char *path)
{
    struct stat info;

    return strcmp(path, "-") != 0 && (stat(path, &info) != 0 || S_ISREG(info.st_mode));
}

/* Every header that can be is looked at before the first file is read to its end. */
static tq_status check_cohorts(struct join_run *run, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t c = 0; status == TQ_OK && c < run->in->n_cohorts; c++) {
        if (opens_again(run->in->cohort[c].path)) {
            status = open_cohort(run, c, 1, err);
            run->total += status == TQ_OK ? tq_source_size(run->cohort[c].file.source) : 0;
            close_cohort(&run->cohort[c]);
        }
    }
    return status;
}

/*
 * A file for this thread: one that nobody reads yet, else one that is being read; SIZE_MAX: none is left. The
 * first is read by all, unless it must be unpacked by one: it makes the keys, which are then guessed.
 */
static size_t choose(struct join_run *run, int *is_new)
{
    const struct cohort_file *const first = &run->cohort[0];
    size_t best = SIZE_MAX, c = 0;

    mtx_lock(&run->lock);
    if (first->state == COHORT_OPEN && run->summary->file[0].kind != TQ_SOURCE_GZIP) {
        best = 0;
        *is_new = 0;
        c = run->in->n_cohorts;
    }
    for (; c < run->in->n_cohorts; c++) {
        struct cohort_file *const f = &run->cohort[c];

        if (f->state == COHORT_WAITS) {
            f->state = COHORT_CLAIMED;
            f->readers = 1;
            *is_new = 1;
            best = c;
            break;
        }
        if (f->state == COHORT_OPEN &&
            (best == SIZE_MAX || f->readers < run->cohort[best].readers)) {
            best = c;
            *is_new = 0;
        }
    }
    if (best != SIZE_MAX && !*is_new) {
        run->cohort[best].readers++;
    }
    mtx_unlock(&run->lock);
    return best;
}

static void leave(struct join_run *run, size_t c)
{
    struct cohort_file *const f = &run->cohort[c];

    mtx_lock(&run->lock);
    f->state = COHORT_ENDED;
    if (--f->readers == 0) {
        close_cohort(f);
    }
    mtx_unlock(&run->lock);
}

static tq_status start_cohort(struct join_run *run, size_t c, tq_error *err)
{
    const size_t n = run->in->n_cohorts, threads = run->spec->threads;
    const tq_window_options opt = {.size = WINDOW_TEXT};
    tq_status status = open_cohort(run, c, threads > n ? threads / n : 1, err);

    status = status == TQ_OK ? tq_text_file_start(&run->cohort[c].file, &opt, err) : status;
    mtx_lock(&run->lock);
    run->cohort[c].state = status == TQ_OK ? COHORT_OPEN : COHORT_ENDED;
    mtx_unlock(&run->lock);
    return status;
}

/* ---- threads ---- */

static int interrupted(struct join_run *run, size_t thread)
{
    uint64_t done = 0;

    if (thread != 0 || !run->spec->progress) {
        return 0;
    }
    mtx_lock(&run->lock);
    for (size_t c = 0; c < run->in->n_cohorts; c++) {
        const struct cohort_file *const f = &run->cohort[c];

        if (f->state == COHORT_OPEN && f->file.source) {
            done += tq_source_position(f->file.source);
        } else if (f->state == COHORT_ENDED) {
            done += run->total / run->in->n_cohorts;
        }
    }
    mtx_unlock(&run->lock);
    const double share = run->total > 0 ? (double)done / (double)run->total : 0.0;

    return tq_progress_report(run->spec->progress, READING_SHARE * (share > 1.0 ? 1.0 : share)) !=
           0;
}

static tq_status fit_fields(struct join_worker *w, size_t n, tq_error *err)
{
    if (n > w->n_fields) {
        free(w->fields);
        w->fields = malloc(n * sizeof *w->fields);
        w->n_fields = w->fields ? n : 0;
    }
    return w->n_fields >= n ? TQ_OK : no_memory(err);
}

static tq_status one_window(struct join_run *run, size_t c, struct join_worker *w, int *more,
                            tq_error *err)
{
    struct cohort_file *const f = &run->cohort[c];
    tq_status status = fit_fields(w, f->columns.wanted.n, err);

    status = status == TQ_OK ? tq_windows_next(f->file.windows, &w->window, more, err) : status;
    if (status != TQ_OK || !*more) {
        return status;
    }
    struct line_tally *t = calloc(1, sizeof *t);

    if (!t) {
        return no_memory(err);
    }
    status = read_window(run, c, w, t, err);
    if (status != TQ_OK) {
        free(t);
        return status;
    }
    status = tq_in_order_put(f->queue, w->window.index, t);
    return status == TQ_OK ? TQ_OK : tq_in_order_status(f->queue, err);
}

static tq_status read_cohort(struct join_run *run, size_t c, size_t thread, tq_error *err)
{
    tq_status status = TQ_OK;
    int more = 1;

    while (status == TQ_OK && more) {
        if (interrupted(run, thread)) {
            status = tq_fail(err, TQ_EINTR, TQ_NO_ROW, NULL, "interrupted");
        } else if (tq_in_order_status(run->queue, NULL) != TQ_OK) {
            status = tq_in_order_status(run->queue, err);
        } else {
            status = one_window(run, c, &run->worker[thread], &more, err);
        }
    }
    return status;
}

static void read_all(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct join_run *const run = context;
    tq_error err = {.status = TQ_OK};
    tq_status status = TQ_OK;
    int is_new = 0;
    size_t c;

    (void)begin;
    (void)end;
    while (status == TQ_OK && (c = choose(run, &is_new)) != SIZE_MAX) {
        status = is_new ? start_cohort(run, c, &err) : TQ_OK;
        status = status == TQ_OK ? read_cohort(run, c, thread, &err) : status;
        if (status != TQ_OK) {
            tq_in_order_stop(run->queue, &err);
            for (size_t i = 0; i < run->in->n_cohorts; i++) {
                tq_in_order_stop(run->cohort[i].queue, &err);
            }
        }
        leave(run, c);
    }
}

tq_status join_read(struct join_run *run, tq_error *err)
{
    const size_t n = run->in->n_cohorts, threads = run->spec->threads;
    struct tally_target *target = calloc(n, sizeof *target);
    tq_status status = target ? check_cohorts(run, err) : no_memory(err);

    for (size_t c = 0; target && status == TQ_OK && c < n; c++) {
        target[c] = (struct tally_target){run, c};
        run->cohort[c].queue =
            tq_in_order_new(AHEAD_PER_THREAD * threads, deliver_tally, &target[c], free);
        status = run->cohort[c].queue ? TQ_OK : no_memory(err);
    }
    status = status == TQ_OK ? start_cohort(run, 0, err) : status;
    if (status == TQ_OK) {
        status = tq_parallel(threads, threads, 1, read_all, run, NULL, err);
    }
    status = status == TQ_OK ? tq_in_order_status(run->queue, err) : status;
    for (size_t c = 0; c < n; c++) {
        tq_in_order_free(run->cohort[c].queue);
        run->cohort[c].queue = NULL;
    }
    free(target);
    return status;
}
