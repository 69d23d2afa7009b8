/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of `tausq batch`: models, columns, forms of input and output. */
#include <stdlib.h>
#include <string.h>

#include "batch_command.h"
#include "core/names.h"

enum { DIGITS = 8 };

/* ---- names ---- */

const char *batch_method_at(size_t i)
{
    for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
        if (tq_batch_method(m) && i-- == 0) {
            return tq_method_name(m);
        }
    }
    return NULL;
}

const char *batch_test_at(size_t i)
{
    return i <= TQ_TEST_ADHOC ? tq_test_name((tq_test)i) : NULL;
}

static const tq_predict kinds[] = {TQ_PREDICT_DEFAULT, TQ_PREDICT_T, TQ_PREDICT_RILEY,
                                   TQ_PREDICT_HK, TQ_PREDICT_NONE};

static const char *predict_at(size_t i)
{
    return i < sizeof kinds / sizeof *kinds ? tq_predict_name(kinds[i]) : NULL;
}

static const char *i2_at(size_t i)
{
    return i < TQ_I2_COUNT ? tq_i2_name((tq_i2)i) : NULL;
}

static const char *column_at(const void *unused, size_t i)
{
    (void)unused;
    return tq_batch_column_name((tq_batch_column)i);
}

/* ---- model ---- */

tq_status batch_read_predict(const cli_args *args, tq_predict *out, tq_error *err)
{
    size_t i = 0;
    const tq_status status = cli_choice(args, "predict", predict_at, &i, err);

    *out = kinds[i];
    return status;
}

static tq_status read_common(const cli_args *args, tq_batch_options *o, tq_error *err)
{
    size_t test = o->test, i2 = o->i2;
    long max_iter = o->max_iter;
    tq_status status = cli_choice(args, "test", batch_test_at, &test, err);

    status = status == TQ_OK ? batch_read_predict(args, &o->predict, err) : status;
    status = status == TQ_OK ? cli_choice(args, "i2", i2_at, &i2, err) : status;
    status = status == TQ_OK ? cli_number(args, "level", &o->level, err) : status;
    status = status == TQ_OK ? cli_number(args, "threshold", &o->tol, err) : status;
    status = status == TQ_OK ? cli_integer(args, "maxiter", 1, 1000000, &max_iter, err) : status;
    o->test = (tq_test)test;
    o->i2 = (tq_i2)i2;
    o->max_iter = (int)max_iter;
    return status;
}

static tq_status find_method(const char *name, tq_method *out, tq_error *err)
{
    size_t i;

    *out = tq_method_find(name);
    return *out == TQ_METHOD_COUNT || tq_batch_method(*out)
               ? cli_choose("method", name, batch_method_at, &i, err)
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--method: batch does not fit %s, which pool does", name);
}

static int is_z(const cli_args *args)
{
    const char *scheme = cli_value(args, "scheme");

    return scheme && strcmp(scheme, "z") == 0;
}

/* One model for each method of the list. */
static tq_status read_models(batch_job *job, tq_error *err)
{
    const char *list = cli_value(job->args, "method");
    tq_batch_options common = tq_batch_defaults();
    char *copy = NULL;
    const char **names = NULL;
    size_t n = 0;
    tq_status status = read_common(job->args, &common, err);

    status = status == TQ_OK ? batch_split(list              ? list
                                           : is_z(job->args) ? "EE"
                                                             : "REML",
                                           &copy, &names, &n, err)
                             : status;
    if (status == TQ_OK && n > BATCH_MOST_MODELS) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--method: more than %d at once",
                         BATCH_MOST_MODELS);
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        job->model[i] = common;
        status = find_method(names[i], &job->model[i].method, err);
        for (size_t j = 0; status == TQ_OK && j < i; j++) {
            status = job->model[j].method == job->model[i].method
                         ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                   "--method: %.40s is given twice", names[i])
                         : TQ_OK;
        }
    }
    job->spec.model = job->model;
    job->spec.n_models = n;
    free(names);
    free(copy);
    return status;
}

/* ---- columns ---- */

