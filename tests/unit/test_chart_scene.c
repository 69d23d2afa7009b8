/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts as drawings: places, cutting at the edges, labels that keep clear of what is there. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "report/figure/clip_internal.h"
#include "report/figure/figure_internal.h"
#include "report/figure/markers_internal.h"

static const scene_mark *mark_of(const scene *s, const char *role, size_t i)
{
    for (size_t j = 0; j < s->n; j++) {
        if (strcmp(s->mark[j].role, role) == 0 && i-- == 0) {
            return &s->mark[j];
        }
    }
    return NULL;
}

static scene *drawn(const tq_chart *c)
{
    const tq_figure_options opt = tq_figure_defaults();
    scene *s = NULL;

    assert_int_equal(chart_scene(c, &opt, &s, NULL), TQ_OK);
    return s;
}

/* x runs from 2 to 12, y downwards from 0 to 5. */
static tq_chart sample_chart(tq_chart_layer *layer, size_t n)
{
    static tq_forest_tick x[] = {{2.0, "2"}, {7.0, "7"}, {12.0, "12"}},
                          y[] = {{0.0, "0"}, {5.0, "5"}};

    return (tq_chart){.title = "T",
                      .x = {.label = "x", .lo = 2.0, .hi = 12.0, .tick = x, .n_ticks = 3},
                      .y = {.label = "y", .lo = 5.0, .hi = 0.0, .tick = y, .n_ticks = 2},
                      .layer = layer,
                      .n_layers = n};
}

static void points_stand_where_the_axes_say(void **state)
{
    double x[] = {2.0, 7.0, 9.5, 12.5, NAN}, y[] = {5.0, 2.5, 0.625, 1.0, 1.0};
    tq_chart_layer points = {.kind = TQ_CHART_POINTS, .role = "point", .x = x, .y = y, .n = 5};
    const tq_chart c = sample_chart(&points, 1);
    scene *const s = drawn(&c);
    const scene_mark *const across = mark_of(s, "axis", 1), *const up = mark_of(s, "axis", 0);
    const double left = across->point[0].x, right = across->point[1].x;
    const double top = up->point[0].y, bottom = up->point[1].y;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const scene_mark *const m = mark_of(s, "point", i);

        assert_int_equal(m->kind, SCENE_CIRCLE);
        assert_near((m->point[0].x - left) / (right - left), (x[i] - 2.0) / 10.0, 1e-12);
        assert_near((m->point[0].y - top) / (bottom - top), y[i] / 5.0, 1e-12);
    }
    assert_null(mark_of(s, "point", 3)); /* beyond the axis, or nowhere */
    assert_true(right < s->width && bottom < s->height);
    scene_free(s);
}

static void lines_are_cut_at_the_edges_and_at_gaps(void **state)
{
    double x[] = {0.0, 4.0, 6.0, NAN, 8.0, 9.0, 20.0}, y[] = {2.0, 2.0, 3.0, 1.0, 1.0, 1.0, 1.0};
    tq_chart_layer line = {
        .kind = TQ_CHART_LINE, .role = "line", .x = x, .y = y, .n = 7, .width = 1.0};
    const tq_chart c = sample_chart(&line, 1);
    scene *const s = drawn(&c);
    const scene_mark *const across = mark_of(s, "axis", 1);
    const scene_mark *const first = mark_of(s, "line", 0), *const second = mark_of(s, "line", 1);

    (void)state;
    assert_int_equal(first->n, 3);
    assert_near(first->point[0].x, across->point[0].x, 1e-9);
    assert_int_equal(second->n, 3);
    assert_near(second->point[2].x, across->point[1].x, 1e-9);
    assert_null(mark_of(s, "line", 2));
    scene_free(s);
}

static void areas_are_cut_on_all_sides(void **state)
{
    const scene_point diamond[] = {{-3.0, 5.0}, {5.0, -3.0}, {13.0, 5.0}, {5.0, 13.0}};
    const clip_box box = {0.0, 0.0, 10.0, 10.0};
    scene *const s = scene_new();
    scene_point *part = NULL;
    double area = 0.0;
    const size_t n = clip_polygon(s, diamond, 4, box, &part);

    (void)state;
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++) {
        const scene_point a = part[i], b = part[(i + 1) % n];

        assert_true(a.x >= 0.0 && a.x <= 10.0 && a.y >= 0.0 && a.y <= 10.0);
        area += (a.x * b.y - b.x * a.y) / 2.0;
    }
    assert_near(fabs(area), 100.0 - 4.0 * 2.0 * 2.0 / 2.0, 1e-12); /* four corners are missing */
    assert_int_equal(clip_polygon(s, (scene_point[]){{20, 1}, {30, 1}, {25, 9}}, 3, box, &part), 0);
    scene_free(s);
}

