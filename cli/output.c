/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Delivering output. Files are written beside their targets under temporary names; then standard
 * output is written; then the files are renamed. Whatever fails, and whoever presses Ctrl-C, no
 * partial file is left. Targets that are no regular files (a pipe, /dev/full) are written straight.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { MAX_PATH = 4096 };

typedef struct {
    char target[MAX_PATH], temporary[MAX_PATH];
    int direct; /* 1: the target is a device or a pipe */
} staged;

struct cli_output {
    staged file[CLI_MAX_FILES];
    size_t n;
};

/* What the handler of SIGINT must remove: the one piece of global state, set before any file is
   made and read by the handler alone. */
static cli_output *volatile to_clean;

static void on_interrupt(int signal_number)
{
    if (to_clean) {
        for (size_t i = 0; i < to_clean->n; i++) {
            unlink(to_clean->file[i].temporary);
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
        if (out->file[i].temporary[0]) {
            unlink(out->file[i].temporary);
        }
    }
    free(out);
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

/* Make an empty temporary file for target; its descriptor, or -1 with errno set. */
static int make_temporary(staged *f, const char *target)
{
    struct stat info;
    const char *slash = strrchr(target, '/'), *folder = getenv("TMPDIR");
    const mode_t mask = umask(0);

    umask(mask);
    f->direct = stat(target, &info) == 0 && !S_ISREG(info.st_mode);
    if (f->direct && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    int n;

    if (f->direct) {
        n = snprintf(f->temporary, MAX_PATH, "%s/.tausq-XXXXXX", folder ? folder : "/tmp");
    } else {
        n = snprintf(f->temporary, MAX_PATH, "%.*s.tausq-XXXXXX",
                     slash ? (int)(slash - target + 1) : 0, target);
    }
    if (n < 0 || n >= MAX_PATH || strlen(target) >= MAX_PATH) {
        f->temporary[0] = '\0';
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(f->target, target);
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

static staged *next_file(cli_output *out, const char *path, tq_error *err)
{
    if (out->n == CLI_MAX_FILES) {
        tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d output files", CLI_MAX_FILES);
        return NULL;
    }
    for (size_t i = 0; i < out->n; i++) {
        if (strcmp(out->file[i].target, path) == 0) {
            tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "two outputs go to the same file '%.200s'",
                    path);
            return NULL;
        }
    }
    return &out->file[out->n++];
}

tq_status cli_stage_path(cli_output *out, const char *path, const char **temporary, tq_error *err)
{
    staged *f = next_file(out, path, err);

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
    staged *f = next_file(out, path, err);

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
    const int from = open(f->temporary, O_RDONLY), to = open(f->target, O_WRONLY);
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

static tq_status write_standard_output(const tq_buffer *text, tq_error *err)
{
    if (text && text->size > 0 && write_all(STDOUT_FILENO, text->data, text->size) != 0) {
        return cannot_write("standard output", errno, err);
    }
    return TQ_OK;
}

tq_status cli_commit(cli_output *out, const tq_buffer *text, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < out->n; i++) {
        status = out->file[i].direct ? copy_direct(&out->file[i], err) : TQ_OK;
    }
    if (status == TQ_OK) {
        status = write_standard_output(text, err);
    }
    for (size_t i = 0; status == TQ_OK && i < out->n; i++) {
        staged *f = &out->file[i];

        if (!f->direct) {
            if (rename(f->temporary, f->target) != 0) {
                return cannot_write(f->target, errno, err);
            }
            f->temporary[0] = '\0';
        }
    }
    return status;
}
