# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for higgs-nodectl

# The command, if there is one yet.
function __higgs_nodectl_command
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            set option
        else if contains -- $word --control --max-guests --up-mbps --down-mbps
            set option $word
        else if string match -qv -- '-*' $word
            contains -- $word $argv
            return
        end
    end
    test (count $argv) -eq 0
end

complete -c higgs-nodectl -f
complete -c higgs-nodectl -l control -r -F -d 'Control socket of higgs-noded'
complete -c higgs-nodectl -l json -d 'Print JSON'
complete -c higgs-nodectl -l help -d 'Print a summary'
complete -c higgs-nodectl -l version -d 'Print the version'

complete -c higgs-nodectl -n __higgs_nodectl_command -a status -d 'Show the state and the figures'
complete -c higgs-nodectl -n __higgs_nodectl_command -a on -d 'Share this connection'
complete -c higgs-nodectl -n __higgs_nodectl_command -a off -d 'Stop sharing, and let the guests go'
complete -c higgs-nodectl -n __higgs_nodectl_command -a limits -d 'Show or change the limits'
complete -c higgs-nodectl -n __higgs_nodectl_command -a guests -d 'List the guests of the moment'
complete -c higgs-nodectl -n __higgs_nodectl_command -a diagnose -d 'Check what sharing needs'

complete -c higgs-nodectl -n '__higgs_nodectl_command status' -l watch -d 'Go on printing changes'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l max-guests -x -d 'Guests at once'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l up-mbps -x -d 'Mbit/s up'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l down-mbps -x -d 'Mbit/s down'
