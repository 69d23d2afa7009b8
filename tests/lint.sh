#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Looks at the sources without running them (`make lint`, which sets DEPFLAGS):
#   layers, private headers, file names, licences, headers alone, format, cppcheck, clang-tidy
# Exit status 1 when anything is found.
set -u
cd "$(dirname "$0")/.." || exit 2

# The architecture: a folder includes only itself and what stands before it.
layers='core linalg optim counts effects pooling batch moderators diagnostics bias sequential simulate multilevel frame report'
flags="-std=c17 -D_XOPEN_SOURCE=700 -Iengine -Itests ${DEPFLAGS:-}"
sources=$(find engine cli tests validation -name '*.c' | sort)
headers=$(find engine cli tests validation -name '*.h' | sort)
found=0

complain() {
    printf 'lint: %s\n' "$1"
    found=1
}

# check NAME COMMAND...: runs the command; what it prints is shown when it fails.
check() {
    name=$1
    shift
    if ! command -v "$1" >/dev/null 2>&1; then
        complain "$1 is not installed"
    elif ! output=$("$@" 2>&1); then
        printf '%s\n' "$output"
        complain "$name"
    fi
}

# "FILE INCLUDED" for every #include "..." of the files given.
includes() {
    sed -n 's/^#include "\(.*\)".*/\1/p' "$1" | while read -r included; do
        printf '%s %s\n' "$1" "$included"
    done
}

layer_rule() {
    for file in $(find engine -name '*.[ch]' ! -path engine/tausq.h); do
        includes "$file"
    done | awk -v layers="$layers" '
        BEGIN { n = split(layers, name, " "); for (i = 1; i <= n; i++) rank[name[i]] = i }
        {
            split($1, file, "/"); split($2, included, "/")
            own = file[2]; used = included[1]
            if (!(own in rank)) { print $1 ": folder " own " has no place in the list of layers"; bad = 1 }
            else if (!(used in rank)) { print $1 ": includes " $2 ", not relative to engine/"; bad = 1 }
            else if (rank[used] > rank[own]) { print $1 ": includes " $2 ", of a later layer"; bad = 1 }
            if ($2 ~ /_internal\.h$/ && own != used) { print $1 ": includes the private " $2; bad = 1 }
        }
        END { exit bad }'
}

# The program and the tests of the program's sources keep to what is public.
outside_rule() {
    for file in $(find cli validation -name '*.[ch]'); do
        includes "$file"
    done | awk '/_internal\.h$/ { print $1 ": includes the private " $2; bad = 1 } END { exit bad }'
}

unique_names() {
    twice=$(printf '%s\n' $sources $headers | sed 's|.*/||' | sort | uniq -d)
    [ -z "$twice" ] || { printf 'more than one file is called: %s\n' $twice; return 1; }
}

headers_alone() {
    for header in $headers; do
        # shellcheck disable=SC2086
        ${CC:-cc} $flags -Wall -Wextra -Werror -fsyntax-only -x c "$header" || return 1
    done
}

licence_lines() {
    without=$(grep -L 'SPDX-License-Identifier: GPL-3.0-or-later' $sources $headers Makefile .ci/run \
        $(find cli tests validation datasets -name '*.py' -o -name '*.sh'))
    [ -z "$without" ] || { printf 'no licence line: %s\n' $without; return 1; }
}

# Four files a process, two processes at a time; where tq_fail() is defined, as it stands.
tidy() {
    printf '%s\n' $sources | grep -v '^engine/core/status.c$' |
        FLAGS="$flags -include tests/support/assume.h" xargs -n 4 -P 2 \
            sh -c 'clang-tidy --quiet "$@" -- $FLAGS 2>/dev/null' tidy &&
        clang-tidy --quiet engine/core/status.c -- $flags 2>/dev/null
}

# shellcheck disable=SC2086
{
    check 'a folder includes what stands above it' layer_rule
    check 'private headers stay in their folder' outside_rule
    check 'file names are unique' unique_names
    check 'each file names its licence' licence_lines
    check 'each header compiles alone' headers_alone
    check 'format (make fmt)' clang-format --dry-run -Werror $sources $headers
    # Its search for what is not initialised does not know what a callee fills; the others do.
    check 'cppcheck' cppcheck --quiet --std=c11 --enable=warning,performance,portability \
        --inline-suppr --error-exitcode=1 -j 2 -Iengine -Itests \
        --suppress=uninitvar --suppress=legacyUninitvar \
        --suppress=missingIncludeSystem engine cli tests validation
    check 'clang-tidy' tidy
}
[ "$found" = 0 ] && echo 'lint: nothing found'
exit "$found"
