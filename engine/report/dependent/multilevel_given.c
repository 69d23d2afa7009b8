/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Components that are given or made equal, and known correlations of levels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"
#include "report/dependent/multilevel_factors_internal.h"

/* ---- names of components ---- */

/* The i-th component that is called `name`; SIZE_MAX: there is none. */
static size_t find_named(const tq_multilevel *m, const char *name, size_t i)
{
    for (size_t t = 0; t < m->model.n_terms; t++) {
        const tq_multilevel_term *term = &m->term[t];
        const size_t variances = tq_mv_variances(&m->model.term[t]);
        const size_t n = strcmp(term->variances, name) == 0 ? variances : 0;

        if (i < n) {
            return term->first + i;
        }
        i -= n;
        if (term->correlations && strcmp(term->correlations, name) == 0) {
            return i < term->n - variances ? term->first + variances + i : SIZE_MAX;
        }
    }
    return SIZE_MAX;
}

/* "tau2.2", or "tau2" for the first. */
static tq_status find_component(const tq_multilevel *m, const char *option, const char *text,
                                size_t length, size_t *out, tq_error *err)
{
    char name[64];
    double number = 1.0;

    tq_copy_text(name, length < sizeof name ? length + 1 : sizeof name, text);
    char *point = strchr(name, '.');

    if (point) {
        *point = '\0';
    }
    *out = SIZE_MAX;
    if (!point || (tq_parse_number(point + 1, '.', &number) && number >= 1.0 && number < 1e6 &&
                   number == floor(number))) {
        *out = find_named(m, name, (size_t)number - 1);
    }
    return *out != SIZE_MAX
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--%s: the model has no component '%.*s'; they are called sigma2.1, "
                         "sigma2.2, ... in the order of --random, tau2.1, ..., rho.1, ..., and "
                         "gamma2, phi of a second term ~ inner | outer",
                         option, (int)(length < 60 ? length : 60), text);
}

/* ---- --fix, --equate ---- */

typedef struct {
    const tq_multilevel *m;
    double *fixed;
    size_t *equal;
} given;

static tq_status fix_one(given *g, size_t at, const char *text, size_t length, tq_error *err)
{
    char value[64];

    tq_copy_text(value, length < sizeof value ? length + 1 : sizeof value, text);
    if (!tq_parse_number(value, '.', &g->fixed[at])) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--fix: '%.60s' is not a number", value);
    }
    return TQ_OK;
}

static tq_status equate_one(given *g, size_t at, const char *text, size_t length, tq_error *err)
{
    size_t other;
    const tq_status status = find_component(g->m, "equate", text, length, &other, err);

    if (status == TQ_OK) { /* the first of each chain stands for it */
        while (g->equal[at] != at) {
            at = g->equal[at];
        }
        while (g->equal[other] != other) {
            other = g->equal[other];
        }
        g->equal[at < other ? other : at] = at < other ? at : other;
    }
    return status;
}

typedef tq_status one_given(given *g, size_t at, const char *text, size_t length, tq_error *err);

/* "name=value,name=value" */
static tq_status read_list(given *g, const char *option, const char *text, one_given *take,
                           tq_error *err)
{
    tq_status status = TQ_OK;

    while (status == TQ_OK && text) {
        const size_t length = strcspn(text, ","), name = strcspn(text, "=,");
        size_t at;

        if (text[name] != '=') {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.60s' has no '='; write %s",
                           option, text,
                           take == fix_one ? "sigma2.1=0.1,rho.1=0.5" : "tau2.1=tau2.2");
        }
        status = find_component(g->m, option, text, name, &at, err);
        status = status == TQ_OK ? take(g, at, text + name + 1, length - name - 1, err) : status;
        text = text[length] ? text + length + 1 : NULL;
    }
    return status;
}

tq_status multilevel_given(const tq_multilevel_spec *spec, const tq_multilevel *m, tq_arena *arena,
                           tq_mv_options *opt, tq_error *err)
{
    const size_t n = tq_mv_components(&m->model);
    given g = {m, tq_arena_take(arena, n, sizeof *g.fixed),
               tq_arena_take(arena, n, sizeof *g.equal)};

    if (!g.fixed || !g.equal) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        g.fixed[i] = NAN;
        g.equal[i] = i;
    }
    tq_status status = read_list(&g, "fix", spec->fix, fix_one, err);

    status = status == TQ_OK ? read_list(&g, "equate", spec->equate, equate_one, err) : status;
    for (size_t i = 0; i < n; i++) {
        while (g.equal[g.equal[i]] != g.equal[i]) {
            g.equal[i] = g.equal[g.equal[i]];
        }
    }
    opt->fixed = spec->fix ? g.fixed : NULL;
    opt->equal = spec->equate ? g.equal : NULL;
    return status;
}

/* ---- known correlations ---- */

static const char *level_at(const void *relation, size_t i)
{
    const tq_relation *r = relation;

    return i < r->n ? r->level[i] : NULL;
}

static size_t level_among(const tq_relation *r, const char *name)
{
    size_t i = 0;

    while (i < r->n && strcmp(r->level[i], name) != 0) {
        i++;
    }
    return i;
}

tq_status multilevel_relate(const tq_relation *r, const multilevel_factor *f, tq_arena *arena,
                            const double **out, tq_error *err)
{
    double *R = tq_arena_take(arena, f->n * f->n, sizeof *R);
    size_t *at = tq_arena_take(arena, f->n, sizeof *at);

    if (!R || !at) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < f->n; i++) {
        at[i] = level_among(r, f->level[i]);
        if (at[i] == r->n) {
            const char *nearest = tq_nearest_name(f->level[i], level_at, r);

            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--R: no row for '%.60s' of '%.60s'%s%.60s%s", f->level[i], r->factor,
                           nearest ? "; did the file mean it by '" : "", nearest ? nearest : "",
                           nearest ? "'?" : "");
        }
    }
    for (size_t i = 0; i < f->n; i++) {
        for (size_t j = 0; j < f->n; j++) {
            R[i + j * f->n] = r->R[at[i] + at[j] * r->n];
        }
    }
    *out = R;
    return TQ_OK;
}
