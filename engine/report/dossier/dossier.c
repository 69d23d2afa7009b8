/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the views on a dossier rely on. */
#include "report/dossier/dossier.h"

#include <math.h>
#include <string.h>

static const char *const better_names[TQ_BETTER_COUNT] = {
    [TQ_BETTER_UNKNOWN] = "", [TQ_BETTER_LOWER] = "lower", [TQ_BETTER_HIGHER] = "higher"};

const char *tq_better_name(tq_better better)
{
    return (unsigned)better < TQ_BETTER_COUNT ? better_names[better] : NULL;
}

tq_better tq_better_find(const char *name)
{
    tq_better found = TQ_BETTER_UNKNOWN;

    while (found < TQ_BETTER_COUNT && strcmp(better_names[found], name) != 0) {
        found++;
    }
    return found;
}

/* ---- one entry ---- */

static int is_empty(const char *text)
{
    return !text || !*text;
}

static tq_status check_names(const tq_dossier *d, size_t i, tq_error *err)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    const tq_dossier_entry *e = &d->entry[i];

    if (is_empty(e->id)) {
        return tq_fail(err, TQ_EINVAL, i, "id", "an analysis needs an id");
    }
    if (e->id[strspn(e->id, good)]) {
        return tq_fail(err, TQ_EINVAL, i, "id",
                       "id '%.80s' must be of letters, digits, '-', '_' and '.'", e->id);
    }
    for (size_t j = 0; j < i; j++) {
        if (strcmp(d->entry[j].id, e->id) == 0) {
            return tq_fail(err, TQ_EINVAL, i, "id",
                           "id '%.80s' is that of analysis %zu already; ids must differ", e->id,
                           j + 1);
        }
    }
    return is_empty(e->title)
               ? tq_fail(err, TQ_EINVAL, i, "title", "analysis '%.80s' needs a title", e->id)
               : TQ_OK;
}

int tq_dossier_same_section(const tq_dossier_entry *a, const tq_dossier_entry *b)
{
    return a->section && b->section ? strcmp(a->section, b->section) == 0
                                    : a->section == b->section;
}

/* A section ends where another begins. */
static tq_status check_section(const tq_dossier *d, size_t i, tq_error *err)
{
    const tq_dossier_entry *e = &d->entry[i];

    if (i == 0 || tq_dossier_same_section(e, &d->entry[i - 1])) {
        return TQ_OK;
    }
    for (size_t j = 0; j + 1 < i; j++) {
        if (tq_dossier_same_section(e, &d->entry[j])) {
            return tq_fail(err, TQ_EINVAL, i, "section",
                           "section '%.60s' of '%.60s' must follow that of '%.60s' directly",
                           e->section ? e->section : "", e->id, d->entry[j].id);
        }
    }
    return TQ_OK;
}

int tq_is_ratio(const tq_measure *measure, const tq_transform *transform)
{
    return strcmp(measure->transform, "exp") == 0 ||
           (transform && strcmp(transform->name, "exp") == 0);
}

static tq_status check_result(const tq_dossier_entry *e, size_t i, tq_error *err)
{
    if ((e->analysis != NULL) == !is_empty(e->why_none)) {
        return tq_fail(err, TQ_EINVAL, i, "why_none",
                       "'%.80s' must have either an analysis or the reason why there is none",
                       e->id);
    }
    if (!tq_better_name(e->better)) {
        return tq_fail(err, TQ_EINVAL, i, "better", "'%.80s': direction %d must be below %d", e->id,
                       (int)e->better, (int)TQ_BETTER_COUNT);
    }
    if (!isnan(e->mcid) && !(e->mcid > 0.0 && isfinite(e->mcid))) {
        return tq_fail(err, TQ_EINVAL, i, "mcid", "'%.80s': MCID '%g' must be > 0", e->id, e->mcid);
    }
    if (e->analysis && e->mcid == 1.0 &&
        tq_is_ratio(e->analysis->measure, e->analysis->transform)) {
        return tq_fail(err, TQ_EINVAL, i, "mcid", "'%.80s': MCID '1' of a ratio must not be 1",
                       e->id);
    }
    return TQ_OK;
}

static tq_status check_parts(const tq_dossier_entry *e, size_t i, tq_error *err)
{
    for (size_t j = 0; j < e->n_further; j++) {
        const tq_further *f = &e->further[j];

        if (is_empty(f->label)) {
            return tq_fail(err, TQ_EINVAL, i, "further",
                           "'%.80s': further analysis %zu needs a label", e->id, j + 1);
        }
        if ((f->analysis != NULL) == !is_empty(f->why_none)) {
            return tq_fail(
                err, TQ_EINVAL, i, "further",
                "'%.60s', '%.60s' must have either an analysis or the reason why there is "
                "none",
                e->id, f->label);
        }
        if ((unsigned)f->role >= TQ_FURTHER_COUNT) {
            return tq_fail(err, TQ_EINVAL, i, "further",
                           "'%.60s', '%.60s': role %d must be below %d", e->id, f->label,
                           (int)f->role, (int)TQ_FURTHER_COUNT);
        }
    }
    for (size_t j = 0; j < e->n_figures; j++) {
        if (is_empty(e->figure[j].svg)) {
            return tq_fail(err, TQ_EINVAL, i, "figure", "'%.80s': figure %zu has no SVG", e->id,
                           j + 1);
        }
    }
    return TQ_OK;
}

/* ---- the whole ---- */

typedef tq_status entry_check(const tq_dossier_entry *e, size_t i, tq_error *err);

tq_status tq_dossier_check(const tq_dossier *d, tq_error *err)
{
    static entry_check *const checks[] = {check_result, check_parts};

    if (is_empty(d->title)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, "title", "a review needs a title");
    }
    if (d->n == 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, "entry", "a review needs at least one analysis");
    }
    for (size_t i = 0; i < d->n; i++) {
        tq_status status = check_names(d, i, err);

        status = status == TQ_OK ? check_section(d, i, err) : status;
        for (size_t c = 0; status == TQ_OK && c < sizeof checks / sizeof *checks; c++) {
            status = checks[c](&d->entry[i], i, err);
        }
        if (status != TQ_OK) {
            return status;
        }
    }
    return TQ_OK;
}
