/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilevel models in the words of a methods section. */
#include <math.h>

#include "report/methods_internal.h"

static void say_structure(methods_maker *m, const tq_multilevel *mv, size_t t)
{
    const tq_mv_term *term = &mv->model.term[t];

    if (term->structure == TQ_MV_INTERCEPT) {
        tq_buffer_format(&m->text, "levels of %s%s", mv->term[t].name,
                         term->R ? " with known correlations" : "");
    } else if (term->structure == TQ_MV_GEN) {
        tq_buffer_format(&m->text, "intercepts and slopes of %s", mv->term[t].name);
    } else {
        tq_buffer_format(&m->text, "%s with covariance structure %s", mv->term[t].name,
                         tq_mv_structure_name(term->structure));
    }
}

static void say_test(methods_maker *m, const tq_mv_fit *fit)
{
    if (fit->test == TQ_MV_KR) {
        tq_buffer_text(&m->text, " Tests and intervals use the Kenward-Roger adjustment");
        methods_cite(m, "Kenward & Roger (1997), Biometrics 53:983-997");
        tq_buffer_text(&m->text, ".");
    } else if (fit->test == TQ_MV_T && fit->df_rule == TQ_MV_SATTERTHWAITE) {
        tq_buffer_text(&m->text, " Tests and intervals are based on the t distribution with "
                                 "degrees of freedom by Satterthwaite");
        methods_cite(m, "Satterthwaite (1946), Biometrics Bull. 2:110-114");
        tq_buffer_text(&m->text, ".");
    } else if (fit->test == TQ_MV_T && fit->df_rule == TQ_MV_CONTAIN) {
        tq_buffer_text(&m->text,
                       " Tests and intervals are based on the t distribution; its degrees of "
                       "freedom count the levels within which a moderator is constant.");
    }
}

int methods_multilevel(methods_maker *m)
{
    const tq_multilevel *mv = m->a->multilevel;

    if (!mv) {
        return 0;
    }
    tq_buffer_format(&m->text, " combined in a %s with random effects for",
                     mv->structured ? "multivariate model" : "multilevel model");
    for (size_t t = 0; t < mv->model.n_terms; t++) {
        tq_buffer_text(&m->text, t == 0 ? " " : t + 1 == mv->model.n_terms ? " and " : ", ");
        say_structure(m, mv, t);
    }
    methods_cite(m, "Konstantopoulos (2011), Res. Synth. Methods 2:61-76");
    tq_buffer_format(&m->text, "; their components were estimated by %s.",
                     tq_method_label(m->a->fit->method));
    say_test(m, mv->fit);
    if (isfinite(mv->I2_total)) {
        tq_buffer_text(&m->text, " The variance was split into the shares of sampling error and of "
                                 "each level (I\xC2\xB2)");
        methods_cite(m, "Higgins & Thompson (2002), Stat. Med. 21:1539-1558");
        tq_buffer_text(&m->text, ".");
    }
    for (size_t r = 0; r < mv->fit->n_components; r++) {
        if (!isnan(mv->fit->component[r].ci_lb)) {
            tq_buffer_text(&m->text, " Intervals of the components are by profile likelihood");
            methods_cite(m, "Hardy & Thompson (1996), Stat. Med. 15:619-629");
            tq_buffer_text(&m->text, ".");
            break;
        }
    }
    if (mv->small_study) {
        tq_buffer_text(&m->text, " Small-study effects were tested in multilevel form, by");
        for (size_t i = 0; i < mv->small_study->n; i++) {
            tq_buffer_format(&m->text, "%s %s", i ? "," : "",
                             tq_small_study_text(mv->small_study->row[i].predictor));
        }
        methods_cite(m, "Rodgers & Pustejovsky (2021), Psychol. Methods 26:141-160");
        tq_buffer_text(&m->text, ".");
        if (mv->small_study->peese >= 0) {
            tq_buffer_text(&m->text, " The effect without them is by PET-PEESE");
            methods_cite(m, "Stanley (2017), Soc. Psychol. Personal. Sci. 8:581-591");
            tq_buffer_text(&m->text, ".");
        }
    }
    if (mv->egger) {
        tq_buffer_text(&m->text,
                       " Small-study effects were tested by the standard errors as a moderator");
        methods_cite(m, "Egger, Davey Smith, Schneider & Minder (1997), BMJ 315:629-634");
        tq_buffer_text(&m->text, ".");
    }
    return 1;
}
