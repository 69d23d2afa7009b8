/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods paragraph: sentences from the options and results of an analysis, sources cited. */
#include "report/methods_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "report/methods_internal.h"

typedef methods_maker maker;

static void say(maker *m, const char *text)
{
    tq_buffer_text(&m->text, text);
}

/* A further sentence of the paragraph. */
static void go_on(maker *m)
{
    say(m, m->text.size ? " " : "");
}

static void number(maker *m, double x)
{
    tq_buffer_number(&m->text, x, 10);
}

void methods_cite(maker *m, const char *reference)
{
    const char *open = reference ? strstr(reference, " (") : NULL;
    const char *close = open ? strchr(open, ')') : NULL;
    tq_methods_text *out = m->out;

    if (!close) {
        return;
    }
    tq_buffer_format(&m->text, " (%.*s, %.*s)", (int)(open - reference), reference,
                     (int)(close - open - 2), open + 2);
    for (size_t i = 0; i < out->n_references; i++) {
        if (strcmp(out->reference[i], reference) == 0) {
            return;
        }
    }
    if (out->n_references < METHODS_REFERENCES) {
        out->reference[out->n_references++] = reference;
    }
}

void methods_end_paragraph(maker *m)
{
    tq_methods_text *out = m->out;

    m->failed = m->failed || m->text.failed;
    if (m->text.size == 0 || out->n == METHODS_PARAGRAPHS) {
        return;
    }
    out->paragraph[out->n] = m->failed ? NULL
                                       : tq_arena_format(m->arena, "%.*s", (int)m->text.size,
                                                         (const char *)m->text.data);
    m->failed = m->failed || !out->paragraph[out->n];
    out->n++;
    tq_buffer_free(&m->text);
}

static void counted(maker *m, size_t n, const char *one, const char *more)
{
    tq_buffer_format(&m->text, "%zu %s", n, n == 1 ? one : more);
}

/* ---- data and effects ------------------------------------------------------------------------ */

/* "events and group sizes (12 studies), from the effect as given (1)"; the most there are to tell. */
enum { MOST_RECIPES = 6 };

typedef struct {
    const char *from;
    size_t n;
} recipe;

/* How many effects each recipe computed; *others: those of recipes past the most. */
static size_t count_recipes(const tq_analysis *a, recipe *found, size_t *others)
{
    size_t n = 0;

    *others = 0;
    for (size_t i = 0; i < a->k; i++) {
        const char *from = a->study[i].from;
        size_t j = 0;

        while (from && j < n && strcmp(found[j].from, from) != 0) {
            j++;
        }
        if (from && j == n && n < MOST_RECIPES) {
            found[n++] = (recipe){from, 0};
        }
        if (from && j < n) {
            found[j].n++;
        } else {
            *others += from != NULL;
        }
    }
    return n;
}

static void say_recipes(maker *m)
{
    recipe found[MOST_RECIPES];
    size_t others;
    const size_t n = count_recipes(m->a, found, &others);
    const char *one = m->a->multilevel ? "effect" : "study";
    const char *more = m->a->multilevel ? "effects" : "studies";

    for (size_t j = 0; j < n; j++) {
        say(m, j == 0 ? " Effects were computed from " : ", from ");
        say(m, found[j].from);
        say(m, " (");
        counted(m, found[j].n, one, more);
        say(m, ")");
    }
    if (others > 0) {
        say(m, ", and otherwise (");
        counted(m, others, one, more);
        say(m, ")");
    }
    say(m, n ? "." : "");
}

