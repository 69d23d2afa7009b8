/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RevMan 5: COCHRANE_REVIEW holds STUDY elements, and COMPARISON > DICH_OUTCOME > DICH_SUBGROUP >
 * DICH_DATA, with CONT_, IV_ and IPD_ beside DICH_ and the subgroups optional.
 */
#include "frame/rm5.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/parse_number.h"
#include "frame/table_build_internal.h"
#include "frame/xml_internal.h"

#define COLUMN_LIST(X) \
    X(COMPARISON_NO, "comparison_no") \
    X(COMPARISON, "comparison") \
    X(OUTCOME_NO, "outcome_no") \
    X(OUTCOME, "outcome") \
    X(SUBGROUP_NO, "subgroup_no") \
    X(SUBGROUP, "subgroup") \
    X(STUDY, "study") \
    X(YEAR, "year") \
    X(TYPE, "type") \
    X(MEASURE, "measure") \
    X(AI, "ai") \
    X(N1I, "n1i") \
    X(CI, "ci") \
    X(N2I, "n2i") \
    X(M1I, "m1i") \
    X(SD1I, "sd1i") \
    X(M2I, "m2i") \
    X(SD2I, "sd2i") \
    X(YI, "yi") \
    X(SEI, "sei") \
    X(OE, "oe") \
    X(VE, "ve")

#define COLUMN_ENUM(id, name) COLUMN_##id,
enum column { COLUMN_LIST(COLUMN_ENUM) COLUMNS };
#undef COLUMN_ENUM

#define COLUMN_NAME(id, name) name,
static const char *const column_name[] = {COLUMN_LIST(COLUMN_NAME)};
#undef COLUMN_NAME

/* The kinds of outcome, as bits; the name begins the names of their elements. */
enum kind { NONE = 0, DICH = 1, CONT = 2, IV = 4, IPD = 8 };

static const struct {
    const char *name;
    enum kind kind;
} kinds[] = {{"DICH", DICH}, {"CONT", CONT}, {"IV", IV}, {"IPD", IPD}};

/* Which attribute of a data element is which column, for which kinds. */
static const struct {
    const char *attribute;
    enum column column;
    int kinds;
    int arm; /* 1, 2: meaningless when that arm is empty; 0: when not estimable */
} fields[] = {
    {"EVENTS_1", COLUMN_AI, DICH | IPD, 1},
    {"TOTAL_1", COLUMN_N1I, DICH | CONT | IV | IPD, 1},
    {"EVENTS_2", COLUMN_CI, DICH | IPD, 2},
    {"TOTAL_2", COLUMN_N2I, DICH | CONT | IV | IPD, 2},
    {"MEAN_1", COLUMN_M1I, CONT, 1},
    {"SD_1", COLUMN_SD1I, CONT, 1},
    {"MEAN_2", COLUMN_M2I, CONT, 2},
    {"SD_2", COLUMN_SD2I, CONT, 2},
    {"SE", COLUMN_SEI, IV, 0},
    {"O_E", COLUMN_OE, IPD, 0},
    {"VAR", COLUMN_VE, IPD, 0},
};

/* A study of the review; texts are offsets in the table's. */
struct study {
    const char *id; /* in the arena */
    uint32_t name, year;
};

/* The levels above a data element. */
enum level { NO_LEVEL, AT_COMPARISON, AT_OUTCOME, AT_SUBGROUP };

struct rm5_reader {
    struct table_build build;
    uint32_t context[COLUMNS]; /* of the comparison, outcome and subgroup at hand */
    enum kind kind;            /* of the outcome at hand */
    int on_log_scale;          /* the outcome's estimates are logarithms */
    enum level level;          /* the innermost that is open */
    enum column naming;        /* the column that the text being read is for */
    int is_review;
    struct study *study;
    size_t n_studies, capacity;
    struct offsets study_of_row; /* offset of each row's study id in ids */
    tq_buffer ids;
    tq_arena *arena;
};

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static int is_yes(const char *value)
{
    return value && strcmp(value, "YES") == 0;
}

