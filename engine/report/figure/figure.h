/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file figure.h  Figures as files: SVG, PDF and PNG from one drawing. */
#ifndef TQ_REPORT_FIGURE_FIGURE_H
#define TQ_REPORT_FIGURE_FIGURE_H

#include "core/buffer.h"
#include "report/figure/forest.h"

typedef enum { TQ_FIGURE_SVG, TQ_FIGURE_PDF, TQ_FIGURE_PNG, TQ_FIGURE_COUNT } tq_figure_format;

/** Start from tq_figure_defaults() and change fields; pass NULL for the defaults. */
typedef struct {
    double dpi;       /* PNG: dots per inch, default 300. A figure that would exceed 32,000 dots in
                         a direction or 100 million in all gets the largest dpi that does not */
    const char *date; /* PDF: creation date, YYYY-MM-DD; NULL (default): no date is written */
    size_t theme;     /* index of tq_theme_name(), default 0 */
    const char *font; /* face tried before those of the theme; NULL (default): none */
    double width;     /* of the figure in millimetres; 0 (default): as its texts ask for */
    size_t page_rows; /* PDF: a forest plot of more rows goes over several pages, each with its own
                         heads and axis; default 60, 0: one page. SVG and PNG are one picture */
} tq_figure_options;

TQ_API tq_figure_options tq_figure_defaults(void);

/** Name ("bmj") and description of a theme, the default first; NULL past the last. */
TQ_API const char *tq_theme_name(size_t i);
TQ_API const char *tq_theme_summary(size_t i);

/** Name ("svg") of a format, NULL outside the range. */
TQ_API const char *tq_figure_format_name(tq_figure_format format);
/** The format that the extension of path tells (letter case ignored), or TQ_FIGURE_COUNT. */
TQ_API tq_figure_format tq_figure_format_find(const char *path);

/**
 * Draw a forest plot. Its size follows from its rows and texts: nothing is cut off, no space is
 * left over. The same forest gives the same bytes on one machine and set of fonts.
 *
 * @param[in]     forest  From tq_forest_layout(). Texts that are not valid UTF-8 are repaired.
 * @param[in]     opt     Options, or NULL.
 * @param[in,out] out     The file's bytes are appended, on TQ_OK only.
 *
 * @retval TQ_EINVAL  Unknown format or theme, dpi not in [10, 2400], width not 0 or in [50, 1000].
 * @retval TQ_ENOMEM
 * @retval TQ_EWRITE  Cairo and Pango are missing or could not draw; the message says why.
 *
 * Safe from any thread: fonts and layouts are made for the call.
 */
TQ_API tq_status tq_forest_write(const tq_forest *forest, tq_figure_format format,
                                 const tq_figure_options *opt, tq_buffer *out, tq_error *err);

#endif
