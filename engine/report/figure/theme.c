/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of themes. */
#include "report/figure/theme_internal.h"

/* Colours that colour-blind readers tell apart: Okabe & Ito (2008), Color Universal Design. */
#define OKABE_ITO_GROUPS \
    [TQ_INK_GROUP] = 0x0072B2, [TQ_INK_GROUP_2] = 0xD55E00, [TQ_INK_GROUP_3] = 0x009E73, \
    [TQ_INK_GROUP_4] = 0xCC79A7, [TQ_INK_GROUP_5] = 0xE69F00, [TQ_INK_GROUP_6] = 0x56B4E9

/* Greys that differ by 20 % of lightness; markers tell the rest. */
#define GREY_GROUPS \
    [TQ_INK_GROUP] = 0x000000, [TQ_INK_GROUP_2] = 0x6E6E6E, [TQ_INK_GROUP_3] = 0xA8A8A8, \
    [TQ_INK_GROUP_4] = 0x3C3C3C, [TQ_INK_GROUP_5] = 0x8C8C8C, [TQ_INK_GROUP_6] = 0xC4C4C4

#define TEXT_INKS \
    [TQ_INK_BLACK] = 0x000000, [TQ_INK_QUIET] = 0x555555, [TQ_INK_RULE] = 0x8C8C8C, \
    [TQ_INK_LINE] = 0x1A1A1A, [TQ_INK_PAPER] = 0xFFFFFF

#define GREY_SHADES \
    [TQ_INK_SHADE] = 0xC9C9C9, [TQ_INK_SHADE_2] = 0xDFDFDF, [TQ_INK_SHADE_3] = 0xF1F1F1

/* Green, yellow, red and grey that differ in lightness too; signs stand inside. */
#define LIGHTS \
    { \
        [TQ_BIAS_LOW] = 0x5DBB9A, [TQ_BIAS_SOME] = 0xF0E442, [TQ_BIAS_HIGH] = 0xE8743B, \
        [TQ_BIAS_UNCLEAR] = 0xD0D0D0 \
    }
#define GREY_LIGHTS \
    { \
        [TQ_BIAS_LOW] = 0xFFFFFF, [TQ_BIAS_SOME] = 0xD8D8D8, [TQ_BIAS_HIGH] = 0xA0A0A0, \
        [TQ_BIAS_UNCLEAR] = 0xECECEC \
    }

/* Colour of the studies, of pools, of prediction, of both bands. */
#define INKS(study, pooled, prediction, band, wide) \
    [TQ_INK_STUDY] = study, [TQ_INK_POOLED] = pooled, [TQ_INK_PREDICTION] = prediction, \
    [TQ_INK_BAND] = band, [TQ_INK_WIDE_BAND] = wide

/* What the house styles of journals have in common with their published figures: the colours of
   squares and diamonds, the face, and whether a line marks the pooled effect. */
static const figure_theme themes[] = {
    {"default",
     "grey squares, blue diamonds",
     NULL,
     0x4D4D4D,
     0x0072B2,
     1,
     0,
     LIGHTS,
     {TEXT_INKS, GREY_SHADES, OKABE_ITO_GROUPS,
      INKS(0x4D4D4D, 0x0072B2, 0xD55E00, 0xB3D4E8, 0xE3EFF7)}},
    {"revman",
     "as in Cochrane reviews: blue squares, black diamonds",
     NULL,
     0x1F4FA3,
     0x000000,
     0,
     1,
     LIGHTS,
     {TEXT_INKS, GREY_SHADES, OKABE_ITO_GROUPS,
      INKS(0x1F4FA3, 0x000000, 0xB34700, 0xC8C8C8, 0xE8E8E8)}},
    {"jama",
     "dark blue squares and diamonds, rules above and below the headings",
     NULL,
     0x14406B,
     0x14406B,
     1,
     1,
     LIGHTS,
     {TEXT_INKS, GREY_SHADES, OKABE_ITO_GROUPS,
      INKS(0x14406B, 0x14406B, 0xB24745, 0xB9C6D3, 0xE3E9EE)}},
    {"bmj",
     "blue squares, light blue diamonds",
     NULL,
     0x2A6EBB,
     0x6AADE4,
     1,
     0,
     LIGHTS,
     {TEXT_INKS, GREY_SHADES, OKABE_ITO_GROUPS,
      INKS(0x2A6EBB, 0x2A6EBB, 0xCD202C, 0xC3DDF3, 0xE7F1FA)}},
    {"mono",
     "black and greys, for printing without colour",
     NULL,
     0x4D4D4D,
     0x000000,
     1,
     0,
     GREY_LIGHTS,
     {TEXT_INKS, GREY_SHADES, GREY_GROUPS, INKS(0x4D4D4D, 0x000000, 0x6E6E6E, 0xC8C8C8, 0xE8E8E8)}},
};

const figure_theme *theme_at(size_t i)
{
    return i < sizeof themes / sizeof *themes ? &themes[i] : NULL;
}

const char *tq_theme_name(size_t i)
{
    return theme_at(i) ? theme_at(i)->name : NULL;
}

const char *tq_theme_summary(size_t i)
{
    return theme_at(i) ? theme_at(i)->summary : NULL;
}
