# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md, CHANGELOG.md and the man page say of the program: options, commands, counts."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from support import program

OPTION = re.compile(r"--[a-z0-9][a-z0-9-]*")


def text(name):
    with open(os.path.join(program.ROOT, name), encoding="utf-8") as stream:
        return stream.read()


def commands():
    listed = program.run(["--help"]).decode().split("commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


def help_texts():
    return {name: program.run([name, "--help"]).decode() for name in commands()}


def options(texts):
    """Option -> its line of help, of all commands."""
    return dict(re.findall(r"^  (--[a-z0-9-]+)(.*)$", "\n".join(texts.values()), re.M))


class Documents(unittest.TestCase):
    def test_the_documents_name_no_option_that_is_not_there(self):
        there = options(help_texts())
        for name, others in (("README.md", {"--cflags", "--libs", "--array", "--dependency", "--cpus-per-task"}), ("CHANGELOG.md", set()),
                             ("cli/tausq.1", {"--opt"}), ("docs/gallery.md", set())):
            named = set(OPTION.findall(text(name).replace("\\-", "-")))
            self.assertEqual(named - set(there) - others, set(), name)

    def test_the_man_page_has_every_option_but_the_inputs(self):
        texts = help_texts()
        there = options(texts)
        inputs = options({"": texts["pool"].split("\ncolumns")[1].split("\n\n")[0]})
        man = text("cli/tausq.1").replace("\\-", "-")
        self.assertEqual({o for o in there if o not in inputs and not re.search(re.escape(o) + r"(?![a-z0-9-])", man)},
                         set())

    def test_the_documents_name_every_command(self):
        man = text("cli/tausq.1")
        for name in commands():
            self.assertIn(f"`tausq {name}`", text("README.md"))
            self.assertIn(f"\n.B {name}\n", man)

    def test_the_commands_of_the_readme_run(self):
        """Those on data sets inside the program; others need a sheet of the reader's own."""
        lines = re.sub(r"\\\n\s*", "", text("README.md")).splitlines()
        bcg = "@bcg " + " ".join(program.BCG[2:]) + " "
        shown = [line.strip().replace("@bcg ... ", bcg) for line in lines if re.match(r"    tausq \w+ @", line)]
        self.assertGreater(len(shown), 8)
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "docs"))
            env = program.environment(PATH=program.BUILD + os.pathsep + os.environ["PATH"])
            for line in shown:
                done = subprocess.run(["sh", "-c", line], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
                self.assertEqual((done.returncode, done.stderr), (0, b""), line)

    def test_counts_are_what_they_are(self):
        readme, changes = text("README.md"), text("CHANGELOG.md")
        groups = re.findall(r"^[a-z]\w*", text("tests/reference_groups.txt"), re.M)
        cases = sum(len(text(f"validation/reference/{name}.jsonl").splitlines()) for name in groups)
        self.assertIn(f"{cases:,} reference cases", readme)
        published = json.loads(program.run(["validate", "--format", "json"]))
        counts = published["counts"]
        reasons = [figure["reason"] for publication in published["publications"] for analysis in publication["analyses"]
                   for figure in analysis["figures"] if figure["verdict"] == "differs"]
        unexplained = sum(reason.startswith("not explained") for reason in reasons)
        self.assertIn(f"Of the {counts['differ']}, {unexplained} begin with", text("validation/README.md"))
        figures = counts["agree"] + counts["differ"]
        self.assertIn(f"{counts['analyses']} analyses of {counts['publications']} publications ({figures} figures",
                      readme)
        methods = program.run(["pool", "--help"]).decode().split("\nmethods\n")[1].split("\n\n")[0].splitlines()
        of_counts = {"MH", "PETO", "GLMM", "BB", "FIRTH"}
        pooling = [line for line in methods if line.split()[0] not in of_counts]
        self.assertEqual(len(methods) - len(pooling), len(of_counts))
        self.assertIn(f"{len(pooling)} methods that pool effects", readme)
        tests = re.findall(r"^  [a-z]", program.run(["bias", "--list"]).decode(), re.M)
        self.assertIn(f"does all {len(tests)},", readme)
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.csv", "b.csv"):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                    out.write("SNP,A1,A2,yi,sei\nrs1,A,G,0.1,0.05\n")
            joined = program.run(["batch", "a.csv", "b.csv", "--key", "SNP", "--effect-allele", "A1", "--other-allele", "A2",
                                  "--method", "DL,REML"], cwd=folder).decode()
        self.assertIn(f"with all {len(joined.splitlines()[0].split(','))} columns of both models", readme)
        self.assertIn(f"{len(tests)} tests of small-study effects", changes)
        sets = program.run(["data", "list"]).decode().splitlines()
        self.assertIn(f"{len(sets)} data sets inside the program", changes)


if __name__ == "__main__":
    unittest.main()
