/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cluster-robust inference on the command line. */
#include <string.h>

#include "cli.h"

/* clang-format off */
#define OPTIONS_OF_CLUSTERS \
    {"cluster", "COL", CLI_ONCE, "effects with the same text there may depend on each other: robust inference", 0}, \
    {"robust", "TYPE", CLI_ONCE, "CR0, CR1, CR1p, CR1S, CR2 (default: bias-reduced, Satterthwaite df, HTZ tests)", 0}, \
    {"wild", "N", CLI_ONCE, "p-values by a cluster wild bootstrap of N samples too (--seed)", 0}, \
    {"wild-weights", "NAME", CLI_ONCE, "auto (default), rademacher, webb (the default below 10 clusters)", 0}

const cli_option cli_robust_options[] = {
    OPTIONS_OF_CLUSTERS,
    {"working", "NAME", CLI_ONCE, "weights by a working model: CORR (same people), HIER (different ones)", 0},
    {"rho", "R", CLI_ONCE, "correlation of effects of a cluster in CORR (default 0.8)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_mv_robust_options[] = {
    OPTIONS_OF_CLUSTERS,
    {"seed", "N", CLI_ONCE, "seed of the wild bootstrap (default 1)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

static const char *type_at(size_t i)
{
    return i < TQ_ROBUST_COUNT ? tq_robust_name((tq_robust_type)i) : NULL;
}

static const char *wild_at(size_t i)
{
    return i < TQ_WILD_COUNT ? tq_wild_name((tq_wild_weights)i) : NULL;
}

static const char *working_at(size_t i)
{
    return i < TQ_WORKING_COUNT ? tq_working_name((tq_working)i) : NULL;
}

/* Options that mean nothing without another. */
static tq_status check_company(const cli_args *args, const cli_option *own, tq_error *err)
{
    for (const cli_option *o = own; o->name; o++) {
        if (strcmp(o->name, "cluster") != 0 && strcmp(o->name, "seed") != 0 &&
            cli_value(args, o->name) && !cli_value(args, "cluster")) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s needs --cluster COL: which effects may depend on each other",
                           o->name);
        }
    }
    if (cli_value(args, "wild-weights") && !cli_value(args, "wild")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--wild-weights needs --wild");
    }
    return TQ_OK;
}

static tq_status read_working(const cli_args *args, tq_robust_spec *out, tq_error *err)
{
    size_t working = TQ_WORKING_COUNT;
    tq_status status = cli_choice(args, "working", working_at, &working, err);

    if (status == TQ_OK && working < TQ_WORKING_COUNT) {
        out->weighted_by = (int)working;
        if (cli_value(args, "tau2") || cli_value(args, "method")) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--working %s estimates heterogeneity by its own moments; leave "
                           "--%s out",
                           cli_value(args, "working"), cli_value(args, "tau2") ? "tau2" : "method");
        }
    }
    if (status == TQ_OK && cli_value(args, "rho") && working != TQ_WORKING_CORR) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--rho needs --working CORR; covariances of effects are for tausq mv");
    }
    return status == TQ_OK ? cli_number(args, "rho", &out->rho, err) : status;
}

tq_status cli_read_robust(const cli_args *args, const cli_option *own, tq_robust_spec *out,
                          tq_key *key, tq_error *err)
{
    size_t type = TQ_ROBUST_CR2, weights = TQ_WILD_AUTO;
    long samples = 0, seed = 1, threads = 0;
    tq_status status = check_company(args, own, err);

    *out = tq_robust_spec_defaults();
    *key = (tq_key){cli_value(args, "cluster"), "cluster", 0};
    status = status == TQ_OK ? cli_choice(args, "robust", type_at, &type, err) : status;
    status = status == TQ_OK ? cli_choice(args, "wild-weights", wild_at, &weights, err) : status;
    status = status == TQ_OK ? cli_integer(args, "wild", 1, 100000000, &samples, err) : status;
    status = status == TQ_OK ? cli_integer(args, "seed", 0, 2147483647, &seed, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    out->type = (tq_robust_type)type;
    out->wild = samples > 0;
    out->bootstrap.iterations = (size_t)samples;
    out->bootstrap.weights = (tq_wild_weights)weights;
    out->bootstrap.seed = (uint64_t)seed;
    out->bootstrap.threads = (size_t)threads;
    return status == TQ_OK && own == cli_robust_options ? read_working(args, out, err) : status;
}
