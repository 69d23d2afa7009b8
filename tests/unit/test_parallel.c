/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops over threads, their interruption, and random numbers that do not depend on them. */
#include "support/near.h"

#include <string.h>

#include "core/parallel.h"
#include "core/splitmix.h"

enum { N = 1003, THREADS = 4 };

typedef struct {
    unsigned char visits[N];
    uint64_t sum[THREADS];
} tally;

static void visit(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    tally *t = context;

    for (uint64_t i = begin; i < end; i++) {
        t->visits[i]++;
        t->sum[thread] += i;
    }
}

static void every_item_is_visited_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= THREADS; threads++) {
        for (uint64_t chunk = 1; chunk < 2 * N; chunk = 3 * chunk + 1) {
            tally t = {.visits = {0}};
            uint64_t sum = 0;

            assert_int_equal(tq_parallel(threads, N, chunk, visit, &t, NULL, NULL), TQ_OK);
            for (size_t i = 0; i < N; i++) {
                assert_int_equal(t.visits[i], 1);
            }
            for (size_t i = 0; i < THREADS; i++) {
                sum += t.sum[i];
            }
            assert_int_equal(sum, (uint64_t)N * (N - 1) / 2);
        }
    }
}

static void no_items_are_no_work(void **state)
{
    tally t = {.visits = {0}};

    (void)state;
    assert_int_equal(tq_parallel(2, 0, 5, visit, &t, NULL, NULL), TQ_OK);
    assert_int_equal(t.sum[0] + t.sum[1], 0);
}

typedef struct {
    double last;
    int calls, stop_at;
} listener;

static int listen(void *user, double done)
{
    listener *l = user;

    assert_true(done >= l->last && done <= 1.0);
    l->last = done;
    return ++l->calls == l->stop_at;
}

static void progress_rises_to_one(void **state)
{
    tally t = {.visits = {0}};
    listener l = {0.0, 0, 0};
    const tq_progress progress = {listen, &l};

    (void)state;
    assert_int_equal(tq_parallel(1, N, 17, visit, &t, &progress, NULL), TQ_OK);
    assert_int_equal(l.calls, 59);
    assert_near(l.last, 1.0, 0.0);
}

static void an_interruption_ends_the_loop(void **state)
{
    tally t = {.visits = {0}};
    listener l = {0.0, 0, 3};
    const tq_progress progress = {listen, &l};
    tq_error err;

    (void)state;
    assert_int_equal(tq_parallel(1, N, 17, visit, &t, &progress, &err), TQ_EINTR);
    assert_string_equal(err.message, "interrupted");
    assert_int_equal(t.visits[50], 1);
    assert_int_equal(t.visits[51], 0);
}

static void threads_are_as_wanted_but_no_more_than_chunks(void **state)
{
    (void)state;
    assert_int_equal(tq_threads(3, 100), 3);
    assert_int_equal(tq_threads(3, 2), 2);
    assert_int_equal(tq_threads(3, 0), 1);
    assert_true(tq_threads(0, 1000) >= 1);
}

/* The reference sequence of SplitMix64 from state 1234567. */
static void splitmix_gives_the_reference_sequence(void **state)
{
    static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                    UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                    UINT64_C(16408922859458223821)};
    uint64_t stream = 1234567;

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(tq_splitmix(&stream) == want[i]);
    }
}

/* Each value of 0 .. 6 with a frequency within 5 standard errors of 1/7; streams differ. */
static void draws_below_a_bound_are_uniform(void **state)
{
    enum { DRAWS = 70000, BOUND = 7 };
    uint64_t count[BOUND] = {0}, stream = tq_splitmix_stream(42, 0);
    uint64_t other = tq_splitmix_stream(42, 1), again = tq_splitmix_stream(43, 0);

    (void)state;
    assert_true(stream != other && stream != again && other != again);
    for (size_t i = 0; i < DRAWS; i++) {
        const uint64_t x = tq_splitmix_below(&stream, BOUND);

        assert_true(x < BOUND);
        count[x]++;
    }
    for (size_t i = 0; i < BOUND; i++) {
        assert_near((double)count[i] / DRAWS, 1.0 / BOUND, 5.0 * 0.35 / 264.6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_visited_once),
        cmocka_unit_test(no_items_are_no_work),
        cmocka_unit_test(progress_rises_to_one),
        cmocka_unit_test(an_interruption_ends_the_loop),
        cmocka_unit_test(threads_are_as_wanted_but_no_more_than_chunks),
        cmocka_unit_test(splitmix_gives_the_reference_sequence),
        cmocka_unit_test(draws_below_a_bound_are_uniform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
