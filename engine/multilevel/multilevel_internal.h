/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multilevel_internal.h  How a multilevel model is laid out for its kernels. */
#ifndef TQ_MULTILEVEL_INTERNAL_H
#define TQ_MULTILEVEL_INTERNAL_H

#include "multilevel/fit.h"

/*
 * The covariance of a term depends on its parameters phi, one for each component, in units in which
 * the typical sampling variance is 1. The search works on u, in which every bound is an ordinary
 * point: phi = u^2, sin(u) between limits, exp(u). A maximum at the bound is then a maximum in u.
 */
typedef enum {
    MV_VARIANCE,    /* phi = u^2 */
    MV_SD,          /* phi = u^2, a standard deviation: HCS, HAR, UN and GEN by correlations */
    MV_LENGTH,      /* phi = unit u^2: of the rows of a factor whose correlation is given */
    MV_CORRELATION, /* phi = (lo + hi)/2 + (hi - lo)/2 sin u */
    MV_RANGE,       /* log phi = (lo + hi)/2 + (hi - lo)/2 sin u */
    MV_FREE         /* phi = u: an element of the Cholesky factor of UN and GEN */
} mv_kind;

typedef struct {
    mv_kind kind;
    size_t term, index; /* of its term's parameters */
    double lo, hi;      /* of a correlation, of the logarithm of a range */
    double unit;        /* a middling range; of a length the part of it that this element is */
    size_t variable;    /* of the search; MV_GIVEN: phi is given */
    double given;
    int single;   /* 1: given as 0, because its factor has one level */
    int fixed;    /* 1: the component of this number is given; of a factor not its element */
    double asked; /* what is given of a component of a factor, in the user's units */
} mv_parameter;

#define MV_GIVEN ((size_t)-1)

/* The levels that the rows of a factor begin with, the others following in order: what is given of them is
   then an element, or the ratio of two. */
typedef struct {
    size_t first, second;
    double rho; /* their correlation, where it is given; else NaN */
} mv_lead;

static inline size_t mv_row_of(const mv_lead *lead, size_t level)
{
    return level == lead->first    ? 0
           : level == lead->second ? 1
                                   : level + (level < lead->first) + (level < lead->second);
}

/* The row of an element of a factor, which is kept row by row, and whether it is on the diagonal. */
static inline size_t mv_factor_row(size_t index)
{
    size_t row = 0;

    while ((row + 1) * (row + 2) / 2 <= index) {
        row++;
    }
    return row;
}

static inline int mv_on_diagonal(size_t index)
{
    const size_t row = mv_factor_row(index);

    return index == row * (row + 3) / 2;
}

/* A term at some phi, as its covariances are computed from. */
typedef struct {
    const tq_mv_term *term;
    int by_cholesky; /* UN, GEN: phi is a factor, row by row; else standard deviations, correlations */
    mv_lead lead;    /* of the factor */
    const double *phi; /* [n] */
    size_t k, n;       /* rows of the model; parameters */
    size_t levels;     /* rows of T */
    double *T, *dT;    /* UN, GEN: [levels x levels], and scratch for derivatives; else NULL */
} mv_term_state;

/* mv_structure.c */
/* M[n x n] += the covariance of a term over rows. */
void mv_term_add(const mv_term_state *s, size_t n, const size_t *row, double *M);
/* D[n x n] = its derivative by parameter r. */
void mv_term_derivative(const mv_term_state *s, size_t r, size_t n, const size_t *row, double *D);
/* s->dT = the derivative of T by parameter r, of UN and GEN. */
void mv_term_slope(const mv_term_state *s, size_t r);
/* Fill in T from phi. 0: the correlations of UN or GEN fit no covariance matrix. */
int mv_term_prepare(mv_term_state *s);
double mv_distance_between(const tq_mv_term *t, size_t k, size_t i, size_t j);
/* Where the correlation of a < b stands among those of n levels. */
size_t mv_correlation_at(size_t n, size_t a, size_t b);

/* Columns of Z that one factor of S belongs to: of a group, or with known correlations of all. */
typedef struct {
    size_t term, first, n;
} mv_columns;

