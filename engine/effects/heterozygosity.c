/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Genotypes of one locus: departure from the Hardy-Weinberg equilibrium. */
#include "effects/effects_internal.h"

#include <math.h>

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_genotypes[1] = {{"genotype counts", BIT(AI) | BIT(BI) | BIT(CI), 0, {{0}}}};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    (void)recipe;
    (void)opt;
    (void)err;
    s->genotypes.a = IN(AI, i);
    s->genotypes.b = IN(BI, i);
    s->genotypes.c = IN(CI, i);
    s->ni = s->genotypes.a + s->genotypes.b + s->genotypes.c;
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    return s->genotypes.a * s->genotypes.b * s->genotypes.c == 0.0 ? "a genotype was not observed"
                                                                   : NULL;
}

const effect_family family_genotypes = {.read = read, .why = why};

/*
 * Relative excess heterozygosity: Ziegler, Van Steen & Wellek (2011), Breast Cancer Res. Treat.
 * 128:197-201. In equilibrium
 * b = 2 sqrt(a c);  with the proportions p0 = a/n, p1 = b/n, p2 = c/n
 *
 *     log(b / (2 sqrt(a c))),  ((1 - p1) / (4 p0 p2) + 1/p1) / n.
 */
tq_effect effect_reh(const effect_study *s, const effect_setting *set)
{
    const double a = s->genotypes.a, b = s->genotypes.b, c = s->genotypes.c;

    (void)set;
    return (tq_effect){.yi = log(b / 2.0 / sqrt(a) / sqrt(c)),
                       .vi = 0.25 * ((a + c) / a) / c + 1.0 / b};
}