static void say_zero_cells(maker *m)
{
    const tq_analysis *a = m->a;
    const tq_zero_rule rule = a->effects.to == TQ_TO_COUNT ? a->measure->to : a->effects.to;
    const double add = isnan(a->effects.add) ? a->measure->add : a->effects.add;
    size_t adjusted = 0;

    if (!(add > 0.0) || rule == TQ_TO_NONE) {
        return;
    }
    for (size_t i = 0; i < a->k; i++) {
        adjusted += a->study[i].added > 0.0;
    }
    if (adjusted == 0) {
        if (a->study[0].from && strstr(a->study[0].from, "events")) {
            say(m, " No study had a zero cell that called for a continuity correction.");
        }
        return;
    }
    say(m, " A continuity correction of ");
    number(m, add);
    say(m, rule == TQ_TO_ALL ? " was added to the cells of all studies"
           : rule == TQ_TO_IF0ALL
               ? " was added to the cells of all studies, because one had a zero "
                 "cell"
           : rule == TQ_TO_TACC ? ", shared between the groups in proportion to their sizes, was "
                                  "added to studies with a zero cell"
           : a->effects.add_events ? " was added to the events of studies with a zero cell"
                                   : " was added to the cells of studies with a zero cell");
    tq_buffer_format(&m->text, " (%zu of %zu).", adjusted, a->k);
}

static void say_measure(maker *m)
{
    const tq_analysis *a = m->a;
    const char *scale = tq_analysis_scale_name(a, 0), *natural = tq_analysis_scale_name(a, 1);

    say(m, "The effect measure was the ");
    say(m, natural);
    if (strcmp(scale, natural) != 0) {
        say(m, ", analysed as ");
        say(m, scale);
    }
    methods_cite(m, a->measure->reference);
    say(m, ".");
    if (a->vtype) {
        say(m, " Sampling variances are of type ");
        say(m, a->vtype);
        say(m, ".");
    }
}

static void effects_paragraph(maker *m)
{
    const tq_analysis *a = m->a;

    say_measure(m);
    say_recipes(m);
    say_zero_cells(m);
    if (a->n_excluded > 0) {
        tq_buffer_format(&m->text, " Of %zu rows, %zu could not be used and %s left out.", a->rows,
                         a->n_excluded, a->n_excluded == 1 ? "was" : "were");
    }
    for (size_t i = 0; i < a->n_assumptions; i++) {
        say(m, " Assumed: ");
        say(m, a->assumption[i]);
        say(m, ".");
    }
    methods_end_paragraph(m);
}

/* ---- the model ------------------------------------------------------------------------------- */

static void say_tau2(maker *m)
{
    const tq_pool *fit = m->a->fit;

    if (!tq_method_random(fit->method)) {
        return;
    }
    if (fit->tau2_fixed) {
        say(m, " The variance between studies, tau\xC2\xB2, was given as ");
        number(m, fit->tau2);
        say(m, ".");
        return;
    }
    say(m, " The variance between studies, tau\xC2\xB2, was estimated by ");
    say(m, tq_method_label(fit->method));
    methods_cite(m, tq_method_source(fit->method));
    say(m, ".");
}

static void say_weights(maker *m)
{
    const tq_analysis *a = m->a;

    if (a->weights_name) {
        say(m, " Studies were weighted by the column ");
        say(m, a->weights_name);
        say(m, ".");
    } else if (!a->options.weighted) {
        say(m, " Studies were weighted equally.");
    } else if (tq_method_random(a->fit->method)) {
        say(m, " Studies were weighted by the inverse of their sampling variance plus "
               "tau\xC2\xB2.");
    }
}

static void say_test(maker *m)
{
    static const struct {
        tq_test test;
        const char *text, *source;
    } tests[] = {
        {TQ_TEST_Z, "are based on the standard normal distribution (Wald-type)", NULL},
        {TQ_TEST_T, "are based on the t distribution with k - p degrees of freedom", NULL},
        {TQ_TEST_KNHA, "use the Knapp-Hartung adjustment",
         "Knapp & Hartung (2003), Stat. Med. 22:2693-2710"},
        {TQ_TEST_ADHOC,
         "use the Knapp-Hartung adjustment where it widens the intervals, never where it narrows "
         "them",
         "Knapp & Hartung (2003), Stat. Med. 22:2693-2710"},
        {TQ_TEST_KR, "use the Kenward-Roger adjustment",
         "Kenward & Roger (1997), Biometrics 53:983-997"},
    };

    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (tests[i].test == m->a->fit->test && !(m->a->multilevel && i > 0)) {
            say(m, " Tests and ");
            number(m, m->a->fit->level);
            say(m, "% confidence intervals of ");
            say(m, m->a->fit->p > 1 ? "coefficients " : "the pooled effect ");
            say(m, tests[i].text);
            methods_cite(m, tests[i].source);
            say(m, ".");
        }
    }
}

