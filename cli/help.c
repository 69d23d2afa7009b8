/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, printed from the tables of commands, options and methods. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

void cli_help(tq_buffer *out)
{
    tq_buffer_text(out,
                   "tausq " TQ_VERSION ": meta-analysis from an extraction sheet to the paper\n\n"
                   "usage: tausq COMMAND [DATA] [options]\n\ncommands:\n");
    for (const cli_command *const *c = cli_commands; *c; c++) {
        tq_buffer_format(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    }
    tq_buffer_text(
        out,
        "\nDATA is a file (.csv .tsv, these also .gz; .xlsx, FILE.xlsx#Sheet; .zip, RevMan's or\n"
        "with one CSV; .rm5; .dta .sav .zsav .por .sas7bdat .xpt), @NAME (a data set that ships\n"
        "with the program: tausq data list), or - for CSV on standard input.\n"
        "tausq COMMAND --help tells a command's options.\n\n"
        "exit status: 0 done; 1 the data cannot be analysed; 2 wrong usage or unreadable DATA;\n"
        "3 output could not be written; 4 validate found a deviation; 130 interrupted\n");
}

static void option_rows(const cli_option *row, tq_buffer *out)
{
    for (; row->name; row++) {
        char left[48];

        snprintf(left, sizeof left, "--%s %s", row->name, row->value ? row->value : "");
        tq_buffer_format(out, "  %-26s %s\n", left, row->help);
    }
}

/* The rows of a table of the library. */
static void named_rows(const char *title, cli_names *name, cli_names *summary, tq_buffer *out)
{
    int width = 8;

    for (size_t i = 0; name(i); i++) {
        const int length = (int)strlen(name(i));

        width = length > width ? length : width;
    }
    tq_buffer_format(out, "\n%s\n", title);
    for (size_t i = 0; name(i); i++) {
        tq_buffer_format(out, "  %-*s %s\n", width, name(i), summary(i));
    }
}

static void key_rows(const char *title, const tq_yaml_key *key, tq_buffer *out)
{
    tq_buffer_format(out, "\n%s\n", title);
    for (; key->name; key++) {
        tq_buffer_format(out, "  %-14s %s\n", key->name, key->help ? key->help : "");
    }
}

static void plan_keys(tq_buffer *out)
{
    key_rows("keys of a plan", tq_plan_keys, out);
    key_rows("keys of an analysis, beside the options of effects, pool and mv by name",
             tq_plan_analysis_keys, out);
    key_rows("sensitivity, a list or map of", tq_plan_sensitivity_keys, out);
    key_rows("bias, a list or map of tests (tausq bias --list) and", tq_plan_bias_keys, out);
}

static int has_option(const cli_option *row, const char *name)
{
    while (row->name && strcmp(row->name, name) != 0) {
        row++;
    }
    return row->name != NULL;
}

void cli_command_help(const cli_command *command, tq_buffer *out)
{
    tq_buffer_format(out, "usage: tausq %s %s\n\n%s\n", command->name, command->synopsis,
                     command->summary);
    if (command->details) {
        tq_buffer_format(out, "\n%s\n", command->details);
    }
    for (const cli_group *g = command->groups; g->title; g++) {
        tq_buffer_format(out, "\n%s\n", g->title);
        option_rows(g->row, out);
        if (g->row == cli_plot_kind_options) {
            named_rows("kinds", tq_plot_pooled_name, tq_plot_summary, out);
        }
        if (g->row == cli_plan_file_options) {
            plan_keys(out);
        }
        if (has_option(g->row, "theme")) {
            named_rows("themes", tq_theme_name, tq_theme_summary, out);
        }
        if (g->row == cli_model_options) {
            tq_buffer_text(out, "\nmethods\n");
            for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
                tq_buffer_format(out, "  %-6s %s: %s\n", tq_method_name(m), tq_method_label(m),
                                 tq_method_source(m));
            }
        }
    }
}
