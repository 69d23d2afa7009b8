/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: find the command in the table, run it, tell what went wrong in one line. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <cblas.h>

#include "cli.h"
#include "core/names.h"

const cli_command *const cli_commands[] = {
    &cmd_effects,   &cmd_aggregate, &cmd_pool,     &cmd_mv,         &cmd_loo,
    &cmd_cumul,     &cmd_influence, &cmd_gosh,     &cmd_multiverse, &cmd_tsa,
    &cmd_permute,   &cmd_bias,      &cmd_trimfill, &cmd_failsafe,   &cmd_selmodel,
    &cmd_limitmeta, &cmd_copas,     &cmd_pcurve,   &cmd_puniform,   &cmd_svalue,
    &cmd_plot,      &cmd_batch,     &cmd_simulate, &cmd_run,        &cmd_check,
    &cmd_data,      &cmd_validate,  NULL};

int cli_exit_status(tq_status status)
{
    static const int statuses[TQ_STATUS_COUNT] = {
        [TQ_OK] = 0,    [TQ_EINVAL] = 2, [TQ_EDATA] = 1,   [TQ_ENOCONV] = 1,  [TQ_ENOMEM] = 1,
        [TQ_EREAD] = 2, [TQ_EWRITE] = 3, [TQ_EINTR] = 130, [TQ_EDEVIATE] = 4,
    };

    return (unsigned)status < TQ_STATUS_COUNT ? statuses[status] : 1;
}

static const char *command_at(const void *table, size_t i)
{
    const cli_command *const *commands = table;

    return commands[i] ? commands[i]->name : NULL;
}

static tq_status find_command(const char *name, const cli_command **out, tq_error *err)
{
    for (const cli_command *const *c = cli_commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0) {
            *out = *c;
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(name, command_at, cli_commands);

    return nearest ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "unknown command '%.60s'; did you mean '%s'?", name, nearest)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "unknown command '%.60s'; see tausq --help", name);
}

/* ---- the command as recorded ---- */

/* A shell word; quoted where the shell would read it otherwise. */
static void shell_word(tq_buffer *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./_-";

    tq_buffer_text(out, " ");
    if (*word && !word[strspn(word, plain)]) {
        tq_buffer_text(out, word);
        return;
    }
    tq_buffer_text(out, "'");
    for (; *word; word++) {
        if (*word == '\'') {
            tq_buffer_text(out, "'\\''");
        } else {
            tq_buffer_append(out, word, 1);
        }
    }
    tq_buffer_text(out, "'");
}

void cli_record(const char *command, const cli_args *args, tq_buffer *out)
{
    tq_buffer_format(out, "tausq %s", command);
    for (size_t i = 0; i < args->n_places; i++) {
        shell_word(out, args->place[i]);
    }
    for (size_t i = 0; i < args->n; i++) {
        const cli_option *o = args->given[i].option;

        if (!o->output) {
            tq_buffer_format(out, " --%s", o->name);
            if (o->kind != CLI_FLAG) {
                shell_word(out, args->given[i].value);
            } else if (!args->given[i].value) {
                tq_buffer_text(out, "=no");
            }
        }
    }
}

/* ---- running ---- */

static tq_status print(tq_buffer *text, tq_error *err)
{
    cli_output *out = cli_output_new();
    tq_status status = out ? tq_buffer_status(text, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    status = status == TQ_OK ? cli_commit(out, text, err) : status;

    cli_output_free(out);
    return status;
}

static int takes_many(const cli_command *command)
{
    return strstr(command->synopsis, "...") != NULL;
}

static tq_status read_command(int argc, const char *const *argv, const cli_command **command,
                              cli_args *args, tq_error *err)
{
    tq_status status = find_command(argv[0], command, err);

    if (status == TQ_OK) {
        status = cli_parse(argc - 1, argv + 1, (*command)->groups, args, err);
    }
    if (status == TQ_OK && args->n_places > 2 && !takes_many(*command)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unexpected argument '%.80s'; names with spaces need quotes",
                       args->place[2]);
    }
    return status == TQ_OK && !cli_value(args, "help") ? cli_check_paths(args, err) : status;
}

/* Carry it out, with its command line as the record. */
static tq_status carry_out(const cli_command *command, cli_args *args, tq_error *err)
{
    tq_buffer text = {0};

    cli_record(command->name, args, &text);
    tq_status status = tq_buffer_status(&text, err);

    status = status == TQ_OK ? cli_apply_compat(command, args, err) : status;
    status = status == TQ_OK ? command->run(args, text.data, err) : status;
    tq_buffer_free(&text);
    return status;
}

tq_status cli_run_within(int argc, const char *const *argv, tq_buffer *out, tq_error *err)
{
    const cli_command *command = NULL;
    cli_args args;
    tq_status status = read_command(argc, argv, &command, &args, err);

    if (status == TQ_OK && takes_many(command)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%s' cannot run within another command",
                       command->name);
    }
    for (size_t i = 0; status == TQ_OK && i < args.n; i++) {
        const cli_option *o = args.given[i].option;

        if (o->value && strcmp(o->value, "FILE") == 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--%s: a command within another writes no files", o->name);
        }
    }
    if (status == TQ_OK) {
        cli_capture(out);
        status = carry_out(command, &args, err);
        cli_capture(NULL);
    }
    return status;
}

static tq_status run_command(int argc, const char *const *argv, tq_error *err)
{
    const cli_command *command = NULL;
    cli_args args;
    tq_buffer text = {0};
    tq_status status = read_command(argc, argv, &command, &args, err);

    if (status == TQ_OK && cli_value(&args, "help")) {
        cli_command_help(command, &text);
        status = print(&text, err);
    } else if (status == TQ_OK) {
        status = carry_out(command, &args, err);
    }
    tq_buffer_free(&text);
    return status;
}

static tq_status run_program(int argc, const char *const *argv, tq_error *err)
{
    tq_buffer text = {0};
    tq_status status;

    if (argc < 2) {
        cli_help(&text);
        fputs(text.data ? text.data : "", stderr);
        tq_buffer_free(&text);
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a command is missing");
    }
    if (strcmp(argv[1], "--version") == 0) {
        tq_buffer_text(&text, "tausq " TQ_VERSION "\n");
        status = print(&text, err);
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        cli_help(&text);
        status = print(&text, err);
    } else {
        status = run_command(argc - 1, argv + 1, err);
    }
    tq_buffer_free(&text);
    return status;
}

int main(int argc, char **argv)
{
    tq_error err = {.status = TQ_OK};

    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing, told like any other */
    openblas_set_num_threads(1);
    const tq_status status = run_program(argc, (const char *const *)argv, &err);

    if (status != TQ_OK) {
        char line[sizeof err];

        tq_error_text(&err, line, sizeof line);
        fprintf(stderr, "tausq: error: %s\n", line);
    }
    return cli_exit_status(status);
}
