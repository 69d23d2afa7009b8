/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A review as a plan would carry it out: tables of what is asked, and one way to do each. */
#include "support/sample_dossier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/embedded.h"
#include "frame/csv.h"
#include "moderators/formula.h"
#include "report/figure/plot.h"
#include "support/near.h"

enum { MOST_COLUMNS = 4, MOST_TESTS = 3, MOST_FURTHER = 4, MOST_FIGURES = 2, MOST_RUNS = 12 };

/* What an analysis is asked for besides its model. */
enum { LOO = 1, TESTS = 2, FAIL_SAFE = 4, FILL = 8 };

typedef struct {
    const char *data, *measure, *slab, *subset, *group, *formula;
    struct {
        tq_input input;
        const char *column;
    } column[MOST_COLUMNS];
    tq_method method;
    tq_test test;
    int parts;
} wanted;

/* An analysis with all that it borrows. */
typedef struct {
    tq_table *table;
    tq_dataset *data;
    tq_arena *arena;
    tq_analysis *analysis;
} done;

struct sample_dossier {
    tq_dossier of;
    tq_dossier_entry entry[SAMPLE_COUNT];
    tq_further further[SAMPLE_COUNT][MOST_FURTHER];
    tq_dossier_figure figure[SAMPLE_COUNT][MOST_FIGURES];
    tq_buffer svg[SAMPLE_COUNT][MOST_FIGURES];
    done run[MOST_RUNS];
    size_t n_runs;
};

#define BCG_COLUMNS \
    { \
        {TQ_IN_AI, "tpos"}, {TQ_IN_BI, "tneg"}, {TQ_IN_CI, "cpos"}, \
        { \
            TQ_IN_DI, "cneg" \
        } \
    }

static const struct {
    tq_dossier_entry as; /* texts, direction, MCID */
    wanted main;         /* data NULL: none */
    struct {
        tq_further as;
        wanted of;
    } further[MOST_FURTHER];
    const char *figure[MOST_FIGURES];
} reviewed[SAMPLE_COUNT] = {
    [SAMPLE_BCG] = {.as = {.id = "tuberculosis",
                           .title = "Tuberculosis",
                           .section = "Infection",
                           .better = TQ_BETTER_LOWER,
                           .mcid = 0.8},
                    .main = {.data = "bcg.csv",
                             .measure = "RR",
                             .slab = "author",
                             .group = "alloc",
                             .column = BCG_COLUMNS,
                             .method = TQ_REML,
                             .parts = LOO | TESTS | FAIL_SAFE},
                    .further = {{{TQ_FURTHER_SENSITIVITY, "DerSimonian-Laird", NULL, NULL, NULL},
                                 {.data = "bcg.csv",
                                  .measure = "RR",
                                  .slab = "author",
                                  .column = BCG_COLUMNS,
                                  .method = TQ_DL}},
                                {{TQ_FURTHER_SENSITIVITY, "Trials after 1990", NULL,
                                  "k = 0: no row has year > 1990", NULL},
                                 {0}},
                                {{TQ_FURTHER_REGRESSION, "Absolute latitude", NULL, NULL, NULL},
                                 {.data = "bcg.csv",
                                  .measure = "RR",
                                  .slab = "author",
                                  .formula = "~ ablat",
                                  .column = BCG_COLUMNS,
                                  .method = TQ_REML}},
                                {{TQ_FURTHER_BIAS, "Trim and fill", NULL, NULL, NULL},
                                 {.data = "bcg.csv",
                                  .measure = "RR",
                                  .slab = "author",
                                  .column = BCG_COLUMNS,
                                  .method = TQ_REML,
                                  .parts = FILL}}},
                    .figure = {"forest", "funnel"}},
    [SAMPLE_STAY] = {.as = {.id = "stay",
                            .title = "Length of stay",
                            .section = "Stroke units",
                            .better = TQ_BETTER_LOWER,
                            .mcid = 5.0,
                            .unit = "days"},
                     .main = {.data = "normand1999.csv",
                              .measure = "MD",
                              .slab = "source",
                              .method = TQ_REML,
                              .test = TQ_TEST_KNHA},
                     .figure = {"forest"}},
    [SAMPLE_STAY_G] = {.as = {.id = "stay-g",
                              .title = "Length of stay, standardised",
                              .section = "Stroke units",
                              .better = TQ_BETTER_LOWER,
                              .mcid = NAN},
                       .main = {.data = "normand1999.csv",
                                .measure = "SMD",
                                .slab = "source",
                                .method = TQ_REML}},
    [SAMPLE_ONE] = {.as = {.id = "stay-rehab",
                           .title = "Length of stay, Edinburgh <alone> & \"quoted\"",
                           .section = "Stroke units",
                           .subset = "source == 'Edinburgh'",
                           .better = TQ_BETTER_LOWER,
                           .mcid = 5.0,
                           .unit = "days"},
                    .main = {.data = "normand1999.csv",
                             .measure = "MD",
                             .slab = "source",
                             .subset = "source == 'Edinburgh'",
                             .method = TQ_REML}},
    [SAMPLE_NONE] = {.as = {.id = "cartilage-24",
                            .title = "Cartilage at 24 months",
                            .section = "Knee",
                            .subset = "outcome == 'cartilage' & followup_months == 24",
                            .why_none = "k = 0: no row of the sheet has outcome 'cartilage' and "
                                        "followup_months 24",
                            .better = TQ_BETTER_HIGHER,
                            .mcid = NAN}},
    [SAMPLE_PAIN] = {.as = {.id = "pain",
                            .title = "Pain, drugs against placebo",
                            .section = "Knee",
                            .better = TQ_BETTER_LOWER,
                            .mcid = 1.0,
                            .unit = "points of 10"},
                     .main = {.data = "knee_drugs_vs_placebo.csv",
                              .measure = "MD",
                              .slab = "study",
                              .group = "drug_class",
                              .column = {{TQ_IN_YI, "yi"}, {TQ_IN_VI, "vi"}},
                              .method = TQ_REML,
                              .test = TQ_TEST_KNHA},
                     .figure = {"forest"}},
};

