# SPDX-License-Identifier: GPL-3.0-or-later
"""Many meta-analyses from files: the same numbers as pool, whatever the shape, packing and threads."""
import csv
import gzip
import json
import math
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
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


class Files(unittest.TestCase):
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


class Batch(Files):
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
        effects, errors = (",".join(f"{name}_{j}" for j in range(7)) for name in "bs")
        self.assertEqual(self.batch(self.path("wide.csv"), "--effects", effects, "--se", errors, "--by", "gene"), want)

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

    def peak_memory(self, *options):
        """Megabytes at most, of a run over long.csv; started by a small process, whose own would count too."""
        code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
                "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
        done = subprocess.run([sys.executable, "-c", code, program.TAUSQ, "batch", self.path("long.csv"), "--by", "gene",
                               "--threads", "2", "--quiet", "-o", self.path("o.csv"), *options],
                              capture_output=True, env=program.environment(), check=True)
        return float(done.stdout)

    @unittest.skipIf(program.sanitized(), "the sanitizers hold memory of their own")
    def test_a_longer_sorted_file_takes_no_more_memory(self):
        """But for the table of 32 MB that remembers groups, which fills first."""
        peak = {}
        for rows in (50000, 1500000):
            with open(self.path("long.csv"), "w", encoding="utf-8") as stream:
                stream.write("gene,yi,vi\n")
                for i in range(rows // 10):
                    stream.write(f"g{i},0.1,0.02\n" * 10)
            peak[rows] = self.peak_memory("--sorted")
        self.assertLess(peak[1500000] - peak[50000], 40)
        self.assertGreater(self.peak_memory() - peak[50000], 45)

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

COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A"}


def cohorts(n, k, seed):
    """Rows of k cohorts over n variants, each in an order of its own: name, A1, A2, FREQ, BETA, SE, P, N."""
    draw = random.Random(seed)
    files = [[] for _ in range(k)]
    for i in range(n):
        pair = draw.choice(["AG", "AC", "TG", "AT", "CG", "ID"])
        freq, mu = draw.uniform(0.05, 0.95), draw.gauss(0, 0.05)
        for j in range(k):
            if draw.random() < 0.15:
                continue
            a, b, f, beta = pair[0], pair[1], freq, draw.gauss(mu, 0.04)
            if draw.random() < 0.3:
                a, b, f, beta = b, a, 1 - f, -beta
            if draw.random() < 0.1 and pair != "ID":
                a, b = COMPLEMENT[a], COMPLEMENT[b]
            if draw.random() < 0.02:
                a = "GATTACA"
            se = draw.uniform(0.01, 0.05)
            p = math.erfc(abs(beta / se) / math.sqrt(2))
            row = (f"rs{i}", a if j else a.lower(), b, f"{f:.4f}", f"{beta:.6f}", f"{se:.6f}", f"{p:.6g}", str(1000 + 100 * j))
            files[j].append(row)
            if draw.random() < 0.01:
                files[j].append((row[0], row[1], row[2], row[3], "9.9", row[5], row[6], row[7]))
    for rows in files[1:]:
        first = {}
        for row in rows:
            first.setdefault(row[0], []).append(row)
        names = list(first)
        draw.shuffle(names)
        rows[:] = [row for name in names for row in first[name]]
    return files


def turned(reference, alleles):
    """1, -1 or 0: how alleles stand to those of the reference."""
    for strand in (lambda x: x, lambda x: "".join(COMPLEMENT.get(c, "?") for c in reversed(x))):
        a, b = (strand(x) for x in alleles)
        if (a, b) == reference:
            return 1
        if (b, a) == reference:
            return -1
    return 0


def joined(files, rule="keep", margin=0.1, gc=False, listed=None):
    """What the join of the cohorts is: per variant the effects and variances in the order of the files."""
    table, order, dropped = {}, [], [0] * len(files)
    for j, rows in enumerate(files):
        seen = set()
        for row in rows:
            name, a, b, f = row[0], row[1].upper(), row[2].upper(), float(row[3])
            if name in seen:
                continue
            seen.add(name)
            if name not in table:
                table[name] = {"reference": (a, b), "freq": f, "cells": {}}
                order.append(name)
            entry = table[name]
            sign = turned(entry["reference"], (a, b))
            palindromic = "".join(entry["reference"]) in ("AT", "TA", "CG", "GC")
            if sign and palindromic and rule != "keep":
                mine = f if sign > 0 else 1 - f
                if rule == "drop" or abs(mine - 0.5) < margin or abs(entry["freq"] - 0.5) < margin:
                    sign = 0
                elif (mine < 0.5) != (entry["freq"] < 0.5):
                    sign = -sign
            if sign:
                entry["cells"][j] = (sign * float(row[4]), float(row[5]) ** 2, int(row[7]))
            else:
                dropped[j] += 1
    factor = [1.0] * len(files)
    for j in range(len(files) if gc else 0):
        cells = [table[name]["cells"][j] for name in order if j in table[name]["cells"] and (listed is None or name in listed)]
        chi2 = sorted(y * y / v for y, v, _ in cells)
        middle = (chi2[(len(chi2) - 1) // 2] + chi2[len(chi2) // 2]) / 2
        factor[j] = max(1.0, middle / 0.45493642311957283)
    for entry in table.values():
        entry["cells"] = {j: (y, v * factor[j], n) for j, (y, v, n) in entry["cells"].items()}
    return table, order, factor, dropped


def fixed_effect(cells):
    weights = [1 / v for _, v, _ in cells]
    return sum(w * y for w, (y, _, _) in zip(weights, cells)) / sum(weights), sum(weights) ** -0.5


class Join(Files):
    NAMES = ("SNP", "A1", "A2", "FREQ", "BETA", "SE", "P", "N")
    OPTIONS = ["--key", "SNP", "--yi", "BETA", "--sei", "SE", "--effect-allele", "A1", "--other-allele", "A2", "--freq", "FREQ"]

    def write_cohorts(self, files, packed=False):
        paths = []
        for j, rows in enumerate(files):
            name = f"c{j}.txt" + (".gz" if packed and j % 2 else "")
            write(self.path(name), rows, head=self.NAMES, separator=" " if j == 2 else "\t",
                  opener=gzip.open if name.endswith(".gz") else open)
            paths.append(self.path(name))
        return paths

    def test_the_join_is_that_of_dictionaries(self):
        files = cohorts(3000, 5, 11)
        paths = self.write_cohorts(files, packed=True)
        listed = {f"rs{i}" for i in range(0, 3000, 7)}
        with open(self.path("list.txt"), "w", encoding="utf-8") as stream:
            stream.write("".join(f" {name} \n" for name in sorted(listed)) + "\nnowhere")
        for rule, gc in (("keep", False), ("drop", False), ("freq", True), ("freq", "list")):
            table, order, factor, dropped = joined(files, rule, gc=gc, listed=listed if gc == "list" else None)
            options = [*self.OPTIONS, "--method", "EE", "--digits", "full", "--palindromic", rule, "--min-studies", "0",
                       "--gc", "yes" if gc else "no", "--json", self.path("run.json"),
                       *(["--gc-list", self.path("list.txt")] if gc == "list" else [])]
            got = [self.batch(paths, *options, "--threads", t) for t in ("1", "2", "5")]
            self.assertEqual(got[0], got[1])
            self.assertEqual(got[0], got[2])
            rows = read(self.path("out.tsv"))
            self.assertEqual([row["SNP"] for row in rows], order)
            for row in rows:
                entry = table[row["SNP"]]
                cells = [entry["cells"][j] for j in sorted(entry["cells"])]
                self.assertEqual((row["A1"], row["A2"]), entry["reference"])
                self.assertEqual(int(row["k"]), len(cells))
                self.assertEqual([c != "?" for c in row["direction"]], [j in entry["cells"] for j in range(5)])
                if cells:
                    beta, se = fixed_effect(cells)
                    near(self, row["beta"], beta)
                    near(self, row["se"], se)
            with open(self.path("run.json"), encoding="utf-8") as stream:
                run = json.load(stream)
            for j, file in enumerate(run["files"]):
                self.assertEqual(file["lines"], len(files[j]))
                self.assertEqual(file["duplicates"], len(files[j]) - len({row[0] for row in files[j]}))
                self.assertEqual(file["palindromic"] + file["mismatched"], dropped[j])
                self.assertEqual(file["used"], file["lines"] - file["duplicates"] - dropped[j])
                if gc:
                    near(self, max(1.0, file["lambda"]), factor[j])
            self.assertEqual(len(run["mismatches"]), 10)
            self.assertLess(run["memory_bytes"], 150 * len(order) * 5)

    def test_what_genomic_control_needs_is_told(self):
        paths = self.write_cohorts(cohorts(2000, 4, 31))
        run = {}
        for gc in ("no", "yes", "1.2"):
            self.batch(paths, *self.OPTIONS, "--palindromic", "drop", "--gc", gc, "--json", self.path("run.json"))
            with open(self.path("run.json"), encoding="utf-8") as stream:
                run[gc] = json.load(stream)
        used = sum(file["used"] for file in run["yes"]["files"])
        self.assertEqual(run["yes"]["memory_bytes"] - run["no"]["memory_bytes"], 8 * used)
        self.assertEqual(run["1.2"]["memory_bytes"], run["no"]["memory_bytes"])

    def test_metal_scripts(self):
        files = cohorts(2000, 3, 12)
        self.write_cohorts(files)
        lines = ["MARKER SNP", "ALLELE A1 A2", "EFFECT BETA", "STDERR SE", "PVAL P", "WEIGHT N", "FREQ FREQ", "SEPARATOR TAB",
                 "SCHEME STDERR", "AVERAGEFREQ ON", "CUSTOMVARIABLE Total", "LABEL Total as N", "ADDFILTER SE < 0.04",
                 "PROCESS c0.txt", "PROCESS c1.txt", "SEPARATOR WHITESPACE", "REMOVEFILTERS", "PROCESS c2.txt",
                 "OUTFILE meta .tbl", "ANALYZE HETEROGENEITY", "SCHEME SAMPLESIZE", "OUTFILE z .tbl", "ANALYZE", "QUIT", "nonsense"]
        with open(self.path("script.txt"), "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines))
        program.run(["batch", "--metal", "script.txt", "--quiet"], cwd=self.folder.name)
        files = [[r for r in rows if j == 2 or float(r[5]) < 0.04] for j, rows in enumerate(files)]
        table, order, _, _ = joined(files)
        meta, z = read(self.path("meta1.tbl")), read(self.path("z1.tbl"))
        self.assertEqual(list(meta[0]), ["MarkerName", "Allele1", "Allele2", "Freq1", "FreqSE", "Effect", "StdErr", "P-value",
                                         "Direction", "HetISq", "HetChiSq", "HetDf", "HetPVal", "Total"])
        self.assertEqual(list(z[0]), ["MarkerName", "Allele1", "Allele2", "Freq1", "FreqSE", "Weight", "Zscore", "P-value",
                                      "Direction", "Total"])
        self.assertEqual([row["MarkerName"] for row in meta], [name for name in order if table[name]["cells"]])
        p_value = {(j, row[0]): float(row[6]) for j, rows in reversed(list(enumerate(files))) for row in reversed(rows)}
        for one, other in zip(meta, z):
            cells = table[one["MarkerName"]]["cells"]
            beta, se = fixed_effect(list(cells.values()))
            self.assertLessEqual(abs(float(one["Effect"]) - beta), 0.5001e-4)
            self.assertLessEqual(abs(float(one["StdErr"]) - se), 0.5001e-4)
            near(self, one["P-value"], math.erfc(abs(beta / se) / math.sqrt(2)), 5.1e-4)
            q = sum((y - beta) ** 2 / v for y, v, _ in cells.values())
            self.assertLessEqual(abs(float(one["HetChiSq"]) - q), 0.5001e-3)
            self.assertEqual(int(one["HetDf"]), len(cells) - 1)
            self.assertEqual((one["Allele1"], one["Allele2"]), tuple(x.lower() for x in table[one["MarkerName"]]["reference"]))
            total = sum(n for _, _, n in cells.values())
            self.assertEqual(float(one["Total"]), total)
            # Willer, Li & Abecasis (2010): Z = sum zi sqrt(Ni) / sqrt(sum Ni).
            scores = [math.copysign(statistics.NormalDist().inv_cdf(p_value[j, one["MarkerName"]] / 2), y) * math.sqrt(n)
                      for j, (y, _, n) in cells.items()]
            self.assertEqual(float(other["Weight"]), total)
            self.assertLessEqual(abs(float(other["Zscore"]) - sum(scores) / math.sqrt(total)), 1e-3)

    def test_a_script_of_metal_is_read_whole_or_not_at_all(self):
        with open(self.path("script.txt"), "w", encoding="utf-8") as stream:
            stream.write("# padding\n" * (1 << 21))
        done = subprocess.run([program.TAUSQ, "batch", "--metal", self.path("script.txt")], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=program.environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"script.txt is too long", done.stderr)


MPI = os.path.join(program.BUILD, "tausq-mpi")


class Parts(Files):
    def setUp(self):
        super().setUp()
        rows = list(long_rows(9000, 21))
        write(self.path("long.tsv"), rows)
        write(self.path("mixed.tsv"), sorted(rows, key=lambda row: (row[1], row[0])))
        with open(self.path("long.tsv"), "a", encoding="utf-8") as stream:
            stream.write("G00001\tS1\n")
        for j, cohort in enumerate(cohorts(1500, 3, 22)):
            write(self.path(f"c{j}.txt"), cohort, head=Join.NAMES)
        self.runs = {
            "sorted": [[self.path("long.tsv")], ["--by", "gene", "--sorted"]],
            "groups": [[self.path("mixed.tsv")], ["--by", "gene,study", "--method", "EE,DL"]],
            "join": [[self.path(f"c{j}.txt") for j in range(3)],
                     [*Join.OPTIONS, "--gc", "yes", "--palindromic", "drop", "--digits", "full"]],
        }

    def whole(self, name):
        files, options = self.runs[name]
        want = self.batch(files, *options, "--json", self.path("whole.json"))
        return want, self.counts("whole.json")

    def counts(self, name):
        with open(self.path(name), encoding="utf-8") as stream:
            run = json.load(stream)
        run.pop("memory_bytes")
        return run

    def test_parts_make_the_bytes_of_one_run(self):
        for name, (files, options) in self.runs.items():
            want, counts = self.whole(name)
            for n in (1, 3, 8):
                with self.subTest(run=name, parts=n):
                    parts = [self.path(f"part{i}.tsv") for i in range(1, n + 1)]
                    for i, part in enumerate(parts, 1):
                        self.batch(files, *options, "--shard", f"{i}/{n}", "--threads", str(i % 3 + 1), out=part)
                    random.Random(n).shuffle(parts)
                    merged = self.batch(parts, "--merge", "--json", self.path("merged.json"), out="merged.tsv")
                    self.assertEqual(merged, want)
                    self.assertEqual(self.counts("merged.json"), counts)

    def test_parts_that_do_not_belong_together(self):
        files, options = self.runs["sorted"]
        for i in (1, 2):
            self.batch(files, *options, "--shard", f"{i}/2", out=f"p{i}.tsv")
        self.batch(files, *options, "--method", "DL", "--shard", "2/2", out="other.tsv")
        with open(self.path("p2.tsv"), "rb") as stream:
            text = stream.read()
        with open(self.path("short.tsv"), "wb") as stream:
            stream.write(text[:len(text) // 2])
        with open(self.path("lines.tsv"), "wb") as stream:
            stream.write(text[:text.index(b"#model")])
        for names, message in ((["p1"], "part 2/2 is missing"), (["p1", "p1"], "part 1/2 is there twice"),
                               (["p1", "other"], "a part of another run"), (["p1", "short"], "cut short"),
                               (["p1", "lines"], "1 of 2 parts are not whole"), (["long"], "is no part of a run")):
            done = subprocess.run([program.TAUSQ, "batch", "--merge", "-o", self.path("m.tsv"),
                                   *(self.path(name + ".tsv") for name in names)], capture_output=True, env=program.environment())
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(message, done.stderr.decode())
            self.assertFalse(os.path.exists(self.path("m.tsv")))

    @unittest.skipUnless(os.path.exists(MPI) and shutil.which("mpirun") and not program.sanitized(),
                         "tausq-mpi is not built (make mpi) or there is no mpirun")
    def test_ranks_make_the_bytes_of_one_run(self):
        mpirun = ["mpirun", "--oversubscribe", "--allow-run-as-root", "-n", "4", MPI, "batch"]
        for name, (files, options) in self.runs.items():
            want, counts = self.whole(name)
            before = set(os.listdir(self.folder.name))
            done = subprocess.run([*mpirun, *files, *options, "--quiet", "-o", self.path("mpi.tsv"), "--json", self.path("mpi.json")],
                                  capture_output=True, env=program.environment(), timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(self.path("mpi.tsv"), "rb") as stream:
                self.assertEqual(stream.read(), want)
            self.assertEqual(self.counts("mpi.json"), counts)
            self.assertEqual(set(os.listdir(self.folder.name)) - before, {"mpi.tsv", "mpi.json"} - before)
        done = subprocess.run([*mpirun, self.path("long.tsv"), "--by", "gen", "-o", self.path("no.tsv")],
                              capture_output=True, env=program.environment(), timeout=120)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.decode().count("did you mean 'gene'?"), 1)
        self.assertFalse(os.path.exists(self.path("no.tsv")))


if __name__ == "__main__":
    unittest.main()
