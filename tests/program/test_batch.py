# SPDX-License-Identifier: GPL-3.0-or-later
"""Many meta-analyses from files: the same numbers as pool, whatever the shape, packing and threads."""
import csv
import gzip
import json
import os
import random
import signal
import subprocess
import tempfile
import time
import unittest

from support import program


def near(test, got, want, tol=1e-10):
    if want is None:
        test.assertEqual(got, "NA")
    else:
        test.assertLessEqual(abs(float(got) - want), tol * max(1.0, abs(want)), (got, want))


def long_rows(genes, seed):
    """Rows (gene, study, yi, vi) of 1 to 12 studies a gene, some without effect."""
    draw = random.Random(seed)
    for gene in range(genes):
        for study in range(draw.randint(1, 12)):
            yi = "NA" if draw.random() < 0.05 else f"{draw.gauss(0.1, 0.4):.6f}"
            yield f"G{gene:05d}", f"S{study}", yi, f"{draw.uniform(0.01, 0.1):.6f}"


def write(path, rows, head=("gene", "study", "yi", "vi"), separator="\t", opener=open):
    with opener(path, "wt", encoding="utf-8", newline="") as stream:
        for row in [head, *rows]:
            stream.write(separator.join(row) + "\n")


def read(path, separator="\t", opener=open):
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=separator))


