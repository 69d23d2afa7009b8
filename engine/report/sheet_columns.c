/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of the sheet beside the studies, and judgements on the risk of bias. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "report/analysis_internal.h"

/* A domain is what stands in a column of this name. */
static const char prefix[] = "rob_";

/* Words and signs of RoB 1, RoB 2 and ROBINS-I, in small letters; NULL: no more. */
enum { WORDS = 8 };
static const struct {
    const char *sign, *name;
    const char *word[WORDS];
} judgements[] = {
    [TQ_BIAS_NONE] = {"", "no judgement", {NULL}},
    [TQ_BIAS_LOW] = {"+", "low", {"low", "low risk", "l", "+", NULL}},
    [TQ_BIAS_SOME] = {"!", "some concerns", {"some concerns", "some", "moderate", "!", "s", NULL}},
    [TQ_BIAS_HIGH] = {"\u2212",
                      "high",
                      {"high", "high risk", "h", "-", "\u2212", "serious", "critical", NULL}},
    [TQ_BIAS_UNCLEAR] = {"?",
                         "unclear",
                         {"unclear", "unclear risk", "u", "?", "no information", "ni", NULL}},
};
_Static_assert(sizeof judgements / sizeof *judgements == TQ_BIAS_COUNT, "a row per judgement");

const char *tq_bias_sign(tq_bias_judgement j)
{
    return (unsigned)j < TQ_BIAS_COUNT ? judgements[j].sign : NULL;
}

const char *tq_bias_name(tq_bias_judgement j)
{
    return (unsigned)j < TQ_BIAS_COUNT ? judgements[j].name : NULL;
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- columns as they are ---- */

tq_status analysis_find_column(const tq_table *table, const char *option, const char *name,
                               size_t *at, tq_error *err)
{
    *at = tq_table_find(table, name);
    if (*at != TQ_NO_COLUMN) {
        return TQ_OK;
    }
    const char *const near = tq_table_nearest(table, name);

    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: no column '%.80s'%s%.80s%s", option,
                   name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Studies that were filled in, behind those of the sheet, have nothing there. */
static tq_status read_column(const tq_dataset *data, const tq_column_wish *wish, size_t k,
                             tq_arena *arena, tq_sheet_column *out, tq_error *err)
{
    const tq_table *const table = data->table;
    const char mark = tq_table_decimal(table);
    size_t c;
    const tq_status status = analysis_find_column(table, wish->option, wish->name, &c, err);

    if (status != TQ_OK) {
        return status;
    }
    *out = (tq_sheet_column){.name = tq_table_name(table, c),
                             .text = tq_arena_take(arena, k, sizeof *out->text),
                             .number = tq_arena_take(arena, k, sizeof *out->number)};
    if (!out->text || !out->number) {
        return no_memory(err);
    }
    int numbers = 1;

    for (size_t i = 0; i < data->k; i++) {
        const size_t row = data->row[data->used[i]];
        const int missing = tq_table_missing(table, row, c);

        out->text[i] = missing ? "" : tq_table_cell(table, row, c);
        out->number[i] = NAN;
        numbers = numbers && (missing || tq_parse_number(out->text[i], mark, &out->number[i]));
    }
    for (size_t i = data->k; i < k; i++) {
        out->text[i] = "";
        out->number[i] = NAN;
    }
    out->number = numbers ? out->number : NULL;
    return TQ_OK;
}

/* ---- risk of bias ---- */

static tq_status read_judgement(const tq_dataset *data, size_t i, size_t c, tq_bias_judgement *out,
                                tq_error *err)
{
    const tq_table *const table = data->table;
    const size_t row = data->row[data->used[i]];
    const char *const cell = tq_table_cell(table, row, c);

    *out = TQ_BIAS_NONE;
    if (tq_table_missing(table, row, c)) {
        return TQ_OK;
    }
    for (int j = TQ_BIAS_LOW; j < TQ_BIAS_COUNT; j++) {
        for (size_t w = 0; judgements[j].word[w]; w++) {
            if (strcasecmp(cell, judgements[j].word[w]) == 0) {
                *out = (tq_bias_judgement)j;
                return TQ_OK;
            }
        }
    }
    tq_fail(err, TQ_EDATA, i, tq_table_name(table, c),
            "'%.60s' is no judgement of the risk of bias: low, some concerns, high, unclear "
            "(+ ! - ?); --show without rob leaves these columns out",
            cell);
    analysis_locate(data, err);
    return TQ_EDATA;
}

/* "rob_missing_data": "missing data" */
static const char *domain_name(tq_arena *arena, const char *column)
{
    char *const name = tq_arena_text(arena, column + strlen(prefix));

    for (char *c = name; c && *c; c++) {
        *c = (char)(*c == '_' || *c == '.' ? ' ' : *c);
    }
    return name;
}

static tq_status read_domain(const tq_dataset *data, size_t c, size_t k, tq_arena *arena,
                             tq_bias_domain *out, tq_error *err)
{
    tq_status status = TQ_OK;

    out->name = domain_name(arena, tq_table_name(data->table, c));
    out->value = tq_arena_take(arena, k, sizeof *out->value); /* TQ_BIAS_NONE beyond data->k */
    if (!out->name || !out->value) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < data->k; i++) {
        status = read_judgement(data, i, c, &out->value[i], err);
    }
    return status;
}

static tq_status read_domains(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_table *const table = in->data->table;
    const size_t columns = tq_table_columns(table);
    tq_status status = TQ_OK;

    a->domain = tq_arena_take(a->arena, columns, sizeof *a->domain);
    if (!a->domain) {
        return no_memory(err);
    }
    for (size_t c = 0; status == TQ_OK && c < columns; c++) {
        const char *const name = tq_table_name(table, c);

        if (strncasecmp(name, prefix, strlen(prefix)) == 0 && name[strlen(prefix)]) {
            status = read_domain(in->data, c, a->k, a->arena, &a->domain[a->n_domains++], err);
        }
    }
    return status;
}

tq_status analysis_sheet_columns(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_analysis_spec *const spec = in->spec;
    tq_status status = TQ_OK;

    a->column = tq_arena_take(a->arena, spec->n_columns, sizeof *a->column);
    if (!a->column) {
        return no_memory(err);
    }
    for (size_t j = 0; status == TQ_OK && j < spec->n_columns; j++) {
        status = read_column(in->data, &spec->columns[j], a->k, a->arena, &a->column[j], err);
        a->n_columns += status == TQ_OK;
    }
    return status == TQ_OK && spec->risk_of_bias ? read_domains(in, a, err) : status;
}
