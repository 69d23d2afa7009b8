/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calculation: quantities by pool, and the studies with their masks. Formulas are templates in
   which {key} is a quantity of the same pool, or one of y, v, m, u, n: the columns of the studies. */
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_live_internal.h"

enum { LABEL = 0 };

static double number_k(const tq_pool *f)
{
    return (double)f->k;
}

#define ENGINE(name, value) \
    static double name(const tq_pool *f) \
    { \
        return value; \
    }
ENGINE(engine_df, f->QE_df)
ENGINE(engine_Q, f->QE)
ENGINE(engine_Qp, f->QE_pval)
ENGINE(engine_vt, f->typical_vi)
ENGINE(engine_tau2, f->tau2)
ENGINE(engine_tau, f->tau)
ENGINE(engine_I2, f->I2)
ENGINE(engine_H2, f->H2)
ENGINE(engine_mu, f->beta[0])
ENGINE(engine_var, f->vb_model[0])
ENGINE(engine_se, f->se[0])
ENGINE(engine_ci_lb, f->ci_lb[0])
ENGINE(engine_ci_ub, f->ci_ub[0])
ENGINE(engine_stat, f->stat[0])
ENGINE(engine_pval, f->pval[0])
ENGINE(engine_pi_lb, f->prediction.pi_lb)
ENGINE(engine_pi_ub, f->prediction.pi_ub)

/* In the order of wb_quantity. NULL formulas depend on the options: see formula_of(). */
static const struct {
    const char *key, *label, *formula;
    double (*engine)(const tq_pool *fit); /* NULL: a step on the way */
} quantities[WB_LIVE_COUNT] = {
    [WB_LIVE_K] = {"k", "k, studies switched on", "SUM({m})", number_k},
    [WB_LIVE_DF] = {"df", "k - 1", NULL, engine_df},
    [WB_LIVE_SW] = {"sw", "sum 1/v", "SUMPRODUCT({m}/{v})", NULL},
    [WB_LIVE_FMU] = {"fmu", "mean with weights 1/v", "SUMPRODUCT({m}*{y}/{v})/{sw}", NULL},
    [WB_LIVE_Q] = {"Q", "Q", "IF({k}<2,0,SUMPRODUCT({m}/{v}*({y}-{fmu})^2))", engine_Q},
    [WB_LIVE_QP] = {"Qp", "p of Q", "IF({df}<1,1,CHIDIST({Q},{df}))", engine_Qp},
    [WB_LIVE_C] = {"C", "C = sum w - sum w\xC2\xB2 / sum w, w = 1/v",
                   "{sw}-SUMPRODUCT({m}/{v}^2)/{sw}", NULL},
    [WB_LIVE_VT] = {"vt", "typical sampling variance, (k - 1)/C", "IF({df}<1,\"NE\",{df}/{C})",
                    engine_vt},
    [WB_LIVE_NUM] = {"num", NULL, NULL, NULL},
    [WB_LIVE_DEN] = {"den", NULL, NULL, NULL},
    [WB_LIVE_T0] = {"t0", "crude variance of the effects",
                    "SUMPRODUCT({m}*({y}-SUMPRODUCT({m}*{y})/{k})^2)/{k}", NULL},
    [WB_LIVE_TAU2] = {"tau2", "tau\xC2\xB2", NULL, engine_tau2},
    [WB_LIVE_TAU] = {"tau", "tau", "SQRT({tau2})", engine_tau},
    [WB_LIVE_I2] = {"I2", "I\xC2\xB2 (%)", NULL, engine_I2},
    [WB_LIVE_H2] = {"H2", "H\xC2\xB2", NULL, engine_H2},
    [WB_LIVE_AW] = {"aw", "sum of the weights a", NULL, NULL},
    [WB_LIVE_MU] = {"mu", "pooled effect, sum a y / sum a", NULL, engine_mu},
    [WB_LIVE_VAR] = {"var", "its variance", NULL, engine_var},
    [WB_LIVE_WMU] = {"wmu", "mean with weights 1/(v + tau\xC2\xB2)",
                     "SUMPRODUCT({m}*{y}/({v}+{tau2}))/SUMPRODUCT({m}/({v}+{tau2}))", NULL},
    [WB_LIVE_QT] = {"Qt", "Q with weights 1/(v + tau\xC2\xB2)",
                    "IF({k}<2,0,SUMPRODUCT({m}*({y}-{wmu})^2/({v}+{tau2})))", NULL},
    [WB_LIVE_KH] = {"kh", "Knapp-Hartung factor", "IF({df}<1,1,{Qt}/{df})", NULL},
    [WB_LIVE_SE] = {"se", "standard error", NULL, engine_se},
    [WB_LIVE_CRIT] = {"crit", "critical value", NULL, NULL},
    [WB_LIVE_CI_LB] = {"lb", "confidence interval, low", "{mu}-{crit}*{se}", engine_ci_lb},
    [WB_LIVE_CI_UB] = {"ub", "confidence interval, high", "{mu}+{crit}*{se}", engine_ci_ub},
    [WB_LIVE_STAT] = {"stat", "test statistic", "{mu}/{se}", engine_stat},
    [WB_LIVE_PVAL] = {"pval", "p", NULL, engine_pval},
    [WB_LIVE_PI_DF] = {"pidf", "prediction interval, critical value", NULL, NULL},
    [WB_LIVE_PI_LB] = {"pilb", "prediction interval, low", NULL, engine_pi_lb},
    [WB_LIVE_PI_UB] = {"piub", "prediction interval, high", NULL, engine_pi_ub},
    [WB_LIVE_NAT] = {"nat", "back-transformed: pooled effect", NULL, NULL},
    [WB_LIVE_NAT_LB] = {"nlb", "confidence interval, low", NULL, NULL},
    [WB_LIVE_NAT_UB] = {"nub", "confidence interval, high", NULL, NULL},
    [WB_LIVE_NAT_PI_LB] = {"npl", "prediction interval, low", NULL, NULL},
    [WB_LIVE_NAT_PI_UB] = {"npu", "prediction interval, high", NULL, NULL},
    [WB_LIVE_EW] = {"ew", "weight in the test between levels", NULL, NULL},
    [WB_LIVE_EMU] = {"emu", "effect in the test between levels", "IF(ISNUMBER({mu}),{mu},0)", NULL},
};

