/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the sheets of the workbook share: the open book, its looks, and the functions that write cells. */
#ifndef TQ_REPORT_WORKBOOK_INTERNAL_H
#define TQ_REPORT_WORKBOOK_INTERNAL_H

#include <math.h>

#include "report/dossier/findings.h"
#include "report/figure/forest.h"
#include "report/methods_text.h"
#include "report/simulation/simulation_internal.h"
#include "report/workbook/workbook_library_internal.h"

/* Okabe & Ito's colours, told apart with any colour vision, and greys. */
enum {
    WB_INK = 0x1A1A1A,
    WB_GREY = 0x595959,
    WB_RULE = 0x8C8C8C,
    WB_PALE = 0xBFBFBF,
    WB_BLUE = 0x0072B2,
    WB_VERMILLION = 0xD55E00,
    WB_SQUARE = 0x4D4D4D,
    WB_CREAM = 0xFFF8DC,
    WB_PAPER = 0xFFFFFF
};

/* A number that does not exist. */
#define WB_NONE ((double)NAN)

/* Excel's limit on the text of a cell, in UTF-16 units. */
enum { WB_LONGEST_TEXT = 32767 };
enum { WB_COLUMNS = 256, WB_DECIMALS = 8, WB_BODY_POINTS = 10 };
/* Pixels that a cell adds to its text, and those of one step of indentation. */
enum { WB_CELL_PADDING = 12, WB_INDENT_PIXELS = 9 };
/* Bold Arial runs about 7% wider than the upright. */
#define WB_BOLD_WIDTH 1.07

typedef enum {
    WB_TEXT,
    WB_RIGHT,  /* text, right-aligned */
    WB_WRAP,   /* text in several lines */
    WB_INDENT, /* text, one step in */
    WB_TITLE,
    WB_SUBTITLE,
    WB_SECTION,
    WB_NOTICE,      /* a warning */
    WB_WIDE_NOTICE, /* one in several lines */
    WB_NOTE,        /* small, italic, one step in */
    WB_NAME,        /* a defined name, in grey */
    WB_LINK,
    WB_HEAD, /* column heads with a rule below */
    WB_HEAD_INDENT,
    WB_HEAD_RIGHT,
    WB_HEAD_CENTER,
    WB_LIST_HEAD, /* of lists, in up to two lines */
    WB_LIST_HEAD_INDENT,
    WB_LIST_HEAD_RIGHT,
    WB_OVER,  /* heading across several columns */
    WB_LIGHT, /* a sign of the risk of bias; from here on the colours of TQ_BIAS_LOW on */
    WB_LIGHT_SOME,
    WB_LIGHT_HIGH,
    WB_LIGHT_UNCLEAR,
    WB_ABSENT, /* a number that does not exist */
    WB_FIXED,  /* numbers from here on */
    WB_COUNT,  /* with thousands separators */
    WB_CI_LO,  /* "[0.34," */
    WB_CI_HI,  /* "0.70]" */
    WB_PVAL,
    WB_SHARE,      /* a fraction shown as percent */
    WB_SCIENTIFIC, /* differences: "3.1E-14" */
    WB_INPUT,      /* numbers that are meant to be changed, on cream */
    WB_INPUT_TEXT, /* texts of the same kind */
    WB_STYLE_COUNT
} wb_style;

/* How a cell looks; decimals matter to numbers only. */
typedef struct {
    wb_style style;
    int decimals; /* 0..WB_DECIMALS */
    int bold;
    int scientific; /* set by wb_number() where fixed decimals would hide or flood the value */
    int plain;      /* 1: never; what rounds to zero is shown as zero */
} wb_look;

typedef struct wb_frame wb_frame;
typedef struct wb_scene wb_scene;
typedef struct wb_cells wb_cells;
typedef struct wb_live wb_live;
typedef struct wb_sheet wb_sheet;

/* Where the studies' numbers stand on the Studies sheet; 0: no such column. */
typedef struct {
    lxw_row_t first; /* of the studies */
    lxw_col_t include, yi, vi, natural, weight, added;
    lxw_col_t *level; /* [n_blocks] */
    lxw_col_t *raw;   /* [n_raw] */
} wb_study_columns;

