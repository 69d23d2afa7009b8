/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a formula of --mods, and what follows a line break as values of --newmods. */
#include "fuzz/fuzz.h"
#include "moderators/formula.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = fuzz_text(data, size), *const line = text ? strchr(text, '\n') : NULL;
    tq_arena *const arena = tq_arena_new();
    tq_formula formula;
    tq_newmods values;
    tq_error err;

    if (text && arena) {
        if (line) {
            *line = '\0';
        }
        if (tq_formula_parse(text, arena, &formula, &err) == TQ_OK && line) {
            tq_newmods_parse(line + 1, &formula, arena, &values, &err);
        }
    }
    tq_arena_free(arena);
    free(text);
    return 0;
}
