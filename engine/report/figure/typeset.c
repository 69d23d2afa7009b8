/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as printers set them. */
#include "report/figure/typeset_internal.h"

#include <string.h>

const char *typeset_minus(tq_arena *arena, const char *number)
{
    const char *const hyphen = strchr(number, '-');

    if (!hyphen) {
        return tq_arena_text(arena, number);
    }
    const char *const rest = typeset_minus(arena, hyphen + 1);

    return rest ? tq_arena_format(arena, "%.*s\u2212%s", (int)(hyphen - number), number, rest)
                : NULL;
}
