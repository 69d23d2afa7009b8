/* SPDX-License-Identifier: GPL-3.0-or-later */
/* METAL's commands, one a line: settings, and what is done with them. */
#include "report/batch/metal_script.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/names.h"
#include "core/parse_number.h"
#include "frame/stream/line_form.h"

enum { MOST_WORDS = 64, SHORTEST = 3, MOST_SOURCES = 16 };

/* What a script has said so far. */
struct script {
    tq_metal_script *out;
    const char *source;
    size_t line;
    tq_batch_cohort now;
    tq_batch_filter *filter; /* [n_filters] */
    size_t n_filters;
    tq_batch_cohort *cohort; /* [n_cohorts] processed */
    size_t n_cohorts;
    tq_batch_join join;
    int log_pvalue, effect_digits, stderr_digits;
    const char *prefix, *suffix;
    size_t round;       /* analyses since OUTFILE, which the names of files count */
    int quit, returned; /* of the whole run; of the script at hand */
    size_t depth;       /* scripts that are not at their end */
};

/* A line: its words, and the rest behind the first. */
struct line {
    char *word[MOST_WORDS];
    size_t n;
};

typedef tq_status command_fn(struct script *s, const struct line *l, tq_error *err);

/* ---- failures ---- */

static tq_status at_line(const struct script *s, tq_status status, tq_error *err)
{
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, s->source);
        err->line = s->line;
    }
    return status;
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status lacks(const struct line *l, const char *what, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.40s' needs %s", l->word[0], what);
}

static tq_status needs(const struct line *l, size_t words, const char *what, tq_error *err)
{
    return l->n > words ? TQ_OK : lacks(l, what, err);
}

static const char *keep(struct script *s, const char *text)
{
    return tq_arena_text(s->out->arena, text);
}

/* ---- values ---- */

static tq_status set_text(struct script *s, const struct line *l, const char **to, tq_error *err)
{
    const tq_status status = needs(l, 1, "a name", err);

    if (status == TQ_OK) {
        *to = keep(s, l->word[1]);
    }
    return status == TQ_OK && !*to ? no_memory(err) : status;
}

static tq_status set_number(const struct line *l, double *to, tq_error *err)
{
    const tq_status status = needs(l, 1, "a number", err);

    return status != TQ_OK || tq_parse_number(l->word[1], '.', to)
               ? status
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.40s' needs a number, not '%.40s'",
                         l->word[0], l->word[1]);
}

static const char *name_at(const void *table, size_t i)
{
    return ((const char *const *)table)[i];
}

static int says(const char *word, const char *name)
{
    const size_t n = strlen(word);

    return strcasecmp(word, name) == 0 || (n > 1 && strncasecmp(word, name, n) == 0);
}

