/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The frame of a review's page: head, contents, style, and the script that sorts tables. The page is one
 * file, well-formed as XML too; without scripts it lacks sorting, and its contents are folded on wide screens too.
 */
#include <string.h>

#include "report/dossier/dossier_internal.h"

/* Beyond page_html_style. Selectors name elements, because figures have classes of their own. */
static const char style[] =
    ":root { --ink: #1a1a1a; --paper: #fff; --soft: #595959; --band: #f3f5f7; --link: #005a8c; "
    "--open: #fff3d6; --open-ink: #5c4300; }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #17191c; "
    "--soft: #b3b3b3; --band: #22262b; --link: #7cc4f0; --open: #453600; --open-ink: #ffe6a8; } }\n"
    "html { scroll-behavior: smooth; scroll-padding-top: 1rem; }\n"
    "body { color: var(--ink); background: var(--paper); max-width: 84rem; }\n"
    "a { color: var(--link); }\n"
    "a.skip { position: absolute; left: -99rem; }\n"
    "a.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }\n"
    "header { border-bottom: 2px solid var(--rule); margin-bottom: 1.5rem; }\n"
    "header h1 { font-size: 1.9rem; margin: 0 0 .5rem; }\n"
    "header p { margin: .15rem 0; color: var(--soft); }\n"
    "p.notice { color: var(--open-ink); background: var(--open); padding: .5rem .75rem; "
    "border-radius: .25rem; font-weight: 600; }\n"
    "nav summary { font-weight: 600; cursor: pointer; padding: .25rem 0; }\n"
    "nav ul { list-style: none; margin: 0; padding: 0; font-size: .9rem; }\n"
    "nav ul ul { padding-left: .9rem; }\n"
    "nav li { margin: .2rem 0; }\n"
    "main { min-width: 0; }\n"
    "main section > h2 { font-size: 1.45rem; border-bottom: 1px solid var(--faint); "
    "padding-bottom: .25rem; margin: 2.5rem 0 .75rem; }\n"
    "main > section:first-child > h2 { margin-top: 0; }\n"
    "main h3 { font-size: 1.2rem; margin: 2rem 0 .5rem; }\n"
    "main h4 { font-size: 1rem; margin: 1.25rem 0 .4rem; }\n"
    "main p, main li { max-width: 46rem; overflow-wrap: anywhere; }\n"
    "main ul { padding-left: 1.25rem; }\n"
    "caption h3, caption h4 { margin: 0; }\n"
    "table { font-size: .875rem; }\n"
    "table.fluid { width: 100%; min-width: 56rem; font-size: .8125rem; line-height: 1.4; }\n"
    "table.fluid tbody th { min-width: 10rem; }\n"
    "table.fluid td.l { min-width: 4rem; }\n"
    "table.fluid th, table.fluid td { white-space: normal; padding: .3rem .4rem; }\n"
    "table span.n { white-space: nowrap; }\n"
    "div.wide tbody th, div.wide thead th:first-child { position: sticky; left: 0; "
    "background: var(--paper); }\n"
    /* A cell that stays in place loses the line of its row. */
    "div.wide tbody tr + tr > th { box-shadow: inset 0 1px 0 var(--faint); }\n"
    "@media (max-width: 40rem) { div.wide tbody th, table.fluid tbody th { min-width: 7.5rem; "
    "max-width: 9rem; overflow-wrap: break-word; } }\n"
    "thead th { vertical-align: bottom; }\n"
    "div.wide tr.g th { background: var(--band); font-weight: 600; }\n"
    "td.open { color: var(--open-ink); background: var(--open); font-style: italic; }\n"
    "th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; "
    "text-align: inherit; cursor: pointer; text-decoration: underline dotted; "
    "text-underline-offset: .2em; }\n"
    "th[aria-sort] button { text-decoration: underline; }\n"
    "figure { margin: 1.25rem 0; }\n"
    "figure > div.wide { background: #fff; border: 1px solid var(--faint); border-radius: .25rem; "
    "margin: 0; padding: .5rem; }\n"
    "figure svg { display: block; width: auto; height: auto; max-width: 100%; min-width: 34rem; "
    "margin: 0 auto; }\n"
    "figure.chart svg { min-width: 18rem; }\n"
    "figcaption { font-size: .875rem; color: var(--soft); padding: .4rem 0; max-width: 46rem; }\n"
    "footer { border-top: 1px solid var(--faint); margin-top: 2rem; padding: .75rem 0; "
    "font-size: .875rem; color: var(--soft); }\n"
    "@media (min-width: 70rem) { div.columns { display: grid; gap: 2rem; "
    "grid-template-columns: 13rem minmax(0, 1fr); } nav { position: sticky; top: 1rem; "
    "align-self: start; max-height: calc(100vh - 2rem); overflow-y: auto; } }\n"
    "@media (max-width: 70rem) { nav { border-bottom: 1px solid var(--faint); "
    "padding-bottom: 1rem; margin-bottom: 1.5rem; max-height: 60vh; overflow-y: auto; } }\n"
    "@media print { :root { --ink: #000; --paper: #fff; --soft: #333; --rule: #767676; "
    "--faint: #d0d0d0; --band: #f3f5f7; --link: #000; --open: #fff; --open-ink: #000; } "
    "@page { size: A4 landscape; margin: 12mm; } body { max-width: none; } nav, a.skip { display: "
    "none; } table { font-size: 7.5pt; } table.fluid { min-width: 0; } figure { break-inside: "
    "avoid; } figure svg { min-width: 0; max-height: 165mm; } figure > div.wide { border: 0; } "
    "main section > h2 { break-before: page; } main > section:first-child > h2 { break-before: "
    "auto; } h3, h4 { break-after: avoid; } }\n";

