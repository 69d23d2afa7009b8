# SPDX-License-Identifier: GPL-3.0-or-later
"""Pooled counts in every view: studies without an effect are shown as such, and no view shows a NaN."""
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

DEATHS = """study,ai,n1i,ci,n2i,g
Vega 2015,0,20,3,20,x
Ito 2016,0,30,4,31,x
Roy 2017,2,25,1,24,y
Lind 2018,5,40,2,38,y
Abe 2019,3,30,6,29,z
Noor 2021,0,12,0,15,z
"""


class Views:
    """Every view of one analysis."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "deaths.csv"), "w", encoding="utf-8") as stream:
                stream.write(DEATHS)
            args = ["pool", "deaths.csv", "--measure", "OR", "--method", "MH", "--subgroup", "g"]
            self.text = program.run(args + ["--json", "o.json", "--xlsx", "o.xlsx", "--plot", "o.svg"],
                                    cwd=folder).decode()
            self.csv = program.run(args + ["--format", "csv"], cwd=folder).decode()
            with open(os.path.join(folder, "o.json"), encoding="utf-8") as stream:
                self.raw = stream.read()
            self.json = json.loads(self.raw)
            book = Workbook(os.path.join(folder, "o.xlsx"))
            self.names = {name: value for name, _, value in book.names()}
            self.complaints = list(book.lint())
            book.zip.close()
            root = ET.parse(os.path.join(folder, "o.svg")).getroot()
            self.figure = ["".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")]


@functools.lru_cache(maxsize=None)
def views():
    return Views()


class Counts(unittest.TestCase):
    def test_a_study_without_events_is_listed_without_an_effect(self):
        study = views().json["studies"][5]
        self.assertEqual(study["study"], "Noor 2021")
        for key in ("yi", "vi", "sei", "ci_lb", "ci_ub"):
            self.assertIsNone(study[key])
        self.assertEqual(study["weight"], 0.0)
        self.assertEqual(views().json["k"], 6)
        self.assertEqual(views().json["heterogeneity"]["QE_df"], 4.0)
        self.assertRegex(views().text, r"(?m)^Noor 2021 +NE +NE +NE +0\.00%$")
        row = next(r for r in csv.DictReader(io.StringIO(views().csv)) if r["label"] == "Noor 2021")
        self.assertEqual((row["yi"], row["sei"], row["natural"], row["weight"]), ("", "", "", "0"))

    def test_a_level_without_an_estimate_is_listed_without_one(self):
        level = views().json["subgroups"]["levels"][0]
        self.assertEqual((level["level"], level["k"]), ("x", 2))
        self.assertIsNone(level["prediction"]["pred"])
        self.assertEqual(views().json["subgroups"]["QB"]["df"], 1.0)
        self.assertTrue(any("'x' has no estimate: no study has events in group 1" in w
                            for w in views().json["warnings"]))
        self.assertEqual(sum(t == "Not estimable" for t in views().figure), 2)

    def test_no_view_shows_a_number_that_is_none(self):
        for view in (views().raw, views().text, views().csv, "\n".join(views().figure)):
            self.assertIsNone(re.search(r"(?i)\b-?(nan|inf|infinity)\b", view))
        self.assertEqual(views().complaints, [])

    def test_the_workbook_names_the_tests(self):
        for name, key in (("CMH", "MH"), ("BD", "BD"), ("TA", "TA")):
            self.assertTrue(math.isclose(float(views().names["tausq_" + name]), views().json[key]["stat"],
                                         rel_tol=1e-13))
            self.assertTrue(math.isclose(float(views().names[f"tausq_{name}_pval"]), views().json[key]["pval"],
                                         rel_tol=1e-13))

    def test_increments_do_not_reach_the_pooled_effect(self):
        args = ["pool", "@nielweise2007", "--measure", "OR", "--method", "MH", "--format", "json"]
        usual = json.loads(program.run(args))
        other = json.loads(program.run(args + ["--add", "0.25", "--to", "all"]))
        self.assertEqual(usual["coefficients"], other["coefficients"])
        self.assertNotEqual(usual["heterogeneity"]["QE"], other["heterogeneity"]["QE"])

    def test_peto_from_sums_is_peto_from_tables(self):
        rows = ["study,oe,ve"]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "deaths.csv")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(DEATHS)
            for row in csv.DictReader(io.StringIO(DEATHS)):
                a, n1, c, n2 = (float(row[name]) for name in ("ai", "n1i", "ci", "n2i"))
                m, size = a + c, n1 + n2
                if m > 0:
                    v = n1 * n2 * m * (size - m) / (size * size * (size - 1))
                    rows.append(f"{row['study']},{a - n1 * m / size!r},{v!r}")
            sums = os.path.join(folder, "sums.csv")
            with open(sums, "w", encoding="utf-8") as stream:
                stream.write("\n".join(rows) + "\n")
            args = ["--measure", "PETO", "--method", "PETO", "--format", "json"]
            tables = json.loads(program.run(["pool", path] + args))
            given = json.loads(program.run(["pool", sums] + args))
        for path in ("beta", "se", "pval"):
            self.assertTrue(math.isclose(tables["coefficients"][0][path], given["coefficients"][0][path],
                                         rel_tol=1e-12))
        self.assertTrue(math.isclose(tables["heterogeneity"]["QE"], given["heterogeneity"]["QE"], rel_tol=1e-12))
