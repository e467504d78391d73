// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/status_json.h"

namespace higgs::vpn {

using control::Json;

namespace {

Json textOrNull(std::string_view text)
{
    return text.empty() ? Json() : Json(text);
}

Json addressOrNull(const std::optional<IpAddress> &address)
{
    return address ? Json(address->toString()) : Json();
}

} // namespace

Json statusJson(const ClientStatus &status)
{
    return Json{
        {"version", HIGGS_VERSION},
        {"state", toString(status.state)},
        {"problem", status.problem == Problem::None ? Json() : Json(toString(status.problem))},
        {"problemDetail", textOrNull(status.problemDetail)},
        {"path", textOrNull(status.path)},
        {"pathReason", textOrNull(status.pathReason)},
        {"country", textOrNull(status.country)},
        {"region", textOrNull(status.region)},
        {"nodeId", textOrNull(status.node.text())},
        {"sessionId", textOrNull(status.session.text())},
        {"exitIp", addressOrNull(status.exitAddress)},
        {"exitIpV6", addressOrNull(status.exitAddressV6)},
        {"tunnelAddress", addressOrNull(status.tunnelAddress)},
        {"tunnelAddressV6", addressOrNull(status.tunnelAddressV6)},
        {"since", status.since ? Json(status.since->ms) : Json()},
        {"rxBytes", status.rxBytes},
        {"txBytes", status.txBytes},
        {"rttMs", status.rttMs ? Json(*status.rttMs) : Json()},
        {"tunnel", textOrNull(status.tunnelKind)},
        {"killSwitch", status.killSwitch},
        {"reconnects", status.reconnects},
    };
}

} // namespace higgs::vpn