/* A number that follows the inputs, to be compared with the engine's on the Check sheet. */
typedef struct wb_checked {
    struct wb_checked *next;
    const char *what, *cell;
    double engine;
} wb_checked;

typedef struct wb_book wb_book;

/* What the sheets over all analyses of a review show. */
typedef struct {
    const tq_dossier *d;
    const tq_findings *findings;
    const tq_methods_text *methods;
    wb_book *of; /* [d->n] the book of each analysis; a NULL: there is none */
} wb_review;

/* What the sheets of a simulation show. */
typedef struct {
    const tq_simulation *s;
    simulation_grid grid;
} wb_simulation;

struct wb_book {
    const wb_library *xlsx;
    lxw_workbook *file;
    const tq_analysis *a;
    const tq_forest *forest; /* NULL: none */
    wb_scene *scene;         /* the chart's points; NULL: no chart */
    int digits;              /* decimals of estimates on the natural scale */
    lxw_error failed;        /* the first failure; everything after it is moot */
    tq_arena *arena;         /* texts that must live until the file is closed */
    wb_frame *frames;        /* charts with a plot area in a set place */
    wb_sheet *sheet;         /* [n_sheets] in the order of kinds; kind NULL: not in this book */
    size_t n_sheets;
    int wants_live;     /* as asked for */
    const char *frozen; /* why the book has no formulas; NULL: it has */
    wb_live *live;      /* NULL: the book has no formulas */
    wb_cells *cells;    /* what formulas refer to; NULL as above */
    int streams;        /* rows go to the file as they are written: no tables, formulas, charts */
    int has_weights;    /* user weights */
    wb_study_columns studies;
    const void *effect_formula; /* of effect_formulas.c; NULL: effects are values */
    wb_checked *checked, **last_checked;
    lxw_format *format[WB_STYLE_COUNT][WB_DECIMALS + 1][2][2];
    /* Of several analyses in one file each has a book of its own beside that of the whole. */
    wb_book *whole;          /* holds looks and charts; NULL: this one */
    size_t number;           /* of the analysis, before the names of its sheets; 0: it is alone */
    const char *label;       /* of the analysis, before the titles of its sheets; NULL: none */
    const wb_review *review; /* of the whole; NULL: there is none */
    const wb_simulation *simulation; /* NULL: the book is of analyses */
};

typedef struct wb_kind wb_kind;

struct wb_sheet {
    wb_book *book;
    const wb_kind *kind;
    const char *name; /* on the tab */
    lxw_worksheet *ws;
    double width[WB_COLUMNS]; /* pixels that the widest cell of a column asks for */
    int in_order;             /* cells are written row by row, see workbook_order.c */
    struct wb_waiting *waiting;
    size_t n_waiting, room;
};

/* A sheet of the workbook: one row of the table in workbook.c. */
struct wb_kind {
    const char *name, *about;
    int (*has_content)(const wb_book *book);
    void (*write)(wb_sheet *s);
};
/* The i-th sheet, NULL past the end. */
const wb_kind *wb_kind_at(size_t i);

void wb_summary(wb_sheet *s);
void wb_forest(wb_sheet *s);
void wb_studies(wb_sheet *s);
void wb_model(wb_sheet *s);
void wb_regression(wb_sheet *s);
void wb_residuals(wb_sheet *s);
void wb_models(wb_sheet *s);
void wb_heterogeneity(wb_sheet *s);
void wb_subgroups(wb_sheet *s);
void wb_permutation(wb_sheet *s);
void wb_bias(wb_sheet *s);
void wb_selection(wb_sheet *s, lxw_row_t row);    /* a block of it */
lxw_row_t wb_answers(wb_sheet *s, lxw_row_t row); /* likewise; returns the row after it */
void wb_methods(wb_sheet *s);
/* Paragraphs and references as a sheet. */
void wb_methods_of(wb_sheet *s, const char *subtitle, const tq_methods_text *text);
void wb_sensitivity(wb_sheet *s);
void wb_sequential(wb_sheet *s);
void wb_robust(wb_sheet *s);
void wb_rho(wb_sheet *s);
void wb_multilevel(wb_sheet *s);
void wb_blup(wb_sheet *s);
void wb_gosh(wb_sheet *s);
void wb_multiverse(wb_sheet *s);
void wb_live_sheet(wb_sheet *s);
void wb_steps(wb_sheet *s);
void wb_chartdata(wb_sheet *s);
void wb_check_sheet(wb_sheet *s);
void wb_provenance(wb_sheet *s);

