// SPDX-License-Identifier: GPL-3.0-or-later
// Reading what rtnetlink(7) sends: structures and attributes in the host's own byte order. Pure;
// total on any input.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/result.h"

#include <algorithm>
#include <cstring>
#include <linux/rtnetlink.h>
#include <optional>

namespace higgs {

/// A structure of the kernel's, in the host's own byte order.
template <typename T>
std::optional<T> takeNative(ByteReader &reader)
{
    const auto bytes = reader.bytes(sizeof(T));
    if (!bytes)
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes->data(), sizeof(T));
    return value;
}

struct NetlinkMessage
{
    unsigned short type = 0;
    ByteSpan body; ///< without the header
};

/// The next of a datagram that has more. Malformed when it does not end where it says.
inline Result<NetlinkMessage> takeNetlinkMessage(ByteReader &reader)
{
    const auto head = takeNative<nlmsghdr>(reader);
    if (!head || head->nlmsg_len < sizeof(nlmsghdr))
        return unexpected(ErrorCode::Malformed, "a netlink message without its header");
    const auto body = reader.bytes(head->nlmsg_len - sizeof(nlmsghdr));
    if (!body)
        return unexpected(ErrorCode::Malformed, "a netlink message that is cut off");
    reader.skip(
        std::min(NLMSG_ALIGN(head->nlmsg_len) - std::size_t(head->nlmsg_len), reader.remaining()));
    return NetlinkMessage{head->nlmsg_type, *body};
}

/// Calls `each(type, payload)` for every attribute; false when one does not fit.
template <typename Each>
bool forNetlinkAttributes(ByteReader reader, Each each)
{
    while (reader.remaining() > 0) {
        const auto head = takeNative<rtattr>(reader);
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

inline std::optional<std::uint32_t> netlinkNumber(ByteSpan payload)
{
    ByteReader reader(payload);
    return payload.size() == sizeof(std::uint32_t) ? takeNative<std::uint32_t>(reader)
                                                   : std::nullopt;
}

inline std::string netlinkText(ByteSpan payload)
{
    const std::string_view text = asText(payload);
    return std::string(text.substr(0, text.find('\0')));
}

} // namespace higgs
