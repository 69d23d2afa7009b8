/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results of a plan as one struct, for the views on all of them. */
#include <math.h>
#include <string.h>

#include "run_plan.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_further_role role_of(const tq_plan_gap *gap)
{
    return strcmp(gap->part, "Tests of small-study effects") == 0 ||
                   strcmp(gap->part, "Fail-safe N") == 0
               ? TQ_FURTHER_BIAS
               : TQ_FURTHER_SENSITIVITY;
}

static const char *why_none(const run_model *m)
{
    return m->why_none ? m->why_none : m->job.analysis ? NULL : m->job.why_none;
}

/* A model's result, or that of the analysis which it stands for. */
static tq_further further_of(const run_state *run, const run_model *m)
{
    size_t i = 0;

    while (m->of_id && i < run->n && strcmp(run->entry[i].of->id, m->of_id) != 0) {
        i++;
    }
    const run_model *from = !m->of_id ? m : i < run->n ? run->entry[i].model : NULL;

    return (tq_further){.role = m->role,
                        .label = m->label,
                        .analysis = from ? from->job.analysis : NULL,
                        .why_none = from ? why_none(from) : "not carried out, by --only",
                        .entry = m->of_id};
}

static tq_status add_further(run_state *run, const run_entry *from, tq_dossier_entry *to,
                             tq_error *err)
{
    const run_model *own = from->model;
    size_t n = own->job.n_gaps;

    for (const run_model *m = own->next; m; m = m->next) {
        n++;
    }
    tq_further *further = tq_arena_take(run->arena, n, sizeof *further);

    if (!further) {
        return no_memory(err);
    }
    for (size_t i = 0; i < own->job.n_gaps; i++) {
        further[to->n_further++] = (tq_further){.role = role_of(&own->job.gap[i]),
                                                .label = own->job.gap[i].part,
                                                .why_none = own->job.gap[i].why};
    }
    for (const run_model *m = own->next; m; m = m->next) {
        further[to->n_further++] = further_of(run, m);
    }
    to->further = further;
    return TQ_OK;
}

int cli_plan_has_folder(const cli_args *args)
{
    static const char *const single[] = {"json", "html", "xlsx", "output"};

    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        if (cli_value(args, single[i]) && !cli_value(args, "out-dir")) {
            return 0;
        }
    }
    return 1;
}

/* Whether SVG stands in files beside the report, which then names them. */
static int has_files(const run_state *run)
{
    const char *formats = cli_value(run->args, "figures");

    return cli_plan_has_folder(run->args) && (!formats || strstr(formats, "svg"));
}

static tq_status add_figures(run_state *run, const run_entry *from, tq_dossier_entry *to,
                             tq_error *err)
{
    tq_dossier_figure *figure = tq_arena_take(run->arena, run->n_figures, sizeof *figure);

    if (!figure) {
        return no_memory(err);
    }
    for (size_t i = 0; i < run->n_figures; i++) {
        const run_figure *f = &run->figure[i];

        if (f->entry == from && !f->why_none[0]) {
            tq_dossier_figure *one = &figure[to->n_figures++];

            *one = (tq_dossier_figure){.svg = f->svg.data, .kind = tq_plot_name(f->kind)};
            if (has_files(run) &&
                !(one->file = tq_arena_format(run->arena, "figures/%s.svg", f->name))) {
                return no_memory(err);
            }
        }
    }
    to->figure = figure;
    return TQ_OK;
}

/* Studies that have data, although no analysis came of them; effects of a multilevel model may be of the same people. */
static void count_studies(const run_model *m, tq_dossier_entry *to)
{
    const tq_dataset *data = m->in.dataset;

    to->k = data->k;
    to->participants = cli_plan_is_multilevel(m) ? (double)NAN : 0.0;
    for (size_t i = 0; i < data->k; i++) {
        to->participants += data->effect[data->used[i]].ni;
    }
}

static tq_status add_entry(run_state *run, const run_entry *from, tq_dossier_entry *to,
                           tq_error *err)
{
    const tq_plan_analysis *of = from->of;
    const run_model *m = from->model;

    *to = (tq_dossier_entry){.id = of->id,
                             .title = of->title,
                             .section = of->section,
                             .note = of->note,
                             .subset = of->subset,
                             .analysis = m->job.analysis,
                             .why_none = why_none(m),
                             .better = of->better,
                             .mcid = of->mcid,
                             .unit = of->unit};
    if (m->in.dataset && !to->analysis) {
        to->excluded = m->in.dataset->excluded;
        to->n_excluded = m->in.dataset->rows - m->in.dataset->k;
        count_studies(m, to);
    }
    const tq_status status = add_further(run, from, to, err);

    return status == TQ_OK ? add_figures(run, from, to, err) : status;
}

/* Name and command of the plan without its folder: reports are the same wherever it is run from. */
static tq_status name_plan(run_state *run, tq_dossier *out, tq_error *err)
{
    const char *slash = strrchr(run->plan->path, '/');
    cli_args args = *run->args;
    tq_buffer line = {0};

    out->plan = slash ? slash + 1 : run->plan->path;
    args.place[0] = out->plan;
    cli_record(cmd_run.name, &args, &line);
    tq_status status = tq_buffer_status(&line, err);

    out->command_line = status == TQ_OK ? tq_arena_text(run->arena, line.data) : NULL;
    tq_buffer_free(&line);
    return status == TQ_OK && !out->command_line ? no_memory(err) : status;
}

tq_status cli_plan_dossier(run_state *run, tq_dossier *out, tq_error *err)
{
    const tq_plan *p = run->plan;
    tq_dossier_entry *entry = tq_arena_take(run->arena, run->n, sizeof *entry);
    tq_status status = entry ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < run->n; i++) {
        status = add_entry(run, &run->entry[i], &entry[i], err);
    }
    *out = (tq_dossier){.title = p->title,
                        .author = p->author,
                        .n_authors = p->n_authors,
                        .registration = p->registration,
                        .notice = p->notice,
                        .plan_sha256 = tq_yaml_sha256(p->doc),
                        .plan_version = p->version,
                        .population = p->population,
                        .setting = p->setting,
                        .intervention = p->intervention,
                        .comparison = p->comparison,
                        .entry = entry,
                        .n = run->n};
    status = status == TQ_OK ? name_plan(run, out, err) : status;
    status = status == TQ_OK ? cli_date(run->args, run->arena, &out->date, err) : status;
    return status == TQ_OK ? tq_dossier_check(out, err) : status;
}
