/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of all and of random subsets against fits made by hand; their quantiles by sorting. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diagnostics/gosh_internal.h"
#include "support/bcg.h"
#include "support/random.h"
#include "support/stop.h"

enum { K = BCG_K, MANY = 70 };

/* BCG vaccine, log relative risks: Colditz et al. (1994), JAMA 271:698-702. */
/* clang-format off */
static const double score[K] = {0.23, 0.94, 0.61, 0.79, 0.32, 0.56, 0.28, 0.51, 0.97, 0.19, 0.44, 0.82, 0.36};
/* clang-format on */

static tq_model first(size_t k)
{
    return (tq_model){k, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
}

static tq_pool_options by(tq_method method)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.test = tq_method_test(method);
    o.weights = method == TQ_GENQ || method == TQ_GENQM || method == TQ_QE ? score : NULL;
    return o;
}

/* ---- what the sink saw ---- */

typedef struct {
    size_t n, words, stop_after;
    tq_gosh_model model[1 << K];
    uint64_t member[1 << K];
} seen;

static tq_status take(void *user, const tq_gosh_stretch *s, tq_error *err)
{
    seen *all = user;

    assert_int_equal(s->first, all->n);
    memcpy(all->model + all->n, s->model, s->n * sizeof *s->model);
    for (size_t j = 0; j < s->n && s->words == 1; j++) {
        all->member[all->n + j] = s->member[j];
    }
    all->n += s->n;
    return all->stop_after && all->n >= all->stop_after
               ? tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "full")
               : TQ_OK;
}

static tq_gosh *fit(const tq_model *m, const tq_pool_options *o, tq_gosh_options g, seen *all)
{
    const tq_gosh_sink sink = {take, all};
    tq_gosh *out = NULL;

    all->n = 0;
    g.sink = &sink;
    assert_int_equal(tq_gosh_fit(m, o, &g, &out, NULL), TQ_OK);
    return out;
}

static seen a, b;

/* ---- models ---- */

/* tq_pool_fit() of a subset; 0 where it has no fit. */
static int pool(uint64_t member, size_t k, const tq_pool_options *o, tq_gosh_model *out)
{
    double y[K], v[K], w[K];
    tq_pool_options opt = *o;
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *p = tq_pool_new(K, 1);
    tq_model m = {0, 1, y, v, NULL, 1, NULL};

    for (size_t i = 0; i < k; i++) {
        if (member >> i & 1) {
            y[m.k] = bcg_yi[i];
            v[m.k] = bcg_vi[i];
            w[m.k++] = score[i];
        }
    }
    opt.weights = opt.weights ? w : NULL;
    const int fits = tq_pool_fit(&m, &opt, work, p, NULL) == TQ_OK;

    *out = fits ? (tq_gosh_model){m.k, p->beta[0], p->tau2, p->I2, p->QE}
                : (tq_gosh_model){m.k, NAN, NAN, NAN, NAN};
    tq_pool_free(p);
    tq_pool_work_free(work);
    return fits;
}

static void assert_same_model(const tq_gosh_model *got, const tq_gosh_model *want, double tol)
{
    assert_int_equal(got->k, want->k);
    assert_near(got->estimate, want->estimate, tol);
    assert_near(got->tau2, want->tau2, tol);
    assert_near(got->I2, want->I2, tol);
    assert_near(got->QE, want->QE, tol);
}

static void every_subset_is_pooled_by_every_method(void **state)
{
    (void)state;
    enum { FEW = 5 };
    const tq_model m = first(FEW);

    for (tq_method method = 0; method < TQ_METHOD_COUNT; method++) {
        const tq_pool_options o = by(method);
        uint64_t failed = 0;

        if (tq_method_counts(method)) {
            continue;
        }
        tq_gosh *g = fit(&m, &o, tq_gosh_defaults(), &a);

        assert_int_equal(a.n, (1 << FEW) - 1);
        for (size_t j = 0; j < a.n; j++) {
            tq_gosh_model want;

            assert_int_equal(a.member[j], j + 1);
            failed += !pool(j + 1, FEW, &o, &want);
            assert_same_model(&a.model[j], &want, 1e-12);
        }
        assert_int_equal(g->failed, failed);
        assert_int_equal(g->models, a.n);
        assert_int_equal(g->possible, a.n);
        assert_true(g->all && g->exact && !g->interrupted);
        tq_gosh_free(g);
    }
}

