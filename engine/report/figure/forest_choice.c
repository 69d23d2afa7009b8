/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader of a forest plot chooses: its columns, and the order of its studies. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure/forest_internal.h"

/* Words of --show that are no columns of the sheet. */
static const struct {
    const char *name;
    tq_forest_content content;
} own_columns[] = {
    {"inputs", TQ_FOREST_COL_RAW},    {"n", TQ_FOREST_COL_SIZE},
    {"plot", TQ_FOREST_COL_PLOT},     {"effect", TQ_FOREST_COL_EFFECT},
    {"weight", TQ_FOREST_COL_WEIGHT}, {"rob", TQ_FOREST_COL_BIAS},
};

const char *tq_forest_column_name(size_t i)
{
    return i < sizeof own_columns / sizeof *own_columns ? own_columns[i].name : NULL;
}

static const char *const orders[] = {"effect", "weight", "precision", "study"};

const char *tq_forest_order_name(size_t i)
{
    return i < sizeof orders / sizeof *orders ? orders[i] : NULL;
}

/* ---- columns ---------------------------------------------------------------------------- */

/* Columns that are being chosen. */
typedef struct {
    const tq_analysis *a;
    tq_arena *arena;
    const char *effect; /* heading */
    tq_forest_column *column;
    size_t n, plot;
} choice;

static void add(choice *c, tq_forest_column column)
{
    c->column[c->n++] = column;
}

static void add_inputs(choice *c)
{
    for (size_t j = 0; j < c->a->n_raw; j++) {
        const tq_raw_column *const raw = &c->a->raw[j];

        add(c, (tq_forest_column){.content = TQ_FOREST_COL_RAW,
                                  .head = raw->heading,
                                  .over = tq_analysis_raw_over(c->a, raw),
                                  .align = TQ_ALIGN_RIGHT,
                                  .raw = j});
    }
}

static void add_plot(choice *c)
{
    if (c->plot == 0) { /* column 0 is the label's */
        c->plot = c->n;
        add(c, (tq_forest_column){
                   .content = TQ_FOREST_COL_PLOT, .head = "", .align = TQ_ALIGN_CENTER});
    }
}

/* Domains are named by letters, which a note explains. */
static int add_domains(choice *c)
{
    for (size_t j = 0; j < c->a->n_domains; j++) {
        const char *const letter = forest_letter(c->arena, j);

        if (!letter) {
            return 0;
        }
        add(c, (tq_forest_column){.content = TQ_FOREST_COL_BIAS,
                                  .head = letter,
                                  .over = "Risk of bias",
                                  .align = TQ_ALIGN_CENTER,
                                  .raw = j});
    }
    return 1;
}

static int add_own(choice *c, tq_forest_content content)
{
    if (content == TQ_FOREST_COL_RAW) {
        add_inputs(c);
    } else if (content == TQ_FOREST_COL_PLOT) {
        add_plot(c);
    } else if (content == TQ_FOREST_COL_BIAS) {
        add_plot(c);
        return add_domains(c);
    } else if (content == TQ_FOREST_COL_SIZE) {
        add(c, (tq_forest_column){.content = content, .head = "n", .align = TQ_ALIGN_RIGHT});
    } else {
        add_plot(c); /* results stand behind it, unless it was put elsewhere */
        add(c, (tq_forest_column){.content = content,
                                  .head = content == TQ_FOREST_COL_EFFECT ? c->effect : "Weight",
                                  .align = TQ_ALIGN_RIGHT});
    }
    return 1;
}

static int add_named(choice *c, const char *name)
{
    for (size_t i = 0; i < sizeof own_columns / sizeof *own_columns; i++) {
        if (strcmp(name, own_columns[i].name) == 0) {
            return add_own(c, own_columns[i].content);
        }
    }
    for (size_t j = 0; j < c->a->n_columns; j++) {
        if (strcmp(name, c->a->column[j].name) == 0) {
            add(c,
                (tq_forest_column){.content = TQ_FOREST_COL_SHEET,
                                   .head = c->a->column[j].name,
                                   .align = c->a->column[j].number ? TQ_ALIGN_RIGHT : TQ_ALIGN_LEFT,
                                   .raw = j});
            return 1;
        }
    }
    return 1; /* forest_check_choice() has refused other names */
}

