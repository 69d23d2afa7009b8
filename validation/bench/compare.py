#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of tausq beside what a user would take instead, and beside what the machine allows at best.

    compare.py --tausq PATH --bench PATH [--json FILE] [NAME ...]

Every workload is run in this one run, on this machine: tausq, the peer where it is installed, the
floor. Ratios are what counts; times of a shared machine vary by half. Peers that would take minutes are
run on a part of the work, as the table says, and scaled by what their cost is known to follow.
"""
import argparse
import json
import math
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Bench:
    def __init__(self, args, folder):
        self.tausq, self.bench, self.folder = args.tausq, args.bench, folder
        self.rows = []
        self.R = shutil.which("Rscript")
        if self.R and self.wall([self.R, "-e", "library(metafor)"]) is None:
            self.R = None

    # ---- timing

    def wall(self, command, runs=1, shell=False):
        """Best wall time in seconds, or None where the command failed."""
        best = None
        for _ in range(runs):
            begin = time.perf_counter()
            done = subprocess.run(command, shell=shell, cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            taken = time.perf_counter() - begin
            if done.returncode != 0:
                return None
            best = taken if best is None else min(best, taken)
        return best

    def inside(self, name):
        """(seconds, items) of a workload of the library, or None."""
        done = subprocess.run([self.bench, "--workload", name], capture_output=True, text=True)
        if done.returncode != 0:
            return None
        found = json.loads(done.stdout)
        return found["seconds"], found["items"]

    def tokenised(self, threads, files, runs=3):
        """Best wall time to read the files and divide their lines into fields, or None."""
        return self.wall([self.bench, "--tokenise", str(threads)] + files, runs)

    def metafor(self, code):
        """Seconds that the R code measures itself, without R's start; it ends in cat(seconds)."""
        if not self.R:
            return None
        done = subprocess.run([self.R, "-e", "suppressMessages(library(metafor))\n"
                               "clock <- function(e) { e <- substitute(e); p <- parent.frame()\n"
                               "  system.time(eval(e, p))[['elapsed']] }\n" + code],
                              capture_output=True, text=True, cwd=self.folder)
        try:
            return float(done.stdout.strip().split()[-1])
        except (IndexError, ValueError):
            return None

    def row(self, workload, own, peer=None, peer_name="", floor=None, floor_name="", note=""):
        self.rows.append({"workload": workload, "tausq": own, "peer": peer, "peer_name": peer_name,
                          "peer_ratio": peer / own if peer and own else None, "floor": floor,
                          "floor_name": floor_name,
                          "floor_ratio": own / floor if floor and own else None, "note": note})
        print(line_of(self.rows[-1]), flush=True)


def shown(x):
    if x is None:
        return "-"
    for unit, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if x >= unit:
            return "%.3g %s" % (x / unit, name)
    return "%.3g ns" % (x * 1e9)


def times(x):
    return "-" if x is None else "%.3gx" % x


HEAD = ("Workload", "tausq", "peer", "faster", "floor", "above floor")
WIDTH = (44, 10, 10, 9, 10, 11)


def line_of(row):
    cells = (row["workload"], shown(row["tausq"]), shown(row["peer"]), times(row["peer_ratio"]),
             shown(row["floor"]), times(row["floor_ratio"]))
    text = cells[0].ljust(WIDTH[0]) + "".join(c.rjust(w + 1) for c, w in zip(cells[1:], WIDTH[1:]))
    told = [t for t in (row["peer_name"] and "peer: " + row["peer_name"],
                        row["floor_name"] and "floor: " + row["floor_name"], row["note"]) if t]
    return text + ("\n    " + "; ".join(told) if told else "")


def peak_memory(command, folder):
    """Megabytes of resident memory of the command at most, or None."""
    done = subprocess.run([sys.executable, "-c",
                           "import resource, subprocess, sys\n"
                           "code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
                           "sys.exit(code)"] + command, capture_output=True, text=True, cwd=folder)
    return float(done.stdout) if done.returncode == 0 else None


# ---- data

def uniform_sheet(path, n, k, seed):
    """A wide file of n rows of k effects and standard errors."""
    draw = random.Random(seed)
    with open(path, "w") as out:
        out.write(",".join(["id"] + ["beta_%d,se_%d" % (i, i) for i in range(k)]) + "\n")
        for j in range(n):
            tau = math.sqrt(0.14 * draw.random())
            cells = ["g%d" % j]
            for _ in range(k):
                v = 0.01 * 50.0 ** draw.random()
                cells.append("%.6f,%.6f" % (draw.gauss(-0.31, math.sqrt(v) + tau), math.sqrt(v)))
            out.write(",".join(cells) + "\n")