class Batch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def batch(self, data, *options, out="out.tsv", status=0):
        data = [data] if isinstance(data, str) else data
        program.run(["batch", *data, *options, "--quiet", "-o", self.path(out)], status=status)
        with open(self.path(out), "rb") as stream:
            return stream.read()

    def test_each_gene_is_what_pool_makes_of_it(self):
        write(self.path("long.tsv"), long_rows(30, 1))
        for method, test, predict in (("REML", "z", "riley"), ("DL", "knha", "default"), ("EE", "t", "none"), ("PM", "adhoc", "t")):
            with self.subTest(method=method):
                options = ["--method", method, "--test", test, "--predict", predict]
                self.batch(self.path("long.tsv"), "--by", "gene", *options, "--min-studies", "0", "--digits", "full", "--columns",
                           "k,beta,se,stat,df,pval,ci_lb,ci_ub,tau2,I2,H2,QE,QE_df,QE_pval,pi_lb,pi_ub")
                rows = read(self.path("out.tsv"))
                self.assertEqual(len(rows), 30)
                for row in rows[::3]:
                    if int(row["k"]) < 2:
                        continue
                    keep = options[:4] if method == "EE" else options
                    want = program.result(["pool", self.path("long.tsv"), "--subset", f"gene == '{row['gene']}'", *keep])
                    self.assertEqual(int(row["k"]), want["k"])
                    for name in ("beta", "se", "stat", "df", "pval", "ci_lb", "ci_ub"):
                        near(self, row[name], want["coefficients"][0][name])
                    for name in ("tau2", "I2", "H2", "QE", "QE_df", "QE_pval"):
                        near(self, row[name], want["heterogeneity"][name])
                    if predict != "none":
                        near(self, row["pi_lb"], want["prediction"]["pi_lb"])
                        near(self, row["pi_ub"], want["prediction"]["pi_ub"])

    def test_order_packing_threads_and_shape_change_nothing(self):
        rows = list(long_rows(6000, 2))
        write(self.path("long.tsv"), rows)
        want = self.batch(self.path("long.tsv"), "--by", "gene", "--threads", "1")
        for options in (["--threads", "3"], ["--sorted", "--threads", "1"], ["--sorted", "--threads", "4"]):
            self.assertEqual(self.batch(self.path("long.tsv"), "--by", "gene", *options), want)
        write(self.path("long.csv.gz"), rows, separator=",", opener=gzip.open)
        self.assertEqual(self.batch(self.path("long.csv.gz"), "--by", "gene"), want)
        self.assertEqual(self.batch(self.path("long.csv.gz"), "--by", "gene", "--sorted", "--threads", "3"), want)
        mixed = sorted(rows, key=lambda row: row[1])
        write(self.path("mixed.tsv"), mixed)
        got = [self.batch(self.path("mixed.tsv"), "--by", "gene", "--threads", t, "--digits", "6") for t in "13"]
        self.assertEqual(got[0], got[1])
        six = self.batch(self.path("long.tsv"), "--by", "gene", "--digits", "6")
        self.assertEqual(sorted(got[0].splitlines()), sorted(six.splitlines()))
        self.assertEqual(got[0].splitlines()[1].split(b"\t")[0].decode(), mixed[0][0])

    def test_packed_output_is_what_is_printed(self):
        write(self.path("long.tsv"), long_rows(6000, 3))
        want = self.batch(self.path("long.tsv"), "--by", "gene")
        packed = self.batch(self.path("long.tsv"), "--by", "gene", "--threads", "2", out="out.tsv.gz")
        self.assertEqual(gzip.decompress(packed), want)
        self.assertEqual(packed, self.batch(self.path("long.tsv"), "--by", "gene", "--threads", "1", out="out.tsv.gz"))
        self.assertEqual(packed[-28:], bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000"))
        # What is written is read: bgzip on threads, from a file and from a pipe.
        write(self.path("plain.tsv"), [(r["gene"], "S", r["beta"], "0.25") for r in read(self.path("out.tsv"))])
        with open(self.path("plain.tsv"), "rb") as stream:
            done = subprocess.run([program.TAUSQ, "batch", "-", "--by", "gene", "--quiet"], stdin=stream, capture_output=True,
                                  env=program.environment(), check=True)
        back = self.batch(self.path("out.tsv.gz"), "--by", "gene", "--yi", "beta", "--sei", "se", "--threads", "3", out="b.csv")
        self.assertEqual(len(back.splitlines()), len(done.stdout.splitlines()))
        self.assertEqual([r["beta"] for r in read(self.path("b.csv"), ",")], [r["beta"] for r in read(self.path("out.tsv"))])

    def test_a_wide_file_is_a_long_one_turned(self):
        draw = random.Random(4)
        genes = [[(f"{draw.gauss(0, 0.3):.5f}", f"{draw.uniform(0.1, 0.4):.5f}") for _ in range(7)] for _ in range(3000)]
        write(self.path("long.tsv"), [(f"G{i}", f"S{j}", b, s) for i, g in enumerate(genes) for j, (b, s) in enumerate(g)],
              head=("gene", "study", "yi", "sei"))
        write(self.path("wide.csv"), [[f"G{i}", *(x for pair in g for x in pair)] for i, g in enumerate(genes)],
              head=["gene", *(f"{name}_{j}" for j in range(7) for name in ("b", "s"))], separator=",")
        want = self.batch(self.path("long.tsv"), "--by", "gene")
        for threads in "13":
            self.assertEqual(self.batch(self.path("wide.csv"), "--effects", "b_*", "--se", "s_*", "--threads", threads), want)
        turned = ",".join(f"s_{j}" for j in range(7))
        self.assertEqual(self.batch(self.path("wide.csv"), "--effects", "b_*", "--se", turned, "--by", "gene"), want)

    def test_bad_lines_have_their_numbers_in_any_window(self):
        rows = [list(row) for row in long_rows(40000, 5)]
        bad = {100: "abc", 90000: "1e", 150000: "x"}
        for at, text in bad.items():
            rows[at][2] = text
        write(self.path("long.tsv"), rows)
        for options in (["--threads", "1"], ["--threads", "3"], ["--sorted", "--threads", "3"]):
            self.batch(self.path("long.tsv"), "--by", "gene", "--json", self.path("run.json"), *options)
            with open(self.path("run.json"), encoding="utf-8") as stream:
                run = json.load(stream)["files"][0]
            self.assertEqual([line["line"] for line in run["bad_lines"]], [at + 2 for at in bad])
            self.assertEqual(run["lines"], len(rows))
            self.assertEqual(run["used"] + run["missing"] + run["bad"], len(rows))

    def test_an_interruption_leaves_nothing(self):
        write(self.path("long.tsv"), long_rows(60000, 6))
        with open(self.path("long.tsv"), "rb") as stream:
            text = stream.read()
        os.mkfifo(self.path("pipe"))
        child = subprocess.Popen([program.TAUSQ, "batch", self.path("pipe"), "--by", "gene", "--sorted", "-o", self.path("o.csv"),
                                  "--threads", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=program.environment())
        with open(self.path("pipe"), "wb") as pipe:
            pipe.write(text[:len(text) // 2])
            pipe.flush()
            time.sleep(0.1)
            child.send_signal(signal.SIGINT)
            time.sleep(0.1)
            try:
                pipe.write(text[len(text) // 2:])
            except BrokenPipeError:
                pass
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130)
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["long.tsv", "pipe"])


if __name__ == "__main__":
    unittest.main()