int forest_columns(const tq_analysis *a, const tq_forest_options *opt, const char *effect,
                   tq_forest *f)
{
    static const char *const usual[] = {"inputs", "plot", "effect", "weight", "rob"};
    static const char *const of_levels[] = {"plot", "effect", "weight"};
    const char *const *const chosen = opt->summary_only ? of_levels : usual;
    const size_t n_chosen =
        opt->summary_only ? sizeof of_levels / sizeof *of_levels : sizeof usual / sizeof *usual;
    const char *const *const show = opt->n_show > 0 ? opt->show : chosen;
    const size_t n = opt->n_show > 0 ? opt->n_show : n_chosen;
    const size_t most = a->n_raw + a->n_domains + 2;
    choice c = {.a = a, .arena = f->arena, .effect = effect};

    c.column =
        n < SIZE_MAX / most / 2 ? tq_arena_take(f->arena, n * most + 2, sizeof *c.column) : NULL;
    if (!c.column) {
        return 0;
    }
    add(&c, (tq_forest_column){.content = TQ_FOREST_COL_LABEL, .head = "Study"});
    for (size_t i = 0; i < n; i++) {
        if (!add_named(&c, show[i])) {
            return 0;
        }
    }
    add_plot(&c);
    f->column = c.column;
    f->n_columns = c.n;
    f->plot_column = c.plot;
    return 1;
}

const char *forest_letter(tq_arena *arena, size_t j)
{
    return j < 26 ? tq_arena_format(arena, "%c", (int)('A' + j))
                  : tq_arena_format(arena, "%zu", j + 1);
}

/* ---- order ------------------------------------------------------------------------------ */

static const tq_sheet_column *sheet_column(const tq_analysis *a, const char *name)
{
    for (size_t j = 0; j < a->n_columns; j++) {
        if (strcmp(name, a->column[j].name) == 0) {
            return &a->column[j];
        }
    }
    return NULL;
}

static int is_own(const char *name, const char *(*at)(size_t))
{
    size_t i = 0;

    while (at(i) && strcmp(at(i), name) != 0) {
        i++;
    }
    return at(i) != NULL;
}

tq_status forest_check_choice(const tq_analysis *a, const tq_forest_options *opt, tq_error *err)
{
    for (size_t i = 0; i < opt->n_show; i++) {
        if (!is_own(opt->show[i], tq_forest_column_name) && !sheet_column(a, opt->show[i])) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no column '%.80s' to show",
                           opt->show[i]);
        }
    }
    if (opt->sort && !is_own(opt->sort, tq_forest_order_name) && !sheet_column(a, opt->sort)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no column '%.80s' to sort by", opt->sort);
    }
    return TQ_OK;
}

/* A study's key; studies without one come last. */
typedef struct {
    double number;
    const char *text; /* NULL: by numbers */
    int missing, sign;
    size_t index;
} key;

static int by_key(const void *a, const void *b)
{
    const key *const x = a, *const y = b;
    int order = x->missing - y->missing;

    if (order == 0 && !x->missing) {
        const int texts = x->text ? strcmp(x->text, y->text) : 0;

        order = x->sign * (x->text ? (texts > 0) - (texts < 0)
                                   : (x->number > y->number) - (x->number < y->number));
    }
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static key key_of(const tq_analysis *a, const char *sort, const tq_sheet_column *column, size_t i)
{
    const tq_study *const s = &a->study[i];

    if (column) {
        return (key){.number = column->number ? column->number[i] : 0.0,
                     .text = column->number ? NULL : column->text[i]};
    }
    if (strcmp(sort, "study") == 0) {
        return (key){.text = s->label ? s->label : ""};
    }
    return (key){.number = strcmp(sort, "effect") == 0   ? s->yi
                           : strcmp(sort, "weight") == 0 ? s->weight
                                                         : 1.0 / s->sei};
}

int forest_order(const tq_analysis *a, const tq_forest_options *opt, size_t *order)
{
    const int own = opt->sort && is_own(opt->sort, tq_forest_order_name);
    const tq_sheet_column *const column = opt->sort && !own ? sheet_column(a, opt->sort) : NULL;
    key *const list = opt->sort ? calloc(a->k, sizeof *list) : NULL;

    for (size_t i = 0; i < a->k; i++) {
        order[i] = i;
    }
    if (!opt->sort) {
        return 1;
    }
    for (size_t i = 0; list && i < a->k; i++) {
        list[i] = key_of(a, opt->sort, column, i);
        list[i].missing = list[i].text ? !*list[i].text : isnan(list[i].number);
        list[i].sign = opt->descending ? -1 : 1;
        list[i].index = i;
    }
    if (list) {
        qsort(list, a->k, sizeof *list, by_key);
    }
    for (size_t i = 0; list && i < a->k; i++) {
        order[i] = list[i].index;
    }
    free(list);
    return list != NULL;
}
