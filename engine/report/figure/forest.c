/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows and columns of a forest plot: which there are, and what stands in each cell. */
#include "report/figure/forest.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "report/figure/forest_internal.h"
#include "report/figure/typeset_internal.h"
#include "report/page/format.h"

/* Stands for infinity among limits, with room to compute. */
#define FAR_LIMIT 1e300

/* From here on tq_format_interval() shows powers of ten. */
#define FIXED_LIMIT 1e7

enum { DIGITS_LEAST = 2, DIGITS_MOST = 6, P_DIGITS = 3, TEXT_SIZE = 256 };

/* The pooled interval is shown with so many steps of its last digit at least. */
#define STEPS_SHOWN 5.0

/* Rows that are neither studies nor belong to one level: pooled rows, notes, blanks. */
enum { ROWS_PER_LEVEL = 4, ROWS_BESIDES = 14 };

/* Columns of a plot of parts of the studies, at most; their squares, as a share of the largest. */
enum { PART_COLUMNS = 7 };
#define PART_SQUARE 0.25

/* A natural scale with a longer name is headed "Effect" in the column of estimates. */
enum { HEAD_LENGTH = 20 };

/* What is being laid out. Texts are made freely; out_of_memory is asked once, at the end. */
typedef struct {
    const tq_analysis *a;
    const tq_block *block;       /* NULL: no subgroups */
    const size_t *of;            /* [k] level of each study: of the block, or cluster; NULL: none */
    const tq_multilevel *nested; /* whose clusters are shown; NULL: none */
    const tq_robust_report
        *robust;                 /* that intervals of pooled effects are from; NULL: the model's */
    const tq_sequence *sequence; /* NULL: the studies */
    tq_forest *f;
    int digits;
    int zero_is_fine; /* what rounds to zero is shown as zero */
    double largest_weight;
    const size_t *order; /* [k] of the studies */
    int out_of_memory;
} layout;

static const char *kept(layout *l, const char *text)
{
    if (!text) {
        l->out_of_memory = 1;
        return "";
    }
    return text;
}

#define TEXT(l, ...) kept((l), tq_arena_format((l)->f->arena, __VA_ARGS__))

static const char *typeset(layout *l, const char *number)
{
    return kept(l, typeset_minus(l->f->arena, number));
}

static const char *number(layout *l, double x, int decimals)
{
    char text[TEXT_SIZE];

    return typeset(l, tq_format_number(text, sizeof text, x, decimals));
}

static const char *trimmed(layout *l, double x, int decimals)
{
    char text[TQ_DECIMAL_SIZE];

    return typeset(l, tq_decimal_trimmed(text, sizeof text, x, decimals));
}

/* "5.1%": of a whole, so that "0.0%" says enough. */
static const char *percent(layout *l, double x)
{
    char text[TQ_DECIMAL_SIZE];

    return TEXT(l, "%s%%", tq_decimal_fixed(text, sizeof text, x, 1));
}

/* "p = 0.018", "p < 0.001" */
static const char *p_value(layout *l, double p)
{
    char text[TEXT_SIZE];

    return TEXT(l, "p %s", tq_format_p_relation(text, sizeof text, p, P_DIGITS));
}

/* Differences that round to zero are zero among others; ratios never are. */
static const char *interval(layout *l, double est, double lo, double hi)
{
    const double x[3] = {est, lo, hi};
    char text[TEXT_SIZE], part[3][TEXT_SIZE];
    int fixed = l->zero_is_fine;

    if (!isfinite(est)) {
        return "Not estimable";
    }
    for (int i = 0; i < 3; i++) {
        fixed = fixed && fabs(x[i]) < FIXED_LIMIT;
        tq_decimal_fixed(part[i], TEXT_SIZE, x[i], l->digits);
    }
    return fixed ? TEXT(l, "%s [%s, %s]", typeset(l, part[0]), typeset(l, part[1]),
                        typeset(l, part[2]))
                 : typeset(l, tq_format_interval(text, sizeof text, est, lo, hi, l->digits));
}

/* The interval alone: what follows the estimate in interval(). */
static const char *limits_only(layout *l, double lo, double hi)
{
    const char *const whole = interval(l, hi, lo, hi), *const bracket = strchr(whole, '[');

    return bracket ? bracket : whole;
}

/* A natural value on the axis scale; NaN when it cannot be placed. */
static double on_axis(const layout *l, double natural)
{
    const double x = l->f->log_axis ? log(natural) : natural;

    return isfinite(x) ? x : (double)NAN;
}

/* "Risk ratio" */
static const char *scale_name(layout *l)
{
    const char *const name = tq_analysis_scale_name(l->a, 1);

    return name && *name ? TEXT(l, "%c%s", toupper((unsigned char)*name), name + 1) : "Effect";
}

/* ---- columns ---------------------------------------------------------------------------- */

static const char *effect_heading(layout *l)
{
    const char *const name = scale_name(l);

    return TEXT(l, "%s [%s%% CI]", strlen(name) <= HEAD_LENGTH ? name : "Effect",
                trimmed(l, l->a->options.level, 4));
}

