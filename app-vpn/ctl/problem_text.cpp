// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/problem_text.h"

#include "shared/protocol/path_reason.h"

#include <algorithm>
#include <array>

namespace higgs::vpn {

namespace {

struct Sentence
{
    std::string_view code;
    std::string_view text;
};

constexpr std::array Problems = {
    Sentence{
        "server_unreachable",
        "the server does not answer: check this machine's connection and the server's address"},
    Sentence{"server_untrusted", "the server's certificate is not the expected one: do not go on "
                                 "before its operator confirms the new one's SHA-256"},
    Sentence{
        "certificate_dates",
        "the server's certificate is not valid at the time that this machine's clock shows: set "
        "the clock, or, if it is right, tell the server's operator"},
    Sentence{"server_busy", "the server is busy: trying again automatically"},
    Sentence{"access_denied", "the server wants another access key: ask its operator for one "
                              "and give it with 'higgs-vpnctl access-key'"},
    Sentence{"no_node_online", "nobody shares a connection at the moment: try again later"},
    Sentence{"no_matching_node",
             "nobody shares a connection there: choose a country from 'higgs-vpnctl countries'"},
    Sentence{"unknown_node", "there is no such node: leave --node away, or check its id"},
    Sentence{"node_offline", "this node is offline or full: leave --node away to take another"},
    Sentence{"node_lost", "the exit stopped answering"},
    Sentence{"too_many_sessions",
             "this client has too many connections: disconnect one of them first"},
    Sentence{"server_refused", "the server refused the request"},
    Sentence{"path_not_available", "this kind of path cannot be had: try --path auto"},
    Sentence{"no_permission", "higgs-vpnd may not build a tunnel: it needs CAP_NET_ADMIN and "
                              "/dev/net/tun"},
    Sentence{"no_server", "no server is chosen: 'higgs-vpnctl server URL', or 'higgs-vpnctl join "
                          "LINK' with an invitation"},
    Sentence{"lockdown", "lockdown is on: 'higgs-vpnctl connect' or 'higgs-vpnctl set lockdown "
                         "off'"},
    Sentence{"dns_failed", "the names' resolver of this machine could not be set, so nothing goes "
                           "out: see 'higgs-vpnctl log'"},
    Sentence{"not_restored", "not all of this machine's network could be put back: see to what "
                             "follows, then 'higgs-vpnctl restore-network'"},
    Sentence{"tunnel_failed", "the tunnel could not be built on this machine: see 'higgs-vpnctl "
                              "log'"},
};

} // namespace

std::string problemText(std::string_view problem)
{
    const auto found =
        std::find_if(Problems.begin(), Problems.end(),
                     [problem](const Sentence &each) { return each.code == problem; });
    return std::string(found == Problems.end() ? problem : found->text);
}

std::string pathReasonText(std::string_view reason)
{
    const std::optional<protocol::PathReason> known = protocol::parsePathReason(reason);
    return std::string(known ? protocol::wordsOf(*known).terminal : reason);
}

} // namespace higgs::vpn
