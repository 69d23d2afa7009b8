/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SVG documents inside an HTML page, where the ids of all of them share one name space. */
#include <string.h>

#include "report/page/page_internal.h"

/* Attributes that name an id, or several with blanks between them. */
static const struct {
    const char *begins;
    int list;
} naming[] = {
    {" id=\"", 0}, {" href=\"#", 0},           {" xlink:href=\"#", 0},
    {"url(#", 0},  {" aria-labelledby=\"", 1}, {" aria-describedby=\"", 1},
};

static void put_prefix(tq_buffer *out, const char *prefix)
{
    tq_buffer_text(out, prefix);
    tq_buffer_text(out, ":"); /* in no id of the page itself */
}

/* The ids of a list up to its quotation mark; returns what follows. */
static const char *put_list(tq_buffer *out, const char *prefix, const char *at)
{
    while (*at && *at != '"') {
        const size_t blanks = strspn(at, " "), id = strcspn(at + blanks, " \"");

        tq_buffer_append(out, at, blanks);
        if (id > 0) {
            put_prefix(out, prefix);
        }
        tq_buffer_append(out, at + blanks, id);
        at += blanks + id;
    }
    return at;
}

/* What names an id at this place of a tag is written; returns what follows, at itself where nothing does. */
static const char *put_named(tq_buffer *out, const char *prefix, const char *at)
{
    for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
        const size_t n = strlen(naming[i].begins);

        if (strncmp(at, naming[i].begins, n) == 0) {
            tq_buffer_append(out, at, n);
            if (naming[i].list) {
                return put_list(out, prefix, at + n);
            }
            put_prefix(out, prefix);
            return at + n;
        }
    }
    return at;
}

void page_html_svg(tq_buffer *out, const char *prefix, const char *svg)
{
    const char *at = strstr(svg, "<svg");
    int in_tag = 0;

    while (at && *at) {
        const char *next = in_tag ? put_named(out, prefix, at) : at;

        if (next != at) {
            at = next;
            continue;
        }
        in_tag = *at == '<' || (in_tag && *at != '>');
        tq_buffer_append(out, at++, 1);
    }
}
