/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was run on what: enough to repeat the analysis, and to see that it was this one. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum { LABEL = 0, VALUE = 1, FIRST_ROW = 4, VALUE_PIXELS = 740 };

typedef struct {
    const char *label, *value; /* rows without a value are left out */
} line;

static lxw_row_t write_lines(wb_sheet *s, lxw_row_t row, const line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lines[i].value && *lines[i].value) {
            wb_text(s, row, LABEL, lines[i].label, wb_as(WB_WRAP));
            row = wb_wrapped(s, row, VALUE, lines[i].value, VALUE_PIXELS);
        }
    }
    return row;
}

static lxw_row_t write_run(wb_sheet *s, lxw_row_t row)
{
    const tq_provenance *from = &s->book->a->provenance;
    const line lines[] = {
        {"Program", "tausq " TQ_VERSION},
        {"Command", from->command},
        {"Command line", from->command_line},
        {"Source", from->source},
        {"Sheet", from->sheet},
        {"SHA-256 of the source", from->sha256},
        {"Date", from->date},
        {"Arm 1", from->group1},
        {"Arm 2", from->group2},
    };

    wb_flow(s, row++, LABEL, "Run", wb_as(WB_SECTION));
    return write_lines(s, row, lines, sizeof lines / sizeof *lines) + 1;
}

static const char *yes_no(int yes)
{
    return yes ? "yes" : "no";
}

/* Of the effects: what was not said is the measure's own. */
static lxw_row_t write_effect_options(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_measure *m = book->a->measure;
    const tq_effect_options *e = &book->a->effects;

    if (!m) {
        return row;
    }
    const line lines[] = {
        {"measure", m->code},
        {"vtype", book->a->vtype ? book->a->vtype : m->vtypes[0]},
        {"add", wb_format(book, "%.15g", isnan(e->add) ? m->add : e->add)},
        {"to", tq_zero_rule_name(e->to == TQ_TO_COUNT ? m->to : e->to)},
        {"add-cells", strcmp(m->code, "RR") != 0 ? NULL
                      : e->add_events            ? "events"
                                                 : "all"},
        {"drop00", yes_no(e->drop00)},
        {"correct", yes_no(e->correct)},
        {"exact-bias", yes_no(e->exact_bias)},
        {"ci-level", wb_format(book, "%.15g", e->ci_level)},
        {"rescale", wb_format(book, "%.15g", e->rescale)},
    };

    wb_flow(s, row++, LABEL, "Effects, defaults included", wb_as(WB_SECTION));
    return write_lines(s, row, lines, sizeof lines / sizeof *lines) + 1;
}

