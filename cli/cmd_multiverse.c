/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq multiverse: every combination of listed choices. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rows_file.h"

static const cli_views views = {.of = {[CLI_TEXT] = tq_multiverse_text,
                                       [CLI_JSON] = tq_multiverse_json,
                                       [CLI_CSV] = tq_multiverse_csv},
                                .chart = "spec"};

/* ---- the choices ---- */

enum { MEASURE, SUBSET, VTYPE, RI, ADD, TO, METHOD, TEST, OUTLIERS, CHOICES };

/* A choice: the option that lists it, the option that takes one value, what stands between values, and what
   is written where neither is given. Those before METHOD say how the sheet is read. */
static const struct {
    const char *list, *one, *between, *otherwise;
} choices[CHOICES] = {
    [MEASURE] = {"measures", "measure", ",", "GEN"}, [SUBSET] = {"subsets", "subset", ";", "all"},
    [VTYPE] = {"vtypes", "vtype", ",", "default"},   [RI] = {"ris", "ri", ",", "default"},
    [ADD] = {"adds", "add", ",", "default"},         [TO] = {"tos", "to", ",", "default"},
    [METHOD] = {"methods", "method", ",", "REML"},   [TEST] = {"tests", "test", ",", "own"},
    [OUTLIERS] = {"outliers", NULL, ",", "none"},
};

/* The options of a choice: as shown, and as the single option takes them (NULL: not given). */
typedef struct {
    size_t n;
    const char **shown, **value;
} choice_list;

typedef struct {
    cli_rows rows; /* first, as cli_run_rows() wants it */
    tq_multiverse_spec spec;
    const cli_args *args; /* as given */
    const cli_group *groups;
    tq_arena *arena;
    choice_list list[CHOICES];
    tq_multiverse_choice choice[CHOICES];
    tq_multiverse_sheet **sheet; /* [methods][spec.n_sheets] */
} multiverse_asked;

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A copy without the spaces around it. */
static char *trimmed(tq_arena *arena, const char *text, size_t n)
{
    while (n > 0 && isspace((unsigned char)*text)) {
        text++;
        n--;
    }
    while (n > 0 && isspace((unsigned char)text[n - 1])) {
        n--;
    }
    return tq_arena_format(arena, "%.*s", (int)n, text);
}

/* Length of the item at text: to the next separator outside of quotes. */
static size_t item_length(const char *text, char between)
{
    char quote = 0;
    size_t n = 0;

    for (; text[n] && (quote || text[n] != between); n++) {
        if (quote) {
            quote = text[n] == quote ? 0 : quote;
        } else if (text[n] == '\'' || text[n] == '"') {
            quote = text[n];
        }
    }
    return n;
}

static tq_status split(multiverse_asked *m, size_t c, const char *text, tq_error *err)
{
    choice_list *list = &m->list[c];
    size_t most = 1;

    for (const char *at = text; *at; at++) {
        most += *at == *choices[c].between;
    }
    list->shown = tq_arena_take(m->arena, most, sizeof *list->shown);
    list->value = tq_arena_take(m->arena, most, sizeof *list->value);
    if (!list->shown || !list->value) {
        return no_memory(err);
    }
    for (const char *at = text;; at++) {
        const size_t n = item_length(at, *choices[c].between);
        char *item = trimmed(m->arena, at, n);

        if (!item) {
            return no_memory(err);
        }
        if (!*item) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: an item of '%.80s' is empty",
                           choices[c].list, text);
        }
        list->shown[list->n] = list->value[list->n] = item;
        list->n++;
        at += n;
        if (!*at) {
            return TQ_OK;
        }
    }
}

/* One option, as the single option gives it or as it is without. */
static tq_status single(multiverse_asked *m, size_t c, tq_error *err)
{
    const char *value = choices[c].one ? cli_value(m->args, choices[c].one) : NULL;
    choice_list *list = &m->list[c];

    list->n = 1;
    list->shown = tq_arena_take(m->arena, 1, sizeof *list->shown);
    list->value = tq_arena_take(m->arena, 1, sizeof *list->value);
    if (!list->shown || !list->value) {
        return no_memory(err);
    }
    list->shown[0] = value ? value : choices[c].otherwise;
    list->value[0] = value;
    return TQ_OK;
}