static void say_selection(maker *m)
{
    const tq_selmodel *s = m->a->selmodel;

    if (!s) {
        return;
    }
    say(m, " Selection of studies was modelled by a ");
    say(m, tq_sel_type_label(s->type));
    methods_cite(m, tq_sel_type_source(s->type));
    if (s->type < TQ_SEL_TRUNC) {
        tq_buffer_format(&m->text, " of %s p-values",
                         s->alternative == TQ_SEL_TWO_SIDED ? "two-sided" : "one-sided");
        say(m, s->alternative == TQ_SEL_GREATER ? " (for effects above 0)"
               : s->alternative == TQ_SEL_LESS  ? " (for effects below 0)"
                                                : "");
    }
    for (size_t i = 0; s->type == TQ_SEL_STEPFUN && i + 1 < s->n_steps; i++) {
        say(m, i ? ", " : " with steps at ");
        number(m, s->steps[i]);
    }
    if (s->prec != TQ_SEL_PREC_NONE) {
        tq_buffer_format(&m->text, " and of the studies' %s", tq_sel_prec_name(s->prec));
    }
    if (s->estimated) {
        say(m,
            "; all parameters were estimated together by maximum likelihood, with standard errors "
            "from the observed information, and no selection was tested by the likelihood ratio.");
    } else {
        say(m, " whose weights were fixed beforehand");
        methods_cite(m, "Vevea & Woods (2005), Psychol. Methods 10:428-443");
        say(m, ".");
    }
}

static void say_model(maker *m)
{
    const tq_analysis *a = m->a;
    const int random = tq_method_random(a->fit->method);
    const char *model = tq_analysis_model_name(a);

    if (methods_multilevel(m)) {
        return;
    }
    say(m, " combined in ");
    say(m, strchr("aeiou", model[0]) ? "an " : "a ");
    say(m, model);
    if (!random) {
        const char *label = tq_method_label(a->fit->method);

        if (strcmp(label, model) != 0) {
            say(m, " by the method ");
            say(m, label);
        }
        methods_cite(m, tq_method_source(a->fit->method));
    }
    say(m, ".");
    say_tau2(m);
    say_weights(m);
}

static void say_limits(maker *m)
{
    const tq_analysis *a = m->a;

    if (a->mh_variance) {
        say(m, " Variance of the pooled effect: ");
        say(m, a->mh_variance);
        say(m, ".");
    }
    say_test(m);
    say_selection(m);
    if (a->transform && strcmp(a->transform->name, "none") != 0) {
        say(m, " Estimates and limits were transformed back (");
        say(m, a->transform->label);
        say(m, ").");
    }
}

static void model_paragraph(maker *m)
{
    if (m->a->k == 1) {
        say(m, "One study could be used, so that nothing was pooled: its effect and interval are "
               "shown.");
    } else {
        counted(m, m->a->k, m->a->multilevel ? "effect was" : "study was",
                m->a->multilevel ? "effects were" : "studies were");
        say_model(m);
    }
    say_limits(m);
    methods_end_paragraph(m);
}

/* ---- heterogeneity --------------------------------------------------------------------------- */

static void say_tau2_interval(maker *m)
{
    static const struct {
        const char *text, *source;
    } kinds[TQ_CI_COUNT] = {
        [TQ_CI_QP] = {"by the Q-profile method", "Viechtbauer (2007), Stat. Med. 26:37-52"},
        [TQ_CI_PL] = {"by profile likelihood", "Hardy & Thompson (1996), Stat. Med. 15:619-629"},
        [TQ_CI_BJ] = {"from the generalised Q statistic with weights 1/vi",
                      "Biggerstaff & Jackson (2008), Stat. Med. 27:6093-6110"},
        [TQ_CI_J] = {"from the generalised Q statistic with weights 1/sqrt(vi)",
                     "Jackson (2013), Res. Synth. Methods 4:220-229"},
    };
    const tq_ci_tau2 kind = m->a->fit->ci.method;

    if ((unsigned)kind < TQ_CI_COUNT && kinds[kind].text && isfinite(m->a->fit->tau2)) {
        say(m, " Their confidence intervals were computed ");
        say(m, kinds[kind].text);
        methods_cite(m, kinds[kind].source);
        say(m, ".");
    }
}