/* Parts of the studies: how many there are, and how far they agree. */
static int add_part_columns(layout *l)
{
    const int at = l->sequence->n > 0 && l->sequence->row[0].at != NULL;
    tq_forest *const f = l->f;
    tq_forest_column *c = tq_arena_take(f->arena, PART_COLUMNS, sizeof *c);

    if (!c) {
        return 0;
    }
    f->column = c;
    *c++ = (tq_forest_column){.content = TQ_FOREST_COL_LABEL,
                              .head = l->sequence == l->a->sensitivity->loo ? "Left out" : "Added"};
    if (at) {
        *c++ = (tq_forest_column){
            .content = TQ_FOREST_COL_TEXT, .head = l->sequence->by, .align = TQ_ALIGN_RIGHT};
    }
    *c++ = (tq_forest_column){
        .content = TQ_FOREST_COL_TEXT, .head = "Studies", .align = TQ_ALIGN_RIGHT};
    f->plot_column = (size_t)(c - f->column);
    *c++ = (tq_forest_column){.content = TQ_FOREST_COL_PLOT, .head = "", .align = TQ_ALIGN_CENTER};
    *c++ = (tq_forest_column){
        .content = TQ_FOREST_COL_EFFECT, .head = effect_heading(l), .align = TQ_ALIGN_RIGHT};
    *c++ = (tq_forest_column){.content = TQ_FOREST_COL_TEXT, .head = "p", .align = TQ_ALIGN_RIGHT};
    *c++ = (tq_forest_column){.content = TQ_FOREST_COL_TEXT, .head = "I²", .align = TQ_ALIGN_RIGHT};
    f->n_columns = (size_t)(c - f->column);
    return 1;
}

/* ---- rows ------------------------------------------------------------------------------- */

static tq_forest_row *add_row(layout *l, tq_forest_kind kind, size_t level, const char *label)
{
    tq_forest *const f = l->f;
    tq_forest_row *const row = &f->row[f->n_rows++];
    const char **const cell = tq_arena_take(f->arena, f->n_columns, sizeof *cell);

    *row = (tq_forest_row){.kind = kind,
                           .level = level,
                           .cell = cell,
                           .est = NAN,
                           .lo = NAN,
                           .hi = NAN,
                           .size = NAN,
                           .fit = NAN,
                           .fit_lo = NAN,
                           .fit_hi = NAN};
    if (!cell) {
        l->out_of_memory = 1;
        return row;
    }
    for (size_t j = 0; j < f->n_columns; j++) {
        cell[j] = "";
    }
    cell[0] = label;
    return row;
}

static void set_cell(layout *l, tq_forest_row *row, tq_forest_content content, const char *text)
{
    for (size_t j = 0; row->cell && j < l->f->n_columns; j++) {
        if (l->f->column[j].content == content) {
            row->cell[j] = text;
        }
    }
}

/* A limit may be infinite, or 0 on a log axis: it lies far beyond the axis, not nowhere. */
static double limit_on_axis(const layout *l, double natural)
{
    const double x = l->f->log_axis ? log(natural) : natural;

    return x < -FAR_LIMIT ? -FAR_LIMIT : x > FAR_LIMIT ? FAR_LIMIT : x;
}

static void set_mark(const layout *l, tq_forest_row *row, const tq_natural *natural)
{
    row->est = on_axis(l, natural->pred);
    row->lo = limit_on_axis(l, natural->ci_lb);
    row->hi = limit_on_axis(l, natural->ci_ub);
}

/* With NaN, 0 for every raw column: nothing is shown. */
static const char *raw_text(layout *l, const tq_raw_column *raw, double x)
{
    return isfinite(x) ? number(l, x, raw->decimals) : "";
}

/* What the sheet says of study i: inputs, size, columns as they are, risk of bias. */
static void set_beside(layout *l, tq_forest_row *row, size_t i)
{
    const tq_analysis *const a = l->a;

    for (size_t j = 0; row->cell && j < l->f->n_columns; j++) {
        const tq_forest_column *const column = &l->f->column[j];

        if (column->content == TQ_FOREST_COL_RAW) {
            row->cell[j] = raw_text(l, &a->raw[column->raw], a->raw[column->raw].value[i]);
        } else if (column->content == TQ_FOREST_COL_SIZE && isfinite(a->study[i].ni)) {
            row->cell[j] = trimmed(l, a->study[i].ni, 1);
        } else if (column->content == TQ_FOREST_COL_SHEET) {
            const tq_sheet_column *const sheet = &a->column[column->raw];

            row->cell[j] = sheet->number ? typeset(l, sheet->text[i]) : sheet->text[i];
        } else if (column->content == TQ_FOREST_COL_BIAS) {
            row->cell[j] = tq_bias_sign(a->domain[column->raw].value[i]);
        }
    }
}

/* What the moderators predict for study i. */
static void set_fitted(const layout *l, tq_forest_row *row, size_t i)
{
    if (l->a->fitted && !l->block) {
        row->fit = on_axis(l, l->a->fitted[i].pred);
        row->fit_lo = limit_on_axis(l, l->a->fitted[i].ci_lb);
        row->fit_hi = limit_on_axis(l, l->a->fitted[i].ci_ub);
    }
}

