# SPDX-License-Identifier: GPL-3.0-or-later
"""--compat is nothing but the options that it lists, and ours are what happens without it."""
import json
import os
import tempfile
import unittest

from support import program

SYSTEMS = ("metafor", "meta", "revman5", "revman", "stata", "cma")
SHEETS = {
    "counts": "study,ai,n1i,ci,n2i\na,0,20,4,21\nb,3,30,5,29\nc,9,41,18,40\nd,0,15,0,14\ne,12,50,9,52\n",
    "means": "study,n1i,m1i,sd1i,n2i,m2i,sd2i\na,20,5.1,1.1,22,4.2,1.0\nb,30,6.2,1.3,28,5.9,1.2\n"
             "c,15,4.9,0.9,16,4.0,1.1\nd,41,5.5,1.6,38,5.4,1.2\n",
}
LINES = [("counts", "RR", "REML"), ("counts", "OR", "DL"), ("counts", "OR", "GLMM"), ("counts", "RD", "MH"),
         ("means", "SMD", "REML"), ("means", "ROM", "DL"), ("means", "MD", "EE")]


def as_options(changed, which):
    words = []
    for row in changed:
        words += [f"--{row['option']}={row[which]}"]
    return words


def numbers(document):
    """What a run computed: all but how it was asked."""
    seen = {key: value for key, value in document.items()
            if key not in ("compat", "command_line", "schema", "version")}
    seen["model"] = {**seen["model"], "vtype": seen["model"]["vtype"] or "LS"}  # null: not asked for
    return seen


class Compat(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        for name, text in SHEETS.items():
            with open(os.path.join(self.folder.name, name + ".csv"), "w", encoding="utf-8") as stream:
                stream.write(text)

    def tearDown(self):
        self.folder.cleanup()

    def result(self, line):
        return json.loads(program.run([*line, "--format", "json"], cwd=self.folder.name))

    def test_a_mode_is_the_options_it_lists(self):
        seen = set()
        for sheet, measure, method in LINES:
            line = ["pool", sheet + ".csv", "--measure", measure, "--method", method]
            plain = self.result(line)
            for system in SYSTEMS:
                with self.subTest(measure=measure, method=method, system=system):
                    mode = self.result([*line, "--compat", system])
                    changed = mode["compat"]["changed"]
                    seen |= {(system, row["option"]) for row in changed}
                    self.assertEqual(mode["compat"]["system"], system)
                    self.assertEqual(numbers(mode), numbers(self.result([*line, *as_options(changed, "theirs")])))
                    self.assertEqual(numbers(plain), numbers(self.result([*line, *as_options(changed, "ours")])))
                    kept = self.result([*line, "--compat", system, *as_options(changed, "ours")])
                    self.assertEqual((kept["compat"]["changed"], numbers(kept)), ([], numbers(plain)))
        self.assertLessEqual({("metafor", "nagq"), ("meta", "vtype"), ("meta", "ci-tau2"), ("revman5", "mh-variance"),
                              ("cma", "i2"), ("stata", "predict"), ("revman", "exact-bias")}, seen)

    def test_the_method_of_a_mode(self):
        for system in ("revman5", "cma"):
            mode = self.result(["pool", "means.csv", "--measure", "SMD", "--compat", system])
            self.assertEqual(mode["model"]["method"], "DL")
            self.assertEqual(mode["compat"]["changed"][0],
                             {**mode["compat"]["changed"][0], "option": "method", "ours": "REML", "theirs": "DL"})

    def test_formulas_of_standardized_differences(self):
        """Hedges & Olkin (1985) with the approximate factor, as RevMan 5 prints it, by hand."""
        row = self.result(["effects", "means.csv", "--measure", "SMD", "--compat", "revman5"])["studies"][0]
        pooled = ((19 * 1.1 ** 2 + 21 * 1.0 ** 2) / 40) ** 0.5
        g = (1 - 3 / (4 * 40 - 1)) * 0.9 / pooled
        self.assertAlmostEqual(row["yi"], g, 12)
        self.assertAlmostEqual(row["vi"], 1 / 20 + 1 / 22 + g * g / (2 * (42 - 3.94)), 12)

    def test_risk_ratio_with_an_increment_of_events(self):
        row = self.result(["effects", "counts.csv", "--measure", "RR", "--compat", "meta"])["studies"]
        self.assertAlmostEqual(row[0]["vi"], 1 / 0.5 - 1 / 20.5 + 1 / 4.5 - 1 / 21.5, 12)
        self.assertIsNone(row[3]["yi"])


if __name__ == "__main__":
    unittest.main()
