/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Problems into blocks for the lanes, and their columns out of them. */
#include <math.h>
#include <string.h>

#include "batch/batch_internal.h"
#include "batch/blocks_turn_internal.h"
#include "core/distributions.h"

/* ---- the model ---- */

static lanes_equation equation_of(tq_method method)
{
    switch (method) {
    case TQ_DL:
        return LANES_DL;
    case TQ_HE:
    case TQ_CO:
        return LANES_HE;
    case TQ_HS:
        return LANES_HS;
    case TQ_HSK:
        return LANES_HSK;
    case TQ_SJ:
        return LANES_SJ;
    case TQ_DLIT: /* the same fixed point: pooling/tau2_root.c */
    case TQ_SJIT:
    case TQ_EB:
    case TQ_PM:
    case TQ_PMM:
        return LANES_Q;
    case TQ_ML:
        return LANES_ML;
    case TQ_REML:
        return LANES_REML;
    default:
        return LANES_NONE;
    }
}

static double pi_critical(const tq_batch_options *o, double k)
{
    switch (o->predict) {
    case TQ_PREDICT_DEFAULT:
        return tq_critical_value(o->level, o->test == TQ_TEST_Z ? (double)NAN : k - 1.0);
    case TQ_PREDICT_T:
    case TQ_PREDICT_HK:
        return tq_critical_value(o->level, k - 1.0);
    case TQ_PREDICT_RILEY:
        return tq_critical_value(o->level, fmax(1.0, k - 2.0));
    default:
        return NAN;
    }
}

static int needs_tables(const lanes_model *m)
{
    static const tq_batch_column columns[] = {TQ_BATCH_CI_LB, TQ_BATCH_CI_UB, TQ_BATCH_PI_LB,
                                              TQ_BATCH_PI_UB};
    int needed = m->equation == LANES_Q;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        needed |= (int)(m->want >> columns[i] & 1);
    }
    return needed;
}

/* Tables are kept from one batch to the next while they hold: quantiles of t are dear. */
static void fill_tables(const tq_batch_options *o, size_t k_max, lanes_model *m)
{
    if (m->of.method != o->method || m->of.test != o->test || m->of.predict != o->predict ||
        m->of.level != o->level) {
        m->tables = 0;
        m->of.method = o->method;
        m->of.test = o->test;
        m->of.predict = o->predict;
        m->of.level = o->level;
    }
    for (size_t k = m->tables + 1; k <= k_max && k <= LANES_STUDIES; k++) {
        const double df = (double)k - 1.0;
        const int normal = k == 1 || o->test == TQ_TEST_Z;

        m->target[k] = o->method == TQ_PMM && k > 1 ? tq_chisq_quantile(0.5, df) : df;
        m->critical[k] = tq_critical_value(o->level, normal ? (double)NAN : df);
        m->pi_critical[k] = k > 1 && m->random ? pi_critical(o, (double)k) : (double)NAN;
        m->tables = k;
    }
}

static void fill_heads(lanes_model *m)
{
    /* 1/2, 1/2 3/4, ... for even degrees of freedom, 2/pi times 1, 2/3, 2/3 4/5, ... for odd ones */
    m->t_head[1] = 1.0;
    m->t_head[2] = M_2_PI;
    for (size_t k = 3; k <= LANES_STUDIES; k++) {
        m->t_head[k] = m->t_head[k - 2] * ((double)k - 2.0) / ((double)k - 1.0);
    }
}

void blocks_model(const tq_batch_options *o, const tq_batch_results *out, size_t k_max,
                  lanes_model *m)
{
    m->want = 0;
    for (size_t c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
        m->want |= out->column[c] ? 1u << c : 0u;
    }
    m->equation = equation_of(o->method);
    m->random = tq_method_random(o->method);
    m->test = o->test;
    m->i2 = o->i2;
    m->predict = o->predict;
    m->scaled = o->test == TQ_TEST_KNHA || o->test == TQ_TEST_ADHOC || o->predict == TQ_PREDICT_HK;
    if (m->t_head[1] != 1.0) {
        fill_heads(m);
    }
    if (needs_tables(m)) {
        fill_tables(o, k_max, m);
    }
}

