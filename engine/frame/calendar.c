/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a count of days to a date. */
#include "frame/calendar_internal.h"

#include <math.h>
#include <stdio.h>

/* 0001-01-01 and 9999-12-31, in days since 1970-01-01. */
#define FIRST_DAY (-719162.0)
#define LAST_DAY 2932896.0

/* Days of the Gregorian cycle, and from 0000-03-01 to 1970-01-01. */
enum { CYCLE_YEARS = 400, CYCLE_DAYS = 146097, MARCH_EPOCH = 719468 };

/*
 * Years are counted from March, so that the leap day ends one: then day and month follow from
 * 365 days a year, a leap day every 4, none every 100, one every 400, and 153 days every 5 months.
 */
static void civil_date(long days, int *year, int *month, int *day)
{
    const long z = days + MARCH_EPOCH; /* > 0 for every year from 1 on */
    const long cycle = z / CYCLE_DAYS, in_cycle = z % CYCLE_DAYS;
    const long y =
        (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / (CYCLE_DAYS - 1)) / 365;
    const long in_year = in_cycle - (365 * y + y / 4 - y / 100);
    const long m = (5 * in_year + 2) / 153; /* 0: March */

    *day = (int)(in_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(cycle * CYCLE_YEARS + y + (*month <= 2));
}

const char *calendar_text(double days, int parts, char text[CALENDAR_TEXT])
{
    const double whole = floor(days);
    long second = lround((days - whole) * CALENDAR_DAY_SECONDS), day_count;
    int year, month, day;

    if (!(whole >= FIRST_DAY && whole <= LAST_DAY)) {
        return NULL;
    }
    day_count = (long)whole + second / CALENDAR_DAY_SECONDS;
    second %= CALENDAR_DAY_SECONDS;

    const int hours = (int)(second / 3600), minutes = (int)(second / 60 % 60),
              seconds = (int)(second % 60);

    civil_date(day_count, &year, &month, &day);
    if (!(parts & CALENDAR_DATE)) {
        snprintf(text, CALENDAR_TEXT, "%02d:%02d:%02d", hours, minutes, seconds);
    } else if ((parts & CALENDAR_TIME) || second != 0) {
        snprintf(text, CALENDAR_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, hours,
                 minutes, seconds);
    } else {
        snprintf(text, CALENDAR_TEXT, "%04d-%02d-%02d", year, month, day);
    }
    return text;
}
