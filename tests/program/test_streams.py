# SPDX-License-Identifier: GPL-3.0-or-later
"""Standard streams and files: what is closed, cut off or interrupted ends cleanly, and leaves nothing."""
import os
import pty
import signal
import stat
import subprocess
import tempfile
import time
import unittest

from support import program


def start(args, cwd=None, **options):
    return subprocess.Popen([program.TAUSQ, *args], cwd=cwd, env=program.environment(), **options)


class Streams(unittest.TestCase):
    def test_a_reader_that_leaves_early_is_no_crash(self):
        process = start(["data", "show", "bcg"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        status = process.wait(60)
        self.assertIn(status, (0, 3, -signal.SIGPIPE), errors)
        self.assertLessEqual(errors.count(b"\n"), 1, errors)

    def test_closed_standard_input_does_not_matter(self):
        done = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&-', program.TAUSQ, *program.BCG],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=program.environment())
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, program.run(program.BCG))

    def test_a_file_is_never_opened_on_a_closed_standard_stream(self):
        """With stdout and stderr closed, the first file opened gets their number: reports must not land in it."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["sh", "-c", 'exec "$0" "$@" >&- 2>&-', program.TAUSQ, *program.BCG, "--json", "a.json"],
                           cwd=folder, env=program.environment())
            program.run([*program.BCG, "--quiet", "--json", "b.json"], cwd=folder)
            path = os.path.join(folder, "a.json")
            if os.path.exists(path):
                with open(path, "rb") as a, open(os.path.join(folder, "b.json"), "rb") as b:
                    self.assertTrue(a.read() == b.read())

    def test_no_colour_outside_a_terminal(self):
        self.assertNotIn(b"\x1b", program.run(program.BCG))

    def test_written_files_follow_the_umask(self):
        with tempfile.TemporaryDirectory() as folder:
            for option, name in (("--json", "o.json"), ("--xlsx", "o.xlsx"), ("--plot", "o.svg")):
                subprocess.run(["sh", "-c", 'umask 027; exec "$0" "$@"', program.TAUSQ, *program.BCG, "--quiet",
                                option, name], cwd=folder, env=program.environment(), check=True)
                mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
                self.assertEqual(mode, 0o640, name)

    def test_long_work_shows_progress_and_can_be_interrupted(self):
        line = ["permute", *program.BCG[1:], "--mods", "~ablat", "--exact", "no", "--iter", "1000000000", "--json", "out.json"]
        try:
            terminal, ours = pty.openpty()
        except OSError:
            self.skipTest("no terminals here")
        with tempfile.TemporaryDirectory() as folder:
            process = start(line, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=ours)
            os.close(ours)
            seen = b""
            while b"left" not in seen:
                seen += os.read(terminal, 4096)
            process.send_signal(signal.SIGINT)
            output = process.communicate(timeout=60)[0]
            try:
                while more := os.read(terminal, 4096):
                    seen += more
            except OSError:
                pass  # the other end is closed: how Linux ends a terminal
            os.close(terminal)
            self.assertEqual((process.returncode, output, os.listdir(folder)), (130, b"", []))
        self.assertRegex(seen, rb"  permutations: 0%, \d+(\.\d)? a second, \d+ s left")
        self.assertTrue(seen.endswith(b"\r\x1b[Ktausq: error: interrupted\r\n"), seen[-200:])

    def test_long_work_that_tells_no_progress_can_be_interrupted(self):
        process = start(["selmodel", "-", "--type", "beta"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        rows = "".join("%.3f,%.3f\n" % (0.2 + i % 71 * 0.01, 0.01 + i % 37 * 0.003) for i in range(20000))
        process.stdin.write(b"yi,vi\n" + rows.encode())
        process.stdin.close()
        time.sleep(2)  # past the reading of the sheet
        process.send_signal(signal.SIGINT)
        try:
            status = process.wait(20)
        finally:
            process.kill()
        self.assertEqual((status, process.stdout.read(), process.stderr.read()), (130, b"", b""))
        process.stdout.close()
        process.stderr.close()

    def test_no_progress_outside_a_terminal(self):
        line = ["permute", *program.BCG[1:], "--mods", "~ablat", "--exact", "no", "--iter", "200000", "--format", "json"]
        done = subprocess.run([program.TAUSQ, *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=program.environment(), timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_a_failed_run_keeps_the_old_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "out.json")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("old\n")
            program.run([*program.BCG, "--json", "out.json", "--method", "none"], cwd=folder, status=2)
            with open(path, encoding="utf-8") as stream:
                self.assertEqual(stream.read(), "old\n")
            self.assertEqual(os.listdir(folder), ["out.json"])
