/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions of formulas: those that Excel 2010 and LibreOffice share under plain names. */
#include "report/workbook/workbook_functions_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>

#include "core/decimal.h"
#include "core/distributions.h"

enum { NUMBER_TEXT = 400 };

/* ---- values ---------------------------------------------------------------------------------- */

typedef struct piece {
    struct piece *next;
    double room[];
} piece;

static void *room_for(wb_arrays *arrays, size_t bytes)
{
    piece *p = bytes < (size_t)-1 - sizeof *p ? malloc(sizeof *p + bytes) : NULL;

    if (!p) {
        return NULL;
    }
    p->next = arrays->last;
    arrays->last = p;
    return p->room;
}

void wb_arrays_free(wb_arrays *arrays)
{
    for (piece *p = arrays->last, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    arrays->last = NULL;
}

wb_value wb_value_error(void)
{
    return (wb_value){.kind = WB_VALUE_ERROR, .x = NAN, .text = ""};
}

wb_value wb_value_number(double x)
{
    return isfinite(x) ? (wb_value){.kind = WB_VALUE_NUMBER, .x = x, .text = ""} : wb_value_error();
}

wb_value wb_value_text(wb_arrays *arrays, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = room_for(arrays, n);

    if (!copy) {
        return wb_value_error();
    }
    memcpy(copy, text, n);
    return (wb_value){.kind = WB_VALUE_TEXT, .text = copy};
}

wb_value wb_array_new(wb_arrays *arrays, size_t n)
{
    double *a = n < (size_t)-1 / sizeof *a ? room_for(arrays, n * sizeof *a) : NULL;

    return a ? (wb_value){.kind = WB_VALUE_NUMBER, .text = "", .n = n, .a = a} : wb_value_error();
}

/* ---- operators ------------------------------------------------------------------------------- */

/* A value as arithmetic takes it: empty cells are 0, text is an error (NaN). */
static double element(const wb_value *v, size_t i)
{
    if (v->n > 0) {
        return v->n == 1 ? v->a[0] : v->a[i];
    }
    return v->kind == WB_VALUE_NUMBER ? v->x : v->kind == WB_VALUE_EMPTY ? 0.0 : (double)NAN;
}

static double arithmetic(char op, double a, double b)
{
    switch (op) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return b == 0.0 ? (double)NAN : a / b;
    case '^':
        return b == 2.0 ? a * a : pow(a, b);
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return a < b;
    case '>':
        return a > b;
    case 'l':
        return a <= b;
    default:
        return a >= b;
    }
}

static const char *as_text(const wb_value *v, char *room)
{
    if (v->kind != WB_VALUE_NUMBER) {
        return v->text ? v->text : "";
    }
    return tq_decimal_trimmed(room, NUMBER_TEXT, v->x, 10);
}

static wb_value joined(wb_value a, wb_value b, wb_arrays *arrays)
{
    char one[NUMBER_TEXT], two[NUMBER_TEXT];
    const char *left = as_text(&a, one), *right = as_text(&b, two);
    const size_t room = strlen(left) + strlen(right) + 1;
    char *text = room_for(arrays, room);

    if (!text) {
        return wb_value_error();
    }
    snprintf(text, room, "%s%s", left, right);
    return (wb_value){.kind = WB_VALUE_TEXT, .text = text};
}

static wb_value compared_texts(char op, const char *a, const char *b)
{
    const int equal = strcmp(a, b) == 0; /* formulas compare texts for equality alone */

    return wb_value_number(op == '=' ? equal : !equal);
}

wb_value wb_operate(char op, wb_value a, wb_value b, wb_arrays *arrays)
{
    const size_t n = a.n > b.n ? a.n : b.n;

    if (a.kind == WB_VALUE_ERROR || b.kind == WB_VALUE_ERROR) {
        return wb_value_error();
    }
    if (op == '&') {
        return joined(a, b, arrays);
    }
    if (n == 0 && (op == '=' || op == '!') &&
        (a.kind == WB_VALUE_TEXT || b.kind == WB_VALUE_TEXT)) {
        const int texts = a.kind != WB_VALUE_NUMBER && b.kind != WB_VALUE_NUMBER;

        return texts ? compared_texts(op, a.text ? a.text : "", b.text ? b.text : "")
                     : wb_value_number(op == '!');
    }
    if (n == 0) {
        const double x = element(&a, 0), y = element(&b, 0);

        return isnan(x) || isnan(y) ? wb_value_error() : wb_value_number(arithmetic(op, x, y));
    }
    if ((a.n > 1 && a.n != n) || (b.n > 1 && b.n != n)) {
        return wb_value_error();
    }
    wb_value v = wb_array_new(arrays, n);

    for (size_t i = 0; i < v.n; i++) {
        const double x = element(&a, i), y = element(&b, i);

        v.a[i] = isnan(x) || isnan(y) ? (double)NAN : arithmetic(op, x, y);
    }
    return v;
}

/* ---- functions of one, two or three numbers -------------------------------------------------- */

