/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row says, read from its columns: scale, direction, trial, group, effect. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "frame/audit_internal.h"
#include "frame/subset.h"
#include "frame/table_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- what the words of a row say ---- */

/* "0-100", "0 to 10" in a text: the first pair of whole numbers so joined, the lower first. */
static int range_in(const char *text, double *lo, double *hi)
{
    for (const char *at = text; at && *at; at++) {
        char *end;

        if (!isdigit((unsigned char)*at) ||
            (at > text && (isalnum((unsigned char)at[-1]) || strchr(".-", at[-1])))) {
            continue;
        }
        const long a = strtol(at, &end, 10);
        const char *b = end;

        if (strncmp(b, "\xE2\x80\x93", 3) == 0) { /* en dash */
            b += 3;
        } else if (strncmp(b, " to ", 4) == 0) {
            b += 4;
        } else if (*b == '-') {
            b++;
        } else {
            continue;
        }
        if (isdigit((unsigned char)*b)) {
            const long c = strtol(b, &end, 10);

            if (c > a && *end != '.' && *end != '-') {
                *lo = (double)a;
                *hi = (double)c;
                return 1;
            }
        }
    }
    return 0;
}

static void read_bounds(struct audit_sheet *s, size_t i)
{
    s->lo[i] = audit_value(s, AUDIT_SCALE_MIN, i);
    s->hi[i] = audit_value(s, AUDIT_SCALE_MAX, i);
    if (!(s->lo[i] < s->hi[i]) && !range_in(audit_text(s, AUDIT_SCALE, i), &s->lo[i], &s->hi[i]) &&
        !range_in(audit_text(s, AUDIT_OUTCOME, i), &s->lo[i], &s->hi[i])) {
        s->lo[i] = s->hi[i] = (double)NAN;
    }
}