static tq_forest_row *add_named_study(layout *l, size_t i, size_t level, const char *name)
{
    const tq_study *const study = &l->a->study[i];
    const tq_natural *const n = &study->natural;
    tq_forest_row *const row = add_row(l, TQ_FOREST_STUDY, level, name);

    row->study = i;
    set_fitted(l, row, i);
    row->filled = study->filled;
    set_mark(l, row, n);
    row->size = study->weight / l->largest_weight;
    if (!(row->size > 0.0 && row->size <= 1.0)) {
        row->size = study->weight > 0.0 ? 1.0 : 1e-3; /* no weight: the smallest square */
    }
    set_beside(l, row, i);
    set_cell(l, row, TQ_FOREST_COL_EFFECT, interval(l, n->pred, n->ci_lb, n->ci_ub));
    if (isfinite(study->weight)) {
        set_cell(l, row, TQ_FOREST_COL_WEIGHT, percent(l, study->weight));
    }
    return row;
}

static void add_study(layout *l, size_t i, size_t level)
{
    tq_arena *const arena = l->f->arena;

    (void)add_named_study(
        l, i, level,
        kept(l, l->nested ? forest_effect_name(arena, l->a, i) : forest_full_name(arena, l->a, i)));
}

/* Does study i belong to the level; any study does when there are no subgroups. */
static int belongs(const layout *l, size_t i, size_t level)
{
    return level == TQ_NO_LEVEL || l->of[i] == level;
}

static const char *total_size(layout *l, size_t level)
{
    double sum = 0.0;

    for (size_t i = 0; i < l->a->k; i++) {
        sum += belongs(l, i, level) ? l->a->study[i].ni : 0.0;
    }
    return isfinite(sum) ? trimmed(l, sum, 1) : "";
}

/* Sample sizes and weights of a pool's studies, added up. Events and means do not add, nor do people that several
   effects of a multilevel model may be from. */
static void set_totals(layout *l, tq_forest_row *row, size_t level)
{
    double weight = 0.0;

    for (size_t j = 0; row->cell && j < l->f->n_columns; j++) {
        const tq_forest_column *const column = &l->f->column[j];
        double sum = 0.0;

        if (l->a->multilevel) {
            continue;
        }
        if (column->content == TQ_FOREST_COL_SIZE) {
            row->cell[j] = total_size(l, level);
        }
        if (column->content != TQ_FOREST_COL_RAW || strcmp(column->head, "Total") != 0) {
            continue;
        }
        const tq_raw_column *const raw = &l->a->raw[column->raw];

        for (size_t i = 0; i < l->a->k; i++) {
            sum += belongs(l, i, level) && !l->a->study[i].filled ? raw->value[i] : 0.0;
        }
        row->cell[j] = raw_text(l, raw, sum);
    }
    for (size_t i = 0; i < l->a->k; i++) {
        weight += belongs(l, i, level) ? l->a->study[i].weight : 0.0;
    }
    if (isfinite(weight)) {
        set_cell(l, row, TQ_FOREST_COL_WEIGHT, percent(l, weight));
    }
}

static void add_pooled(layout *l, tq_forest_kind kind, size_t level, const char *label,
                       const tq_natural *n)
{
    tq_forest_row *const row = add_row(l, kind, level, label);

    set_mark(l, row, n);
    set_cell(l, row, TQ_FOREST_COL_EFFECT, interval(l, n->pred, n->ci_lb, n->ci_ub));
    set_totals(l, row, level);
}

/* ---- parts of the studies --------------------------------------------------------------- */

/* A row's texts other than label and effect, in the order of the columns of texts. */
static void set_texts(layout *l, tq_forest_row *row, const char *const *text)
{
    for (size_t j = 0; row->cell && j < l->f->n_columns; j++) {
        if (l->f->column[j].content == TQ_FOREST_COL_TEXT) {
            row->cell[j] = *text++;
        }
    }
}

static const char *short_p(layout *l, double p)
{
    char text[TEXT_SIZE];

    return isfinite(p) ? typeset(l, tq_format_p(text, sizeof text, p, P_DIGITS)) : "";
}

static void set_part(layout *l, tq_forest_row *row, const char *at, size_t k, double pval,
                     double I2, const tq_natural *n)
{
    const char *const text[] = {at ? at : "", TEXT(l, "%zu", k), short_p(l, pval),
                                k > 1 && isfinite(I2) ? percent(l, I2) : ""};
    const int has_at = l->f->column[1].content == TQ_FOREST_COL_TEXT &&
                       l->f->column[2].content == TQ_FOREST_COL_TEXT;

    set_mark(l, row, n);
    set_cell(l, row, TQ_FOREST_COL_EFFECT, interval(l, n->pred, n->ci_lb, n->ci_ub));
    set_texts(l, row, text + !has_at);
}

