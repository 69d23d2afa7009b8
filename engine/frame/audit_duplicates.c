/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks for what is counted twice: rows, trials, arms, and sides of the same people. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "frame/audit_internal.h"

static size_t *all_rows(struct audit_sheet *s)
{
    size_t *at = calloc(s->rows + 1, sizeof *at);

    for (size_t i = 0; at && i < s->rows; i++) {
        at[i] = i;
    }
    s->failed |= !at;
    return at;
}

/* ---- repeated: whole rows ---- */

/* A column of rising numbers counts rows, and differs in copies of a row. */
static int counts_rows(const struct audit_sheet *s, size_t column)
{
    double last = -INFINITY, x;

    for (size_t i = 0; i < s->rows; i++) {
        if (!tq_parse_number(tq_table_cell(s->table, s->row[i], column), s->decimal, &x) ||
            x <= last) {
            return 0;
        }
        last = x;
    }
    return 1;
}

/* Cells of the row in one text; *figures counts the numbers in them. */
static const char *row_text(struct audit_sheet *s, size_t i, const unsigned char *skip,
                            size_t *figures)
{
    tq_buffer out = {0};
    double x;

    *figures = 0;
    for (size_t c = 0; c < tq_table_columns(s->table); c++) {
        if (!skip[c]) {
            const char *cell = tq_table_cell(s->table, s->row[i], c);

            *figures += (size_t)tq_parse_number(cell, s->decimal, &x);
            tq_buffer_text(&out, cell);
            tq_buffer_text(&out, "\x1F");
        }
    }
    const char *text = tq_arena_text(s->arena, out.data ? out.data : "");

    s->failed |= out.failed || !text;
    tq_buffer_free(&out);
    return text;
}

/* Two numbers can agree by chance where a running number is all that tells the studies apart. */
enum { ENOUGH_FIGURES = 4, CELLS_OF_AN_INTERVAL = 3 };

/* Several rows a trial, and no column that tells them apart: rounded effects can agree. */
static int rows_are_nameless(struct audit_sheet *s, size_t *at)
{
    size_t trials = 0;

    if (s->text[AUDIT_OUTCOME] || s->text[AUDIT_FOLLOWUP] || s->text[AUDIT_ARM] ||
        !audit_sort(s, at, s->rows, (const char *const *const[]){s->key}, 1)) {
        return 0;
    }
    for (size_t j = 0; j < s->rows; j++) {
        trials += j == 0 || strcmp(s->key[at[j]], s->key[at[j - 1]]) != 0;
    }
    return 2 * s->rows > 3 * trials;
}

static void report_rows(struct audit_sheet *s, size_t *at, const char *const *text,
                        const size_t *figures, int numbered)
{
    const int nameless = rows_are_nameless(s, at);

    if (!audit_sort(s, at, s->rows, (const char *const *const[]){text}, 1)) {
        s->failed = 1;
        return;
    }
    for (size_t j = 1; j < s->rows; j++) {
        const size_t i = at[j], first = at[j - 1];

        if (strcmp(text[i], text[first]) == 0 && figures[i] >= (numbered ? ENOUGH_FIGURES : 1)) {
            audit_find(s, i, nameless ? TQ_FINDING_NOTE : TQ_FINDING_ERROR, "",
                       "the row repeats row %zu in every cell%s: entered twice%s?",
                       audit_row(s, first), numbered ? " but its number" : "",
                       nameless ? ", or two effects of the study that agree when rounded" : "");
        }
    }
}

static void whole_rows(struct audit_sheet *s, size_t *at)
{
    unsigned char *skip = calloc(tq_table_columns(s->table) + 1, 1);
    const char **text = calloc(s->rows, sizeof *text);
    size_t *figures = calloc(s->rows, sizeof *figures);
    int numbered = 0;

    s->failed |= !skip || !text || !figures;
    for (size_t c = 0; !s->failed && s->rows > 2 && c < tq_table_columns(s->table); c++) {
        skip[c] = (unsigned char)counts_rows(s, c);
        numbered |= skip[c];
    }
    for (size_t i = 0; !s->failed && i < s->rows; i++) {
        text[i] = row_text(s, i, skip, &figures[i]);
    }
    if (!s->failed) {
        s->looked_at = s->rows;
        report_rows(s, at, text, figures, numbered);
    }
    free(figures);
    free(text);
    free(skip);
}

