/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A starter plan: what a sheet seems to hold, as a plan that runs, with what else could be said as comments. */
#include "report/plan/plan_start_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/bare_name.h"
#include "report/plan/plan.h"

enum { MAX_INPUTS = 6, MAX_LEVELS = 20, MAX_VISITS = 12, MAX_GROUPS = 3, GROUP_LEVELS = 8 };

/* Measures by the roles that columns have (else by their names), and the options that name these columns. */
static const struct {
    const char *measure, *extra; /* extra: further options, or "" */
    struct {
        const char *role, *option;
    } input[MAX_INPUTS];
} measures[] = {
    {"OR", "", {{"events1", "ai"}, {"n1", "n1i"}, {"events2", "ci"}, {"n2", "n2i"}}},
    {"OR", "", {{"events1", "ai"}, {"nonevents1", "bi"}, {"events2", "ci"}, {"nonevents2", "di"}}},
    {"SMD",
     "",
     {{"mean1", "m1i"},
      {"sd1", "sd1i"},
      {"n1", "n1i"},
      {"mean2", "m2i"},
      {"sd2", "sd2i"},
      {"n2", "n2i"}}},
    {"MC",
     "  ri: =0.5  # assumed correlation of the two visits\n",
     {{"mean_post", "m1i"},
      {"sd_post", "sd1i"},
      {"mean_pre", "m2i"},
      {"sd_pre", "sd2i"},
      {"n", "ni"}}},
    {"PLO", "", {{"events", "xi"}, {"n", "ni"}}},
    {"ZCOR", "", {{"ri", "ri"}, {"ni", "ni"}}},
    {"IRR", "", {{"x1i", "x1i"}, {"t1i", "t1i"}, {"x2i", "x2i"}, {"t2i", "t2i"}}},
    {"ABT", "", {{"ai", "ai"}, {"mi", "mi"}, {"ni", "ni"}}},
    {"MN", "", {{"mean", "mi"}, {"sd", "sdi"}, {"n", "ni"}}},
    {"GEN", "", {{"yi", "yi"}, {"vi", "vi"}}},
    {"GEN", "", {{"yi", "yi"}, {"sei", "sei"}}},
    {"GEN", "", {{"estimate", "yi"}, {"lo", "ci-lb"}, {"hi", "ci-ub"}}},
};
enum { MEASURES = sizeof measures / sizeof *measures };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- columns ---- */

size_t start_column(const start *s, const char *role)
{
    for (size_t i = 0; i < s->audit->n_columns; i++) {
        if (strcmp(s->audit->column[i].role, role) == 0) {
            return tq_table_find(s->table, s->audit->column[i].column);
        }
    }
    return tq_table_find(s->table, role);
}

int start_is_number(const start *s, size_t row, size_t c)
{
    double x;

    return !tq_table_missing(s->table, row, c) &&
           tq_parse_number(tq_table_cell(s->table, row, c), tq_table_decimal(s->table), &x);
}

/* Rows that have all inputs of a measure; 0 where it lacks a column. */
static size_t complete_rows(const start *s, size_t m, unsigned char *complete)
{
    size_t n = 0;

    for (size_t row = 0; row < tq_table_rows(s->table); row++) {
        int all = 1;

        for (size_t i = 0; i < MAX_INPUTS && measures[m].input[i].role; i++) {
            const size_t c = start_column(s, measures[m].input[i].role);

            all = all && c != TQ_NO_COLUMN && start_is_number(s, row, c);
        }
        if (complete) {
            complete[row] = (unsigned char)all;
        }
        n += (size_t)all;
    }
    return n;
}

static tq_status choose_measure(start *s, tq_error *err)
{
    size_t most = 0;

    for (size_t m = 0; m < MEASURES; m++) {
        const size_t n = complete_rows(s, m, NULL);

        s->measure = n > most ? m : s->measure;
        most = n > most ? n : most;
    }
    if (most == 0) {
        tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                "no row has all columns of a measure under names that are known, such as n1, "
                "mean1, sd1, n2, "
                "mean2, sd2, or events1, events2, or yi and vi");
        if (err) {
            tq_copy_text(err->file, sizeof err->file, tq_table_source(s->table));
        }
        return TQ_EDATA;
    }
    complete_rows(s, s->measure, s->complete);
    for (size_t i = 0; i < s->audit->n_columns; i++) {
        const size_t c = tq_table_find(s->table, s->audit->column[i].column);

        if (c != TQ_NO_COLUMN) {
            s->used[c] = strcmp(s->audit->column[i].role, "comparator") != 0 &&
                         strcmp(s->audit->column[i].role, "subgroup") != 0;
        }
    }
    return TQ_OK;
}

