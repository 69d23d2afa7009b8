/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Validations as report, JSON and CSV. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/decimal.h"
#include "report/json_internal.h"
#include "report/page/page_internal.h"
#include "report/validation.h"

enum { LINE = 100, NAME = 256, FIGURE = 96 };

/* Digits shown beyond those printed, so that a tie can be told from a deviation. */
enum { MORE_DIGITS = 2, MOST_DIGITS = 15 };

/* ---- figures as text ---- */

/* A value with two digits more than were printed; four digits of what is bounded by "<" or ">". */
static void value_text(const tq_printed_number *printed, double x, char *out, size_t size)
{
    const int decimals = printed->decimals + MORE_DIGITS;

    if (isnan(x)) {
        tq_copy_text(out, size, "-");
    } else if (printed->kind != TQ_PRINTED_ROUNDED || decimals > MOST_DIGITS) {
        fabs(x) >= 1e-3 || x == 0.0 ? tq_decimal_fixed(out, size, x, 4)
                                    : tq_decimal_scientific(out, size, x, 2);
    } else if (printed->decimals <= 0) {
        tq_decimal_trimmed(out, size, x, MORE_DIGITS);
    } else {
        tq_decimal_fixed(out, size, x, decimals);
    }
}

static void values_text(const tq_checked_figure *c, char *out, size_t size)
{
    const tq_printed_number *number = c->printed->printed.number;
    char first[TQ_DECIMAL_SIZE], second[TQ_DECIMAL_SIZE];

    value_text(&number[0], c->value[0], first, sizeof first);
    if (c->printed->n_paths == 1) {
        tq_copy_text(out, size, first);
        return;
    }
    value_text(&number[1], c->value[1], second, sizeof second);
    tq_copy_text(out, size, first);
    const size_t at = strlen(out);

    snprintf(out + at, size - at, " to %s", second);
}

static void publication_text(const tq_published *p, char *out, size_t size)
{
    snprintf(out, size, "%s (%s), %s", p->authors, p->year, p->journal);
}