/* Which kernel a block goes by: mv_dense.c; mv_wide.c, with a dense matrix of the columns of Z, or a sparse one. */
typedef enum { MV_DENSE, MV_WIDE, MV_CROSSED } mv_kernel;

struct tq_mv_problem {
    const tq_mv_model *model;
    tq_mv_term *term; /* [n_terms] as given, the columns of GEN scaled to length 1 */
    double **scaled;  /* [n_terms] their columns, or NULL */
    double **scale;   /* [n_terms][q] what they were divided by, or NULL */
    size_t n_terms;
    size_t k, p, c;       /* c = p + 1 columns of U */
    size_t n_par;         /* parameters */
    size_t n_var;         /* variables of the search */
    mv_parameter *par;    /* [n_par] */
    size_t *first;        /* [n_terms + 1] parameters of a term */
    int *by_cholesky;     /* [n_terms] */
    mv_lead *lead;        /* [n_terms] of factors */
    int dense_only;       /* 1: no wide blocks */
    double unit;          /* typical sampling variance */
    double *R;            /* [p x p] of X = Q R */
    double *b0;           /* [p] coefficients on Q that were taken out of y, in units */
    double log_det_XX;    /* log |X'X| */
    double *U;            /* block by block [n x c]: Q, then y less Q b0 */
    size_t n_blocks;      /* sets of connected rows */
    size_t *start, *row;  /* as in tq_block_matrix; rows increasing within a block */
    size_t *place;        /* [k] of a row in its block */
    size_t *v_start;      /* [n_blocks + 1] blocks of V in a block: v_block[v_start[b]] .. */
    size_t *v_block;      /* [V->n_blocks] */
    size_t largest;       /* rows of the largest block */
    size_t largest_dense; /* of those that the dense kernel takes */
    /* Blocks of many rows: mv_leaves.c. */
    unsigned char *wide; /* [n_terms] 1: in wide blocks the term stands in Z, else in the leaves */
    unsigned char *kernel; /* [n_blocks] mv_kernel */
    size_t n_crossed;      /* blocks of MV_CROSSED */
    size_t *crossed_of;    /* [n_blocks] the number of such a block among them */
    size_t *leaf_of;       /* [n_blocks + 1] leaves of a block, whose rows stand together in row */
    size_t *leaf_end, *leaf_v_end; /* behind its last row; behind its last block of V */
    size_t *leaf;                  /* [leaves] first row of each, as in start */
    size_t *leaf_v;                /* [leaves] the first of its blocks of V among v_block */
    size_t *columns;               /* [n_blocks] of Z */
    size_t *
        *column_of; /* [n_terms][n_groups] first column of a group in its block; NULL: not wide */
    mv_columns *wide_group; /* columns of Z, by block: those from wide_start[b] on */
    size_t *wide_start;     /* [n_blocks + 1] */
    double **root_of_R;     /* [n_terms] R = L L' of wide terms that have one; else NULL */
    size_t largest_wide, largest_leaf, most_columns, largest_factors; /* of wide blocks */
    size_t most_dense_columns; /* of those with a dense matrix of them */
    size_t n_chunks;           /* of blocks, the units of work; their sums are added in order */
    size_t *chunk;             /* [n_chunks + 1] first block */
    double total; /* variance between effects beyond V, in units: where searches start */
    double QE, log_det_V, typical_vi;
    double *p_diagonal; /* [k] of P with weights V^-1, in original units */
    double *phi;        /* [n_par] estimates */
};

/* mv_layout.c */
/* by_cholesky[n_terms]: which terms go by their factor, as another problem has it; NULL: those that can. */
tq_status mv_problem_new(const tq_mv_model *model, const tq_mv_options *opt, const int *by_cholesky,
                         tq_mv_problem **out, tq_error *err);
void mv_problem_free(tq_mv_problem *problem);
/* mv_sampling.c: V's factor, QE, log |V|, the diagonal of P, typical variance. */
tq_status mv_sampling(tq_mv_problem *problem, tq_error *err);

/* mv_parameters.c */
/* Give every component its parameter; fixed and equal as in the options. */
tq_status mv_parameters_set(tq_mv_problem *problem, const tq_mv_options *opt,
                            const int *by_cholesky, tq_error *err);
