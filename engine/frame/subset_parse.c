/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The --subset expression: scanner and recursive descent into a tree. */
#include "frame/subset_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/bare_name.h"
#include "core/token.h"
#include "frame/table_internal.h"

/* Parentheses and '!' within each other: far more than anyone writes, far less than the stack. */
enum { MAX_DEPTH = 100 };

/* Bytes of the expression, and of a name from it, that a message quotes. */
enum { SHOWN_PART = 40, SHOWN_NAME = 48 };

struct parser {
    const tq_table *table;
    const char *start, *at;
    const char *test; /* where the test being read starts, for messages */
    struct subset_node *next_node;
    char *next_text;
    int depth;
    tq_status status; /* TQ_OK until something fails; then the parser unwinds */
    tq_error *err;
};

static struct subset_node *parse_or(struct parser *p);

/* Record a failure at a place of the expression, once. Returns NULL for the caller to return. */
static struct subset_node *fail_at(struct parser *p, const char *at, const char *fmt, ...)
    TQ_PRINTF(3, 4);

static struct subset_node *fail_at(struct parser *p, const char *at, const char *fmt, ...)
{
    char what[192], part[SHOWN_PART];
    const int near = p->test && at - p->test < SHOWN_PART / 2;
    va_list args;

    if (p->status != TQ_OK) {
        return NULL;
    }
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    table_shown_text(part, sizeof part, near ? p->test : at);
    if (part[0] == '\0') {
        table_shown_text(part, sizeof part, p->start);
    }
    p->status =
        tq_fail(p->err, TQ_EINVAL, TQ_NO_ROW, NULL, "in \"--subset\": at character %zu, \"%s\": %s",
                tq_place_of(p->start, at), part, what);
    return NULL;
}

static void skip_blanks(struct parser *p)
{
    for (size_t n; (n = tq_blank_at(p->at)) > 0;) {
        p->at += n;
    }
}

/* Step over what stands next if it is this token. */
static int accept(struct parser *p, const char *token)
{
    const size_t n = strlen(token);

    skip_blanks(p);
    if (strncmp(p->at, token, n) != 0) {
        return 0;
    }
    p->at += n;
    return 1;
}

/* The next word without stepping over it, if it is this one in any letter case. */
static int sees_word(struct parser *p, const char *word)
{
    skip_blanks(p);
    return tq_name_length(p->at) == strlen(word) && strncasecmp(p->at, word, strlen(word)) == 0;
}

static struct subset_node *new_node(struct parser *p, enum subset_kind kind)
{
    struct subset_node *node = p->next_node++;

    node->kind = kind;
    return node;
}

static const char *keep_text(struct parser *p, const char *s, size_t n)
{
    char *const text = p->next_text;

    memcpy(text, s, n);
    text[n] = '\0';
    p->next_text += n + 1;
    return text;
}

/* Text between quotes, a doubled quote standing for one; NULL when it is not closed. */
static const char *read_quoted(struct parser *p)
{
    char *const text = p->next_text;
    size_t n;
    const size_t length = tq_read_quoted(p->at, text, strlen(p->at), &n);

    if (length == 0) {
        fail_at(p, p->at, "a quote that opens here is not closed");
        return NULL;
    }
    p->at += length;
    p->next_text += n + 1;
    return text;
}

static size_t find_column(struct parser *p, const char *at, const char *name, int as_value)
{
    const size_t c = tq_table_find(p->table, name);
    char shown[SHOWN_NAME], near[SHOWN_NAME];

    if (c != TQ_NO_COLUMN) {
        return c;
    }
    const char *const nearest = tq_table_nearest(p->table, name);

    table_shown_text(shown, sizeof shown, name);
    if (as_value && strcmp(name, "NA") == 0) {
        fail_at(p, at, "missing cells are found with missing(column)");
    } else if (nearest) {
        table_shown_text(near, sizeof near, nearest);
        fail_at(p, at, "unknown column '%s'; did you mean '%s'?%s", shown, near,
                as_value ? " (text needs quotes)" : "");
    } else if (as_value) {
        fail_at(p, at, "unknown column '%s'; text needs quotes", shown);
    } else {
        fail_at(p, at, "unknown column '%s'", shown);
    }
    return TQ_NO_COLUMN;
}

/* A column name, plain or in backticks; TQ_NO_COLUMN after a failure. */
static size_t read_column(struct parser *p, int as_value)
{
    skip_blanks(p);
    const char *const at = p->at;
    const size_t n = tq_name_length(at);
    const char *name = NULL;

    if (*at == '`') {
        name = read_quoted(p);
    } else if (n > 0) {
        name = keep_text(p, at, n);
        p->at += n;
    } else if (*at == '\'' || *at == '"') {
        fail_at(p, at, "a column's name stands here, without quotes or in `backticks`");
    } else if (strncmp(at, "\xE2\x80", 2) == 0) {
        fail_at(p, at, "use straight quotes, ' or \"");
    } else if (*at == '\0') {
        fail_at(p, at, "the expression ends too early");
    } else if (as_value) {
        fail_at(p, at, "expected a value: a number, quoted text or a column");
    } else {
        fail_at(p, at, "expected a column, which comes before the value");
    }
    return name ? find_column(p, at, name, as_value) : TQ_NO_COLUMN;
}

