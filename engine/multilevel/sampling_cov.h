/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sampling_cov.h  Sampling covariances of effects that come from the same people. */
#ifndef TQ_MULTILEVEL_SAMPLING_COV_H
#define TQ_MULTILEVEL_SAMPLING_COV_H

#include "multilevel/block_matrix.h"

/** How the errors of two effects of one cluster correlate. s: rho where they are effects of different
    outcomes, 1 where of one; d: the difference of their times. */
#define TQ_COV_STRUCTURE_LIST(X) \
    X(ID, "ID", "independent") \
    X(CS, "CS", "s") \
    X(CAR, "CAR", "phi^d") \
    X(CS_PLUS_CAR, "CS+CAR", "rho + (1 - rho) phi^d") \
    X(CS_CAR, "CS*CAR", "s phi^d")

#define TQ_COV_STRUCTURE_ENUM(id, name, text) TQ_COV_##id,
typedef enum { TQ_COV_STRUCTURE_LIST(TQ_COV_STRUCTURE_ENUM) TQ_COV_COUNT } tq_cov_structure;
#undef TQ_COV_STRUCTURE_ENUM

/** "CS"; NULL outside the range. */
TQ_API const char *tq_cov_structure_name(tq_cov_structure s);
/** The correlation, as above. */
TQ_API const char *tq_cov_structure_text(tq_cov_structure s);

#define TQ_COV_ANY ((size_t)-1)

/** A correlation of two outcomes that was reported. */
typedef struct {
    size_t cluster;       /* in it; TQ_COV_ANY: in every cluster that has none of its own */
    size_t first, second; /* outcomes */
    double r;             /* in [-1, 1] */
} tq_reported_correlation;

/** A covariance of the effects of two rows, given as such. */
typedef struct {
    size_t i, j;
    double cov;
} tq_given_covariance;

/** What is known of k effects. Arrays are borrowed, [k] unless said otherwise; NULL: not known. */
typedef struct {
    const size_t *cluster; /* 0 .. n_clusters - 1, each present; effects of two are independent */
    size_t n_clusters;
    tq_cov_structure structure;
    double rho;        /* in [-1, 1]: different outcomes of one type */
    double rho_type;   /* in [-1, 1]: different types; NaN without type, or where rho serves both */
    double phi;        /* in [0, 1]: at times one unit apart */
    const size_t *obs; /* which outcome; NULL: each row its own (but with type: one of each type) */
    const size_t *type; /* which type of effect the outcome belongs to */
    const double *time; /* finite */
    /* The groups that an effect compares, by a number that is the same for the same people, and their
       sizes (NULL: equal); effects without a group in common are independent. */
    const size_t *group1, *group2;
    const double *size1, *size2;             /* > 0 */
    const tq_reported_correlation *reported; /* [n_reported], in place of rho; each pair once */
    size_t n_reported;
    const tq_given_covariance *given; /* [n_given] in place of all of it; rows of one cluster */
    size_t n_given;
} tq_sampling_spec;

/**
 * V of effects with variances vi: vi on the diagonal, and within a cluster r sqrt(vi vj). r is the
 * correlation of the structure; where groups are given, times that of two comparisons which share them:
 * comparisons of groups of n1 and n2 have errors e1 - e2 with variances proportional to 1/n1 and 1/n2,
 * so two of them that share group 2 alone correlate by sqrt(n1/(n1 + n2) n1'/(n1' + n2')), and by 1/2
 * where all sizes are equal. Gleser & Olkin (2009), in Cooper, Hedges & Valentine, Handbook of Research
 * Synthesis, 2nd ed., ch. 19; Hedges, Tipton & Johnson (2010), Res. Synth. Methods 1:39-65, sec. 3;
 * Ishak et al. (2007), Clin. Trials 4:525-539 (correlation by time).
 *
 * @param[in]  vi   [k] > 0.
 * @param[out] out  A block for each cluster in order; to be freed with tq_block_matrix_free(). Not
 *                  checked: see tq_covariance_check().
 * @retval TQ_EINVAL  rho, rho_type or phi outside its range or lacking where the structure needs it; no
 *                    times for CAR; a reported correlation beyond [-1, 1] or without obs.
 * @retval TQ_EDATA   A vi, time or size outside its range (err->row), a given covariance across clusters.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_sampling_cov(size_t k, const double *vi, const tq_sampling_spec *spec,
                                 tq_block_matrix **out, tq_error *err);

/**
 * V whose rows are given: V[i, j] = column[position[j]][i] for rows i and j of one cluster. Covariances
 * that stand there twice must agree to 1e-6, and variances with vi to 1e-4, as printed figures do.
 *
 * @param[in]  position  [k] < width: which column belongs to a row, among those of its cluster.
 * @param[in]  column    [width][k]; NaN where empty.
 * @retval TQ_EDATA  A covariance that is missing or stands there with two values, a variance that is not
 *                   vi (err->row and column "V2").
 */
TQ_API tq_status tq_sampling_cov_rows(size_t k, const double *vi, const size_t *cluster,
                                      size_t n_clusters, const size_t *position, size_t width,
                                      const double *const *column, tq_block_matrix **out,
                                      tq_error *err);

/**
 * V of single covariances, 0 for pairs that are not listed (pair by pair, each once, in any order; i = j
 * replaces vi; NaN: not known). Blocks are the sets of rows that they connect.
 * @retval TQ_EDATA  A row beyond k.
 */
TQ_API tq_status tq_sampling_cov_pairs(size_t k, const double *vi, const tq_given_covariance *pair,
                                       size_t n, tq_block_matrix **out, tq_error *err);

/**
 * Whether V is positive definite, block by block, scaled to correlations.
 *
 * @param[in] name  [k] text of each row's cluster, for the message; NULL: its number is told.
 * @retval TQ_EDATA  The first block that is not: its cluster and what would be right; err->row is the row of
 *                   it that the message is about.
 */
TQ_API tq_status tq_covariance_check(const tq_block_matrix *V, const char *const *name,
                                     tq_error *err);

/** A block that was replaced. */
typedef struct {
    size_t row;     /* its first row */
    double largest; /* change of a correlation */
    double lowest;  /* eigenvalue of the correlations before */
} tq_nearest_change;

/**
 * Replace every block that is not positive definite by the one whose correlations are nearest (Frobenius
 * norm) among those with eigenvalues of at least `least`; variances stay. Higham (2002), IMA J. Numer. Anal.
 * 22:329-343, alg. 3.3.
 * @param[in]  least     In (1e-9, 1): near 0, some combination of the effects would count as known exactly.
 * @param[out] change    [V->n_blocks] of those that were replaced, in order.
 * @param[out] n         How many.
 * @retval TQ_EINVAL  least outside its range. @retval TQ_EDATA  A variance that is not > 0.
 * @retval TQ_ENOMEM, TQ_ENOCONV
 */
TQ_API tq_status tq_covariance_nearest(tq_block_matrix *V, double least, tq_nearest_change *change,
                                       size_t *n, tq_error *err);

#endif
