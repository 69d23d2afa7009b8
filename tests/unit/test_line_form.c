/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines into fields, against a splitter that goes byte by byte. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/splitmix.h"
#include "frame/stream/line_form.h"
#include "frame/stream/line_stops_internal.h"
#include "frame/stream/text_window.h"

enum { MOST = 32 };

static tq_line_form form_of(const char *line, char separator)
{
    tq_line_form form = {0};
    tq_error err;

    if (tq_line_form_read(line, strlen(line), separator, &form, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return form;
}

static void refuse_header(const char *line, tq_status status, const char *message)
{
    tq_line_form form = {0};
    tq_error err;

    assert_int_equal(tq_line_form_read(line, strlen(line), 0, &form, &err), status);
    assert_string_equal(err.message, message);
    assert_null(form.name);
}

/* Text with room behind it, as a window has. */
static char *window_of(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = calloc(1, size + TQ_WINDOW_SLACK);

    assert_non_null(copy);
    memcpy(copy, text, size);
    return copy;
}

static void headers(void **state)
{
    tq_line_form form = form_of("\xEF\xBB\xBF#gene\tyi\tvi", 0);
    assert_int_equal(tq_byte_order_mark("\xEF\xBB\xBF", 3), 3);
    assert_int_equal(tq_byte_order_mark("\xEF\xBB\xBF", 2), 0);
    assert_int_equal(tq_byte_order_mark("gene", 4), 0);
    size_t at = 99;
    tq_error err;

    (void)state;
    assert_int_equal(form.separator, '\t');
    assert_int_equal(form.n, 3);
    assert_string_equal(form.name[0], "gene");
    assert_int_equal(tq_line_form_find(&form, "vi", &at, &err), TQ_OK);
    assert_int_equal(at, 2);
    assert_int_equal(tq_line_form_find(&form, "vis", &at, &err), TQ_EINVAL);
    assert_string_equal(err.message, "no column 'vis'; did you mean 'vi'?");
    tq_line_form_free(&form);

    form = form_of("  SNP   BETA SE ", 0);
    assert_int_equal(form.separator, ' ');
    assert_int_equal(form.n, 3);
    assert_string_equal(form.name[2], "SE");
    tq_line_form_free(&form);

    form = form_of("\"a, b\",c", 0);
    assert_int_equal(form.n, 2);
    assert_string_equal(form.name[0], "a, b");
    tq_line_form_free(&form);

    refuse_header("a,b,a", TQ_EDATA, "two columns are called 'a' in the header");
    refuse_header("a,,b", TQ_EDATA, "column 2 has no name in the header");
    refuse_header("a,\"b", TQ_EDATA, "a quote is not closed in the header");
    assert_int_equal(tq_line_form_read("a|b", 3, '|', &form, &err), TQ_EINVAL);
}

static void expect(tq_line_scanner *s, tq_line_kind kind, const char *first, const char *second)
{
    tq_field fields[2] = {{0}};

    assert_int_equal(tq_line_next(s, fields), kind);
    if (kind == TQ_LINE_FIELDS) {
        assert_int_equal(fields[0].size, strlen(first));
        assert_memory_equal(fields[0].at, first, fields[0].size);
        assert_int_equal(fields[1].size, strlen(second));
        assert_memory_equal(fields[1].at, second, fields[1].size);
    }
}

static void lines_are_counted_and_judged(void **state)
{
    static const size_t wanted[] = {0, 2};
    tq_line_form form = form_of("a,b,c", 0);
    char *text = window_of("1,2,3\r\n\n4,,\r\n1,2\n1,2,3,4\n\r\n7,8,9\n");
    tq_line_scanner s;

    (void)state;
    tq_line_scan(&s, &form, 0, wanted, 2, text, strlen(text));
    expect(&s, TQ_LINE_FIELDS, "1", "3");
    expect(&s, TQ_LINE_FIELDS, "4", "");
    assert_int_equal(s.n_lines, 3);
    expect(&s, TQ_LINE_TOO_SHORT, "", "");
    assert_int_equal(s.found, 2);
    expect(&s, TQ_LINE_TOO_LONG, "", "");
    expect(&s, TQ_LINE_FIELDS, "7", "9");
    assert_int_equal(s.n_lines, 7);
    expect(&s, TQ_LINE_END, "", "");
    free(text);

    text = window_of("1,2,3,4\n1,2\n");
    tq_line_scan(&s, &form, 1, wanted, 2, text, strlen(text));
    expect(&s, TQ_LINE_FIELDS, "1", "3");
    expect(&s, TQ_LINE_TOO_SHORT, "", "");
    expect(&s, TQ_LINE_END, "", "");
    free(text);
    tq_line_form_free(&form);
}

static void blanks_before_a_carriage_return_begin_no_field(void **state)
{
    static const size_t wanted[] = {0, 2};
    tq_line_form form = form_of("a b c", ' ');
    char *text = window_of("1 2 \r\n1 2 3\r\n4\t5\t\r\n7 8 9 \r\n");
    tq_line_scanner s;

    (void)state;
    tq_line_scan(&s, &form, 0, wanted, 2, text, strlen(text));
    expect(&s, TQ_LINE_TOO_SHORT, "", "");
    assert_int_equal(s.found, 2);
    expect(&s, TQ_LINE_FIELDS, "1", "3");
    expect(&s, TQ_LINE_TOO_SHORT, "", "");
    expect(&s, TQ_LINE_FIELDS, "7", "9");
    expect(&s, TQ_LINE_END, "", "");
    free(text);
    tq_line_form_free(&form);
}

static void quotes_are_taken_off(void **state)
{
    static const size_t wanted[] = {0, 2};
    tq_line_form form = form_of("a,b,c", 0);
    char *text = window_of("\"x, \"\"y\"\"\",2,\"\"\r\n\"open,2,3\n\"a\"b,2,3\nplain,\"2\",z\n");
    tq_line_scanner s;

    (void)state;
    tq_line_scan(&s, &form, 0, wanted, 2, text, strlen(text));
    expect(&s, TQ_LINE_FIELDS, "x, \"y\"", "");
    expect(&s, TQ_LINE_QUOTE, "", "");
    expect(&s, TQ_LINE_QUOTE, "", "");
    expect(&s, TQ_LINE_FIELDS, "plain", "z");
    expect(&s, TQ_LINE_END, "", "");
    free(text);
    tq_line_form_free(&form);
}

/* Random lines of a few letters, separators, blanks and carriage returns, cut in the obvious way. */
static void random_lines_are_cut_as_by_hand(void **state)
{
    static const char letters[] = "ab1 \t,,\r\n";
    static const size_t wanted[] = {0, 1, 3, 4};
    uint64_t stream = 20264;
    char text[600];

    (void)state;
    for (int round = 0; round < 2000; round++) {
        const char separator = round % 2 ? ',' : ' ';
        tq_line_form form = form_of(separator == ',' ? "p,q,r,s,t" : "p q r s t", separator);
        const size_t size = 1 + (size_t)tq_splitmix_below(&stream, 500);
        tq_line_scanner s;
        tq_field fields[4];
        size_t at = 0;

        for (size_t i = 0; i < size; i++) {
            text[i] = letters[tq_splitmix_below(&stream, sizeof letters - 1)];
        }
        text[size - 1] = '\n';
        tq_line_scan(&s, &form, 0, wanted, 4, text, size);
        while (at < size) {
            const char *part[MOST];
            size_t length[MOST], n = 0;
            const size_t newline = at + strcspn(text + at, "\n");
            const size_t end = newline - (newline > at && text[newline - 1] == '\r');

            for (size_t i = at, begin = at; i <= end; i++) {
                const int stop = i == end || (separator == ',' ? text[i] == ','
                                                               : text[i] == ' ' || text[i] == '\t');

                if (stop) {
                    if ((separator == ',' || i > begin) && n < MOST) {
                        part[n] = text + begin;
                        length[n++] = i - begin;
                    }
                    begin = i + 1;
                }
            }
            const int empty = separator == ',' ? end == at : n == 0;

            at = newline + 1;
            if (empty) {
                continue;
            }
            const tq_line_kind kind = tq_line_next(&s, fields);

            assert_int_equal(kind, n == 5  ? TQ_LINE_FIELDS
                                   : n < 5 ? TQ_LINE_TOO_SHORT
                                           : TQ_LINE_TOO_LONG);
            for (size_t i = 0; n == 5 && i < 4; i++) {
                assert_ptr_equal(fields[i].at, part[wanted[i]]);
                assert_int_equal(fields[i].size, length[wanted[i]]);
            }
        }
        assert_int_equal(tq_line_next(&s, fields), TQ_LINE_END);
        tq_line_form_free(&form);
    }
}

/* Places of separators and newlines, found by every way that the processor has. */
static void stops_are_where_they_are(void **state)
{
    static const char letters[] = "abcdefgh \t,\n";
    static const char separators[] = {' ', ','};
    char *text = malloc(TQ_STOPS_STRETCH + 200 + TQ_WINDOW_SLACK);
    tq_line_stops *s = malloc(sizeof *s);
    uint64_t stream = 20265;

    (void)state;
    assert_true(text && s);
    assert_non_null(stops_fill_way(0));
    for (int round = 0; round < 600; round++) {
        const char separator = separators[round % 2], other = separator == ' ' ? '\t' : separator;
        const size_t size = 1 + (size_t)tq_splitmix_below(&stream, TQ_STOPS_STRETCH + 200);
        const size_t kinds =
            round % 3 ? sizeof letters - 1 : 12; /* with many stops, and with few */

        for (size_t i = 0; i < size + TQ_WINDOW_SLACK; i++) {
            text[i] = letters[tq_splitmix_below(&stream, i < size ? kinds : 8)];
        }
        for (size_t way = 0; stops_fill_way(way); way++) {
            size_t n = 1, ends = 0;
            int runs = 0, before = 1;

            stops_fill_way(way)(s, text, size, separator);
            assert_int_equal(s->stop[0], UINT16_MAX);
            for (size_t i = 0; i < size && i < TQ_STOPS_STRETCH; i++) {
                const int newline = text[i] == '\n',
                          stop = newline || text[i] == separator || text[i] == other;

                runs |= stop && before;
                before = stop;
                if (stop) {
                    assert_int_equal(s->stop[n++], i);
                }
                if (newline) {
                    assert_int_equal(s->end[ends++], i);
                }
            }
            assert_int_equal(s->n_stops, n);
            assert_int_equal(s->n_ends, ends);
            assert_int_equal(s->runs, runs);
        }
    }
    free(text);
    free(s);
}

/* Lines beyond a stretch, and some of another form between those as the header is. */
static void long_texts_are_cut_as_short_ones(void **state)
{
    static const size_t wanted[] = {0, 2};
    enum { LINES = 4000 };
    tq_line_form form = form_of("a,b,c", 0);
    char *text = malloc((size_t)LINES * 16 + 8000 + TQ_WINDOW_SLACK);
    size_t size = 0, n = 0;
    tq_line_scanner *s = malloc(sizeof *s);
    tq_field fields[2];
    tq_line_kind kind;

    (void)state;
    assert_true(text && s);
    for (int i = 0; i < LINES; i++) {
        if (i == 700) { /* a field longer than a stretch */
            memset(text + size, 'x', 5000);
            size += 5000;
            size += (size_t)sprintf(text + size, ",1,%d\n", i);
        } else {
            size += (size_t)sprintf(text + size,
                                    i % 5 == 3 ? "%d,\n"
                                    : i % 7    ? "%d,,%d\n"
                                               : "%d,1,%d\r\n",
                                    i, i);
        }
    }
    tq_line_scan(s, &form, 0, wanted, 2, text, size);
    while ((kind = tq_line_next(s, fields)) != TQ_LINE_END) {
        char want[24];
        const int is_short = n % 5 == 3 && n != 700;

        snprintf(want, sizeof want, "%zu", n);
        assert_int_equal(kind, is_short ? TQ_LINE_TOO_SHORT : TQ_LINE_FIELDS);
        if (!is_short) {
            assert_int_equal(fields[1].size, strlen(want));
            assert_memory_equal(fields[1].at, want, strlen(want));
            assert_int_equal(fields[0].size, n == 700 ? 5000 : strlen(want));
        }
        n++;
        assert_int_equal(s->n_lines, n);
    }
    assert_int_equal(n, LINES);
    free(text);
    free(s);
    tq_line_form_free(&form);
}

static void numbers_of_fields(void **state)
{
    static const struct {
        const char *text;
        char decimal;
        int ok;
        double value;
    } rows[] = {
        {"2.385", '.', 1, 2.385}, {"-1e-5", '.', 1, -1e-5}, {"", '.', 1, NAN},
        {"NA", '.', 1, NAN},      {".", '.', 1, NAN},       {"nan", '.', 1, NAN},
        {"abc", '.', 0, 0.0},     {"3,5", '.', 0, 0.0},     {"3,5", ',', 1, 3.5},
        {" 0.4 ", '.', 1, 0.4},   {"inf", '.', 0, 0.0},     {"1,234.5", '.', 1, 1234.5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const tq_field field = {rows[i].text, strlen(rows[i].text)};
        double value = -7.0;

        assert_int_equal(tq_field_number(&field, rows[i].decimal, &value), rows[i].ok);
        if (rows[i].ok && isnan(rows[i].value)) {
            assert_true(isnan(value));
        } else if (rows[i].ok) {
            assert_near(value, rows[i].value, 0.0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(lines_are_counted_and_judged),
        cmocka_unit_test(blanks_before_a_carriage_return_begin_no_field),
        cmocka_unit_test(quotes_are_taken_off),
        cmocka_unit_test(random_lines_are_cut_as_by_hand),
        cmocka_unit_test(stops_are_where_they_are),
        cmocka_unit_test(long_texts_are_cut_as_short_ones),
        cmocka_unit_test(numbers_of_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
