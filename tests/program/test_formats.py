# SPDX-License-Identifier: GPL-3.0-or-later
"""One table in every format that is read gives one result (tests/data/README.md says who wrote them)."""
import gzip
import json
import os
import subprocess
import tempfile
import unittest

from support import program

DATA = os.path.join(program.ROOT, "tests", "data")
POOL = ["--measure", "RR", "--subgroup", "alloc"]
EFFECTS = ["--measure", "RR", "--format", "csv"]


def file(name):
    return os.path.join(DATA, name)


class Formats(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.packed = os.path.join(holder.name, "trials.csv.gz")
        with open(file("trials.csv"), "rb") as stream, gzip.open(self.packed, "wb") as out:
            out.write(stream.read())
        # DATA, further arguments, the sheet the result names
        self.cases = {
            "LibreOffice": (file("trials.xlsx"), [], "trials"),
            "libxlsxwriter": (file("trials_xlsxwriter.xlsx") + "#Trials 1 & 2", [], "Trials 1 & 2"),
            "by number": (file("trials_xlsxwriter.xlsx"), ["--sheet", "2"], "Trials 1 & 2"),
            "Stata": (file("trials.dta"), [], None),
            "SPSS": (file("trials.sav"), [], None),
            "gzip": (self.packed, [], None),
        }

    def test_the_result_is_the_same_but_for_where_it_comes_from(self):
        want = program.result(["pool", file("trials.csv"), *POOL])
        for name, (path, options, sheet) in self.cases.items():
            with self.subTest(name):
                got = program.result(["pool", path, *POOL, *options])
                self.assertEqual(got["data"].pop("sheet", None), sheet)
                self.assertEqual(got["data"]["source"], path.partition("#")[0])
                self.assertNotEqual(got["data"]["sha256"], want["data"]["sha256"])
                for key in ("source", "sha256"):
                    got["data"][key] = want["data"][key]
                got["command_line"] = want["command_line"]
                self.assertEqual(json.dumps(got), json.dumps(want))

    def test_every_cell_is_the_same(self):
        want = program.run(["effects", file("trials.csv"), *EFFECTS])
        for name, (path, options, _) in self.cases.items():
            with self.subTest(name):
                self.assertEqual(program.run(["effects", path, *EFFECTS, *options]).decode(), want.decode())

    def test_an_error_names_the_row_of_the_sheet(self):
        args = ["pool", file("trials.xlsx"), "--measure", "RR", "--ai", "alloc"]
        done = subprocess.run([program.TAUSQ, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=program.environment(), timeout=120)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.decode(), f"tausq: error: {file('trials.xlsx')}:2: column 'alloc': "
                         "value 'random' is not a number\n")

    def test_a_sheet_that_is_not_there_is_wrong_usage(self):
        for args in ([file("trials.xlsx") + "#Trials 3"], [file("trials.csv"), "--sheet", "1"],
                     ["@bcg", "--sheet", "1"], [file("trials.dta"), "--header", "2"],
                     [file("trials.xlsx"), "--header", "0"], [file("trials.xlsx"), "--header", "99"]):
            with self.subTest(args[0]):
                program.run(["effects", *args], status=2)

    def test_libraries_of_formats_are_loaded_when_needed(self):
        done = subprocess.run(["readelf", "-d", program.TAUSQ], stdout=subprocess.PIPE, check=True)
        self.assertNotRegex(done.stdout.decode(), "NEEDED.*(libzip|readstat)")
