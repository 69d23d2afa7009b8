/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run took over from another system, in the report and in JSON. */
#include <stdio.h>

#include "report/json_internal.h"
#include "report/page/page_internal.h"

int page_compatibility(page *p, const tq_compatibility *c)
{
    static const char *const heads[] = {"Option", "Ours", "Theirs", "Status", "Source"};
    char title[PAGE_TITLE];
    text_table *t = c ? text_table_new(5, heads) : NULL;

    if (!t) {
        return !c;
    }
    for (size_t column = 1; column < 5; column++) {
        text_table_left(t, column);
    }
    for (size_t i = 0; i < c->n_changed; i++) {
        const tq_compat_default *row = c->changed[i];
        char option[64];

        snprintf(option, sizeof option, "--%s", row->option);
        text_table_cell(t, 0, option);
        text_table_cell(t, 1, row->ours);
        text_table_cell(t, 2, row->theirs);
        text_table_cell(t, 3, tq_compat_status(row));
        text_table_cell(t, 4, row->source);
        text_table_end_row(t);
    }
    snprintf(title, sizeof title, "Compatibility: defaults of %s (%s)", c->system->label,
             c->system->version);
    tq_buffer_text(p->lines, "\n");
    page_heading(p, title);
    if (c->n_changed > 0) {
        page_table(p, t);
    } else {
        tq_buffer_text(p->lines, "No default that counts here differs, or options given decide.\n");
    }
    tq_buffer_text(p->lines, "Beyond that, or by other options:\n");
    for (size_t i = 0; i < c->system->n_not_done; i++) {
        tq_buffer_text(p->lines, "  - ");
        page_wrapped(p, c->system->not_done[i], 84, 4);
    }
    text_table_free(t);
    return 1;
}

json_t *json_compatibility(const tq_compatibility *c)
{
    json_t *changed = json_array();

    for (size_t i = 0; i < c->n_changed; i++) {
        const tq_compat_default *row = c->changed[i];

        json_array_append_new(changed, json_pack("{s:s, s:s, s:s, s:s, s:s}", "option", row->option,
                                                 "ours", row->ours, "theirs", row->theirs, "status",
                                                 tq_compat_status(row), "source", row->source));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "system", c->system->name, "name",
                     c->system->label, "version", c->system->version, "changed", changed,
                     "not_done", json_texts(c->system->not_done, c->system->n_not_done));
}
