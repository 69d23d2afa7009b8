/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of checks, and what they report to. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/decimal.h"
#include "frame/audit_internal.h"

static const struct {
    const char *name;
    audit_check *run;
    const char *wants; /* columns without which it has nothing to look at */
    const char *looks_for, *reference;
} checks[] = {
    {"number", audit_numbers, "any column of figures",
     "cells that are no number, and numbers their column cannot hold",
     "Higgins et al. (2019), Cochrane Handbook, chapter 5"},
    {"interval", audit_intervals, "estimate, lo and hi, or change_mean, change_lo and change_hi",
     "an estimate outside its confidence limits, limits in the wrong order",
     "Higgins et al. (2019), Cochrane Handbook, chapter 6"},
    {"symmetry", audit_symmetry, "measure, estimate, lo and hi",
     "limits not symmetric on the scale stated: ratios called differences",
     "Altman & Bland (2003), BMJ 326:219"},
    {"remark", audit_remarks, "note",
     "an interval quoted in the remarks that does not contain its estimate",
     "Higgins et al. (2019), Cochrane Handbook, chapter 5"},
    {"p-value", audit_p_values, "estimate, lo, hi and p", "a p-value that its interval contradicts",
     "Altman & Bland (2011), BMJ 343:d2304"},
    /* Before se-as-sd, which leaves rows of another unit alone. */
    {"unit", audit_units, "outcome and means with SDs, or estimates with limits, of 4 studies",
     "figures a power of ten from the others (mm with cm); several scales",
     "Higgins et al. (2019), Cochrane Handbook, chapter 6"},
    {"se-as-sd", audit_spreads, "outcome, n and a column of SDs or standard errors, 4 studies",
     "a standard error entered as SD, or the reverse; unusual SDs",
     "Goetzsche et al. (2007), JAMA 298:430-437"},
    {"variance", audit_variances, "two of vi, sei, lo with hi",
     "variance, standard error and limits of one estimate that disagree",
     "Higgins et al. (2019), Cochrane Handbook, chapter 6"},
    {"change", audit_change, "mean_pre, mean_post and change_mean",
     "a change that is not after minus before; impossible SDs of change",
     "Follmann et al. (1992), J. Clin. Epidemiol. 45:769-773"},
    {"count", audit_counts, "events and n",
     "more events than people, broken counts, cells that do not add up",
     "Higgins et al. (2019), Cochrane Handbook, chapter 6"},
    {"bounds", audit_bounds, "scale_min and scale_max, or a range in scale",
     "means outside the scale, SDs larger than the scale allows",
     "Bhatia & Davis (2000), Am. Math. Mon. 107:353-357"},
    {"grim", audit_whole_numbers,
     "n and means of whole-number scores (items, --integer, or the words integer, Likert, NRS)",
     "means and SDs that no whole-number scores of n people can give",
     "Brown & Heathers (2017), Soc. Psychol. Personal. Sci. 8:363-369; Allard (2018)"},
    {"repeated", audit_repeated, "figures",
     "a row, or its figures, entered twice; a sum as a study",
     "Tramer et al. (1997), BMJ 315:635-640"},
    {"same-trial", audit_same_trial, "study labels with years, or registry",
     "one trial under several labels: earlier reports, congress posters",
     "Tramer et al. (1997), BMJ 315:635-640"},
    {"shared-arm", audit_shared_arm, "study and the figures of arm 2",
     "an arm that stands in several comparisons and is counted each time",
     "Higgins et al. (2019), Cochrane Handbook, section 23.3.4"},
    {"paired", audit_paired, "arm, comparator, design or n_unit",
     "two sides of the same people, which are not independent",
     "Elbourne et al. (2002), Int. J. Epidemiol. 31:140-149"},
    {"baseline", audit_baseline,
     "two arms with means and SDs: at followup 0, or before (mean_pre1, ...)",
     "arms that differ before treatment more than chance explains",
     "Altman (1985), Statistician 34:125-136; Carlisle (2017), Anaesthesia 72:944-952"},
    {"estimate", audit_estimates, "measure (MD, OR, RR), estimate, and the figures of two arms",
     "an estimate that its own arms contradict, in sign or in size",
     "Higgins et al. (2019), Cochrane Handbook, chapter 6"},
    {"sign", audit_signs, "effects, or changes, of 5 studies",
     "an effect against all others: swapped arms, a reversed scale, a lost minus",
     "Higgins et al. (2019), Cochrane Handbook, section 6.5.1"},
    {"outlier", audit_outliers, "effects of 5 studies",
     "an effect far from the others by its studentised deleted residual",
     "Viechtbauer & Cheung (2010), Res. Synth. Methods 1:112-125"},
    {"label", audit_labels, "study, arm and means or changes of 3 trials",
     "names of treatments that contradict what their arms do",
     "Salanti et al. (2014), PLoS One 9:e99682"},
};
enum { CHECKS = sizeof checks / sizeof *checks };