/* Contents beside the page are unfolded, those before it are not; at once, so that nothing moves. */
static const char unfold[] = "if (window.matchMedia('(min-width: 70rem)').matches) "
                             "{ document.querySelector('nav details').open = true; }";

/* Rows are sorted by the first number of a cell, else by its text, within their groups. */
static const char script[] =
    "document.querySelectorAll('table.sort').forEach(function (table) {\n"
    "  function key(row, i) {\n"
    "    var text = row.cells[i] ? row.cells[i].textContent : '';\n"
    "    var m = i ? text.replace(/(\\d),(?=\\d{3})/g, "
    "'$1').match(/-?\\d+(\\.\\d+)?(e[+-]?\\d+)?/i) : null;\n"
    "    return m ? Number(m[0]) : text;\n"
    "  }\n"
    "  function order(a, b) {\n"
    "    var x = typeof a === 'number', y = typeof b === 'number';\n"
    "    return x && y ? a - b : x ? -1 : y ? 1 : a.localeCompare(b);\n"
    "  }\n"
    "  table.querySelectorAll('thead th').forEach(function (head) {\n"
    "    var button = document.createElement('button');\n"
    "    button.type = 'button';\n"
    "    while (head.firstChild) { button.appendChild(head.firstChild); }\n"
    "    head.appendChild(button);\n"
    "    button.addEventListener('click', function () {\n"
    "      var up = head.getAttribute('aria-sort') !== 'ascending', i = head.cellIndex;\n"
    "      table.querySelectorAll('thead th').forEach(function (h) { "
    "h.removeAttribute('aria-sort'); });\n"
    "      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');\n"
    "      Array.prototype.forEach.call(table.tBodies, function (body) {\n"
    "        var rows = Array.prototype.filter.call(body.rows, function (r) { "
    "return r.className !== 'g'; });\n"
    "        rows.sort(function (a, b) { return order(key(a, i), key(b, i)) * (up ? 1 : -1); });\n"
    "        rows.forEach(function (r) { body.appendChild(r); });\n"
    "      });\n"
    "    });\n"
    "  });\n"
    "});\n";

static void element(tq_buffer *out, const char *open, const char *text, const char *close)
{
    tq_buffer_text(out, open);
    page_html_text(out, text);
    tq_buffer_text(out, close);
}

/* The frame is written around the page's parts. */
static void nothing_at_the_head(const page *p, const char *title)
{
    (void)p;
    (void)title;
}

