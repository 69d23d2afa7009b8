/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From columns of a sheet to the sampling covariance of its effects. */
#include "frame/sheet_covariance.h"

#include <math.h>
#include <string.h>

#include "frame/csv.h"
#include "frame/text_numbers.h"
#include "support/near.h"

/* Vega has five rows, of which the fourth lacks its variance. */
static const char trials[] =
    "study,arm,ctl,out,dom,months,n1,n2,yi,vi,V1,V2,V3,V4,V5\n"
    "Vega,low,pbo,VAS,pain,3,20,40,0.31,0.09,0.09,0.02,0.01,0.03,0.005\n"
    "Vega,high,pbo,VAS,pain,3,30,40,0.42,0.08,0.02,0.08,0.004,0.02,0.01\n"
    "Ito,low,pbo,VAS,pain,6,25,25,0.11,0.12,0.12,0.03,,,\n"
    "Vega,low,pbo,WOMAC,function,6,20,40,0.55,0.11,0.01,0.004,0.11,0.02,0.03\n"
    "Vega,low,pbo,KOOS,function,12,20,40,0.2,,0.03,0.02,0.02,0.2,0.01\n"
    "Ito,low,pbo,WOMAC,function,9,25,25,0.27,0.14,0.03,0.14,,,\n"
    "Vega,high,pbo,KOOS,function,12,30,40,0.6,0.1,0.005,0.01,0.03,0.01,0.1\n";

typedef struct {
    tq_table *table, *other;
    tq_dataset *data;
    tq_arena *arena;
    tq_sheet_covariance cov;
    tq_error err;
} fixture;

static tq_table *parse(const char *sheet, const char *name)
{
    tq_table *table = NULL;

    assert_int_equal(tq_csv_parse(sheet, strlen(sheet), name, NULL, &table, NULL), TQ_OK);
    return table;
}

/* other: a sheet that *wish points to as its matrix (which = 1) or reported correlations (2). */
static tq_status make(fixture *f, const char *sheet, tq_covariance_wish wish, const char *other,
                      int which)
{
    tq_key keys[TQ_COVARIANCE_KEYS];
    tq_dataset_spec spec = {.measure = tq_measure_find("GEN"), .keys = keys};

    *f = (fixture){.table = parse(sheet, "trials.csv"), .arena = tq_arena_new()};
    f->other = other ? parse(other, "other.csv") : NULL;
    wish.matrix = which == 1 ? f->other : NULL;
    wish.reported = which == 2 ? f->other : NULL;
    spec.n_keys = tq_covariance_keys(&wish, keys);
    assert_int_equal(tq_dataset_build(f->table, &spec, &f->data, &f->err), TQ_OK);
    return tq_sheet_covariance_of(f->data, &wish, 0, f->arena, &f->cov, &f->err);
}

static void release(fixture *f)
{
    tq_block_matrix_free(f->cov.V);
    tq_arena_free(f->arena);
    tq_dataset_free(f->data);
    tq_table_free(f->other);
    tq_table_free(f->table);
}

static tq_covariance_wish wish_of(double rho)
{
    tq_covariance_wish w = tq_covariance_wish_none();

    w.cluster = "study";
    w.rho = rho;
    return w;
}

static double entry(const fixture *f, size_t block, size_t a, size_t b)
{
    const tq_block_matrix *V = f->cov.V;

    return V->value[V->at[block] + a + b * (V->start[block + 1] - V->start[block])];
}

static void without_wishes_effects_are_independent(void **state)
{
    fixture f;

    (void)state;
    assert_int_equal(tq_covariance_asked(&(tq_covariance_wish){
                         .structure = TQ_COV_COUNT, .rho = NAN, .rho_type = NAN, .phi = NAN}),
                     0);
    assert_int_equal(make(&f, trials, tq_covariance_wish_none(), NULL, 0), TQ_OK);
    assert_int_equal(f.cov.V->n_blocks, 6);
    assert_near(f.cov.V->value[3], 0.11, 0.0);
    assert_string_equal(f.cov.description, "independent");
    release(&f);
}

