/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq run: an analysis plan. */
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "progress.h"
#include "run_plan.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- the plan ---- */

static tq_status read_plan(run_state *run, tq_error *err)
{
    const tq_yaml_key *options = NULL;

    if (!run->args->data) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "PLAN is missing: a path, or - for standard input; --init DATA writes one");
    }
    if (run->args->extra) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unexpected argument '%.80s'; one plan at a time", run->args->extra);
    }
    const tq_status status = cli_plan_options(run->arena, &options, err);

    return status == TQ_OK ? tq_plan_read(run->args->data, options, &run->plan, err) : status;
}

static const char *id_at(const void *table, size_t i)
{
    const tq_plan *p = table;

    return i < p->n ? p->analysis[i].id : NULL;
}

/* Every --only is an analysis. */
static tq_status check_only(const run_state *run, tq_error *err)
{
    const char *id;

    for (size_t i = 0; (id = cli_value_at(run->args, "only", i)) != NULL; i++) {
        size_t a = 0;

        while (a < run->plan->n && strcmp(run->plan->analysis[a].id, id) != 0) {
            a++;
        }
        if (a == run->plan->n) {
            const char *nearest = tq_nearest_name(id, id_at, run->plan);

            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--only: the plan has no analysis '%.60s'%s%.60s%s", id,
                           nearest ? "; did you mean '" : "", nearest ? nearest : "",
                           nearest ? "'?" : "");
        }
    }
    return TQ_OK;
}

static int is_wanted(const run_state *run, const char *id)
{
    const char *only;

    for (size_t i = 0; (only = cli_value_at(run->args, "only", i)) != NULL; i++) {
        if (strcmp(only, id) == 0) {
            return 1;
        }
    }
    return !cli_value(run->args, "only");
}

/* Every analysis with its data, so that what is wrong is told before anything is fitted. */
static tq_status make_models(run_state *run, tq_error *err)
{
    tq_status status = check_only(run, err);

    run->entry = tq_arena_take(run->arena, run->plan->n, sizeof *run->entry);
    if (!run->entry) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < run->plan->n; i++) {
        if (is_wanted(run, run->plan->analysis[i].id)) {
            status = cli_plan_models(run, &run->plan->analysis[i], &run->entry[run->n++], err);
        }
    }
    return status;
}

/* ---- fitting ---- */

static int is_to_fit(const run_model *m)
{
    return !m->why_none && !m->of_id;
}

static size_t count_models(const run_state *run)
{
    size_t n = 0;

    for (size_t i = 0; i < run->n; i++) {
        for (const run_model *m = run->entry[i].model; m; m = m->next) {
            n += (size_t)is_to_fit(m);
        }
    }
    return n;
}

/* What could be told only by fitting, and is the plan's fault. */
static tq_status refuse_senseless(const run_state *run, tq_error *err)
{
    for (size_t i = 0; i < run->n; i++) {
        for (const run_model *m = run->entry[i].model; m; m = m->next) {
            if (m->job.status == TQ_EINVAL) {
                tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s", m->job.why_none);
                return cli_plan_locate(m->at, TQ_EINVAL, err);
            }
        }
    }
    return TQ_OK;
}

static tq_status fit(run_state *run, size_t threads, tq_error *err)
{
    const size_t n = count_models(run);
    tq_plan_job **jobs = tq_arena_take(run->arena, n + 1, sizeof *jobs);
    cli_progress progress;
    size_t at = 0;

    if (!jobs) {
        return no_memory(err);
    }
    for (size_t i = 0; i < run->n; i++) {
        for (run_model *m = run->entry[i].model; m; m = m->next) {
            if (is_to_fit(m)) {
                jobs[at++] = &m->job;
            }
        }
    }
    const tq_status status = tq_plan_fit(
        jobs, n, threads, cli_progress_begin(&progress, run->args, "models", (double)n), err);

    cli_progress_end(&progress);
    return status == TQ_OK ? refuse_senseless(run, err) : status;
}

