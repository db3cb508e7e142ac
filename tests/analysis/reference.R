# SPDX-License-Identifier: GPL-2.0-or-later
# Reference values for test_stats.c, one line per pair of samples:
#   { {x...}, n, {y...}, m, p, shift, low, high, checked },
# Run: Rscript reference.R > reference.inc; Rscript reference.R paired > reference_paired.inc
# Or:  Rscript reference.R live FILE   (samples in FILE, one per line, two to a pair of samples; prints
#      p shift low high, and where both are equally long the same four of the paired test)
#
# p is exact: wilcox.test() without ties; with ties, where it falls back to an approximation, all
# assignments of the pooled ranks are counted. Shift and interval (no ties only) are wilcox.test()'s
# conf.int on logarithms, given as y/x - 1.

exact_p <- function(x, y) {
	if (!anyDuplicated(c(x, y)))
		return(wilcox.test(x, y, exact = TRUE)$p.value)
	r <- rank(c(x, y))
	n <- length(x)
	off <- function(s) abs(s - n * (length(r) + 1) / 2)
	sums <- combn(length(r), n, function(i) sum(r[i]))
	mean(off(sums) >= off(sum(r[seq_len(n)])) - 1e-9)
}

shift <- function(x, y) {
	if (anyDuplicated(c(x, y)))
		return(c(NA, NA, NA))
	w <- wilcox.test(log(y), log(x), exact = TRUE, conf.int = TRUE, conf.level = 0.95)
	# Fewer than 4 + 4 values: R gives the range of the differences and a warning; no 95 % interval.
	expm1(c(w$estimate, w$conf.int))
}

# The same for pairs: Wilcoxon's signed rank test on logarithms.
paired <- function(x, y) {
	w <- wilcox.test(log(y), log(x), paired = TRUE, exact = TRUE, conf.int = TRUE, conf.level = 0.95)
	c(w$p.value, expm1(c(w$estimate, w$conf.int)))
}

result <- function(x, y) suppressWarnings(c(exact_p(x, y), shift(x, y)))

list_of <- function(v) paste0("{ ", paste(sprintf("%.10g", v), collapse = ", "), " }")

number <- function(v) ifelse(is.na(v), "NAN", sprintf("%.12g", v))

print_case <- function(x, y) {
	v <- result(x, y)
	cat(sprintf("\t{ %s, %d, %s, %d,\n\t  %s, %s, %s, %s },\n", list_of(x), length(x), list_of(y),
		    length(y), number(v[1]), number(v[2]), number(v[3]), number(v[4])))
}

args <- commandArgs(trailingOnly = TRUE)
if (length(args) == 2 && args[1] == "live") {
	lines <- readLines(args[2])
	for (i in seq(1, length(lines), 2)) {
		x <- scan(text = lines[i], quiet = TRUE)
		y <- scan(text = lines[i + 1], quiet = TRUE)
		v <- result(x, y)
		v <- c(v, if (length(x) == length(y) && !is.na(v[2])) suppressWarnings(paired(x, y)) else rep(NA, 4))
		cat(sprintf("%.15g ", ifelse(is.na(v), -9, v)), "\n")
	}
	quit()
}

set.seed(20240607)
draw <- function(n, mean, sd) round(rnorm(n, mean, sd), 6)
if (length(args) == 1 && args[1] == "paired")
	result <- paired
cat("/* SPDX-License-Identifier: GPL-2.0-or-later */\n")
cat("/* Written by Rscript reference.R of R 4.2; do not edit. */\n")
for (n in c(4, 5, 6, 8, 10, 15, 20))
	print_case(draw(n, 100, 3), draw(n, 103, 3))
if (length(args) == 1)
	quit()
print_case(draw(4, 100, 1), draw(4, 110, 1))
print_case(draw(5, 100, 2), draw(9, 98, 2))
print_case(draw(25, 100, 2), draw(25, 101, 2))
print_case(c(1, 2, 2, 3), c(2, 3, 4, 4))
print_case(c(5, 5, 5, 5, 6), c(5, 6, 6, 7, 7))
print_case(c(0, 0, 0, 0), c(0, 0, 0, 0))
print_case(c(0, 0, 0, 0, 0, 1), c(1, 1, 0, 2, 2, 3))
print_case(c(1, 1, 2, 2, 3, 3, 4), c(2, 2, 2, 5, 5, 6, 6))
