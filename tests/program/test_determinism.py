# SPDX-License-Identifier: GPL-3.0-or-later
"""The same input gives the same bytes: twice, in another time zone, locale and folder."""
import os
import subprocess
import tempfile
import unittest

from support import program

FILES = ("out.json", "out.xlsx", "out.svg", "out.pdf", "out.png")


def everything(folder, **changes):
    """{name: bytes} of every output of one analysis."""
    line = program.BCG + ["--subgroup", "alloc", "--json", "out.json", "--xlsx", "out.xlsx"]
    outputs = {"text": program.run(line + ["--plot", "out.svg"], cwd=folder, **changes)}
    for figure in ("out.pdf", "out.png"):
        program.run(program.BCG + ["--subgroup", "alloc", "--quiet", "--plot", figure], cwd=folder, **changes)
    for name in FILES:
        with open(os.path.join(folder, name), "rb") as stream:
            outputs[name] = stream.read()
    return outputs


def german():
    """A locale with a decimal comma, where the system has one."""
    try:
        names = subprocess.run(["locale", "-a"], stdout=subprocess.PIPE).stdout.decode().split()
    except OSError:
        return None
    return next((n for n in names if n.lower().startswith(("de_de.utf", "fr_fr.utf"))), None)


class Determinism(unittest.TestCase):
    def same(self, **changes):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            want, got = everything(one), everything(two, **changes)
        for name in want:
            self.assertTrue(want[name], f"{name} is empty")
            self.assertTrue(want[name] == got[name], f"{name} differs")

    def test_two_runs_are_equal(self):
        self.same()

    def test_the_time_zone_changes_nothing(self):
        self.same(TZ="Asia/Kathmandu")

    def test_the_home_folder_changes_nothing(self):
        self.same(HOME="/nonexistent", XDG_CACHE_HOME="/nonexistent")

    def test_a_decimal_comma_of_the_locale_changes_nothing(self):
        name = german()
        if name is None:
            self.skipTest("no locale with a decimal comma here")
        self.same(LC_ALL=name)

    def test_the_number_of_threads_changes_nothing(self):
        one = program.run(program.BCG + ["--format", "json", "--threads", "1"])
        self.assertEqual(one, program.run(program.BCG + ["--format", "json", "--threads", "4"]))

    def test_permutations_do_not_depend_on_threads(self):
        line = ["permute", *program.BCG[1:], "--mods", "~ ablat", "--iter", "500", "--permci", "--format", "json"]
        self.assertEqual(program.run(line + ["--threads", "1"]), program.run(line + ["--threads", "4"]))

    def test_wild_bootstraps_do_not_depend_on_threads(self):
        line = ["mv", "@assink2016", "--random", "~ 1 | study/esid", "--mods", "~ deltype", "--cluster", "study", "--wild", "2000",
                "--format", "json"]
        self.assertEqual(program.run(line + ["--threads", "1"]), program.run(line + ["--threads", "4"]))

    def test_a_date_is_written_only_when_it_is_given(self):
        plain = program.run(program.BCG + ["--format", "json"])
        dated = program.run(program.BCG + ["--format", "json", "--date", "2017-03-09"])
        epoch = program.run(program.BCG + ["--format", "json"], SOURCE_DATE_EPOCH="1489017600")
        self.assertNotIn(b"2017-03-09", plain)
        self.assertIn(b"2017-03-09", dated)
        self.assertIn(b"2017-03-09", epoch)
