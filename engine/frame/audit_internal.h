/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file audit_internal.h  The sheet as the checks see it, and what they report to. */
#ifndef TQ_FRAME_AUDIT_INTERNAL_H
#define TQ_FRAME_AUDIT_INTERNAL_H

#include <math.h>

#include "frame/audit.h"

/*
 * One row per role: identifier, name (as in --map), kind, header names that mean it, meaning. Header
 * names compare without letter case, and '.', '-' and blanks count as '_'. The first name that the
 * sheet has is taken; KEY is text that is not mostly numbers.
 */
#define AUDIT_ROLE_LIST(X) \
    X(STUDY, "study", TEXT, \
      "study|slab|review|author|authors|trial|paper|studyid|study_id|trial_id", \
      "label of the study") \
    X(TRIAL, "trial", TEXT, "study_id|studyid|trial|trial_id|cluster", \
      "what rows of one trial share") \
    X(YEAR, "year", TEXT, "year", "publication year") \
    X(AUTHOR, "author", KEY, "author|authors", "first author") \
    X(REGISTRY, "registry", TEXT, "registry_id|registry|nct|nct_id|trial_registration", \
      "number in a trial register") \
    X(OUTCOME, "outcome", KEY, "outcome|endpoint|instrument|event", "what was measured") \
    X(SCALE, "scale", TEXT, "scale|units|unit", "scale in words: \"0-10 (lower = better)\"") \
    X(BASIS, "basis", TEXT, "scale_basis", "further words on the scale") \
    X(SCALE_MIN, "scale_min", NUMBER, "scale_min|min_score", "lowest score that is possible") \
    X(SCALE_MAX, "scale_max", NUMBER, "scale_max|max_score", "highest score that is possible") \
    X(ITEMS, "items", NUMBER, "items|n_items", "whole-number answers averaged into a score") \
    X(DIRECTION, "direction", TEXT, "direction", "\"lower better\" or \"higher better\"") \
    X(MEASURE, "measure", KEY, "measure|effect_measure|sm", "MD, SMD, OR, ...") \
    X(SUBGROUP, "subgroup", TEXT, "subgroup|comparison|contrast", "for whom") \
    X(FOLLOWUP, "followup", TEXT, \
      "followup_months|followup|follow_up|weeks|months|visit|time|followup_weeks", \
      "visit; 0 or \"baseline\" is the baseline") \
    X(ARM, "arm", TEXT, "treatment_name|treatment|arm_label|arm1|arm", \
      "name of the arm, or of arm 1") \
    X(COMPARATOR, "comparator", TEXT, "arm2|comparator|control", "name of arm 2") \
    X(DESIGN, "design", TEXT, "design", "design in words") \
    X(UNIT, "unit", TEXT, "n_unit", "what n counts") \
    X(NOTE, "note", KEY, "note|notes|remarks|comment|comments", "remarks that quote figures") \
    X(N1, "n1", NUMBER, \
      "n1i|n1|n_e|ne|n_t|nt|nti|n_exp|n_treat|n_treatment|n_experimental|experimental_n|" \
      "experimental_total", \
      "size of arm 1") \
    X(N2, "n2", NUMBER, "n2i|n2|n_c|nc|nci|n_ctrl|n_control|control_n|control_total", \
      "size of arm 2") \
    X(M1, "mean1", NUMBER, "m1i|mean1|m1|mean_e|mean_t|mt|mean_exp|mean_treat|experimental_mean", \
      "mean of arm 1") \
    X(M2, "mean2", NUMBER, "m2i|mean2|m2|mean_c|mc|mean_ctrl|mean_control|control_mean", \
      "mean of arm 2") \
    X(SD1, "sd1", NUMBER, "sd1i|sd1|sd_e|sd_t|sdt|sd_exp|sd_treat|experimental_sd", "SD of arm 1") \
    X(SD2, "sd2", NUMBER, "sd2i|sd2|sd_c|sdc|sd_ctrl|sd_control|control_sd", "SD of arm 2") \
    X(SE1, "se1", NUMBER, "se1|se1i|se_e|se_t", "standard error of the mean of arm 1") \
    X(SE2, "se2", NUMBER, "se2|se2i|se_c", "standard error of the mean of arm 2") \
    X(E1, "events1", NUMBER, \
      "ai|events1|event1|event_e|events_e|events_t|x1i|xt|xti|tpos|events_exp|events_treat|" \
      "experimental_cases|experimental_events", \
      "events of arm 1") \
    X(E2, "events2", NUMBER, \
      "ci|events2|event2|event_c|events_c|x2i|xc|xci|cpos|events_ctrl|events_control|" \
      "control_cases|control_events", \
      "events of arm 2") \
    X(NE1, "nonevents1", NUMBER, "bi|tneg", "people of arm 1 without event") \
    X(NE2, "nonevents2", NUMBER, "di|cneg", "people of arm 2 without event") \
    X(N, "n", NUMBER, "ni|n|n_total|sample_size|total", "size of the one arm of a row") \
    X(MEAN, "mean", NUMBER, "mean|mi", "mean of the one arm of a row") \
    X(SD, "sd", NUMBER, "sd|sdi", "its SD") \
    X(SE, "se", NUMBER, "se|sem|std_err|stderr", "its standard error") \
    X(EVENTS, "events", NUMBER, "xi|events|cases_with_event", "events of the one arm of a row") \
    X(MEAN_PRE, "mean_pre", NUMBER, "mean_pre|pre_mean|baseline_mean|m_pre|mean_baseline", \
      "mean before") \
    X(SD_PRE, "sd_pre", NUMBER, "sd_pre|pre_sd|baseline_sd|sd_baseline", "SD before") \
    X(MEAN_PRE1, "mean_pre1", NUMBER, "mpre1i|mean_pre1|pre_mean1|baseline_mean1|mean_baseline1", \
      "mean of arm 1 before") \
    X(SD_PRE1, "sd_pre1", NUMBER, "sdpre1i|sd_pre1|pre_sd1|baseline_sd1|sd_baseline1", \
      "SD of arm 1 before") \
    X(MEAN_PRE2, "mean_pre2", NUMBER, "mpre2i|mean_pre2|pre_mean2|baseline_mean2|mean_baseline2", \
      "mean of arm 2 before") \
    X(SD_PRE2, "sd_pre2", NUMBER, "sdpre2i|sd_pre2|pre_sd2|baseline_sd2|sd_baseline2", \
      "SD of arm 2 before") \
    X(MEAN_POST, "mean_post", NUMBER, "mean_post|post_mean|m_post", "mean at the visit") \
    X(SD_POST, "sd_post", NUMBER, "sd_post|post_sd", "SD at the visit") \
    X(CHANGE, "change_mean", NUMBER, "change_mean|change|mean_change|delta", \
      "mean change from before") \
    X(CHANGE_SD, "change_sd", NUMBER, "change_sd|sd_change", "SD of the change") \
    X(CHANGE_LO, "change_lo", NUMBER, "change_lo|change_lb|change_ci_lb", \
      "lower limit of the change") \
    X(CHANGE_HI, "change_hi", NUMBER, "change_hi|change_ub|change_ci_ub", \
      "upper limit of the change") \
    X(YI, "yi", NUMBER, "yi|estimate|effect|te|es|smd|md", "effect of the study") \
    X(VI, "vi", NUMBER, "vi|var|variance", "its sampling variance") \
    X(SEI, "sei", NUMBER, "sei|sete|se_yi|se_te|seeffect", "its standard error") \
    X(LO, "lo", NUMBER, \
      "lo|ci_lb|ci_lo|ci_lower|ci_l|lower|lcl|lb|or_lb|rr_lb|hr_lb|or_lo|rr_lo|hr_lo", \
      "lower limit of the estimate") \
    X(HI, "hi", NUMBER, \
      "hi|ci_ub|ci_hi|ci_upper|ci_u|upper|ucl|ub|or_ub|rr_ub|hr_ub|or_hi|rr_hi|hr_hi", \
      "upper limit of the estimate") \
    X(EST, "estimate", NUMBER, "estimate|yi|effect|te|smd|md|or|rr|hr|irr", \
      "estimate that the limits belong to") \
    X(P, "p", PVALUE, "p|pval|p_value|pvalue", "p-value of the estimate, \"<.001\" too")

