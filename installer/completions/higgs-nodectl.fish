# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for higgs-nodectl

# The command and its arguments so far, without options.
function __higgs_nodectl_given
    set -l option
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            set option
        else if contains -- $word --control --max-guests --up-mbps --down-mbps --monthly --reset-day --battery \
                --metered --good-neighbour --port-mapping --days --pin --lines --data-dir
            set option $word
        else if string match -qv -- '-*' $word
            echo -- $word
        end
    end
end

function __higgs_nodectl_is
    set -l given (__higgs_nodectl_given)
    test (count $given) -eq (count $argv) -a "$given" = "$argv"
end

# The command, with this many arguments already.
function __higgs_nodectl_after
    set -l given (__higgs_nodectl_given)
    test (count $given) -eq (math $argv[2] + 1) -a "$given[1]" = "$argv[1]"
end

function __higgs_nodectl_command
    set -l given (__higgs_nodectl_given)
    contains -- "$given[1]" $argv
end

complete -c higgs-nodectl -f
complete -c higgs-nodectl -l control -r -F -d 'Control socket of higgs-noded'
complete -c higgs-nodectl -l json -d 'Print JSON, also of errors'
complete -c higgs-nodectl -l help -d 'Print a summary'
complete -c higgs-nodectl -l version -d 'Print the version'

complete -c higgs-nodectl -n __higgs_nodectl_is -a status -d 'Show the state and the figures'
complete -c higgs-nodectl -n __higgs_nodectl_is -a on -d 'Share this connection'
complete -c higgs-nodectl -n __higgs_nodectl_is -a off -d 'Stop sharing, and let the guests go'
complete -c higgs-nodectl -n __higgs_nodectl_is -a pause -d 'Share nothing for a while'
complete -c higgs-nodectl -n __higgs_nodectl_is -a resume -d 'End a pause now'
complete -c higgs-nodectl -n __higgs_nodectl_is -a limits -d 'Show or change the limits'
complete -c higgs-nodectl -n __higgs_nodectl_is -a schedule -d 'Show or change the hours of sharing'
complete -c higgs-nodectl -n __higgs_nodectl_is -a guests -d 'List the guests of the moment'
complete -c higgs-nodectl -n __higgs_nodectl_is -a end-guest -d "End one guest's session"
complete -c higgs-nodectl -n __higgs_nodectl_is -a history -d 'Show what was moved, by day or hour'
complete -c higgs-nodectl -n __higgs_nodectl_is -a letter -d 'Say what was shared at a moment'
complete -c higgs-nodectl -n __higgs_nodectl_is -a safety -d 'Show what the self-test tried'
complete -c higgs-nodectl -n __higgs_nodectl_is -a set -d 'Show or change country and region'
complete -c higgs-nodectl -n __higgs_nodectl_is -a server -d 'Show or choose the server'
complete -c higgs-nodectl -n __higgs_nodectl_is -a join -d 'Choose the server that an invitation names'
complete -c higgs-nodectl -n __higgs_nodectl_is -a access-key -d "Give the server's access key"
complete -c higgs-nodectl -n __higgs_nodectl_is -a diagnose -d 'Check what sharing needs'
complete -c higgs-nodectl -n __higgs_nodectl_is -a log -d 'Show what the daemon logged last'
complete -c higgs-nodectl -n __higgs_nodectl_is -a restore-network -d 'End sharing and give the machine back'

complete -c higgs-nodectl -n '__higgs_nodectl_command status' -l watch -d 'Go on printing changes'
complete -c higgs-nodectl -n '__higgs_nodectl_command on' -l agree -d 'The owner agrees'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l max-guests -x -d 'Guests at once'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l up-mbps -x -d 'Mbit/s that guests may send'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l down-mbps -x -d 'Mbit/s that guests may receive'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l monthly -x -d 'Bytes a month'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l reset-day -x -d 'When the month begins'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l battery -x -a 'share stop' -d 'While on battery'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l metered -x -a 'share stop' -d 'On a metered network'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l good-neighbour -x -a 'on off' -d 'Guests give way to the owner'
complete -c higgs-nodectl -n '__higgs_nodectl_command limits' -l port-mapping -x -a 'on off' -d 'The router may be asked for a port'
complete -c higgs-nodectl -n '__higgs_nodectl_command history' -l days -x -d 'How many'
complete -c higgs-nodectl -n '__higgs_nodectl_command history' -l hours -x -d 'By hour, the last so many'
complete -c higgs-nodectl -n '__higgs_nodectl_command safety' -l run -d 'Attack the home now'
complete -c higgs-nodectl -n '__higgs_nodectl_command server' -l pin -x -d 'Trust this certificate only'
complete -c higgs-nodectl -n '__higgs_nodectl_command join' -l yes -d 'Do not ask'
complete -c higgs-nodectl -n '__higgs_nodectl_command access-key' -l forget -d 'Forget it'
complete -c higgs-nodectl -n '__higgs_nodectl_command log' -l lines -x -d 'How many'
complete -c higgs-nodectl -n '__higgs_nodectl_command restore-network' -l data-dir -x -a '(__fish_complete_directories)' -d 'Of higgs-noded'

complete -c higgs-nodectl -n '__higgs_nodectl_is pause' -a '15 60 tomorrow'
complete -c higgs-nodectl -n '__higgs_nodectl_is set' -a 'country region'
complete -c higgs-nodectl -n '__higgs_nodectl_is schedule' -a 'all mon-fri mon tue wed thu fri sat sun'
complete -c higgs-nodectl -n '__higgs_nodectl_after schedule 2' -a 'on off'
