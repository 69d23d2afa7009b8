/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file beside_internal.h  Views on results that stand side by side. */
#ifndef TQ_REPORT_DOSSIER_BESIDE_INTERNAL_H
#define TQ_REPORT_DOSSIER_BESIDE_INTERNAL_H

#include "report/dossier/beside.h"
#include "report/json_internal.h"
#include "report/page/page_internal.h"

/* A heading, the table, how far the results lie apart; nothing where nothing stands beside the entry.
   @retval TQ_ENOMEM */
tq_status beside_section(const tq_dossier_entry *e, tq_arena *arena, page *p, tq_error *err);

/* {"rows": [...], "scale", "reading"}; *out NULL where nothing stands beside it. @retval TQ_ENOMEM */
tq_status beside_json(const tq_dossier_entry *e, json_t **out, tq_error *err);

#endif
