/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gsl_quiet.h  GSL without its aborting error handler. */
#ifndef TQ_CORE_GSL_QUIET_H
#define TQ_CORE_GSL_QUIET_H

/**
 * Switch GSL's error handler off, once per process: the handler is a global pointer, and saving and
 * restoring it around calls would race between threads. Every use of GSL checks its status.
 */
void tq_gsl_quiet(void);

#endif
