/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a starter plan says where studies have several rows: that these are no studies of their own. */
#include <string.h>

#include "report/plan/plan_start_internal.h"

/* Rows that are compared with one another. */
enum { MOST_ROWS = 5000 };

typedef struct {
    size_t study, year, outcome, visit; /* columns; the others may be TQ_NO_COLUMN: there is none */
    size_t *row;                        /* [n] complete rows that have a study */
    size_t n;
    size_t within; /* that tells rows of one study and outcome apart; TQ_NO_COLUMN: none does */
    size_t studies, repeated; /* those with several rows of one outcome */
} repeats;

static int same(const start *s, size_t c, size_t i, size_t j)
{
    return c == TQ_NO_COLUMN ||
           strcmp(tq_table_cell(s->table, i, c), tq_table_cell(s->table, j, c)) == 0;
}

/* Papers of one author in different years are different studies. */
static int same_study(const start *s, const repeats *r, size_t i, size_t j)
{
    return same(s, r->study, r->row[i], r->row[j]) && same(s, r->year, r->row[i], r->row[j]);
}

static int gather_rows(const start *s, repeats *r)
{
    const size_t rows = tq_table_rows(s->table);

    r->row = tq_arena_take(s->arena, MOST_ROWS, sizeof *r->row);
    for (size_t i = 0; r->row && i < rows && r->n < MOST_ROWS; i++) {
        if (s->complete[i] && !tq_table_missing(s->table, i, r->study)) {
            r->row[r->n++] = i;
        }
    }
    return r->row != NULL;
}

int start_counts_rows(start *s, size_t outcome, size_t visit)
{
    repeats r = {.study = start_column(s, "study"),
                 .year = start_column(s, "year"),
                 .outcome = outcome,
                 .visit = visit};

    if (r.study == TQ_NO_COLUMN || !gather_rows(s, &r)) {
        return 0;
    }
    for (size_t i = 0; i < r.n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_study(s, &r, i, j) && same(s, outcome, r.row[i], r.row[j]) &&
                same(s, visit, r.row[i], r.row[j])) {
                return 1;
            }
        }
    }
    return 0;
}

/* Whether an earlier row is of the same study, and of the same outcome where by_outcome is 1. */
static int has_earlier(const start *s, const repeats *r, size_t i, int by_outcome)
{
    for (size_t j = 0; j < i; j++) {
        if (same_study(s, r, i, j) && (!by_outcome || same(s, r->outcome, r->row[i], r->row[j]))) {
            return 1;
        }
    }
    return 0;
}

/* Whether a study was counted as one with several rows before its row i. */
static int was_repeated(const start *s, const repeats *r, size_t i)
{
    for (size_t j = 1; j < i; j++) {
        if (same_study(s, r, i, j) && has_earlier(s, r, j, 1)) {
            return 1;
        }
    }
    return 0;
}

static void count_studies(const start *s, repeats *r)
{
    for (size_t i = 0; i < r->n; i++) {
        r->studies += !has_earlier(s, r, i, 0);
        r->repeated += has_earlier(s, r, i, 1) && !was_repeated(s, r, i);
    }
}

/* Whether no two rows of a study and outcome have the same text in a column, and none lacks it. */
static int tells_apart(const start *s, const repeats *r, size_t c)
{
    for (size_t i = 0; i < r->n; i++) {
        if (tq_table_missing(s->table, r->row[i], c)) {
            return 0;
        }
        for (size_t j = 0; j < i; j++) {
            if (same(s, r->study, r->row[i], r->row[j]) &&
                same(s, r->outcome, r->row[i], r->row[j]) && same(s, c, r->row[i], r->row[j])) {
                return 0;
            }
        }
    }
    return 1;
}

static int is_input(const start *s, const repeats *r, size_t c)
{
    return c == r->study || c == r->outcome || c == r->year || (s->used[c] && c != r->visit);
}

/* A formula has no mark for names with the mark of names in them. */
static int can_be_named(const start *s, size_t c)
{
    return strchr(tq_table_name(s->table, c), '`') == NULL;
}

/* The visit first, then what else is no number of the measure. */
static void find_within(const start *s, repeats *r)
{
    r->within = TQ_NO_COLUMN;
    if (r->visit != TQ_NO_COLUMN && can_be_named(s, r->visit) && tells_apart(s, r, r->visit)) {
        r->within = r->visit;
    }
    for (size_t c = 0; r->within == TQ_NO_COLUMN && c < tq_table_columns(s->table); c++) {
        if (!is_input(s, r, c) && can_be_named(s, c) && tells_apart(s, r, c)) {
            r->within = c;
        }
    }
}

static int all_numbers(const start *s, const repeats *r, size_t c)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!start_is_number(s, r->row[i], c)) {
            return 0;
        }
    }
    return 1;
}

static const char *name_of(const start *s, size_t c)
{
    return tq_table_name(s->table, c);
}

