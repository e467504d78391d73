# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for higgs-vpnctl

# The command and its arguments so far, without options; or, with an argument, that option's value.
function __higgs_vpnctl_given
    set -l wanted $argv[1]
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            test "$option" = "$wanted"; and echo -- $word
            set option
        else if contains -- $word --control --node --path --via --pin --lines --data-dir
            set option $word
        else if string match -q -- '--*=*' $word
            test -n "$wanted"; and string match -q -- "$wanted=*" $word
            and string replace -- "$wanted=" '' $word
        else if string match -qv -- '-*' $word
            test -z "$wanted"; and echo -- $word
        end
    end
end

function __higgs_vpnctl_is
    set -l given (__higgs_vpnctl_given)
    test (count $given) -eq (count $argv) -a "$given" = "$argv"
end

function __higgs_vpnctl_command
    set -l given (__higgs_vpnctl_given)
    contains -- "$given[1]" $argv
end

# "DE" of each place, or with "region" also "DE-BE".
function __higgs_vpnctl_places
    set -l also $argv[1] country
    set -l program (commandline -opc)[1]
    set -l control (__higgs_vpnctl_given --control)[-1]
    test -n "$control"; and set control --control $control
    timeout 1 $program $control countries --json 2>/dev/null </dev/null |
        string replace -rf '.*"(?:country": *"([A-Z][A-Z])|'$also[1]'": *"([A-Z][A-Z]-[A-Z0-9]{1,3}))".*' '$1$2' |
        sort -u
end

complete -c higgs-vpnctl -f
complete -c higgs-vpnctl -l control -r -F -d 'Control socket of higgs-vpnd'
complete -c higgs-vpnctl -l json -d 'Print JSON, also of errors'
complete -c higgs-vpnctl -l help -d 'Print a summary'
complete -c higgs-vpnctl -l version -d 'Print the version'

complete -c higgs-vpnctl -n __higgs_vpnctl_is -a countries -d 'List the countries with somebody who shares'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a connect -d 'Connect, by default to the fastest'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a back -d 'While switching, back to the exit before'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a disconnect -d 'Disconnect, and wait until it is done'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a pause -d 'Go out unprotected for a while'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a resume -d 'End a pause now'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a status -d 'Show the state and the figures'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a settings -d 'Show the settings'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a set -d 'Show or change a setting'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a server -d 'Show or choose the server'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a join -d 'Choose the server that an invitation names'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a access-key -d "Give the server's access key"
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a exclude -d 'Run a program outside the tunnel'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a diagnose -d 'Check what a connection needs'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a receipt -d 'Show what left outside the tunnel'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a log -d 'Show what the daemon logged last'
complete -c higgs-vpnctl -n __higgs_vpnctl_is -a restore-network -d 'Take the kill switch and routes away'

complete -c higgs-vpnctl -n '__higgs_vpnctl_command connect' -l node -x -d 'This node'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command connect' -l path -x -a 'auto relay direct turn' -d 'Kind of path'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command connect' -l via -x -a '(__higgs_vpnctl_places)' -d 'Enter there first'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command connect back resume' -l wait -d 'Return when connected'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command status' -l watch -d 'Go on printing changes'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command server' -l pin -x -d 'Trust this certificate only'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command join' -l yes -d 'Do not ask'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command access-key' -l forget -d 'Forget it'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command log' -l lines -x -d 'How many'
complete -c higgs-vpnctl -n '__higgs_vpnctl_command restore-network' -l data-dir -x -a '(__fish_complete_directories)' -d 'Of higgs-vpnd'

complete -c higgs-vpnctl -n '__higgs_vpnctl_is connect' -a '(__higgs_vpnctl_places region)'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is pause' -a '5 15 60'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is set' -a 'country path via autoconnect lockdown lan port-mapping dns'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is set country' -a 'any (__higgs_vpnctl_places)'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is set via' -a 'none (__higgs_vpnctl_places)'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is set path' -a 'auto relay direct turn'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is set autoconnect; or __higgs_vpnctl_is set lockdown; or __higgs_vpnctl_is set lan; or __higgs_vpnctl_is set port-mapping' -a 'on off'
complete -c higgs-vpnctl -n '__higgs_vpnctl_is set dns' -a node
complete -c higgs-vpnctl -n '__higgs_vpnctl_command exclude' -a '(__fish_complete_subcommand --fcs-skip=2)'
