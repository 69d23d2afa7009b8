/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file group_sums.h  Groups of one study put together, and a shared control group divided. */
#ifndef TQ_EFFECTS_GROUP_SUMS_H
#define TQ_EFFECTS_GROUP_SUMS_H

#include <stddef.h>

#include "core/status.h"

typedef struct {
    double n, mean, sd; /* n >= 1; sd >= 0, with n - 1 */
} tq_group_moments;

typedef struct {
    double events, n; /* 0 <= events <= n, n > 0 */
} tq_group_counts;

typedef struct {
    double events, time; /* events >= 0, time > 0 */
} tq_group_times;

/**
 * Size, mean and SD of k groups as one: what the people of all groups would give together.
 *
 * @param[in]  k       >= 1.
 * @param[in]  groups  [k]; the sd of a group of one is not used, and may be NaN.
 * @param[out] out     Written only on TQ_OK; its sd is NaN for one person altogether.
 *
 * @retval TQ_EINVAL  k = 0.
 * @retval TQ_EDATA   n < 1, sd < 0, or a value that is not finite; err->row is the group,
 *                    err->column "n", "mean" or "sd".
 *
 * Exact: Cochrane Handbook (version 6), section 6.5.2.10, folded over the groups, with the update
 * of Chan, Golub & LeVeque (1983), Am. Stat. 37:242-247, eq. 2.1.
 */
TQ_API tq_status tq_groups_combine_moments(size_t k, const tq_group_moments *groups,
                                           tq_group_moments *out, tq_error *err);

/**
 * Events and sizes of k groups as one group.
 * @retval TQ_EINVAL  k = 0.
 * @retval TQ_EDATA   events < 0 or > n, n <= 0, or a value that is not finite; err->row is the
 *                    group, err->column "events" or "n".
 */
TQ_API tq_status tq_groups_combine_counts(size_t k, const tq_group_counts *groups,
                                          tq_group_counts *out, tq_error *err);

/**
 * Events and person-time of k groups as one group.
 * @retval TQ_EINVAL  k = 0.
 * @retval TQ_EDATA   events < 0, time <= 0, or a value that is not finite; err->row is the group,
 *                    err->column "events" or "time".
 */
TQ_API tq_status tq_groups_combine_times(size_t k, const tq_group_times *groups,
                                         tq_group_times *out, tq_error *err);

/**
 * The share of a control group that each of m comparisons gets, so that nobody counts twice: of
 * means only the size is divided, of counts the events and the size, of person-time both. Shares
 * need not be whole numbers.
 *
 * @param[in]  m    Comparisons that share the group, >= 1.
 * @param[out] out  Written only on TQ_OK; may be group itself.
 *
 * @retval TQ_EINVAL  m = 0.
 * @retval TQ_EDATA   As above, with TQ_NO_ROW.
 *
 * Source: Cochrane Handbook (version 6), section 23.3.4. Comparisons remain correlated through the
 * control group; dividing it only keeps its people from counting more than once.
 */
TQ_API tq_status tq_control_share_moments(const tq_group_moments *group, size_t m,
                                          tq_group_moments *out, tq_error *err);
TQ_API tq_status tq_control_share_counts(const tq_group_counts *group, size_t m,
                                         tq_group_counts *out, tq_error *err);
TQ_API tq_status tq_control_share_times(const tq_group_times *group, size_t m, tq_group_times *out,
                                        tq_error *err);

#endif
