// SPDX-License-Identifier: GPL-3.0-or-later
// Messages as the kernel writes them on a netlink socket, for the tests of what reads them.
#pragma once

#include "shared/base/bytes.h"

#include <initializer_list>
#include <linux/rtnetlink.h>

namespace higgs {

template <typename T>
void append(Bytes &out, const T &value)
{
    const auto *begin = reinterpret_cast<const std::uint8_t *>(&value);
    out.insert(out.end(), begin, begin + sizeof(T));
}

inline Bytes attribute(unsigned short type, ByteSpan payload)
{
    Bytes out;
    append(out, rtattr{static_cast<unsigned short>(sizeof(rtattr) + payload.size()), type});
    out.insert(out.end(), payload.begin(), payload.end());
    out.resize(RTA_ALIGN(out.size()));
    return out;
}

inline Bytes number(unsigned short type, std::uint32_t value)
{
    Bytes bytes;
    append(bytes, value);
    return attribute(type, bytes);
}

inline Bytes joined(std::initializer_list<Bytes> parts)
{
    Bytes all;
    for (const Bytes &part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

template <typename Body>
Bytes message(unsigned short type, const Body &body, const Bytes &attributes)
{
    Bytes out;
    nlmsghdr head{};
    head.nlmsg_len =
        static_cast<std::uint32_t>(sizeof(nlmsghdr) + sizeof(Body) + attributes.size());
    head.nlmsg_type = type;
    append(out, head);
    append(out, body);
    out.insert(out.end(), attributes.begin(), attributes.end());
    return out;
}

} // namespace higgs
