// SPDX-License-Identifier: GPL-3.0-or-later
// Any datagram as the kernel's word on networks (rest of the first byte by three: 0), on
// connections (1: what was read of one is what a deletion names) and on all routes (2), each as a
// counter, too.
#include "shared/tunnel/conntrack_message.h"
#include "shared/tunnel/leak_rules.h"
#include "shared/tunnel/machine_routes.h"
#include "shared/tunnel/netlink_message.h"
#include "shared/tunnel/uplink_filter.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

using namespace higgs;

namespace {

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

void networks(ByteSpan datagram)
{
    const auto events = decodeNetlink(datagram);
    if (!events)
        return;
    UplinkFilter filter("higgs0", 51'820);
    for (const NetworkEvent &event : *events) {
        demand(event.interfaceName.find('\0') == std::string::npos);
        static_cast<void>(filter.matters(event));
    }
}

/// The same connection as a dump would tell of it.
Bytes retold(Bytes deletion)
{
    nlmsghdr head{};
    demand(deletion.size() >= sizeof(head) + sizeof(nfgenmsg));
    std::memcpy(&head, deletion.data(), sizeof(head));
    demand(head.nlmsg_len == deletion.size());
    head.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
    std::memcpy(deletion.data(), &head, sizeof(head));
    return deletion;
}

void connections(ByteSpan datagram)
{
    const auto answer = parseConntrackAnswer(datagram);
    if (!answer)
        return;
    demand(answer->error >= 0 && (answer->ended || answer->error == 0));
    for (const ConntrackEntry &entry : answer->entries) {
        demand(!entry.source.isNull() && entry.key.size() % NLA_ALIGNTO == 0);
        const auto again = parseConntrackAnswer(retold(conntrackDeletion(entry)));
        demand(again && again->entries.size() == 1);
        demand(again->entries.front().source == entry.source);
        demand(again->entries.front().key == entry.key);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const ByteSpan datagram(data + 1, size - 1);
    if (const auto counter = readCounter(datagram))
        demand(!counter->name.empty() && counter->name.find('\0') == std::string::npos);
    if (data[0] % 3 == 0)
        networks(datagram);
    else if (data[0] % 3 == 1)
        connections(datagram);
    else
        static_cast<void>(readRoutes(datagram, [](const MachineRoute &route) {
            demand(route.to.length <= 8 * route.to.address.bytes().size());
        }));
    return 0;
}