static int is_common(tq_batch_column c)
{
    return c == TQ_BATCH_K || c == TQ_BATCH_QE || c == TQ_BATCH_QE_DF || c == TQ_BATCH_QE_PVAL;
}

/* A column of every model; those that are the same for all of them once. */
static void add_column(batch_job *job, tq_batch_column c, int digits)
{
    const size_t models = is_common(c) ? 1 : job->spec.n_models;

    for (size_t m = 0; m < models; m++) {
        tq_print_column *const p = &job->column[job->spec.n_columns++];

        *p = (tq_print_column){
            .column = c, .model = m, .style = TQ_PRINT_SIGNIFICANT, .digits = digits};
        if (models > 1) {
            snprintf(p->name, sizeof p->name, "%s_%s", tq_batch_column_name(c),
                     tq_method_name(job->model[m].method));
        } else {
            snprintf(p->name, sizeof p->name, "%s", tq_batch_column_name(c));
        }
    }
}

static tq_status add_named(batch_job *job, const char *name, int digits, tq_error *err)
{
    const tq_batch_column c = tq_batch_column_find(name);

    for (size_t i = 0; i < job->spec.n_columns; i++) {
        if (job->column[i].column == c) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--columns: '%.40s' is given twice",
                           name);
        }
    }
    if (c != TQ_BATCH_COLUMN_COUNT) {
        add_column(job, c, digits);
        return TQ_OK;
    }
    const char *nearest = tq_nearest_name(name, column_at, NULL);

    return nearest ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "--columns: unknown '%.40s'; did you mean '%s'?", name, nearest)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "--columns: unknown '%.40s'; see tausq batch --list", name);
}

/* Of Z scores effects have no scale of their own. */
static void add_columns_of_z(batch_job *job, int digits)
{
    static const tq_batch_column usual[] = {TQ_BATCH_K,  TQ_BATCH_STAT, TQ_BATCH_PVAL,
                                            TQ_BATCH_I2, TQ_BATCH_QE,   TQ_BATCH_QE_PVAL};

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        add_column(job, usual[i], digits);
    }
}

static void add_default_columns(batch_job *job, int digits)
{
    static const tq_batch_column usual[] = {
        TQ_BATCH_K,     TQ_BATCH_BETA,  TQ_BATCH_SE,     TQ_BATCH_STAT,  TQ_BATCH_PVAL,
        TQ_BATCH_CI_LB, TQ_BATCH_CI_UB, TQ_BATCH_PI_LB,  TQ_BATCH_PI_UB, TQ_BATCH_TAU2,
        TQ_BATCH_I2,    TQ_BATCH_QE,    TQ_BATCH_QE_PVAL};
    const int predict = cli_value(job->args, "predict") != NULL;

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (predict || (usual[i] != TQ_BATCH_PI_LB && usual[i] != TQ_BATCH_PI_UB)) {
            add_column(job, usual[i], digits);
        }
    }
}

static tq_status read_digits(const cli_args *args, int *digits, tq_error *err)
{
    const char *text = cli_value(args, "digits");
    long value = DIGITS;

    if (text && strcmp(text, "full") == 0) {
        *digits = 0;
        return TQ_OK;
    }
    const tq_status status = cli_integer(args, "digits", 1, 17, &value, err);

    *digits = (int)value;
    return status;
}

static tq_status read_columns(batch_job *job, tq_error *err)
{
    const char *list = cli_value(job->args, "columns");
    char *copy = NULL;
    const char **names = NULL;
    size_t n = 0;
    int digits = DIGITS;
    tq_status status = read_digits(job->args, &digits, err);

    job->spec.column = job->column;
    job->spec.digits = digits;
    if (status != TQ_OK) {
        return status;
    }
    if (!list) {
        (is_z(job->args) ? add_columns_of_z : add_default_columns)(job, digits);
        return TQ_OK;
    }
    status = batch_split(list, &copy, &names, &n, err);
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        status = add_named(job, names[i], digits, err);
    }
    free(names);
    free(copy);
    return status;
}

