# SPDX-License-Identifier: GPL-3.0-or-later
"""The data sets that ship with the program are the files of datasets/, and its example runs."""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

from support import program

FOLDER = os.path.join(program.ROOT, "datasets")


def sheets():
    return sorted(glob.glob(os.path.join(FOLDER, "*.csv")) + glob.glob(os.path.join(FOLDER, "*", "*.csv")))


def name_of(path):
    return os.path.basename(path)[:-4]


class Datasets(unittest.TestCase):
    def test_derived_sheets_follow_from_the_extraction_sheets(self):
        done = subprocess.run([sys.executable, os.path.join(FOLDER, "knee", "derive.py"), "--check"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode("utf-8", "replace"))

    def test_every_sheet_is_listed(self):
        listed = program.run(["data", "list"]).decode()
        for path in sheets():
            self.assertRegex(listed, rf"(?m)^\s*@?{name_of(path)}\b")

    def test_every_sheet_is_exported_byte_for_byte(self):
        for path in sheets():
            with open(path, "rb") as stream:
                want = stream.read()
            self.assertTrue(program.run(["data", "export", name_of(path), "-o", "/dev/stdout"]) == want, path)

    def test_every_example_runs(self):
        for path in sheets():
            with open(path[:-4] + ".md", encoding="utf-8") as stream:
                example = re.search(r"^- example: `tausq ([^`]*)`", stream.read(), re.M)
            with self.subTest(name_of(path)):
                self.assertIsNotNone(example)
                words = shlex.split(example[1])
                if words[0] == "data":  # a sheet that is not to be pooled: exported
                    with tempfile.TemporaryDirectory() as folder:
                        program.run(words, cwd=folder)
                else:
                    self.assertTrue(program.result(words)["studies"])