static double chidist(double x, double df, double unused)
{
    (void)unused;
    return x >= 0.0 && df >= 1.0 ? tq_chisq_upper(x, df) : (double)NAN;
}

static double fdist(double x, double df1, double df2)
{
    return x >= 0.0 && df1 >= 1.0 && df2 >= 1.0 ? tq_f_upper(x, df1, df2) : (double)NAN;
}

static double tdist(double x, double df, double tails)
{
    return x >= 0.0 && df >= 1.0 && tails == 2.0 ? tq_two_sided_p(x, df) : (double)NAN;
}

static double tinv(double p, double df, double unused)
{
    (void)unused;
    return p > 0.0 && p < 1.0 && df >= 1.0 ? tq_critical_value(100.0 * (1.0 - p), df) : (double)NAN;
}

static double normsinv(double p, double unused, double neither)
{
    (void)unused;
    (void)neither;
    return p > 0.0 && p < 1.0 ? tq_normal_quantile(p) : (double)NAN;
}

static double normsdist(double x, double unused, double neither)
{
    (void)unused;
    (void)neither;
    return 0.5 * erfc(-x * M_SQRT1_2);
}

/* Excel rounds half away from zero. */
static double rounded(double x, double digits, double unused)
{
    const double unit = pow(10.0, digits);

    (void)unused;
    return round(x * unit) / unit;
}

#define ONE(name, expression) \
    static double name(double x, double unused, double neither) \
    { \
        (void)unused; \
        (void)neither; \
        return expression; \
    }
ONE(absolute, fabs(x))
ONE(squareroot, x >= 0.0 ? sqrt(x) : (double)NAN)
ONE(exponential, exp(x))
ONE(logarithm, x > 0.0 ? log(x) : (double)NAN)
ONE(gammaln, x > 0.0 ? gsl_sf_lngamma(x) : (double)NAN)
ONE(sine, sin(x))
ONE(cosine, cos(x))
ONE(hyperbolic_tangent, tanh(x))
ONE(arcsine, x >= -1.0 && x <= 1.0 ? asin(x) : (double)NAN)
ONE(arctangent, atan(x))

static const struct {
    const char *name;
    size_t arguments;
    double (*of)(double x, double y, double z);
} numeric[] = {
    {"ABS", 1, absolute},        {"SQRT", 1, squareroot},
    {"EXP", 1, exponential},     {"LN", 1, logarithm},
    {"GAMMALN", 1, gammaln},     {"SIN", 1, sine},
    {"COS", 1, cosine},          {"ASIN", 1, arcsine},
    {"ATAN", 1, arctangent},     {"TANH", 1, hyperbolic_tangent},
    {"ROUND", 2, rounded},       {"NORMSINV", 1, normsinv},
    {"NORMSDIST", 1, normsdist}, {"TINV", 2, tinv},
    {"TDIST", 3, tdist},         {"CHIDIST", 2, chidist},
    {"FDIST", 3, fdist},
};

static wb_value call_numeric(size_t which, const wb_value *argument, size_t n, wb_arrays *arrays)
{
    double x[3] = {0.0, 0.0, 0.0};

    if (n != numeric[which].arguments) {
        return wb_value_error();
    }
    if (n == 1 && argument[0].n > 0) {
        wb_value v = wb_array_new(arrays, argument[0].n);

        for (size_t i = 0; i < v.n; i++) {
            v.a[i] = numeric[which].of(argument[0].a[i], 0.0, 0.0);
        }
        return v;
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = argument[i].n > 0 ? (double)NAN : element(&argument[i], 0);
        if (isnan(x[i])) {
            return wb_value_error();
        }
    }
    return wb_value_number(numeric[which].of(x[0], x[1], x[2]));
}

/* ---- functions of lists ---------------------------------------------------------------------- */

typedef wb_value list_function(const wb_value *argument, size_t n, wb_arrays *arrays);

/* Texts of a range are skipped; NaN from arithmetic is an error. */
static int skipped(const wb_value *v, double x)
{
    return isnan(x) && v->direct && !v->has_error;
}

static wb_value sum(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    double total = 0.0;

    (void)arrays;
    for (size_t j = 0; j < n; j++) {
        const size_t m = argument[j].n > 0 ? argument[j].n : 1;

        for (size_t i = 0; i < m; i++) {
            const double x = element(&argument[j], i);

            total += skipped(&argument[j], x) ? 0.0 : x;
        }
    }
    return wb_value_number(total);
}

static wb_value sumproduct(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    const size_t m = n && argument[0].n > 0 ? argument[0].n : 1;
    double total = 0.0;

    (void)arrays;
    for (size_t i = 0; i < m; i++) {
        double product = 1.0;

        for (size_t j = 0; j < n; j++) {
            const double x = (argument[j].n > 0 ? argument[j].n : 1) == m ? element(&argument[j], i)
                                                                          : (double)NAN;

            product *= skipped(&argument[j], x) ? 0.0 : x;
        }
        total += product;
    }
    return wb_value_number(total);
}

