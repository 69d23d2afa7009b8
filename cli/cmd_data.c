/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tausq data: the data sets that ship with the program. */
#include <string.h>

#include "cli.h"
#include "shipped.h"

static tq_status list_all(tq_buffer *out)
{
    tq_shipped set;

    for (size_t i = 0; tq_shipped_at(i, &set); i++) {
        tq_buffer_format(out, "%-22.*s %4zu rows  %.*s\n", (int)set.name.size, set.name.bytes,
                         tq_shipped_rows(&set), (int)set.title.size, set.title.bytes);
    }
    return TQ_OK;
}

static tq_status find(const char *name, tq_shipped *set, tq_error *err)
{
    char nearest[64];

    if (!name) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "which data set? see: tausq data list");
    }
    name += *name == '@';
    if (tq_shipped_find(name, set)) {
        return TQ_OK;
    }
    return tq_shipped_nearest(name, nearest, sizeof nearest)
               ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no data set '%.60s'; did you mean '%s'?",
                         name, nearest)
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "no data set '%.60s'; see: tausq data list", name);
}

static tq_status run(const cli_args *args, const char *command_line, tq_error *err)
{
    const char *verb = args->data ? args->data : "list";
    tq_buffer out = {0};
    tq_shipped set;
    tq_status status = TQ_OK;

    (void)command_line;
    if (strcmp(verb, "list") == 0 && args->extra) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "unexpected argument '%.80s'; see: tausq "
                         "data show NAME",
                         args->extra);
    } else if (strcmp(verb, "list") == 0) {
        status = list_all(&out);
    } else if (strcmp(verb, "show") == 0 || strcmp(verb, "export") == 0) {
        status = find(args->extra, &set, err);
        if (status == TQ_OK) {
            const tq_span part = verb[0] == 's' ? set.description : set.csv;

            tq_buffer_append(&out, part.bytes, part.size);
        }
    } else {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "unknown '%.40s'; valid are list, show NAME, export NAME [-o FILE]", verb);
    }
    status = status == TQ_OK ? cli_deliver(args, &out, NULL, err) : status;
    tq_buffer_free(&out);
    return status;
}

static const cli_option data_options[] = {
    {"output", "FILE", CLI_ONCE, "write to a file (also -o)", 1},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

static const cli_group groups[] = {
    {"data", data_options},
    {"common", cli_common_options},
    {NULL, NULL},
};

const cli_command cmd_data = {
    "data",
    "list | show NAME | export NAME [-o FILE]",
    "the data sets that ship with the program",
    NULL,
    groups,
    run,
};
