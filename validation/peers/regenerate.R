# SPDX-License-Identifier: GPL-3.0-or-later
# Answers cases of validation/reference with metafor; started by peers.py, which compares.
#   Rscript regenerate.R <CASES >VALUES
# CASES: a line each, "id TAB sheet TAB arguments parted by U+001F". VALUES: "id TAB path TAB number",
# paths as in the JSON of tausq; "id TAB ! TAB reason" for a case that is not rebuilt.
suppressPackageStartupMessages(library(metafor))
options(digits = 17, warn = -1)

tight <- list(threshold = 1e-10, tol = 1e-14, maxiter = 1000)
roots <- list(tol = 1e-14, maxiter = 20000, tau2.max = 1e5)

# ---- reading a case ----

columns <- c("ai", "bi", "ci", "di", "n1i", "n2i", "x1i", "x2i", "t1i", "t2i", "m1i", "m2i", "sd1i", "sd2i", "xi", "mi",
             "ni", "ti", "sdi", "ri", "r2i")
known <- c(columns, "measure", "yi", "vi", "sei", "add", "to", "drop00", "vtype", "method", "test", "level", "weights",
           "weighted", "mods", "newmods", "subset", "slab", "ci-tau2", "predict", "subgroup", "subgroup-tau2", "correct",
           "order", "tests", "predictor", "estimator", "side", "alpha", "target", "type", "steps", "alternative", "delta",
           "prec", "glmm-model")
flags <- c("drop00")

read_options <- function(args) {
   opt <- list()
   i <- 1
   while (i <= length(args)) {
      name <- sub("^--", "", args[i])
      if (!(name %in% known)) stop("option --", name)
      if (name %in% flags) {
         opt[[name]] <- TRUE
         i <- i + 1
      } else {
         opt[[name]] <- args[i + 1]
         i <- i + 2
      }
   }
   opt
}

# Texts become factors in the byte order of their levels, which is the order of tausq.
read_sheet <- function(path, subset) {
   d <- read.csv(path, stringsAsFactors = FALSE, na.strings = c("", "NA"), check.names = FALSE)
   if (!is.null(subset)) {
      text <- gsub("\\bin *\\(", "%in% c(", gsub("missing\\(", "is.na(", subset))
      keep <- eval(parse(text = text), d)
      d <- d[!is.na(keep) & keep, , drop = FALSE]
   }
   for (n in names(d)) {
      if (is.character(d[[n]])) d[[n]] <- factor(d[[n]], levels = sort(unique(d[[n]]), method = "radix"))
   }
   d
}

column <- function(d, name) {
   if (startsWith(name, "=")) return(rep(as.numeric(sub("=", "", name)), nrow(d)))
   if (is.null(d[[name]])) stop("no column ", name)
   d[[name]]
}

recipes <- list(c("ai", "bi", "ci", "di"), c("ai", "n1i", "ci", "n2i"), c("x1i", "t1i", "x2i", "t2i"),
                c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"), c("m1i", "m2i", "sd1i", "sd2i", "ni", "ri"), c("xi", "ni"),
                c("xi", "mi"), c("xi", "ti"), c("ri", "ni"), c("mi", "sdi", "ni"), c("ai", "mi", "ni"), c("ti", "ni", "mi"))

# The arguments of escalc(): the columns named, else those of the first recipe that the sheet completes.
inputs <- function(d, opt) {
   named <- intersect(columns, names(opt))
   if (length(named) > 0) return(lapply(setNames(named, named), function(n) column(d, opt[[n]])))
   for (r in recipes) {
      if (all(r %in% names(d))) return(lapply(setNames(r, r), function(n) d[[n]]))
   }
   stop("no columns")
}

counts <- function(opt) {
   out <- list()
   if (!is.null(opt$add)) out$add <- as.numeric(opt$add)
   if (!is.null(opt$to)) out$to <- opt$to
   if (!is.null(opt$drop00)) out$drop00 <- TRUE
   out
}

effects <- function(d, opt) {
   if (!is.null(opt$yi) || is.null(opt$measure)) {
      yi <- column(d, if (is.null(opt$yi)) "yi" else opt$yi)
      vi <- if (is.null(opt$sei)) column(d, if (is.null(opt$vi)) "vi" else opt$vi) else column(d, opt$sei)^2
      ni <- if (is.null(opt$ni)) NULL else column(d, opt$ni)
      return(list(yi = yi, vi = vi, ni = ni))
   }
   if (!is.null(opt$correct)) stop("--correct")
   a <- c(list(measure = opt$measure), inputs(d, opt), counts(opt))
   if (!is.null(opt$vtype)) a$vtype <- opt$vtype
   e <- do.call(escalc, a)
   list(yi = c(e$yi), vi = e$vi, ni = attr(e$yi, "ni"))
}

