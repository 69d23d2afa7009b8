/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done, in the words of a paper, with its sources: ready to be pasted. */
#include "report/workbook/workbook_internal.h"

void wb_methods(wb_sheet *s)
{
    tq_methods_text text;

    if (tq_methods_text_make(s->book->a, s->book->arena, &text, NULL) != TQ_OK) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    wb_methods_of(s,
                  s->book->live
                      ? "Made from the options of the run; sentences describe the original data."
                      : "Made from the options of the run.",
                  &text);
}

void wb_methods_of(wb_sheet *s, const char *subtitle, const tq_methods_text *text)
{
    enum { FIRST_ROW = 3, TEXT_PIXELS = 820 };
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Methods", subtitle);
    s->width[0] = TEXT_PIXELS;
    for (size_t i = 0; i < text->n; i++) {
        row = wb_wrapped(s, row, 0, text->paragraph[i], TEXT_PIXELS) + 1;
    }
    if (text->n_references > 0) {
        wb_flow(s, row++, 0, "References", wb_as(WB_SECTION));
    }
    for (size_t i = 0; i < text->n_references; i++) {
        row = wb_wrapped(s, row, 0, text->reference[i], TEXT_PIXELS);
    }
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    wb_finish(s, 0, 0);
    wb_check(s->book, s->book->xlsx->worksheet_set_column_pixels(s->ws, 0, 0, TEXT_PIXELS, NULL));
}
