#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The main job on the knee sheets: sh datasets/knee/demo.sh PATH/TO/tausq FOLDER
# Leaves reports, JSON, workbooks and forest plots in FOLDER and prints what they show.
set -eu
tausq=$1
out=$2
mkdir -p "$out"

# ---- (a) pain before and after, arm by arm ----
# r, the correlation of pain before and after, is reported by no source; the printed SDs of change
# in knee_arms imply -0.30 to 0.44. 0.2 is the middle of the range that is tried below.
R=0.2
MAIN="pool_flag != 'suspicious SD'"
change() { # change R SUBSET GROUPING... : the options that all runs of (a) share
    r=$1 subset=$2
    shift 2
    "$tausq" pool @knee_pain_change --measure MC --ri "=$r" --subset "$subset" --overall no "$@"
}
TITLE="Knee pain 6 to 12 months after cell therapy: within-arm change, not a treatment effect"
change $R "$MAIN" --subgroup processing_group --subgroup cell_source --title "$TITLE" \
    --favours-left "Less pain" --favours-right "More pain" \
    --json "$out/change.json" --xlsx "$out/change.xlsx" --plot "$out/change.svg" >"$out/change.txt"
for figure in pdf png; do
    change $R "$MAIN" --subgroup processing_group --title "$TITLE" --favours-left "Less pain" \
        --favours-right "More pain" --plot "$out/change.$figure" --quiet
done
change $R "$MAIN" --subgroup cell_source --title "$TITLE" --favours-left "Less pain" \
    --favours-right "More pain" --plot "$out/change-by-source.svg" --quiet

# One line per level and run: label, k, estimate, limits, from the CSV view's "subgroup" rows.
levels() {
    awk -F, -v run="$1" '$1 == "subgroup" {
        printf "  %-34s %-30s %2d  %6.2f [%6.2f, %6.2f]\n", run, $2, $3, $4, $7, $8 }'
}
{
    echo "Sensitivity of the change in pain (points of 10) to assumptions, by processing"
    echo "  run                                level                           k  change [95% CI]"
    for r in -0.3 0 0.2 0.5 0.7; do
        change $r "$MAIN" --subgroup processing_group --format csv | levels "correlation $r"
    done
    change $R "pool_flag != 'none'" --subgroup processing_group --format csv |
        levels "with suspicious SDs"
    change $R "$MAIN & n_unit == 'patients'" --subgroup processing_group --format csv |
        levels "without rows that count knees"
} >"$out/change-sensitivity.txt"

# ---- (b) drugs against placebo ----
"$tausq" pool @knee_drugs_vs_placebo --test knha --subgroup drug_class \
    --title "WOMAC pain (0-10), active arm minus placebo at the visit nearest 12 weeks" \
    --effect-label "mean difference" --favours-left "Drug better" \
    --favours-right "Placebo better" --json "$out/drugs.json" \
    --xlsx "$out/drugs.xlsx" --plot "$out/drugs.svg" >"$out/drugs.txt"
for figure in pdf png; do
    "$tausq" pool @knee_drugs_vs_placebo --test knha --subgroup drug_class \
        --title "WOMAC pain (0-10), active arm minus placebo at the visit nearest 12 weeks" \
        --effect-label "mean difference" --favours-left "Drug better" \
        --favours-right "Placebo better" --plot "$out/drugs.$figure" --quiet
done
"$tausq" pool @knee_drugs_vs_placebo --test knha --subgroup drug_class \
    --subset "shared_placebo == 1" --format csv | levels "one active arm per placebo" \
    >"$out/drugs-sensitivity.txt"