/* ---- repeated: figures ---- */

static const audit_role figure_roles[] = {
    AUDIT_M1,      AUDIT_SD1,    AUDIT_SE1,       AUDIT_M2,        AUDIT_SD2,       AUDIT_SE2,
    AUDIT_MEAN,    AUDIT_SD,     AUDIT_SE,        AUDIT_MEAN_PRE,  AUDIT_SD_PRE,    AUDIT_MEAN_POST,
    AUDIT_SD_POST, AUDIT_CHANGE, AUDIT_CHANGE_SD, AUDIT_CHANGE_LO, AUDIT_CHANGE_HI, AUDIT_EST,
    AUDIT_LO,      AUDIT_HI,     AUDIT_ROLES};

/* The figures of a row in one text; NULL when they are too few to tell rows apart. */
static const char *figure_text(struct audit_sheet *s, size_t i)
{
    size_t n = 0, fractions = 0;

    for (const audit_role *r = figure_roles; *r != AUDIT_ROLES; r++) {
        const char *text = audit_text(s, *r, i);

        n += text != NULL;
        fractions += text && audit_decimals(s, text) > 0;
    }
    return n >= CELLS_OF_AN_INTERVAL && fractions >= 2 ? audit_figures(s, i, figure_roles) : NULL;
}

/* "network: A" and "network: B" are levels of one factor: no trial is in both. */
static int levels_of_one(const char *a, const char *b)
{
    const char *colon = a ? strchr(a, ':') : NULL;

    return colon && b && strncmp(a, b, (size_t)(colon - a) + 1) == 0 && strcmp(a, b) != 0;
}

static void same_figures(struct audit_sheet *s, size_t first, size_t i, const char *figures)
{
    const char *a = audit_text(s, AUDIT_SUBGROUP, first), *b = audit_text(s, AUDIT_SUBGROUP, i);
    const int same_outcome =
        audit_same_text(audit_text(s, AUDIT_OUTCOME, first), audit_text(s, AUDIT_OUTCOME, i));

    if (strcmp(s->key[first], s->key[i]) != 0) {
        audit_find(
            s, i, TQ_FINDING_WARNING, figures,
            "the same figures as %.80s (row %zu): one trial under two labels, or a row copied "
            "and not changed?",
            s->label[first], audit_row(s, first));
    } else if (levels_of_one(a, b)) {
        audit_find(s, i, TQ_FINDING_WARNING, figures,
                   "the same figures as row %zu under another label ('%.80s' there, '%.80s' here): "
                   "one of the two results is mislabelled?",
                   audit_row(s, first), a, b);
    } else if (!same_outcome) {
        audit_find(s, i, TQ_FINDING_WARNING, figures,
                   "the same figures as row %zu for another outcome: a row copied and not changed?",
                   audit_row(s, first));
    } else {
        audit_find(s, i, TQ_FINDING_NOTE, figures,
                   "the same figures as row %zu: the same studies under two headings, a value "
                   "carried forward, or a copy?",
                   audit_row(s, first));
    }
}

static void repeated_figures(struct audit_sheet *s, size_t *at)
{
    const char **text = calloc(s->rows, sizeof *text);

    s->failed |= !text;
    for (size_t i = 0; text && i < s->rows; i++) {
        text[i] = figure_text(s, i);
    }
    if (text && audit_sort(s, at, s->rows, (const char *const *const[]){text}, 1)) {
        for (size_t j = 1; j < s->rows; j++) {
            if (text[at[j]] && audit_same_text(text[at[j]], text[at[j - 1]])) {
                same_figures(s, at[j - 1], at[j], text[at[j]]);
            }
        }
    }
    free(text);
}

/* ---- repeated: sums ---- */

static const char *find_year(const char *label)
{
    for (const char *c = label; *c; c++) {
        if ((strncmp(c, "19", 2) == 0 || strncmp(c, "20", 2) == 0) &&
            isdigit((unsigned char)c[2]) && isdigit((unsigned char)c[3]) &&
            !isdigit((unsigned char)c[4]) && (c == label || !isalnum((unsigned char)c[-1]))) {
            return c;
        }
    }
    return NULL;
}

