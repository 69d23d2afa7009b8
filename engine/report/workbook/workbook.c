/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workbook: the table of its sheets, and how it is opened, filled and closed. */
#include "report/workbook/workbook.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "report/workbook/workbook_live_internal.h"

static int always(const wb_book *book)
{
    (void)book;
    return 1;
}

static int with_forest(const wb_book *book)
{
    return book->forest && !book->streams;
}

static int with_chart(const wb_book *book)
{
    return book->scene != NULL;
}

static int with_moderators(const wb_book *book)
{
    return wb_is_regression(book);
}

static int is_live(const wb_book *book)
{
    return book->live != NULL;
}

static int with_reml(const wb_book *book)
{
    return book->live && book->live->iteration == WB_REML_STEPS;
}

static int with_steps(const wb_book *book)
{
    return book->live && book->live->iteration != WB_NO_STEPS && !with_reml(book);
}

static int with_residuals(const wb_book *book)
{
    return book->a->regression && book->a->regression->residual;
}

static int with_models(const wb_book *book)
{
    return book->a->regression &&
           (book->a->regression->n_compared > 0 || book->a->regression->selection);
}

static int with_bias(const wb_book *book)
{
    return book->a->bias || book->a->trim_fill || book->a->fail_safe || book->a->publication ||
           book->a->selmodel;
}

static int with_blocks(const wb_book *book)
{
    return book->a->n_blocks > 0;
}

static int with_permutation(const wb_book *book)
{
    return book->a->permutation != NULL;
}

static int with_sensitivity(const wb_book *book)
{
    return book->a->sensitivity != NULL;
}

static int with_robust(const wb_book *book)
{
    return book->a->robust != NULL;
}

static int with_rho(const wb_book *book)
{
    return book->a->rho != NULL;
}

static int with_blup(const wb_book *book)
{
    return book->a->blup != NULL;
}

static int with_multilevel(const wb_book *book)
{
    return book->a->multilevel != NULL;
}

static int with_gosh(const wb_book *book)
{
    return book->a->gosh != NULL;
}

static int with_multiverse(const wb_book *book)
{
    return book->a->multiverse != NULL;
}

static int with_sequential(const wb_book *book)
{
    return book->a->sequential != NULL;
}

/* In the order of their tabs. */
static const wb_kind kinds[] = {
    {"Summary", "the result in words and in one table", always, wb_summary},
    {"Forest", "the forest plot, ready to print", with_forest, wb_forest},
    {"Studies", "every study: inputs, effect, weight; rows left out and why", always, wb_studies},
    {"Model", "the pooled model: estimates, fit, settings", always, wb_model},
    {"Heterogeneity", "Q, tau\xC2\xB2, I\xC2\xB2, H\xC2\xB2 with confidence intervals", always,
     wb_heterogeneity},
    {"Components", "components of variance of a multilevel model, their shares and intervals",
     with_multilevel, wb_multilevel},
    {"Subgroups", "results by level, and the tests between levels", with_blocks, wb_subgroups},
    {"Regression", "coefficients, test of the moderators, predictions", with_moderators,
     wb_regression},
    {"Models", "models side by side, all subsets of the moderators, averages over them",
     with_models, wb_models},
    {"Residuals", "residuals and hat values of the studies", with_residuals, wb_residuals},
    {"Robust", "cluster-robust standard errors, tests and intervals", with_robust, wb_robust},
    {"Correlation", "the model for several correlations of sampling errors", with_rho, wb_rho},
    {"Permutation", "permutation p-values and intervals of the coefficients", with_permutation,
     wb_permutation},
    {"Sensitivity", "what the result owes to single studies", with_sensitivity, wb_sensitivity},
    {"True effects", "the predicted true effect of each study", with_blup, wb_blup},
    {"GOSH", "the model fitted to subsets of the studies", with_gosh, wb_gosh},
    {"Sequential", "cumulative Z against monitoring boundaries", with_sequential, wb_sequential},
    {"Bias", "small-study effects: tests, studies filled in, fail-safe N, selection", with_bias,
     wb_bias},
    {"Specifications", "every combination of the listed choices", with_multiverse, wb_multiverse},
    {"Methods", "what was done, in the words of a paper, with its sources", always, wb_methods},
    {"Live", "the model as formulas over the studies", is_live, wb_live_sheet},
    {"REML", "tau\xC2\xB2 by unrolled iterations", with_reml, wb_steps},
    {"Iterations", "tau\xC2\xB2 by unrolled iterations", with_steps, wb_steps},
    {"ChartData", "the points that the forest chart draws", with_chart, wb_chartdata},
    {"Check", "formulas compared with the engine's figures", is_live, wb_check_sheet},
    {"Provenance", "what was run on what, with every option", always, wb_provenance},
};