static wb_value extreme(const wb_value *argument, size_t n, int largest)
{
    double found = NAN;

    for (size_t j = 0; j < n; j++) {
        const size_t m = argument[j].n > 0 ? argument[j].n : 1;

        for (size_t i = 0; i < m; i++) {
            const double x = element(&argument[j], i);

            if (isnan(x) && !skipped(&argument[j], x)) {
                return wb_value_error();
            }
            if (!isnan(x) && (isnan(found) || (largest ? x > found : x < found))) {
                found = x;
            }
        }
    }
    return wb_value_number(isnan(found) ? 0.0 : found);
}

static wb_value max_of(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)arrays;
    return extreme(argument, n, 1);
}

static wb_value min_of(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)arrays;
    return extreme(argument, n, 0);
}

static wb_value choose(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    const double condition = n == 3 && argument[0].n == 0 ? element(&argument[0], 0) : (double)NAN;

    (void)arrays;
    return isnan(condition) ? wb_value_error() : argument[condition != 0.0 ? 1 : 2];
}

static wb_value unless_error(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)arrays;
    return n == 2 ? argument[argument[0].kind == WB_VALUE_ERROR ? 1 : 0] : wb_value_error();
}

static wb_value all_true(const wb_value *argument, size_t n, int any)
{
    int met = !any;

    for (size_t j = 0; j < n; j++) {
        const double x = element(&argument[j], 0);

        if (isnan(x) || argument[j].n > 0) {
            return wb_value_error();
        }
        met = any ? met || x != 0.0 : met && x != 0.0;
    }
    return wb_value_number(met);
}

static wb_value and_of(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)arrays;
    return all_true(argument, n, 0);
}

static wb_value or_of(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)arrays;
    return all_true(argument, n, 1);
}

static wb_value is_number(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)arrays;
    return n == 1 ? wb_value_number(argument[0].kind == WB_VALUE_NUMBER) : wb_value_error();
}

static wb_value exact(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    char one[NUMBER_TEXT], two[NUMBER_TEXT];

    (void)arrays;
    if (n != 2 || argument[0].kind == WB_VALUE_ERROR || argument[1].kind == WB_VALUE_ERROR) {
        return wb_value_error();
    }
    return wb_value_number(strcmp(as_text(&argument[0], one), as_text(&argument[1], two)) == 0);
}

/* FIXED(x, decimals, TRUE): text without thousands separators. */
static wb_value fixed(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    char text[NUMBER_TEXT];
    const double x = n == 3 ? element(&argument[0], 0) : (double)NAN;

    return isnan(x) ? wb_value_error()
                    : wb_value_text(arrays, tq_decimal_fixed(text, sizeof text, x,
                                                             (int)element(&argument[1], 0)));
}

static wb_value substitute(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    enum { LONGEST = 1024 };
    char text[LONGEST] = "";
    size_t used = 0;

    if (n != 3 || argument[0].kind != WB_VALUE_TEXT || argument[1].kind != WB_VALUE_TEXT ||
        argument[2].kind != WB_VALUE_TEXT || !*argument[1].text) {
        return wb_value_error();
    }
    const size_t m = strlen(argument[1].text), by = strlen(argument[2].text);

    for (const char *at = argument[0].text; *at && used + by + 1 < sizeof text;) {
        if (strncmp(at, argument[1].text, m) == 0) {
            memcpy(text + used, argument[2].text, by);
            used += by;
            at += m;
        } else {
            text[used++] = *at++;
        }
    }
    text[used] = '\0';
    return wb_value_text(arrays, text);
}

static wb_value pi_value(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)argument;
    (void)arrays;
    return n == 0 ? wb_value_number(M_PI) : wb_value_error();
}

static wb_value true_value(const wb_value *argument, size_t n, wb_arrays *arrays)
{
    (void)argument;
    (void)arrays;
    return n == 0 ? wb_value_number(1.0) : wb_value_error();
}

static const struct {
    const char *name;
    list_function *of;
} lists[] = {
    {"SUM", sum},
    {"SUMPRODUCT", sumproduct},
    {"MAX", max_of},
    {"MIN", min_of},
    {"IF", choose},
    {"IFERROR", unless_error},
    {"AND", and_of},
    {"OR", or_of},
    {"ISNUMBER", is_number},
    {"EXACT", exact},
    {"FIXED", fixed},
    {"SUBSTITUTE", substitute},
    {"PI", pi_value},
    {"TRUE", true_value},
};

wb_value wb_function_call(const char *name, const wb_value *argument, size_t n, wb_arrays *arrays)
{
    for (size_t i = 0; i < sizeof numeric / sizeof *numeric; i++) {
        if (strcmp(numeric[i].name, name) == 0) {
            return call_numeric(i, argument, n, arrays);
        }
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (strcmp(lists[i].name, name) == 0) {
            return lists[i].of(argument, n, arrays);
        }
    }
    return wb_value_error();
}
