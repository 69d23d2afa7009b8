#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws the gallery and the page that shows it: sh docs/gallery.sh PATH/TO/tausq FOLDER
# Leaves FOLDER/gallery.md and FOLDER/gallery/*.png. The commands on the page are those that were run.
set -eu
tausq=$1
out=$2
page=$out/gallery.md
mkdir -p "$out/gallery"

cat >"$page" <<'TEXT'
# Figures

Made by `make gallery` from the data sets inside the program. The same commands with a file name that ends in `.svg` or `.pdf` give
vectors; in SVG all texts stay texts, and points tell their study and numbers.
TEXT

# The picture of README.md, by the command that stands below it.
sed -n '/^    tausq pool @bcg .*\\$/,/[^\\]$/p' "${0%/*}/../README.md" |
    sed -e "s|^    tausq |$tausq |" -e "s|--plot docs/|--plot $out/|" -e '$s/$/ --quiet/' | sh

# An argument as a shell reads it back.
quoted() {
    case $1 in
    *[!A-Za-z0-9_@=,.:/~+-]*) printf ' "%s"' "$1" ;;
    *) printf ' %s' "$1" ;;
    esac
}

# drawn COMMAND OPTION NAME HEADING SENTENCE ARGUMENT...: by tausq COMMAND, whose OPTION names the file.
drawn() {
    command=$1 option=$2 name=$3 heading=$4 sentence=$5
    shift 5
    "$tausq" "$command" "$@" --dpi 110 --quiet "$option" "$out/gallery/$name.png"
    {
        printf '\n## %s\n\n%s\n\n![%s](gallery/%s.png)\n\n    tausq %s' \
            "$heading" "$sentence" "$heading" "$name" "$command"
        for argument in "$@"; do
            quoted "$argument"
        done
        printf ' %s %s.png\n' "$option" "$name"
    } >>"$page"
}

# figure NAME HEADING SENTENCE ARGUMENT...
figure() {
    drawn plot -o "$@"
}

bcg() {
    name=$1 heading=$2 sentence=$3
    shift 3
    figure "$name" "$heading" "$sentence" @bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg \
        --slab author "$@"
}

knee() {
    name=$1 heading=$2 sentence=$3
    shift 3
    figure "$name" "$heading" "$sentence" @knee_pain_change --measure MC --ri =0.2 \
        --subset "pool_flag != 'suspicious SD'" --overall no "$@"
}

knee forest "Forest plot with subgroups" \
    "Levels with their own pooled effects and heterogeneity; intervals that are too long are cut with an arrow." \
    --subgroup processing_group --favours-left "Less pain" --favours-right "More pain"
bcg forest-columns "Columns, order and theme of a forest plot" \
    "Columns of the sheet beside the plot, studies by latitude; also \`revman\`, \`bmj\`, \`mono\`." \
    --show year,alloc,ablat,plot,effect,weight --sort ablat --descending --theme jama
knee forest-summary "Subgroups alone" "The levels of every grouping without their studies." \
    --subgroup processing_group --subgroup cell_source --summary-only
bcg forest-moderators "Forest plot of a meta-regression" \
    "Light diamonds: what the moderators predict for each study." --mods "~ ablat" --sort ablat
drawn mv --plot forest-clusters "Forest plot of a multilevel model" \
    "Visits below their study; open diamonds are the studies' means as the model predicts them, the pooled effect has a cluster-robust interval." \
    @knee_within --measure MC --ri =0.2 --random "~ 1 | study/visit_months" --cluster study \
    --subset "domain == 'pain' & arm_role == 'cell' & pool_flag == 'ok' & surgery == 'none'" \
    --v-cluster study --v-time visit_months --phi 0.9
drawn mv --plot rho "Sensitivity to the correlation of sampling errors" \
    "The pooled effect of a multilevel model for each of a list." \
    @assink2016 --random "~ 1 | study/esid" --v-cluster study --rho 0,0.2,0.4,0.6,0.8 --cluster study --kind rho
drawn mv --plot influence-clusters "Influence of clusters" "Cook's distance of each cluster of a multilevel model." \
    @konstantopoulos2011 --random "~ 1 | district/school" --influence district --kind influence