/* phi[n_par] and its first and second derivative (may be NULL) at u[n_var]. */
void mv_phi_at(const tq_mv_problem *problem, const double *u, double *phi, double *d1, double *d2);
/* Components in the user's units from phi. */
void mv_components_from(const tq_mv_problem *problem, const double *phi, double *value);
/* Distances within groups of a spatial term, those that are nearest to a range as a ratio: out[most]; how many. */
size_t mv_distances_near(const tq_mv_problem *problem, size_t term, double range, size_t most,
                         double *out);
/* The u of a parameter's value. */
double mv_u_of(const mv_parameter *par, double phi);

/* How much of the sums is wanted. */
typedef enum { MV_LIKELIHOOD, MV_GRADIENT, MV_INFORMATION } mv_depth;

/* Sums over blocks: T0 = U'M^-1 U, T1[r] = U'M^-1 D_r M^-1 U, T2[r <= s] = U'M^-1 D_r M^-1 D_s M^-1 U. */
typedef struct {
    double *log_det; /* one number */
    double *T0;      /* [c x c] */
    double *tr;      /* [n_par] tr M^-1 D_r */
    double *T1;      /* [n_par][c x c] */
    double *T2;      /* [n_par (n_par + 1) / 2][c x c] at mv_pair(r, s) */
    double *trr;     /* [the same] tr M^-1 D_r M^-1 D_s: MV_INFORMATION alone */
} mv_sums;

static inline size_t mv_pair(size_t r, size_t s)
{
    return r < s ? s * (s + 1) / 2 + r : r * (r + 1) / 2 + s;
}

/* Doubles of the sums of a chunk. */
size_t mv_sums_size(const tq_mv_problem *problem);
void mv_sums_at(const tq_mv_problem *problem, double *room, mv_sums *out);

/* mv_states.c: the terms at some phi, with scratch memory of their own; one per thread. */
typedef struct {
    mv_term_state *of; /* [n_terms] */
    double *room;
} mv_states;

int mv_states_init(const tq_mv_problem *problem, mv_states *out); /* 0: memory is short */
void mv_states_free(mv_states *states);
/* 0: phi is no covariance. phi is kept. */
int mv_states_at(const tq_mv_problem *problem, const double *phi, mv_states *states);

/* mv_dense.c: a block by its dense covariance. */
typedef struct mv_dense mv_dense;
mv_dense *mv_dense_new(const tq_mv_problem *problem, mv_depth depth);
void mv_dense_free(mv_dense *work);
/* M[n x n] of a block in units. */
void mv_marginal_of(const tq_mv_problem *problem, const mv_states *states, size_t b, double *M);
/* Add a block. 0: M is not positive definite. */
int mv_dense_add(const tq_mv_problem *problem, const mv_states *states, size_t b, mv_depth depth,
                 mv_dense *work, mv_sums *sums);

/* mv_leaves.c: which blocks are wide, and their leaves; block[k] of each row. 0: memory is short. */
int mv_leaves_lay(tq_mv_problem *problem, const size_t *block);
/* Of wide blocks the blocks of V leaf by leaf, and where those of each leaf begin. */
int mv_leaves_sampling(tq_mv_problem *problem);
void mv_leaves_free(tq_mv_problem *problem);
/* mv_layout.c: sets of connected rows, each row with a parent; the first row of a set is its root. */
size_t mv_root_row(size_t *parent, size_t i);
void mv_join_sampling(const tq_mv_problem *problem, size_t *parent);
int mv_join_term(const tq_mv_term *t, size_t k, size_t *parent);

