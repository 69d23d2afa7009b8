/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a plan: which, of what, drawn on several threads. */
#include <string.h>

#include "run_plan.h"

/* The item of `sensitivity` that a kind shows, which is done for it. */
static const struct {
    const char *kind, *part;
} asks[] = {
    {"loo", "loo"},      {"cumulative", "cumul"},    {"baujat", "influence"},
    {"qq", "influence"}, {"influence", "influence"}, {"gosh", "gosh"},
    {"tsa", "tsa"},
};

/* Without `figures` there is a forest plot. */
static size_t kinds_of(const tq_plan_analysis *of)
{
    return tq_yaml_member(of->at, "figures") ? of->figures.n : 1;
}

static const char *kind_at(const tq_plan_analysis *of, size_t i)
{
    return i < of->figures.n ? of->figures.item[i].name : "forest";
}

static int is_listed(const tq_plan_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->item[i].name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_influence(const char *kind)
{
    return strcmp(kind, "influence") == 0;
}

/* Whether a kind shows a part that the multilevel model at hand has not: only its own option leaves clusters out. */
static int is_of_pooled(const run_entry *entry, const char *kind)
{
    int found = 0;

    for (size_t a = 0; a < sizeof asks / sizeof *asks; a++) {
        found |= strcmp(asks[a].kind, kind) == 0;
    }
    return found && cli_plan_is_multilevel(entry->model) &&
           !(is_influence(kind) && cli_value(&entry->model->args, "influence"));
}

static tq_status refuse_figure(const tq_plan_analysis *of, size_t i, tq_error *err)
{
    return is_influence(kind_at(of, i))
               ? tq_yaml_fail(of->figures.item[i].at, err, TQ_EINVAL,
                              "figure 'influence' of a model with 'random' needs the key "
                              "'influence: COL', whose levels are left out")
               : tq_yaml_fail(of->figures.item[i].at, err, TQ_EINVAL,
                              "figure '%s' is of pooled models, and this one has 'random'",
                              kind_at(of, i));
}

tq_status cli_plan_ask_figures(run_state *run, run_entry *entry, tq_error *err)
{
    const tq_plan_analysis *of = entry->of;
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < kinds_of(of); i++) {
        const char *kind = kind_at(of, i);

        if (is_of_pooled(entry, kind)) { /* of the defaults: left out */
            status = tq_plan_owns(of, "figures") ? refuse_figure(of, i, err) : TQ_OK;
            continue;
        }
        for (size_t a = 0; status == TQ_OK && !cli_plan_is_multilevel(entry->model) &&
                           a < sizeof asks / sizeof *asks;
             a++) {
            const tq_plan_item part = {.name = asks[a].part,
                                       .at = i < of->figures.n ? of->figures.item[i].at : of->at};
            int is_part;

            if (strcmp(asks[a].kind, kind) == 0 && !is_listed(&of->sensitivity, part.name)) {
                status = cli_plan_ask_part(run, entry->model, &part, &is_part, err);
            }
        }
        if (strcmp(kind, "spec") == 0 && !is_listed(&of->sensitivity, "multiverse")) {
            status = tq_yaml_fail(of->figures.item[i].at, err, TQ_EINVAL,
                                  "figure 'spec' shows the combinations of 'multiverse' in "
                                  "'sensitivity', which is missing");
        }
    }
    return status;
}

static size_t kind_number(const char *name)
{
    size_t kind = 0;

    while (strcmp(tq_plot_name(kind), name) != 0) {
        kind++;
    }
    return kind;
}

/* One figure of a model, the number-th of its kind where there are several. */
static tq_status add_figure(run_state *run, const run_entry *entry, const run_model *m,
                            const char *kind, size_t number, tq_error *err)
{
    run_figure *f = &run->figure[run->n_figures++];

    *f = (run_figure){.entry = entry, .model = m, .kind = kind_number(kind)};
    f->name = number > 0 ? tq_arena_format(run->arena, "%s-%s-%zu", entry->of->id, kind, number + 1)
                         : tq_arena_format(run->arena, "%s-%s", entry->of->id, kind);
    return f->name ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A bubble plot is of a regression; the others are of the analysis. */
static tq_status add_kind(run_state *run, const run_entry *entry, const char *kind, tq_error *err)
{
    tq_status status = TQ_OK;
    size_t n = 0;

    if (is_of_pooled(entry, kind)) {
        return TQ_OK;
    }
    if (strcmp(kind, "bubble") != 0) {
        return add_figure(run, entry, entry->model, kind, 0, err);
    }
    for (const run_model *m = entry->model->next; status == TQ_OK && m; m = m->next) {
        if (m->role == TQ_FURTHER_REGRESSION && m->job.analysis) {
            status = add_figure(run, entry, m, kind, n++, err);
        }
    }
    return status;
}

tq_status cli_plan_draw(const run_figure *f, tq_figure_format format, tq_buffer *out, tq_error *err)
{
    const tq_analysis *a = f->model->job.analysis;
    cli_args args = f->model->args;
    tq_figure_options how;
    tq_plot_options opt;
    tq_status status = cli_give(cli_plan_groups, "kind", tq_plot_name(f->kind), &args, err);

    status = status == TQ_OK ? cli_plot_options(&args, a, &opt, err) : status;
    opt.forest.robust = tq_analysis_headline(a).robust; /* as in the tables */
    status = status == TQ_OK ? cli_figure_how(&args, a->provenance.date, &how, err) : status;
    return status == TQ_OK ? tq_plot_write(a, f->kind, &opt, format, &how, out, err) : status;
}

static void draw(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    run_state *run = context;

    (void)thread;
    for (uint64_t i = begin; i < end; i++) {
        run_figure *f = &run->figure[i];
        tq_error err = {.status = TQ_OK};

        if (cli_plan_draw(f, TQ_FIGURE_SVG, &f->svg, &err) != TQ_OK) {
            tq_error_text(&err, f->why_none, sizeof f->why_none);
        }
    }
}

tq_status cli_plan_figures(run_state *run, size_t threads, tq_error *err)
{
    size_t most = 0;
    tq_status status = TQ_OK;

    for (size_t i = 0; i < run->n; i++) {
        for (const run_model *m = run->entry[i].model; m; m = m->next) {
            most += kinds_of(run->entry[i].of);
        }
    }
    run->figure = tq_arena_take(run->arena, most + 1, sizeof *run->figure);
    if (!run->figure) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < run->n; i++) {
        const run_entry *e = &run->entry[i];
        const int is_done = e->model && e->model->job.analysis;

        for (size_t k = 0; status == TQ_OK && is_done && k < kinds_of(e->of); k++) {
            status = add_kind(run, e, kind_at(e->of, k), err);
        }
    }
    return status == TQ_OK && run->n_figures > 0
               ? tq_parallel(tq_threads(threads, run->n_figures), run->n_figures, 1, draw, run,
                             NULL, err)
               : status;
}