/* One of the names, NULL at their end, or the beginning of one; letter case ignored. */
static tq_status set_choice(const struct line *l, const char *const *names, size_t *to,
                            tq_error *err)
{
    const tq_status status = needs(l, 1, "a value", err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; names[i]; i++) {
        if (says(l->word[1], names[i])) {
            *to = i;
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(l->word[1], name_at, names);

    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.40s': unknown '%.40s'; did you mean '%s'?",
                   l->word[0], l->word[1], nearest ? nearest : names[0]);
}

static tq_status set_switch(const struct line *l, int *to, tq_error *err)
{
    static const char *const names[] = {"OFF", "ON", NULL};
    size_t choice = (size_t)*to;
    const tq_status status = set_choice(l, names, &choice, err);

    *to = (int)choice;
    return status;
}

/* ---- commands: columns ---- */

static tq_status do_marker(struct script *s, const struct line *l, tq_error *err)
{
    return set_text(s, l, &s->now.key, err);
}

static tq_status do_allele(struct script *s, const struct line *l, tq_error *err)
{
    const tq_status status = needs(l, 2, "two names", err);

    if (status == TQ_OK) {
        s->now.optional_alleles = 0;
        s->now.effect_allele = keep(s, l->word[1]);
        s->now.other_allele = keep(s, l->word[2]);
    }
    return status == TQ_OK && (!s->now.effect_allele || !s->now.other_allele) ? no_memory(err)
                                                                              : status;
}

/* "BETA", or "log(OR)". */
static tq_status do_effect(struct script *s, const struct line *l, tq_error *err)
{
    const tq_status status = needs(l, 1, "a name", err);

    if (status != TQ_OK) {
        return status;
    }
    char *name = l->word[1];
    const size_t n = strlen(name);

    s->now.log_effect = n > 5 && strncasecmp(name, "log(", 4) == 0 && name[n - 1] == ')';
    if (s->now.log_effect) {
        name[n - 1] = '\0';
        name += 4;
    }
    s->now.effect = keep(s, name);
    return s->now.effect ? TQ_OK : no_memory(err);
}

static tq_status do_stderr(struct script *s, const struct line *l, tq_error *err)
{
    return set_text(s, l, &s->now.se, err);
}

static tq_status do_pvalue(struct script *s, const struct line *l, tq_error *err)
{
    return set_text(s, l, &s->now.pval, err);
}

static tq_status do_weight(struct script *s, const struct line *l, tq_error *err)
{
    return set_text(s, l, &s->now.weight, err);
}

static tq_status do_default_weight(struct script *s, const struct line *l, tq_error *err)
{
    const tq_status status = set_number(l, &s->now.default_weight, err);

    return status != TQ_OK || s->now.default_weight > 0.0
               ? status
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "weight '%.40s' must be > 0", l->word[1]);
}

static tq_status do_freq(struct script *s, const struct line *l, tq_error *err)
{
    return set_text(s, l, &s->now.freq, err);
}

/* ---- commands: forms of files ---- */

static tq_status do_separator(struct script *s, const struct line *l, tq_error *err)
{
    static const char *const names[] = {"WHITESPACE", "COMMAS", "TABS", "BOTH", NULL};
    static const char separators[] = {' ', ',', '\t', ' '};
    size_t choice = 0;
    const tq_status status = set_choice(l, names, &choice, err);

    s->now.separator = status == TQ_OK ? separators[choice] : s->now.separator;
    return status;
}

static tq_status do_counting(struct script *s, const struct line *l, tq_error *err)
{
    static const char *const names[] = {"STRICT", "LENIENT", NULL};
    size_t choice = 0;
    const tq_status status = set_choice(l, names, &choice, err);

    s->now.lenient = choice == 1;
    return status;
}

static tq_status add_filter(struct script *s, const char *column, const char *value,
                            tq_filter_rule rule, tq_error *err)
{
    tq_batch_filter *wider = tq_arena_take(s->out->arena, s->n_filters + 1, sizeof *wider);
    const tq_batch_filter filter = {keep(s, column), keep(s, value), rule};

    if (!wider || !filter.column || !filter.value) {
        return no_memory(err);
    }
    if (s->n_filters > 0) {
        memcpy(wider, s->filter, s->n_filters * sizeof *wider);
    }
    s->filter = wider;
    s->filter[s->n_filters++] = filter;
    return TQ_OK;
}

/* "ADDFILTER N > 100", "ADDFILTER SNP IN (rs1,rs2)". */
static tq_status do_filter(struct script *s, const struct line *l, tq_error *err)
{
    static const char *const names[] = {
        "<", "<=", ">", ">=", "=", "!=", "IN", "==", "<>", "IS", "ISNOT", NULL};
    static const tq_filter_rule rules[] = {
        TQ_FILTER_LESS,      TQ_FILTER_AT_MOST,   TQ_FILTER_MORE,     TQ_FILTER_AT_LEAST,
        TQ_FILTER_EQUAL,     TQ_FILTER_NOT_EQUAL, TQ_FILTER_IN,       TQ_FILTER_EQUAL,
        TQ_FILTER_NOT_EQUAL, TQ_FILTER_EQUAL,     TQ_FILTER_NOT_EQUAL};
    tq_buffer value = {0};
    size_t choice = 0;
    const char *const what = "a column, a condition and a value";
    tq_status status = needs(l, 3, what, err);

    if (status == TQ_OK) {
        const struct line condition = {.word = {l->word[0], l->word[2]}, .n = 2};

        status = set_choice(&condition, names, &choice, err);
    }
    for (size_t i = 3; status == TQ_OK && i < l->n; i++) {
        for (const char *p = l->word[i]; *p; p++) {
            if (choice != 6 || (*p != '(' && *p != ')')) {
                tq_buffer_append(&value, p, 1);
            }
        }
    }
    status = status == TQ_OK ? tq_buffer_status(&value, err) : status;
    if (status == TQ_OK) {
        status = value.size > 0 ? add_filter(s, l->word[1], value.data, rules[choice], err)
                                : lacks(l, what, err);
    }
    tq_buffer_free(&value);
    return status;
}

