/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and defaults of simulations, and what their values may be. */
#include <math.h>

#include "core/distributions.h"
#include "simulate/simulate_internal.h"

static const char *const measures[] = {
    [TQ_SIM_GEN] = "GEN", [TQ_SIM_MD] = "MD", [TQ_SIM_SMD] = "SMD",
    [TQ_SIM_OR] = "OR",   [TQ_SIM_RR] = "RR", [TQ_SIM_RD] = "RD",
};
_Static_assert(sizeof measures / sizeof *measures == TQ_SIM_MEASURE_COUNT, "a name per measure");

static const char *const sizes[TQ_SIM_SIZES_COUNT] = {
    [TQ_SIM_FIXED] = "fixed", [TQ_SIM_UNIFORM] = "uniform", [TQ_SIM_LOGNORMAL] = "lognormal"};

static const char *const finds[TQ_SIM_FIND_COUNT] = {[TQ_SIM_FIND_K] = "k", [TQ_SIM_FIND_N] = "n"};

static const struct {
    const char *name, *label;
} quantities[] = {
    [TQ_SIM_BIAS] = {"bias", "bias of the pooled effect"},
    [TQ_SIM_EMP_SE] = {"emp_se", "standard deviation of the pooled effects"},
    [TQ_SIM_MSE] = {"mse", "mean squared error"},
    [TQ_SIM_MODEL_SE] = {"model_se", "mean standard error"},
    [TQ_SIM_COVERAGE] = {"coverage", "percent of confidence intervals with the true mean"},
    [TQ_SIM_REJECTED] = {"rejected", "percent of tests of no effect: power, or type I error"},
    [TQ_SIM_WIDTH] = {"width", "mean width of the confidence interval"},
    [TQ_SIM_TAU2] = {"tau2", "mean estimate of tau2"},
    [TQ_SIM_TAU2_BIAS] = {"tau2_bias", "bias of tau2"},
    [TQ_SIM_I2] = {"I2", "mean I2, percent"},
    [TQ_SIM_Q_REJECTED] = {"Q_rejected", "percent of tests of homogeneity at 5 %"},
    [TQ_SIM_PI_COVERAGE] = {"pi_coverage", "percent of true effects in the prediction interval"},
    [TQ_SIM_PI_WIDTH] = {"pi_width", "mean width of the prediction interval"},
    [TQ_SIM_FITTED] = {"fitted", "percent of replicates fitted"},
};
_Static_assert(sizeof quantities / sizeof *quantities == TQ_SIM_QUANTITY_COUNT,
               "a row per quantity");

const char *tq_sim_measure_name(tq_sim_measure measure)
{
    return (unsigned)measure < TQ_SIM_MEASURE_COUNT ? measures[measure] : NULL;
}

const char *tq_sim_sizes_name(tq_sim_sizes size)
{
    return (unsigned)size < TQ_SIM_SIZES_COUNT ? sizes[size] : NULL;
}

const char *tq_sim_find_name(tq_sim_find find)
{
    return (unsigned)find < TQ_SIM_FIND_COUNT ? finds[find] : NULL;
}

const char *tq_sim_quantity_name(tq_sim_quantity quantity)
{
    return (unsigned)quantity < TQ_SIM_QUANTITY_COUNT ? quantities[quantity].name : NULL;
}

const char *tq_sim_quantity_label(tq_sim_quantity quantity)
{
    return (unsigned)quantity < TQ_SIM_QUANTITY_COUNT ? quantities[quantity].label : NULL;
}

tq_sim_scenario tq_sim_defaults(void)
{
    return (tq_sim_scenario){.measure = TQ_SIM_SMD,
                             .k = 10,
                             .n = 30.0,
                             .spread = 0.5,
                             .sd = 1.0,
                             .variance = 2.0,
                             .control_risk = 0.2,
                             .publish = 1.0};
}

tq_sim_options tq_sim_options_defaults(void)
{
    static const tq_method reml = TQ_REML;
    static const tq_test z = TQ_TEST_Z;

    return (tq_sim_options){.method = &reml,
                            .n_methods = 1,
                            .test = &z,
                            .n_tests = 1,
                            .level = 95.0,
                            .replicates = 10000,
                            .seed = 1};
}

/* A value, whether it is in its range, and what the range is. */
typedef struct {
    const char *name;
    double value;
    int fine;
    const char *range;
} bound;

static tq_status check_bounds(const bound *b, size_t n, tq_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!b[i].fine) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s = %g must be %s", b[i].name,
                           b[i].value, b[i].range);
        }
    }
    return TQ_OK;
}

static int within(double x, double lo, double hi)
{
    return x > lo && x < hi;
}

/* The mean true effect leaves group 1 a risk inside (0, 1); single studies' effects are cut there. */
static int possible_risk(const tq_sim_scenario *s)
{
    const double p = s->control_risk;

    return s->measure == TQ_SIM_RR   ? p * exp(s->effect) < 1.0
           : s->measure == TQ_SIM_RD ? within(p + s->effect, 0.0, 1.0)
                                     : 1;
}

tq_status simulate_check(const tq_sim_scenario *s, const tq_sim_options *o, tq_error *err)
{
    const double huge = 1e6;
    const bound bounds[] = {
        {"k", (double)s->k, s->k >= 1 && s->k <= TQ_SIM_MOST_STUDIES, "1 to 10000"},
        {"n", s->n, s->n >= 2.0 && s->n <= huge, "2 to 1e6"},
        {"the spread of n", s->spread,
         s->sizes == TQ_SIM_FIXED || within(s->spread, 0.0, s->sizes == TQ_SIM_UNIFORM ? 1.0 : 5.0),
         "between 0 and 1 (lognormal: 5)"},
        {"effect", s->effect, isfinite(s->effect), "a finite number"},
        {"tau2", s->tau2, s->tau2 >= 0.0 && isfinite(s->tau2), ">= 0"},
        {"sd", s->sd, within(s->sd, 0.0, INFINITY), "> 0"},
        {"variance", s->variance, within(s->variance, 0.0, INFINITY), "> 0"},
        {"control risk", s->control_risk, within(s->control_risk, 0.0, 1.0), "between 0 and 1"},
        {"effect", s->effect, possible_risk(s),
         "such that the risk of group 1 is between 0 and 1: see --control-risk"},
        {"publish", s->publish, s->publish > 0.0 && s->publish <= 1.0, "above 0 and at most 1"},
        {"small-study", s->small_study, isfinite(s->small_study), "a finite number"},
        {"level", o->level, within(o->level, 0.0, 100.0), "between 0 and 100"},
        {"replicates", (double)o->replicates,
         o->replicates >= 2 && o->replicates <= UINT64_C(1) << 40, "at least 2"},
    };

    if (!tq_sim_measure_name(s->measure) || !tq_sim_sizes_name(s->sizes) || o->n_methods == 0 ||
        o->n_tests == 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unknown measure, sizes, or nothing to fit");
    }
    return check_bounds(bounds, sizeof bounds / sizeof *bounds, err);
}

double tq_sim_power_formula(size_t k, double vi, double effect, double tau2, double level)
{
    const double z = effect / sqrt((vi + tau2) / (double)k), c = tq_critical_value(level, NAN);

    return 100.0 * 0.5 * (erfc((c - z) * M_SQRT1_2) + erfc((c + z) * M_SQRT1_2));
}
