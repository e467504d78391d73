// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/netlink_message.h"

#include "shared/tunnel/netlink_attributes.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

namespace higgs {

namespace {

IpAddress addressOf(ByteSpan payload)
{
    constexpr std::size_t V4Size = 4;
    constexpr std::size_t V6Size = 16;
    if (payload.size() == V4Size)
        return IpAddress::v4(payload.first<V4Size>());
    if (payload.size() == V6Size)
        return IpAddress::v6(payload.first<V6Size>());
    return {};
}

bool readAddress(ByteReader body, bool added, NetworkEvent &event)
{
    const auto head = takeNative<ifaddrmsg>(body);
    if (!head)
        return false;
    event.kind = added ? NetworkEvent::Kind::AddressAdded : NetworkEvent::Kind::AddressRemoved;
    event.interfaceIndex = head->ifa_index;
    return forNetlinkAttributes(body, [&event](unsigned short type, ByteSpan payload) {
        // IFA_LOCAL is ours where the two differ (point to point).
        if (type == IFA_LOCAL || (type == IFA_ADDRESS && event.address.isNull()))
            event.address = addressOf(payload);
    });
}

bool readLink(ByteReader body, bool removed, NetworkEvent &event)
{
    const auto head = takeNative<ifinfomsg>(body);
    if (!head)
        return false;
    event.kind = removed ? NetworkEvent::Kind::LinkRemoved : NetworkEvent::Kind::LinkChanged;
    event.interfaceIndex = static_cast<std::uint32_t>(head->ifi_index);
    event.running =
        !removed && (head->ifi_flags & IFF_UP) != 0 && (head->ifi_flags & IFF_RUNNING) != 0;
    return forNetlinkAttributes(body, [&event](unsigned short type, ByteSpan payload) {
        if (type == IFLA_IFNAME)
            event.interfaceName = netlinkText(payload);
        // A bridge that tells of itself names itself here.
        else if (type == IFLA_MASTER && netlinkNumber(payload) != event.interfaceIndex)
            event.master = netlinkNumber(payload).value_or(0);
    });
}

bool readRoute(ByteReader body, NetworkEvent &event)
{
    const auto head = takeNative<rtmsg>(body);
    if (!head)
        return false;
    event.kind = NetworkEvent::Kind::RouteChanged;
    event.table = head->rtm_table;
    return forNetlinkAttributes(body, [&event](unsigned short type, ByteSpan payload) {
        if (type == RTA_TABLE)
            event.table = netlinkNumber(payload).value_or(event.table);
        else if (type == RTA_OIF)
            event.interfaceIndex = netlinkNumber(payload).value_or(0);
    });
}

} // namespace

Result<std::vector<NetworkEvent>> decodeNetlink(ByteSpan datagram)
{
    std::vector<NetworkEvent> events;
    ByteReader reader(datagram);
    while (reader.remaining() > 0) {
        const auto message = takeNetlinkMessage(reader);
        if (!message)
            return unexpected(message.error());
        NetworkEvent event;
        bool good = true;
        switch (message->type) {
        case RTM_NEWADDR:
        case RTM_DELADDR:
            good = readAddress(ByteReader(message->body), message->type == RTM_NEWADDR, event);
            break;
        case RTM_NEWLINK:
        case RTM_DELLINK:
            good = readLink(ByteReader(message->body), message->type == RTM_DELLINK, event);
            break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            good = readRoute(ByteReader(message->body), event);
            break;
        default:
            continue;
        }
        if (!good)
            return unexpected(ErrorCode::Malformed, "a netlink message with a broken attribute");
        events.push_back(std::move(event));
    }
    return events;
}

} // namespace higgs
