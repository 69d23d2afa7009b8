# SPDX-License-Identifier: GPL-3.0-or-later
"""Small-study effects: their views show the same numbers, and filled studies are marked in each."""
import csv
import io
import json
import os
import tempfile
import unittest

from support import program
from support.xlsx_cells import Workbook, near

ODDS = ["@bcg", "--measure", "OR", "--ai", "tpos", "--bi", "tneg", "--ci", "cpos", "--di", "cneg", "--slab", "author"]


def rows(line):
    return list(csv.DictReader(io.StringIO(program.run([*line, "--format", "csv"]).decode(), newline="")))


def book(line, sheet, *others):
    """The document, and the texts of a sheet of the workbook that was written beside it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "o.xlsx")
        document = json.loads(program.run([*line, "--format", "json", "--xlsx", path]))
        made = Workbook(path)
        cells = [cell[2] for cell in made.cells(sheet)]
        more = [[cell[2] for cell in made.cells(other)] for other in others]
        problems = list(made.lint())
        made.zip.close()
    return document, cells, problems, *more


class Bias(unittest.TestCase):
    def test_every_test_in_every_view(self):
        line = ["bias", *ODDS, "--tests", "all"]
        document, cells, problems = book(line, "Bias")
        self.assertEqual(problems, [])
        table = rows(line)
        self.assertEqual(len(table), 20)
        for row, test in zip(table, document["tests"], strict=True):
            self.assertEqual(row["test"], test["name"])
            self.assertIsNone(test["why"])
            self.assertIn(test["name"], cells)
            for key in ("est", "se", "stat", "df", "pval"):
                self.assertEqual(float(row[key]) if row[key] else None, test[key], key)
                self.assertTrue(test[key] is None or any(near(cell, test[key]) for cell in cells), key)
            limit = test["limit"] or {"beta": None}
            self.assertEqual(float(row["limit"]) if row["limit"] else None, limit["beta"])

    def test_the_measure_chooses(self):
        document = program.result(["bias", *ODDS])
        self.assertEqual([test["name"] for test in document["tests"]], ["harbord", "peters", "ruecker"])
        self.assertTrue(document["chosen_by_measure"])
        smd = program.result(["bias", "@normand1999", "--measure", "SMD", "--tests", "pustejovsky,harbord"])
        self.assertFalse(smd["chosen_by_measure"])
        self.assertIsNone(smd["tests"][0]["why"])
        self.assertIn("events and sizes of two groups", smd["tests"][1]["why"])
        self.assertTrue(any("fewer than 10" in text for text in smd["warnings"]))

    def test_turning_effects_around_turns_the_tests(self):
        names = "egger-lm,egger-rma,harbord,peters,macaskill,deeks,pustejovsky,ruecker,pet,skew"
        one = program.result(["bias", *ODDS, "--tests", names])
        other = program.result(["bias", *ODDS, "--tests", names, "--flip", "=-1"])
        for a, b in zip(one["tests"], other["tests"], strict=True):
            self.assertTrue(near(a["stat"], -b["stat"]) or abs(a["stat"] + b["stat"]) < 1e-9, a["name"])

    def test_filled_studies_are_marked(self):
        line = ["trimfill", *ODDS, "--method", "EE", "--side", "right"]
        document, cells, problems, studies, forest = book(line, "Bias", "Studies", "Forest")
        self.assertEqual(problems, [])
        self.assertIn("191064", forest)  # the totals are those of the studies observed
        self.assertNotIn("NE", forest)
        filled = [study for study in document["studies"] if study["filled"]]
        self.assertEqual((document["k0"], document["k"], len(filled)), (4, 17, 4))
        self.assertEqual((document["data"]["used"], document["observed"]["k"]), (13, 13))
        self.assertEqual([study["row"] for study in filled], [None] * 4)
        self.assertEqual([row["kind"] for row in rows(line)], ["study"] * 13 + ["filled"] * 4 + ["pooled"])
        self.assertIn("Filled 4", studies)
        self.assertTrue(any(near(cell, document["observed"]["prediction"]["pred"]) for cell in cells))
        pooled = program.result(["pool", *ODDS, "--method", "EE"])
        self.assertEqual(document["observed"]["prediction"]["pred"], pooled["prediction"]["pred"])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.svg")
            program.run([*line, "--quiet", "--plot", path])
            with open(path, encoding="utf-8") as figure:
                self.assertEqual(figure.read().count('"filled"'), 8)  # a square in a square each
            program.run(["plot", *ODDS, "--method", "EE", "--kind", "funnel", "--fill", "-o", path])
            with open(path, encoding="utf-8") as figure:
                self.assertGreaterEqual(figure.read().count('"filled"'), 4)

    def test_fail_safe_numbers(self):
        line = ["failsafe", *ODDS]
        document, cells, problems = book(line, "Bias")
        self.assertEqual(problems, [])
        for row in rows(line):
            number = document[row["method"]]["fsn"]
            self.assertEqual(float(row["fsn"]), number)
            self.assertTrue(any(near(cell, number) for cell in cells), row["method"])
