#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derives the four analysis sheets of this folder from the extraction sheets beside it.

    derive.py           write knee_pain_change, knee_drugs_vs_placebo, knee_between and knee_within
    derive.py --check   compare them with what stands there; exit 1 when a byte differs

The rules stand in the description of each. Standard library only.
"""
import csv
import io
import math
import os
import sys
from decimal import Decimal

import derive_review

HERE = os.path.dirname(os.path.abspath(__file__))

PAIN_OUTCOMES = ("pain VAS", "pain NRS")  # in order of preference within one arm
POOLABLE = ("ok", "change only", "suspicious SD")
FOLLOWUP_MONTHS = (Decimal(6), Decimal(12))
TARGET_WEEKS = Decimal(12)

PROCESSING_GROUP = {
    "BMAC": "BMAC",
    "culture-expanded": "culture-expanded",
    "SVF": "SVF",
    "microfragmented": "minimally manipulated adipose",
    "minimally manipulated other": "minimally manipulated adipose",
}
DRUG_CLASS = {
    "Celebrex": "COX-2 selective NSAID",
    "Etoricoxib": "COX-2 selective NSAID",
    "Lumiracoxib": "COX-2 selective NSAID",
    "Rofecoxib": "COX-2 selective NSAID",
    "Valdecoxib": "COX-2 selective NSAID",
    "Naproxcinod": "non-selective NSAID",
    "Naproxen": "non-selective NSAID",
    "Oxycodone": "opioid",
    "Tramadol": "opioid",
    "Duloxetine": "SNRI",
}


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as sheet:
        return list(csv.DictReader(sheet))


def plain(x, digits=15):
    """A number without exponent or trailing zeros, rounded to so many significant digits."""
    return format(Decimal(f"{x:.{digits}g}").normalize(), "f")


def t_two_sided(t, df):
    """P(|T| < t) for integer df: Abramowitz & Stegun (1964), 26.7.3 (odd) and 26.7.4 (even)."""
    theta = math.atan2(t, math.sqrt(df))
    term = math.cos(theta) if df % 2 else 1.0
    total = 0.0
    for j in range(3 if df % 2 else 2, df + 1, 2):
        total += term
        term *= math.cos(theta) ** 2 * (j - 1) / j
    if df % 2:
        return 2.0 / math.pi * (theta + math.sin(theta) * total)
    return math.sin(theta) * total


def t_quantile(level, df):
    """t with P(|T| < t) = level, by bisection to the last bit."""
    low, high = 0.0, 1.0
    while t_two_sided(high, df) < level:
        high *= 2.0
    while True:
        mid = 0.5 * (low + high)
        if mid in (low, high):
            return mid
        if t_two_sided(mid, df) < level:
            low = mid
        else:
            high = mid


def sd_from_ci(row):
    """SD of the change from its 95% interval  mean -+ t(n - 1) SD / sqrt(n)."""
    n = int(row["n"])
    width = float(Decimal(row["change_hi"]) - Decimal(row["change_lo"]))
    return math.sqrt(n) * width / (2.0 * t_quantile(0.95, n - 1))


def eligible(row):
    return (row["outcome"] in PAIN_OUTCOMES
            and (row["scale_min"], row["scale_max"]) == ("0", "10")
            and row["pool_flag"] in POOLABLE
            and row["followup_months"] != ""
            and FOLLOWUP_MONTHS[0] <= Decimal(row["followup_months"]) <= FOLLOWUP_MONTHS[1])


def better(a, b):
    """True when row a stands for its arm rather than row b: VAS before NRS, then the longer visit."""
    rank_a, rank_b = (PAIN_OUTCOMES.index(r["outcome"]) for r in (a, b))
    if rank_a != rank_b:
        return rank_a < rank_b
    return Decimal(a["followup_months"]) > Decimal(b["followup_months"])


def group_of(row):
    """Processing; the fat tissue products are one group, and other tissues would need their own."""
    if row["arm_role"] != "cell":
        return "control"
    group = PROCESSING_GROUP[row["processing"]]
    if group == "minimally manipulated adipose" and row["cell_source"] != "adipose":
        raise ValueError(f"{row['study']}: {row['processing']} of {row['cell_source']} has no group")
    return group


def pain_change():
    sheet = read("knee_arms.csv")
    labels, arms = {}, {}
    for row in sheet:
        labels.setdefault(row["study"], set()).add(row["arm_label"])
        key = (row["study"], row["arm_label"])
        if eligible(row) and (key not in arms or better(row, arms[key])):
            arms[key] = row
    out = []
    for (study, arm), row in arms.items():
        sdi, note = row["change_sd"], ""
        if not sdi and row["change_lo"]:
            sdi = plain(sd_from_ci(row), 12)
            note = f"sdi from the 95% CI of the change by t({int(row['n']) - 1})"
        out.append({
            "study": f"{study} ({arm})" if len(labels[study]) > 1 else study,
            "study_id": study, "year": row["year"], "cell_source": row["cell_source"],
            "processing": row["processing"], "processing_group": group_of(row),
            "arm_role": row["arm_role"], "donor": row["donor"], "outcome": row["outcome"],
            "followup_months": row["followup_months"], "n_unit": row["n_unit"],
            "pool_flag": row["pool_flag"], "ni": row["n"], "m1i": row["mean_post"],
            "m2i": row["mean_pre"], "sd1i": row["sd_post"], "sd2i": row["sd_pre"],
            "mi": row["change_mean"], "sdi": sdi, "note": note,
        })
    return sorted(out, key=lambda r: (r["processing_group"], r["study"]))


def visit_for(placebo, active):
    """The visit after baseline that both arms have, nearest to 12 weeks; of two, the later."""
    weeks = [w for w in placebo if w > 0 and w in active]
    return min(weeks, key=lambda w: (abs(w - TARGET_WEEKS), -w))


def drugs_vs_placebo():
    trials = {}
    for row in read("knee_oa_drugs.csv"):
        arm = trials.setdefault(row["study"], {}).setdefault(row["treatment_name"], {})
        arm[Decimal(row["weeks"])] = (Decimal(row["womac_pain"]), Decimal(row["se"]))
    out = []
    for trial, arms in trials.items():
        placebo = arms.pop("Placebo_0", None)
        if placebo is None:
            continue
        for name, active in arms.items():
            drug, dose = name.split("_")
            dose = "" if dose == "NA" else dose
            week = visit_for(placebo, active)
            (mean1, se1), (mean2, se2) = active[week], placebo[week]
            still = active[week][0] == active[Decimal(0)][0] and mean2 == placebo[Decimal(0)][0]
            out.append({
                "study": f"{trial}: {drug} {dose or '(dose not given)'}", "trial": trial,
                "weeks": str(week), "drug": drug, "dose": dose,
                "drug_class": DRUG_CLASS[drug],
                "mean1": str(mean1), "se1": str(se1), "mean2": str(mean2), "se2": str(se2),
                "yi": plain(mean1 - mean2), "vi": plain(se1 * se1 + se2 * se2),
                "shared_placebo": str(len(arms)),
                "flag": "equals baseline in both arms" if still else "ok",
            })
    return sorted(out, key=lambda r: (r["drug_class"], r["drug"], r["trial"], int(r["dose"] or 0)))


def as_csv(rows):
    """A label is unique, or is so within its domain, visit and comparator."""
    keys = ("study", "domain", "visit_months", "comparator_class")
    if len({tuple(row.get(key) for key in keys) for row in rows}) != len(rows):
        raise ValueError("study labels are not unique")
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def main(args):
    if args not in ([], ["--check"]):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    differing = 0
    for name, derive in (("knee_pain_change.csv", pain_change),
                         ("knee_drugs_vs_placebo.csv", drugs_vs_placebo),
                         ("knee_between.csv", lambda: derive_review.between(read)),
                         ("knee_within.csv", lambda: derive_review.within(read))):
        path, fresh = os.path.join(HERE, name), as_csv(derive())
        if not args:
            with open(path, "wb") as out:
                out.write(fresh)
            continue
        with open(path, "rb") as old:
            same = old.read() == fresh
        print(f"{name}: {'as derived' if same else 'DIFFERS from its derivation'}")
        differing += not same
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
