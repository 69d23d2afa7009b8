/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a summary of findings. */
#include "report/dossier/findings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/dossier/findings_internal.h"
#include "report/page/format.h"

enum { DECIMALS = 2, NUMBER = 64 };

const char *finding_text(finding_maker *m, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    const char *out = tq_arena_vformat(m->arena, fmt, args);

    va_end(args);
    if (!out) {
        m->failed = 1;
        return "";
    }
    return out;
}

const char *finding_range(finding_maker *m, double lo, double hi, int decimals)
{
    char a[NUMBER], b[NUMBER];

    return finding_text(m, "%s to %s", tq_format_number(a, sizeof a, lo, decimals),
                        tq_format_number(b, sizeof b, hi, decimals));
}

/* ---- texts of the effect --------------------------------------------------------------------- */

/* What stands before the estimate: the measure's code, where that is the field's abbreviation. */
static const char *short_name(const tq_analysis *a)
{
    const int own = strcmp(a->measure->code, "GEN") == 0 || a->provenance.effect ||
                    strcmp(a->transform->name, a->measure->transform) != 0;

    return own                                     ? tq_analysis_scale_name(a, 1)
           : strcmp(a->measure->code, "PETO") == 0 ? "Peto OR"
                                                   : a->measure->code;
}

static void describe_effect(finding_maker *m)
{
    tq_outcome *r = m->row;
    char est[NUMBER];

    if (!r->natural) {
        return;
    }
    const tq_natural *n = r->natural;

    tq_format_number(est, sizeof est, n->pred, DECIMALS);
    r->effect = isnan(n->ci_lb) ? finding_text(m, "%s %s", short_name(r->a), est)
                                : finding_text(m, "%s %s (%s)%s", short_name(r->a), est,
                                               finding_range(m, n->ci_lb, n->ci_ub, DECIMALS),
                                               r->headline.robust ? ", robust" : "");
    if (!isnan(n->pi_lb) && !isnan(n->pi_ub)) {
        r->prediction = finding_range(m, n->pi_lb, n->pi_ub, DECIMALS);
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* In the studies of a level, or in all. */
static double participants(const tq_analysis *a, const tq_block *block, size_t level)
{
    double sum = 0.0;

    for (size_t i = 0; i + a->n_filled < a->k; i++) {
        if (!block || block->fit->of[i] == level) {
            sum += a->study[i].ni;
        }
    }
    return sum;
}

/* The same of a multilevel model: effects of one study may be of the same people, the largest of them counts. */
static double participants_at_least(finding_maker *m, const tq_block *block, size_t level)
{
    const tq_analysis *a = m->e->analysis;
    const tq_mv_term *outermost = &a->multilevel->model.term[0];
    double *most = tq_arena_take(m->arena, outermost->n_groups, sizeof *most), sum = 0.0;

    if (!most) {
        m->failed = 1;
        return NAN;
    }
    for (size_t i = 0; i < a->k; i++) {
        double *of = &most[outermost->group[i]];

        if (!block || block->fit->of[i] == level) {
            *of = isnan(*of) || isnan(a->study[i].ni) ? (double)NAN : fmax(*of, a->study[i].ni);
        }
    }
    for (size_t g = 0; g < outermost->n_groups; g++) {
        sum += most[g];
    }
    return sum;
}

static void complete(finding_maker *m)
{
    tq_outcome *r = m->row;

    r->effect = r->prediction = r->important = "";
    r->control_text = r->with_text = r->difference_text = "";
    r->inconsistency_why = r->imprecision_why = "";
    r->unit = m->e->unit ? m->e->unit : "";
    r->control = r->control_lo = r->control_hi = r->optimal = NAN;
    r->with = r->difference = (tq_estimate){NAN, NAN, NAN};
    if (r->natural && isnan(r->natural->pred)) {
        r->natural = NULL;
    }
    if (r->a) {
        describe_effect(m);
        if (!r->level) {
            finding_absolute(m);
        }
        finding_judge(m);
    }
}

static void overall(finding_maker *m, size_t i)
{
    const tq_analysis *a = m->e->analysis;
    const int pooled = a && !a->levels_only;
    const int at_least = a && tq_analysis_studies(a) < a->k - a->n_filled;

    *m->row = (tq_outcome){.entry = i,
                           .a = a,
                           .label = m->e->title,
                           .fit = pooled ? a->fit : NULL,
                           .k = a ? a->k - a->n_filled : m->e->k,
                           .studies = a ? tq_analysis_studies(a) : m->e->k,
                           .I2 = pooled ? tq_analysis_I2(a) : (double)NAN,
                           .tau2 = pooled ? tq_analysis_tau2(a) : (double)NAN,
                           .participants = at_least ? participants_at_least(m, NULL, 0)
                                           : a      ? participants(a, NULL, 0)
                                                    : m->e->participants,
                           .at_least = at_least};
    if (pooled && a->fit->p == 1) {
        m->row->headline = tq_analysis_headline(a);
        m->row->natural = &m->row->headline.natural;
    }
    complete(m);
}

static void of_level(finding_maker *m, size_t i, const tq_block *block, size_t j)
{
    const tq_subgroup_level *level = &block->fit->level[j];
    const tq_analysis *a = m->e->analysis;
    const size_t studies =
        block->models && a->multilevel->model.n_terms > 0 ? block->models->clusters[j] : level->k;
    const int at_least = studies < level->k;

    *m->row = (tq_outcome){.entry = i,
                           .a = a,
                           .level = 1,
                           .label = finding_text(m, "%s: %s", block->fit->by, level->name),
                           .fit = level->fit,
                           .k = level->k,
                           .studies = studies,
                           .I2 = level->fit ? level->fit->I2 : (double)NAN,
                           .tau2 = level->fit ? level->fit->tau2 : (double)NAN,
                           .participants = at_least ? participants_at_least(m, block, j)
                                                    : participants(a, block, j),
                           .at_least = at_least};
    if (level->fit) {
        m->row->headline = tq_block_headline(block, j);
        m->row->natural = &m->row->headline.natural;
    }
    complete(m);
}

static size_t count_rows(const tq_dossier *d)
{
    size_t n = d->n;

    for (size_t i = 0; i < d->n; i++) {
        const tq_analysis *a = d->entry[i].analysis;

        for (size_t b = 0; a && a->levels_only && b < a->n_blocks; b++) {
            n += a->block[b].fit->n;
        }
    }
    return n;
}

tq_status tq_findings_make(const tq_dossier *d, tq_arena *arena, tq_findings *out, tq_error *err)
{
    tq_findings made = {.n = count_rows(d)};
    finding_maker m = {.arena = arena};

    made.row = tq_arena_take(arena, made.n, sizeof *made.row);
    m.row = made.row;
    for (size_t i = 0; m.row && i < d->n; i++) {
        const tq_analysis *a = d->entry[i].analysis;

        m.e = &d->entry[i];
        overall(&m, i);
        m.row++;
        for (size_t b = 0; a && a->levels_only && b < a->n_blocks; b++) {
            for (size_t j = 0; j < a->block[b].fit->n; j++, m.row++) {
                of_level(&m, i, &a->block[b], j);
            }
        }
    }
    made.rule = made.row ? finding_rules(&made, arena, &made.n_rules) : NULL;
    if (!made.rule || m.failed) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    made.reference = finding_references(&made.n_references);
    *out = made;
    return TQ_OK;
}
