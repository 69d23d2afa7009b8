# SPDX-License-Identifier: GPL-3.0-or-later
"""Wherever an allocation fails, the program says so in one line and delivers nothing; what it delivers is whole.
Workbooks and PDFs are not tried: their libraries end the process, or crash, where memory is short."""
import os
import subprocess
import tempfile
import unittest

from support import program

DATA = ["@bcg", "--measure", "RR", "--ai", "tpos", "--bi", "tneg", "--ci", "cpos", "--di", "cneg", "--slab", "author"]
# %NAME is a file in the folder of the test.
LINES = {
    "text": ["pool", *DATA, "--subgroup", "alloc"],
    "json": ["pool", *DATA, "--mods", "~ ablat + alloc", "--pairwise", "alloc", "--format", "json"],
    "effects": ["effects", *DATA[:-2], "--format", "json"],
    "init": ["run", "--init", "@knee_between"],
    "check": ["check", "@bcg", "--format", "md"],
    "bias": ["bias", *DATA, "--tests", "all", "--format", "csv"],
    "influence": ["influence", *DATA, "--threads", "1", "--format", "html"],
    "glmm": ["pool", "@nielweise2007", "--measure", "OR", "--method", "GLMM"],
    "aggregate": ["aggregate", "@berkey1998", "--cluster", "trial", "--V", "v1i,v2i", "--format", "json"],
    "robust": ["pool", "@assink2016", "--yi", "yi", "--vi", "vi", "--mods", "~ deltype", "--cluster", "study", "--wild", "19",
               "--threads", "1", "--format", "json"],
    "copas": ["copas", *DATA, "--most", "0.99", "--format", "json"],
    "svalue": ["svalue", *DATA],
    "plan": ["run", os.path.join(program.ROOT, "tests", "command", "run_multilevel", "plan.yaml"), "--only", "one", "--only", "none",
             "--threads", "1", "--format", "md", "--json", "%plan.json"],
    "tsa": ["tsa", *DATA, "--order", "year", "--format", "json"],
}
TRIED = 40  # of the allocations of each, evenly


@unittest.skipIf(program.sanitized(), "a sanitizer has an allocator of its own")
class ShortMemory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.library = os.path.join(cls.folder.name, "failing_malloc.so")
        source = os.path.join(program.ROOT, "tests", "program", "failing_malloc.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", cls.library, source], check=True)

    def attempt(self, line, at, once):
        env = dict(program.environment(), LD_PRELOAD=self.library, FAIL_AT=str(at))
        return subprocess.run([program.TAUSQ, *line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=dict(env, FAIL_ONCE="1") if once else env, timeout=120)

    def allocations(self, line):
        """How many a run makes, by bisection: the first that is not reached changes nothing."""
        low, high = 0, 1
        while self.attempt(line, high, False).returncode:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.attempt(line, middle, False).returncode else (low, middle)
        return high

    def test_no_allocation_fails_unnoticed(self):
        for name, words in LINES.items():
            line = [os.path.join(self.folder.name, word[1:]) if word.startswith("%") else word for word in words]
            whole, count = program.run(line), self.allocations(line)
            self.assertGreater(count, 10)
            for at in range(0, count, max(1, count // TRIED)):
                for once in (False, True):
                    done = self.attempt(line, at, once)
                    with self.subTest(name, at=at, once=once):
                        if done.returncode == 0:  # it could do without
                            self.assertEqual(done.stdout, whole)
                        else:
                            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (1, b"", 1),
                                             done.stderr)
                            self.assertIn(b"memory", done.stderr)


if __name__ == "__main__":
    unittest.main()
