# SPDX-License-Identifier: GPL-3.0-or-later
"""Models of subsets: the file of every model, the views, threads, and what an interruption leaves."""
import csv
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
import unittest

from support import program
from support.xlsx_cells import Workbook, near

LINE = ["gosh", *program.BCG[1:]]
RAUDENBUSH = ["gosh", "@raudenbush1985"]


def models(path):
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    return rows[0], rows[1:]


class Gosh(unittest.TestCase):
    def test_the_file_of_models_is_what_the_views_summarise(self):
        with tempfile.TemporaryDirectory() as folder:
            path, book_path = os.path.join(folder, "m.csv"), os.path.join(folder, "o.xlsx")
            test = json.loads(program.run(LINE + ["--format", "json", "--csv", path, "--xlsx", book_path]))
            head, rows = models(path)
            book = Workbook(book_path)
            cells = [cell[2] for cell in book.cells("GOSH")]
            self.assertEqual(list(book.lint()), [])
            book.zip.close()
        self.assertEqual(head[:5], ["k", "estimate", "tau2", "I2", "QE"])
        self.assertEqual((len(head), len(rows), test["models"]), (5 + 13, 8191, 8191))
        estimate = [float(row[1]) for row in rows]
        self.assertEqual(test["summary"]["percent"], [0, 2.5, 25, 50, 75, 97.5, 100])
        self.assertEqual(test["summary"]["estimate"][3], statistics.median(estimate))
        self.assertEqual((test["summary"]["estimate"][0], test["summary"]["estimate"][-1]), (min(estimate), max(estimate)))
        for i, study in enumerate(test["studies"]):
            self.assertEqual(study["study"], head[5 + i])
            for key, mark in (("with", "1"), ("without", "0")):
                mine = [float(row[1]) for row in rows if row[5 + i] == mark]
                self.assertEqual(study[key]["models"], len(mine))
                self.assertAlmostEqual(study[key]["estimate"], statistics.median(mine), 14)
                self.assertTrue(any(near(cell, study[key]["estimate"]) for cell in cells), study)
        whole = program.result(program.BCG)
        self.assertEqual(rows[-1][5:], ["1"] * 13)
        self.assertAlmostEqual(float(rows[-1][1]), whole["coefficients"][0]["beta"], 12)
        self.assertAlmostEqual(float(rows[-1][2]), whole["heterogeneity"]["tau2"], 12)

    def test_the_figure(self):
        with tempfile.TemporaryDirectory() as folder:
            path, other = os.path.join(folder, "a.svg"), os.path.join(folder, "b.svg")
            test = json.loads(program.run(LINE + ["--out", "TPT Madras", "--plot", path, "--format", "json"]))
            program.run(["plot", *LINE[1:], "--out", "TPT Madras", "--kind", "gosh", "-o", other])
            with open(path, encoding="utf-8") as stream:
                picture = stream.read()
            with open(other, encoding="utf-8") as stream:
                self.assertEqual(stream.read(), picture)
        self.assertIn(">%d subsets: " % test["models"], picture)
        self.assertIn(">with TPT Madras<", picture)

    def test_threads_change_no_byte(self):
        with tempfile.TemporaryDirectory() as folder:
            outputs = []
            for threads in ("1", "2", "5"):
                path = os.path.join(folder, threads)
                report = program.run(LINE + ["--subsets", "5000", "--csv", path, "--threads", threads])
                with open(path, "rb") as stream:
                    outputs.append((report, stream.read()))
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(outputs[0], outputs[2])

    def test_an_interruption_keeps_what_was_done(self):
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen([program.TAUSQ, *RAUDENBUSH, "--subsets", "400000000", "--csv", "m.csv", "--json",
                                        "o.json"], cwd=folder, env=program.environment(), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            started = []
            while not started:  # the staged file has rows
                time.sleep(0.02)
                started = [name for name in os.listdir(folder) if os.path.getsize(os.path.join(folder, name)) > 0]
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 130, errors)
            self.assertEqual(sorted(os.listdir(folder)), ["m.csv", "o.json"])
            with open(os.path.join(folder, "o.json"), encoding="utf-8") as stream:
                test = json.load(stream)
            rows = models(os.path.join(folder, "m.csv"))[1]
        self.assertTrue(test["interrupted"])
        self.assertEqual(len(rows), test["models"])
        self.assertLess(test["models"], test["asked"])
        self.assertIn(b"Interrupted: the first %d of 524287 subsets" % test["models"], output)
        self.assertIn(b"tausq: error: interrupted after %d of 524287 models" % test["models"], errors)
        self.assertTrue(any("interrupted" in text for text in test["warnings"]), test["warnings"])
