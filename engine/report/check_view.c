/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a check of a sheet found: by study for readers, as rows for programs. */
#include "report/check_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_internal.h"
#include "report/page/page_internal.h"

enum { LINE = 100, INDENT = 6 };

/* ---- text ---- */

/* A study with findings to show: its worst severity and its first row. */
struct study {
    const char *label;
    tq_finding_severity worst;
    size_t first;    /* row */
    size_t *finding; /* [n] in the order of the audit */
    size_t n;
};

static int by_severity(const void *a, const void *b)
{
    const struct study *x = a, *y = b;

    if (x->worst != y->worst) {
        return x->worst > y->worst ? -1 : 1;
    }
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Findings to show, ordered by study, then as the audit has them. */
struct shown {
    const tq_finding *finding;
    size_t at;
};

static int by_study(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;
    const int order = strcmp(x->finding->study, y->finding->study);

    if (order != 0) {
        return order;
    }
    if (x->finding->severity != y->finding->severity) {
        return x->finding->severity > y->finding->severity ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static size_t gather_studies(const tq_audit *audit, tq_finding_severity least, struct shown *shown,
                             struct study *study, size_t *at)
{
    size_t m = 0, n = 0;

    for (size_t i = 0; i < audit->n; i++) {
        if (audit->finding[i].severity >= least) {
            shown[m++] = (struct shown){&audit->finding[i], i};
        }
    }
    if (m > 0) {
        qsort(shown, m, sizeof *shown, by_study);
    }
    for (size_t j = 0; j < m; j++) {
        const tq_finding *f = shown[j].finding;

        at[j] = shown[j].at;
        if (j == 0 || strcmp(f->study, shown[j - 1].finding->study) != 0) {
            study[n++] = (struct study){f->study, f->severity, f->row, &at[j], 0};
        }
        study[n - 1].n++;
        study[n - 1].first = f->row < study[n - 1].first ? f->row : study[n - 1].first;
    }
    if (n > 0) {
        qsort(study, n, sizeof *study, by_severity);
    }
    return n;
}

static void lines_of(const tq_finding *f, tq_buffer *out)
{
    tq_buffer_format(out, "  %-7s  row %zu (line %zu)  %s%s%s\n%*s",
                     tq_finding_severity_name(f->severity), f->row, f->line, f->check,
                     f->figures[0] ? ": " : "", f->figures, INDENT, "");
    text_wrapped(out, f->message, LINE, INDENT);
}

static void row_of(const tq_finding *f, text_table *t)
{
    char text[32];

    text_table_cell(t, 0, tq_finding_severity_name(f->severity));
    text_table_cell(t, 1, (snprintf(text, sizeof text, "%zu", f->row), text));
    text_table_cell(t, 2, (snprintf(text, sizeof text, "%zu", f->line), text));
    text_table_cell(t, 3, f->check);
    text_table_cell(t, 4, f->figures);
    text_table_cell(t, 5, f->message);
    text_table_end_row(t);
}

/* Plain text has no room for a message beside its figures. */
static tq_status write_findings(const tq_audit *audit, const struct study *study, page *p)
{
    const char *heads[] = {"Severity", "Row", "Line", "Check", "Figures", "Finding"};
    text_table *t = p->as ? text_table_new(sizeof heads / sizeof *heads, heads) : NULL;

    if (p->as && !t) {
        return TQ_ENOMEM;
    }
    for (size_t i = 0; i < study->n; i++) {
        const tq_finding *f = &audit->finding[study->finding[i]];

        if (t) {
            row_of(f, t);
        } else {
            lines_of(f, p->lines);
        }
    }
    if (t) {
        text_table_left(t, 3);
        text_table_left(t, 4);
        text_table_left(t, 5);
        page_table(p, t);
    }
    text_table_free(t);
    return TQ_OK;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void write_head(const tq_audit *audit, const tq_provenance *provenance, tq_buffer *out)
{
    const size_t *n = audit->count;

    tq_buffer_format(out, "%s: %zu row%s checked; %zu error%s, %zu warning%s, %zu note%s\n",
                     tq_table_source(audit->table), audit->rows, plural(audit->rows),
                     n[TQ_FINDING_ERROR], plural(n[TQ_FINDING_ERROR]), n[TQ_FINDING_WARNING],
                     plural(n[TQ_FINDING_WARNING]), n[TQ_FINDING_NOTE], plural(n[TQ_FINDING_NOTE]));
    tq_buffer_text(out,
                   "Findings are questions to the source: compare the row with the paper before "
                   "anything is changed.\n");
    if (provenance->notice) {
        tq_buffer_format(out, "Notice: %s\n", provenance->notice);
    }
}

static void write_columns(const tq_audit *audit, page *p)
{
    tq_buffer line = {0};

    for (size_t i = 0; i < audit->n_columns; i++) {
        const tq_audit_column *c = &audit->column[i];

        if (strcmp(c->role, c->column) != 0) {
            tq_buffer_format(&line, "%s%s=%s", line.size ? ", " : "", c->role, c->column);
        }
    }
    if (line.size > 0) {
        tq_buffer_text(p->lines, "\n");
        page_heading(p, "Columns read under another name (--map changes it):");
        tq_buffer_text(p->lines, "  ");
        page_wrapped(p, line.data, LINE, 2);
    }
    p->lines->failed |= line.failed;
    tq_buffer_free(&line);
}

static tq_status write_checks(const tq_audit *audit, page *p)
{
    const char *heads[] = {"Check", "Rows", "Findings", "Looks for"};
    text_table *t = text_table_new(4, heads);
    char text[32];
    size_t ran = 0;

    if (!t) {
        return TQ_ENOMEM;
    }
    for (size_t i = 0; i < audit->n_checks; i++) {
        const tq_check_run *c = &audit->check[i];

        if (!c->wanted) {
            ran++;
            text_table_cell(t, 0, c->name);
            text_table_cell(t, 1, (snprintf(text, sizeof text, "%zu", c->rows), text));
            text_table_cell(t, 2, (snprintf(text, sizeof text, "%zu", c->findings), text));
            text_table_cell(t, 3, c->looks_for);
            text_table_end_row(t);
        }
    }
    text_table_left(t, 3);
    if (ran > 0) {
        tq_buffer_text(p->lines, "\n");
        page_heading(p, "Checks that ran");
        page_table(p, t);
    }
    text_table_free(t);
    if (ran < audit->n_checks) {
        tq_buffer_text(p->lines, "\n");
        page_heading(p, "Nothing to look at for");
    }
    for (size_t i = 0; i < audit->n_checks; i++) {
        if (audit->check[i].wanted) {
            tq_buffer_format(p->lines, "  %-10s  needs %s\n", audit->check[i].name,
                             audit->check[i].wanted);
        }
    }
    return TQ_OK;
}

tq_status tq_check_text(const tq_audit *audit, const tq_provenance *provenance,
                        tq_finding_severity least, const tq_view_options *opt, tq_buffer *out,
                        tq_error *err)
{
    page p;
    struct shown *shown = calloc(audit->n + 1, sizeof *shown);
    struct study *study = calloc(audit->n + 1, sizeof *study);
    size_t *at = calloc(audit->n + 1, sizeof *at);
    tq_status status = shown && study && at ? TQ_OK : TQ_ENOMEM;

    if (status == TQ_OK) {
        const size_t n = gather_studies(audit, least, shown, study, at);

        page_begin(&p, opt->markup, opt->colour, "Check of the extraction sheet", out);
        write_head(audit, provenance, p.lines);
        for (size_t j = 0; status == TQ_OK && j < n; j++) {
            tq_buffer_text(p.lines, "\n");
            page_heading(&p, study[j].label);
            status = write_findings(audit, &study[j], &p);
        }
        status = status == TQ_OK ? write_checks(audit, &p) : status;
        write_columns(audit, &p);
        page_end(&p);
    }
    free(at);
    free(study);
    free(shown);
    return status == TQ_OK ? tq_buffer_status(out, err)
                           : tq_fail(err, status, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- JSON ---- */

static json_t *json_checks(const tq_audit *audit)
{
    json_t *list = json_array();

    for (size_t i = 0; i < audit->n_checks; i++) {
        const tq_check_run *c = &audit->check[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:I, s:I, s:s, s:s, s:o}", "name", c->name, "rows",
                                        (json_int_t)c->rows, "findings", (json_int_t)c->findings,
                                        "looks_for", c->looks_for, "reference", c->reference,
                                        "wanted", json_text(c->wanted)));
    }
    return list;
}

static json_t *json_findings(const tq_audit *audit, tq_finding_severity least)
{
    json_t *list = json_array();

    for (size_t i = 0; i < audit->n; i++) {
        const tq_finding *f = &audit->finding[i];

        if (f->severity >= least) {
            json_array_append_new(list, json_pack("{s:I, s:I, s:o, s:s, s:s, s:o, s:o}", "row",
                                                  (json_int_t)f->row, "line", (json_int_t)f->line,
                                                  "study", json_text(f->study), "severity",
                                                  tq_finding_severity_name(f->severity), "check",
                                                  f->check, "figures", json_text(f->figures),
                                                  "message", json_text(f->message)));
        }
    }
    return list;
}

static json_t *json_columns(const tq_audit *audit)
{
    json_t *columns = json_object();

    for (size_t i = 0; i < audit->n_columns; i++) {
        json_object_set_new(columns, audit->column[i].role, json_text(audit->column[i].column));
    }
    return columns;
}

tq_status tq_check_json(const tq_audit *audit, const tq_provenance *provenance,
                        tq_finding_severity least, const tq_view_options *opt, tq_buffer *out,
                        tq_error *err)
{
    json_t *doc = json_head(provenance);

    (void)opt;
    json_object_set_new(doc, "command_line", json_text(provenance->command_line));
    json_object_set_new(doc, "data",
                        json_pack("{s:s, s:s, s:I, s:o}", "source", tq_table_source(audit->table),
                                  "sha256", tq_table_sha256(audit->table), "rows",
                                  (json_int_t)audit->rows, "notice",
                                  json_text(provenance->notice)));
    json_object_set_new(doc, "columns", json_columns(audit));
    json_object_set_new(doc, "counts",
                        json_pack("{s:I, s:I, s:I}", "error",
                                  (json_int_t)audit->count[TQ_FINDING_ERROR], "warning",
                                  (json_int_t)audit->count[TQ_FINDING_WARNING], "note",
                                  (json_int_t)audit->count[TQ_FINDING_NOTE]));
    json_object_set_new(doc, "checks", json_checks(audit));
    json_object_set_new(doc, "findings", json_findings(audit, least));
    return json_write(doc, out, err);
}

/* ---- CSV ---- */

tq_status tq_check_csv(const tq_audit *audit, const tq_provenance *provenance,
                       tq_finding_severity least, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    (void)provenance;
    (void)opt;
    tq_buffer_text(out, "row,line,study,severity,check,figures,message\n");
    for (size_t i = 0; i < audit->n; i++) {
        const tq_finding *f = &audit->finding[i];

        if (f->severity >= least) {
            tq_buffer_format(out, "%zu,%zu,", f->row, f->line);
            text_csv_field(out, f->study);
            tq_buffer_format(out, ",%s,%s,", tq_finding_severity_name(f->severity), f->check);
            text_csv_field(out, f->figures);
            tq_buffer_text(out, ",");
            text_csv_field(out, f->message);
            tq_buffer_text(out, "\n");
        }
    }
    return tq_buffer_status(out, err);
}
