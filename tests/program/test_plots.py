# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures with two axes: what their marks say, read back through the ticks, is what the JSON document says."""
import csv
import io
import math
import os
import re
import tempfile
import unittest
import xml.etree.ElementTree as ET

from support import program

SVG = "{http://www.w3.org/2000/svg}"
DATA = ["@bcg", "--measure", "RR", "--ai", "tpos", "--bi", "tneg", "--ci", "cpos", "--di", "cneg", "--slab", "author"]

RATES = ["@pritz1997", "--measure", "PLO", "--xi", "xi", "--ni", "ni"]


def number(text):
    return float(text.replace("\u2212", "-"))


class Figure:
    """A chart whose axes can be inverted: the ticks give the scale."""

    def __init__(self, args, log=()):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.svg")
            program.run(["plot", *args, "-o", path])
            self.root = ET.parse(path).getroot()
        lines = [e for e in self.root.iter(SVG + "line") if e.get("class") == "tick"]
        texts = [e for e in self.root.iter(SVG + "text") if e.get("class") == "tick"]
        upright = [e for e in texts if e.get("text-anchor") == "end"]
        level = [e for e in texts if e.get("text-anchor") == "middle"]
        at_y = [float(e.get("y1")) for e in lines if e.get("y1") == e.get("y2")]
        at_x = [float(e.get("x1")) for e in lines if e.get("x1") == e.get("x2")]
        self.x = self.scale(at_x, level, "x" in log)
        self.y = self.scale(at_y, upright, "y" in log)

    @staticmethod
    def scale(places, texts, log):
        """Place to value, from the outer ticks; None where ticks are names."""
        try:
            values = [number("".join(e.itertext())) for e in texts]
        except ValueError:
            return None
        values = [math.log(v) for v in values] if log else values
        slope = (values[-1] - values[0]) / (places[-1] - places[0])
        return lambda at: values[0] + (at - places[0]) * slope

    def points(self):
        """name: (x, y) of the studies, on the axis scales."""
        out = {}
        for e in self.root.iter(SVG + "circle"):
            if e.get("class") == "point":
                name = e.find(SVG + "title").text.split(":")[0]
                out.setdefault(name, []).append((self.x(float(e.get("cx"))), self.y(float(e.get("cy")))))
        return out

    def places(self, role):
        """The points of the first line or area of a class."""
        for e in self.root.iter():
            if e.get("class") == role and e.get("points"):
                return [(self.x(float(p.split(",")[0])), self.y(float(p.split(",")[1])))
                        for p in e.get("points").split()]
        raise AssertionError(f"no {role}")

    def words(self):
        return "\n".join("".join(e.itertext()) for e in self.root.iter(SVG + "text"))


