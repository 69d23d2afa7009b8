#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates reference values again with R and metafor, and compares them with those stored.

    peers.py [--group G[,G]] [--rtol X] [-v]

Needs Rscript and metafor (Debian: r-cran-metafor); without them it says so and stops with status 3.
The cases are rebuilt from their stored arguments by regenerate.R; what it does not know (options,
estimators that the installed metafor lacks) is counted as not rebuilt. Values differ where the
stored one and the one generated are further apart than X relatively (default 1e-6) and than the
tolerance of the case. Known reasons stand in known.tsv: the installed metafor is another version
than that of the stored values. GLMM take minutes and run when they are named.

Exit status: 0 when nothing differs but for a known reason, 1 when something does, 2 for wrong usage,
3 without R or metafor.
"""
import argparse
import collections
import fnmatch
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "..", "reference")
sys.dont_write_bytecode = True
sys.path.insert(0, REFERENCE)
import check  # noqa: E402

GROUPS = ["effects", "tau2", "ci", "regression", "subgroups", "mhpeto", "sensitivity", "bias", "selmodel"]
ASKED = GROUPS + ["glmm"]


def installed():
    """Version of metafor, or None with the reason printed."""
    if not shutil.which("Rscript"):
        print("peers.py: there is no Rscript: install R and metafor (Debian: apt-get install r-cran-metafor)",
              file=sys.stderr)
        return None
    done = subprocess.run(["Rscript", "-e", 'cat(as.character(packageVersion("metafor")))'],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        print("peers.py: R has no metafor (Debian: apt-get install r-cran-metafor)", file=sys.stderr)
        return None
    return done.stdout.decode()


def folders():
    tree = os.path.normpath(os.path.join(REFERENCE, "..", "..", "datasets"))
    return [os.path.join(REFERENCE, "data"), tree, os.path.join(tree, "knee")]


def generate(cases):
    """{id: {path: value}} and {id: reason} of those that are not rebuilt."""
    lines = "".join(f"{c['id']}\t{check.locate(c['data'], folders())}\t{chr(31).join(c['args'])}\n"
                    for c in cases)
    done = subprocess.run(["Rscript", os.path.join(HERE, "regenerate.R")], input=lines.encode(),
                          stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"peers.py: regenerate.R ended with status {done.returncode}")
    values, left = collections.defaultdict(dict), {}
    for line in done.stdout.decode().splitlines():
        name, path, text = line.split("\t", 2)
        if path == "!":
            left[name] = text
        else:
            values[name][path] = float(text)
    return values, left


def known_reasons():
    """[(pattern of ids, pattern of paths, largest relative difference, reason)]"""
    with open(os.path.join(HERE, "known.tsv"), encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream if line.strip() and line[0] != "#"]
    return [(ids, paths, float(most), reason) for ids, paths, most, reason in rows]


def reason_of(known, name, path, stored, now):
    for ids, paths, most, reason in known:
        if fnmatch.fnmatchcase(name, ids) and fnmatch.fnmatchcase(path, paths) \
                and abs(now - stored) <= most * abs(stored):
            return reason
    return None


def agrees(case, path, stored, now, rtol):
    """A tau2 of zero is found to about 1e-10, which shows in its root and in I2."""
    last = path.rpartition(".")[2]
    floor = {"I2": 1e-5, "tau": 2e-5}.get(last, 1e-9)
    return abs(stored - now) <= max(case.get("atol", 1e-10) + check.tolerance(case, path) * abs(stored),
                                    floor + rtol * abs(stored))


def main():
    ap = argparse.ArgumentParser(description="Generate reference values again with metafor.")
    ap.add_argument("--group", help="only these groups: " + ", ".join(ASKED))
    ap.add_argument("--rtol", type=float, default=1e-6)
    ap.add_argument("-v", action="store_true", help="every difference, and why cases are not rebuilt")
    opt = ap.parse_args()
    groups = opt.group.split(",") if opt.group else GROUPS
    unknown = sorted(set(groups) - set(ASKED))
    if unknown:
        ap.error(f"unknown group {unknown[0]}; there are {', '.join(ASKED)}")
    version = installed()
    if version is None:
        return 3
    known = known_reasons()
    print(f"metafor {version}, compared with the stored values\n")
    print(f"{'group':<14}{'cases':>7}{'rebuilt':>9}{'values':>9}{'agree':>9}{'known':>7}{'differ':>8}")
    total, bad, why = 0, [], collections.Counter()
    for group in groups:
        cases = check.load(REFERENCE, {group}, None, None)
        values, left = generate(cases)
        compared = same = explained = 0
        for case in cases:
            if case["id"] in left:
                why[f"{group}: {left[case['id']]}"] += 1
                continue
            for path, now in values[case["id"]].items():
                stored = case["expect"].get(path)
                if not check.number(stored):
                    continue
                compared += 1
                if agrees(case, path, stored, now, opt.rtol):
                    same += 1
                elif reason_of(known, case["id"], path, stored, now):
                    explained += 1
                else:
                    bad.append((case["id"], path, stored, now))
        differ = compared - same - explained
        total += compared
        print(f"{group:<14}{len(cases):>7}{len(cases) - len(left):>9}{compared:>9}{same:>9}{explained:>7}{differ:>8}",
              flush=True)
    for name, path, stored, now in bad if opt.v else bad[:20]:
        print(f"DIFFERS {name}: {path}: stored {stored!r}, metafor {version} gives {now!r}")
    if not opt.v and len(bad) > 20:
        print(f"... and {len(bad) - 20} more; -v shows all")
    if opt.v:
        for text, n in why.most_common():
            print(f"not rebuilt ({n}): {text}")
    print(f"{total} values generated again, {len(bad)} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
