# SPDX-License-Identifier: GPL-3.0-or-later
"""Inference about moderators: what must not depend on the coding, the threads, or the view."""
import csv
import io
import json
import os
import pty
import signal
import subprocess
import tempfile
import unittest

from support import program
from support.xlsx_cells import Workbook, near

ASKED = ["--contrast", "alloc=random - alloc=systematic", "--pairwise", "alloc", "--adjust", "holm",
         "--emm", "alloc", "--vif", "--residuals", "--btt", "alloc", "--compare", "~ ablat", "--all-subsets"]


def model(mods, *more):
    return program.result([*program.BCG, "--mods", mods, *(more or ASKED)])


class Regression(unittest.TestCase):
    def near(self, one, other, tol=1e-9):
        self.assertEqual(one is None, other is None)
        self.assertLessEqual(abs((one or 0) - (other or 0)), tol * max(1, abs(other or 0)))

    def test_nothing_depends_on_the_reference_level(self):
        for test in ("z", "knha", "kr"):
            asked = ASKED if test != "kr" else ASKED[:-3]
            plain = model("~ alloc + ablat", *asked, "--test", test)
            moved = model("~ relevel(alloc,'systematic') + ablat", *[
                a if a != "alloc" or asked[i - 1] != "--btt" else "relevel(alloc, 'systematic')"
                for i, a in enumerate(asked)], "--test", test)
            for key in ("stat", "pval"):
                self.near(moved["QM"][key], plain["QM"][key])
                self.near(moved["term_tests"][0][key], plain["term_tests"][0][key])
            for key in ("est", "se", "df", "pval", "ci_lb"):
                self.near(moved["contrasts"][0][key], plain["contrasts"][0][key], 1e-8)
            self.near(moved["gvif"][0]["gvif"], plain["gvif"][0]["gvif"])
            means = {level["level"]: level for level in moved["marginal_means"][0]["levels"]}
            for level in plain["marginal_means"][0]["levels"]:
                for key in ("pred", "se", "ci_lb", "pi_ub"):
                    self.near(means[level["level"]][key], level[key], 1e-8)
            for one, other in zip(moved["residuals"], plain["residuals"], strict=True):
                for key in ("resid", "hat", "rstandard", "rstudent", "tau2_del"):
                    self.near(one[key], other[key], 1e-7)

    def test_pairwise_differences_are_those_of_marginal_means(self):
        for mods in ("~ alloc + ablat", "~ alloc * ablat", "~ alloc - 1"):
            for weights in ("equal", "proportional"):
                found = model(mods, "--pairwise", "alloc", "--emm", "alloc", "--emm-weights", weights)
                mean = {level["level"]: level["pred"] for level in found["marginal_means"][0]["levels"]}
                pairs = found["pairwise"][0]["comparisons"]
                self.assertEqual(len(pairs), 3)
                for pair in pairs:
                    one, other = pair["contrast"].split(" - ")
                    self.near(pair["est"], mean[one] - mean[other])

    def test_a_contrast_is_said_in_several_ways(self):
        ways = ["alloc=random - alloc=systematic", "0,1,-1,0", "allocrandom - allocsystematic",
                "-1*allocsystematic + allocrandom", "alloc='random',ablat=20 - alloc=systematic,ablat=20"]
        found = model("~ alloc + ablat", *[x for way in ways for x in ("--contrast", way)])["contrasts"]
        for one in found[1:]:
            for key in ("est", "se", "stat", "pval"):
                self.near(one[key], found[0][key], 1e-12)

    def test_one_step_of_compare_is_the_test_of_all_subsets(self):
        found = model("~ alloc + ablat")
        models = {m["formula"]: m for m in found["all_subsets"]["best"]}
        compared = {m["formula"]: m for m in found["comparison"]["models"]}
        self.assertEqual(found["comparison"]["method"], "ML")
        for formula in ("~ ablat", "~ alloc + ablat"):
            for key in ("ll", "AIC", "AICc", "BIC", "QE", "tau2"):
                self.near(models[formula][key], compared[formula][key])
        self.near(sum(m["weight"] for m in models.values()), 1)
        self.near(compared["~ ablat"]["LRT"]["stat"],
                  2 * (compared["~ alloc + ablat"]["ll"] - compared["~ ablat"]["ll"]))
        by_ml = program.result([*program.BCG, "--mods", "~ ablat", "--method", "ML"])
        self.near(by_ml["fit"]["ll"], compared["~ ablat"]["ll"])

    def test_compared_models_share_their_studies(self):
        sheet = "study,yi,vi,x,z\n" + "".join(
            f"s{i},{0.1 * (i % 7) - 0.2},{0.02 + 0.01 * (i % 5)},{i},{'' if i == 4 else i * i % 11}\n"
            for i in range(12))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s.csv")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(sheet)
            found = program.result(["pool", path, "--mods", "~ x", "--newmods", "x=3", "--compare", "~ z"])
            self.assertEqual(found["k"], 11)
            self.assertEqual([e["study"] for e in found["data"]["excluded"]], ["s4"])
            self.assertEqual(found["comparison"]["models"][1]["nested"], "no")
            alone = program.result(["pool", path, "--mods", "~ x", "--newmods", "x=3", "--subset",
                                    "!missing(z)"])
            self.assertEqual(found["predictions"], alone["predictions"])

    def test_threads_change_nothing(self):
        line = ["pool", "@bangertdrowns2004", "--yi", "yi", "--vi", "vi", "--residuals", "--all-subsets", "--mods",
                "~ length + wic + feedback + info + pers + imag + meta", "--format", "json"]
        self.assertEqual(program.run([*line, "--threads", "1"]), program.run([*line, "--threads", "4"]))

    def test_csv_and_workbook_show_the_same_numbers(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "o.xlsx")
            line = [*program.BCG, "--mods", "~ alloc + ablat", *ASKED]
            found = json.loads(program.run([*line, "--format", "json", "--xlsx", path]))
            book = Workbook(path)
            cells = {name: [cell[2] for cell in book.cells(name)]
                     for name in ("Regression", "Models", "Residuals")}
            self.assertEqual(list(book.lint()), [])
            book.zip.close()
        rows = list(csv.DictReader(io.StringIO(program.run([*line, "--format", "csv"]).decode(), newline="")))
        of = {kind: [row for row in rows if row["kind"] == kind] for kind in
              ("study", "contrast", "pairwise", "marginal mean")}
        self.assertEqual([len(list_) for list_ in of.values()], [13, 1, 3, 3])
        self.assertEqual(float(of["contrast"][0]["yi"]), found["contrasts"][0]["est"])
        self.assertEqual(float(of["marginal mean"][1]["natural_pi_ub"]),
                         found["marginal_means"][0]["levels"][1]["transformed"]["pi_ub"])
        for row, one in zip(of["study"], found["residuals"], strict=True):
            for key in ("resid", "pearson", "rstandard", "rstudent", "hat"):
                self.assertEqual(float(row[key]), one[key])
        shown = [("Regression", found["contrasts"][0]["se"]),
                 ("Regression", found["pairwise"][0]["comparisons"][2]["pval_adj"]),
                 ("Regression", found["marginal_means"][0]["levels"][0]["pi_lb"]),
                 ("Regression", found["gvif"][0]["gsif"]),
                 ("Models", found["comparison"]["models"][1]["LRT"]["stat"]),
                 ("Models", found["all_subsets"]["importance"][1]["importance"]),
                 ("Models", found["all_subsets"]["coefficients"][3]["cond_se"]),
                 ("Residuals", found["residuals"][6]["rstudent"])]
        for sheet, want in shown:
            self.assertTrue(any(near(cell, want) for cell in cells[sheet]), (sheet, want))

    def test_all_subsets_can_be_interrupted(self):
        names = [f"x{j}" for j in range(20)]
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "s.csv"), "w", encoding="utf-8") as stream:
                stream.write("study,yi,vi," + ",".join(names) + "\n")
                for i in range(60):
                    values = [str((i * (j + 3) * 7919 + i * i * (j + 1)) % 97) for j in range(20)]
                    stream.write(f"s{i},{(i * 37 % 11) / 10},{0.02 + i % 7 / 50}," + ",".join(values) + "\n")
            try:
                terminal, ours = pty.openpty()
            except OSError:
                self.skipTest("no terminals here")
            process = subprocess.Popen([program.TAUSQ, "pool", "s.csv", "--all-subsets", "--json", "o.json",
                                        "--mods", "~ " + " + ".join(names)], cwd=folder,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=ours,
                                       env=program.environment())
            os.close(ours)
            seen = b""
            while b"left" not in seen:
                seen += os.read(terminal, 4096)
            process.send_signal(signal.SIGINT)
            out = process.communicate(timeout=60)[0]
            os.close(terminal)
            self.assertEqual((process.returncode, out), (130, b""))
            self.assertRegex(seen, rb"  models: \d+%, \d+ s left")
            self.assertEqual(os.listdir(folder), ["s.csv"])
