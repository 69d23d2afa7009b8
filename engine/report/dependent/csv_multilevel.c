/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The components of a multilevel model in the CSV table, and the fits without clusters. */
#include <math.h>

#include "report/csv_table_internal.h"

static void component_rows(const tq_analysis *a, const tq_multilevel *m, tq_buffer *out)
{
    for (size_t i = 0; i < m->fit->n_components; i++) {
        const tq_mv_component *c = &m->fit->component[i];
        double values[CSV_NUMBERS];

        csv_estimate(c->value, c->se, c->ci_lb, c->ci_ub, NAN, values);
        values[CSV_I2] = m->I2[i];
        csv_row(a, "component", m->label[i], m->term[c->term].levels, values, out);
    }
}

/* The first coefficient without each cluster. */
static void influence_rows(const tq_analysis *a, const tq_multilevel *m, tq_buffer *out)
{
    for (size_t i = 0; m->influence && i < m->influence->n; i++) {
        const tq_mv_influence_row *r = &m->influence->row[i];
        double values[CSV_NUMBERS];

        csv_estimate(r->beta[0], NAN, NAN, NAN, NAN, values);
        values[CSV_Q] = r->QE;
        csv_row(a, "without", m->influence_level[i], a->fit->k - r->k, values, out);
    }
}

void csv_multilevel(const tq_analysis *a, tq_buffer *out)
{
    if (a->multilevel) {
        component_rows(a, a->multilevel, out);
        influence_rows(a, a->multilevel, out);
    }
}
