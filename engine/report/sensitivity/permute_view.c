/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A permutation test as JSON and as CSV. */
#include <math.h>

#include "report/json_internal.h"
#include "report/page/text_internal.h"
#include "report/view.h"

/* ---- JSON ---- */

static json_t *coefficients(const tq_analysis *a)
{
    const tq_permutation *test = a->permutation;
    json_t *list = json_coefficients(a->fit, a->term);

    for (size_t i = 0; i < test->p; i++) {
        json_t *one = json_array_get(list, i);

        json_object_set_new(one, "pval_perm", json_number(test->pval[i]));
        json_object_set_new(one, "pval_perm_se", json_number(test->pval_se[i]));
        json_object_set_new(one, "ci_lb_perm", json_number(test->ci_lb[i]));
        json_object_set_new(one, "ci_ub_perm", json_number(test->ci_ub[i]));
    }
    return list;
}

static json_t *omnibus(const tq_analysis *a)
{
    json_t *QM = json_omnibus(a->fit);

    json_object_set_new(QM, "pval_perm", json_number(a->permutation->QM_pval));
    json_object_set_new(QM, "pval_perm_se", json_number(a->permutation->QM_pval_se));
    return QM;
}

static void add_test(const tq_analysis *a, json_t *doc)
{
    const tq_permutation *test = a->permutation;

    json_object_set_new(doc, "k", json_integer((json_int_t)test->k));
    json_object_set_new(doc, "p", json_integer((json_int_t)test->p));
    json_object_set_new(doc, "coefficients", coefficients(a));
    json_object_set_new(doc, "QM", omnibus(a));
    json_object_set_new(doc, "permuted", json_text(test->signs ? "signs" : "rows"));
    json_object_set_new(doc, "exact", json_boolean(test->exact));
    json_object_set_new(doc, "iterations", json_count(test->iterations));
    json_object_set_new(doc, "possible", json_count(test->possible));
    json_object_set_new(doc, "failed", json_count(test->failed));
    json_object_set_new(doc, "dropped", json_count(test->dropped));
    json_object_set_new(doc, "seed", json_count(test->seed));
    json_object_set_new(doc, "heterogeneity", json_heterogeneity(a->fit));
}

tq_status tq_permute_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                          tq_error *err)
{
    static json_section *const sections[] = {add_test};

    (void)opt;
    return json_write_sections(a, sections, 1, out, err);
}

/* ---- CSV ---- */

static void row(const char *term, const double *values, size_t n, tq_buffer *out)
{
    text_csv_field(out, term);
    csv_numbers(out, values, n);
    tq_buffer_text(out, "\n");
}

tq_status tq_permute_csv(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                         tq_error *err)
{
    const tq_pool *fit = a->fit;
    const tq_permutation *test = a->permutation;

    (void)opt;
    tq_buffer_text(out, "term,beta,se,stat,df,pval,ci_lb,ci_ub,pval_perm,pval_perm_se,ci_lb_perm,"
                        "ci_ub_perm\n");
    for (size_t i = 0; i < test->p; i++) {
        const double values[] = {fit->beta[i],     fit->se[i],     fit->stat[i],  fit->df[i],
                                 fit->pval[i],     fit->ci_lb[i],  fit->ci_ub[i], test->pval[i],
                                 test->pval_se[i], test->ci_lb[i], test->ci_ub[i]};

        row(a->term[i], values, sizeof values / sizeof *values, out);
    }
    if (!isnan(test->QM_pval)) {
        const double values[] = {NAN, NAN, fit->QM,       fit->QM_df1,      fit->QM_pval,
                                 NAN, NAN, test->QM_pval, test->QM_pval_se, NAN,
                                 NAN};

        row("QM", values, sizeof values / sizeof *values, out);
    }
    return tq_buffer_status(out, err);
}
