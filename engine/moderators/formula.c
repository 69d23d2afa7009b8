/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas: terms added, taken out, crossed. */
#include <stdint.h>
#include <string.h>

#include "moderators/formula_internal.h"

/* A set of terms in the order in which they were written. */
typedef struct {
    uint64_t *term;
    size_t n, capacity;
} term_list;

typedef struct {
    formula_reader reader;
    formula_part *part; /* [FORMULA_PARTS] */
    size_t n_parts;
    int intercept;
} term_reader;

static tq_status read_sum(term_reader *t, int top, term_list *out);

/* ---- lists of terms ---- */

static tq_status add_term(term_reader *t, uint64_t term, term_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->term[i] == term) {
            return TQ_OK;
        }
    }
    if (list->n == FORMULA_TERMS) {
        return formula_syntax(&t->reader, "an end (no more than 500 terms)");
    }
    if (list->n == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 4;
        uint64_t *wider = tq_arena_take(t->reader.arena, capacity, sizeof *wider);

        if (!wider) {
            return formula_no_memory(&t->reader);
        }
        if (list->n) {
            memcpy(wider, list->term, list->n * sizeof *wider);
        }
        list->term = wider;
        list->capacity = capacity;
    }
    list->term[list->n++] = term;
    return TQ_OK;
}

/* Every term of a joined with every one of b. */
static tq_status interact(term_reader *t, const term_list *a, const term_list *b, term_list *out)
{
    for (size_t j = 0; j < b->n; j++) {
        for (size_t i = 0; i < a->n; i++) {
            const tq_status status = add_term(t, a->term[i] | b->term[j], out);

            if (status != TQ_OK) {
                return status;
            }
        }
    }
    return TQ_OK;
}

static tq_status add_all(term_reader *t, const term_list *from, term_list *out)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < from->n; i++) {
        status = add_term(t, from->term[i], out);
    }
    return status;
}

static const char *first_part_name(const term_reader *t, uint64_t term)
{
    size_t j = 0;

    while (!formula_has_part(term, j)) {
        j++;
    }
    return t->part[j].name;
}

static tq_status take_out(const term_reader *t, const term_list *from, term_list *out)
{
    for (size_t i = 0; i < from->n; i++) {
        size_t at = 0;

        while (at < out->n && out->term[at] != from->term[i]) {
            at++;
        }
        if (at == out->n) {
            return tq_fail(t->reader.err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "in \"%.90s\": there is no term of '%.60s' to take away", t->reader.text,
                           first_part_name(t, from->term[i]));
        }
        memmove(out->term + at, out->term + at + 1, (out->n - at - 1) * sizeof *out->term);
        out->n--;
    }
    return TQ_OK;
}

/* ---- the grammar ---- */

static tq_status read_part(term_reader *t, term_list *out)
{
    formula_part part;
    size_t j = 0;
    tq_status status = formula_read_part(&t->reader, &part);

    if (status != TQ_OK) {
        return status;
    }
    while (j < t->n_parts && strcmp(t->part[j].key, part.key) != 0) {
        j++;
    }
    if (j == t->n_parts) {
        if (j == FORMULA_PARTS) {
            return formula_syntax(&t->reader, "an end (no more than 60 different parts)");
        }
        t->part[t->n_parts++] = part;
    }
    return add_term(t, (uint64_t)1 << j, out);
}

static tq_status read_primary(term_reader *t, term_list *out)
{
    formula_reader *r = &t->reader;
    tq_status status;

    if (!formula_sees(r, '(')) {
        return read_part(t, out);
    }
    status = formula_deeper(r);
    status = status == TQ_OK ? read_sum(t, 0, out) : status;
    r->depth--;
    return status == TQ_OK ? formula_expect(r, ')') : status;
}

static tq_status read_interaction(term_reader *t, term_list *out)
{
    tq_status status = read_primary(t, out);

    while (status == TQ_OK && formula_sees(&t->reader, ':')) {
        term_list right = {0}, both = {0};

        status = read_primary(t, &right);
        status = status == TQ_OK ? interact(t, out, &right, &both) : status;
        *out = both;
    }
    return status;
}

static tq_status read_crossing(term_reader *t, term_list *out)
{
    tq_status status = read_interaction(t, out);

    while (status == TQ_OK && formula_sees(&t->reader, '*')) {
        term_list right = {0}, both = {0};

        status = read_interaction(t, &right);
        status = status == TQ_OK ? interact(t, out, &right, &both) : status;
        status = status == TQ_OK ? add_all(t, &right, out) : status;
        status = status == TQ_OK ? add_all(t, &both, out) : status;
    }
    return status;
}

/* "0" or "1" as a term: where it is the whole of one. */
static int sees_intercept(formula_reader *r, int *one)
{
    const char *start;

    formula_skip(r);
    start = r->at;
    if (*start == '0' || *start == '1') {
        *one = *start == '1';
        r->at++;
        formula_skip(r);
        if (!*r->at || *r->at == '+' || *r->at == '-') {
            return 1;
        }
    }
    r->at = start;
    return 0;
}

static tq_status read_item(term_reader *t, int minus, int top, term_list *out)
{
    term_list item = {0};
    int one;

    if (top && sees_intercept(&t->reader, &one)) {
        t->intercept = one != minus;
        return TQ_OK;
    }
    const tq_status status = read_crossing(t, &item);

    if (status != TQ_OK) {
        return status;
    }
    return minus ? take_out(t, &item, out) : add_all(t, &item, out);
}

