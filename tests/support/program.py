# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the program of the build under test: TAUSQ_BUILD names its folder (tests/run.py sets it)."""
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("TAUSQ_BUILD", os.path.join(ROOT, "build")))
TAUSQ = os.path.join(BUILD, "tausq")
BCG = ["pool", "@bcg", "--measure", "RR", "--ai", "tpos", "--bi", "tneg", "--ci", "cpos",
       "--di", "cneg", "--slab", "author"]


def environment(**changes):
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
    env.pop("SOURCE_DATE_EPOCH", None)
    env.update(changes)
    return env


def run(args, cwd=None, status=0, **changes):
    """Standard output of `tausq ARGS`, as bytes; raises unless it ends with that status."""
    done = subprocess.run([TAUSQ, *args], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment(**changes), timeout=120)
    if done.returncode != status:
        raise AssertionError(f"{args}: exit status {done.returncode}, want {status}: "
                             + done.stderr.decode("utf-8", "replace"))
    return done.stdout


def result(args):
    """The JSON document of `tausq ARGS`."""
    return json.loads(run([*args, "--format", "json"]))


def sanitized():
    """Whether the program was built with a sanitizer."""
    with open(TAUSQ, "rb") as stream:
        return b"__asan_init" in stream.read()
