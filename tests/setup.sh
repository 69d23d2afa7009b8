#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the packages of tests/packages.txt that are missing, and only those:
#   sh tests/setup.sh STAGE...        (stages: build, check, extra)
# Exit status 1, with the list of what is missing, where it may not or cannot install.
set -u
list=${0%/*}/packages.txt

have() {
    case $1 in
    cmd) command -v "$2" ;;
    pc) command -v pkg-config && pkg-config --exists "$2" ;;
    header) printf '#include <%s>\n' "$2" | cc -E - ;;
    font) for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.fonts" \
              "${HOME:-/root}/.local/share/fonts"; do
              [ -d "$folder" ] && find "$folder" -name "$2" | grep -q . && return 0
          done
          return 1 ;;
    *) printf 'setup: unknown probe %s in %s\n' "$1" "$list" >&4; exit 2 ;;
    esac >/dev/null 2>&1
}

# Names of missing packages, one line; $@ are the stages.
missing() {
    while read -r stage package probe what _; do
        for wanted in "$@"; do
            if [ "$stage" = "$wanted" ] && ! have "$probe" "$what"; then
                printf '%s ' "$package"
            fi
        done
    done <"$list"
}

fail() {
    printf 'setup: %s; missing packages: %s\n' "$1" "$need" >&2
    exit 1
}

exec 4>&2
need=$(missing "$@") || exit 2
[ -n "$need" ] || exit 0

command -v apt-get >/dev/null 2>&1 || fail 'no apt-get here'
as_root=
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || fail 'not root, and no sudo without a password'
    as_root='sudo -n'
fi
printf 'setup: installing %s\n' "$need" >&2
install() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $need >/dev/null
}
# Package lists may be absent or old: fetch them only when the first attempt fails.
install 2>/dev/null || { $as_root apt-get update -qq && install; } || fail 'apt-get failed'

need=$(missing "$@")
[ -z "$need" ] || fail 'installed, but not found afterwards'
