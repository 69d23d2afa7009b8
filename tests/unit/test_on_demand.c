/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Libraries that are loaded when first needed. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/on_demand.h"

#define MATH_LIST(X) \
    X(expm1) \
    X(hypot)

typedef struct {
    MATH_LIST(TQ_ON_DEMAND_POINTER)
} math_api;

static const char *const names[] = {MATH_LIST(TQ_ON_DEMAND_NAME)};

static tq_on_demand math_library(math_api *api)
{
    return (tq_on_demand){.purpose = "numbers",
                          .soname = "libm.so.6",
                          .package = "libc6",
                          .failure = TQ_EREAD,
                          .names = names,
                          .n = sizeof names / sizeof *names,
                          .api = api};
}

static void functions_are_those_of_the_library(void **state)
{
    math_api api;
    tq_on_demand library = math_library(&api);

    (void)state;
    assert_int_equal(tq_on_demand_load(&library, NULL), TQ_OK);
    assert_near(api.expm1(0.0625), 0.064494458917859432, 1e-15);
    assert_near(api.hypot(1.5, -2.75), 3.1324910215354169, 1e-15);
    assert_int_equal(tq_on_demand_load(&library, NULL), TQ_OK);
}

static void a_missing_library_is_named_with_its_package(void **state)
{
    math_api api;
    tq_on_demand library = math_library(&api);
    tq_error err;

    (void)state;
    library.soname = "libno-such-thing.so.7";
    library.package = "libno-such-thing7";
    assert_int_equal(tq_on_demand_load(&library, &err), TQ_EREAD);
    assert_int_equal(err.status, TQ_EREAD);
    assert_non_null(strstr(err.message, "numbers need the Debian package libno-such-thing7: "));
    assert_non_null(strstr(err.message, "libno-such-thing.so.7"));
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(tq_on_demand_load(&library, NULL), TQ_EREAD);
    library.soname = "libm.so.6"; /* what fails is tried again */
    assert_int_equal(tq_on_demand_load(&library, NULL), TQ_OK);
}

static void a_missing_function_is_named(void **state)
{
    static const char *const wanted[] = {"expm1", "expm1_of_a_later_version"};
    math_api api;
    tq_on_demand library = math_library(&api);
    tq_error err;

    (void)state;
    library.names = wanted;
    assert_int_equal(tq_on_demand_load(&library, &err), TQ_EREAD);
    assert_non_null(strstr(err.message, "libc6"));
    assert_non_null(strstr(err.message, "expm1_of_a_later_version"));
    assert_int_equal(library.ready, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_those_of_the_library),
        cmocka_unit_test(a_missing_library_is_named_with_its_package),
        cmocka_unit_test(a_missing_function_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
