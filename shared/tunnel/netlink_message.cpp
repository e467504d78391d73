// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/netlink_message.h"

#include <cstring>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <optional>
#include <sys/socket.h>

namespace higgs {

namespace {

/// A structure of the kernel's, in the host's own byte order.
template <typename T>
std::optional<T> take(ByteReader &reader)
{
    const auto bytes = reader.bytes(sizeof(T));
    if (!bytes)
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes->data(), sizeof(T));
    return value;
}

/// Calls `each(type, payload)` for every attribute; false when one does not fit.
template <typename Each>
bool forAttributes(ByteReader reader, Each each)
{
    while (reader.remaining() > 0) {
        const auto head = take<rtattr>(reader);
        if (!head || head->rta_len < sizeof(rtattr))
            return false;
        const auto payload = reader.bytes(head->rta_len - sizeof(rtattr));
        if (!payload)
            return false;
        each(head->rta_type, *payload);
        // The last one may leave its padding away.
        reader.skip(
            std::min(RTA_ALIGN(head->rta_len) - std::size_t(head->rta_len), reader.remaining()));
    }
    return true;
}

std::optional<std::uint32_t> number(ByteSpan payload)
{
    ByteReader reader(payload);
    return payload.size() == sizeof(std::uint32_t) ? take<std::uint32_t>(reader) : std::nullopt;
}

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
    const auto head = take<ifaddrmsg>(body);
    if (!head)
        return false;
    event.kind = added ? NetworkEvent::Kind::AddressAdded : NetworkEvent::Kind::AddressRemoved;
    event.interfaceIndex = head->ifa_index;
    return forAttributes(body, [&event](unsigned short type, ByteSpan payload) {
        // IFA_LOCAL is ours where the two differ (point to point).
        if (type == IFA_LOCAL || (type == IFA_ADDRESS && event.address.isNull()))
            event.address = addressOf(payload);
    });
}

bool readLink(ByteReader body, bool removed, NetworkEvent &event)
{
    const auto head = take<ifinfomsg>(body);
    if (!head)
        return false;
    event.kind = removed ? NetworkEvent::Kind::LinkRemoved : NetworkEvent::Kind::LinkChanged;
    event.interfaceIndex = static_cast<std::uint32_t>(head->ifi_index);
    event.running =
        !removed && (head->ifi_flags & IFF_UP) != 0 && (head->ifi_flags & IFF_RUNNING) != 0;
    return forAttributes(body, [&event](unsigned short type, ByteSpan payload) {
        if (type == IFLA_IFNAME)
            event.interfaceName =
                std::string(asText(payload).substr(0, asText(payload).find('\0')));
        // A bridge that tells of itself names itself here.
        else if (type == IFLA_MASTER && number(payload) != event.interfaceIndex)
            event.master = number(payload).value_or(0);
    });
}

bool readRoute(ByteReader body, NetworkEvent &event)
{
    const auto head = take<rtmsg>(body);
    if (!head)
        return false;
    event.kind = NetworkEvent::Kind::RouteChanged;
    event.table = head->rtm_table;
    return forAttributes(body, [&event](unsigned short type, ByteSpan payload) {
        if (type == RTA_TABLE)
            event.table = number(payload).value_or(event.table);
        else if (type == RTA_OIF)
            event.interfaceIndex = number(payload).value_or(0);
    });
}

} // namespace

Result<std::vector<NetworkEvent>> decodeNetlink(ByteSpan datagram)
{
    std::vector<NetworkEvent> events;
    ByteReader reader(datagram);
    while (reader.remaining() > 0) {
        const auto head = take<nlmsghdr>(reader);
        if (!head || head->nlmsg_len < sizeof(nlmsghdr))
            return unexpected(ErrorCode::Malformed, "a netlink message without its header");
        const auto body = reader.bytes(head->nlmsg_len - sizeof(nlmsghdr));
        if (!body)
            return unexpected(ErrorCode::Malformed, "a netlink message that is cut off");
        reader.skip(std::min(NLMSG_ALIGN(head->nlmsg_len) - std::size_t(head->nlmsg_len),
                             reader.remaining()));
        NetworkEvent event;
        bool good = true;
        switch (head->nlmsg_type) {
        case RTM_NEWADDR:
        case RTM_DELADDR:
            good = readAddress(ByteReader(*body), head->nlmsg_type == RTM_NEWADDR, event);
            break;
        case RTM_NEWLINK:
        case RTM_DELLINK:
            good = readLink(ByteReader(*body), head->nlmsg_type == RTM_DELLINK, event);
            break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            good = readRoute(ByteReader(*body), event);
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
