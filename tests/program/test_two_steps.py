# SPDX-License-Identifier: GPL-3.0-or-later
"""Effects written to a file and pooled from it give what pooling the sheet gives, to the last digit."""
import json
import os
import tempfile
import unittest

from support import program


def command_input(name):
    return os.path.join(program.ROOT, "tests", "command", name, "in.csv")


SHEETS = {
    "bcg": (["@bcg"], ["--measure", "RR", "--ai", "tpos", "--bi", "tneg", "--ci", "cpos", "--di", "cneg"],
            ["--slab", "author"]),
    "normand1999": (["@normand1999"], ["--measure", "SMD"], []),
    "zero cells": (["@nielweise2007"], ["--measure", "OR"], []),
    "before and after": ([command_input("effects_changes_from_before_and_after")],
                         ["--measure", "MD", "--ri", "=0.5"], []),
    "medians": ([command_input("effects_fallback")], ["--measure", "MD"], []),
    "knee": (["@knee_pain_change"], ["--measure", "MC", "--ri", "=0.2"], ["--test", "knha"]),
}
SAME = ("k", "coefficients", "prediction", "heterogeneity", "fit")


class TwoSteps(unittest.TestCase):
    def test_effects_then_pool_equals_pool(self):
        for name, (data, measure, model) in SHEETS.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                program.run(["effects"] + data + measure + ["-o", "effects.csv"], cwd=folder)
                at_once = json.loads(program.run(["pool"] + data + measure + model + ["--format", "json"]))
                after = json.loads(program.run(
                    ["pool", os.path.join(folder, "effects.csv"), "--yi", "yi", "--vi", "vi"] + model
                    + ["--format", "json"]))
                for part in SAME:
                    self.assertEqual(at_once[part], after[part], part)
                self.assertEqual([s["yi"] for s in at_once["studies"]], [s["yi"] for s in after["studies"]])


if __name__ == "__main__":
    unittest.main()
