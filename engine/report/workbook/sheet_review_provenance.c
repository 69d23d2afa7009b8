/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was run on what, for all analyses of a review: the plan, the data, settings, warnings. */
#include <string.h>

#include "report/dossier/dossier_internal.h"
#include "report/workbook/workbook_internal.h"

enum { LABEL = 0, VALUE = 1, FIRST_ROW = 4 };

static lxw_row_t fact(wb_sheet *s, lxw_row_t row, const char *what, const char *text)
{
    if (text && *text) {
        wb_text(s, row, LABEL, what, wb_as(WB_TEXT));
        wb_flow(s, row++, VALUE, text, wb_as(WB_TEXT));
    }
    return row;
}

static lxw_row_t write_run(wb_sheet *s, lxw_row_t row)
{
    const tq_dossier *d = s->book->review->d;

    wb_flow(s, row++, LABEL, "Run", wb_as(WB_SECTION));
    row = fact(s, row, "Program", "tausq " TQ_VERSION);
    row = fact(s, row, "Command line", d->command_line);
    row = fact(s, row, "Plan", d->plan);
    row = fact(s, row, "Version of the plan", d->plan_version);
    row = fact(s, row, "SHA-256 of the plan", d->plan_sha256);
    row = fact(s, row, "Registration", d->registration);
    row = fact(s, row, "Date", d->date);
    return row + 1;
}

static lxw_row_t write_settings(wb_sheet *s, lxw_row_t row)
{
    static const char *const heads[] = {"Analysis",
                                        "Id",
                                        "Measure",
                                        "Method",
                                        "Test",
                                        "Level",
                                        "ci-tau2",
                                        "Prediction",
                                        "Rows",
                                        "Source",
                                        "SHA-256 of the source"};
    enum { COLUMNS = sizeof heads / sizeof *heads };
    const tq_dossier *d = s->book->review->d;

    wb_flow(s, row, LABEL, "Settings of each analysis", wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row + 1, COLUMNS);

    for (size_t j = 0; j < COLUMNS; j++) {
        wb_list_column(&list, heads[j], wb_as(WB_TEXT));
    }
    for (size_t i = 0; i < d->n; i++) {
        const tq_dossier_entry *e = &d->entry[i];
        const tq_analysis *a = e->analysis;
        const int random = a && tq_method_random(a->options.method);
        const char *cell[COLUMNS] = {
            s->book->review->of[i].label,
            e->id,
            a ? a->measure->code : "",
            a ? dossier_method(a, s->book->arena) : "",
            a ? dossier_test(a, s->book->arena) : "",
            a ? wb_format(s->book, "%g%%", a->options.level) : "",
            a ? dossier_ci_tau2(a) : "",
            random ? tq_predict_name(a->options.predict) : "",
            e->subset ? e->subset : "all rows",
            a && a->provenance.source ? a->provenance.source : "",
            a && a->provenance.sha256 ? a->provenance.sha256 : "",
        };

        for (size_t j = 0; j < COLUMNS; j++) {
            wb_text(s, row + 2 + (lxw_row_t)i, (lxw_col_t)j, cell[j], wb_as(WB_TEXT));
        }
    }
    return wb_list_end(&list, "SettingsTable", d->n) + 1;
}

static lxw_row_t write_texts(wb_sheet *s, lxw_row_t row, const char *title, int warnings)
{
    const tq_dossier *d = s->book->review->d;
    size_t told = 0;

    for (size_t i = 0; i < d->n; i++) {
        const tq_analysis *a = d->entry[i].analysis;
        const size_t n = !a ? 0 : warnings ? a->n_warnings : a->n_assumptions;

        for (size_t j = 0; j < n; j++) {
            if (told++ == 0) {
                wb_flow(s, row++, LABEL, title, wb_as(WB_SECTION));
            }
            row = wb_paragraph(s, row, LABEL,
                               wb_format(s->book, "%s: %s", s->book->review->of[i].label,
                                         warnings ? a->warning[j] : a->assumption[j]),
                               wb_as(WB_TEXT));
        }
    }
    return told > 0 ? row + 1 : row;
}

void wb_review_provenance(wb_sheet *s)
{
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Provenance",
           "What was run on what. The same plan on the same data gives this workbook again.");
    row = write_run(s, row);
    row = write_settings(s, row);
    row = write_texts(s, row, "Assumptions", 0);
    write_texts(s, row, "Warnings", 1);
    wb_finish(s, 0, 0);
}