const char *tq_finding_severity_name(tq_finding_severity severity)
{
    static const char *const names[TQ_FINDING_COUNT] = {"note", "warning", "error"};

    return (unsigned)severity < TQ_FINDING_COUNT ? names[severity] : NULL;
}

const char *tq_direction_name(tq_direction direction)
{
    static const char *const names[TQ_DIRECTION_COUNT] = {"infer", "lower", "higher"};

    return (unsigned)direction < TQ_DIRECTION_COUNT ? names[direction] : NULL;
}

/* ---- reporting ---- */

const char *audit_number(struct audit_sheet *s, double x)
{
    char text[TQ_DECIMAL_SIZE];
    const double size = fabs(x);
    const int decimals = size >= 100.0  ? 0
                         : size >= 10.0 ? 1
                         : size >= 1.0  ? 2
                         : size >= 0.1  ? 3
                                        : 4;

    const char *kept = tq_arena_text(
        s->arena, size > 0.0 && size < 5e-5 ? tq_decimal_scientific(text, sizeof text, x, 1)
                                            : tq_decimal_trimmed(text, sizeof text, x, decimals));

    s->failed |= !kept;
    return kept ? kept : "";
}

const char *audit_figures(struct audit_sheet *s, size_t i, const audit_role *roles)
{
    tq_buffer out = {0};

    for (; *roles != AUDIT_ROLES; roles++) {
        const char *text = audit_text(s, *roles, i);

        if (text) {
            tq_buffer_format(&out, "%s%s %s", out.size ? ", " : "", audit_column_of(s, *roles),
                             text);
        }
    }
    const char *kept = tq_arena_text(s->arena, out.data ? out.data : "");

    s->failed |= out.failed || !kept;
    tq_buffer_free(&out);
    return kept ? kept : "";
}

static tq_finding *new_finding(struct audit_sheet *s)
{
    if (s->n == s->capacity) {
        const size_t capacity = s->capacity ? 2 * s->capacity : 64;
        tq_finding *at =
            capacity < SIZE_MAX / sizeof *at ? realloc(s->finding, capacity * sizeof *at) : NULL;

        if (!at) {
            s->failed = 1;
            return NULL;
        }
        s->finding = at;
        s->capacity = capacity;
    }
    return &s->finding[s->n++];
}

void audit_find(struct audit_sheet *s, size_t i, tq_finding_severity severity, const char *figures,
                const char *fmt, ...)
{
    tq_finding *f = new_finding(s);
    char message[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (f) {
        *f = (tq_finding){
            audit_row(s, i), tq_table_line(s->table, s->row[i]), s->label[i], severity, s->check,
            figures,         tq_arena_text(s->arena, message)};
        s->failed |= !f->message;
    }
}

const char *audit_row_list(struct audit_sheet *s, const size_t *at, size_t n)
{
    enum { MOST = 12 };
    tq_buffer out = {0};

    tq_buffer_text(&out, n == 1 ? "row " : "rows ");
    for (size_t i = 0; i < n && i < MOST; i++) {
        const int last = i + 1 == n;

        tq_buffer_format(&out, "%s%zu", i == 0 ? "" : last ? " and " : ", ", audit_row(s, at[i]));
    }
    if (n > MOST) {
        tq_buffer_format(&out, " and %zu more", n - MOST);
    }
    const char *kept = tq_arena_text(s->arena, out.data ? out.data : "");

    s->failed |= out.failed || !kept;
    tq_buffer_free(&out);
    return kept ? kept : "";
}

/* ---- sorting ---- */

/* qsort has no argument for the keys: a bottom-up merge sort, stable, by texts of several columns. */
static int before(size_t a, size_t b, const char *const *const *keys, size_t n_keys)
{
    for (size_t k = 0; k < n_keys; k++) {
        const char *x = keys[k][a] ? keys[k][a] : "", *y = keys[k][b] ? keys[k][b] : "";
        const int order = strcmp(x, y);

        if (order != 0) {
            return order < 0;
        }
    }
    return a < b;
}

static void merge(const size_t *from, size_t start, size_t middle, size_t end, size_t *to,
                  const char *const *const *keys, size_t n_keys)
{
    size_t a = start, b = middle;

    for (size_t i = start; i < end; i++) {
        const int left = a < middle && (b >= end || !before(from[b], from[a], keys, n_keys));

        to[i] = left ? from[a++] : from[b++];
    }
}

int audit_sort(struct audit_sheet *s, size_t *at, size_t n, const char *const *const *keys,
               size_t n_keys)
{
    size_t *other = n < SIZE_MAX / sizeof *other ? malloc((n + 1) * sizeof *other) : NULL;
    size_t *from = at, *to = other;

    if (!other) {
        s->failed = 1;
        return 0;
    }
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            const size_t middle = start + width < n ? start + width : n;
            const size_t end = start + 2 * width < n ? start + 2 * width : n;

            merge(from, start, middle, end, to, keys, n_keys);
        }
        size_t *swap = from;

        from = to;
        to = swap;
    }
    if (from != at) {
        memcpy(at, from, n * sizeof *at);
    }
    free(other);
    return 1;
}