/* Each is a pool of almost the same studies: squares of one size. */
static void add_part(layout *l, const tq_sequence_row *part)
{
    tq_forest_row *const row = add_row(l, TQ_FOREST_STUDY, TQ_NO_LEVEL, part->label);

    row->study = TQ_NO_ROW;
    row->size = PART_SQUARE;
    set_part(l, row, part->at, part->pool.k, part->pool.pval, part->pool.I2, &part->natural);
}

static int add_parts(layout *l)
{
    const tq_pool *const fit = l->a->fit;
    tq_forest *const f = l->f;

    if (l->sequence->n > SIZE_MAX - ROWS_BESIDES) {
        return 0;
    }
    f->row = tq_arena_take(f->arena, l->sequence->n + ROWS_BESIDES, sizeof *f->row);
    if (!f->row) {
        return 0;
    }
    for (size_t j = 0; j < l->sequence->n; j++) {
        add_part(l, &l->sequence->row[j]);
    }
    tq_forest_row *const all = add_row(l, TQ_FOREST_OVERALL, TQ_NO_LEVEL, "All studies");

    set_part(l, all, NULL, l->a->k, fit->pval[0], fit->I2, &l->a->natural);
    f->pooled = l->a->k > 1 ? all->est : (double)NAN;
    return 1;
}

/* ---- notes ------------------------------------------------------------------------------ */

/* "τ² = 0.31", "τ² = 0.0023", "τ² < 0.0001": two digits, if four decimals have them. */
static const char *tau2_text(layout *l, double tau2)
{
    char text[TEXT_SIZE];
    int decimals = DIGITS_LEAST;

    if (!(tau2 > 0.0)) {
        return TEXT(l, "τ² = %s", number(l, tau2, decimals));
    }
    while (decimals < 4 && tau2 * pow(10.0, decimals) < 10.0) {
        decimals++;
    }
    return TEXT(l, "τ² %s", typeset(l, tq_format_p_relation(text, sizeof text, tau2, decimals)));
}

/* " (REML)", " (given)", or nothing for a level, whose method is that of the whole. */
static const char *tau2_origin(layout *l, const tq_pool *fit)
{
    return fit->tau2_fixed ? " (given)" : TEXT(l, " (%s)", tq_method_name(fit->method));
}

static const char *I2_text(layout *l, const tq_pool *fit, int with_interval)
{
    const double *const ci = fit->ci.I2;

    if (!isfinite(fit->I2)) {
        return "";
    }
    if (!with_interval || !isfinite(ci[0]) || !isfinite(ci[1])) {
        return TEXT(l, ", I² = %s%%", number(l, fit->I2, 0));
    }
    return TEXT(l, ", I² = %s%% [%s%%, %s%%]", number(l, fit->I2, 0), number(l, ci[0], 0),
                number(l, ci[1], 0));
}

/* whole: the fit of all studies, which names the method and has the interval of I². */
static const char *heterogeneity(layout *l, const tq_pool *fit, int whole, int show_tau2)
{
    const char *const what = fit->p > 1 ? "Residual heterogeneity" : "Heterogeneity";

    if (fit->k <= fit->p || (!isfinite(fit->QE) && !isfinite(fit->lrt.stat))) {
        return TEXT(l, "%s: not applicable", what);
    }
    const char *tau2 = "";

    if (show_tau2 && isfinite(fit->tau2)) {
        tau2 = TEXT(l, "%s%s, ", tau2_text(l, fit->tau2), whole ? tau2_origin(l, fit) : "");
    }
    if (!isfinite(fit->QE)) { /* a likelihood of events */
        const char *rho = isfinite(fit->rho[0]) && fit->rho[0] == fit->rho[1]
                              ? TEXT(l, "ρ = %s, ", number(l, fit->rho[0], 3))
                              : "";

        return TEXT(l, "%s: %s%sLR χ² = %s, df = %s, %s%s", what, tau2, rho,
                    number(l, fit->lrt.stat, 2), trimmed(l, fit->lrt.df, 1),
                    p_value(l, fit->lrt.pval), I2_text(l, fit, whole));
    }
    if (l->a->multilevel && whole && isfinite(l->a->multilevel->I2_total)) {
        return TEXT(l, "%s: Q = %s, df = %s, %s; I² = %s%% of all levels", what,
                    number(l, fit->QE, 2), trimmed(l, fit->QE_df, 1), p_value(l, fit->QE_pval),
                    number(l, l->a->multilevel->I2_total, 1));
    }
    return TEXT(l, "%s: %sQ = %s, df = %s, %s%s", what, tau2, number(l, fit->QE, 2),
                trimmed(l, fit->QE_df, 1), p_value(l, fit->QE_pval), I2_text(l, fit, whole));
}

static const char *df_text(layout *l, double df)
{
    return df >= 1e8 ? "∞" : trimmed(l, df, 1);
}

static const char *overall_test(layout *l, const tq_pool *fit)
{
    const int has_df = isfinite(fit->df[0]);

    if (l->robust) {
        const tq_robust *const r = l->robust->fit;

        return TEXT(l, "Test for overall effect, %s: t = %s, df = %s, %s",
                    kept(l, forest_robust_text(l->f->arena, l->a)), number(l, r->stat[0], 2),
                    df_text(l, r->df[0]), p_value(l, r->pval[0]));
    }

    return TEXT(l, "Test for overall effect: %s = %s, %s%s%s%s", tq_test_statistic(fit->test),
                number(l, fit->stat[0], 2), has_df ? "df = " : "",
                has_df ? df_text(l, fit->df[0]) : "", has_df ? ", " : "", p_value(l, fit->pval[0]));
}

