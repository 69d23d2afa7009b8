/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file dataset_internal.h  The stages between reading the inputs and computing the effects. */
#ifndef TQ_FRAME_DATASET_INTERNAL_H
#define TQ_FRAME_DATASET_INTERNAL_H

#include "frame/dataset.h"

/* What happened to each row on its way; texts in the arena. */
typedef struct {
    tq_derivation *derived; /* [rows] */
    const char **note; /* [rows] "SD of group 1 from the SE; combined from rows 3, 4", or NULL */
} row_history;

/* What has been read and derived so far, as the engine takes it. */
tq_inputs dataset_inputs(const tq_dataset *data);
/* Fill in what rows do not report; adds to data->input what some row got. */
tq_status dataset_derive(tq_dataset *data, const tq_dataset_spec *spec, row_history *history,
                         tq_error *err);
/* Whether an effect that is given as such may stand in: its estimate, or its ratio, is named. */
int dataset_may_stand_in(const tq_dataset_spec *spec);
/* Effects that are given as such, for rows that have nothing else; call after the computation. */
tq_status dataset_take_given(tq_dataset *data, const tq_dataset_spec *spec,
                             const tq_effect_options *opt, tq_error *err);
/* Say in effect[].from what was derived, combined and assumed. */
tq_status dataset_tell_history(tq_dataset *data, row_history *history, tq_error *err);

/* Make one row of the arms of one comparison; data->rows shrinks, and all that is read with it. */
tq_status dataset_combine_arms(tq_dataset *data, size_t key, row_history *history, tq_error *err);
/* Find control arms that several rows share; divide them, or warn unless that is known. */
tq_status dataset_shared_controls(tq_dataset *data, int split, int known, row_history *history,
                                  tq_error *err);

/* Lists that grow in the arena's fixed arrays; TQ_ENOMEM for text NULL. */
tq_status dataset_assume(tq_dataset *data, const char *text, tq_error *err);
tq_status dataset_warn(tq_dataset *data, const char *text, tq_error *err);
/* Append to the note of row i, with "; " between. */
tq_status dataset_note(tq_dataset *data, row_history *history, size_t i, const char *text,
                       tq_error *err);

#endif