/* Bytes of the number at s, its sign included; 0 when none starts there. */
static size_t number_length(const char *s)
{
    const size_t sign = *s == '+' || *s == '-' ? 1 : strncmp(s, "\xE2\x88\x92", 3) == 0 ? 3 : 0;
    const size_t n = tq_number_length(s + sign);

    return n > 0 ? sign + n : 0;
}

static struct subset_node *read_number(struct parser *p, size_t n)
{
    const char *const at = p->at;
    struct subset_node *node = new_node(p, NODE_NUMBER);

    p->at += n;
    if (tq_in_name(p->at)) {
        return fail_at(p, at, "not a number; text needs quotes");
    }
    if (!tq_parse_number(keep_text(p, at, n), '.', &node->number)) {
        return fail_at(p, at, "the number is too large");
    }
    return node;
}

static struct subset_node *read_value(struct parser *p)
{
    skip_blanks(p);
    const size_t digits = number_length(p->at);

    if (digits > 0) {
        return read_number(p, digits);
    }
    if (*p->at == '\'' || *p->at == '"') {
        struct subset_node *node = new_node(p, NODE_TEXT);

        node->text = read_quoted(p);
        return node->text ? node : NULL;
    }
    struct subset_node *node = new_node(p, NODE_COLUMN);

    node->column = read_column(p, 1);
    return node->column != TQ_NO_COLUMN ? node : NULL;
}

/* The values of 'in', chained to the test. */
static struct subset_node *read_list(struct parser *p, struct subset_node *test)
{
    struct subset_node **last = &test->child;

    if (!accept(p, "(")) {
        return fail_at(p, p->at, "'in' is followed by a list in parentheses: in ('a', 'b')");
    }
    do {
        struct subset_node *value = read_value(p);

        if (!value) {
            return NULL;
        }
        *last = value;
        last = &value->next;
    } while (accept(p, ","));
    if (!accept(p, ")")) {
        return fail_at(p, p->at, "expected ',' or ')' in the list of 'in'");
    }
    return test;
}

/* Ways of writing from other languages, each with ours. */
struct habit {
    const char *written, *advice;
};

/* Advice when a habit stands next; 0 when none does. */
static int correct_habit(struct parser *p, const struct habit *habits, size_t n)
{
    skip_blanks(p);
    for (size_t i = 0; i < n; i++) {
        const char *const w = habits[i].written;

        if (tq_in_name(w) ? sees_word(p, w) : strncmp(p->at, w, strlen(w)) == 0) {
            fail_at(p, p->at, "%s", habits[i].advice);
            return 1;
        }
    }
    return 0;
}

/* After a column, where a comparison belongs. */
static struct subset_node *fail_no_operator(struct parser *p)
{
    static const struct habit habits[] = {
        {"=<", "use '<=' for at most"},
        {"=>", "use '>=' for at least"},
        {"=", "use '==' to compare"},
        {"%in%", "use 'in' without percent signs"},
        {"is", "use '==' to compare"},
        {"like", "text is compared whole, with '=='"},
        {"not", "write !(column in ('a', 'b'))"},
        {"!", "use '!=', or '!' before the comparison"},
    };

    if (!correct_habit(p, habits, sizeof habits / sizeof *habits)) {
        fail_at(p, p->at, "expected a comparison after the column: == != < <= > >= or in");
    }
    return NULL;
}

/* The operator that stands next; longer ones first, since '<' also starts '<='. */
static int read_operator(struct parser *p, enum subset_op *op)
{
    static const struct {
        const char *token;
        enum subset_op op;
    } operators[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<=", OP_LE},
                     {">=", OP_GE}, {"<", OP_LT},  {">", OP_GT}};

    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (accept(p, operators[i].token)) {
            *op = operators[i].op;
            return 1;
        }
    }
    return 0;
}

/* column op value | column in (...) */
static struct subset_node *parse_test(struct parser *p)
{
    struct subset_node *node = new_node(p, NODE_TEST);

    node->column = read_column(p, 0);
    if (node->column == TQ_NO_COLUMN) {
        return NULL;
    }
    if (sees_word(p, "in")) {
        p->at += strlen("in");
        node->op = OP_EQ;
        return read_list(p, node);
    }
    if (!read_operator(p, &node->op)) {
        return fail_no_operator(p);
    }
    node->child = read_value(p);
    return node->child ? node : NULL;
}

static struct subset_node *parse_missing(struct parser *p)
{
    struct subset_node *node = new_node(p, NODE_MISSING);

