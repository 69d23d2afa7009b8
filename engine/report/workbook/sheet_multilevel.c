/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilevel models: components of variance, tests of the random terms, effects of levels, influence. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { FIRST_ROW = 4, LABEL_PIXELS = 190 };

static lxw_row_t write_components(wb_sheet *s, lxw_row_t row)
{
    const tq_multilevel *m = s->book->a->multilevel;
    const tq_mv_component *c = m->fit->component;
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine), percent = wb_decimals(WB_FIXED, 2);
    const wb_value_column columns[] = {
        {"Estimate", number, &c->value, sizeof *c, WB_DOUBLE},
        {"SE", number, &c->se, sizeof *c, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), &c->ci_lb, sizeof *c, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), &c->ci_ub, sizeof *c, WB_DOUBLE},
        {"I\xC2\xB2 in %", percent, m->I2, sizeof *m->I2, WB_DOUBLE},
        {"R\xC2\xB2 in %", percent, m->R2, sizeof *m->R2, WB_DOUBLE},
    };

    return wb_value_list(s, row, "Components", "Component", m->label, sizeof *m->label, columns,
                         sizeof columns / sizeof *columns, m->fit->n_components) +
           1;
}

static lxw_row_t write_terms(wb_sheet *s, lxw_row_t row)
{
    const tq_multilevel *m = s->book->a->multilevel;
    const tq_mv_fit *fit = m->fit;
    const wb_look count = wb_as(WB_COUNT), two = wb_decimals(WB_FIXED, 2);
    const wb_value_column columns[] = {
        {"Levels", count, &m->term->levels, sizeof *m->term, WB_SIZE},
        {"Components", count, &m->term->n, sizeof *m->term, WB_SIZE},
    };
    const wb_entry entries[] = {
        {"Independent blocks of effects", (double)fit->n_blocks, count, NULL},
        {"Effects in the largest", (double)fit->largest_block, count, NULL},
        {"I\xC2\xB2 of all levels in %", m->I2_total, two, NULL},
        {"R\xC2\xB2 of all levels in %", m->R2_total, two, NULL},
        {"Typical sampling variance", fit->typical_vi, wb_decimals(WB_FIXED, s->book->digits + 3),
         NULL},
    };

    row = wb_value_list(s, row, "RandomTerms", "Random term", &m->term->name, sizeof *m->term,
                        columns, sizeof columns / sizeof *columns, m->model.n_terms) +
          1;
    return wb_entries(s, row, "The levels together", entries, sizeof entries / sizeof *entries) + 1;
}

static lxw_row_t write_rivals(wb_sheet *s, lxw_row_t row, const char *title, const char *name,
                              const char *head, const tq_multilevel_rival *r, size_t n)
{
    if (n == 0) { /* first: there is nothing to point into */
        return row;
    }
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2),
                  two = wb_decimals(WB_FIXED, 2), count = wb_as(WB_COUNT);
    const wb_value_column columns[] = {
        {"Coefficients", count, &r->p, sizeof *r, WB_SIZE},
        {"Components", count, &r->components, sizeof *r, WB_SIZE},
        {"Log-likelihood", number, &r->ll, sizeof *r, WB_DOUBLE},
        {"AIC", two, &r->AIC, sizeof *r, WB_DOUBLE},
        {"BIC", two, &r->BIC, sizeof *r, WB_DOUBLE},
        {"AICc", two, &r->AICc, sizeof *r, WB_DOUBLE},
        {"LR", number, &r->stat, sizeof *r, WB_DOUBLE},
        {"df", count, &r->df, sizeof *r, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &r->pval, sizeof *r, WB_DOUBLE},
        {"p, 0 at a bound", wb_as(WB_PVAL), &r->pval_half, sizeof *r, WB_DOUBLE},
    };

    wb_flow(s, row++, 0, title, wb_as(WB_SECTION));
    return wb_value_list(s, row, name, head, &r->name, sizeof *r, columns,
                         sizeof columns / sizeof *columns, n) +
           1;
}

static lxw_row_t write_influence(wb_sheet *s, lxw_row_t row)
{
    const tq_multilevel *m = s->book->a->multilevel;
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2);

    if (!m->influence) {
        return row;
    }
    const tq_mv_influence_row *r = m->influence->row;
    const size_t stride =
        (size_t)(m->influence->n > 1 ? r[1].beta - r[0].beta : 1) * sizeof(double);
    const wb_value_column columns[] = {
        {"Effects left out", wb_as(WB_COUNT), &r->k, sizeof *r, WB_SIZE},
        {"Cook's D", number, &r->cook, sizeof *r, WB_DOUBLE},
        {"First coefficient", number, r->beta, stride, WB_DOUBLE},
        {"dfbetas", number, r->dfbs, stride, WB_DOUBLE},
        {"Q", wb_decimals(WB_FIXED, 2), &r->QE, sizeof *r, WB_DOUBLE},
    };

    wb_flow(s, row++, 0, wb_format(s->book, "The fit without each %s", m->influence_by),
            wb_as(WB_SECTION));
    return wb_value_list(s, row, "Influence", "Without", m->influence_level,
                         sizeof *m->influence_level, columns, sizeof columns / sizeof *columns,
                         m->influence->n) +
           1;
}

