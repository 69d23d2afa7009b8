/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file parallel.h  A loop over independent items, on several threads. */
#ifndef TQ_CORE_PARALLEL_H
#define TQ_CORE_PARALLEL_H

#include <stddef.h>
#include <stdint.h>

#include "core/progress_callback.h"
#include "core/status.h"

/**
 * Work on the items from begin to end - 1. thread, from 0 on, is never in use twice at a time: it
 * names the workspace. Which thread gets which items is not fixed, so results must not depend on it.
 */
typedef void tq_task(void *context, size_t thread, uint64_t begin, uint64_t end);

/** Threads to use for n chunks of work: as many as wanted, 0 for one per processor; at least 1. */
TQ_API size_t tq_threads(size_t wanted, uint64_t chunks);

/**
 * Run a task over n items, a chunk at a time, on up to `threads` threads, the calling one among
 * them. Where the system gives fewer threads, fewer do all the work.
 *
 * @param[in] chunk     Items handed out at once, > 0: some milliseconds of work.
 * @param[in] progress  Called from the calling thread; NULL: nobody listens.
 * @retval TQ_EINTR   progress asked to stop; some items were not done.
 * @retval TQ_ENOMEM  Memory was short; no item was done.
 */
TQ_API tq_status tq_parallel(size_t threads, uint64_t n, uint64_t chunk, tq_task *task,
                             void *context, const tq_progress *progress, tq_error *err);

#endif
