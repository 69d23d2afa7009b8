#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests and counts every one of them.

    run.py [--build DIR] [--jobs N] [-v] [SUITE...]
    run.py [--build DIR] --update NAME...      write what the command tests NAME now give

Suites, all by default:
    unit       the cmocka programs of tests/unit; each test counts
    command    the folders of tests/command: a command line, its input and what must come out
    golden     tests/golden/*.tsv: published numbers, one row each
    published  the analyses of validation/published; each figure counts
    program    tests/program/test_*.py: determinism, agreement of the views, installation
    reference  validation/reference: the groups of tests/reference_groups.txt; each case counts

One line per suite, before it the details of what failed; the last line is
"N passed, M failed". Exit status 1 when something failed, 2 for wrong usage.
"""
import argparse
import collections
import concurrent.futures
import csv
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TIMEOUT = 300  # of one test program, in seconds: only what hangs takes so long

sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

Result = collections.namedtuple("Result", "name ok detail")


def clean_environment(build, folder):
    """The same for everyone: no user settings, the program of this build on the PATH."""
    keep = ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    env.update(PATH=build + os.pathsep + "/usr/local/bin:/usr/bin:/bin", HOME=folder, TMPDIR=folder,
               LC_ALL="C.UTF-8", TZ="UTC", COLUMNS="100")
    return env


def in_parallel(function, items, jobs):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(function, items))


# unit -------------------------------------------------------------------------------------------

def run_unit_program(program):
    """The results of one cmocka program, from its own account of each test."""
    name = os.path.basename(program)
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run([program], cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT,
                                  env=dict(os.environ, CMOCKA_MESSAGE_OUTPUT="STDOUT"))
        except (OSError, subprocess.TimeoutExpired) as exc:
            return [Result(name, False, str(exc))]
    text = done.stdout.decode("utf-8", "replace")
    good = re.findall(r"^\[       OK \] (\S+)", text, re.M)
    bad = set(re.findall(r"^\[  FAILED  \] (\S+)$", text, re.M)) - {"0"}
    # An empty list of failures does not excuse a program that crashed or found a leak at its end.
    results = [Result(f"{name}: {test}", True, "") for test in good]
    for test in sorted(bad):
        begin = text.find(f"[ RUN      ] {test}\n")
        end = text.find("\n[  FAILED  ]", begin)
        results.append(Result(f"{name}: {test}", False, text[begin:end]))
    if not bad and (done.returncode != 0 or not good):
        results.append(Result(f"{name} (exit status {done.returncode})", False, text[-3000:]))
    return results


def suite_unit(opt):
    sources = sorted(os.listdir(os.path.join(HERE, "unit")))
    names = [s[:-2] for s in sources if s.startswith("test_") and s.endswith(".c")]
    programs = [os.path.join(opt.build, "tests", "unit", name) for name in names]
    return sum(in_parallel(run_unit_program, programs, opt.jobs), [])


# command ----------------------------------------------------------------------------------------

EXPECTATIONS = ("cmd", "stdout", "stderr", "status", "files")


def read_bytes(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return b""


def observe(opt, case):
    """What the case's command does in a fresh folder: {expectation: bytes}."""
    source = os.path.join(HERE, "command", case)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        inputs = [n for n in os.listdir(source) if n not in EXPECTATIONS]
        for name in inputs:
            shutil.copyfile(os.path.join(source, name), os.path.join(folder, name))
        done = subprocess.run(["sh", os.path.join(source, "cmd")], cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=clean_environment(opt.build, home),
                              timeout=TIMEOUT)
        left = sorted(set(os.listdir(folder)) - set(inputs))
    return {"stdout": done.stdout, "stderr": done.stderr, "status": b"%d\n" % done.returncode,
            "files": "".join(name + "\n" for name in left).encode()}


def expected(case, what):
    content = read_bytes(os.path.join(HERE, "command", case, what))
    return b"0\n" if what == "status" and not content else content


def run_command_case(opt, case):
    try:
        seen = observe(opt, case)
    except (OSError, subprocess.TimeoutExpired) as exc:
        return Result(f"command/{case}", False, str(exc))
    detail = ""
    for what, got in seen.items():
        want = expected(case, what)
        if got != want:
            lines = [text.decode("utf-8", "replace").splitlines() for text in (want, got)]
            difference = difflib.unified_diff(*lines, f"{what} expected", f"{what} seen", "", "", 1, "")
            detail += "\n".join(difference) + "\n"
    return Result(f"command/{case}", not detail, detail)


def command_cases():
    folder = os.path.join(HERE, "command")
    return sorted(n for n in os.listdir(folder) if os.path.isdir(os.path.join(folder, n)))


def suite_command(opt):
    return in_parallel(lambda case: run_command_case(opt, case), command_cases(), opt.jobs)


def update(opt, names):
    unknown = sorted(set(names) - set(command_cases()))
    if unknown:
        sys.exit(f"run.py: no such command test: {', '.join(unknown)}")
    for case in names:
        for what, got in observe(opt, case).items():
            path = os.path.join(HERE, "command", case, what)
            if got and not (what == "status" and got == b"0\n"):
                with open(path, "wb") as stream:
                    stream.write(got)
            elif os.path.exists(path):
                os.remove(path)


# golden -----------------------------------------------------------------------------------------

def walk(value, path):
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def golden_rows():
    folder = os.path.join(HERE, "golden")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".tsv"):
            with open(os.path.join(folder, name), encoding="utf-8", newline="") as stream:
                lines = (line for line in stream if not line.startswith("#"))
                for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                    yield name, row


def run_golden_command(opt, item):
    """All rows that share a command, from one run of it."""
    args, rows = item
    line = f'tausq {args} --format json'
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["sh", "-c", line], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=clean_environment(opt.build, folder), timeout=TIMEOUT)
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = {}
    results = []
    for name, row in rows:
        title = f"{name}: {args}: {row['path']}"
        want, tol = float(row["value"]), float(row["tolerance"])
        try:
            got = walk(document, row["path"])
            ok = abs(got - want) <= tol
            detail = f"got {got!r}, want {want!r} within {tol!r}: {row['source']}\n"
        except (KeyError, IndexError, TypeError):
            message = done.stderr.decode("utf-8", "replace") or "no such value in the output\n"
            ok, detail = False, f"exit status {done.returncode}: {message}"
        results.append(Result(title, ok, detail))
    return results


def suite_golden(opt):
    commands = collections.OrderedDict()
    for name, row in golden_rows():
        commands.setdefault(row["args"], []).append((name, row))
    run = in_parallel(lambda item: run_golden_command(opt, item), commands.items(), opt.jobs)
    return sum(run, [])


# published --------------------------------------------------------------------------------------

def published_document(opt):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["tausq", "validate", "--format", "json"], cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=clean_environment(opt.build, folder),
                              timeout=TIMEOUT)
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return None, done.stderr.decode("utf-8", "replace")


def suite_published(opt):
    document, error = published_document(opt)
    if document is None:
        return [Result("published", False, error or "no report\n")]
    results = []
    for publication in document["publications"]:
        for analysis in publication["analyses"]:
            for figure in analysis["figures"]:
                title = f"{publication['file']}:{figure['line']}: {figure['what']}"
                detail = (f"$ {analysis['command']}\ngot {figure['value']}, printed "
                          f"{figure['printed']}: {figure['reason'] or analysis['where']}\n")
                results.append(Result(title, figure["verdict"] != "deviates", detail))
    return results


# program ----------------------------------------------------------------------------------------

def single_tests(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from single_tests(test)
        else:
            yield test


def run_single_test(test):
    result = unittest.TestResult()
    unittest.TestSuite([test]).run(result)  # which sets its class up too
    name = test.id()
    problems = result.failures + result.errors
    if result.skipped:
        return Result(name, None, result.skipped[0][1])
    return Result(name, not problems, "".join(text for _, text in problems))


def suite_program(opt):
    os.environ["TAUSQ_BUILD"] = opt.build
    tests = unittest.defaultTestLoader.discover(os.path.join(HERE, "program"))
    return in_parallel(run_single_test, single_tests(tests), opt.jobs)


# reference --------------------------------------------------------------------------------------

def reference_groups():
    with open(os.path.join(HERE, "reference_groups.txt"), encoding="utf-8") as stream:
        for line in stream:
            group, *measures = line.split("#")[0].split() or [""]
            if group:
                yield group, measures


def suite_reference(opt):
    checker = os.path.join(ROOT, "validation", "reference", "check.py")
    results = []
    for group, measures in reference_groups():
        line = [sys.executable, checker, "--bin", os.path.join(opt.build, "tausq"), "--group", group,
                "--json", "--jobs", str(opt.jobs), "--timeout", "60"]
        if measures:
            line += ["--measures", ",".join(measures)]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            text = done.stderr.decode("utf-8", "replace")
            results.append(Result(f"reference/{group}", False, text or "no report\n"))
            continue
        results += [Result(f"reference/{group}", True, "")] * report["passed"]
        for failure in report["failures"]:
            detail = (failure["error"] or "") + "".join(
                f"{f['path']}: got {f['got']!r}, want {f['want']!r}\n" for f in failure["failed"])
            results.append(Result(failure["id"], False, detail))
    return results


# ------------------------------------------------------------------------------------------------

SUITES = {"unit": suite_unit, "command": suite_command, "golden": suite_golden,
          "published": suite_published,
          "program": suite_program, "reference": suite_reference}
SHOWN = 25   # failures of a suite shown in full, unless -v
LINES = 20   # lines of one of them


def show(result, verbose):
    print(f"FAIL {result.name}")
    lines = result.detail.rstrip("\n").split("\n")
    for line in lines if verbose else lines[:LINES]:
        print("    " + line)
    if not verbose and len(lines) > LINES:
        print(f"    ... {len(lines) - LINES} more lines")


def report(suite, results, seconds, verbose):
    passed = sum(r.ok is True for r in results)
    failures = [r for r in results if r.ok is False]
    skipped = [r for r in results if r.ok is None]
    for result in failures if verbose else failures[:SHOWN]:
        show(result, verbose)
    if not verbose and len(failures) > SHOWN:
        print(f"... {len(failures) - SHOWN} more failures")
    for result in skipped:
        print(f"skipped {result.name}: {result.detail}")
    print(f"{suite:<10} {passed:>6} passed {len(failures):>6} failed {seconds:>8.1f} s", flush=True)
    return passed, len(failures)


def main():
    parser = argparse.ArgumentParser(description="Run the tests.")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), metavar="DIR")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-v", action="store_true", help="show failures in full")
    parser.add_argument("--update", action="store_true", help="names are command tests to rewrite")
    parser.add_argument("names", nargs="*", metavar="SUITE")
    opt = parser.parse_args()
    opt.build = os.path.abspath(opt.build)

    if opt.update:
        update(opt, opt.names)
        return 0
    unknown = sorted(set(opt.names) - set(SUITES))
    if unknown:
        parser.error(f"unknown suite {unknown[0]}; there are {', '.join(SUITES)}")
    total = [0, 0]
    for suite in opt.names or SUITES:
        begin = time.time()
        results = SUITES[suite](opt)
        if not results:
            results = [Result(suite, False, "no tests found\n")]
        passed, failed = report(suite, results, time.time() - begin, opt.v)
        total[0] += passed
        total[1] += failed
    print(f"{total[0]} passed, {total[1]} failed")
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
