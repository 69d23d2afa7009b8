/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pango behind two questions: how wide is this text, and what does it look like. */
#include "report/figure/typesetter_internal.h"

#include <stdio.h>

/* Without hinting, widths do not depend on the resolution of the device. */
static void set_unhinted(const drawing_api *d, PangoContext *context)
{
    cairo_font_options_t *const options = d->cairo_font_options_create();

    d->cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    d->cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    d->cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    d->pango_cairo_context_set_font_options(context, options);
    d->cairo_font_options_destroy(options);
}

/* A longer name than any face has is cut. */
static void set_family(const drawing_api *d, PangoFontDescription *font, const char *family)
{
    char list[256];

    snprintf(list, sizeof list, "%.180s%s" TYPESETTER_FAMILIES, family ? family : "",
             family ? ", " : "");
    d->pango_font_description_set_family(font, list);
}

tq_status typesetter_open(typesetter *t, const char *family, tq_error *err)
{
    const drawing_api *const d = drawing_load(err);

    *t = (typesetter){.api = d};
    if (!d) {
        return TQ_EWRITE;
    }
    PangoFontMap *const fonts = d->pango_cairo_font_map_new();

    if (!fonts) {
        return tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "figure: no fonts can be used");
    }
    t->context = d->pango_font_map_create_context(fonts);
    d->g_object_unref(fonts); /* the context keeps it */
    d->pango_cairo_context_set_resolution(t->context, 72.0);
    d->pango_context_set_round_glyph_positions(t->context, FALSE);
    set_unhinted(d, t->context);
    /* Hyphenation and shaping must not follow the language of whoever runs the program. */
    d->pango_context_set_language(t->context, d->pango_language_from_string("en"));
    t->layout = d->pango_layout_new(t->context);
    t->font = d->pango_font_description_new();
    set_family(d, t->font, family);
    d->pango_layout_set_single_paragraph_mode(t->layout, TRUE);
    return TQ_OK;
}

void typesetter_close(typesetter *t)
{
    const drawing_api *const d = t->api;

    if (t->font) {
        d->pango_font_description_free(t->font);
    }
    if (t->layout) {
        d->g_object_unref(t->layout);
    }
    if (t->context) {
        d->g_object_unref(t->context);
    }
    *t = (typesetter){0};
}

PangoLayoutLine *typesetter_line(typesetter *t, const char *text, text_style style, double *width)
{
    const drawing_api *const d = t->api;
    PangoRectangle logical;

    d->pango_font_description_set_absolute_size(t->font, style.size * PANGO_SCALE);
    d->pango_font_description_set_weight(t->font,
                                         style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    d->pango_font_description_set_style(t->font,
                                        style.italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    d->pango_layout_set_font_description(t->layout, t->font);
    d->pango_layout_set_text(t->layout, text, -1);

    PangoLayoutLine *const line = d->pango_layout_get_line_readonly(t->layout, 0);

    d->pango_layout_line_get_extents(line, NULL, &logical);
    *width = (double)logical.width / PANGO_SCALE;
    return line;
}

double typesetter_width(typesetter *t, const char *text, text_style style)
{
    double width = 0.0;

    typesetter_line(t, text, style, &width);
    return width;
}