static tq_status put(struct rm5_reader *r, enum column column, const char *text, tq_error *err)
{
    return text ? build_text(&r->build, text, strlen(text), &r->context[column], err) : TQ_OK;
}

/* ---- studies ---- */

static tq_status add_study(struct rm5_reader *r, const char **atts, tq_error *err)
{
    const char *const id = xml_attribute(atts, "ID"), *const name = xml_attribute(atts, "NAME"),
                      *const year = xml_attribute(atts, "YEAR");
    struct study s = {0};

    if (!id) {
        return TQ_OK;
    }
    if (r->n_studies == r->capacity) {
        const size_t wider = r->capacity ? 2 * r->capacity : 64;
        struct study *const list = realloc(r->study, wider * sizeof *list);

        if (!list) {
            return no_memory(err);
        }
        r->study = list;
        r->capacity = wider;
    }
    s.id = tq_arena_text(r->arena, id);
    tq_status status = s.id ? TQ_OK : no_memory(err);

    if (status == TQ_OK && name) {
        status = build_text(&r->build, name, strlen(name), &s.name, err);
    }
    if (status == TQ_OK && year) {
        /* "2006." is how some reviews write it. */
        const size_t n = strlen(year);

        status = build_text(&r->build, year, n > 0 && year[n - 1] == '.' ? n - 1 : n, &s.year, err);
    }
    if (status == TQ_OK) {
        r->study[r->n_studies++] = s;
    }
    return status;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct study *)a)->id, ((const struct study *)b)->id);
}

/* The name and year of each row's study; the id stands in for a study that is not listed. */
static tq_status name_studies(struct rm5_reader *r, tq_error *err)
{
    if (r->n_studies > 0) {
        qsort(r->study, r->n_studies, sizeof *r->study, by_id);
    }
    for (size_t row = 0; row < r->study_of_row.n; row++) {
        const struct study key = {.id = r->ids.data + r->study_of_row.at[row]};
        const struct study *const found =
            r->n_studies > 0 ? bsearch(&key, r->study, r->n_studies, sizeof key, by_id) : NULL;
        uint32_t *const cells = r->build.cells.at + row * COLUMNS;

        if (found && found->name != BUILD_EMPTY) {
            cells[COLUMN_STUDY] = found->name;
            cells[COLUMN_YEAR] = found->year;
        } else {
            const tq_status status =
                build_text(&r->build, key.id, strlen(key.id), &cells[COLUMN_STUDY], err);

            if (status != TQ_OK) {
                return status;
            }
        }
    }
    return TQ_OK;
}

/* ---- data ---- */

/* The value of an attribute; NaN where there is none. */
static double number_of(const char **atts, const char *name)
{
    const char *const text = xml_attribute(atts, name);
    double x;

    return text && tq_parse_number(text, '.', &x) ? x : (double)NAN;
}

static tq_status set_number(struct rm5_reader *r, enum column column, double x, tq_error *err)
{
    uint32_t at;
    const tq_status status = build_number(&r->build, x, &at, err);

    if (status == TQ_OK) {
        build_set(&r->build, column, at);
    }
    return status;
}

/*
 * The estimate as it was entered. EFFECT_SIZE is on the natural scale, and LOG_EFFECT_SIZE, a
 * position in the plot, a logarithm to base 10.
 */
static double estimate(const struct rm5_reader *r, const char **atts)
{
    const double entered = number_of(atts, "ESTIMATE"), natural = number_of(atts, "EFFECT_SIZE");

    if (!isnan(entered)) {
        return entered;
    }
    return !r->on_log_scale ? natural : natural > 0.0 ? log(natural) : (double)NAN;
}