static tq_status read_sum(term_reader *t, int top, term_list *out)
{
    formula_reader *r = &t->reader;
    int minus = formula_sees(r, '-');

    for (;;) {
        const tq_status status = read_item(t, minus, top, out);

        if (status != TQ_OK) {
            return status;
        }
        if (formula_sees(r, '+')) {
            minus = 0;
        } else if (formula_sees(r, '-')) {
            minus = 1;
        } else {
            return TQ_OK;
        }
    }
}

/* What stands behind the last term. */
static tq_status read_end(formula_reader *r)
{
    formula_skip(r);
    if (!*r->at) {
        return TQ_OK;
    }
    return *r->at == '^' || *r->at == '/'
               ? formula_wrong(r, "arithmetic goes into I(), as in I(x^2)")
               : formula_syntax(r, "'+', '-', '*' or ':'");
}

/* ---- the result ---- */

static size_t size_of(uint64_t term)
{
    size_t n = 0;

    for (; term; term &= term - 1) {
        n++;
    }
    return n;
}

/* Stably by the number of their parts. */
static void sort_terms(term_list *list)
{
    for (size_t i = 1; i < list->n; i++) {
        const uint64_t term = list->term[i];
        size_t at = i;

        for (; at > 0 && size_of(list->term[at - 1]) > size_of(term); at--) {
            list->term[at] = list->term[at - 1];
        }
        list->term[at] = term;
    }
}

/* Variables of terms that were taken out again are none of the formula. */
typedef struct {
    const char **variable; /* those that stay */
    int *number;
    size_t n;
    size_t *index; /* [variables read] their new numbers, SIZE_MAX: none yet */
    const char *const *read;
} renumbering;

static size_t renumber(renumbering *to, size_t variable)
{
    if (to->index[variable] == SIZE_MAX) {
        to->variable[to->n] = to->read[variable];
        to->index[variable] = to->n++;
    }
    return to->index[variable];
}

static void renumber_tree(renumbering *to, formula_node *node, int computed)
{
    if (node->operation == NODE_VARIABLE) {
        node->variable = renumber(to, node->variable);
        to->number[node->variable] |= computed;
        return;
    }
    for (int i = 0; i < 2; i++) {
        formula_node *next = i ? node->right : node->left;

        if (next) {
            renumber_tree(to, next, computed);
        }
    }
}

static tq_status keep_variables(term_reader *t, uint64_t used, tq_formula *out)
{
    const formula_reader *r = &t->reader;
    const size_t n = r->n_variables;
    renumbering to = {tq_arena_take(r->arena, n, sizeof *to.variable),
                      tq_arena_take(r->arena, n, sizeof *to.number), 0,
                      tq_arena_take(r->arena, n, sizeof *to.index), r->variable};

    if (!to.variable || !to.number || !to.index) {
        return formula_no_memory(r);
    }
    for (size_t i = 0; i < n; i++) {
        to.index[i] = SIZE_MAX;
    }
    for (size_t j = 0; j < t->n_parts; j++) {
        formula_part *part = &t->part[j];

        if (formula_has_part(used, j)) {
            if (part->kind == PART_VARIABLE || part->kind == PART_FACTOR) {
                part->variable = renumber(&to, part->variable);
            }
            if (part->kind == PART_VARIABLE) {
                part->number->variable = part->variable;
            } else if (part->number) {
                renumber_tree(&to, part->number, 1);
            }
        }
    }
    out->variable = to.variable;
    out->number = to.number;
    out->n_variables = to.n;
    return TQ_OK;
}

static tq_status finish(term_reader *t, term_list *terms, tq_formula *out)
{
    tq_formula_tree *tree = tq_arena_take(t->reader.arena, 1, sizeof *tree);
    tq_formula formula = {.intercept = t->intercept};
    uint64_t used = 0;

    if (terms->n == 0 && !t->intercept) {
        return tq_fail(t->reader.err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "in \"%.100s\": neither a column nor an intercept is left", t->reader.text);
    }
    formula.text = tq_arena_text(t->reader.arena, t->reader.text);
    if (!tree || !formula.text) {
        return formula_no_memory(&t->reader);
    }
    sort_terms(terms);
    for (size_t i = 0; i < terms->n; i++) {
        used |= terms->term[i];
    }
    const tq_status status = keep_variables(t, used, &formula);

    if (status == TQ_OK) {
        *tree = (tq_formula_tree){t->part, t->n_parts, terms->term, terms->n};
        formula.tree = tree;
        *out = formula;
    }
    return status;
}

tq_status tq_formula_parse(const char *text, tq_arena *arena, tq_formula *out, tq_error *err)
{
    const size_t bytes = strlen(text);
    term_reader t = {.reader = {text, text, 0, arena, err, NULL, 0}, .intercept = 1};
    term_list terms = {0};

    if (bytes > FORMULA_BYTES) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a formula has at most %d bytes, not %zu",
                       FORMULA_BYTES, bytes);
    }
    t.reader.variable = tq_arena_take(arena, bytes + 1, sizeof *t.reader.variable);
    t.part = tq_arena_take(arena, FORMULA_PARTS, sizeof *t.part);
    if (!t.reader.variable || !t.part) {
        return formula_no_memory(&t.reader);
    }
    (void)formula_sees(&t.reader, '~');
    tq_status status = read_sum(&t, 1, &terms);

    status = status == TQ_OK ? read_end(&t.reader) : status;
    return status == TQ_OK ? finish(&t, &terms, out) : status;
}
