/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The section of the plain-text report with the named tests that some methods have. */
#include "report/analysis_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

int report_statistics(const report *r)
{
    static const char *const heads[] = {"Test", "", "Chi-square", "df", "p"};
    analysis_statistic s[ANALYSIS_STATISTICS];
    const size_t n = r->a->levels_only ? 0 : analysis_statistics(r->a, s);
    text_table *t = n ? text_table_new(5, heads) : NULL;
    char text[REPORT_CELL];

    if (n == 0 || !t) {
        return n == 0;
    }
    text_table_left(t, 1);
    text_table_title(t, "Tests of the method");
    for (size_t i = 0; i < n; i++) {
        text_table_cell(t, 0, s[i].name);
        text_table_cell(t, 1, s[i].meaning);
        text_table_cell(t, 2, report_number(text, s[i].value.stat, r->opt->digits));
        text_table_cell(t, 3, report_number(text, s[i].value.df, 0));
        text_table_cell(t, 4, tq_format_p(text, sizeof text, s[i].value.pval, 4));
        text_table_end_row(t);
    }
    tq_buffer_text(r->out, "\n");
    return report_table(r, t);
}
