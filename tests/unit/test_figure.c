/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figure files: the same forest, the same bytes; complete, well-formed, of the size they say. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "report/figure/figure.h"
#include "support/sample_analysis.h"

static tq_buffer drawn(const tq_analysis *a, const tq_forest_options *how, tq_figure_format format,
                       const tq_figure_options *opt)
{
    tq_forest *forest;
    tq_buffer out = {0};

    assert_non_null(a);
    assert_int_equal(tq_forest_layout(a, how, &forest, NULL), TQ_OK);
    assert_int_equal(tq_forest_write(forest, format, opt, &out, NULL), TQ_OK);
    tq_forest_free(forest);
    return out;
}

static void formats_are_told_by_the_extension(void **state)
{
    (void)state;
    assert_int_equal(tq_figure_format_find("plots/forest.svg"), TQ_FIGURE_SVG);
    assert_int_equal(tq_figure_format_find("a.b.PDF"), TQ_FIGURE_PDF);
    assert_int_equal(tq_figure_format_find(".png"), TQ_FIGURE_PNG);
    assert_int_equal(tq_figure_format_find("forest.jpeg"), TQ_FIGURE_COUNT);
    assert_int_equal(tq_figure_format_find("svg"), TQ_FIGURE_COUNT);
    for (tq_figure_format f = 0; f < TQ_FIGURE_COUNT; f++) {
        assert_non_null(tq_figure_format_name(f));
    }
    assert_null(tq_figure_format_name(TQ_FIGURE_COUNT));
}

static void every_format_gives_the_same_bytes_twice(void **state)
{
    static const char *const magic[] = {
        [TQ_FIGURE_SVG] = "<?xml", [TQ_FIGURE_PDF] = "%PDF-", [TQ_FIGURE_PNG] = "\x89PNG"};
    tq_analysis *const a = sample_bcg();

    (void)state;
    for (tq_figure_format f = 0; f < TQ_FIGURE_COUNT; f++) {
        tq_buffer once = drawn(a, NULL, f, NULL), again = drawn(a, NULL, f, NULL);

        assert_memory_equal(once.data, magic[f], strlen(magic[f]));
        assert_int_equal(once.size, again.size);
        assert_memory_equal(once.data, again.data, once.size);
        tq_buffer_free(&again);
        tq_buffer_free(&once);
    }
    sample_free(a);
}

static int contains(const tq_buffer *b, const char *text)
{
    const size_t n = strlen(text);

    for (size_t i = 0; i + n <= b->size; i++) {
        if (memcmp(b->data + i, text, n) == 0) {
            return 1;
        }
    }
    return 0;
}

static void pdf_has_the_date_given_and_no_other(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_figure_options opt = tq_figure_defaults();
    tq_buffer undated = drawn(a, NULL, TQ_FIGURE_PDF, &opt), dated;

    (void)state;
    opt.date = "2026-03-07";
    dated = drawn(a, NULL, TQ_FIGURE_PDF, &opt);
    assert_false(contains(&undated, "CreationDate"));
    assert_true(contains(&dated, "20260307000000"));
    tq_buffer_free(&dated);
    tq_buffer_free(&undated);
    sample_free(a);
}

static unsigned long u32_at(const tq_buffer *b, size_t at)
{
    unsigned long x = 0;

    for (size_t i = 0; i < 4; i++) {
        x = x << 8 | (unsigned char)b->data[at + i];
    }
    return x;
}

static void png_states_its_resolution(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_figure_options opt = tq_figure_defaults();
    tq_buffer fine = drawn(a, NULL, TQ_FIGURE_PNG, &opt), coarse;

    (void)state;
    opt.dpi = 96.0;
    coarse = drawn(a, NULL, TQ_FIGURE_PNG, &opt);
    assert_memory_equal(fine.data + 37, "pHYs", 4);
    assert_int_equal(u32_at(&fine, 33), 9);
    assert_int_equal(u32_at(&fine, 41), 11811); /* 300 dots per inch in dots per metre */
    assert_int_equal(u32_at(&fine, 45), 11811);
    assert_int_equal(fine.data[49], 1);
    assert_int_equal(u32_at(&fine, 50), 0x78A53F76); /* CRC, by zlib's crc32 */
    assert_int_equal(u32_at(&coarse, 41), 3780);
    assert_near((double)u32_at(&fine, 16) / (double)u32_at(&coarse, 16), 300.0 / 96.0, 0.01);
    tq_buffer_free(&coarse);
    tq_buffer_free(&fine);
    sample_free(a);
}

static void long_figures_get_fewer_dots_not_an_error(void **state)
{
    enum { K = 1500 };
    static const char *label[K];
    static double yi[K], vi[K];

    (void)state;
    for (size_t i = 0; i < K; i++) {
        label[i] = "Study";
        yi[i] = sin((double)i);
        vi[i] = 0.1 + 0.01 * (double)(i % 7);
    }
    tq_analysis *const a = sample_analysis(&(sample_data){K, label, yi, vi, NULL, NULL, 1});
    tq_buffer png = drawn(a, NULL, TQ_FIGURE_PNG, &(tq_figure_options){.dpi = 600.0});

    assert_true(u32_at(&png, 20) <= 32000);
    assert_true(u32_at(&png, 41) < 23622); /* less than 600 dots per inch */
    tq_buffer_free(&png);
    sample_free(a);
}

static void wrong_options_are_refused(void **state)
{
    static const double dpi[] = {9.0, 2401.0, NAN, -300.0};
    tq_analysis *const a = sample_bcg();
    tq_forest *forest;
    tq_buffer out = {0};
    tq_error err;

    (void)state;
    assert_int_equal(tq_forest_layout(a, NULL, &forest, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof dpi / sizeof *dpi; i++) {
        assert_int_equal(
            tq_forest_write(forest, TQ_FIGURE_PNG, &(tq_figure_options){.dpi = dpi[i]}, &out, &err),
            TQ_EINVAL);
    }
    assert_int_equal(tq_forest_write(forest, TQ_FIGURE_COUNT, NULL, &out, &err), TQ_EINVAL);
    assert_int_equal(out.size, 0);
    tq_forest_free(forest);
    sample_free(a);
}

static void output_is_appended_and_a_failed_buffer_is_told(void **state)
{
    tq_analysis *const a = sample_bcg();
    tq_forest *forest;
    tq_buffer out = {0}, failed = {.failed = 1};

    (void)state;
    assert_int_equal(tq_forest_layout(a, NULL, &forest, NULL), TQ_OK);
    tq_buffer_text(&out, "before");
    assert_int_equal(tq_forest_write(forest, TQ_FIGURE_SVG, NULL, &out, NULL), TQ_OK);
    assert_memory_equal(out.data, "before<?xml", 11);
    assert_int_equal(tq_forest_write(forest, TQ_FIGURE_SVG, NULL, &failed, NULL), TQ_ENOMEM);
    tq_buffer_free(&out);
    tq_forest_free(forest);
    sample_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_told_by_the_extension),
        cmocka_unit_test(every_format_gives_the_same_bytes_twice),
        cmocka_unit_test(pdf_has_the_date_given_and_no_other),
        cmocka_unit_test(png_states_its_resolution),
        cmocka_unit_test(long_figures_get_fewer_dots_not_an_error),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(output_is_appended_and_a_failed_buffer_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
