/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gosh.h  Graphical display of study heterogeneity: the model fitted to all subsets of the studies. */
#ifndef TQ_DIAGNOSTICS_GOSH_H
#define TQ_DIAGNOSTICS_GOSH_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

/** The model of one subset; NaN where there is no value, and in all of a subset that has no fit. */
typedef struct {
    size_t k; /* studies in it */
    double estimate, tau2, I2, QE;
} tq_gosh_model;

/** Models of consecutive subsets. */
typedef struct {
    uint64_t first;             /* number of the first, from 0 on */
    size_t n, words;            /* models; words of a member */
    const tq_gosh_model *model; /* [n] */
    const uint64_t *member;     /* [n x words] bit i % 64 of word i / 64: study i is in */
} tq_gosh_stretch;

/** Whether study i is in model j of a stretch. */
static inline int tq_gosh_member(const tq_gosh_stretch *s, size_t j, size_t i)
{
    return (int)(s->member[j * s->words + i / 64] >> (i % 64) & 1);
}

/** Takes the models in the order of their numbers, on the calling thread; other than TQ_OK ends the work
    with that status. */
typedef struct {
    tq_status (*take)(void *user, const tq_gosh_stretch *s, tq_error *err);
    void *user;
} tq_gosh_sink;

/** Start from tq_gosh_defaults() and change fields. */
typedef struct {
    uint64_t
        subsets;    /* random subsets; 0 (default): all. All too when they are no more than these */
    uint64_t seed;  /* of the random ones; default 1 */
    size_t threads; /* never changes the result; default 0: one per processor */
    const tq_progress *progress; /* default NULL */
    const tq_gosh_sink *sink;    /* default NULL */
} tq_gosh_options;

TQ_API tq_gosh_options tq_gosh_defaults(void);

enum {
    TQ_GOSH_QUANTILES = 7,       /* see tq_gosh_probability() */
    TQ_GOSH_ALL = 25,            /* most studies all of whose subsets are fitted */
    TQ_GOSH_EXACT = 1 << 20,     /* most models whose quantiles are exact */
    TQ_GOSH_BINS = 1 << 16,      /* that replace them for more */
    TQ_GOSH_BINNED_STUDIES = 64, /* most studies for more */
    TQ_GOSH_GRID_X = 100,        /* cells of the picture, along the estimates */
    TQ_GOSH_GRID_Y = 64,         /* along I2, from 0 to 100 */
};

/** Percent of quantile q: 0, 2.5, 25, 50, 75, 97.5, 100. */
TQ_API double tq_gosh_probability(size_t q);

/** Models that have a study, and those that lack it: how many, and their medians (NaN of none). */
typedef struct {
    uint64_t n_with, n_without;
    double estimate_with, estimate_without;
    double I2_with, I2_without;
} tq_gosh_study;

/** Plain data (tq_gosh_free). Quantiles interpolate linearly between order statistics (type 7 of Hyndman &
    Fan 1996, Am. Stat. 50:361-365); I2 counts the models that have one. */
typedef struct {
    size_t k;
    int all;           /* 1: all subsets; 0: random ones, each drawn anew among all */
    uint64_t possible; /* non-empty subsets; UINT64_MAX: more than can be counted */
    uint64_t asked;    /* subsets to be fitted */
    uint64_t models;   /* those that were; less when interrupted */
    uint64_t failed;   /* of these, subsets without a fit: not in the quantiles */
    uint64_t seed;
    int interrupted;   /* 1: progress asked to stop; the rest is of the first models */
    int exact;         /* 1: quantiles of the values; 0: of bins of their range, see resolution */
    double resolution; /* width of a bin of estimates; 0 when exact. Of I2: 100 / TQ_GOSH_BINS */
    double estimate[TQ_GOSH_QUANTILES], I2[TQ_GOSH_QUANTILES];
    tq_gosh_study *study; /* [k] */
    double lo, hi;        /* estimates at the edges of the picture */
    uint32_t *
        cell; /* [TQ_GOSH_GRID_X x TQ_GOSH_GRID_Y] models with an estimate (column) and I2 (row) in it */
    uint32_t *cell_with; /* [k] of these, those that have study i */
} tq_gosh;

/** Cells of the picture. */
#define TQ_GOSH_CELLS ((size_t)TQ_GOSH_GRID_X * TQ_GOSH_GRID_Y)

/**
 * Fit the model, tau2 included, to subsets of the studies: Olkin, Dahabreh & Trikalinos (2012), Res.
 * Synth. Methods 3:214-223. All 2^k - 1 that are not empty, subset number j + 1 in binary saying which
 * studies are in; or random ones, all alike likely. A study alone is a model too: tau2 = 0, Q = 0.
 *
 * Memory does not grow with the subsets beyond TQ_GOSH_EXACT. When progress asks to stop, the models
 * fitted so far, which are the first, have gone to the sink and make the result, with TQ_OK.
 *
 * @param[in]  model  As of tq_pool_fit(), with p = 1.
 * @param[in]  opt    Of the model; NULL: the defaults.
 * @param[in]  gosh   NULL: the defaults.
 * @param[out] out    To be freed with tq_gosh_free(); untouched on failure.
 * @retval TQ_EINVAL  p is not 1; more than TQ_GOSH_ALL studies and no number of random subsets; more than
 *                    TQ_GOSH_BINNED_STUDIES studies and more than TQ_GOSH_EXACT subsets; more than
 *                    UINT32_MAX subsets.
 * @retval TQ_EDATA   k < 1; no subset has a fit.
 * @retval TQ_EINTR   progress asked to stop before any model was fitted.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_gosh_fit(const tq_model *model, const tq_pool_options *opt,
                             const tq_gosh_options *gosh, tq_gosh **out, tq_error *err);
TQ_API void tq_gosh_free(tq_gosh *gosh);

#endif
