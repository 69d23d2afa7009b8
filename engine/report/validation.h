/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file validation.h  Published analyses repeated: what was printed, what comes out, and whether it agrees. */
#ifndef TQ_REPORT_VALIDATION_H
#define TQ_REPORT_VALIDATION_H

#include "frame/published.h"
#include "report/view.h"

typedef enum {
    TQ_FIGURE_AGREES,   /* the value, printed to the same precision, is the printed one */
    TQ_FIGURE_DIFFERS,  /* as the case says it does, and why */
    TQ_FIGURE_DEVIATES, /* neither */
    TQ_VERDICT_COUNT
} tq_verdict;

/** "agrees", "differs", "deviates". */
TQ_API const char *tq_verdict_name(tq_verdict v);

typedef struct {
    const tq_published_figure *printed;
    double value[2]; /* [printed->n_paths] on the printed scale; NaN where the document has none */
    tq_verdict verdict;
    const char
        *reason; /* differs: the case's; deviates: what is wrong beyond the figures, or NULL */
} tq_checked_figure;

typedef struct {
    const tq_published *publication;
    const tq_published_analysis *published;
    const char *command_line;  /* to repeat it: "tausq pool @bcg --measure OR" */
    tq_checked_figure *figure; /* [published->n_figures] */
} tq_checked_analysis;

/** What was checked, in the order it was added. */
typedef struct {
    const tq_checked_analysis *analysis; /* [n] */
    size_t n;
    size_t publications;            /* different ones, by authors, year and title */
    size_t count[TQ_VERDICT_COUNT]; /* of figures */
} tq_validation;

/** Runs a command and appends its JSON document to out; on failure err says why. */
typedef tq_status tq_run_command(void *user, const tq_published_analysis *a, tq_buffer *out,
                                 tq_error *err);

/** Empty; NULL when memory is short. */
TQ_API tq_validation *tq_validation_new(void);
TQ_API void tq_validation_free(tq_validation *v);

/**
 * Repeat the analyses of a publication and compare. A command that fails, and a value that its document
 * does not have, deviate; so does a figure that is marked to differ and agrees.
 *
 * @param[in] p     Must outlive v.
 * @retval TQ_ENOMEM  Memory is short.
 * @retval TQ_EINTR   run was interrupted.
 */
TQ_API tq_status tq_validation_add(tq_validation *v, const tq_published *p, tq_run_command *run,
                                   void *user, tq_error *err);

/** How a validation is shown. */
typedef struct {
    tq_view_options view;
    int summary; /* 1: a row for each publication instead of each figure, then what deviates */
    const char *command_line;
} tq_validation_options;

/** A view of a validation, appended to out; the CSV has a row for each figure. */
typedef tq_status tq_validation_view(const tq_validation *v, const tq_validation_options *opt,
                                     tq_buffer *out, tq_error *err);

TQ_API tq_validation_view tq_validation_text;
TQ_API tq_validation_view tq_validation_json;
TQ_API tq_validation_view tq_validation_csv;

#endif