class Plots(unittest.TestCase):
    def near(self, got, want, tol=2e-4):  # coordinates have three decimals
        self.assertEqual(len(got), len(want))
        for a, b in zip(sorted(got), sorted(want)):
            self.assertAlmostEqual(a[0], b[0], delta=tol * max(1.0, abs(b[0])))
            self.assertAlmostEqual(a[1], b[1], delta=tol * max(1.0, abs(b[1])))

    def test_the_funnel_shows_effects_and_standard_errors(self):
        figure = Figure([*DATA, "--kind", "funnel"], log="x")
        result = program.result(["pool", *DATA])
        pooled = result["prediction"]["pred"]

        self.near([p for points in figure.points().values() for p in points],
                  [(s["yi"], s["sei"]) for s in result["studies"]])
        sides = figure.places("limits")
        self.assertAlmostEqual(sides[1][0], pooled, delta=1e-4)
        self.assertAlmostEqual(sides[2][0] - sides[0][0], 2 * 1.959963985 * sides[0][1], delta=1e-3)
        self.assertIn(f"Pooled effect {math.exp(pooled):.2f}", figure.words())

    def test_filled_studies_are_open_circles(self):
        figure = Figure([*DATA, "--kind", "funnel", "--fill"], log="x")
        result = program.result(["trimfill", *DATA])
        filled = [s for s in result["studies"] if s["filled"]]
        circles = [(figure.x(float(e.get("cx"))), figure.y(float(e.get("cy")))) for e in figure.root.iter(SVG + "circle")
                   if e.get("class") == "filled"]

        self.assertGreater(len(filled), 0)
        self.near(circles, [(s["yi"], s["sei"]) for s in filled])
        self.assertEqual(sum(map(len, figure.points().values())), len(result["studies"]) - len(filled))
        self.assertAlmostEqual(figure.places("limits")[1][0], result["prediction"]["pred"], delta=1e-4)

    def test_areas_of_significance_are_left_out_on_demand_and_where_nothing_is_tested(self):
        contoured = Figure([*DATA, "--kind", "funnel"], log="x").words()
        plain = Figure([*DATA, "--kind", "funnel", "--contours", "no"], log="x").words()
        rates = Figure([*RATES, "--kind", "funnel"]).words()

        self.assertIn("p < 0.05", contoured)
        self.assertNotIn("p < 0.05", plain)
        self.assertNotIn("p < 0.05", rates)

    def test_the_bubbles_and_their_line_are_those_of_the_model(self):
        mods = ["--mods", "~ablat + alloc"]
        figure = Figure([*DATA, *mods, "--kind", "bubble"], log="y")
        result = program.result(["pool", *DATA, *mods, "--newmods", "ablat=13,alloc=alternate;ablat=55,alloc=alternate"])
        first, last = result["predictions"]
        line, band = figure.places("fitted"), figure.places("confidence-band")
        wide = figure.places("prediction-band")

        self.near([line[0], line[-1]], [(13, first["pred"]), (55, last["pred"])])
        for area, key in ((band, "ci"), (wide, "pi")):
            ends = [p for p in area if min(abs(p[0] - 13), abs(p[0] - 55)) < 1e-2]
            self.near(ends, [(x, p[key + end]) for x, p in ((13, first), (55, last)) for end in ("_lb", "_ub")])
        self.assertEqual(sorted(round(y, 2) for points in figure.points().values() for _, y in points),
                         sorted(round(s["yi"], 2) for s in result["studies"]))
        self.assertIn("alloc at 'alternate'", figure.words())

    def test_levels_are_named_below_their_points(self):
        words = Figure([*DATA, "--mods", "~alloc", "--kind", "bubble"], log="y").words()

        for level in ("alternate", "random", "systematic"):
            self.assertIn(level, words)

    def test_the_baujat_plot_shows_the_influence_of_the_studies(self):
        rows = program.result(["influence", *DATA])["rows"]
        points = [p for some in Figure([*DATA, "--kind", "baujat"]).points().values() for p in some]

        self.near(points, [(r["baujat"]["x"], r["baujat"]["y"]) for r in rows], tol=1e-3)

    def test_the_labbe_plot_shows_the_risks(self):
        figure = Figure([*DATA, "--kind", "labbe"])
        rows = csv.DictReader(io.StringIO(program.run(["data", "export", "bcg"]).decode()))
        want = [(int(r["cpos"]) / (int(r["cpos"]) + int(r["cneg"])), int(r["tpos"]) / (int(r["tpos"]) + int(r["tneg"])))
                for r in rows]

        self.near([p for some in figure.points().values() for p in some], want)
        (x, y), ratio = figure.places("pooled")[-1], program.result(["pool", *DATA])["transformed"]["pred"]
        self.assertAlmostEqual(y / x, ratio, delta=1e-3)

    @staticmethod
    def at(curve, x):
        """The curve at x, between its points."""
        for (x0, y0), (x1, y1) in zip(curve, curve[1:]):
            if x0 <= x <= x1:
                return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
        raise AssertionError(f"{x} is not on the curve")

    def test_profiles_of_tau2_cross_their_levels_at_the_limits(self):
        for kind, ci, tol in (("profile", "PL", 0.02), ("qprofile", "QP", 0.1)):
            curve = Figure([*DATA, "--kind", kind]).places("profile")
            lo, hi = program.result(["pool", *DATA, "--ci-tau2", ci])["heterogeneity"]["ci"]["tau2"]
            levels = (max(y for _, y in curve) - 3.841458821 / 2,) * 2 if kind == "profile" else (23.336664159, 4.403788507)

            self.assertAlmostEqual(self.at(curve, lo), levels[0], delta=tol)
            self.assertAlmostEqual(self.at(curve, hi), levels[1], delta=tol)

    def test_every_kind_in_the_help_draws_and_is_deterministic(self):
        help_text = program.run(["plot", "--help"]).decode()
        kinds = re.findall(r"^  (\w+) ", help_text.split("\nkinds\n")[1].split("\n\n")[0], re.M)

        self.assertIn("funnel", kinds)
        with tempfile.TemporaryDirectory() as folder:
            for kind in kinds:
                more = {"bubble": ["--mods", "~ablat"], "spec": ["--methods", "REML,EE"],
                        "weightfun": ["--alternative", "less"]}.get(kind, [])
                for extension in ("svg", "pdf", "png"):
                    made = []
                    for name in ("a.", "b."):
                        path = os.path.join(folder, name + extension)
                        program.run(["plot", *DATA, *more, "--kind", kind, "--dpi", "40", "-o", path])
                        with open(path, "rb") as stream:
                            made.append(stream.read())
                    self.assertEqual(made[0], made[1], kind)

    def test_raindrops_are_as_wide_as_the_intervals(self):
        studies = program.result(["pool", *DATA])["studies"]
        figure = Figure([*DATA, "--kind", "rainforest"], log="x")
        names = ["".join(e.itertext()) for e in figure.root.iter(SVG + "text")
                 if e.get("class") == "tick" and e.get("text-anchor") == "end"]
        drops = [e for e in figure.root.iter() if e.get("class") == "drop"]
        seen = []
        for e in drops[::5]:  # each followed by its darker parts
            at = [figure.x(float(p.split(",")[0])) for p in e.get("points").split()]
            seen.append((min(at), max(at)))
        self.assertEqual(len(drops), 5 * len(studies))
        self.assertEqual(names, [s["study"] for s in studies] + ["Pooled effect"])
        self.near(seen, [(s["ci_lb"], s["ci_ub"]) for s in studies], 1e-3)
        studies.sort(key=lambda s: s["yi"])
        figure = Figure([*DATA, "--kind", "rainforest", "--sort", "effect"], log="x")
        names = ["".join(e.itertext()) for e in figure.root.iter(SVG + "text")
                 if e.get("class") == "tick" and e.get("text-anchor") == "end"]
        self.assertEqual(names, [s["study"] for s in studies] + ["Pooled effect"])

    def test_long_plots_go_over_pages_in_pdf_alone(self):
        studies = "study,yi,vi\n" + "".join(f"Study {i},{i % 7 - 3},{1 + i % 3}\n" for i in range(130))
        with tempfile.TemporaryDirectory() as folder:
            sheet = os.path.join(folder, "s.csv")
            with open(sheet, "w", encoding="utf-8") as stream:
                stream.write(studies)
            for options, pages in (([], 3), (["--page-rows", "0"], 1), (["--page-rows", "100"], 2), (["--page-rows", "132"], 1)):
                path = os.path.join(folder, "o.pdf")
                program.run(["plot", sheet, *options, "-o", path])
                with open(path, "rb") as stream:
                    self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", stream.read())), pages, options)
            path = os.path.join(folder, "o.svg")
            program.run(["plot", sheet, "-o", path])
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
            for i in range(130):
                self.assertIn(f">Study {i}<", text)

    def test_the_gallery_has_every_kind(self):
        with open(os.path.join(program.ROOT, "docs", "gallery.md"), encoding="utf-8") as stream:
            page = stream.read()
        kinds = re.findall(r"^  (\w+) ", program.run(["plot", "--help"]).decode().split("\nkinds\n")[1].split("\n\n")[0],
                           re.M)

        for kind in kinds:
            self.assertTrue(kind == "forest" or f"--kind {kind}" in page, f"docs/gallery.sh lacks kind {kind}")
        for picture in re.findall(r"\((gallery/\S+\.png)\)", page):
            self.assertTrue(os.path.exists(os.path.join(program.ROOT, "docs", picture)), picture)

    def test_themes_widths_and_fonts_change_the_look_alone(self):
        for kind in ("forest", "funnel"):
            texts, sizes = set(), []
            for look in ([], ["--theme", "mono"], ["--theme", "jama", "--width", "120"], ["--font", "DejaVu Sans"]):
                with tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "o.svg")
                    program.run(["plot", *DATA, "--kind", kind, *look, "-o", path])
                    root = ET.parse(path).getroot()
                texts.add(" ".join(sorted(" ".join("".join(e.itertext()) for e in root.iter(SVG + "text")).split())))
                sizes.append(float(root.get("width")[:-2]))
            self.assertEqual(len(texts), 1, kind)
            self.assertAlmostEqual(sizes[2], 120 / 25.4 * 72, delta=0.01)


if __name__ == "__main__":
    unittest.main()
