/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Effects and their variances as formulas over the raw inputs. Each expression is written once, in the
 * part of the language that C and spreadsheets share: it is compiled, to see that it gives the
 * engine's value, and printed as the cell's formula. A study whose effect came about in another way
 * (derived, turned around, rescaled) keeps its value.
 */
#include <math.h>
#include <string.h>

#include <gsl/gsl_sf_gamma.h>

#include "report/workbook/workbook_live_internal.h"

/* Names in expressions: raw inputs, the increment, and the effect itself. */
#define NAMES(X) \
    X(ai) \
    X(ci) \
    X(n1i) \
    X(n2i) \
    X(m1i) \
    X(m2i) \
    X(sd1i) X(sd2i) X(x1i) X(x2i) X(t1i) X(t2i) X(xi) X(mi) X(sdi) X(ti) X(ri) X(ni) X(add) X(yi)

#define FIELD(name) double name;
typedef struct {
    NAMES(FIELD)
} inputs;
#define WORD(name) #name,
static const char *const names[] = {NAMES(WORD)};
enum { N_NAMES = sizeof names / sizeof *names, ADD = N_NAMES - 2, YI = N_NAMES - 1 };
_Static_assert(sizeof(inputs) == N_NAMES * sizeof(double), "a name per field");

/* The functions of expressions, as spreadsheets call them. */
static double LN(double x)
{
    return log(x);
}

static double SQRT(double x)
{
    return sqrt(x);
}

static double EXP(double x)
{
    return exp(x);
}

static double ASIN(double x)
{
    return asin(x);
}

static double GAMMALN(double x)
{
    return gsl_sf_lngamma(x);
}

/* clang-format off */
#define COHEN (m1i-m2i)/SQRT(((n1i-1)*sd1i*sd1i+(n2i-1)*sd2i*sd2i)/(n1i+n2i-2))
#define EXACT EXP(GAMMALN((n1i+n2i-2)/2)-LN(SQRT((n1i+n2i-2)/2))-GAMMALN((n1i+n2i-3)/2))
#define APPROXIMATE (1-3/(4*(n1i+n2i-2)-1))
#define TWO_SIZES 1/n1i+1/n2i+yi*yi/(2*(n1i+n2i))
#define PETO_V ((ai+ci)*(n1i+n2i-ai-ci)*n1i*n2i/((n1i+n2i)*(n1i+n2i)*(n1i+n2i-1)))
#define RELATIVE sd1i*sd1i/(n1i*m1i*m1i)+sd2i*sd2i/(n2i*m2i*m2i)

/* Name here, measure, which cells count as zeros, yi, vi. The first one that gives the engine's values
   for all studies is taken. */
