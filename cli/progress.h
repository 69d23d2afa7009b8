/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file progress.h  Progress on the terminal, and Ctrl-C, for work that may take long. */
#ifndef TQ_CLI_PROGRESS_H
#define TQ_CLI_PROGRESS_H

#include <signal.h>
#include <time.h>

#include "core/progress_callback.h"
#include "option.h"

/* One piece of long work at a time: between begin and end, SIGINT asks it to stop (a second one ends
   the program at once), and a line on the terminal's stderr, if stderr is one and --quiet is not
   given, tells the share done, the rate and the time left. */
typedef struct {
    const char *what; /* "permutations" */
    double total;     /* of them; 0: not known, the share alone is told */
    int terminal;     /* 1: stderr shows the line */
    int shown;
    struct timespec begin, last;
    struct sigaction before;
    tq_progress progress; /* to be handed to the engine */
} cli_progress;

/* Returns &p->progress. */
const tq_progress *cli_progress_begin(cli_progress *p, const cli_args *args, const char *what,
                                      double total);
/* Clears the line and gives SIGINT back. */
void cli_progress_end(cli_progress *p);

#endif
