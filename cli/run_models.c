/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an analysis of a plan to models: its sheet, its rows, its options, what is looked at besides. */
#include <stdlib.h>
#include <string.h>

#include "run_plan.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- sheets ---- */

/* Unless it is absolute, @name or standard input. */
const char *cli_plan_path(const run_state *run, const char *data)
{
    const char *slash = strrchr(run->plan->path, '/');

    return data[0] == '/' || data[0] == '@' || strcmp(data, "-") == 0 || !slash
               ? data
               : tq_arena_format(run->arena, "%.*s/%s", (int)(slash - run->plan->path),
                                 run->plan->path, data);
}

/* Path and the options that say how it is read. */
static const char *sheet_key(const run_state *run, const cli_args *args)
{
    static const char *const options[] = {"sheet", "header", "decimal", "separator"};
    const char *key = args->data;

    for (size_t i = 0; key && i < sizeof options / sizeof *options; i++) {
        const char *value = cli_value(args, options[i]);

        key = tq_arena_format(run->arena, "%s\n%s", key, value ? value : "");
    }
    return key;
}

static tq_status read_sheet(run_state *run, const tq_plan_analysis *of, const cli_args *args,
                            run_sheet **out, tq_error *err)
{
    const char *key = sheet_key(run, args);
    run_sheet *sheet = run->sheets;

    while (key && sheet && strcmp(sheet->key, key) != 0) {
        sheet = sheet->next;
    }
    if (sheet) {
        *out = sheet;
        return TQ_OK;
    }
    sheet = tq_arena_take(run->arena, 1, sizeof *sheet);
    if (!sheet || !key) {
        return no_memory(err);
    }
    sheet->key = key;
    sheet->next = run->sheets;
    run->sheets = sheet;
    *out = sheet;
    const tq_status status = cli_read_table(args, &sheet->in, err);

    if (status == TQ_EREAD && err->line == 0) { /* no such file */
        return tq_yaml_fail(of->data_at, err, status, "data '%.80s': %.120s", of->data,
                            err->message);
    }
    return status != TQ_OK && err->line == 0
               ? tq_yaml_fail(of->data_at, err, status, "%s", err->message)
               : status;
}

/* ---- options ---- */

/* The options of an analysis, but for its subset and subgroups. */
static tq_status base_args(run_state *run, const tq_plan_analysis *of, cli_args *args,
                           tq_error *err)
{
    const char *date = cli_value(run->args, "date");
    tq_status status = TQ_OK;

    *args = (cli_args){.data = cli_plan_path(run, of->data), .n_places = 1};
    args->place[0] = args->data;
    if (!args->data) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < of->n_options; i++) {
        const char *name = of->option[i].name;

        if (i == 0 || strcmp(name, of->option[i - 1].name) != 0) { /* not a further one of a list */
            status = cli_plan_give_value(cli_plan_groups, name, tq_yaml_member(of->at, name),
                                         run->arena, args, err);
        }
    }
    status = status == TQ_OK ? cli_plan_give("title", of->title, args, err) : status;
    status = status == TQ_OK ? cli_plan_give("threads", "1", args, err) : status;
    status = status == TQ_OK && date ? cli_plan_give("date", date, args, err) : status;
    return status;
}

/* ---- models ---- */

/* The options of a model and its data, with the command that repeats it. */
static tq_status read_model(run_state *run, run_model *m, const char *data,
                            const cli_command *command, tq_error *err)
{
    cli_args as_written = m->args; /* paths from the folder of the plan: the same from anywhere */
    tq_buffer line = {0};

    as_written.place[0] = data;
    cli_record(command->name, &as_written, &line);
    tq_status status = tq_buffer_status(&line, err);
    const char *text = status == TQ_OK ? tq_arena_text(run->arena, line.data) : NULL;

    tq_buffer_free(&line);
    if (status == TQ_OK && !text) {
        return no_memory(err);
    }
    status = status == TQ_OK ? cli_apply_compat(command, &m->args, err) : status;
    status = status == TQ_OK ? cli_plan_resolve(run, &m->args, err) : status;
    status = status == TQ_OK ? cli_plan_ask_dependence(m, command, err) : status;
    status = status == TQ_OK
                 ? cli_read_spec(&m->args, command->name, text, &m->in, &m->job.spec, err)
                 : status;
    status = status == TQ_OK ? cli_plan_take_dependence(m, command, err) : status;
    m->job.data = m->in.dataset;
    m->job.spec.provenance.source = data;
    return status;
}

