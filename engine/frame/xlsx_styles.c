/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cell formats of a workbook: which of them show a number as a date. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "frame/calendar_internal.h"
#include "frame/xlsx_internal.h"

enum { FORMAT_MAX = 1 << 20 };

/* A custom number format; the file may define them in any order. */
struct custom_format {
    long id;
    int parts;
};

struct style_reader {
    struct xlsx_book *book;
    struct custom_format *custom;
    size_t n, capacity;
    int in_formats; /* inside cellXfs */
};

int xlsx_builtin_format(long id)
{
    /* ISO/IEC 29500-1, 18.8.30; 27 to 36 and 50 to 58 are dates in East Asian locales. */
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || (id >= 50 && id <= 58) || id == 36) {
        return CALENDAR_DATE;
    }
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47)) {
        return CALENDAR_TIME;
    }
    return id == 22 ? CALENDAR_DATE | CALENDAR_TIME : 0;
}

/* Step over what a code shows as it is, or NULL when p is at none of it. */
static const char *skip_literal(const char *p)
{
    const char *end;

    switch (*p) {
    case '\\': /* the next character as it is, a blank as wide, a fill */
    case '_':
    case '*':
        return p[1] ? p + 2 : p + 1;
    case '"':
        end = strchr(p + 1, '"');
        return end ? end + 1 : p + strlen(p);
    default:
        if (strncasecmp(p, "AM/PM", 5) == 0) {
            return p + 5;
        }
        return strncasecmp(p, "General", 7) == 0 ? p + 7 : NULL;
    }
}

/* [Red], [$-409] and [>=100] say how; [h], [mm] and [s] count hours, minutes, seconds. */
static const char *read_bracket(const char *p, int *parts)
{
    const char *const end = strchr(p, ']');
    const char *q = p + 1;

    if (!end) {
        return p + strlen(p);
    }
    while (q < end && strchr("hHmMsS", *q)) {
        q++;
    }
    if (q == end && q > p + 1) {
        *parts |= CALENDAR_TIME;
    }
    return end + 1;
}

int xlsx_format_code(const char *code)
{
    int parts = 0, month = 0;

    for (const char *p = code; *p && *p != ';';) {
        const char *const literal = skip_literal(p);

        if (literal) {
            p = literal;
            continue;
        }
        if (*p == '[') {
            p = read_bracket(p, &parts);
            continue;
        }
        switch (tolower((unsigned char)*p)) {
        case 'd':
        case 'y':
            parts |= CALENDAR_DATE;
            break;
        case 'h':
        case 's':
            parts |= CALENDAR_TIME;
            break;
        case 'm':
            month = 1;
            break;
        default:
            break;
        }
        p++;
    }
    /* m is the minute beside hours or seconds, and else the month. */
    return parts == 0 && month ? CALENDAR_DATE : parts;
}

long xlsx_integer(const char *text, long max)
{
    long value = 0;

    if (!text || *text == '\0') {
        return -1;
    }
    for (; *text; text++) {
        if (*text < '0' || *text > '9') {
            return -1;
        }
        value = 10 * value + (*text - '0');
        if (value > max) {
            return -1;
        }
    }
    return value;
}

static tq_status add_custom(struct style_reader *r, const char **atts, tq_error *err)
{
    const long id = xlsx_integer(xml_attribute(atts, "numFmtId"), FORMAT_MAX);
    const char *const code = xml_attribute(atts, "formatCode");

    if (id < 0 || !code) {
        return TQ_OK;
    }
    if (r->n == r->capacity) {
        const size_t wider = r->capacity ? 2 * r->capacity : 32;
        struct custom_format *custom = realloc(r->custom, wider * sizeof *custom);

        if (!custom) {
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        r->custom = custom;
        r->capacity = wider;
    }
    r->custom[r->n++] = (struct custom_format){id, xlsx_format_code(code)};
    return TQ_OK;
}

static void start(struct xml_reader *xml, const char *name, const char **atts)
{
    struct style_reader *const r = xml->user;
    tq_status status = TQ_OK;

    if (strcmp(name, "numFmt") == 0) {
        status = add_custom(r, atts, xml->err);
    } else if (strcmp(name, "cellXfs") == 0) {
        r->in_formats = 1;
    } else if (strcmp(name, "xf") == 0 && r->in_formats) {
        const long id = xlsx_integer(xml_attribute(atts, "numFmtId"), FORMAT_MAX);

        /* The number now, what it means when every custom format is known. */
        if (!offsets_push(&r->book->styles, id < 0 ? 0 : (uint32_t)id)) {
            status = tq_fail(xml->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
    }
    if (status != TQ_OK) {
        xml_stop(xml, status);
    }
}

static void end(struct xml_reader *xml, const char *name)
{
    struct style_reader *const r = xml->user;

    if (strcmp(name, "cellXfs") == 0) {
        r->in_formats = 0;
    }
}

static int by_id(const void *a, const void *b)
{
    const struct custom_format *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static void resolve(struct style_reader *r)
{
    if (r->n > 0) {
        qsort(r->custom, r->n, sizeof *r->custom, by_id);
    }
    for (size_t i = 0; i < r->book->styles.n; i++) {
        const struct custom_format key = {.id = (long)r->book->styles.at[i]};
        const struct custom_format *found =
            r->n > 0 ? bsearch(&key, r->custom, r->n, sizeof key, by_id) : NULL;

        r->book->styles.at[i] = (uint32_t)(found ? found->parts : xlsx_builtin_format(key.id));
    }
}

tq_status xlsx_read_styles(struct package *package, const char *part, struct xlsx_book *book,
                           tq_error *err)
{
    struct style_reader r = {.book = book};
    struct xml_reader xml;
    tq_status status = xml_open(&xml, part, start, end, &r, err);

    if (status == TQ_OK) {
        status = xlsx_feed_part(package, part, &xml, err);
    }
    if (status == TQ_OK) {
        resolve(&r);
    }
    xml_close(&xml);
    free(r.custom);
    return status;
}
