/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file measure.h  Effect-size measures: one table, one function per measure or small group. */
#ifndef TQ_EFFECTS_MEASURE_H
#define TQ_EFFECTS_MEASURE_H

#include "core/status.h"
#include "effects/inputs.h"
#include "effects/transform.h"

/* Which studies of two-by-two and person-time tables get the increment `add`. */
typedef enum {
    TQ_TO_ONLY0,
    TQ_TO_ALL,
    TQ_TO_IF0ALL,
    TQ_TO_NONE,
    /* As ONLY0, but each group gets its share of 2 add in proportion to its size, n1/N and n2/N
       with add 1/2: the treatment arm continuity correction of Sweeting, Sutton & Lambert (2004),
       Stat. Med. 23:1351-1375. Tables of two independent groups only. */
    TQ_TO_TACC,
    TQ_TO_COUNT
} tq_zero_rule;

/** Start from tq_effect_defaults() and change fields. */
typedef struct {
    double add;      /* increment for zero cells; NaN (default): the measure's own, 1/2 or 0 */
    tq_zero_rule to; /* default TQ_TO_COUNT: the measure's own, mostly TQ_TO_ONLY0 */
    int add_events;  /* 1: the increment goes to the events alone, so that each group grows by it
                        once and not twice; risk ratios only. Default 0 */
    int drop00;      /* 1: no estimate for studies without events, or without non-events, in both
                         groups; default 0 */
    const char
        *vtype;      /* name of a variance type of the measure ("LS", "UB", ...); NULL: its first */
    int correct;     /* bias correction where the measure has one; default 1 */
    int exact_bias;  /* 1 (default): exact Hedges factor; 0: 1 - 3/(4m - 1) */
    double ci_level; /* level in percent of the limits given as ci-lb, ci-ub; default 95 */
    const double *flip; /* [rows] what each yi is multiplied with, vi with its square; -1 turns an
                           effect around; NaN: no effect. NULL (default): nothing */
    double rescale;     /* the same for all rows (units, per 1000); not 0; default 1 */
} tq_effect_options;

/* What became of a row. */
typedef enum {
    TQ_ROW_OK,
    TQ_ROW_MISSING,     /* a needed value is missing; tq_effect_row.input says which */
    TQ_ROW_NO_ESTIMATE, /* complete, but the measure does not exist for it; see tq_effect_row.why */
} tq_row_state;

typedef struct {
    /* Usable with TQ_ROW_OK alone. Otherwise NaN, or the part that does exist: an effect whose
       variance is 0 (no events in either group, --to none) or missing, a variance that needs no
       counts (IRSD with drop00). */
    double yi, vi;
    double ni; /* total sample size (person-time for rates of one group), NaN when not known */
    tq_row_state state;
    tq_input input;   /* with TQ_ROW_MISSING: the first missing input of the nearest recipe; in a
                         dataset, of the nearest way to one */
    const char *why;  /* with TQ_ROW_NO_ESTIMATE: static text ("no events in either group") */
    const char *from; /* recipe used ("events and sizes"); static text, NULL with MISSING */
    double added;     /* increment added to the cells of this row, their average with
                         TQ_TO_TACC; 0 when none */
} tq_effect_row;

/* Events of a row as observed: no increment. Of one group: x2, n2 are NaN. All NaN where the row or
   its measure has no counts. */
typedef struct {
    double x1, n1; /* events, and size or person-time of group 1 */
    double x2, n2;
} tq_events;

typedef struct tq_measure tq_measure;

/* An input that a recipe reads with another range than its own: "ai" as Cronbach's alpha. */
typedef struct {
    tq_input input;
    tq_input_kind kind;
} tq_input_as;

/* One way to state what a measure is computed from ("events and non-events", "events and sizes"). */
typedef struct {
    const char *from;   /* what the row was computed from, for the reader */
    tq_input_set needs; /* at most TQ_RECIPE_NEEDS inputs */
    int id;             /* which conversion; private to the family */
    tq_input_as as[2];  /* inputs read with another range; zero (yi as itself) where unused */
} tq_recipe;

enum { TQ_RECIPE_NEEDS = 8, TQ_MEASURE_RECIPES = 8, TQ_MEASURE_VTYPES = 8 };

typedef struct {
    double yi, vi;
} tq_effect;

/* Private to engine/effects/: what a study says, what the user chose, and a family of measures. */
struct tq_effect_study;
struct tq_effect_setting;
struct tq_effect_term;
struct tq_effect_family;

/**
 * A measure is one row of a static table: how it is named, and the function that turns a study into
 * an effect. A family (two-by-two tables, means, ...) reads the study from the columns, and knows
 * zero cells. See engine/effects/README.md for how to add one.
 */
