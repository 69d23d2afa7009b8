# SPDX-License-Identifier: GPL-3.0-or-later
"""A model with moderators: its views show the same numbers, and the ways to write it are one model."""
import csv
import io
import json
import os
import tempfile
import unittest

from support import program
from support.xlsx_cells import Workbook, near

LINE = [*program.BCG, "--mods", "~ rcs(ablat, 3) + relevel(alloc, 'random')",
        "--newmods", "ablat=20,alloc=random;ablat=44.5,alloc=systematic"]


def coefficients(formula):
    return {c["term"]: c for c in program.result([*program.BCG, "--mods", formula])["coefficients"]}


class Moderators(unittest.TestCase):
    def test_the_document(self):
        moderators = program.result(LINE)["moderators"]
        self.assertEqual(moderators["formula"], LINE[-3])
        self.assertEqual([t["term"] for t in moderators["terms"]],
                         ["rcs(ablat, 3)", "relevel(alloc, 'random')"])
        self.assertEqual(moderators["terms"][1]["coefficients"], ["allocalternate", "allocsystematic"])
        self.assertEqual([level["k"] for level in moderators["factors"][0]["levels"]], [7, 2, 4])
        self.assertEqual(moderators["notes"], ["rcs(ablat, 3): knots at 14, 33, 50.4"])

    def test_the_csv_and_the_workbook(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.xlsx")
            doc = json.loads(program.run(LINE + ["--format", "json", "--xlsx", path]))
            book = Workbook(path)
            cells = [cell[2] for cell in book.cells("Regression")]
            self.assertEqual(list(book.lint()), [])
            book.zip.close()
        rows = list(csv.DictReader(io.StringIO(program.run(LINE + ["--format", "csv"]).decode(), newline="")))
        predicted = [row for row in rows if row["kind"] == "prediction"]
        self.assertEqual([row["label"] for row in predicted], LINE[-1].split(";"))
        for row, one in zip(predicted, doc["predictions"], strict=True):
            for key, column in (("pred", "yi"), ("se", "sei"), ("ci_lb", "ci_lb"), ("pi_ub", "pi_ub")):
                self.assertEqual(float(row[column]), one[key])
                self.assertTrue(any(near(cell, one[key]) for cell in cells), key)
            self.assertEqual(float(row["natural"]), one["transformed"]["pred"])
        for one in doc["coefficients"]:
            self.assertIn(one["term"], cells)
            for key in ("beta", "se", "ci_lb", "ci_ub", "stat", "pval"):
                self.assertTrue(any(near(cell, one[key]) for cell in cells), key)
        for want in (doc["QM"]["stat"], doc["heterogeneity"]["R2"], doc["heterogeneity"]["QE"]):
            self.assertTrue(any(near(cell, want) for cell in cells), want)
        self.assertIn("reference", cells)

    def test_one_model_written_in_several_ways(self):
        """Level means are those of the contrasts; a basis changes no prediction."""
        contrasts, means = coefficients("~ alloc"), coefficients("~ 0 + alloc")
        self.assertAlmostEqual(means["allocrandom"]["beta"],
                               contrasts["intrcpt"]["beta"] + contrasts["allocrandom"]["beta"], 12)
        at = ["--newmods", "ablat=37.5", "--mods"]
        powers, orthogonal = (program.result([*program.BCG, *at, formula])
                              for formula in ("~ ablat + I(ablat^2)", "~ poly(ablat, 2)"))
        for key in ("pred", "se", "pi_lb"):
            self.assertAlmostEqual(powers["predictions"][0][key], orthogonal["predictions"][0][key], 10)
        for key in ("tau2", "R2", "QE"):
            self.assertAlmostEqual(powers["heterogeneity"][key], orthogonal["heterogeneity"][key], 9)

    def test_a_factor_gives_the_levels_of_subgroups_with_a_common_tau2(self):
        means = coefficients("~ alloc - 1")
        block = program.result([*program.BCG, "--subgroup", "alloc", "--subgroup-tau2", "common"])["subgroups"]
        for level in block["levels"]:
            self.assertAlmostEqual(level["coefficients"][0]["beta"], means["alloc" + level["level"]]["beta"], 11)
        test = program.result([*program.BCG, "--mods", "~ alloc"])["QM"]
        self.assertAlmostEqual(block["QB"]["stat"], test["stat"], 11)