static void fine(tq_status status, const tq_error *err)
{
    if (status != TQ_OK) {
        fail_msg("%s", err->message);
    }
}

static tq_table *sheet(const char *name)
{
    tq_table *table = NULL;
    tq_error err;

    for (size_t i = 0; i < tq_cli_datasets_count; i++) {
        const tq_embedded *at = &tq_cli_datasets[i];

        if (strcmp(at->name, name) == 0) {
            fine(tq_csv_parse(at->bytes, (size_t)(at->end - at->bytes), name, NULL, &table, &err),
                 &err);
        }
    }
    assert_non_null(table);
    return table;
}

static void read_data(const wanted *w, tq_formula *formula, done *to)
{
    tq_dataset_spec spec = {.measure = tq_measure_find(w->measure),
                            .slab = w->slab,
                            .subset = w->subset,
                            .groups = &w->group,
                            .n_groups = w->group ? 1 : 0,
                            .formula = w->formula ? formula : NULL};
    tq_error err;

    for (size_t c = 0; c < MOST_COLUMNS; c++) {
        if (w->column[c].column) {
            spec.column[w->column[c].input] = w->column[c].column;
        }
    }
    if (w->formula) {
        fine(tq_formula_parse(w->formula, to->arena, formula, &err), &err);
    }
    to->table = sheet(w->data);
    fine(tq_dataset_build(to->table, &spec, &to->data, &err), &err);
}

