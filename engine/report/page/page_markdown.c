/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports in GitHub Flavored Markdown (its specification, version 0.29: tables are its section 4.10). */
#include <string.h>

#include "report/page/page_internal.h"

/* What would start markup anywhere in a line. A bracket is safe until something follows that makes it
   a link, so that intervals stay readable. */
static void escaped(tq_buffer *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '<' || *c == '>' || *c == '&') {
            tq_buffer_text(out, *c == '<' ? "&lt;" : *c == '>' ? "&gt;" : "&amp;");
            continue;
        }
        if (strchr("\\`*_|#~$", *c) || (*c == ']' && c[1] && strchr("([:", c[1])) ||
            (*c == '[' && c[1] == '^')) {
            tq_buffer_text(out, "\\");
        }
        tq_buffer_append(out, c, 1);
    }
}

/* At the start of a line also what would make it a list, a quotation or a rule. */
static void line(tq_buffer *out, const char *text)
{
    const size_t digits = strspn(text, "0123456789");

    if (digits > 0 && (text[digits] == '.' || text[digits] == ')')) {
        tq_buffer_append(out, text, digits);
        tq_buffer_text(out, "\\");
        text += digits;
        tq_buffer_append(out, text++, 1);
    } else if (*text && strchr("-+=", *text)) {
        tq_buffer_text(out, "\\");
    }
    escaped(out, text);
}

static void begin(const page *p, const char *title)
{
    tq_buffer_text(p->out, "# ");
    escaped(p->out, title);
    tq_buffer_text(p->out, "\n");
}

static void titled(const page *p, int level, const char *text)
{
    tq_buffer_format(p->out, "\n%.*s ", level < 6 ? level : 6, "######");
    escaped(p->out, text);
    tq_buffer_text(p->out, "\n");
}

static void heading(const page *p, const char *text)
{
    titled(p, p->level + 2, text);
}

static void paragraph(const page *p, const char *text)
{
    tq_buffer_text(p->out, "\n");
    line(p->out, text);
    tq_buffer_text(p->out, "\n");
}

static void list_begin(const page *p)
{
    tq_buffer_text(p->out, "\n");
}

static void item(const page *p, const char *text)
{
    tq_buffer_text(p->out, "- ");
    line(p->out, text);
    tq_buffer_text(p->out, "\n");
}

static void list_end(const page *p)
{
    (void)p;
}

static void cells(const text_table *t, const text_row *r, tq_buffer *out)
{
    for (size_t c = 0; c < t->columns; c++) {
        tq_buffer_text(out, c ? " | " : "| ");
        tq_buffer_text(out, r->marked[c] ? "*" : "");
        escaped(out, r->cell[c] ? r->cell[c] : "");
        tq_buffer_text(out, r->marked[c] ? "*" : "");
    }
    tq_buffer_text(out, " |\n");
}

/* The format has no cells across columns. */
static void group(const text_table *t, const text_row *r, tq_buffer *out)
{
    tq_buffer_text(out, "| **");
    escaped(out, r->cell[0]);
    tq_buffer_text(out, "**");
    for (size_t c = 1; c < t->columns; c++) {
        tq_buffer_text(out, " | ");
    }
    tq_buffer_text(out, " |\n");
}

/* Pandoc gives columns whose cells break widths in proportion to these dashes. */
static void aligned(const text_table *t, tq_buffer *out)
{
    enum { DASHES = 120 };

    for (size_t c = 0; c < t->columns; c++) {
        const int n = t->fluid ? (int)(t->share[c] * DASHES) : 3;

        tq_buffer_text(out, t->left[c] ? "| :" : "| ");
        for (int i = 0; i < (n < 3 ? 3 : n); i++) {
            tq_buffer_text(out, "-");
        }
        tq_buffer_text(out, t->left[c] ? " " : ": ");
    }
    tq_buffer_text(out, "|\n");
}

/* Rules inside a table are not known to the format. */
static void table(const page *p, const char *caption, int headed, const text_table *t)
{
    if (headed) {
        heading(p, caption);
    } else {
        tq_buffer_text(p->out, "\n**");
        escaped(p->out, caption);
        tq_buffer_text(p->out, "**\n");
    }
    tq_buffer_text(p->out, "\n");
    for (const text_row *r = t->first; r; r = r->next) {
        if (r->group) {
            group(t, r, p->out);
        } else if (!r->rule) {
            cells(t, r, p->out);
        }
        if (r == t->first) {
            aligned(t, p->out);
        }
    }
}

static void end(const page *p)
{
    (void)p;
}

static void section_begin(const page *p, int level, const char *id, const char *title)
{
    (void)id; /* readers make anchors of titles */
    titled(p, level + 1, title);
}

static void section_end(const page *p)
{
    (void)p;
}

/* A picture by its file: the format holds no SVG that all readers show. */
static void figure(const page *p, const page_figure *f)
{
    if (!f->file) {
        return;
    }
    tq_buffer_text(p->out, "\n![");
    escaped(p->out, f->caption);
    tq_buffer_text(p->out, "](<");
    for (const char *c = f->file; *c; c++) {
        tq_buffer_text(p->out, strchr("<>\\", *c) ? "\\" : "");
        tq_buffer_append(p->out, c, 1);
    }
    tq_buffer_text(p->out, ">)\n");
}

const page_markup page_markdown = {begin,      heading,       paragraph,   paragraph,
                                   list_begin, item,          list_end,    table,
                                   end,        section_begin, section_end, figure};
