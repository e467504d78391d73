# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for higgs-nodectl

_higgs_nodectl() {
    local current=${COMP_WORDS[COMP_CWORD]} option= words= i word
    local valued=" --control --max-guests --up-mbps --down-mbps --monthly --reset-day --battery --metered"
    valued+=" --good-neighbour --port-mapping --days --pin --lines --data-dir "
    local -a given=()
    [[ $current == = ]] && current=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            continue # --control=PATH comes as three words
        elif [[ -n $option ]]; then
            option=
        elif [[ $valued == *" $word "* ]]; then
            option=$word
        elif [[ $word != -* ]]; then
            given+=("$word")
        fi
    done
    case $option in
        --control) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --battery | --metered) words="share stop" ;;
        --good-neighbour | --port-mapping) words="on off" ;;
        ?*) return ;;
    esac
    if [[ -z $option && $current == -* ]]; then
        words="--control --json --help --version"
        case ${given[0]} in
            status) words+=" --watch" ;;
            on) words+=" --agree" ;;
            limits) words+=" --max-guests --up-mbps --down-mbps --monthly --reset-day --battery --metered
                --good-neighbour --port-mapping" ;;
            history) words+=" --days --hours" ;;
            safety) words+=" --run" ;;
            server) words+=" --pin" ;;
            join) words+=" --yes" ;;
            access-key) words+=" --forget" ;;
            log) words+=" --lines" ;;
            restore-network) words+=" --data-dir" ;;
        esac
    elif [[ -z $option ]]; then
        case ${#given[@]}:${given[0]} in
            0:*) words="status on off pause resume limits schedule guests end-guest history letter safety set server
                join access-key diagnose log restore-network" ;;
            1:pause) words="15 60 tomorrow" ;;
            1:set) words="country region" ;;
            1:schedule) words="all mon-fri mon tue wed thu fri sat sun" ;;
            3:schedule) words="on off" ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _higgs_nodectl higgs-nodectl