/* ---- files ---- */

/* The folder of the outputs: --out-dir, else NAME-report beside the plan NAME.yaml; NULL: single files
   were asked for instead. */
static tq_status out_folder(run_state *run, const char **out, tq_error *err)
{
    const char *plan = run->plan->path, *slash = strrchr(plan, '/');
    const char *point = strrchr(slash ? slash : plan, '.');

    *out = cli_value(run->args, "out-dir");
    if (*out) {
        return **out ? TQ_OK : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--out-dir: no name");
    }
    if (!cli_plan_has_folder(run->args)) {
        return TQ_OK;
    }
    if (strcmp(run->args->data, "-") == 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a plan on standard input needs --out-dir DIR");
    }
    *out = tq_arena_format(run->arena, "%.*s-report",
                           (int)(point ? (size_t)(point - plan) : strlen(plan)), plan);
    return *out ? TQ_OK : no_memory(err);
}

static tq_status stage_view(tq_plan_view *view, const tq_dossier *d, const tq_view_options *opt,
                            const char *path, cli_output *out, tq_error *err)
{
    tq_buffer bytes = {0};
    tq_status status = path ? view(d, opt, &bytes, err) : no_memory(err);

    status = status == TQ_OK ? cli_stage(out, path, &bytes, err) : status;
    tq_buffer_free(&bytes);
    return status;
}

/* --figures: the formats of the folder's figures, "svg" without. */
static tq_status read_formats(const run_state *run, unsigned char wanted[TQ_FIGURE_COUNT],
                              tq_error *err)
{
    const char *text = cli_value(run->args, "figures");
    char name[16];

    for (const char *at = text ? text : "svg"; at;) {
        const size_t n = strcspn(at, ",");
        tq_figure_format format = TQ_FIGURE_SVG;

        tq_copy_text(name, n < sizeof name ? n + 1 : sizeof name, at);
        while (format < TQ_FIGURE_COUNT && strcmp(tq_figure_format_name(format), name) != 0) {
            format++;
        }
        if (format == TQ_FIGURE_COUNT && strcmp(name, "none") != 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--figures: '%s' is none of svg, pdf, png, none", name);
        }
        if (format < TQ_FIGURE_COUNT) {
            wanted[format] = 1;
        }
        at = at[n] ? at + n + 1 : NULL;
    }
    return TQ_OK;
}

static tq_status stage_figure(run_state *run, const run_figure *f, const char *folder,
                              tq_figure_format format, cli_output *out, tq_error *err)
{
    const char *path =
        tq_arena_format(run->arena, "%s/%s.%s", folder, f->name, tq_figure_format_name(format));
    tq_buffer bytes = {0};
    tq_status status = path ? TQ_OK : no_memory(err);

    if (status == TQ_OK && format == TQ_FIGURE_SVG) {
        return cli_stage(out, path, &f->svg, err);
    }
    status = status == TQ_OK ? cli_plan_draw(f, format, &bytes, err) : status;
    status = status == TQ_OK ? cli_stage(out, path, &bytes, err) : status;
    tq_buffer_free(&bytes);
    return status;
}

static tq_status stage_figures(run_state *run, const char *folder, cli_output *out, tq_error *err)
{
    unsigned char wanted[TQ_FIGURE_COUNT] = {0};
    const char *figures = tq_arena_format(run->arena, "%s/figures", folder);
    tq_status status = figures ? read_formats(run, wanted, err) : no_memory(err);

    status = status == TQ_OK ? cli_make_folder(out, figures, err) : status;
    for (tq_figure_format format = 0; format < TQ_FIGURE_COUNT; format++) {
        for (size_t i = 0; status == TQ_OK && wanted[format] && i < run->n_figures; i++) {
            if (!run->figure[i].why_none[0]) {
                status = stage_figure(run, &run->figure[i], figures, format, out, err);
            }
        }
    }
    return status;
}

