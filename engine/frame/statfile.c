/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stata, SPSS and SAS by ReadStat, in two passes: names, formats and labels, then the values. */
#include "frame/statfile.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "frame/calendar_internal.h"
#include "frame/reading_libraries_internal.h"
#include "frame/table_build_internal.h"

/* No format allows more variables than Stata's 120000. */
enum { VARIABLES_MAX = 1 << 17 };

static const char *const kind_names[] = {
    [TQ_STATFILE_DTA] = "Stata file",         [TQ_STATFILE_SAV] = "SPSS file",
    [TQ_STATFILE_POR] = "portable SPSS file", [TQ_STATFILE_SAS7BDAT] = "SAS file",
    [TQ_STATFILE_XPT] = "SAS transport file",
};
_Static_assert(sizeof kind_names / sizeof *kind_names == TQ_STATFILE_COUNT,
               "a name per kind of file");

/* How a variable counts time: value / per_day days after epoch. */
struct clock {
    double per_day; /* 0: no date */
    long epoch;
    int parts;
};

/* A label of a value; its set and string key live in the arena. */
struct label {
    const char *set, *string; /* string NULL: the key is a number */
    double number;
    uint32_t text;
};

struct variable {
    struct clock clock;
    const struct label *labels; /* [n_labels] of its set, by key */
    size_t n_labels;
    const char *set;
};

struct file_reader {
    const readstat_api *library;
    tq_statfile_kind kind;
    const char *bytes;
    size_t size, at; /* of the memory ReadStat reads from */
    struct table_build build;
    struct variable *variable;
    size_t n_variables, capacity;
    struct label *label;
    size_t n_labels, label_capacity;
    tq_arena *arena;
    int set_size; /* bytes that the name of a set of labels has at most */
    size_t cases; /* those whose values have begun */
    tq_status status;
    tq_error *err;
};

/* ---- memory as a file ---- */

static int open_memory(const char *path, void *io)
{
    struct file_reader *const r = io;

    (void)path;
    r->at = 0;
    return 0;
}

static int close_memory(void *io)
{
    (void)io;
    return 0;
}

static readstat_off_t seek_memory(readstat_off_t offset, readstat_io_flags_t whence, void *io)
{
    struct file_reader *const r = io;
    const readstat_off_t base = whence == READSTAT_SEEK_SET   ? 0
                                : whence == READSTAT_SEEK_CUR ? (readstat_off_t)r->at
                                                              : (readstat_off_t)r->size;

    /* base is within the file, so that neither bound can overflow. */
    if (offset < -base || offset > (readstat_off_t)r->size - base) {
        return -1;
    }
    r->at = (size_t)(base + offset);
    return base + offset;
}

static ssize_t read_memory(void *to, size_t size, void *io)
{
    struct file_reader *const r = io;
    const size_t left = r->size - r->at, n = size < left ? size : left;

    if (n == 0 || !to) { /* ReadStat asks for nothing, into nowhere */
        return n == 0 ? 0 : -1;
    }
    memcpy(to, r->bytes + r->at, n);
    r->at += n;
    return (ssize_t)n;
}

static readstat_error_t no_update(long size, readstat_progress_handler progress, void *user,
                                  void *io)
{
    (void)size;
    (void)progress;
    (void)user;
    (void)io;
    return READSTAT_OK;
}

/* ---- formats ---- */

static int starts_with(const char *text, const char *head)
{
    for (; *head; head++, text++) {
        if (toupper((unsigned char)*text) != *head) {
            return 0;
        }
    }
    return 1;
}

/*
 * The first row whose kind and beginning match. Stata: [D] Datetime display formats; SPSS: Command
 * Syntax Reference, date and time formats, seconds since 1582-10-14; SAS: Formats and Informats
 * Reference, days or seconds since 1960-01-01. Stata's weeks, months and years stay numbers, and
 * so does %tC, which counts leap seconds.
 */
