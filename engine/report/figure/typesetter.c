/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pango behind two questions: how wide is this text, and what does it look like. */
#include "report/figure/typesetter_internal.h"

/* Without hinting, widths do not depend on the resolution of the device. */
static void set_unhinted(PangoContext *context)
{
    cairo_font_options_t *const options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
}

int typesetter_open(typesetter *t)
{
    PangoFontMap *const fonts = pango_cairo_font_map_new();

    *t = (typesetter){0};
    if (!fonts) {
        return 0;
    }
    t->context = pango_font_map_create_context(fonts);
    g_object_unref(fonts); /* the context keeps it */
    pango_cairo_context_set_resolution(t->context, 72.0);
    pango_context_set_round_glyph_positions(t->context, FALSE);
    set_unhinted(t->context);
    /* Hyphenation and shaping must not follow the language of whoever runs the program. */
    pango_context_set_language(t->context, pango_language_from_string("en"));
    t->layout = pango_layout_new(t->context);
    t->font = pango_font_description_new();
    pango_font_description_set_family_static(t->font, TYPESETTER_FAMILIES);
    pango_layout_set_single_paragraph_mode(t->layout, TRUE);
    return 1;
}

void typesetter_close(typesetter *t)
{
    if (t->font) {
        pango_font_description_free(t->font);
    }
    if (t->layout) {
        g_object_unref(t->layout);
    }
    if (t->context) {
        g_object_unref(t->context);
    }
    *t = (typesetter){0};
}

PangoLayoutLine *typesetter_line(typesetter *t, const char *text, text_style style, double *width)
{
    PangoRectangle logical;

    pango_font_description_set_absolute_size(t->font, style.size * PANGO_SCALE);
    pango_font_description_set_weight(t->font,
                                      style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_style(t->font,
                                     style.italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
    pango_layout_set_font_description(t->layout, t->font);
    pango_layout_set_text(t->layout, text, -1);

    PangoLayoutLine *const line = pango_layout_get_line_readonly(t->layout, 0);

    pango_layout_line_get_extents(line, NULL, &logical);
    *width = (double)logical.width / PANGO_SCALE;
    return line;
}

double typesetter_width(typesetter *t, const char *text, text_style style)
{
    double width = 0.0;

    typesetter_line(t, text, style, &width);
    return width;
}