static int by_row(const void *a, const void *b)
{
    const tq_finding *x = a, *y = b;

    if (x->row != y->row) {
        return x->row < y->row ? -1 : 1;
    }
    if (x->severity != y->severity) {
        return x->severity > y->severity ? -1 : 1;
    }
    return strcmp(x->check, y->check) != 0 ? strcmp(x->check, y->check)
                                           : strcmp(x->message, y->message);
}

/* ---- running ---- */

static void run_checks(struct audit_sheet *s, tq_check_run *run)
{
    for (size_t c = 0; c < CHECKS; c++) {
        const size_t before_it = s->n;

        s->check = checks[c].name;
        s->looked_at = 0;
        checks[c].run(s);
        run[c] = (tq_check_run){checks[c].name,      checks[c].looks_for,
                                checks[c].reference, s->looked_at,
                                s->n - before_it,    s->looked_at ? NULL : checks[c].wants};
    }
}

static int keep_columns(const struct audit_sheet *s, tq_audit *a)
{
    a->column = tq_arena_take(a->arena, AUDIT_ROLES, sizeof *a->column);
    for (audit_role role = 0; a->column && role < AUDIT_ROLES; role++) {
        if (s->column[role] != TQ_NO_COLUMN) {
            a->column[a->n_columns++] =
                (tq_audit_column){audit_role_name(role), tq_table_name(s->table, s->column[role])};
        }
    }
    return a->column != NULL;
}

static int keep_findings(const struct audit_sheet *s, tq_audit *a)
{
    a->finding = tq_arena_take(a->arena, s->n + 1, sizeof *a->finding);
    if (!a->finding) {
        return 0;
    }
    if (s->n > 0) {
        memcpy(a->finding, s->finding, s->n * sizeof *a->finding);
        qsort(a->finding, s->n, sizeof *a->finding, by_row);
    }
    a->n = s->n;
    for (size_t i = 0; i < s->n; i++) {
        a->count[s->finding[i].severity]++;
    }
    return 1;
}

/* Everything in one arena, the audit itself included. */
tq_status tq_audit_run(const tq_table *table, const tq_audit_spec *spec, tq_audit **out,
                       tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    tq_audit *a = arena ? tq_arena_take(arena, 1, sizeof *a) : NULL;
    tq_check_run *run = arena ? tq_arena_take(arena, CHECKS, sizeof *run) : NULL;
    struct audit_sheet s = {.table = table, .arena = arena};
    tq_status status = a && run ? audit_read(table, spec, &s, err) : TQ_ENOMEM;

    if (status == TQ_OK) {
        run_checks(&s, run);
        *a = (tq_audit){
            .table = table, .rows = s.rows, .check = run, .n_checks = CHECKS, .arena = arena};
        status = !s.failed && keep_columns(&s, a) && keep_findings(&s, a) ? TQ_OK : TQ_ENOMEM;
    }
    free(s.finding);
    if (status == TQ_OK) {
        *out = a;
        return TQ_OK;
    }
    tq_arena_free(arena);
    return status == TQ_ENOMEM ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : status;
}

void tq_audit_free(tq_audit *audit)
{
    if (audit) {
        tq_arena_free(audit->arena);
    }
}
