/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports as HTML that is well-formed XML too: one file, no script, nothing fetched. Tables carry a
 * caption and the scope of their heads (WCAG 2.2, techniques H39 and H63), and take the focus so that
 * a wide one scrolls by keyboard.
 */
#include <stdlib.h>
#include <string.h>

#include "report/page/page_internal.h"

static void escaped(tq_buffer *out, const char *text, size_t size)
{
    static const char special[] = "&<>\"'";
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

    for (const char *c = text; c < text + size; c++) {
        const char *found = strchr(special, *c);

        if (found) {
            tq_buffer_text(out, entity[found - special]);
        } else if ((unsigned char)*c >= ' ') { /* other controls are in no XML document */
            tq_buffer_append(out, c, 1);
        }
    }
}

void page_html_text(tq_buffer *out, const char *text)
{
    escaped(out, text, strlen(text));
}

static void element(const page *p, const char *open, const char *text, const char *close)
{
    tq_buffer_text(p->out, open);
    page_html_text(p->out, text);
    tq_buffer_text(p->out, close);
}

const char page_html_style[] =
    ":root { color-scheme: light dark; --rule: #767676; --faint: #d0d0d0; }\n"
    "@media (prefers-color-scheme: dark) { :root { --rule: #9a9a9a; --faint: #4a4a4a; } }\n"
    "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; "
    "padding: 0 1rem; }\n"
    "h1 { font-size: 1.5rem; line-height: 1.25; }\n"
    "h2 { font-size: 1.125rem; margin: 1.5rem 0 .5rem; }\n"
    "p, ul { margin: .5rem 0; max-width: 60rem; }\n"
    "p.note { font-size: .875rem; }\n"
    "div.wide { overflow-x: auto; margin: 1rem 0; }\n"
    "table { border-collapse: collapse; border-top: 2px solid var(--rule); "
    "border-bottom: 2px solid var(--rule); font-variant-numeric: tabular-nums; }\n"
    "caption { text-align: left; font-weight: 600; padding: .25rem 0; }\n"
    "caption h2 { margin: 0; }\n"
    "th, td { padding: .2rem .75rem; text-align: right; vertical-align: top; "
    "white-space: nowrap; }\n"
    "th { font-weight: 600; }\n"
    "tbody th { font-weight: 400; }\n"
    "th.l, td.l { text-align: left; white-space: normal; }\n"
    "thead { border-bottom: 1px solid var(--rule); }\n"
    "tbody + tbody { border-top: 1px solid var(--rule); }\n"
    "tbody tr + tr { border-top: 1px solid var(--faint); }\n"
    "@media print { :root { color-scheme: light; } body { font-size: 9pt; margin: 0; } "
    "div.wide { overflow: visible; } thead { display: table-header-group; } "
    "tr { break-inside: avoid; } h2, caption { break-after: avoid; } }\n";

