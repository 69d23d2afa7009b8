/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads of the C library take chunks off a common counter until none is left. OpenMP would do the
 * same, but add its runtime to every start of the program, and could not be left by an interruption.
 */
#include "core/parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

typedef struct {
    _Atomic uint64_t next;
    atomic_int stop;
    uint64_t n, chunk;
    tq_task *task;
    void *context;
} shared_loop;

typedef struct {
    shared_loop *loop;
    size_t index;
    thrd_t thread;
} worker;

/* The next chunk of the loop, done; its end, or 0 when none is left. */
static uint64_t one_chunk(shared_loop *loop, size_t index)
{
    if (atomic_load(&loop->stop)) {
        return 0;
    }
    const uint64_t begin = atomic_fetch_add(&loop->next, loop->chunk);

    if (begin >= loop->n) {
        return 0;
    }
    const uint64_t end = loop->n - begin < loop->chunk ? loop->n : begin + loop->chunk;

    loop->task(loop->context, index, begin, end);
    return end;
}

static int run_worker(void *argument)
{
    const worker *w = argument;

    while (one_chunk(w->loop, w->index)) {
    }
    return 0;
}

size_t tq_threads(size_t wanted, uint64_t chunks)
{
    const long processors = wanted ? 0 : sysconf(_SC_NPROCESSORS_ONLN);
    const size_t most = wanted ? wanted : processors > 0 ? (size_t)processors : 1;

    return chunks < most ? (size_t)(chunks ? chunks : 1) : most;
}

tq_status tq_parallel(size_t threads, uint64_t n, uint64_t chunk, tq_task *task, void *context,
                      const tq_progress *progress, tq_error *err)
{
    shared_loop loop = {.n = n, .chunk = chunk, .task = task, .context = context};
    worker *others = threads > 1 ? calloc(threads - 1, sizeof *others) : NULL;
    size_t started = 0;
    uint64_t end;

    if (threads > 1 && !others) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (; started + 1 < threads; started++) {
        worker *w = &others[started];

        *w = (worker){.loop = &loop, .index = started + 1};
        if (thrd_create(&w->thread, run_worker, w) != thrd_success) {
            break;
        }
    }
    while ((end = one_chunk(&loop, 0)) > 0) {
        if (tq_progress_report(progress, (double)end / (double)n) != 0) {
            atomic_store(&loop.stop, 1);
        }
    }
    for (size_t i = 0; i < started; i++) {
        thrd_join(others[i].thread, NULL);
    }
    free(others);
    return atomic_load(&loop.stop) ? tq_fail(err, TQ_EINTR, TQ_NO_ROW, NULL, "interrupted") : TQ_OK;
}