static void say_prediction(maker *m)
{
    static const struct {
        tq_predict kind;
        const char *text, *source;
    } kinds[] = {
        {TQ_PREDICT_DEFAULT, "with the critical value of the test in use",
         "Higgins, Thompson & Spiegelhalter (2009), J. R. Stat. Soc. A 172:137-159"},
        {TQ_PREDICT_T, "from the t distribution with k - 1 degrees of freedom",
         "Higgins, Thompson & Spiegelhalter (2009), J. R. Stat. Soc. A 172:137-159"},
        {TQ_PREDICT_RILEY, "from the t distribution with k - 2 degrees of freedom",
         "Higgins, Thompson & Spiegelhalter (2009), J. R. Stat. Soc. A 172:137-159"},
        {TQ_PREDICT_HK,
         "from the t distribution with k - 1 degrees of freedom and the Knapp-Hartung standard "
         "error",
         "Partlett & Riley (2017), Stat. Med. 36:301-317"},
        {TQ_PREDICT_NNF, "by the bootstrap",
         "Nagashima, Noma & Furukawa (2019), Stat. Methods Med. Res. 28:1689-1702"},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].kind == m->a->fit->predict && isfinite(m->a->fit->prediction.pi_lb)) {
            say(m, " The prediction interval, which covers the effect in a further, similar study, "
                   "was computed ");
            say(m, kinds[i].text);
            methods_cite(m, kinds[i].source);
            say(m, ".");
        }
    }
}

static void say_heterogeneity(maker *m)
{
    const tq_pool *fit = m->a->fit;

    if (fit->k <= fit->p || !isfinite(fit->QE)) {
        return;
    }
    say(m, fit->p > 1 ? "Residual heterogeneity was assessed by Cochran's Q test"
                      : "Heterogeneity was assessed by Cochran's Q test");
    methods_cite(m, "Cochran (1954), Biometrics 10:101-129");
    if (isfinite(fit->tau2)) {
        say(m, ", by tau\xC2\xB2");
    }
    if (isfinite(fit->I2)) {
        say(m, m->a->options.i2 == TQ_I2_Q ? ", and by I\xC2\xB2 and H\xC2\xB2 from Q"
                                           : ", and by I\xC2\xB2 and H\xC2\xB2");
        methods_cite(m, "Higgins & Thompson (2002), Stat. Med. 21:1539-1558");
    }
    say(m, ".");
    say_tau2_interval(m);
    say_prediction(m);
}

static void heterogeneity_paragraph(maker *m)
{
    say_heterogeneity(m);
    methods_end_paragraph(m);
}

/* ---- subgroups and moderators ---------------------------------------------------------------- */

/* "A (3 levels), B and C"; levels: 1: how many there are. */
static void list_groupings(maker *m, int levels)
{
    const tq_analysis *a = m->a;

    for (size_t b = 0; b < a->n_blocks; b++) {
        const tq_subgroups *fit = a->block[b].fit;

        say(m, b == 0 ? " " : b + 1 == a->n_blocks ? " and " : ", ");
        say(m, fit->by);
        if (levels) {
            tq_buffer_format(&m->text, " (%zu level%s)", fit->n, fit->n == 1 ? "" : "s");
        }
    }
}

static int has_comparison(const tq_analysis *a)
{
    for (size_t b = 0; b < a->n_blocks; b++) {
        if (isfinite(a->block[b].fit->QB)) {
            return 1;
        }
    }
    return 0;
}