/* ---- in ---- */

/* Problems number[0 .. n - 1] stand side by side. */
static int side_by_side(const tq_batch_problems *in, const size_t *number, size_t n)
{
    return !in->offset && number[n - 1] - number[0] == n - 1; /* dense ones are in order */
}

static size_t start_of(const tq_batch_problems *in, size_t j)
{
    return in->offset ? in->offset[j] : j * in->problem_stride;
}

/* A lane that stands idle: its problem is not for the lanes. */
static void idle(lanes_block *b, size_t lane)
{
    b->alone[lane] = b->some = 1;
    b->k[lane] = 1.0;
    b->y[0][lane] = 0.0;
    b->v[0][lane] = 1.0;
}

/* Fill a lane beyond its studies. */
static void close_lane(lanes_block *b, size_t lane)
{
    for (size_t i = (size_t)b->k[lane]; i < b->rows; i++) {
        b->y[i][lane] = 0.0;
        b->v[i][lane] = INFINITY;
    }
}

/* Leave out the studies that are missing; idle where others cannot be used. */
static void mend(lanes_block *b, size_t lane)
{
    const size_t all = (size_t)b->k[lane];
    size_t k = 0;
    int bad = 0;

    for (size_t i = 0; i < all; i++) {
        const double y = b->y[i][lane], v = b->v[i][lane];

        if (!isnan(y) && !isnan(v)) {
            bad |= !(fabs(y) < (double)INFINITY && v > 0.0 && v < (double)INFINITY);
            b->y[k][lane] = y;
            b->v[k][lane] = v;
            k++;
        }
    }
    b->k[lane] = (double)k;
    if (k == 0 || bad) {
        idle(b, lane);
    }
    close_lane(b, lane);
}

static void take_row(const tq_batch_problems *in, size_t j, lanes_block *b, size_t lane, size_t k)
{
    const size_t from = start_of(in, j), step = in->offset ? 1 : in->study_stride;
    const double *y = in->yi + from, *v = in->vi + from;

    for (size_t i = 0; i < k; i++) {
        b->y[i][lane] = y[i * step];
        b->v[i][lane] = v[i * step];
    }
}

/* Two problems of k studies, each study beside the other. */
static void take_pair(const tq_batch_problems *in, const size_t *number, lanes_block *b,
                      size_t lane, size_t k)
{
    const size_t one = start_of(in, number[0]), two = start_of(in, number[1]);

    turn_two(in->yi + one, in->yi + two, k, b->y, lane);
    turn_two(in->vi + one, in->vi + two, k, b->v, lane);
}

static void take_four(const tq_batch_problems *in, const size_t *number, lanes_block *b,
                      size_t lane, size_t k)
{
    const double *y[4], *v[4];

    for (size_t j = 0; j < 4; j++) {
        y[j] = in->yi + start_of(in, number[j]);
        v[j] = in->vi + start_of(in, number[j]);
    }
    turn_four(y, k, b->y, lane);
    turn_four(v, k, b->v, lane);
}

/* Studies by cohorts: rows of the block as they are. */
static void take_columns(const tq_batch_problems *in, size_t first, lanes_block *b, size_t n)
{
    for (size_t i = 0; i < b->rows; i++) {
        memcpy(b->y[i], in->yi + first + i * in->study_stride, n * sizeof(double));
        memcpy(b->v[i], in->vi + first + i * in->study_stride, n * sizeof(double));
    }
}

/* Copies of the last problem up to whole vectors. */
static void repeat_last(lanes_block *b, size_t n)
{
    b->n = (n + LANES_WIDEST - 1) / LANES_WIDEST * LANES_WIDEST;
    for (size_t lane = n; lane < b->n; lane++) {
        b->k[lane] = b->k[n - 1];
        b->alone[lane] = 0;
        for (size_t i = 0; i < b->rows; i++) {
            b->y[i][lane] = b->y[i][n - 1];
            b->v[i][lane] = b->v[i][n - 1];
        }
    }
}