static lxw_row_t write_options(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const tq_pool_options *o = &a->options;
    const int bootstrap = o->predict == TQ_PREDICT_NNF || a->ci_mu.iterations > 0;
    const int mh = o->method == TQ_MH;
    const line lines[] = {
        {"method", tq_method_name(o->method)},
        {"test", tq_test_name(o->test)},
        {"level", wb_format(book, "%.15g", o->level)},
        {"tau2", !tq_method_random(o->method) ? "none"
                 : isnan(o->tau2)             ? "estimated"
                                              : wb_format(book, "%.15g", o->tau2)},
        {"correct", mh ? o->correct ? "yes" : "no" : NULL},
        {"mh-variance",
         mh && strcmp(a->measure->code, "RD") == 0 ? tq_mh_variance_name(o->mh_variance) : NULL},
        {"glmm-model", a->glmm_model},
        {"nagq", a->nagq > 0 ? wb_format(book, "%zu", a->nagq) : NULL},
        {"bb-correlation", o->method != TQ_BB ? NULL
                           : o->separate_rho  ? "groups"
                                              : "common"},
        {"weighted", o->weighted ? "yes" : "no"},
        {"weights", a->weights_name ? a->weights_name : "none"},
        {"ci-tau2", tq_ci_tau2_name(o->ci_tau2)},
        {"i2", tq_method_random(o->method) ? tq_i2_name(o->i2) : NULL},
        {"predict", tq_predict_name(o->predict)},
        {"scale", a->scale ? a->scale_design->formula : NULL},
        {"link", a->scale ? tq_link_name(a->scale->link) : NULL},
        {"type", a->selmodel ? tq_sel_type_name(a->selmodel->type) : NULL},
        {"alternative", a->selmodel ? tq_sel_alternative_name(a->selmodel->alternative) : NULL},
        {"prec", a->selmodel ? tq_sel_prec_name(a->selmodel->prec) : NULL},
        {"ci-mu", a->ci_mu.kind == TQ_CI_MU_WALD ? NULL : tq_ci_mu_name(a->ci_mu.kind)},
        {"threshold", wb_format(book, "%g", o->tol)},
        {"maxiter", wb_format(book, "%d", o->max_iter)},
        {"seed", bootstrap ? wb_format(book, "%" PRIu64, o->seed) : NULL},
        {"resamples", a->ci_mu.iterations > 0
                          ? wb_format(book, "%zu", a->ci_mu.iterations + a->ci_mu.failed)
                      : bootstrap ? wb_format(book, "%zu", o->resamples)
                                  : NULL},
        {"transform", a->transform ? a->transform->name : NULL},
        {"subgroup-tau2", a->n_blocks == 0                          ? NULL
                          : a->block[0].fit->mode == TQ_TAU2_COMMON ? "common"
                                                                    : "separate"},
        {"overall", a->n_blocks == 0 ? NULL
                    : a->levels_only ? "no"
                                     : "yes"},
        {"live", book->live ? "yes" : wb_format(book, "no: %s", book->frozen)},
    };

    wb_flow(s, row++, LABEL, "Model, defaults included", wb_as(WB_SECTION));
    return write_lines(s, row, lines, sizeof lines / sizeof *lines) + 1;
}

static lxw_row_t write_compatibility(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_compatibility *c = book->a->provenance.compat;

    if (!c) {
        return row;
    }
    wb_flow(
        s, row++, LABEL,
        wb_format(book, "Compatibility: defaults of %s (%s)", c->system->label, c->system->version),
        wb_as(WB_SECTION));
    for (size_t i = 0; i < c->n_changed; i++) {
        const tq_compat_default *d = c->changed[i];
        const line one = {d->option, wb_format(book, "%s in place of %s (%s: %s)", d->theirs,
                                               d->ours, tq_compat_status(d), d->source)};

        row = write_lines(s, row, &one, 1);
    }
    for (size_t i = 0; i < c->system->n_not_done; i++) {
        const line one = {"not done", c->system->not_done[i]};

        row = write_lines(s, row, &one, 1);
    }
    return row + 1;
}

static lxw_row_t write_texts(wb_sheet *s, lxw_row_t row, const char *title,
                             const char *const *texts, size_t n)
{
    if (n == 0) {
        return row;
    }
    wb_flow(s, row++, LABEL, title, wb_as(WB_SECTION));
    for (size_t i = 0; i < n; i++) {
        row = wb_paragraph(s, row, LABEL, texts[i], wb_as(WB_TEXT));
    }
    return row + 1;
}

void wb_provenance(wb_sheet *s)
{
    const tq_analysis *a = s->book->a;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Provenance",
           "What was run on what. The same command on the same data gives this "
           "workbook again.");
    row = write_run(s, row);
    row = write_effect_options(s, row);
    row = write_options(s, row);
    row = write_compatibility(s, row);
    row = write_texts(s, row, "Assumptions", a->assumption, a->n_assumptions);
    row = write_texts(s, row, "Warnings", a->warning, a->n_warnings);
    write_texts(s, row, "Notice", &a->provenance.notice, a->provenance.notice ? 1 : 0);
    wb_finish(s, 0, 0);
    wb_check(s->book,
             s->book->xlsx->worksheet_set_column_pixels(s->ws, VALUE, VALUE, VALUE_PIXELS, NULL));
}
