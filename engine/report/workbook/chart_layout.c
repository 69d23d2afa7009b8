/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The place of a chart's plot area. libxlsxwriter before 1.2.2 leaves it to the spreadsheet, which
 * then puts marks half a row beside their table rows. A chart keeps the function that writes its
 * plot area in a public field: ours calls it into memory, and passes the XML on with a layout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

struct wb_frame {
    wb_frame *next;
    lxw_chart *chart;
    void (*write)(lxw_chart *chart); /* the library's own */
    const char *layout;
    int failed;
};

/* libxlsxwriter hands the chart alone to the hook; in force during wb_chart_close() only. */
static _Thread_local wb_frame *frames_in_force;

/* Copy xml to out with every `find` replaced; returns the number of replacements. */
static int replace(const char *xml, const char *find, const char *with, int at_most, FILE *out)
{
    int n = 0;

    for (const char *p; n < at_most && (p = strstr(xml, find)) != NULL; n++) {
        fwrite(xml, 1, (size_t)(p - xml), out);
        fputs(with, out);
        xml = p + strlen(find);
    }
    fputs(xml, out);
    return n;
}

/* The XML with `find` replaced, from malloc; NULL when memory is short. Frees xml. */
static char *replaced(char *xml, const char *find, const char *with, int at_most)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = xml ? open_memstream(&out, &size) : NULL;

    if (stream) {
        replace(xml, find, with, at_most, stream);
        if (fclose(stream) != 0) {
            free(out);
            out = NULL;
        }
    }
    free(xml);
    return out;
}

/* What the library writes for this plot area, from malloc; NULL when memory is short. */
static char *captured(wb_frame *frame)
{
    FILE *real = frame->chart->file;
    char *xml = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&xml, &size);

    if (!stream) {
        return NULL;
    }
    frame->chart->file = stream;
    frame->write(frame->chart);
    frame->chart->file = real;
    if (fclose(stream) != 0) {
        free(xml);
        return NULL;
    }
    return xml;
}

static void write_placed(lxw_chart *chart)
{
    enum { EVERY = 1 << 30 };
    wb_frame *frame = frames_in_force;

    while (frame && frame->chart != chart) {
        frame = frame->next;
    }
    if (!frame) {
        return;
    }
    char *xml = captured(frame);

    xml = replaced(xml, "<c:layout/>", frame->layout, 1);
    /* Mitred corners stick out of flat diamonds. */
    xml = replaced(xml, "</a:ln>", "<a:round/></a:ln>", EVERY);
    /* Excel shows values unless told not to: state the whole group, in the schema's order. */
    xml = replaced(xml, "<c:showSerName val=\"1\"/>",
                   "<c:showLegendKey val=\"0\"/><c:showVal val=\"0\"/><c:showCatName val=\"0\"/>"
                   "<c:showSerName val=\"1\"/><c:showPercent val=\"0\"/>"
                   "<c:showBubbleSize val=\"0\"/>",
                   EVERY);
    if (xml) {
        fputs(xml, chart->file);
    } else {
        frame->failed = 1;
    }
    free(xml);
}

void wb_chart_place(wb_book *book, lxw_chart *chart, double x, double y, double w, double h)
{
    wb_frame *frame = tq_arena_take(book->arena, 1, sizeof *frame);

    if (!frame) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return;
    }
    frame->layout = wb_format(book,
                              "<c:layout><c:manualLayout><c:layoutTarget val=\"inner\"/>"
                              "<c:xMode val=\"edge\"/><c:yMode val=\"edge\"/><c:x val=\"%.17g\"/>"
                              "<c:y val=\"%.17g\"/><c:w val=\"%.17g\"/><c:h val=\"%.17g\"/>"
                              "</c:manualLayout></c:layout>",
                              x, y, w, h);
    frame->chart = chart;
    frame->write = chart->write_plot_area;
    wb_book *of = book->whole ? book->whole : book;

    frame->next = of->frames;
    of->frames = frame;
    chart->write_plot_area = write_placed;
}

lxw_error wb_chart_close(wb_book *book)
{
    frames_in_force = book->frames;
    lxw_error code = book->xlsx->workbook_close(book->file);

    frames_in_force = NULL;
    for (const wb_frame *f = book->frames; f && code == LXW_NO_ERROR; f = f->next) {
        code = f->failed ? LXW_ERROR_MEMORY_MALLOC_FAILED : LXW_NO_ERROR;
    }
    return code;
}
