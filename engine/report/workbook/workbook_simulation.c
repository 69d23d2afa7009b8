/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulation or power study as a workbook. */
#include <stdlib.h>

#include "report/workbook/workbook.h"
#include "report/workbook/workbook_internal.h"

static int always(const wb_book *book)
{
    (void)book;
    return 1;
}

static const wb_kind kinds[] = {
    {"Summary", "what was simulated, and how methods and tests perform", always,
     wb_simulation_summary},
    {"Charts", "performance over the scenarios, as charts", wb_has_simulation_charts,
     wb_simulation_charts},
    {"Performance", "every quantity with its Monte-Carlo error", always, wb_performance},
    {"Scenarios", "settings, and what the simulated studies were like", always, wb_scenarios},
    {"Quantities", "what the columns of Performance mean", always, wb_quantities},
    {"ChartData", "the numbers that the charts draw", wb_has_simulation_charts,
     wb_simulation_chartdata},
    {"Provenance", "what was run, with every option", always, wb_simulation_provenance},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct {
    wb_simulation of;
    wb_book book;
} writer;

static void fill(wb_book *book)
{
    const tq_provenance *from = &book->simulation->s->provenance;

    wb_set_properties(book, from->title ? from->title : "Simulation of meta-analyses", from->notice,
                      from->date);
    book->n_sheets = KINDS;
    book->sheet = tq_arena_take(book->arena, KINDS, sizeof *book->sheet);
    if (!book->sheet) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    for (size_t i = 0; i < KINDS; i++) {
        wb_add_sheet(book, kinds, i);
    }
    if (book->failed == LXW_NO_ERROR) {
        wb_fill_sheets(book, kinds);
    }
}

static lxw_error write_simulation(const wb_library *xlsx, const char *path, void *of)
{
    writer *w = of;
    wb_book *book = &w->book;
    lxw_workbook_options options = {.constant_memory = LXW_FALSE};

    book->xlsx = xlsx;
    book->arena = tq_arena_new();
    book->file = book->arena ? xlsx->workbook_new_opt(path, &options) : NULL;
    if (!book->file) {
        tq_arena_free(book->arena);
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    fill(book);
    if (book->failed == LXW_NO_ERROR) {
        wb_check(book, wb_chart_close(book));
    } else {
        xlsx->lxw_workbook_free(book->file);
    }
    for (size_t i = 0; book->sheet && i < book->n_sheets; i++) {
        free(book->sheet[i].waiting);
    }
    tq_arena_free(book->arena);
    return book->failed;
}

tq_status tq_simulation_workbook_write(const tq_simulation *s, const char *path, tq_error *err)
{
    writer *w = calloc(1, sizeof *w);

    if (!w) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory for the workbook");
    }
    w->of.s = s;
    w->book.simulation = &w->of;
    tq_status status = simulation_grid_make(s, NULL, &w->of.grid, err);

    if (status == TQ_OK) {
        status = wb_write_file(path, write_simulation, w, err);
        simulation_grid_free(&w->of.grid);
    }
    free(w);
    return status;
}