# ---- (c) serious adverse events of cells against a comparator ----
SERIOUS="event in ('serious adverse event','severe adverse event','treatment-related serious adverse event')"
adverse() { # adverse LABEL MEASURE METHOD... : estimate and limits, or why there is none
    label=$1 measure=$2
    shift 2
    "$tausq" pool @knee_adverse --ai events1 --n1i n1 --ci events2 --n2i n2 --subset "$SERIOUS" \
        --measure "$measure" --method "$@" --format csv 2>&1 | awk -F, -v label="$label" '
        $1 == "pooled" { printf "  %-42s %.2f [%.2f, %.2f]\n", label, $9, $10, $11 }
        /error: / { sub(/.*estimated: /, ""); printf "  %-42s none: %s\n", label, $0 }'
}
{
    echo "Odds ratio of a serious adverse event, cells against comparator"
    adverse "inverse variance, 1/2 added to every cell" OR REML
    adverse "Mantel-Haenszel" OR MH
    adverse "Peto" PETO PETO
    adverse "mixed model, fixed study effects" OR GLMM
    adverse "mixed model, random study effects" OR GLMM --glmm-model UM.RS
    adverse "mixed model, conditional, exact" OR GLMM --glmm-model CM.EL
    adverse "beta-binomial" OR BB
    adverse "Firth's penalised logistic regression" OR FIRTH
} >"$out/adverse.txt"

# ---- (d) the whole review, by its plan ----
"$tausq" run "${0%/*}/plan.yaml" --out-dir "$out/review" --quiet

