#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the reference cases against a tausq binary and compares the JSON it prints.

    check.py --bin PATH [--data DIR]... [--cases DIR] [--group G[,G]] [--id TEXT] [--measures M[,M]]
             [--json] [--jobs N] [-v [-v]]

A case's data file is looked up in data/ beside this script, then in datasets/ and datasets/knee/
of the source tree; --data names other folders instead, searched in the order given. Values that
validation/DEVIATIONS.md explains are taken from deviations.tsv and counted apart.

Exit status: 0 when every case passes, 1 when one fails, 2 for wrong usage (no binary, no cases).
"""
import argparse
import collections
import concurrent.futures
import json
import math
import os
import shlex
import signal
import subprocess
import sys
import time

TIMEOUT = 10.0


def measure_of(case):
    """The measure a case asks for; GEN where effects come ready-made (--yi, --vi)."""
    args = case["args"]
    for i, arg in enumerate(args):
        if arg == "--measure":
            return args[i + 1]
        if arg.startswith("--measure="):
            return arg.split("=", 1)[1]
    return "GEN"


def load(folder, groups, text, measures):
    cases = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".jsonl"):
            continue
        if groups and name[:-6] not in groups:
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as fh:
            for no, line in enumerate(fh, 1):
                if not line.strip():
                    continue
                try:
                    case = json.loads(line)
                except ValueError as exc:
                    sys.exit(f"check.py: {name}:{no}: {exc}")
                if text and text not in case["id"]:
                    continue
                if measures and measure_of(case) not in measures:
                    continue
                cases.append(case)
    return cases


def deviate(cases, folder):
    """Replace what a case expects where deviations.tsv says so; the number of checks replaced."""
    path = os.path.join(folder, "deviations.tsv")
    if not os.path.isfile(path):
        return 0
    known = {case["id"]: case for case in cases}
    count = 0
    with open(path, encoding="utf-8") as fh:
        for line in fh:
            if line.startswith("#") or not line.strip():
                continue
            name, where, value = line.rstrip("\n").split("\t")[:3]
            if name in known:
                if where not in known[name]["expect"]:
                    sys.exit(f"check.py: deviations.tsv: {name} expects no {where}")
                known[name]["expect"][where] = json.loads(value)
                count += 1
    return count


MISSING = object()


def walk(doc, path):
    for part in path.split("."):
        if isinstance(doc, list):
            try:
                doc = doc[int(part)]
            except (ValueError, IndexError):
                return MISSING
        elif isinstance(doc, dict):
            if part not in doc:
                return MISSING
            doc = doc[part]
        else:
            return MISSING
    return doc


def tolerance(case, path):
    """The case's rtol, unless `tol` gives one for the longest leading part of this path."""
    best, rtol = -1, case.get("rtol", 1e-8)
    for prefix, value in case.get("tol", {}).items():
        if (path == prefix or path.startswith(prefix + ".") or (prefix.startswith("*.") and path.endswith(prefix[1:]))) \
                and len(prefix) > best:
            best, rtol = len(prefix), value
    return rtol


def number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def compare(case, path, want, got):
    """(ok, relative error or None)"""
    if got is MISSING:
        return False, None
    if want is None:
        return got is None, None
    if isinstance(want, bool) or isinstance(want, str):
        return type(got) is type(want) and got == want, None
    if not number(got):
        return False, None
    if not math.isfinite(got):
        return False, math.inf
    diff = abs(got - want)
    rel = diff / abs(want) if want != 0 else diff
    rtol = tolerance(case, path)
    if path.endswith("pval") and rtol <= 1e-7 and want > 1e-290:
        return rel <= 1e-6, rel  # small p-values too must be right, not only small
    return diff <= case.get("atol", 1e-10) + rtol * abs(want), rel


def first_line(text):
    for line in text.splitlines():
        if line.strip():
            return line.strip()[:300]
    return ""


def locate(name, folders):
    """Path of a data file: the first of the folders that has it; None when none has."""
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    return None


def command(case, binary, data):
    where = locate(case["data"], data) if case.get("data") else ""
    return binary + [a.replace("{DATA}", where) for a in case["args"]] + ["--format", "json"]


