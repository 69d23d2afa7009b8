/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq batch --key: cohort files joined. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch_command.h"
#include "core/parse_number.h"

static const char *scheme_at(size_t i)
{
    static const char *const names[] = {[TQ_SCHEME_INVERSE_VARIANCE] = "ivw", [TQ_SCHEME_Z] = "z"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

static const char *palindromic_at(size_t i)
{
    static const char *const names[] = {[TQ_PALINDROMIC_KEEP] = "keep",
                                        [TQ_PALINDROMIC_DROP] = "drop",
                                        [TQ_PALINDROMIC_FREQ] = "freq"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

/* "yes", "no", or the factor; a list means yes. */
static tq_status read_gc(const cli_args *args, double *lambda, tq_error *err)
{
    const int list = cli_value(args, "gc-list") != NULL;
    const char *text = cli_value(args, "gc") ? cli_value(args, "gc") : list ? "yes" : NULL;

    *lambda = 0.0;
    if (list && strcmp(text, "yes") != 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--gc-list names the keys that lambda is estimated from: --gc is then yes, "
                       "not '%.40s'",
                       text);
    }
    if (!text || strcmp(text, "no") == 0) {
        return TQ_OK;
    }
    if (strcmp(text, "yes") == 0) {
        *lambda = (double)NAN;
        return TQ_OK;
    }
    return tq_parse_number(text, '.', lambda) && *lambda > 0.0
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--gc: '%.40s' is neither yes, no nor a factor > 0", text);
}

/* What holds for all cohorts. */
static tq_status read_cohort(const cli_args *args, tq_batch_cohort *c, tq_error *err)
{
    const char *or_else = cli_value(args, "sei") ? cli_value(args, "sei") : "sei";

    *c = (tq_batch_cohort){.effect = cli_value(args, "yi") ? cli_value(args, "yi") : "yi",
                           .se = cli_value(args, "vi") ? NULL : or_else,
                           .variance = cli_value(args, "vi"),
                           .pval = cli_value(args, "pval"),
                           .weight = cli_value(args, "weight"),
                           .effect_allele = cli_value(args, "effect-allele"),
                           .other_allele = cli_value(args, "other-allele"),
                           .freq = cli_value(args, "freq"),
                           .lambda_list = cli_value(args, "gc-list"),
                           .log_effect = cli_value(args, "log-effect") != NULL};
    return read_gc(args, &c->lambda, err);
}

/* The columns of --key into the cohort; *copy holds their names: free() it. */
static tq_status read_key(const cli_args *args, tq_batch_cohort *c, char **copy, tq_error *err)
{
    const char **names = NULL;
    size_t n = 0;
    tq_status status = batch_columns(args, "key", copy, &names, &n, err);

    if (status == TQ_OK && n > TQ_MOST_KEY_PARTS) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--key: more than %d columns",
                         TQ_MOST_KEY_PARTS);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        *(i ? &c->key_part[i - 1] : &c->key) = names[i];
    }
    free(names);
    return status;
}

static int is_of_key(const tq_batch_cohort *c, const char *name)
{
    int found = c->key && strcmp(c->key, name) == 0;

    for (size_t i = 0; i < TQ_MOST_KEY_PARTS - 1 && c->key_part[i]; i++) {
        found = found || strcmp(c->key_part[i], name) == 0;
    }
    return found;
}

/* Rows of one key have one allele in its column: nothing is left to be turned. */
static tq_status check_alleles(const cli_args *args, const tq_batch_cohort *c, tq_error *err)
{
    static const char *const options[] = {"effect-allele", "other-allele"};

    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const char *name = cli_value(args, options[i]);

        if (name && is_of_key(c, name)) {
            return tq_fail(
                err, TQ_EINVAL, TQ_NO_ROW, NULL,
                "--%s: '%.60s' is part of the key, so that alleles the other way round are "
                "another key: name it in one of the two",
                options[i], name);
        }
    }
    return TQ_OK;
}