static const char *plural(size_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

/* ---- report ---- */

static void analysis_table(page *p, const tq_checked_analysis *c)
{
    static const char *const heads[] = {"Figure", "Published", "tausq", "Agrees"};
    text_table *t = text_table_new(4, heads);
    char text[2 * TQ_DECIMAL_SIZE];

    if (!t) {
        p->out->failed = 1;
        return;
    }
    text_table_title(t, c->published->title);
    text_table_left(t, 3);
    for (size_t i = 0; i < c->published->n_figures; i++) {
        const tq_checked_figure *f = &c->figure[i];

        text_table_cell(t, 0, f->printed->what);
        text_table_cell(t, 1, f->printed->text);
        values_text(f, text, sizeof text);
        text_table_cell(t, 2, text);
        text_table_cell(t, 3,
                        f->verdict == TQ_FIGURE_AGREES    ? "yes"
                        : f->verdict == TQ_FIGURE_DIFFERS ? "differs"
                                                          : "NO");
        text_table_end_row(t);
    }
    page_table(p, t);
    text_table_free(t);
}

/* Each reason once, with the figures it stands for. */
static void reasons(page *p, const tq_checked_analysis *c)
{
    tq_buffer line = {0};
    const size_t n = c->published->n_figures;

    for (size_t i = 0; i < n; i++) {
        const char *reason = c->figure[i].reason;
        int seen = reason == NULL;

        for (size_t j = 0; j < i && !seen; j++) {
            seen = c->figure[j].reason && strcmp(c->figure[j].reason, reason) == 0;
        }
        if (seen) {
            continue;
        }
        line.size = 0;
        tq_buffer_text(&line, "  (");
        for (size_t j = i, any = 0; j < n; j++) {
            if (c->figure[j].reason && strcmp(c->figure[j].reason, reason) == 0) {
                tq_buffer_format(&line, "%s%s", any++ ? "; " : "", c->figure[j].printed->what);
            }
        }
        tq_buffer_format(&line, ": %s)", reason);
        if (!line.failed) {
            page_wrapped(p, line.data, LINE, 3);
        }
    }
    p->out->failed |= line.failed;
    tq_buffer_free(&line);
}

static void write_analysis(page *p, const tq_checked_analysis *c, int only_deviations)
{
    int wanted = !only_deviations;

    for (size_t i = 0; !wanted && i < c->published->n_figures; i++) {
        wanted = c->figure[i].verdict == TQ_FIGURE_DEVIATES;
    }
    if (!wanted) {
        return;
    }
    if (!p->as) { /* a markup has the title as the table's caption */
        tq_buffer_format(p->lines, "%s\n", c->published->title);
    }
    tq_buffer_format(p->lines, "%s\n", c->published->where);
    page_wrapped(p, c->command_line, LINE, 4);
    analysis_table(p, c);
    reasons(p, c);
    tq_buffer_text(p->lines, "\n");
}

static void write_analyses(page *p, const tq_validation *v)
{
    char text[NAME];

    for (size_t i = 0; i < v->n; i++) {
        const tq_published *of = v->analysis[i].publication;

        if (i == 0 || of != v->analysis[i - 1].publication) {
            publication_text(of, text, sizeof text);
            page_heading(p, text);
            page_wrapped(p, of->title, LINE, 0);
            if (*of->note) {
                page_wrapped(p, of->note, LINE, 0);
            }
            tq_buffer_text(p->lines, "\n");
        }
        write_analysis(p, &v->analysis[i], 0);
    }
}

static void number_cell(text_table *t, size_t column, size_t n)
{
    char text[32];

    snprintf(text, sizeof text, "%zu", n);
    text_table_cell(t, column, text);
}

/* The row of the analyses first .. end - 1, all of one publication. */
static void summary_row(text_table *t, const tq_validation *v, size_t first, size_t end)
{
    size_t count[TQ_VERDICT_COUNT] = {0};
    char text[NAME];

    for (size_t i = first; i < end; i++) {
        for (size_t j = 0; j < v->analysis[i].published->n_figures; j++) {
            count[v->analysis[i].figure[j].verdict]++;
        }
    }
    publication_text(v->analysis[first].publication, text, sizeof text);
    text_table_cell(t, 0, text);
    number_cell(t, 1, end - first);
    for (size_t k = 0; k < TQ_VERDICT_COUNT; k++) {
        number_cell(t, 2 + k, count[k]);
    }
    text_table_end_row(t);
}

static void write_summary(page *p, const tq_validation *v)
{
    static const char *const heads[] = {"Publication", "Analyses", "Agree", "Differ", "Deviate"};
    text_table *t = text_table_new(5, heads);

    if (!t) {
        p->out->failed = 1;
        return;
    }
    text_table_title(t, "Figures of publications");
    for (size_t i = 0, end; i < v->n; i = end) {
        for (end = i; end < v->n && v->analysis[end].publication == v->analysis[i].publication;) {
            end++;
        }
        summary_row(t, v, i, end);
    }
    page_table(p, t);
    text_table_free(t);
    tq_buffer_text(p->lines, "\n");
    for (size_t i = 0; i < v->n; i++) {
        write_analysis(p, &v->analysis[i], 1);
    }
}

static void write_counts(page *p, const tq_validation *v)
{
    const size_t *n = v->count;
    const size_t all = n[TQ_FIGURE_AGREES] + n[TQ_FIGURE_DIFFERS] + n[TQ_FIGURE_DEVIATES];

    tq_buffer_format(p->lines,
                     "%zu %s of %zu %s, %zu %s: %zu agree, %zu differ with a reason, %zu deviate\n",
                     v->n, plural(v->n, "analysis", "analyses"), v->publications,
                     plural(v->publications, "publication", "publications"), all,
                     plural(all, "figure", "figures"), n[TQ_FIGURE_AGREES], n[TQ_FIGURE_DIFFERS],
                     n[TQ_FIGURE_DEVIATES]);
}

tq_status tq_validation_text(const tq_validation *v, const tq_validation_options *opt,
                             tq_buffer *out, tq_error *err)
{
    static const char title[] = "Published analyses, repeated";
    page p;

    page_begin(&p, opt->view.markup, opt->view.colour, title, out);
    page_title(&p, title);
    opt->summary ? write_summary(&p, v) : write_analyses(&p, v);
    write_counts(&p, v);
    page_end(&p);
    return tq_buffer_status(out, err);
}

/* ---- JSON ---- */

static json_t *json_values(const tq_checked_figure *c)
{
    return c->printed->n_paths == 1 ? json_number(c->value[0]) : json_limits(c->value);
}

static json_t *json_figure(const tq_checked_figure *c)
{
    const tq_published_figure *f = c->printed;

    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:I}", "what", json_text(f->what), "path",
                     f->n_paths == 1 ? json_text(f->path[0]) : json_texts(f->path, 2), "printed",
                     json_text(f->text), "value", json_values(c), "verdict",
                     tq_verdict_name(c->verdict), "reason", json_text(c->reason), "line",
                     (json_int_t)f->line);
}

