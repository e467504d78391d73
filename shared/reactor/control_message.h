// SPDX-License-Identifier: GPL-3.0-or-later
// Ancillary data of a received message (cmsg(3)): a value of a certain level and type.
#pragma once

#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <type_traits>

namespace higgs {

/// Room for one value, for msghdr::msg_control.
template <typename Value>
struct ControlBuffer
{
    alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(Value))]{};

    void lendTo(msghdr &message)
    {
        message.msg_control = bytes;
        message.msg_controllen = sizeof(bytes);
    }
};

/// The first of that level and type; nullopt for none, and for one that is shorter than a Value
/// (the kernel cuts what does not fit).
template <typename Value>
std::optional<Value> controlValue(msghdr &message, int level, int type)
{
    static_assert(std::is_trivially_copyable_v<Value>);
    for (cmsghdr *each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != level || each->cmsg_type != type)
            continue;
        if (each->cmsg_len < CMSG_LEN(sizeof(Value)))
            return std::nullopt;
        Value value{};
        std::memcpy(&value, CMSG_DATA(each), sizeof(value));
        return value;
    }
    return std::nullopt;
}

} // namespace higgs
