/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of publications: what they say, and how exactly. */
#include "core/printed.h"

#include <math.h>
#include <string.h>

#include "core/parse_number.h"

/* Room for the digits of a figure in plain ASCII. */
enum { PLAIN_SIZE = 64 };

/* What stands in print for a character that programs write: the first match counts. */
typedef struct {
    const char *print, *plain;
} spelling;

static const spelling signs[] = {
    {"-", "-"},
    {"+", "+"},
    {"\xE2\x88\x92", "-"}, /* U+2212 minus */
    {"\xE2\x80\x93", "-"}, /* U+2013 en dash */
    {"\xE2\x80\x94", "-"}, /* U+2014 em dash */
    {"\xE2\x80\x90", "-"}, /* U+2010 hyphen */
    {"\xE2\x80\x91", "-"}, /* U+2011 the hyphen that does not break */
};

/* The Lancet prints U+00B7; U+2219 and U+22C5 look alike. */
static const spelling points[] = {
    {".", "."}, {"\xC2\xB7", "."}, {"\xE2\x88\x99", "."}, {"\xE2\x8B\x85", "."}};

static const spelling times[] = {{"\xC3\x97", "x"}, {"x", "x"}, {"*", "x"}};

static const spelling raised[] = {
    {"\xE2\x81\xB0", "0"}, {"\xC2\xB9", "1"},     {"\xC2\xB2", "2"},     {"\xC2\xB3", "3"},
    {"\xE2\x81\xB4", "4"}, {"\xE2\x81\xB5", "5"}, {"\xE2\x81\xB6", "6"}, {"\xE2\x81\xB7", "7"},
    {"\xE2\x81\xB8", "8"}, {"\xE2\x81\xB9", "9"}, {"\xE2\x81\xBB", "-"}, {"\xE2\x81\xBA", "+"},
};

