# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave-one-out, cumulative analysis and influence: their views agree, and with the pooled model."""
import csv
import io
import json
import os
import tempfile
import unittest
import xml.etree.ElementTree

from support import program
from support.xlsx_cells import Workbook, near

DATA = program.BCG[1:]
LINES = {"loo": ["loo", *DATA], "cumul": ["cumul", *DATA, "--order", "year", "--test", "knha"],
         "influence": ["influence", *DATA, "--mods", "~ ablat"]}
MODEL = ("beta", "se", "stat", "pval", "ci_lb", "ci_ub", "QE", "QE_pval", "tau2", "I2", "H2")


class Sensitivity(unittest.TestCase):
    def test_threads_change_no_byte(self):
        for line in LINES.values():
            for form in ("text", "json", "csv"):
                with self.subTest(command=line[0], form=form):
                    one, four = (program.run([*line, "--format", form, "--threads", n]) for n in "14")
                    self.assertEqual(one, four)

    def test_a_row_is_the_pool_of_its_studies(self):
        rows = program.result(LINES["loo"])["rows"]
        for i, row in enumerate(rows, 1):
            self.agrees(row, program.result([*program.BCG, "--subset", f"trial != {i}"]))
        rows = program.result(LINES["cumul"])["rows"]
        self.agrees(rows[4], program.result([*program.BCG, "--test", "knha", "--subset", "year <= 1961"]))
        self.agrees(rows[-1], program.result([*program.BCG, "--test", "knha"]))

    def agrees(self, row, pooled):
        want = {**pooled["coefficients"][0], **pooled["heterogeneity"]}
        self.assertEqual(row["k"], pooled["k"])
        for key in MODEL:
            self.assertAlmostEqual(row[key], want[key], delta=1e-8 * max(1.0, abs(want[key])), msg=key)
        self.assertAlmostEqual(row["transformed"]["pred"], pooled["transformed"]["pred"], delta=1e-9)

    def test_groups_and_ties(self):
        rows = program.result([*LINES["loo"], "--cluster", "alloc", "--method", "MH"])["rows"]
        self.assertEqual([(r["study"], r["k"]) for r in rows], [("random", 6), ("alternate", 11), ("systematic", 9)])
        want = program.result([*program.BCG, "--method", "MH", "--subset", "alloc != 'random'"])
        self.assertAlmostEqual(rows[0]["beta"], want["coefficients"][0]["beta"], delta=1e-12)
        rows = program.result([*LINES["cumul"], "--collapse", "--descending"])["rows"]
        self.assertEqual([r["at"] for r in rows][:5], ["1980", "1977", "1976", "1974", "1973"])
        self.assertEqual([r["k"] for r in rows][:6], [1, 2, 3, 4, 6, 7])

    def test_influence_has_the_residuals_of_pool(self):
        rows = program.result(LINES["influence"])["rows"]
        pooled = program.result([*program.BCG, "--mods", "~ ablat", "--residuals"])
        for row, study in zip(rows, pooled["residuals"], strict=True):
            for key in ("rstudent", "hat"):
                self.assertEqual(row[key], study[key], key)

    def test_csv_and_workbook_have_the_numbers(self):
        for name, line in LINES.items():
            with self.subTest(command=name), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "o.xlsx")
                rows = json.loads(program.run([*line, "--format", "json", "--xlsx", path]))["rows"]
                book = Workbook(path)
                cells = [cell[2] for cell in book.cells("Sensitivity")]
                self.assertEqual(list(book.lint()), [])
                book.zip.close()
                table = program.run([*line, "--format", "csv"]).decode()
                for row, one in zip(csv.DictReader(io.StringIO(table, newline="")), rows, strict=True):
                    for key in set(row) & set(one) - {"study", "at", "influential"}:
                        self.assertEqual(float(row[key]) if row[key] else None, one[key], key)
                    for key in ("beta", "QE", "dffits", "cook_d"):
                        if key in one:
                            self.assertTrue(any(near(cell, one[key]) for cell in cells), (key, one[key]))

    def test_figures_have_a_row_for_each_part(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.svg")
            for line in (["loo", *DATA, "--quiet", "--plot", path], ["plot", *DATA, "--kind", "loo", "-o", path],
                         ["plot", *DATA, "--kind", "cumulative", "--order", "year", "-o", path]):
                program.run(line)
                with open(path, encoding="utf-8") as stream:
                    self.assertIn("<svg", stream.read(2000))
                os.remove(path)

    def test_the_figure_names_whom_the_report_marks(self):
        line = [*DATA, "--mods", "~ ablat", "--method", "EE"]
        rows = program.result(["influence", *line])["rows"]
        marked = {row["study"] for row in rows if row["influential"]}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.svg")
            program.run(["plot", *line, "--kind", "influence", "-o", path])
            root = xml.etree.ElementTree.parse(path).getroot()
        texts = {"".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")}
        self.assertTrue(1 < len(marked) < len(rows), marked)
        self.assertEqual({row["study"] for row in rows} & texts, marked)
        points = [mark for mark in root.iter() if "influence" in mark.get("class", "").split()]
        self.assertEqual(len(points), 4 * len(rows))