/* ---- the estimators of tau2 ------------------------------------------------------------------ */

/* A numerator and a denominator that add up over levels with one tau2, and what they give. */
typedef struct {
    tq_method method;
    const char *num_label, *num, *den_label, *den, *tau2;
} moment;

#define RATIO "IF({df}<1,0,MAX(0,{num}/{den}))"
#define UNWEIGHTED "SUMPRODUCT({m}*({y}-SUMPRODUCT({m}*{y})/{k})^2)-SUMPRODUCT({m}*{v})*(1-1/{k})"
#define GIVEN \
    "SUMPRODUCT({m}*{u}*({y}-SUMPRODUCT({m}*{u}*{y})/SUMPRODUCT({m}*{u}))^2)" \
    "-(SUMPRODUCT({m}*{u}*{v})-SUMPRODUCT({m}*{u}^2*{v})/SUMPRODUCT({m}*{u}))"

static const moment moments[] = {
    {TQ_DL, "Q - (k - 1)", "{Q}-{df}", "C", "{C}", RATIO},
    {TQ_IVHET, "Q - (k - 1)", "{Q}-{df}", "C", "{C}", RATIO},
    {TQ_HE, "sum (y - mean)\xC2\xB2 - sum v (1 - 1/k)", UNWEIGHTED, "k - 1", "{df}", RATIO},
    {TQ_CO, "sum (y - mean)\xC2\xB2 - sum v (1 - 1/k)", UNWEIGHTED, "k - 1", "{df}", RATIO},
    {TQ_HS, "Q - k", "{Q}-{k}", "sum 1/v", "{sw}", RATIO},
    {TQ_HSK, "Q", "{Q}", "sum 1/v", "{sw}", "IF({df}<1,0,MAX(0,({k}/{df}*{num}-{k})/{den}))"},
    {TQ_SJ, "Q with weights 1/(v + crude variance)",
     "SUMPRODUCT({m}*({y}-SUMPRODUCT({m}*{y}/({v}+{T0}))/SUMPRODUCT({m}/({v}+{T0})))^2/"
     "({v}+{T0}))",
     "k - 1", "{df}", "IF({df}<1,0,{t0}*{num}/{df})"},
    {TQ_GENQ, "y'Py - tr(PV), weights as given", GIVEN, "tr(P)",
     "SUMPRODUCT({m}*{u})-SUMPRODUCT({m}*{u}^2)/SUMPRODUCT({m}*{u})", RATIO},
};

