/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inputs shown beside each study, in the order of Cochrane's tables: Events Total, Mean SD Total. */
#include <math.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/page/text_internal.h"

typedef struct {
    tq_input input;
    const char *heading;
    int group;
} raw_row;

/* Shown in this order where the sheet has them. Without a heading: only where a measure names it. */
static const raw_row shown[] = {
    {TQ_IN_AI, "Events", 1},
    {TQ_IN_BI, NULL, 0},
    {TQ_IN_X1I, "Events", 1},
    {TQ_IN_T1I, "Person-time", 1},
    {TQ_IN_M1I, "Mean", 1},
    {TQ_IN_SD1I, "SD", 1},
    {TQ_IN_N1I, "Total", 1},
    {TQ_IN_CI, "Events", 2},
    {TQ_IN_DI, NULL, 0},
    {TQ_IN_X2I, "Events", 2},
    {TQ_IN_T2I, "Person-time", 2},
    {TQ_IN_M2I, "Mean", 2},
    {TQ_IN_SD2I, "SD", 2},
    {TQ_IN_N2I, "Total", 2},
    {TQ_IN_OE, "O - E", 0},
    {TQ_IN_VE, "V", 0},
    {TQ_IN_XI, "Events", 0},
    {TQ_IN_MI, "Mean", 0},
    {TQ_IN_SDI, "SD", 0},
    {TQ_IN_TI, "Person-time", 0},
    {TQ_IN_RI, "Correlation", 0},
    {TQ_IN_TI_STAT, "t", 0},
    {TQ_IN_FI, "F", 0},
    {TQ_IN_PI, "p", 0},
    {TQ_IN_R2I, "R2", 0},
    {TQ_IN_NI, "Total", 0},
};

#define ALPHAS "ARAW AHW ABT"
#define AREAS "CLES AUC"
#define PAIRS "MPRD MPRR MPOR MPORC MPPETO"
#define PROPORTIONS "PR PLN PLO PRZ PAS PFT"
#define MODELS "PCOR ZPCOR SPCOR ZSPCOR R2 ZR2 R2F ZR2F"
#define STANDARDIZED "SMD RPB ZPB RBIS ZBIS D2OR D2ORL D2ORN CLESN AUCN SMCC"

/* Measures that read an input as something else than its usual meaning; NULL: not to be shown. */
static const struct {
    const char *measures; /* codes, a blank between them */
    tq_input input;
    const char *heading;
    int group;
} special[] = {
    {ALPHAS, TQ_IN_AI, "Alpha", 0},
    {ALPHAS, TQ_IN_MI, "Items", 0},
    {AREAS, TQ_IN_AI, "Area", 0},
    {AREAS, TQ_IN_MI, "Ties", 0},
    {PROPORTIONS, TQ_IN_MI, "Non-events", 0},
    {MODELS, TQ_IN_MI, "Predictors", 0},
    {STANDARDIZED, TQ_IN_DI, "d", 0},
    {"MPORM", TQ_IN_RI, "Phi", 0},
    {"MPORM", TQ_IN_PI, "Joint proportion", 0},
    {PAIRS, TQ_IN_AI, "Both", 0},
    {PAIRS, TQ_IN_BI, "Only 1", 0},
    {PAIRS, TQ_IN_CI, "Only 2", 0},
    {PAIRS, TQ_IN_DI, "Neither", 0},
    {PAIRS, TQ_IN_N1I, NULL, 0},
    {PAIRS, TQ_IN_N2I, NULL, 0},
    {"REH", TQ_IN_AI, "Dominant", 0},
    {"REH", TQ_IN_BI, "Heterozygous", 0},
    {"REH", TQ_IN_CI, "Recessive", 0},
    {"REH", TQ_IN_N1I, NULL, 0},
    {"DOR", TQ_IN_AI, "True positive", 0},
    {"DOR", TQ_IN_N1I, "Diseased", 0},
    {"DOR", TQ_IN_CI, "False positive", 0},
    {"DOR", TQ_IN_N2I, "Not diseased", 0},
};

/* Totals of two-by-two tables that give events and non-events. */
static const struct {
    tq_input total, events, others;
} sums[] = {
    {TQ_IN_N1I, TQ_IN_AI, TQ_IN_BI},
    {TQ_IN_N2I, TQ_IN_CI, TQ_IN_DI},
};

/* Least number of decimals, at most 2, that shows every value as it is. */
static int decimals_of(const double *value, size_t k)
{
    double unit = 1.0;

    for (int d = 0; d < 2; d++, unit *= 10.0) {
        size_t exact = 0;

        for (size_t i = 0; i < k; i++) {
            const double x = value[i] * unit;

            exact += isnan(x) || fabs(x - round(x)) <= 1e-9 * fmax(1.0, fabs(x));
        }
        if (exact == k) {
            return d;
        }
    }
    return 2;
}

double analysis_value(const tq_dataset *data, tq_input input, size_t at)
{
    if (data->input[input] && !isnan(data->input[input][at])) {
        return data->input[input][at];
    }
    for (size_t s = 0; s < sizeof sums / sizeof *sums; s++) {
        if (sums[s].total == input && data->input[sums[s].events] && data->input[sums[s].others]) {
            return data->input[sums[s].events][at] + data->input[sums[s].others][at];
        }
    }
    return NAN;
}

