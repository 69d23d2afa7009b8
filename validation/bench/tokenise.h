/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file tokenise.h  The time to read files and divide their lines into fields. */
#ifndef TQ_BENCH_TOKENISE_H
#define TQ_BENCH_TOKENISE_H

#include <stddef.h>

/**
 * Read files of text, a thread at each, and divide every line at blanks, tabs and commas into all of its
 * fields. Prints {"seconds": on the wall, "processor_seconds": of all threads, "items": bytes, ...}.
 * 0: a file cannot be read, or memory was short.
 */
int tokenise_files(size_t threads, size_t n, char *const *file);

#endif