static void begin(const page *p, const char *title)
{
    tq_buffer_text(p->out,
                   "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
                   "<head>\n<meta charset=\"utf-8\"/>\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    element(p, "<title>", title, "</title>\n<style>\n");
    tq_buffer_text(p->out, page_html_style);
    element(p, "</style>\n</head>\n<body>\n<main>\n<h1 dir=\"auto\">", title, "</h1>\n");
}

/* Of headings, below the page's title and the open sections. */
static int level_of(const page *p)
{
    return p->level + 2 < 6 ? p->level + 2 : 6;
}

static void heading(const page *p, const char *text)
{
    tq_buffer_format(p->out, "<h%d dir=\"auto\">", level_of(p));
    page_html_text(p->out, text);
    tq_buffer_format(p->out, "</h%d>\n", level_of(p));
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

/* What stands in parentheses keeps to a line of a cell that may have several. */
static void fluid_text(tq_buffer *out, const char *text)
{
    enum { LONGEST = 40 };

    while (*text) {
        const size_t before = strcspn(text, "([");
        const size_t inside = text[before] ? strcspn(text + before, ")]") + 1 : 0;
        const int whole = inside > 0 && inside <= LONGEST && text[before + inside - 1];

        escaped(out, text, before);
        if (whole) {
            tq_buffer_text(out, "<span class=\"n\">");
            escaped(out, text + before, inside);
            tq_buffer_text(out, "</span>");
        } else {
            escaped(out, text + before, inside > 0);
        }
        text += before + (whole ? inside : inside > 0);
    }
}

static void cell(const page *p, const text_table *t, const char *open, const char *text,
                 const char *close)
{
    tq_buffer_text(p->out, open);
    (t->fluid ? fluid_text : page_html_text)(p->out, text);
    tq_buffer_text(p->out, close);
}

static void body_row(const page *p, const text_table *t, const text_row *r)
{
    tq_buffer_text(p->out, "<tr>");
    cell(p, t, "<th scope=\"row\" class=\"l\" dir=\"auto\">", text_of(r, 0), "</th>");
    for (size_t c = 1; c < t->columns; c++) {
        cell(p, t,
             r->marked[c] ? "<td class=\"l open\">"
             : t->left[c] ? "<td class=\"l\" dir=\"auto\">"
                          : "<td>",
             text_of(r, c), "</td>");
    }
    tq_buffer_text(p->out, "</tr>\n");
}

static void group_row(const page *p, const text_table *t, const text_row *r)
{
    tq_buffer_format(
        p->out, "<tr class=\"g\"><th scope=\"rowgroup\" class=\"l\" colspan=\"%zu\" dir=\"auto\">",
        t->columns);
    element(p, "", text_of(r, 0), "</th></tr>\n");
}

/* Rules and groups part the body. */
static void body(const page *p, const text_table *t)
{
    int open = 0;

    for (const text_row *r = t->first->next; r; r = r->next) {
        if (open && (r->rule || r->group)) {
            tq_buffer_text(p->out, "</tbody>\n");
            open = 0;
        }
        if (r->rule) {
            continue;
        }
        tq_buffer_text(p->out, open ? "" : "<tbody>\n");
        open = 1;
        (r->group ? group_row : body_row)(p, t, r);
    }
    tq_buffer_text(p->out, open ? "</tbody>\n" : "");
}

static void table(const page *p, const char *caption, int headed, const text_table *t)
{
    element(p, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"", caption,
            "\">\n");
    tq_buffer_text(p->out, t->fluid && t->sortable ? "<table class=\"fluid sort\">\n"
                           : t->fluid              ? "<table class=\"fluid\">\n"
                           : t->sortable           ? "<table class=\"sort\">\n"
                                                   : "<table>\n");
    if (headed) {
        tq_buffer_text(p->out, "<caption>");
        tq_buffer_format(p->out, "<h%d dir=\"auto\">", level_of(p));
        page_html_text(p->out, caption);
        tq_buffer_format(p->out, "</h%d></caption>\n", level_of(p));
    } else {
        element(p, "<caption dir=\"auto\">", caption, "</caption>\n");
    }
    for (size_t c = 0; t->fluid && c < t->columns; c++) {
        tq_buffer_text(p->out, c == 0 ? "<colgroup>" : "");
        tq_buffer_format(p->out, "<col style=\"width:%d%%\"/>", (int)(100.0 * t->share[c] + 0.5));
        tq_buffer_text(p->out, c + 1 == t->columns ? "</colgroup>\n" : "");
    }
    head_row(p, t);
    body(p, t);
    tq_buffer_text(p->out, "</table>\n</div>\n");
}

static void end(const page *p)
{
    tq_buffer_text(p->out, "</main>\n</body>\n</html>\n");
}

/* ---- sections and figures ---- */

static void section_begin(const page *p, int level, const char *id, const char *title)
{
    tq_buffer_format(p->out,
                     "<section id=\"%s\" aria-labelledby=\"%s:h\">\n<h%d id=\"%s:h\" dir=\"auto\">",
                     id, id, level + 1, id);
    page_html_text(p->out, title);
    tq_buffer_format(p->out, "</h%d>\n", level + 1);
}

static void section_end(const page *p)
{
    tq_buffer_text(p->out, "</section>\n");
}

/* Forest plots keep a width at which they can be read; charts are readable in less. */
static int is_wide(const char *svg)
{
    const double narrow = 480.0; /* points */
    const char *tag = strstr(svg, "<svg"), *end = tag ? strchr(tag, '>') : NULL;
    const char *width = end ? strstr(tag, " width=\"") : NULL;

    return !width || width > end || !(strtod(width + strlen(" width=\""), NULL) < narrow);
}

static void figure(const page *p, const page_figure *f)
{
    tq_buffer_format(p->out, "<figure id=\"%s\"%s>\n", f->id,
                     is_wide(f->svg) ? "" : " class=\"chart\"");
    element(p, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"",
            *f->caption ? f->caption : "figure", "\">\n");
    page_html_svg(p->out, f->id, f->svg);
    tq_buffer_text(p->out, "</div>\n");
    if (*f->caption) {
        element(p, "<figcaption dir=\"auto\">", f->caption, "</figcaption>\n");
    }
    tq_buffer_text(p->out, "</figure>\n");
}

const page_markup page_html = {begin,    heading, paragraph, note,          list_begin,  item,
                               list_end, table,   end,       section_begin, section_end, figure};