/* The views of a format. */
static tq_plan_view *view_of(cli_format format)
{
    return format == CLI_JSON   ? tq_plan_json
           : format < CLI_VIEWS ? tq_plan_text
                                : tq_dossier_report;
}

static tq_status write_workbook(const void *user, const char *path, tq_error *err)
{
    return tq_dossier_workbook_write(user, path, err);
}

static tq_status stage_workbook(const tq_dossier *d, const char *path, cli_output *out,
                                tq_error *err)
{
    return path ? cli_stage_workbook(out, path, write_workbook, d, err) : no_memory(err);
}

/* Everything, in a folder. */
static tq_status stage_folder(run_state *run, const tq_dossier *d, const char *folder,
                              cli_output *out, tq_error *err)
{
    static const struct {
        const char *name;
        cli_format format;
    } files[] = {{"report.html", CLI_HTML},
                 {"report.txt", CLI_TEXT},
                 {"report.json", CLI_JSON},
                 {"report.md", CLI_MD},
                 {"report.tex", CLI_LATEX}};
    tq_status status = cli_make_folder(out, folder, err);

    for (size_t i = 0; status == TQ_OK && i < sizeof files / sizeof *files; i++) {
        tq_view_options opt = tq_view_defaults();

        opt.markup = cli_markup_of(files[i].format);
        status = stage_view(view_of(files[i].format), d, &opt,
                            tq_arena_format(run->arena, "%s/%s", folder, files[i].name), out, err);
    }
    status =
        status == TQ_OK
            ? stage_workbook(d, tq_arena_format(run->arena, "%s/report.xlsx", folder), out, err)
            : status;
    return status == TQ_OK ? stage_figures(run, folder, out, err) : status;
}

/* The main output, to -o or as *text. */
static tq_status main_output(run_state *run, const tq_dossier *d, cli_output *out, tq_buffer *text,
                             tq_error *err)
{
    const char *path = cli_value(run->args, "output");
    cli_format format = CLI_TEXT;
    tq_view_options opt;
    tq_status status = cli_main_format(run->args, &format, err);

    if (status == TQ_OK && format == CLI_FORMAT_COUNT && cli_has_extension(path, "xlsx")) {
        return stage_workbook(d, path, out, err);
    }
    if (status == TQ_OK && (format == CLI_FORMAT_COUNT || format == CLI_CSV)) {
        return path ? cli_unknown_extension(path, ".txt .md .tex .html .json .xlsx", err)
                    : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                              "--format csv: a plan has no one table; take json");
    }
    status = status == TQ_OK ? cli_view_options(run->args, &opt, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_plan_view *view = view_of(format);

    opt.markup = cli_markup_of(format);
    if (path) {
        return stage_view(view, d, &opt, path, out, err);
    }
    return cli_value(run->args, "quiet") ? TQ_OK : view(d, &opt, text, err);
}

/* What could not be drawn, and where everything stands: for readers of the text. */
static void tell_files(const run_state *run, const char *folder, tq_buffer *text)
{
    cli_format format = CLI_TEXT;

    if (cli_main_format(run->args, &format, NULL) != TQ_OK || format != CLI_TEXT ||
        cli_value(run->args, "output") || cli_value(run->args, "quiet")) {
        return;
    }
    for (size_t i = 0, any = 0; i < run->n_figures; i++) {
        if (run->figure[i].why_none[0]) {
            tq_buffer_text(text, any++ ? "" : "\nFigures that could not be drawn\n");
            tq_buffer_format(text, "  %s: %s\n", run->figure[i].name, run->figure[i].why_none);
        }
    }
    if (folder) {
        tq_buffer_format(text, "\nThe report stands in %s\n", folder);
    }
}

/* No output is a sheet of the plan. */
static tq_status check_sheets(const run_state *run, tq_error *err)
{
    tq_status status = TQ_OK;

    for (const run_sheet *s = run->sheets; status == TQ_OK && s; s = s->next) {
        cli_args args = *run->args;

        args.data = args.place[0] = tq_table_source(s->in.table);
        status = cli_check_paths(&args, err);
    }
    return status;
}

