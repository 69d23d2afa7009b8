/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file quantile_summaries.h  Mean and SD of a sample that is reported by its quantiles. */
#ifndef TQ_EFFECTS_QUANTILE_SUMMARIES_H
#define TQ_EFFECTS_QUANTILE_SUMMARIES_H

#include "core/status.h"

/* How the mean and the SD are estimated: identifier, name, what it needs and where it is from. */
#define TQ_QUANTILES_LIST(X) \
    X(TQ_QUANTILES_LUO_WAN_SHI, "luo/wan/shi", \
      "Luo et al. (2018), Wan et al. (2014), Shi et al. (2020)") \
    X(TQ_QUANTILES_HOZO2005, "hozo2005", "Hozo, Djulbegovic & Hozo (2005)") \
    X(TQ_QUANTILES_WAN2014, "wan2014", "Wan et al. (2014)") \
    X(TQ_QUANTILES_BLAND2015, "bland2015", "Bland (2015)") \
    X(TQ_QUANTILES_QE, "qe", "McGrath et al. (2020), quantile estimation") \
    X(TQ_QUANTILES_BC, "bc", "McGrath et al. (2020), Box-Cox") \
    X(TQ_QUANTILES_MLN, "mln", "Cai, Zhou & Pan (2021)")

#define TQ_QUANTILES_ENUM(id, name, source) id,
typedef enum { TQ_QUANTILES_LIST(TQ_QUANTILES_ENUM) TQ_QUANTILES_COUNT } tq_quantiles_method;
#undef TQ_QUANTILES_ENUM

/* What the sample is taken to come from. */
typedef enum { TQ_QUANTILES_NORMAL, TQ_QUANTILES_LOGNORMAL } tq_quantiles_dist;

/* Which quantiles are there. */
typedef enum {
    TQ_QUANTILES_S1, /* min, median, max */
    TQ_QUANTILES_S2, /* q1, median, q3 */
    TQ_QUANTILES_S3  /* all five */
} tq_quantiles_case;

/** What a study reports of one sample; NaN where it does not. */
typedef struct {
    double min, q1, median, q3, max;
    double n; /* sample size, >= 3 */
} tq_quantiles;

/** Start from tq_quantiles_defaults() and change fields. */
typedef struct {
    tq_quantiles_method method; /* default TQ_QUANTILES_LUO_WAN_SHI */
    tq_quantiles_dist dist;     /* default TQ_QUANTILES_NORMAL; the other with the default method
                                   alone */
} tq_quantiles_options;

/** Test for skewness from the quantiles, at the 5 percent level. */
typedef struct {
    double stat;
    double crit;
    int skewed; /* stat >= crit: normality (of the logarithms, for a log-normal sample) is doubtful */
} tq_quantiles_skewness;

typedef struct {
    double mean, sd; /* NaN with why */
    tq_quantiles_case given;
    const char *fitted; /* QE: the distribution that fits best ("gamma"); NULL with other methods */
    double lambda;      /* BC, MLN: power of the Box-Cox transformation; NaN with other methods */
    const char *why;    /* NULL, or why there is no estimate (static text) */
} tq_quantiles_moments;

TQ_API tq_quantiles_options tq_quantiles_defaults(void);

/** Name of a method ("luo/wan/shi") and the papers it follows; static text, NULL when unknown. */
TQ_API const char *tq_quantiles_method_name(tq_quantiles_method method);
TQ_API const char *tq_quantiles_method_source(tq_quantiles_method method);
/** The method with this name (exact), or TQ_QUANTILES_COUNT. */
TQ_API tq_quantiles_method tq_quantiles_method_find(const char *name);

