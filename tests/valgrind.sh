#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the unit tests and some commands of the build in $1 under valgrind (`make valgrind`); fails on
# an invalid access, a use of what was never written, and a block that nothing points to any more.
set -u
build=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0
ran=0

# run STATUS COMMAND...: only what is lost for good counts as a leak; Fontconfig, Pango and OpenBLAS
# keep memory on purpose.
run() {
    want=$1
    shift
    ran=$((ran + 1))
    OPENBLAS_NUM_THREADS=1 TQ_TEST_SHORT=1 valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite \
        --show-leak-kinds=definite --suppressions=tests/valgrind.supp --error-exitcode=99 \
        "$@" >"$folder/log" 2>&1
    status=$?
    if [ "$status" -ne "$want" ]; then
        printf 'FAIL (status %d) %s\n' "$status" "$*"
        tail -40 "$folder/log"
        failed=$((failed + 1))
    fi
}

for program in "$build"/tests/unit/test_*; do
    case $program in *.[od]) continue ;; esac
    run 0 "$program"
done

bcg='@bcg --measure RR --ai tpos --bi tneg --ci cpos --di cneg --slab author'
# shellcheck disable=SC2086
{
    run 0 "$build/tausq" pool $bcg
    run 0 "$build/tausq" pool $bcg --test knha --subgroup alloc --json "$folder/out.json" \
        --xlsx "$folder/out.xlsx" --plot "$folder/out.svg"
    run 0 "$build/tausq" permute $bcg --mods '~ ablat' --iter 30 --permci --json "$folder/out.json"
    run 0 "$build/tausq" loo $bcg --cluster alloc --xlsx "$folder/out.xlsx"
    run 0 "$build/tausq" cumul $bcg --order year --collapse --json "$folder/out.json"
    run 0 "$build/tausq" influence $bcg --mods '~ ablat' --threads 2
    run 0 "$build/tausq" pool $bcg --quiet --plot "$folder/out.pdf"
    run 0 "$build/tausq" effects $bcg --format csv
    run 0 "$build/tausq" data list
    run 2 "$build/tausq" pool $bcg --method nonsense
    run 2 "$build/tausq" pool "$folder/absent.csv"
}
printf '%d passed, %d failed\n' $((ran - failed)) "$failed"
[ "$failed" = 0 ]
