// SPDX-License-Identifier: GPL-3.0-or-later
// Messages as the kernel writes them on a netlink socket, for the tests of what reads them.
#pragma once

#include "shared/base/bytes.h"

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
