/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file line_stops_internal.h  Where fields and lines end, for a stretch of text at once. */
#ifndef TQ_FRAME_STREAM_LINE_STOPS_INTERNAL_H
#define TQ_FRAME_STREAM_LINE_STOPS_INTERNAL_H

#include "frame/stream/line_form.h"

enum { STOPS_BLOCK = 64 }; /* bytes that are looked at together */

/* A bit for each of 64 bytes that is a separator or a newline, and for each newline. */
void stops_look(const char *p, char separator, uint64_t *stops, uint64_t *newlines);

/* Those of text[size], size > 0, which begins with a line; no more than TQ_STOPS_STRETCH bytes of it, and
   TQ_WINDOW_SLACK readable ones behind them. */
typedef void stops_fill_fn(tq_line_stops *s, const char *text, size_t size, char separator);

/* The i-th way that this processor can do it, the fastest first; NULL beyond. All do the same. */
stops_fill_fn *stops_fill_way(size_t i);

#endif
