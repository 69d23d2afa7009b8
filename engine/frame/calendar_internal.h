/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file calendar_internal.h  Counts of days and seconds as ISO 8601 text. */
#ifndef TQ_FRAME_CALENDAR_INTERNAL_H
#define TQ_FRAME_CALENDAR_INTERNAL_H

#include <stddef.h>

/** Days from 1970-01-01 back to the days that other systems count from. */
#define CALENDAR_1582_10_14 (-141428L)
#define CALENDAR_1899_12_30 (-25569L)
#define CALENDAR_1904_01_01 (-24107L)
#define CALENDAR_1960_01_01 (-3653L)

enum { CALENDAR_TEXT = 48, CALENDAR_DAY_SECONDS = 86400 };

/* What of a moment is written. */
enum calendar_part { CALENDAR_DATE = 1, CALENDAR_TIME = 2 };

/**
 * "2019-03-02", "2019-03-02T14:30:00" or "14:30:00" in the proleptic Gregorian calendar.
 *
 * @param[in] days   since 1970-01-01, with the time of day as fraction, to the nearest second; a
 *                   time of day that is not midnight is written even where only the date is asked.
 * @param[in] parts  of enum calendar_part.
 * @return text, or NULL when days is outside the years 1 to 9999.
 */
const char *calendar_text(double days, int parts, char text[CALENDAR_TEXT]);

#endif
