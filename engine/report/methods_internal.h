/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file methods_internal.h  Paragraphs of methods being made, of one analysis or of many. */
#ifndef TQ_REPORT_METHODS_INTERNAL_H
#define TQ_REPORT_METHODS_INTERNAL_H

#include "core/buffer.h"
#include "report/methods_text.h"

enum { METHODS_PARAGRAPHS = 16, METHODS_REFERENCES = 64 };

typedef struct {
    const tq_analysis *a;
    tq_arena *arena;
    tq_methods_text *out;
    tq_buffer text; /* of the paragraph being made */
    int failed;
} methods_maker;

tq_status methods_begin(methods_maker *m, tq_arena *arena, tq_methods_text *out, tq_error *err);
/* " (Viechtbauer, 2005)", and the full reference joins the list. What has no year is not cited. */
void methods_cite(methods_maker *m, const char *reference);
/* The papers of m->a's trim and fill, or of what else corrects it for small-study effects. */
void methods_cite_adjustment(methods_maker *m);
/* What was said becomes a paragraph; nothing where nothing was. */
void methods_end_paragraph(methods_maker *m);
/* Frees the text being made, and puts the references in order; TQ_ENOMEM where memory was short. */
tq_status methods_end(methods_maker *m, tq_error *err);

/* methods_multilevel.c: a multilevel model in place of the ordinary one; 0: the analysis has none. */
int methods_multilevel(methods_maker *m);

/* What is said of m->a without the numbers of its studies, so that analyses may share it; each function a
   subject, and nothing where the analysis has none. NULL-terminated. */
typedef void methods_sentences(methods_maker *m);
extern methods_sentences *const methods_shared[];

#endif