const wb_kind *wb_kind_at(size_t i)
{
    return i < sizeof kinds / sizeof *kinds ? &kinds[i] : NULL;
}

int wb_is_repeated(const wb_kind *kind, const tq_analysis *a)
{
    void (*const once[])(wb_sheet *) = {wb_summary, wb_methods,     wb_live_sheet,
                                        wb_steps,   wb_check_sheet, wb_provenance};

    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        if (kind->write == once[i]) {
            return 0;
        }
    }
    return a->k == 1 ? kind->write == wb_studies : kind->write == wb_chartdata ? 2 : 1;
}

/* Decimals of the estimates in the layout's own texts ("0.41 [0.13, 1.26]"). */
static int digits_of(const tq_forest *forest)
{
    enum { DEFAULT_DIGITS = 2 };

    for (size_t i = 0; forest && i < forest->n_rows; i++) {
        for (size_t j = 0; j < forest->n_columns; j++) {
            const char *text = forest->row[i].cell[j];

            if (forest->column[j].content == TQ_FOREST_COL_EFFECT && text && strchr(text, '[') &&
                !strpbrk(text, "eE")) {
                const char *dot = strchr(text, '.');

                return dot ? (int)strspn(dot + 1, "0123456789") : 0;
            }
        }
    }
    return DEFAULT_DIGITS;
}

/* Days from 1970-01-01 in the Gregorian calendar; timegm() is not in POSIX, mktime() is local. */
static long days_since_1970(int year, int month, int day)
{
    const long y = year - (month <= 2), era = y / 400, of_era = y % 400;
    const long of_year = (153L * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The provenance date, or a fixed one: the clock must not reach the file. */
static time_t created(const char *date)
{
    enum { SECONDS_PER_DAY = 86400 };
    int year = 2000, month = 1, day = 1;

    if (date && (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3 || year < 1970 ||
                 month < 1 || month > 12)) {
        year = 2000;
        month = day = 1;
    }
    return (time_t)days_since_1970(year, month, day) * SECONDS_PER_DAY;
}

static char *property(wb_book *book, const char *text)
{
    enum { LONGEST = 250 };
    char *copy = tq_arena_text(book->arena, wb_clean(book, text, LONGEST, 1));

    if (!copy) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
    }
    return copy;
}

/* The font of cells without a look, from which spreadsheets derive the unit of column widths.
   Arial has metric twins everywhere; the library's Calibri is missing outside of Windows. */
static void set_default_font(const wb_book *book)
{
    lxw_format *first = STAILQ_FIRST(book->file->formats);

    if (first) {
        book->xlsx->format_set_font_name(first, "Arial");
        book->xlsx->format_set_font_size(first, WB_BODY_POINTS);
    }
}

void wb_set_properties(wb_book *book, const char *title, const char *notice, const char *date)
{
    lxw_doc_properties properties = {
        .title = property(book, title),
        .subject = property(book, "Meta-analysis"),
        .author = property(book, "tausq " TQ_VERSION),
        .keywords = property(book, "meta-analysis, forest plot"),
        .comments = property(book, notice ? notice : ""),
        .created = created(date),
    };

    wb_check(book, book->xlsx->workbook_set_properties(book->file, &properties));
    set_default_font(book);
}

void wb_add_sheet(wb_book *book, const wb_kind *table, size_t i)
{
    wb_sheet *s = &book->sheet[i];

    if (book->failed != LXW_NO_ERROR || !table[i].has_content(book)) {
        return;
    }
    s->book = book;
    s->name = wb_sheet_name(book, table[i].name);
    s->ws = book->xlsx->workbook_add_worksheet(book->file, s->name);
    s->kind = &table[i];
    if (!s->ws) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
    }
}

/* Studies first: the other sheets refer to its columns; Check last: it lists what the others hold. */
void wb_fill_sheets(wb_book *book, const wb_kind *table)
{
    void (*const first)(wb_sheet *) = wb_studies, (*const last)(wb_sheet *) = wb_check_sheet;

    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < book->n_sheets && book->failed == LXW_NO_ERROR; i++) {
            const int own = table[i].write == first ? 0 : table[i].write == last ? 2 : 1;

            if (book->sheet[i].kind && own == pass) {
                table[i].write(&book->sheet[i]);
            }
        }
    }
}

