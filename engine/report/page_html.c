/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports as HTML that is well-formed XML too: one file, no script, nothing fetched. Tables carry a
 * caption and the scope of their heads (WCAG 2.2, techniques H39 and H63), and take the focus so that
 * a wide one scrolls by keyboard.
 */
#include <string.h>

#include "report/page_internal.h"

static void escaped(tq_buffer *out, const char *text)
{
    static const char special[] = "&<>\"'";
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

    for (const char *c = text; *c; c++) {
        const char *found = strchr(special, *c);

        if (found) {
            tq_buffer_text(out, entity[found - special]);
        } else if ((unsigned char)*c >= ' ') { /* other controls are in no XML document */
            tq_buffer_append(out, c, 1);
        }
    }
}

static void element(const page *p, const char *open, const char *text, const char *close)
{
    tq_buffer_text(p->out, open);
    escaped(p->out, text);
    tq_buffer_text(p->out, close);
}

static const char style[] =
    ":root { color-scheme: light dark; --rule: #767676; --faint: #d0d0d0; }\n"
    "@media (prefers-color-scheme: dark) { :root { --rule: #9a9a9a; --faint: #4a4a4a; } }\n"
    "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; "
    "padding: 0 1rem; }\n"
    "h1 { font-size: 1.5rem; line-height: 1.25; }\n"
    "h2 { font-size: 1.125rem; margin: 1.5rem 0 .5rem; }\n"
    "p, ul { margin: .5rem 0; max-width: 60rem; }\n"
    ".note { font-size: .875rem; }\n"
    ".wide { overflow-x: auto; margin: 1rem 0; }\n"
    "table { border-collapse: collapse; border-top: 2px solid var(--rule); "
    "border-bottom: 2px solid var(--rule); font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; padding: .25rem 0; }\n"
    "caption h2 { margin: 0; }\n"
    "th, td { padding: .2rem .75rem; text-align: right; vertical-align: top; "
    "white-space: nowrap; }\n"
    "th { font-weight: 600; }\n"
    "tbody th { font-weight: 400; }\n"
    ".l { text-align: left; white-space: normal; }\n"
    "thead { border-bottom: 1px solid var(--rule); }\n"
    "tbody + tbody { border-top: 1px solid var(--rule); }\n"
    "tbody tr + tr { border-top: 1px solid var(--faint); }\n"
    "@media print { :root { color-scheme: light; } body { font-size: 9pt; margin: 0; } "
    ".wide { overflow: visible; } thead { display: table-header-group; } "
    "tr { break-inside: avoid; } h2, caption { break-after: avoid; } }\n";

static void begin(const page *p, const char *title)
{
    tq_buffer_text(p->out,
                   "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
                   "<head>\n<meta charset=\"utf-8\"/>\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    element(p, "<title>", title, "</title>\n<style>\n");
    tq_buffer_text(p->out, style);
    element(p, "</style>\n</head>\n<body>\n<main>\n<h1 dir=\"auto\">", title, "</h1>\n");
}

static void heading(const page *p, const char *text)
{
    element(p, "<h2 dir=\"auto\">", text, "</h2>\n");
}

static void paragraph(const page *p, const char *text)
{
    element(p, "<p dir=\"auto\">", text, "</p>\n");
}

static void note(const page *p, const char *text)
{
    element(p, "<p class=\"note\" dir=\"auto\">", text, "</p>\n");
}

static void list_begin(const page *p)
{
    tq_buffer_text(p->out, "<ul>\n");
}

static void item(const page *p, const char *text)
{
    element(p, "<li dir=\"auto\">", text, "</li>\n");
}

static void list_end(const page *p)
{
    tq_buffer_text(p->out, "</ul>\n");
}

static const char *text_of(const text_row *r, size_t c)
{
    return r->cell[c] ? r->cell[c] : "";
}

/* An empty head is no head. */
static void head_row(const page *p, const text_table *t)
{
    tq_buffer_text(p->out, "<thead>\n<tr>");
    for (size_t c = 0; c < t->columns; c++) {
        const char *text = text_of(t->first, c);

        if (*text) {
            element(p, t->left[c] ? "<th scope=\"col\" class=\"l\">" : "<th scope=\"col\">", text,
                    "</th>");
        } else {
            tq_buffer_text(p->out, "<td></td>");
        }
    }
    tq_buffer_text(p->out, "</tr>\n</thead>\n");
}

static void body_row(const page *p, const text_table *t, const text_row *r)
{
    tq_buffer_text(p->out, "<tr>");
    element(p, "<th scope=\"row\" class=\"l\" dir=\"auto\">", text_of(r, 0), "</th>");
    for (size_t c = 1; c < t->columns; c++) {
        element(p, t->left[c] ? "<td class=\"l\" dir=\"auto\">" : "<td>", text_of(r, c), "</td>");
    }
    tq_buffer_text(p->out, "</tr>\n");
}

/* Rules part the body. */
static void body(const page *p, const text_table *t)
{
    int open = 0;

    for (const text_row *r = t->first->next; r; r = r->next) {
        if (r->rule) {
            tq_buffer_text(p->out, open ? "</tbody>\n" : "");
            open = 0;
            continue;
        }
        tq_buffer_text(p->out, open ? "" : "<tbody>\n");
        open = 1;
        body_row(p, t, r);
    }
    tq_buffer_text(p->out, open ? "</tbody>\n" : "");
}

static void table(const page *p, const char *caption, int headed, const text_table *t)
{
    element(p, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"", caption,
            "\">\n");
    element(p, headed ? "<table>\n<caption><h2 dir=\"auto\">" : "<table>\n<caption dir=\"auto\">",
            caption, headed ? "</h2></caption>\n" : "</caption>\n");
    head_row(p, t);
    body(p, t);
    tq_buffer_text(p->out, "</table>\n</div>\n");
}

static void end(const page *p)
{
    tq_buffer_text(p->out, "</main>\n</body>\n</html>\n");
}

const page_markup page_html = {begin, heading,  paragraph, note, list_begin,
                               item,  list_end, table,     end};