level <- function(opt) if (is.null(opt$level)) 95 else as.numeric(opt$level)
or <- function(x, y) if (is.null(x)) y else x

fit <- function(e, d, opt, method = or(opt$method, "REML"), rows = rep(TRUE, nrow(d))) {
   rows <- rows & !is.na(e$yi) & !is.na(e$vi)
   d <- droplevels(d[rows, , drop = FALSE])
   a <- list(yi = e$yi[rows], vi = e$vi[rows], method = method, test = or(opt$test, "z"), level = level(opt), data = d,
             control = tight)
   if (a$test == "kr") stop("test kr")
   if (method %in% c("HC", "IVhet", "UWLS", "QE", "CO", "MH", "PETO")) stop("method ", method)
   if (!is.null(opt$mods)) a$mods <- as.formula(opt$mods)
   if (!is.null(opt$weights)) a$weights <- d[[opt$weights]]
   if (!is.null(opt$weighted)) a$weighted <- opt$weighted == "yes"
   if (!is.null(e$ni)) a$ni <- e$ni[rows]
   list(res = do.call(rma, a), data = d, rows = which(rows))
}

# ---- writing values ----

id <- NULL
out <- function(path, x) {
   x <- as.numeric(x)
   ok <- is.finite(x)
   if (any(ok)) cat(sprintf("%s\t%s\t%.17g\n", id, path[ok], x[ok]), sep = "")
}
at <- function(format, n) sprintf(format, seq_len(n) - 1)

put_coefficients <- function(r, prefix = "") {
   p <- length(r$beta)
   out(at(paste0(prefix, "coefficients.%d.beta"), p), r$beta)
   out(at(paste0(prefix, "coefficients.%d.se"), p), r$se)
   out(at(paste0(prefix, "coefficients.%d.stat"), p), r$zval)
   out(at(paste0(prefix, "coefficients.%d.pval"), p), r$pval)
   out(at(paste0(prefix, "coefficients.%d.ci_lb"), p), r$ci.lb)
   out(at(paste0(prefix, "coefficients.%d.ci_ub"), p), r$ci.ub)
}

put_heterogeneity <- function(r, prefix = "", df = r$k - r$p) {
   h <- function(name, x) out(paste0(prefix, "heterogeneity.", name), x)
   if (!(r$method %in% c("EE", "FE", "CE"))) {
      h("tau2", r$tau2)
      h("se_tau2", r$se.tau2)
      h("tau", sqrt(r$tau2))
   }
   h("I2", r$I2)
   h("H2", r$H2)
   h("QE", r$QE)
   h("QE_df", df)
   h("QE_pval", r$QEp)
}

put_prediction <- function(r, prefix = "", type = "default", interval = TRUE) {
   p <- predict(r, pi.type = type)
   if (length(p$pred) != 1) return()
   out(paste0(prefix, "prediction.", c("pred", "se", "ci_lb", "ci_ub")), c(p$pred, p$se, p$ci.lb, p$ci.ub))
   if (interval && !is.null(p$pi.lb)) out(paste0(prefix, "prediction.", c("pi_lb", "pi_ub")), c(p$pi.lb, p$pi.ub))
}

put_fit <- function(r) {
   f <- if (r$method == "REML") r$fit.stats$REML else r$fit.stats$ML
   out(paste0("fit.", c("ll", "deviance", "AIC", "BIC", "AICc")), f)
}

put_interval <- function(r, opt) {
   kind <- or(opt[["ci-tau2"]], "QP")
   if (!(kind %in% c("QP", "PL")) || r$method %in% c("EE", "FE", "CE")) return()
   ci <- confint(r, type = kind, control = roots)$random
   for (i in 1:4) {
      name <- c("tau2", "tau", "I2", "H2")[i]
      out(sprintf("heterogeneity.ci.%s.%d", name, 0:1), ci[i, 2:3])
   }
}

put_newmods <- function(f, opt) {
   if (is.null(opt$newmods)) return()
   at_values <- strsplit(strsplit(opt$newmods, ";")[[1]], ",")
   columns <- terms(model.frame(as.formula(opt$mods), f$data))
   for (i in seq_along(at_values)) {
      new <- f$data[1, , drop = FALSE]
      for (pair in strsplit(at_values[[i]], "=")) {
         name <- trimws(pair[1])
         new[[name]] <- if (is.factor(f$data[[name]])) factor(pair[2], levels(f$data[[name]])) else as.numeric(pair[2])
      }
      x <- model.matrix(columns, model.frame(columns, new))
      intercept <- colnames(x)[1] == "(Intercept)"
      p <- predict(f$res, newmods = if (intercept) x[, -1] else x[1, ], intercept = intercept)
      out(sprintf("predictions.%d.%s", i - 1, c("pred", "se", "ci_lb", "ci_ub")), c(p$pred, p$se, p$ci.lb, p$ci.ub))
      if (!is.null(p$pi.lb)) out(sprintf("predictions.%d.%s", i - 1, c("pi_lb", "pi_ub")), c(p$pi.lb, p$pi.ub))
   }
}

