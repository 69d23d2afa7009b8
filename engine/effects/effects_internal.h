/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file effects_internal.h  Families of measures: what they read, and one function per measure. */
#ifndef TQ_EFFECTS_INTERNAL_H
#define TQ_EFFECTS_INTERNAL_H

#include <stddef.h>

#include "effects/measure.h"

/* Variance types: one list makes the enum and the names. */
#define VTYPE_LIST(X) X(LS) X(LS2) X(LS3) X(UB) X(HO) X(AV) X(AVHO)
#define VTYPE_ENUM(name) VTYPE_##name,
typedef enum { VTYPE_LIST(VTYPE_ENUM) VTYPE_COUNT } effect_vtype;
#undef VTYPE_ENUM

/* What one study says, in the words of its family. */
typedef struct tq_effect_study {
    double ni;       /* total sample size, NaN when not known */
    const char *why; /* set by read(): no measure of the family exists for this study */
    union {
        tq_effect given;
        struct {
            double a, b, c, d; /* events, non-events in group 1, then in group 2 */
        } table;
        struct {
            double x1, t1, x2, t2; /* events, person-time in group 1, then in group 2 */
        } rates;
        struct {
            double x, m; /* events, non-events */
        } group;
        struct {
            double m1, m2, sd1, sd2, n1, n2;
        } means;
        struct {
            double m1, m2, sd1, sd2, r, n; /* the same n studied twice, correlation r */
        } paired;
        struct {
            double r, n;
        } cor;
        struct {
            double alpha, items, n;
        } scale;
    };
} effect_study;

/* An average over the studies is sum(weight * value) / sum(weight). */
typedef struct tq_effect_term {
    double value, weight;
} effect_term;

typedef struct tq_effect_setting {
    const tq_effect_options *opt;
    effect_vtype vtype;
    effect_term mean[2]; /* with AV and AVHO: averages of the measure's terms, and their weights */
} effect_setting;

typedef struct tq_effect_family {
    /*
     * Convert row i of the columns, which has all inputs of the recipe, within their ranges; ni is
     * NaN and why NULL on entry. Fails with TQ_EDATA where the inputs contradict each other.
     */
    tq_status (*read)(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err);
    /* The rest of a family of counts; NULL in others. */
    int (*has_zero)(const effect_study *s);    /* a cell is 0 */
    int (*double_zero)(const effect_study *s); /* what --drop00 drops */
    void (*add)(effect_study *s, double add);  /* to every cell */
    /* Why a measure may not exist for a study, NULL when nothing is wrong. */
    const char *(*why)(const effect_study *s);
    /* Keep what an incomplete row does say; NULL where that is nothing. */
    void (*partial)(const tq_inputs *in, size_t i, tq_effect *out);
} effect_family;

#define IN(column_name, i) (in->column[TQ_IN_##column_name][i])

/* Exact factor J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)), NaN unless m > 1. */
double hedges_exact(double m);
/* The factor as the options want it: exact, 1 - 3/(4m - 1), or 1. */
double hedges_factor(double m, const tq_effect_options *opt);
/* Coefficient of g^2 in the unbiased variance of g; see means.c. */
double unbiased_g2(double m);
/* |t| of a two-sided p-value with the sign of p. */
double t_from_signed_p(double p, double df);
/* Standard error from confidence limits: normal where df is NaN, else Student's t. Fails where the
   limits are in the wrong order or do not hold the estimate. */
tq_status se_from_limits(double estimate, tq_input estimate_input, double lb, double ub,
                         double level, double df, size_t row, double *se, tq_error *err);
/* Olkin & Pratt's unbiased correlation; see correlations.c. */
double unbiased_correlation(double r, double n);

extern const effect_family family_generic, family_two_by_two, family_person_time,
    family_proportions, family_means, family_paired, family_correlations, family_reliability;

extern const tq_recipe recipes_generic[3], recipes_two_by_two[2], recipes_person_time[1],
    recipes_proportions[2], recipes_means[1], recipes_smd[4], recipes_mc[3], recipes_smcr[2],
    recipes_correlations[3], recipes_reliability[1];

typedef tq_effect effect_fn(const effect_study *s, const effect_setting *set);
typedef void average_fn(const effect_study *s, const effect_setting *set, effect_term *term);

effect_fn effect_gen;
effect_fn effect_rr, effect_or, effect_rd, effect_peto, effect_as;
effect_fn effect_irr;
effect_fn effect_md, effect_smd, effect_smdh, effect_rom;
effect_fn effect_pr, effect_pln, effect_plo, effect_pas, effect_pft;
effect_fn effect_cor, effect_zcor;
effect_fn effect_abt;
effect_fn effect_mc, effect_smcr;

average_fn average_risks, average_smd, average_cvs, average_proportion, average_cor;

#endif
