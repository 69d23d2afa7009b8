/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What takes many fits: residuals without each study, models side by side, all subsets of terms. */
#include "report/workbook/workbook_internal.h"

/* ---- residuals ---- */

static const char *study_label(const void *list, size_t i)
{
    return ((const tq_analysis *)list)->study[i].label;
}

#define RESIDUAL_VALUE(name) \
    static double residual_##name(const void *list, size_t i) \
    { \
        return ((const tq_analysis *)list)->regression->residual[i].name; \
    }
RESIDUAL_VALUE(resid)
RESIDUAL_VALUE(se)
RESIDUAL_VALUE(pearson)
RESIDUAL_VALUE(rstandard)
RESIDUAL_VALUE(resid_del)
RESIDUAL_VALUE(se_del)
RESIDUAL_VALUE(rstudent)
RESIDUAL_VALUE(hat)
RESIDUAL_VALUE(tau2_del)
#undef RESIDUAL_VALUE

void wb_residuals(wb_sheet *s)
{
    enum { TABLE_ROW = 4 };
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_look two = wb_decimals(WB_FIXED, 2), three = wb_decimals(WB_FIXED, 3);
    const wb_value_column columns[] = {
        {"Residual", residual_resid, number},
        {"SE", residual_se, number},
        {"Pearson", residual_pearson, two},
        {"Standardised", residual_rstandard, two},
        {"Deleted residual", residual_resid_del, number},
        {"SE, deleted", residual_se_del, number},
        {"Studentised (deleted)", residual_rstudent, two},
        {"Hat value", residual_hat, three},
        {"tau\xC2\xB2 without the study", residual_tau2_del, number},
    };

    wb_top(s, "Residuals",
           "Standardised: by the standard error of the residual; deleted: from the model fitted "
           "without the study");
    wb_value_list(s, TABLE_ROW, "ResidualTable", "Study", study_label, columns,
                  sizeof columns / sizeof *columns, s->book->a, s->book->a->k);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}

/* ---- models ---- */

static const char *model_formula(const void *list, size_t i)
{
    return ((const tq_regression *)list)->compared_text[i];
}

#define MODEL_VALUE(name, member) \
    static double model_##name(const void *list, size_t i) \
    { \
        const tq_regression *g = list; \
\
        return (double)g->member; \
    }
MODEL_VALUE(p, compared[i].p)
MODEL_VALUE(ll, compared[i].ll)
MODEL_VALUE(AIC, compared[i].AIC)
MODEL_VALUE(AICc, compared[i].AICc)
MODEL_VALUE(BIC, compared[i].BIC)
MODEL_VALUE(weight, compared[i].weight)
MODEL_VALUE(QE, compared[i].QE)
MODEL_VALUE(tau2, compared[i].tau2)
MODEL_VALUE(R2, compared[i].R2)
MODEL_VALUE(LRT, compared[i].LRT)
MODEL_VALUE(df, compared[i].df)
MODEL_VALUE(pval, compared[i].pval)
MODEL_VALUE(best_p, selection->best[i].p)
MODEL_VALUE(best_ll, selection->best[i].ll)
MODEL_VALUE(best_AIC, selection->best[i].AIC)
MODEL_VALUE(best_AICc, selection->best[i].AICc)
MODEL_VALUE(best_BIC, selection->best[i].BIC)
MODEL_VALUE(best_delta, selection->best[i].delta)
MODEL_VALUE(best_weight, selection->best[i].weight)
MODEL_VALUE(best_QE, selection->best[i].QE)
MODEL_VALUE(best_tau2, selection->best[i].tau2)
MODEL_VALUE(best_R2, selection->best[i].R2)
MODEL_VALUE(importance, selection->importance[i])
MODEL_VALUE(n_with, selection->n_with[i])
#undef MODEL_VALUE

static lxw_row_t write_comparison(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const wb_look two = wb_decimals(WB_FIXED, 2), one = wb_decimals(WB_FIXED, 1);
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_value_column columns[] = {
        {"Coefficients", model_p, wb_as(WB_COUNT)},
        {"Log-likelihood", model_ll, two},
        {"AIC", model_AIC, two},
        {"AICc", model_AICc, two},
        {"BIC", model_BIC, two},
        {"Weight", model_weight, wb_decimals(WB_SHARE, 1)},
        {"QE", model_QE, two},
        {"tau\xC2\xB2", model_tau2, number},
        {"R\xC2\xB2 (%)", model_R2, one},
        {"LRT", model_LRT, two},
        {"df", model_df, wb_decimals(WB_FIXED, 0)},
        {"p", model_pval, wb_as(WB_PVAL)},
    };

    if (g->n_compared == 0) {
        return row;
    }
    wb_flow(s, row, 0, "Models side by side (LRT against the first)", wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "ComparisonTable", "Model", model_formula, columns,
                         sizeof columns / sizeof *columns, g, g->n_compared);
}

