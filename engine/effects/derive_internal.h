/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file derive_internal.h  The rules by which an input follows from others, and one use of one. */
#ifndef TQ_EFFECTS_DERIVE_INTERNAL_H
#define TQ_EFFECTS_DERIVE_INTERNAL_H

#include "effects/derive.h"

enum { DERIVE_INPUTS = 7, DERIVE_OUTPUTS = 4, DERIVE_MAX_RULES = 128 };

struct derive_rule;

/* One use of a rule on one row. */
typedef struct {
    const struct derive_rule *rule;
    const tq_derive_options *opt;
    size_t row;
    const char *refused; /* set by a rule that finds no value */
    tq_error *err;
} derive_call;

/* Lists of inputs end with TQ_IN_YI, 0, which no rule reads or makes. */
typedef struct derive_rule {
    int (*serves)(const tq_measure *m);
    tq_input out[DERIVE_OUTPUTS + 1], in[DERIVE_INPUTS + 1];
    tq_status (*apply)(derive_call *c, const double *in, double *out);
    const char *text;
} derive_rule;

/* In the order in which they are tried; at most DERIVE_MAX_RULES. */
extern const derive_rule derive_rules[];
extern const size_t derive_n_rules;

/* A list of inputs as a set. */
tq_input_set derive_set(const tq_input *list);

/* Whether the rule makes the SD of a change from a correlation. */
int derive_takes_correlation(const derive_rule *rule);

#endif