/* mv_crossed.c: how the columns of Z of a block meet, by sparse matrices: A = Z'D^-1 Z, G as in mv_wide.c. */
typedef struct mv_crossed mv_crossed;
tq_status mv_crossed_new(const tq_mv_problem *problem, size_t b, mv_crossed **out, tq_error *err);
void mv_crossed_free(mv_crossed *s);
/* One for each block that needs it; to be freed with mv_crossed_free_all(). */
tq_status mv_crossed_all(const tq_mv_problem *problem, mv_crossed ***out, tq_error *err);
void mv_crossed_free_all(const tq_mv_problem *problem, mv_crossed **all);
/* A := 0; A[i, j] += x, for each pair in both orders. */
void mv_crossed_clear(mv_crossed *s);
void mv_crossed_add(mv_crossed *s, size_t i, size_t j, double x);
/* Factor C, and add log |C|. 0: out of memory. */
int mv_crossed_factor(mv_crossed *s, const mv_states *states, double *log_det);
/* out[m x c] = G X (out may be X; 0: out of memory); A X. */
int mv_crossed_apply(mv_crossed *s, size_t c, const double *X, double *out);
void mv_crossed_multiply(const mv_crossed *s, size_t c, const double *X, double *out);
/* G where A has elements, and what traces need. 0: out of memory. */
int mv_crossed_invert(mv_crossed *s);
/* Afterwards: an element of G; tr(dS Z'M^-1 Z), dS the derivative by a parameter of term t. */
double mv_crossed_at(const mv_crossed *s, size_t i, size_t j);
double mv_crossed_trace(mv_crossed *s, const mv_term_state *state, size_t t);
/* z'M^-1 z of the column z of an intercept without known correlations. */
double mv_crossed_gram(const mv_crossed *s, size_t column);

/* mv_wide.c: a block by its leaves and the effects that connect them. */
typedef struct mv_wide mv_wide;
/* all: those of mv_crossed_all(), kept. */
mv_wide *mv_wide_new(const tq_mv_problem *problem, mv_crossed *const *all);
void mv_wide_free(mv_wide *work);
int mv_wide_add(const tq_mv_problem *problem, const mv_states *states, size_t b, mv_depth depth,
                mv_wide *work, mv_sums *sums);
/* x[n x m] := M^-1 x for a wide block. 0: M is not positive definite. */
int mv_wide_solve(const tq_mv_problem *problem, const mv_states *states, size_t b, size_t m,
                  double *x, mv_wide *work);
/* Call visit() with each leaf, its rows and their part W[n x n] of M^-1. 0: M is not positive definite. */
typedef void mv_leaf_fn(void *context, size_t leaf, size_t n, const size_t *row, const double *W);
int mv_wide_each_leaf(const tq_mv_problem *problem, const mv_states *states, size_t b,
                      mv_wide *work, mv_leaf_fn *visit, void *context);
/* Afterwards: z'M^-1 z of the rows of a level of a wide term, an intercept without known correlations. */
double mv_wide_gram(const tq_mv_problem *problem, size_t b, size_t t, size_t level,
                    const mv_wide *work);

/* mv_cholesky.c: dense symmetric matrices, column by column. */
/* The lower triangle of A[n x n] becomes L; *log_det gets log |A|. 0: not positive definite. */
int mv_cholesky(size_t n, double *A, double *log_det);
/* B[n x m] := L^-1 B; B := L^-T B. */
void mv_forward(size_t n, const double *L, size_t m, double *B);
void mv_backward(size_t n, const double *L, size_t m, double *B);
/* A[n x n] := L of a positive semidefinite A, with columns of 0 where it is singular. */
void mv_root_of(size_t n, double *A);
/* out[n x n] = (L L')^-1, both triangles. */
void mv_inverse_of(size_t n, const double *L, double *out);

/* mv_likelihood.c: everything at one phi. */
typedef struct {
    double ll;        /* of y in its own units; -INFINITY where M is not positive definite */
    double *beta;     /* [p] on Q, in units */
    double *vb;       /* [p x p] of them */
    double *gradient; /* [n_par] by phi */
    double *average;  /* [n_par x n_par] average information */
    mv_sums sums;
    double rss;
} mv_value;

typedef struct mv_evaluator mv_evaluator;
/* deepest: the most that will be asked. */
mv_evaluator *mv_evaluator_new(const tq_mv_problem *problem, int ml, size_t threads,
                               mv_depth deepest);
void mv_evaluator_free(mv_evaluator *e);
/* The value belongs to the evaluator and holds until the next call. @retval TQ_ENOMEM, TQ_EINTR */
tq_status mv_evaluate(mv_evaluator *e, const double *phi, mv_depth depth,
                      const tq_progress *progress, const mv_value **out, tq_error *err);