bcg cumulative "Cumulative forest plot" "The pooled effect as studies are published." \
    --kind cumulative --order year
bcg tsa "Trial sequential analysis" "The cumulative Z against monitoring and futility boundaries." \
    --kind tsa --order year --rrr 50
bcg loo "Leave-one-out forest plot" "The pooled effect without each study." --kind loo
bcg funnel "Contour-enhanced funnel plot" \
    "Areas where a study is significant, limits around the pooled effect, levels by colour and marker." \
    --kind funnel --subgroup alloc
bcg funnel-filled "Funnel plot with trim and fill" \
    "Open circles: studies that would make the funnel symmetric." --kind funnel --fill --contours no
bcg significance "Significance funnel" \
    "Affirmative studies and others; the dashed line is the worst case, others alone." --kind significance
figure copas "Sensitivity to selection" \
    "The pooled effect by the Copas model, as ever fewer studies like the least precise are seen." \
    @hackshaw1998 --effect-label "Odds ratio" --transform exp --kind copas
bcg pcurve "p-curve" "Significant p-values beside those without an effect and at a power of 33%." --kind pcurve
bcg failsafe "Fail-safe N" \
    "The pooled effect as unseen studies without an effect are added, to where it is no longer significant." --kind failsafe
figure weightfun "Weight function of a selection model" \
    "How likely a study is seen by its p-value, with the interval at each." \
    @hackshaw1998 --kind weightfun --type negexp
bcg bubble "Bubble plot of a meta-regression" \
    "Fitted line with confidence and prediction bands; other moderators are held where the caption says." \
    --kind bubble --mods "~ ablat + alloc"
bcg bubble-levels "Bubble plot of levels" "A moderator that is a factor." --kind bubble --mods "~ alloc"
bcg radial "Radial (Galbraith) plot" "The slope of the line is the pooled effect." --kind radial
figure labbe "L'Abbé plot" "Risks of both groups, the line of the pooled odds ratio." \
    @collins1985a --measure OR --ai b.xti --n1i nti --ci b.xci --n2i nci --kind labbe
bcg baujat "Baujat plot" "Which studies make the heterogeneity, and which move the effect." --kind baujat
bcg influence "Influence of the studies" "Diagnostics of case deletion as shares of their limits." --kind influence
bcg qq "Normal quantiles of the residuals" "Standardised residuals of the studies." --kind qq
bcg profile "Profile likelihood of tau2" "Its limits are where the curve crosses the dashed line." --kind profile
bcg qprofile "Q-profile of tau2" "The interval of tau2 by the generalised Q statistic." --kind qprofile
figure caterpillar "Caterpillar plot" "Many studies in the order of their effects." \
    @mcdaniel1994 --measure ZCOR --ri ri --ni ni --kind caterpillar
bcg drapery "Drapery plot" "p-value functions of the studies and of the pooled effect." --kind drapery
bcg rainforest "Rainforest plot" \
    "Raindrops: the likelihood of each study within its interval, its height by the weight." --kind rainforest --sort year
bcg gosh "GOSH plot" "Every subset of the studies; models with one of them in another colour." --kind gosh --out "TPT Madras"
bcg spec "Specification curve" \
    "Every combination of methods, tests, subsets and rules for outliers, in the order of the estimates; below, which has which." \
    --kind spec --methods REML,DL,PM,EE --tests z,knha --subsets "all; late: year >= 1960; random: alloc == 'random'" \
    --outliers none,rstudent\>2,ci
drawn simulate --plot simulation "Simulation study" \
    "Bias, coverage and power of methods and tests, with Monte-Carlo errors and nominal values; settings in columns." \
    --k 5,10,20,40 --tau2 0,0.05,0.2 --effect 0.3 --n 20 --method DL,REML --test z,knha --reps 4000
drawn simulate --plot nested-loop "Nested loop plot" \
    "All scenarios of a simulation side by side, their settings in steps below." \
    --k 5,10,20 --n 20,50 --effect 0,0.3 --tau2 0,0.1 --publish 0.3,1 --method EE,DL,SJ --show bias,coverage --reps 2000 --kind nested
