/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over the groups of a study, and shares of a group. */
#include "effects/group_sums.h"

#include <math.h>

static tq_status bad(tq_error *err, size_t row, const char *column, double value, const char *right)
{
    return tq_fail(err, TQ_EDATA, row, column, "value '%.15g' must be %s", value, right);
}

static tq_status check_moments(const tq_group_moments *g, size_t row, tq_error *err)
{
    if (!(g->n >= 1.0 && isfinite(g->n))) {
        return bad(err, row, "n", g->n, ">= 1");
    }
    if (!isfinite(g->mean)) {
        return bad(err, row, "mean", g->mean, "finite");
    }
    if (g->n > 1.0 && !(g->sd >= 0.0 && isfinite(g->sd))) {
        return bad(err, row, "sd", g->sd, ">= 0");
    }
    return TQ_OK;
}

static tq_status check_counts(const tq_group_counts *g, size_t row, tq_error *err)
{
    if (!(g->n > 0.0 && isfinite(g->n))) {
        return bad(err, row, "n", g->n, "> 0");
    }
    if (!(g->events >= 0.0 && isfinite(g->events))) {
        return bad(err, row, "events", g->events, ">= 0");
    }
    if (g->events > g->n) {
        return tq_fail(err, TQ_EDATA, row, "events", "value '%.15g' must be <= n = %.15g",
                       g->events, g->n);
    }
    return TQ_OK;
}

static tq_status check_times(const tq_group_times *g, size_t row, tq_error *err)
{
    if (!(g->time > 0.0 && isfinite(g->time))) {
        return bad(err, row, "time", g->time, "> 0");
    }
    if (!(g->events >= 0.0 && isfinite(g->events))) {
        return bad(err, row, "events", g->events, ">= 0");
    }
    return TQ_OK;
}

static tq_status no_groups(tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "there must be at least one group");
}

static tq_status no_comparisons(tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "there must be at least one comparison");
}

/* Root of the sum of squares within, (n - 1) sd^2. Roots, so that no SD overflows when squared. */
static double root_within(const tq_group_moments *g)
{
    return g->n > 1.0 ? sqrt(g->n - 1.0) * g->sd : 0.0;
}

tq_status tq_groups_combine_moments(size_t k, const tq_group_moments *groups, tq_group_moments *out,
                                    tq_error *err)
{
    if (k == 0) {
        return no_groups(err);
    }
    for (size_t i = 0; i < k; i++) {
        const tq_status status = check_moments(&groups[i], i, err);

        if (status != TQ_OK) {
            return status;
        }
    }
    double n = groups[0].n, mean = groups[0].mean, root = root_within(&groups[0]);

    for (size_t i = 1; i < k; i++) {
        const double ni = groups[i].n, share = ni / (n + ni), apart = groups[i].mean - mean;

        root = hypot(hypot(root, root_within(&groups[i])), apart * sqrt(n * share));
        mean += apart * share;
        n += ni;
    }
    *out = (tq_group_moments){n, mean, n > 1.0 ? root / sqrt(n - 1.0) : NAN};
    return TQ_OK;
}

tq_status tq_groups_combine_counts(size_t k, const tq_group_counts *groups, tq_group_counts *out,
                                   tq_error *err)
{
    tq_group_counts sum = {0.0, 0.0};

    if (k == 0) {
        return no_groups(err);
    }
    for (size_t i = 0; i < k; i++) {
        const tq_status status = check_counts(&groups[i], i, err);

        if (status != TQ_OK) {
            return status;
        }
        sum.events += groups[i].events;
        sum.n += groups[i].n;
    }
    *out = sum;
    return TQ_OK;
}

tq_status tq_groups_combine_times(size_t k, const tq_group_times *groups, tq_group_times *out,
                                  tq_error *err)
{
    tq_group_times sum = {0.0, 0.0};

    if (k == 0) {
        return no_groups(err);
    }
    for (size_t i = 0; i < k; i++) {
        const tq_status status = check_times(&groups[i], i, err);

        if (status != TQ_OK) {
            return status;
        }
        sum.events += groups[i].events;
        sum.time += groups[i].time;
    }
    *out = sum;
    return TQ_OK;
}

tq_status tq_control_share_moments(const tq_group_moments *group, size_t m, tq_group_moments *out,
                                   tq_error *err)
{
    const tq_status status = m == 0 ? no_comparisons(err) : check_moments(group, TQ_NO_ROW, err);

    if (status == TQ_OK) {
        *out = (tq_group_moments){group->n / (double)m, group->mean, group->sd};
    }
    return status;
}

tq_status tq_control_share_counts(const tq_group_counts *group, size_t m, tq_group_counts *out,
                                  tq_error *err)
{
    const tq_status status = m == 0 ? no_comparisons(err) : check_counts(group, TQ_NO_ROW, err);

    if (status == TQ_OK) {
        *out = (tq_group_counts){group->events / (double)m, group->n / (double)m};
    }
    return status;
}

tq_status tq_control_share_times(const tq_group_times *group, size_t m, tq_group_times *out,
                                 tq_error *err)
{
    const tq_status status = m == 0 ? no_comparisons(err) : check_times(group, TQ_NO_ROW, err);

    if (status == TQ_OK) {
        *out = (tq_group_times){group->events / (double)m, group->time / (double)m};
    }
    return status;
}