/* Different texts of a column in the complete rows, in the order of the sheet, up to `most` of them (one more
   where there are more); *missing: rows without. */
size_t start_levels(const start *s, size_t c, size_t most, const char **level, size_t *missing)
{
    size_t n = 0;

    *missing = 0;
    for (size_t row = 0; row < tq_table_rows(s->table); row++) {
        const char *cell = tq_table_cell(s->table, row, c);
        size_t i = 0;

        if (!s->complete[row]) {
            continue;
        }
        if (tq_table_missing(s->table, row, c)) {
            ++*missing;
            continue;
        }
        while (i < n && strcmp(level[i], cell) != 0) {
            i++;
        }
        if (i == n && n == most) {
            return n + 1;
        }
        if (i == n) {
            level[n++] = cell;
        }
    }
    return n;
}

/* ---- texts of a plan ---- */

/* A text that the arena made, or had no memory for. */
void start_made(tq_buffer *out, const char *text)
{
    out->failed |= !text;
    tq_buffer_text(out, text ? text : "");
}

/* A scalar in double quotes; NULL: memory was short for it. */
void start_quoted(tq_buffer *out, const char *text)
{
    out->failed |= !text;
    if (!text) {
        return;
    }
    tq_buffer_text(out, "\"");
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            tq_buffer_format(out, "\\%c", c);
        } else if (c < ' ' || c == 0x7F) {
            tq_buffer_format(out, "\\x%02X", c);
        } else {
            tq_buffer_append(out, text, 1);
        }
    }
    tq_buffer_text(out, "\"");
}

/* A text as it stands between single quotes of an expression. */
static const char *in_expression(start *s, const char *text)
{
    tq_buffer doubled = {0};

    for (; *text; text++) {
        tq_buffer_append(&doubled, text, 1);
        if (*text == '\'') {
            tq_buffer_text(&doubled, "'");
        }
    }
    char *out = doubled.failed ? NULL : tq_arena_text(s->arena, doubled.data ? doubled.data : "");

    tq_buffer_free(&doubled);
    return out;
}

/* A column in an expression. */
const char *start_name(start *s, size_t c)
{
    const char *name = tq_table_name(s->table, c);

    return name[tq_name_length(name)] ? tq_arena_format(s->arena, "`%s`", name) : name;
}

/* "pain VAS" to "pain-vas"; a number behind it where another level gives the same. */
static const char *make_id(start *s, const char *text, size_t number)
{
    char id[40];
    size_t n = 0;

    for (; *text && n < sizeof id - 1; text++) {
        const unsigned char c = (unsigned char)*text;

        if (c < 0x80 && isalnum(c)) {
            id[n++] = (char)tolower(c);
        } else if (n > 0 && id[n - 1] != '-') {
            id[n++] = '-';
        }
    }
    while (n > 0 && id[n - 1] == '-') {
        n--;
    }
    id[n] = '\0';
    return n ? tq_arena_format(s->arena, "%zu-%s", number, id)
             : tq_arena_format(s->arena, "%zu", number);
}

/* ---- parts ---- */

static void put_keys(tq_buffer *out, const char *title, const tq_yaml_key *keys)
{
    tq_buffer_format(out, "\n# %s\n", title);
    for (; keys->name; keys++) {
        if (keys->help) {
            tq_buffer_format(out, "#   %-12s %s\n", keys->name, keys->help);
        }
    }
}