def run(case, binary, data, timeout):
    """(error or None, failures [(path, got, want, rel)], checks)"""
    checks = len(case["expect"])
    cmd = command(case, binary, data)
    try:
        done = subprocess.run(cmd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"no answer within {timeout:g} s", [], checks
    except OSError as exc:
        return f"cannot run: {exc}", [], checks
    err = first_line(done.stderr.decode("utf-8", "replace"))
    if done.returncode < 0:
        try:
            name = signal.Signals(-done.returncode).name
        except ValueError:
            name = str(-done.returncode)
        return f"killed by {name}" + (f": {err}" if err else ""), [], checks
    try:
        doc = json.loads(done.stdout.decode("utf-8"))
    except ValueError:
        return f"no JSON (exit {done.returncode})" + (f": {err}" if err else ""), [], checks
    if done.returncode != 0:
        return f"exit {done.returncode}" + (f": {err}" if err else ""), [], checks
    bad = []
    for path, want in case["expect"].items():
        got = walk(doc, path)
        ok, rel = compare(case, path, want, got)
        if not ok:
            bad.append((path, "(absent)" if got is MISSING else got, want, rel))
    return None, bad, checks


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    ap = argparse.ArgumentParser(description="Compare tausq with the reference values.")
    ap.add_argument("--bin", required=True, help="the tausq program (a path, or a command in quotes)")
    ap.add_argument("--data", action="append", metavar="DIR", help="folder of CSV files, repeatable (default: data/, then datasets/ and datasets/knee/ of the tree)")
    ap.add_argument("--cases", default=here, help="folder of the .jsonl files")
    ap.add_argument("--group", help="only these groups (comma-separated file names without .jsonl)")
    ap.add_argument("--id", help="only cases whose id contains this text")
    ap.add_argument("--measures", metavar="M[,M]", help="only cases with these measures; GEN: cases without --measure")
    ap.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    ap.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    ap.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds per command (default 10)")
    ap.add_argument("-v", action="count", default=0, help="failing paths per case: 3 by default, -v 20, -vv all; -vv shows the command too")
    opt = ap.parse_args()

    binary = [os.path.abspath(opt.bin)] if os.path.exists(opt.bin) else shlex.split(opt.bin)
    if not binary:
        print("check.py: --bin is empty", file=sys.stderr)
        return 2
    tree = os.path.normpath(os.path.join(here, "..", "..", "datasets"))
    opt.data = opt.data or [os.path.join(here, "data"), tree, os.path.join(tree, "knee")]
    for folder in opt.data + [opt.cases]:
        if not os.path.isdir(folder):
            print(f"check.py: no such folder: {folder}", file=sys.stderr)
            return 2
    groups = set(opt.group.split(",")) if opt.group else None
    measures = set(opt.measures.split(",")) if opt.measures else None
    cases = load(opt.cases, groups, opt.id, measures)
    if not cases:
        print("check.py: no cases found", file=sys.stderr)
        return 2
    deviations = deviate(cases, opt.cases)
    absent = sorted({c["data"] for c in cases if c.get("data") and locate(c["data"], opt.data) is None})
    if absent:
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        print(f"check.py: no such data file: {', '.join(absent[:3])}{more}", file=sys.stderr)
        return 2
    limit = {0: 3, 1: 20}.get(opt.v, 10**9)

    table = collections.OrderedDict()
    failures = []
    begin = time.time()
    with concurrent.futures.ThreadPoolExecutor(max(1, opt.jobs)) as pool:
        results = pool.map(lambda c: run(c, binary, opt.data, opt.timeout), cases)
        for case, (error, bad, checks) in zip(cases, results):
            row = table.setdefault(case["group"], [0, 0, 0, 0])
            row[1] += 1
            row[3] += checks
            if error is None:
                row[2] += checks - len(bad)
            if error is None and not bad:
                row[0] += 1
                continue
            failures.append({"id": case["id"], "error": error,
                             "failed": [{"path": p, "got": g, "want": w, "rel": r} for p, g, w, r in bad]})
            if opt.json:
                continue
            if opt.v > 1:
                print("$ " + shlex.join(command(case, binary, opt.data)))
            if error is not None:
                print(f"FAIL {case['id']}: {error}")
            for p, g, w, r in bad[:limit]:
                print(f"FAIL {case['id']}: {p}: got {g!r}, want {w!r}" + ("" if r is None else f", rel. error {r:.2e}"))
            if len(bad) > limit:
                print(f"FAIL {case['id']}: ... and {len(bad) - limit} more of {checks} checks")
    passed = sum(r[0] for r in table.values())
    failed = len(cases) - passed
    if opt.json:
        print(json.dumps({"passed": passed, "deviations": deviations, "failed": failed, "seconds": round(time.time() - begin, 2),
                          "groups": {g: {"cases_passed": r[0], "cases": r[1], "checks_passed": r[2], "checks": r[3]} for g, r in table.items()},
                          "failures": failures}, indent=1))
    else:
        print(f"\n{'group':<14}{'cases passed':>16}{'checks passed':>20}")
        for g, r in table.items():
            print(f"{g:<14}{r[0]:>8} / {r[1]:<5}{r[2]:>10} / {r[3]:<7}")
        if deviations:
            print(f"{deviations} checks stand as in DEVIATIONS.md, not as the peer printed them")
        print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
