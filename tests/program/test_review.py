# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a plan as its readers meet it: a page that stands alone, tables that other programs take."""
import atexit
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

from support import program, xlsx_cells

KNEE = os.path.join(program.ROOT, "datasets", "knee", "plan.yaml")
XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@functools.lru_cache(maxsize=None)
def report():
    """The folder of the report, for all tests."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    program.run(["run", KNEE, "--out-dir", folder.name])
    return folder.name


def text(name):
    with open(os.path.join(report(), name), encoding="utf-8") as stream:
        return stream.read()


class Review(unittest.TestCase):
    def setUp(self):
        self.root = ET.fromstring(text("report.html").split("\n", 1)[1])

    def test_the_page_loads_nothing(self):
        for element in self.root.iter():
            for name, value in element.attrib.items():
                name = name.split("}")[-1]
                if name in ("src", "href", "srcset", "data", "action", "poster"):
                    self.assertTrue(value.startswith("#"), f"{element.tag} {name}={value}")
                self.assertNotRegex(value, r"url\((?!#)")
        style = "".join(self.root.find(f"{XHTML}head/{XHTML}style").itertext())
        self.assertNotRegex(style, r"@import|url\(|https?:")
        self.assertEqual([script.attrib for script in self.root.iter(XHTML + "script")], [{}, {}])
        self.assertEqual(len(list(self.root.iter(XHTML + "link"))), 0)

    def test_ids_are_unique_and_links_arrive(self):
        ids = [e.get("id") for e in self.root.iter() if e.get("id")]
        self.assertEqual(len(ids), len(set(ids)))
        links = [e.get("href")[1:] for e in self.root.iter(XHTML + "a")]
        self.assertGreater(len(links), 80)
        self.assertLessEqual(set(links), set(ids))

    def test_figures_have_names_and_tables_captions(self):
        figures = list(self.root.iter(SVG + "svg"))
        self.assertGreater(len(figures), 20)
        for figure in figures:
            self.assertEqual(figure.get("role"), "img")
            self.assertTrue(figure.find(SVG + "title").text)
        for table in self.root.iter(XHTML + "table"):
            self.assertTrue("".join(table.find(XHTML + "caption").itertext()).strip())
            for head in table.iter(XHTML + "th"):
                self.assertIn(head.get("scope"), ("col", "row", "rowgroup"))

    def test_every_analysis_has_a_row_and_a_section(self):
        summary = self.root.find(f".//{XHTML}section[@id='summary']//{XHTML}tbody/..")
        rows = [r for r in summary.iter(XHTML + "tr") if r.find(XHTML + "td") is not None
                and r.find(XHTML + "th") is not None]
        numbers = {int("".join(r.find(XHTML + "th").itertext()).split(".")[0]) for r in rows
                   if re.match(r"\d+\. ", "".join(r.find(XHTML + "th").itertext()))}
        sections = [s for s in self.root.iter(XHTML + "section") if s.get("id", "").startswith("a-")]
        self.assertEqual(numbers, set(range(1, len(sections) + 1)))

    def test_the_workbook_names_the_same_analyses(self):
        book = xlsx_cells.Workbook(os.path.join(report(), "report.xlsx"))
        self.assertEqual(list(book.lint()), [])
        self.assertTrue(all(len(name) <= 31 for name in book.part))
        titles = [v for _, kind, v, _ in book.cells("Summary") if kind == "s" and re.match(r"\d+\. ", v)]
        self.assertGreaterEqual(len(titles), 80)

    def test_results_stand_side_by_side_in_every_view(self):
        entries = [e for e in json.loads(text("report.json"))["analyses"] if "beside" in e]
        rows = [row for entry in entries for row in entry["beside"]["rows"]]
        self.assertEqual(len(entries), 8)
        table = {}
        for ref, _, value, _ in xlsx_cells.Workbook(os.path.join(report(), "report.xlsx")).cells("Side by side"):
            column, row = re.match(r"([A-Z]+)(\d+)", ref).groups()
            table.setdefault(int(row), {})[column] = value
        sheet = [table[row] for row in sorted(table) if row > 6 and "B" in table[row]]
        self.assertEqual([line["B"] for line in sheet], [row["label"] for row in rows])
        for line, row in zip(sheet, rows):
            for column, name in (("H", "se"), ("M", "difference"), ("O", "width_ratio"), ("P", "tau2_difference")):
                if row.get(name) is None:
                    self.assertNotIn(column, line)
                else:
                    self.assertAlmostEqual(float(line[column]), row[name], 9, f"{row['label']}: {name}")
        for entry in entries:
            section = self.root.find(f".//{XHTML}section[@id='a-{entry['id']}']")
            page = [" ".join("".join(cell.itertext()) for cell in line) for line in section.iter(XHTML + "tr")]
            for row in entry["beside"]["rows"]:
                said = f"{row['natural']:.2f} [{row['natural_ci_lb']:.2f}, {row['natural_ci_ub']:.2f}]"
                self.assertTrue(any(row["label"] in line and said in line for line in page), said)
                self.assertIn(f"| {row['label']} | {row['k']} | {row['studies']} | {said} |", text("report.md"))
                self.assertIn(f"{row['label']}  ", text("report.txt"))
            self.assertIn(entry["beside"]["reading"], " ".join("".join(section.itertext()).split()))
        for part in ("Components of variance", "Cluster-robust inference", "Sampling errors:"):
            self.assertIn(part, "".join(self.root.find(f".//{XHTML}section[@id='a-pain-visits']").itertext()))

    def test_the_documents_show_the_same_table(self):
        with open(os.path.join(program.ROOT, "docs", "dependent-effects.md"), encoding="utf-8") as stream:
            shown = re.search(r"\n(    Analysis +k  Studies .*?)\n\n", stream.read(), re.S).group(1)
        for line in shown.split("\n"):
            self.assertIn(line[4:], text("report.txt"))

    @unittest.skipUnless(shutil.which("pdflatex"), "pdflatex is not installed")
    def test_latex_compiles(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(os.path.join(report(), "report.tex"), os.path.join(folder, "report.tex"))
            done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
                                  cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:].decode("utf-8", "replace"))

    def test_markdown_tables_are_whole(self):
        """Every row of a table has as many cells as its head."""
        wanted = None
        for line in text("report.md").split("\n"):
            if not line.startswith("| "):
                wanted = None
                continue
            cells = len(re.split(r"(?<!\\)\|", line))
            wanted = wanted or cells
            self.assertEqual(cells, wanted, line)


if __name__ == "__main__":
    unittest.main()