static void random_subsets_are_pooled_too(void **state)
{
    (void)state;
    const tq_model m = first(K);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh_options opt = tq_gosh_defaults();
    size_t in[K] = {0};

    opt.subsets = 600;
    opt.seed = 41;
    tq_gosh *g = fit(&m, &o, opt, &a);

    assert_int_equal(a.n, 600);
    assert_false(g->all);
    for (size_t j = 0; j < a.n; j++) {
        tq_gosh_model want;

        assert_true(a.member[j] > 0 && a.member[j] < 1 << K);
        assert_true(pool(a.member[j], K, &o, &want));
        assert_same_model(&a.model[j], &want, 1e-12);
        for (size_t i = 0; i < K; i++) {
            in[i] += a.member[j] >> i & 1;
        }
    }
    for (size_t i = 0; i < K; i++) { /* half of them, within five standard errors */
        assert_true(in[i] > 300 - 62 && in[i] < 300 + 62);
        assert_int_equal(g->study[i].n_with, in[i]);
        assert_int_equal(g->study[i].n_without, 600 - in[i]);
    }
    tq_gosh_free(g);
    opt.seed = 42;
    g = fit(&m, &o, opt, &b);
    assert_memory_not_equal(a.member, b.member, 600 * sizeof *a.member);
    tq_gosh_free(g);
}

/* ---- summaries ---- */

static int by_size(const void *p, const void *q)
{
    const double x = *(const double *)p, y = *(const double *)q;

    return x < y ? -1 : x > y;
}

static double quantile(double *x, size_t n, double p)
{
    qsort(x, n, sizeof *x, by_size);
    const double h = (double)(n - 1) * p;
    const size_t at = (size_t)h;

    return at + 1 < n ? x[at] + (h - (double)at) * (x[at + 1] - x[at]) : x[at];
}

/* Median of the estimates, or I2, of the models that have (1) or lack (0) study i; -1: of all, quantile p. */
static double want(const seen *all, int I2, size_t i, int with, double p)
{
    static double x[1 << K];
    size_t n = 0;

    for (size_t j = 0; j < all->n; j++) {
        if (with < 0 || (int)(all->member[j] >> i & 1) == with) {
            x[n++] = I2 ? all->model[j].I2 : all->model[j].estimate;
        }
    }
    return quantile(x, n, p);
}

static void assert_summary(const tq_gosh *g, const seen *all, double tol, double tol_I2)
{
    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        assert_near(g->estimate[q], want(all, 0, 0, -1, tq_gosh_probability(q) / 100.0), tol);
        assert_near(g->I2[q], want(all, 1, 0, -1, tq_gosh_probability(q) / 100.0), tol_I2);
    }
    for (size_t i = 0; i < g->k; i++) {
        assert_near(g->study[i].estimate_with, want(all, 0, i, 1, 0.5), tol);
        assert_near(g->study[i].estimate_without, want(all, 0, i, 0, 0.5), tol);
        assert_near(g->study[i].I2_with, want(all, 1, i, 1, 0.5), tol_I2);
        assert_near(g->study[i].I2_without, want(all, 1, i, 0, 0.5), tol_I2);
    }
}

static void quantiles_are_those_of_the_sorted_models(void **state)
{
    (void)state;
    for (size_t k = 2; k <= 10; k += 4) {
        const tq_model m = first(k);
        const tq_pool_options o = by(TQ_DL);
        tq_gosh *g = fit(&m, &o, tq_gosh_defaults(), &a);

        assert_summary(g, &a, 1e-12, 1e-12);
        tq_gosh_free(g);
    }
}

/* What replaces sorting for many models, on models that can be sorted. */
static void bins_are_as_good_as_their_width(void **state)
{
    (void)state;
    const tq_model m = first(K);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh *g = fit(&m, &o, tq_gosh_defaults(), &a);
    gosh_tally *t = gosh_tally_new(K, TQ_GOSH_EXACT + 1, -1.6208982235983918, 0.44591340057137874);

    for (size_t j = 0; j < a.n; j += 1000) {
        const size_t n = a.n - j < 1000 ? a.n - j : 1000;
        const tq_gosh_stretch s = {j, n, 1, a.model + j, a.member + j};

        gosh_tally_add(t, &s, g);
    }
    assert_int_equal(gosh_tally_summarise(t, g, NULL), TQ_OK);
    assert_false(g->exact);
    assert_near(g->resolution, (0.44591340057137874 + 1.6208982235983918) / TQ_GOSH_BINS, 1e-15);
    assert_int_equal(g->study[3].n_with, 1 << (K - 1));
    assert_int_equal(g->study[3].n_without, (1 << (K - 1)) - 1);
    /* Half a bin each, and the order statistics on either side of it. */
    assert_summary(g, &a, 2.0 * g->resolution, 200.0 / TQ_GOSH_BINS);
    gosh_tally_free(t);
    tq_gosh_free(g);
}

