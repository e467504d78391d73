// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/device.h"

#include "shared/base/log.h"
#include "shared/tunnel/bridged_device.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/in_process_device.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/wireguard_go.h"

#include <array>
#include <net/if.h>

namespace higgs {

namespace {

constexpr std::array KindNames{
    std::pair{TunnelKind::Auto, "auto"},
    std::pair{TunnelKind::InProcess, "in-process"},
    std::pair{TunnelKind::Kernel, "kernel"},
    std::pair{TunnelKind::WireguardGo, "wireguard-go"},
};

// The smallest MTU that IPv6 permits (RFC 8200 section 5), and the largest that a TUN takes.
constexpr int MinMtu = 1280;
constexpr int MaxMtu = 65535;

Result<void> removeStaleInterface(const std::string &name)
{
    if (::if_nametoindex(name.c_str()) == 0)
        return {};
    const auto json = runCommand("ip", {"-j", "-d", "link", "show", "dev", name});
    const auto gone = [&name] { return ::if_nametoindex(name.c_str()) == 0; };
    if (!json) // a dying owner takes it away while we look
        return gone() ? Result<void>() : unexpected(json.error());
    const auto kind = parseLinkKind(*json);
    if (!kind)
        return unexpected(kind.error());
    if (*kind != "tun" && *kind != "wireguard")
        return unexpected(ErrorCode::AlreadyExists,
                          "the interface " + name + " exists and is not a tunnel");
    log::info("tunnel", "removing a stale interface", {{"interface", name}});
    const auto removed = runCommand("ip", {"link", "delete", "dev", name});
    if (!removed && !gone())
        return unexpected(removed.error());
    return {};
}

/// The kernel's WireGuard moves packets without us, ours needs nothing but a TUN device, and
/// wireguard-go may yet do where ours cannot.
Result<std::unique_ptr<TunnelDevice>> openAnyDevice(EpollSet &epoll, const DeviceConfig &config)
{
    auto device = BridgedDevice::open(epoll, TunnelKind::Kernel, config);
    if (device)
        return device;
    log::debug("tunnel", "no WireGuard in the kernel", {{"error", device.error().detail}});
    auto own = InProcessDevice::open(epoll, config);
    if (own || !findProgram("wireguard-go"))
        return own;
    device = BridgedDevice::open(epoll, TunnelKind::WireguardGo, config);
    if (!device)
        return own; // what is in its way is in the other's, too
    log::warning("tunnel", "our own WireGuard cannot be had, so it is wireguard-go's",
                 {{"error", own.error().detail}});
    return device;
}

} // namespace

Result<TunnelKind> parseTunnelKind(std::string_view text)
{
    for (const auto &[kind, name] : KindNames) {
        if (text == name)
            return kind;
    }
    return unexpected(ErrorCode::InvalidArgument,
                      "a tunnel is auto, in-process, kernel or wireguard-go");
}

const char *toString(TunnelKind kind)
{
    for (const auto &[known, name] : KindNames) {
        if (known == kind)
            return name;
    }
    return "?";
}

Result<std::unique_ptr<TunnelDevice>> openTunnelDevice(EpollSet &epoll, TunnelKind kind,
                                                       const DeviceConfig &config)
{
    if (const auto named = checkInterfaceName(config.interfaceName); !named)
        return unexpected(named.error());
    if (config.mtu < MinMtu || config.mtu > MaxMtu)
        return unexpected(ErrorCode::InvalidArgument, "an MTU is 1280 to 65535 bytes");
    if (const auto removed = removeStaleDevice(config.interfaceName); !removed)
        return unexpected(removed.error());
    switch (kind) {
    case TunnelKind::Auto:
        return openAnyDevice(epoll, config);
    case TunnelKind::InProcess:
        return InProcessDevice::open(epoll, config);
    default:
        return BridgedDevice::open(epoll, kind, config);
    }
}

Result<void> removeStaleDevice(const std::string &interfaceName)
{
    if (const auto named = checkInterfaceName(interfaceName); !named)
        return named;
    if (const auto removed = removeStaleInterface(interfaceName); !removed)
        return removed;
    removeStaleUapiSocket(interfaceName);
    const std::string table = "table inet " + portGuardTable(interfaceName);
    return runNft(table + " {}\ndelete " + table + "\n");
}

} // namespace higgs