static const moment *moment_of(const wb_book *book)
{
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        if (moments[i].method == book->a->fit->method && !book->a->fit->tau2_fixed) {
            return &moments[i];
        }
    }
    return NULL;
}

static const char *tau2_formula(wb_book *book, const wb_pool *pool)
{
    const moment *m = moment_of(book);

    if (pool->shared != pool) {
        return wb_live_pool_cell(book, pool->shared, WB_LIVE_TAU2);
    }
    if (!tq_method_random(book->a->fit->method)) {
        return "0";
    }
    if (book->a->fit->tau2_fixed) {
        return wb_cell_at(book, "Live", WB_LIVE_FIXED_ROW, 1);
    }
    return m ? m->tau2 : wb_format(book, "IF({df}<1,0,%s)", wb_live_converged(book, pool));
}

/* ---- what depends on the options ------------------------------------------------------------- */

typedef struct {
    const char *sum, *mean, *variance;
} weighting;

static weighting weights_of(const wb_book *book)
{
    static const weighting inverse = {"SUMPRODUCT({m}/({v}+{tau2}))",
                                      "SUMPRODUCT({m}*{y}/({v}+{tau2}))/{aw}", "1/{aw}"};
    static const weighting given = {"SUMPRODUCT({m}*{u})", "SUMPRODUCT({m}*{u}*{y})/{aw}",
                                    "SUMPRODUCT({m}*{u}^2*({v}+{tau2}))/{aw}^2"};
    static const weighting equal = {"{k}", "SUMPRODUCT({m}*{y})/{aw}",
                                    "SUMPRODUCT({m}*({v}+{tau2}))/{aw}^2"};
    static const weighting ivhet = {"{sw}", "{fmu}", "SUMPRODUCT({m}/{v}^2*({v}+{tau2}))/{aw}^2"};

    return book->has_weights                     ? given
           : !book->a->options.weighted          ? equal
           : book->a->options.method == TQ_IVHET ? ivhet
                                                 : inverse;
}

static const char *test_formula(const wb_book *book, wb_quantity q)
{
    const tq_test test = book->a->fit->test;
    const int normal = test == TQ_TEST_Z;

    if (q == WB_LIVE_SE) {
        return test == TQ_TEST_KNHA    ? "SQRT({var}*{kh})"
               : test == TQ_TEST_ADHOC ? "SQRT({var}*MAX(1,{kh}))"
                                       : "SQRT({var})";
    }
    if (q == WB_LIVE_CRIT) {
        return normal ? "NORMSINV(1-(1-{level}/100)/2)"
                      : "IF({k}<2,NORMSINV(1-(1-{level}/100)/2),TINV(1-{level}/100,{k}-1))";
    }
    return normal ? "2*NORMSDIST(-ABS({stat}))"
                  : "IF({k}<2,2*NORMSDIST(-ABS({stat})),TDIST(ABS({stat}),{k}-1,2))";
}