static const struct {
    const char *print;
    tq_printed_kind kind;
} bounds[] = {
    {"<=", TQ_PRINTED_AT_MOST},  {"\xE2\x89\xA4", TQ_PRINTED_AT_MOST},  {"<", TQ_PRINTED_BELOW},
    {">=", TQ_PRINTED_AT_LEAST}, {"\xE2\x89\xA5", TQ_PRINTED_AT_LEAST}, {">", TQ_PRINTED_ABOVE},
    {"=", TQ_PRINTED_ROUNDED},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int starts(const char *p, const char *with)
{
    return strncmp(p, with, strlen(with)) == 0;
}

/* What p stands for in the list, *p moved behind it; 0 when it is none of them. */
static char spelled(const char **p, const spelling *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (starts(*p, list[i].print)) {
            *p += strlen(list[i].print);
            return list[i].plain[0];
        }
    }
    return 0;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(const char **p)
{
    for (size_t n; (n = tq_blank_at(*p)) > 0 || starts(*p, "\xE2\x80\x89") ||
                   starts(*p, "\xE2\x80\xAF");) { /* U+2009, U+202F: thin spaces */
        *p += n > 0 ? n : 3;
    }
}

/* A figure in plain ASCII. */
typedef struct {
    char text[PLAIN_SIZE];
    size_t n;
    int decimals, digits, failed;
} plain;

static void put(plain *to, char c)
{
    if (to->n + 1 < sizeof to->text) {
        to->text[to->n++] = c;
        to->text[to->n] = '\0';
    } else {
        to->failed = 1;
    }
}

static void put_digits(const char **p, plain *to, int after_point)
{
    while (is_digit(**p)) {
        put(to, *(*p)++);
        to->digits++;
        to->decimals += after_point;
    }
}

/* A comma, or a thin space, before three digits and after no more than three. */
static int thousands(const char **p, size_t before)
{
    const size_t n = **p == ',' ? 1 : starts(*p, "\xE2\x80\x89") ? 3 : 0;
    const char *q = *p + n;

    if (n == 0 || before == 0 || before > 3 || !is_digit(q[0]) || !is_digit(q[1]) ||
        !is_digit(q[2]) || is_digit(q[3])) {
        return 0;
    }
    *p = q;
    return 1;
}

static void put_integer(const char **p, plain *to)
{
    const size_t start = to->n;

    put_digits(p, to, 0);
    for (size_t before = to->n - start; thousands(p, before); before = 3) {
        put_digits(p, to, 0);
    }
}

/* "e-5", " x 10^-5", and with raised digits; p stays where there is none. */
static int power_of_ten(const char **p)
{
    const char *q = *p;
    int value = 0, any = 0, negative = 0;
    char c;

    if (*q == 'e' || *q == 'E') {
        q++;
    } else {
        skip_blanks(&q);
        if (!spelled(&q, times, COUNT(times))) {
            return 0;
        }
        skip_blanks(&q);
        if (!starts(q, "10")) {
            return 0;
        }
        q += 2;
        q += *q == '^';
    }
    const char *r = q;

    c = spelled(&r, signs, COUNT(signs));
    c = c ? c : spelled(&r, raised + 10, 2);
    negative = c == '-';
    while (value < 1000 && (is_digit(*r) || (c = spelled(&r, raised, 10)) != 0)) {
        value = 10 * value + (is_digit(*r) ? *r++ : c) - '0';
        any = 1;
    }
    if (!any) {
        return 0;
    }
    *p = r;
    return negative ? -value : value;
}

static tq_printed_kind read_bound(const char **p)
{
    for (size_t i = 0; i < COUNT(bounds); i++) {
        if (starts(*p, bounds[i].print)) {
            *p += strlen(bounds[i].print);
            return bounds[i].kind;
        }
    }
    return TQ_PRINTED_ROUNDED;
}

/* One number at p, which moves behind it; 0 when there is none. */
static int read_number(const char **p, tq_printed_number *out)
{
    plain digits = {.n = 0};
    const char *q = *p;

    *out = (tq_printed_number){.kind = read_bound(&q)};
    skip_blanks(&q);
    const char sign = spelled(&q, signs, COUNT(signs));

    if (sign == '-') {
        put(&digits, '-');
    }
    skip_blanks(&q);
    put_integer(&q, &digits);
    const char *fraction = q;

    if (spelled(&fraction, points, COUNT(points)) && is_digit(*fraction)) {
        q = fraction;
        put(&digits, '.');
        put_digits(&q, &digits, 1);
    }
    if (digits.digits == 0 || digits.failed || !tq_parse_number(digits.text, '.', &out->value)) {
        return 0;
    }
    const int power = power_of_ten(&q);

    out->value *= pow(10.0, power);
    out->half = 0.5 * pow(10.0, power - digits.decimals);
    out->decimals = digits.decimals - power;
    skip_blanks(&q);
    out->percent = *q == '%';
    q += out->percent;
    *p = q;
    return isfinite(out->value);
}

/* What parts the two ends of an interval. A comma right between digits is none: "0,15" is what some print
   for 0.15; after a number with a point it is. */
static int separator(const char **p, const tq_printed_number *first)
{
    static const char *const words[] = {"to", "and", ",", ";", "/"};

    if (**p == ',' && is_digit((*p)[1]) && first->decimals == 0) {
        return 0;
    }
    skip_blanks(p);
    for (size_t i = 0; i < COUNT(words); i++) {
        if (starts(*p, words[i])) {
            *p += strlen(words[i]);
            skip_blanks(p);
            return 1;
        }
    }
    if (**p && **p != '+' && spelled(p, signs, COUNT(signs))) {
        skip_blanks(p);
        return 1;
    }
    return 0;
}

static int read_all(const char *text, tq_printed *out)
{
    const char *p = text;

    *out = (tq_printed){.n = 1};
    skip_blanks(&p);
    const char close = *p == '(' ? ')' : *p == '[' ? ']' : 0;

    if (close) {
        p++;
        skip_blanks(&p);
    }
    if (!read_number(&p, &out->number[0])) {
        return 0;
    }
    if (separator(&p, &out->number[0])) {
        if (!read_number(&p, &out->number[1])) {
            return 0;
        }
        out->n = 2;
        skip_blanks(&p);
    }
    if (close && *p++ != close) {
        return 0;
    }
    skip_blanks(&p);
    return *p == '\0' && (out->n == 1 || (out->number[0].kind == TQ_PRINTED_ROUNDED &&
                                          out->number[1].kind == TQ_PRINTED_ROUNDED));
}

tq_status tq_printed_read(const char *text, tq_printed *out, tq_error *err)
{
    tq_printed read;

    if (!read_all(text, &read)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "'%.60s' is no printed figure; valid are 0.368, -0.71, <.0001, 92.2%%, "
                       "0.34 to 0.70",
                       text);
    }
    *out = read;
    return TQ_OK;
}

/* Ties agree with both neighbours: who rounds half up and who rounds to even print differently. Eight
   units of rounding of the value allow for how decimals are read. */
static double slack(const tq_printed_number *p)
{
    return p->half * (1.0 + 1e-9) + 1e-15 * fabs(p->value);
}

int tq_printed_agrees(const tq_printed_number *p, double x)
{
    switch (p->kind) {
    case TQ_PRINTED_BELOW:
        return x < p->value;
    case TQ_PRINTED_AT_MOST:
        return x <= p->value;
    case TQ_PRINTED_ABOVE:
        return x > p->value;
    case TQ_PRINTED_AT_LEAST:
        return x >= p->value;
    case TQ_PRINTED_ROUNDED:
        break;
    }
    return fabs(x - p->value) <= slack(p);
}

int tq_printed_contains(const tq_printed *interval, double x)
{
    const tq_printed_number *a = &interval->number[0], *b = &interval->number[1];
    const int ordered = a->value <= b->value;
    const tq_printed_number *lower = ordered ? a : b, *upper = ordered ? b : a;

    return x >= lower->value - slack(lower) && x <= upper->value + slack(upper);
}
