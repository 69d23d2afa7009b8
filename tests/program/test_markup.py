# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as Markdown, LaTeX and HTML: what plain text shows, escaped, and in documents that open."""
import csv
import html.parser
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from support import markup, program

BCG = program.BCG[1:]
LINES = {
    "pool": program.BCG + ["--subgroup", "alloc"],
    "regression": program.BCG + ["--mods", "~ ablat + alloc", "--residuals", "--emm", "alloc",
                                 "--newmods", "ablat=44.5,alloc=random"],
    "counts": program.BCG + ["--method", "MH"],
    "many arms": ["pool", "@knee_pain_change", "--measure", "MC", "--ri", "=0.5"],
    "effects": ["effects", *BCG],
    "loo": ["loo", *BCG],
    "cumul": ["cumul", *BCG, "--order", "year"],
    "influence": ["influence", *BCG],
    "gosh": ["gosh", *BCG, "--subsets", "100"],
    "bias": ["bias", *BCG],
    "trimfill": ["trimfill", *BCG],
    "compat": [*program.BCG, "--compat", "meta"],
    "permute": ["permute", *BCG, "--iter", "200"],
}
HOSTILE = ["<script>alert(1)</script>", "a|b||c", "Smith & Jones &amp; Co", r"C:\new\table \\ \input{x}",
           "100% of $5 #1 ~x^2", "[Vega](javascript:alert(1))", "{brace} _under_ *star* `tick`", "[-1.5] -- 2",
           '"quoted" \'single\'', "- not a list", "1. not a list", "=1+1", "M\u00fcller \u2013 \u65e5\u672c", "\u03c4 \u2265 1 \u05e9\u05e8\u05d4"]
VOID = {"meta"}


def numbers(text):
    return re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)


def hostile_sheet(folder):
    path = os.path.join(folder, "in.csv")
    with open(path, "w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["study", "yi", "vi", "g<i>&|_%"])
        for i, name in enumerate(HOSTILE):
            rows.writerow([name, 0.1 * i - 0.3, 0.04 + 0.01 * i, "x|<b>" if i % 2 else r"\y & %"])
        rows.writerow(["no <variance>", 0.1, "", "x|<b>"])
    return path


class Balanced(html.parser.HTMLParser):
    """Every tag closed in order, no script, nothing fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.scopes, self.captions = [], [], set(), 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.wrong += [tag] if tag in ("script", "img", "link", "iframe") else []
        self.wrong += [name for name in given if name.startswith("on") or name in ("src", "href")]
        self.scopes.add(given.get("scope"))
        self.captions += tag == "caption"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append("/" + tag)


class Markup(unittest.TestCase):
    def test_every_format_has_the_numbers_of_the_text(self):
        for name, line in LINES.items():
            text = program.run(line).decode()
            for form, read in markup.READERS.items():
                with self.subTest(name, format=form):
                    texts, tables = read(program.run([*line, "--format", form]).decode())
                    for table in tables:
                        self.assertEqual({len(row) for row in table}, {len(table[0])})
                    joined = " ".join(texts)
                    self.assertEqual(numbers(joined), numbers(text))
                    words = set(re.findall(r"[A-Za-z]{4,}", text))
                    self.assertEqual(words - set(re.findall(r"[A-Za-z]{4,}", joined)), set())

    def test_html_is_balanced_and_accessible(self):
        for name, line in LINES.items():
            with self.subTest(name):
                page = program.run([*line, "--format", "html"]).decode()
                parser = Balanced()
                parser.feed(page)
                parser.close()
                self.assertEqual((parser.wrong, parser.open), ([], []))
                self.assertEqual(parser.captions, page.count("<table>"))
                self.assertLessEqual({"col", "row"}, parser.scopes)
                self.assertIn('<html lang="en"', page)

    def test_hostile_names_are_texts(self):
        for command in (["pool"], ["effects"], ["loo"]):
            for form, read in markup.READERS.items():
                with self.subTest(command, format=form), tempfile.TemporaryDirectory() as folder:
                    line = [*command, hostile_sheet(folder), "--yi", "yi", "--vi", "vi"]
                    page = program.run([*line, "--format", form]).decode()
                    first = [[row[0] for row in table] for table in read(page)[1]]
                    self.assertTrue(any([n for n in names if n in HOSTILE] == HOSTILE for names in first), first)
                    self.assertNotIn("<script", page)

    def test_hostile_levels_and_titles(self):
        title = r"<b>T</b> & 100% \ | $x_1$"
        for form, read in markup.READERS.items():
            with self.subTest(form), tempfile.TemporaryDirectory() as folder:
                page = program.run(["pool", hostile_sheet(folder), "--yi", "yi", "--vi", "vi", "--subgroup", "g<i>&|_%",
                                    "--title", title, "--format", form]).decode()
                texts, tables = read(page)
                self.assertTrue(any([row[0] for row in t][1:] == [r"\y & %", "x|<b>"] for t in tables), tables)
                self.assertTrue(any("g<i>&|_%" in text for text in texts))
                self.assertNotIn(title, page)

    def test_the_extension_chooses_the_format(self):
        for extension, form in (("md", "md"), ("tex", "latex"), ("html", "html")):
            with self.subTest(extension), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "o." + extension)
                self.assertEqual(program.run([*program.BCG, "-o", path]), b"")
                with open(path, "rb") as stream:
                    want = program.run([*program.BCG, "--format", form])
                    self.assertEqual(stream.read(), want)

    @unittest.skipUnless(shutil.which("pdflatex"), "no LaTeX here")
    def test_latex_compiles(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = dict(LINES, hostile=["pool", hostile_sheet(folder), "--yi", "yi", "--vi", "vi"])
            for name, line in lines.items():
                with self.subTest(name):
                    path = os.path.join(folder, "o.tex")
                    program.run([*line, "-o", path])
                    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "o.tex"],
                                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    self.assertEqual(done.returncode, 0, done.stdout.decode("utf-8", "replace")[-2000:])


if __name__ == "__main__":
    unittest.main()
