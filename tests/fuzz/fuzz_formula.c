/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a formula of --mods, what follows a line break as values of --newmods; what parses is
   built over a few studies and evaluated at the values. */
#include <math.h>

#include "fuzz/fuzz.h"
#include "moderators/design.h"

enum { K = 9, MOST = 200 };

static const double number[K] = {2.5, 40, 3.25, 0, 12, 7.5, 40, 19, -3};
static const char *const text[K] = {"AD", "BM", "AD", "UC", "BM", "BM", "UC", "AD", "UC"};

/* Variables with which the formula computes are numbers, every other one of the rest texts. */
static void build(const tq_formula *formula, const tq_newmods *values, tq_arena *arena)
{
    tq_variable variable[MOST];
    tq_value value[MOST];
    double x[K];
    tq_design *design;
    tq_error err = {0};

    for (size_t j = 0; j < formula->n_variables; j++) {
        const int is_number = formula->number[j] || j % 2 == 0;

        variable[j] =
            (tq_variable){formula->variable[j], is_number ? number : NULL, is_number ? NULL : text};
    }
    if (tq_design_build(formula, K, variable, arena, &design, &err) != TQ_OK) {
        return;
    }
    for (size_t s = 0; values && s < values->n; s++) {
        for (size_t j = 0; j < formula->n_variables; j++) {
            value[j] =
                (tq_value){formula->variable[j], values->value[s * formula->n_variables + j], NAN};
        }
        tq_design_row(design, formula->n_variables, value, x, &err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const line = fuzz_text(data, size), *const second = line ? strchr(line, '\n') : NULL;
    tq_arena *const arena = tq_arena_new();
    tq_formula formula;
    tq_newmods values;
    tq_error err = {0};

    if (line && arena) {
        if (second) {
            *second = '\0';
        }
        if (tq_formula_parse(line, arena, &formula, &err) == TQ_OK) {
            const int given =
                second && tq_newmods_parse(second + 1, &formula, arena, &values, &err) == TQ_OK;

            build(&formula, given ? &values : NULL, arena);
        }
    }
    tq_arena_free(arena);
    free(line);
    return 0;
}