static tq_status do_remove_filters(struct script *s, const struct line *l, tq_error *err)
{
    (void)l;
    (void)err;
    s->filter = NULL;
    s->n_filters = 0;
    return TQ_OK;
}

static tq_status find_custom(const struct script *s, const char *name, size_t *at)
{
    for (*at = 0; *at < s->join.n_custom; ++*at) {
        if (strcasecmp(s->join.custom[*at], name) == 0) {
            return TQ_OK;
        }
    }
    return TQ_EINVAL;
}

static tq_status do_custom(struct script *s, const struct line *l, tq_error *err)
{
    size_t at;
    const tq_status status = needs(l, 1, "a name", err);

    if (status != TQ_OK || find_custom(s, l->word[1], &at) == TQ_OK) {
        return status;
    }
    if (s->join.n_custom == TQ_MOST_CUSTOM) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "more than %d custom variables",
                       TQ_MOST_CUSTOM);
    }
    at = s->join.n_custom++;
    s->join.custom[at] = keep(s, l->word[1]);
    s->now.custom[at] = s->join.custom[at]; /* unless LABEL names another */
    return s->join.custom[at] ? TQ_OK : no_memory(err);
}

/* "LABEL TotalN AS N". */
static tq_status do_label(struct script *s, const struct line *l, tq_error *err)
{
    size_t at = 0;
    tq_status status = needs(l, 3, "a variable, AS and a column", err);

    if (status == TQ_OK && strcasecmp(l->word[2], "AS") != 0) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.40s': 'AS' is expected, not '%.40s'",
                         l->word[0], l->word[2]);
    }
    if (status == TQ_OK && find_custom(s, l->word[1], &at) != TQ_OK) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "'%.40s' is no variable of CUSTOMVARIABLE", l->word[1]);
    }
    if (status == TQ_OK) {
        s->now.custom[at] = keep(s, l->word[3]);
    }
    return status == TQ_OK && !s->now.custom[at] ? no_memory(err) : status;
}

/* ---- commands: the analysis ---- */

static tq_status do_scheme(struct script *s, const struct line *l, tq_error *err)
{
    static const char *const names[] = {"STDERR", "SAMPLESIZE", NULL};
    size_t choice = 0;
    const tq_status status = set_choice(l, names, &choice, err);

    s->join.scheme = choice ? TQ_SCHEME_Z : TQ_SCHEME_INVERSE_VARIANCE;
    return status;
}

static tq_status do_genomic_control(struct script *s, const struct line *l, tq_error *err)
{
    static const char *const names[] = {"OFF", "ON", NULL};
    size_t choice = 0;
    tq_status status = needs(l, 1, "ON, OFF or a factor", err);

    if (status != TQ_OK) {
        return status;
    }
    s->now.lambda_list = NULL;
    if (says(l->word[1], "LIST")) {
        status = needs(l, 2, "a file after LIST", err);
        s->now.lambda = (double)NAN;
        s->now.lambda_list = status == TQ_OK ? keep(s, l->word[2]) : NULL;
        return status == TQ_OK && !s->now.lambda_list ? no_memory(err) : status;
    }
    double factor;

    if (tq_parse_number(l->word[1], '.', &factor)) {
        s->now.lambda = factor > 1.0 ? factor : 0.0; /* METAL widens no interval by less than 1 */
        return factor > 0.0 ? TQ_OK
                            : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "factor '%.40s' must be > 0",
                                      l->word[1]);
    }
    status = set_choice(l, names, &choice, err);
    s->now.lambda = choice ? (double)NAN : 0.0;
    return status;
}