static int robust_levels(const layout *l, const tq_block *block)
{
    return l->robust && block->models && block->models->robust;
}

/* A level of a block; robust limits where they are wanted and there are any. */
static const tq_natural *natural_of_level(const layout *l, const tq_block *block, size_t j)
{
    return robust_levels(l, block) && isfinite(block->models->natural[j].ci_lb)
               ? &block->models->natural[j]
               : &block->natural[j];
}

/* A Wald-type test: chi-square when df2 is NaN, else F. */
static const char *wald_test(layout *l, const char *what, const char *symbol, double stat,
                             double df1, double df2, double pval)
{
    if (df2 > 0.0) {
        return TEXT(l, "%s: F = %s, df = %s and %s, %s", what, number(l, stat, 2),
                    trimmed(l, df1, 1), df_text(l, df2), p_value(l, pval));
    }
    return TEXT(l, "%s: %s = %s, df = %s, %s", what, symbol, number(l, stat, 2), trimmed(l, df1, 1),
                p_value(l, pval));
}

static const char *subgroup_test(layout *l, const tq_block *block)
{
    const tq_subgroups *const s = block->fit;

    if (robust_levels(l, block) && isfinite(block->models->between.stat)) {
        const tq_wald *const w = &block->models->between;

        return wald_test(l, "Test for subgroup differences, cluster-robust", "F", w->stat, w->df1,
                         w->df2, w->pval);
    }
    return wald_test(l, "Test for subgroup differences", "Q", s->QB, s->QB_df, s->QB_df2,
                     s->QB_pval);
}

static void add_note(layout *l, size_t level, tq_forest_note note, const char *text)
{
    add_row(l, TQ_FOREST_NOTE, level, text)->note = note;
}

/* ---- blocks ----------------------------------------------------------------------------- */

static void add_studies_of(layout *l, size_t level)
{
    for (size_t j = 0; j < l->a->k; j++) {
        const size_t i = l->order[j];

        if (!l->of || l->of[i] == level) {
            add_study(l, i, level);
        }
    }
}

/* A pool of one study would repeat it: there is no diamond. */
static void add_level(layout *l, size_t j)
{
    const tq_subgroups *const s = l->block->fit;
    const tq_subgroup_level *const level = &s->level[j];

    if (level->k == 0) {
        return;
    }
    add_row(l, TQ_FOREST_HEADING, j, level->name ? level->name : "");
    add_studies_of(l, j);
    if (level->k == 1) {
        add_note(l, j, TQ_FOREST_NOTE_OTHER,
                 l->a->multilevel ? "Single effect, not pooled" : "Single study, not pooled");
    } else {
        add_pooled(l, TQ_FOREST_SUBTOTAL, j, TEXT(l, "Subtotal (k = %zu)", level->k),
                   natural_of_level(l, l->block, j));
        add_note(l, j, TQ_FOREST_NOTE_HETEROGENEITY,
                 heterogeneity(l, level->fit, 0, s->mode == TQ_TAU2_SEPARATE));
    }
    add_row(l, TQ_FOREST_BLANK, TQ_NO_LEVEL, "");
}

/* The effects of a cluster; *first: the first of them. */
static size_t cluster_size(const layout *l, size_t g, size_t *first)
{
    size_t n = 0;

    for (size_t i = l->a->k; i-- > 0;) {
        n += l->of[i] == g;
        *first = l->of[i] == g ? i : *first;
    }
    return n;
}

/* The effects of a cluster below its name; of several, the mean that the model predicts. */
static void add_cluster(layout *l, size_t g)
{
    size_t first = 0;
    const size_t n = cluster_size(l, g, &first);

    if (n == 1) {
        add_named_study(l, first, g, kept(l, forest_alone_name(l->f->arena, l->a, first)))->alone =
            1;
    } else {
        add_row(l, TQ_FOREST_HEADING, g, kept(l, forest_cluster_name(l->f->arena, l->a, g)));
        add_studies_of(l, g);
    }
    if (n > 1 && l->nested->cluster) {
        add_pooled(l, TQ_FOREST_CLUSTER, g, TEXT(l, "Predicted mean (k = %zu)", n),
                   &l->nested->cluster[g]);
    }
    if (n > 1 || g + 1 == l->nested->term[0].levels || cluster_size(l, g + 1, &first) > 1) {
        add_row(l, TQ_FOREST_BLANK, TQ_NO_LEVEL, "");
    } /* clusters of one effect stand together */
}

