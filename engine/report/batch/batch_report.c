/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a run: counts of what was read and printed. */
#include "report/batch/batch_report.h"

#include <math.h>

#include "report/json_internal.h"

static const char *const kinds[] = {
    [TQ_SOURCE_PLAIN] = "plain", [TQ_SOURCE_GZIP] = "gzip", [TQ_SOURCE_BGZIP] = "bgzip"};

typedef unsigned long long count; /* as printf takes it */

/* ---- text ---- */

static void file_counts(const tq_batch_file *f, tq_buffer *out)
{
    const struct {
        uint64_t n;
        const char *what;
    } parts[] = {
        {f->missing, "without value"},      {f->other, "left out"},
        {f->duplicates, "repeated keys"},   {f->flipped, "flipped"},
        {f->strand, "on the other strand"}, {f->palindromic, "palindromic, left out"},
        {f->mismatched, "other alleles"},   {f->bad, "bad"},
    };

    tq_buffer_format(out, "  %s: %llu lines, %llu used", f->path, (count)f->lines, (count)f->used);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n > 0) {
            tq_buffer_format(out, ", %llu %s", (count)parts[i].n, parts[i].what);
        }
    }
    if (f->n_lambda > 0) {
        tq_buffer_text(out, "; lambda ");
        tq_buffer_number(out, f->lambda, 4);
        tq_buffer_text(out, f->lambda_use == TQ_LAMBDA_CORRECTED ? ", corrected for"
                                                                 : ", not corrected for");
    } else if (f->lambda_use == TQ_LAMBDA_UNKNOWN) {
        tq_buffer_text(out, "; no row tells lambda, not corrected for");
    }
    tq_buffer_text(out, "\n");
    for (size_t i = 0; i < f->n_bad_lines; i++) {
        tq_buffer_format(out, "    line %llu: %s\n", (count)f->bad_line[i].line,
                         f->bad_line[i].reason);
    }
    if (f->bad > f->n_bad_lines) {
        tq_buffer_format(out, "    and %llu more\n", (count)(f->bad - f->n_bad_lines));
    }
}

static void model_line(const tq_batch_spec *spec, const tq_batch_provenance *p, tq_buffer *out)
{
    tq_buffer_text(out, "\nModel: ");
    for (size_t m = 0; m < spec->n_models; m++) {
        tq_buffer_format(out, "%s%s", m ? ", " : "", tq_method_name(spec->model[m].method));
    }
    tq_buffer_format(out, "; test %s, level ", tq_test_name(spec->model[0].test));
    tq_buffer_number(out, spec->model[0].level, 6);
    tq_buffer_text(out, "%");
    if (p->scheme) {
        tq_buffer_format(out, "; %s", p->scheme);
    }
    tq_buffer_text(out, "\n");
}

void tq_batch_text(const tq_batch_summary *s, const tq_batch_spec *spec,
                   const tq_batch_provenance *p, tq_buffer *out)
{
    tq_buffer_format(out, "%llu %s%s from %zu file%s\n\n", (count)s->problems, p->problem,
                     s->problems == 1 ? "" : "s", s->n_files, s->n_files == 1 ? "" : "s");
    for (size_t i = 0; i < s->n_files; i++) {
        file_counts(&s->file[i], out);
    }
    for (size_t i = 0; i < s->n_mismatches; i++) {
        tq_buffer_format(out, "  other alleles: %s: %s\n", s->mismatch[i].key,
                         s->mismatch[i].detail);
    }
    model_line(spec, p, out);
    tq_buffer_format(out, "Output: %llu row%s%s%s", (count)s->printed, s->printed == 1 ? "" : "s",
                     p->output ? " in " : "", p->output ? p->output : "");
    if (s->too_few > 0) {
        tq_buffer_format(out, "; %llu with too few studies%s left out", (count)s->too_few,
                         p->min_weight ? " or too little weight" : "");
    }
    tq_buffer_text(out, "\n");
    for (size_t i = TQ_BATCH_FITTED + 1; i < TQ_BATCH_OUTCOME_COUNT; i++) {
        if (s->outcome[i] > 0) {
            tq_buffer_format(out, "  not fitted: %llu: %s\n", (count)s->outcome[i],
                             tq_batch_outcome_text((tq_batch_outcome)i));
        }
    }
    if (s->memory > 0) {
        tq_buffer_text(out, "Held in memory: ");
        if (s->memory < 1000000) {
            tq_buffer_text(out, "less than 1");
        } else {
            tq_buffer_number(out, (double)s->memory / 1e6, 1);
        }
        tq_buffer_text(out, " MB\n");
    }
}