static struct clock clock_of(tq_statfile_kind kind, const char *format)
{
    enum { STATA = 1, SPSS = 2, SAS = 4 };
    static const struct {
        int systems;
        const char *head;
        struct clock clock;
    } formats[] = {
        {STATA, "%TD", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {STATA, "%D", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {STATA, "%-TD", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {STATA, "%TC", {864e5, CALENDAR_1960_01_01, CALENDAR_DATE | CALENDAR_TIME}},
        {SPSS, "DATETIME", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE | CALENDAR_TIME}},
        {SPSS, "YMDHMS", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE | CALENDAR_TIME}},
        {SPSS, "DATE", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE}},
        {SPSS, "ADATE", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE}},
        {SPSS, "EDATE", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE}},
        {SPSS, "SDATE", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE}},
        {SPSS, "JDATE", {86400.0, CALENDAR_1582_10_14, CALENDAR_DATE}},
        {SAS, "DATETIME", {86400.0, CALENDAR_1960_01_01, CALENDAR_DATE | CALENDAR_TIME}},
        {SAS, "DATEAMPM", {86400.0, CALENDAR_1960_01_01, CALENDAR_DATE | CALENDAR_TIME}},
        {SAS, "E8601DT", {86400.0, CALENDAR_1960_01_01, CALENDAR_DATE | CALENDAR_TIME}},
        {SAS, "E8601DA", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {SAS, "DATE", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {SAS, "DDMMYY", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {SAS, "MMDDYY", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
        {SAS, "YYMMDD", {1.0, CALENDAR_1960_01_01, CALENDAR_DATE}},
    };
    const int system = kind == TQ_STATFILE_DTA                              ? STATA
                       : kind == TQ_STATFILE_SAV || kind == TQ_STATFILE_POR ? SPSS
                                                                            : SAS;

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if ((formats[i].systems & system) && starts_with(format, formats[i].head) &&
            strncmp(format, "%tC", 3) != 0) {
            return formats[i].clock;
        }
    }
    return (struct clock){0};
}

/* ---- the first pass ---- */

static int stop(struct file_reader *r, tq_status status)
{
    r->status = status;
    return READSTAT_HANDLER_ABORT;
}

static int no_memory(struct file_reader *r)
{
    return stop(r, tq_fail(r->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory"));
}

/* Room for one more element; NULL when memory is out. */
static void *grow(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) {
        return array;
    }
    const size_t wider = *capacity ? 2 * *capacity : 64;
    void *const grown = wider > SIZE_MAX / size ? NULL : realloc(array, wider * size);

    *capacity = grown ? wider : *capacity;
    return grown;
}

/*
 * The name of a variable's set of labels comes out of a Stata file in a field of this many bytes,
 * which need not have an end: Stata, "dta" file formats, value_label_names.
 */
static int on_metadata(readstat_metadata_t *metadata, void *user)
{
    struct file_reader *const r = user;
    const int version = r->library->readstat_get_file_format_version(metadata);

    if (r->kind == TQ_STATFILE_DTA) {
        r->set_size = version >= 118 ? 129 : version >= 110 ? 33 : 9;
    }
    return READSTAT_HANDLER_OK;
}

static int on_variable(int index, readstat_variable_t *variable, const char *labels, void *user)
{
    struct file_reader *const r = user;
    const char *const name = r->library->readstat_variable_get_name(variable);
    const char *const format = r->library->readstat_variable_get_format(variable);
    uint32_t at;

    if (index < 0 || (size_t)index != r->n_variables || index >= VARIABLES_MAX) {
        return stop(r, tq_fail(r->err, TQ_EREAD, TQ_NO_ROW, NULL, "damaged: variable %d of %zu",
                               index, r->n_variables));
    }
    struct variable *const list =
        grow(r->variable, r->n_variables, &r->capacity, sizeof *r->variable);

    if (!list) {
        return no_memory(r);
    }
    r->variable = list;
    struct variable *const v = &list[r->n_variables++];

    *v = (struct variable){.clock = clock_of(r->kind, format ? format : "")};
    if (labels && *labels && !(v->set = tq_arena_format(r->arena, "%.*s", r->set_size, labels))) {
        return no_memory(r);
    }
    tq_status status =
        build_text(&r->build, name ? name : "", name ? strlen(name) : 0, &at, r->err);

    if (status == TQ_OK && at == BUILD_EMPTY) {
        status = tq_fail(r->err, TQ_EREAD, TQ_NO_ROW, NULL, "damaged: variable %d has no name",
                         index + 1);
    }
    if (status != TQ_OK) {
        return stop(r, status);
    }
    build_set(&r->build, (size_t)index, at);
    return READSTAT_HANDLER_OK;
}

/* Without a handler of variables ReadStat makes none, and hands values over without them. */
static int pass_variable(int index, readstat_variable_t *variable, const char *labels, void *user)
{
    const struct file_reader *const r = user;

    (void)variable;
    (void)labels;
    return index >= 0 && (size_t)index < r->n_variables ? READSTAT_HANDLER_OK
                                                        : READSTAT_HANDLER_ABORT;
}

static int on_label(const char *set, readstat_value_t value, const char *text, void *user)
{
    struct file_reader *const r = user;
    const int is_text = r->library->readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING;
    const char *const string = is_text ? r->library->readstat_string_value(value) : NULL;
    struct label label = {.set = tq_arena_text(r->arena, set)};

    if (!text || (is_text && !string) ||
        (!is_text && r->library->readstat_value_is_tagged_missing(value))) {
        return READSTAT_HANDLER_OK;
    }
    if (is_text) {
        label.string = tq_arena_text(r->arena, string);
    } else {
        label.number = r->library->readstat_double_value(value);
    }
    const tq_status status = build_text(&r->build, text, strlen(text), &label.text, r->err);

    if (status != TQ_OK) {
        return stop(r, status);
    }
    struct label *const list = grow(r->label, r->n_labels, &r->label_capacity, sizeof *list);

    if (!list) {
        return no_memory(r);
    }
    r->label = list;
    if (!label.set || (is_text && !label.string)) {
        return no_memory(r);
    }
    if (label.text != BUILD_EMPTY && (is_text || !isnan(label.number))) {
        list[r->n_labels++] = label;
    }
    return READSTAT_HANDLER_OK;
}

/* By set, numbers before strings, by value; of equal ones the order is that of their texts. */
static int by_key(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    int order = strcmp(x->set, y->set);

    if (order == 0) {
        order = (x->string != NULL) - (y->string != NULL);
    }
    if (order == 0) {
        order = x->string ? strcmp(x->string, y->string)
                          : (x->number > y->number) - (x->number < y->number);
    }
    return order ? order : (x->text > y->text) - (x->text < y->text);
}

/* Number of labels whose set stands before this one, or (after) not behind it. */
static size_t rank_of_set(const struct file_reader *r, const char *set, int after)
{
    size_t lo = 0, hi = r->n_labels;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int order = strcmp(r->label[mid].set, set);

        if (order < 0 || (after && order == 0)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void join_labels(struct file_reader *r)
{
    if (r->n_labels == 0) {
        return;
    }
    qsort(r->label, r->n_labels, sizeof *r->label, by_key);
    for (size_t i = 0; i < r->n_variables; i++) {
        struct variable *const v = &r->variable[i];

        if (v->set) {
            const size_t first = rank_of_set(r, v->set, 0);

            v->labels = r->label + first;
            v->n_labels = rank_of_set(r, v->set, 1) - first;
        }
    }
}

/* ---- the second pass ---- */

static int key_order(const struct label *l, const char *string, double number)
{
    if (string) {
        return l->string ? strcmp(l->string, string) : -1;
    }
    return l->string ? 1 : (l->number > number) - (l->number < number);
}

/* The label of a value, or BUILD_EMPTY. */
static uint32_t label_of(const struct variable *v, const char *string, double number)
{
    size_t lo = 0, hi = v->n_labels;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (key_order(&v->labels[mid], string, number) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < v->n_labels && key_order(&v->labels[lo], string, number) == 0 ? v->labels[lo].text
                                                                              : BUILD_EMPTY;
}

static tq_status put_string(struct file_reader *r, const struct variable *v, const char *text,
                            uint32_t *at)
{
    *at = BUILD_EMPTY;
    if (!text) {
        return TQ_OK;
    }
    *at = label_of(v, text, 0.0);
    return *at != BUILD_EMPTY ? TQ_OK : build_text(&r->build, text, strlen(text), at, r->err);
}

static tq_status put_number(struct file_reader *r, const struct variable *v, double x, uint32_t *at)
{
    char text[CALENDAR_TEXT];
    const char *date = NULL;

    *at = isnan(x) ? BUILD_EMPTY : label_of(v, NULL, x);
    if (*at != BUILD_EMPTY) {
        return TQ_OK;
    }
    if (v->clock.per_day > 0.0) {
        date = calendar_text(x / v->clock.per_day + (double)v->clock.epoch, v->clock.parts, text);
    }
    return date ? build_text(&r->build, date, strlen(date), at, r->err)
                : build_number(&r->build, x, at, r->err);
}

/* Values come case by case; the first of a case ends the one before. */
static tq_status begin_case(struct file_reader *r, size_t number)
{
    tq_status status = TQ_OK;

    while (status == TQ_OK && r->cases < number) {
        status = r->cases > 0 ? build_end_row(&r->build, r->cases, r->err) : TQ_OK;
        r->cases++;
    }
    return status;
}

static int on_value(int observation, readstat_variable_t *variable, readstat_value_t value,
                    void *user)
{
    struct file_reader *const r = user;
    const int index = r->library->readstat_variable_get_index(variable);
    uint32_t at = BUILD_EMPTY;

    if (index < 0 || (size_t)index >= r->n_variables || observation < 0 ||
        (size_t)observation + 1 < r->cases || (size_t)observation > r->cases) {
        return stop(r, tq_fail(r->err, TQ_EREAD, TQ_NO_ROW, NULL,
                               "damaged: a value of variable %d, case %d", index, observation));
    }
    const struct variable *const v = &r->variable[index];
    tq_status status = begin_case(r, (size_t)observation + 1);

    if (status == TQ_OK && !r->library->readstat_value_is_missing(value, variable)) {
        status = r->library->readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING
                     ? put_string(r, v, r->library->readstat_string_value(value), &at)
                     : put_number(r, v, r->library->readstat_double_value(value), &at);
    }
    if (status != TQ_OK) {
        if (r->err && r->err->line == 0) {
            r->err->line = r->cases;
        }
        return stop(r, status);
    }
    build_set(&r->build, (size_t)index, at);
    return READSTAT_HANDLER_OK;
}

/* ---- both ---- */

static tq_status fail_readstat(struct file_reader *r, readstat_error_t code)
{
    char text[96];

    if (r->status != TQ_OK) {
        return r->status; /* a handler's own failure */
    }
    if (code == READSTAT_ERROR_MALLOC) {
        return tq_fail(r->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_copy_text(text, sizeof text, r->library->readstat_error_message(code));
    text[0] = (char)tolower((unsigned char)text[0]);
    return tq_fail(r->err, TQ_EREAD, TQ_NO_ROW, NULL, "no %s, or a damaged one (%s)",
                   kind_names[r->kind], text);
}

static readstat_error_t parse(struct file_reader *r, readstat_parser_t *parser)
{
    const readstat_api *const api = r->library;

    switch (r->kind) {
    case TQ_STATFILE_DTA:
        return api->readstat_parse_dta(parser, "", r);
    case TQ_STATFILE_SAV:
        return api->readstat_parse_sav(parser, "", r);
    case TQ_STATFILE_POR:
        return api->readstat_parse_por(parser, "", r);
    case TQ_STATFILE_SAS7BDAT:
        return api->readstat_parse_sas7bdat(parser, "", r);
    case TQ_STATFILE_XPT:
    case TQ_STATFILE_COUNT:
        break;
    }
    return api->readstat_parse_xport(parser, "", r);
}

static tq_status run_pass(struct file_reader *r, int values)
{
    const readstat_api *const api = r->library;
    readstat_parser_t *const parser = api->readstat_parser_init();

    if (!parser) {
        return tq_fail(r->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    api->readstat_set_open_handler(parser, open_memory);
    api->readstat_set_close_handler(parser, close_memory);
    api->readstat_set_seek_handler(parser, seek_memory);
    api->readstat_set_read_handler(parser, read_memory);
    api->readstat_set_update_handler(parser, no_update);
    api->readstat_set_io_ctx(parser, r);
    if (values) {
        api->readstat_set_value_handler(parser, on_value);
        api->readstat_set_variable_handler(parser, pass_variable);
    } else {
        api->readstat_set_metadata_handler(parser, on_metadata);
        api->readstat_set_variable_handler(parser, on_variable);
        api->readstat_set_value_label_handler(parser, on_label);
    }
    const readstat_error_t code = parse(r, parser);

    api->readstat_parser_free(parser);
    return code == READSTAT_OK && r->status == TQ_OK ? TQ_OK : fail_readstat(r, code);
}

/* From version 117 on a Stata file ends with a tag; ReadStat does without the labels before it. */
static tq_status check_end(const struct file_reader *r)
{
    static const char first[] = "<stata_dta>", last[] = "</stata_dta>";
    const size_t n = sizeof first - 1, m = sizeof last - 1;

    if (r->size < n || memcmp(r->bytes, first, n) != 0 ||
        (r->size >= n + m && memcmp(r->bytes + r->size - m, last, m) == 0)) {
        return TQ_OK;
    }
    return tq_fail(r->err, TQ_EREAD, TQ_NO_ROW, NULL, "cut short: a Stata file ends with %s", last);
}

static tq_status read_file(struct file_reader *r)
{
    tq_status status = check_end(r);

    status = status == TQ_OK ? run_pass(r, 0) : status;

    if (status == TQ_OK && r->n_variables == 0) {
        return tq_fail(r->err, TQ_EDATA, TQ_NO_ROW, NULL, "no variables");
    }
    status = status == TQ_OK ? build_end_header(&r->build, 0, r->err) : status;
    if (status == TQ_OK) {
        join_labels(r);
        status = run_pass(r, 1);
    }
    if (status == TQ_OK && r->cases > 0) {
        status = build_end_row(&r->build, r->cases, r->err);
    }
    return status;
}

tq_status tq_statfile_parse(const char *bytes, size_t size, const char *source,
                            tq_statfile_kind kind, char decimal, tq_table **out, tq_error *err)
{
    struct file_reader r = {
        .kind = kind, .bytes = bytes, .size = size, .set_size = 256, .err = err};

    if (kind >= TQ_STATFILE_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown kind of file %d", (int)kind);
    }
    tq_status status = build_start(&r.build, source, VARIABLES_MAX, decimal, err);

    r.arena = tq_arena_new();
    if (status == TQ_OK && !r.arena) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (status == TQ_OK && !(r.library = readstat_library_load(err))) {
        status = TQ_EREAD;
    }
    status = status == TQ_OK ? read_file(&r) : status;
    if (status == TQ_OK) {
        status = build_finish(&r.build, bytes, size, NULL, NULL, out, err);
    }
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, source);
    }
    free(r.variable);
    free(r.label);
    tq_arena_free(r.arena);
    build_free(&r.build);
    return status;
}