static void put_head(start *s, const char *data)
{
    tq_buffer_text(
        s->out,
        "# An analysis plan for tausq: check it with --check, carry it out with tausq run.\n"
        "# It says what the sheet seems to hold; what it cannot know stands in comments.\n"
        "title: ");
    start_quoted(s->out, tq_arena_format(s->arena, "Review of %s", data));
    tq_buffer_text(s->out,
                   "\n# authors: [A. Author, B. Author]\n"
                   "# registration: PROSPERO CRD42000000000\n"
                   "# population: adults with ...\n# intervention: ...\n# comparison: ...\ndata: ");
    start_quoted(s->out, data);
    tq_buffer_text(s->out, "\n\ndefaults:\n");
}

static void put_defaults(start *s)
{
    const size_t study = start_column(s, "study");

    tq_buffer_format(s->out, "  measure: %s  # others: tausq effects --list\n",
                     measures[s->measure].measure);
    for (size_t i = 0; i < MAX_INPUTS && measures[s->measure].input[i].role; i++) {
        tq_buffer_format(s->out, "  %s: ", measures[s->measure].input[i].option);
        start_quoted(s->out,
                     tq_table_name(s->table, start_column(s, measures[s->measure].input[i].role)));
        tq_buffer_text(s->out, "\n");
    }
    tq_buffer_text(s->out, measures[s->measure].extra);
    if (study != TQ_NO_COLUMN) {
        tq_buffer_text(s->out, "  slab: ");
        start_quoted(s->out, tq_table_name(s->table, study));
        tq_buffer_text(s->out, "\n");
    }
    tq_buffer_text(s->out,
                   "  method: REML\n  test: knha\n"
                   "  # better: lower  # or higher: which effects are good for the patient\n"
                   "  # mcid: 1.0      # minimal clinically important difference\n"
                   "  # unit: points of 10\n");
}

/* for: {outcome: [{id: ..., is: ...}, ...]}; returns the number of levels, 0: there is no such column. */
size_t start_outcomes(start *s, size_t c, const char **level)
{
    size_t missing, n = c == TQ_NO_COLUMN ? 0 : start_levels(s, c, MAX_LEVELS, level, &missing);

    if (n == 0) {
        return 0;
    }
    tq_buffer_text(s->out, "      outcome:\n");
    for (size_t i = 0; i < n && i < MAX_LEVELS; i++) {
        tq_buffer_text(s->out, "        - {id: ");
        start_made(s->out, make_id(s, level[i], i + 1));
        tq_buffer_text(s->out, ", is: ");
        start_quoted(s->out, in_expression(s, level[i]));
        tq_buffer_text(s->out, "}\n");
    }
    if (n > MAX_LEVELS) {
        tq_buffer_text(s->out, "        # and further outcomes\n");
    }
    return n;
}

static int by_number(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    double first = 0.0, second = 0.0;

    (void)tq_parse_number(*x, '.', &first);
    (void)tq_parse_number(*y, '.', &second);
    return (first > second) - (first < second);
}

/* The visits, where they are numbers; 0: none. */
static size_t put_visits(start *s, size_t c, const char **level)
{
    size_t missing, n = c == TQ_NO_COLUMN ? 0 : start_levels(s, c, MAX_VISITS, level, &missing);

    for (size_t row = 0; n > 0 && row < tq_table_rows(s->table); row++) {
        if (s->complete[row] && !tq_table_missing(s->table, row, c) &&
            !start_is_number(s, row, c)) {
            return 0;
        }
    }
    if (n == 0 || tq_table_decimal(s->table) != '.') {
        return 0;
    }
    qsort(level, n < MAX_VISITS ? n : MAX_VISITS, sizeof *level, by_number);
    tq_buffer_text(s->out, "      visit: [");
    for (size_t i = 0; i < n && i < MAX_VISITS; i++) {
        tq_buffer_format(s->out, "%s%s", i ? ", " : "", level[i]);
    }
    tq_buffer_text(s->out, n > MAX_VISITS ? "]  # and further visits\n" : "]\n");
    return n;
}

