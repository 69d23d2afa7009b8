/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many studies, or how large ones, a power needs. */
#include <math.h>

#include "simulate/simulate.h"

typedef struct {
    const tq_sim_options *opt;
    tq_sim_find find;
    double power;
    tq_sim_plan *out;
} search;

static void set_size(tq_sim_scenario *s, tq_sim_find find, double size)
{
    if (find == TQ_SIM_FIND_K) {
        s->k = (size_t)size;
    } else {
        s->n = size;
    }
}

/* Whether a size reaches the power; if so it is the answer so far. */
static tq_status try_size(const search *f, const tq_sim_scenario *s, double size, int *enough,
                          tq_error *err)
{
    tq_sim_plan plan = {.scenario = *s};

    set_size(&plan.scenario, f->find, size);
    const tq_status status = tq_simulate(&plan.scenario, f->opt, &plan.row, &plan.studies, err);

    if (status != TQ_OK) {
        return status;
    }
    *enough = plan.row.value[TQ_SIM_REJECTED].value >= f->power;
    if (*enough || !f->out->found) {
        *f->out = plan;
        f->out->found = *enough;
    }
    return TQ_OK;
}

tq_status tq_sim_plan_find(const tq_sim_scenario *scenario, const tq_sim_options *opt,
                           tq_sim_find find, double power, tq_sim_plan *out, tq_error *err)
{
    const tq_sim_options defaults = tq_sim_options_defaults();
    const double least = 2.0, most = find == TQ_SIM_FIND_K ? TQ_SIM_MOST_STUDIES : 1e6;
    tq_sim_options one = opt ? *opt : defaults;

    one.n_methods = one.n_tests = 1;
    if (!(power > 0.0 && power < 100.0) || !tq_sim_find_name(find)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "power = %g must be between 0 and 100",
                       power);
    }
    if (scenario->effect == 0.0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "power needs an effect: effect = 0 is what is tested");
    }
    const search f = {&one, find, power, out};
    double lo = least - 1.0, hi = least;
    int enough = 0;
    tq_status status = TQ_OK;

    out->found = 0;
    while (status == TQ_OK && !enough && lo < most) {
        status = try_size(&f, scenario, hi, &enough, err);
        if (!enough) {
            lo = hi;
            hi = fmin(2.0 * hi, most);
        }
    }
    while (status == TQ_OK && enough && hi - lo > 1.0) {
        const double middle = floor(0.5 * (lo + hi));
        int here = 0;

        status = try_size(&f, scenario, middle, &here, err);
        *(here ? &hi : &lo) = middle;
    }
    return status;
}
