/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reports as a LaTeX document: tables in the style of booktabs, over pages where they are long. It
 * compiles with pdfLaTeX, XeLaTeX and LuaLaTeX; a paper takes a table with the preamble's packages.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "report/page/page_internal.h"

enum { WIDE_CELL = 40, NARROW_TABLE = 7 };

static const struct {
    char c;
    const char *as;
} specials[] = {
    {'\\', "\\textbackslash{}"},
    {'{', "\\{"},
    {'}', "\\}"},
    {'$', "\\$"},
    {'&', "\\&"},
    {'#', "\\#"},
    {'_', "\\_"},
    {'%', "\\%"},
    {'~', "\\textasciitilde{}"},
    {'^', "\\textasciicircum{}"},
    {'<', "\\textless{}"},
    {'>', "\\textgreater{}"},
    {'|', "\\textbar{}"},
    {'"', "\\textquotedbl{}"},
    {'`', "\\textasciigrave{}"},
};

static const char *special(char c)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (specials[i].c == c) {
            return specials[i].as;
        }
    }
    return NULL;
}

/* A minus sign before a number, not the hyphen of a word or of a range. */
static int is_minus(const char *text, const char *c)
{
    return *c == '-' && isdigit((unsigned char)c[1]) &&
           (c == text || c[-1] == ' ' || c[-1] == '[' || c[-1] == '(');
}

/* Greek from alpha to omega, both cases; what looks Latin is no command of mathematics. */
static const char *const greek[] = {
    "alpha", "beta",   "gamma",   "delta", "epsilon", "zeta", "eta",  "theta", "iota",
    "kappa", "lambda", "mu",      "nu",    "xi",      NULL,   "pi",   "rho",   "varsigma",
    "sigma", "tau",    "upsilon", "phi",   "chi",     "psi",  "omega"};
static const struct {
    uint32_t c;
    const char *as;
} symbols[] = {
    {0x2212, "-"},        {0x2260, "\\neq"},   {0x2264, "\\leq"},   {0x2265, "\\geq"},
    {0x2248, "\\approx"}, {0x221E, "\\infty"}, {0x0393, "\\Gamma"}, {0x0394, "\\Delta"},
    {0x03A3, "\\Sigma"},  {0x03A9, "\\Omega"},
};

/* Letters of Latin-1 and Latin Extended-A, and the punctuation of text, are in every font. */
static int is_common(uint32_t c)
{
    static const uint32_t signs[] = {0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E,
                                     0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x20AC, 0x2122};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (c == signs[i]) {
            return 1;
        }
    }
    return c >= 0xA0 && c < 0x180 && c != 0x138 && c != 0x149 && c != 0x17F;
}

/* A character beyond ASCII; those that few fonts have go through \glyph, which the preamble defines. */
static void beyond_ascii(tq_buffer *out, uint32_t c, const char *bytes, size_t n)
{
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (c == symbols[i].c) {
            tq_buffer_format(out, "\\ensuremath{%s}", symbols[i].as);
            return;
        }
    }
    if (c >= 0x3B1 && c - 0x3B1 < sizeof greek / sizeof *greek && greek[c - 0x3B1]) {
        tq_buffer_format(out, "\\ensuremath{\\%s}", greek[c - 0x3B1]);
    } else if (c < 0x80) { /* no UTF-8 */
        tq_buffer_text(out, "?");
    } else if (is_common(c)) {
        tq_buffer_append(out, bytes, n);
    } else {
        tq_buffer_format(out, "\\glyph{%04X}{%.*s}", (unsigned)c, (int)n, bytes);
    }
}

static void escaped(tq_buffer *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        const char *as = special(*c), *next = c;

        if ((unsigned char)*c >= 0x80) {
            const uint32_t point = text_next_character(&next);

            beyond_ascii(out, point, c, (size_t)(next - c));
            c = next - 1;
        } else if (as) {
            tq_buffer_text(out, as);
        } else if (is_minus(text, c)) {
            tq_buffer_text(out, "$-$");
        } else if (*c == '-' && c[1] == '-') { /* two of them would be a dash */
            tq_buffer_text(out, "-{}");
        } else if (c == text && (*c == '[' || *c == '*')) { /* \\ and \item take both as theirs */
            tq_buffer_format(out, "{%c}", *c);
        } else {
            tq_buffer_append(out, c, 1);
        }
    }
}

static void command(const page *p, const char *before, const char *text, const char *after)
{
    tq_buffer_text(p->out, before);
    escaped(p->out, text);
    tq_buffer_text(p->out, after);
}

static void begin_on(const page *p, const char *title, const char *paper)
{
    tq_buffer_text(
        p->out, "\\documentclass[11pt]{article}\n"
                "\\usepackage{iftex}\n"
                "\\ifPDFTeX\n"
                "  \\usepackage[T1]{fontenc}\n"
                "  \\usepackage[utf8]{inputenc}\n"
                "\\else\n"
                "  \\usepackage{fontspec}\n"
                "\\fi\n"
                "\\usepackage{textcomp}\n"
                "% Characters that few fonts have: their code with pdfLaTeX.\n"
                "\\ifPDFTeX\n"
                "  \\DeclareRobustCommand\\glyph[2]{{\\setlength\\fboxsep{1pt}\\fbox{\\tiny #1}}}\n"
                "\\else\n"
                "  \\IfFontExistsTF{Noto Sans CJK SC}{\\newfontfamily\\wide{Noto Sans CJK SC}}%\n"
                "    {\\IfFontExistsTF{DejaVu Sans}{\\newfontfamily\\wide{DejaVu "
                "Sans}}{\\let\\wide\\relax}}\n"
                "  \\DeclareRobustCommand\\glyph[2]{{\\wide #2}}\n"
                "\\fi\n"
                "\\usepackage[margin=2cm");
    tq_buffer_text(p->out, paper);
    tq_buffer_text(p->out, "]{geometry}\n"
                           "% What the tables need:\n"
                           "\\usepackage{array,booktabs,longtable}\n"
                           "\\begin{document}\n");
    command(p, "\n\\section*{", title, "}\n");
}