static tq_status do_average(struct script *s, const struct line *l, tq_error *err)
{
    return set_switch(l, &s->join.average_freq, err);
}

static tq_status do_minmax(struct script *s, const struct line *l, tq_error *err)
{
    return set_switch(l, &s->join.minmax_freq, err);
}

static tq_status do_min_weight(struct script *s, const struct line *l, tq_error *err)
{
    return set_number(l, &s->join.min_weight, err);
}

static tq_status do_log_pvalue(struct script *s, const struct line *l, tq_error *err)
{
    return set_switch(l, &s->log_pvalue, err);
}

static tq_status set_digits(const struct line *l, int *to, tq_error *err)
{
    double x = *to;
    const tq_status status = set_number(l, &x, err);

    *to = (int)fmin(17.0, fmax(0.0, x));
    return status;
}

static tq_status do_effect_digits(struct script *s, const struct line *l, tq_error *err)
{
    return set_digits(l, &s->effect_digits, err);
}

static tq_status do_stderr_digits(struct script *s, const struct line *l, tq_error *err)
{
    return set_digits(l, &s->stderr_digits, err);
}

static tq_status do_outfile(struct script *s, const struct line *l, tq_error *err)
{
    const tq_status status = needs(l, 2, "a prefix and a suffix", err);

    if (status == TQ_OK) {
        s->prefix = keep(s, l->word[1]);
        s->suffix = keep(s, l->word[2]);
        s->round = 0;
    }
    return status == TQ_OK && (!s->prefix || !s->suffix) ? no_memory(err) : status;
}

/* What changes nothing here: strands are compared by letters, warnings are counted. */
static tq_status do_nothing(struct script *s, const struct line *l, tq_error *err)
{
    (void)s;
    (void)l;
    (void)err;
    return TQ_OK;
}

/* ON asks for something that is not carried out: why, and what to do instead. */
static tq_status refuse_on(const struct line *l, const char *why, tq_error *err)
{
    int on = 0;
    const tq_status status = set_switch(l, &on, err);

    return status == TQ_OK && on ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                                           "'%.40s ON' is not carried out: %s", l->word[0], why)
                                 : status;
}

static tq_status do_overlap(struct script *s, const struct line *l, tq_error *err)
{
    (void)s;
    return refuse_on(l,
                     "how many people studies share would be estimated from their Z scores; leave "
                     "shared people out of one of them",
                     err);
}

static tq_status do_track_positions(struct script *s, const struct line *l, tq_error *err)
{
    (void)s;
    return refuse_on(
        l,
        "positions are not compared; make them part of the key (batch --key SNP,CHR,BP), "
        "or leave it out",
        err);
}

/* The effects of files processed from here on have the other sign; once more, and they have not. */
static tq_status do_flip(struct script *s, const struct line *l, tq_error *err)
{
    (void)l;
    (void)err;
    s->now.flip = !s->now.flip;
    return TQ_OK;
}

static tq_status do_use_strand(struct script *s, const struct line *l, tq_error *err)
{
    (void)s;
    return refuse_on(
        l, "strands are told by the alleles; put alleles on the + strand and leave it out", err);
}

static tq_status do_process(struct script *s, const struct line *l, tq_error *err)
{
    const tq_status status = needs(l, 1, "a file", err);

    if (status != TQ_OK) {
        return status;
    }
    tq_batch_cohort *wider = tq_arena_take(s->out->arena, s->n_cohorts + 1, sizeof *wider);

    if (!wider) {
        return no_memory(err);
    }
    if (s->n_cohorts > 0) {
        memcpy(wider, s->cohort, s->n_cohorts * sizeof *wider);
    }
    s->cohort = wider;
    s->now.path = keep(s, l->word[1]);
    s->now.filter = s->filter;
    s->now.n_filters = s->n_filters;
    s->cohort[s->n_cohorts++] = s->now;
    return s->now.path ? TQ_OK : no_memory(err);
}

