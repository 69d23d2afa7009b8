/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file publication.h  Methods that ask what the studies which were not seen would have changed. */
#ifndef TQ_REPORT_BIAS_PUBLICATION_H
#define TQ_REPORT_BIAS_PUBLICATION_H

#include "bias/copas.h"
#include "bias/limit_meta.h"
#include "bias/pcurve.h"
#include "bias/puniform.h"
#include "bias/svalue.h"
#include "report/bias/answers.h"

/** The one that is asked for; start from {0}. null_value of the options is that of the measure. */
typedef struct {
    int limit, pcurve;             /* 1: asked for */
    const tq_copas_options *copas; /* NULL: not asked for; likewise the others */
    const tq_puniform_options *puniform;
    const tq_svalue_options *svalue;
} tq_publication_spec;

typedef struct {
    tq_limit_meta *limit; /* NULL: not asked for; likewise the others */
    tq_copas *copas;
    tq_pcurve *pcurve;
    tq_puniform *puniform;
    tq_svalue *svalue;
    tq_answers answers;
} tq_publication;

#endif
