/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file required_information.h  How much information a conclusive meta-analysis needs. */
#ifndef TQ_SEQUENTIAL_REQUIRED_INFORMATION_H
#define TQ_SEQUENTIAL_REQUIRED_INFORMATION_H

#include <stddef.h>

#include "core/status.h"
#include "pooling/counts.h"

/** What information is counted in. */
typedef enum {
    TQ_UNIT_AUTO,         /* participants where every study's number is known, else statistical */
    TQ_UNIT_PARTICIPANTS, /* in both groups together */
    TQ_UNIT_STATISTICAL,  /* 1 / variance on the analysis scale */
    TQ_UNIT_COUNT
} tq_information_unit;

/** How heterogeneity enlarges what is required. */
typedef enum {
    TQ_HETERO_AUTO, /* D2 for random-effects methods, none for the others */
    TQ_HETERO_D2,   /* diversity: Wetterslev et al. (2009), BMC Med. Res. Methodol. 9:86 */
    TQ_HETERO_I2,   /* 1 / (1 - I2) */
    TQ_HETERO_TAU2, /* studies count 1 / (vi + tau2): Higgins, Whitehead & Simmonds (2011),
                       Stat. Med. 30:903-921; statistical information only */
    TQ_HETERO_NONE,
    TQ_HETERO_COUNT
} tq_hetero_adjust;

/** Names on the command line; NULL past the last. */
TQ_API const char *tq_information_unit_name(size_t unit);
TQ_API const char *tq_hetero_adjust_name(size_t adjust);

/** Start from tq_required_information_defaults() and change fields. NaN: not given. */
typedef struct {
    double alpha, beta;       /* default 0.05, 0.1 */
    int sides;                /* 1 or 2 (default) */
    double delta;             /* anticipated effect on the analysis scale, from no effect */
    double rrr;               /* relative risk reduction in percent, < 100; negative: increase */
    double cer;               /* event rate of the control group, between 0 and 1 */
    double variance;          /* of the outcome within a group, for participants */
    double diversity;         /* D2 in percent, 0 <= D2 < 100, in place of the estimate */
    tq_information_unit unit; /* default TQ_UNIT_AUTO */
    tq_hetero_adjust adjust;  /* default TQ_HETERO_AUTO */
} tq_required_information_options;

TQ_API tq_required_information_options tq_required_information_defaults(void);

/** What is known of the studies. */
typedef struct {
    size_t k;
    const double *vi; /* [k] sampling variances; NaN: a study without an effect counts nothing */
    const double *ni; /* [k] participants; NaN: not known */
    double pooled;    /* effect, from no effect: the anticipated effect if none is given */
    double tau2, I2;  /* I2 in percent; of a random-effects model */
    int random;       /* 1: the pooled model is one with random effects */
    tq_count_scale scale; /* OR, RR, RD or PETO: event rates have a meaning; else TQ_COUNT_COUNT */
    double control_rate;  /* events of the control groups by their participants; NaN: not known */
} tq_information_data;

/** NaN where there is no value. */
typedef struct {
    tq_information_unit unit; /* never AUTO */
    tq_hetero_adjust adjust;  /* never AUTO */
    double delta;             /* as used, analysis scale, from no effect */
    int delta_pooled;         /* 1: none was given, it is the pooled effect */
    double cer, eer, rrr;     /* event rates and relative reduction (percent) behind delta */
    int cer_observed;         /* 1: cer is that of the studies */
    double variance;          /* of the outcome, as used; participants */
    int variance_observed;    /* 1: what the variances and sizes of the studies imply */
    double unadjusted;        /* what is required without heterogeneity */
    double D2, I2;            /* percent */
    double factor;            /* of the adjustment, >= 1 */
    double required;          /* unadjusted * factor */
} tq_required_information;

/**
 * The information that a single test at the end needs for power 1 - beta at the anticipated effect.
 *
 *     statistical:   (z_{1-alpha/sides} + z_{1-beta})^2 / delta^2
 *     participants:  4 (z_{1-alpha/sides} + z_{1-beta})^2 v / theta^2
 *
 * the second for groups of equal size: Wetterslev, Thorlund, Brok & Gluud (2008), J. Clin. Epidemiol.
 * 61:64-75. Where event rates are known, theta = cer - eer and v = p (1 - p) at their mean p; else
 * theta = delta and v is given, or that for which the participants of the studies have the
 * information that their variances say, sum ni / (4 sum 1/vi). Each is then divided by 1 - D2 or
 * 1 - I2; D2 = 1 - (sum 1/(vi + tau2)) / (sum 1/vi).
 *
 * @param[out] information  [k] what each study contributes, in the unit of the result.
 * @retval TQ_EINVAL  An option outside its range, or one that the measure or another option excludes.
 * @retval TQ_EDATA   Nothing can be required: no study with a variance, the anticipated effect is 0 or
 *                    unknown, participants are not known.
 */
TQ_API tq_status tq_required_information_find(const tq_information_data *data,
                                              const tq_required_information_options *opt,
                                              double *information, tq_required_information *out,
                                              tq_error *err);

#endif
