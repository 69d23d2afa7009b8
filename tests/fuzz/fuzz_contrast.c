/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a contrast and as a list of columns of one model with a factor, a number and a polynomial. */
#include "fuzz/fuzz.h"
#include "moderators/contrasts.h"

enum { K = 9, P = 16 };

static const double number[K] = {2.5, 40, 3.25, 0, 12, 7.5, 40, 19, -3};
static const char *const text[K] = {"AD", "B - M", "AD", "UC", "B - M", "B - M", "UC", "AD", "UC"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const line = fuzz_text(data, size);
    tq_arena *const arena = tq_arena_new();
    const tq_variable variable[] = {{"source", NULL, text}, {"dose", number, NULL}};
    tq_formula formula;
    tq_design *design;
    tq_error err = {0};
    double c[P], rhs;
    size_t column[P], n;

    if (line && arena &&
        tq_formula_parse("~ source + poly(dose, 2) + source:dose", arena, &formula, &err) ==
            TQ_OK &&
        tq_design_build(&formula, K, variable, arena, &design, &err) == TQ_OK && design->p <= P) {
        tq_contrast_parse(design, variable, TQ_MARGINAL_EQUAL, line, c, &rhs, &err);
        tq_contrast_parse(design, variable, TQ_MARGINAL_PROPORTIONAL, line, c, &rhs, &err);
        tq_columns_parse(design, line, column, &n, &err);
    }
    tq_arena_free(arena);
    free(line);
    return 0;
}
