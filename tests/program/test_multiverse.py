# SPDX-License-Identifier: GPL-3.0-or-later
"""Specifications: each is what pool gives with its options, and the views show the same."""
import csv
import io
import json
import os
import tempfile
import unittest

from support import program
from support.xlsx_cells import Workbook, near

COLUMNS = ["--ai", "tpos", "--bi", "tneg", "--ci", "cpos", "--di", "cneg"]
LINE = ["multiverse", "@bcg", *COLUMNS, "--measures", "RR,OR", "--methods", "REML,DL,EE,MH", "--tests", "z,knha",
        "--subsets", "all; late: year >= 1960", "--outliers", "none,rstudent>2"]
SUBSETS = {"all": [], "late": ["--subset", "year >= 1960"]}


class Multiverse(unittest.TestCase):
    def test_each_specification_is_that_of_pool(self):
        document = program.result(LINE)
        self.assertEqual((document["asked"], len(document["specifications"])), (64, 64))
        fitted = 0
        for one in document["specifications"]:
            if one["why_none"]:
                self.assertIsNone(one["estimate"])
                continue
            if one["outliers"] != "none" and one["removed"]:
                continue
            fitted += 1
            whole = program.result(["pool", "@bcg", *COLUMNS, "--measure", one["measure"], "--method", one["method"],
                                    "--test", one["test"], *SUBSETS[one["subset"]]])
            for key, want in (("estimate", "beta"), ("se", "se"), ("pval", "pval"), ("ci_lb", "ci_lb"), ("ci_ub", "ci_ub")):
                self.assertEqual(one[key], whole["coefficients"][0][want], one)
            self.assertEqual((one["tau2"], one["I2"]), (whole["heterogeneity"]["tau2"], whole["heterogeneity"]["I2"]))
            self.assertEqual(one["pred"], whole["transformed"]["pred"])
        self.assertGreater(fitted, 25)

    def test_what_is_summarised(self):
        document = program.result(LINE)
        rows = document["specifications"]
        valid = [row for row in rows if not row["why_none"]]
        summary = document["summary"]
        self.assertEqual((summary["n"], summary["valid"]), (len(rows), len(valid)))
        self.assertEqual(summary["significant"], sum(row["significant"] for row in valid) / len(valid))
        curve = sorted((row for row in rows if row["rank"]), key=lambda row: row["rank"])
        self.assertEqual([row["rank"] for row in curve], list(range(1, len(curve) + 1)))
        self.assertEqual([row["estimate"] for row in curve], sorted(row["estimate"] for row in curve))
        self.assertEqual({row["measure"] for row in curve}, {"RR"})
        self.assertEqual((summary["min"], summary["max"]), (curve[0]["estimate"], curve[-1]["estimate"]))
        self.assertEqual(sum(gap["n"] for gap in document["invalid"]), len(rows) - len(valid))

    def test_the_table_and_the_workbook(self):
        with tempfile.TemporaryDirectory() as folder:
            path, table = os.path.join(folder, "o.xlsx"), os.path.join(folder, "s.csv")
            document = json.loads(program.run(LINE + ["--format", "json", "--xlsx", path, "--csv", table]))
            book = Workbook(path)
            cells = [cell[2] for cell in book.cells("Specifications")]
            self.assertEqual(list(book.lint()), [])
            book.zip.close()
            with open(table, "rb") as stream:
                written = stream.read()
        self.assertEqual(written, program.run(LINE + ["--format", "csv"]))
        rows = list(csv.DictReader(io.StringIO(written.decode(), newline="")))
        self.assertEqual(len(rows), len(document["specifications"]))
        for row, one in zip(rows, document["specifications"]):
            for key in ("measure", "subset", "method", "test", "outliers"):
                self.assertEqual(row[key], one[key])
            self.assertEqual(row["why_none"], one["why_none"] or "")
            self.assertEqual(float(row["estimate"]) if row["estimate"] else None, one["estimate"])
            self.assertTrue(one["estimate"] is None or any(near(cell, one["estimate"]) for cell in cells), one)

    def test_the_figure(self):
        with tempfile.TemporaryDirectory() as folder:
            path, other = os.path.join(folder, "a.svg"), os.path.join(folder, "b.svg")
            program.run(LINE + ["--quiet", "--plot", path])
            program.run(["plot", *LINE[1:], "--kind", "spec", "-o", other])
            with open(path, encoding="utf-8") as stream:
                picture = stream.read()
            with open(other, encoding="utf-8") as stream:
                self.assertEqual(stream.read(), picture)
        curve = [row for row in program.result(LINE)["specifications"] if row["rank"]]
        self.assertEqual(picture.count('class="point"'), len(curve))
        self.assertIn(">method: REML<", picture)
        self.assertNotIn("measure: ", picture)  # the curve is of one

    def test_threads_change_no_byte(self):
        one = program.run(LINE + ["--format", "json", "--threads", "1"])
        self.assertEqual(one, program.run(LINE + ["--format", "json", "--threads", "4"]))
