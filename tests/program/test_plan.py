# SPDX-License-Identifier: GPL-3.0-or-later
"""Analysis plans: the same bytes however they are run, the same numbers as single commands, the knee plan."""
import json
import os
import re
import shlex
import shutil
import tempfile
import unittest

from support import program

KNEE = os.path.join(program.ROOT, "datasets", "knee", "plan.yaml")
PLAN = os.path.join(program.ROOT, "tests", "command", "run_bcg", "plan.yaml")
LEVELS = os.path.join(program.ROOT, "tests", "command", "run_multilevel", "plan.yaml")


def report(plan, folder, *more, cwd=None, **changes):
    """{file: bytes} of the folder of the report, and what was printed as ""."""
    out = os.path.join(folder, "out")
    files = {"": program.run(["run", plan, "--out-dir", out, *more], cwd=cwd, **changes)}
    for place, _, names in os.walk(out):
        for name in names:
            with open(os.path.join(place, name), "rb") as stream:
                files[os.path.relpath(os.path.join(place, name), out)] = stream.read()
    return files


class Plans(unittest.TestCase):
    def test_threads_and_folders_change_nothing(self):
        for plan in (PLAN, LEVELS):
            with self.subTest(plan):
                self.same_bytes(plan)

    def same_bytes(self, plan):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            shutil.copyfile(plan, os.path.join(two, "plan.yaml"))
            want = report(plan, one, "--threads", "1")
            got = report("plan.yaml", two, "--threads", "4", cwd=two, TZ="Asia/Kathmandu")
        del want[""], got[""]  # they say where the report stands
        self.assertIn("figures/all-forest.svg", want)
        self.assertEqual(sorted(want), sorted(got))
        for name in want:
            self.assertTrue(want[name] and want[name] == got[name], f"{name} differs")

    def test_results_are_those_of_the_single_commands(self):
        done = 0
        for plan in (LEVELS, PLAN):
            with tempfile.TemporaryDirectory() as folder:
                doc = json.loads(report(plan, folder)["report.json"])
            for entry in doc["analyses"]:
                for part in [entry, *entry["further"]]:
                    if "pool" in part and entry["id"] != "one":  # whose robust inference cannot be done
                        words = shlex.split(part["pool"]["command_line"])
                        alone = program.result(words[1:])
                        # The reading also tells of tests that the analysis was asked for besides.
                        for name in set(alone) - {"command_line", "reading"}:
                            self.assertEqual(alone[name], part["pool"][name], f"{words}: {name}")
                        done += 1
        self.assertGreaterEqual(done, 18)
        loo = program.result(["loo", *program.BCG[1:], "--test", "knha"])
        self.assertEqual(doc["analyses"][0]["loo"], loo["rows"])

    def test_single_files_stand_in_place_of_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(PLAN, os.path.join(folder, "plan.yaml"))
            program.run(["run", "plan.yaml", "--json", "all.json", "-o", "all.html", "--only", "all"], cwd=folder)
            self.assertEqual(sorted(os.listdir(folder)), ["all.html", "all.json", "plan.yaml"])
            program.run(["run", "plan.yaml", "--only", "all", "--quiet"], cwd=folder)
            self.assertIn("plan-report", os.listdir(folder))

    def test_a_failure_leaves_no_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(PLAN, encoding="utf-8") as stream:
                text = stream.read().replace("test: knha", "test: knha\n  level: 200")
            with open(os.path.join(folder, "plan.yaml"), "w", encoding="utf-8") as stream:
                stream.write(text)
            program.run(["run", "plan.yaml"], cwd=folder, status=2)
            self.assertEqual(os.listdir(folder), ["plan.yaml"])

    def test_starter_plans_of_all_sheets_can_be_run(self):
        listed = [line.split()[0].lstrip("@") for line in program.run(["data", "list"]).decode().splitlines()
                  if " rows " in line]
        written = 0
        with tempfile.TemporaryDirectory() as folder:
            for name in listed:
                try:
                    program.run(["run", "--init", "@" + name, "-o", "plan.yaml"], cwd=folder)
                except AssertionError as refused:
                    self.assertIn("no row has all columns of a measure", str(refused), name)
                    continue
                with self.subTest(name):
                    program.run(["run", "plan.yaml", "--check"], cwd=folder)
                    if not name.startswith("knee_"):  # these have a hundred analyses each
                        program.run(["run", "plan.yaml", "--quiet", "-o", "out.json"], cwd=folder)
                    written += 1
        self.assertGreater(written, 25)

    def test_the_knee_plan_fills_what_can_be_filled(self):
        with tempfile.TemporaryDirectory() as folder:
            doc = json.loads(report(KNEE, folder)["report.json"])
        by_id = {entry["id"]: entry for entry in doc["analyses"]}
        with open(os.path.join(program.ROOT, "README.md"), encoding="utf-8") as stream:
            said = re.search(r"`datasets/knee/plan\.yaml`: (\d+) analyses .*?more than (\d+) of which the sheets cannot fill",
                             stream.read(), re.DOTALL)
        unfilled = [entry for entry in doc["analyses"] if entry["why_none"]]
        self.assertEqual(len(doc["analyses"]), int(said[1]))
        self.assertGreater(len(unfilled), int(said[2]))
        for months in (3, 6, 12, 24):
            for comparator in ("placebo", "hyaluronan", "corticosteroid", "PRP"):
                entry = by_id[f"pain-{months}-{comparator}"]
                self.assertTrue(entry["k"] > 0 or entry["why_none"].startswith("k = 0"), entry["id"])
            self.assertIn(f"within-pain-{months}", by_id)
        # Rows of one trial, taken for trials of their own, tell more than the trials can.
        for name in ("pain-visits", "function-visits", "both-visits", "cartilage-visits", "within-pain-visits",
                     "within-function-visits", "within-control-visits", "drugs-pain-arms"):
            rows = {row["label"]: row for row in by_id[name]["beside"]["rows"]}
            naive = next(rows[label] for label in rows if " of its own" in label and "robust" not in label)
            self.assertLess(naive["width_ratio"], 0.8, name)
            self.assertGreater(naive["studies"], rows["This analysis"]["studies"], name)
        one = next(row for row in by_id["pain-visits"]["beside"]["rows"] if row["entry"] == "pain-12")
        self.assertEqual(one["beta"], by_id["pain-12"]["pool"]["coefficients"][0]["beta"])
        self.assertEqual(by_id["pain-12-corticosteroid"]["k"], 0)
        self.assertEqual(by_id["event-serious"]["k"], 7)  # without a result, not without studies
        self.assertIn("no study has events", by_id["event-serious"]["why_none"])


if __name__ == "__main__":
    unittest.main()
