/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shaped text: how wide it is, and the layout that a Cairo surface shows. */
#ifndef TQ_REPORT_FIGURE_TYPESETTER_INTERNAL_H
#define TQ_REPORT_FIGURE_TYPESETTER_INTERNAL_H

#include <pango/pangocairo.h>

/* The faces of figures, the first one installed is used: Liberation Sans, Arial and Helvetica have
   the same widths, so a figure made with one can be read with the others. */
#define TYPESETTER_FAMILIES "Liberation Sans, Arial, Helvetica, sans-serif"

typedef struct {
    double size; /* points */
    int bold, italic;
} text_style;

/** Fonts and one layout of its own; not to be shared between threads. */
typedef struct {
    PangoContext *context;
    PangoLayout *layout;
    PangoFontDescription *font;
} typesetter;

/** 0 when Pango has nothing to work with; then typesetter_close() may still be called. */
int typesetter_open(typesetter *t);
void typesetter_close(typesetter *t);

/** Width in points of one line of valid UTF-8. */
double typesetter_width(typesetter *t, const char *text, text_style style);

/** The line itself, owned by the typesetter until its next use; *width as above. */
PangoLayoutLine *typesetter_line(typesetter *t, const char *text, text_style style, double *width);

#endif
