/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file compatibility.h  What other systems do by default where that differs from ours. */
#ifndef TQ_REPORT_COMPATIBILITY_H
#define TQ_REPORT_COMPATIBILITY_H

#include "core/status.h"
#include "pooling/method.h"

/** Models for which a default counts. */
typedef enum {
    TQ_COMPAT_ALWAYS,
    TQ_COMPAT_RANDOM, /* with a tau2 that is estimated from effects, not from counts */
    TQ_COMPAT_DL,
    TQ_COMPAT_MH,
    TQ_COMPAT_GLMM,
    TQ_COMPAT_BIAS,   /* of the command bias, whatever the model */
    TQ_COMPAT_TRIMMED /* of trim and fill of a model with such a tau2 */
} tq_compat_when;

/** A default of another system, as an option of the command line. Static text throughout. */
typedef struct tq_compat_default {
    const char *option;        /* without dashes: "i2" */
    const char *ours, *theirs; /* values of that option */
    const char *measures;      /* codes with blanks between them; NULL: every measure */
    tq_compat_when when;
    int verified; /* 1: read from the system's own source or documentation */
    const char *source;
} tq_compat_default;

typedef struct {
    const char *name;  /* "revman5" */
    const char *label; /* "RevMan 5" */
    const char *version;
    const tq_compat_default *row; /* [n_rows], that of --method first */
    size_t n_rows;
    const char *const *not_done; /* [n_not_done] what it does and no option here gives */
    size_t n_not_done;
} tq_compat_system;

/** What a run took over from another system. The struct is its owner's; the texts are static. */
typedef struct {
    const tq_compat_system *system;
    const tq_compat_default *const *changed; /* [n_changed] */
    size_t n_changed;
} tq_compatibility;

/** The i-th system; NULL past the end. */
TQ_API const tq_compat_system *tq_compat_system_at(size_t i);
/** Whether a default counts for a command and its model; measure: its code. */
TQ_API int tq_compat_applies(const tq_compat_default *row, const char *command, const char *measure,
                             tq_method method);
/** "verified", "unverified". */
TQ_API const char *tq_compat_status(const tq_compat_default *row);

#endif