/* "Total (95% CI)", as forest plots and spreadsheets end with; a year makes it the name of a study. */
static int is_total(const char *label)
{
    static const char *const words[] = {"total",   "totals", "subtotal", "sub-total",
                                        "overall", "pooled", "summary",  "combined"};

    for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
        const size_t n = strlen(words[j]);

        if (strncasecmp(label, words[j], n) == 0 && !isalnum((unsigned char)label[n]) &&
            label[n] != '-') {
            return find_year(label) == NULL;
        }
    }
    return 0;
}

static void totals(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        if (s->label[i] && is_total(s->label[i])) {
            audit_find(
                s, i, TQ_FINDING_WARNING, audit_figures(s, i, figure_roles),
                "the label is that of a sum, whose studies would be counted twice: leave the "
                "row out?");
        }
    }
}

void audit_repeated(struct audit_sheet *s)
{
    size_t *at = all_rows(s);

    if (at) {
        whole_rows(s, at);
        repeated_figures(s, at);
        totals(s);
    }
    free(at);
}

/* ---- same-trial ---- */

/* A study as its label has it; its sizes are the arms of its rows. */
struct report {
    size_t i;           /* its first row */
    const char *author; /* "koh"; NULL when the label has no year */
    int year[2];        /* "2016/2018" has two */
    char letter;        /* 'a' of 1998a */
    int interim;        /* a word of its label says that there is a fuller report */
    size_t first_size, n_sizes;
};

/* Enough for any trial; bounds the pairs that are looked at in a sheet with one label. */
enum { MANY_REPORTS = 50, MANY_SIZES = 12 };

static void read_label(struct audit_sheet *s, size_t i, struct report *r)
{
    static const char *const words[] = {"interim",  "poster", "preliminary", "abstract",
                                        "congress", "thesis", "conference",  "pilot phase"};
    const char *label = s->label[i], *year = find_year(label), *end = year;

    *r = (struct report){.i = i};
    if (!year) {
        return;
    }
    while (end > label && strchr(" (,", end[-1])) {
        end--;
    }
    if (end == label || !isalpha((unsigned char)label[0])) {
        return;
    }
    char *author = tq_arena_format(s->arena, "%.*s", (int)(end - label), label);

    s->failed |= !author;
    for (char *c = author; c && *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    r->author = author;
    r->year[0] = r->year[1] = atoi(year);
    if (year[4] == '/' && find_year(year + 5) == year + 5) {
        r->year[1] = atoi(year + 5);
    }
    r->letter = isalpha((unsigned char)year[4]) ? year[4] : '\0';
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        r->interim |= audit_has_word(label, words[w]);
    }
}

/* A pair of sizes of a row: of its arms, or its one arm twice. */
struct sizes {
    double n1, n2;
};

static struct sizes sizes_of(const struct audit_sheet *s, size_t i)
{
    return (struct sizes){audit_value(s, AUDIT_N1, i), audit_value(s, AUDIT_N2, i)};
}

static int is_sum(const struct sizes *of, size_t n, double total)
{
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            if (of[a].n1 + of[b].n2 == total || (a != b && of[a].n1 + of[b].n1 == total)) {
                return 1;
            }
        }
    }
    return 0;
}

/* 2: both arms agree; 1: one agrees and the other is two arms of the other report together. */
static int sizes_agree(const struct sizes *a, size_t n_a, const struct sizes *b, size_t n_b)
{
    int agree = 0;

    for (size_t x = 0; x < n_a; x++) {
        for (size_t y = 0; y < n_b; y++) {
            const int one = a[x].n2 == b[y].n2 && a[x].n2 > 0.0;

            if (one && a[x].n1 == b[y].n1) {
                return 2;
            }
            agree |= one && (is_sum(a, n_a, b[y].n1) || is_sum(b, n_b, a[x].n1));
        }
    }
    return agree;
}