/* ---- JSON ---- */

static json_t *json_file(const tq_batch_file *f)
{
    json_t *doc = json_object(), *bad = json_array();

    json_object_set_new(doc, "path", json_text(f->path));
    json_object_set_new(doc, "compression", json_text(kinds[f->kind]));
    json_object_set_new(doc, "lines", json_count(f->lines));
    json_object_set_new(doc, "used", json_count(f->used));
    json_object_set_new(doc, "missing", json_count(f->missing));
    json_object_set_new(doc, "left_out", json_count(f->other));
    json_object_set_new(doc, "duplicates", json_count(f->duplicates));
    json_object_set_new(doc, "flipped", json_count(f->flipped));
    json_object_set_new(doc, "strand", json_count(f->strand));
    json_object_set_new(doc, "palindromic", json_count(f->palindromic));
    json_object_set_new(doc, "mismatched", json_count(f->mismatched));
    json_object_set_new(doc, "lambda", json_number(f->n_lambda > 0 ? f->lambda : NAN));
    json_object_set_new(doc, "lambda_corrected",
                        json_boolean(f->lambda_use == TQ_LAMBDA_CORRECTED));
    json_object_set_new(doc, "bad", json_count(f->bad));
    for (size_t i = 0; i < f->n_bad_lines; i++) {
        json_array_append_new(bad, json_pack("{s:o, s:o}", "line", json_count(f->bad_line[i].line),
                                             "reason", json_text(f->bad_line[i].reason)));
    }
    json_object_set_new(doc, "bad_lines", bad);
    return doc;
}

static json_t *json_model(const tq_batch_spec *spec, const tq_batch_provenance *p)
{
    json_t *methods = json_array();

    for (size_t m = 0; m < spec->n_models; m++) {
        json_array_append_new(methods, json_text(tq_method_name(spec->model[m].method)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "methods", methods, "test",
                     json_text(tq_test_name(spec->model[0].test)), "level",
                     json_number(spec->model[0].level), "scheme", json_text(p->scheme));
}

static json_t *json_outcomes(const tq_batch_summary *s)
{
    json_t *doc = json_object();

    for (size_t i = 0; i < TQ_BATCH_OUTCOME_COUNT; i++) {
        json_object_set_new(doc, tq_batch_outcome_text((tq_batch_outcome)i),
                            json_count(s->outcome[i]));
    }
    return doc;
}

tq_status tq_batch_json(const tq_batch_summary *s, const tq_batch_spec *spec,
                        const tq_batch_provenance *p, tq_buffer *out, tq_error *err)
{
    const tq_provenance provenance = {.command = "batch", .command_line = p->command_line};
    json_t *doc = json_head(&provenance), *files = json_array(), *mismatches = json_array();

    for (size_t i = 0; i < s->n_files; i++) {
        json_array_append_new(files, json_file(&s->file[i]));
    }
    for (size_t i = 0; i < s->n_mismatches; i++) {
        json_array_append_new(mismatches,
                              json_pack("{s:o, s:o}", "key", json_text(s->mismatch[i].key),
                                        "detail", json_text(s->mismatch[i].detail)));
    }
    json_object_set_new(doc, "command_line", json_text(p->command_line));
    json_object_set_new(doc, "files", files);
    json_object_set_new(doc, "model", json_model(spec, p));
    json_object_set_new(doc, "problems", json_count(s->problems));
    json_object_set_new(doc, "rows", json_count(s->printed));
    json_object_set_new(doc, "too_few_studies", json_count(s->too_few));
    json_object_set_new(doc, "outcomes", json_outcomes(s));
    json_object_set_new(doc, "mismatches", mismatches);
    json_object_set_new(doc, "memory_bytes", json_count(s->memory));
    return json_write(doc, out, err);
}