/**
 * Estimate the mean and the SD of a sample from its quantiles.
 *
 * @param[in]  in   The median with min and max (S1), with q1 and q3 (S2), or with all four (S3). A
 *                  lone one of a pair is checked and then not used.
 * @param[in]  opt  Options, or NULL for the defaults.
 * @param[out] out  Written only on TQ_OK.
 *
 * LUO_WAN_SHI  mean: Luo, Wan, Liu & Tong (2018), Stat. Methods Med. Res. 27:1785-1805, eq. 7 (S1),
 *              11 (S2), 15 (S3). SD: Wan, Wang, Liu & Tong (2014), BMC Med. Res. Methodol. 14:135,
 *              eq. 9 (S1), 16 (S2); Shi et al. (2020), Res. Synth. Methods 11:641-654, eq. 10 (S3).
 *              With dist = LOGNORMAL the same for the logarithms, with the variances and the back-
 *              transform corrected for bias as in Shi, Tong, Wang & Genton (2020), Stat. Interface
 *              13:519-531.
 * HOZO2005     S1, or the min, median and max of S3: Hozo, Djulbegovic & Hozo (2005), BMC Med. Res.
 *              Methodol. 5:13: mean (min + 2 median + max)/4 to n = 25, the median above; SD by eq.
 *              12 to n = 15, range/4 to n = 70, range/6 above.
 * WAN2014      Wan et al. (2014), mean by eq. 3, 14, 10, SD by eq. 9, 16, 13 (S1, S2, S3).
 * BLAND2015    S3: Bland (2015), Int. J. Stat. Med. Res. 4:57-64, the forms for large n.
 * QE           Normal, log-normal, gamma, Weibull and beta distributions are fitted to the quantiles
 *              by least squares, min and max as the quantiles at 1/n and 1 - 1/n; the one with the
 *              least sum gives mean and SD: McGrath et al. (2020), Stat. Methods Med. Res.
 *              29:2520-2537. Distributions on the positive numbers need a min >= 0 and a positive
 *              rest, the beta distribution values in 0..1.
 * BC           A power lambda in 0..3 makes the quantiles symmetric about the median (S1, S2), or as
 *              nearly so as it goes (S3: least sum of (ratio - 1)^2 for the ratios of the upper to
 *              the lower distances); mean and SD of the transformed sample as in LUO_WAN_SHI, with
 *              Wan's SD (S3: eq. 13), go back by quadrature over the normal density, cut where x
 *              would be negative and symmetrically above: McGrath et al. (2020). Positive values.
 * MLN          As BC, but lambda in 0..10 maximises the likelihood of the order statistics, with
 *              mean and SD of the transformed sample by Luo's and Wan's formulas; then they too are
 *              chosen by maximum likelihood: Cai, Zhou & Pan (2021), Stat. Methods Med. Res.
 *              30:2701-2719. The likelihood is that of the untransformed values, so that the result
 *              does not depend on their unit. n >= 5; positive values.
 *
 * Powers below 0 are left out of BC and MLN because x then has no finite mean. Estimates scale with
 * the unit of the values, those of QE with a beta distribution excepted. A sample whose quantiles
 * are all equal has this mean, and SD 0. Deterministic; QE and MLN allocate and take
 * milliseconds, BC may, the rest neither.
 *
 * @retval TQ_OK       Also where the values allow no estimate, see out->why.
 * @retval TQ_EINVAL   Unknown method or dist, or dist = LOGNORMAL with a method that does not know
 *                     it.
 * @retval TQ_EDATA    A quantile that is infinite, below one that stands before it, or that the
 *                     method needs and that is missing; n missing, below 3 or infinite (below 5
 *                     with MLN); values that are not positive with LOGNORMAL, BC or MLN. err->column
 *                     says which.
 * @retval TQ_ENOCONV  A minimiser did not converge.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_quantiles_estimate(const tq_quantiles *in, const tq_quantiles_options *opt,
                                       tq_quantiles_moments *out, tq_error *err);

/**
 * Does the sample look skewed? The statistic is
 *
 *     S1  |min + max - 2 median| / (max - min)
 *     S2  |q1 + q3 - 2 median| / (q3 - q1)
 *     S3  the larger of 2.65 log(0.6 n)/sqrt(n) times that of S1, and that of S2
 *
 * and the critical values approximate its 95 percent quantile under normality. Quantiles that are
 * all equal have the statistic 0.
 *
 * @param[in]  dist  LOGNORMAL tests the logarithms.
 * @param[out] out   Written only on TQ_OK.
 * @retval TQ_EINVAL  Unknown dist.
 * @retval TQ_EDATA   As tq_quantiles_estimate().
 *
 * Source: Shi et al. (2023), Stat. Methods Med. Res. 32:1338-1360.
 */
TQ_API tq_status tq_quantiles_test_skewness(const tq_quantiles *in, tq_quantiles_dist dist,
                                            tq_quantiles_skewness *out, tq_error *err);

#endif
