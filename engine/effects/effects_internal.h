/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file effects_internal.h  Families of measures: what they read, and one function per measure. */
#ifndef TQ_EFFECTS_INTERNAL_H
#define TQ_EFFECTS_INTERNAL_H

#include <stddef.h>

#include "effects/measure.h"

/* Variance types: one list makes the enum and the names. */
#define VTYPE_LIST(X) \
    X(LS) X(LS2) X(LS3) X(UB) X(HO) X(AV) X(AV2) X(AVHO) X(ST) X(CS) X(H0) X(MAX) X(RM)
#define VTYPE_ENUM(name) VTYPE_##name,
typedef enum { VTYPE_LIST(VTYPE_ENUM) VTYPE_COUNT } effect_vtype;
#undef VTYPE_ENUM

/* What one study says, in the words of its family. */
typedef struct tq_effect_study {
    double ni;       /* total sample size, NaN when not known */
    const char *why; /* set by read(): no measure of the family exists for this study */
    int dropped;     /* no estimate wanted: --drop00 */
    int no_cells;    /* set by read(): given as a statistic, there are no cells to add to */
    union {
        tq_effect given;
        struct {
            double a, b, c, d; /* events, non-events in group 1, then in group 2 */
            double r, joint;   /* of two margins of one table: phi, or P(event in both); or NaN */
        } table;
        struct {
            double oe, V; /* observed minus expected, and its variance */
        } score;
        struct {
            double x1, t1, x2, t2; /* events, person-time in group 1, then in group 2 */
        } rates;
        struct {
            double x, m; /* events, non-events */
        } group;
        struct {
            double x, t; /* events, person-time */
        } rate;
        struct {
            double a, b, c; /* homozygous dominant, heterozygous, homozygous recessive */
        } genotypes;
        struct {
            double m1, m2, sd1, sd2, n1, n2;
            int standardized; /* m1 is d, its sds are 1: the groups' own are not known */
        } means;
        struct {
            double area, ties, n1, n2;
        } roc;
        struct {
            double m, sd, n;
        } mean;
        struct {
            double m1, m2, sd1, sd2, r, n; /* the same n studied twice, correlation r */
        } paired;
        struct {
            double r, n;
            double predictors, R2; /* of the regression model, where there is one */
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
    effect_term mean[2]; /* types that average: means of the measure's terms, and their weights */
} effect_setting;

typedef struct tq_effect_family {
    /*
     * Convert row i of the columns, which has all inputs of the recipe, within their ranges; ni is
     * NaN and why NULL on entry. Fails with TQ_EDATA where the inputs contradict each other.
     */
    tq_status (*read)(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err);
    /* The rest of a family of counts; NULL in others. */
    int (*has_zero)(const effect_study *s);                    /* a cell is 0 */
    int (*double_zero)(const effect_study *s);                 /* what --drop00 drops */
    void (*add)(effect_study *s, double first, double second); /* to every cell of each group */
    void (*add_events)(effect_study *s, double first, double second); /* to its events alone */
    /* Why a measure may not exist for a study, NULL when nothing is wrong. */
    const char *(*why)(const effect_study *s);
    /* Means and medians that give t and p their direction in rows that have them; read() finds NULL
       columns and NaN among them. */
    tq_input_set directs;
    /* Keep what an incomplete row does say; NULL where that is nothing. */
    void (*partial)(const tq_inputs *in, size_t i, tq_effect *out);
    /* Share of group 1 in the total size; NULL where there are no two independent groups. */
    double (*share)(const effect_study *s);
    /* The counts as they stand; NULL where nothing pools them. */
    tq_events (*events)(const effect_study *s);
} effect_family;

/* How many inputs a set has. */
size_t input_set_size(tq_input_set set);

#define IN(column_name, i) (in->column[TQ_IN_##column_name][i])

/* Exact factor J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2)), NaN unless m > 1. */
double hedges_exact(double m);
/* The factor as the options want it: exact, 1 - 3/(4m - 1), or 1. */
double hedges_factor(double m, const tq_effect_options *opt);
/* Coefficient of g^2 in the unbiased variance of g; see conversions.c. */
double unbiased_g2(double m);
/* |t| of a two-sided p-value with the sign of p. */
double t_from_signed_p(double p, double df);
/* t with the sign of the difference that row i tells by means, changes or medians among directs, for
   printed t and p are often without sign; t itself where it tells none, or 0. */
double t_directed(double t, const tq_inputs *in, tq_input_set directs, size_t i);
/* Standard error from confidence limits: normal where df is NaN, else Student's t. Fails where the
   limits are in the wrong order or do not hold the estimate. */
tq_status se_from_limits(double estimate, tq_input estimate_input, double lb, double ub,
                         double level, double df, size_t row, double *se, tq_error *err);
/* Olkin & Pratt's unbiased correlation; see correlations.c. */
double unbiased_correlation(double r, double n);
/* Fisher's z of a correlation with its variance by the delta method; see association.c. */
tq_effect fisher_z(tq_effect e);
/* Stanley, Doucouliagos & Havranek (2024): a correlation with df degrees of freedom for UWLS+3. */
tq_effect correlation_plus_3(double r, double df);

/* Four cells of a table, from counts or sizes; see two_by_two.c. */
enum { TABLE_FROM_CELLS, TABLE_FROM_SIZES };
tq_status read_table(const tq_inputs *in, size_t i, int recipe, effect_study *s, tq_error *err);
int table_has_zero(const effect_study *s);
int table_double_zero(const effect_study *s);
void table_add(effect_study *s, double first, double second);
/* A log odds ratio is 1.65 standardized differences of normal groups (Cox). */
#define COX_FACTOR 1.65

/* Variance common to two groups, and the difference of their means in units of its root. */
double pooled_variance(const effect_study *s);
double cohen_d(const effect_study *s);
/* Variance of log(sd) on f degrees of freedom; see means.c. */
double log_sd_variance(double f, const effect_setting *set);
/* sd1^2 + sd2^2 - 2 r sd1 sd2; see prepost.c. */
double change_variance(const effect_study *s);
/*
 * d on m degrees of freedom, corrected as the options want it. Its variance is c where the true
 * difference is 0, and d^2/(2n) more else; see standardized.c.
 */
tq_effect standardized(double d, double m, double c, double n, const effect_setting *set);

extern const effect_family family_generic, family_two_by_two, family_matched, family_margins,
    family_person_time, family_rate, family_proportions, family_means, family_roc, family_mean,
    family_paired, family_correlations, family_partial, family_semipartial, family_determination,
    family_reliability, family_genotypes;

extern const tq_recipe recipes_given[3], recipes_generic[7], recipes_hazard[8],
    recipes_two_by_two[2], recipes_peto[3], recipes_matched[1], recipes_margins[4],
    recipes_person_time[1], recipes_rate[1], recipes_proportions[2], recipes_means[1],
    recipes_smd[4], recipes_smd1[1], recipes_sds[1], recipes_roc[2], recipes_mean[2], recipes_sd[1],
    recipes_mc[3], recipes_smcc[6], recipes_smcr[2], recipes_paired[1], recipes_paired_sds[1],
    recipes_paired_change[2], recipes_correlations[3], recipes_partial[3], recipes_semipartial[3],
    recipes_determination[3], recipes_reliability[1], recipes_genotypes[1];

typedef tq_effect effect_fn(const effect_study *s, const effect_setting *set);
typedef void average_fn(const effect_study *s, const effect_setting *set, effect_term *term);

effect_fn effect_gen;
effect_fn effect_rr, effect_or, effect_rd, effect_peto, effect_as, effect_or2dl, effect_or2dn,
    effect_pbit;
effect_fn effect_phi, effect_zphi, effect_yuq, effect_yuy, effect_rtet, effect_ztet;
effect_fn effect_mprd, effect_mprr, effect_mpor, effect_mporc, effect_mppeto, effect_mporm;
effect_fn effect_irr, effect_ird, effect_irsd, effect_ir, effect_irln, effect_irs, effect_irft;
effect_fn effect_md, effect_rom, effect_vr, effect_cvr;
effect_fn effect_smd, effect_smdh, effect_smd1, effect_smd1h, effect_d2orl, effect_d2orn;
effect_fn effect_rpb, effect_zpb, effect_rbis, effect_zbis;
effect_fn effect_auc, effect_clesn, effect_clescn;
effect_fn effect_pr, effect_pln, effect_plo, effect_prz, effect_pas, effect_pft;
effect_fn effect_mn, effect_mnln, effect_smn, effect_sdln, effect_cvln;
effect_fn effect_cor, effect_cor3, effect_ucor, effect_zcor;
effect_fn effect_pcor, effect_pcor3, effect_zpcor, effect_spcor, effect_zspcor;
effect_fn effect_r2, effect_zr2, effect_r2f, effect_zr2f;
effect_fn effect_araw, effect_ahw, effect_abt;
effect_fn effect_reh;
effect_fn effect_mc, effect_smcc, effect_smcr, effect_smcrh, effect_smcrp, effect_smcrph,
    effect_romc, effect_vrc, effect_cvrc;

average_fn average_risks, average_smd, average_smd1, average_cvs, average_proportion, average_cor,
    average_ucor, average_determination, average_variance;

#endif