struct tq_measure {
    const char *code;      /* "RR", as in --measure */
    const char *name;      /* "log risk ratio": the analysis scale */
    const char *natural;   /* "risk ratio": the natural scale, for axes and tables */
    const char *transform; /* name of the natural back-transform */
    double null_value;     /* value of no effect on the analysis scale; NaN where there is none */
    double add;            /* default increment for zero cells */
    tq_zero_rule to;       /* default rule for zero cells */
    const char *vtypes[TQ_MEASURE_VTYPES]; /* variance types, the default first; NULL-terminated */
    const tq_recipe *recipes;              /* the preferred first */
    size_t n_recipes;
    const char *reference; /* author (year), journal volume:pages */
    const struct tq_effect_family *family;
    /* yi, vi of one study; not finite, or vi <= 0, where the measure does not exist for it. */
    tq_effect (*estimate)(const struct tq_effect_study *s, const struct tq_effect_setting *set);
    /* What the variance types that average over studies (AV, AV2, AVHO, or HO) average, two terms
       at most; NULL in measures without such a type. */
    void (*average)(const struct tq_effect_study *s, const struct tq_effect_setting *set,
                    struct tq_effect_term *term);
};

TQ_API tq_effect_options tq_effect_defaults(void);

/** The measure with this code (exact), or NULL. */
TQ_API const tq_measure *tq_measure_find(const char *code);
/** The i-th measure, NULL past the end. */
TQ_API const tq_measure *tq_measure_at(size_t i);
/** The valid code nearest to a mistyped one, or NULL. */
TQ_API const char *tq_measure_nearest(const char *code);

/** Inputs that give a t or a p-value its direction beside the recipe that it is part of: means,
    means before and after, medians. */
TQ_API tq_input_set tq_measure_directs(const tq_measure *m);

/** The first recipe of the measure whose needs are all in given, or NULL. */
TQ_API const tq_recipe *tq_measure_recipe(const tq_measure *m, tq_input_set given);

/**
 * Effect sizes and sampling variances of every row. Each row uses the first recipe whose inputs it
 * has all; a row that completes none is TQ_ROW_MISSING, and names the first missing input of the
 * recipe that it comes nearest to. A row that is computed from t or p takes the direction from the
 * means of both groups or measurements (or the mean change), their means before and after, or their
 * medians, where it has them.
 *
 * @param[in]  m     The measure.
 * @param[in]  in    Columns; at least one recipe of the measure must find all of its columns.
 * @param[in]  opt   Options, or NULL for the defaults.
 * @param[out] rows  [in->rows]; written only on TQ_OK. Rows without an estimate are marked, never
 *                   dropped.
 *
 * @retval TQ_EINVAL  No recipe is complete (the message lists the columns that are missing), an
 *                    unknown variance type (the message names the valid ones), add < 0, an
 *                    unknown zero rule or one that the measure does not have, ci_level outside
 *                    (0, 100), or rescale 0 or not finite.
 * @retval TQ_EDATA   A value outside its range: negative sd, events above the group size, vi <= 0,
 *                    an estimate outside its confidence limits, flip 0 or infinite.
 *
 * O(rows), allocates nothing, safe from any thread. Variance types that average over the studies
 * (AV, AV2, AVHO, and HO of single means) and the rule if0all look at all rows, so a subset of
 * studies must be taken before the call.
 */
TQ_API tq_status tq_effects_compute(const tq_measure *m, const tq_inputs *in,
                                    const tq_effect_options *opt, tq_effect_row *rows,
                                    tq_error *err);

/**
 * Events that the rows' effects rest on, after tq_effects_compute() has accepted the same arguments.
 * A multiplier -1 exchanges the groups.
 *
 * @param[out] out  [in->rows]; NaN for rows that lack counts, have an empty group, or lack their
 *                  multiplier.
 * @retval TQ_EINVAL  A multiplier other than 1 (or, with two groups, -1), or rescale other than 1:
 *                    counts cannot follow it.
 */
TQ_API tq_status tq_effects_events(const tq_measure *m, const tq_inputs *in,
                                   const tq_effect_options *opt, tq_events *out, tq_error *err);

/** Standard error of an effect and its normal confidence interval. */
typedef struct {
    double sei, ci_lb, ci_ub;
} tq_effect_interval;

/** The interval of a row at a level in percent; NaN where the row has no variance. */
TQ_API tq_effect_interval tq_effect_interval_of(const tq_effect_row *row, double level);

/** "only0", "all", "if0all", "none", "tacc" to the rule; TQ_TO_COUNT when unknown. */
TQ_API tq_zero_rule tq_zero_rule_find(const char *name);
TQ_API const char *tq_zero_rule_name(tq_zero_rule rule);

#endif
