/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terms of a model at some values of their parameters. */
#include <stdlib.h>

#include "multilevel/multilevel_internal.h"

static size_t levels_of(const tq_mv_term *t)
{
    return t->structure == TQ_MV_UN || t->structure == TQ_MV_GEN ? tq_mv_variances(t) : 0;
}

int mv_states_init(const tq_mv_problem *problem, mv_states *out)
{
    size_t room = 0;

    for (size_t t = 0; t < problem->n_terms; t++) {
        const size_t q = levels_of(&problem->term[t]);

        room += 2 * q * q;
    }
    out->of = calloc(problem->n_terms + 1, sizeof *out->of);
    out->room = calloc(room + 1, sizeof *out->room);
    if (!out->of || !out->room) {
        mv_states_free(out);
        return 0;
    }
    double *at = out->room;

    for (size_t t = 0; t < problem->n_terms; t++) {
        const size_t q = levels_of(&problem->term[t]);

        out->of[t] = (mv_term_state){.term = &problem->term[t],
                                     .by_cholesky = problem->by_cholesky[t],
                                     .lead = problem->lead[t],
                                     .k = problem->k,
                                     .n = problem->first[t + 1] - problem->first[t],
                                     .levels = q,
                                     .T = q ? at : NULL,
                                     .dT = q ? at + q * q : NULL};
        at += 2 * q * q;
    }
    return 1;
}

void mv_states_free(mv_states *states)
{
    free(states->of);
    free(states->room);
    *states = (mv_states){NULL, NULL};
}

int mv_states_at(const tq_mv_problem *problem, const double *phi, mv_states *states)
{
    for (size_t t = 0; t < problem->n_terms; t++) {
        states->of[t].phi = phi + problem->first[t];
        if (!mv_term_prepare(&states->of[t])) {
            return 0;
        }
    }
    return 1;
}