static tq_status do_analyze(struct script *s, const struct line *l, tq_error *err)
{
    tq_metal_script *const out = s->out;
    tq_metal_analysis *wider = tq_arena_take(out->arena, out->n + 1, sizeof *wider);
    char number[24];
    tq_buffer path = {0};

    if (s->n_cohorts == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "ANALYZE before any PROCESS");
    }
    snprintf(number, sizeof number, "%zu", ++s->round);
    tq_buffer_text(&path, s->prefix);
    tq_buffer_text(&path, number);
    tq_buffer_text(&path, s->suffix);
    if (!wider || path.failed) {
        tq_buffer_free(&path);
        return no_memory(err);
    }
    if (out->n > 0) {
        memcpy(wider, out->analysis, out->n * sizeof *wider);
    }
    out->analysis = wider;
    tq_metal_analysis *const a = &out->analysis[out->n++];

    *a =
        (tq_metal_analysis){.join = s->join,
                            .heterogeneity = l->n > 1 && toupper((unsigned char)*l->word[1]) == 'H',
                            .log_pvalue = s->log_pvalue,
                            .effect_digits = s->effect_digits,
                            .stderr_digits = s->stderr_digits,
                            .output = keep(s, path.data)};
    a->join.cohort = s->cohort;
    a->join.n_cohorts = s->n_cohorts;
    a->join.align = 1;
    if (a->join.scheme != TQ_SCHEME_Z) {
        a->join.min_weight = 0.0; /* standard errors have no such weights */
    }
    tq_buffer_free(&path);
    return a->output ? TQ_OK : no_memory(err);
}

/* Data, filters and variables; names of columns and the analysis stay as they are. */
static tq_status do_clear(struct script *s, const struct line *l, tq_error *err)
{
    s->cohort = NULL;
    s->n_cohorts = 0;
    s->join.n_custom = 0;
    for (size_t i = 0; i < TQ_MOST_CUSTOM; i++) {
        s->now.custom[i] = NULL;
    }
    return do_remove_filters(s, l, err);
}

/* The end of a script that SOURCE opened, or of the first one. */
static tq_status do_return(struct script *s, const struct line *l, tq_error *err)
{
    (void)l;
    (void)err;
    s->returned = 1;
    return TQ_OK;
}

static tq_status run_file(struct script *s, const char *path, tq_error *err);

static tq_status do_source(struct script *s, const struct line *l, tq_error *err)
{
    const tq_status status = needs(l, 1, "a file", err);

    if (status == TQ_OK && s->depth == MOST_SOURCES) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "more than %d scripts inside one another: does '%.60s' name itself?",
                       MOST_SOURCES, l->word[1]);
    }
    return status == TQ_OK ? run_file(s, l->word[1], err) : status;
}

static tq_status do_quit(struct script *s, const struct line *l, tq_error *err)
{
    (void)l;
    (void)err;
    s->quit = 1;
    return TQ_OK;
}

/* ---- the table ---- */

