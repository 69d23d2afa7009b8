/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file progress_callback.h  How long work tells how far it is, and learns that it is to stop. */
#ifndef TQ_CORE_PROGRESS_CALLBACK_H
#define TQ_CORE_PROGRESS_CALLBACK_H

/**
 * Given to functions that may take long; NULL where nobody listens. They call report() now and then,
 * from the thread that called them alone, and return TQ_EINTR once it answers other than 0.
 */
typedef struct {
    int (*report)(void *user,
                  double done); /* done: share of the work, from 0 to 1, never falling */
    void *user;
} tq_progress;

/** report(), or 0 where progress is NULL. */
static inline int tq_progress_report(const tq_progress *progress, double done)
{
    return progress ? progress->report(progress->user, done) : 0;
}

/** A part of a longer work. tq_progress_report_part() is its report(), with the part as user. */
typedef struct {
    const tq_progress *whole; /* NULL: nobody listens */
    double begin, span;       /* shares of the whole */
} tq_progress_part;

static inline int tq_progress_report_part(void *user, double done)
{
    const tq_progress_part *part = (const tq_progress_part *)user;

    return tq_progress_report(part->whole, part->begin + part->span * done);
}

#endif
