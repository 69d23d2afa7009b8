/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects below their cluster: how they are called, and what the marks of a multilevel model mean. */
#include <ctype.h>
#include <string.h>

#include "report/figure/forest_internal.h"

const char *forest_cluster_name(tq_arena *arena, const tq_analysis *a, size_t g)
{
    const char *const level = a->multilevel->term[0].level[g];

    return isdigit((unsigned char)*level)
               ? tq_arena_format(arena, "%s %s", a->multilevel->factor, level)
               : level;
}

static const char *label_of(const tq_analysis *a, size_t i)
{
    return a->study[i].label ? a->study[i].label : "";
}

/* Whether the labels of a cluster's effects are one and the same, which tells none of them apart. */
static int are_alike(const tq_analysis *a, size_t i)
{
    const size_t *const group = a->multilevel->model.term[0].group;

    for (size_t j = 0; j < a->k; j++) {
        if (group[j] == group[i] && strcmp(label_of(a, j), label_of(a, i)) != 0) {
            return 0;
        }
    }
    return 1;
}

/* "esid 3" of "5/3", the level of the innermost factor of the first formula, or "pain" of ~ outcome | study; NULL:
   there is one factor. */
static const char *inner_name(tq_arena *arena, const tq_analysis *a, size_t i)
{
    const tq_multilevel *const m = a->multilevel;
    const tq_random_formula *const f = m->term[0].formula;
    size_t t = 0;

    if (f->n_inner == 1 && m->model.term[0].inner) {
        return m->model.term[0].inner_name[m->model.term[0].inner[i]];
    }
    if (f->n_inner > 0 || f->n_outer < 2) {
        return NULL;
    }
    t = f->n_outer - 1;
    const char *const whole = m->term[t].level[m->model.term[t].group[i]];
    const char *const outer = m->term[t - 1].level[m->model.term[t - 1].group[i]];

    return tq_arena_format(arena, "%s %s", f->outer[t], whole + strlen(outer) + 1);
}

/* What follows the name of its cluster in a label: "Celebrex 200" of "Bensen 1999: Celebrex 200"; NULL: it begins
   otherwise, or nothing follows. */
static const char *behind_cluster(const tq_analysis *a, size_t i)
{
    const tq_multilevel *const m = a->multilevel;
    const char *const level = m->term[0].level[m->model.term[0].group[i]], *at = label_of(a, i);
    const size_t n = strlen(level);

    if (strncmp(at, level, n) != 0 || !strchr(":,;", at[n])) {
        return NULL;
    }
    at += n + strspn(at + n, ":,; ");
    return *at ? at : NULL;
}

const char *forest_effect_name(tq_arena *arena, const tq_analysis *a, size_t i)
{
    const char *const own = behind_cluster(a, i) ? behind_cluster(a, i) : label_of(a, i);
    const char *const inner = are_alike(a, i) ? inner_name(arena, a, i) : own;

    return inner ? inner : own;
}

const char *forest_alone_name(tq_arena *arena, const tq_analysis *a, size_t i)
{
    const tq_multilevel *const m = a->multilevel;
    const size_t g = m->model.term[0].group[i];
    const char *const own = label_of(a, i), *const name = forest_cluster_name(arena, a, g);

    if (behind_cluster(a, i)) {
        return own;
    }
    return !*own || !name || strcmp(own, m->term[0].level[g]) == 0
               ? name
               : tq_arena_format(arena, "%s: %s", name, own);
}

const char *forest_full_name(tq_arena *arena, const tq_analysis *a, size_t i)
{
    const tq_multilevel *const m = a->multilevel;
    const char *const own = label_of(a, i);

    if (!m || m->model.n_terms == 0 || a->k > FOREST_MOST_NESTED || !are_alike(a, i)) {
        return own;
    }
    const char *const name = forest_alone_name(arena, a, i), *const inner = inner_name(arena, a, i);

    return name && inner && m->term[0].levels < a->k ? tq_arena_format(arena, "%s, %s", name, inner)
                                                     : name;
}

const char *forest_robust_text(tq_arena *arena, const tq_analysis *a)
{
    return tq_arena_format(arena, "cluster-robust (%s, %zu clusters by %s)",
                           tq_robust_name(a->robust->fit->type), a->robust->m, a->robust->by);
}
