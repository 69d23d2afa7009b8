/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file dossier.h  Many analyses of one review, in order: what its report, its tables and its workbook show.
 *
 * Plain structs that whoever carries out a plan fills. A dossier owns nothing: every text, array and
 * analysis that it points at is borrowed, and must stay as it is until the last view on it is made.
 * (An analysis borrows its dataset and table, which therefore must live as long.) Texts are UTF-8, NULL
 * where optional and not given; views escape them.
 */
#ifndef TQ_REPORT_DOSSIER_DOSSIER_H
#define TQ_REPORT_DOSSIER_DOSSIER_H

#include "report/figure/forest.h"

/** Which effects are good for the patient; the effect is that of group 1 against group 2. */
typedef enum {
    TQ_BETTER_UNKNOWN, /* not said: nothing is called a benefit or a harm */
    TQ_BETTER_LOWER,   /* below no effect is a benefit: pain, deaths */
    TQ_BETTER_HIGHER,  /* above no effect is a benefit: function, responders */
    TQ_BETTER_COUNT
} tq_better;

/** "lower", "higher"; "" for TQ_BETTER_UNKNOWN; NULL outside the range. */
TQ_API const char *tq_better_name(tq_better better);
/** The direction with this name (exact), or TQ_BETTER_COUNT. */
TQ_API tq_better tq_better_find(const char *name);

/**
 * Whether effects of a measure that are shown on this scale are ratios, whose MCID is a ratio too: by the
 * measure (an odds ratio shown as its logarithm), or by the scale (log hazard ratios of a sheet shown as ratios).
 * @param transform  NULL: the measure's own.
 */
TQ_API int tq_is_ratio(const tq_measure *measure, const tq_transform *transform);

/** What a further analysis of an entry is for. */
typedef enum {
    TQ_FURTHER_SENSITIVITY, /* other studies, data or choices: its result stands beside the main one */
    TQ_FURTHER_REGRESSION, /* moderators of the effect: its coefficients are shown */
    TQ_FURTHER_BIAS,       /* trim and fill, a selection model, tests of their own */
    TQ_FURTHER_BESIDE, /* the same question answered otherwise: shown side by side, with the differences */
    TQ_FURTHER_COUNT
} tq_further_role;

/**
 * An analysis that belongs to an entry besides its main one. Leave-one-out, cumulative analysis,
 * influence, tests of small-study effects, fail-safe N, all subsets and specifications need no analysis
 * of their own: they are members of the main one (sensitivity, bias, fail_safe, gosh, multiverse).
 */
typedef struct {
    tq_further_role role;
    const char *label;           /* "Without studies at high risk of bias", "Correlation 0.7" */
    const tq_analysis *analysis; /* NULL: it could not be done */
    const char *why_none;        /* one line without full stop; NULL with an analysis */
    const char *entry; /* id of the entry whose main analysis it is; NULL: it has its own */
} tq_further;

/** A figure of an entry. */
typedef struct {
    const char *svg;     /* a whole SVG document as tq_plot_write() gives it, 0-terminated */
    const char *kind;    /* tq_plot_name(): "forest" */
    const char *caption; /* a sentence; NULL: the figure's own title */
    const char *file;    /* the same figure beside the report ("figures/pain-6.svg"), or NULL */
} tq_dossier_figure;

/** One analysis of the review: an outcome at a time, against a comparator. */
typedef struct {
    const char *id;      /* of the plan ("pain-6"): letters, digits, '-', '_', '.'; unique */
    const char *title;   /* "Pain at 6 months" */
    const char *section; /* "Pain"; entries of a section follow one another. NULL: none */
    const char *note;    /* what the plan says about it, or NULL */
    const char *subset;  /* the rows that it is about, as an expression, or NULL: all */

    const tq_analysis *analysis; /* NULL: it could not be done */
    const char *why_none;        /* why, one line: "k = 0: no row has outcome 'pain' and ..."; NULL
                                    with an analysis */
    const tq_excluded *excluded; /* [n_excluded] without an analysis: rows that could not be used */
    size_t n_excluded;
    size_t k;            /* without an analysis: studies that have data */
    double participants; /* of these; NaN where a study does not tell */

    tq_better better;
    double mcid;      /* minimal clinically important difference, > 0: on the natural scale, of the
                         effect for differences (10 points), a ratio other than 1 for ratios (0.8
                         and 1.25 are the same); NaN: none */
    const char *unit; /* of the effect and the MCID: "points of 100"; NULL: none */

    const tq_further *further; /* [n_further] in the order of the plan, roles mixed */
    size_t n_further;
    const tq_dossier_figure *figure; /* [n_figures] the forest plot first */
    size_t n_figures;
    const tq_forest
        *forest; /* layout for the workbook; NULL: the default, its sides named by better */
} tq_dossier_entry;

/** A review. Start from {0}. */
typedef struct {
    const char *title;
    const char *const *author; /* [n_authors] */
    size_t n_authors;
    const char *registration; /* "PROSPERO CRD42026000001", or NULL */
    const char *notice;       /* a warning every view must carry ("simulated data"), or NULL */
    const char *plan;         /* path of the plan, or NULL */
    const char *plan_sha256;  /* of its bytes, or NULL */
    const char *plan_version; /* as its authors number it, or NULL */
    const char *command_line; /* as to be repeated; without output paths; or NULL */
    const char *date;         /* YYYY-MM-DD, or NULL: no date is written anywhere */

    /* The head of a summary of findings; each may be NULL. */
    const char *population, *setting, *intervention, *comparison;

    const tq_dossier_entry *entry; /* [n] */
    size_t n;
} tq_dossier;

/** Whether two entries are of one section, or both of none. */
TQ_API int tq_dossier_same_section(const tq_dossier_entry *a, const tq_dossier_entry *b);

/**
 * Check what the views rely on.
 * @param[out] err  The row is the number of the entry, from 0; the column the member at fault.
 * @retval TQ_EINVAL  No title; no entries; an entry without id or title, an id with other characters or
 *                    one that another entry has, a section that was left and comes again; neither an
 *                    analysis nor a reason why there is none, or both; an unknown direction or role; an
 *                    MCID that is not > 0 (for a ratio also: 1); a further analysis without label; a
 *                    figure without SVG.
 */
TQ_API tq_status tq_dossier_check(const tq_dossier *d, tq_error *err);

#endif
