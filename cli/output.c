/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Delivering output. Files are written beside their targets under temporary names; then standard
 * output is written; then the files are renamed. Whatever fails, and whoever presses Ctrl-C, no
 * partial file is left. Targets that are no regular files (a pipe, /dev/full), or that standard output
 * goes to already (/dev/stdout), are written straight; a link stays a link to the file it names.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { MAX_PATH = 4096 };

typedef struct {
    char target[MAX_PATH]; /* with links followed */
    char temporary[MAX_PATH];
    int direct;   /* 1: the target is a device or a pipe, or what standard output goes to */
    int standard; /* 1: the last of these */
} staged;

enum { MAX_FOLDERS = 8 };

struct cli_output {
    staged *file[CLI_MAX_FILES];
    size_t n;
    char folder[MAX_FOLDERS]
               [MAX_PATH]; /* made for the files, to be removed where they are not written */
    size_t n_folders;
};

/* What the handler of SIGINT must remove: the one piece of global state, set before any file is
   made and read by the handler alone. */
static cli_output *volatile to_clean;

static void on_interrupt(int signal_number)
{
    if (to_clean) {
        for (size_t i = 0; i < to_clean->n; i++) {
            unlink(to_clean->file[i]->temporary);
        }
    }
    _exit(128 + signal_number);
}

cli_output *cli_output_new(void)
{
    cli_output *out = calloc(1, sizeof *out);
    struct sigaction action = {.sa_handler = on_interrupt};

    if (out) {
        to_clean = out;
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
    }
    return out;
}

void cli_output_free(cli_output *out)
{
    to_clean = NULL;
    for (size_t i = 0; out && i < out->n; i++) {
        if (out->file[i]->temporary[0]) {
            unlink(out->file[i]->temporary);
        }
        free(out->file[i]);
    }
    for (size_t i = out ? out->n_folders : 0; i-- > 0;) {
        rmdir(out->folder[i]); /* those with files stay */
    }
    free(out);
}

/* ---- formats ---- */

static const struct {
    const char *name, *extension;
    tq_markup markup; /* of the text */
} formats[] = {
    [CLI_TEXT] = {"text", "txt", TQ_MARKUP_NONE},    [CLI_JSON] = {"json", "json", TQ_MARKUP_NONE},
    [CLI_CSV] = {"csv", "csv", TQ_MARKUP_NONE},      [CLI_MD] = {"md", "md", TQ_MARKUP_MD},
    [CLI_LATEX] = {"latex", "tex", TQ_MARKUP_LATEX}, [CLI_HTML] = {"html", "html", TQ_MARKUP_HTML},
};
_Static_assert(sizeof formats / sizeof *formats == CLI_FORMAT_COUNT, "a row per format");

static const char *format_at(size_t i)
{
    return i < CLI_FORMAT_COUNT ? formats[i].name : NULL;
}

cli_format cli_view_of(cli_format format)
{
    return format < CLI_VIEWS ? format : CLI_TEXT;
}

tq_markup cli_markup_of(cli_format format)
{
    return formats[format].markup;
}

/* What follows the last point of the file's name; NULL where there is none. */
static const char *extension_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *point = strrchr(slash ? slash : path, '.');

    return point ? point + 1 : NULL;
}

int cli_has_extension(const char *path, const char *extension)
{
    const char *own = extension_of(path);

    return own && strcasecmp(own, extension) == 0;
}

tq_status cli_main_format(const cli_args *args, cli_format *format, tq_error *err)
{
    const char *path = cli_value(args, "output");
    size_t choice = CLI_TEXT;
    const tq_status status = cli_choice(args, "format", format_at, &choice, err);

    if (status == TQ_OK && path && !cli_value(args, "format") && extension_of(path)) {
        choice = 0;
        while (choice < CLI_FORMAT_COUNT && !cli_has_extension(path, formats[choice].extension)) {
            choice++;
        }
    }
    *format = (cli_format)choice;
    return status;
}

tq_status cli_unknown_extension(const char *path, const char *valid, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                   "--output: the extension of '%.120s' is none of %s; --format says it otherwise",
                   path, valid);
}

int cli_has_figure(const cli_args *args)
{
    const char *output = cli_value(args, "output");

    return cli_value(args, "plot") || (output && tq_figure_format_find(output) != TQ_FIGURE_COUNT);
}

/* ---- paths that would destroy something ---- */