static tq_status set_values(struct rm5_reader *r, const char **atts, tq_error *err)
{
    const double size[] = {1.0, number_of(atts, "TOTAL_1"), number_of(atts, "TOTAL_2")};
    const char *const estimable = xml_attribute(atts, "ESTIMABLE");
    const int not_estimable = estimable && strcmp(estimable, "NO") == 0;
    tq_status status = TQ_OK;

    for (size_t i = 0; i < sizeof fields / sizeof *fields && status == TQ_OK; i++) {
        const double x = number_of(atts, fields[i].attribute);
        const int blank = fields[i].arm > 0 ? size[fields[i].arm] == 0.0 : not_estimable;
        /* A spread of 0 is how RevMan stores one that was not given. */
        const int no_spread =
            (fields[i].column == COLUMN_SD1I || fields[i].column == COLUMN_SD2I) && x == 0.0;

        if ((fields[i].kinds & (int)r->kind) && !blank && !(no_spread && not_estimable)) {
            status = set_number(r, fields[i].column, x, err);
        }
    }
    if (status == TQ_OK && r->kind == IV && !not_estimable) {
        status = set_number(r, COLUMN_YI, estimate(r, atts), err);
    }
    return status;
}

static tq_status add_data(struct xml_reader *xml, const char **atts)
{
    struct rm5_reader *const r = xml->user;
    const char *const id = xml_attribute(atts, "STUDY_ID");
    const size_t at = r->ids.size;

    if (at > TABLE_MAX_BYTES || !offsets_push(&r->study_of_row, (uint32_t)at)) {
        return no_memory(xml->err);
    }
    tq_buffer_append(&r->ids, id ? id : "", id ? strlen(id) + 1 : 1);
    for (enum column c = 0; c < COLUMNS; c++) {
        build_set(&r->build, c, r->context[c]);
    }
    tq_status status = tq_buffer_status(&r->ids, xml->err);

    status = status == TQ_OK ? set_values(r, atts, xml->err) : status;
    return status == TQ_OK ? build_end_row(&r->build, xml_line(xml), xml->err) : status;
}

/* ---- elements ---- */

static void forget(struct rm5_reader *r, enum column first, enum column last)
{
    for (enum column c = first; c <= last; c++) {
        r->context[c] = BUILD_EMPTY;
    }
}

/* What an element's name says after its kind: "OUTCOME" of "DICH_OUTCOME"; NULL for others. */
static const char *part_of(const char *name, size_t *which)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t n = strlen(kinds[i].name);

        if (strncmp(name, kinds[i].name, n) == 0 && name[n] == '_') {
            *which = i;
            return name + n + 1;
        }
    }
    return NULL;
}

static tq_status open_outcome(struct rm5_reader *r, size_t which, const char **atts, tq_error *err)
{
    r->level = AT_OUTCOME;
    r->kind = kinds[which].kind;
    r->on_log_scale = is_yes(xml_attribute(atts, "LOG_DATA"));
    forget(r, COLUMN_OUTCOME_NO, COLUMN_SUBGROUP);
    forget(r, COLUMN_MEASURE, COLUMN_MEASURE);
    tq_status status = put(r, COLUMN_OUTCOME_NO, xml_attribute(atts, "NO"), err);

    status = status == TQ_OK ? put(r, COLUMN_TYPE, kinds[which].name, err) : status;
    return status == TQ_OK ? put(r, COLUMN_MEASURE, xml_attribute(atts, "EFFECT_MEASURE"), err)
                           : status;
}

static tq_status open_part(struct xml_reader *xml, const char *part, size_t which,
                           const char **atts)
{
    struct rm5_reader *const r = xml->user;

    if (strcmp(part, "OUTCOME") == 0) {
        return open_outcome(r, which, atts, xml->err);
    }
    if (strcmp(part, "SUBGROUP") == 0 && r->kind == kinds[which].kind) {
        r->level = AT_SUBGROUP;
        forget(r, COLUMN_SUBGROUP_NO, COLUMN_SUBGROUP);
        return put(r, COLUMN_SUBGROUP_NO, xml_attribute(atts, "NO"), xml->err);
    }
    return strcmp(part, "DATA") == 0 && r->kind == kinds[which].kind ? add_data(xml, atts) : TQ_OK;
}

static tq_status open_comparison(struct rm5_reader *r, const char **atts, tq_error *err)
{
    r->level = AT_COMPARISON;
    r->kind = NONE;
    forget(r, COLUMN_COMPARISON_NO, COLUMN_MEASURE);
    return put(r, COLUMN_COMPARISON_NO, xml_attribute(atts, "NO"), err);
}