#define EFFECTS(X) \
    X(rr, "RR", TABLE_ZEROS, LN((ai+add)/(n1i+2*add))-LN((ci+add)/(n2i+2*add)), \
      (n1i-ai+add)/(ai+add)/(n1i+2*add)+(n2i-ci+add)/(ci+add)/(n2i+2*add)) \
    X(or, "OR", TABLE_ZEROS, LN((ai+add)/(n1i-ai+add))-LN((ci+add)/(n2i-ci+add)), \
      1/(ai+add)+1/(n1i-ai+add)+1/(ci+add)+1/(n2i-ci+add)) \
    X(rd, "RD", TABLE_ZEROS, (ai+add)/(n1i+2*add)-(ci+add)/(n2i+2*add), \
      (ai+add)*(n1i-ai+add)/((n1i+2*add)*(n1i+2*add)*(n1i+2*add))+ \
      (ci+add)*(n2i-ci+add)/((n2i+2*add)*(n2i+2*add)*(n2i+2*add))) \
    X(as, "AS", TABLE_ZEROS, \
      ASIN(SQRT((ai+add)/(n1i+2*add)))-ASIN(SQRT((ci+add)/(n2i+2*add))), \
      1/(4*(n1i+2*add))+1/(4*(n2i+2*add))) \
    X(peto, "PETO", NO_ZEROS, (ai-n1i*(ai+ci)/(n1i+n2i))/PETO_V, 1/PETO_V) \
    X(irr, "IRR", RATE_ZEROS, LN((x1i+add)/t1i)-LN((x2i+add)/t2i), 1/(x1i+add)+1/(x2i+add)) \
    X(ird, "IRD", RATE_ZEROS, (x1i+add)/t1i-(x2i+add)/t2i, \
      (x1i+add)/(t1i*t1i)+(x2i+add)/(t2i*t2i)) \
    X(md, "MD", NO_ZEROS, m1i-m2i, sd1i*sd1i/n1i+sd2i*sd2i/n2i) \
    X(smd, "SMD", NO_ZEROS, EXACT*COHEN, TWO_SIZES) \
    X(smd_approximate, "SMD", NO_ZEROS, APPROXIMATE*COHEN, TWO_SIZES) \
    X(smd_uncorrected, "SMD", NO_ZEROS, COHEN, TWO_SIZES) \
    X(rom, "ROM", NO_ZEROS, \
      LN(m1i/m2i)+(sd1i*sd1i/(n1i*m1i*m1i)-sd2i*sd2i/(n2i*m2i*m2i))/2, RELATIVE) \
    X(rom_uncorrected, "ROM", NO_ZEROS, LN(m1i/m2i), RELATIVE) \
    X(vr, "VR", NO_ZEROS, LN(sd1i/sd2i)+1/(2*(n1i-1))-1/(2*(n2i-1)), \
      1/(2*(n1i-1))+1/(2*(n2i-1))) \
    X(pr, "PR", GROUP_ZEROS, (xi+add)/(ni+2*add), \
      (xi+add)*(ni-xi+add)/((ni+2*add)*(ni+2*add)*(ni+2*add))) \
    X(pln, "PLN", GROUP_ZEROS, LN((xi+add)/(ni+2*add)), 1/(xi+add)-1/(ni+2*add)) \
    X(plo, "PLO", GROUP_ZEROS, LN((xi+add)/(ni-xi+add)), 1/(xi+add)+1/(ni-xi+add)) \
    X(pas, "PAS", GROUP_ZEROS, ASIN(SQRT((xi+add)/(ni+2*add))), 1/(4*(ni+2*add))) \
    X(pft, "PFT", NO_ZEROS, (ASIN(SQRT(xi/(ni+1)))+ASIN(SQRT((xi+1)/(ni+1))))/2, 1/(4*ni+2)) \
    X(ir, "IR", NO_ZEROS, xi/ti, xi/(ti*ti)) \
    X(irln, "IRLN", NO_ZEROS, LN(xi/ti), 1/xi) \
    X(mn, "MN", NO_ZEROS, mi, sdi*sdi/ni) \
    X(zcor, "ZCOR", NO_ZEROS, LN((1+ri)/(1-ri))/2, 1/(ni-3))
/* clang-format on */

typedef enum { NO_ZEROS, TABLE_ZEROS, RATE_ZEROS, GROUP_ZEROS } zeros;

#define UNPACK(name) \
    const double name = in->name; \
    (void)name;
#define COMPILED(id, code, which, y, v) \
    static double id##_yi(const inputs *in) \
    { \
        NAMES(UNPACK) \
        return y; \
    } \
    static double id##_vi(const inputs *in) \
    { \
        NAMES(UNPACK) \
        return v; \
    }
EFFECTS(COMPILED)

#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x
#define PRINTED(id, code, which, y, v) {code, which, TEXT(y), TEXT(v), id##_yi, id##_vi},
static const struct effect_formula {
    const char *measure;
    zeros which;
    const char *yi, *vi;
    double (*yi_of)(const inputs *in), (*vi_of)(const inputs *in);
} effects[] = {EFFECTS(PRINTED)};

/* Cells that are zero; the increment is added where one of them is. */
static const char *const zero_tests[] = {
    [NO_ZEROS] = NULL,
    [TABLE_ZEROS] = "OR(ai=0,ci=0,n1i-ai=0,n2i-ci=0)",
    [RATE_ZEROS] = "OR(x1i=0,x2i=0)",
    [GROUP_ZEROS] = "OR(xi=0,ni-xi=0)",
};

/* ---- does a formula give the engine's values ------------------------------------------------- */

static const tq_raw_column *raw_called(const tq_analysis *a, const char *name)
{
    for (size_t j = 0; j < a->n_raw; j++) {
        if (strcmp(a->raw[j].input, name) == 0) {
            return &a->raw[j];
        }
    }
    return NULL;
}

static void gather(const tq_analysis *a, size_t i, inputs *in)
{
    double *field = (double *)in;

    for (size_t j = 0; j < ADD; j++) {
        const tq_raw_column *raw = raw_called(a, names[j]);

        field[j] = raw ? raw->value[i] : WB_NONE;
    }
    in->add = a->study[i].added;
    in->yi = a->study[i].yi;
}