/* "LABEL: EXPR" or EXPR or all, inside --subset where that is given. */
static tq_status label_subsets(multiverse_asked *m, tq_error *err)
{
    const char *base = cli_value(m->args, "subset");
    choice_list *list = &m->list[SUBSET];

    for (size_t i = 0; i < list->n; i++) {
        const size_t n = item_length(list->shown[i], ':');
        const char *text = list->shown[i], *expr = text[n] ? text + n + 1 : text;

        if (text[n]) {
            list->shown[i] = trimmed(m->arena, text, n);
        }
        expr = trimmed(m->arena, expr, strlen(expr));
        if (!expr || !list->shown[i]) {
            return no_memory(err);
        }
        if (strcmp(expr, "all") == 0) {
            list->value[i] = base;
        } else {
            list->value[i] = base ? tq_arena_format(m->arena, "(%s) & (%s)", base, expr) : expr;
        }
        if (strcmp(expr, "all") != 0 && !list->value[i]) {
            return no_memory(err);
        }
    }
    return TQ_OK;
}

/* Correlations are constants; =0.5 is one already. */
static tq_status constants(multiverse_asked *m, tq_error *err)
{
    choice_list *list = &m->list[RI];

    for (size_t i = 0; i < list->n; i++) {
        double x;

        if (list->shown[i][0] == '=' || !tq_parse_number(list->shown[i], '.', &x)) {
            continue; /* or a column */
        }
        list->value[i] = tq_arena_format(m->arena, "=%s", list->shown[i]);
        if (!list->value[i]) {
            return no_memory(err);
        }
    }
    return TQ_OK;
}

static tq_status check_twice(const multiverse_asked *m, size_t c, tq_error *err)
{
    for (size_t i = 0; i < m->list[c].n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(m->list[c].shown[i], m->list[c].shown[j]) == 0) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.60s' is listed twice",
                               choices[c].list, m->list[c].shown[i]);
            }
        }
    }
    return TQ_OK;
}

static tq_status read_lists(multiverse_asked *m, tq_error *err)
{
    tq_status status = TQ_OK;
    size_t lists = 0;

    for (size_t c = 0; status == TQ_OK && c < CHOICES; c++) {
        const char *text = cli_value(m->args, choices[c].list);

        if (text && c != SUBSET && choices[c].one && cli_value(m->args, choices[c].one)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s and --%s exclude each other: the first of the list makes the "
                           "reference",
                           choices[c].list, choices[c].one);
        }
        lists += text != NULL;
        status = text ? split(m, c, text, err) : single(m, c, err);
        if (text && status == TQ_OK && c == SUBSET) {
            status = label_subsets(m, err);
        } else if (text && status == TQ_OK && c == RI) {
            status = constants(m, err);
        }
        status = status == TQ_OK ? check_twice(m, c, err) : status;
    }
    return status == TQ_OK && lists == 0
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "no choice is listed; --methods REML,DL,PM, --tests z,knha, ... do")
               : status;
}

/* ---- options as if given one by one ---- */

/* Give the single option of a choice the value; NULL: it is not given. */
static tq_status give(const multiverse_asked *m, size_t c, const char *value, cli_args *args,
                      tq_error *err)
{
    return cli_give(m->groups, choices[c].one, value, args, err);
}

/* The options of the reading of the sheet number `sheet`, and a method. */
static tq_status options_of(const multiverse_asked *m, size_t sheet, const char *method,
                            cli_args *args, tq_error *err)
{
    tq_status status = give(m, METHOD, method, args, err);

    for (size_t c = METHOD; status == TQ_OK && c-- > 0;) {
        status = give(m, c, m->list[c].value[sheet % m->list[c].n], args, err);
        sheet /= m->list[c].n;
    }
    return status;
}

/* ---- names ---- */

static const char *measure_at(size_t i)
{
    const tq_measure *m = tq_measure_at(i);

    return m ? m->code : NULL;
}

static const char *zero_rule_at(size_t i)
{
    return i < TQ_TO_COUNT ? tq_zero_rule_name((tq_zero_rule)i) : NULL;
}

static const char *method_at(size_t i)
{
    return tq_method_name((tq_method)i);
}

