/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenes as PDF and PNG, by Cairo; texts are shaped by Pango. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "report/figure/figure_internal.h"

/* Cairo's images end at 32,767 dots; memory is four bytes a dot. */
#define DOTS_MAX 32000.0
#define AREA_MAX 1e8
#define RIGHT_ANGLE 1.57079632679489661923 /* pi / 2 */

static void set_colour(const drawing_api *d, cairo_t *cr, scene_colour colour)
{
    d->cairo_set_source_rgb(cr, (colour >> 16 & 0xFF) / 255.0, (colour >> 8 & 0xFF) / 255.0,
                            (colour & 0xFF) / 255.0);
}

static void trace(const drawing_api *d, cairo_t *cr, const scene_mark *m)
{
    d->cairo_new_path(cr); /* text leaves a current point behind */
    for (size_t i = 0; i < m->n; i++) {
        d->cairo_line_to(cr, m->point[i].x, m->point[i].y);
    }
}

static void draw_text(cairo_t *cr, typesetter *t, const scene_mark *m)
{
    const drawing_api *const d = t->api;
    double width;

    d->cairo_save(cr);
    d->cairo_translate(cr, m->point[0].x, m->point[0].y);
    if (m->upwards) {
        d->cairo_rotate(cr, -RIGHT_ANGLE);
    }
    d->pango_cairo_update_context(cr, t->context);
    d->pango_layout_context_changed(t->layout);

    PangoLayoutLine *const line = typesetter_line(t, m->text, m->style, &width);
    const double share = m->align == TQ_ALIGN_LEFT ? 0.0 : m->align == TQ_ALIGN_CENTER ? 0.5 : 1.0;

    d->cairo_move_to(cr, -share * width, 0.0);
    d->pango_cairo_show_layout_line(cr, line);
    d->cairo_restore(cr);
}

static void stroke(const drawing_api *d, cairo_t *cr, const scene_mark *m)
{
    d->cairo_set_line_width(cr, m->width);
    d->cairo_set_dash(cr, &m->dash, m->dash > 0.0 ? 1 : 0, 0.0);
    d->cairo_stroke(cr);
}

/* The area whose outline has been traced. */
static void fill(const drawing_api *d, cairo_t *cr, const scene_mark *m)
{
    d->cairo_close_path(cr);
    if (m->width > 0.0) {
        d->cairo_fill_preserve(cr);
        set_colour(d, cr, m->edge);
        stroke(d, cr, m);
    } else {
        d->cairo_fill(cr);
    }
}

static void draw_mark(cairo_t *cr, typesetter *t, const scene_mark *m)
{
    const drawing_api *const d = t->api;

    set_colour(d, cr, m->colour);
    switch (m->kind) {
    case SCENE_TEXT:
        draw_text(cr, t, m);
        break;
    case SCENE_CIRCLE:
        d->cairo_new_path(cr);
        d->cairo_arc(cr, m->point[0].x, m->point[0].y, m->radius, 0.0, 4.0 * RIGHT_ANGLE);
        fill(d, cr, m);
        break;
    case SCENE_SHAPE:
        trace(d, cr, m);
        fill(d, cr, m);
        break;
    case SCENE_LINE:
    case SCENE_PATH:
        trace(d, cr, m);
        stroke(d, cr, m);
        break;
    }
}

/* ---- pages ------------------------------------------------------------------------------ */

/* What of a scene stands between two heights, moved to another one; returns where it ends. */
static double draw_band(cairo_t *cr, typesetter *t, const scene *s, double from, double to,
                        double at)
{
    const drawing_api *const d = t->api;
    const int whole = from <= 0.0 && to >= s->height;

    d->cairo_save(cr);
    if (!whole) {
        d->cairo_translate(cr, 0.0, at - from);
        d->cairo_rectangle(cr, 0.0, from, s->width, to - from);
        d->cairo_clip(cr);
    }
    for (size_t i = 0; i < s->n; i++) {
        draw_mark(cr, t, &s->mark[i]);
    }
    d->cairo_restore(cr);
    return at + to - from;
}

/* The last place for a page to end that starts below the rows above; the end where all fits. */
static scene_break page_end(const scene *s, size_t above, size_t page_rows)
{
    scene_break end = {s->body_end, s->rows};

    if (s->rows - above <= page_rows) {
        return end;
    }
    for (size_t i = 0; i < s->n_breaks; i++) {
        const scene_break b = s->page_break[i];

        if (b.rows > above && (b.rows - above <= page_rows || end.rows == s->rows)) {
            end = b; /* one that comes too late is better than none */
        }
    }
    return end;
}

/* Heads and axis on every page, each of the height that it needs. */
static void draw_pages(cairo_t *cr, typesetter *t, cairo_surface_t *surface, const scene *s,
                       size_t page_rows)
{
    const drawing_api *const d = t->api;
    scene_break from = {s->body_top, 0};

    while (from.rows < s->rows) {
        const scene_break to = page_end(s, from.rows, page_rows);
        const double height = s->body_top + (to.y - from.y) + (s->height - s->body_end);
        double y;

        d->cairo_pdf_surface_set_size(surface, s->width, height);
        y = draw_band(cr, t, s, 0.0, s->body_top, 0.0);
        y = draw_band(cr, t, s, from.y, to.y, y);
        draw_band(cr, t, s, s->body_end, s->height, y);
        d->cairo_show_page(cr);
        from = to;
    }
}

