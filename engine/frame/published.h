/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file published.h  Published analyses as files: what was printed where, and the command that repeats it.
 *
 *     authors: DerSimonian & Kacker
 *     year: 2007
 *     title: "Random-effects model for meta-analysis of clinical trials: an update"
 *     journal: Contemp. Clin. Trials 28:105-114
 *     quoted: where the figures were read, unless in the publication itself
 *     data: data/clasp.csv             # beside this file, or @name; an analysis may name its own
 *     analyses:
 *       - title: Paule and Mandel's estimator
 *         where: Table 3, p. 111
 *         command: pool --measure OR --method PM          # DATA goes behind the command's name
 *         figures:
 *           - {path: heterogeneity.tau, printed: 0.3681}
 *           - {path: [transformed.ci_lb, transformed.ci_ub], printed: 0.456 to 1.023}
 *           - {path: coefficients.1.beta, printed: 0.183, computed: 0.178, differs: a misprint}
 */
#ifndef TQ_FRAME_PUBLISHED_H
#define TQ_FRAME_PUBLISHED_H

#include "core/printed.h"

/** A value of the JSON document, or the two of an interval, and what was printed of it. */
typedef struct {
    const char
        *path[2];   /* dotted; a member of a list by its number from 0, or by its term, level, name,
                            study or factor */
    size_t n_paths; /* 1 or 2 */
    const char *what; /* for readers; the paths where the file says nothing */
    const char *text; /* as printed */
    tq_printed printed;
    double (*transform)(double); /* from the document's value to the printed scale */
    double times;                /* after it; 1 for most */
    const char *differs;         /* why it is known to differ; NULL: it is to agree */
    const char *computed_text;   /* what is known to come out instead, or NULL */
    tq_printed computed;
    size_t line;
} tq_published_figure;

/** One analysis: a command and what was printed of its results. */
typedef struct {
    const char *title;
    const char *where;       /* "Table 3, p. 111" */
    const char *data;        /* "@bcg", or a path; "" where the command itself names it */
    const char *const *word; /* [n_words] of the command, without the program's name and data */
    size_t n_words;          /* >= 1 */
    const tq_published_figure *figure; /* [n_figures] */
    size_t n_figures;                  /* >= 1 */
    size_t line;
} tq_published_analysis;

typedef struct {
    const char *source; /* the file */
    const char *authors, *title, *journal;
    const char *year;                      /* digits */
    const char *quoted;                    /* or "" */
    const char *note;                      /* or "" */
    const tq_published_analysis *analysis; /* [n_analyses] */
    size_t n_analyses;                     /* >= 1 */
} tq_published;

/**
 * Read one file of published analyses. Free with tq_published_free().
 * @retval TQ_EREAD   As tq_yaml_read().
 * @retval TQ_EINVAL  No YAML, an unknown key or transformation, a figure that cannot be read, two paths
 *                    without an interval, `computed` without `differs`, an open quote in a command
 *                    (err->file and err->line say where).
 */
TQ_API tq_status tq_published_read(const char *path, tq_published **out, tq_error *err);
/** The same from memory: borrows bytes[size] until return; source is the name for messages. */
TQ_API tq_status tq_published_parse(const char *bytes, size_t size, const char *source,
                                    tq_published **out, tq_error *err);
TQ_API void tq_published_free(tq_published *p);

/** The i-th name of a transformation, NULL past the end: none, exp, log, sqrt, ... */
TQ_API const char *tq_published_transform_name(size_t i);

/** The value of the document on the printed scale. */
TQ_API double tq_published_value(const tq_published_figure *figure, double x);

#endif