# ---- (e) effects that come from the same people ----
# The same arms at several visits, and several drugs against one placebo group: as though every row were a study
# of its own, by a model of the dependence, and by inference that holds whatever the dependence is.
interval() { # interval KIND LABEL: estimate and limits of the CSV view's row of that kind
    awk -F, -v kind="$1" -v label="$2" '
        $1 == kind { printf "  %-52s %7.2f [%7.2f, %7.2f]\n", label, $4, $7, $8 }'
}
widths() { # how wide each interval is beside the first of its block
    awk '/^[^ ]/ { first = 0 }
        /\[/ { split(substr($0, index($0, "[") + 1), limit, ",")
            width = limit[2] - limit[1]
            first = first ? first : width
            $0 = sprintf("%s  %3.0f%%", $0, 100 * width / first) }
        { print }'
}
VISITS="domain == 'pain' & arm_role == 'cell' & pool_flag == 'ok' & surgery == 'none'"
visits() { # visits COMMAND OPTIONS...: change of pain of the arms at all their visits
    command=$1
    shift
    "$tausq" "$command" @knee_within --measure MC --ri "=$R" --subset "$VISITS" "$@"
}
against() { # against COMMAND OPTIONS...: drugs against the placebo of their trial
    command=$1
    shift
    "$tausq" "$command" @knee_drugs_vs_placebo --yi yi --vi vi --subset "flag == 'ok'" "$@"
}
visits mv --random "~ 1 | study/visit_months" --v-cluster study --v-time visit_months --phi 0.9 \
    --cluster study --json "$out/visits.json" --xlsx "$out/visits.xlsx" >"$out/visits.txt"
against mv --random "~ 1 | trial/study" --v-cluster trial --v-grp1 study --v-grp2 trial --v-se1 se1 \
    --v-se2 se2 --cluster trial --json "$out/shared.json" --xlsx "$out/shared.xlsx" >"$out/shared.txt"
{
    echo "Change of pain in arms of cells at their visits (points of 100), 95% intervals and their width"
    visits pool --format csv | interval pooled "every visit a study of its own"
    visits mv --random "~ 1 | study/visit_months" --format csv | interval pooled "visits within arms"
    for phi in 0.8 0.9 0.97; do
        visits mv --random "~ 1 | study/visit_months" --v-cluster study --v-time visit_months \
            --phi $phi --format csv | interval pooled "and errors that correlate by $phi a month"
    done
    visits mv --random "~ 1 | study/visit_months" --v-cluster study --v-time visit_months --phi 0.9 \
        --cluster study --format csv | interval robust "cluster-robust (CR2, Satterthwaite)"
    echo
    echo "Drugs against placebo (points of 10), 95% intervals and their width"
    against pool --format csv | interval pooled "every comparison a study of its own"
    against mv --random "~ 1 | trial/study" --format csv | interval pooled "comparisons within trials"
    against mv --random "~ 1 | trial/study" --v-cluster trial --v-grp1 study --v-grp2 trial \
        --v-se1 se1 --v-se2 se2 --format csv | interval pooled "and the shared placebo group"
    against mv --random "~ 1 | trial/study" --v-cluster trial --v-grp1 study --v-grp2 trial \
        --v-se1 se1 --v-se2 se2 --cluster trial --format csv |
        interval robust "cluster-robust (CR2, Satterthwaite)"
} | widths >"$out/dependent.txt"

# The same in the review, analysis by analysis: what its report puts side by side.
beside() { # beside TITLE
    awk -v title="$1" '$0 == title { found = 1 } found && /^Side by side$/ { show = 1; next }
        show && /^$/ { exit } show { print "  " $0 }' "$out/review/report.txt"
}

# ---- what it says ----
reading() {
    sed -n '/^In words$/,$p' "$1" | sed '1d; s/^/  /'
}
count() { # rows of a shipped sheet
    "$tausq" data export "$1" | awk 'END { print NR - 1 }'
}
cat <<TEXT

(a) Change in knee pain within arms, 6 to 12 months after cell therapy
$(reading "$out/change.txt")

$(cat "$out/change-sensitivity.txt")

  It can show how much pain changed in arms that were treated, and how far the few studies that print
  usable figures agree. It cannot show an effect of the cells: an arm's change holds regression to the
  mean, time and placebo, the arms were not randomised against each other, and the control arms
  changed too. Levels with one or two studies say nothing about their method. Of the $(count knee_arms) rows
  of the extraction sheet only these arms print what pooling needs; the others stay out, not imputed.

(b) Drugs for knee pain against placebo: $(count knee_drugs_vs_placebo) comparisons from randomised trials
$(reading "$out/drugs.txt")

  Where a trial has several active arms, all are compared with the same placebo patients: their
  comparisons are not independent, and the intervals above are too narrow. Comparisons that share
  with none:
$(cat "$out/drugs-sensitivity.txt")

  The hyaluronan sheet (@knee_hyaluronan) is not pooled: its treatment labels contradict the trials.

(c) Serious adverse events in controlled studies of cell therapy
$(sed 's/^/  /' "$out/adverse.txt")

  No study that counted serious or severe events had one, in either arm: the only number above is made of the
  halves that were added, and the methods that take counts as they are give none. What 0 of n leaves open is
  each arm's own risk: after 0 of 111 it may still be up to 3.3% (97.5% limit), and no pooling of these tables
  says whether cells add to it.

(d) A review by its plan (datasets/knee/plan.yaml): pain, function, cartilage, events, by comparator and product
$(sed -n '/^[0-9].* analys/p; /^Between arms$/,/^$/p' "$out/review/report.txt" | sed 's/^/  /')
  Changes of arms stand apart from effects, and every cell that the sheets cannot fill is k = 0 with its reason.
  The report stands in $out/review/report.html

(e) Effects of the same people: repeated visits, and placebo groups that several comparisons share
$(sed 's/^/  /' "$out/dependent.txt")

  Rows of one arm, and comparisons with one placebo group, repeat each other: counted as studies of their own
  they make the interval of the first line narrower than what the trials can tell.

  The review has such analyses (section "Dependent effects" of its report, sheet "Side by side" of its workbook).
  Pain, cells against any comparator, two trials of which one reports three visits:

$(beside "Pain at all visits, cells against any comparator")

  Five rows counted as five trials would exclude a difference that matters (MCID 9.7) either way; two trials
  exclude nothing. The smaller part of that is the standard error, the larger that two trials leave one
  degree of freedom.

Written to $out:
$(ls -p "$out" | sed 's/^/  /')
TEXT
