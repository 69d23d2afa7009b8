/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of figure formats. */
#include "report/figure/figure.h"

#include <string.h>
#include <strings.h>

#include "report/figure/figure_internal.h"
#include "report/figure/panels.h"

static const struct {
    const char *name; /* also the extension */
    scene_writer *write;
} formats[] = {
    [TQ_FIGURE_SVG] = {"svg", svg_write},
    [TQ_FIGURE_PDF] = {"pdf", pdf_write},
    [TQ_FIGURE_PNG] = {"png", png_write},
};
_Static_assert(sizeof formats / sizeof *formats == TQ_FIGURE_COUNT, "a row per figure format");

tq_figure_options tq_figure_defaults(void)
{
    return (tq_figure_options){.dpi = 300.0, .date = NULL, .page_rows = 60};
}

const char *tq_figure_format_name(tq_figure_format format)
{
    return (unsigned)format < TQ_FIGURE_COUNT ? formats[format].name : NULL;
}

tq_figure_format tq_figure_format_find(const char *path)
{
    const char *const dot = strrchr(path, '.');
    tq_figure_format format = 0;

    while (format < TQ_FIGURE_COUNT && !(dot && strcasecmp(dot + 1, formats[format].name) == 0)) {
        format++;
    }
    return format;
}

/* Refuse what tq_forest_write() refuses. */
static tq_status check(tq_figure_format format, const tq_figure_options *opt, tq_error *err)
{
    if ((unsigned)format >= TQ_FIGURE_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown figure format");
    }
    if (!theme_at(opt->theme)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown theme");
    }
    if (!(opt->dpi >= 10.0 && opt->dpi <= 2400.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "dpi '%g' must be in 10..2400", opt->dpi);
    }
    if (opt->width != 0.0 && !(opt->width >= 50.0 && opt->width <= 1000.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "width '%g' must be in 50..1000 mm",
                       opt->width);
    }
    return TQ_OK;
}

/* A figure whose texts ask for more than the width it may have becomes smaller altogether. */
static void fit(scene *s, const tq_figure_options *opt)
{
    const double width = opt->width * POINTS_PER_MM;

    if (width > 0.0 && s->width > width * (1.0 + 1e-9)) { /* 1e-9: rounding */
        scene_resize(s, width / s->width);
    }
}

/* Append a scene as a file, or nothing. */
static tq_status write_scene(scene *s, tq_figure_format format, const tq_figure_options *opt,
                             tq_buffer *out, tq_error *err)
{
    tq_buffer drawn = {0};

    fit(s, opt);
    tq_status status = formats[format].write(s, opt, &drawn, err);

    if (status == TQ_OK) {
        status = tq_buffer_status(&drawn, err);
    }
    if (status == TQ_OK) {
        tq_buffer_append(out, drawn.data, drawn.size);
        status = tq_buffer_status(out, err);
    }
    tq_buffer_free(&drawn);
    return status;
}

/* ---- layouts ---- */

static tq_status draw_scene(figure_drawer *draw, const void *layout, const tq_figure_options *opt,
                            scene **out, tq_error *err)
{
    scene *const s = scene_new();
    typesetter t;

    if (!s) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    s->family = opt->font ? opt->font : theme_at(opt->theme)->family;
    tq_status status = typesetter_open(&t, s->family, err);

    if (status == TQ_OK) {
        draw(layout, opt, s, &t);
    }
    if (s->failed) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    typesetter_close(&t);
    if (status == TQ_OK) {
        *out = s;
    } else {
        scene_free(s);
    }
    return status;
}

tq_status chart_scene(const tq_chart *chart, const tq_figure_options *opt, scene **out,
                      tq_error *err)
{
    return draw_scene(chart_draw, chart, opt, out, err);
}

static tq_status write_layout(figure_drawer *draw, const void *layout, tq_figure_format format,
                              const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    const tq_figure_options defaults = tq_figure_defaults();
    scene *s = NULL;

    opt = opt ? opt : &defaults;
    tq_status status = check(format, opt, err);

    status = status == TQ_OK ? draw_scene(draw, layout, opt, &s, err) : status;
    status = status == TQ_OK ? write_scene(s, format, opt, out, err) : status;
    scene_free(s);
    return status;
}

tq_status tq_forest_write(const tq_forest *forest, tq_figure_format format,
                          const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    return write_layout(forest_draw, forest, format, opt, out, err);
}

tq_status tq_chart_write(const tq_chart *chart, tq_figure_format format,
                         const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    return write_layout(chart_draw, chart, format, opt, out, err);
}

tq_status tq_panels_write(const tq_panels *panels, tq_figure_format format,
                          const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    return write_layout(panels_draw, panels, format, opt, out, err);
}