static int any_word(const struct audit_sheet *s, size_t i, const audit_role *where, size_t n_where,
                    const char *const *words, size_t n_words)
{
    for (size_t w = 0; w < n_words; w++) {
        for (size_t r = 0; r < n_where; r++) {
            if (audit_has_word(audit_text(s, where[r], i), words[w])) {
                return 1;
            }
        }
    }
    return 0;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void read_words(struct audit_sheet *s, size_t i)
{
    static const audit_role where[] = {AUDIT_OUTCOME, AUDIT_SCALE, AUDIT_BASIS};
    static const char *const whole[] = {"integer", "integers",      "Likert",      "NRS",
                                        "NPRS",    "whole numbers", "whole number"};
    static const char *const change[] = {"change", "improvement", "difference"};
    static const char *const lower[] = {"lower better", "lower = better", "lower is better",
                                        "lower"};
    static const char *const higher[] = {"higher better", "higher = better", "higher is better",
                                         "higher"};
    static const audit_role said[] = {AUDIT_DIRECTION, AUDIT_SCALE};
    const char *visit = audit_text(s, AUDIT_FOLLOWUP, i);
    double months;

    s->whole[i] = (unsigned char)any_word(s, i, where, COUNT(where), whole, COUNT(whole));
    s->is_change[i] = (unsigned char)any_word(s, i, where, COUNT(where), change, COUNT(change));
    s->is_baseline[i] = visit && ((tq_parse_number(visit, s->decimal, &months) && months == 0.0) ||
                                  audit_has_word(visit, "baseline"));
    if (s->direction != TQ_DIRECTION_INFER) {
        s->better[i] = s->direction == TQ_DIRECTION_LOWER ? -1 : 1;
    } else {
        s->better[i] = (signed char)(any_word(s, i, said, COUNT(said), higher, COUNT(higher)) -
                                     any_word(s, i, said, COUNT(said), lower, COUNT(lower)));
    }
}

/* The scale on which the estimate of a row is symmetric, from its measure or its column's name. */
static enum audit_scale scale_of(const struct audit_sheet *s, size_t i)
{
    static const char *const log_words[] = {"OR", "RR", "HR", "IRR", "ratio", "odds", "ROM"};
    static const char *const linear_words[] = {"MD",   "SMD",    "WMD",        "mean difference",
                                               "RD",   "slope",  "difference", "MC",
                                               "SMCC", "Hedges", "Cohen"};
    static const char *const other_words[] = {"proportion",  "prevalence", "percent", "rate",
                                              "correlation", "COR",        "PR"};
    const char *measure = audit_text(s, AUDIT_MEASURE, i);
    const char *column = s->number[AUDIT_EST] ? audit_column_of(s, AUDIT_EST) : "";

    for (size_t w = 0; !measure && w < 4; w++) {
        if (audit_same_name(column, (const char *const[]){"or", "rr", "hr", "irr"}[w],
                            strlen(log_words[w]))) {
            return SCALE_LOG;
        }
    }
    measure = measure ? measure : column;
    for (size_t w = 0; w < COUNT(linear_words); w++) {
        if (audit_has_word(measure, linear_words[w])) {
            return SCALE_LINEAR;
        }
    }
    for (size_t w = 0; w < COUNT(other_words); w++) {
        if (audit_has_word(measure, other_words[w])) {
            return SCALE_OTHER;
        }
    }
    for (size_t w = 0; w < COUNT(log_words); w++) {
        /* A limit below 0 is no ratio: its logarithm, then, which is symmetric as it stands. */
        if (audit_has_word(measure, log_words[w])) {
            return audit_value(s, AUDIT_LO, i) <= 0.0 || audit_value(s, AUDIT_EST, i) < 0.0
                       ? SCALE_LINEAR
                       : SCALE_LOG;
        }
    }
    return SCALE_UNSTATED;
}

/* ---- labels and trials ---- */

/* "Mautner 2023 (BMAC vs CSI)" is of the trial "Mautner 2023"; "Johnston (1998a)" stays whole. */
static const char *trial_of(const struct audit_sheet *s, const char *label)
{
    const char *bracket = label ? strstr(label, " (") : NULL;
    int digits = 0;

    for (const char *c = label; bracket && c < bracket; c++) {
        digits = isdigit((unsigned char)*c) ? digits + 1 : 0;
        if (digits == 4) {
            return tq_arena_format(s->arena, "%.*s", (int)(bracket - label), label);
        }
    }
    return label;
}

static int numeric_text(const struct audit_sheet *s, const char *text)
{
    double x;

    return !text || tq_parse_number(text, s->decimal, &x);
}

static tq_status read_labels(struct audit_sheet *s, int slab_given, tq_error *err)
{
    for (size_t i = 0; i < s->rows; i++) {
        const char *study = audit_text(s, AUDIT_STUDY, i), *author = audit_text(s, AUDIT_AUTHOR, i);
        const char *trial = audit_text(s, AUDIT_TRIAL, i), *year = audit_text(s, AUDIT_YEAR, i);

        s->label[i] = study;
        if (!slab_given && author && (numeric_text(s, study) || audit_same_text(study, author))) {
            s->label[i] = year ? tq_arena_format(s->arena, "%s %s", author, year) : author;
        }
        if (!s->label[i]) {
            s->label[i] = tq_arena_format(s->arena, "%zu", audit_row(s, i));
        }
        s->key[i] = trial_of(s, trial && !audit_same_text(trial, study) ? trial
                                : study                                 ? study
                                                                        : s->label[i]);
        if (!s->label[i] || !s->key[i]) {
            return no_memory(err);
        }
    }
    return TQ_OK;
}

/* ---- groups ---- */

/* Texts that name what a row measures, in one key: outcome, ends of the scale, measure. */
static const char *group_key(const struct audit_sheet *s, size_t i)
{
    const char *outcome = audit_text(s, AUDIT_OUTCOME, i),
               *measure = audit_text(s, AUDIT_MEASURE, i);
    const char *scale = isnan(s->lo[i]) ? audit_text(s, AUDIT_SCALE, i) : NULL;
    char ends[64] = "";

    if (!isnan(s->lo[i])) {
        tq_decimal_trimmed(ends, sizeof ends, s->lo[i], 6);
        strcat(ends, "-");
        tq_decimal_trimmed(ends + strlen(ends), sizeof ends / 2, s->hi[i], 6);
    }
    return tq_arena_format(s->arena, "%s\x1F%s\x1F%s\x1F%d", outcome ? outcome : "",
                           scale ? scale : ends, measure ? measure : "", s->is_change[i]);
}

static tq_status read_groups(struct audit_sheet *s, tq_error *err)
{
    const char **key = tq_arena_take(s->arena, s->rows, sizeof *key);

    s->group = tq_arena_take(s->arena, s->rows, sizeof *s->group);
    s->group_start = tq_arena_take(s->arena, s->rows + 1, sizeof *s->group_start);
    if (!key || !s->group || !s->group_start) {
        return no_memory(err);
    }
    for (size_t i = 0; i < s->rows; i++) {
        key[i] = group_key(s, i);
        s->group[i] = i;
        if (!key[i]) {
            return no_memory(err);
        }
    }
    if (!audit_sort(s, s->group, s->rows, (const char *const *const[]){key}, 1)) {
        return no_memory(err);
    }
    for (size_t j = 0; j < s->rows; j++) {
        if (j == 0 || strcmp(key[s->group[j]], key[s->group[j - 1]]) != 0) {
            s->group_start[s->groups++] = j;
        }
    }
    s->group_start[s->groups] = s->rows;
    return TQ_OK;
}

/* ---- effects ---- */

static struct audit_effect two_means(const struct audit_sheet *s, size_t i)
{
    const double n1 = audit_value(s, AUDIT_N1, i), n2 = audit_value(s, AUDIT_N2, i);
    const double sd1 = audit_value(s, AUDIT_SD1, i), sd2 = audit_value(s, AUDIT_SD2, i);

    return (struct audit_effect){audit_value(s, AUDIT_M1, i) - audit_value(s, AUDIT_M2, i),
                                 sd1 * sd1 / n1 + sd2 * sd2 / n2, "difference of means"};
}

static double cell_or(double cell, double n, double events)
{
    return isnan(cell) ? n - events : cell;
}

/* Log odds ratio with 1/2 added: defined for every table, and symmetric in swapping arms. */
static struct audit_effect odds_ratio(const struct audit_sheet *s, size_t i)
{
    const double a = audit_value(s, AUDIT_E1, i), c = audit_value(s, AUDIT_E2, i);
    const double b = cell_or(audit_value(s, AUDIT_NE1, i), audit_value(s, AUDIT_N1, i), a);
    const double d = cell_or(audit_value(s, AUDIT_NE2, i), audit_value(s, AUDIT_N2, i), c);

    if (!(a >= 0.0 && b >= 0.0 && c >= 0.0 && d >= 0.0) || a + c == 0.0 || b + d == 0.0) {
        return (struct audit_effect){(double)NAN, (double)NAN, NULL};
    }
    return (struct audit_effect){
        log((a + 0.5) / (b + 0.5)) - log((c + 0.5) / (d + 0.5)),
        1.0 / (a + 0.5) + 1.0 / (b + 0.5) + 1.0 / (c + 0.5) + 1.0 / (d + 0.5), "log odds ratio"};
}

static struct audit_effect stated(const struct audit_sheet *s, size_t i)
{
    const double sei = audit_value(s, AUDIT_SEI, i), vi = audit_value(s, AUDIT_VI, i);
    const double z = 1.9599639845400545; /* normal quantile of 0.975 */
    double est = audit_value(s, AUDIT_EST, i), lo = audit_value(s, AUDIT_LO, i);
    double hi = audit_value(s, AUDIT_HI, i);

    if (vi > 0.0 || sei > 0.0) {
        return (struct audit_effect){audit_value(s, AUDIT_YI, i), vi > 0.0 ? vi : sei * sei,
                                     "estimate"};
    }
    if (s->scale[i] == SCALE_LOG) {
        est = log(est);
        lo = log(lo);
        hi = log(hi);
    }
    const double se = (hi - lo) / (2.0 * z);

    return (struct audit_effect){est, lo < est && est < hi ? se * se : (double)NAN,
                                 s->scale[i] == SCALE_LOG ? "log of the estimate" : "estimate"};
}

static void read_effects(struct audit_sheet *s)
{
    static struct audit_effect (*const ways[])(const struct audit_sheet *,
                                               size_t) = {stated, two_means, odds_ratio};

    for (size_t i = 0; i < s->rows; i++) {
        s->effect[i] = (struct audit_effect){(double)NAN, (double)NAN, NULL};
        for (size_t w = 0; w < COUNT(ways); w++) {
            const struct audit_effect e = ways[w](s, i);

            if (isfinite(e.yi) && e.vi > 0.0 && isfinite(e.vi)) {
                s->effect[i] = e;
                break;
            }
        }
    }
}

/* ---- entry ---- */

static tq_status select_rows(struct audit_sheet *s, const tq_audit_spec *spec, tq_error *err)
{
    const size_t rows = tq_table_rows(s->table);
    unsigned char *keep = tq_arena_take(s->arena, rows, sizeof *keep);
    tq_status status = TQ_OK;

    s->row = tq_arena_take(s->arena, rows, sizeof *s->row);
    if (!keep || !s->row) {
        return no_memory(err);
    }
    memset(keep, 1, rows);
    if (spec->subset) {
        status = tq_subset_select(s->table, spec->subset, keep, err);
    }
    for (size_t i = 0; i < rows; i++) {
        if (keep[i]) {
            s->row[s->rows++] = i;
        }
    }
    return status != TQ_OK || s->rows > 0
               ? status
               : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no row is in the subset '%.120s'",
                         spec->subset);
}