/* The critical value of the prediction interval, or one of its limits; NULL: there is none. */
static const char *prediction_formula(wb_book *book, wb_quantity q)
{
    static const struct {
        tq_predict kind;
        const char *crit, *variance;
    } kinds[] = {
        {TQ_PREDICT_DEFAULT, "{crit}", "{se}^2"},
        {TQ_PREDICT_T, "TINV(1-{level}/100,{k}-1)", "{var}"},
        {TQ_PREDICT_RILEY, "TINV(1-{level}/100,MAX(1,{k}-2))", "{se}^2"},
        {TQ_PREDICT_HK, "TINV(1-{level}/100,{k}-1)", "{var}*{kh}"},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].kind == book->a->fit->predict && tq_method_random(book->a->fit->method)) {
            return q == WB_LIVE_PI_DF
                       ? wb_format(book, "IF({k}<2,\"NE\",%s)", kinds[i].crit)
                       : wb_format(book, "{mu}%c{pidf}*SQRT(%s+{tau2})",
                                   q == WB_LIVE_PI_LB ? '-' : '+', kinds[i].variance);
        }
    }
    return NULL;
}

static const char *natural_formula(wb_book *book, wb_quantity q)
{
    static const char *const of[][2] = {{"{mu}", "{mu}"},
                                        {"{lb}", "{ub}"},
                                        {"{ub}", "{lb}"},
                                        {"{pilb}", "{piub}"},
                                        {"{piub}", "{pilb}"}};
    const tq_transform *t = book->a->transform;
    const char *x = of[q - WB_LIVE_NAT][t && t->decreasing ? 1 : 0];

    return wb_live_natural(book, x, "{n}");
}

static const char *heterogeneity_formula(const wb_book *book, wb_quantity q)
{
    const int random = tq_method_random(book->a->fit->method);

    if (q == WB_LIVE_I2) {
        return random ? "IF({df}<1,0,100*{tau2}/({tau2}+{vt}))"
                      : "IF({df}<1,\"NE\",IF({Q}>0,MAX(0,100*({Q}-{df})/{Q}),0))";
    }
    return random ? "IF({df}<1,1,{tau2}/{vt}+1)" : "IF({df}<1,\"NE\",{Q}/{df})";
}

/* A column of a common tau2: sums over the levels. */
static const char *common_formula(wb_book *book, const wb_pool *pool, wb_quantity q)
{
    const moment *m = moment_of(book);
    const lxw_row_t row = book->live->row[q];
    const char *levels = wb_range_at(book, NULL, row, pool->first, row, pool->last);
    const lxw_row_t k_row = book->live->row[WB_LIVE_K];

    switch (q) {
    case WB_LIVE_K:
    case WB_LIVE_QT:
        return wb_format(book, "SUM(%s)", levels);
    case WB_LIVE_DF:
        return wb_format(book, "{k}-SUMPRODUCT((%s>0)*1)",
                         wb_range_at(book, NULL, k_row, pool->first, k_row, pool->last));
    case WB_LIVE_NUM:
    case WB_LIVE_DEN:
        return m ? wb_format(book, "SUM(%s)", levels) : NULL;
    case WB_LIVE_T0:
        return m && m->method == TQ_SJ ? quantities[q].formula : NULL;
    case WB_LIVE_TAU2:
        return tau2_formula(book, pool);
    case WB_LIVE_KH:
        return quantities[q].formula;
    default:
        return NULL;
    }
}