/* ---- workbook.c ------------------------------------------------------------------------------ */

/* One workbook being written: opens the file with `open`, closes or frees it. */
typedef lxw_error wb_job(const wb_library *xlsx, const char *path, void *of);
/* Runs the job with the library and a plain locale; no partial file is left. Errors as tq_workbook_write(). */
tq_status wb_write_file(const char *path, wb_job *job, void *of, tq_error *err);
/* For a book of one analysis with its file: what its sheets need, before they are added. */
void wb_prepare(wb_book *book);
/* Add the sheet of a kind; nothing where it has no content or memory is short. */
void wb_add_sheet(wb_book *book, const wb_kind *table, size_t i);
/* Whether a file of several analyses has this kind of sheet for one of them: 2: behind all others, 0: no.
   What one study alone has to show is a row of Studies. */
int wb_is_repeated(const wb_kind *kind, const tq_analysis *a);
/* Fill the sheets that were added; formulas wait. */
void wb_fill_sheets(wb_book *book, const wb_kind *table);
/* Beyond so many studies the file is written row by row. */
enum { WB_MOST_IN_MEMORY = 5000 };

/* sheet_review.c: the sheets over all analyses of a review. */
void wb_review_summary(wb_sheet *s);
void wb_review_further(wb_sheet *s);
void wb_review_beside(wb_sheet *s);
void wb_review_methods(wb_sheet *s);
void wb_review_excluded(wb_sheet *s);
/* sheet_findings.c */
void wb_findings(wb_sheet *s);
void wb_certainty(wb_sheet *s);
/* sheet_review_provenance.c */
void wb_review_provenance(wb_sheet *s);
/* sheet_simulation.c: the sheets of a simulation. */
void wb_simulation_summary(wb_sheet *s);
void wb_performance(wb_sheet *s);
void wb_scenarios(wb_sheet *s);
void wb_quantities(wb_sheet *s);
void wb_simulation_provenance(wb_sheet *s);
/* simulation_charts.c: native charts, and the numbers that they draw. */
int wb_has_simulation_charts(const wb_book *book);
void wb_simulation_charts(wb_sheet *s);
void wb_simulation_chartdata(wb_sheet *s);
void wb_set_properties(wb_book *book, const char *title, const char *notice, const char *date);

/* ---- workbook_cells.c ------------------------------------------------------------------------ */

wb_look wb_as(wb_style style);
wb_look wb_decimals(wb_style style, int decimals);
wb_look wb_bold(wb_look look);

/* Record a failure; the first one stays. */
void wb_check(wb_book *book, lxw_error code);
/* printf into the book's arena; "" when memory is short (recorded). */
const char *wb_format(wb_book *book, const char *fmt, ...) TQ_PRINTF(2, 3);

/* Name of the natural scale as a heading: "Risk ratio". */
const char *wb_natural_name(wb_book *book);

/* Text that belongs to its column: the column grows to its width. NULL writes nothing. */
void wb_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, wb_look look);
/* Text that runs over the empty cells to its right. */
void wb_flow(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, wb_look look);
/* Text broken into rows of a page's width; returns the row after it. */
lxw_row_t wb_paragraph(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, wb_look look);
/* Text in one cell, broken to the width; the row grows. Returns the row after it. */
lxw_row_t wb_wrapped(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, double pixels);
/* A number, or "NE" (not estimable) when it is not finite. */
void wb_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, wb_look look);
/* A number, or nothing when it is not finite: for what does not apply. */
void wb_optional(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, wb_look look);
/* A formula (without "=") whose result the engine knows; NaN: it does not. NULL formula: the number.
   The result is cached, see workbook_formula_internal.h. */
void wb_formula(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, double engine,
                wb_look look);
/* The same for a quantity that the Check sheet lists as `what`. */
void wb_formula_checked(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula,
                        double engine, wb_look look, const char *what);
/* An engine's value that no formula gives: shown while the formulas equal the engine's figures, gone
   once an input was changed. In a book without formulas the number, or nothing when it is not finite. */
void wb_engine_only(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, wb_look look);
/* A number that follows the inputs by a formula; without one, what the engine alone knows. what: as
   for Check, NULL: not on it. */
