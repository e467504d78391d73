# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for higgs-nodectl

_higgs_nodectl() {
    local current=${COMP_WORDS[COMP_CWORD]} command= option= words= i word
    [[ $current == = ]] && current=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            continue # --control=PATH comes as three words
        elif [[ -n $option ]]; then
            option=
        elif [[ " --control --max-guests --up-mbps --down-mbps " == *" $word "* ]]; then
            option=$word
        elif [[ $word != -* && -z $command ]]; then
            command=$word
        fi
    done
    case $option in
        --control) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        ?*) return ;;
    esac
    if [[ $current == -* ]]; then
        words="--control --json --help --version"
        case $command in
            status) words+=" --watch" ;;
            limits) words+=" --max-guests --up-mbps --down-mbps" ;;
        esac
    elif [[ -z $command ]]; then
        words="status on off limits guests diagnose"
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _higgs_nodectl higgs-nodectl
