# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries of figures and workbooks: loaded when asked for, and told by name when they are missing."""
import os
import subprocess
import tempfile
import unittest

from support import program

PANGO = "libpangocairo-1.0.so.0"
# Of whatever version: empty files of these names stand before the real ones.
XLSXWRITER = [f"libxlsxwriter.so.{version}" for version in range(1, 30)]


class OnDemand(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.broken = os.path.join(self.folder, "lib")
        os.mkdir(self.broken)
        for name in [PANGO, *XLSXWRITER]:
            with open(os.path.join(self.broken, name), "wb"):
                pass

    def run_without(self, *options):
        return subprocess.run([program.TAUSQ, *program.BCG, *options], cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=program.environment(LD_LIBRARY_PATH=self.broken), timeout=120)

    def test_numbers_need_neither(self):
        done = self.run_without("--json", "out.json")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, program.run(program.BCG))

    def test_what_is_missing_is_one_line_and_leaves_no_file(self):
        for option, name, words in (("--plot", "out.svg", (PANGO, "libpangocairo-1.0-0")),
                                    ("--plot", "out.pdf", (PANGO, "libpangocairo-1.0-0")),
                                    ("--xlsx", "out.xlsx", ("libxlsxwriter.so.", "Debian package libxlsxwriter"))):
            with self.subTest(name):
                done = self.run_without(option, name)
                errors = done.stderr.decode()
                self.assertEqual(done.returncode, 3, errors)
                self.assertEqual(errors.count("\n"), 1, errors)
                for word in words:
                    self.assertIn(word, errors)
                self.assertEqual(os.listdir(self.folder), ["lib"])

    def test_the_loader_is_not_asked_for_them(self):
        for product in ("tausq", "libtausq.so"):
            done = subprocess.run(["readelf", "-d", os.path.join(program.BUILD, product)], stdout=subprocess.PIPE,
                                  check=True)
            needed = [line for line in done.stdout.decode().splitlines() if "(NEEDED)" in line]
            self.assertTrue(needed)
            for line in needed:
                self.assertNotRegex(line, "cairo|pango|glib|gobject|xlsxwriter")