    node->column = read_column(p, 0);
    if (node->column == TQ_NO_COLUMN) {
        return NULL;
    }
    return accept(p, ")") ? node : fail_at(p, p->at, "expected ')' after the column of missing");
}

static struct subset_node *parse_nested(struct parser *p)
{
    struct subset_node *node = parse_or(p);

    if (!node) {
        return NULL;
    }
    return accept(p, ")") ? node : fail_at(p, p->at, "expected ')', an operator or the end");
}

/* 1 when word stands next and a parenthesis follows, as in a call; steps over both. */
static int accept_call(struct parser *p, const char *word)
{
    const char *const start = p->at;

    if (sees_word(p, word)) {
        p->at += strlen(word);
        if (accept(p, "(")) {
            return 1;
        }
    }
    p->at = start;
    return 0;
}

static struct subset_node *parse_unary(struct parser *p)
{
    struct subset_node *node = NULL;

    skip_blanks(p);
    p->test = p->at;
    if (p->depth >= MAX_DEPTH) {
        return fail_at(p, p->at, "nested deeper than %d", MAX_DEPTH);
    }
    p->depth++;
    if (accept(p, "!")) {
        struct subset_node *child = parse_unary(p);

        node = child ? new_node(p, NODE_NOT) : NULL;
        if (node) {
            node->child = child;
        }
    } else if (accept(p, "(")) {
        node = parse_nested(p);
    } else if (accept_call(p, "missing")) {
        node = parse_missing(p);
    } else if (accept_call(p, "is.na")) {
        node = fail_at(p, p->test, "use missing(column) to find missing cells");
    } else if (sees_word(p, "not") && tq_table_find(p->table, "not") == TQ_NO_COLUMN) {
        node = fail_at(p, p->test, "use '!' for not: !(...)");
    } else {
        node = parse_test(p);
    }
    p->depth--;
    return node;
}

/* A chain of operands with the operator between them; an only operand stands for itself. */
static struct subset_node *parse_chain(struct parser *p, enum subset_kind kind, char join,
                                       struct subset_node *(*operand)(struct parser *))
{
    struct subset_node *const first = operand(p);
    struct subset_node *last = first, *chain;

    while (last && (skip_blanks(p), *p->at == join)) {
        if (*++p->at == join) {
            return fail_at(p, p->at - 1, "use a single '%c'", join);
        }
        last->next = operand(p);
        last = last->next;
    }
    if (!last || last == first) {
        return last;
    }
    chain = new_node(p, kind);
    chain->child = first;
    return chain;
}

static struct subset_node *parse_and(struct parser *p)
{
    return parse_chain(p, NODE_AND, '&', parse_unary);
}

static struct subset_node *parse_or(struct parser *p)
{
    return parse_chain(p, NODE_OR, '|', parse_and);
}

static struct subset_node *parse_all(struct parser *p)
{
    static const struct habit habits[] = {
        {"and", "use '&' for and"},
        {"or", "use '|' for or"},
        {",", "join conditions with '&' or '|'"},
        {")", "a ')' without its '('"},
        {"=", "one comparison at a time; join them with '&'"},
        {"<", "one comparison at a time; join them with '&'"},
        {">", "one comparison at a time; join them with '&'"},
    };

    skip_blanks(p);
    if (*p->at == '\0') {
        return fail_at(p, p->at, "the expression is empty");
    }
    struct subset_node *root = parse_or(p);

    skip_blanks(p);
    if (root && *p->at != '\0') {
        if (!correct_habit(p, habits, sizeof habits / sizeof *habits)) {
            fail_at(p, p->at, "expected '&', '|' or the end");
        }
        return NULL;
    }
    return root;
}

tq_status subset_parse(const tq_table *table, const char *expression, struct subset_tree *out,
                       tq_error *err)
{
    /* A node takes at least a byte of the expression, but for one where the parser gives up; a
     * text takes its bytes and a terminator. */
    const size_t n = strlen(expression) + 2;

    if (n > SIZE_MAX / 2 / sizeof *out->nodes) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "in \"--subset\": too long");
    }
    struct subset_tree tree = {.nodes = calloc(n, sizeof *tree.nodes), .texts = malloc(2 * n)};
    struct parser p = {.table = table,
                       .start = expression,
                       .at = expression,
                       .next_node = tree.nodes,
                       .next_text = tree.texts,
                       .status = TQ_OK,
                       .err = err};

    if (!tree.nodes || !tree.texts) {
        subset_tree_free(&tree);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tree.root = parse_all(&p);
    if (!tree.root) {
        assert(p.status != TQ_OK);
        subset_tree_free(&tree);
        return p.status;
    }
    *out = tree;
    return TQ_OK;
}

void subset_tree_free(struct subset_tree *tree)
{
    free(tree->texts);
    free(tree->nodes);
}
