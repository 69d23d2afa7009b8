/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a meta-regression is asked for beyond its fit. */
#include "cli.h"

static const char *adjust_at(size_t i)
{
    return i < TQ_ADJUST_COUNT ? tq_adjust_name((tq_adjust)i) : NULL;
}

static const char *weights_at(size_t i)
{
    return i < TQ_MARGINAL_COUNT ? tq_marginal_name((tq_marginal_weights)i) : NULL;
}

static const char *criterion_at(size_t i)
{
    return i < TQ_CRITERION_COUNT ? tq_criterion_name((tq_criterion)i) : NULL;
}

/* All values of a repeated option. */
static tq_status read_list(const cli_args *args, const char *name, cli_input *in,
                           const char *const **list, size_t *n, tq_error *err)
{
    const char **values = tq_arena_take(in->arena, args->n + 1, sizeof *values);

    if (!values) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *n = 0;
    for (const char *value; (value = cli_value_at(args, name, *n)) != NULL;) {
        values[(*n)++] = value;
    }
    *list = values;
    return TQ_OK;
}

static int any_given(const cli_args *args)
{
    for (const cli_option *o = cli_regression_options; o->name; o++) {
        if (cli_value(args, o->name)) {
            return 1;
        }
    }
    return 0;
}

static tq_status read_choices(const cli_args *args, tq_regression_spec *out, tq_error *err)
{
    size_t adjust = out->adjust, weights = out->weights, criterion = out->selection.criterion;
    long top = (long)out->selection.top, threads = 0;
    tq_status status = cli_choice(args, "adjust", adjust_at, &adjust, err);

    status = status == TQ_OK ? cli_choice(args, "emm-weights", weights_at, &weights, err) : status;
    status =
        status == TQ_OK ? cli_choice(args, "criterion", criterion_at, &criterion, err) : status;
    status = status == TQ_OK ? cli_integer(args, "top", 1, 100000, &top, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    out->adjust = (tq_adjust)adjust;
    out->weights = (tq_marginal_weights)weights;
    out->selection.criterion = (tq_criterion)criterion;
    out->selection.top = (size_t)top;
    out->selection.threads = (size_t)threads;
    return status;
}

/* An option that would do nothing without another. */
static tq_status check_company(const cli_args *args, tq_error *err)
{
    static const struct {
        const char *option, *needs[3];
    } rows[] = {
        {"adjust", {"pairwise", NULL, NULL}},
        {"emm-weights", {"emm", "pairwise", "contrast"}},
        {"criterion", {"all-subsets", "compare", NULL}},
        {"top", {"all-subsets", NULL, NULL}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int met = !cli_value(args, rows[i].option);

        for (size_t j = 0; j < 3 && rows[i].needs[j]; j++) {
            met |= cli_value(args, rows[i].needs[j]) != NULL;
        }
        if (!met) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s needs --%s", rows[i].option,
                           rows[i].needs[0]);
        }
    }
    return TQ_OK;
}

tq_status cli_regression(const cli_args *args, cli_input *in, tq_regression_spec *out, int *asked,
                         tq_error *err)
{
    *out = tq_regression_defaults();
    *asked = any_given(args);
    tq_status status = read_choices(args, out, err);

    status = status == TQ_OK ? check_company(args, err) : status;
    out->btt = cli_value(args, "btt");
    out->vif = cli_value(args, "vif") != NULL;
    out->residuals = cli_value(args, "residuals") != NULL;
    out->all_subsets = cli_value(args, "all-subsets") != NULL;
    out->compared = in->compared;
    out->n_compared = in->n_compared;
    if (status == TQ_OK) {
        status = read_list(args, "contrast", in, &out->contrast, &out->n_contrasts, err);
    }
    if (status == TQ_OK) {
        status = read_list(args, "pairwise", in, &out->pairwise, &out->n_pairwise, err);
    }
    return status == TQ_OK ? read_list(args, "emm", in, &out->emm, &out->n_emm, err) : status;
}