static void structures_follow_from_what_is_given(void **state)
{
    tq_covariance_wish w = wish_of(0.6);
    fixture f;

    (void)state;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    assert_int_equal(f.cov.n_clusters, 2);
    assert_string_equal(f.cov.name[1], "Ito");
    assert_near(entry(&f, 0, 0, 1), 0.6 * sqrt(0.09 * 0.08), 1e-16);
    assert_near(entry(&f, 1, 1, 0), 0.6 * sqrt(0.12 * 0.14), 1e-16);
    assert_string_equal(f.cov.description, "CS within study: rho = 0.6");
    release(&f);

    w.time = "months";
    w.phi = 0.9;
    w.obs = "out";
    w.group1 = "arm";
    w.group2 = "ctl";
    w.size1 = "n1";
    w.size2 = "n2";
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    assert_string_equal(f.cov.description, "CS*CAR within study: rho = 0.6 by out, phi = 0.9 by "
                                           "months, shared groups of arm and ctl");
    assert_near(entry(&f, 0, 0, 1), sqrt(20.0 / 60.0 * 30.0 / 70.0) * sqrt(0.09 * 0.08), 1e-16);
    assert_near(entry(&f, 0, 0, 2), 0.6 * pow(0.9, 3.0) * sqrt(0.09 * 0.11), 1e-16);
    release(&f);

    w.type = "dom";
    w.rho_type = 0.3;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    assert_near(entry(&f, 0, 0, 2), 0.3 * pow(0.9, 3.0) * sqrt(0.09 * 0.11), 1e-16);
    release(&f);

    /* Standard errors of groups: their shared variance is the covariance. */
    w = wish_of(NAN);
    w.group1 = "arm";
    w.group2 = "ctl";
    w.se1 = "n1";
    w.se2 = "n2";
    w.time = "months";
    w.phi = 0.9;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    assert_near(entry(&f, 0, 0, 1),
                1600.0 / sqrt((400.0 + 1600.0) * (900.0 + 1600.0)) * sqrt(0.09 * 0.08), 1e-16);
    release(&f);
    w.size1 = "n1";
    assert_int_equal(tq_covariance_wish_check(&w, NULL), TQ_EINVAL);
    w.size1 = NULL;
    w.se2 = "V5";
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    release(&f);

    w = wish_of(NAN); /* groups alone: all effects are of one outcome */
    w.group1 = "arm";
    w.group2 = "ctl";
    w.time = "months";
    w.phi = 0.9;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    assert_near(entry(&f, 0, 0, 1), 0.5 * sqrt(0.09 * 0.08), 1e-16);
    assert_near(entry(&f, 0, 0, 2), pow(0.9, 3.0) * sqrt(0.09 * 0.11), 1e-16);
    release(&f);
}

/* The fourth row of Vega is excluded, and the columns still belong to the rows of the sheet. */
static void columns_hold_the_rows_of_the_sheet(void **state)
{
    const char *const columns[] = {"V1", "V2", "V3", "V4", "V5"}, *unknown[] = {"V1", "V22"};
    tq_covariance_wish w = wish_of(NAN);
    fixture f;

    (void)state;
    w.columns = columns;
    w.n_columns = 5;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_OK);
    assert_near(entry(&f, 0, 2, 3), 0.03, 0.0);
    assert_near(entry(&f, 0, 1, 3), 0.01, 0.0);
    assert_near(entry(&f, 1, 0, 1), 0.03, 0.0);
    assert_string_equal(f.cov.description, "columns V1 to V5 of the sheet within study");
    release(&f);
    w.n_columns = 4;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_EDATA);
    assert_int_equal(f.err.line, 8);
    release(&f);
    w.columns = unknown;
    w.n_columns = 2;
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_EINVAL);
    release(&f);
}

