/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tausq-mpi: `tausq batch` on many machines. Each rank makes its part (--shard) as the program does; then
 * rows go to the rank whose stretch of the output they belong to, and all write into one file.
 */
#if __has_include(<mpi.h>)

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <mpi.h>

#include "frame/stream/bgzip.h"
#include "tausq.h"

/* main() of the program, compiled under this name. */
int tausq_main(int argc, char **argv);

enum { SAMPLES = 64, EXIT_DATA = 1, EXIT_USAGE = 2, EXIT_OUTPUT = 3, MOST_ARGUMENTS = 2048 };

static int rank, ranks;

/* ---- the command line ---- */

struct line {
    char *argument[MOST_ARGUMENTS]; /* what each rank runs */
    int n;
    const char *output, *json;
    int quiet, threads, alone; /* alone: nothing to share out, rank 0 runs it */
};

/* The value of an option that may stand behind '=' or in the next argument; NULL: another option. */
static const char *value_of(const char *option, int argc, char **argv, int *i)
{
    const size_t n = strlen(option);

    if (strncmp(argv[*i], option, n) != 0) {
        return NULL;
    }
    if (argv[*i][n] == '=') {
        return argv[*i] + n + 1;
    }
    return argv[*i][n] == '\0' && *i + 1 < argc ? argv[++*i] : NULL;
}

static void read_line(int argc, char **argv, struct line *l)
{
    static const char *const by_one[] = {"--help", "--list", "--merge", "--metal", "--shard"};

    l->alone = argc < 3 || strcmp(argv[1], "batch") != 0 || argc > MOST_ARGUMENTS - 8;
    for (int i = 0; i < argc && !l->alone; i++) {
        const char *value;

        for (size_t j = 0; j < sizeof by_one / sizeof *by_one; j++) {
            l->alone = l->alone || strncmp(argv[i], by_one[j], strlen(by_one[j])) == 0;
        }
        if ((value = value_of("-o", argc, argv, &i)) ||
            (value = value_of("--output", argc, argv, &i))) {
            l->output = value;
        } else if ((value = value_of("--json", argc, argv, &i))) {
            l->json = value;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            l->quiet = 1;
        } else {
            l->threads = l->threads || strncmp(argv[i], "--threads", 9) == 0;
            l->argument[l->n++] = argv[i];
        }
    }
}

/* ---- a rank's part ---- */

/* Run the program with what it says on standard error kept back; its exit status. */
static int run_part(struct line *l, char *part, char *shard, FILE *said)
{
    static char option_shard[] = "--shard", option_o[] = "-o", option_quiet[] = "--quiet",
                option_threads[] = "--threads", one[] = "1";
    const int saved = dup(STDERR_FILENO);

    l->argument[l->n++] = option_shard;
    l->argument[l->n++] = shard;
    l->argument[l->n++] = option_o;
    l->argument[l->n++] = part;
    l->argument[l->n++] = option_quiet;
    if (!l->threads) {
        l->argument[l->n++] = option_threads;
        l->argument[l->n++] = one;
    }
    l->argument[l->n] = NULL;
    fflush(stderr);
    if (said && saved >= 0) {
        dup2(fileno(said), STDERR_FILENO);
    }
    const int status = tausq_main(l->n, l->argument);

    fflush(stderr);
    if (saved >= 0) {
        dup2(saved, STDERR_FILENO);
        close(saved);
    }
    return status;
}

/* Whether it is well with all ranks: what one of them leaves alone, the others would wait for. */
static int all_well(int ok)
{
    MPI_Allreduce(MPI_IN_PLACE, &ok, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return ok;
}

/* What the first rank that failed had to say. */
static void tell(FILE *said, int status, int worst)
{
    int first = status == worst ? rank : ranks;
    char block[4096];
    size_t n;

    MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (said && first == rank) {
        rewind(said);
        while ((n = fread(block, 1, sizeof block, said)) > 0) {
            fwrite(block, 1, n, stderr);
        }
    }
}

/* ---- rows ---- */

struct rows {
    char *text;
    size_t size;
};

struct row {
    uint64_t place;
    size_t order;
    const char *text; /* behind the tab */
    size_t size;
};

static int read_file(const char *path, struct rows *out)
{
    FILE *file = fopen(path, "rb");
    long size = -1;

    if (file && fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
    }
    out->text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    out->size = out->text ? fread(out->text, 1, (size_t)size, file) : 0;
    if (file) {
        fclose(file);
    }
    return out->text && out->size == (size_t)size;
}

static const char *line_end(const char *p, const char *end)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));

    return newline ? newline + 1 : end;
}

