/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file api.h  Visibility of public functions and the version. */
#ifndef TQ_CORE_API_H
#define TQ_CORE_API_H

#define TQ_VERSION "0.1.0"

#if defined(__GNUC__)
#define TQ_API __attribute__((visibility("default")))
#define TQ_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define TQ_API
#define TQ_PRINTF(fmt, args)
#endif

#endif