def cohorts(folder, n, k):
    """Files of summary statistics as PLINK and GWAMA read them: n variants, k cohorts."""
    files = []
    for c in range(k):
        draw = random.Random(c + 1)
        files.append(os.path.join(folder, "cohort%d.txt" % c))
        with open(files[-1], "w") as out:
            out.write("SNP CHR BP A1 A2 BETA SE P\n")
            for j in range(n):
                se = 0.01 + 0.04 * draw.random()
                beta = draw.gauss(0.0, se)
                p = math.erfc(abs(beta / se) / math.sqrt(2.0))
                out.write("rs%d %d %d A G %.6f %.6f %.4g\n" % (j, 1 + j % 22, j, beta, se, p))
    return files


# ---- workloads

R_FITS = """
set.seed(1); k <- %d; n <- %d
V <- matrix(0.01 * 50^runif(n * k), n); Y <- matrix(rnorm(n * k, -0.31, sqrt(V + 0.14 * runif(n))), n)
s <- clock(for (i in seq_len(n)) try(rma(Y[i, ], V[i, ], method = "%s"), silent = TRUE))
cat(s / n)
"""


def process(b):
    own = b.wall([b.tausq, "pool", "@bcg", "--measure", "RR", "--ai=tpos", "--bi=tneg",
                  "--ci=cpos", "--di=cneg"], 20)
    peer = b.R and b.wall([b.R, "-e", "suppressMessages(library(metafor)); "
                           "rma(ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg, measure='RR')"], 3)
    b.row("one analysis as a process", own, peer, "Rscript, metafor", b.wall(["/bin/true"], 20),
          "/bin/true")


def fits(b):
    for method, steps in (("REML", 6), ("DL", 2)):
        found, divided = b.inside("batch-" + method.lower()), b.inside("divisions")
        if not found or not divided:
            continue
        floor = 10 * steps * divided[0] / divided[1]
        b.row("%s fit, k = 10, of 1e6 in memory" % method, found[0] / found[1],
              b.metafor(R_FITS % (10, 300, method)), "metafor, 300 fits", floor,
              "%d divisions" % (10 * steps))
    one, two, every = (b.inside("batch-reml" + x) for x in ("-1", "-2", "-columns"))
    memory = b.inside("memory")
    if one and two and every and memory:
        b.row("the same, all 17 columns", every[0] / every[1], None, "",
              160 * memory[0] / memory[1], "reading 160 bytes")
        b.row("the same on two threads", two[0] / two[1], None, "", None, "",
              "%.2fx one thread" % (one[0] / two[0]))


def file(b):
    n, k = 1000000, 10
    path = os.path.join(b.folder, "wide.csv")
    uniform_sheet(path, n, k, 5)
    floor = b.wall("wc -l wide.csv", 5, shell=True)
    for method in ("DL", "REML"):
        own = b.wall([b.tausq, "batch", path, "--effects", "beta_*", "--se", "se_*", "--method",
                      method, "--columns", "k,beta,se,pval,tau2,I2", "-o", "out.csv", "--quiet"], 3)
        peer = b.metafor('d <- read.csv("wide.csv", nrows = 500); B <- as.matrix(d[, grep("beta", '
                         'names(d))]); S <- as.matrix(d[, grep("se_", names(d))])\n'
                         's <- clock(for (i in 1:500) try(rma(B[i, ], sei = S[i, ], method = "%s"), '
                         'silent = TRUE)); cat(s / 500)' % method)
        b.row("1e6 %s fits, k = 10, file to file" % method, own, peer and peer * n,
              "metafor, 500 rows, scaled", floor, "wc -l of the file (%.0f MB)"
              % (os.path.getsize(path) / 1e6))


def permute(b):
    own = b.inside("permutations")
    peer = b.metafor("set.seed(1); v <- 0.01 * 50^runif(13); y <- rnorm(13, -0.31, sqrt(v + 0.07)); "
                     "x <- rnorm(13); r <- rma(y, v, mods = ~ x)\n"
                     "s <- clock(permutest(r, iter = 500, progbar = FALSE)); cat(s * 20)")
    b.row("1e4 permutations, k = 13, REML", own and own[0], peer, "metafor, 500 of them, scaled")