/* Rows to the front, lines of '#' into said. */
static void part_lines(struct rows *r, tq_buffer *said)
{
    const char *p = r->text, *const end = r->text + r->size;
    char *to = r->text;

    while (p < end) {
        const char *const next = line_end(p, end);

        if (*p == '#') {
            tq_buffer_append(said, p, (size_t)(next - p));
        } else {
            memmove(to, p, (size_t)(next - p));
            to += next - p;
        }
        p = next;
    }
    r->size = (size_t)(to - r->text);
}

static size_t count_rows(const struct rows *r)
{
    size_t n = 0;

    for (const char *p = r->text, *end = p + r->size; p < end; p = line_end(p, end)) {
        n++;
    }
    return n;
}

static struct row *list_rows(const struct rows *r, size_t *n)
{
    const char *const end = r->text + r->size;
    struct row *row;
    size_t i = 0;

    *n = count_rows(r);
    row = malloc((*n ? *n : 1) * sizeof *row);
    for (const char *p = r->text; row && p < end; i++) {
        const char *const next = line_end(p, end);
        char *tab;

        row[i].place = strtoull(p, &tab, 10);
        row[i].order = i;
        row[i].text = tab + 1;
        row[i].size = (size_t)(next - tab) - 1;
        p = next;
    }
    return row;
}