static const char *formula_of(wb_book *book, const wb_pool *pool, wb_quantity q)
{
    const moment *m = moment_of(book);
    const weighting w = weights_of(book);

    if (!pool->fit) {
        return common_formula(book, pool, q);
    }
    switch (q) {
    case WB_LIVE_DF:
        return "{k}-1";
    case WB_LIVE_NUM:
        return m ? m->num : NULL;
    case WB_LIVE_DEN:
        return m ? m->den : NULL;
    case WB_LIVE_T0:
        return m && m->method == TQ_SJ && pool->shared == pool ? quantities[q].formula : NULL;
    case WB_LIVE_TAU2:
        return tau2_formula(book, pool);
    case WB_LIVE_I2:
    case WB_LIVE_H2:
        return heterogeneity_formula(book, q);
    case WB_LIVE_AW:
        return w.sum;
    case WB_LIVE_MU:
        return w.mean;
    case WB_LIVE_VAR:
        return w.variance;
    case WB_LIVE_SE:
    case WB_LIVE_CRIT:
    case WB_LIVE_PVAL:
        return test_formula(book, q);
    case WB_LIVE_PI_DF:
    case WB_LIVE_PI_LB:
    case WB_LIVE_PI_UB:
        return prediction_formula(book, q);
    case WB_LIVE_NAT:
    case WB_LIVE_NAT_LB:
    case WB_LIVE_NAT_UB:
        return natural_formula(book, q);
    case WB_LIVE_NAT_PI_LB:
    case WB_LIVE_NAT_PI_UB:
        return prediction_formula(book, WB_LIVE_PI_LB) ? natural_formula(book, q) : NULL;
    case WB_LIVE_EW:
        return pool->level == TQ_NO_LEVEL ? NULL
               : pool->shared != pool || !tq_method_random(book->a->fit->method)
                   ? "IF(ISNUMBER({var}),1/{var},0)"
                   : "IF(ISNUMBER({se}),1/{se}^2,0)";
    case WB_LIVE_EMU:
        return pool->level == TQ_NO_LEVEL ? NULL : quantities[q].formula;
    default:
        return quantities[q].formula;
    }
}

int wb_live_uses(wb_book *book, const wb_live *live, wb_quantity q)
{
    const moment *m = moment_of(book);

    switch (q) {
    case WB_LIVE_NUM:
    case WB_LIVE_DEN:
        return m != NULL;
    case WB_LIVE_T0:
        return m && m->method == TQ_SJ;
    case WB_LIVE_PI_DF:
    case WB_LIVE_PI_LB:
    case WB_LIVE_PI_UB:
    case WB_LIVE_NAT_PI_LB:
    case WB_LIVE_NAT_PI_UB:
        return prediction_formula(book, WB_LIVE_PI_LB) != NULL;
    case WB_LIVE_EW:
    case WB_LIVE_EMU:
        return live->n > 1;
    default:
        return 1;
    }
}

/* ---- templates to formulas ------------------------------------------------------------------- */

static const char *study_range(wb_book *book, lxw_col_t col)
{
    const lxw_row_t first = book->live->studies;

    return wb_range_at(book, NULL, first, col, first + (lxw_row_t)book->a->k - 1, col);
}

/* The harmonic mean of the sample sizes of all studies: as the engine, for levels too. */
static const char *mean_size(wb_book *book)
{
    const char *mask = study_range(book, WB_LIVE_POOLS), *ni = study_range(book, WB_LIVE_NI);

    return wb_format(book, "(SUM(%s)/SUMPRODUCT(%s/%s))", mask, mask, ni);
}

static const char *cell_of_key(wb_book *book, const char *key, const void *context)
{
    static const struct {
        const char *key;
        lxw_col_t col;
    } columns[] = {{"y", WB_LIVE_YI}, {"v", WB_LIVE_VI}, {"u", WB_LIVE_WEIGHT}};
    const wb_pool *pool = context;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (strcmp(columns[i].key, key) == 0) {
            return study_range(book, columns[i].col);
        }
    }
    if (strcmp(key, "m") == 0) {
        return study_range(book, pool->col);
    }
    if (strcmp(key, "n") == 0) {
        return mean_size(book);
    }
    if (strcmp(key, "level") == 0) {
        return wb_cell_at(book, NULL, WB_LIVE_LEVEL_ROW, 1);
    }
    if (strcmp(key, "T0") == 0) { /* the crude variance of the pools that share tau2 */
        return wb_cell_at(book, NULL, book->live->row[WB_LIVE_T0], pool->shared->col);
    }
    for (wb_quantity q = 0; q < WB_LIVE_COUNT; q++) {
        if (strcmp(quantities[q].key, key) == 0) {
            return wb_cell_at(book, NULL, book->live->row[q], pool->col);
        }
    }
    return "NA()";
}

