/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress on the terminal, and Ctrl-C. */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

/* Set by the handler of SIGINT, read by the report alone. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

/* "  permutations: 43%, 52000 a second, 11 s left". */
static void show(cli_progress *p, double done, double elapsed)
{
    fprintf(stderr, "\r  %s: %.0f%%", p->what, 100.0 * done);
    if (p->total > 0.0) {
        fprintf(stderr, ", %.*f a second", p->total * done < 10.0 * elapsed ? 1 : 0,
                p->total * done / elapsed);
    }
    if (done > 0.0) {
        fprintf(stderr, ", %.0f s left", elapsed * (1.0 - done) / done);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
    p->shown = 1;
}

/* The line appears after half a second, and is renewed five times a second. */
static int report(void *user, double done)
{
    const double first = 0.5, again = 0.2;
    cli_progress *p = user;
    struct timespec now;

    if (p->terminal && clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
        seconds_between(&p->begin, &now) >= first && seconds_between(&p->last, &now) >= again) {
        show(p, done, seconds_between(&p->begin, &now));
        p->last = now;
    }
    return interrupted;
}

const tq_progress *cli_progress_begin(cli_progress *p, const cli_args *args, const char *what,
                                      double total)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    *p = (cli_progress){.what = what, .total = total, .progress = {report, p}};
    p->terminal = isatty(STDERR_FILENO) && !cli_value(args, "quiet");
    clock_gettime(CLOCK_MONOTONIC, &p->begin);
    p->last = p->begin;
    interrupted = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &p->before);
    return &p->progress;
}

void cli_progress_end(cli_progress *p)
{
    if (p->shown) {
        fputs("\r\033[K", stderr);
    }
    sigaction(SIGINT, &p->before, NULL);
}