/* What open and light diamonds are. */
static void add_mark_legend(layout *l)
{
    if (l->nested && l->nested->cluster) {
        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_OTHER,
                 TEXT(l, "Open diamonds: mean of each %s as the model predicts it (BLUP), %s%% CI",
                      l->nested->factor, trimmed(l, l->a->options.level, 4)));
    }
    if (l->a->fitted && !l->block) {
        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_OTHER,
                 TEXT(l, "Light diamonds: what the moderators predict on average, %s%% CI%s%s",
                      trimmed(l, l->a->options.level, 4), l->robust ? ", " : "",
                      l->robust ? kept(l, forest_robust_text(l->f->arena, l->a)) : ""));
    }
}

static void add_unclassified(layout *l)
{
    int any = 0;

    for (size_t i = 0; i < l->a->k; i++) {
        any = any || l->block->fit->of[i] == TQ_NO_LEVEL;
    }
    if (any) {
        add_row(l, TQ_FOREST_HEADING, TQ_NO_LEVEL, "Not classified");
        add_studies_of(l, TQ_NO_LEVEL);
        add_row(l, TQ_FOREST_BLANK, TQ_NO_LEVEL, "");
    }
}

static void add_prediction(layout *l)
{
    const tq_natural *const n = &l->a->natural;
    const int exists = (isfinite(l->a->fit->tau2) || l->a->multilevel) && l->a->k > 1 &&
                       isfinite(n->pi_lb) && isfinite(n->pi_ub);

    if (exists) {
        tq_forest_row *const row =
            add_row(l, TQ_FOREST_PREDICTION, TQ_NO_LEVEL,
                    TEXT(l, "%s%% prediction interval", trimmed(l, l->a->options.level, 4)));

        row->lo = limit_on_axis(l, n->pi_lb);
        row->hi = limit_on_axis(l, n->pi_ub);
        set_cell(l, row, TQ_FOREST_COL_EFFECT, limits_only(l, n->pi_lb, n->pi_ub));
    }
}

/* The pooled effect with its limits. */
static const tq_natural *natural_of_whole(const layout *l)
{
    return l->robust && isfinite(l->robust->natural.ci_lb) ? &l->robust->natural : &l->a->natural;
}

/* With moderators there is no one pooled effect: notes only. */
static void add_overall(layout *l)
{
    const tq_pool *const fit = l->a->fit;

    if (fit->p == 1 && !l->a->levels_only) {
        add_pooled(l, TQ_FOREST_OVERALL, TQ_NO_LEVEL,
                   l->a->n_filled
                       ? TEXT(l, "Overall (k = %zu, %zu filled in)", l->a->k, l->a->n_filled)
                       : TEXT(l, "Overall (k = %zu)", l->a->k),
                   natural_of_whole(l));
        l->f->pooled = l->a->k > 1 ? l->f->row[l->f->n_rows - 1].est : (double)NAN;
        add_prediction(l);
    }
    if (!l->a->levels_only) {
        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_HETEROGENEITY, heterogeneity(l, fit, 1, 1));
    }
    if (fit->p == 1 && !l->a->levels_only &&
        isfinite(l->f->null_value)) { /* a proportion has no null to be tested */
        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_OVERALL_TEST, overall_test(l, fit));
    } else if (fit->p > 1 && l->robust && l->robust->n_tests > 0 &&
               isfinite(l->robust->test[0].wald.stat)) {
        const tq_wald *const w = &l->robust->test[0].wald;

        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_OTHER,
                 wald_test(l, "Test of moderators, cluster-robust", "F", w->stat, w->df1, w->df2,
                           w->pval));
    } else if (fit->p > 1 && isfinite(fit->QM)) {
        const int is_F = fit->QM_df2 > 0.0;

        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_OTHER,
                 wald_test(l, "Test of moderators", "QM", fit->QM, fit->QM_df1,
                           is_F ? fit->QM_df2 : (double)NAN, fit->QM_pval));
    }
    if (l->block && isfinite(l->block->fit->QB)) {
        if (l->block->fit->mode == TQ_TAU2_COMMON && isfinite(l->block->fit->tau2)) {
            add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_COMMON_TAU2,
                     TEXT(l, "Within subgroups: %s, common", tau2_text(l, l->block->fit->tau2)));
        }
        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_SUBGROUP_TEST, subgroup_test(l, l->block));
    }
}

/* "Risk of bias: A randomisation, B missing data; + low, ! some concerns, − high, ? unclear" */
static void add_bias_legend(layout *l)
{
    const char *text = "";
    size_t shown = 0;

    for (size_t j = 0; j < l->f->n_columns; j++) {
        const tq_forest_column *const column = &l->f->column[j];

        if (column->content == TQ_FOREST_COL_BIAS) {
            text = TEXT(l, "%s%s%s %s", text, shown > 0 ? ", " : "", column->head,
                        l->a->domain[column->raw].name);
            shown++;
        }
    }
    for (int j = TQ_BIAS_LOW; shown > 0 && j < TQ_BIAS_COUNT; j++) {
        text = TEXT(l, "%s%s%s %s", text, j == TQ_BIAS_LOW ? "; " : ", ",
                    tq_bias_sign((tq_bias_judgement)j), tq_bias_name((tq_bias_judgement)j));
    }
    if (shown > 0) {
        add_note(l, TQ_NO_LEVEL, TQ_FOREST_NOTE_OTHER, TEXT(l, "Risk of bias: %s", text));
    }
}