static double engine_value(const wb_pool *pool, wb_quantity q)
{
    if (!pool->fit) {
        return WB_NONE;
    }
    if (quantities[q].engine) {
        return quantities[q].engine(pool->fit);
    }
    return q == WB_LIVE_NAT         ? pool->natural->pred
           : q == WB_LIVE_NAT_LB    ? pool->natural->ci_lb
           : q == WB_LIVE_NAT_UB    ? pool->natural->ci_ub
           : q == WB_LIVE_NAT_PI_LB ? pool->natural->pi_lb
           : q == WB_LIVE_NAT_PI_UB ? pool->natural->pi_ub
                                    : WB_NONE;
}

static const char *label_of(const wb_book *book, wb_quantity q)
{
    const moment *m = moment_of(book);

    if (q == WB_LIVE_NUM || q == WB_LIVE_DEN) {
        return !m ? NULL : q == WB_LIVE_NUM ? m->num_label : m->den_label;
    }
    return quantities[q].label;
}

static void write_pools(wb_sheet *s)
{
    enum { DECIMALS = 6 };
    wb_book *book = s->book;
    const wb_live *live = book->live;

    wb_text(s, WB_LIVE_HEAD, LABEL, "Quantity", wb_as(WB_HEAD));
    for (int col = 1; col < WB_LIVE_POOLS; col++) {
        wb_blank(s, WB_LIVE_HEAD, (lxw_col_t)col, wb_as(WB_HEAD));
    }
    for (size_t j = 0; j < live->n; j++) {
        wb_text(s, WB_LIVE_HEAD, live->pool[j].col, live->pool[j].name, wb_as(WB_HEAD_RIGHT));
    }
    for (wb_quantity q = 0; q < WB_LIVE_COUNT; q++) {
        const lxw_row_t row = book->live->row[q];
        int any = 0;

        for (size_t j = 0; j < live->n; j++) {
            const wb_pool *pool = &live->pool[j];
            const char *text = formula_of(book, pool, q);
            const char *formula = text ? wb_format(book, "IFERROR(%s,\"NE\")",
                                                   wb_fill_in(book, text, cell_of_key, pool))
                                       : NULL;

            if (formula) {
                wb_formula(s, row, pool->col, formula, engine_value(pool, q),
                           wb_decimals(WB_FIXED, q == WB_LIVE_K || q == WB_LIVE_DF ? 0 : DECIMALS));
                any = 1;
            }
        }
        if (any) {
            wb_flow(s, row, LABEL, label_of(book, q), wb_as(WB_TEXT));
        }
    }
}

/* ---- the studies ----------------------------------------------------------------------------- */

static void write_study(wb_sheet *s, size_t i)
{
    wb_book *book = s->book;
    const wb_live *live = book->live;
    const wb_study_columns *c = &book->studies;
    const lxw_row_t row = live->studies + (lxw_row_t)i, there = c->first + (lxw_row_t)i;
    const char *on = wb_cell_at(book, "Studies", there, c->include),
               *yi = wb_cell_at(book, "Studies", there, c->yi),
               *vi = wb_cell_at(book, "Studies", there, c->vi),
               *mask = wb_cell_at(book, NULL, row, WB_LIVE_POOLS);
    const wb_look fine = wb_decimals(WB_FIXED, 6), whole = wb_decimals(WB_FIXED, 0);

    wb_formula_text(s, row, LABEL, wb_cell_at(book, "Studies", there, 0), wb_as(WB_TEXT));
    wb_formula(s, row, WB_LIVE_YI, wb_format(book, "IF(%s=1,%s,0)", mask, yi), WB_NONE, fine);
    wb_formula(s, row, WB_LIVE_VI, wb_format(book, "IF(%s=1,%s,1)", mask, vi), WB_NONE, fine);
    if (book->has_weights) {
        wb_number(s, row, WB_LIVE_WEIGHT, book->a->study[i].weight, fine);
    }
    if (wb_live_needs_ni(book)) {
        wb_number(s, row, WB_LIVE_NI, book->a->study[i].ni, fine);
    }
    wb_formula(s, row, WB_LIVE_POOLS,
               wb_format(book,
                         "IF(AND(ISNUMBER(%s),ISNUMBER(%s),ISNUMBER(%s)),"
                         "IF(AND(%s=1,%s>0),1,0),0)",
                         on, yi, vi, on, vi),
               1.0, whole);
    for (size_t j = 1; j < live->n; j++) {
        const wb_pool *pool = &live->pool[j];
        const char *own = wb_format(book, "IF(EXACT(%s,%s),%s,0)",
                                    wb_cell_at(book, "Studies", there, c->level[pool->block]),
                                    wb_cell_at(book, NULL, WB_LIVE_HEAD, pool->col), mask);

        wb_formula(s, row, pool->col,
                   pool->fit
                       ? own
                       : wb_format(book, "SUM(%s)",
                                   wb_range_at(book, NULL, row, pool->first, row, pool->last)),
                   WB_NONE, whole);
    }
}

