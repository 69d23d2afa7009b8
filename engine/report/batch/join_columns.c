/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of a cohort. */
#include <string.h>

#include "report/batch/batch_join_internal.h"

struct wanted_role {
    int role;
    const char *name;
};

static size_t list_roles(const tq_batch_cohort *c, const tq_batch_join *join,
                         struct wanted_role *out)
{
    const int z = join->scheme == TQ_SCHEME_Z, weight = z || join->min_weight > 0.0;
    const int freq =
        join->average_freq || join->minmax_freq || join->palindromic == TQ_PALINDROMIC_FREQ;
    const struct wanted_role all[] = {
        {ROLE_KEY, c->key},
        {ROLE_EFFECT, c->effect},
        {ROLE_VARIANCE, z       ? NULL
                        : c->se ? c->se
                                : c->variance},
        {ROLE_PVAL, z ? c->pval : NULL},
        {ROLE_WEIGHT, weight ? c->weight : NULL},
        {ROLE_EFFECT_ALLELE, join->align ? c->effect_allele : NULL},
        {ROLE_OTHER_ALLELE, join->align ? c->other_allele : NULL},
        {ROLE_FREQ, freq ? c->freq : NULL},
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].name) {
            out[n++] = all[i];
        }
    }
    for (int i = 0; i < TQ_MOST_KEY_PARTS - 1 && c->key_part[i]; i++) {
        out[n++] = (struct wanted_role){ROLE_KEY_PART + i, c->key_part[i]};
    }
    for (size_t i = 0; i < join->n_custom; i++) {
        if (c->custom[i]) {
            out[n++] = (struct wanted_role){ROLE_CUSTOM + (int)i, c->custom[i]};
        }
    }
    for (size_t i = 0; i < c->n_filters && i < MOST_FILTERS; i++) {
        out[n++] = (struct wanted_role){ROLE_FILTER + (int)i, c->filter[i].column};
    }
    return n;
}

static int is_allele(int role)
{
    return role == ROLE_EFFECT_ALLELE || role == ROLE_OTHER_ALLELE;
}

tq_status cohort_columns_find(const tq_batch_cohort *cohort, const tq_batch_join *join,
                              const tq_line_form *form, struct cohort_columns *out, tq_error *err)
{
    struct wanted_role roles[ROLES];
    size_t column[ROLES] = {0}, place[ROLES] = {0};
    size_t n = list_roles(cohort, join, roles);
    tq_status status = TQ_OK;

    for (size_t i = 0; i < ROLES; i++) {
        out->place[i] = NO_PLACE;
    }
    const int no_alleles = cohort->optional_alleles && !has_column(form, cohort->effect_allele) &&
                           !has_column(form, cohort->other_allele);

    for (size_t i = 0; status == TQ_OK && i < n;) {
        const int role = roles[i].role;

        status = tq_line_form_find(form, roles[i].name, &column[i], err);
        if (status == TQ_EINVAL &&
            ((role == ROLE_WEIGHT && cohort->optional_weight) || (is_allele(role) && no_alleles))) {
            memmove(&roles[i], &roles[i + 1], (--n - i) * sizeof *roles);
            status = TQ_OK;
            continue;
        }
        i++;
    }
    status = status == TQ_OK ? wanted_new(column, n, &out->wanted, place, err) : status;
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        out->place[roles[i].role] = place[i];
    }
    return status;
}
