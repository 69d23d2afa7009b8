/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognising the columns of a sheet by their names, and reading them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "frame/audit_internal.h"

enum kind { KIND_TEXT, KIND_KEY, KIND_NUMBER, KIND_PVALUE };

#define ROLE_ROW(id, name, kind, synonyms, meaning) {name, KIND_##kind, synonyms, meaning},
static const struct {
    const char *name;
    enum kind kind;
    const char *synonyms, *meaning;
} roles[] = {AUDIT_ROLE_LIST(ROLE_ROW)};
#undef ROLE_ROW

_Static_assert(sizeof roles / sizeof *roles == AUDIT_ROLES, "a row per role");

const char *tq_audit_role(size_t i)
{
    return i < AUDIT_ROLES ? roles[i].name : NULL;
}

const char *tq_audit_role_meaning(size_t i)
{
    return i < AUDIT_ROLES ? roles[i].meaning : NULL;
}

const char *audit_role_name(audit_role role)
{
    return roles[role].name;
}

const char *audit_column_of(const struct audit_sheet *s, audit_role role)
{
    return s->column[role] == TQ_NO_COLUMN ? roles[role].name
                                           : tq_table_name(s->table, s->column[role]);
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- names ---- */

static char plain(char c)
{
    return c == '.' || c == '-' || c == ' ' ? '_' : (char)tolower((unsigned char)c);
}

/* Is name, made plain, the same as word[size]? */
int audit_same_name(const char *name, const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!name[i] || plain(name[i]) != word[i]) {
            return 0;
        }
    }
    return name[size] == '\0';
}

static size_t find_word(const tq_table *table, const char *word, size_t size)
{
    for (size_t c = 0; c < tq_table_columns(table); c++) {
        if (audit_same_name(tq_table_name(table, c), word, size)) {
            return c;
        }
    }
    return TQ_NO_COLUMN;
}

/* Text that classifies: not mostly numbers. */
static int is_text(const struct audit_sheet *s, size_t column)
{
    size_t numbers = 0, there = 0;
    double x;

    for (size_t i = 0; i < s->rows; i++) {
        if (!tq_table_missing(s->table, s->row[i], column)) {
            there++;
            numbers +=
                (size_t)tq_parse_number(tq_table_cell(s->table, s->row[i], column), s->decimal, &x);
        }
    }
    return 2 * numbers < there;
}

static size_t find_role(const struct audit_sheet *s, audit_role role)
{
    for (const char *word = roles[role].synonyms; *word;) {
        const size_t size = strcspn(word, "|"), c = find_word(s->table, word, size);

        if (c != TQ_NO_COLUMN && (roles[role].kind != KIND_KEY || is_text(s, c))) {
            return c;
        }
        word += size + (word[size] == '|');
    }
    return TQ_NO_COLUMN;
}

static int has(const struct audit_sheet *s, audit_role role)
{
    return s->column[role] != TQ_NO_COLUMN;
}

/* Names that mean one thing beside some columns and another beside others. */
static void resolve(struct audit_sheet *s)
{
    /* mi: a mean beside sdi; else items or non-events. */
    if (has(s, AUDIT_MEAN) && audit_same_name(audit_column_of(s, AUDIT_MEAN), "mi", 2) &&
        !has(s, AUDIT_SD)) {
        s->column[AUDIT_MEAN] = TQ_NO_COLUMN;
    }
    /* ai, ci: events beside sizes or non-events; else a reliability, or anything. */
    if (!has(s, AUDIT_N1) && !has(s, AUDIT_NE1)) {
        s->column[AUDIT_E1] = TQ_NO_COLUMN;
    }
    if (!has(s, AUDIT_N2) && !has(s, AUDIT_NE2)) {
        s->column[AUDIT_E2] = TQ_NO_COLUMN;
    }
    /* m1i, m2i of one group: after and before. */
    if (!has(s, AUDIT_N1) && !has(s, AUDIT_N2) && has(s, AUDIT_N) && has(s, AUDIT_M1) &&
        !has(s, AUDIT_MEAN_PRE)) {
        s->column[AUDIT_MEAN_POST] = s->column[AUDIT_M1];
        s->column[AUDIT_MEAN_PRE] = s->column[AUDIT_M2];
        s->column[AUDIT_SD_POST] = s->column[AUDIT_SD1];
        s->column[AUDIT_SD_PRE] = s->column[AUDIT_SD2];
        s->column[AUDIT_M1] = s->column[AUDIT_M2] = TQ_NO_COLUMN;
        s->column[AUDIT_SD1] = s->column[AUDIT_SD2] = TQ_NO_COLUMN;
    }
    /* se belongs to yi where there is no arm for it. */
    if (has(s, AUDIT_YI) && has(s, AUDIT_SE) && !has(s, AUDIT_SEI) && !has(s, AUDIT_MEAN) &&
        !has(s, AUDIT_CHANGE)) {
        s->column[AUDIT_SEI] = s->column[AUDIT_SE];
        s->column[AUDIT_SE] = TQ_NO_COLUMN;
    }
}