static void start(struct xml_reader *xml, const char *name, const char **atts)
{
    static const enum column named[] = {COLUMNS, COLUMN_COMPARISON, COLUMN_OUTCOME,
                                        COLUMN_SUBGROUP};
    struct rm5_reader *const r = xml->user;
    size_t which;
    const char *const part = part_of(name, &which);
    tq_status status = TQ_OK;

    if (strcmp(name, "COCHRANE_REVIEW") == 0) {
        r->is_review = 1;
    } else if (part) {
        status = open_part(xml, part, which, atts);
    } else if (strcmp(name, "STUDY") == 0) {
        status = add_study(r, atts, xml->err);
    } else if (strcmp(name, "COMPARISON") == 0) {
        status = open_comparison(r, atts, xml->err);
    } else if (strcmp(name, "NAME") == 0 && r->level != NO_LEVEL) {
        r->naming = named[r->level];
        xml_capture(xml);
    } else if (strcmp(name, "EFFECT_MEASURE") == 0 && r->level == AT_OUTCOME) {
        r->naming = COLUMN_MEASURE;
        xml_capture(xml);
    }
    if (status != TQ_OK) {
        xml_stop(xml, status);
    }
}

static void end(struct xml_reader *xml, const char *name)
{
    struct rm5_reader *const r = xml->user;
    size_t which;
    const char *const part = part_of(name, &which);

    if (xml->capture && (strcmp(name, "NAME") == 0 || strcmp(name, "EFFECT_MEASURE") == 0)) {
        const tq_status status = put(r, r->naming, xml->text.data, xml->err);

        xml->capture = 0;
        if (status != TQ_OK) {
            xml_stop(xml, status);
        }
    } else if (part && strcmp(part, "SUBGROUP") == 0 && r->level == AT_SUBGROUP) {
        r->level = AT_OUTCOME;
        forget(r, COLUMN_SUBGROUP_NO, COLUMN_SUBGROUP);
    } else if (part && strcmp(part, "OUTCOME") == 0) {
        r->level = AT_COMPARISON;
        r->kind = NONE;
    } else if (strcmp(name, "COMPARISON") == 0) {
        r->level = NO_LEVEL;
    }
}

static tq_status read_review(struct rm5_reader *r, const char *bytes, size_t size, tq_error *err)
{
    struct xml_reader xml;
    tq_status status = TQ_OK;

    for (enum column c = 0; c < COLUMNS && status == TQ_OK; c++) {
        uint32_t at = BUILD_EMPTY;

        status = build_text(&r->build, column_name[c], strlen(column_name[c]), &at, err);
        build_set(&r->build, c, at);
    }
    status = status == TQ_OK ? build_end_header(&r->build, 0, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    status = xml_open(&xml, "the file", start, end, r, err);
    status = status == TQ_OK ? xml_feed(&xml, bytes, size, 1) : status;
    xml_close(&xml);
    if (status == TQ_OK && !r->is_review) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not a review of RevMan 5");
    }
    if (status == TQ_OK && r->build.table->rows == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the review has no study data");
    }
    return status == TQ_OK ? name_studies(r, err) : status;
}

tq_status tq_rm5_parse(const char *bytes, size_t size, const char *source, char decimal,
                       tq_table **out, tq_error *err)
{
    struct rm5_reader r = {0};
    tq_status status = build_start(&r.build, source, COLUMNS, decimal, err);

    r.arena = tq_arena_new();
    if (status == TQ_OK && !r.arena) {
        status = no_memory(err);
    }
    status = status == TQ_OK ? read_review(&r, bytes, size, err) : status;
    if (status == TQ_OK) {
        status = build_finish(&r.build, bytes, size, NULL, NULL, out, err);
    }
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, source);
    }
    free(r.study);
    free(r.study_of_row.at);
    tq_buffer_free(&r.ids);
    tq_arena_free(r.arena);
    build_free(&r.build);
    return status;
}
