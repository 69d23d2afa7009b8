/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options, in the groups that commands share and --help prints. */
#include "cli.h"

/* clang-format off */
const cli_option cli_data_options[] = {
    {"slab", "COL", CLI_ONCE, "study labels (default: study, else slab, else the row number)", 0},
    {"subset", "EXPR", CLI_ONCE, "rows to use, e.g. \"outcome == 'VAS' & months >= 12\"", 0},
    {"sheet", "NAME", CLI_ONCE, "sheet of a workbook: name, or number from 1 (default: the first shown); file of a .zip", 0},
    {"header", "ROW", CLI_ONCE, "row of the column names (default: the first with a cell, in workbooks below a title)", 0},
    {"decimal", "MARK", CLI_ONCE, "decimal mark of the sheet: . (default) or ,", 0},
    {"separator", "CHAR", CLI_ONCE, "field separator: , ; or tab (default: found in the header)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

#define INPUT_ROW(id, option, kind, text) {option, "COL", CLI_ONCE, text, 0},
const cli_option cli_input_options[] = {
    TQ_INPUT_LIST(INPUT_ROW)
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
#undef INPUT_ROW

const cli_option cli_effect_options[] = {
    {"measure", "M", CLI_ONCE, "effect-size measure (list: tausq effects --list); default GEN, given effects", 0},
    {"compat", "NAME", CLI_ONCE, "defaults of metafor, meta, revman5, revman, stata, cma; what changes is listed", 0},
    {"vtype", "TYPE", CLI_ONCE, "type of sampling variance, where the measure has several", 0},
    {"add", "X", CLI_ONCE, "increment for zero cells (default: the measure's, mostly 0.5)", 0},
    {"to", "RULE", CLI_ONCE, "which studies get it: only0, all, if0all, none, tacc (only0, by size)", 0},
    {"add-cells", "KIND", CLI_ONCE, "RR: all (default), or events: the groups grow by X, not by 2 X", 0},
    {"drop00", NULL, CLI_FLAG, "no effect for studies without events in both groups", 0},
    {"correct", "yes|no", CLI_ONCE, "the measure's bias correction; MH: that of the CMH test (default yes)", 0},
    {"exact-bias", "yes|no", CLI_ONCE, "exact Hedges factor, not 1 - 3/(4m - 1) (default yes)", 0},
    {"ci-level", "PCT", CLI_ONCE, "level of the limits in --ci-lb, --ci-ub (default 95)", 0},
    {"flip", "COL", CLI_ONCE, "turn effects around: yes or no, or what to multiply each with", 0},
    {"rescale", "X", CLI_ONCE, "multiply every effect by X (units; per 1000)", 0},
    {"no-fallback", NULL, CLI_FLAG, "derive nothing that a row lacks (SD from SE, median, t, ...)", 0},
    {"quantiles", "NAME", CLI_ONCE, "means and SDs from medians by luo/wan/shi (default), qe, bc, mln, ...", 0},
    {"skewed", "drop|keep", CLI_ONCE, "rows whose median is that of skewed data (default drop)", 0},
    {"combine-arms", "COL", CLI_ONCE, "make one row of a study's rows that have the same text in COL", 0},
    {"split-shared", "n", CLI_ONCE, "n: divide a control arm by the number of rows that share it", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_model_options[] = {
    {"method", "NAME", CLI_ONCE, "estimator of tau2, or EE, FE, IVhet, HC, UWLS, QE, MH, PETO, GLMM, BB, FIRTH (default REML)", 0},
    {"test", "NAME", CLI_ONCE, "z, t, knha, adhoc, kr (default z; of UWLS t, of HC and FIRTH their own)", 0},
    {"level", "PCT", CLI_ONCE, "confidence level in percent (default 95)", 0},
    {"tau2", "X", CLI_ONCE, "fix tau2 at this value", 0},
    {"weights", "COL", CLI_ONCE, "weights of the pooled effect instead of 1/(vi + tau2)", 0},
    {"quality", "COL", CLI_ONCE, "quality scores from 0 to 1, for --method QE", 0},
    {"weighted", "yes|no", CLI_ONCE, "no: every study weighs the same (default yes)", 0},
    {"mods", "FORMULA", CLI_ONCE, "moderators: \"~ log(dose) + source\"; a*b, poly, rcs, factor, relevel", 0},
    {"newmods", "VALUES", CLI_ONCE, "predict at: \"dose=40,source=AD;dose=80,source=BM\"", 0},
    {"subgroup", "COL", CLI_REPEATED, "pool by the levels of a column; repeatable", 0},
    {"subgroup-tau2", "KIND", CLI_ONCE, "separate (default) or common tau2 of the levels", 0},
    {"overall", "yes|no", CLI_ONCE, "no: with --subgroup, show the levels alone (default yes)", 0},
    {"mh-variance", "NAME", CLI_ONCE, "variance of MH risk differences: sato (default) or gr", 0},
    {"glmm-model", "NAME", CLI_ONCE, "GLMM of two groups: UM.FS (default), UM.RS, CM.EL, CM.AL", 0},
    {"nagq", "N", CLI_ONCE, "GLMM: quadrature points (default 25; UM.RS 1, which is Laplace's)", 0},
    {"bb-correlation", "KIND", CLI_ONCE, "BB: common (default), or groups: one for each", 0},
    {"ci-tau2", "KIND", CLI_ONCE, "interval of tau2: QP (default), PL, BJ, J, none", 0},
    {"i2", "KIND", CLI_ONCE, "I2 and H2 of models with tau2: tau2 (default) or Q", 0},
    {"predict", "KIND", CLI_ONCE, "prediction interval: default, t, riley, HK, NNF, none", 0},
    {"seed", "N", CLI_ONCE, "seed of random draws: NNF bootstrap, permutations (default 1)", 0},
    {"transform", "NAME", CLI_ONCE, "back-transformation (default: the measure's own)", 0},
    {"threshold", "X", CLI_ONCE, "relative convergence threshold (default 1e-10)", 0},
    {"maxiter", "N", CLI_ONCE, "steps of one root search (default 1000)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_interval_options[] = {
    {"ci-mu", "KIND", CLI_ONCE, "also by: pl, bartlett, skovgaard, boot-param, boot-nonparam, permutation", 0},
    {"iter", "N", CLI_ONCE, "samples of the bootstrap, permutations (default 5000; --seed repeats them)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_scale_options[] = {
    {"scale", "FORMULA", CLI_ONCE, "moderators of tau2, as in --mods; ML or REML", 0},
    {"link", "NAME", CLI_ONCE, "log (default): of log tau2; identity: of tau2, kept >= 0", 0},
    {"newscale", "VALUES", CLI_ONCE, "predict tau2 at values, as in --newmods", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

/* Of the coefficients and terms of every model with moderators. */
#define COEFFICIENT_ROWS \
    {"btt", "LIST", CLI_ONCE, "test these together: coefficients \"2,3\" or terms \"alloc\" (default: all)", 0}, \
    {"contrast", "TEXT", CLI_REPEATED, "\"alloc=random - alloc=systematic\", \"10*dose\", \"0,1,-1\"; \" = 0.2\" after it", 0}, \
    {"pairwise", "FACTOR", CLI_REPEATED, "compare all levels of a factor with each other", 0}, \
    {"adjust", "NAME", CLI_ONCE, "their p-values: none (default), bonferroni, holm, hochberg, fdr, by", 0}, \
    {"emm", "FACTOR", CLI_REPEATED, "marginal means of a factor's levels", 0}, \
    {"emm-weights", "KIND", CLI_ONCE, "levels of other factors count equal (default) or proportional", 0}, \
    {"vif", NULL, CLI_FLAG, "variance inflation factors of coefficients and terms", 0},

const cli_option cli_coefficient_options[] = {
    COEFFICIENT_ROWS
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_regression_options[] = {
    COEFFICIENT_ROWS
    {"residuals", NULL, CLI_FLAG, "residuals: raw, standardised, studentised (deleted); hat values", 0},
    {"compare", "FORMULA", CLI_REPEATED, "another model, by likelihood-ratio test and criteria", 0},
    {"all-subsets", NULL, CLI_FLAG, "fit all subsets of the terms of --mods and average over them", 0},
    {"criterion", "NAME", CLI_ONCE, "of models: AICc (default), AIC, BIC", 0},
    {"top", "N", CLI_ONCE, "best models to list (default 10)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
#undef COEFFICIENT_ROWS

const cli_option cli_report_options[] = {
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html", 0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {"xlsx", "FILE", CLI_ONCE, "Excel workbook with a native forest chart", 1},
    {"live", "yes|no", CLI_ONCE, "workbook with formulas that follow the inputs (default yes, to 2000 studies)", 0},
    {"plot", "FILE", CLI_ONCE, "the figure (most commands: a forest plot): .svg, .pdf or .png", 1},
    {"digits", "N", CLI_ONCE, "decimals in texts, 0 to 15 (default 4; figures 2 or more)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

/* Of commands without a figure. */
const cli_option cli_output_options[] = {
    {"format", "NAME", CLI_ONCE, "standard output as text (default), json, csv, md, latex or html", 0},
    {"output", "FILE", CLI_ONCE, "main output to a file, its format by the extension (also -o)", 1},
    {"json", "FILE", CLI_ONCE, "JSON beside it", 1},
    {"xlsx", "FILE", CLI_ONCE, "Excel workbook as of pool, with this analysis", 1},
    {"digits", "N", CLI_ONCE, "decimals in texts, 0 to 15 (default 4)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_figure_options[] = {
    {"title", "TEXT", CLI_ONCE, "title of report, workbook and figure", 0},
    {"effect-label", "TEXT", CLI_ONCE, "name of the effect (default: the measure's)", 0},
    {"group1", "TEXT", CLI_ONCE, "name of group 1 (default Treatment)", 0},
    {"group2", "TEXT", CLI_ONCE, "name of group 2 (default Control)", 0},
    {"favours-left", "TEXT", CLI_ONCE, "what an effect left of no effect favours", 0},
    {"favours-right", "TEXT", CLI_ONCE, "what an effect right of it favours", 0},
    {"limits", "LO,HI", CLI_ONCE, "limits of the plot's axis on the natural scale", 0},
    {"theme", "NAME", CLI_ONCE, "colours of figures, one of the list below", 0},
    {"width", "MM", CLI_ONCE, "width of the figure in mm, 50 to 1000 (default: as its texts ask for)", 0},
    {"font", "NAME", CLI_ONCE, "typeface (default: Liberation Sans, Arial, Helvetica)", 0},
    {"dpi", "N", CLI_ONCE, "resolution of PNG figures (default 300)", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};

const cli_option cli_common_options[] = {
    {"date", "YYYY-MM-DD", CLI_ONCE, "date to write into outputs (default: SOURCE_DATE_EPOCH, else none)", 0},
    {"threads", "N", CLI_ONCE, "threads to use; never changes any output", 1},
    {"quiet", NULL, CLI_FLAG, "nothing on standard output but the main result's file", 1},
    {"help", NULL, CLI_FLAG, "this help", 0},
    {NULL, NULL, CLI_ONCE, NULL, 0},
};
/* clang-format on */