static void nothing_at_the_end(const page *p)
{
    (void)p;
}

page_markup dossier_html_markup(void)
{
    page_markup as = page_html;

    as.begin = nothing_at_the_head;
    as.end = nothing_at_the_end;
    return as;
}

static void write_head(const tq_dossier *d, tq_buffer *out)
{
    tq_buffer_text(out,
                   "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
                   "<head>\n<meta charset=\"utf-8\"/>\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                   "<meta name=\"generator\" content=\"tausq " TQ_VERSION "\"/>\n");
    element(out, "<title>", d->title, "</title>\n<style>\n");
    tq_buffer_text(out, page_html_style);
    tq_buffer_text(out, style);
    tq_buffer_text(out, "</style>\n</head>\n<body>\n"
                        "<a class=\"skip\" href=\"#summary\">To the summary</a>\n");
}

static void write_header(const tq_dossier *d, tq_buffer *out)
{
    element(out, "<header>\n<h1 dir=\"auto\">", d->title, "</h1>\n");
    for (size_t i = 0; i < d->n_authors; i++) {
        element(out, i ? ", " : "<p dir=\"auto\">", d->author[i],
                i + 1 == d->n_authors ? "</p>\n" : "");
    }
    if (d->registration) {
        element(out, "<p dir=\"auto\">Registration: ", d->registration, "</p>\n");
    }
    if (d->date) {
        element(out, "<p>Date: ", d->date, "</p>\n");
    }
    if (d->notice) {
        element(out, "<p class=\"notice\" role=\"note\" dir=\"auto\">", d->notice, "</p>\n");
    }
    tq_buffer_text(out, "</header>\n");
}

static void link_to(tq_buffer *out, const char *id, const char *text, const char *close)
{
    tq_buffer_format(out, "<li><a href=\"#%s\" dir=\"auto\">", id);
    element(out, "", text, "</a>");
    tq_buffer_text(out, close);
}

static void contents_of_entries(const review *r, tq_buffer *out)
{
    const char *open = NULL;
    size_t n = 0;

    for (size_t i = 0; i < r->d->n; i++) {
        const char *section = r->d->entry[i].section ? r->d->entry[i].section : "Analyses";

        if (!open || strcmp(open, section) != 0) {
            tq_buffer_text(out, open ? "</ul></li>\n" : "");
            link_to(out, dossier_section_id(r, ++n), section, "\n<ul>\n");
            open = section;
        }
        link_to(out, dossier_entry_id(r, i), dossier_label(r, i), "</li>\n");
    }
    tq_buffer_text(out, "</ul></li>\n");
}

static void write_contents(const review *r, tq_buffer *out)
{
    tq_buffer_text(out, "<nav aria-label=\"Contents\">\n<details>\n"
                        "<summary>Contents</summary>\n<ul>\n");
    link_to(out, "summary", "Summary of all analyses", "</li>\n");
    link_to(out, "findings", "Summary of findings", "</li>\n");
    contents_of_entries(r, out);
    link_to(out, "methods", "Methods", "</li>\n");
    link_to(out, "excluded", "Rows left out", "</li>\n");
    link_to(out, "provenance", "Settings and provenance", "</li>\n");
    tq_buffer_text(out, "</ul>\n</details>\n</nav>\n<script>");
    tq_buffer_text(out, unfold);
    tq_buffer_text(out, "</script>\n");
}

void dossier_html_begin(const review *r, tq_buffer *out)
{
    write_head(r->d, out);
    write_header(r->d, out);
    tq_buffer_text(out, "<div class=\"columns\">\n");
    write_contents(r, out);
    tq_buffer_text(out, "<main>\n");
}

void dossier_html_end(tq_buffer *out)
{
    tq_buffer_text(out, "</main>\n</div>\n<footer>Made with tausq " TQ_VERSION
                        "</footer>\n<script>//<![CDATA[\n");
    tq_buffer_text(out, script);
    tq_buffer_text(out, "//]]></script>\n</body>\n</html>\n");
}
