/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pooled analysis as one CSV table: studies, level subtotals, overall, prediction interval. */
#include <math.h>

#include "report/csv_table_internal.h"

void csv_estimate(double est, double se, double ci_lb, double ci_ub, double pval,
                  double values[CSV_NUMBERS])
{
    for (size_t i = 0; i < CSV_NUMBERS; i++) {
        values[i] = NAN;
    }
    values[CSV_YI] = est;
    values[CSV_SEI] = se;
    values[CSV_CI_LB] = ci_lb;
    values[CSV_CI_UB] = ci_ub;
    values[CSV_PVAL] = pval;
}

void csv_natural(const tq_natural *n, double values[CSV_NUMBERS])
{
    values[CSV_NATURAL] = n->pred;
    values[CSV_NATURAL_CI_LB] = n->ci_lb;
    values[CSV_NATURAL_CI_UB] = n->ci_ub;
}

void csv_heterogeneity(const tq_pool *fit, double values[CSV_NUMBERS])
{
    values[CSV_TAU2] = fit->tau2;
    values[CSV_I2] = fit->I2;
    values[CSV_Q] = fit->QE;
    values[CSV_Q_DF] = fit->QE_df;
    values[CSV_Q_PVAL] = fit->QE_pval;
}

void csv_row(const tq_analysis *a, const char *kind, const char *label, size_t k,
             const double values[CSV_NUMBERS], tq_buffer *out)
{
    tq_buffer_format(out, "%s,", kind);
    text_csv_field(out, label);
    tq_buffer_format(out, ",%zu", k);
    csv_numbers(out, values, CSV_NUMBERS);
    csv_residuals(a, a->k, out);
    tq_buffer_text(out, "\n");
}

/* A prediction of a fit; pval: of its effect. */
static void fitted_row(const tq_analysis *a, const char *kind, const char *label, size_t k,
                       const tq_pool *fit, const tq_prediction *p, const tq_natural *n, double pval,
                       tq_buffer *out)
{
    double values[CSV_NUMBERS];

    csv_estimate(p->pred, p->se, p->ci_lb, p->ci_ub, pval, values);
    csv_natural(n, values);
    csv_heterogeneity(fit, values);
    values[CSV_PI_LB] = p->pi_lb;
    values[CSV_PI_UB] = p->pi_ub;
    values[CSV_NATURAL_PI_LB] = n->pi_lb;
    values[CSV_NATURAL_PI_UB] = n->pi_ub;
    csv_row(a, kind, label, k, values, out);
}

static void pooled_row(const tq_analysis *a, const char *kind, const char *label, size_t k,
                       const tq_pool *fit, const tq_natural *n, tq_buffer *out)
{
    fitted_row(a, kind, label, k, fit, &fit->prediction, n, fit->pval[0], out);
}

void csv_prediction(const tq_analysis *a, const char *kind, const char *label,
                    const tq_prediction *p, const tq_natural *n, tq_buffer *out)
{
    fitted_row(a, kind, label, a->fit->k, a->fit, p, n, NAN, out);
}

static void coefficient_rows(const tq_analysis *a, tq_buffer *out)
{
    const tq_pool *fit = a->fit;

    for (size_t i = 0; i < fit->p; i++) {
        double values[CSV_NUMBERS];

        csv_estimate(fit->beta[i], fit->se[i], fit->ci_lb[i], fit->ci_ub[i], fit->pval[i], values);
        values[CSV_TAU2] = fit->tau2;
        values[CSV_I2] = fit->I2;
        values[CSV_Q] = fit->QE;
        values[CSV_Q_DF] = fit->QE_df;
        values[CSV_Q_PVAL] = fit->QE_pval;
        csv_row(a, "coefficient", a->term[i], fit->k, values, out);
    }
}

/* Predictions at new values, called as they were asked for. */
static void prediction_rows(const tq_analysis *a, tq_buffer *out)
{
    for (size_t i = 0; i < a->n_predicted; i++) {
        csv_prediction(a, "prediction", a->predicted_at[i], &a->predicted[i],
                       &a->predicted_natural[i], out);
        if (a->predicted_robust) {
            csv_prediction(a, "prediction-robust", a->predicted_at[i], &a->predicted_robust[i],
                           &a->predicted_robust_natural[i], out);
        }
    }
}

tq_status tq_pool_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                      tq_error *err)
{
    (void)opt;
    tq_buffer_text(out,
                   "kind,label,k,yi,vi,sei,ci_lb,ci_ub,natural,natural_ci_lb,natural_ci_ub,"
                   "weight,pi_lb,pi_ub,natural_pi_lb,natural_pi_ub,tau2,I2,Q,Q_df,Q_pval,pval");
    csv_residual_heads(a, out);
    tq_buffer_text(out, "\n");
    for (size_t i = 0; i < a->k; i++) {
        const tq_study *s = &a->study[i];
        const double values[] = {s->yi,    s->vi,           s->sei,           s->ci_lb,
                                 s->ci_ub, s->natural.pred, s->natural.ci_lb, s->natural.ci_ub,
                                 s->weight};

        tq_buffer_text(out, s->filled ? "filled," : "study,");
        text_csv_field(out, s->label);
        tq_buffer_text(out, ",1");
        csv_numbers(out, values, sizeof values / sizeof *values);
        tq_buffer_text(out, ",,,,,,,,,,");
        csv_residuals(a, i, out);
        tq_buffer_text(out, "\n");
    }
    for (size_t b = 0; b < a->n_blocks; b++) {
        const tq_subgroups *g = a->block[b].fit;

        for (size_t j = 0; j < g->n; j++) {
            pooled_row(a, "subgroup", g->level[j].name, g->level[j].k, g->level[j].fit,
                       &a->block[b].natural[j], out);
        }
        csv_level_models(a, &a->block[b], out);
    }
    if (a->fit->p == 1 && !isnan(a->fit->prediction.pred)) {
        pooled_row(a, "pooled", "overall", a->k, a->fit, &a->natural, out);
    } else {
        coefficient_rows(a, out);
        prediction_rows(a, out);
        csv_regression(a, out);
    }
    csv_robust(a, out);
    csv_rho(a, out);
    csv_multilevel(a, out);
    csv_small_study(a, out);
    csv_blup(a, out);
    return tq_buffer_status(out, err);
}