static tq_status deliver(run_state *run, const tq_dossier *d, cli_output *out, tq_error *err)
{
    tq_view_options plain = tq_view_defaults();
    const char *folder = NULL, *json = cli_value(run->args, "json");
    const char *html = cli_value(run->args, "html"), *xlsx = cli_value(run->args, "xlsx");
    tq_buffer text = {0};
    tq_status status = out_folder(run, &folder, err);

    status = status == TQ_OK ? main_output(run, d, out, &text, err) : status;
    if (status == TQ_OK && json) {
        status = stage_view(tq_plan_json, d, &plain, json, out, err);
    }
    if (status == TQ_OK && html) {
        plain.markup = TQ_MARKUP_HTML;
        status = stage_view(tq_dossier_report, d, &plain, html, out, err);
    }
    status = status == TQ_OK && xlsx ? stage_workbook(d, xlsx, out, err) : status;
    if (status == TQ_OK && folder) {
        status = stage_folder(run, d, folder, out, err);
    }
    if (status == TQ_OK) {
        tell_files(run, folder, &text);
        status = tq_buffer_status(&text, err);
    }
    status = status == TQ_OK ? cli_commit(out, &text, err) : status;
    tq_buffer_free(&text);
    return status;
}

/* ---- a plan to start from ---- */

/* DATA as a plan names it: from the folder of the plan, which -o tells; NULL: memory is short. */
static const char *data_from_plan(const cli_args *args, const char *data, tq_arena *arena)
{
    const char *plan = cli_value(args, "output"), *slash = plan ? strrchr(plan, '/') : NULL;
    const size_t n = slash ? (size_t)(slash - plan) + 1 : 0;

    if (n == 0 || data[0] == '@' || data[0] == '/' || strcmp(data, "-") == 0) {
        return data;
    }
    if (strncmp(plan, data, n) == 0) {
        return data + n;
    }
    char *whole = realpath(data, NULL);
    const char *copy = whole ? tq_arena_text(arena, whole) : data;

    free(whole);
    return copy;
}

static tq_status write_for(const tq_table *table, const char *data, tq_buffer *text, tq_error *err)
{
    return data ? tq_plan_start(table, data, text, err) : no_memory(err);
}

static tq_status write_start(const cli_args *args, tq_error *err)
{
    const char *data = cli_value(args, "init");
    cli_args sheet = {.data = data, .n_places = 1, .place = {data}};
    cli_input in = {0};
    tq_buffer text = {0};
    tq_status status =
        args->data
            ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                      "--init writes a plan and reads none; leave '%.80s' out, or name it by -o",
                      args->data)
            : cli_read_table(&sheet, &in, err);

    status = status == TQ_OK ? write_for(in.table, data_from_plan(args, data, in.arena), &text, err)
                             : status;
    status = status == TQ_OK ? cli_deliver(args, &text, NULL, err) : status;
    tq_buffer_free(&text);
    cli_input_free(&in);
    return status;
}

/* ---- the command ---- */

static tq_status tell_check(const run_state *run, tq_error *err)
{
    size_t empty = 0, models = 0;
    tq_buffer text = {0};

    for (size_t i = 0; i < run->n; i++) {
        empty += run->entry[i].model->why_none != NULL;
        for (const run_model *m = run->entry[i].model; m; m = m->next) {
            models += !m->of_id;
        }
    }
    tq_buffer_format(&text, "%s: %zu analys%s, %zu model%s, nothing wrong\n", run->plan->path,
                     run->n, run->n == 1 ? "is" : "es", models, models == 1 ? "" : "s");
    for (size_t i = 0; i < run->n; i++) {
        if (run->entry[i].model->why_none) {
            tq_buffer_text(&text, empty ? "\nWithout studies\n" : "");
            tq_buffer_format(&text, "  %s: %s\n", run->entry[i].of->id,
                             run->entry[i].model->why_none);
            empty = 0;
        }
    }
    const tq_status status = cli_deliver(run->args, &text, NULL, err);

    tq_buffer_free(&text);
    return status;
}

