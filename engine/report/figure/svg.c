/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenes as SVG whose texts stay texts, so that an art editor can change them. */
#include <string.h>

#include "report/figure/figure_internal.h"

/* Coordinates to 1/1000 point: below what any device resolves. */
enum { PLACES = 3 };

static void attribute(tq_buffer *out, const char *name, double value)
{
    tq_buffer_format(out, " %s=\"", name);
    tq_buffer_number(out, value, PLACES);
    tq_buffer_text(out, "\"");
}

static void colour_attribute(tq_buffer *out, const char *name, scene_colour colour)
{
    tq_buffer_format(out, " %s=\"#%06X\"", name, (unsigned)colour);
}

static void escaped(tq_buffer *out, const char *text)
{
    while (*text) {
        const size_t plain = strcspn(text, "&<>\"");

        tq_buffer_append(out, text, plain);
        text += plain;
        if (*text) {
            tq_buffer_text(out, *text == '&'   ? "&amp;"
                                : *text == '<' ? "&lt;"
                                : *text == '>' ? "&gt;"
                                               : "&quot;");
            text++;
        }
    }
}

static void element(tq_buffer *out, const char *name, const char *text)
{
    tq_buffer_format(out, "<%s>", name);
    escaped(out, text);
    tq_buffer_format(out, "</%s>\n", name);
}

/* Colour, width and dashes of a line, which end its element. */
static void write_stroke(const scene_mark *m, tq_buffer *out)
{
    colour_attribute(out, "stroke", m->colour);
    attribute(out, "stroke-width", m->width);
    if (m->dash > 0.0) {
        attribute(out, "stroke-dasharray", m->dash);
    }
    tq_buffer_text(out, "/>\n");
}

/* Colours of an area, and what a pointer on it is told, which end its element. */
static void write_fill(const scene_mark *m, const char *name, tq_buffer *out)
{
    colour_attribute(out, "fill", m->colour);
    if (m->width > 0.0) {
        colour_attribute(out, "stroke", m->edge);
        attribute(out, "stroke-width", m->width);
    }
    if (m->text) {
        tq_buffer_text(out, "><title>");
        escaped(out, m->text);
        tq_buffer_format(out, "</title></%s>\n", name);
    } else {
        tq_buffer_text(out, "/>\n");
    }
}

static void write_line(const scene_mark *m, tq_buffer *out)
{
    tq_buffer_format(out, "<line class=\"%s\"", m->role);
    attribute(out, "x1", m->point[0].x);
    attribute(out, "y1", m->point[0].y);
    attribute(out, "x2", m->point[1].x);
    attribute(out, "y2", m->point[1].y);
    write_stroke(m, out);
}

static void write_points(const scene_mark *m, tq_buffer *out)
{
    tq_buffer_text(out, " points=\"");
    for (size_t i = 0; i < m->n; i++) {
        tq_buffer_text(out, i > 0 ? " " : "");
        tq_buffer_number(out, m->point[i].x, PLACES);
        tq_buffer_text(out, ",");
        tq_buffer_number(out, m->point[i].y, PLACES);
    }
    tq_buffer_text(out, "\"");
}

static void write_path(const scene_mark *m, tq_buffer *out)
{
    tq_buffer_format(out, "<polyline class=\"%s\"", m->role);
    write_points(m, out);
    tq_buffer_text(out, " fill=\"none\"");
    write_stroke(m, out);
}

static void write_shape(const scene_mark *m, tq_buffer *out)
{
    tq_buffer_format(out, "<polygon class=\"%s\"", m->role);
    write_points(m, out);
    write_fill(m, "polygon", out);
}

static void write_circle(const scene_mark *m, tq_buffer *out)
{
    tq_buffer_format(out, "<circle class=\"%s\"", m->role);
    attribute(out, "cx", m->point[0].x);
    attribute(out, "cy", m->point[0].y);
    attribute(out, "r", m->radius);
    write_fill(m, "circle", out);
}

static void write_text(const scene_mark *m, tq_buffer *out)
{
    static const char *const anchor[] = {
        [TQ_ALIGN_LEFT] = "start", [TQ_ALIGN_CENTER] = "middle", [TQ_ALIGN_RIGHT] = "end"};

    tq_buffer_format(out, "<text class=\"%s\"", m->role);
    attribute(out, "x", m->point[0].x);
    attribute(out, "y", m->point[0].y);
    if (m->upwards) {
        tq_buffer_text(out, " transform=\"rotate(-90 ");
        tq_buffer_number(out, m->point[0].x, PLACES);
        tq_buffer_text(out, " ");
        tq_buffer_number(out, m->point[0].y, PLACES);
        tq_buffer_text(out, ")\"");
    }
    attribute(out, "font-size", m->style.size);
    tq_buffer_text(out, m->style.bold ? " font-weight=\"bold\"" : "");
    tq_buffer_text(out, m->style.italic ? " font-style=\"italic\"" : "");
    if (m->align != TQ_ALIGN_LEFT) {
        tq_buffer_format(out, " text-anchor=\"%s\"", anchor[m->align]);
    }
    colour_attribute(out, "fill", m->colour);
    tq_buffer_text(out, ">");
    escaped(out, m->text);
    tq_buffer_text(out, "</text>\n");
}

static void write_head(const scene *s, tq_buffer *out)
{
    tq_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"");
    tq_buffer_number(out, s->width, PLACES);
    tq_buffer_text(out, "pt\" height=\"");
    tq_buffer_number(out, s->height, PLACES);
    tq_buffer_text(out, "pt\" viewBox=\"0 0 ");
    tq_buffer_number(out, s->width, PLACES);
    tq_buffer_text(out, " ");
    tq_buffer_number(out, s->height, PLACES);
    tq_buffer_text(out, "\" font-family=\"");
    if (s->family) {
        tq_buffer_text(out, "'");
        escaped(out, s->family);
        tq_buffer_text(out, "', ");
    }
    tq_buffer_text(out, "Arial, Helvetica, 'Liberation Sans', sans-serif\">\n");
    element(out, "title", s->title);
    element(out, "desc", s->description);
    tq_buffer_text(out,
                   "<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n");
}

tq_status svg_write(const scene *s, const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    static void (*const write[])(const scene_mark *, tq_buffer *) = {
        [SCENE_LINE] = write_line,     [SCENE_PATH] = write_path, [SCENE_SHAPE] = write_shape,
        [SCENE_CIRCLE] = write_circle, [SCENE_TEXT] = write_text,
    };

    (void)opt; /* vectors have neither resolution nor, here, a date */
    write_head(s, out);
    for (size_t i = 0; i < s->n; i++) {
        write[s->mark[i].kind](&s->mark[i], out);
    }
    tq_buffer_text(out, "</svg>\n");
    return tq_buffer_status(out, err);
}
