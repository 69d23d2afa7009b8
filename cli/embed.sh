#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes assembler that embeds files, and a table of their names, as cli/embedded.h declares it:
#   sh cli/embed.sh TABLE FILES... >datasets.S      (from the root of the source tree)
# A file's name in the table is its path without folders; the table is ordered by name, and each
# README.md is left out.
# Only directives that GNU as and clang read alike on every 64-bit ELF target. The table holds
# addresses, so it stands in .data.rel.ro: writable while they are relocated, read-only after.
set -eu

table=$1
shift

for file in "$@"; do
    case $file in
    *[!A-Za-z0-9._/-]*) printf 'embed.sh: unfit file name: %s\n' "$file" >&2; exit 1 ;;
    esac
    [ -r "$file" ] || { printf 'embed.sh: cannot read %s\n' "$file" >&2; exit 1; }
done

# One line "NAME PATH" per file, in the byte order of the names.
list=$(for file in "$@"; do
    case $file in
    README.md | */README.md) ;;
    *) printf '%s %s\n' "${file##*/}" "$file" ;;
    esac
done | LC_ALL=C sort)

count=0
last=
printf '    .section .rodata\n'
while read -r name file; do
    [ -n "$name" ] || continue
    [ "$name" != "$last" ] || { printf 'embed.sh: two files are called %s\n' "$name" >&2; exit 1; }
    printf '.Lname%d:\n    .asciz "%s"\n' "$count" "$name"
    printf '.Lbytes%d:\n    .incbin "%s"\n.Lend%d:\n    .byte 0\n' "$count" "$file" "$count"
    last=$name
    count=$((count + 1))
done <<EOF
$list
EOF

printf '\n    .section .data.rel.ro, "aw"\n    .balign 8\n'
printf '    .globl %s\n    .hidden %s\n' "$table" "$table"
printf '    .type %s, %%object\n    .size %s, %d\n' "$table" "$table" "$((count * 24))"
printf '%s:\n' "$table"
i=0
while [ "$i" -lt "$count" ]; do
    printf '    .quad .Lname%d, .Lbytes%d, .Lend%d\n' "$i" "$i" "$i"
    i=$((i + 1))
done

printf '\n    .section .rodata\n    .balign 8\n'
printf '    .globl %s_count\n    .hidden %s_count\n' "$table" "$table"
printf '    .type %s_count, %%object\n    .size %s_count, 8\n' "$table" "$table"
printf '%s_count:\n    .quad %d\n' "$table" "$count"
printf '\n    .section .note.GNU-stack, "", %%progbits\n'
