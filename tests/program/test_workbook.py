# SPDX-License-Identifier: GPL-3.0-or-later
"""Workbooks with formulas: a spreadsheet that recalculates them gets the engine's figures, and after a change
of the inputs those of a fresh run on the changed data."""
import atexit
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile

from support import program

sys.path.insert(0, os.path.join(program.ROOT, "tests", "support"))
import xlsx_cells

# Recalculate workbooks on loading, always.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
BCG = program.BCG[2:]  # without the command and its data
TRIALS = ("study,m1i,sd1i,n1i,m2i,sd2i,n2i,dose\n"
          "Vega 2015,41.2,18.3,24,52.9,20.1,22,high\nOkafor 2011,38.5,15.9,41,44.1,17.2,40,low\n"
          "Lindqvist 2019,29.8,21.4,18,47.6,19.9,19,high\nMori 2020,45.3,19.0,33,46.2,18.4,35,low\n"
          "Haddad 2021,33.7,16.6,52,43.0,17.7,50,high\n")
COUNTS = ("study,xi,ni\nA,4,38\nB,0,25\nC,11,90\nD,7,41\n")
# Name, sheet, options, and a change: column, study, new value; studies to switch off.
CASES = {
    "reml": ("@bcg", [*BCG, "--subgroup", "alloc"], ("tpos", 3, 40), [6]),
    "common": ("@bcg", [*BCG, "--subgroup", "alloc", "--subgroup-tau2", "common", "--test", "knha"],
               ("cneg", 0, 90), [12]),
    "ml": ("@bcg", ["--measure", "OR", *BCG[2:], "--method", "ML", "--predict", "riley"], ("tneg", 1, 500), [0]),
    "smd": (TRIALS, ["--measure", "SMD", "--method", "PM", "--test", "adhoc", "--subgroup", "dose"],
            ("m1i", 2, 35.25), [3]),
    "single": (TRIALS.replace("35,low", "35,high"), ["--measure", "SMD", "--method", "ML", "--test", "t",
                                                      "--subgroup", "dose", "--subgroup-tau2", "common"],
               ("m1i", 0, 39.0), []),
    "sj": (TRIALS, ["--measure", "MD", "--method", "SJ", "--test", "t"], ("sd2i", 4, 25.5), []),
    "equal": (TRIALS, ["--measure", "ROM", "--method", "EE"], ("n1i", 0, 31), [1]),
    "zero": (COUNTS, ["--measure", "PLO", "--method", "DL", "--predict", "HK"], ("xi", 2, 0), []),
    "one": (COUNTS, ["--measure", "PFT", "--subset", "study == 'C'"], ("xi", 0, 12), []),
    "hostile": ("study,yi,vi,arm\n=1+1,0.31,0.04,+2\n@SUM(A1),0.12,0.09,-x\n-3,0.55,0.07,+2\n+4,-0.2,0.05,-x\n",
                ["--method", "HE", "--subgroup", "arm"], ("yi", 1, 0.93), [3]),
}


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def as_csv(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def formulas(book):
    return {(sheet, ref): value for sheet in book.part
            for ref, kind, value, formula in book.cells(sheet) if formula is not None}


def same(got, want):
    try:
        return abs(float(got) - float(want)) <= 1e-9 * max(1, abs(float(want)))
    except ValueError:
        return got == want


def set_cell(sheet, ref, value):
    """The sheet's XML with a number in a cell that holds one."""
    sheet, n = re.subn(rf'(<c r="{ref}"[^>]*>)<v>[^<]*</v>', rf"\g<1><v>{value}</v>", sheet)
    assert n == 1, ref
    return sheet


def rewritten(source, target, change):
    """A copy of a workbook whose sheets went through change(name, xml)."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {part: name for name, part in xlsx_cells.Workbook(source).part.items()}
        for part in old.namelist():
            data = old.read(part)
            if part in parts:
                data = change(parts[part], data.decode()).encode()
            new.writestr(part, data)


def without_results(_, xml):
    """Formulas keep no result: what is read back has been computed."""
    return re.sub(r"(</f>)<v>[^<]*</v>", r"\1<v>77</v>", xml)


class Recalculated(unittest.TestCase):
    prepared = threading.Lock()
    folder = None

    def setUp(self):
        """The workbooks of all cases, written and recalculated once for all tests: starting LibreOffice is slow."""
        with self.prepared:
            if not Recalculated.folder:
                Recalculated.prepare()

    @classmethod
    def prepare(cls):
        cls.office = shutil.which("soffice") or shutil.which("libreoffice")
        cls.folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, cls.folder, True)
        for name, (data, options, change, off) in CASES.items():
            cls.write(name, data, options)
            rewritten(cls.path(name), cls.path(name + "_blank"), without_results)
            cls.write_changed(name, change, off)
        if cls.office:
            cls.recalculate([cls.path(name + kind) for name in CASES for kind in ("_blank", "_changed")])

    @classmethod
    def path(cls, name, extension="xlsx"):
        return os.path.join(cls.folder, f"{name}.{extension}")

    @classmethod
    def write(cls, name, data, options):
        if data.startswith("@"):
            with open(os.path.join(program.ROOT, "datasets", data[1:] + ".csv"), encoding="utf-8") as stream:
                data = stream.read()
        with open(cls.path(name, "csv"), "w") as stream:
            stream.write(data)
        program.run(["pool", cls.path(name, "csv"), *options, "--quiet", "--xlsx", cls.path(name)])

    @classmethod
    def write_changed(cls, name, change, off):
        """The workbook with other inputs, and the sheet that says the same."""
        column, study, value = change
        with open(cls.path(name, "csv")) as stream:
            rows = table(stream.read())
        options = CASES[name][1]
        place = cls.places(name)
        used = [i for i in range(len(rows)) if i + 1 in place["row"]]
        rows[used[study]][column] = value
        switched = {used[i] for i in off}
        with open(cls.path(name + "_changed", "csv"), "w") as stream:
            stream.write(as_csv([row for i, row in enumerate(rows) if i not in switched]))

        def edit(sheet, xml):
            if sheet != "Studies":
                return xml
            for ref, new in cls.edits(options, column, rows[used[study]], place, used[study] + 1):
                xml = set_cell(xml, ref, new)
            for i in switched:
                xml = set_cell(xml, place["include"] + place["row"][i + 1], 0)
            return xml

        rewritten(cls.path(name), cls.path(name + "_changed"),
                  lambda sheet, xml: without_results(sheet, edit(sheet, xml)))

    @classmethod
    def places(cls, name):
        """Columns of the Studies sheet by their heads, and rows of it by the row of the data."""
        heads, row = {}, {}
        cells = [c[:3] for c in xlsx_cells.Workbook(cls.path(name)).cells("Studies")]
        for ref, _, value in cells:
            letters, number = re.fullmatch(r"([A-Z]+)(\d+)", ref).groups()
            if number == "5":
                heads[value] = letters
        for ref, kind, value in cells:
            letters, number = re.fullmatch(r"([A-Z]+)(\d+)", ref).groups()
            if letters == heads["Row"] and int(number) > 5 and kind == "n":
                row[int(float(value))] = number
        return {**heads, "row": row}

    @staticmethod
    def edits(options, column, row, place, data_row):
        """Cells of the Studies sheet that a change of the data means: totals stand there, not non-events."""
        names = dict(zip(options[::2], options[1::2]))
        said = {value: key[2:] for key, value in names.items()}.get(column, column)
        head = {"ai": "Treatment: Events", "ci": "Control: Events", "xi": "Events", "m1i": "Treatment: Mean",
                "sd2i": "Control: SD", "n1i": "Treatment: Total", "bi": "Treatment: Total",
                "di": "Control: Total", "yi": "yi"}[said]
        value = row[column]
        if said in ("bi", "di"):
            value = float(value) + float(row[names["--ai" if said == "bi" else "--ci"]])
        edits = [(place[head] + place["row"][data_row], value)]
        if said == "ai" and "--bi" in names:
            total = float(value) + float(row[names["--bi"]])
            edits.append((place["Treatment: Total"] + place["row"][data_row], total))
        return edits

    @classmethod
    def recalculate(cls, paths):
        profile = os.path.join(cls.folder, "profile")
        os.makedirs(os.path.join(profile, "user"))
        with open(os.path.join(profile, "user", "registrymodifications.xcu"), "w") as stream:
            stream.write(SETTINGS)
        subprocess.run([cls.office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
                        "xlsx", "--outdir", os.path.join(cls.folder, "out"), *paths],
                       env=program.environment(HOME=cls.folder), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=250, check=True)

    def recalculated(self, name):
        if not self.office:
            self.skipTest("LibreOffice is missing (libreoffice-calc-nogui): formulas were not recalculated")
        return xlsx_cells.Workbook(os.path.join(self.folder, "out", name + ".xlsx"))

    def test_every_formula_gives_the_result_that_it_was_written_with(self):
        for name in CASES:
            got = formulas(self.recalculated(name + "_blank"))
            written = formulas(xlsx_cells.Workbook(self.path(name)))
            other = [(where, want, got[where]) for where, want in written.items()
                     if not (where[0] == "Check" and where[1][0] in "DE")  # differences: rounding
                     and not same(got[where], want)]
            with self.subTest(name):
                self.assertEqual(other[:5], [])

    def test_formulas_equal_the_engine(self):
        for name in CASES:
            with self.subTest(name):
                names = {n: value for n, _, value in self.recalculated(name + "_blank").names()}
                self.assertEqual(names["tausq_live_is_engine"], "yes")

    def test_changed_inputs_give_the_results_of_a_fresh_run(self):
        for name, (_, options, _, _) in CASES.items():
            book = self.recalculated(name + "_changed")
            fresh = program.result(["pool", self.path(name + "_changed", "csv"), *options])
            names = {n: value for n, _, value in book.names()}
            pooled, spread = fresh["prediction"], fresh["heterogeneity"]
            natural = fresh.get("transformed") or pooled
            wanted = {"tausq_pooled": pooled["pred"], "tausq_se": pooled["se"], "tausq_ci_lb": pooled["ci_lb"],
                      "tausq_ci_ub": pooled["ci_ub"], "tausq_pi_lb": pooled["pi_lb"],
                      "tausq_pi_ub": pooled["pi_ub"], "tausq_tau2": spread["tau2"], "tausq_Q": spread["QE"],
                      "tausq_Q_pval": spread["QE_pval"], "tausq_I2": spread["I2"], "tausq_H2": spread["H2"],
                      "tausq_natural_pooled": natural["pred"], "tausq_natural_ci_lb": natural["ci_lb"],
                      "tausq_natural_ci_ub": natural["ci_ub"], "tausq_k": fresh["k"]}
            for key, want in wanted.items():
                if want is not None and key in names:
                    with self.subTest(case=name, name=key):
                        self.assertLessEqual(abs(float(names[key]) - want), 1e-8 * max(1, abs(want)))
            with self.subTest(name):
                self.assertEqual(names["tausq_live_is_engine"], "no")
                self.compare_levels(book, fresh)

    def compare_levels(self, book, fresh):
        if not fresh.get("subgroups"):
            return
        cells = {c[0]: c[2] for c in book.cells("Subgroups")}
        head = {value: re.sub(r"\d", "", ref) for ref, value in cells.items() if re.fullmatch(r"[A-Z]+6", ref)}
        row = {value: ref[1:] for ref, value in cells.items() if re.fullmatch(r"A\d+", ref) and ref != "A6"}
        for level in fresh["subgroups"]["levels"]:
            at = row[level["level"]]
            for column, want in (("k", level["k"]), ("beta", level["prediction"]["pred"]),
                                 ("SE", level["prediction"]["se"]), ("Q", level["heterogeneity"]["QE"])):
                self.assertLessEqual(abs(float(cells[head[column] + at]) - want), 1e-8 * max(1, abs(want)), column)
        test = fresh["subgroups"]["QB"]
        at = row["Between levels"]
        self.assertLessEqual(abs(float(cells["D" + at]) - test["stat"]), 1e-8 * max(1, test["stat"]))
        self.assertLessEqual(abs(float(cells["I" + at]) - test["pval"]), 1e-8)

    def test_workbooks_are_well_formed(self):
        for name in CASES:
            with self.subTest(name):
                self.assertEqual(list(xlsx_cells.Workbook(self.path(name)).lint()), [])

    def test_texts_of_the_data_are_never_formulas(self):
        cells = list(xlsx_cells.Workbook(self.path("hostile")).cells("Studies"))
        for text in ("=1+1", "@SUM(A1)", "-3", "+4", "+2", "-x"):
            with self.subTest(text):
                self.assertTrue([c for c in cells if c[1] == "s" and c[2] == text and c[3] is None])

    def test_numbers_without_a_formula_go_when_an_input_changes(self):
        commands = {"bias": "Bias", "failsafe": "Bias", "permute": "Permutation", "loo": "Sensitivity", "pool --cluster alloc": "Robust",
                    "influence": "Sensitivity", "gosh": "GOSH", "tsa": "Sequential", "pool --blup": "True effects"}
        for command, sheet in commands.items():
            command, *more = command.split()
            path = self.path(command)
            program.run([command, "@bcg", *BCG, *more, "--quiet", "--xlsx", path])
            cells = list(xlsx_cells.Workbook(path).cells(sheet))
            stay = [ref for ref, kind, value, formula in cells
                    if kind == "n" and formula is None and float(value) % 1
                    and not (sheet == "GOSH" and ref[0] == "A")]  # which quantiles
            with self.subTest(command):
                self.assertEqual(stay, [])
                self.assertTrue([c for c in cells if c[3] and c[3].startswith('IF(Check!$B$5="yes",')])

    def test_rows_without_a_formula_go_when_an_input_changes(self):
        cases = {"interval": (["--predict", "NNF"], ["Forest"]),
                 "level": (["--subgroup", "alloc", "--subgroup-tau2", "common", "--subset", "alloc == 'random'"],
                           ["Forest", "Subgroups"])}
        for name, (options, sheets) in cases.items():
            path = self.path(name)
            program.run([*program.BCG, *options, "--quiet", "--xlsx", path])
            book = xlsx_cells.Workbook(path)
            for sheet in sheets:
                stay = [ref for ref, kind, value, formula in book.cells(sheet)
                        if kind == "n" and formula is None and float(value) % 1]
                with self.subTest(name, sheet=sheet):
                    self.assertEqual(stay, [])
            marks = [formula for _, _, _, formula in book.cells("ChartData")
                     if formula and formula.startswith('IF(Check!$B$5="yes",') and formula.endswith(",-9)")]
            with self.subTest(name, sheet="ChartData"):
                self.assertTrue(marks)

    def test_the_forest_shows_what_was_asked_for(self):
        rows = table(program.run(["data", "export", "@bcg"]).decode())
        for i, row in enumerate(rows):
            row["rob_blinding"] = ["low", "high", "unclear", "some concerns", ""][i % 5]
        sheet, path = self.path("rob", "csv"), self.path("rob")
        with open(sheet, "w", encoding="utf-8") as out:
            out.write(as_csv(rows))
        options = [sheet, *program.BCG[2:], "--quiet", "--xlsx", path]
        program.run(["pool", *options, "--show", "year,plot,effect,rob", "--sort", "year"])
        cells = [(ref, value) for ref, _, value, _ in xlsx_cells.Workbook(path).cells("Forest")]
        years = [float(value) for ref, value in cells if re.fullmatch(r"B\d+", ref) and value != "year"]
        self.assertEqual(years, sorted(float(row["year"]) for row in rows))
        signs = [value for _, value in cells if value in ("+", "!", "\u2212", "?")]
        self.assertEqual(sorted(signs), sorted("+\u2212?!"[i % 5] for i in range(13) if i % 5 < 4))
        self.assertFalse([value for _, value in cells if value == "Weight"])
        program.run(["pool", *options])  # domains are shown by themselves
        self.assertIn("Risk of bias", [value for _, _, value, _ in xlsx_cells.Workbook(path).cells("Forest")])
        program.run(["trimfill", *options, "--method", "EE"])
        self.assertIn("Filled studies (y by marker size)",
                      [value for _, _, value, _ in xlsx_cells.Workbook(path).cells("ChartData")])

    def test_a_long_notice_takes_several_lines(self):
        path = self.path("notice")
        program.run(["pool", "@knee_drugs_vs_placebo", "--quiet", "--xlsx", path])
        with zipfile.ZipFile(path) as book:
            forest = book.read("xl/worksheets/sheet2.xml").decode()
        self.assertRegex(forest, r'<mergeCell ref="A3:[A-Z]+3"/>')
        notice = program.result(["pool", "@knee_drugs_vs_placebo"])["notice"]
        self.assertIn(notice, [value for _, _, value, _ in xlsx_cells.Workbook(path).cells("Forest")])

    def test_live_no_writes_values(self):
        path = self.path("values")
        program.run([*program.BCG, "--quiet", "--live", "no", "--xlsx", path])
        book = xlsx_cells.Workbook(path)
        self.assertEqual(formulas(book), {})
        self.assertNotIn("Live", book.part)

    def test_dependent_effects_are_summed_up_as_such(self):
        path = self.path("dependent")
        shown = program.result(["mv", "@konstantopoulos2011", "--yi", "yi", "--vi", "vi", "--random",
                                "~ 1 | district/school", "--cluster", "district", "--xlsx", path])
        cells = {ref: value for ref, _, value, _ in xlsx_cells.Workbook(path).cells("Summary")}
        row = {value: ref[1:] for ref, value in cells.items() if ref[0] == "A"}
        robust = shown["robust"]["coefficients"][0]

        for column, name in (("B", "beta"), ("C", "ci_lb"), ("D", "ci_ub")):
            self.assertAlmostEqual(float(cells[column + row["The same, cluster-robust"]]), robust[name], delta=1e-12)
        self.assertRegex(cells["E" + row["The same, cluster-robust"]], r"CR2, 11 clusters by district, p = 0\.05")
        self.assertEqual(cells["B" + row["Effects pooled"]], "56")

    def test_thousands_of_studies_are_written_without_tables_and_chart(self):
        with open(self.path("large", "csv"), "w") as stream:
            stream.write("yi,vi\n" + "".join(f"{(i * 37 % 101) / 50:.2f},{0.01 + (i % 7) / 50:.3f}\n" for i in range(6000)))
        program.run(["pool", self.path("large", "csv"), "--method", "DL", "--ci-tau2", "none", "--quiet",
                     "--xlsx", self.path("large")])
        book = xlsx_cells.Workbook(self.path("large"))
        self.assertEqual(list(book.lint()), [])
        self.assertFalse([part for part in book.zip.namelist() if "table" in part or "chart" in part])
        self.assertEqual(sum(c[0].startswith("A") for c in book.cells("Studies")) - 3, 6000)
        told = " ".join(c[2] for c in book.cells("Summary") if c[1] == "s")
        self.assertIn("no Excel tables and no chart", told)