static int for_lanes(size_t k)
{
    return k > 0 && k <= LANES_STUDIES;
}

/* Sizes of the problems, and which are not for the lanes. */
static void take_sizes(const tq_batch_problems *in, const size_t *number, size_t n, lanes_block *b)
{
    b->rows = 1;
    b->some = 0;
    for (size_t lane = 0; lane < n; lane++) {
        const size_t k = batch_studies(in, number[lane]);

        b->alone[lane] = !for_lanes(k);
        b->some |= b->alone[lane];
        b->k[lane] = (double)k;
        b->rows = !b->alone[lane] && k > b->rows ? k : b->rows;
    }
}

/* Of dense problems, for the lanes. */
static void take_one_size(const tq_batch_problems *in, size_t n, lanes_block *b)
{
    b->rows = in->k;
    b->some = 0;
    memset(b->alone, 0, sizeof b->alone);
    for (size_t lane = 0; lane < n; lane++) {
        b->k[lane] = (double)in->k;
    }
}

/* How many problems from `lane` on, up to four, have as many studies as the first. */
static size_t alike(const lanes_block *b, size_t lane, size_t n)
{
    size_t same = 1;

    while (same < 4 && lane + same < n && b->k[lane + same] == b->k[lane]) {
        same++;
    }
    return same;
}

static void take_rows(const tq_batch_problems *in, const size_t *number, size_t n, lanes_block *b)
{
    const int rows = in->offset || in->study_stride == 1;

    for (size_t lane = 0; lane < n; lane++) {
        const size_t k = (size_t)b->k[lane], same = rows ? alike(b, lane, n) : 1;

        if (b->alone[lane]) {
            continue;
        }
        if (same == 4 && can_turn_four(k)) {
            take_four(in, number + lane, b, lane, k);
            lane += 3;
        } else if (same >= 2) {
            take_pair(in, number + lane, b, lane, k);
            lane++;
        } else {
            take_row(in, number[lane], b, lane, k);
        }
    }
}

static void take_block(const tq_batch_problems *in, const size_t *number, size_t n, lanes_block *b)
{
    const int whole = !in->offset && for_lanes(in->k);

    if (whole) {
        take_one_size(in, n, b);
    } else {
        take_sizes(in, number, n, b);
    }
    if (whole && in->problem_stride == 1 && side_by_side(in, number, n)) {
        take_columns(in, number[0], b, n);
    } else {
        take_rows(in, number, n, b);
    }
    for (size_t lane = 0; !whole && lane < n; lane++) {
        if (b->alone[lane]) {
            idle(b, lane);
        }
        close_lane(b, lane);
    }
    repeat_last(b, n);
}

/* ---- ahead ---- */

/* Problems first .. first + n - 1 come next. */
static void look_ahead(const tq_batch_problems *in, size_t first, size_t n, lanes_block *b)
{
    const int rows = !in->offset && in->study_stride == 1;
    const size_t from = n > 0 ? start_of(in, first) : 0;
    const size_t values = n == 0       ? 0
                          : in->offset ? in->offset[first + n] - from
                          : rows       ? n * in->problem_stride
                                       : n;
    const size_t lines = (values + LANES_LINE - 1) / LANES_LINE;

    b->ahead.y = in->yi + from;
    b->ahead.v = in->vi + from;
    b->ahead.stretch = in->study_stride;
    b->ahead.lines = lines;
    b->ahead.all = b->ahead.left = in->offset || rows ? lines : lines * in->k;
    b->ahead.at = 0;
}

/* ---- out ---- */

/* log10 of the p-values, which the kernels make down to the end of the range. */
static void log10_p(lanes_block *b, size_t n)
{
    const double *p = b->column[TQ_BATCH_PVAL];

    for (size_t i = 0; i < n; i++) {
        b->column[TQ_BATCH_LOG10P][i] =
            p[i] < 1e-280
                ? tq_two_sided_log10_p(b->column[TQ_BATCH_STAT][i], b->column[TQ_BATCH_DF][i])
                : log10(p[i]);
    }
}

