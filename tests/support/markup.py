# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader sees of a report in Markdown, LaTeX or HTML: its texts in order, and its tables as cells."""
import html
import re
import xml.etree.ElementTree as ET

XHTML = "{http://www.w3.org/1999/xhtml}"

# What may stand in Markdown or LaTeX, by hand from their manuals, not from the program.
LATEX = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^",
         r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|", r"\textquotedbl{}": '"',
         r"\textasciigrave{}": "`", r"\{": "{", r"\}": "}", r"\$": "$", r"\&": "&", r"\#": "#", r"\_": "_",
         r"\%": "%", "$-$": "-", "-{}": "-", "{[}": "[", "{*}": "*"}


MATHEMATICS = {r"\tau": "\u03c4", r"\geq": "\u2265", r"\chi": "\u03c7", "-": "\u2212"}


def of_latex(text):
    """The text that LaTeX sets; ValueError where something unescaped is left."""
    text = re.sub(r"\\glyph\{([0-9A-F]{4,6})\}\{(.)\}",
                  lambda m: m[2] if ord(m[2]) == int(m[1], 16) else "WRONG", text)
    text = re.sub(r"\\ensuremath\{(.*?)\}", lambda m: MATHEMATICS[m[1]], text)
    seen, at = "", 0
    while at < len(text):
        for code, means in LATEX.items():
            if text.startswith(code, at):
                seen, at = seen + means, at + len(code)
                break
        else:
            if text[at] in "\\{}$&#_%~^<>|\"`":
                raise ValueError(f"unescaped {text[at]!r} in {text!r}")
            seen, at = seen + text[at], at + 1
    return seen


def of_markdown(text):
    bare = re.sub(r"\\.", "", text)
    if re.search(r"[`*_|<>#~$]|\]\(|\]\[|&(?!(?:lt|gt|amp);)", bare):
        raise ValueError(f"unescaped markup in {text!r}")
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


def html_of(page):
    """(texts, tables): all texts in order without the title, and each table's rows of cells."""
    root = ET.fromstring(page.split("\n", 1)[1])  # without the document type
    main = root.find(f"{XHTML}body/{XHTML}main")
    texts = [t.strip() for e in main if e.tag != XHTML + "h1" for t in e.itertext() if t.strip()]
    tables = [[["".join(cell.itertext()) for cell in row] for row in table.iter(XHTML + "tr")]
              for table in root.iter(XHTML + "table")]
    return texts, tables


def markdown_of(page):
    texts, tables, open_table = [], [], False
    for line in page.split("\n")[1:]:
        if line.startswith("| "):
            cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not open_table:
                tables.append([])
            open_table = True
            if not all(re.fullmatch(r":?---:?", c) for c in cells):
                tables[-1].append([of_markdown(c) for c in cells])
                texts += tables[-1][-1]
            continue
        open_table = False
        line = re.sub(r"^(## |- |\*\*)|\*\*$", "", line)
        texts += [of_markdown(line)] if line else []
    return texts, tables


def latex_of(page):
    body = page.split("\\begin{document}")[1].split("\\end{document}")[0]
    body = re.sub(r"\\endfirsthead.*?\\endfoot\n", "", body, flags=re.S)  # heads of further pages
    body = re.sub(r"\\section\*\{.*\}\n", "", body)
    texts, tables = [], []
    for line in body.split("\n"):
        if line.startswith("\\begin{longtable}"):
            tables.append([])
        elif line.endswith(" \\\\"):
            tables[-1].append([of_latex(c.strip()) for c in re.split(r"(?<!\\)&", line[:-3])])
            texts += tables[-1][-1]
        elif line and not re.match(r"\\(small|scriptsize|begin|end|begingroup|endgroup|(top|mid|bottom)rule)\b", line):
            line = re.sub(r"^\\noindent\{\\footnotesize (.*)\\par\}$", r"\1", line)
            line = re.sub(r"^\\caption\{(.*)\}\\\\$", r"\1", line)
            line = re.sub(r"^\\subsection\*\{(.*)\}$", r"\1", line)
            texts.append(of_latex(re.sub(r"^\\(item|noindent) ", "", line)))
    return texts, tables


READERS = {"md": markdown_of, "latex": latex_of, "html": html_of}