int cli_same_file(const char *a, const char *b)
{
    struct stat x, y;
    const int a_is = stat(a, &x) == 0, b_is = stat(b, &y) == 0;

    if (a_is && b_is) {
        return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    }
    if (a_is || b_is) {
        return 0;
    }
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    char folder_a[MAX_PATH], folder_b[MAX_PATH];

    if (strcmp(slash_a ? slash_a + 1 : a, slash_b ? slash_b + 1 : b) != 0) {
        return 0;
    }
    snprintf(folder_a, sizeof folder_a, "%.*s.", slash_a ? (int)(slash_a - a + 1) : 0, a);
    snprintf(folder_b, sizeof folder_b, "%.*s.", slash_b ? (int)(slash_b - b + 1) : 0, b);
    return stat(folder_a, &x) == 0 && stat(folder_b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

/* DATA may name a sheet of a workbook after '#'. */
static int is_data(const char *data, const char *path)
{
    char file[MAX_PATH];
    struct stat info;
    const char *mark = strrchr(data, '#');

    if (mark && stat(data, &info) != 0) {
        snprintf(file, sizeof file, "%.*s", (int)(mark - data), data);
        data = file;
    }
    return stat(data, &info) == 0 && cli_same_file(data, path);
}

/* Whether the option's value is a file, to be written or read. */
static int is_file(const cli_args *args, size_t i, int output)
{
    const char *value = args->given[i].option->value;

    return !args->given[i].option->output == !output && value && strcmp(value, "FILE") == 0;
}

/* No output writes over what is read. */
static tq_status check_inputs(const cli_args *args, const char *name, const char *path,
                              tq_error *err)
{
    for (size_t j = 0; j < args->n_places; j++) {
        if (is_data(args->place[j], path)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s: '%.200s' is DATA itself, which is never overwritten", name, path);
        }
    }
    for (size_t j = 0; j < args->n; j++) {
        if (is_file(args, j, 0) && cli_same_file(args->given[j].value, path)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s: '%.200s' is read by --%s, and never overwritten", name, path,
                           args->given[j].option->name);
        }
    }
    return TQ_OK;
}

tq_status cli_check_paths(const cli_args *args, tq_error *err)
{
    for (size_t i = 0; i < args->n; i++) {
        const char *path = args->given[i].value, *name = args->given[i].option->name;

        if (!is_file(args, i, 1)) {
            continue;
        }
        if (!*path || strcmp(path, "-") == 0) {
            return tq_fail(
                err, TQ_EINVAL, TQ_NO_ROW, NULL,
                "--%s: '%s' is no file; the main output goes to standard output by itself", name,
                path);
        }
        if (strcmp(name, "xlsx") == 0 && extension_of(path) && !cli_has_extension(path, "xlsx")) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--xlsx: a workbook's name ends in .xlsx; '%.200s' would not open",
                           path);
        }
        const tq_status status = check_inputs(args, name, path, err);

        if (status != TQ_OK) {
            return status;
        }
        for (size_t j = 0; j < i; j++) {
            if (is_file(args, j, 1) && cli_same_file(args->given[j].value, path)) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "two outputs go to the same file '%.200s'", path);
            }
        }
    }
    return TQ_OK;
}

static tq_status cannot_write(const char *path, int error, tq_error *err)
{
    char reason[128];

    tq_copy_text(reason, sizeof reason, strerror(error));
    if (reason[0] >= 'A' && reason[0] <= 'Z') {
        reason[0] = (char)(reason[0] - 'A' + 'a');
    }
    tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "cannot be written: %s", reason);
    if (err) {
        tq_copy_text(err->file, sizeof err->file, path);
    }
    return TQ_EWRITE;
}

/* What kind of target a path is, and the file behind its links; -1 with errno set. */
static int find_target(staged *f, const char *path)
{
    struct stat info, standard;

    if (strlen(path) >= MAX_PATH) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(f->target, path);
    if (stat(path, &info) != 0) {
        return 0;
    }
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    f->standard = fstat(STDOUT_FILENO, &standard) == 0 && standard.st_dev == info.st_dev &&
                  standard.st_ino == info.st_ino;
    f->direct = f->standard || !S_ISREG(info.st_mode);
    char *real = f->direct ? NULL : realpath(path, NULL);

    if (real && strlen(real) < MAX_PATH) {
        strcpy(f->target, real);
    }
    free(real);
    return 0;
}

/* Make an empty temporary file for a path; its descriptor, or -1 with errno set. */
static int make_temporary(staged *f, const char *path)
{
    const char *folder = getenv("TMPDIR");
    const mode_t mask = umask(0);
    int n;

    umask(mask);
    if (find_target(f, path) != 0) {
        return -1;
    }
    const char *slash = strrchr(f->target, '/');

    if (f->direct) {
        n = snprintf(f->temporary, MAX_PATH, "%s/.tausq-XXXXXX", folder ? folder : "/tmp");
    } else {
        n = snprintf(f->temporary, MAX_PATH, "%.*s.tausq-XXXXXX",
                     slash ? (int)(slash - f->target + 1) : 0, f->target);
    }
    if (n < 0 || n >= MAX_PATH) {
        f->temporary[0] = '\0';
        errno = ENAMETOOLONG;
        return -1;
    }
    const int fd = mkstemp(f->temporary);

    if (fd < 0) {
        f->temporary[0] = '\0';
    } else {
        fchmod(fd, 0666 & ~mask);
    }
    return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        bytes += n;
        size -= (size_t)n;
    }
    return 0;
}