static void the_picture_has_every_model_once(void **state)
{
    (void)state;
    const tq_model m = first(K);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh *g = fit(&m, &o, tq_gosh_defaults(), &a);
    static uint32_t want[TQ_GOSH_GRID_Y][TQ_GOSH_GRID_X], with[TQ_GOSH_GRID_Y][TQ_GOSH_GRID_X];

    assert_near(g->lo, -1.6208982235983918, 0.0);
    assert_near(g->hi, 0.44591340057137874, 0.0);
    for (size_t j = 0; j < a.n; j++) {
        const double x = (a.model[j].estimate - g->lo) / (g->hi - g->lo);
        const size_t c = (size_t)fmin(x * TQ_GOSH_GRID_X, TQ_GOSH_GRID_X - 1);
        const size_t r = (size_t)(a.model[j].I2 / 100.0 * TQ_GOSH_GRID_Y);

        want[r][c]++;
        with[r][c] += a.member[j] >> 7 & 1;
    }
    assert_memory_equal(g->cell, want, sizeof want);
    assert_memory_equal(g->cell_with + 7 * TQ_GOSH_CELLS, with, sizeof with);
    tq_gosh_free(g);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    const tq_model m = first(K);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh_options opt = tq_gosh_defaults();

    opt.threads = 1;
    tq_gosh *one = fit(&m, &o, opt, &a);

    opt.threads = 3;
    tq_gosh *three = fit(&m, &o, opt, &b);

    assert_int_equal(a.n, (1 << K) - 1);
    assert_memory_equal(a.model, b.model, a.n * sizeof *a.model);
    assert_memory_equal(one->estimate, three->estimate, sizeof one->estimate);
    assert_memory_equal(one->I2, three->I2, sizeof one->I2);
    assert_memory_equal(one->study, three->study, K * sizeof *one->study);
    tq_gosh_free(one);
    tq_gosh_free(three);
}

/* Published: Viechtbauer's log relative risks of all 13, metafor's REML of them. */
static void the_last_of_all_subsets_is_the_whole(void **state)
{
    (void)state;
    const tq_model m = first(K);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh *g = fit(&m, &o, tq_gosh_defaults(), &a);

    assert_int_equal(a.model[a.n - 1].k, K);
    assert_near(a.model[a.n - 1].estimate, -0.7145323, 1e-7);
    assert_near(a.model[a.n - 1].tau2, 0.3132433, 1e-7);
    assert_near(a.model[a.n - 1].QE, 152.2330, 1e-4);
    tq_gosh_free(g);
}

static void one_study_has_one_model(void **state)
{
    (void)state;
    const tq_model m = first(1);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh *g = fit(&m, &o, tq_gosh_defaults(), &a);

    assert_int_equal(a.n, 1);
    assert_same_model(&a.model[0], &(tq_gosh_model){1, bcg_yi[0], 0.0, 0.0, 0.0}, 0.0);
    assert_near(g->estimate[3], bcg_yi[0], 0.0);
    assert_true(isnan(g->study[0].estimate_without));
    assert_int_equal(g->study[0].n_without, 0);
    tq_gosh_free(g);
}

/* Members of more than one word: as many as the model says, none beyond the last study. */
static tq_status count_members(void *user, const tq_gosh_stretch *s, tq_error *err)
{
    (void)user;
    (void)err;
    for (size_t j = 0; j < s->n; j++) {
        size_t n = 0;

        for (size_t i = 0; i < MANY; i++) {
            n += (size_t)tq_gosh_member(s, j, i);
        }
        assert_int_equal(n, s->model[j].k);
        assert_true(s->words == 2 && s->member[2 * j + 1] >> (MANY - 64) == 0);
    }
    return TQ_OK;
}

