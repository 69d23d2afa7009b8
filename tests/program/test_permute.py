# SPDX-License-Identifier: GPL-3.0-or-later
"""A permutation test: its views show the same numbers, and the fit is that of pool."""
import csv
import io
import json
import os
import tempfile
import unittest

from support import program
from support.xlsx_cells import Workbook, near

LINE = ["permute", *program.BCG[1:], "--mods", "~ ablat", "--iter", "300", "--permci"]


class Permute(unittest.TestCase):
    def test_the_fit_is_that_of_pool(self):
        pooled = program.result([*program.BCG, "--mods", "~ ablat"])
        test = program.result(LINE)
        for one, other in zip(test["coefficients"], pooled["coefficients"], strict=True):
            self.assertEqual({key: one[key] for key in other}, other)
        self.assertEqual({key: test["QM"][key] for key in pooled["QM"]}, pooled["QM"])
        self.assertEqual(test["heterogeneity"], pooled["heterogeneity"])

    def test_the_document(self):
        test = program.result(LINE + ["--seed", "5"])
        self.assertEqual([c["term"] for c in test["coefficients"]], ["intrcpt", "ablat"])
        self.assertEqual((test["iterations"], test["exact"], test["seed"]), (300, False, 5))
        self.assertEqual((test["permuted"], test["possible"]), ("rows", 389188800))
        self.assertEqual((test["failed"], test["dropped"]), (0, 0))
        slope = test["coefficients"][1]
        self.assertEqual(slope["pval_perm"], test["QM"]["pval_perm"])
        self.assertTrue(1 / 300 <= slope["pval_perm"] < 0.05, slope)
        self.assertTrue(slope["ci_lb_perm"] < slope["beta"] < slope["ci_ub_perm"] < 0, slope)
        exact = program.result(["permute", *program.BCG[1:]])
        self.assertEqual((exact["iterations"], exact["exact"], exact["permuted"]), (8192, True, "signs"))
        self.assertEqual(exact["coefficients"][0]["pval_perm"], 12 / 8192)
        self.assertIsNone(exact["coefficients"][0]["pval_perm_se"])
        self.assertIsNone(exact["QM"]["pval_perm"])

    def test_the_csv_and_the_workbook(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.xlsx")
            test = json.loads(program.run(LINE + ["--format", "json", "--xlsx", path]))
            book = Workbook(path)
            cells = [cell[2] for cell in book.cells("Permutation")]
            self.assertEqual(list(book.lint()), [])
            book.zip.close()
        rows = list(csv.DictReader(io.StringIO(program.run(LINE + ["--format", "csv"]).decode(), newline="")))
        self.assertEqual([row["term"] for row in rows], ["intrcpt", "ablat", "QM"])
        for row, one in zip(rows, test["coefficients"]):
            for key in ("beta", "se", "stat", "pval", "pval_perm", "pval_perm_se", "ci_lb_perm", "ci_ub_perm"):
                self.assertEqual(float(row[key]) if row[key] else None, one[key], key)
            for key in ("beta", "pval_perm", "pval_perm_se"):
                self.assertTrue(any(near(cell, one[key]) for cell in cells), key)
        self.assertEqual(float(rows[2]["pval_perm"]), test["QM"]["pval_perm"])