static void compare_reports(struct audit_sheet *s, const struct report *a, const struct report *b,
                            const struct sizes *sizes)
{
    const size_t m_a = a->n_sizes < MANY_SIZES ? a->n_sizes : MANY_SIZES;
    const size_t m_b = b->n_sizes < MANY_SIZES ? b->n_sizes : MANY_SIZES;
    const int agree = sizes_agree(sizes + a->first_size, m_a, sizes + b->first_size, m_b);
    const int share_year =
        a->year[0] == b->year[0] || a->year[1] == b->year[0] || a->year[0] == b->year[1];
    const int two_years = a->year[0] != a->year[1] || b->year[0] != b->year[1];
    const char *figures =
        audit_figures(s, b->i, (audit_role[]){AUDIT_N1, AUDIT_N2, AUDIT_N, AUDIT_ROLES});

    if (share_year && (a->interim || b->interim) && a->letter == b->letter) {
        audit_find(
            s, b->i, TQ_FINDING_WARNING, figures,
            "looks like another report of the trial of %.80s (row %zu): the label says interim "
            "or congress; take one report per outcome",
            s->label[a->i], audit_row(s, a->i));
    } else if (share_year && two_years) {
        audit_find(s, b->i, TQ_FINDING_WARNING, figures,
                   "looks like the trial of %.80s (row %zu): the labels share author and year",
                   s->label[a->i], audit_row(s, a->i));
    } else if (agree && !share_year) {
        audit_find(s, b->i, TQ_FINDING_WARNING, figures,
                   "looks like the trial of %.80s (row %zu): the same author, and %s",
                   s->label[a->i], audit_row(s, a->i),
                   agree == 2 ? "arms of the same sizes"
                              : "one arm of the same size, the other two arms taken together");
    }
}

/* Distinct labels, in the order of labels, with the sizes of their rows. */
static size_t gather_reports(struct audit_sheet *s, const size_t *at, struct report *report,
                             struct sizes *sizes)
{
    size_t n = 0, m = 0;

    for (size_t j = 0; j < s->rows; j++) {
        const struct sizes own = sizes_of(s, at[j]);

        if (j == 0 || strcmp(s->label[at[j]], s->label[at[j - 1]]) != 0) {
            read_label(s, at[j], &report[n]);
            report[n++].first_size = m;
        }
        if (!isnan(own.n1) && !isnan(own.n2)) {
            sizes[m++] = own;
            report[n - 1].n_sizes++;
        }
    }
    return n;
}

static void same_author(struct audit_sheet *s, const size_t *at)
{
    struct report *report = calloc(s->rows, sizeof *report);
    struct sizes *sizes = calloc(s->rows, sizeof *sizes);
    const char **author = calloc(s->rows, sizeof *author);
    size_t *order = calloc(s->rows, sizeof *order);

    s->failed |= !report || !sizes || !author || !order;
    const size_t n = s->failed ? 0 : gather_reports(s, at, report, sizes);

    for (size_t r = 0; r < n; r++) {
        author[r] = report[r].author;
        order[r] = r;
        s->looked_at += author[r] != NULL;
    }
    s->failed |= n > 0 && !audit_sort(s, order, n, (const char *const *const[]){author}, 1);
    for (size_t a = 0; a < n && !s->failed; a++) {
        for (size_t b = a + 1; b < n && b < a + MANY_REPORTS && author[order[a]] &&
                               audit_same_text(author[order[a]], author[order[b]]);
             b++) {
            compare_reports(s, &report[order[a]], &report[order[b]], sizes);
        }
    }
    free(order);
    free(author);
    free(sizes);
    free(report);
}

/* One number in a trial register under two labels: told at the first row of the later label. */
static void same_registration(struct audit_sheet *s, size_t *at)
{
    const char *const *keys[] = {s->text[AUDIT_REGISTRY]};
    size_t first = 0;

    if (!s->text[AUDIT_REGISTRY] || !audit_sort(s, at, s->rows, keys, 1)) {
        return;
    }
    for (size_t j = 1; j < s->rows; j++) {
        const char *number = audit_text(s, AUDIT_REGISTRY, at[j]);

        if (!number || !audit_same_text(number, audit_text(s, AUDIT_REGISTRY, at[first]))) {
            first = j;
        } else if (strcmp(s->key[at[first]], s->key[at[j]]) != 0 &&
                   strcmp(s->key[at[j - 1]], s->key[at[j]]) != 0) {
            audit_find(s, at[j], TQ_FINDING_WARNING,
                       audit_figures(s, at[j], (audit_role[]){AUDIT_REGISTRY, AUDIT_ROLES}),
                       "the registration of %.80s (row %zu): one trial under two labels?",
                       s->label[at[first]], audit_row(s, at[first]));
        }
    }
}

void audit_same_trial(struct audit_sheet *s)
{
    size_t *at = all_rows(s);

    if (at && audit_sort(s, at, s->rows, (const char *const *const[]){s->label}, 1)) {
        same_author(s, at);
        same_registration(s, at);
    }
    free(at);
}

