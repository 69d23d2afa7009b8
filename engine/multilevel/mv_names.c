/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Structures, distances and options of multilevel models by name. */
#include "multilevel/mv_model.h"

#define STRUCTURE_ROW(name, text) {#name, text},
static const struct {
    const char *name, *text;
} structures[] = {TQ_MV_STRUCTURE_LIST(STRUCTURE_ROW)};
#undef STRUCTURE_ROW

_Static_assert(sizeof structures / sizeof *structures == TQ_MV_STRUCTURE_COUNT,
               "a row per structure");

const char *tq_mv_structure_name(tq_mv_structure s)
{
    return (unsigned)s < TQ_MV_STRUCTURE_COUNT ? structures[s].name : NULL;
}

const char *tq_mv_structure_text(tq_mv_structure s)
{
    return (unsigned)s < TQ_MV_STRUCTURE_COUNT ? structures[s].text : NULL;
}

const char *tq_mv_distance_name(tq_mv_distance d)
{
    static const char *const names[] = {[TQ_MV_EUCLIDEAN] = "euclidean",
                                        [TQ_MV_MAXIMUM] = "maximum",
                                        [TQ_MV_MANHATTAN] = "manhattan",
                                        [TQ_MV_GCD] = "gcd"};

    return (unsigned)d < TQ_MV_DISTANCE_COUNT ? names[d] : NULL;
}

const char *tq_mv_df_name(tq_mv_df df)
{
    static const char *const names[] = {[TQ_MV_RESIDUAL] = "residual",
                                        [TQ_MV_CONTAIN] = "contain",
                                        [TQ_MV_SATTERTHWAITE] = "satterthwaite"};

    return (unsigned)df < TQ_MV_DF_COUNT ? names[df] : NULL;
}

tq_mv_options tq_mv_defaults(void)
{
    return (tq_mv_options){.level = 95.0, .tol = 1e-9, .max_iter = 500};
}

/* Variances for each level or column; one for all. */
size_t tq_mv_variances(const tq_mv_term *term)
{
    switch (term->structure) {
    case TQ_MV_DIAG:
    case TQ_MV_HCS:
    case TQ_MV_UN:
    case TQ_MV_HAR:
        return term->n_inner;
    case TQ_MV_GEN:
        return term->q;
    default:
        return 1;
    }
}

size_t tq_mv_correlations(const tq_mv_term *term)
{
    const size_t n = tq_mv_variances(term);

    switch (term->structure) {
    case TQ_MV_INTERCEPT:
    case TQ_MV_ID:
    case TQ_MV_DIAG:
        return 0;
    case TQ_MV_UN:
    case TQ_MV_GEN:
        return n * (n - 1) / 2;
    default:
        return 1;
    }
}

size_t tq_mv_components(const tq_mv_model *model)
{
    size_t n = 0;

    for (size_t t = 0; t < model->n_terms; t++) {
        n += tq_mv_variances(&model->term[t]) + tq_mv_correlations(&model->term[t]);
    }
    return n;
}
