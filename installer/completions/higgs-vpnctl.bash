# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for higgs-vpnctl

# The words before the one that is completed: fills `control`, `given` (command and arguments) and
# `before` (the option whose value is completed). Nothing of it is ever evaluated.
_higgs_vpnctl_read() {
    local i word option=
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            continue # --control=PATH comes as three words
        elif [[ -n $option ]]; then
            [[ $option == --control ]] && control=(--control "$word")
            option=
        elif [[ $word == -- ]]; then
            given+=("${COMP_WORDS[@]:i:COMP_CWORD-i}")
            return
        elif [[ " --control --node --path --via --pin --lines --data-dir " == *" $word "* ]]; then
            option=$word
        elif [[ $word == --wait && ${COMP_WORDS[i + 1]} == = ]]; then
            option=$word
        elif [[ $word != -* ]]; then
            given+=("$word")
        fi
    done
    before=$option
}

# "DE" of each place, or with "region" also "DE-BE".
_higgs_vpnctl_places() {
    timeout 1 "${COMP_WORDS[0]}" "${control[@]}" countries --json 2>/dev/null </dev/null |
        sed -n -e 's/.*"country": *"\([A-Z][A-Z]\)".*/\1/p' \
            -e "s/.*\"${1:-country}\": *\"\([A-Z][A-Z]-[A-Z0-9]\{1,3\}\)\".*/\1/p" | sort -u
}

_higgs_vpnctl_setting_values() {
    case $1 in
        country) echo any; _higgs_vpnctl_places ;;
        via) echo none; _higgs_vpnctl_places ;;
        path) echo auto relay direct turn ;;
        autoconnect | lockdown | lan | port-mapping) echo on off ;;
        dns) echo node ;;
    esac
}

_higgs_vpnctl() {
    local current=${COMP_WORDS[COMP_CWORD]} before= words=
    local -a control=() given=()
    [[ $current == = ]] && current=
    COMPREPLY=()
    _higgs_vpnctl_read
    case $before in
        --control) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --path) words="auto relay direct turn" ;;
        --via) words=$(_higgs_vpnctl_places) ;;
        ?*) return ;;
    esac
    if [[ -z $before && $current == -* && ${given[1]} != -- ]]; then
        words="--control --json --help --version"
        case ${given[0]} in
            status) words+=" --watch" ;;
            connect) words+=" --node --path --via --wait" ;;
            back | resume) words+=" --wait" ;;
            server) words+=" --pin" ;;
            join) words+=" --yes" ;;
            access-key) words+=" --forget" ;;
            log) words+=" --lines" ;;
            restore-network) words+=" --data-dir" ;;
        esac
    elif [[ ${given[0]} == exclude && ${given[1]} == -- ]]; then
        # The line of the program itself: its name here, what follows as files.
        compopt -o filenames
        mapfile -t COMPREPLY < <(((${#given[@]} == 2)) && compgen -c -- "$current" || compgen -f -- "$current")
        return
    elif [[ -z $before ]]; then
        case ${#given[@]}:${given[0]} in
            0:*) words="countries connect back disconnect pause resume status settings set server
                join access-key exclude diagnose receipt log restore-network" ;;
            1:connect) words=$(_higgs_vpnctl_places region) ;;
            1:pause) words="5 15 60" ;;
            1:set) words="country path via autoconnect lockdown lan port-mapping dns" ;;
            2:set) words=$(_higgs_vpnctl_setting_values "${given[1]}") ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _higgs_vpnctl higgs-vpnctl