static int near(double x, double engine)
{
    return fabs(x - engine) <= 1e-11 * fmax(1.0, fabs(engine));
}

static int fits(const struct effect_formula *e, const inputs *in, const tq_study *study)
{
    return near(e->yi_of(in), study->yi) && near(e->vi_of(in), study->vi);
}

/* The rule for zero cells as a formula: the default one, or none at all. */
static tq_zero_rule rule_of(const tq_analysis *a)
{
    return a->effects.to == TQ_TO_COUNT ? a->measure->to : a->effects.to;
}

static double increment_of(const tq_analysis *a)
{
    return isnan(a->effects.add) ? a->measure->add : a->effects.add;
}

static int zero_rule_has_formula(const tq_analysis *a, const struct effect_formula *e)
{
    return e->which == NO_ZEROS || increment_of(a) == 0.0 || rule_of(a) == TQ_TO_ONLY0 ||
           rule_of(a) == TQ_TO_NONE || rule_of(a) == TQ_TO_ALL;
}

const void *wb_effect_formula(const wb_book *book)
{
    const tq_analysis *a = book->a;

    for (size_t j = 0; a->measure && j < sizeof effects / sizeof *effects; j++) {
        size_t fitting = 0;

        if (strcmp(effects[j].measure, a->measure->code) != 0 ||
            !zero_rule_has_formula(a, &effects[j])) {
            continue;
        }
        for (size_t i = 0; i < a->k; i++) {
            inputs in;

            gather(a, i, &in);
            fitting += (size_t)fits(&effects[j], &in, &a->study[i]);
        }
        if (2 * fitting > a->k) {
            return &effects[j];
        }
    }
    return NULL;
}

/* ---- formulas -------------------------------------------------------------------------------- */

static const char *cell_called(wb_book *book, size_t name, lxw_row_t row)
{
    const wb_study_columns *c = &book->studies;
    const tq_raw_column *raw = name < ADD ? raw_called(book->a, names[name]) : NULL;
    char cell[LXW_MAX_CELL_NAME_LENGTH];

    if (name == ADD && c->added == 0) {
        return "0";
    }
    book->xlsx->lxw_rowcol_to_cell(cell, row,
                                   name == YI    ? c->yi
                                   : name == ADD ? c->added
                                   : raw         ? c->raw[raw - book->a->raw]
                                                 : 0);
    return wb_format(book, "%s", cell);
}

/* The expression with cells for names. */
static const char *in_cells(wb_book *book, const char *text, lxw_row_t row)
{
    const char *done = "";

    while (*text) {
        const size_t n = strcspn(text, "abcdefghijklmnopqrstuvwxyz"),
                     m = n + strspn(text + n, "abcdefghijklmnopqrstuvwxyz0123456789");
        const char *cell = "";

        for (size_t j = 0; j < N_NAMES; j++) {
            if (strlen(names[j]) == m - n && strncmp(names[j], text + n, m - n) == 0) {
                cell = cell_called(book, j, row);
            }
        }
        done = wb_format(book, "%s%.*s%s", done, (int)n, text, cell);
        text += m;
    }
    return done;
}

wb_effect_cells wb_effect_cells_of(wb_book *book, size_t i, lxw_row_t row)
{
    const struct effect_formula *e = book->effect_formula;
    const tq_analysis *a = book->a;
    inputs in;

    if (!e) {
        return (wb_effect_cells){NULL, NULL};
    }
    gather(a, i, &in);
    if (!fits(e, &in, &a->study[i])) {
        return (wb_effect_cells){NULL, NULL};
    }
    return (wb_effect_cells){
        wb_format(book, "IFERROR(%s,\"NE\")", in_cells(book, e->yi, row)),
        wb_format(book, "IFERROR(%s,\"NE\")", in_cells(book, e->vi, row)),
    };
}

int wb_effect_has_increment(const wb_book *book)
{
    const struct effect_formula *e = book->effect_formula;

    return e && e->which != NO_ZEROS && increment_of(book->a) > 0.0 &&
           rule_of(book->a) != TQ_TO_NONE;
}

const char *wb_effect_increment(wb_book *book, lxw_row_t row)
{
    const struct effect_formula *e = book->effect_formula;
    const double add = increment_of(book->a);

    if (rule_of(book->a) == TQ_TO_ALL) {
        return wb_format(book, "%.17g", add);
    }
    return wb_format(book, "IF(%s,%.17g,0)", in_cells(book, zero_tests[e->which], row), add);
}
