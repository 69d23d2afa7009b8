/* SPDX-License-Identifier: GPL-3.0-or-later */
/* expat, fed in pieces. */
#include "frame/xml_internal.h"

#include <limits.h>
#include <string.h>

/* No cell and no name is longer: a spreadsheet's cell ends at 32767 characters. */
enum { TEXT_MAX = 1 << 24 };

static const char *local(const char *name)
{
    const char *const colon = strrchr(name, ':');

    return colon ? colon + 1 : name;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **atts)
{
    struct xml_reader *const xml = user;

    if (xml->status == TQ_OK) {
        xml->start(xml, local(name), atts);
    }
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    struct xml_reader *const xml = user;

    if (xml->status == TQ_OK) {
        xml->end(xml, local(name));
    }
}

static void XMLCALL on_text(void *user, const XML_Char *text, int size)
{
    struct xml_reader *const xml = user;

    if (xml->status != TQ_OK || !xml->capture) {
        return;
    }
    if (xml->text.size > TEXT_MAX) {
        xml_stop(xml, tq_fail(xml->err, TQ_EREAD, TQ_NO_ROW, NULL,
                              "damaged: line %zu of %s has a text longer than any cell",
                              xml_line(xml), xml->what));
        return;
    }
    tq_buffer_append(&xml->text, text, (size_t)size);
    if (xml->text.failed) {
        xml_stop(xml, tq_fail(xml->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory"));
    }
}

/* Entities are declared here only: without it no reference can be more than a character. */
static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    struct xml_reader *const xml = user;

    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    xml_stop(xml,
             tq_fail(xml->err, TQ_EREAD, TQ_NO_ROW, NULL,
                     "%s has a document type declaration, which is not allowed here", xml->what));
}

tq_status xml_open(struct xml_reader *xml, const char *what, xml_start_fn *start, xml_end_fn *end,
                   void *user, tq_error *err)
{
    *xml = (struct xml_reader){.start = start, .end = end, .user = user, .what = what, .err = err};
    xml->parser = XML_ParserCreate(NULL);
    tq_buffer_text(&xml->text, ""); /* never NULL */
    if (!xml->parser || xml->text.failed) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
    return TQ_OK;
}

tq_status xml_feed(struct xml_reader *xml, const char *bytes, size_t size, int last)
{
    for (int done = 0; !done && xml->status == TQ_OK;) {
        const size_t piece = size > INT_MAX ? INT_MAX : size;

        done = piece == size;
        if (XML_Parse(xml->parser, bytes, (int)piece, done && last) != XML_STATUS_OK &&
            xml->status == TQ_OK) {
            const enum XML_Error code = XML_GetErrorCode(xml->parser);

            xml->status = code == XML_ERROR_NO_MEMORY
                              ? tq_fail(xml->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory")
                              : tq_fail(xml->err, TQ_EREAD, TQ_NO_ROW, NULL,
                                        "damaged: line %zu of %s is no valid XML (%s)",
                                        xml_line(xml), xml->what, XML_ErrorString(code));
        }
        bytes += piece;
        size -= piece;
    }
    return xml->status;
}

void xml_close(struct xml_reader *xml)
{
    if (xml->parser) {
        XML_ParserFree(xml->parser);
    }
    tq_buffer_free(&xml->text);
}

void xml_stop(struct xml_reader *xml, tq_status status)
{
    xml->status = status;
    XML_StopParser(xml->parser, XML_FALSE);
}

void xml_capture(struct xml_reader *xml)
{
    xml->text.size = 0;
    xml->text.data[0] = '\0';
    xml->capture = 1;
}

size_t xml_line(const struct xml_reader *xml)
{
    return (size_t)XML_GetCurrentLineNumber(xml->parser);
}

const char *xml_attribute(const char **atts, const char *name)
{
    for (; *atts; atts += 2) {
        if (strcmp(atts[0], name) == 0) {
            return atts[1];
        }
    }
    return NULL;
}

const char *xml_prefixed(const char **atts, const char *name)
{
    for (; *atts; atts += 2) {
        const char *const colon = strrchr(atts[0], ':');

        if (colon && strcmp(colon + 1, name) == 0) {
            return atts[1];
        }
    }
    return NULL;
}
