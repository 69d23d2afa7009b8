#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the fuzz targets of the build in $1 (`make fuzz`), one after the other, $2 seconds each; the
# targets named behind, or all. What they find new is kept in $1/corpus, what fails in $1/crashes.
set -u
build=$1
seconds=$2
shift 2
cd "$(dirname "$0")/../.." || exit 2
failed=0
mkdir -p "$build/crashes"

[ $# -gt 0 ] || set -- tests/fuzz/fuzz_*.c
for target in "$@"; do
    name=${target##*fuzz_}
    name=${name%.c}
    mkdir -p "$build/corpus/$name"
    # Libraries that are loaded on demand keep memory for the life of the process.
    if LSAN_OPTIONS="suppressions=tests/lsan.supp:print_suppressions=0" \
       UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
       "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 \
           -max_len=65536 -print_final_stats=1 -verbosity=1 -artifact_prefix="$build/crashes/$name-" \
           "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$build/$name.log" 2>&1; then
        printf 'fuzz %-10s %s runs\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")"
    else
        printf 'FAIL %-10s see %s\n' "$name" "$build/$name.log"
        grep -m 3 -E 'ERROR|SUMMARY|runtime error|Assertion' "$build/$name.log"
        failed=1
    fi
done
exit "$failed"