static staged *next_file(cli_output *out, tq_error *err)
{
    if (out->n == CLI_MAX_FILES) {
        tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d output files", CLI_MAX_FILES);
        return NULL;
    }
    staged *f = calloc(1, sizeof *f);

    if (!f) {
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        return NULL;
    }
    out->file[out->n] = f; /* before it counts: the handler of SIGINT looks at it */
    out->n++;
    return f;
}

tq_status cli_stage_path(cli_output *out, const char *path, const char **temporary, tq_error *err)
{
    staged *f = next_file(out, err);

    if (!f) {
        return TQ_EINVAL;
    }
    const int fd = make_temporary(f, path);

    if (fd < 0) {
        return cannot_write(path, errno, err);
    }
    close(fd);
    *temporary = f->temporary;
    return TQ_OK;
}

tq_status cli_stage(cli_output *out, const char *path, const tq_buffer *bytes, tq_error *err)
{
    staged *f = next_file(out, err);

    if (!f) {
        return TQ_EINVAL;
    }
    const int fd = make_temporary(f, path);

    if (fd < 0) {
        return cannot_write(path, errno, err);
    }
    const int failed = write_all(fd, bytes->data, bytes->size) != 0 ? errno : 0;
    const int not_closed = close(fd) != 0 ? errno : 0;

    return failed || not_closed ? cannot_write(path, failed ? failed : not_closed, err) : TQ_OK;
}

/* Copy a staged file into a device or pipe. */
static tq_status copy_direct(const staged *f, tq_error *err)
{
    const int from = open(f->temporary, O_RDONLY);
    const int to = f->standard ? dup(STDOUT_FILENO) : open(f->target, O_WRONLY);
    char block[65536];
    ssize_t n = 0;
    int failed = from < 0 || to < 0 ? errno : 0;

    while (!failed && (n = read(from, block, sizeof block)) > 0) {
        failed = write_all(to, block, (size_t)n) != 0 ? errno : 0;
    }
    failed = !failed && n < 0 ? errno : failed;
    if (to >= 0 && close(to) != 0 && !failed) {
        failed = errno;
    }
    if (from >= 0) {
        close(from);
    }
    return failed ? cannot_write(f->target, failed, err) : TQ_OK;
}

/* Where standard output goes while a command runs within another; see cli_capture(). */
static tq_buffer *captured;

void cli_capture(tq_buffer *into)
{
    captured = into;
}

static tq_status write_standard_output(const tq_buffer *text, tq_error *err)
{
    if (captured && text && text->size > 0) {
        tq_buffer_append(captured, text->data, text->size);
        return tq_buffer_status(captured, err);
    }
    if (text && text->size > 0 && write_all(STDOUT_FILENO, text->data, text->size) != 0) {
        return cannot_write("standard output", errno, err);
    }
    return TQ_OK;
}

tq_status cli_make_folder(cli_output *out, const char *path, tq_error *err)
{
    struct stat info;

    if (mkdir(path, 0777) == 0) {
        if (out->n_folders < MAX_FOLDERS && strlen(path) < MAX_PATH) {
            strcpy(out->folder[out->n_folders++], path);
        }
        return TQ_OK;
    }
    const int error = errno;

    return error == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)
               ? TQ_OK
               : cannot_write(path, error == EEXIST ? ENOTDIR : error, err);
}

tq_status cli_commit(cli_output *out, const tq_buffer *text, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < out->n; i++) {
        status = out->file[i]->direct ? copy_direct(out->file[i], err) : TQ_OK;
    }
    if (status == TQ_OK) {
        status = write_standard_output(text, err);
    }
    for (size_t i = 0; status == TQ_OK && i < out->n; i++) {
        staged *f = out->file[i];

        if (!f->direct) {
            if (rename(f->temporary, f->target) != 0) {
                return cannot_write(f->target, errno, err);
            }
            f->temporary[0] = '\0';
        }
    }
    return status;
}

tq_status cli_deliver(const cli_args *args, const tq_buffer *text, const tq_buffer *json,
                      tq_error *err)
{
    const char *path = cli_value(args, "output"), *beside = cli_value(args, "json");
    cli_output *out = cli_output_new();
    tq_status status = out ? tq_buffer_status(text, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    if (status == TQ_OK && path) {
        status = cli_stage(out, path, text, err);
    }
    if (status == TQ_OK && beside && json) {
        status = cli_stage(out, beside, json, err);
    }
    if (status == TQ_OK) {
        status = cli_commit(out, path || cli_value(args, "quiet") ? NULL : text, err);
    }
    cli_output_free(out);
    return status;
}

tq_status cli_deliver_list(const cli_args *args, const tq_buffer *text, tq_error *err)
{
    static const char why[] = "what --list prints is text alone";
    cli_format format = CLI_TEXT;
    tq_status status = cli_main_format(args, &format, err);

    if (status == TQ_OK && format != CLI_TEXT) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "%s: leave --format out, and let -o FILE end in .txt", why);
    }
    status = status == TQ_OK ? cli_refuse(args, "json", why, err) : status;
    status = status == TQ_OK ? cli_refuse(args, "xlsx", why, err) : status;
    return status == TQ_OK ? cli_deliver(args, text, NULL, err) : status;
}
