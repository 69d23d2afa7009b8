/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file simulate.h  How meta-analyses of a kind perform: simulation and power studies. */
#ifndef TQ_SIMULATE_SIMULATE_H
#define TQ_SIMULATE_SIMULATE_H

#include "batch/batch.h"

/** What a study reports; the effect is on the analysis scale (log for OR and RR). */
typedef enum {
    TQ_SIM_GEN, /* yi ~ N(theta, variance / n), its variance known */
    TQ_SIM_MD,
    TQ_SIM_SMD,
    TQ_SIM_OR,
    TQ_SIM_RR,
    TQ_SIM_RD,
    TQ_SIM_MEASURE_COUNT
} tq_sim_measure;

/** How the size of a group varies between studies; both groups of a study are as large. */
typedef enum {
    TQ_SIM_FIXED,
    TQ_SIM_UNIFORM,   /* n (1 - spread) .. n (1 + spread) */
    TQ_SIM_LOGNORMAL, /* median n, standard deviation of log n = spread */
    TQ_SIM_SIZES_COUNT
} tq_sim_sizes;

TQ_API const char *tq_sim_measure_name(tq_sim_measure measure);
TQ_API const char *tq_sim_sizes_name(tq_sim_sizes sizes);

/** One way in which the studies of a meta-analysis come about; from tq_sim_defaults(). */
typedef struct {
    tq_sim_measure measure; /* default TQ_SIM_SMD */
    size_t k;               /* published studies, 1 to TQ_SIM_MOST_STUDIES; default 10 */
    double n;               /* size of a group, >= 2; default 30 */
    tq_sim_sizes sizes;     /* default TQ_SIM_FIXED */
    double spread;          /* of the sizes, > 0; default 0.5 */
    double effect;       /* mean of the true effects; RD, RR: one that leaves a risk; default 0 */
    double tau2;         /* their variance, >= 0: normal; default 0 */
    double sd;           /* MD: of the outcome within groups, > 0; default 1 */
    double variance;     /* GEN: of yi is variance / n, > 0; default 2 */
    double control_risk; /* OR, RR, RD: in (0, 1); default 0.2 */
    double
        publish; /* probability that a study that is not significant in the direction of the effect
                       (one-sided 0.025) is published, in (0, 1]; others are run instead. Default 1 */
    double small_study; /* true effects of studies are shifted by this / sqrt(n); default 0 */
} tq_sim_scenario;

enum { TQ_SIM_MOST_STUDIES = 10000 };

TQ_API tq_sim_scenario tq_sim_defaults(void);

/** What is measured of an estimator with a test, over the replicates. */
typedef enum {
    TQ_SIM_BIAS,     /* of the pooled effect */
    TQ_SIM_EMP_SE,   /* standard deviation of the pooled effects */
    TQ_SIM_MSE,      /* mean squared error */
    TQ_SIM_MODEL_SE, /* mean standard error */
    TQ_SIM_COVERAGE, /* percent of intervals with the true mean */
    TQ_SIM_REJECTED, /* percent of tests of no effect: power, or the type I error */
    TQ_SIM_WIDTH,    /* mean width of the interval */
    TQ_SIM_TAU2,     /* mean estimate */
    TQ_SIM_TAU2_BIAS,
    TQ_SIM_I2,          /* mean, percent */
    TQ_SIM_Q_REJECTED,  /* percent of tests of homogeneity at 5 % */
    TQ_SIM_PI_COVERAGE, /* percent of the distribution of true effects in the prediction interval */
    TQ_SIM_PI_WIDTH,
    TQ_SIM_FITTED, /* percent of the replicates that could be fitted */
    TQ_SIM_QUANTITY_COUNT
} tq_sim_quantity;

/** Name ("pi_coverage") and what it is. */
TQ_API const char *tq_sim_quantity_name(tq_sim_quantity quantity);
TQ_API const char *tq_sim_quantity_label(tq_sim_quantity quantity);

/** NaN where there is none; mcse: Monte-Carlo standard error. */
typedef struct {
    double value, mcse;
} tq_sim_value;

/** Start from tq_sim_options_defaults() and change fields; lists are borrowed. */
typedef struct {
    const tq_method *method; /* [n_methods] as tq_batch_method(); default REML */
    size_t n_methods;
    const tq_test *test; /* [n_tests] z, t, knha, adhoc; default z */
    size_t n_tests;
    double level;        /* of intervals and tests, percent; default 95 */
    tq_predict predict;  /* all but NNF; default TQ_PREDICT_DEFAULT */
    uint64_t replicates; /* >= 2; default 10000 */
    uint64_t seed;       /* default 1 */
    size_t threads;      /* never changes a bit of the result; default 0: one per processor */
    const tq_progress *progress; /* default NULL */
} tq_sim_options;

TQ_API tq_sim_options tq_sim_options_defaults(void);

/** One method with one test. */
typedef struct {
    tq_method method;
    tq_test test;
    tq_sim_value value[TQ_SIM_QUANTITY_COUNT];
} tq_sim_row;

/** The studies themselves: means over all of all replicates. */
typedef struct {
    double vi, n;     /* sampling variance; size of a group */
    double run;       /* studies run for one published */
    double no_effect; /* percent without an estimate (no events in either group) */
} tq_sim_studies;

/**
 * Simulate meta-analyses, fit them by every method with every test, and say how they perform.
 * Measures of performance and their Monte-Carlo errors: Morris, White & Crowther (2019), Stat. Med.
 * 38:2074-2102, table 6. All methods see the same data.
 *
 * @param[in]  opt  NULL: the defaults.
 * @param[out] row  [n_methods * n_tests] by method, then test.
 * @retval TQ_EINVAL  A value outside its range: the message names it.
 * @retval TQ_EDATA   No study of the kind is ever published.
 * @retval TQ_EINTR   progress asked to stop; nothing is written.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_simulate(const tq_sim_scenario *scenario, const tq_sim_options *opt,
                             tq_sim_row *row, tq_sim_studies *studies, tq_error *err);

/** What a plan asks for: the fewest studies, or the smallest groups, that give the power. */
typedef enum { TQ_SIM_FIND_K, TQ_SIM_FIND_N, TQ_SIM_FIND_COUNT } tq_sim_find;

TQ_API const char *tq_sim_find_name(tq_sim_find find);

/** The answer: scenario with it in place, and how it performs; found = 0: the limit (TQ_SIM_MOST_STUDIES,
    or groups of 1e6) does not reach the power. */
typedef struct {
    int found;
    tq_sim_scenario scenario;
    tq_sim_row row;
    tq_sim_studies studies;
} tq_sim_plan;

/**
 * The smallest k, or n, whose simulated power by the first method with the first test reaches a target. The
 * same draws serve every size, so the search is over one curve; its Monte-Carlo error is in the row.
 *
 * @param[in] power  Percent, in (0, 100).
 * @retval TQ_EINVAL  Also an effect of 0.
 */
TQ_API tq_status tq_sim_plan_find(const tq_sim_scenario *scenario, const tq_sim_options *opt,
                                  tq_sim_find find, double power, tq_sim_plan *out, tq_error *err);

/**
 * Power, in percent, of the two-sided z test of k studies of one known variance vi with true effects of
 * known variance tau2: Hedges & Pigott (2001), Psychol. Methods 6:203-217, eq. 6 and 20.
 */
TQ_API double tq_sim_power_formula(size_t k, double vi, double effect, double tau2, double level);

#endif
