/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `tausq simulate` writes: text, tables, figures, workbooks. */
#include "simulate_command.h"

static tq_simulation_view *const views[CLI_VIEWS] = {[CLI_TEXT] = tq_simulation_text,
                                                     [CLI_JSON] = tq_simulation_json,
                                                     [CLI_CSV] = tq_simulation_csv};

/* clang-format off */
const cli_option simulate_output_options[] = {
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html", 0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {"xlsx", "FILE", CLI_ONCE, "Excel workbook with native charts", 1},
    {"plot", "FILE", CLI_ONCE, "figure (.svg .pdf .png): performance over the scenarios", 1},
    {"digits", "N", CLI_ONCE, "decimals in texts, 0 to 15 (default 4)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option simulate_figure_options[] = {
    {"kind", "NAME", CLI_ONCE, "panels (a column for each combination of settings, up to 6), nested (nested loop plot), auto (default)", 0},
    {"show", "LIST", CLI_ONCE, "quantities, names as in the CSV (default bias,coverage,rejected)", 0},
    {"x", "NAME", CLI_ONCE, "panels: the setting along the axis (default: the first that varies, k before all)", 0},
    {"title", "TEXT", CLI_ONCE, "title of figure and workbook", 0},
    {"theme", "NAME", CLI_ONCE, "colours of figures, one of the list below", 0},
    {"width", "MM", CLI_ONCE, "width of the figure in mm, 50 to 1000 (default: as its panels ask for)", 0},
    {"font", "NAME", CLI_ONCE, "typeface (default: Liberation Sans, Arial, Helvetica)", 0},
    {"dpi", "N", CLI_ONCE, "resolution of PNG figures (default 300)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

/* ---- what is asked ---- */

static const char *kind_at(size_t i)
{
    return tq_sim_plot_name((tq_sim_plot_kind)i);
}

static const char *quantity_at(size_t i)
{
    return tq_sim_quantity_name((tq_sim_quantity)i);
}

static tq_status take_quantity(void *user, const char *part, tq_error *err)
{
    simulate_output *out = user;
    size_t i;
    const tq_status status = cli_choose("show", part, quantity_at, &i, err);

    for (size_t j = 0; status == TQ_OK && j < out->plot.n; j++) {
        if (out->quantity[j] == (tq_sim_quantity)i) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--show: %s is named twice", part);
        }
    }
    if (status == TQ_OK) {
        out->quantity[out->plot.n++] = (tq_sim_quantity)i;
    }
    return status;
}

static tq_status read_figure(const cli_args *args, simulate_output *out, tq_error *err)
{
    static const char *const only[] = {"kind", "show", "x", "theme", "width", "font", "dpi"};
    const char *show = cli_value(args, "show"), *plot = cli_value(args, "plot");
    tq_figure_options how;
    size_t kind = TQ_SIM_PLOT_AUTO;
    tq_status status = TQ_OK;

    if (plot && tq_figure_format_find(plot) == TQ_FIGURE_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--plot: the extension of '%.120s' is none of .svg .pdf .png", plot);
    }
    for (size_t i = 0;
         status == TQ_OK && !plot && !out->figure[0] && i < sizeof only / sizeof *only; i++) {
        status = cli_refuse(args, only[i], "it is for the figure (--plot FILE)", err);
    }
    status = status == TQ_OK ? cli_choice(args, "kind", kind_at, &kind, err) : status;
    status = status == TQ_OK && show ? simulate_each_part("show", show, take_quantity, out, err)
                                     : status;
    status = status == TQ_OK ? cli_figure_how(args, NULL, &how, err) : status;
    out->figure[1] = plot;
    out->plot.kind = (tq_sim_plot_kind)kind;
    out->plot.quantity = show ? out->quantity : NULL;
    out->plot.along = cli_value(args, "x");
    return status;
}

tq_status simulate_read_output(const cli_args *args, simulate_output *out, tq_error *err)
{
    const char *path = cli_value(args, "output");
    tq_status status = cli_main_format(args, &out->format, err);

    if (status == TQ_OK && out->format == CLI_FORMAT_COUNT) {
        out->format = CLI_TEXT;
        if (cli_has_extension(path, "xlsx")) {
            out->book[0] = path;
        } else if (tq_figure_format_find(path) != TQ_FIGURE_COUNT) {
            out->figure[0] = path;
        } else {
            return cli_unknown_extension(
                path, ".txt .md .tex .html .json .csv .xlsx .svg .pdf .png", err);
        }
    }
    out->book[1] = cli_value(args, "xlsx");
    return status == TQ_OK ? read_figure(args, out, err) : status;
}

tq_status simulate_check_figure(const simulate_output *o, const tq_simulation *s, tq_error *err)
{
    return o->figure[0] || o->figure[1] ? tq_sim_plot_check(s, &o->plot, err) : TQ_OK;
}

/* ---- files ---- */

static tq_status stage_figures(const cli_args *args, const simulate_output *o,
                               const tq_simulation *s, cli_output *out, tq_error *err)
{
    tq_figure_options how;
    tq_panels *panels = NULL;
    tq_status status = cli_figure_how(args, s->provenance.date, &how, err);

    status = status == TQ_OK ? tq_sim_plot(s, &o->plot, &panels, err) : status;
    for (size_t i = 0; status == TQ_OK && i < 2; i++) {
        tq_buffer bytes = {0};

        if (o->figure[i]) {
            status =
                tq_panels_write(panels, tq_figure_format_find(o->figure[i]), &how, &bytes, err);
            status = status == TQ_OK ? cli_stage(out, o->figure[i], &bytes, err) : status;
        }
        tq_buffer_free(&bytes);
    }
    tq_panels_free(panels);
    return status;
}

static tq_status write_workbook(const void *user, const char *path, tq_error *err)
{
    return tq_simulation_workbook_write(user, path, err);
}

static tq_status stage_view(tq_simulation_view *view, const tq_simulation *s,
                            const tq_view_options *opt, const char *path, cli_output *out,
                            tq_error *err)
{
    tq_buffer bytes = {0};
    tq_status status = view(s, opt, &bytes, err);

    status = status == TQ_OK ? cli_stage(out, path, &bytes, err) : status;
    tq_buffer_free(&bytes);
    return status;
}

static tq_status stage_files(const cli_args *args, const simulate_output *o, const tq_simulation *s,
                             const tq_view_options *opt, cli_output *out, tq_error *err)
{
    const char *path = cli_value(args, "output"), *json = cli_value(args, "json");
    tq_status status = TQ_OK;

    if (path && !o->book[0] && !o->figure[0]) {
        status = stage_view(views[cli_view_of(o->format)], s, opt, path, out, err);
    }
    if (status == TQ_OK && json) {
        status = stage_view(tq_simulation_json, s, opt, json, out, err);
    }
    if (status == TQ_OK && (o->figure[0] || o->figure[1])) {
        status = stage_figures(args, o, s, out, err);
    }
    for (size_t i = 0; status == TQ_OK && i < 2; i++) {
        status = o->book[i] ? cli_stage_workbook(out, o->book[i], write_workbook, s, err) : TQ_OK;
    }
    return status;
}

static tq_status deliver(const cli_args *args, const simulate_output *o, const tq_simulation *s,
                         cli_output *out, tq_error *err)
{
    const int to_standard = !cli_value(args, "output") && !cli_value(args, "quiet");
    tq_buffer text = {0};
    tq_view_options opt;
    tq_status status = cli_view_options(args, &opt, err);

    opt.markup = cli_markup_of(o->format);
    if (status == TQ_OK && to_standard) {
        status = views[cli_view_of(o->format)](s, &opt, &text, err);
    }
    status = status == TQ_OK ? stage_files(args, o, s, &opt, out, err) : status;
    status = status == TQ_OK ? cli_commit(out, &text, err) : status;
    tq_buffer_free(&text);
    return status;
}

tq_status simulate_deliver(const cli_args *args, const simulate_output *o, tq_simulation *s,
                           tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    cli_output *out = cli_output_new();
    tq_status status = arena && out ? cli_date(args, arena, &s->provenance.date, err)
                                    : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    status = status == TQ_OK ? deliver(args, o, s, out, err) : status;
    cli_output_free(out);
    tq_arena_free(arena);
    return status;
}