/* A key whose value is a column. */
static void put_column(start *s, const char *key, size_t c)
{
    tq_buffer_format(s->out, "    %s: ", key);
    start_quoted(s->out, name_of(s, c));
    tq_buffer_text(s->out, "\n");
}

static void put_why(start *s, const repeats *r)
{
    tq_buffer_format(s->out,
                     "\n  # %zu of %zu studies have several rows%s: visits, scales, or arms "
                     "against one control. These\n"
                     "  # come from the same people and are no studies of their own, as which %s "
                     "would count them.\n"
                     "  # Here effects of one study are alike (random), their errors correlate "
                     "(v-cluster), and robust\n"
                     "  # inference (cluster) holds whatever the correlations are, with some ten "
                     "studies or more. The\n"
                     "  # same rows taken as independent stand beside it.\n",
                     r->repeated, r->studies, r->outcome == TQ_NO_COLUMN ? "" : " of one outcome",
                     s->counts_rows ? "the analysis above" : "an analysis of all visits");
}

static void put_errors(start *s, const repeats *r)
{
    put_column(s, "v-cluster", r->study);
    if (r->within != TQ_NO_COLUMN && r->within == r->visit && all_numbers(s, r, r->visit)) {
        put_column(s, "v-time", r->visit);
        tq_buffer_text(s->out,
                       "    phi: 0.9  # assumed correlation of errors one unit of time apart\n");
    } else {
        tq_buffer_text(
            s->out,
            "    rho: [0.6, 0.3, 0.9]  # assumed correlations of errors: the first is used\n");
    }
    tq_buffer_text(
        s->out, "    # v-grp1: COLUMN  # names of the two groups that a row compares: those that\n"
                "    # v-grp2: COLUMN  # share one correlate by the sizes of the groups\n");
}

/* Whether rows with one name of a study are of several years, which makes studies of them. */
static int shares_names(const start *s, const repeats *r)
{
    for (size_t i = 0; i < r->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same(s, r->study, r->row[i], r->row[j]) && !same_study(s, r, i, j)) {
                return 1;
            }
        }
    }
    return 0;
}

static void put_random(start *s, const repeats *r)
{
    tq_buffer formula = {0};

    if (shares_names(s, r)) {
        tq_buffer_text(s->out,
                       "    # Rows of one name count as one study here, also where their years "
                       "differ: name them apart if\n"
                       "    # they are different studies (Smith 2001, Smith 2005).\n");
    }
    if (r->within == TQ_NO_COLUMN) {
        tq_buffer_text(s->out,
                       "    # A column that numbers the rows of a study lets their true effects "
                       "differ: \"~ 1 | STUDY/COLUMN\".\n");
    }
    tq_buffer_text(&formula, "~ 1 | ");
    start_made(&formula, start_name(s, r->study));
    if (r->within != TQ_NO_COLUMN) {
        tq_buffer_text(&formula, "/");
        start_made(&formula, start_name(s, r->within));
    }
    tq_buffer_text(s->out, "    random: ");
    start_quoted(s->out, formula.failed ? NULL : formula.data);
    tq_buffer_text(s->out, "\n");
    tq_buffer_free(&formula);
}

static void put_rows(start *s, const repeats *r, const char **level)
{
    tq_buffer loop = {0}, *out = s->out;

    s->out = &loop;
    const size_t outcomes = start_outcomes(s, r->outcome, level);

    s->out = out;
    tq_buffer_format(out, "  - id: \"dependent%s\"\n    title: \"%s, all rows of each study\"\n",
                     outcomes ? "-{outcome.id}" : "", outcomes ? "{outcome.is}" : "All studies");
    if (outcomes) {
        tq_buffer_format(out, "    for:\n%s    subset: \"", loop.data ? loop.data : "");
        start_made(out, start_name(s, r->outcome));
        tq_buffer_text(out, " == '{outcome.is}'\"\n");
    }
    out->failed |= loop.failed;
    tq_buffer_free(&loop);
}

void start_dependence(start *s, const char **level)
{
    repeats r = {.study = start_column(s, "study"),
                 .year = start_column(s, "year"),
                 .outcome = start_column(s, "outcome"),
                 .visit = start_column(s, "followup")};

    if (r.study == TQ_NO_COLUMN || !can_be_named(s, r.study)) {
        return;
    }
    if (!gather_rows(s, &r)) {
        s->out->failed = 1;
        return;
    }
    count_studies(s, &r);
    if (r.repeated == 0) {
        return;
    }
    find_within(s, &r);
    put_why(s, &r);
    put_rows(s, &r, level);
    put_random(s, &r);
    put_errors(s, &r);
    put_column(s, "cluster", r.study);
    tq_buffer_text(s->out, "    test: t\n    dfs: contain\n"
                           "    beside:\n"
                           "      every row a study of its own: {random: none, test: knha}\n"
                           "    figures: [forest]\n");
}