static void segments_outside_are_gone(void **state)
{
    const clip_box box = {0.0, 0.0, 10.0, 10.0};
    scene_point a = {-1.5, 4.0}, b = {3.5, 4.0}, c = {-5.0, 2.0}, d = {2.0, -5.0};

    (void)state;
    assert_true(clip_segment(&a, &b, box));
    assert_near(a.x, 0.0, 1e-15);
    assert_near(b.x, 3.5, 0.0);
    assert_false(clip_segment(&c, &d, box)); /* passes the corner */
}

static double area_of(const scene_mark *m)
{
    double area = 0.0;

    for (size_t i = 0; i < m->n; i++) {
        const scene_point a = m->point[i], b = m->point[(i + 1) % m->n];

        area += (a.x * b.y - b.x * a.y) / 2.0;
    }
    return fabs(area);
}

static void markers_of_one_size_have_one_area(void **state)
{
    scene *const s = scene_new();
    const double radius = 2.7;

    (void)state;
    for (int marker = 1; marker < TQ_MARKER_COUNT; marker++) { /* 0 is the circle */
        marker_draw(s, "point", (marker_look){(tq_marker)marker, 0, 0, 0.5},
                    (scene_point){31.5, 17.25}, radius, NULL);
        assert_near(area_of(&s->mark[s->n - 1]), 3.14159265358979 * radius * radius, 1e-9);
    }
    scene_free(s);
}

static void large_points_do_not_hide_small_ones(void **state)
{
    static const double radius[] = {1.5, 4.0, 2.5, 4.0};
    scene *const s = scene_new();
    const size_t *const order = markers_order(s, radius, 4);

    (void)state;
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 2);
    assert_int_equal(order[3], 0);
    scene_free(s);
}

static void labels_move_aside_or_are_left_out(void **state)
{
    double x[] = {7.0, 7.0, 7.0, 7.0, 7.0}, y[] = {2.5, 2.5, 2.5, 2.5, 2.5};
    const char *label[] = {"first", "second", "third", "fourth", "fifth"};
    tq_chart_layer points = {
        .kind = TQ_CHART_POINTS, .role = "point", .x = x, .y = y, .n = 5, .label = label};
    const tq_chart c = sample_chart(&points, 1);
    scene *const s = drawn(&c);

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(mark_of(s, "label", i)->text, label[i]);
        for (size_t j = 0; j < i; j++) {
            const scene_point a = mark_of(s, "label", i)->point[0],
                              b = mark_of(s, "label", j)->point[0];

            assert_true(fabs(a.x - b.x) > 10.0 || fabs(a.y - b.y) > 6.0);
        }
    }
    assert_null(mark_of(s, "label", 4)); /* all four sides are taken */
    scene_free(s);
}

static void everything_shrinks_together(void **state)
{
    double x[] = {7.0}, y[] = {2.5};
    tq_chart_layer points = {.kind = TQ_CHART_POINTS, .role = "point", .x = x, .y = y, .n = 1};
    const tq_chart c = sample_chart(&points, 1);
    scene *const s = drawn(&c);
    const scene_mark before = *mark_of(s, "point", 0);
    const double width = s->width, px = before.point[0].x,
                 size = mark_of(s, "title", 0)->style.size;

    (void)state;
    scene_resize(s, 0.625);
    assert_near(s->width, 0.625 * width, 1e-12);
    assert_near(mark_of(s, "point", 0)->point[0].x, 0.625 * px, 1e-12);
    assert_near(mark_of(s, "point", 0)->radius, 0.625 * before.radius, 1e-12);
    assert_near(mark_of(s, "title", 0)->style.size, 0.625 * size, 1e-12);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_stand_where_the_axes_say),
        cmocka_unit_test(lines_are_cut_at_the_edges_and_at_gaps),
        cmocka_unit_test(areas_are_cut_on_all_sides),
        cmocka_unit_test(segments_outside_are_gone),
        cmocka_unit_test(markers_of_one_size_have_one_area),
        cmocka_unit_test(large_points_do_not_hide_small_ones),
        cmocka_unit_test(labels_move_aside_or_are_left_out),
        cmocka_unit_test(everything_shrinks_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
