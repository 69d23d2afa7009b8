# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sheets of the review's plan, for derive.py: knee_between and knee_within.

One row per comparison (or arm), domain and visit; scores in points of 100 of their scale, so that
instruments of one domain share a unit. The rules stand in knee_between.md and knee_within.md. Nothing
is imputed: what a source does not print stays empty, and the row stays in the sheet.
"""
import re
from decimal import Decimal

VISITS = (Decimal(3), Decimal(6), Decimal(12), Decimal(24))
FIRST, LAST = Decimal(2), Decimal(30)  # months: earlier and later visits belong to none

# In order of preference within one arm and visit. Totals hold pain beside function.
DOMAINS = {
    "pain": ("pain VAS", "pain NRS", "NPRS pain change", "WOMAC pain", "WOMAC pain (0-100)", "KOOS pain"),
    "function": ("WOMAC function", "IKDC", "WOMAC total", "WOMAC", "KOOS total", "KOOS",
                 "Lysholm", "Lequesne index", "Oxford knee score", "LEFS"),
    "cartilage": ("tibial cartilage volume change, medial", "MRI medial tibial cartilage volume change (%)",
                  "MRI cartilage volume (cm3)", "cartilage thickness, ultrasound (mm)",
                  "MRI patellar cartilage thickness (mm)", "knee joint space width change (X-ray)", "MOCART",
                  "MRI WORMS", "MRI Noyes score", "complete cartilage coverage of the lesion on MRI"),
}
HIGHER_BETTER = ("KOOS", "IKDC", "Lysholm", "Oxford", "LEFS", "MOCART", "cartilage", "joint space")
LOWER_BETTER = ("MRI WORMS", "MRI Noyes")
SCALE_MAX = {"pain VAS": 10, "pain NRS": 10, "NPRS pain change": 10, "WOMAC pain": 20,
             "WOMAC pain (0-100)": 100, "WOMAC function": 68, "WOMAC total": 96, "WOMAC": 96,
             "Lequesne index": 24, "Oxford knee score": 48, "LEFS": 80}
SURGERY = {
    "Wang 2017": "after ligament reconstruction",
    "Koh 2014": "with tibial osteotomy",
    "Wong 2013": "with tibial osteotomy",
    "Koh 2016": "focal defects, microfracture",
    "Ulivi 2022": "with arthroscopy",
    "Fu 2026": "meniscus",
    "Malanga 2020": "meniscus",
}
COMPARATORS = (("PRP", "PRP"), ("HA", "hyaluronan"), ("saline", "placebo"), ("placebo", "placebo"),
               ("corticosteroid", "corticosteroid"), ("microfracture", "microfracture"),
               ("arthroscopic debridement", "arthroscopy"))
# FDA (2020), Minimal manipulation and homologous use, guidance for industry: isolating the stromal
# vascular fraction and culture are more than minimal; fat against arthritis is not homologous.
MORE_THAN_MINIMAL = ("SVF", "culture-expanded")
MINIMAL = ("BMAC", "microfragmented", "minimally manipulated other")


def domain_of(outcome):
    for domain, outcomes in DOMAINS.items():
        if outcome in outcomes:
            return domain
    return None


def visit_of(months):
    """The nearest visit of the plan; of two equally near, the later."""
    if not months or not FIRST <= Decimal(months) <= LAST:
        return ""
    return str(min(VISITS, key=lambda v: (abs(v - Decimal(months)), -v)))


def higher_better(outcome):
    if outcome.startswith(LOWER_BETTER):
        return "no"
    return "yes" if any(word in outcome for word in HIGHER_BETTER) else "no"


def scale_of(row, domain):
    """The largest score of the instrument; none where the unit is that of a measurement."""
    if domain == "cartilage":
        return None
    if row.get("scale_max"):
        return Decimal(row["scale_max"])
    if row.get("scale", "").startswith("0-100"):
        return Decimal(100)
    return Decimal(SCALE_MAX.get(row["outcome"], 100))


def scaled(text, scale):
    """Points of 100, to twelve digits; what is empty stays empty."""
    if not text or scale is None or scale == 100:
        return text
    value = format((Decimal(text) * 100 / scale).quantize(Decimal("1e-10")), "f")
    return value.rstrip("0").rstrip(".")


def regulation(processing, source):
    if processing.startswith(MORE_THAN_MINIMAL):
        manipulation = "more than minimal"
    else:
        manipulation = "minimal" if processing.startswith(MINIMAL) else "not stated"
    return manipulation, "not homologous" if source == "adipose" else "not classified"


def cells(row):
    """What both sheets say of the cells and of how they were given."""
    manipulation, homologous = regulation(row["processing"], row["cell_source"])
    return {
        "cell_source": row["cell_source"] or "not stated",
        "processing": re.sub(r" \(.*", "", row["processing"]) or "not stated",
        "manipulation": manipulation, "homologous_use": homologous,
        "donor": row["donor"] or "not stated", "dose_million": row["dose_million"],
        "guidance": row["guidance"] or "not stated",
        "registration": "registered" if row["registry_id"] else "not stated",
        "surgery": next((v for k, v in SURGERY.items() if row["study"].startswith(k)), "none"),
    }


def quartiles(note):
    """Median and quartiles of both arms, where a note prints "= 3.5 (3, 7); control = 3 (1, 3)"."""
    number = r"(-?[0-9.]+)"
    found = re.search(rf"= {number} \({number}, {number}\); control = {number} \({number}, {number}\)", note)
    return found.groups() if found else ("",) * 6


def comparator_class(text):
    return next((name for word, name in COMPARATORS if word in text), "other")


# ---- between arms ----

def between_row(row, domain, mean, sd, n, note):
    """mean, sd, n: of the two arms, as in the sheet the row is from."""
    scale = scale_of(row, domain)
    med = quartiles(row["note"]) if row.get("measure") == "median" else ("",) * 6
    out = {
        "study": row["study"], "study_id": row["study"], "year": row["year"], "domain": domain,
        "instrument": row["outcome"], "scale_max": "" if scale is None else str(scale),
        "higher_better": higher_better(row["outcome"]), "visit_months": visit_of(row["followup_months"]),
        "followup_months": row["followup_months"],
        "comparator_class": comparator_class(row["comparator"]), "comparator": row["comparator"],
    }
    out.update(cells(row))
    out.update({
        "n1i": n[0], "m1i": scaled(mean[0], scale), "sd1i": scaled(sd[0], scale),
        "q1_1i": scaled(med[1], scale), "med1i": scaled(med[0], scale), "q3_1i": scaled(med[2], scale),
        "n2i": n[1], "m2i": scaled(mean[1], scale), "sd2i": scaled(sd[1], scale),
        "q1_2i": scaled(med[4], scale), "med2i": scaled(med[3], scale), "q3_2i": scaled(med[5], scale),
        "n1_if_even": n[0] or ("10" if row["study"] == "Lamo-Espinosa 2016" else ""),
        "ai": row.get("events1", ""), "ci": row.get("events2", ""),
        "effect": scaled(row.get("yi", ""), scale), "lo": scaled(row.get("lo", ""), scale),
        "hi": scaled(row.get("hi", ""), scale), "pairing": "", "note": note,
    })
    return out


def from_trials(trials):
    for row in trials:
        domain = domain_of(row["outcome"])
        if domain and row["followup_months"] not in ("", "0"):
            yield between_row(row, domain, (row["mean1"], row["mean2"]), (row["sd1"], row["sd2"]),
                              (row["n1"], row["n2"]), "knee_trials")


def from_arms(arms):
    """Cell and control arm of one study, outcome and visit; changes where no values are printed."""
    control = {(r["study"], r["outcome"], r["followup_months"]): r for r in arms if r["arm_role"] == "control"}
    for row in arms:
        other = control.get((row["study"], row["outcome"], row["followup_months"]))
        domain = domain_of(row["outcome"])
        if row["arm_role"] != "cell" or not other or not domain or not row["followup_months"]:
            continue
        pair = (row, other)
        kind = "post" if row["mean_post"] else None
        mean = tuple(r["mean_post"] if kind else r["change_mean"] for r in pair)
        sd = tuple(r["sd_post"] if kind else r["change_sd"] for r in pair)
        out = between_row(row, domain, mean, sd, tuple(r["n"] for r in pair),
                          "knee_arms" + ("" if kind else ", changes"))
        if row["n_unit"] == "knees":
            out["pairing"] = "knees of the same patients"
        yield out


def key(row):
    return row["study_id"], row["dose_million"], row["domain"], row["visit_months"], row["comparator_class"]


def rank(row):
    """VAS before NRS and so on; a printed SD before none; then the visit nearest to that of the plan."""
    visit = Decimal(row["visit_months"])
    return (DOMAINS[row["domain"]].index(row["instrument"]), abs(Decimal(row["followup_months"]) - visit))


def chosen(rows, key_of):
    best = {}
    for row in rows:
        if row["visit_months"] and (key_of(row) not in best or rank(row) < rank(best[key_of(row)])):
            best[key_of(row)] = row
    order = list(DOMAINS)
    return sorted(best.values(), key=lambda r: (order.index(r["domain"]), Decimal(r["visit_months"]), r["study"]))


def between(read):
    rows = list(from_trials(read("knee_trials.csv")))
    taken = {(r["study_id"], r["instrument"], r["followup_months"]) for r in rows}
    rows += [r for r in from_arms(read("knee_arms.csv"))
             if (r["study_id"], r["instrument"], r["followup_months"]) not in taken]
    out = chosen(rows, key)
    doses = {}
    for row in out:
        doses.setdefault(row["study_id"], set()).add(row["dose_million"])
    for row in out:
        if len(doses[row["study_id"]]) > 1:
            row["study"] = f"{row['study_id']} ({row['dose_million']} million)"
    return out


# ---- within arms ----

def within(read):
    sheet = read("knee_arms.csv")
    labels = {}
    for row in sheet:
        labels.setdefault(row["study"], set()).add(row["arm_label"])
    rows = []
    for row in sheet:
        domain = domain_of(row["outcome"])
        if not domain or not row["followup_months"]:
            continue
        scale = scale_of(row, domain)
        several = len(labels[row["study"]]) > 1
        out = {
            "study": f"{row['study']} ({row['arm_label']})" if several else row["study"],
            "study_id": row["study"], "year": row["year"], "design": row["design"],
            "arm_role": row["arm_role"], "domain": domain, "instrument": row["outcome"],
            "scale_max": "" if scale is None else str(scale), "higher_better": higher_better(row["outcome"]),
            "visit_months": visit_of(row["followup_months"]), "followup_months": row["followup_months"],
        }
        out.update(cells(row))
        out.update({
            "n_unit": row["n_unit"], "pool_flag": row["pool_flag"], "ni": row["n"],
            "m1i": scaled(row["mean_post"], scale), "sd1i": scaled(row["sd_post"], scale),
            "m2i": scaled(row["mean_pre"], scale), "sd2i": scaled(row["sd_pre"], scale),
            "mi": scaled(row["change_mean"], scale), "sdi": scaled(row["change_sd"], scale),
        })
        rows.append(out)
    # A flagged row gives way to one of the same arm that is fit to pool.
    rows.sort(key=lambda r: r["pool_flag"] not in ("ok", "change only"))
    return chosen(rows, lambda r: (r["study"], r["domain"], r["visit_months"]))
