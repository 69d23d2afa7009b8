# SPDX-License-Identifier: GPL-3.0-or-later
"""One analysis, five views: report, CSV, figure and workbook show the numbers of the JSON document."""
import csv
import functools
import io
import json
import math
import os
import re
import tempfile
import unittest
import xml.etree.ElementTree as ET

from support import program
from support.xlsx_cells import Workbook

KNEE = ["pool", "@knee_pain_change", "--measure", "MC", "--ri", "=0.5", "--subgroup", "processing_group"]
ANALYSES = {
    "bcg": program.BCG + ["--subgroup", "alloc"],
    "bcg_knha": program.BCG + ["--test", "knha", "--method", "DL", "--level", "90"],
    "raudenbush1985": ["pool", "@raudenbush1985", "--method", "ML"],
    "knee_pain_change": KNEE,
}


class Views:
    """Every view of one analysis, from one run."""

    def __init__(self, args):
        with tempfile.TemporaryDirectory() as folder:
            self.text = program.run(args + ["--json", "o.json", "--xlsx", "o.xlsx", "--plot", "o.svg"],
                                    cwd=folder).decode()
            with open(os.path.join(folder, "o.json"), "rb") as stream:
                self.bytes = stream.read()
            self.json = json.loads(self.bytes)
            self.book = Workbook(os.path.join(folder, "o.xlsx"))
            self.names = {name: value for name, _, value in self.book.names()}
            self.complaints = list(self.book.lint())
            self.book.zip.close()
            root = ET.parse(os.path.join(folder, "o.svg")).getroot()
            self.figure = ["".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")]
        sheet = program.run(args + ["--format", "csv"]).decode()
        self.rows = list(csv.DictReader(io.StringIO(sheet, newline="")))


@functools.lru_cache(maxsize=None)
def views_of(name):
    return Views(ANALYSES[name])


def shown(x, decimals):
    """x as a reader sees it; an ASCII minus stands for both."""
    text = f"{x:.{decimals}f}"
    return text[1:] if float(text) == 0 and text.startswith("-") else text


def plain(text):
    return text.replace("\u2212", "-").replace("\u2013", "-")


class ViewsAgree(unittest.TestCase):
    def near(self, got, want, what):
        self.assertTrue(math.isclose(float(got), want, rel_tol=1e-13, abs_tol=1e-300),
                        f"{what}: got {got}, want {want!r}")

    def test_json_on_standard_output_is_the_json_file(self):
        for name, args in ANALYSES.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "o.json")
                out = program.run(args + ["--format", "json", "--json", path])
                with open(path, "rb") as stream:
                    self.assertTrue(stream.read() == out)

    def test_the_report(self):
        for name in ANALYSES:
            with self.subTest(name):
                views = views_of(name)
                text, pooled = plain(views.text), views.json["prediction"]
                for key in ("pred", "se", "ci_lb", "ci_ub", "pi_lb", "pi_ub"):
                    self.assertIn(shown(pooled[key], 4), text, key)
                for key in ("tau2", "tau"):
                    self.assertIn(shown(views.json["heterogeneity"][key], 4), text, key)
                lines = iter(text.splitlines())
                for study in views.json["studies"]:
                    line = next(l for l in lines if l.startswith(study["study"]))
                    for key, decimals in (("yi", 4), ("sei", 4), ("weight", 2)):
                        self.assertIn(shown(study[key], decimals), line, key)

    def test_the_csv(self):
        for name in ANALYSES:
            with self.subTest(name):
                views = views_of(name)
                studies = [row for row in views.rows if row["kind"] == "study"]
                self.assertEqual(len(studies), views.json["k"])
                for row, study in zip(studies, views.json["studies"]):
                    self.assertEqual(row["label"], study["study"])
                    for key in ("yi", "vi", "sei", "ci_lb", "ci_ub", "weight"):
                        self.assertEqual(float(row[key]), study[key])
                pooled = next(row for row in views.rows if row["kind"] == "pooled")
                for column, path in (("yi", "pred"), ("sei", "se"), ("ci_lb", "ci_lb"), ("pi_ub", "pi_ub")):
                    self.assertEqual(float(pooled[column]), views.json["prediction"][path])
                for column, key in (("tau2", "tau2"), ("I2", "I2"), ("Q", "QE"), ("Q_pval", "QE_pval")):
                    self.assertEqual(float(pooled[column]), views.json["heterogeneity"][key])
                levels = [row for row in views.rows if row["kind"] == "subgroup"]
                for row, level in zip(levels, (views.json.get("subgroups") or {}).get("levels", []), strict=True):
                    self.assertEqual(row["label"], level["level"])
                    self.assertEqual(float(row["yi"]), level["prediction"]["pred"])

    def test_the_workbook(self):
        for name in ANALYSES:
            with self.subTest(name):
                views = views_of(name)
                self.assertEqual(views.complaints, [])
                pooled, het = views.json["prediction"], views.json["heterogeneity"]
                for key, want in (("pooled", pooled["pred"]), ("se", pooled["se"]), ("ci_lb", pooled["ci_lb"]),
                                   ("ci_ub", pooled["ci_ub"]), ("pi_lb", pooled["pi_lb"]), ("pi_ub", pooled["pi_ub"]),
                                   ("k", views.json["k"]), ("tau2", het["tau2"]), ("Q", het["QE"]),
                                   ("Q_pval", het["QE_pval"])):
                    self.near(views.names["tausq_" + key], want, key)

    def test_the_figure(self):
        for name in ANALYSES:
            with self.subTest(name):
                views = views_of(name)
                words = plain("\n".join(views.figure))
                natural = views.json.get("transformed") or views.json["prediction"]
                scale = natural if natural.get("pred") is not None else views.json["prediction"]
                for key in ("pred", "ci_lb", "ci_ub"):
                    self.assertIn(shown(scale[key], 2), words, key)
                for study in views.json["studies"]:
                    self.assertTrue(any(study["study"] in t for t in views.figure), study["study"])
                    self.assertRegex(words, re.escape(shown(study["weight"], 1)))
