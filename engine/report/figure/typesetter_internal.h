/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shaped text: how wide it is, and the layout that a Cairo surface shows. */
#ifndef TQ_REPORT_FIGURE_TYPESETTER_INTERNAL_H
#define TQ_REPORT_FIGURE_TYPESETTER_INTERNAL_H

#include "report/figure/drawing_internal.h"

/* The faces of figures, the first one installed is used: Liberation Sans, Arial and Helvetica have
   the same widths, so a figure made with one can be read with the others. */
#define TYPESETTER_FAMILIES "Liberation Sans, Arial, Helvetica, sans-serif"

typedef struct {
    double size; /* points */
    int bold, italic;
} text_style;

/** Fonts and one layout of its own; not to be shared between threads. */
typedef struct {
    const drawing_api *api;
    PangoContext *context;
    PangoLayout *layout;
    PangoFontDescription *font;
} typesetter;

/**
 * @param[in] family  Face tried before the usual ones, or NULL.
 * @retval TQ_EWRITE  Pango is missing, or has nothing to work with.
 * Whatever the outcome, typesetter_close() may follow.
 */
tq_status typesetter_open(typesetter *t, const char *family, tq_error *err);
void typesetter_close(typesetter *t);

/** Width in points of one line of valid UTF-8. */
double typesetter_width(typesetter *t, const char *text, text_style style);

/** The line itself, owned by the typesetter until its next use; *width as above. */
PangoLayoutLine *typesetter_line(typesetter *t, const char *text, text_style style, double *width);

#endif
