/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of cells by themselves, and of counts against sizes. */
#include <string.h>

#include "frame/audit_internal.h"

/* ---- number ---- */

enum sign { ANY, NOT_NEGATIVE, POSITIVE };

static const struct {
    audit_role role;
    enum sign sign;
} signs[] = {
    {AUDIT_N1, POSITIVE},
    {AUDIT_N2, POSITIVE},
    {AUDIT_N, POSITIVE},
    {AUDIT_SD1, NOT_NEGATIVE},
    {AUDIT_SD2, NOT_NEGATIVE},
    {AUDIT_SD, NOT_NEGATIVE},
    {AUDIT_SE1, NOT_NEGATIVE},
    {AUDIT_SE2, NOT_NEGATIVE},
    {AUDIT_SE, NOT_NEGATIVE},
    {AUDIT_VI, NOT_NEGATIVE},
    {AUDIT_SEI, NOT_NEGATIVE},
    {AUDIT_SD_PRE, NOT_NEGATIVE},
    {AUDIT_SD_POST, NOT_NEGATIVE},
    {AUDIT_CHANGE_SD, NOT_NEGATIVE},
    {AUDIT_E1, NOT_NEGATIVE},
    {AUDIT_E2, NOT_NEGATIVE},
    {AUDIT_NE1, NOT_NEGATIVE},
    {AUDIT_NE2, NOT_NEGATIVE},
    {AUDIT_EVENTS, NOT_NEGATIVE},
    {AUDIT_M1, ANY},
    {AUDIT_M2, ANY},
    {AUDIT_MEAN, ANY},
    {AUDIT_MEAN_PRE, ANY},
    {AUDIT_MEAN_POST, ANY},
    {AUDIT_CHANGE, ANY},
    {AUDIT_CHANGE_LO, ANY},
    {AUDIT_CHANGE_HI, ANY},
    {AUDIT_YI, ANY},
    {AUDIT_LO, ANY},
    {AUDIT_HI, ANY},
    {AUDIT_SCALE_MIN, ANY},
    {AUDIT_SCALE_MAX, ANY},
    {AUDIT_P, NOT_NEGATIVE},
};

static void one_number(struct audit_sheet *s, size_t i, size_t k)
{
    const audit_role role = signs[k].role;
    const char *text = audit_text(s, role, i);
    const double x = audit_value(s, role, i);

    if (isnan(x)) {
        audit_find(s, i, TQ_FINDING_ERROR, audit_figures(s, i, (audit_role[]){role, AUDIT_ROLES}),
                   "'%.60s' is not a number; a footnote mark, a unit, or another decimal mark "
                   "(--decimal)?",
                   text);
    } else if (x < 0.0 && signs[k].sign != ANY) {
        audit_find(s, i, TQ_FINDING_ERROR, audit_figures(s, i, (audit_role[]){role, AUDIT_ROLES}),
                   "%s cannot be negative", audit_column_of(s, role));
    } else if (x == 0.0 && signs[k].sign == POSITIVE) {
        audit_find(s, i, TQ_FINDING_WARNING, audit_figures(s, i, (audit_role[]){role, AUDIT_ROLES}),
                   "a size of 0: is the cell meant to be empty?");
    } else if (role == AUDIT_P && x > 1.0) {
        audit_find(s, i, TQ_FINDING_ERROR, audit_figures(s, i, (audit_role[]){role, AUDIT_ROLES}),
                   "a p-value above 1: a slip of the decimal point?");
    }
}

void audit_numbers(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        size_t there = 0;

        for (size_t k = 0; k < sizeof signs / sizeof *signs; k++) {
            if (s->number[signs[k].role] && audit_text(s, signs[k].role, i)) {
                one_number(s, i, k);
                there++;
            }
        }
        s->looked_at += there > 0;
    }
}

/* ---- count ---- */

static const struct {
    audit_role events, n, rest;
} arms[] = {
    {AUDIT_E1, AUDIT_N1, AUDIT_NE1},
    {AUDIT_E2, AUDIT_N2, AUDIT_NE2},
    {AUDIT_EVENTS, AUDIT_N, AUDIT_ROLES},
};

static void more_than_n(struct audit_sheet *s, size_t i, size_t k, const char *figures)
{
    const double events = audit_value(s, arms[k].events, i), n = audit_value(s, arms[k].n, i);
    const double share = events / 100.0 * n;

    if (events <= 100.0 && n < 100.0) {
        audit_find(s, i, TQ_FINDING_ERROR, figures,
                   "more events than people; if %s is a percentage, %s%% of %s is %s events",
                   audit_column_of(s, arms[k].events), audit_number(s, events), audit_number(s, n),
                   audit_number(s, round(share)));
    } else {
        audit_find(s, i, TQ_FINDING_ERROR, figures,
                   "more events than people: columns swapped, episodes counted for people, or the "
                   "size of another arm?");
    }
}

/* n may be of the means that stand beside: then people without the outcome explain the rest. */
static void do_not_add_up(struct audit_sheet *s, size_t i, const char *figures, double sum,
                          double n)
{
    const int has_means =
        !isnan(audit_value(s, AUDIT_M1, i)) || !isnan(audit_value(s, AUDIT_MEAN, i));
    const tq_finding_severity severity = sum > n     ? TQ_FINDING_ERROR
                                         : has_means ? TQ_FINDING_NOTE
                                                     : TQ_FINDING_WARNING;

    audit_find(s, i, severity, figures, "events and non-events add up to %s, not to %s%s",
               audit_number(s, sum), audit_number(s, n),
               sum < n ? ": people without the outcome, or a misprint?" : "");
}

static void one_arm(struct audit_sheet *s, size_t i, size_t k)
{
    const audit_role rest = arms[k].rest;
    const double events = audit_value(s, arms[k].events, i), n = audit_value(s, arms[k].n, i);
    const double other = rest == AUDIT_ROLES ? (double)NAN : audit_value(s, rest, i);
    const char *figures;

    if (isnan(events) || (isnan(n) && isnan(other))) {
        return;
    }
    s->looked_at++;
    figures = audit_figures(s, i, (audit_role[]){arms[k].events, arms[k].n, rest, AUDIT_ROLES});
    if (events > n) {
        more_than_n(s, i, k, figures);
    } else if (floor(events) != events) {
        audit_find(s, i, TQ_FINDING_WARNING, figures,
                   "%s events are no whole number: a percentage, a rate, or a cell with a "
                   "continuity correction?",
                   audit_number(s, events));
    } else if (!isnan(n) && !isnan(other) && events + other != n) {
        do_not_add_up(s, i, figures, events + other, n);
    }
}

static void one_size(struct audit_sheet *s, size_t i, audit_role role)
{
    const double n = audit_value(s, role, i);

    if (n > 0.0 && floor(n) != n) {
        audit_find(s, i, TQ_FINDING_WARNING, audit_figures(s, i, (audit_role[]){role, AUDIT_ROLES}),
                   "a size that is no whole number: another column's figure?");
    }
}

void audit_counts(struct audit_sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        for (size_t k = 0; k < sizeof arms / sizeof *arms; k++) {
            one_arm(s, i, k);
        }
        one_size(s, i, AUDIT_N1);
        one_size(s, i, AUDIT_N2);
        one_size(s, i, AUDIT_N);
    }
}
