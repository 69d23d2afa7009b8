/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq validate: published analyses, repeated. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "shipped.h"

static tq_validation_view *const views[CLI_VIEWS] = {[CLI_TEXT] = tq_validation_text,
                                                     [CLI_JSON] = tq_validation_json,
                                                     [CLI_CSV] = tq_validation_csv};

enum { MAX_WORDS = 256 };

/* The publications read, which the validation borrows. */
typedef struct {
    tq_published **list;
    size_t n, capacity;
    tq_validation *validation;
} work;

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- running a command of a case ---- */

static tq_status run_words(void *user, const tq_published_analysis *a, tq_buffer *out,
                           tq_error *err)
{
    const char *argv[MAX_WORDS];
    int n = 0;

    (void)user;
    if (a->n_words + 3 > MAX_WORDS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a command of more than %d words",
                       MAX_WORDS - 3);
    }
    argv[n++] = a->word[0];
    if (*a->data) {
        argv[n++] = a->data;
    }
    for (size_t i = 1; i < a->n_words; i++) {
        argv[n++] = a->word[i];
    }
    argv[n++] = "--format";
    argv[n++] = "json";
    return cli_run_within(n, argv, out, err);
}

/* ---- reading cases ---- */

/* Takes the publication over. */
static tq_status add(work *w, tq_published *p, tq_error *err)
{
    if (w->n == w->capacity) {
        const size_t capacity = 2 * w->capacity + 64;
        tq_published **grown = realloc(w->list, capacity * sizeof *grown);

        if (!grown) {
            tq_published_free(p);
            return no_memory(err);
        }
        w->list = grown;
        w->capacity = capacity;
    }
    w->list[w->n++] = p;
    return TQ_OK;
}

static tq_status add_file(work *w, const char *path, tq_error *err)
{
    tq_published *p = NULL;
    const tq_status status = tq_published_read(path, &p, err);

    return status == TQ_OK ? add(w, p, err) : status;
}

static int is_case(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (cli_has_extension(entry->d_name, "yaml") || cli_has_extension(entry->d_name, "yml"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static tq_status add_folder(work *w, const char *path, tq_error *err)
{
    struct dirent **entry = NULL;
    const int n = scandir(path, &entry, is_case, by_name);
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    tq_status status = TQ_OK;

    if (n <= 0) {
        free(entry);
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "no cases (.yaml) in the folder '%.200s'",
                       path);
    }
    for (int i = 0; i < n; i++) {
        tq_buffer file = {0};

        tq_buffer_format(&file, "%s%s%s", path, slash, entry[i]->d_name);
        if (status == TQ_OK) {
            status = tq_buffer_status(&file, err);
        }
        status = status == TQ_OK ? add_file(w, file.data, err) : status;
        tq_buffer_free(&file);
        free(entry[i]);
    }
    free(entry);
    return status;
}

static tq_status add_path(work *w, const char *path, tq_error *err)
{
    struct stat info;

    return *path && stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? add_folder(w, path, err)
                                                                    : add_file(w, path, err);
}

/* Those that ship with the program. */
static tq_status add_bundled(work *w, tq_error *err)
{
    tq_status status = TQ_OK;
    const char *name;
    tq_span file;

    for (size_t i = 0; status == TQ_OK && tq_shipped_published_at(i, &name, &file); i++) {
        char source[128] = "@published/";
        tq_published *p = NULL;

        tq_copy_text(source + strlen(source), sizeof source - strlen(source), name);
        status = tq_published_parse(file.bytes, file.size, source, &p, err);
        status = status == TQ_OK ? add(w, p, err) : status;
    }
    return status;
}

static tq_status read_cases(const cli_args *args, work *w, tq_error *err)
{
    tq_status status = args->n_places == 0 ? add_bundled(w, err) : TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < args->n_places; i++) {
        status = add_path(w, args->place[i], err);
    }
    return status;
}

/* ---- the command ---- */

static tq_status deliver(const cli_args *args, const tq_validation *v, cli_format format,
                         tq_validation_options *opt, tq_error *err)
{
    tq_buffer text = {0}, json = {0};
    tq_status status = views[cli_view_of(format)](v, opt, &text, err);

    if (status == TQ_OK && cli_value(args, "json")) {
        status = tq_validation_json(v, opt, &json, err);
    }
    status = status == TQ_OK ? cli_deliver(args, &text, &json, err) : status;
    tq_buffer_free(&json);
    tq_buffer_free(&text);
    return status;
}

static tq_status judge(const tq_validation *v, tq_error *err)
{
    const size_t n = v->count[TQ_FIGURE_DEVIATES];

    return n == 0 ? TQ_OK
                  : tq_fail(err, TQ_EDEVIATE, TQ_NO_ROW, NULL, "%zu published figure%s deviate%s",
                            n, n == 1 ? "" : "s", n == 1 ? "s" : "");
}

static tq_status validate(const cli_args *args, const char *command_line, work *w, tq_error *err)
{
    tq_validation_options opt = {.summary = cli_value(args, "summary") != NULL,
                                 .command_line = command_line};
    cli_format format = CLI_TEXT;
    tq_status status = cli_main_format(args, &format, err);

    if (status == TQ_OK && format == CLI_FORMAT_COUNT) {
        status =
            cli_unknown_extension(cli_value(args, "output"), ".txt .md .tex .html .json .csv", err);
    }
    status = status == TQ_OK ? cli_view_options(args, &opt.view, err) : status;
    status = status == TQ_OK ? read_cases(args, w, err) : status;
    for (size_t i = 0; status == TQ_OK && i < w->n; i++) {
        status = tq_validation_add(w->validation, w->list[i], run_words, NULL, err);
    }
    if (status == TQ_OK) {
        opt.view.markup = cli_markup_of(format);
        status = deliver(args, w->validation, format, &opt, err);
    }
    return status == TQ_OK ? judge(w->validation, err) : status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    work w = {.validation = tq_validation_new()};
    const tq_status status = w.validation ? validate(args, command_line, &w, err) : no_memory(err);

    tq_validation_free(w.validation);
    for (size_t i = 0; i < w.n; i++) {
        tq_published_free(w.list[i]);
    }
    free(w.list);
    return status;
}

static const cli_option validate_options[] = {
    {"summary", NULL, CLI_FLAG, "a row for each publication, then what deviates", 0},
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html",
     0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"validate", validate_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_validate = {
    "validate",
    "[FILE|DIR ...] [options]",
    "repeat published analyses and compare with the printed figures",
    "Without a file: the analyses that ship with the program. A file of your own names the\n"
    "publication, commands and figures in YAML; see the manual page. Exit status 4: a figure\n"
    "deviates.",
    groups,
    run,
};