static const struct {
    const char *name; /* may be cut short behind the third letter */
    command_fn *run;
} commands[] = {
    {"MARKERLABEL", do_marker},
    {"ALLELELABELS", do_allele},
    {"EFFECTLABEL", do_effect},
    {"STDERRLABEL", do_stderr},
    {"PVALUELABEL", do_pvalue},
    {"WEIGHTLABEL", do_weight},
    {"DEFAULTWEIGHT", do_default_weight},
    {"FREQLABEL", do_freq},
    {"FLIP", do_flip},
    {"CHROMOSOMELABEL", do_nothing},
    {"POSITIONLABEL", do_nothing},
    {"TRACKPOSITIONS", do_track_positions},
    {"STRANDLABEL", do_nothing},
    {"USESTRAND", do_use_strand},
    {"SEPARATOR", do_separator},
    {"COLUMNCOUNTING", do_counting},
    {"ADDFILTER", do_filter},
    {"REMOVEFILTERS", do_remove_filters},
    {"CUSTOMVARIABLE", do_custom},
    {"LABEL", do_label},
    {"SCHEME", do_scheme},
    {"GENOMICCONTROL", do_genomic_control},
    {"AVERAGEFREQUENCY", do_average},
    {"MINMAXFREQUENCY", do_minmax},
    {"MINWEIGHT", do_min_weight},
    {"LOGPVALUE", do_log_pvalue},
    {"EFFECT_PRINT_PRECISION", do_effect_digits},
    {"STDERR_PRINT_PRECISION", do_stderr_digits},
    {"OUTFILE", do_outfile},
    {"OVERLAP", do_overlap},
    {"ZCUTOFF", do_nothing},
    {"MAXWARNINGS", do_nothing},
    {"VERBOSE", do_nothing},
    {"PROCESSFILE", do_process},
    {"ANALYZE", do_analyze},
    {"ANALYSE", do_analyze},
    {"CLEAR", do_clear},
    {"SOURCE", do_source},
    {"RETURN", do_return},
    {"HELP", do_nothing},
    {"QUIT", do_quit},
    {"EXIT", do_quit},
};

static const char *command_at(const void *unused, size_t i)
{
    (void)unused;
    return i < sizeof commands / sizeof *commands ? commands[i].name : NULL;
}

/* The command that a word is, or the beginning of; the first of several. */
static command_fn *find_command(const char *word)
{
    const size_t n = strlen(word);

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (n >= SHORTEST && strncasecmp(commands[i].name, word, n) == 0) {
            return commands[i].run;
        }
    }
    return NULL;
}

/* ---- the script ---- */

/* METAL's defaults. */
static void start(struct script *s)
{
    s->now = (tq_batch_cohort){.key = "MARKER",
                               .separator = ' ',
                               .effect = "EFFECT",
                               .se = "STDERR",
                               .pval = "PVALUE",
                               .weight = "N",
                               .optional_weight = 1,
                               .default_weight = 1.0,
                               .optional_alleles = 1,
                               .effect_allele = "ALLELE1",
                               .other_allele = "ALLELE2",
                               .freq = "FREQ"};
    s->join = (tq_batch_join){.scheme = TQ_SCHEME_Z, .freq_margin = 0.1};
    s->log_pvalue = 0;
    s->effect_digits = s->stderr_digits = 4;
    s->prefix = "METAANALYSIS";
    s->suffix = ".TBL";
}

/* Words of a line, cut in place. */
static void split(char *text, struct line *l)
{
    char *state = NULL;

    l->n = 0;
    for (char *word = strtok_r(text, " \t\r", &state); word && l->n < MOST_WORDS;
         word = strtok_r(NULL, " \t\r", &state)) {
        l->word[l->n++] = word;
    }
}

static tq_status run_line(struct script *s, char *text, tq_error *err)
{
    struct line l;

    split(text, &l);
    if (l.n == 0 || *l.word[0] == '#') {
        return TQ_OK;
    }
    command_fn *const run = find_command(l.word[0]);

    if (run) {
        return run(s, &l, err);
    }
    const char *nearest = tq_nearest_name(l.word[0], command_at, NULL);

    return nearest ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "unknown command '%.40s'; did you mean '%s'?", l.word[0], nearest)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown command '%.40s'", l.word[0]);
}

/* The lines of text[size], cut in place; text[size] is 0. */
static tq_status run_text(struct script *s, char *text, size_t size, tq_error *err)
{
    char *line = text + tq_byte_order_mark(text, size);
    tq_status status = TQ_OK;

    while (status == TQ_OK && line && !s->quit && !s->returned) {
        char *const end = memchr(line, '\n', (size_t)(text + size - line));

        if (end) {
            *end = '\0';
        }
        s->line++;
        status =
            strlen(line) == (size_t)((end ? end : text + size) - line)
                ? run_line(s, line, err)
                : tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not a text file: it holds a byte 0x00");
        if (status != TQ_OK && err && !*err->file) {
            at_line(s, status, err);
        }
        line = end ? end + 1 : NULL;
    }
    s->returned = 0;
    return status;
}