static void a_file_holds_a_square_or_a_list(void **state)
{
    static const char square[] = "x,a,b,c,d,e,f,g\n1,0.09,0.02,0,0,0,0,0\n2,0.02,0.08,0,0,0,0,0\n"
                                 "3,0,0,0.12,0,0,0.03,0\n4,0,0,0,0.11,0,0,0\n5,0,0,0,0,0.2,0,0.01\n"
                                 "6,0,0,0.03,0,0,0.14,0\n7,0,0,0,0,0.01,0,0.1\n";
    static const char list[] = "row,col,v\n2,1,0.02\n3,6,0.03\n6,3,0.03\n5,7,0.01\n";
    static const char beyond[] = "row,col,v\n2,8,0.02\n",
                      twice[] = "row,col,v\n2,1,0.02\n1,2,0.03\n";
    tq_covariance_wish w = tq_covariance_wish_none();
    fixture f;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(make(&f, trials, w, i ? list : square, 1), TQ_OK);
        assert_int_equal(f.cov.V->n_blocks, 4);
        assert_near(entry(&f, 0, 0, 1), 0.02, 0.0);
        assert_near(entry(&f, 1, 0, 1), 0.03, 0.0);
        assert_near(entry(&f, 3, 0, 0), 0.1, 0.0);
        assert_string_equal(f.cov.description, "other.csv");
        release(&f);
    }
    assert_int_equal(make(&f, trials, w, "a,b\n1,2\n", 1), TQ_EINVAL);
    release(&f);
    assert_int_equal(make(&f, trials, w, beyond, 1), TQ_EDATA);
    assert_int_equal(f.err.line, 2);
    assert_string_equal(f.err.file, "other.csv");
    release(&f);
    assert_int_equal(make(&f, trials, w, twice, 1), TQ_EDATA);
    release(&f);
}

static void reported_correlations_go_before_rho(void **state)
{
    static const char list[] = "cluster,obs1,obs2,r\n,VAS,WOMAC,0.7\nIto,WOMAC,VAS,0.2\n"
                               "Roy,VAS,WOMAC,0.1\n,VAS,SF36,0.3\n";
    tq_covariance_wish w = wish_of(0.4);
    fixture f;

    (void)state;
    w.obs = "out";
    w.group1 = "arm";
    w.group2 = "ctl";
    assert_int_equal(make(&f, trials, w, list, 2), TQ_OK);
    assert_near(entry(&f, 0, 0, 2), 0.7 * sqrt(0.09 * 0.11), 1e-16);
    assert_near(entry(&f, 0, 1, 3), 0.4 * sqrt(0.08 * 0.1), 1e-16);
    assert_near(entry(&f, 1, 0, 1), 0.2 * sqrt(0.12 * 0.14), 1e-16);
    release(&f);
    assert_int_equal(make(&f, trials, w, "obs1,obs2,r\nVAS,WOMAC,1.7\n", 2), TQ_EDATA);
    assert_int_equal(f.err.line, 2);
    release(&f);
    assert_int_equal(make(&f, trials, w, "obs1,obs,r\nVAS,WOMAC,0.7\n", 2), TQ_EINVAL);
    assert_string_equal(f.err.message, "other.csv: no column 'obs2'");
    release(&f);
}

/* Two arms against one control, told by its numbers: sd2^2 / n2 is what they share. */
static void a_shared_control_arm_makes_a_covariance(void **state)
{
    static const char arms[] = "study,n1i,m1i,sd1i,n2i,m2i,sd2i\n"
                               "Vega,20,3.1,1.2,22,4.0,1.4\nVega,21,2.7,1.3,22,4.0,1.4\n"
                               "Ito,30,3.3,1.1,31,3.9,1.0\n";
    tq_key keys[TQ_COVARIANCE_KEYS];
    tq_covariance_wish w = wish_of(NAN);
    tq_dataset_spec spec = {.measure = tq_measure_find("MD"), .keys = keys, .shared_known = 1};
    const tq_given_covariance *pair;
    size_t n;
    fixture f = {.table = parse(arms, "trials.csv"), .arena = tq_arena_new()};

    (void)state;
    w.shared = 1;
    spec.n_keys = tq_covariance_keys(&w, keys);
    assert_int_equal(tq_dataset_build(f.table, &spec, &f.data, NULL), TQ_OK);
    assert_int_equal(f.data->n_warnings, 0);
    assert_int_equal(tq_shared_control_pairs(f.data, f.arena, &pair, &n, NULL), TQ_OK);
    assert_int_equal(n, 1);
    assert_int_equal(pair[0].j, 1);
    assert_near(pair[0].cov, 1.4 * 1.4 / 22.0, 1e-16);
    assert_int_equal(tq_sheet_covariance_of(f.data, &w, 0, f.arena, &f.cov, NULL), TQ_OK);
    assert_near(entry(&f, 0, 0, 1), 1.4 * 1.4 / 22.0, 1e-16);
    assert_string_equal(f.cov.description, "dependent within study: shared control arms");
    f.data->measure = tq_measure_find("CVR");
    assert_int_equal(tq_shared_control_pairs(f.data, f.arena, &pair, &n, &f.err), TQ_EINVAL);
    release(&f);
}

