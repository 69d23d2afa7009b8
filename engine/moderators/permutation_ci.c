/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals of the coefficients by inverting their permutation tests. The p-value at a value delta
 * of the coefficient falls, as delta moves away from the estimate, in steps: each permutation is at
 * least as extreme as the data near the estimate, and is not far from it. A bracket of the limit knows
 * for every permutation which it is at both ends; those that are the same at both are taken to be so
 * between, and only the others, half as many after each bisection, are fitted again. Since a
 * permutation may in principle change sides more than once, both ends of the last bracket are looked
 * at in full, and where they do not hold the whole search is done again without that saving.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "moderators/permutation_internal.h"

enum {
    EXPANSIONS = 10,    /* doublings of the first distance */
    RUNS_OF_A_LIMIT = 6 /* about as many times all permutations are fitted, for the progress */
};
static const double WIDTH = 1e-10; /* of the last bracket, in units of the first distance */

/* One end of a bracket: whether the test keeps delta, and what each permutation says there. */
typedef struct {
    double delta;
    unsigned char *state; /* [n] */
} bracket_end;

typedef struct {
    permutation_loop *loop;
    size_t j;
    double alpha;
    bracket_end in, out, mid; /* kept, rejected, between */
    const tq_progress *progress;
    double done, runs, told; /* runs so far, of all, and the share last told */
} limit_search;

/* The share of a whole is told in runs over all permutations. */
static int report_run(void *user, double done)
{
    limit_search *s = user;

    s->told = fmin(1.0, fmax(s->told, (s->done + done) / s->runs));
    return tq_progress_report(s->progress, s->told);
}

/* Test H0: beta_j = end->delta; lo, hi as permutation_states(). */
static tq_status look(limit_search *s, bracket_end *end, const unsigned char *lo,
                      const unsigned char *hi, int *kept, tq_error *err)
{
    const uint64_t n = s->loop->plan->n;
    const tq_progress progress = {report_run, s};
    uint64_t at_least = 0, fitted = 0;
    tq_refit_result r;
    tq_status status = permutation_shift(s->loop, s->j, end->delta, err);

    status = status == TQ_OK ? permutation_observe(s->loop, &r, err) : status;
    if (status == TQ_OK) {
        status = permutation_states(s->loop, s->j, lo, hi, end->state, &progress, err);
    }
    for (uint64_t i = 0; status == TQ_OK && i < n; i++) {
        at_least += end->state[i] == PERMUTATION_AT_LEAST;
        fitted += end->state[i] != PERMUTATION_WITHOUT_FIT;
    }
    /* A count that equals alpha times their number rejects, whatever the rounding of the product. */
    *kept = (double)at_least > s->alpha * (double)fitted + 1e-6;
    return status;
}

static void swap_ends(bracket_end *a, bracket_end *b)
{
    const bracket_end kept = *a;

    *a = *b;
    *b = kept;
}

/* Move out until the test rejects; *found 0 when it never does. */
static tq_status expand(limit_search *s, double estimate, double step, int *found, tq_error *err)
{
    tq_status status = TQ_OK;
    int kept = 1;

    s->in.delta = estimate;
    memset(s->in.state, PERMUTATION_AT_LEAST,
           s->loop->plan->n); /* the statistic of the data is 0 */
    for (int i = 0; status == TQ_OK && kept && i <= EXPANSIONS; i++) {
        s->mid.delta = estimate + ldexp(step, i);
        status = look(s, &s->mid, NULL, NULL, &kept, err);
        s->done += i == 0 ? 1.0 : 0.0;
        swap_ends(kept ? &s->in : &s->out, &s->mid);
    }
    *found = !kept;
    return status;
}

static tq_status bisect(limit_search *s, double step, int sparing, tq_error *err)
{
    tq_status status = TQ_OK;
    int kept;

    while (status == TQ_OK && fabs(s->out.delta - s->in.delta) > WIDTH * fabs(step)) {
        const double before = s->mid.delta;

        s->mid.delta = s->in.delta + 0.5 * (s->out.delta - s->in.delta);
        if (s->mid.delta == before || s->mid.delta == s->in.delta || s->mid.delta == s->out.delta) {
            break;
        }
        status = look(s, &s->mid, sparing ? s->in.state : NULL, sparing ? s->out.state : NULL,
                      &kept, err);
        if (status == TQ_OK) {
            swap_ends(kept ? &s->in : &s->out, &s->mid);
        }
    }
    return status;
}

/* Whether all permutations say of both ends what the bracket says. */
static tq_status confirm(limit_search *s, int *holds, tq_error *err)
{
    int in_kept = 0, out_kept = 1;

    s->mid.delta = s->in.delta;
    tq_status status = look(s, &s->mid, NULL, NULL, &in_kept, err);

    s->done += 1.0;
    s->mid.delta = s->out.delta;
    status = status == TQ_OK ? look(s, &s->mid, NULL, NULL, &out_kept, err) : status;
    s->done += 1.0;
    *holds = in_kept && !out_kept;
    return status;
}

/* The limit on the side of step (its sign), NaN where there is none. */
static tq_status find_limit(limit_search *s, double estimate, double step, double *limit,
                            tq_error *err)
{
    const double begin = s->done;
    int found = 0, holds = 1;

    *limit = NAN;
    if (!(step != 0.0 && isfinite(step))) {
        return TQ_OK;
    }
    tq_status status = expand(s, estimate, step, &found, err);
    const double in = s->in.delta, out = s->out.delta;

    if (status == TQ_OK && found) {
        status = bisect(s, step, 1, err);
        s->done = begin + RUNS_OF_A_LIMIT - 2;
        status = status == TQ_OK ? confirm(s, &holds, err) : status;
    }
    if (status == TQ_OK && !holds) {
        s->in.delta = in;
        s->out.delta = out;
        status = bisect(s, step, 0, err);
    }
    s->done = begin + RUNS_OF_A_LIMIT;
    if (status == TQ_OK && found) {
        *limit = s->in.delta + 0.5 * (s->out.delta - s->in.delta);
    }
    return status;
}

static tq_status both_limits(limit_search *s, const tq_pool *fit, size_t j, tq_permutation *out,
                             tq_error *err)
{
    s->j = j;
    tq_status status =
        find_limit(s, fit->beta[j], fit->ci_lb[j] - fit->beta[j], &out->ci_lb[j], err);

    return status == TQ_OK
               ? find_limit(s, fit->beta[j], fit->ci_ub[j] - fit->beta[j], &out->ci_ub[j], err)
               : status;
}

tq_status permutation_intervals(permutation_loop *loop, const tq_pool *fit,
                                const tq_progress *progress, tq_permutation *out, tq_error *err)
{
    const uint64_t n = loop->plan->n;
    unsigned char *states = n <= SIZE_MAX / 3 ? calloc((size_t)n, 3) : NULL;
    limit_search s = {.loop = loop, .alpha = (100.0 - out->level) / 100.0, .progress = progress};
    tq_status status = TQ_OK;

    if (!states) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL,
                       "no memory for intervals by so many permutations");
    }
    s.in.state = states;
    s.out.state = states + n;
    s.mid.state = states + 2 * n;
    s.runs = 2.0 * RUNS_OF_A_LIMIT * (double)loop->p;
    for (size_t j = 0; status == TQ_OK && j < loop->p; j++) {
        status = both_limits(&s, fit, j, out, err);
    }
    free(states);
    return status;
}