static const char *test_at(size_t i)
{
    return tq_test_name((tq_test)i);
}

/* The indices of a choice's options among their names. */
static tq_status find_names(const multiverse_asked *m, size_t c, cli_names *names, size_t *index,
                            tq_error *err)
{
    const char *option = cli_value(m->args, choices[c].list) ? choices[c].list : choices[c].one;
    cli_args one = {.n = 1};
    tq_status status = TQ_OK;

    one.given[0].option = cli_find_option(m->groups, option);
    for (size_t o = 0; status == TQ_OK && o < m->list[c].n; o++) {
        index[o] = 0;
        one.given[0].value = m->list[c].value[o];
        if (one.given[0].value) {
            status = cli_choice(&one, option, names, &index[o], err);
        }
    }
    return status;
}

static size_t longest(const multiverse_asked *m)
{
    size_t n = 1;

    for (size_t c = 0; c < CHOICES; c++) {
        n = m->list[c].n > n ? m->list[c].n : n;
    }
    return n;
}

/* Methods, tests and rules of the specifications; names of the sheet's choices are checked alone. */
static tq_status read_names(multiverse_asked *m, tq_error *err)
{
    size_t *index = tq_arena_take(m->arena, longest(m), sizeof *index);
    tq_method *method = tq_arena_take(m->arena, m->list[METHOD].n, sizeof *method);
    tq_test *test = tq_arena_take(m->arena, m->list[TEST].n, sizeof *test);
    tq_outlier_rule *rule = tq_arena_take(m->arena, m->list[OUTLIERS].n, sizeof *rule);
    tq_status status = index && method && test && rule ? TQ_OK : no_memory(err);

    status = status == TQ_OK ? find_names(m, MEASURE, measure_at, index, err) : status;
    status = status == TQ_OK ? find_names(m, TO, zero_rule_at, index, err) : status;
    status = status == TQ_OK ? find_names(m, METHOD, method_at, index, err) : status;
    for (size_t o = 0; status == TQ_OK && o < m->list[METHOD].n; o++) {
        method[o] = m->list[METHOD].value[o] ? (tq_method)index[o] : TQ_REML;
    }
    status = status == TQ_OK ? find_names(m, TEST, test_at, index, err) : status;
    for (size_t o = 0; status == TQ_OK && o < m->list[TEST].n; o++) {
        test[o] = (tq_test)index[o];
    }
    for (size_t o = 0; status == TQ_OK && o < m->list[OUTLIERS].n; o++) {
        status = tq_outlier_rule_parse(m->list[OUTLIERS].shown[o], &rule[o], err);
    }
    m->spec.method = method;
    m->spec.test = test;
    m->spec.rule = rule;
    m->spec.own_test = m->list[TEST].value[0] == NULL;
    return status;
}

/* ---- the command ---- */

static tq_status read_options(const cli_args *args, void *asked, double *total, tq_error *err)
{
    multiverse_asked *m = asked;
    long threads = 0;
    tq_status status = cli_integer(args, "threads", 1, 4096, &threads, err);

    m->spec.threads = (size_t)threads;
    status = status == TQ_OK
                 ? cli_refuse(args, "subgroup",
                              "specifications pool one effect; --subsets lists levels", err)
                 : status;
    *total = (double)m->spec.n_sheets;
    for (size_t c = METHOD; c < CHOICES; c++) {
        *total *= (double)m->list[c].n;
    }
    return status == TQ_OK
               ? cli_refuse(args, "mods", "specifications pool one effect, without moderators", err)
               : status;
}

/* One sheet; what makes no data is kept as the reason. */
static tq_status read_sheet(const multiverse_asked *m, const cli_args *args, const cli_input *in,
                            size_t i, const char *method, tq_multiverse_sheet *out, tq_error *err)
{
    cli_args one = *args;
    cli_input reading = {.table = in->table, .arena = in->arena};
    char text[sizeof(tq_error)];
    tq_error why = {.status = TQ_OK};
    tq_dataset *data = NULL;
    tq_status status = options_of(m, i, method, &one, err);

    if (status != TQ_OK) {
        return status;
    }
    status = cli_build_dataset(&one, &reading, &data, &why);
    if (status == TQ_ENOMEM) {
        return no_memory(err);
    }
    out->data = data;
    tq_error_text(&why, text, sizeof text);
    out->why_none = status == TQ_OK ? NULL : tq_arena_text(in->arena, text);
    return status == TQ_OK || out->why_none ? TQ_OK : no_memory(err);
}