void wb_prepare(wb_book *book)
{
    book->n_sheets = sizeof kinds / sizeof *kinds;
    book->sheet = tq_arena_take(book->arena, book->n_sheets, sizeof *book->sheet);
    book->last_checked = &book->checked;
    if (!book->sheet) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    book->digits = digits_of(book->forest);
    book->has_weights = book->a->weights_name != NULL;
    book->frozen = book->frozen ? book->frozen : wb_live_refusal(book);
    if (!book->frozen) {
        book->cells = wb_cells_new();
        if (!book->cells) {
            wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
            return;
        }
        book->live = wb_live_new(book);
    }
    book->scene = book->forest && !book->streams ? wb_scene_new(book) : NULL;
}

/* Returns how many formulas do not give the engine's value. */
static size_t fill(wb_book *book)
{
    const tq_provenance *from = &book->a->provenance;

    wb_set_properties(book, from->title ? from->title : wb_natural_name(book), from->notice,
                      from->date);
    wb_prepare(book);
    for (size_t i = 0; book->sheet && i < book->n_sheets; i++) {
        wb_add_sheet(book, kinds, i);
    }
    if (book->failed != LXW_NO_ERROR) {
        return 0;
    }
    wb_fill_sheets(book, kinds);
    return wb_write_formulas(book);
}

static lxw_workbook *open_book(wb_book *book, const char *path)
{
    lxw_workbook_options options = {.constant_memory = book->streams ? LXW_TRUE : LXW_FALSE};

    return book->xlsx->workbook_new_opt(path, &options);
}

/* One attempt; *differ: formulas that do not give the engine's value, and no file then. */
static lxw_error attempt(wb_book *book, const char *path, size_t *differ)
{
    *differ = 0;
    book->arena = tq_arena_new();
    book->file = book->arena ? open_book(book, path) : NULL;
    if (!book->file) {
        tq_arena_free(book->arena);
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    *differ = fill(book);
    if (book->failed == LXW_NO_ERROR && *differ == 0) {
        wb_check(book, wb_chart_close(book));
    } else {
        book->xlsx->lxw_workbook_free(book->file);
    }
    for (size_t i = 0; book->sheet && i < book->n_sheets; i++) {
        free(book->sheet[i].waiting);
    }
    wb_cells_free(book->cells);
    tq_arena_free(book->arena);
    return book->failed;
}

/* Formulas that cannot repeat the engine's figures (data beyond what sums in cells can resolve) are
   left out, and the Summary says so. */
static lxw_error write_book(const wb_library *xlsx, const char *path, void *of)
{
    wb_book *book = of;

    book->xlsx = xlsx;
    const wb_book start = *book;
    size_t differ;
    lxw_error code = attempt(book, path, &differ);

    if (code == LXW_NO_ERROR && differ > 0) {
        *book = start;
        book->frozen = "formulas would not give the engine's figures to 1e-9 with these data";
        code = attempt(book, path, &differ);
    }
    return code;
}

/* Leave no partial file; a device is not ours to remove. */
static void discard(const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        remove(path);
    }
}

tq_workbook_options tq_workbook_defaults(void)
{
    return (tq_workbook_options){.live = 1};
}

tq_status wb_write_file(const char *path, wb_job *job, void *of, tq_error *err)
{
    if (!path || !*path) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "the workbook needs a path");
    }
    const wb_library *xlsx = wb_library_load(err);

    if (!xlsx) {
        return TQ_EWRITE;
    }
    /* libxlsxwriter opens the file last, and complains on stderr itself: find out first. */
    FILE *probe = fopen(path, "wb");

    if (!probe) {
        return tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "workbook cannot be created: %s",
                       strerror(errno));
    }
    fclose(probe);
    /* libxlsxwriter prints numbers with the locale's decimal sign; the file needs points. */
    const locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);

    if (plain == (locale_t)0) {
        discard(path);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory for the workbook");
    }
    const locale_t before = uselocale(plain);
    const lxw_error code = job(xlsx, path, of);

    uselocale(before);
    freelocale(plain);
    if (code == LXW_NO_ERROR) {
        return TQ_OK;
    }
    discard(path);
    return tq_fail(err, code == LXW_ERROR_MEMORY_MALLOC_FAILED ? TQ_ENOMEM : TQ_EWRITE, TQ_NO_ROW,
                   NULL, "workbook: %s", xlsx->lxw_strerror(code));
}

tq_status tq_workbook_write(const tq_analysis *a, const tq_forest *forest,
                            const tq_workbook_options *opt, const char *path, tq_error *err)
{
    const tq_workbook_options defaults = tq_workbook_defaults();
    wb_book *book = calloc(1, sizeof *book);

    if (!book) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory for the workbook");
    }
    book->a = a;
    book->forest = forest;
    book->wants_live = (opt ? opt : &defaults)->live;
    book->streams = a->k > WB_MOST_IN_MEMORY;
    const tq_status status = wb_write_file(path, write_book, book, err);

    free(book);
    return status;
}
