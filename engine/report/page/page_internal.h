/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file page_internal.h  What a report is made of, and how each format writes it. */
#ifndef TQ_REPORT_PAGE_PAGE_INTERNAL_H
#define TQ_REPORT_PAGE_PAGE_INTERNAL_H

#include "report/page/text_internal.h"
#include "report/view.h"

enum { PAGE_TITLE = 256 };

typedef struct page page;

/* A figure in a page: a whole SVG document. */
typedef struct {
    const char *id; /* unique in the page; also begins the ids inside the figure */
    const char *svg;
    const char *caption; /* "": none */
    const char *file;    /* where the figure stands beside the page, or NULL */
} page_figure;

/* One markup. Texts arrive unescaped, without line breaks. */
typedef struct {
    void (*begin)(const page *p, const char *title);
    void (*heading)(const page *p, const char *text);
    void (*paragraph)(const page *p, const char *text);
    void (*note)(const page *p, const char *text); /* below a table or a list */
    void (*list_begin)(const page *p);
    void (*item)(const page *p, const char *text);
    void (*list_end)(const page *p);
    /* headed: the caption is the heading just before the table, not written yet. */
    void (*table)(const page *p, const char *caption, int headed, const text_table *t);
    void (*end)(const page *p);
    void (*section_begin)(const page *p, int level, const char *id, const char *title);
    void (*section_end)(const page *p);
    void (*figure)(const page *p, const page_figure *f);
} page_markup;

/*
 * A report being written. What no call stands for is appended to `lines`, line by line, as plain text
 * shows it:
 *
 *     Text of a paragraph.              a paragraph
 *       tau2  0.3132  [0.1197, 1.1115]  an item: two blanks, or "  - "
 *       (* deleted)                     a note: an item in parentheses
 *     ! The data are made up.           a paragraph that warns
 *
 * Blank lines only part. Plain text is these lines; a markup is made from them when a call or the end
 * comes. Long texts go through page_wrapped(): a markup leaves line breaks to the reader's page.
 */
struct page {
    const page_markup *as; /* NULL: plain text */
    int colour;            /* plain text on a terminal */
    tq_buffer *out;
    tq_buffer *lines;         /* out itself for plain text */
    tq_buffer own;            /* of a markup */
    char title[PAGE_TITLE];   /* of the page */
    char heading[PAGE_TITLE]; /* the last */
    int pending;              /* 1: that heading is not written yet */
    int level;                /* of the innermost open section; 0: none */
};

void page_begin(page *p, tq_markup markup, int colour, const char *title, tq_buffer *out);
/* The same in a markup of its own. */
void page_begin_as(page *p, const page_markup *as, const char *title, tq_buffer *out);
/* The title, for readers of plain text; a markup has it at its head already. */
void page_title(page *p, const char *text);
void page_heading(page *p, const char *text);
/* A section of level 1, 2, ...; those of its level and below end, headings within are one level deeper. Level 0
   with NULL ends them all. */
void page_section(page *p, int level, const char *id, const char *title);
/* Plain text and formats that hold no SVG name its file, if there is one. */
void page_figure_of(page *p, const page_figure *f);
/* Writes the table; its caption is its own title, else the heading above it, else the page's title. */
void page_table(page *p, const text_table *t);
/* A text of any length, whose first line is the line begun: plain text wraps it at `length` columns and
   indents what follows. */
void page_wrapped(page *p, const char *text, size_t length, size_t indent);
/* Ends the page and frees what it holds; out is marked where memory was short. */
void page_end(page *p);

/* compatibility_view.c: a table of what was taken over; nothing for NULL. 0: memory is short. */
int page_compatibility(page *p, const tq_compatibility *c);

/* page_markdown.c, page_latex.c, page_html.c */
/* page_latex_wide: on pages in landscape. */
extern const page_markup page_markdown, page_latex, page_latex_wide, page_html;

/* page_html.c: text as it may stand in an element or an attribute; the rules of the page's style sheet. */
void page_html_text(tq_buffer *out, const char *text);
/* page_svg.c: a whole SVG document as an element of an HTML page; its ids, and what refers to them, begin with
   the prefix. */
void page_html_svg(tq_buffer *out, const char *prefix, const char *svg);
extern const char page_html_style[];

#endif
