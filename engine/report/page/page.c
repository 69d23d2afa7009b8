/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports as pages: plain text as it comes, markup from its lines, headings and tables. */
#include "report/page/page_internal.h"

#include <string.h>

static const page_markup *const markups[TQ_MARKUP_COUNT] = {[TQ_MARKUP_MD] = &page_markdown,
                                                            [TQ_MARKUP_LATEX] = &page_latex,
                                                            [TQ_MARKUP_HTML] = &page_html};

static void keep(char *to, const char *text)
{
    tq_copy_text(to, PAGE_TITLE, text);
}

void page_begin(page *p, tq_markup markup, int colour, const char *title, tq_buffer *out)
{
    page_begin_as(p, markups[markup], title, out);
    p->colour = colour;
}

void page_begin_as(page *p, const page_markup *as, const char *title, tq_buffer *out)
{
    *p = (page){.as = as, .out = out};
    p->lines = as ? &p->own : out;
    keep(p->title, title);
    if (as) {
        as->begin(p, p->title);
    }
}

/* ---- lines to paragraphs and lists ---- */

typedef enum { LINE_PARAGRAPH, LINE_ITEM, LINE_NOTE } line_kind;

/* What a line is; *text moves behind its marks. */
static line_kind kind_of(const char **text)
{
    const size_t indent = strspn(*text, " ");

    *text += indent;
    if (strncmp(*text, "! ", 2) == 0) {
        *text += 2;
    }
    if (indent == 0) {
        return LINE_PARAGRAPH;
    }
    if (strncmp(*text, "- ", 2) == 0) {
        *text += 2;
        return LINE_ITEM;
    }
    return **text == '(' ? LINE_NOTE : LINE_ITEM;
}

/* Blanks that align plain text are one blank; so is anything that would end a line. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *c = text; *c; c++) {
        const int blank = (unsigned char)*c <= ' ';

        if (!blank || (to > text && to[-1] != ' ')) {
            *to++ = blank ? ' ' : *c;
        }
    }
    while (to > text && to[-1] == ' ') {
        to--;
    }
    *to = '\0';
}

static void write_heading(page *p)
{
    if (p->pending) {
        p->pending = 0;
        p->as->heading(p, p->heading);
    }
}

/* One line, squeezed in place; whether a list is open after it. */
static int write_line(page *p, char *line, int in_list)
{
    const char *text = line;
    const line_kind kind = kind_of(&text);

    if (in_list && kind != LINE_ITEM) {
        p->as->list_end(p);
    }
    squeeze(line + (text - line));
    if (kind == LINE_ITEM) {
        if (!in_list) {
            p->as->list_begin(p);
        }
        p->as->item(p, text);
    } else if (kind == LINE_NOTE) {
        p->as->note(p, text);
    } else {
        p->as->paragraph(p, text);
    }
    return kind == LINE_ITEM;
}

/* The lines so far become markup. */
static void flush(page *p)
{
    char *at = p->own.failed ? NULL : p->own.data;
    int in_list = 0;

    while (at && *at) {
        char *end = at + strcspn(at, "\n"), *next = *end ? end + 1 : end;

        *end = '\0';
        if (at[strspn(at, " ")]) {
            write_heading(p);
            in_list = write_line(p, at, in_list);
        }
        at = next;
    }
    if (in_list) {
        p->as->list_end(p);
    }
    p->out->failed |= p->own.failed;
    p->own.size = 0;
    if (p->own.data) {
        p->own.data[0] = '\0';
    }
}

/* ---- calls ---- */

static void bold(const page *p, const char *text)
{
    tq_buffer_format(p->out, p->colour ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

void page_title(page *p, const char *text)
{
    if (!p->as) {
        bold(p, text);
        tq_buffer_text(p->out, "\n");
    }
}

void page_heading(page *p, const char *text)
{
    if (!p->as) {
        bold(p, text);
        return;
    }
    char heading[sizeof p->heading];

    flush(p);
    keep(heading, text);
    squeeze(heading);
    if (p->pending && strcmp(heading, p->heading) == 0) {
        return; /* said already: a part of a report may begin with its own name */
    }
    write_heading(p);
    memcpy(p->heading, heading, sizeof heading);
    p->pending = 1;
}

void page_section(page *p, int level, const char *id, const char *title)
{
    if (!p->as) {
        if (title) {
            tq_buffer_text(p->out, "\n");
            bold(p, title);
        }
        return;
    }
    flush(p);
    write_heading(p);
    for (; p->level > 0 && p->level >= level; p->level--) {
        p->as->section_end(p);
    }
    if (title) {
        keep(p->heading, title);
        squeeze(p->heading);
        p->level = level;
        p->as->section_begin(p, level, id, p->heading);
    }
}

void page_figure_of(page *p, const page_figure *f)
{
    if (p->as) {
        flush(p);
        write_heading(p);
        p->as->figure(p, f);
    } else if (f->file) {
        tq_buffer_format(p->out, "%s: %s\n", f->caption, f->file);
    }
}

void page_table(page *p, const text_table *t)
{
    if (!p->as) {
        text_table_write(t, p->out);
        return;
    }
    flush(p);
    const int headed = p->pending && !t->title[0];
    const char *caption = t->title[0] ? t->title : p->heading[0] ? p->heading : p->title;

    if (!headed) {
        write_heading(p);
    }
    p->pending = 0;
    p->out->failed |= t->failed;
    if (!t->failed) { /* else it may lack its heads */
        p->as->table(p, caption, headed, t);
    }
}

void page_wrapped(page *p, const char *text, size_t length, size_t indent)
{
    if (p->as) {
        tq_buffer_text(p->lines, text);
        tq_buffer_text(p->lines, "\n");
    } else {
        text_wrapped(p->lines, text, length, indent);
    }
}

void page_end(page *p)
{
    if (p->as) {
        page_section(p, 0, NULL, NULL);
        p->as->end(p);
        tq_buffer_free(&p->own);
    }
}
