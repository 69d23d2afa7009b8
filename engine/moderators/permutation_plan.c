/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which permutations there are, and the i-th of them. */
#include <math.h>
#include <stdlib.h>

#include "core/splitmix.h"
#include "moderators/permutation_internal.h"

/* Products of a class's size and a number of orders stay below 2^64. */
enum { MOST_STUDIES = 1 << 20 };

static int flips_signs(const tq_model *m)
{
    return !m->X || (m->p == 1 && m->intercept);
}

/* ---- counting ---- */

static int same_row(const tq_model *m, size_t i, size_t j)
{
    for (size_t a = 0; a < m->p; a++) {
        if (m->X[i + a * m->k] != m->X[j + a * m->k]) {
            return 0;
        }
    }
    return 1;
}

/* 21! is beyond 2^64: no more distinct rows need to be told apart. */
enum { MOST_CLASSES = 20 };

/* Distinct rows of X with how often each occurs; 0 when there are more than MOST_CLASSES. */
static int find_classes(const tq_model *m, permutation_plan *plan)
{
    for (size_t i = 0; i < m->k; i++) {
        size_t c = 0;

        while (c < plan->classes && !same_row(m, i, plan->first[c])) {
            c++;
        }
        if (c == MOST_CLASSES) {
            return 0;
        }
        if (c == plan->classes) {
            plan->first[plan->classes++] = i;
        }
        plan->members[c]++;
    }
    return 1;
}

/* k! / (m1! m2! ...), class by class: the binomial coefficients of m_c places among those filled so
   far. Each step divides exactly. */
static uint64_t count_orders(const permutation_plan *plan)
{
    uint64_t count = 1, placed = 0;

    for (size_t c = 0; c < plan->classes; c++) {
        for (uint64_t i = 1; i <= plan->members[c]; i++) {
            placed++;
            if (count > (UINT64_MAX - 1) / placed) {
                return UINT64_MAX;
            }
            count = count * placed / i;
        }
    }
    return count;
}

static tq_status choose(const tq_permutation_options *opt, permutation_plan *plan, tq_error *err)
{
    const int countable = plan->possible <= TQ_EXACT_LIMIT && plan->k <= MOST_STUDIES;

    if (opt->exact == TQ_EXACT_YES && !countable) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "more than 2^40 permutations are too many to go through; take random ones "
                       "(--exact no)");
    }
    plan->exact = opt->exact == TQ_EXACT_YES ||
                  (opt->exact == TQ_EXACT_AUTO && countable && plan->possible <= opt->iterations);
    plan->weight = 1;
    plan->n = plan->exact ? plan->possible : opt->iterations;
    /* All signs turned give the same statistics but for their sign: one of each pair is fitted. */
    if (plan->exact && plan->signs) {
        plan->weight = 2;
        plan->n = plan->possible / 2;
    }
    return TQ_OK;
}

tq_status permutation_plan_make(const tq_model *m, const tq_permutation_options *opt,
                                permutation_plan *plan, tq_error *err)
{
    *plan = (permutation_plan){.k = m->k, .signs = flips_signs(m), .seed = opt->seed};
    if (opt->iterations < 1 || !tq_exact_name(opt->exact)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a permutation test needs at least 1 iteration");
    }
    if (plan->signs) {
        plan->possible = m->k < 64 ? UINT64_C(1) << m->k : UINT64_MAX;
        return choose(opt, plan, err);
    }
    plan->first = calloc(MOST_CLASSES, sizeof *plan->first);
    plan->members = calloc(MOST_CLASSES, sizeof *plan->members);
    if (!plan->first || !plan->members) {
        permutation_plan_free(plan);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    plan->possible = find_classes(m, plan) ? count_orders(plan) : UINT64_MAX;
    const tq_status status = choose(opt, plan, err);

    if (status != TQ_OK) {
        permutation_plan_free(plan);
    }
    return status;
}

void permutation_plan_free(permutation_plan *plan)
{
    free(plan->members);
    free(plan->first);
    plan->members = NULL;
    plan->first = NULL;
}

/* ---- the i-th ---- */

tq_status permutation_draw_new(const permutation_plan *plan, permutation_draw *draw, tq_error *err)
{
    *draw = (permutation_draw){
        .sign = calloc(plan->k, sizeof *draw->sign),
        .row = calloc(plan->k, sizeof *draw->row),
        .left = calloc(plan->classes ? plan->classes : 1, sizeof *draw->left),
    };
    if (!draw->sign || !draw->row || !draw->left) {
        permutation_draw_free(draw);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    return TQ_OK;
}

void permutation_draw_free(permutation_draw *draw)
{
    free(draw->left);
    free(draw->row);
    free(draw->sign);
    *draw = (permutation_draw){NULL, NULL, NULL};
}

/* Bit j of i is the sign of study j; the last study keeps its own. */
static void signs_of(const permutation_plan *plan, uint64_t i, permutation_draw *draw)
{
    for (size_t j = 0; j < plan->k; j++) {
        draw->sign[j] = j < 64 && i >> j & 1 ? -1 : 1;
    }
}

/* The i-th order in lexicographic order of the classes: of the orders that are left, the share
   left[c] / places begins with class c. */
static void order_of(const permutation_plan *plan, uint64_t i, permutation_draw *draw)
{
    uint64_t orders = plan->possible;

    for (size_t c = 0; c < plan->classes; c++) {
        draw->left[c] = plan->members[c];
    }
    for (size_t j = 0; j < plan->k; j++) {
        const uint64_t places = plan->k - j;

        for (size_t c = 0; c < plan->classes; c++) {
            const uint64_t beginning = orders * draw->left[c] / places;

            if (i < beginning) {
                draw->row[j] = plan->first[c];
                draw->left[c]--;
                orders = beginning;
                break;
            }
            i -= beginning;
        }
    }
}

static void random_signs(const permutation_plan *plan, uint64_t *stream, permutation_draw *draw)
{
    uint64_t bits = 0;

    for (size_t j = 0; j < plan->k; j++) {
        bits = j % 64 == 0 ? tq_splitmix(stream) : bits >> 1;
        draw->sign[j] = bits & 1 ? -1 : 1;
    }
}

/* Fisher & Yates; Durstenfeld (1964), Commun. ACM 7:420. */
static void random_order(const permutation_plan *plan, uint64_t *stream, permutation_draw *draw)
{
    for (size_t j = 0; j < plan->k; j++) {
        draw->row[j] = j;
    }
    for (size_t j = plan->k; j > 1; j--) {
        const size_t other = (size_t)tq_splitmix_below(stream, j), kept = draw->row[j - 1];

        draw->row[j - 1] = draw->row[other];
        draw->row[other] = kept;
    }
}

uint64_t permutation_stream(const permutation_plan *plan, uint64_t i)
{
    return tq_splitmix_stream(plan->seed, i);
}

void permutation_make(const permutation_plan *plan, uint64_t i, uint64_t *stream,
                      permutation_draw *draw)
{
    if (plan->exact && plan->signs) {
        signs_of(plan, i, draw);
    } else if (plan->exact) {
        order_of(plan, i, draw);
    } else if (plan->signs) {
        random_signs(plan, stream, draw);
    } else {
        random_order(plan, stream, draw);
    }
    if (!plan->exact && i == 0) { /* the data */
        for (size_t j = 0; j < plan->k; j++) {
            draw->sign[j] = 1;
            draw->row[j] = j;
        }
    }
}