static tq_status read_join(const cli_args *args, tq_batch_join *in, tq_error *err)
{
    size_t scheme = TQ_SCHEME_INVERSE_VARIANCE, palindromic = TQ_PALINDROMIC_KEEP;
    tq_status status = cli_choice(args, "scheme", scheme_at, &scheme, err);

    in->freq_margin = 0.1;
    status = status == TQ_OK ? cli_choice(args, "palindromic", palindromic_at, &palindromic, err)
                             : status;
    status = status == TQ_OK ? cli_number(args, "freq-margin", &in->freq_margin, err) : status;
    status = status == TQ_OK ? cli_number(args, "min-weight", &in->min_weight, err) : status;
    in->scheme = (tq_batch_scheme)scheme;
    in->palindromic = (tq_palindromic)palindromic;
    in->align = cli_value(args, "effect-allele") || cli_value(args, "other-allele");
    in->average_freq = in->minmax_freq = cli_value(args, "average-freq") != NULL;
    if (status == TQ_OK && in->palindromic != TQ_PALINDROMIC_KEEP && !in->align) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--palindromic needs --effect-allele and --other-allele");
    }
    if (status == TQ_OK && in->average_freq && !cli_value(args, "freq")) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--average-freq needs --freq");
    }
    return status;
}

tq_status batch_run_join(batch_job *job, const tq_batch_join *in, tq_error *err)
{
    tq_batch_summary summary = {0};

    job->provenance.problem = "key";
    job->provenance.min_weight = in->min_weight > 0.0;
    job->provenance.scheme = in->scheme == TQ_SCHEME_Z ? "Z scores weighted by sample size" : NULL;
    tq_status status = batch_open(job, err);

    status = status == TQ_OK ? tq_batch_run_join(in, &job->spec, &summary, err) : status;
    status = status == TQ_OK ? batch_finish(job, &summary, err) : status;
    tq_batch_summary_free(&summary);
    return status;
}

tq_status batch_join(batch_job *job, tq_error *err)
{
    const cli_args *const args = job->args;
    tq_batch_cohort *cohort = calloc(args->n_places, sizeof *cohort);
    tq_batch_join in = {.n_cohorts = args->n_places};
    char *key = NULL;
    tq_status status = cohort ? read_join(args, &in, err)
                              : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    for (size_t i = 0; cohort && status == TQ_OK && i < args->n_places; i++) {
        if (i > 0) {
            cohort[i] = cohort[0];
        } else {
            status = read_cohort(args, &cohort[0], err);
            status = status == TQ_OK ? read_key(args, &cohort[0], &key, err) : status;
            status = status == TQ_OK ? check_alleles(args, &cohort[0], err) : status;
        }
        cohort[i].path = args->place[i];
    }
    in.cohort = cohort;
    status = status == TQ_OK ? batch_run_join(job, &in, err) : status;
    free(key);
    free(cohort);
    return status;
}

/* clang-format off */
const cli_option batch_join_options[] = {
    {"key", "COL[,COL]", CLI_ONCE, "many files: rows of different files with the same texts here belong together", 0},
    {"metal", "FILE", CLI_ONCE, "a script of METAL, carried out in place of METAL", 0},
    {"effect-allele", "COL", CLI_ONCE, "allele that the effect belongs to: effects are turned to that of the first file", 0},
    {"other-allele", "COL", CLI_ONCE, "the other allele", 0},
    {"palindromic", "RULE", CLI_ONCE, "A/T and C/G: keep as named (default), drop, or by --freq", 0},
    {"freq", "COL", CLI_ONCE, "frequency of the effect allele", 0},
    {"freq-margin", "X", CLI_ONCE, "by freq: how far from 1/2 it must be to tell the strand (default 0.1)", 0},
    {"average-freq", NULL, CLI_FLAG, "print mean, SD, least and greatest frequency", 0},
    {"gc", "yes|no|X", CLI_ONCE, "genomic control: divide each file's chi-square by its lambda, or by X (default no)", 0},
    {"gc-list", "FILE", CLI_ONCE, "lambda from the keys that FILE lists, one a line, alone", 0},
    {"log-effect", NULL, CLI_FLAG, "the effects are ratios: take their logarithms", 0},
    {"scheme", "NAME", CLI_ONCE, "ivw (default), or z: Z scores of --pval, weighted by the root of --weight", 0},
    {"pval", "COL", CLI_ONCE, "p-values, for --scheme z; the sign is that of --yi", 0},
    {"weight", "COL", CLI_ONCE, "sample sizes, for --scheme z and --min-weight", 0},
    {"min-weight", "X", CLI_ONCE, "leave keys out whose --weight adds up to less", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */
