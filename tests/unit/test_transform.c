/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back-transforms: inverses, ends of the range, published values. */
#include "support/near.h"

#include <math.h>

#include "effects/transform.h"

static double apply(const char *name, double y, double n)
{
    const tq_transform *t = tq_transform_find(name);

    assert_non_null(t);
    return tq_transform_apply(t, y, n);
}

static void every_transform_is_monotone_and_findable(void **state)
{
    (void)state;
    const tq_transform *t;

    for (size_t i = 0; (t = tq_transform_at(i)) != NULL; i++) {
        const double up = t->decreasing ? -1.0 : 1.0;
        double last = -INFINITY;

        assert_ptr_equal(tq_transform_find(t->name), t);
        assert_non_null(t->label);
        assert_true(isnan(tq_transform_apply(t, NAN, 23.0)));
        for (double y = -3.0; y < 3.0; y += 0.0617) {
            const double now = up * tq_transform_apply(t, y, 23.0);

            assert_true(now >= last);
            last = now;
        }
    }
    assert_null(tq_transform_find("Exp"));
    assert_string_equal(tq_transform_nearest("itan"), "itanh");
}

static void transforms_undo_their_scales(void **state)
{
    (void)state;
    for (double p = 0.013; p < 1.0; p += 0.0617) {
        assert_near(apply("none", p, 0.0), p, 0.0);
        assert_near(apply("exp", log(p), 0.0), p, 1e-15);
        assert_near(apply("ilogit", log(p / (1.0 - p)), 0.0), p, 1e-15);
        assert_near(apply("itanh", atanh(p), 0.0), p, 1e-15);
        assert_near(apply("itanh", atanh(-p), 0.0), -p, 1e-15);
        assert_near(apply("iarcsin", asin(sqrt(p)), 0.0), p, 1e-15);
        assert_near(apply("iabt", -log1p(-p), 0.0), p, 1e-15);
        assert_near(apply("iahw", 1.0 - cbrt(1.0 - p), 0.0), p, 1e-15);
        assert_near(apply("sqr", sqrt(p), 0.0), p, 1e-15);
        assert_near(apply("itanh2", atanh(sqrt(p)), 0.0), p, 1e-15);
        assert_near(apply("iirft", 0.5 * (sqrt(p) + sqrt(p + 1.0 / 41.7)), 41.7), p, 2e-15);
        assert_near(apply("ive", log(p), 0.0), 100.0 * (1.0 - p), 1e-15);
    }
    assert_near(apply("iprobit", 1.959963984540054, 0.0), 0.975, 1e-15);
    assert_near(apply("ilogit", -800.0, 0.0), 0.0, 0.0);
    assert_near(apply("ilogit", 800.0, 0.0), 1.0, 0.0);
}

/* Every x of n comes back, both ends included. */
static void freeman_tukey_inverts_exactly(void **state)
{
    (void)state;
    for (double n = 1.0; n < 60.0; n += 7.0) {
        for (double x = 0.0; x <= n; x += 1.0) {
            const double y = 0.5 * (asin(sqrt(x / (n + 1.0))) + asin(sqrt((x + 1.0) / (n + 1.0))));

            assert_near(apply("ift", y, n), x / n, 2e-14);
        }
    }
}

/* Miller (1978), Am. Stat. 32:138: four groups, harmonic mean 10.9885, 31.64 percent. */
static void freeman_tukey_pools_as_miller_does(void **state)
{
    (void)state;
    const double x[] = {3, 6, 10, 1}, n[] = {11, 17, 21, 6};
    double sum = 0.0, inverse = 0.0;

    for (int i = 0; i < 4; i++) {
        sum += 0.5 * (asin(sqrt(x[i] / (n[i] + 1.0))) + asin(sqrt((x[i] + 1.0) / (n[i] + 1.0))));
        inverse += 1.0 / n[i];
    }
    assert_near(4.0 / inverse, 10.9885, 5e-5);
    assert_near(apply("ift", sum / 4.0, 4.0 / inverse), 0.3164, 5e-5);
}

/* Means and limits leave the range of the transform; they stop at the end that they passed. */
static void out_of_range_stops_at_the_ends(void **state)
{
    (void)state;
    assert_near(apply("ift", 0.01, 12.5), 0.0, 0.0);
    assert_near(apply("ift", -0.4, 12.5), 0.0, 0.0);
    assert_near(apply("ift", 1.56, 12.5), 1.0, 0.0);
    assert_near(apply("ift", 2.8, 12.5), 1.0, 0.0);
    assert_near(apply("iarcsin", -0.1, 0.0), 0.0, 0.0);
    assert_near(apply("iarcsin", 1.7, 0.0), 1.0, 0.0);
    assert_near(apply("sqr", -0.3, 0.0), 0.0, 0.0);
    assert_near(apply("itanh2", -0.3, 0.0), 0.0, 0.0);
    assert_near(apply("iirft", 0.01, 12.5), 0.0, 0.0);
    assert_near(apply("iirft", -2.3, 12.5), 0.0, 0.0);
    assert_near(apply("iirft", 0.0, 12.5), 0.0, 0.0);
    assert_true(isnan(apply("iirft", 0.7, NAN)));
    assert_true(isnan(apply("ift", 0.7, 0.0)));
    assert_true(isnan(apply("ift", 0.7, NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transform_is_monotone_and_findable),
        cmocka_unit_test(transforms_undo_their_scales),
        cmocka_unit_test(freeman_tukey_inverts_exactly),
        cmocka_unit_test(freeman_tukey_pools_as_miller_does),
        cmocka_unit_test(out_of_range_stops_at_the_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