/* ---- shared-arm ---- */

static const audit_role arm_roles[2][6] = {
    {AUDIT_N1, AUDIT_M1, AUDIT_SD1, AUDIT_SE1, AUDIT_E1, AUDIT_ROLES},
    {AUDIT_N2, AUDIT_M2, AUDIT_SD2, AUDIT_SE2, AUDIT_E2, AUDIT_ROLES}};

/* How many figures of an arm two rows share; 0 when one differs. */
static int same_arm(const struct audit_sheet *s, size_t a, size_t b, int arm)
{
    size_t shared = 0;

    for (const audit_role *r = arm_roles[arm]; *r != AUDIT_ROLES; r++) {
        if (!audit_same_text(audit_text(s, *r, a), audit_text(s, *r, b))) {
            return 0;
        }
        shared += audit_text(s, *r, a) != NULL;
    }
    return (int)shared;
}

static int same_text_of(const struct audit_sheet *s, audit_role role, size_t a, size_t b)
{
    return audit_same_text(audit_text(s, role, a), audit_text(s, role, b));
}

/*
 * Does the arm stand in both rows? 2: by its results, 1: by its size alone, 0: no. Rows of one trial
 * without an outcome may be two outcomes of all arms: then three figures must agree. A size alone
 * speaks where outcomes are told apart and arm 2 is named.
 */
static int shares(const struct audit_sheet *s, size_t a, size_t b, int arm)
{
    const audit_role own = arm ? AUDIT_COMPARATOR : AUDIT_ARM;
    const audit_role other = arm ? AUDIT_ARM : AUDIT_COMPARATOR;
    const int same = same_arm(s, a, b, arm);

    if (same == 0 || !same_text_of(s, own, a, b) ||
        (same_arm(s, a, b, !arm) > 1 && same_text_of(s, other, a, b))) {
        return 0;
    }
    if (!s->text[AUDIT_OUTCOME]) {
        return same > 2 ? 2 : 0;
    }
    if (same == 1) {
        return s->text[AUDIT_COMPARATOR] && (arm == 1 || !same_text_of(s, AUDIT_COMPARATOR, a, b));
    }
    return 2;
}

static int by_index(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

static void report_shared(struct audit_sheet *s, const size_t *rows, size_t n, int arm, int same)
{
    const char *name = audit_text(s, arm ? AUDIT_COMPARATOR : AUDIT_ARM, rows[0]);

    audit_find(
        s, rows[0], same == 2 ? TQ_FINDING_WARNING : TQ_FINDING_NOTE,
        audit_figures(s, rows[0], arm_roles[arm]),
        "arm %d%s%.60s%s stands in several comparisons of one trial (%s): its people count each "
        "time; split the arm, combine the others, or model the dependence%s",
        arm + 1, name ? " ('" : "", name ? name : "", name ? "')" : "", audit_row_list(s, rows, n),
        same == 2 ? "" : " (told by its size alone)");
}

/* Rows from..to are of one trial, outcome and visit; what they share is gathered per trial. */
static void pairs_of_visit(const struct audit_sheet *s, const size_t *at, size_t n, int arm,
                           unsigned char *shared, int *best)
{
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n && b < a + MANY_REPORTS; b++) {
            const int same = shares(s, at[a], at[b], arm);

            if (same > 0) {
                shared[a] = shared[b] = 1;
                *best = same > *best ? same : *best;
            }
        }
    }
}

static void one_trial(struct audit_sheet *s, const size_t *at, size_t n, unsigned char *shared,
                      size_t *rows)
{
    for (int arm = 1; arm >= 0; arm--) {
        int best = 0;
        size_t m = 0;

        memset(shared, 0, n);
        for (size_t from = 0, j = 0; from < n; from = j) {
            while (j < n && same_text_of(s, AUDIT_OUTCOME, at[from], at[j]) &&
                   same_text_of(s, AUDIT_FOLLOWUP, at[from], at[j])) {
                j++;
            }
            pairs_of_visit(s, at + from, j - from, arm, shared + from, &best);
        }
        for (size_t j = 0; j < n; j++) {
            if (shared[j]) {
                rows[m++] = at[j];
            }
        }
        if (m > 0) {
            qsort(rows, m, sizeof *rows, by_index);
            report_shared(s, rows, m, arm, best);
        }
    }
}

