/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The colours of figures by what they mean. */
#ifndef TQ_REPORT_FIGURE_THEME_INTERNAL_H
#define TQ_REPORT_FIGURE_THEME_INTERNAL_H

#include "report/figure/chart.h"
#include "report/figure/scene_internal.h"

typedef struct {
    const char *name, *summary;
    const char *family;                /* face, or NULL: the usual ones */
    scene_colour square;               /* studies of forest plots */
    scene_colour diamond;              /* pooled effects of forest plots */
    int summary_line;                  /* 1: a dashed line at the pooled effect of forest plots */
    int framed_head;                   /* 1: a rule above the headings of the columns too */
    scene_colour light[TQ_BIAS_COUNT]; /* risk of bias */
    scene_colour ink[TQ_INK_COUNT];
} figure_theme;

/** Row i of the table of themes, the default first; NULL past its end. */
const figure_theme *theme_at(size_t i);

#endif