def gosh(b):
    divided = b.inside("divisions")
    peer = b.metafor("set.seed(1); v <- 0.01 * 50^runif(13); y <- rnorm(13, -0.31, sqrt(v + 0.07)); "
                     "r <- rma(y, v)\n"
                     "s <- clock(gosh(r, subsets = 400, progbar = FALSE)); cat(s / 400)")
    for k in (13, 20):
        own = b.inside("gosh-%d" % k)
        if own and divided:
            b.row("all %d subsets of %d studies, REML" % (own[1], k), own[0],
                  peer and peer * own[1], "metafor, 400 subsets of 13, scaled",
                  own[1] * 3 * k * divided[0] / divided[1], "six steps of k / 2 divisions")


def loo(b):
    own = b.inside("loo-500")
    peer = b.metafor(R_FITS % (499, 10, "REML"))
    b.row("leave-one-out, k = 500, REML", own and own[0], peer and 500 * peer,
          "metafor, 10 fits, scaled")


def regression(b):
    own = b.inside("regression")
    peer = b.metafor("set.seed(1); k <- 1000; v <- 0.01 * 50^runif(k); X <- matrix(rnorm(k * 9), k); "
                     "y <- rnorm(k, -0.31, sqrt(v + 0.07))\ncat(clock(rma(y, v, mods = X)))")
    b.row("regression, k = 1e5, p = 10, REML", own and own[0], peer,
          "metafor at k = 1000; its k x k matrices end at about 1e4")


def gwas(b):
    n, k = 1000000, 10
    files = cohorts(b.folder, n, k)
    names = [os.path.basename(f) for f in files]
    megabytes = sum(os.path.getsize(f) for f in files) / 1e6
    threads = os.cpu_count() or 1

    def command(threads, *more):
        return ([b.tausq, "batch"] + names +
                ["--key", "SNP", "--effect-allele", "A1", "--other-allele", "A2", "--yi", "BETA",
                 "--sei", "SE", "--method", "DL,REML", "--threads", str(threads), "-o", "joined.csv",
                 "--quiet"] + list(more))

    def join(threads, *more):
        return b.wall(command(threads, *more), 3)

    floor = b.tokenised(threads, names)
    told = "reading and tokenising, %d thread%s"
    label = "%g variants x 10 cohorts (%.0f MB), DL and REML" % (n, megabytes)
    plink, gwama = shutil.which("plink1.9"), shutil.which("GWAMA") or shutil.which("gwama")
    plink_time = plink and b.wall([plink, "--meta-analysis"] + names + ["+", "qt", "--out", "plink"], 1)
    own = join(threads)
    lines = b.wall("cat cohort*.txt | wc -l", 3, shell=True)
    words = b.wall("cat cohort*.txt | LC_ALL=C wc -w", 1, shell=True)
    b.row(label, own, plink_time, "PLINK 1.9, DL alone", floor, told % (threads, "s" * (threads > 1)),
          "%.3gx cat | wc -l, %.3gx cat | wc -w" % (own / lines, own / words) if own and lines and words else "")
    memory = peak_memory(command(threads), b.folder)
    if memory:
        print("    %.0f bytes of memory a key and cohort" % (memory * 2 ** 20 / (n * k)))
    b.row("the same, the columns that PLINK prints", join(threads, "--columns", "k,beta,pval,QE_pval,I2"), plink_time,
          "PLINK 1.9, DL alone", floor, told % (threads, "s" * (threads > 1)))
    b.row("the same on one thread, all columns", join(1), plink_time, "PLINK 1.9, DL alone",
          b.tokenised(1, names), told % (1, ""))
    if gwama:
        with open(os.path.join(b.folder, "gwama.in"), "w") as out:
            out.write("\n".join(names) + "\n")
        b.row(label, own, b.wall([gwama, "-qt", "-r", "-i", "gwama.in", "-o", "gwama",
                                  "--name_marker", "SNP", "--name_ea", "A1", "--name_nea", "A2",
                                  "--name_beta", "BETA", "--name_se", "SE"], 1),
              "GWAMA, random effects")