void wb_following(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, double engine,
                  wb_look look, const char *what);
/* A formula that gives text; column widths ignore it. */
void wb_formula_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, wb_look look);
/* An empty cell that carries a look (a rule below it). */
void wb_blank(wb_sheet *s, lxw_row_t row, lxw_col_t col, wb_look look);
/* A link to another sheet of the workbook; text NULL: its name. */
void wb_link(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *sheet, const char *text);
/* The name of a sheet of this book: "Forest", "3 Forest". */
const char *wb_sheet_name(wb_book *book, const char *kind);
/* A cell left to the reader, who chooses one of the texts (NULL-terminated); the first stands there. */
void wb_choice(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *const *texts);
/* Strike cells through and grey them where a criterion ("=$C6=0") holds. */
void wb_strike_excluded(wb_sheet *s, lxw_row_t row, lxw_col_t col, lxw_row_t last_row,
                        lxw_col_t last_col, const char *criterion);
/* Name a cell for formulas; the name must not look like a cell ("tau2" is one: column TAU). */
void wb_define(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *name);

lxw_format *wb_look_format(wb_book *book, wb_look look);

/* Title, subtitle and notice at the top; freeze is the first row that scrolls, 0: none. */
void wb_top(wb_sheet *s, const char *title, const char *subtitle);
/* Paper, footer, column widths; heads: rows repeated on every page where there are several, 0: none. */
void wb_finish(wb_sheet *s, lxw_row_t first_head, lxw_row_t last_head);

/* ---- workbook_entries.c ---------------------------------------------------------------------- */

/* Whether estimates have a natural scale besides that of the analysis. */
int wb_has_natural(const wb_book *book);
/* Whether the model is one of moderators: there is no pooled effect. */
int wb_is_regression(const wb_book *book);

/* A labelled number that may carry a defined name. */
typedef struct {
    const char *label;
    double value;
    wb_look look;
    const char *name; /* or NULL */
} wb_entry;
/* A titled block of them; those whose number does not exist are left out. Returns the row after it. */
lxw_row_t wb_entries(wb_sheet *s, lxw_row_t row, const char *title, const wb_entry *e, size_t n);
/* The coefficients of the model as a list; returns the row after it. */
lxw_row_t wb_coefficients(wb_sheet *s, lxw_row_t row);
/* ---- workbook_order.c ------------------------------------------------------------------------ */

/* Every write to the file. In a book that goes to the file row by row, cells wait until their sheet is
   finished, unless it is written in order by itself. NULL text: an empty cell. */
void wb_put_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, lxw_format *format);
void wb_put_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, lxw_format *format);
void wb_put_link(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *target, lxw_format *format);
void wb_put_height(wb_sheet *s, lxw_row_t row, uint32_t pixels);
/* Write what waits. */
void wb_put_waiting(wb_sheet *s);

/* ---- regression_blocks.c --------------------------------------------------------------------- */

/* What a regression was asked for beyond its fit, as lists; returns the row after them. */
lxw_row_t wb_regression_blocks(wb_sheet *s, lxw_row_t row);
/* Predicted effects with their intervals on both scales; returns the row after them, and one. */
lxw_row_t wb_prediction_list(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                             const char *const *label, const tq_prediction *p, const tq_natural *n,
                             size_t rows);

/* ---- workbook_list.c ------------------------------------------------------------------------- */

/* A flat list that becomes an Excel table; heads are made unique, as Excel demands. */
typedef struct {
    wb_sheet *s;
    lxw_row_t top; /* row of the heads */
    size_t n, capacity;
    lxw_table_column *column;
} wb_list;
/* NULL column: memory was short (recorded), and the other wb_list functions do nothing. */
wb_list wb_list_begin(wb_sheet *s, lxw_row_t top, size_t capacity);
/* Add a column; returns its number. The look is that of its cells. */
lxw_col_t wb_list_column(wb_list *list, const char *head, wb_look look);
/* Write the heads as cells: in books that go to the file row by row, before the rows. */
void wb_list_heads(const wb_list *list);
/* Make the rows below the heads a table; returns the row after it. name: unique in the book. */
lxw_row_t wb_list_end(wb_list *list, const char *name, size_t rows);

