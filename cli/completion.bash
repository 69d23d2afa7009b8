# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for tausq: commands, options and shipped data sets, asked from the program itself.
_tausq()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}

    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "$(tausq --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p')" -- "$word"))
    elif [[ $word == --* ]]; then
        COMPREPLY=($(compgen -W "$(tausq "$command" --help | sed -n 's/^  \(--[A-Za-z0-9-]*\) .*/\1/p')" -- "$word"))
    elif [[ $word == @* ]]; then
        COMPREPLY=($(compgen -P @ -W "$(tausq data list | cut -d' ' -f1)" -- "${word#@}"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -F _tausq tausq
