/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights that are given beforehand: Vevea & Woods (2005), Psychol. Methods 10:428-443, table 1. */
#include <string.h>

#include "bias/selmodel.h"

enum { STEPS = 14 };

static const double steps[STEPS] = {0.005, 0.01, 0.05, 0.1,  0.25, 0.35,  0.5,
                                    0.65,  0.75, 0.9,  0.95, 0.99, 0.995, 1.0};

/* clang-format off */
static const struct {
    const char *name, *label;
    double weight[STEPS];
} presets[TQ_SEL_PRESET_COUNT] = {
    [TQ_SEL_MODERATE_ONE] = {"moderate-one-tailed", "moderate one-tailed selection",
        {1.0, 0.99, 0.95, 0.80, 0.75, 0.65, 0.60, 0.55, 0.50, 0.50, 0.50, 0.50, 0.50, 0.50}},
    [TQ_SEL_SEVERE_ONE] = {"severe-one-tailed", "severe one-tailed selection",
        {1.0, 0.99, 0.90, 0.75, 0.60, 0.50, 0.40, 0.35, 0.30, 0.25, 0.10, 0.10, 0.10, 0.10}},
    [TQ_SEL_MODERATE_TWO] = {"moderate-two-tailed", "moderate two-tailed selection",
        {1.0, 0.99, 0.95, 0.90, 0.80, 0.75, 0.60, 0.60, 0.75, 0.80, 0.90, 0.95, 0.99, 1.00}},
    [TQ_SEL_SEVERE_TWO] = {"severe-two-tailed", "severe two-tailed selection",
        {1.0, 0.99, 0.90, 0.75, 0.60, 0.50, 0.25, 0.25, 0.50, 0.60, 0.75, 0.90, 0.99, 1.00}},
};
/* clang-format on */

const char *tq_sel_preset_name(tq_sel_preset preset)
{
    return (unsigned)preset < TQ_SEL_PRESET_COUNT ? presets[preset].name : NULL;
}

const char *tq_sel_preset_label(tq_sel_preset preset)
{
    return (unsigned)preset < TQ_SEL_PRESET_COUNT ? presets[preset].label : NULL;
}

tq_status tq_selmodel_preset(tq_sel_preset preset, tq_selmodel_options *opt, tq_error *err)
{
    if ((unsigned)preset >= TQ_SEL_PRESET_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown set of weights");
    }
    opt->type = TQ_SEL_STEPFUN;
    opt->n_steps = opt->n_delta = STEPS;
    memcpy(opt->steps, steps, sizeof steps);
    memcpy(opt->delta, presets[preset].weight, sizeof steps);
    return TQ_OK;
}

/* Whether the function is the one of these weights: all given, at the same steps. */
static int is_preset(const tq_selmodel *fit, const double weight[STEPS])
{
    if (fit->type != TQ_SEL_STEPFUN || fit->n_steps != STEPS || fit->q != STEPS) {
        return 0;
    }
    for (size_t i = 0; i < STEPS; i++) {
        if (fit->steps[i] != steps[i] || !fit->delta[i].fixed || fit->delta[i].est != weight[i]) {
            return 0;
        }
    }
    return 1;
}

tq_sel_preset tq_selmodel_preset_of(const tq_selmodel *fit)
{
    int preset = 0;

    while (preset < TQ_SEL_PRESET_COUNT && !is_preset(fit, presets[preset].weight)) {
        preset++;
    }
    return (tq_sel_preset)preset;
}
