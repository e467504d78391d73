// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/interface_setup.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/sysctl.h"

namespace higgs {

/// Values are ours or checked, so no line can be smuggled.
Result<void> setUpInterface(const DeviceConfig &config)
{
    std::string batch;
    const bool ipv6 = canHaveIpv6(config.interfaceName);
    for (const InterfaceAddress &address : config.addresses) {
        if (address.address.isV6() && !ipv6) {
            log::warning("tunnel", "no IPv6 on this machine: the tunnel goes without");
            continue;
        }
        // No duplicate address detection: it would keep the address unusable for a second.
        batch += "address add " + address.toString() + " dev " + config.interfaceName +
                 (address.address.isV6() ? " nodad\n" : "\n");
    }
    batch +=
        "link set dev " + config.interfaceName + " mtu " + std::to_string(config.mtu) + " up\n";
    if (const auto done = runCommand("ip", {"-batch", "-"}, batch); !done)
        return unexpected(done.error());
    return {};
}

} // namespace higgs