static void studies_may_be_more_than_bits_of_a_word(void **state)
{
    (void)state;
    random_stream r = {57};
    double y[MANY], v[MANY];
    const tq_model m = {MANY, 1, y, v, NULL, 1, NULL}, some = {40, 1, y, v, NULL, 1, NULL};
    const tq_gosh_sink sink = {count_members, NULL};
    const tq_progress now = {stop_at_once, NULL};
    tq_gosh_options opt = tq_gosh_defaults();
    tq_gosh *g;
    tq_error err;

    for (size_t i = 0; i < MANY; i++) {
        y[i] = 0.3 * random_normal(&r);
        v[i] = 0.02 + 0.1 * random_uniform(&r);
    }
    opt.subsets = 500;
    opt.sink = &sink;
    assert_int_equal(tq_gosh_fit(&m, NULL, &opt, &g, &err), TQ_OK);
    assert_int_equal(g->possible, UINT64_MAX);
    tq_gosh_free(g);
    opt.subsets = TQ_GOSH_EXACT + 1;
    assert_int_equal(tq_gosh_fit(&m, NULL, &opt, &g, &err), TQ_EINVAL);
    opt.subsets = 0;
    assert_int_equal(tq_gosh_fit(&m, NULL, &opt, &g, &err), TQ_EINVAL);
    assert_string_equal(err.message, "70 studies have 2^70 - 1 subsets, all of which are fitted up "
                                     "to 25 studies; --subsets 1000000 draws some");
    opt.subsets = (uint64_t)UINT32_MAX + 1; /* counts have 32 bits */
    opt.sink = NULL;
    opt.progress = &now;
    assert_int_equal(tq_gosh_fit(&some, NULL, &opt, &g, &err), TQ_EINVAL);
    assert_string_equal(err.message,
                        "no more than 4294967295 subsets can be drawn, not 4294967296");
}

/* ---- what ends the work ---- */

static int stop_at(void *user, double done)
{
    return done > *(double *)user;
}

static void what_was_done_before_an_interruption_is_kept(void **state)
{
    (void)state;
    const tq_model m = first(K);
    const tq_pool_options o = by(TQ_REML);
    tq_gosh_options opt = tq_gosh_defaults();
    double when = 0.7;
    const tq_progress progress = {stop_at, &when};
    tq_gosh *whole = fit(&m, &o, opt, &a);
    tq_error err;

    /* One thread: with more it depends on their speed how far the first models reach. */
    opt.threads = 1;
    opt.progress = &progress;
    tq_gosh *part = fit(&m, &o, opt, &b);

    assert_true(part->interrupted && part->models < whole->models && part->models >= 4096);
    assert_int_equal(part->asked, whole->models);
    assert_int_equal(b.n, part->models);
    assert_memory_equal(a.model, b.model, b.n * sizeof *b.model);
    assert_summary(part, &b, 1e-12, 1e-12);
    tq_gosh_free(part);
    tq_gosh_free(whole);
    when = -1.0;
    part = NULL;
    const tq_status status = tq_gosh_fit(&m, &o, &opt, &part, &err);

    /* The first chunk is done before progress is asked. */
    assert_true(status == TQ_EINTR || (status == TQ_OK && part->interrupted));
    tq_gosh_free(part);
}

static void refuses(void **state)
{
    (void)state;
    const tq_model none = first(0), m = first(K),
                   moderated = {K, 2, bcg_yi, bcg_vi, bcg_yi, 0, NULL};
    tq_pool_options wrong = by(TQ_REML);
    const tq_gosh_sink sink = {take, &a};
    tq_gosh_options opt = tq_gosh_defaults();
    tq_gosh *out = NULL;
    tq_error err;

    assert_int_equal(tq_gosh_fit(&none, NULL, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(tq_gosh_fit(&moderated, NULL, NULL, &out, &err), TQ_EINVAL);
    wrong.level = 100.0;
    assert_int_equal(tq_gosh_fit(&m, &wrong, NULL, &out, &err), TQ_EDATA);
    assert_string_equal(err.message, "no subset of the studies can be pooled");
    opt.sink = &sink;
    a.n = 0;
    a.stop_after = 100;
    assert_int_equal(tq_gosh_fit(&m, NULL, &opt, &out, &err), TQ_EWRITE);
    assert_null(out);
    assert_true(isnan(tq_gosh_probability(TQ_GOSH_QUANTILES)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset_is_pooled_by_every_method),
        cmocka_unit_test(random_subsets_are_pooled_too),
        cmocka_unit_test(quantiles_are_those_of_the_sorted_models),
        cmocka_unit_test(bins_are_as_good_as_their_width),
        cmocka_unit_test(the_picture_has_every_model_once),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(the_last_of_all_subsets_is_the_whole),
        cmocka_unit_test(one_study_has_one_model),
        cmocka_unit_test(studies_may_be_more_than_bits_of_a_word),
        cmocka_unit_test(what_was_done_before_an_interruption_is_kept),
        cmocka_unit_test(refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