/* The levels of a block, a diamond each, and the test between them. */
static void add_levels_alone(layout *l, const tq_block *block)
{
    const tq_subgroups *const s = block->fit;

    l->block = block; /* sums are those of its levels */
    l->of = block->fit->of;
    add_row(l, TQ_FOREST_HEADING, TQ_NO_LEVEL, s->by ? s->by : "");
    for (size_t j = 0; j < s->n; j++) {
        const char *const name = s->level[j].name ? s->level[j].name : "";

        if (s->level[j].k > 0) {
            add_pooled(l, TQ_FOREST_LEVEL, j, TEXT(l, "%s (k = %zu)", name, s->level[j].k),
                       natural_of_level(l, block, j));
        }
    }
    if (isfinite(s->QB)) {
        add_row(l, TQ_FOREST_NOTE, 0, subgroup_test(l, block))->note = TQ_FOREST_NOTE_SUBGROUP_TEST;
    }
    add_row(l, TQ_FOREST_BLANK, TQ_NO_LEVEL, "");
}

static int add_summary(layout *l)
{
    size_t rows = ROWS_BESIDES;

    for (size_t b = 0; b < l->a->n_blocks; b++) {
        const size_t more = l->a->block[b].fit->n;

        if (more > SIZE_MAX / 2 - rows) {
            return 0;
        }
        rows += more + ROWS_PER_LEVEL;
    }
    l->f->row = tq_arena_take(l->f->arena, rows, sizeof *l->f->row);
    if (!l->f->row) {
        return 0;
    }
    for (size_t b = 0; b < l->a->n_blocks; b++) {
        add_levels_alone(l, &l->a->block[b]);
    }
    l->block = NULL;
    add_overall(l);
    return 1;
}

static int add_rows(layout *l)
{
    const size_t levels = l->block ? l->block->fit->n : l->nested ? l->nested->term[0].levels : 0;
    tq_forest *const f = l->f;

    if (levels > (SIZE_MAX - ROWS_BESIDES - l->a->k) / ROWS_PER_LEVEL) {
        return 0;
    }
    f->row =
        tq_arena_take(f->arena, l->a->k + ROWS_PER_LEVEL * levels + ROWS_BESIDES, sizeof *f->row);
    if (!f->row) {
        return 0;
    }
    for (size_t i = 0; i < l->a->k; i++) {
        l->largest_weight = fmax(l->largest_weight, l->a->study[i].weight);
    }
    for (size_t j = 0; j < levels; j++) {
        if (l->block) {
            add_level(l, j);
        } else {
            add_cluster(l, j);
        }
    }
    if (l->block) {
        add_unclassified(l);
    } else if (!l->nested) {
        add_studies_of(l, TQ_NO_LEVEL);
    }
    add_overall(l);
    add_mark_legend(l);
    add_bias_legend(l);
    return 1;
}

/* ---- the whole -------------------------------------------------------------------------- */

/* "Random effects (REML)" */
static const char *model_text(layout *l)
{
    const tq_pool *const fit = l->a->fit;

    if (l->a->multilevel) {
        return TEXT(l, "%s model (%s)",
                    l->a->multilevel->structured ? "Multivariate" : "Multilevel",
                    tq_method_name(fit->method));
    }
    if (tq_method_counts(fit->method) && !tq_method_random(fit->method)) {
        return TEXT(l, "Common effect (%s)", tq_method_label(fit->method));
    }
    if (fit->method == TQ_UWLS) {
        return "Unrestricted weighted least squares";
    }
    if (!tq_method_random(fit->method)) {
        return fit->method == TQ_EE ? "Equal effects" : "Fixed effects";
    }
    return TEXT(l, "%s effects (%s)", fit->p > 1 ? "Mixed" : "Random", tq_method_name(fit->method));
}

/* "Leave-one-out", "Leave-one-out by lab", "Cumulative by year, descending" */
static const char *sequence_title(layout *l)
{
    const tq_sequence *const s = l->sequence;
    const char *const what = s == l->a->sensitivity->loo ? "Leave-one-out" : "Cumulative";

    return s->by ? TEXT(l, "%s by %s%s", what, s->by, s->descending ? ", descending" : "") : what;
}

/* The natural scale is named once: by a title made from it, or by the subtitle. */
static void add_titles(layout *l)
{
    const tq_analysis *const a = l->a;
    tq_forest *const f = l->f;
    const char *const scale = scale_name(l);
    const char *const model = model_text(l);
    const char *const test = a->fit->test == TQ_TEST_Z ? NULL : tq_analysis_test_label(a);
    const tq_provenance *const given = &a->provenance;

    f->title = given->title  ? given->title
               : l->sequence ? sequence_title(l)
               : given->group1 && given->group2
                   ? TEXT(l, "%s versus %s", given->group1, given->group2)
                   : scale;
    const char *const rest =
        TEXT(l, "%c%s, %s%% CI%s%s", f->title == scale ? *model : tolower((unsigned char)*model),
             model + 1, trimmed(l, a->options.level, 4),
             l->robust ? "; inference "
             : test    ? ", "
                       : "",
             l->robust ? kept(l, forest_robust_text(f->arena, a))
             : test    ? test
                       : "");

    f->subtitle = f->title == scale ? rest : TEXT(l, "%s, %s", scale, rest);
    f->notice = a->provenance.notice;
    f->axis_label = f->log_axis ? TEXT(l, "%s (log scale)", scale) : scale;
}