static void write_studies(wb_sheet *s)
{
    wb_book *book = s->book;
    const lxw_row_t head = book->live->studies - 1;

    wb_flow(s, head - 1, LABEL, "Studies, and 1 in the columns of the pools they belong to",
            wb_as(WB_SECTION));
    wb_text(s, head, LABEL, "Study", wb_as(WB_HEAD));
    wb_text(s, head, WB_LIVE_YI, "y", wb_as(WB_HEAD_RIGHT));
    wb_text(s, head, WB_LIVE_VI, "v", wb_as(WB_HEAD_RIGHT));
    wb_text(s, head, WB_LIVE_WEIGHT, book->has_weights ? "given weight" : " ",
            wb_as(WB_HEAD_RIGHT));
    wb_text(s, head, WB_LIVE_NI, wb_live_needs_ni(book) ? "n" : " ", wb_as(WB_HEAD_RIGHT));
    for (size_t j = 0; j < book->live->n; j++) {
        wb_text(s, head, book->live->pool[j].col, book->live->pool[j].name, wb_as(WB_HEAD_RIGHT));
    }
    for (size_t i = 0; i < book->a->k; i++) {
        write_study(s, i);
    }
}

void wb_live_sheet(wb_sheet *s)
{
    enum { LABEL_PIXELS = 270 };
    wb_book *book = s->book;
    const tq_pool *fit = book->a->fit;

    wb_top(s, "Live",
           "The model as formulas over the sheet Studies: change an input there, or set include to "
           "0, and everything follows.");
    s->width[LABEL] = LABEL_PIXELS;
    wb_flow(s, WB_LIVE_LEVEL_ROW - 1, LABEL, "Settings", wb_as(WB_SECTION));
    wb_flow(s, WB_LIVE_LEVEL_ROW, LABEL, "Level of intervals (%)", wb_as(WB_TEXT));
    wb_number(s, WB_LIVE_LEVEL_ROW, 1, fit->level, wb_decimals(WB_FIXED, 1));
    if (fit->tau2_fixed) {
        wb_flow(s, WB_LIVE_FIXED_ROW, LABEL, "tau\xC2\xB2, given", wb_as(WB_TEXT));
        wb_number(s, WB_LIVE_FIXED_ROW, 1, fit->tau2, wb_decimals(WB_FIXED, 6));
    }
    wb_flow(s, WB_LIVE_FIXED_ROW + 1, LABEL,
            wb_format(book, "Method %s, test %s, prediction interval %s",
                      tq_method_name(fit->method), tq_test_name(fit->test),
                      tq_predict_name(fit->predict)),
            wb_as(WB_TEXT));
    wb_flow(s, WB_LIVE_HEAD - 1, LABEL, "Pools", wb_as(WB_SECTION));
    write_pools(s);
    write_studies(s);
    s->book->xlsx->worksheet_set_tab_color(s->ws, WB_PALE);
    s->book->xlsx->worksheet_freeze_panes(s->ws, WB_LIVE_TOP, 1);
    wb_finish(s, WB_LIVE_HEAD, WB_LIVE_HEAD);
}