static void a_cluster_that_cannot_be_is_named_or_mended(void **state)
{
    static const char list[] = "obs1,obs2,r\nVAS,WOMAC,0.95\nWOMAC,KOOS,0.95\nVAS,KOOS,-0.5\n";
    tq_covariance_wish w = wish_of(0.5);
    fixture f;

    (void)state;
    w.obs = "out";
    assert_int_equal(make(&f, trials, w, NULL, 0), TQ_EDATA); /* VAS twice, of two arms */
    assert_non_null(
        strstr(f.err.message, "cluster 'Vega': its effects 1 and 2 have correlation 1"));
    assert_int_equal(f.err.line, 3);
    assert_string_equal(f.err.study, "Vega");
    release(&f);

    w.group1 = "arm";
    w.group2 = "ctl";
    w.nearest = 1;
    w.rho = -1.0;
    assert_int_equal(make(&f, trials, w, list, 2), TQ_OK);
    assert_int_equal(f.cov.n_notes, 1);
    assert_non_null(strstr(f.cov.note[0], "cluster 'Vega': its correlations were not positive "));
    release(&f);
}

static void incomplete_wishes_say_what_they_need(void **state)
{
    const char *const columns[] = {"V1"};
    tq_covariance_wish rows[9];
    static const char beside[] =
        "--rho beside --v-time: name the outcomes it is between with --v-obs, or leave it out for "
        "one outcome measured at several times";
    const char *const message[9] = {
        "--rho-type needs --v-type",
        "--phi needs --v-time, the times of the effects",
        "--v-time needs --phi, the correlation one unit of time apart",
        "--v-obs needs --rho, the correlation of outcomes",
        "--v-grp1 needs --v-grp2",
        "--V needs --v-cluster: which effects it holds for",
        "a correlation of effects needs --v-cluster: which effects it holds for",
        "--V, --v-file, and correlations (--rho, --phi, ...) exclude each other",
        beside,
    };
    tq_error err;

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        rows[i] = wish_of(NAN);
    }
    rows[0].rho_type = 0.4;
    rows[1].phi = 0.4;
    rows[2].time = "months";
    rows[3].obs = "out";
    rows[4].group1 = "arm";
    rows[5].cluster = NULL;
    rows[5].columns = columns;
    rows[5].n_columns = 1;
    rows[6].cluster = NULL;
    rows[6].rho = 0.4;
    rows[7].columns = columns;
    rows[7].n_columns = 1;
    rows[7].rho = 0.4;
    rows[8].rho = 0.4;
    rows[8].time = "months";
    rows[8].phi = 0.4;
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(tq_covariance_wish_check(&rows[i], &err), TQ_EINVAL);
        assert_string_equal(err.message, message[i]);
    }
}

static void texts_are_numbered_by_first_appearance(void **state)
{
    const char *const text[] = {"b", "a", "", "b", "ab", "a", "ba"};
    static const size_t want[] = {0, 1, 2, 0, 3, 1, 4};
    size_t number[7], first[7], n;

    (void)state;
    assert_int_equal(tq_number_texts(7, text, number, first, &n, NULL), TQ_OK);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(number[i], want[i]);
    }
    assert_int_equal(first[3], 4);
    assert_int_equal(tq_number_texts(0, text, number, NULL, &n, NULL), TQ_OK);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_wishes_effects_are_independent),
        cmocka_unit_test(structures_follow_from_what_is_given),
        cmocka_unit_test(columns_hold_the_rows_of_the_sheet),
        cmocka_unit_test(a_file_holds_a_square_or_a_list),
        cmocka_unit_test(reported_correlations_go_before_rho),
        cmocka_unit_test(a_shared_control_arm_makes_a_covariance),
        cmocka_unit_test(a_cluster_that_cannot_be_is_named_or_mended),
        cmocka_unit_test(incomplete_wishes_say_what_they_need),
        cmocka_unit_test(texts_are_numbered_by_first_appearance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
