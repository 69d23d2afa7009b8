# SPDX-License-Identifier: GPL-3.0-or-later
"""`make install` into a folder: what is there, and that programs can be built on it."""
import os
import re
import shlex
import subprocess
import tempfile
import unittest

from support import program

# The BCG trials, log risk ratios to four decimals, through the installed headers alone.
EXAMPLE = r"""
#include <stdio.h>
#include <tausq.h>

#define K 13

static const double yi[K] = {-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209,
                             0.0120,  -0.4694, -1.3713, -0.3394, 0.4459,  -0.0173};
static const double vi[K] = {0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230,
                             0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714};

int main(void)
{
    const tq_model model = {.k = K, .p = 1, .yi = yi, .vi = vi};
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *fit = tq_pool_new(K, 1);
    tq_error err;
    int status = 1;

    if (work && fit && tq_pool_fit(&model, NULL, work, fit, &err) == TQ_OK) {
        printf("%.6f %.6f %.6f\n", fit->beta[0], fit->se[0], fit->tau2);
        status = 0;
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
    return status;
}
"""
ANSWER = b"-0.714534 0.179783 0.313253\n"  # metafor 3.8-1, tight threshold


def command(*line, **options):
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(line)}: {done.stderr.decode('utf-8', 'replace')}")
    return done.stdout


def make(target, stage):
    # MAKEFLAGS of a make above would pass its own options on.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command("make", "-s", target, f"B={os.path.relpath(program.BUILD, program.ROOT)}", f"DESTDIR={stage}",
            "PREFIX=/usr", cwd=program.ROOT, env=env)


def files_under(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder)
                  for at, _, names in os.walk(folder) for name in names)


class Install(unittest.TestCase):
    def setUp(self):
        if program.sanitized():
            self.skipTest("built with a sanitizer, which its users would have to link")
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.stage = holder.name
        make("install", self.stage)
        self.lib = os.path.join(self.stage, "usr", "lib")

    def flags(self, *options):
        env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(self.lib, "pkgconfig"))
        prefix = os.path.join(self.stage, "usr")
        text = command("pkg-config", f"--define-variable=prefix={prefix}", *options, "tausq", env=env)
        return text.decode().split()

    def answer(self, *link, **env):
        source = os.path.join(self.stage, "example.c")
        built = os.path.join(self.stage, "example")
        with open(source, "w", encoding="utf-8") as stream:
            stream.write(EXAMPLE)
        command(*shlex.split(os.environ.get("CC", "cc")), "-std=c17", "-Wall", "-Wextra", "-Werror", *self.flags("--cflags"),
                source, "-o", built, *link)
        return command(built, env=dict(os.environ, **env))

    def test_the_shared_library_serves_a_program(self):
        self.assertEqual(self.answer(*self.flags("--libs"), LD_LIBRARY_PATH=self.lib), ANSWER)

    def test_the_static_library_serves_a_program(self):
        others = [flag for flag in self.flags("--static", "--libs") if flag != "-ltausq"]
        self.assertEqual(self.answer(os.path.join(self.lib, "libtausq.a"), *others), ANSWER)

    def test_only_public_names_are_exported(self):
        table = command("nm", "-D", "--defined-only", os.path.join(self.lib, "libtausq.so")).decode()
        names = [line.split()[-1] for line in table.splitlines()]
        self.assertTrue(names)
        self.assertEqual([n for n in names if not n.startswith("tq_")], [])

    def test_private_headers_stay_behind(self):
        installed = files_under(os.path.join(self.stage, "usr", "include"))
        self.assertIn("tausq/tausq.h", installed)
        self.assertEqual([n for n in installed if n.endswith("_internal.h")], [])

    def test_the_version_is_the_same_everywhere(self):
        text = program.run(["--version"]).decode()
        version = self.flags("--modversion")[0]
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertIn(version, re.findall(r"\d+\.\d+\.\d+", text))
        self.assertTrue(os.path.isfile(os.path.join(self.lib, f"libtausq.so.{version}")))

    def test_uninstall_leaves_nothing(self):
        make("uninstall", self.stage)
        self.assertEqual(files_under(self.stage), [])
