// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cache/networks.h"

#include <algorithm>

namespace higgs::server {

IpAddress networkOf(const IpAddress &address, unsigned length)
{
    const IpAddress plain = address.unmapped();
    if (!plain.isV6())
        return plain;
    std::array<std::uint8_t, 16> network{};
    std::copy_n(plain.bytes().begin(), length / 8, network.begin());
    return IpAddress::v6(network);
}

} // namespace higgs::server