/* What a member of a row holds. */
typedef enum {
    WB_DOUBLE,
    WB_PERCENT, /* a double, shown as a share */
    WB_SIZE,    /* a size_t */
    WB_UINT64
} wb_member;
/* A column of numbers: where that of the first row stands, and how many bytes further that of the next. */
typedef struct {
    const char *head;
    wb_look look;
    const void *first;
    size_t stride;
    wb_member member;
} wb_value_column;
/* Add columns of n rows to a list, as the engine's values; those of which no number exists are left
   out. */
void wb_list_values(wb_list *list, const wb_value_column *column, size_t columns, size_t n);
/* Add a column of texts: `first` is the place of that of the first row, a const char *. */
void wb_list_texts(wb_list *list, const char *head, const void *first, size_t stride, size_t n);
/* A whole list: a column of texts, then columns of numbers. Returns the row after it, and one. */
lxw_row_t wb_value_list(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                        const void *first, size_t stride, const wb_value_column *column,
                        size_t columns, size_t n);

/* ---- workbook_text.c ------------------------------------------------------------------------- */

/* Text as XML and Excel can hold it: bytes that are not UTF-8 replaced, at most `units` UTF-16
   units; one_line: control characters become spaces. Returns text itself when nothing changes. */
const char *wb_clean(wb_book *book, const char *text, size_t units, int one_line);
/* Pixels of a text in Arial. */
double wb_text_width(const char *text, double points);
/* Where the Check sheet says whether formulas and engine agree: "yes" or "no". */
#define WB_VERDICT "Check!$B$5"

/* Cut to a width in pixels, "..." at the end. */
const char *wb_shorten(wb_book *book, const char *text, double points, double pixels);
/* Length of the longest beginning of text that fits the width, at a space where there is one. */
size_t wb_line_length(const char *text, double points, double pixels);

/* ---- chart_layout.c -------------------------------------------------------------------------- */

/* Put a chart's plot area at x, y with size w, h: fractions of the chart. */
void wb_chart_place(wb_book *book, lxw_chart *chart, double x, double y, double w, double h);
/* workbook_close() with these places in force. */
lxw_error wb_chart_close(wb_book *book);

/* ---- forest_chart.c: the plot in unit coordinates -------------------------------------------- */

enum { WB_ROW_PIXELS = 18, WB_PLOT_PIXELS = 340, WB_PLOT_MARGIN = 8 };

typedef enum {
    WB_MARK_NULL,
    WB_MARK_POOLED,
    WB_MARK_SQUARE,
    WB_MARK_AXIS,
    WB_MARK_CI,
    WB_MARK_ARROW,
    WB_MARK_DIAMOND,
    WB_MARK_PREDICTION,
    WB_MARK_TICK,
    WB_MARK_FILLED,
    WB_MARK_COUNT
} wb_mark;

/* The points of one kind of mark: x from 0 to 1 across the plot, y in rows from its top. NaN is an
   empty cell, where a line breaks. */
typedef struct {
    size_t n;           /* points */
    size_t sets;        /* squares: a y column per marker size; 1 otherwise */
    double *x;          /* [n] */
    double *y;          /* [sets x n] */
    const char **label; /* [n] or NULL */
    const char **fx;    /* [n] formulas of x in a live book, NULL: values; fy: of y */
    const char **fy;    /* [sets x n] */
    lxw_col_t col;      /* of x on ChartData; y follows, then label */
} wb_points;

struct wb_scene {
    size_t rows; /* of the plot, axis included */
    wb_points of[WB_MARK_COUNT];
};

/* In a live book the first columns of ChartData are those of forest_live.c. */
enum { WB_LIVE_CHART_COLUMNS = 10 };
enum { WB_DATA_ROW = 6, WB_SMALLEST_SQUARE = 3, WB_LARGEST_SQUARE = 13 };

/* Heading of a mark's columns on ChartData. */
const char *wb_mark_name(wb_mark mark);
/* The points of a forest plot; NULL when memory is short (recorded) or the plot has more rows than
   a chart's cache can count. */
wb_scene *wb_scene_new(wb_book *book);
/* Put the chart over the plot column; head_row is the row above the plot's first. */
void wb_scene_insert(wb_sheet *s, lxw_row_t head_row, lxw_col_t col);

#endif