static int by_place(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return x->place != y->place ? (x->place > y->place ? 1 : -1)
                                : (x->order > y->order) - (x->order < y->order);
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Places that divide all rows evenly among the ranks: [ranks - 1]. */
static void find_splitters(const struct row *row, size_t n, uint64_t *splitter)
{
    uint64_t mine[SAMPLES], *all = malloc((size_t)ranks * sizeof mine);

    for (size_t i = 0; i < SAMPLES; i++) {
        mine[i] = n > 0 ? row[i * n / SAMPLES].place : UINT64_MAX;
    }
    if (!all) {
        MPI_Abort(MPI_COMM_WORLD, EXIT_DATA);
    } else {
        MPI_Allgather(mine, SAMPLES, MPI_UINT64_T, all, SAMPLES, MPI_UINT64_T, MPI_COMM_WORLD);
        qsort(all, (size_t)ranks * SAMPLES, sizeof *all, by_value);
        for (int i = 1; i < ranks; i++) {
            splitter[i - 1] = all[i * SAMPLES];
        }
        free(all);
    }
}

/* Bytes that go to each rank: rows are in the order of their places. 0: more than MPI counts. */
static int find_counts(const struct rows *r, const struct row *row, size_t n,
                       const uint64_t *splitter, int *count)
{
    const char *begin = r->text;
    size_t i = 0;

    for (int to = 0; to < ranks; to++) {
        while (i < n && (to == ranks - 1 || row[i].place < splitter[to])) {
            i++;
        }
        const char *stop = r->text + r->size;

        if (i < n) { /* back to where that row's place begins */
            stop = row[i].text - 1;
            while (stop > r->text && stop[-1] != '\n') {
                stop--;
            }
        }
        if (stop - begin > INT_MAX) {
            return 0;
        }
        count[to] = (int)(stop - begin);
        begin = stop;
    }
    return 1;
}

/* Every row to the rank whose stretch it is in. */
static int exchange(struct rows *r)
{
    int *count = calloc((size_t)ranks * 4, sizeof *count);
    uint64_t *splitter = calloc((size_t)ranks, sizeof *splitter);
    size_t n = 0, total = 0;
    struct row *row = list_rows(r, &n);
    int ok = all_well(count && splitter && row);

    if (ok) {
        int *const from = count + ranks, *const at = from + ranks, *const put = at + ranks;

        find_splitters(row, n, splitter);
        ok = find_counts(r, row, n, splitter, count);
        MPI_Alltoall(count, 1, MPI_INT, from, 1, MPI_INT, MPI_COMM_WORLD);
        for (int i = 0; i < ranks; i++) {
            at[i] = i ? at[i - 1] + count[i - 1] : 0;
            put[i] = (int)total;
            total += (size_t)from[i];
        }
        ok = ok && total <= INT_MAX;
        char *text = ok ? malloc(total + 1) : NULL;

        ok = all_well(text != NULL);
        if (ok) {
            MPI_Alltoallv(r->text, count, at, MPI_CHAR, text, from, put, MPI_CHAR, MPI_COMM_WORLD);
            free(r->text);
            *r = (struct rows){text, total};
        } else {
            free(text);
        }
    }
    free(row);
    free(splitter);
    free(count);
    return ok;
}

/* ---- the output ---- */

/* The rows of this rank's stretch as they are printed. */
static int print_rows(const struct rows *r, const tq_batch_parts *parts, int packed, tq_buffer *out)
{
    size_t n = 0;
    struct row *row = list_rows(r, &n);
    tq_buffer text = {0};

    if (!row) {
        return 0;
    }
    qsort(row, n, sizeof *row, by_place);
    if (rank == 0) {
        tq_buffer_text(&text, parts->header);
    }
    for (size_t i = 0; i < n; i++) {
        tq_buffer_append(&text, row[i].text, row[i].size);
    }
    free(row);
    if (!packed) {
        *out = text;
        return !text.failed;
    }
    const int ok =
        !text.failed && (text.size == 0 || tq_bgzip_pack(text.data, text.size, out, NULL) == TQ_OK);

    if (rank == ranks - 1) {
        tq_bgzip_end(out);
    }
    tq_buffer_free(&text);
    return ok && !out->failed;
}

/* All ranks into one file, which takes its name when it is whole. */
static int write_output(const char *path, const tq_buffer *bytes)
{
    const uint64_t block = 1 << 30;
    uint64_t size = bytes->size, begin = 0, most = size;
    char temporary[4096];
    MPI_File file;
    int ok = snprintf(temporary, sizeof temporary, "%s.tausq-mpi", path) < (int)sizeof temporary;

    ok = ok && MPI_File_open(MPI_COMM_WORLD, temporary, MPI_MODE_CREATE | MPI_MODE_WRONLY,
                             MPI_INFO_NULL, &file) == MPI_SUCCESS;
    if (!ok) {
        return 0;
    }
    ok = MPI_File_set_size(file, 0) == MPI_SUCCESS;
    MPI_Exscan(&size, &begin, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    begin = rank == 0 ? 0 : begin;
    MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    for (uint64_t done = 0; done < most; done += block) {
        const uint64_t from = done < size ? done : size;
        const uint64_t n = size - from < block ? size - from : block;

        ok = MPI_File_write_at_all(file, (MPI_Offset)(begin + from),
                                   bytes->data ? bytes->data + from : "", (int)n, MPI_CHAR,
                                   MPI_STATUS_IGNORE) == MPI_SUCCESS &&
             ok;
    }
    ok = all_well(MPI_File_close(&file) == MPI_SUCCESS && ok);
    if (rank == 0) {
        ok = ok && rename(temporary, path) == 0;
        if (!ok) {
            unlink(temporary);
        }
    }
    MPI_Bcast(&ok, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return ok;
}

/* ---- what the ranks say of their parts ---- */

static int gather_parts(const tq_buffer *said, tq_batch_parts *parts, tq_error *err)
{
    int size = (int)said->size, total = 0, ok = 1;
    int *sizes = calloc((size_t)ranks * 2, sizeof *sizes);
    char *all = NULL;

    if (!sizes) {
        MPI_Abort(MPI_COMM_WORLD, EXIT_DATA);
        return 0;
    }
    MPI_Gather(&size, 1, MPI_INT, sizes, 1, MPI_INT, 0, MPI_COMM_WORLD);
    for (int i = 0; rank == 0 && i < ranks; i++) {
        sizes[ranks + i] = total;
        total += sizes[i];
    }
    all = malloc((size_t)total + 1);
    if (!all_well(all != NULL && !said->failed)) {
        free(all);
        free(sizes);
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        return 0;
    }
    MPI_Gatherv(said->data, size, MPI_CHAR, all, sizes, sizes + ranks, MPI_CHAR, 0, MPI_COMM_WORLD);
    for (const char *p = all, *end = all + total; rank == 0 && ok && p < end;) {
        const char *const next = line_end(p, end);

        ok = tq_batch_parts_line(parts, p, (size_t)(next - p) - 1, err) == TQ_OK;
        p = next;
    }
    ok = ok && (rank != 0 || tq_batch_parts_check(parts, err) == TQ_OK);
    free(all);
    free(sizes);
    MPI_Bcast(&ok, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return ok;
}

static int report(const struct line *l, tq_batch_parts *parts)
{
    const tq_batch_spec spec = {.model = parts->model, .n_models = parts->n_models, .shards = 1};
    const tq_batch_provenance provenance = {.command_line = parts->command,
                                            .output = l->output,
                                            .problem = parts->problem,
                                            .scheme = *parts->scheme ? parts->scheme : NULL,
                                            .min_weight = parts->min_weight};
    tq_buffer text = {0}, json = {0};
    int ok = 1;

    tq_batch_text(&parts->summary, &spec, &provenance, &text);
    if (l->json) {
        FILE *file = fopen(l->json, "wb");

        ok = file && tq_batch_json(&parts->summary, &spec, &provenance, &json, NULL) == TQ_OK &&
             fwrite(json.data, json.size, 1, file) == 1;
        ok = file && fclose(file) == 0 && ok;
    }
    if (!l->quiet && text.data) {
        fputs(text.data, stdout);
    }
    tq_buffer_free(&json);
    tq_buffer_free(&text);
    return ok;
}

/* ---- the run ---- */

static int fail(int status, const char *what)
{
    if (rank == 0) {
        fprintf(stderr, "tausq: error: %s\n", what);
    }
    return status;
}

static int ends_in(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);

    return n > m && strcasecmp(path + n - m, end) == 0;
}

static int join_parts(const struct line *l, const char *part)
{
    const int packed = ends_in(l->output, ".gz") || ends_in(l->output, ".bgz");
    struct rows rows = {0};
    tq_buffer said = {0}, out = {0};
    tq_batch_parts parts = {0};
    tq_error err = {.status = TQ_OK};
    int ok = all_well(read_file(part, &rows)), status = 0;

    unlink(part);
    if (!ok) {
        status = fail(EXIT_OUTPUT, "parts cannot be read back");
    } else {
        part_lines(&rows, &said);
        if (!gather_parts(&said, &parts, &err)) {
            status = fail(EXIT_DATA, err.message);
        } else if (!exchange(&rows)) {
            status = fail(EXIT_DATA,
                          "out of memory, or more than 2 GiB of rows for a rank: use more ranks");
        } else {
            ok = all_well(print_rows(&rows, &parts, packed, &out)) && write_output(l->output, &out);
            status = ok ? 0 : fail(EXIT_OUTPUT, "the output cannot be written");
        }
    }
    if (status == 0 && rank == 0 && !report(l, &parts)) {
        status = fail(EXIT_OUTPUT, "the report cannot be written");
    }
    tq_batch_parts_free(&parts);
    tq_buffer_free(&said);
    tq_buffer_free(&out);
    free(rows.text);
    return status;
}

static int run(struct line *l)
{
    char part[4096], shard[64];
    const char *const slash = strrchr(l->output, '/');
    const int folder = slash ? (int)(slash - l->output) + 1 : 0;
    const char *const extension = ends_in(l->output, ".csv") || ends_in(l->output, ".csv.gz") ||
                                          ends_in(l->output, ".csv.bgz")
                                      ? "csv"
                                      : "tsv";
    FILE *said = tmpfile();

    snprintf(shard, sizeof shard, "%d/%d", rank + 1, ranks);
    if (snprintf(part, sizeof part, "%.*s.%s-part-%d-of-%d.%s", folder, l->output,
                 l->output + folder, rank + 1, ranks, extension) >= (int)sizeof part) {
        return fail(EXIT_USAGE, "the path of the output is too long");
    }
    const int status = run_part(l, part, shard, said);
    int worst = status;

    MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (worst != 0) {
        tell(said, status, worst);
        unlink(part);
    }
    if (said) {
        fclose(said);
    }
    return worst != 0 ? worst : join_parts(l, part);
}

int main(int argc, char **argv)
{
    static struct line l;
    int status = 0;

    if (MPI_Init(&argc, &argv) != MPI_SUCCESS) {
        return EXIT_USAGE;
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    read_line(argc, argv, &l);
    if (l.alone || ranks == 1) {
        status = rank == 0 ? tausq_main(argc, argv) : 0;
        MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
    } else if (!l.output) {
        status = fail(EXIT_USAGE, "tausq-mpi batch needs -o FILE");
    } else {
        status = run(&l);
    }
    MPI_Finalize();
    return status;
}

#else
/* Built by `make mpi` alone. */
typedef int tausq_without_mpi;
#endif