static int take_arrays(struct audit_sheet *s)
{
    s->label = tq_arena_take(s->arena, s->rows, sizeof *s->label);
    s->key = tq_arena_take(s->arena, s->rows, sizeof *s->key);
    s->lo = tq_arena_take(s->arena, s->rows, sizeof *s->lo);
    s->hi = tq_arena_take(s->arena, s->rows, sizeof *s->hi);
    s->whole = tq_arena_take(s->arena, s->rows, sizeof *s->whole);
    s->is_change = tq_arena_take(s->arena, s->rows, sizeof *s->is_change);
    s->is_baseline = tq_arena_take(s->arena, s->rows, sizeof *s->is_baseline);
    s->other_unit = tq_arena_take(s->arena, s->rows, sizeof *s->other_unit);
    s->better = tq_arena_take(s->arena, s->rows, sizeof *s->better);
    s->scale = tq_arena_take(s->arena, s->rows, sizeof *s->scale);
    s->effect = tq_arena_take(s->arena, s->rows, sizeof *s->effect);
    return s->label && s->key && s->lo && s->hi && s->whole && s->is_change && s->is_baseline &&
           s->other_unit && s->better && s->scale && s->effect;
}

static tq_status read_whole(struct audit_sheet *s, const char *expression, tq_error *err)
{
    unsigned char *keep = tq_arena_take(s->arena, tq_table_rows(s->table), sizeof *keep);

    if (!keep) {
        return no_memory(err);
    }
    const tq_status status = tq_subset_select(s->table, expression, keep, err);

    for (size_t i = 0; status == TQ_OK && i < s->rows; i++) {
        s->whole[i] = keep[s->row[i]];
    }
    return status;
}

tq_status audit_read(const tq_table *table, const tq_audit_spec *spec, struct audit_sheet *s,
                     tq_error *err)
{
    s->table = table;
    s->decimal = table->decimal;
    s->direction = spec->direction;
    tq_status status = select_rows(s, spec, err);

    if (status == TQ_OK && !take_arrays(s)) {
        status = no_memory(err);
    }
    status = status == TQ_OK ? audit_bind(s, spec, err) : status;
    status = status == TQ_OK ? audit_read_columns(s, err) : status;
    status = status == TQ_OK ? read_labels(s, spec->slab != NULL, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < s->rows; i++) {
        read_bounds(s, i);
        read_words(s, i);
        s->scale[i] = scale_of(s, i);
    }
    read_effects(s);
    status = spec->integer ? read_whole(s, spec->integer, err) : TQ_OK;
    return status == TQ_OK ? read_groups(s, err) : status;
}