static void begin(const page *p, const char *title)
{
    begin_on(p, title, "");
}

static void begin_wide(const page *p, const char *title)
{
    begin_on(p, title, ",landscape");
}

static void titled(const page *p, int level, const char *text)
{
    static const char *const commands[] = {"\n\\subsection*{", "\n\\subsubsection*{",
                                           "\n\\paragraph*{"};

    command(p, commands[level < 2 ? level : 2], text, "}\n");
}

static void heading(const page *p, const char *text)
{
    titled(p, p->level, text);
}

static void paragraph(const page *p, const char *text)
{
    command(p, "\n\\noindent ", text, "\n");
}

static void note(const page *p, const char *text)
{
    command(p, "\n\\noindent{\\footnotesize ", text, "\\par}\n");
}

static void list_begin(const page *p)
{
    tq_buffer_text(p->out, "\n\\begin{itemize}\n");
}

static void item(const page *p, const char *text)
{
    command(p, "\\item ", text, "\n");
}

static void list_end(const page *p)
{
    tq_buffer_text(p->out, "\\end{itemize}\n");
}

/* Texts wider than a line could hold beside numbers are set in paragraphs. */
static void columns(const page *p, const text_table *t)
{
    size_t wide = 0;

    for (size_t c = 0; c < t->columns; c++) {
        wide += t->left[c] && t->width[c] > WIDE_CELL;
    }
    for (size_t c = 0; c < t->columns; c++) {
        if (t->fluid) { /* what separates the columns takes the rest */
            tq_buffer_format(p->out, ">{\\%s\\arraybackslash}p{%.3f\\linewidth}",
                             t->left[c] ? "raggedright" : "raggedleft", 0.88 * t->share[c]);
        } else if (t->left[c] && t->width[c] > WIDE_CELL) {
            tq_buffer_format(p->out, ">{\\raggedright\\arraybackslash}p{%s\\linewidth}",
                             wide > 1 ? "0.22" : "0.35");
        } else {
            tq_buffer_text(p->out, t->left[c] ? "l" : "r");
        }
    }
}

static void row(const page *p, const text_table *t, const text_row *r)
{
    for (size_t c = 0; c < t->columns; c++) {
        tq_buffer_text(p->out, c ? " & " : "");
        command(p, r->marked[c] ? "\\emph{" : "", r->cell[c] ? r->cell[c] : "",
                r->marked[c] ? "}" : "");
    }
    tq_buffer_text(p->out, t->fluid ? " \\\\[2pt]\n" : " \\\\\n");
}

static void table(const page *p, const char *caption, int headed, const text_table *t)
{
    (void)headed; /* the caption stands for it */
    tq_buffer_text(p->out, "\n\\begingroup\n");
    tq_buffer_text(p->out, t->columns > NARROW_TABLE ? "\\scriptsize\\setlength{\\tabcolsep}{3pt}\n"
                                                     : "\\small\n");
    tq_buffer_text(p->out, "\\begin{longtable}{");
    columns(p, t);
    command(p, "}\n\\caption{", caption, "}\\\\\n\\toprule\n");
    row(p, t, t->first);
    tq_buffer_text(p->out, "\\midrule\n\\endfirsthead\n\\toprule\n");
    row(p, t, t->first);
    tq_buffer_text(p->out, "\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n");
    for (const text_row *r = t->first->next->next; r;
         r = r->next) { /* behind heads and their rule */
        if (r->rule) {
            tq_buffer_text(p->out, "\\midrule\n");
        } else if (r->group) {
            tq_buffer_format(p->out, "\\multicolumn{%zu}{l}{\\textbf{", t->columns);
            command(p, "", r->cell[0], "}} \\\\*\n");
        } else {
            row(p, t, r);
        }
    }
    tq_buffer_text(p->out, "\\end{longtable}\n\\endgroup\n");
}

static void end(const page *p)
{
    tq_buffer_text(p->out, "\n\\end{document}\n");
}

static void section_begin(const page *p, int level, const char *id, const char *title)
{
    (void)id;
    titled(p, level - 1, title);
}

static void section_end(const page *p)
{
    (void)p;
}

/* LaTeX takes PDF: the file is named, and the reader puts it in. */
static void figure(const page *p, const page_figure *f)
{
    if (f->file) {
        command(p, "\n\\noindent ", f->caption, "");
        command(p, " (", f->file, ")\n");
    }
}

const page_markup page_latex = {begin,    heading, paragraph, note,          list_begin,  item,
                                list_end, table,   end,       section_begin, section_end, figure};

const page_markup page_latex_wide = {begin_wide, heading,       paragraph,   note,
                                     list_begin, item,          list_end,    table,
                                     end,        section_begin, section_end, figure};
