# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulation: figure and workbook show the numbers of the JSON document, whatever the threads."""
import json
import os
import re
import tempfile
import unittest
import xml.etree.ElementTree as ET
import zipfile

from support import program
from support.xlsx_cells import Workbook, near

SVG = "{http://www.w3.org/2000/svg}"
LINE = ["simulate", "--k", "4,9", "--tau2", "0,0.07", "--effect", "0.3", "--n", "17", "--method", "DL,REML",
        "--test", "z,knha", "--reps", "300", "--seed", "5"]
PERCENT = {"coverage", "rejected", "I2", "Q_rejected", "pi_coverage", "fitted"}


def files(names, line=LINE, extra=()):
    """The document, and the bytes of the files that options name."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {option: os.path.join(folder, name) for option, name in names.items()}
        options = [word for option, path in paths.items() for word in (option, path)]
        document = json.loads(program.run([*line, "--format", "json", *extra, *options]))
        out = {}
        for option, path in paths.items():
            with open(path, "rb") as stream:
                out[option] = stream.read()
    return document, out


class Simulation(unittest.TestCase):
    def test_the_figure_tells_every_value(self):
        document, made = files({"--plot": "f.svg"})
        root = ET.fromstring(made["--plot"])
        hints = [e.text for e in root.iter(SVG + "title")]
        told = 0
        for scenario in document["scenarios"]:
            for row in scenario["results"]:
                for quantity in ("coverage", "rejected"):
                    value = f"{row[quantity]['value']:.2f}"
                    self.assertTrue(any(h.startswith(f"{row['method']}, {row['test']}: {value} (") for h in hints), value)
                    told += 1
        self.assertEqual(told, 32)
        self.assertIn("Power (%)", "".join(root.itertext()))

    def test_the_workbook_has_every_number(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.xlsx")
            document = json.loads(program.run([*LINE, "--format", "json", "--xlsx", path]))
            book = Workbook(path)
            self.assertEqual(list(book.lint()), [])
            cells = [cell[2] for cell in book.cells("Performance")]
            drawn = [cell[2] for cell in book.cells("ChartData")]
            book.zip.close()
            with zipfile.ZipFile(path) as parts:
                charts = [parts.read(name).decode() for name in parts.namelist() if re.match(r"xl/charts/chart\d", name)]
        for scenario in document["scenarios"]:
            for row in scenario["results"]:
                for name, value in row.items():
                    if isinstance(value, dict):
                        factor = 0.01 if name in PERCENT else 1.0
                        for key in ("value", "mcse"):
                            self.assertTrue(value[key] is None or any(near(c, factor * value[key]) for c in cells), (name, value))
                self.assertTrue(any(near(c, row["coverage"]["value"]) for c in drawn))
        self.assertEqual(len(charts), 6)
        self.assertEqual(sum("Coverage" in chart for chart in charts), 2)

    def test_threads_change_no_byte(self):
        names = {"--plot": "f.svg", "--xlsx": "o.xlsx"}
        one, first = files(names, extra=["--threads", "1"])
        four, second = files(names, extra=["--threads", "4"])
        for document in (one, four):
            document.pop("provenance", None)
        self.assertEqual(first["--plot"], second["--plot"])
        self.assertEqual(one["scenarios"], four["scenarios"])

    def test_a_plan_has_its_sizes_in_the_workbook(self):
        line = ["simulate", "--find", "k", "--effect", "0.4,0.6", "--n", "20", "--tau2", "0.02", "--reps", "300"]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.xlsx")
            document = json.loads(program.run([*line, "--format", "json", "--xlsx", path]))
            book = Workbook(path)
            cells = [cell[2] for cell in book.cells("Scenarios")]
            self.assertEqual(list(book.lint()), [])
            book.zip.close()
        for scenario in document["scenarios"]:
            self.assertTrue(any(near(cell, scenario["k"]) for cell in cells))