#define AUDIT_ROLE_ENUM(id, name, kind, synonyms, meaning) AUDIT_##id,
typedef enum { AUDIT_ROLE_LIST(AUDIT_ROLE_ENUM) AUDIT_ROLES } audit_role;
#undef AUDIT_ROLE_ENUM

/* On which scale an effect is symmetric. */
enum audit_scale { SCALE_UNSTATED, SCALE_LINEAR, SCALE_LOG, SCALE_OTHER };

/* An effect that a row states or that its figures give. */
struct audit_effect {
    double yi, vi;    /* NaN: none */
    const char *from; /* "mean1 - mean2" */
};

struct audit_sheet {
    const tq_table *table;
    tq_arena *arena;
    size_t rows;
    size_t *row;                    /* [rows] index in the table */
    const char **label;             /* [rows] as shown */
    const char **key;               /* [rows] equal in rows of one trial */
    size_t column[AUDIT_ROLES];     /* TQ_NO_COLUMN: not there */
    double *number[AUDIT_ROLES];    /* [rows], NaN where missing; NULL: not there */
    const char **text[AUDIT_ROLES]; /* [rows], NULL where missing; NULL: not there */
    double *lo, *hi;                /* [rows] ends of the scale, NaN: not stated */
    unsigned char *whole;           /* [rows] answers are whole numbers */
    unsigned char *is_change;       /* [rows] means are changes from before */
    unsigned char *is_baseline;     /* [rows] */
    unsigned char *other_unit;      /* [rows] set by the check of units */
    signed char *better;            /* [rows] -1 lower, 1 higher, 0 not said */
    enum audit_scale *scale;        /* [rows] of the estimate */
    size_t *group;       /* [rows] rows in the order of groups: outcome, scale, measure */
    size_t *group_start; /* [groups + 1] */
    size_t groups;
    struct audit_effect *effect; /* [rows] */
    tq_direction direction;
    char decimal;
    /* What the checks report to. */
    tq_finding *finding;
    size_t n, capacity;
    const char *check; /* the one that runs */
    size_t looked_at;  /* rows it had something to say about */
    int failed;        /* memory was short */
};