/* Problems by number that are to have more steps. */
typedef struct {
    size_t n, number[2 * LANES_BLOCK];
} late_list;

/* Lane i holds problem number[i]. */
static void give_columns(const batch_loop *loop, const lanes_block *b, const size_t *number,
                         size_t n)
{
    const int whole = side_by_side(loop->in, number, n);

    for (size_t c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
        double *column = loop->out->column[c];

        if (column && whole) {
            memcpy(column + number[0], b->column[c], n * sizeof *column);
        }
        for (size_t lane = 0; column && !whole && lane < n; lane++) {
            column[number[lane]] = b->column[c][lane];
        }
    }
    for (size_t lane = 0; loop->out->outcome && lane < n; lane++) {
        loop->out->outcome[number[lane]] = TQ_BATCH_FITTED;
    }
}

static void give_block(const batch_loop *loop, batch_room *room, const size_t *number, size_t n,
                       late_list *late)
{
    lanes_block *b = room->block;

    if (loop->out->column[TQ_BATCH_LOG10P]) {
        log10_p(b, n);
    }
    give_columns(loop, b, number, n);
    for (size_t lane = 0; b->some && lane < n; lane++) {
        if (b->alone[lane] || (b->late[lane] && !late)) {
            batch_one_problem(loop, room, number[lane]);
        } else if (b->late[lane]) {
            late->number[late->n++] = number[lane];
        }
    }
}

/* ---- both ---- */

/* Most problems need no more steps than these; the others wait until there is a block of them, so that
   they do not hold up their neighbours. */
enum { FEW_STEPS = 4, MANY_STEPS = 30 };

static void fit_block(const batch_loop *loop, batch_room *room, const size_t *number, size_t n,
                      late_list *late)
{
    take_block(loop->in, number, n, room->block);
    room->block->steps = late ? FEW_STEPS : MANY_STEPS;
    loop->fit(loop->model, room->block);
    give_block(loop, room, number, n, late);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Problems that are put in order together. */
enum { WINDOW = 1024 };

/*
 * Problems first .. first + n - 1 into number[n]; ragged ones by their size, since a block is as long as
 * its largest problem.
 */
static void order_window(const tq_batch_problems *in, size_t first, size_t n, size_t *number)
{
    size_t place[LANES_STUDIES + 2] = {0}, sum = 0;

    if (!in->offset) {
        for (size_t j = 0; j < n; j++) {
            number[j] = first + j;
        }
        return;
    }
    for (size_t j = 0; j < n; j++) {
        place[smaller(batch_studies(in, first + j), LANES_STUDIES + 1)]++;
    }
    for (size_t k = 0; k < LANES_STUDIES + 2; k++) {
        const size_t count = place[k];

        place[k] = sum;
        sum += count;
    }
    for (size_t j = 0; j < n; j++) {
        number[place[smaller(batch_studies(in, first + j), LANES_STUDIES + 1)]++] = first + j;
    }
}

void blocks_fit(const batch_loop *loop, batch_room *room, size_t begin, size_t end)
{
    size_t number[WINDOW];
    late_list late = {.n = 0};

    room->block->mend = mend;
    for (size_t first = begin; first < end; first += WINDOW) {
        const size_t n = smaller(end - first, WINDOW);

        order_window(loop->in, first, n, number);
        for (size_t at = 0; at < n; at += LANES_BLOCK) {
            const size_t next = first + at + LANES_BLOCK;

            look_ahead(loop->in, next, next < end ? smaller(end - next, LANES_BLOCK) : 0,
                       room->block);
            fit_block(loop, room, number + at, smaller(n - at, LANES_BLOCK), &late);
            if (late.n >= LANES_BLOCK) {
                late.n -= LANES_BLOCK;
                fit_block(loop, room, late.number + late.n, LANES_BLOCK, NULL);
            }
        }
    }
    if (late.n > 0) {
        fit_block(loop, room, late.number, late.n, NULL);
    }
}