static void set_scale(layout *l)
{
    const tq_analysis *const a = l->a;

    l->f->log_axis = a->transform && a->transform->log_axis;
    l->f->null_value = NAN;
    l->f->pooled = NAN;
    if (a->measure && isfinite(a->measure->null_value)) {
        const double null_value = a->measure->null_value;

        l->f->null_value =
            on_axis(l, a->transform ? tq_transform_apply(a->transform, null_value, a->ni_mean)
                                    : null_value);
    }
}

static tq_status check_options(const tq_analysis *a, const tq_forest_options *opt, tq_error *err)
{
    const int none = opt->block == TQ_NO_LEVEL || (opt->block == 0 && a->n_blocks == 0);
    const int log_axis = a->transform && a->transform->log_axis;

    if (!none && opt->block >= a->n_blocks) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "subgroup block %zu does not exist: there are %zu", opt->block, a->n_blocks);
    }
    if (forest_check_choice(a, opt, err) != TQ_OK) {
        return TQ_EINVAL;
    }
    if (!opt->limits_given) {
        return TQ_OK;
    }
    if (!(opt->lo < opt->hi && isfinite(opt->lo) && isfinite(opt->hi))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "axis limits '%g' and '%g' must be finite and increasing", opt->lo, opt->hi);
    }
    if (log_axis && !(opt->lo > 0.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "axis limit '%g' must be > 0 on a log axis",
                       opt->lo);
    }
    return TQ_OK;
}

/* As asked for, or as many as the pooled interval needs to be told from a point. */
static void choose_digits(layout *l, const tq_forest_options *opt)
{
    const tq_natural *const n = &l->a->natural;
    const double width = n->ci_ub - n->ci_lb;
    int needed = DIGITS_LEAST;

    while (needed <= DIGITS_MOST && width * pow(10.0, needed) < STEPS_SHOWN) {
        needed++;
    }
    l->digits = opt->digits_given ? opt->digits : needed <= DIGITS_MOST ? needed : DIGITS_LEAST;
    l->zero_is_fine = needed <= DIGITS_MOST && !(l->a->transform && l->a->transform->log_axis);
}

static tq_status fill(layout *l, const tq_forest_options *opt)
{
    size_t *const order = tq_arena_take(l->f->arena, l->a->k, sizeof *order);

    l->order = order;
    if (l->block) {
        l->of = l->block->fit->of;
    } else if (opt->clusters && l->a->multilevel && l->a->multilevel->model.n_terms > 0 &&
               l->a->k <= FOREST_MOST_NESTED && l->a->multilevel->term[0].levels < l->a->k) {
        l->nested = l->a->multilevel;
        l->of = l->nested->model.term[0].group;
    }
    set_scale(l);
    const int whole = l->sequence ? add_part_columns(l) && add_parts(l)
                                  : order && forest_order(l->a, opt, order) &&
                                        forest_columns(l->a, opt, effect_heading(l), l->f) &&
                                        (opt->summary_only ? add_summary(l) : add_rows(l));

    if (!whole) {
        return TQ_ENOMEM;
    }
    add_titles(l);
    l->f->favours_lo = opt->favours_lo;
    l->f->favours_hi = opt->favours_hi;
    if (l->out_of_memory) {
        return TQ_ENOMEM;
    }
    const double limits[2] = {on_axis(l, opt->lo), on_axis(l, opt->hi)};

    return forest_axis(l->f, opt->limits_given ? limits : NULL);
}

tq_status tq_forest_layout(const tq_analysis *a, const tq_forest_options *opt, tq_forest **out,
                           tq_error *err)
{
    const tq_forest_options defaults = {0};

    opt = opt ? opt : &defaults;
    if (check_options(a, opt, err) != TQ_OK) {
        return TQ_EINVAL;
    }
    layout l = {.a = a,
                .sequence = opt->sequence,
                .robust = opt->robust && !opt->sequence ? a->robust : NULL};

    if (!l.sequence && opt->block != TQ_NO_LEVEL && a->n_blocks > 0) {
        l.block = &a->block[opt->block];
    }
    choose_digits(&l, opt);
    tq_arena *const arena = tq_arena_new();

    l.f = arena ? tq_arena_take(arena, 1, sizeof *l.f) : NULL;
    if (l.f) {
        l.f->arena = arena;
        l.f->block = l.block ? opt->block : TQ_NO_LEVEL;
    }
    if (!l.f || fill(&l, opt) != TQ_OK) {
        tq_arena_free(arena);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *out = l.f;
    return TQ_OK;
}

void tq_forest_free(tq_forest *forest)
{
    if (forest) {
        tq_arena_free(forest->arena);
    }
}
