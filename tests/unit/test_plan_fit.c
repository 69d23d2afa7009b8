/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many analyses at once: as one by one, whatever the threads, with gaps told. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "frame/csv.h"
#include "report/plan/plan_fit.h"
#include "support/stop.h"

static const char sheet[] = "study,yi,vi,order\nVega,0.385,0.0412,a\nRoss,-0.127,0.0931,b\n"
                            "Lee,0.718,0.0277,c\nIto,0.402,0.0331,d\n";

typedef struct {
    tq_table *table;
    tq_dataset *data;
} sample;

static sample read(const char *text)
{
    const tq_dataset_spec spec = {.measure = tq_measure_find("GEN")};
    sample s = {NULL, NULL};

    assert_int_equal(tq_csv_parse(text, strlen(text), "trials.csv", NULL, &s.table, NULL), TQ_OK);
    assert_int_equal(tq_dataset_build(s.table, &spec, &s.data, NULL), TQ_OK);
    return s;
}

static void release(sample *s)
{
    tq_dataset_free(s->data);
    tq_table_free(s->table);
}

static tq_plan_job job_of(const sample *s)
{
    return (tq_plan_job){.data = s->data,
                         .spec = {.options = tq_pool_defaults(),
                                  .ci_mu = tq_mean_interval_defaults(),
                                  .provenance = {.command = "pool", .command_line = "tausq pool"}}};
}

static void jobs_are_done_as_one_by_one(void **state)
{
    enum { N = 9 };
    sample s = read(sheet);
    tq_plan_job job[N], *jobs[N];
    tq_analysis *alone = NULL;

    (void)state;
    for (size_t threads = 1; threads <= 3; threads++) {
        for (size_t i = 0; i < N; i++) {
            job[i] = job_of(&s);
            job[i].spec.options.level = 80.0 + (double)i;
            jobs[i] = &job[i];
        }
        assert_int_equal(tq_plan_fit(jobs, N, threads, NULL, NULL), TQ_OK);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(job[i].status, TQ_OK);
            assert_int_equal(job[i].n_gaps, 0);
            assert_int_equal(tq_analysis_pool(s.data, &job[i].spec, &alone, NULL), TQ_OK);
            assert_true(job[i].analysis->natural.ci_ub == alone->natural.ci_ub);
            tq_analysis_free(alone);
            tq_plan_job_clear(&job[i]);
        }
    }
    assert_int_equal(tq_plan_fit(jobs, 0, 1, NULL, NULL), TQ_OK);
    release(&s);
}

/* One study: it can be pooled, but not left out, and tells nothing about asymmetry. */
static void a_part_that_fails_takes_no_other_with_it(void **state)
{
    sample one = read("study,yi,vi,order\nVega,0.385,0.0412,a\n");
    const tq_sensitivity_spec parts = {.loo = 1, .cumul = 1, .threads = 1};
    const tq_bias_options bias = tq_bias_defaults();
    const tq_fail_safe_options safe = tq_fail_safe_defaults();
    tq_plan_job job = job_of(&one), *jobs[] = {&job};

    (void)state;
    job.spec.sensitivity = &parts;
    job.spec.bias = &bias;
    job.spec.fail_safe = &safe;
    assert_int_equal(tq_plan_fit(jobs, 1, 1, NULL, NULL), TQ_OK);
    assert_non_null(job.analysis);
    assert_non_null(job.analysis->sensitivity->cumul);
    assert_null(job.analysis->sensitivity->loo);
    assert_null(job.analysis->bias);
    assert_true(job.n_gaps >= 2);
    assert_string_equal(job.gap[0].part, "Leave-one-out");
    assert_string_equal(job.gap[0].why, "leaving one study out needs at least two studies");
    assert_string_equal(job.gap[1].part, "Tests of small-study effects");
    tq_plan_job_clear(&job);
    release(&one);
}