/* ---- audit_columns.c ---- */

/** Find the column of every role; --map and --slab go first. */
tq_status audit_bind(struct audit_sheet *s, const tq_audit_spec *spec, tq_error *err);
/** Read the columns found, as text and, where a role is a number, as numbers. */
tq_status audit_read_columns(struct audit_sheet *s, tq_error *err);
/** Is name, without letter case and with '_' for '.', '-' and blanks, word[size]? */
int audit_same_name(const char *name, const char *word, size_t size);
const char *audit_role_name(audit_role role);
/** Header of the column that has the role; its name in --map where there is none. */
const char *audit_column_of(const struct audit_sheet *s, audit_role role);

/* ---- audit_rows.c ---- */

/** Select the rows, read the columns, and work out what each row says. */
tq_status audit_read(const tq_table *table, const tq_audit_spec *spec, struct audit_sheet *s,
                     tq_error *err);

/* ---- audit.c: reporting ---- */

/** Figures of a row, ended by AUDIT_ROLES: "mean1 5.3, sd1 1.9"; missing ones are left out. */
const char *audit_figures(struct audit_sheet *s, size_t i, const audit_role *roles);
/** A number as a reader would write it, to 3 or 4 significant digits. */
const char *audit_number(struct audit_sheet *s, double x);
void audit_find(struct audit_sheet *s, size_t i, tq_finding_severity severity, const char *figures,
                const char *fmt, ...) TQ_PRINTF(5, 6);

static inline double audit_value(const struct audit_sheet *s, audit_role role, size_t i)
{
    return s->number[role] ? s->number[role][i] : (double)NAN;
}

static inline const char *audit_text(const struct audit_sheet *s, audit_role role, size_t i)
{
    return s->text[role] ? s->text[role][i] : NULL;
}