/* ---- forms ---- */

static tq_status read_input_form(batch_job *job, tq_error *err)
{
    static const struct {
        const char *name;
        char separator;
    } separators[] = {{",", ','},     {";", ';'}, {"\t", '\t'},   {"tab", '\t'},
                      {"blank", ' '}, {" ", ' '}, {"comma", ','}, {"semicolon", ';'}};
    const char *separator = cli_value(job->args, "separator"),
               *decimal = cli_value(job->args, "decimal");

    job->spec.decimal = '.';
    if (decimal) {
        if (strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--decimal: '%.20s' is neither . nor ,",
                           decimal);
        }
        job->spec.decimal = *decimal;
    }
    for (size_t i = 0; separator && i < sizeof separators / sizeof *separators; i++) {
        if (strcmp(separator, separators[i].name) == 0) {
            job->spec.in_separator = separators[i].separator;
            separator = NULL;
        }
    }
    return separator ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "--separator: '%.20s' is none of , ; tab and blank", separator)
                     : TQ_OK;
}

static const char *format_at(size_t i)
{
    static const char *const names[] = {"csv", "tsv"};

    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

/* Comma or tab by --format, else by the extension, .gz left aside. */
static tq_status read_output_form(batch_job *job, tq_error *err)
{
    static const char *const others[] = {"json", "xlsx", "html", "md",  "tex",
                                         "pdf",  "svg",  "png",  "zip", "bz2"};
    const char *path = cli_value(job->args, "output");
    size_t format = 0;
    char inner[4096];

    for (size_t i = 0; path && i < sizeof others / sizeof *others; i++) {
        if (cli_has_extension(path, others[i])) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--output: rows are written as csv or tsv, not as %s", others[i]);
        }
    }
    job->path = path;
    job->spec.packed = path && (cli_has_extension(path, "gz") || cli_has_extension(path, "bgz"));
    if (path && !cli_value(job->args, "format")) {
        tq_copy_text(inner, sizeof inner, path);
        if (job->spec.packed) {
            *strrchr(inner, '.') = '\0';
        }
        format = !cli_has_extension(inner, "csv");
    }
    const tq_status status = cli_choice(job->args, "format", format_at, &format, err);

    job->spec.separator = format ? '\t' : ',';
    return status;
}

/* "I/N". */
static tq_status read_shard(const cli_args *args, batch_job *job, tq_error *err)
{
    const char *text = cli_value(args, "shard");
    unsigned long i = 0, n = 0;
    int length = 0;

    if (!text) {
        return TQ_OK;
    }
    if (sscanf(text, "%lu/%lu%n", &i, &n, &length) != 2 || text[length] || i < 1 || i > n ||
        n > 1000000) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--shard: '%.40s' is no part I/N, from 1/N to N/N", text);
    }
    if (job->spec.packed) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--shard: parts are plain text; the output of --merge may end in .gz");
    }
    job->spec.shard = i - 1;
    job->spec.shards = n;
    job->spec.shard_rows = 1;
    return TQ_OK;
}

tq_status batch_read_options(const cli_args *args, batch_job *job, tq_error *err)
{
    long threads = 0, min_k = 1;

    job->args = args;
    job->spec.shards = 1;
    job->spec.strict = cli_value(args, "strict") != NULL;
    job->spec.lenient = cli_value(args, "lenient") != NULL;
    tq_status status = read_models(job, err);

    status = status == TQ_OK ? read_columns(job, err) : status;
    status = status == TQ_OK ? read_input_form(job, err) : status;
    status = status == TQ_OK ? read_output_form(job, err) : status;
    status = status == TQ_OK ? cli_integer(args, "threads", 1, 4096, &threads, err) : status;
    status = status == TQ_OK ? cli_integer(args, "min-studies", 0, 1000000, &min_k, err) : status;
    status = status == TQ_OK ? read_shard(args, job, err) : status;
    job->spec.threads = tq_threads((size_t)threads, UINT64_MAX);
    job->spec.min_k = (size_t)min_k;
    return status;
}