/* One cluster: nothing robust can be told, and a model without it can. */
static void robust_inference_that_fails_leaves_the_model(void **state)
{
    static const char text[] = "study,yi,vi,of\nVega,0.385,0.0412,a\nRoss,-0.127,0.0931,a\n";
    const tq_key cluster = {"of", "cluster", 0};
    const tq_dataset_spec read = {.measure = tq_measure_find("GEN"), .keys = &cluster, .n_keys = 1};
    const tq_robust_spec robust = tq_robust_spec_defaults();
    sample s = {NULL, NULL};

    (void)state;
    assert_int_equal(tq_csv_parse(text, strlen(text), "a.csv", NULL, &s.table, NULL), TQ_OK);
    assert_int_equal(tq_dataset_build(s.table, &read, &s.data, NULL), TQ_OK);
    tq_plan_job job = job_of(&s), *jobs[] = {&job};

    job.spec.robust = &robust;
    assert_int_equal(tq_plan_fit(jobs, 1, 1, NULL, NULL), TQ_OK);
    assert_non_null(job.analysis);
    assert_null(job.analysis->robust);
    assert_int_equal(job.n_gaps, 1);
    assert_string_equal(job.gap[0].part, "Cluster-robust inference");
    tq_plan_job_clear(&job);
    release(&s);
}

static void what_cannot_be_done_says_why(void **state)
{
    sample s = read(sheet);
    tq_plan_job senseless = job_of(&s), slow = job_of(&s), good = job_of(&s);
    tq_plan_job *jobs[] = {&senseless, &slow, &good};

    (void)state;
    senseless.spec.options.level = 200.0;
    slow.spec.options.max_iter = 1;
    slow.spec.options.method = TQ_ML;
    assert_int_equal(tq_plan_fit(jobs, 3, 2, NULL, NULL), TQ_OK);
    assert_int_equal(senseless.status, TQ_EINVAL);
    assert_null(senseless.analysis);
    assert_string_equal(senseless.why_none, "level 200 must be between 0 and 100");
    assert_int_equal(slow.status, TQ_ENOCONV);
    assert_null(slow.analysis);
    assert_true(strlen(slow.why_none) > 0);
    assert_int_equal(good.status, TQ_OK);
    tq_plan_job_clear(&good);
    release(&s);
}

/* The study far off is found by each rule, and stands among the rows left out. */
static void outliers_are_left_out(void **state)
{
    static const char far[] = "study,yi,vi\nVega,0.385,0.0412\nRoss,NA,0.0931\nLee,9.718,0.0277\n"
                              "Ito,0.402,0.0331\nKim,0.371,0.0523\nBui,0.295,0.0391\n";
    static const tq_outlier_rule rules[] = {
        {TQ_OUTLIERS_RSTUDENT, 3.0}, {TQ_OUTLIERS_RSTANDARD, 1.9}, {TQ_OUTLIERS_INTERVAL, NAN}};
    sample s = read(far), rest = read("study,yi,vi\nVega,0.385,0.0412\nIto,0.402,0.0331\n"
                                      "Kim,0.371,0.0523\nBui,0.295,0.0391\n");
    tq_plan_job without = job_of(&rest), *one[] = {&without};

    (void)state;
    assert_int_equal(tq_plan_fit(one, 1, 1, NULL, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        tq_plan_job job = job_of(&s), *jobs[] = {&job};

        job.rule = rules[i];
        assert_int_equal(tq_plan_fit(jobs, 1, 1, NULL, NULL), TQ_OK);
        assert_int_equal(job.analysis->k, 4);
        assert_int_equal(job.analysis->n_excluded, 2);
        assert_string_equal(job.analysis->excluded[0].study, "Ross");
        assert_string_equal(job.analysis->excluded[1].study, "Lee");
        assert_string_equal(job.analysis->excluded[1].reason, "outlier by the rule");
        assert_near(job.analysis->natural.pred, without.analysis->natural.pred, 1e-12);
        tq_plan_job_clear(&job);
    }
    assert_int_equal(s.data->k, 5);
    tq_plan_job_clear(&without);
    release(&rest);
    release(&s);
}

static void progress_can_stop_it(void **state)
{
    enum { N = 40 };
    const tq_progress progress = {stop_at_once, NULL};
    sample s = read(sheet);
    tq_plan_job job[N], *jobs[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        job[i] = job_of(&s);
        jobs[i] = &job[i];
    }
    assert_int_equal(tq_plan_fit(jobs, N, 1, &progress, NULL), TQ_EINTR);
    for (size_t i = 0; i < N; i++) {
        tq_plan_job_clear(&job[i]);
    }
    release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_done_as_one_by_one),
        cmocka_unit_test(a_part_that_fails_takes_no_other_with_it),
        cmocka_unit_test(robust_inference_that_fails_leaves_the_model),
        cmocka_unit_test(what_cannot_be_done_says_why),
        cmocka_unit_test(outliers_are_left_out),
        cmocka_unit_test(progress_can_stop_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