static const tq_analysis *run(sample_dossier *sample, const wanted *w)
{
    static const tq_bias_test tests[] = {TQ_BIAS_EGGER_LM, TQ_BIAS_BEGG, TQ_BIAS_PETERS};
    const tq_sensitivity_spec loo = {.loo = 1};
    tq_bias_options bias = tq_bias_defaults();
    const tq_fail_safe_options unseen = tq_fail_safe_defaults();
    const tq_trim_fill_options fill = tq_trim_fill_defaults();
    tq_formula *formula;
    done *to = &sample->run[sample->n_runs++];
    tq_analysis_spec spec = {.options = tq_pool_defaults(), .ci_mu = tq_mean_interval_defaults()};
    tq_error err;

    assert_true(sample->n_runs <= MOST_RUNS);
    to->arena = tq_arena_new();
    formula = to->arena ? tq_arena_take(to->arena, 1, sizeof *formula) : NULL;
    assert_non_null(formula);
    read_data(w, formula, to);
    bias.test = tests;
    bias.n = sizeof tests / sizeof *tests;
    spec.options.method = w->method;
    spec.options.test = w->test;
    spec.formula = w->formula ? formula : NULL;
    spec.sensitivity = w->parts & LOO ? &loo : NULL;
    spec.bias = w->parts & TESTS ? &bias : NULL;
    spec.fail_safe = w->parts & FAIL_SAFE ? &unseen : NULL;
    spec.trim_fill = w->parts & FILL ? &fill : NULL;
    spec.provenance.command = "run";
    fine(tq_analysis_pool(to->data, &spec, &to->analysis, &err), &err);
    return to->analysis;
}

static void draw(const tq_analysis *a, const char *kind, tq_buffer *svg, tq_dossier_figure *to)
{
    size_t i = 0;
    tq_error err;

    while (strcmp(tq_plot_name(i), kind) != 0) {
        i++;
    }
    fine(tq_plot_write(a, i, NULL, TQ_FIGURE_SVG, NULL, svg, &err), &err);
    *to = (tq_dossier_figure){.svg = svg->data, .kind = kind, .caption = tq_plot_summary(i)};
}

static void carry_out(sample_dossier *sample, size_t i)
{
    tq_dossier_entry *e = &sample->entry[i];

    *e = reviewed[i].as;
    e->further = sample->further[i];
    e->figure = sample->figure[i];
    if (reviewed[i].main.data) {
        e->analysis = run(sample, &reviewed[i].main);
    }
    for (; e->n_further < MOST_FURTHER && reviewed[i].further[e->n_further].as.label;
         e->n_further++) {
        tq_further *f = &sample->further[i][e->n_further];

        *f = reviewed[i].further[e->n_further].as;
        if (!f->why_none) {
            f->analysis = run(sample, &reviewed[i].further[e->n_further].of);
        }
    }
    for (; e->n_figures < MOST_FIGURES && reviewed[i].figure[e->n_figures]; e->n_figures++) {
        draw(e->analysis, reviewed[i].figure[e->n_figures], &sample->svg[i][e->n_figures],
             &sample->figure[i][e->n_figures]);
    }
}

sample_dossier *sample_dossier_new(void)
{
    static const char *const author[] = {"A. Example", "B. & C. <Sample>"};
    sample_dossier *sample = calloc(1, sizeof *sample);

    assert_non_null(sample);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        carry_out(sample, i);
    }
    sample->of = (tq_dossier){.title = "Bundled data, reviewed",
                              .author = author,
                              .n_authors = 2,
                              .registration = "OSF example",
                              .plan = "plan.yaml",
                              .plan_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495"
                                             "991b7852b855",
                              .plan_version = "1.2",
                              .command_line = "tausq run plan.yaml",
                              .population = "Adults",
                              .intervention = "Treatment",
                              .comparison = "Control",
                              .entry = sample->entry,
                              .n = SAMPLE_COUNT};
    return sample;
}

void sample_dossier_free(sample_dossier *sample)
{
    for (size_t i = 0; sample && i < sample->n_runs; i++) {
        tq_analysis_free(sample->run[i].analysis);
        tq_dataset_free(sample->run[i].data);
        tq_table_free(sample->run[i].table);
        tq_arena_free(sample->run[i].arena);
    }
    for (size_t i = 0; sample && i < SAMPLE_COUNT; i++) {
        for (size_t j = 0; j < MOST_FIGURES; j++) {
            tq_buffer_free(&sample->svg[i][j]);
        }
    }
    free(sample);
}

tq_dossier *sample_dossier_of(sample_dossier *sample)
{
    return &sample->of;
}

tq_dossier_entry *sample_dossier_entry(sample_dossier *sample, size_t i)
{
    assert_true(i < SAMPLE_COUNT);
    return &sample->entry[i];
}
