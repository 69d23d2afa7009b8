/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file embedded.h  The files that travel inside the program; cli/embed.sh writes the table. */
#ifndef TQ_CLI_EMBEDDED_H
#define TQ_CLI_EMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *name;  /* file name without folders: "bcg.csv" */
    const char *bytes; /* the file as it is, then one 0 byte that does not count */
    const char *end;   /* one past its last byte */
} tq_embedded;

/* Ordered by name, bytewise: bcg.csv stands right before bcg.md. */
extern const tq_embedded tq_cli_datasets[];
extern const size_t tq_cli_datasets_count;
/* validation/published: cases (.yaml) and the sheets that only they need (.csv). */
extern const tq_embedded tq_cli_published[];
extern const size_t tq_cli_published_count;

#endif
