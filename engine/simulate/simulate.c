/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replicates of a scenario: drawn, fitted and measured in pieces, on threads. */
#include "simulate/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/gsl_quiet.h"
#include "core/parallel.h"
#include "simulate/simulate_internal.h"

/* What a thread needs for a piece of the replicates. */
typedef struct {
    draw_room draws;
    tq_batch_work *work;
    double *block; /* of the columns */
    double *column[TQ_BATCH_COLUMN_COUNT];
    tq_error err;
} sim_room;

/* What a piece adds up to: pieces are put together in their order, whoever did them. */
typedef struct {
    double studies, vi, n, run, none;
    performance *fit; /* [combinations] */
} sim_piece;

typedef struct {
    const tq_sim_scenario *s;
    const tq_sim_options *o;
    uint64_t size; /* replicates of a piece */
    size_t combinations;
    sim_room *room;
    sim_piece *piece;
} sim_loop;

/* ---- memory ---- */

static void room_free(sim_room *r)
{
    draw_free(&r->draws);
    tq_batch_work_free(r->work);
    free(r->block);
}

static int room_new(sim_room *r, size_t replicates, size_t k)
{
    r->work = tq_batch_work_new();
    r->block = calloc(replicates, TQ_BATCH_COLUMN_COUNT * sizeof *r->block);
    if (!draw_new(&r->draws, replicates * k) || !r->work || !r->block) {
        return 0;
    }
    for (size_t c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
        r->column[c] = r->block + c * replicates;
    }
    r->column[TQ_BATCH_DF] = r->column[TQ_BATCH_LOG10P] = r->column[TQ_BATCH_QE_DF] = NULL;
    return 1;
}

/* ---- a piece ---- */

static tq_status fit_piece(const sim_loop *loop, sim_room *r, size_t n, sim_piece *piece)
{
    const tq_sim_options *o = loop->o;
    const tq_batch_problems in = tq_batch_dense(n, loop->s->k, r->draws.yi, r->draws.vi);
    tq_batch_options opt = tq_batch_defaults();
    tq_batch_results out = {.outcome = NULL};
    tq_status status = TQ_OK;

    memcpy(out.column, r->column, sizeof out.column);
    opt.level = o->level;
    opt.predict = o->predict;
    opt.threads = 1;
    for (size_t c = 0; status == TQ_OK && c < loop->combinations; c++) {
        opt.method = o->method[c / o->n_tests];
        opt.test = o->test[c % o->n_tests];
        status = tq_batch_fit(&in, &opt, r->work, &out, &r->err);
        if (status == TQ_OK) {
            performance_add(&piece->fit[c], loop->s, o->level, &out, n);
        }
    }
    return status;
}

static void add_studies(const draw_room *d, size_t rows, sim_piece *piece)
{
    for (size_t i = 0; i < rows; i++) {
        if (!isnan(d->vi[i])) {
            piece->studies += 1.0;
            piece->vi += d->vi[i];
        }
        piece->n += d->n[i];
    }
    piece->run = d->run;
    piece->none = d->none;
}

static void run_pieces(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const sim_loop *loop = context;
    sim_room *r = &loop->room[thread];

    for (uint64_t p = begin; p < end && r->err.status == TQ_OK; p++) {
        const uint64_t first = p * loop->size, left = loop->o->replicates - first;
        const size_t n = (size_t)(left < loop->size ? left : loop->size);
        sim_piece *piece = &loop->piece[p];

        r->draws.run = r->draws.none = 0.0;
        if (draw_replicates(loop->s, loop->o->seed, first, n, &r->draws, &r->err) == TQ_OK) {
            add_studies(&r->draws, n * loop->s->k, piece);
            (void)fit_piece(loop, r, n, piece); /* told by r->err */
        }
    }
}

/* ---- all of them ---- */

static void put_together(const sim_loop *loop, size_t pieces, tq_sim_row *row,
                         tq_sim_studies *studies)
{
    const tq_sim_options *o = loop->o;
    sim_piece all = {0};

    for (size_t c = 0; c < loop->combinations; c++) {
        performance total = {0};

        for (size_t p = 0; p < pieces; p++) {
            for (size_t q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
                const performance_sum *s = &loop->piece[p].fit[c].of[q];

                total.of[q].n += s->n;
                total.of[q].sum += s->sum;
                total.of[q].square += s->square;
            }
        }
        row[c].method = o->method[c / o->n_tests];
        row[c].test = o->test[c % o->n_tests];
        performance_values(&total, row[c].value);
    }
    for (size_t p = 0; p < pieces; p++) {
        all.studies += loop->piece[p].studies;
        all.vi += loop->piece[p].vi;
        all.n += loop->piece[p].n;
        all.run += loop->piece[p].run;
        all.none += loop->piece[p].none;
    }
    const double published = (double)o->replicates * (double)loop->s->k;

    *studies = (tq_sim_studies){all.vi / all.studies, all.n / published, all.run / published,
                                100.0 * all.none / published};
}

/* The first failure of a thread, in the order of the threads. */
static tq_status told(const sim_loop *loop, size_t threads, tq_error *err)
{
    for (size_t t = 0; t < threads; t++) {
        if (loop->room[t].err.status != TQ_OK) {
            if (err) {
                *err = loop->room[t].err;
            }
            return loop->room[t].err.status;
        }
    }
    return TQ_OK;
}

/* Pieces: some milliseconds of work each, and not so many that their sums take memory. */
enum { PIECE_STUDIES = 1 << 14, MOST_PIECES = 1 << 12 };

static uint64_t piece_size(const tq_sim_scenario *s, const tq_sim_options *o)
{
    const uint64_t some = PIECE_STUDIES / s->k + 1, least = o->replicates / MOST_PIECES + 1;

    return some > least ? some : least;
}

tq_status tq_simulate(const tq_sim_scenario *s, const tq_sim_options *opt, tq_sim_row *row,
                      tq_sim_studies *studies, tq_error *err)
{
    const tq_sim_options defaults = tq_sim_options_defaults();

    opt = opt ? opt : &defaults;
    tq_status status = simulate_check(s, opt, err);

    if (status != TQ_OK) {
        return status;
    }
    tq_gsl_quiet();
    sim_loop loop = {s, opt, piece_size(s, opt), opt->n_methods * opt->n_tests, NULL, NULL};
    const size_t pieces = (size_t)((opt->replicates - 1) / loop.size + 1);
    const size_t threads = tq_threads(opt->threads, pieces);
    performance *sums = calloc(pieces * loop.combinations, sizeof *sums);
    int whole;

    loop.room = calloc(threads, sizeof *loop.room);
    loop.piece = calloc(pieces, sizeof *loop.piece);
    whole = loop.room && loop.piece && sums;
    for (size_t t = 0; whole && t < threads; t++) {
        whole = room_new(&loop.room[t], (size_t)loop.size, s->k);
    }
    for (size_t p = 0; whole && p < pieces; p++) {
        loop.piece[p].fit = sums + p * loop.combinations;
    }
    status = whole ? tq_parallel(threads, pieces, 1, run_pieces, &loop, opt->progress, err)
                   : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    status = status == TQ_OK ? told(&loop, threads, err) : status;
    if (status == TQ_OK) {
        put_together(&loop, pieces, row, studies);
    }
    for (size_t t = 0; loop.room && t < threads; t++) {
        room_free(&loop.room[t]);
    }
    free(loop.room);
    free(loop.piece);
    free(sums);
    return status;
}
