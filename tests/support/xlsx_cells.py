#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a workbook holds, as tab-separated text; standard library only.

    xlsx_cells.py FILE                 sheet names, one a line
    xlsx_cells.py FILE SHEET           REF TYPE VALUE of every cell that holds something; TYPE is
                                       n (number), s (text), b, e or f (formula: its cached value,
                                       then the formula as a fourth column)
    xlsx_cells.py FILE --names         NAME REFERENCE VALUE of every defined name
    xlsx_cells.py FILE --lint          complaints about the file; exit status 1 if there are any

Backslashes, tabs and line breaks in text are written as \\\\, \\t and \\n.
"""
import posixpath
import re
import signal
import sys
import xml.etree.ElementTree as ET
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def plain(text):
    text = text.replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\r", "\\r").replace("\n", "\\n")


def unescape(text):
    """Excel writes control characters as _x000B_."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m.group(1), 16)), text)


def near(cell, want):
    """Whether a cell holds this number, whatever its last digit."""
    try:
        return abs(float(cell) - want) <= 1e-14 * abs(want)
    except (TypeError, ValueError):
        return False


class Workbook:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        book = ET.fromstring(self.zip.read("xl/workbook.xml"))
        rels = ET.fromstring(self.zip.read("xl/_rels/workbook.xml.rels"))
        target = {r.get("Id"): r.get("Target") for r in rels}
        self.part = {
            s.get("name"): "xl/" + target[s.get(REL)] for s in book.iter(MAIN + "sheet")
        }
        self.defined = {
            n.get("name"): n.text
            for n in book.iter(MAIN + "definedName")
            if not n.get("name").startswith("_xlnm.")
        }
        self.strings = []
        if "xl/sharedStrings.xml" in self.zip.namelist():
            root = ET.fromstring(self.zip.read("xl/sharedStrings.xml"))
            for item in root.iter(MAIN + "si"):
                text = "".join(t.text or "" for t in item.iter(MAIN + "t"))
                self.strings.append(unescape(text))

    def cells(self, sheet):
        """(reference, type, value, formula or None) in the order of the file: by row, by column."""
        root = ET.fromstring(self.zip.read(self.part[sheet]))
        for cell in root.iter(MAIN + "c"):
            value, formula = cell.find(MAIN + "v"), cell.find(MAIN + "f")
            kind = cell.get("t", "n")
            inline = cell.find(MAIN + "is")
            if inline is not None:
                text = "".join(t.text or "" for t in inline.iter(MAIN + "t"))
                yield cell.get("r"), "s", unescape(text), None
                continue
            if value is None:
                continue
            text = value.text or ""
            if kind == "s":
                text = self.strings[int(text)]
            kind = "f" if formula is not None else "s" if kind == "str" else kind
            yield cell.get("r"), kind, text, formula.text if formula is not None else None

    def names(self):
        for name, reference in sorted(self.defined.items()):
            sheet, cell = reference.rsplit("!", 1)
            wanted = cell.replace("$", "")
            found = [c[2] for c in self.cells(sheet.strip("'")) if c[0] == wanted]
            yield name, reference, found[0] if found else ""

    def lint(self):
        """What Excel repairs or misreads, and what this project does not write."""
        yield from self.lint_parts()
        yield from self.lint_relationships()
        yield from self.lint_names()
        for sheet in self.part:
            for ref, kind, value, formula in self.cells(sheet):
                if kind == "n" and not re.fullmatch(r"-?\d+(\.\d+)?(E[+-]?\d+)?", value):
                    yield f"{sheet}!{ref}: '{value}' is not a number"
                if kind == "s" and len(value.encode("utf-16-le")) > 2 * 32767:
                    yield f"{sheet}!{ref}: text is too long"
                if formula and (len(formula) > 8192 or re.search(r'"[^"]{256,}"', formula)):
                    yield f"{sheet}!{ref}: the formula, or a text in it, is too long"
                if formula and re.search(r"#REF!|#NAME\?|NA\(\)|\{|\}", formula):
                    yield f"{sheet}!{ref}: {formula}"

    def lint_parts(self):
        parts = self.zip.namelist()
        if len(parts) != len(set(parts)):
            yield "a part occurs twice"
        for part in parts:
            if part.endswith((".xml", ".rels")):
                try:
                    ET.fromstring(self.zip.read(part))
                except ET.ParseError as error:
                    yield f"{part}: {error}"
        for part in parts:
            if part.startswith("xl/tables/"):
                root = ET.fromstring(self.zip.read(part))
                heads = [c.get("name").lower() for c in root.iter(MAIN + "tableColumn")]
                if len(heads) != len(set(heads)):
                    yield f"{part}: column heads are not unique"

    def lint_relationships(self):
        """Targets exist, and every part has a content type."""
        parts = set(self.zip.namelist())
        for part in parts:
            if not part.endswith(".rels"):
                continue
            folder = posixpath.dirname(posixpath.dirname(part))
            for r in ET.fromstring(self.zip.read(part)):
                target = posixpath.normpath(posixpath.join(folder, r.get("Target"))).lstrip("/")
                if r.get("TargetMode") != "External" and target not in parts:
                    yield f"{part}: {r.get('Target')} does not exist"
        types = list(ET.fromstring(self.zip.read("[Content_Types].xml")))
        known = {t.get("PartName", "").lstrip("/") for t in types}
        endings = {t.get("Extension") for t in types}
        for part in parts - known - {"[Content_Types].xml"}:
            if part.rsplit(".", 1)[-1] not in endings:
                yield f"{part}: no content type"

    def lint_names(self):
        book = ET.fromstring(self.zip.read("xl/workbook.xml"))
        sheets = [s.get("name").lower() for s in book.iter(MAIN + "sheet")]
        names = [(n.get("name").lower(), n.get("localSheetId")) for n in book.iter(MAIN + "definedName")]
        if len(sheets) != len(set(sheets)):
            yield "sheet names are not unique"
        if len(names) != len(set(names)):
            yield "defined names are not unique"
        tables = [ET.fromstring(self.zip.read(p)).get("displayName").lower()
                  for p in self.zip.namelist() if p.startswith("xl/tables/")]
        if len(tables) != len(set(tables)):
            yield "table names are not unique"
        for name, reference in self.defined.items():
            if re.fullmatch(r"[A-Za-z]{1,3}\d+|[RrCc]|[Rr]\d*[Cc]\d*", name):
                yield f"defined name '{name}' is a cell reference"
            if reference.rsplit("!", 1)[0].strip("'") not in self.part:
                yield f"defined name '{name}' refers to no sheet"


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    book = Workbook(arguments[0])
    if len(arguments) == 1:
        rows = [(name,) for name in book.part]
    elif arguments[1] == "--names":
        rows = list(book.names())
    elif arguments[1] == "--lint":
        rows = [(line,) for line in book.lint()]
    elif arguments[1] in book.part:
        rows = [c if c[3] is not None else c[:3] for c in book.cells(arguments[1])]
    else:
        print(f"{arguments[0]}: no sheet '{arguments[1]}'", file=sys.stderr)
        return 2
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    for row in rows:
        print("\t".join(plain(field) for field in row))
    return 1 if arguments[1:] == ["--lint"] and rows else 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