/* Degrees of freedom of a variance that is known. */
#define MV_ENDLESS 1e9

/* mv_search.c: the maximum. */
typedef struct {
    double ll;
    size_t iterations, starts, agreeing;
    double *u;       /* [n_var] */
    double *slope;   /* [n_var] of ll, along a singular matrix where it ends at one */
    double *hessian; /* [n_var x n_var] of -ll by u, 0 in rows of variables at an edge */
    int *edge;       /* [n_var] */
    int flat;
} mv_maximum;

/* mv_fit.c: coefficients of the design as given and their covariance, in the user's units. */
void mv_coefficients(const tq_mv_problem *problem, const mv_value *v, double *beta, double *vb);
/* mv_df.c: degrees of freedom, and for kr the adjusted covariance. d1: phi by u; the hessian of top has
   been inverted. */
tq_status mv_degrees_of_freedom(const tq_mv_problem *problem, const mv_value *v, const double *d1,
                                const mv_maximum *top, tq_mv_fit *fit, tq_error *err);
/* mv_predict.c: of the combination c'beta, from its own variance: Satterthwaite and Kenward-Roger. */
double mv_own_df(const tq_mv_fit *fit, const double *c);
/* mv_wald.c: the test of the moderators, of a fit that is complete otherwise; QM stays NaN where their
   covariance is singular. */
tq_status mv_omnibus(tq_mv_fit *fit, tq_error *err);

/* mv_interior.c: log |R| of correlations that must make a matrix and are searched for as such. */
typedef struct mv_interior mv_interior;
/* *out: NULL where there are none. 0: memory is short. */
int mv_interior_new(const tq_mv_problem *problem, mv_interior **out);
void mv_interior_free(mv_interior *in);
/* weight log |R| at phi, or -INFINITY; adds its derivatives (NULL: not wanted): gradient[n_par], and to
   information[n_par x n_par] minus the second ones. */
double mv_interior_add(mv_interior *in, double weight, const double *phi, double *gradient,
                       double *information);
/* Pull the correlations of u[n_var] to where they make a matrix. 0: none with what is given does. */
int mv_interior_start(mv_interior *in, double *u);

/* mv_starts.c: how many, and where search i starts: u[n_var]. */
size_t mv_count_starts(const tq_mv_problem *problem);
void mv_start_at(const tq_mv_problem *problem, size_t i, double *u);
/* warm: where to start [n_var], for one search that gives ll and u alone; NULL: several, and all of it. */
tq_status mv_search(mv_evaluator *e, const tq_mv_problem *problem, const tq_mv_options *opt,
                    const double *warm, mv_maximum *out, tq_error *err);
/* mv_profile_factor.c: the largest ll with a component of a term by its factor at a value, in the user's
   units, from u[n_var], where it is left.
   @retval TQ_ENOCONV  *ll is the largest that was seen, which may be -INFINITY.
   @retval TQ_ENOMEM, TQ_EINTR */
tq_status mv_search_factor(mv_evaluator *e, const tq_mv_problem *problem, const tq_mv_options *opt,
                           size_t component, double value, double *u, double *ll, tq_error *err);
int mv_maximum_init(const tq_mv_problem *problem, mv_maximum *top);
void mv_maximum_free(mv_maximum *top);
/* The variables of a fit's components, a little inside their bounds. */
void mv_warm_start(const tq_mv_problem *problem, const tq_mv_fit *fit, double *u);
/* mv_parameters.c: the parameter of a component's value in the user's units (not of a factor). */
double mv_phi_of(const tq_mv_problem *problem, const mv_parameter *par, double value);

/* mv_subset.c: the rows of a model that are kept, as a model of its own. */
typedef struct {
    tq_mv_model model;
    double *yi, *X;
    tq_block_matrix *V;
    tq_mv_term *term;
    void **owned;    /* [n_terms][3] groups, inner levels or Z, R */
    size_t *new_row; /* [k] SIZE_MAX: left out */
} mv_subset;

/* NULL: memory is short, or no row is kept. */
mv_subset *mv_subset_new(const tq_mv_model *m, const unsigned char *keep);
void mv_subset_free(mv_subset *s);

#endif