/* Limits called or_lb belong to a column called or, whatever else is an estimate. */
static void resolve_estimate(struct audit_sheet *s)
{
    const char *lo = has(s, AUDIT_LO) ? audit_column_of(s, AUDIT_LO) : "";

    for (size_t n = 2; n < 4 && strlen(lo) > n; n++) {
        if (plain(lo[n]) == '_') {
            char word[4] = "";

            for (size_t i = 0; i < n; i++) {
                word[i] = plain(lo[i]);
            }
            if (strcmp(word, "ci") != 0 && find_word(s->table, word, n) != TQ_NO_COLUMN) {
                s->column[AUDIT_EST] = find_word(s->table, word, n);
            }
            return;
        }
    }
}

/* ---- --map and --slab ---- */

static const char *role_at(const void *table, size_t i)
{
    (void)table;
    return tq_audit_role(i);
}

static tq_status no_column(const struct audit_sheet *s, const char *option, const char *name,
                           tq_error *err)
{
    const char *nearest = tq_table_nearest(s->table, name);

    tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: no column '%.80s'%s%.80s%s", option, name,
            nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    if (err) {
        tq_copy_text(err->file, sizeof err->file, tq_table_source(s->table));
    }
    return TQ_EINVAL;
}

static tq_status map_one(struct audit_sheet *s, const char *text, tq_error *err)
{
    const char *column = strchr(text, '=');
    char name[32];
    const size_t size = column ? (size_t)(column - text) : 0;

    if (!column || size == 0 || size >= sizeof name) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--map: '%.80s' is not ROLE=COLUMN", text);
    }
    memcpy(name, text, size);
    name[size] = '\0';
    for (audit_role role = 0; role < AUDIT_ROLES; role++) {
        if (strcmp(roles[role].name, name) == 0) {
            const int none = column[1] == '\0'; /* "ROLE=": not this role */

            s->column[role] = none ? TQ_NO_COLUMN : tq_table_find(s->table, column + 1);
            return none || has(s, role) ? TQ_OK : no_column(s, "map", column + 1, err);
        }
    }
    const char *nearest = tq_nearest_name(name, role_at, NULL);

    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--map: no role '%s'%s%s%s", name,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

tq_status audit_bind(struct audit_sheet *s, const tq_audit_spec *spec, tq_error *err)
{
    tq_status status = TQ_OK;

    for (audit_role role = 0; role < AUDIT_ROLES; role++) {
        s->column[role] = find_role(s, role);
    }
    resolve(s);
    resolve_estimate(s);
    if (spec->slab) {
        s->column[AUDIT_STUDY] = tq_table_find(s->table, spec->slab);
        status = has(s, AUDIT_STUDY) ? TQ_OK : no_column(s, "slab", spec->slab, err);
    }
    for (size_t i = 0; status == TQ_OK && i < spec->n_map; i++) {
        status = map_one(s, spec->map[i], err);
    }
    return status;
}

/* ---- reading ---- */

/* "<.001" is .001. */
static int parse_cell(const struct audit_sheet *s, audit_role role, const char *text, double *x)
{
    if (roles[role].kind == KIND_PVALUE) {
        text += strspn(text, "<>= ");
    }
    return tq_parse_number(text, s->decimal, x);
}

static tq_status read_role(struct audit_sheet *s, audit_role role, tq_error *err)
{
    const size_t column = s->column[role];

    if (column == TQ_NO_COLUMN) {
        return TQ_OK;
    }
    s->text[role] = tq_arena_take(s->arena, s->rows, sizeof **s->text);
    if (roles[role].kind >= KIND_NUMBER) {
        s->number[role] = tq_arena_take(s->arena, s->rows, sizeof **s->number);
    }
    if (!s->text[role] || (roles[role].kind >= KIND_NUMBER && !s->number[role])) {
        return no_memory(err);
    }
    for (size_t i = 0; i < s->rows; i++) {
        const int missing = tq_table_missing(s->table, s->row[i], column);

        s->text[role][i] = missing ? NULL : tq_table_cell(s->table, s->row[i], column);
        if (s->number[role] &&
            (missing || !parse_cell(s, role, s->text[role][i], &s->number[role][i]))) {
            s->number[role][i] = (double)NAN;
        }
    }
    return TQ_OK;
}

int audit_decimals(const struct audit_sheet *s, const char *text)
{
    const char *mark = text ? strchr(text, s->decimal) : NULL;

    return mark ? (int)strspn(mark + 1, "0123456789") : 0;
}

int audit_has_word(const char *text, const char *word)
{
    const size_t size = strlen(word);

    for (const char *at = text; at && *at; at++) {
        size_t i = 0;

        while (i < size && tolower((unsigned char)at[i]) == tolower((unsigned char)word[i])) {
            i++;
        }
        if (i == size && !isalnum((unsigned char)at[size]) &&
            (at == text || !isalnum((unsigned char)at[-1]))) {
            return 1;
        }
    }
    return 0;
}

int audit_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

tq_status audit_read_columns(struct audit_sheet *s, tq_error *err)
{
    tq_status status = TQ_OK;

    for (audit_role role = 0; status == TQ_OK && role < AUDIT_ROLES; role++) {
        status = read_role(s, role, err);
    }
    return status;
}