static tq_status cairo_failure(const drawing_api *d, cairo_status_t status, tq_error *err)
{
    const tq_status code = status == CAIRO_STATUS_NO_MEMORY ? TQ_ENOMEM : TQ_EWRITE;

    return tq_fail(err, code, TQ_NO_ROW, NULL, "figure: %s", d->cairo_status_to_string(status));
}

/* Draw on a surface whose unit is scale dots to the point; pages: how many rows a page may have. */
static tq_status draw(const drawing_api *d, cairo_surface_t *surface, const scene *s, double scale,
                      size_t page_rows, tq_error *err)
{
    typesetter t;
    const tq_status opened = typesetter_open(&t, s->family, err);

    if (opened != TQ_OK) {
        return opened;
    }
    cairo_t *const cr = d->cairo_create(surface);

    d->cairo_scale(cr, scale, scale);
    if (page_rows > 0 && s->rows > page_rows) {
        draw_pages(cr, &t, surface, s, page_rows);
    } else {
        draw_band(cr, &t, s, 0.0, s->height, 0.0);
        d->cairo_show_page(cr);
    }
    const cairo_status_t status = d->cairo_status(cr);

    d->cairo_destroy(cr);
    typesetter_close(&t);
    return status == CAIRO_STATUS_SUCCESS ? TQ_OK : cairo_failure(d, status, err);
}

static cairo_status_t append(void *to, const unsigned char *data, unsigned length)
{
    tq_buffer *const out = to;

    tq_buffer_append(out, data, length);
    return out->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

/* An empty date makes Cairo leave the entry out, where none would make it read the clock. */
static void set_metadata(const drawing_api *d, cairo_surface_t *surface, const scene *s,
                         const char *date)
{
    char moment[40] = "";

    if (date) {
        tq_copy_text(moment, 11, date);
        strcat(moment, "T00:00:00Z");
    }
    d->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, s->title);
    d->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, s->description);
    d->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "tausq " TQ_VERSION);
    d->cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, moment);
}

tq_status pdf_write(const scene *s, const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    const drawing_api *const d = drawing_load(err);

    if (!d) {
        return TQ_EWRITE;
    }
    cairo_surface_t *const surface =
        d->cairo_pdf_surface_create_for_stream(append, out, s->width, s->height);

    set_metadata(d, surface, s, opt->date);

    tq_status status = draw(d, surface, s, 1.0, opt->page_rows, err);

    d->cairo_surface_finish(surface);
    if (status == TQ_OK && d->cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        status = cairo_failure(d, d->cairo_surface_status(surface), err);
    }
    d->cairo_surface_destroy(surface);
    return status;
}

/* CRC of PNG chunks: ISO/IEC 15948:2004, annex D. */
static uint32_t crc32_of(const unsigned char *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? 0xEDB88320u ^ crc >> 1 : crc >> 1;
        }
    }
    return ~crc;
}

static void put_u32(unsigned char out[4], uint32_t x)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (unsigned char)(x >> (24 - 8 * i));
    }
}

/* Copy a PNG, with the resolution (chunk pHYs, dots per metre) after its header chunk. */
static void copy_with_resolution(const tq_buffer *png, double dpi, tq_buffer *out)
{
    enum { SIGNATURE = 8, HEADER = 25, FRAME = 12, DATA = 9 };
    unsigned char chunk[FRAME + DATA] = "\0\0\0\011pHYs";
    const uint32_t per_metre = (uint32_t)lround(dpi / 0.0254);

    put_u32(chunk + 8, per_metre);
    put_u32(chunk + 12, per_metre);
    chunk[16] = 1; /* the unit is the metre */
    put_u32(chunk + 8 + DATA, crc32_of(chunk + 4, 4 + DATA));
    tq_buffer_append(out, png->data, SIGNATURE + HEADER);
    tq_buffer_append(out, chunk, sizeof chunk);
    tq_buffer_append(out, png->data + SIGNATURE + HEADER, png->size - SIGNATURE - HEADER);
}

/* The dpi wished for, or the largest that an image can have. */
static double possible_dpi(const scene *s, double dpi)
{
    const double longest = fmax(s->width, s->height) / 72.0;
    const double area = s->width * s->height / (72.0 * 72.0);

    return fmin(dpi, fmin(DOTS_MAX / longest, sqrt(AREA_MAX / area)));
}

static cairo_surface_t *new_image(const drawing_api *d, const scene *s, double scale)
{
    cairo_surface_t *const surface = d->cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)ceil(s->width * scale), (int)ceil(s->height * scale));
    cairo_t *const cr = d->cairo_create(surface);

    d->cairo_set_source_rgb(cr, 1.0, 1.0, 1.0);
    d->cairo_paint(cr);
    d->cairo_destroy(cr);
    return surface;
}

tq_status png_write(const scene *s, const tq_figure_options *opt, tq_buffer *out, tq_error *err)
{
    const drawing_api *const d = drawing_load(err);

    if (!d) {
        return TQ_EWRITE;
    }
    const double dpi = possible_dpi(s, opt->dpi);
    cairo_surface_t *const surface = new_image(d, s, dpi / 72.0);
    tq_buffer png = {0};
    tq_status status = draw(d, surface, s, dpi / 72.0, 0, err);

    if (status == TQ_OK) {
        const cairo_status_t written = d->cairo_surface_write_to_png_stream(surface, append, &png);

        status = written == CAIRO_STATUS_SUCCESS ? TQ_OK : cairo_failure(d, written, err);
    }
    if (status == TQ_OK) {
        copy_with_resolution(&png, dpi, out);
        status = tq_buffer_status(out, err);
    }
    tq_buffer_free(&png);
    d->cairo_surface_destroy(surface);
    return status;
}
