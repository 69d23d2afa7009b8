/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file workloads.h  Single workloads of the library, timed by name. */
#ifndef TQ_BENCH_WORKLOADS_H
#define TQ_BENCH_WORKLOADS_H

/** The name of the i-th workload, or NULL. */
const char *workload_name(int i);

/**
 * Run a workload and print {"seconds": ..., "items": ...}: the best of a few runs, which is what the
 * machine can do when nobody else wants it. 0: there is no such workload, or it failed.
 */
int workload_run(const char *name);

#endif
