/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file batch.h  Many small meta-analyses at once: one per gene, variant, voxel or simulated data set.
 *
 * Problems come in plain arrays, results go out as plain arrays, one per column that the caller wants:
 *
 *     tq_batch_work *work = tq_batch_work_new();
 *     tq_batch_results out = {.column = {[TQ_BATCH_BETA] = beta, [TQ_BATCH_PVAL] = pval}};
 *     const tq_batch_problems in = tq_batch_dense(n, k, yi, vi);
 *
 *     status = tq_batch_fit(&in, NULL, work, &out, &err);
 *
 * A stream calls tq_batch_fit() for one stretch of problems after the other with the same work, which
 * keeps its memory. Either it leaves the threads to tq_batch_fit() (then a stretch should hold ten
 * thousands of problems), or it has threads of its own, each with a work and options.threads = 1.
 */
#ifndef TQ_BATCH_BATCH_H
#define TQ_BATCH_BATCH_H

#include "core/progress_callback.h"
#include "pooling/model.h"

/** What can be asked for; the names are those of the JSON of `pool`. */
typedef enum {
    TQ_BATCH_K,      /* studies that count: 0 where all are missing */
    TQ_BATCH_BETA,   /* pooled effect */
    TQ_BATCH_SE,     /* its standard error under the test in use */
    TQ_BATCH_STAT,   /* beta / se */
    TQ_BATCH_DF,     /* degrees of freedom of the test; NaN: normal */
    TQ_BATCH_PVAL,   /* two-sided */
    TQ_BATCH_LOG10P, /* log10(pval), <= 0; also where pval is too small for a double */
    TQ_BATCH_CI_LB,  /* confidence interval */
    TQ_BATCH_CI_UB,
    TQ_BATCH_TAU2,  /* NaN of methods without tau2 */
    TQ_BATCH_QE,    /* Cochran's Q */
    TQ_BATCH_QE_DF, /* k - 1 */
    TQ_BATCH_QE_PVAL,
    TQ_BATCH_I2, /* percent */
    TQ_BATCH_H2,
    TQ_BATCH_PI_LB, /* prediction interval */
    TQ_BATCH_PI_UB,
    TQ_BATCH_COLUMN_COUNT
} tq_batch_column;

/** Name ("QE_pval"), and what it is in a few words for help texts; NULL outside the range. */
TQ_API const char *tq_batch_column_name(tq_batch_column column);
TQ_API const char *tq_batch_column_label(tq_batch_column column);
/** The column called name (exact), or TQ_BATCH_COLUMN_COUNT. */
TQ_API tq_batch_column tq_batch_column_find(const char *name);

/** What became of a problem. All but TQ_BATCH_FITTED leave NaN in every column but k. */
typedef enum {
    TQ_BATCH_FITTED,
    TQ_BATCH_EMPTY,    /* no studies, or all missing */
    TQ_BATCH_UNUSABLE, /* an infinite yi, or a vi that is infinite or not > 0 */
    TQ_BATCH_TOO_FAR, /* effects and variances span too far: Q or tau2 is beyond the range of numbers */
    TQ_BATCH_NO_CONVERGENCE,
    TQ_BATCH_OUTCOME_COUNT
} tq_batch_outcome;

/** "fitted", "no studies", ...: static text for reports; NULL outside the range. */
TQ_API const char *tq_batch_outcome_text(tq_batch_outcome outcome);

/**
 * n problems, borrowed. A study whose yi or vi is NaN is missing: it does not count.
 *
 * Dense: study i of problem j stands at [j * problem_stride + i * study_stride] of yi and vi, so that
 * rows of a wide file (problem_stride = k, study_stride = 1) and columns of cohorts joined by a key
 * (problem_stride = 1, study_stride = n or more) both serve as they are. Columns are read fastest.
 * Ragged: problem j has the studies offset[j] .. offset[j + 1] - 1.
 */
typedef struct {
    size_t n;
    size_t k; /* dense: studies of each problem, missing ones among them */
    size_t problem_stride, study_stride;
    const size_t *offset;  /* [n + 1], never falling; NULL: dense */
    const double *yi, *vi; /* effects, sampling variances */
} tq_batch_problems;

