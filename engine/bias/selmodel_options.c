/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of selection models: names, and what each type takes. */
#include <math.h>

#include "bias/selmodel_internal.h"

/* ---- names ---- */

const char *tq_sel_type_name(tq_sel_type type)
{
    return (unsigned)type < TQ_SEL_COUNT ? sel_families[type].name : NULL;
}

const char *tq_sel_type_label(tq_sel_type type)
{
    return (unsigned)type < TQ_SEL_COUNT ? sel_families[type].label : NULL;
}

const char *tq_sel_type_formula(tq_sel_type type)
{
    return (unsigned)type < TQ_SEL_COUNT ? sel_families[type].formula : NULL;
}

const char *tq_sel_type_source(tq_sel_type type)
{
    return (unsigned)type < TQ_SEL_COUNT ? sel_families[type].source : NULL;
}

const char *tq_sel_alternative_name(tq_sel_alternative alternative)
{
    static const char *const names[TQ_SEL_ALTERNATIVE_COUNT] = {
        [TQ_SEL_GREATER] = "greater", [TQ_SEL_LESS] = "less", [TQ_SEL_TWO_SIDED] = "two.sided"};

    return (unsigned)alternative < TQ_SEL_ALTERNATIVE_COUNT ? names[alternative] : NULL;
}

const char *tq_sel_prec_name(tq_sel_prec prec)
{
    static const char *const names[TQ_SEL_PREC_COUNT] = {[TQ_SEL_PREC_NONE] = "none",
                                                         [TQ_SEL_PREC_SEI] = "sei",
                                                         [TQ_SEL_PREC_VI] = "vi",
                                                         [TQ_SEL_PREC_NINV] = "ninv",
                                                         [TQ_SEL_PREC_SQRTNINV] = "sqrtninv"};

    return (unsigned)prec < TQ_SEL_PREC_COUNT ? names[prec] : NULL;
}

tq_selmodel_options tq_selmodel_defaults(void)
{
    return (tq_selmodel_options){.type = TQ_SEL_STEPFUN, .alternative = TQ_SEL_GREATER};
}

/* ---- options ---- */

static tq_status invalid(tq_error *err, const char *why)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s", why);
}

int sel_is_truncation(tq_sel_type type)
{
    return type == TQ_SEL_TRUNC || type == TQ_SEL_TRUNCEST;
}

static tq_status check_steps(tq_selmodel_options *o, tq_error *err)
{
    if (sel_is_truncation(o->type)) {
        if (o->n_steps > (o->type == TQ_SEL_TRUNC ? 1u : 0u)) {
            return invalid(err, o->type == TQ_SEL_TRUNC
                                    ? "type trunc takes one step, the threshold of the effects"
                                    : "type truncest estimates its threshold and takes no steps");
        }
        if (o->n_steps == 1 && !isfinite(o->steps[0])) {
            return invalid(err, "the threshold must be a finite number");
        }
        o->steps[0] = o->n_steps ? o->steps[0] : 0.0;
        o->n_steps = 1;
        return TQ_OK;
    }
    for (size_t i = 0; i < o->n_steps; i++) {
        if (!(o->steps[i] > (i ? o->steps[i - 1] : 0.0)) || !(o->steps[i] <= 1.0)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "step '%g' must be a p-value in (0, 1], above those before it",
                           o->steps[i]);
        }
    }
    if (o->type != TQ_SEL_STEPFUN) {
        return o->type == TQ_SEL_BETA && o->n_steps > 0 ? invalid(err, "type beta takes no steps")
               : o->n_steps > 1
                   ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "type %s takes one step, below which w = 1", tq_sel_type_name(o->type))
               : o->n_steps == 1 && o->steps[0] >= 1.0
                   ? invalid(err, "the step below which w = 1 must be < 1")
                   : TQ_OK;
    }
    if (o->n_steps == 0) {
        o->steps[o->n_steps++] = 0.025;
    }
    if (o->steps[o->n_steps - 1] < 1.0) {
        if (o->n_steps == TQ_SEL_MAX) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d steps", TQ_SEL_MAX - 1);
        }
        o->steps[o->n_steps++] = 1.0;
    }
    return o->n_steps > 1 ? TQ_OK : invalid(err, "a step function needs a step below 1");
}

static tq_status check_delta(tq_selmodel_options *o, size_t q, tq_error *err)
{
    if (o->n_delta != 0 && o->n_delta != q) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "type %s has %zu delta here, not %zu: give one for each",
                       tq_sel_type_name(o->type), q, o->n_delta);
    }
    for (size_t a = 0; a < q; a++) {
        const double d = o->n_delta ? o->delta[a] : (double)NAN;
        const int any_sign = o->type == TQ_SEL_TRUNCEST && a == 1;

        if (!isnan(d) && (!isfinite(d) || (!any_sign && d < 0.0))) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "delta '%g' must be >= 0", d);
        }
        o->delta[a] = d;
    }
    if (o->type == TQ_SEL_STEPFUN) {
        if (!isnan(o->delta[0]) && o->delta[0] != 1.0) {
            return invalid(err, "the first delta of a step function must be 1: the others are "
                                "relative to it");
        }
        o->delta[0] = 1.0;
    }
    o->n_delta = q;
    return TQ_OK;
}

tq_status sel_check_options(tq_selmodel_options *o, const tq_pool_options *pool, size_t *q,
                            tq_error *err)
{
    if ((unsigned)o->type >= TQ_SEL_COUNT || (unsigned)o->prec >= TQ_SEL_PREC_COUNT ||
        (unsigned)o->alternative >= TQ_SEL_ALTERNATIVE_COUNT) {
        return invalid(err, "unknown type, alternative or prec");
    }
    if (o->n_steps >= TQ_SEL_MAX || o->n_delta > TQ_SEL_MAX) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d steps", TQ_SEL_MAX - 1);
    }
    if (pool->method != TQ_ML && pool->method != TQ_EE && pool->method != TQ_FE) {
        return invalid(err, "a selection model needs method ML, EE or FE");
    }
    if (pool->test != TQ_TEST_Z && pool->test != TQ_TEST_T) {
        return invalid(err, "a selection model needs test z or t");
    }
    if (pool->weights || !pool->weighted) {
        return invalid(err, "a selection model has no user weights");
    }
    if (o->prec != TQ_SEL_PREC_NONE && (o->type < TQ_SEL_HALFNORM || o->type > TQ_SEL_POWER)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "type %s knows no precision; halfnorm, negexp, logistic and power do",
                       tq_sel_type_name(o->type));
    }
    if (sel_is_truncation(o->type) && o->alternative == TQ_SEL_TWO_SIDED) {
        return invalid(err, "truncation has one side: alternative greater or less");
    }
    const tq_status status = check_steps(o, err);

    *q = o->type == TQ_SEL_STEPFUN ? o->n_steps : sel_families[o->type].q;
    return status == TQ_OK ? check_delta(o, *q, err) : status;
}