static const char *best_formula(const void *list, size_t i)
{
    return ((const tq_regression *)list)->selection_text[i];
}

static const char *importance_term(const void *list, size_t i)
{
    return ((const tq_regression *)list)->selection_term[i];
}

static lxw_row_t write_best(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const wb_look two = wb_decimals(WB_FIXED, 2),
                  number = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_value_column columns[] = {
        {"Coefficients", model_best_p, wb_as(WB_COUNT)},
        {"Log-likelihood", model_best_ll, two},
        {"AIC", model_best_AIC, two},
        {"AICc", model_best_AICc, two},
        {"BIC", model_best_BIC, two},
        {"Delta", model_best_delta, two},
        {"Weight", model_best_weight, wb_decimals(WB_SHARE, 1)},
        {"QE", model_best_QE, two},
        {"tau\xC2\xB2", model_best_tau2, number},
        {"R\xC2\xB2 (%)", model_best_R2, wb_decimals(WB_FIXED, 1)},
    };

    wb_flow(s, row, 0,
            wb_format(s->book, "All subsets: the best %zu of %llu models, by %s",
                      g->selection->n_best, (unsigned long long)g->selection->n_models,
                      tq_criterion_name(g->criterion)),
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "BestTable", "Model", best_formula, columns,
                         sizeof columns / sizeof *columns, g, g->selection->n_best);
}

static lxw_row_t write_importance(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const wb_value_column columns[] = {
        {"Importance", model_importance, wb_decimals(WB_FIXED, 4)},
        {"Models", model_n_with, wb_as(WB_COUNT)},
    };

    wb_flow(s, row, 0, "Importance of the terms (sum of the weights of their models)",
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "ImportanceTable", "Term", importance_term, columns,
                         sizeof columns / sizeof *columns, g, g->selection->n_terms);
}

static const char *coefficient_name(const void *list, size_t i)
{
    return ((const tq_analysis *)list)->term[i];
}

#define AVERAGE_VALUE(name) \
    static double average_##name(const void *list, size_t i) \
    { \
        return ((const tq_analysis *)list)->regression->selection->average[i].name; \
    }
AVERAGE_VALUE(est)
AVERAGE_VALUE(se)
AVERAGE_VALUE(stat)
AVERAGE_VALUE(pval)
AVERAGE_VALUE(ci_lb)
AVERAGE_VALUE(ci_ub)
AVERAGE_VALUE(cond_est)
AVERAGE_VALUE(cond_se)
#undef AVERAGE_VALUE

static lxw_row_t write_averages(wb_sheet *s, lxw_row_t row)
{
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine);
    const wb_value_column columns[] = {
        {"Average", average_est, number},
        {"SE", average_se, number},
        {"CI low", average_ci_lb, wb_decimals(WB_CI_LO, fine)},
        {"CI high", average_ci_ub, wb_decimals(WB_CI_HI, fine)},
        {"z", average_stat, wb_decimals(WB_FIXED, 2)},
        {"p", average_pval, wb_as(WB_PVAL)},
        {"Where present", average_cond_est, number},
        {"SE, present", average_cond_se, number},
    };

    wb_flow(s, row, 0, "Model-averaged coefficients (0 where absent; unconditional SE)",
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "AverageTable", "Coefficient", coefficient_name, columns,
                         sizeof columns / sizeof *columns, s->book->a,
                         s->book->a->regression->selection->p);
}

void wb_models(wb_sheet *s)
{
    enum { TOP_ROW = 4 };
    const tq_regression *g = s->book->a->regression;
    lxw_row_t row = TOP_ROW;

    wb_top(s, "Models",
           wb_format(s->book, "Fitted to the same %zu studies by %s", s->book->a->k,
                     tq_method_name(g->likelihood_method)));
    row = write_comparison(s, row, g);
    if (g->selection) {
        row = write_best(s, row, g);
        row = write_importance(s, row, g);
        write_averages(s, row);
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