/* Why the data make no model; what a plan got wrong stays an error. */
static tq_status without_data(run_state *run, run_model *m, tq_status status, tq_error *err)
{
    char text[sizeof(tq_error)];

    if (status == TQ_OK && m->in.dataset->k == 0) {
        const tq_excluded *x = m->in.dataset->excluded;

        m->why_none = tq_arena_format(
            run->arena, "k = 0: none of %zu row%s can be used; the first, '%s': %s",
            m->in.dataset->rows, m->in.dataset->rows == 1 ? "" : "s", x->study, x->reason);
        return m->why_none ? TQ_OK : no_memory(err);
    }
    if (status == TQ_EDATA && strncmp(err->message, "no row of ", 10) == 0) {
        m->why_none = "k = 0: no row is left";
        return TQ_OK;
    }
    if (status == TQ_EDATA && err->line == 0) {
        err->file[0] = '\0';
        tq_error_text(err, text, sizeof text);
        m->why_none = tq_arena_text(run->arena, text);
        return m->why_none ? TQ_OK : no_memory(err);
    }
    return status;
}

static run_model *new_model(run_entry *entry, const run_sheet *sheet, const cli_args *args)
{
    run_model *m = calloc(1, sizeof *m);

    if (!m) {
        return NULL;
    }
    *entry->end = m;
    entry->end = &m->next;
    m->args = *args;
    m->at = entry->of->at;
    m->in.arena = tq_arena_new();
    m->in.table = sheet->in.table;
    m->in.notice = sheet->in.notice;
    return m->in.arena ? m : NULL;
}

tq_status cli_plan_add_model(run_state *run, run_entry *entry, const cli_args *args,
                             const cli_command *command, tq_further_role role, const char *label,
                             run_model **out, tq_error *err)
{
    run_sheet *sheet = NULL;
    tq_status status = read_sheet(run, entry->of, args, &sheet, err);
    run_model *m = status == TQ_OK ? new_model(entry, sheet, args) : NULL;

    if (!m) {
        return status == TQ_OK ? no_memory(err) : status;
    }
    command = command ? command : cli_plan_command(args);
    cli_plan_drop(command, &m->args);
    m->role = role;
    m->label = label;
    *out = m;
    return without_data(run, m, read_model(run, m, entry->of->data, command, err), err);
}

void cli_plan_free_models(run_entry *entry)
{
    for (run_model *m = entry->model, *next; m; m = next) {
        next = m->next;
        tq_plan_job_clear(&m->job);
        cli_multiverse_free(m->multiverse);
        cli_multilevel_free(&m->multilevel);
        tq_dataset_free(m->in.dataset);
        tq_arena_free(m->in.arena);
        free(m);
    }
    entry->model = NULL;
}

/* ---- the analysis ---- */

/* How many rows the subset has; its errors are those of the plan. */
static tq_status count_rows(run_state *run, const tq_plan_analysis *of, const tq_table *table,
                            size_t *n, tq_error *err)
{
    const size_t rows = tq_table_rows(table);
    unsigned char *keep = tq_arena_take(run->arena, rows, 1);
    tq_status status = keep ? TQ_OK : no_memory(err);

    *n = rows;
    if (status != TQ_OK || !of->subset) {
        return status;
    }
    status = tq_subset_select(table, of->subset, keep, err);
    if (status != TQ_OK && err->line == 0) {
        status = cli_plan_locate(of->subset_at, status, err);
    }
    *n = 0;
    for (size_t i = 0; status == TQ_OK && i < rows; i++) {
        *n += keep[i];
    }
    return status;
}

/* An MCID is of the effects' natural scale: where these are ratios, 1 is no difference at all. */
static tq_status check_mcid(const run_entry *entry, tq_error *err)
{
    const tq_dataset *data = entry->model->in.dataset;

    return data && entry->of->mcid == 1.0 &&
                   tq_is_ratio(data->measure, entry->model->job.spec.transform)
               ? tq_yaml_fail(
                     tq_yaml_member(entry->of->at, "mcid"), err, TQ_EINVAL,
                     "'mcid' of a ratio must not be 1; a ratio that matters is 0.8 or 1.25, say")
               : TQ_OK;
}

