/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file xml_internal.h  Reading one XML document, with its dangers taken out. */
#ifndef TQ_FRAME_XML_INTERNAL_H
#define TQ_FRAME_XML_INTERNAL_H

#include <expat.h>

#include "core/buffer.h"

struct xml_reader;

/* Names come without their namespace prefix. */
typedef void xml_start_fn(struct xml_reader *xml, const char *name, const char **atts);
typedef void xml_end_fn(struct xml_reader *xml, const char *name);

/**
 * A document being read. While capture is set, character data is added to text. A document type
 * declaration is refused, and with it every entity that could grow; what is not well-formed too.
 */
struct xml_reader {
    XML_Parser parser;
    xml_start_fn *start;
    xml_end_fn *end;
    void *user;
    const char *what; /* "xl/workbook.xml", for messages */
    tq_buffer text;
    int capture;
    tq_status status; /* the first failure; nothing is called after it */
    tq_error *err;
};

tq_status xml_open(struct xml_reader *xml, const char *what, xml_start_fn *start, xml_end_fn *end,
                   void *user, tq_error *err);
/** @retval TQ_EREAD  Not well-formed, or a document type declaration. */
tq_status xml_feed(struct xml_reader *xml, const char *bytes, size_t size, int last);
void xml_close(struct xml_reader *xml);

/** A handler has failed with status; err is filled. */
void xml_stop(struct xml_reader *xml, tq_status status);
/** Start a text afresh, and capture. */
void xml_capture(struct xml_reader *xml);

/** 1-based line of the document at which the reader is. */
size_t xml_line(const struct xml_reader *xml);

/** Value of an attribute without a prefix, or NULL. */
const char *xml_attribute(const char **atts, const char *name);
/** Value of the attribute that has this name after a prefix, or NULL. */
const char *xml_prefixed(const char **atts, const char *name);

#endif
