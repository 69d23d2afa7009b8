/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file mv_model.h  Multilevel and multivariate models: what they are fitted to, and how.
 *
 *     y = X beta + u + e,   e ~ N(0, V),   u ~ N(0, sum over terms of their covariances)
 *
 * y[k] effects of which several may stand in one study, V known and block-diagonal. The marginal
 * covariance M of y is block-diagonal too: its blocks are the sets of rows that V or a random effect
 * connects.
 */
#ifndef TQ_MULTILEVEL_MV_MODEL_H
#define TQ_MULTILEVEL_MV_MODEL_H

#include "core/progress_callback.h"
#include "multilevel/block_matrix.h"

/**
 * Covariance of the random effects of a term, for two rows i and j whose outer group is the same (0
 * otherwise). g(i): group; s(i): inner level; t(i), z(i): numbers of row i; d: distance.
 */
#define TQ_MV_STRUCTURE_LIST(X) \
    X(INTERCEPT, "~ 1 | g: sigma2 R[g(i), g(j)], R the identity or known; also between groups") \
    X(ID, "tau2 where s(i) = s(j)") \
    X(DIAG, "tau2[s] where s(i) = s(j) = s") \
    X(CS, "tau2 where s(i) = s(j), else rho tau2") \
    X(HCS, "tau2[s] where s(i) = s(j), else rho tau[s(i)] tau[s(j)]") \
    X(UN, "tau[s(i)] tau[s(j)] rho[s(i), s(j)]") \
    X(AR, "tau2 rho^|s(i) - s(j)|, s counting the levels in order") \
    X(HAR, "tau[s(i)] tau[s(j)] rho^|s(i) - s(j)|") \
    X(CAR, "tau2 rho^|t(i) - t(j)|") \
    X(SPEXP, "tau2 exp(-d/rho)") \
    X(SPGAU, "tau2 exp(-d^2/rho^2)") \
    X(SPLIN, "tau2 (1 - d/rho) where d < rho") \
    X(SPRAT, "tau2 (1 - (d/rho)^2 / (1 + (d/rho)^2))") \
    X(SPSPH, "tau2 (1 - 3/2 d/rho + 1/2 (d/rho)^3) where d < rho") \
    X(GEN, "z(i)' T z(j), T unstructured: random intercepts and slopes")

#define TQ_MV_STRUCTURE_ENUM(name, text) TQ_MV_##name,
typedef enum { TQ_MV_STRUCTURE_LIST(TQ_MV_STRUCTURE_ENUM) TQ_MV_STRUCTURE_COUNT } tq_mv_structure;
#undef TQ_MV_STRUCTURE_ENUM

/** "CS"; NULL outside the range. */
TQ_API const char *tq_mv_structure_name(tq_mv_structure s);
/** The covariance in a line, as above. */
TQ_API const char *tq_mv_structure_text(tq_mv_structure s);

/** Distances of the spatial structures. */
typedef enum {
    TQ_MV_EUCLIDEAN,
    TQ_MV_MAXIMUM,
    TQ_MV_MANHATTAN,
    TQ_MV_GCD, /* great circle in km, of longitude and latitude in degrees */
    TQ_MV_DISTANCE_COUNT
} tq_mv_distance;

TQ_API const char *tq_mv_distance_name(tq_mv_distance d);

/** A random term. Borrowed. */
typedef struct {
    const char *name; /* "study/es", "time | study" */
    tq_mv_structure structure;
    const size_t *group; /* [k] 0 .. n_groups - 1, each present */
    size_t n_groups;
    const double *R;     /* INTERCEPT: [n_groups x n_groups] correlations; NULL: the identity */
    const size_t *inner; /* [k] 0 .. n_inner - 1 in order; structures of levels (ID to HAR) */
    size_t n_inner;
    const char *const *inner_name; /* [n_inner] */
    const double *Z; /* [k x q] column by column: times (CAR, q = 1), coordinates, designs (GEN) */
    size_t q;
    const char *const *z_name; /* [q] */
    tq_mv_distance distance;
} tq_mv_term;

/** Borrowed by every function that takes it; a fit keeps it. */
typedef struct {
    size_t k, p;
    const double *yi;         /* [k] finite */
    const tq_block_matrix *V; /* positive definite */
    const double *X;          /* [k x p] column by column; NULL: the intercept alone (p = 1) */
    int intercept; /* 1 when the first column of X is the constant 1; ignored without X */
    const tq_mv_term *term;
    size_t n_terms; /* 0: V alone */
} tq_mv_model;

/** What a component is: variances are >= 0, correlations in (-1, 1), ranges > 0. */
typedef enum { TQ_MV_VARIANCE, TQ_MV_CORRELATION, TQ_MV_RANGE } tq_mv_role;

/**
 * The components of a model in order: for each term its variances, then its correlations: of UN and
 * GEN the pairs (1, 2), (1, 3), .., (2, 3), ..; of SP* the range of distances.
 */
TQ_API size_t tq_mv_variances(const tq_mv_term *term);
TQ_API size_t tq_mv_correlations(const tq_mv_term *term);
/** Both over all terms. */
TQ_API size_t tq_mv_components(const tq_mv_model *model);

typedef enum {
    TQ_MV_Z,
    TQ_MV_T, /* on the degrees of freedom of `df` */
    TQ_MV_KR /* Kenward & Roger (1997), Biometrics 53:983-997; REML and intercept terms alone */
} tq_mv_test;

typedef enum {
    TQ_MV_RESIDUAL,      /* k - p */
    TQ_MV_CONTAIN,       /* levels of the random factor that a moderator is constant in, less p */
    TQ_MV_SATTERTHWAITE, /* 2 E(v)^2 / var(v), v the variance of the coefficient */
    TQ_MV_DF_COUNT
} tq_mv_df;

TQ_API const char *tq_mv_df_name(tq_mv_df df);

/** Start from tq_mv_defaults() and change fields. */
typedef struct {
    int ml; /* 1: maximum likelihood; default 0: restricted */
    tq_mv_test test;
    tq_mv_df df;
    double level;        /* percent; default 95 */
    const double *fixed; /* [components] given values, NaN: to be estimated; NULL: none is given */
    const size_t *equal; /* [components] index <= own of the component that each one equals, of the
                            same role; NULL: each is its own */
    double tol;          /* relative size of the last step; default 1e-9 */
    int max_iter;        /* of one search; default 500 */
    size_t threads;      /* 0 (default): one per processor; never changes a result */
    const tq_progress *progress;
} tq_mv_options;

TQ_API tq_mv_options tq_mv_defaults(void);

#endif