static void say_subgroups(maker *m, int levels)
{
    const tq_analysis *a = m->a;

    if (a->n_blocks == 0) {
        return;
    }
    const int common = a->block[0].fit->mode == TQ_TAU2_COMMON;

    say(m, "Studies were grouped by");
    list_groupings(m, levels);
    if (tq_method_random(a->fit->method)) {
        say(m, common ? ", with one tau\xC2\xB2 for all levels"
                      : ", with a tau\xC2\xB2 of its own for each level");
    }
    if (has_comparison(a)) {
        say(m, common ? "; levels were compared by the Wald-type test of the factor"
                      : "; levels were compared by the Q test between them");
        methods_cite(m, "Borenstein et al. (2009), Introduction to Meta-Analysis, ch. 19");
    }
    say(m, ".");
}

static void say_moderators(maker *m)
{
    const tq_analysis *a = m->a;

    if (a->fit->p > 1) {
        go_on(m);
        say(m, "Moderators were examined by meta-regression (mixed model where tau\xC2\xB2 is "
               "estimated); terms: ");
        for (size_t i = 0; i < a->fit->p; i++) {
            say(m, i ? ", " : "");
            say(m, a->term[i]);
        }
        say(m, ".");
    }
}

static void subgroups_paragraph(maker *m)
{
    say_subgroups(m, 1);
    say_moderators(m);
    methods_end_paragraph(m);
}

/* ---- small-study effects --------------------------------------------------------------------- */

static void say_tests(maker *m)
{
    const tq_bias *bias = m->a->bias;

    say(m, "Small-study effects were tested by");
    for (size_t i = 0; i < bias->n; i++) {
        say(m, i ? "; " : " ");
        say(m, tq_bias_test_label(bias->result[i].test));
        methods_cite(m, tq_bias_test_source(bias->result[i].test));
    }
    say(m, ".");
}

void methods_cite_adjustment(methods_maker *m)
{
    const tq_publication *of = m->a->publication;

    if (m->a->trim_fill) {
        methods_cite(m, "Duval & Tweedie (2000), Biometrics 56:455-463");
    }
    for (size_t i = 0; of && i < TQ_ANSWERS_SOURCES && of->answers.source[i]; i++) {
        methods_cite(m, of->answers.source[i]);
    }
}

static void say_filled(maker *m)
{
    const tq_trim_fill *fill = m->a->trim_fill;

    tq_buffer_format(&m->text,
                     "Studies that the funnel lacks were filled in by trim and fill (estimator %s, "
                     "%s side%s)",
                     tq_fill_estimator_name(fill->estimator), tq_fill_side_name(fill->side),
                     fill->side_found ? ", found by the slope on the standard error" : "");
    methods_cite_adjustment(m);
    if (fill->trim_method != m->a->fit->method) {
        tq_buffer_format(&m->text, ", with %s while trimming", tq_method_name(fill->trim_method));
    }
    tq_buffer_format(&m->text, ": %zu.", fill->k0);
}

static void say_fail_safe(maker *m)
{
    say(m, "Fail-safe N was computed by the methods of Rosenthal");
    methods_cite(m, "Rosenthal (1979), Psychol. Bull. 86:638-641");
    say(m, ", Orwin");
    methods_cite(m, "Orwin (1983), J. Educ. Stat. 8:157-159");
    say(m, " with inverse-variance weights, Rosenberg");
    methods_cite(m, "Rosenberg (2005), Evolution 59:464-468");
    say(m, ", and for the model in use.");
}

/* A method for publication bias and its papers. */
static void say_publication(maker *m)
{
    say(m, "What studies that were not seen may have changed was examined by ");
    say(m, m->a->publication->answers.method);
    methods_cite_adjustment(m);
    say(m, ".");
}

static void say_small_studies(maker *m)
{
    if (m->a->bias) {
        say_tests(m);
    }
    if (m->a->trim_fill) {
        go_on(m);
        say_filled(m);
    }
    if (m->a->fail_safe) {
        go_on(m);
        say_fail_safe(m);
    }
    if (m->a->publication) {
        go_on(m);
        say_publication(m);
    }
}

static void small_studies_paragraph(maker *m)
{
    say_small_studies(m);
    methods_end_paragraph(m);
}