static tq_raw_column describe(const tq_measure *m, const raw_row *row)
{
    tq_raw_column c = {tq_input_name(row->input), row->heading, row->group, 0, NULL};

    for (size_t s = 0; s < sizeof special / sizeof *special; s++) {
        if (special[s].input == row->input && text_listed(special[s].measures, m->code)) {
            c.heading = special[s].heading;
            c.group = special[s].group;
        }
    }
    return c;
}

/* Means and SDs are read against each other: they share the number of decimals. */
static void share_decimals(tq_analysis *a)
{
    int most = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t r = 0; r < a->n_raw; r++) {
            tq_raw_column *c = &a->raw[r];

            if (strcmp(c->heading, "Mean") == 0 || strcmp(c->heading, "SD") == 0) {
                most = c->decimals > most ? c->decimals : most;
                c->decimals = most;
            }
        }
    }
}

/* The multipliers of the effects, where there are any; 0: memory is short. */
static int find_multipliers(const tq_dataset *data, tq_analysis *a)
{
    if (!data->flip && a->effects.rescale == 1.0) {
        return 1;
    }
    a->multiplier = tq_arena_take(a->arena, a->k, sizeof *a->multiplier);
    for (size_t i = 0; a->multiplier && i < a->k; i++) {
        const int turned = data->flip && i < data->k;

        a->multiplier[i] = a->effects.rescale * (turned ? data->flip[data->used[i]] : 1.0);
    }
    return a->multiplier != NULL;
}

tq_status analysis_raw_columns(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;
    const size_t rows = sizeof shown / sizeof *shown;

    a->raw = tq_arena_take(a->arena, rows, sizeof *a->raw);
    for (size_t r = 0; a->raw && r < rows; r++) {
        const tq_raw_column described = describe(data->measure, &shown[r]);
        const char *column = data->column[shown[r].input];
        double *value = tq_arena_take(a->arena, a->k, sizeof *value);
        size_t there = 0;

        if (!value) {
            a->raw = NULL;
            break;
        }
        for (size_t i = 0; i < a->k; i++) {
            value[i] =
                i < data->k ? analysis_value(data, shown[r].input, data->used[i]) : (double)NAN;
            there += isnan(value[i]) ? 0 : 1;
        }
        if (there == 0 || !described.heading ||
            (column && column[0] == '=')) { /* constants are assumptions, not data */
            continue;
        }
        a->raw[a->n_raw] = described;
        a->raw[a->n_raw].decimals = decimals_of(value, a->k);
        a->raw[a->n_raw].value = value;
        a->n_raw++;
    }
    if (a->raw) {
        share_decimals(a);
    }
    return a->raw && find_multipliers(data, a)
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- as the effects compare them ---- */

static const double *raw_values(const tq_analysis *a, const char *heading, int group)
{
    for (size_t j = 0; j < a->n_raw; j++) {
        if (a->raw[j].group == group && strcmp(a->raw[j].heading, heading) == 0) {
            return a->raw[j].value;
        }
    }
    return NULL;
}

void analysis_turn(double multiplier, double *x1, double *n1, double *x2, double *n2)
{
    const double x = *x1, n = *n1;

    if (multiplier == -1.0) {
        *x1 = *x2;
        *n1 = *n2;
        *x2 = x;
        *n2 = n;
    } else if (multiplier != 1.0) {
        *x1 = *x2 = NAN;
    }
}

int analysis_groups(const tq_analysis *a, tq_count_scale scale, const char *total, double *room,
                    tq_counts *out)
{
    const double *const from[] = {raw_values(a, "Events", 1), raw_values(a, total, 1),
                                  raw_values(a, "Events", 2), raw_values(a, total, 2)};
    double *const x1 = room, *const n1 = x1 + a->k, *const x2 = n1 + a->k, *const n2 = x2 + a->k;

    if (!from[0] || !from[1] || !from[2] || !from[3]) {
        return 0;
    }
    for (size_t i = 0; i < a->k; i++) {
        x1[i] = from[0][i];
        n1[i] = from[1][i];
        x2[i] = from[2][i];
        n2[i] = from[3][i];
        analysis_turn(a->multiplier ? a->multiplier[i] : 1.0, &x1[i], &n1[i], &x2[i], &n2[i]);
    }
    *out = (tq_counts){scale, x1, n1, x2, n2};
    return 1;
}

/* ---- what the columns belong to ---- */

/* Measures of change have two times where others have two arms. */
int analysis_is_change(const tq_measure *measure)
{
    return measure &&
           text_listed("MC SMCC SMCR SMCRH SMCRP SMCRPH ROMC VRC CVRC CLESCN AUCCN", measure->code);
}

const char *tq_analysis_raw_over(const tq_analysis *a, const tq_raw_column *raw)
{
    static const char *const otherwise[2][2] = {{"Treatment", "Control"}, {"After", "Before"}};
    const int change = analysis_is_change(a->measure);

    if (raw->group == 1 || raw->group == 2) {
        const char *given = raw->group == 1 ? a->provenance.group1 : a->provenance.group2;

        return given ? given : otherwise[change][raw->group - 1];
    }
    return change && (strcmp(raw->input, "mi") == 0 || strcmp(raw->input, "sdi") == 0) ? "Change"
                                                                                       : NULL;
}