/* All of a file, 0 behind it. */
static tq_status read_text(const char *path, tq_buffer *text, tq_error *err)
{
    enum { PIECE = 1 << 16, MOST = 1 << 24 };
    tq_source *source = NULL;
    size_t n = 1;
    tq_status status = tq_source_open(path, 1, &source, err);

    while (status == TQ_OK && n > 0) {
        char *const room = tq_buffer_room(text, PIECE);

        status = room ? tq_source_read(source, room, PIECE, &n, err) : no_memory(err);
        text->size += status == TQ_OK ? n : 0;
        if (text->size >= MOST) {
            status =
                tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                        "%s is too long for a script of METAL: %d bytes at most", path, MOST - 1);
        }
    }
    tq_buffer_append(text, "", 0);
    tq_source_close(source);
    return status == TQ_OK ? tq_buffer_status(text, err) : status;
}

/* A script, or by SOURCE its commands as if they stood here. */
static tq_status run_file(struct script *s, const char *path, tq_error *err)
{
    const char *const source = s->source;
    const size_t line = s->line;
    tq_buffer text = {0};
    tq_status status = read_text(path, &text, err);

    if (status == TQ_OK) {
        s->source = keep(s, path);
        s->line = 0;
        s->depth++;
        status = s->source ? run_text(s, text.data, text.size, err) : no_memory(err);
        s->depth--;
    }
    s->source = source;
    s->line = line;
    tq_buffer_free(&text);
    return status;
}

tq_status tq_metal_read(const char *path, tq_metal_script *out, tq_error *err)
{
    struct script s = {.out = out};

    *out = (tq_metal_script){.arena = tq_arena_new()};
    if (!out->arena) {
        return no_memory(err);
    }
    start(&s);
    tq_status status = run_file(&s, path, err);

    if (status == TQ_OK && out->n == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the script has no ANALYZE");
        if (err) {
            tq_copy_text(err->file, sizeof err->file, path);
        }
    }
    if (status != TQ_OK) {
        tq_metal_script_free(out);
    }
    return status;
}

void tq_metal_script_free(tq_metal_script *script)
{
    tq_arena_free(script->arena);
    *script = (tq_metal_script){0};
}

size_t tq_metal_columns(const tq_metal_analysis *a, tq_print_column *column, size_t *more)
{
    const int z = a->join.scheme == TQ_SCHEME_Z;
    size_t n = 0;

    if (z) {
        column[n++] = (tq_print_column){TQ_BATCH_STAT, 0, "Zscore", TQ_PRINT_FIXED, 3};
    } else {
        column[n++] =
            (tq_print_column){TQ_BATCH_BETA, 0, "Effect", TQ_PRINT_FIXED, a->effect_digits};
        column[n++] = (tq_print_column){TQ_BATCH_SE, 0, "StdErr", TQ_PRINT_FIXED, a->stderr_digits};
    }
    column[n++] = a->log_pvalue
                      ? (tq_print_column){TQ_BATCH_LOG10P, 0, "log(P)", TQ_PRINT_FIXED, 2}
                      : (tq_print_column){TQ_BATCH_LOG10P, 0, "P-value", TQ_PRINT_OF_LOG10, 4};
    *more = 0;
    if (a->heterogeneity) {
        column[n++] = (tq_print_column){TQ_BATCH_I2, 0, "HetISq", TQ_PRINT_FIXED, 1};
        column[n++] = (tq_print_column){TQ_BATCH_QE, 0, "HetChiSq", TQ_PRINT_FIXED, 3};
        column[n++] = (tq_print_column){TQ_BATCH_QE_DF, 0, "HetDf", TQ_PRINT_FIXED, 0};
        column[n++] = a->log_pvalue
                          ? (tq_print_column){TQ_BATCH_QE_PVAL, 0, "logHetP", TQ_PRINT_LOG10, 4}
                          : (tq_print_column){TQ_BATCH_QE_PVAL, 0, "HetPVal", TQ_PRINT_GENERAL, 4};
        *more = 4;
    }
    return n;
}
