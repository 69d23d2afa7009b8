/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports in GitHub Flavored Markdown (its specification, version 0.29: tables are its section 4.10). */
#include <string.h>

#include "report/page_internal.h"

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

static void heading(const page *p, const char *text)
{
    tq_buffer_text(p->out, "\n## ");
    escaped(p->out, text);
    tq_buffer_text(p->out, "\n");
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
        escaped(out, r->cell[c] ? r->cell[c] : "");
    }
    tq_buffer_text(out, " |\n");
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
        if (!r->rule) {
            cells(t, r, p->out);
        }
        if (r == t->first) {
            for (size_t c = 0; c < t->columns; c++) {
                tq_buffer_text(p->out, t->left[c] ? "| :--- " : "| ---: ");
            }
            tq_buffer_text(p->out, "|\n");
        }
    }
}

static void end(const page *p)
{
    (void)p;
}

const page_markup page_markdown = {begin, heading,  paragraph, paragraph, list_begin,
                                   item,  list_end, table,     end};