/* Columns of few levels that every complete row has. */
static void put_subgroups(start *s)
{
    const char *level[GROUP_LEVELS + 1];
    size_t n = 0;

    for (size_t c = 0; c < tq_table_columns(s->table) && n < MAX_GROUPS; c++) {
        size_t missing = 0;
        const size_t levels = s->used[c] ? 0 : start_levels(s, c, GROUP_LEVELS, level, &missing);
        double x;

        if (levels < 2 || levels > GROUP_LEVELS || missing > 0 || strstr(level[0], "://") ||
            tq_parse_number(level[0], tq_table_decimal(s->table), &x)) {
            continue;
        }
        tq_buffer_text(s->out, n++ ? ", " : "    subgroups: [");
        start_quoted(s->out, tq_table_name(s->table, c));
    }
    tq_buffer_text(s->out, n ? "]\n" : "    # subgroups: [COLUMN]\n");
}

static void put_analysis(start *s, const char **level)
{
    const size_t outcome = start_column(s, "outcome"), visit = start_column(s, "followup");
    tq_buffer *out = s->out;
    tq_buffer loops = {0};

    s->out = &loops;
    const size_t outcomes = start_outcomes(s, outcome, level), visits = put_visits(s, visit, level);

    s->out = out;
    tq_buffer_format(out, "\nanalyses:\n  - id: \"all%s%s\"\n    title: \"%s%s\"\n",
                     outcomes ? "-{outcome.id}" : "", visits ? "-{visit}" : "",
                     outcomes ? "{outcome.is}" : "All studies", visits ? " at {visit}" : "");
    if (outcomes || visits) {
        tq_buffer_format(out, "    for:\n%s    subset: \"", loops.data ? loops.data : "");
        start_made(out, outcomes ? start_name(s, outcome) : "");
        tq_buffer_format(out, "%s%s", outcomes ? " == '{outcome.is}'" : "",
                         outcomes && visits ? " & " : "");
        start_made(out, visits ? start_name(s, visit) : "");
        tq_buffer_format(out, "%s\"\n", visits ? " == {visit}" : "");
    }
    out->failed |= loops.failed;
    tq_buffer_free(&loops);
    s->counts_rows =
        start_counts_rows(s, outcomes ? outcome : TQ_NO_COLUMN, visits ? visit : TQ_NO_COLUMN);
    tq_buffer_text(out,
                   s->counts_rows
                       ? "    note: \"Counts several rows of one study as studies, so that its "
                         "interval may be too narrow: see all rows of each study.\"\n"
                       : "");
    put_subgroups(s);
    tq_buffer_text(out, "    # moderators: [\"~ COLUMN\"]\n"
                        "    sensitivity: {loo: yes, methods: [DL, PM]}\n"
                        "    # bias: [auto, trimfill]  # with ten studies or more\n"
                        "    figures: [forest]\n");
}

static tq_status write_plan(start *s, const char *data, tq_error *err)
{
    const char **level = tq_arena_take(s->arena, MAX_LEVELS + 1, sizeof *level);
    const tq_status status = choose_measure(s, err);

    if (status != TQ_OK || !level) {
        return status != TQ_OK ? status : no_memory(err);
    }
    put_head(s, data);
    put_defaults(s);
    put_analysis(s, level);
    start_dependence(s, level);
    put_keys(s->out, "Keys of a plan", tq_plan_keys);
    put_keys(s->out,
             "Keys of an analysis, beside the options of tausq effects, tausq pool and tausq mv",
             tq_plan_analysis_keys);
    put_keys(s->out, "sensitivity", tq_plan_sensitivity_keys);
    put_keys(s->out, "bias: tests of tausq bias --list, and", tq_plan_bias_keys);
    return tq_buffer_status(s->out, err);
}

tq_status tq_plan_start(const tq_table *table, const char *data, tq_buffer *out, tq_error *err)
{
    const tq_audit_spec all = {.slab = NULL};
    tq_audit *audit = NULL;
    tq_status status = tq_audit_run(table, &all, &audit, err);
    start s = {.table = table, .audit = audit, .out = out, .arena = tq_arena_new()};

    if (status == TQ_OK && s.arena) {
        s.complete = tq_arena_take(s.arena, tq_table_rows(table), 1);
        s.used = tq_arena_take(s.arena, tq_table_columns(table), 1);
    }
    if (status == TQ_OK) {
        status = s.complete && s.used ? write_plan(&s, data, err) : no_memory(err);
    }
    tq_arena_free(s.arena);
    tq_audit_free(audit);
    return status;
}