/** 1-based data row, as reported. */
static inline size_t audit_row(const struct audit_sheet *s, size_t i)
{
    return s->row[i] + 1;
}

/** Digits after the decimal mark of the cell, 0 for none. */
int audit_decimals(const struct audit_sheet *s, const char *text);
/** 1 when word occurs in text, letter case ignored, not inside a longer word. */
int audit_has_word(const char *text, const char *word);
/** 1 when both are NULL or equal. */
int audit_same_text(const char *a, const char *b);
/** "rows 3, 4 and 9" of indices, at most 12 of them told. */
const char *audit_row_list(struct audit_sheet *s, const size_t *at, size_t n);

/** Order indices by several texts, then by row; keys: [n_keys][rows], a NULL text counts as empty.
    0 when memory is short (s->failed is set, at is left alone). */
int audit_sort(struct audit_sheet *s, size_t *at, size_t n, const char *const *const *keys,
               size_t n_keys);

/* ---- the checks ---- */

typedef void audit_check(struct audit_sheet *s);

audit_check audit_numbers, audit_intervals, audit_symmetry, audit_remarks, audit_p_values,
    audit_spreads, audit_variances, audit_change, audit_counts, audit_bounds, audit_units,
    audit_whole_numbers, audit_repeated, audit_same_trial, audit_shared_arm, audit_paired,
    audit_baseline, audit_estimates, audit_signs, audit_outliers, audit_labels;

/* ---- audit_statistics.c: pure functions ---- */

/** Median of x[n], which is sorted on the way; NaN for n = 0. */
double audit_median(double *x, size_t n);

/* Centre and spread of what is usual. */
struct audit_usual {
    double centre, spread;
};

/** Median, and 1.4826 times the median absolute deviation (normal sigma). x[n] is overwritten. */
struct audit_usual audit_usual_of(double *x, size_t n);

/**
 * What is usual in the others of of[n], one left out; beyond AUDIT_MANY_OTHERS one more or less
 * changes nothing, and *all (spread NaN at first) is computed once for every call. scratch[n].
 */
struct audit_usual audit_usual_without(const double *of, size_t n, size_t out, double *scratch,
                                       struct audit_usual *all);

enum { AUDIT_MANY_OTHERS = 64 };

/**
 * log likelihood ratio that  log x + shift  rather than  log x  is usual, both N(centre, spread^2).
 */
double audit_log_ratio(double log_x, double shift, const struct audit_usual *usual);

/* A printed estimate with limits, and half a unit of the last decimal of each. */
struct audit_interval {
    double est, lo, hi;
    double est_half, lo_half, hi_half;
};

/** 1 when lo <= est <= hi, allowing for rounding. */
int audit_contains(const struct audit_interval *v);
/** 1 when est is, allowing for rounding, the middle of lo and hi (linear) or of their logs. */
int audit_symmetric(const struct audit_interval *v, enum audit_scale scale);
/** (est - middle) / (hi - lo) on the scale. */
double audit_skew(const struct audit_interval *v, enum audit_scale scale);

/**
 * The two-sided p-values that a symmetric 95% interval allows, given rounding: with the normal
 * distribution at one end, with t on AUDIT_LEAST_DF degrees of freedom at the other.
 * Source: Altman & Bland (2011), BMJ 343:d2304.
 */
void audit_p_range(const struct audit_interval *v, enum audit_scale scale, double *least,
                   double *most);

enum { AUDIT_LEAST_DF = 10 };

/**
 * Studentised deleted residuals of a random-effects model (REML):
 * (yi - mu(-i)) / sqrt(vi + tau2(-i) + se(-i)^2). NaN where a fit fails.
 * Beyond AUDIT_EXACT_DELETIONS studies tau2 is that of all, so that the whole stays O(k).
 * Source: Viechtbauer & Cheung (2010), Res. Synth. Methods 1:112-125.
 */
tq_status audit_residuals(size_t k, const double *yi, const double *vi, double *mu, double *t);

enum { AUDIT_EXACT_DELETIONS = 200 };

#endif