void audit_shared_arm(struct audit_sheet *s)
{
    size_t *at = all_rows(s), *rows = calloc(s->rows, sizeof *rows);
    unsigned char *shared = calloc(s->rows, 1);
    const char **none = calloc(s->rows, sizeof *none);
    const char *const *keys[] = {s->key, s->text[AUDIT_OUTCOME] ? s->text[AUDIT_OUTCOME] : none,
                                 s->text[AUDIT_FOLLOWUP] ? s->text[AUDIT_FOLLOWUP] : none};

    s->failed |= !at || !rows || !shared || !none;
    if (!s->failed && (s->number[AUDIT_N2] || s->number[AUDIT_M2]) &&
        audit_sort(s, at, s->rows, keys, 3)) {
        s->looked_at = s->rows;
        for (size_t from = 0, j = 0; from < s->rows; from = j) {
            while (j < s->rows && strcmp(s->key[at[from]], s->key[at[j]]) == 0) {
                j++;
            }
            one_trial(s, at + from, j - from, shared, rows);
        }
    }
    free(none);
    free(shared);
    free(rows);
    free(at);
}

/* ---- paired ---- */

/* The word that says it, or NULL. */
static const char *paired_word(const struct audit_sheet *s, size_t i)
{
    static const char *const words[] = {"contralateral", "bilateral", "split-mouth", "split-body",
                                        "cross-over",    "crossover", "knees",       "eyes",
                                        "limbs",         "hips",      "shoulders",   "teeth",
                                        "feet",          "procedures"};
    static const audit_role where[] = {AUDIT_ARM, AUDIT_COMPARATOR, AUDIT_DESIGN, AUDIT_UNIT};

    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        for (size_t r = 0; r < sizeof where / sizeof *where; r++) {
            if (audit_has_word(audit_text(s, where[r], i), words[w])) {
                return words[w];
            }
        }
    }
    return NULL;
}

static int is_side(const struct audit_sheet *s, size_t i, const char *side)
{
    return audit_has_word(audit_text(s, AUDIT_ARM, i), side) || audit_has_word(s->label[i], side);
}

/* Left and right of one trial, outcome and visit, as rows of their own. */
static size_t other_side(const struct audit_sheet *s, const size_t *at, size_t n)
{
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n && b < MANY_REPORTS && is_side(s, at[a], "left"); b++) {
            if (is_side(s, at[b], "right") && same_text_of(s, AUDIT_OUTCOME, at[a], at[b]) &&
                same_text_of(s, AUDIT_FOLLOWUP, at[a], at[b])) {
                return at[a];
            }
        }
    }
    return TQ_NO_ROW;
}

void audit_paired(struct audit_sheet *s)
{
    size_t *at = all_rows(s);
    const int any = s->text[AUDIT_ARM] || s->text[AUDIT_COMPARATOR] || s->text[AUDIT_DESIGN];

    if (at && any && audit_sort(s, at, s->rows, (const char *const *const[]){s->key}, 1)) {
        s->looked_at = s->rows;
        for (size_t from = 0, j = 0; from < s->rows; from = j) {
            const char *word = NULL;
            size_t told = 0;

            for (; j < s->rows && strcmp(s->key[at[from]], s->key[at[j]]) == 0; j++) {
                const char *own = paired_word(s, at[j]);

                told = own && !word ? j : told;
                word = word ? word : own;
            }
            const size_t side = other_side(s, at + from, j - from);
            static const audit_role roles[] = {AUDIT_ARM,  AUDIT_COMPARATOR, AUDIT_DESIGN,
                                               AUDIT_UNIT, AUDIT_N,          AUDIT_N1,
                                               AUDIT_N2,   AUDIT_ROLES};

            if (side != TQ_NO_ROW) {
                audit_find(
                    s, side, TQ_FINDING_WARNING, audit_figures(s, side, roles),
                    "left and right sides of the same people stand as two rows: they are not "
                    "independent, take one or combine them");
            } else if (word) {
                audit_find(s, at[told], TQ_FINDING_NOTE, audit_figures(s, at[told], roles),
                           "'%s': units of the same people are not independent; their n overstates "
                           "the precision unless the analysis was paired",
                           word);
            }
        }
    }
    free(at);
}