def sorted_rows(path, n):
    """n effects in genes of ten, sorted by gene."""
    draw = random.Random(12)
    with open(path, "w") as out:
        out.write("gene,yi,vi\n")
        for i in range(n):
            out.write("g%d,%.5f,%.5f\n" % (i // 10, draw.random(), 0.01 + draw.random()))


def streams(b):
    """Memory of what streams does not grow; that of a join grows with its keys."""
    for n in (100000, 10000000):
        name = "sorted%d.csv" % n
        sorted_rows(os.path.join(b.folder, name), n)
        command = [b.tausq, "batch", name, "--by", "gene", "--sorted", "-o", "streamed.csv", "--quiet"]
        own, memory = b.wall(command), peak_memory(command, b.folder)
        b.row("sorted stream of %d rows, genes of ten" % n, own, floor=b.tokenised(1, [name]),
              floor_name="reading and tokenising, 1 thread", note="%.0f MB" % memory if memory else "")
        os.remove(os.path.join(b.folder, name))


def workbook(b):
    n = 100000
    draw = random.Random(3)
    with open(os.path.join(b.folder, "big.csv"), "w") as out:
        out.write("study,yi,vi\n")
        for j in range(n):
            v = 0.01 * 50.0 ** draw.random()
            out.write("s%d,%.6f,%.6f\n" % (j, draw.gauss(-0.3, math.sqrt(v)), v))
    own = b.wall([b.tausq, "pool", "big.csv", "--ci-tau2", "none", "--xlsx", "big.xlsx", "--quiet"], 2)
    b.row("workbook of 1e5 studies", own, None, "",
          b.wall("unzip -p big.xlsx | gzip -6 | wc -c", 2, shell=True), "gzip -6 of its parts")


def clusters_of_five(path, n):
    """n effects in clusters of five: a deviation for each cluster and for each effect."""
    draw = random.Random(8)
    u = 0.0
    with open(path, "w") as out:
        out.write("study,cluster,effect,yi,vi\n")
        for i in range(n):
            u = u if i % 5 else draw.gauss(0.0, 0.3)
            v = 0.01 * 10.0 ** draw.random()
            out.write("s%d,%d,%d,%.6f,%.6f\n" % (i, i // 5, i % 5, draw.gauss(0.2 + u, math.sqrt(v + 0.03)), v))


def slope(points):
    """Of the straight line through log y by log x."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def multilevel(b):
    points = []
    for n in (500, 2000, 10000, 100000, 1000000):
        name = "levels%d.csv" % n
        clusters_of_five(os.path.join(b.folder, name), n)
        command = [b.tausq, "mv", name, "--random", "~ 1 | cluster/effect", "--ci-tau2", "none"]
        own = b.wall(command, 3 if n <= 10000 else 1)
        memory = peak_memory(command, b.folder)
        note = "%.0f MB" % memory if memory else ""
        title = "three levels, %d effects in clusters of five" % n
        if n > 2000:
            points += [(n, own, memory)] if own and memory else []
            b.row(title, own, note=note)
            continue
        for kind in ("FALSE", "TRUE"):
            peer = b.metafor('d <- read.csv("%s")\n'
                             'cat(clock(rma.mv(yi, vi, random = ~ 1 | cluster/effect, data = d, sparse = %s)))'
                             % (name, kind))
            b.row(title, own, peer, "metafor, %s, without R's start" % ("sparse" if kind == "TRUE" else "dense"),
                  note=note)
    if len(points) > 2:
        print("    from 10,000 to 1,000,000 effects: time grows as n^%.2f, memory as n^%.2f"
              % (slope([p[:2] for p in points]), slope([(p[0], p[2]) for p in points])))


WORKLOADS = [process, fits, file, permute, gosh, loo, regression, gwas, streams, workbook, multilevel]


def processor():
    try:
        with open("/proc/cpuinfo") as info:
            return re.search(r"model name\s*: (.*)", info.read()).group(1)
    except (OSError, AttributeError):
        return platform.processor() or platform.machine()


def main():
    names = [w.__name__ for w in WORKLOADS]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tausq", required=True)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--json")
    parser.add_argument("name", nargs="*", help="workloads: " + " ".join(names))
    args = parser.parse_args()
    args.tausq, args.bench = os.path.abspath(args.tausq), os.path.abspath(args.bench)
    unknown = [n for n in args.name if n not in names]
    if unknown:
        parser.error("unknown workload %s; there are %s" % (unknown[0], " ".join(names)))
    print("%s, %d processors; %s" % (processor(), os.cpu_count(), time.strftime("%Y-%m-%d")))
    print(HEAD[0].ljust(WIDTH[0]) + "".join(h.rjust(w + 1) for h, w in zip(HEAD[1:], WIDTH[1:])))
    with tempfile.TemporaryDirectory(prefix="tausq-bench-") as folder:
        b = Bench(args, folder)
        for workload in WORKLOADS:
            if not args.name or workload.__name__ in args.name:
                workload(b)
    if args.json:
        with open(args.json, "w") as out:
            json.dump({"processor": processor(), "processors": os.cpu_count(), "rows": b.rows}, out,
                      indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