static tq_status require(const run_entry *entry, tq_error *err)
{
    const run_model *m = entry->model;

    return entry->of->require && m->why_none
               ? tq_yaml_fail(entry->of->subset_at ? entry->of->subset_at : entry->of->at, err,
                              TQ_EDATA, "'%.60s' is required, but has no result: %.150s",
                              entry->of->id, m->why_none)
               : TQ_OK;
}

/* An analysis whose subset is empty has no data to read. */
static tq_status empty_model(run_state *run, run_entry *entry, const run_sheet *sheet,
                             const cli_args *args, tq_error *err)
{
    run_model *m = new_model(entry, sheet, args);

    if (m) {
        m->why_none = tq_arena_format(run->arena, "k = 0: no row of %zu fulfils %s",
                                      tq_table_rows(sheet->in.table), entry->of->subset);
    }
    return m && m->why_none ? require(entry, err) : no_memory(err);
}

/* Subgroups of the defaults go where the model has none. */
static tq_status give_subgroups(const tq_plan_analysis *of, cli_args *args, tq_error *err)
{
    const tq_plan_list *list = &of->subgroups;
    const int possible = cli_find_option(cli_plan_command(args)->groups, "subgroup") != NULL &&
                         !cli_value(args, "mods");
    tq_status status = TQ_OK;

    if (!possible && list->n > 0 && tq_plan_owns(of, "subgroups")) {
        return tq_yaml_fail(
            tq_yaml_key_node(of->at, "subgroups"), err, TQ_EINVAL,
            "'subgroups' are of pooled models without 'mods', and this one has '%s'",
            cli_value(args, "mods") ? "mods" : "random");
    }
    for (size_t i = 0; status == TQ_OK && possible && i < list->n; i++) {
        status = list->item[i].value->kind == TQ_YAML_SCALAR
                     ? cli_give_also(cli_plan_groups, "subgroup", list->item[i].name, args, err)
                     : tq_yaml_fail(list->item[i].at, err, TQ_EINVAL,
                                    "'subgroups' must be names of columns");
    }
    return status;
}

static tq_status main_model(run_state *run, run_entry *entry, const cli_args *base, tq_error *err)
{
    cli_args args = *base;
    run_model *m = NULL;
    tq_status status = give_subgroups(entry->of, &args, err);

    status = status == TQ_OK ? cli_plan_add_model(run, entry, &args, NULL, TQ_FURTHER_SENSITIVITY,
                                                  NULL, &m, err)
                             : status;
    status = status == TQ_OK ? check_mcid(entry, err) : status;
    return status == TQ_OK ? require(entry, err) : status;
}

tq_status cli_plan_models(run_state *run, const tq_plan_analysis *of, run_entry *entry,
                          tq_error *err)
{
    run_sheet *sheet = NULL;
    cli_args base;
    tq_yaml_node own;
    size_t rows = 0;

    *entry = (run_entry){.of = of};
    entry->end = &entry->model;
    tq_status status = base_args(run, of, &base, err);

    status = status == TQ_OK ? read_sheet(run, of, &base, &sheet, err) : status;
    status = status == TQ_OK ? count_rows(run, of, sheet->in.table, &rows, err) : status;
    if (status == TQ_OK && of->subset) {
        status = cli_plan_give("subset", of->subset, &base, err);
    }
    entry->raw = base;
    status = status == TQ_OK ? cli_plan_suit(tq_plan_own(of, &own), &base, err) : status;
    if (status == TQ_OK && rows == 0 && of->subset) {
        status = empty_model(run, entry, sheet, &base, err);
        return status == TQ_OK ? cli_plan_beside(run, entry, err) : status;
    }
    status = status == TQ_OK ? main_model(run, entry, &base, err) : status;
    if (status == TQ_OK) {
        status = cli_plan_further(run, entry, &base, err);
    }
    return cli_plan_locate(of->at, status, err);
}