# ---- commands ----

run_effects <- function(d, opt) {
   e <- effects(d, opt)
   n <- length(e$yi)
   out(at("studies.%d.yi", n), e$yi)
   out(at("studies.%d.vi", n), e$vi)
   out(at("studies.%d.sei", n), sqrt(e$vi))
}

run_counts <- function(d, opt) {
   extra <- counts(opt)
   a <- c(list(measure = opt$measure), inputs(d, opt), list(level = level(opt)))
   if (opt$method == "PETO") {
      if (length(extra) > 0) stop("increments")
      a$measure <- NULL
      r <- do.call(rma.peto, a)
   } else {
      if (!is.null(extra$add)) a$add <- c(extra$add, 0)
      if (!is.null(extra$to)) a$to <- c(extra$to, "none")
      if (!is.null(extra$drop00)) a$drop00 <- c(TRUE, FALSE)
      if (!is.null(opt$correct)) a$correct <- opt$correct == "yes"
      r <- do.call(rma.mh, a)
      out(c("MH.stat", "MH.pval"), c(r$MH, r$MHp))
      out(c("TA.stat", "TA.pval"), c(r$TA, r$TAp))
   }
   put_coefficients(r)
   put_heterogeneity(r, df = r$k.yi - 1)
}

run_glmm <- function(d, opt) {
   a <- c(list(measure = opt$measure, test = or(opt$test, "z")), inputs(d, opt), counts(opt))
   two <- opt$measure %in% c("OR", "IRR")
   if (two) a$model <- or(opt[["glmm-model"]], "UM.FS")
   if (!is.null(opt$mods)) a$mods <- model.matrix(as.formula(opt$mods), d)[, -1]
   if (!two || a$model != "UM.RS") a$nAGQ <- 25
   r <- do.call(rma.glmm, a)
   put_coefficients(r)
   out("heterogeneity.tau2", r$tau2)
   out("heterogeneity.LRT.stat", r$QE.LRT)
   out("heterogeneity.Wld.stat", r$QE.Wld)
   out("fit.ll", r$fit.stats$ML[1])
}

run_subgroups <- function(e, d, opt) {
   by <- d[[opt$subgroup]]
   levels <- sort(unique(as.character(by[!is.na(by)])), method = "radix")
   if (or(opt[["subgroup-tau2"]], "separate") == "common") {
      d$level_ <- factor(by, levels)
      opt$mods <- "~ level_ - 1"
      r <- fit(e, d, opt, rows = !is.na(by))$res
      name <- c(beta = "beta", se = "se", zval = "stat", pval = "pval", ci.lb = "ci_lb", ci.ub = "ci_ub")
      for (from in names(name)) out(at(paste0("subgroups.levels.%d.coefficients.0.", name[[from]]), r$p), r[[from]])
      out(at("subgroups.levels.%d.heterogeneity.tau2", r$p), rep(r$tau2, r$p))
      return()
   }
   for (i in seq_along(levels)) {
      rows <- !is.na(by) & by == levels[i]
      prefix <- sprintf("subgroups.levels.%d.", i - 1)
      r <- fit(e, d, opt, rows = rows)$res
      if (r$k < 2) next
      put_coefficients(r, prefix)
      put_heterogeneity(r, prefix)
      put_prediction(r, prefix, interval = FALSE)
   }
}

run_pool <- function(d, opt) {
   method <- or(opt$method, "REML")
   if (method %in% c("MH", "PETO")) return(run_counts(d, opt))
   if (method == "GLMM") return(run_glmm(d, opt))
   e <- effects(d, opt)
   f <- fit(e, d, opt, rows = if (is.null(opt$subgroup)) rep(TRUE, nrow(d)) else !is.na(d[[opt$subgroup]]))
   r <- f$res
   put_coefficients(r)
   put_heterogeneity(r)
   put_fit(r)
   out(at("studies.%d.weight", r$k), weights(r))
   type <- or(opt$predict, "default")
   if (r$p == 1) {
      put_prediction(r, type = if (type == "riley") "riley" else "default", interval = type %in% c("default", "riley"))
   }
   if (r$p > 1 || !r$int.only) {
      out(c("QM.stat", "QM.df1", "QM.pval"), c(r$QM, r$m, r$QMp))
      if (!is.null(r$R2)) out("heterogeneity.R2", r$R2)
   }
   put_interval(r, opt)
   put_newmods(f, opt)
   if (!is.null(opt$subgroup)) run_subgroups(e, d, opt)
}

