/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of spending functions. */
#include "sequential/spending.h"

#include <math.h>

#include "core/distributions.h"

typedef double spending(double parameter, double total, double t);

static double obf(double parameter, double total, double t)
{
    (void)parameter;
    return erfc(-tq_normal_quantile(total / 2.0) / sqrt(t) * M_SQRT1_2);
}

static double pocock(double parameter, double total, double t)
{
    (void)parameter;
    return total * log1p((M_E - 1.0) * t);
}

static double power(double parameter, double total, double t)
{
    return total * pow(t, parameter);
}

static double hsd(double parameter, double total, double t)
{
    return parameter == 0.0 ? total * t : total * expm1(-parameter * t) / expm1(-parameter);
}

static double none(double parameter, double total, double t)
{
    (void)parameter;
    (void)total;
    (void)t;
    return 0.0;
}

static const struct {
    const char *name, *label;
    spending *value;
    double parameter; /* default; NaN: none */
} kinds[] = {
    [TQ_SPEND_OBF] = {"obf", "O'Brien-Fleming type", obf, NAN},
    [TQ_SPEND_POCOCK] = {"pocock", "Pocock type", pocock, NAN},
    [TQ_SPEND_POWER] = {"power", "power family", power, 3.0},
    [TQ_SPEND_HSD] = {"hsd", "Hwang-Shih-DeCani family", hsd, -4.0},
    [TQ_SPEND_NONE] = {"none", "none", none, NAN},
};
_Static_assert(sizeof kinds / sizeof *kinds == TQ_SPEND_COUNT, "a row per spending function");

const char *tq_spending_name(size_t kind)
{
    return kind < TQ_SPEND_COUNT ? kinds[kind].name : NULL;
}

const char *tq_spending_label(size_t kind)
{
    return kind < TQ_SPEND_COUNT ? kinds[kind].label : NULL;
}

double tq_spending_default(tq_spending_kind kind)
{
    return (unsigned)kind < TQ_SPEND_COUNT ? kinds[kind].parameter : (double)NAN;
}

double tq_spending_value(tq_spending_kind kind, double parameter, double total, double t)
{
    if (!(t > 0.0)) {
        return 0.0;
    }
    return t >= 1.0 ? total : fmin(kinds[kind].value(parameter, total, t), total);
}

tq_status tq_spending_check(tq_spending_kind kind, double parameter, tq_error *err)
{
    if ((unsigned)kind >= TQ_SPEND_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown spending function");
    }
    if (isnan(kinds[kind].parameter)) {
        return TQ_OK;
    }
    if (kind == TQ_SPEND_POWER && !(parameter > 0.0 && parameter <= 20.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the power '%g' of a spending function must be > 0 and <= 20", parameter);
    }
    if (!(fabs(parameter) <= 40.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the parameter '%g' of a spending function must be in [-40, 40]", parameter);
    }
    return TQ_OK;
}