static tq_status carry_out(run_state *run, tq_error *err)
{
    long threads = 0;
    tq_dossier d;
    cli_output *out = NULL;
    tq_status status = cli_integer(run->args, "threads", 1, 4096, &threads, err);

    status = status == TQ_OK ? read_formats(run, (unsigned char[TQ_FIGURE_COUNT]){0}, err) : status;
    status = status == TQ_OK ? read_plan(run, err) : status;
    status = status == TQ_OK ? make_models(run, err) : status;
    status = status == TQ_OK ? check_sheets(run, err) : status;
    if (status != TQ_OK || cli_value(run->args, "check")) {
        return status == TQ_OK ? tell_check(run, err) : status;
    }
    status = fit(run, (size_t)threads, err);
    status = status == TQ_OK ? cli_plan_figures(run, (size_t)threads, err) : status;
    status = status == TQ_OK ? cli_plan_dossier(run, &d, err) : status;
    if (status == TQ_OK) {
        out = cli_output_new();
        status = out ? deliver(run, &d, out, err) : no_memory(err);
    }
    cli_output_free(out);
    return status;
}

static void free_state(run_state *run)
{
    for (size_t i = 0; i < run->n_figures; i++) {
        tq_buffer_free(&run->figure[i].svg);
    }
    for (size_t i = 0; i < run->n; i++) {
        cli_plan_free_models(&run->entry[i]);
    }
    for (run_sheet *s = run->sheets; s; s = s->next) {
        cli_input_free(&s->in);
    }
    tq_plan_free(run->plan);
    tq_arena_free(run->arena);
}

static tq_status run_command(const cli_args *args, const char *command_line, tq_error *err)
{
    run_state run = {.args = args};

    if (cli_value(args, "init")) {
        return write_start(args, err);
    }
    run.arena = tq_arena_new();
    const tq_status status = run.arena ? carry_out(&run, err) : no_memory(err);

    (void)command_line; /* reports have that of the folder of the plan */
    free_state(&run);
    return status;
}

static const cli_option plan_options[] = {
    {"check", NULL, CLI_FLAG, "tell what is wrong with the plan and its data; fit nothing", 0},
    {"init", "DATA", CLI_ONCE, "write a commented plan for a sheet to standard output or -o FILE",
     0},
    {"only", "ID", CLI_REPEATED, "this analysis alone; repeatable", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_plan_file_options[] = {
    {"out-dir", "DIR", CLI_ONCE, "folder for report and figures (default: PLAN-report beside it)",
     1},
    {"figures", "LIST", CLI_ONCE, "formats of its figures: svg (default), pdf, png; or none", 1},
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, md, latex or html", 0},
    {"output", "FILE", CLI_ONCE, "that to a file, its format by the extension (also -o)", 1},
    {"html", "FILE", CLI_ONCE, "the report as one page, figures in it", 1},
    {"json", "FILE", CLI_ONCE, "JSON of all analyses", 1},
    {"xlsx", "FILE", CLI_ONCE, "Excel workbook of all analyses", 1},
    {"digits", "N", CLI_ONCE, "decimals of coefficients in texts, 0 to 15 (default 4)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"plan", plan_options},
    {"output; single files in place of a folder: -o, --html, --json, --xlsx",
     cli_plan_file_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_run = {
    "run",
    "PLAN.yaml [options]",
    "carry out an analysis plan: many outcomes, time points, subgroups, one report",
    "  tausq run --init trials.csv -o plan.yaml\n"
    "  tausq run plan.yaml --check\n"
    "  tausq run plan.yaml --out-dir report",
    groups,
    run_command,
};