static json_t *json_analysis(const tq_checked_analysis *c)
{
    json_t *figures = json_array();

    for (size_t i = 0; i < c->published->n_figures; i++) {
        json_array_append_new(figures, json_figure(&c->figure[i]));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "title", json_text(c->published->title), "where",
                     json_text(c->published->where), "command", json_text(c->command_line),
                     "figures", figures);
}

static json_t *json_publication(const tq_validation *v, size_t first, size_t end)
{
    const tq_published *p = v->analysis[first].publication;
    json_t *analyses = json_array();

    for (size_t i = first; i < end; i++) {
        json_array_append_new(analyses, json_analysis(&v->analysis[i]));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "authors", json_text(p->authors),
                     "year", json_text(p->year), "title", json_text(p->title), "journal",
                     json_text(p->journal), "quoted", json_text(*p->quoted ? p->quoted : NULL),
                     "file", json_text(p->source), "analyses", analyses);
}

tq_status tq_validation_json(const tq_validation *v, const tq_validation_options *opt,
                             tq_buffer *out, tq_error *err)
{
    const tq_provenance provenance = {.command = "validate", .command_line = opt->command_line};
    json_t *doc = json_head(&provenance), *publications = json_array();

    for (size_t i = 0, end; i < v->n; i = end) {
        for (end = i; end < v->n && v->analysis[end].publication == v->analysis[i].publication;) {
            end++;
        }
        json_array_append_new(publications, json_publication(v, i, end));
    }
    json_object_set_new(doc, "command_line", json_text(opt->command_line));
    json_object_set_new(doc, "counts",
                        json_pack("{s:I, s:I, s:I, s:I, s:I}", "publications",
                                  (json_int_t)v->publications, "analyses", (json_int_t)v->n,
                                  "agree", (json_int_t)v->count[TQ_FIGURE_AGREES], "differ",
                                  (json_int_t)v->count[TQ_FIGURE_DIFFERS], "deviate",
                                  (json_int_t)v->count[TQ_FIGURE_DEVIATES]));
    json_object_set_new(doc, "publications", publications);
    return json_write(doc, out, err);
}

/* ---- CSV ---- */

static void csv_texts(tq_buffer *out, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text_csv_field(out, texts[i] ? texts[i] : "");
        tq_buffer_text(out, ",");
    }
}

static void csv_figure(const tq_checked_analysis *c, const tq_checked_figure *f, tq_buffer *out)
{
    const tq_published *p = c->publication;
    const char *const texts[] = {p->source,           p->authors,          p->year,
                                 p->journal,          c->published->title, c->published->where,
                                 c->command_line,     f->printed->what,    f->printed->path[0],
                                 f->printed->path[1], f->printed->text};

    csv_texts(out, texts, sizeof texts / sizeof *texts);
    text_csv_number(out, f->value[0]);
    tq_buffer_text(out, ",");
    if (f->printed->n_paths == 2) {
        text_csv_number(out, f->value[1]);
    }
    tq_buffer_format(out, ",%s,", tq_verdict_name(f->verdict));
    text_csv_field(out, f->reason ? f->reason : "");
    tq_buffer_text(out, "\n");
}

tq_status tq_validation_csv(const tq_validation *v, const tq_validation_options *opt,
                            tq_buffer *out, tq_error *err)
{
    (void)opt;
    tq_buffer_text(out,
                   "file,authors,year,journal,analysis,where,command,figure,path,path_2,printed,"
                   "value,value_2,verdict,reason\n");
    for (size_t i = 0; i < v->n; i++) {
        const tq_checked_analysis *c = &v->analysis[i];

        for (size_t j = 0; j < c->published->n_figures; j++) {
            csv_figure(c, &c->figure[j], out);
        }
    }
    return tq_buffer_status(out, err);
}
