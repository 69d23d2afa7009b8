/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of RevMan Web's data package under the names this program uses. */
#include <string.h>

#include "frame/table_internal.h"

/*
 * Cochrane (2023), RevMan Knowledge Base, "Data package specification": the file ID-data-rows.csv.
 * "CI start" and "CI end" have no row: they are on the natural scale, ci-lb and ci-ub are not.
 */
static const struct {
    const char *theirs, *ours;
} revman_columns[] = {
    {"Analysis group", "comparison_no"},
    {"Analysis number", "outcome_no"},
    {"Analysis name", "outcome"},
    {"Subgroup", "subgroup"},
    {"Study", "study"},
    {"Study year", "year"},
    {"GIV Mean", "yi"},
    {"GIV SE", "sei"},
    {"O-E", "oe"},
    {"Variance", "ve"},
    {"Experimental cases", "ai"},
    {"Experimental N", "n1i"},
    {"Experimental mean", "m1i"},
    {"Experimental SD", "sd1i"},
    {"Control cases", "ci"},
    {"Control N", "n2i"},
    {"Control mean", "m2i"},
    {"Control SD", "sd2i"},
};

_Static_assert(sizeof revman_columns / sizeof *revman_columns <= REVMAN_NAMES,
               "room for every name");

size_t revman_names(const tq_table *table, struct column_key *keys)
{
    size_t n = 0;

    /* These three together are the package's; one of them alone may be anyone's. */
    if (tq_table_find(table, "Analysis group") == TQ_NO_COLUMN ||
        tq_table_find(table, "Analysis number") == TQ_NO_COLUMN ||
        tq_table_find(table, "Study") == TQ_NO_COLUMN) {
        return 0;
    }
    for (size_t i = 0; i < sizeof revman_columns / sizeof *revman_columns; i++) {
        const size_t column = tq_table_find(table, revman_columns[i].theirs);

        if (column != TQ_NO_COLUMN &&
            tq_table_find(table, revman_columns[i].ours) == TQ_NO_COLUMN) {
            keys[n++] = (struct column_key){revman_columns[i].ours, column};
        }
    }
    return n;
}