static void say_dependence(maker *m)
{
    const tq_robust_report *r = m->a->robust;
    const tq_multilevel *mv = m->a->multilevel;

    if (mv && mv->errors) {
        tq_buffer_format(&m->text, "Sampling errors were taken to correlate: %s.%s", mv->errors,
                         r ? " " : "");
    }
    if (!r) {
        return;
    }
    tq_buffer_format(&m->text,
                     "Effects of one %s were allowed to depend on each other: standard errors are "
                     "cluster-robust, by %s",
                     r->by, tq_robust_name(r->fit->type));
    if (r->fit->type == TQ_ROBUST_CR2) {
        say(m, " with Satterthwaite degrees of freedom and HTZ tests");
        methods_cite(m, "Pustejovsky & Tipton (2018), J. Bus. Econ. Stat. 36:672-683");
    } else {
        say(m, " with the t distribution on clusters less coefficients");
        methods_cite(m, "Liang & Zeger (1986), Biometrika 73:13-22");
    }
    say(m, ".");
    if (r->weighted_by >= 0) {
        tq_buffer_format(&m->text, " Weights follow the working model %s",
                         tq_working_name((tq_working)r->weighted_by));
        methods_cite(m, "Hedges, Tipton & Johnson (2010), Res. Synth. Methods 1:39-65");
        say(m, ".");
    }
    if (r->wild) {
        say(m, " P-values were also found by a cluster wild bootstrap under the hypothesis");
        methods_cite(m, "Joshi, Pustejovsky & Beretvas (2022), Res. Synth. Methods 13:457-477");
        say(m, ".");
    }
}

static void dependence_paragraph(maker *m)
{
    say_dependence(m);
    methods_end_paragraph(m);
}

static void software_paragraph(maker *m)
{
    const tq_provenance *from = &m->a->provenance;

    say(m, "Computations were done with tausq " TQ_VERSION);
    if (from->date) {
        say(m, " on ");
        say(m, from->date);
    }
    say(m, ".");
    if (from->command_line) {
        say(m, " Command: ");
        say(m, from->command_line);
    }
    methods_end_paragraph(m);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

tq_status methods_begin(maker *m, tq_arena *arena, tq_methods_text *out, tq_error *err)
{
    *out = (tq_methods_text){.paragraph = tq_arena_take(arena, METHODS_PARAGRAPHS, sizeof(char *)),
                             .reference = tq_arena_take(arena, METHODS_REFERENCES, sizeof(char *))};
    *m = (maker){.arena = arena, .out = out};
    return out->paragraph && out->reference
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status methods_end(maker *m, tq_error *err)
{
    tq_buffer_free(&m->text);
    if (m->failed) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    qsort(m->out->reference, m->out->n_references, sizeof *m->out->reference, by_text);
    return TQ_OK;
}

/* ---- the same without numbers of studies, for what several analyses share -------------------- */

static void effect_sentences(maker *m)
{
    say_measure(m);
}

static void model_sentences(maker *m)
{
    say(m, "Studies were");
    say_model(m);
}

static void limit_sentences(maker *m)
{
    say_limits(m);
}

static void subgroup_sentences(maker *m)
{
    say_subgroups(m, 0);
}

methods_sentences *const methods_shared[] = {effect_sentences,  model_sentences,    limit_sentences,
                                             say_heterogeneity, subgroup_sentences, say_moderators,
                                             say_dependence,    say_small_studies,  NULL};

tq_status tq_methods_text_make(const tq_analysis *a, tq_arena *arena, tq_methods_text *out,
                               tq_error *err)
{
    tq_methods_text made;
    maker m;
    tq_status status = methods_begin(&m, arena, &made, err);

    if (status != TQ_OK) {
        return status;
    }
    m.a = a;
    effects_paragraph(&m);
    model_paragraph(&m);
    heterogeneity_paragraph(&m);
    subgroups_paragraph(&m);
    dependence_paragraph(&m);
    small_studies_paragraph(&m);
    software_paragraph(&m);
    status = methods_end(&m, err);
    if (status == TQ_OK) {
        *out = made;
    }
    return status;
}