put_rows <- function(s, n) {
   names <- c(estimate = "beta", se = "se", zval = "stat", pval = "pval", ci.lb = "ci_lb", ci.ub = "ci_ub", Q = "QE",
              Qp = "QE_pval", tau2 = "tau2", I2 = "I2", H2 = "H2")
   for (from in names(names)) {
      if (!is.null(s[[from]])) out(at(paste0("rows.%d.", names[[from]]), n), s[[from]])
   }
}

run_sequence <- function(d, opt, of) {
   if (!is.null(opt$order)) d <- d[order(d[[opt$order]]), , drop = FALSE]
   if (or(opt$method, "REML") %in% c("MH", "PETO")) stop("method ", opt$method)
   r <- fit(effects(d, opt), d, opt)$res
   put_rows(of(r), r$k)
}

run_influence <- function(d, opt) {
   r <- fit(effects(d, opt), d, opt)$res
   s <- influence(r)
   names <- c(rstudent = "rstudent", dffits = "dffits", cook.d = "cook_d", cov.r = "cov_r", tau2.del = "tau2_del",
              QE.del = "QE_del", hat = "hat", weight = "weight")
   for (from in names(names)) out(at(paste0("rows.%d.", names[[from]]), r$k), s$inf[[from]])
   for (j in seq_len(r$p)) out(at(sprintf("rows.%%d.dfbs.%d", j - 1), r$k), s$dfbs[[j]])
}

run_bias <- function(d, opt) {
   r <- fit(effects(d, opt), d, opt)$res
   predictor <- or(opt$predictor, "sei")
   if (opt$tests == "begg") {
      t <- ranktest(r)
      out(c("tests.0.tau", "tests.0.pval"), c(t$tau, t$pval))
      return()
   }
   if (!(opt$tests %in% c("egger-lm", "egger-rma"))) stop("test ", opt$tests)
   t <- regtest(r, model = if (opt$tests == "egger-lm") "lm" else "rma", predictor = predictor)
   out(c("tests.0.stat", "tests.0.pval"), c(t$zval, t$pval))
   if (!is.null(t$est)) out(paste0("tests.0.limit.", c("beta", "ci_lb", "ci_ub")), c(t$est, t$ci.lb, t$ci.ub))
}

run_trimfill <- function(d, opt) {
   r <- fit(effects(d, opt), d, opt)$res
   a <- list(r, estimator = or(opt$estimator, "L0"))
   if (!is.null(opt$side)) a$side <- opt$side
   t <- do.call(trimfill, a)
   out("k0", t$k0)
   out("se_k0", t$se.k0)
   filled <- rma(c(t$yi), t$vi, method = r$method, test = r$test, level = level(opt), control = tight)
   put_coefficients(filled)
   put_heterogeneity(filled)
}

run_failsafe <- function(d, opt) {
   e <- effects(d, opt)
   alpha <- as.numeric(or(opt$alpha, "0.05"))
   for (type in c("Rosenthal", "Rosenberg")) {
      out(paste0(tolower(type), ".fsn"), fsn(e$yi, e$vi, type = type, alpha = alpha)$fsnum)
   }
}

run_selmodel <- function(d, opt) {
   e <- effects(d, opt)
   opt$test <- "z"
   r <- fit(e, d, opt, method = "ML")$res
   numbers <- function(text) as.numeric(strsplit(text, ",")[[1]])
   a <- list(r, type = or(opt$type, "stepfun"), alternative = or(opt$alternative, "greater"))
   if (!is.null(opt$steps)) a$steps <- numbers(opt$steps)
   if (!is.null(opt$delta)) a$delta <- numbers(opt$delta)
   if (!is.null(opt$prec)) a$prec <- opt$prec
   s <- do.call(selmodel, a)
   put_coefficients(s)
   out("heterogeneity.tau2", s$tau2)
   out(at("delta.%d.est", length(s$delta)), s$delta)
   out(c("LRT.stat", "LRT.pval"), c(s$LRT, s$LRTp))
   out("fit.ll", s$fit.stats$ML[1])
}

commands <- list(effects = run_effects, pool = run_pool, loo = function(d, o) run_sequence(d, o, leave1out),
                 cumul = function(d, o) run_sequence(d, o, cumul), influence = run_influence, bias = run_bias,
                 trimfill = run_trimfill, failsafe = run_failsafe, selmodel = run_selmodel)

for (line in readLines(file("stdin"))) {
   part <- strsplit(line, "\t", fixed = TRUE)[[1]]
   args <- strsplit(part[3], "\x1f", fixed = TRUE)[[1]]
   id <- part[1]
   tryCatch({
      command <- commands[[args[1]]]
      if (is.null(command)) stop("command ", args[1])
      opt <- read_options(args[-(1:2)])
      command(read_sheet(part[2], opt$subset), opt)
   }, error = function(e) cat(sprintf("%s\t!\t%s\n", id, gsub("\\s+", " ", conditionMessage(e)))))
}