static lxw_row_t write_levels(wb_sheet *s, lxw_row_t row, size_t i)
{
    const tq_multilevel *m = s->book->a->multilevel;
    const tq_multilevel_effects *e = &m->effects[i];
    const tq_multilevel_term *t = &m->term[e->term];
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_value_column columns[] = {
        {"Effect", number, e->u, sizeof *e->u, WB_DOUBLE},
        {"SE", number, e->se, sizeof *e->se, WB_DOUBLE},
    };

    wb_flow(s, row++, 0, wb_format(s->book, "Predicted effects of the levels of %s", t->name),
            wb_as(WB_SECTION));
    return wb_value_list(s, row, wb_format(s->book, "Levels%zu", i + 1), "Level", t->level,
                         sizeof *t->level, columns, sizeof columns / sizeof *columns, t->levels) +
           1;
}

static lxw_row_t write_small_study(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_small_study *t = a->multilevel->small_study;
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine), two = wb_decimals(WB_FIXED, 2),
                  p = wb_as(WB_PVAL), low = wb_decimals(WB_CI_LO, fine),
                  high = wb_decimals(WB_CI_HI, fine);

    if (!t) {
        return row;
    }
    const tq_small_study_row *r = t->row;
    const wb_value_column columns[] = {
        {"Slope", number, &r->slope.est, sizeof *r, WB_DOUBLE},
        {"SE", number, &r->slope.se, sizeof *r, WB_DOUBLE},
        {"Statistic", two, &r->slope.stat, sizeof *r, WB_DOUBLE},
        {"df", two, &r->slope.df, sizeof *r, WB_DOUBLE},
        {"p", p, &r->slope.pval, sizeof *r, WB_DOUBLE},
        {"Robust SE", number, &r->robust.se, sizeof *r, WB_DOUBLE},
        {"Robust df", two, &r->robust.df, sizeof *r, WB_DOUBLE},
        {"Robust p", p, &r->robust.pval, sizeof *r, WB_DOUBLE},
        {"Effect at 0", number, &r->limit.est, sizeof *r, WB_DOUBLE},
        {"CI low", low, &r->limit.ci_lb, sizeof *r, WB_DOUBLE},
        {"CI high", high, &r->limit.ci_ub, sizeof *r, WB_DOUBLE},
        {"p at 0", p, &r->limit.pval, sizeof *r, WB_DOUBLE},
        {"Robust CI low", low, &r->robust_limit.ci_lb, sizeof *r, WB_DOUBLE},
        {"Robust CI high", high, &r->robust_limit.ci_ub, sizeof *r, WB_DOUBLE},
        {"Robust p at 0", p, &r->robust_limit.pval, sizeof *r, WB_DOUBLE},
    };
    const char **name = tq_arena_take(s->book->arena, t->n, sizeof *name);

    if (!name) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return row;
    }
    for (size_t i = 0; i < t->n; i++) {
        name[i] = tq_small_study_text(r[i].predictor);
    }
    wb_flow(s, row++, 0, "Small-study effects: the model with another moderator, one at a time",
            wb_as(WB_SECTION));
    row = wb_value_list(s, row, "SmallStudy", "Predictor", name, sizeof *name, columns,
                        sizeof columns / sizeof *columns, t->n);
    if (t->peese >= 0) {
        wb_flow(s, row - 1, 0,
                wb_format(s->book, "PET-PEESE: PET finds %s effect, so %s is the estimate",
                          t->peese ? "an" : "no",
                          t->peese ? "the effect at a sampling variance of 0"
                                   : "the effect at a standard error of 0"),
                wb_as(WB_NOTE));
        row++;
    }
    return row + 1;
}

void wb_multilevel(wb_sheet *s)
{
    const tq_multilevel *m = s->book->a->multilevel;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Components", "How true effects vary: between levels, outcomes or times.");
    s->width[0] = LABEL_PIXELS;
    row = m->fit->n_components ? write_components(s, row) : row;
    row = m->model.n_terms ? write_terms(s, row) : row;
    row = write_rivals(s, row, "Without each random term", "Dropped", "Without", m->dropped,
                       m->n_dropped);
    row = write_rivals(s, row, "With other moderators, by maximum likelihood", "Compared",
                       "Moderators", m->compared, m->n_compared);
    row = write_small_study(s, row);
    row = write_influence(s, row);
    for (size_t i = 0; i < m->n_effects; i++) {
        row = write_levels(s, row, i);
    }
    wb_finish(s, FIRST_ROW, FIRST_ROW);
}