/* Every subset expression must be one, whatever else is combined with it. */
static tq_status check_subsets(const multiverse_asked *m, const cli_input *in, tq_error *err)
{
    unsigned char *rows = tq_arena_take(in->arena, tq_table_rows(in->table) + 1, sizeof *rows);
    tq_status status = rows ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < m->list[SUBSET].n; i++) {
        if (m->list[SUBSET].value[i]) {
            status = tq_subset_select(in->table, m->list[SUBSET].value[i], rows, err);
        }
    }
    return status;
}

/* The sheets of a method; those of methods that pool effects are read once. */
static tq_status read_sheets(multiverse_asked *m, const cli_args *args, const cli_input *in,
                             size_t method, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t o = 0; o < method && !tq_method_counts(m->spec.method[method]); o++) {
        if (!tq_method_counts(m->spec.method[o])) {
            m->sheet[method] = m->sheet[o];
            return TQ_OK;
        }
    }
    m->sheet[method] = tq_arena_take(m->arena, m->spec.n_sheets, sizeof *m->sheet[method]);
    if (!m->sheet[method]) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < m->spec.n_sheets; i++) {
        status =
            read_sheet(m, args, in, i, m->list[METHOD].shown[method], &m->sheet[method][i], err);
    }
    return status;
}

static tq_status prepare(const cli_args *args, const cli_input *in, void *asked, tq_error *err)
{
    multiverse_asked *m = asked;
    tq_status status = check_subsets(m, in, err);

    m->sheet = tq_arena_take(m->arena, m->list[METHOD].n, sizeof *m->sheet);
    if (!m->sheet) {
        return no_memory(err);
    }
    for (size_t o = 0; status == TQ_OK && o < m->list[METHOD].n; o++) {
        status = read_sheets(m, args, in, o, err);
    }
    m->spec.sheet = (const tq_multiverse_sheet *const *)m->sheet;
    return status;
}

static void ask(void *asked, const tq_progress *progress, tq_analysis_spec *spec)
{
    multiverse_asked *m = asked;

    m->spec.progress = progress;
    m->spec.rows = cli_rows_writer(&m->rows);
    spec->multiverse = &m->spec;
}

static const cli_analysis analysis = {"multiverse", "specifications", &views, read_options, ask};

/* The choices that the result shows: all of the model, and of the sheet those that were listed or given. */
static tq_status make_spec(multiverse_asked *m, tq_error *err)
{
    double n = 1.0;

    m->spec.choice = m->choice;
    m->spec.n_sheets = 1;
    for (size_t c = 0; c < CHOICES; c++) {
        n *= (double)m->list[c].n;
        if (c >= METHOD || m->list[c].n > 1) {
            m->choice[m->spec.n_choices++] = (tq_multiverse_choice){
                choices[c].one ? choices[c].one : choices[c].list, m->list[c].n, m->list[c].shown};
        }
        m->spec.n_sheets *= n <= TQ_MULTIVERSE_LIMIT && c < METHOD ? m->list[c].n : 1;
    }
    return n <= TQ_MULTIVERSE_LIMIT
               ? read_names(m, err)
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "%.0f combinations are more than %d; list fewer options", n,
                         TQ_MULTIVERSE_LIMIT);
}

/* The options of the reference, which the analysis itself is of. */
static tq_status reference(const multiverse_asked *m, cli_args *args, tq_error *err)
{
    tq_status status = options_of(m, 0, m->list[METHOD].value[0], args, err);

    return status == TQ_OK ? give(m, TEST, m->list[TEST].value[0], args, err) : status;
}

static void free_sheets(multiverse_asked *m)
{
    for (size_t o = 0; m->sheet && o < m->list[METHOD].n; o++) {
        size_t first = 0;

        while (m->sheet[first] != m->sheet[o]) {
            first++;
        }
        for (size_t i = 0; m->sheet[o] && first == o && i < m->spec.n_sheets; i++) {
            tq_dataset_free(m->sheet[o][i].data);
        }
    }
}

