/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file package_internal.h  A zip archive in memory, and what it may unpack to. */
#ifndef TQ_FRAME_PACKAGE_INTERNAL_H
#define TQ_FRAME_PACKAGE_INTERNAL_H

#include "frame/reading_libraries_internal.h"

/* An archive that is open, and how much of it may still be unpacked. */
struct package {
    const zip_api *library;
    zip_t *zip; /* NULL: not open */
    size_t budget;
    const char *kind; /* what it is to the user: "a workbook" */
};

/** Where unpacked bytes go, block by block; the last, which may be empty, has last set. */
typedef tq_status package_sink(void *user, const char *block, size_t size, int last);

/**
 * Open an archive: borrows bytes[size] until package_close(), which is called whatever comes out.
 *
 * @param[in] broken  What to say of bytes that are no archive ("no .xlsx workbook, or a damaged one").
 * @retval TQ_EREAD  No archive, a damaged one, more than 65536 parts, or libzip is missing.
 * @retval TQ_ENOMEM
 */
tq_status package_open(const char *bytes, size_t size, const char *kind, const char *broken,
                       struct package *out, tq_error *err);

/**
 * Unpack part number at, called name in messages, into sink.
 * @retval TQ_EREAD  Damaged or encrypted; more than 2 GiB over all parts, or than 250 times its
 *                   packed size, and not by being small. What sink returns is passed on.
 */
tq_status package_unpack(struct package *package, zip_uint64_t at, const char *name,
                         package_sink *sink, void *user, tq_error *err);

/** TQ_EREAD: "damaged: part NAME WHY". */
tq_status package_fail(const char *name, const char *why, tq_error *err);

void package_close(struct package *package);

#endif
