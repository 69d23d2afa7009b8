/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking up the embedded data sets: a sheet NAME.csv and its description NAME.md. */
#include "shipped.h"

#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "core/status.h"
#include "embedded.h"

static const char csv_suffix[] = ".csv";

/* Length of the data set's name when the file is a sheet, else 0. */
static size_t sheet_name_length(const tq_embedded *file)
{
    const size_t length = strlen(file->name), suffix = sizeof csv_suffix - 1;

    if (length <= suffix || strcmp(file->name + length - suffix, csv_suffix) != 0) {
        return 0;
    }
    return length - suffix;
}

static tq_span span_of(const tq_embedded *file)
{
    return (tq_span){file->bytes, (size_t)(file->end - file->bytes)};
}

static tq_span description_of(const char *name, size_t length)
{
    for (size_t i = 0; i < tq_cli_datasets_count; i++) {
        const tq_embedded *file = &tq_cli_datasets[i];

        if (strncmp(file->name, name, length) == 0 && strcmp(file->name + length, ".md") == 0) {
            return span_of(file);
        }
    }
    return (tq_span){"", 0};
}

/* What follows "# NAME: " on the first line; the whole line when it is not of that form. */
static tq_span title_of(tq_span description, size_t name_length)
{
    const char *end = memchr(description.bytes, '\n', description.size);
    const size_t line = end ? (size_t)(end - description.bytes) : description.size;
    const size_t lead = strlen("# ") + name_length + strlen(": ");

    if (line <= lead || memcmp(description.bytes + lead - strlen(": "), ": ", strlen(": ")) != 0) {
        return (tq_span){description.bytes, line};
    }
    return (tq_span){description.bytes + lead, line - lead};
}

static void fill(const tq_embedded *file, tq_shipped *out)
{
    const size_t length = sheet_name_length(file);

    out->name = (tq_span){file->name, length};
    out->csv = span_of(file);
    out->description = description_of(file->name, length);
    out->title = title_of(out->description, length);
}

int tq_shipped_at(size_t i, tq_shipped *out)
{
    for (size_t k = 0; k < tq_cli_datasets_count; k++) {
        if (sheet_name_length(&tq_cli_datasets[k]) > 0 && i-- == 0) {
            fill(&tq_cli_datasets[k], out);
            return 1;
        }
    }
    return 0;
}

int tq_shipped_find(const char *name, tq_shipped *out)
{
    const size_t length = strlen(name);

    for (size_t i = 0; i < tq_cli_datasets_count; i++) {
        const tq_embedded *file = &tq_cli_datasets[i];

        if (length > 0 && sheet_name_length(file) == length &&
            memcmp(file->name, name, length) == 0) {
            fill(file, out);
            return 1;
        }
    }
    return 0;
}

static int ends_in(const char *name, const char *suffix)
{
    const size_t length = strlen(name), tail = strlen(suffix);

    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

int tq_shipped_published_sheet(const char *name, tq_span *out)
{
    const size_t length = strlen(name);

    for (size_t i = 0; i < tq_cli_published_count; i++) {
        const tq_embedded *file = &tq_cli_published[i];

        if (length > 0 && sheet_name_length(file) == length &&
            memcmp(file->name, name, length) == 0) {
            *out = span_of(file);
            return 1;
        }
    }
    return 0;
}

int tq_shipped_published_at(size_t i, const char **name, tq_span *out)
{
    for (size_t k = 0; k < tq_cli_published_count; k++) {
        if (ends_in(tq_cli_published[k].name, ".yaml") && i-- == 0) {
            *name = tq_cli_published[k].name;
            *out = span_of(&tq_cli_published[k]);
            return 1;
        }
    }
    return 0;
}

static const char *candidate_at(const void *table, size_t i)
{
    return ((const char *const *)table)[i];
}

int tq_shipped_nearest(const char *name, char *out, size_t size)
{
    /* Names as text: candidates are compared without the extension the table keeps. */
    const size_t width = 64, count = tq_cli_datasets_count;
    char *text = calloc(count + 1, width);
    const char **candidates = calloc(count + 1, sizeof *candidates);
    const char *best = NULL;
    size_t used = 0;

    for (size_t i = 0; text && candidates && i < count; i++) {
        const size_t length = sheet_name_length(&tq_cli_datasets[i]);

        if (length > 0 && length < width) {
            memcpy(text + used * width, tq_cli_datasets[i].name, length);
            candidates[used] = text + used * width;
            used++;
        }
    }
    if (used > 0) {
        best = tq_nearest_name(name, candidate_at, candidates);
    }
    if (best) {
        tq_copy_text(out, size, best);
    }
    free(candidates);
    free(text);
    return best != NULL;
}

size_t tq_shipped_rows(const tq_shipped *set)
{
    size_t records = 0;
    int quoted = 0, filled = 0;

    for (size_t i = 0; i < set->csv.size; i++) {
        const char c = set->csv.bytes[i];

        quoted ^= c == '"';
        if (c == '\n' && !quoted) {
            records += (size_t)filled;
            filled = 0;
        } else if (c != '\r') {
            filled = 1;
        }
    }
    records += (size_t)filled;
    return records > 0 ? records - 1 : 0;
}