/* clang-format off */
const cli_option cli_multiverse_options[] = {
    {"methods", "LIST", CLI_ONCE, "methods of pooling: REML,DL,PM,EE", 0},
    {"tests", "LIST", CLI_ONCE, "tests: z,knha", 0},
    {"outliers", "LIST", CLI_ONCE, "rules: none, rstudent>X, rstandard>X, ci (interval off the pooled one)", 0},
    {"measures", "LIST", CLI_ONCE, "measures: RR,OR", 0},
    {"subsets", "LIST", CLI_ONCE, "rows: \"all; late: year >= 1960; alloc == 'random'\"", 0},
    {"ris", "LIST", CLI_ONCE, "assumed correlations: 0.3,0.5,0.7", 0},
    {"adds", "LIST", CLI_ONCE, "increments for zero cells: 0.5,0.1", 0},
    {"tos", "LIST", CLI_ONCE, "which studies get them: only0,all,tacc", 0},
    {"vtypes", "LIST", CLI_ONCE, "types of sampling variance", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */

static const cli_option table_options[] = {
    {"csv", "FILE", CLI_ONCE, "the table of all specifications", 1},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"choices: lists; the first of each makes the reference", cli_multiverse_options},
    {"table", table_options},
    CLI_ANALYSIS_GROUPS,
};

/* ---- as a part of another analysis ---- */

struct cli_multiverse {
    multiverse_asked asked;
    cli_args args;
};

tq_status cli_multiverse_new(const cli_args *args, const cli_group *of, cli_multiverse **out,
                             tq_error *err)
{
    cli_multiverse *m = calloc(1, sizeof *m);

    if (!m) {
        return no_memory(err);
    }
    m->args = *args;
    m->asked = (multiverse_asked){.args = &m->args, .groups = of, .arena = tq_arena_new()};
    tq_status status = m->asked.arena ? read_lists(&m->asked, err) : no_memory(err);

    status = status == TQ_OK ? make_spec(&m->asked, err) : status;
    if (status != TQ_OK) {
        cli_multiverse_free(m);
        return status;
    }
    m->asked.spec.threads = 1;
    *out = m;
    return TQ_OK;
}

tq_status cli_multiverse_read(cli_multiverse *m, const cli_input *in, tq_error *err)
{
    return prepare(&m->args, in, &m->asked, err);
}

const tq_multiverse_spec *cli_multiverse_spec(const cli_multiverse *m)
{
    return &m->asked.spec;
}

void cli_multiverse_free(cli_multiverse *m)
{
    if (m) {
        if (m->asked.arena) {
            free_sheets(&m->asked);
        }
        tq_arena_free(m->asked.arena);
        free(m);
    }
}

tq_status cli_run_multiverse(const cli_args *args, const cli_group *of, const char *command_line,
                             tq_error *err)
{
    multiverse_asked m = {.args = args, .groups = of, .arena = tq_arena_new()};
    cli_args first = *args;
    tq_status status = m.arena ? read_lists(&m, err) : no_memory(err);

    status = status == TQ_OK ? make_spec(&m, err) : status;
    status = status == TQ_OK ? reference(&m, &first, err) : status;
    if (status == TQ_OK) {
        status = cli_run_rows(&first, command_line, &analysis, &m, prepare, err);
        free_sheets(&m);
    }
    tq_arena_free(m.arena);
    return status;
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    return cli_run_multiverse(args, groups, command_line, err);
}

const cli_command cmd_multiverse = {
    "multiverse",
    "DATA [options]",
    "every combination of listed choices: would another analyst conclude the same?",
    "Every combination of the listed methods, tests, rules for outliers, measures, subsets and\n"
    "assumptions is fitted (Steegen et al. 2016; Simonsohn et al. 2020). Told are the share that\n"
    "agrees with the reference in direction and significance, the range of the estimates, which\n"
    "choice matters, and what cannot be combined, with the reason; --csv has every "
    "specification.\n\n"
    "  tausq multiverse @bcg --ai tpos --bi tneg --ci cpos --di cneg --measures RR,OR\n"
    "      --methods REML,DL,EE --tests z,knha --subsets \"all; late: year >= 1960\"",
    groups,
    run,
};
