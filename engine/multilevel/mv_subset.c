/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model of some of the rows of another. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

void mv_subset_free(mv_subset *s)
{
    if (!s) {
        return;
    }
    tq_block_matrix_free(s->V);
    for (size_t t = 0; s->term && t < s->model.n_terms; t++) {
        free(s->owned[3 * t]);
        free(s->owned[3 * t + 1]);
        free(s->owned[3 * t + 2]);
    }
    free(s->owned);
    free(s->term);
    free(s->yi);
    free(s->X);
    free(s->new_row);
    free(s);
}

/* Blocks of V that keep a row, without the others. */
static int cut_sampling(const tq_mv_model *m, mv_subset *s)
{
    const tq_block_matrix *V = m->V;
    size_t *size = malloc((V->n_blocks + 1) * sizeof *size), n = 0, at = 0;

    if (!size) {
        return 0;
    }
    for (size_t b = 0; b < V->n_blocks; b++) {
        size_t kept = 0;

        for (size_t a = V->start[b]; a < V->start[b + 1]; a++) {
            kept += s->new_row[V->row[a]] != SIZE_MAX;
        }
        if (kept) {
            size[n++] = kept;
        }
    }
    s->V = tq_block_matrix_new(n, size);
    free(size);
    if (!s->V) {
        return 0;
    }
    double *value = s->V->value;

    for (size_t b = 0; b < V->n_blocks; b++) {
        const size_t first = V->start[b], m_b = V->start[b + 1] - first;

        for (size_t j = 0; j < m_b; j++) {
            if (s->new_row[V->row[first + j]] == SIZE_MAX) {
                continue;
            }
            s->V->row[at++] = s->new_row[V->row[first + j]];
            for (size_t i = 0; i < m_b; i++) {
                if (s->new_row[V->row[first + i]] != SIZE_MAX) {
                    *value++ = V->value[V->at[b] + i + j * m_b];
                }
            }
        }
    }
    return 1;
}

/* Groups that are left, renumbered in order; R of those. */
static int cut_groups(const tq_mv_model *m, const tq_mv_term *from, mv_subset *s, tq_mv_term *to,
                      void **owned)
{
    size_t *number = malloc((from->n_groups + 1) * sizeof *number);
    size_t *group = malloc((s->model.k + 1) * sizeof *group);

    owned[0] = group;
    if (!number || !group) {
        free(number);
        return 0;
    }
    memset(number, 0, from->n_groups * sizeof *number);
    for (size_t i = 0; i < m->k; i++) {
        number[from->group[i]] |= s->new_row[i] != SIZE_MAX;
    }
    to->n_groups = 0;
    for (size_t g = 0; g < from->n_groups; g++) {
        number[g] = number[g] ? to->n_groups++ : SIZE_MAX;
    }
    for (size_t i = 0; i < m->k; i++) {
        if (s->new_row[i] != SIZE_MAX) {
            group[s->new_row[i]] = number[from->group[i]];
        }
    }
    to->group = group;
    if (from->R) {
        double *R = malloc((to->n_groups * to->n_groups + 1) * sizeof *R);

        owned[2] = R;
        for (size_t b = 0; R && b < from->n_groups; b++) {
            for (size_t a = 0; a < from->n_groups; a++) {
                if (number[a] != SIZE_MAX && number[b] != SIZE_MAX) {
                    R[number[a] + number[b] * to->n_groups] = from->R[a + b * from->n_groups];
                }
            }
        }
        to->R = R;
    }
    free(number);
    return !from->R || to->R;
}

static int cut_term(const tq_mv_model *m, const tq_mv_term *from, mv_subset *s, tq_mv_term *to,
                    void **owned)
{
    const size_t k = s->model.k;

    *to = *from;
    if (!cut_groups(m, from, s, to, owned)) {
        return 0;
    }
    if (from->inner) {
        size_t *inner = malloc((k + 1) * sizeof *inner);

        owned[1] = inner;
        for (size_t i = 0; inner && i < m->k; i++) {
            if (s->new_row[i] != SIZE_MAX) {
                inner[s->new_row[i]] = from->inner[i];
            }
        }
        to->inner = inner;
    } else if (from->Z) {
        double *Z = malloc((k * from->q + 1) * sizeof *Z);

        owned[1] = Z;
        for (size_t i = 0; Z && i < m->k; i++) {
            for (size_t a = 0; s->new_row[i] != SIZE_MAX && a < from->q; a++) {
                Z[s->new_row[i] + a * k] = from->Z[i + a * m->k];
            }
        }
        to->Z = Z;
    }
    return owned[1] || (!from->inner && !from->Z);
}

static int cut_rows(const tq_mv_model *m, mv_subset *s)
{
    const size_t k = s->model.k;

    s->yi = malloc((k + 1) * sizeof *s->yi);
    s->X = malloc((k * m->p + 1) * sizeof *s->X);
    if (!s->yi || !s->X) {
        return 0;
    }
    for (size_t i = 0; i < m->k; i++) {
        if (s->new_row[i] != SIZE_MAX) {
            s->yi[s->new_row[i]] = m->yi[i];
            for (size_t a = 0; a < m->p; a++) {
                s->X[s->new_row[i] + a * k] = m->X ? m->X[i + a * m->k] : 1.0;
            }
        }
    }
    return 1;
}

static int fill(const tq_mv_model *m, const unsigned char *keep, mv_subset *s)
{
    s->new_row = malloc((m->k + 1) * sizeof *s->new_row);
    s->term = calloc(m->n_terms + 1, sizeof *s->term);
    s->owned = calloc(3 * m->n_terms + 1, sizeof *s->owned);
    if (!s->new_row || !s->term || !s->owned) {
        return 0;
    }
    s->model = *m;
    s->model.k = 0;
    for (size_t i = 0; i < m->k; i++) {
        s->new_row[i] = keep[i] ? s->model.k++ : SIZE_MAX;
    }
    int whole = s->model.k > 0 && cut_rows(m, s) && cut_sampling(m, s);

    for (size_t t = 0; whole && t < m->n_terms; t++) {
        whole = cut_term(m, &m->term[t], s, &s->term[t], s->owned + 3 * t);
    }
    s->model.yi = s->yi;
    s->model.X = s->X;
    s->model.intercept = m->X ? m->intercept : 1;
    s->model.V = s->V;
    s->model.term = s->term;
    return whole;
}

mv_subset *mv_subset_new(const tq_mv_model *m, const unsigned char *keep)
{
    mv_subset *s = calloc(1, sizeof *s);

    if (s && !fill(m, keep, s)) {
        mv_subset_free(s);
        return NULL;
    }
    return s;
}