/** n problems of k studies, problem by problem: yi[n * k]. */
static inline tq_batch_problems tq_batch_dense(size_t n, size_t k, const double *yi,
                                               const double *vi)
{
    return (tq_batch_problems){n, k, k, 1, NULL, yi, vi};
}

/** n problems of k studies, study by study (cohort by cohort): yi[k * n]. */
static inline tq_batch_problems tq_batch_columns(size_t n, size_t k, const double *yi,
                                                 const double *vi)
{
    return (tq_batch_problems){n, k, 1, n, NULL, yi, vi};
}

/** n problems, of which problem j has the studies offset[j] .. offset[j + 1] - 1. */
static inline tq_batch_problems tq_batch_ragged(size_t n, const size_t *offset, const double *yi,
                                                const double *vi)
{
    return (tq_batch_problems){n, 0, 0, 0, offset, yi, vi};
}

/** Start from tq_batch_defaults() and change fields; the model's are those of tq_pool_options. */
typedef struct {
    tq_method method;   /* as tq_batch_method(); default TQ_REML */
    tq_test test;       /* TQ_TEST_Z (default), _T, _KNHA or _ADHOC */
    double level;       /* percent; default 95 */
    tq_i2 i2;           /* default TQ_I2_TAU2 */
    tq_predict predict; /* all but TQ_PREDICT_NNF; default TQ_PREDICT_DEFAULT */
    double tol;         /* default 1e-10 */
    int max_iter;       /* default 1000 */
    size_t threads;     /* never changes a bit of the result; default 0: one per processor */
    const tq_progress *progress; /* default NULL */
} tq_batch_options;

TQ_API tq_batch_options tq_batch_defaults(void);

/** 1 when the batch engine fits by the method: it needs effects alone, and no weights. */
TQ_API int tq_batch_method(tq_method method);

/** Problems of more studies are fitted one by one, as tq_pool_fit() does. */
enum { TQ_BATCH_SIDE_BY_SIDE = 512 };

/**
 * For loops over fits of one model to parts, signs or samples of its studies. 1 when these are problems of
 * the batch engine: no more than TQ_BATCH_SIDE_BY_SIDE studies, no moderators, counts or user weights,
 * tau2 estimated, by a method of tq_batch_method(). The test is not looked at; options that no fit accepts
 * suit none.
 */
TQ_API int tq_batch_suits(const tq_model *model, const tq_pool_options *opt);

/** 1 when it is also one of the batch engine's tests. */
TQ_API int tq_batch_suits_test(const tq_model *model, const tq_pool_options *opt);

/** The options of such a batch, on one thread, without prediction intervals. */
TQ_API tq_batch_options tq_batch_options_of(const tq_pool_options *opt);

/** [n] each, the caller's; NULL: not wanted. What nobody wants is not computed. */
typedef struct {
    double *column[TQ_BATCH_COLUMN_COUNT];
    unsigned char *outcome; /* a tq_batch_outcome each */
} tq_batch_results;

/** Memory of the kernels, which grows to the largest problem met and serves call after call. For one
    call at a time. */
typedef struct tq_batch_work tq_batch_work;

/** NULL when memory is short. */
TQ_API tq_batch_work *tq_batch_work_new(void);
TQ_API void tq_batch_work_free(tq_batch_work *work);

/**
 * Fit every problem: what tq_pool_fit() gives for it, to 1e-12 of the value (tau2: of tau2 and the
 * typical vi together). No result depends on the other problems, their order, the threads or the
 * processor's vector width.
 *
 * @param[in]  in    Problems; their values need no check beforehand: see tq_batch_outcome.
 * @param[in]  opt   NULL: the defaults.
 * @param[out] out   Columns wanted; those of problems not done when interrupted are unspecified.
 * @retval TQ_EINVAL  An option outside its range, a method or test that is not one of the batch's.
 * @retval TQ_EINTR   progress asked to stop.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_batch_fit(const tq_batch_problems *in, const tq_batch_options *opt,
                              tq_batch_work *work, const tq_batch_results *out, tq_error *err);

#endif
