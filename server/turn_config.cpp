// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/turn_config.h"

#include "server/admin_commands.h"
#include "shared/base/durable_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr int Usage = 2;
constexpr mode_t OwnerOnly = 0600;

// Bounds that coturn leaves open. A user name is one credential, which a client renews each hour:
// it holds an allocation of each family over each of its networks, and some that it lost.
constexpr const char *Bounds = "min-port=49152\n"
                               "max-port=65535\n"
                               "user-quota=8\n"
                               "total-quota=1200\n"
                               "max-allocate-lifetime=3600\n"
                               "stale-nonce=600\n";

// All that is not relaying UDP between a client and the Internet. "no-loopback-peers" would be a
// mistake: coturn 4.6 exits at it, and denies loopback by itself.
constexpr const char *Refusals = "no-cli\n"
                                 "no-tcp-relay\n"
                                 "no-multicast-peers\n"
                                 "no-rfc5780\n"
                                 "no-software-attribute\n";

IpAddress lastOf(const IpPrefix &prefix)
{
    std::array<std::uint8_t, 16> bytes{};
    const ByteSpan first = prefix.address.bytes();
    std::copy(first.begin(), first.end(), bytes.begin());
    for (unsigned bit = prefix.length; bit < first.size() * 8; ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | 0x80U >> bit % 8);
    return prefix.address.isV4() ? IpAddress::v4(std::span(bytes).first<4>())
                                 : IpAddress::v6(bytes);
}

/// coturn knows ranges only: it takes a prefix for an address with an odd end, and lets it pass. A
/// range from "::" it takes for one without a beginning, in which all of IPv4 lies, too; as a peer
/// it refuses "::" by itself.
std::string denied(const IpPrefix &prefix)
{
    const IpAddress last = lastOf(prefix);
    const bool open = prefix.address == IpAddress::any(IpAddress::Family::V6);
    const std::string first = open ? "::1" : prefix.address.toString();
    if (last == prefix.address)
        return "denied-peer-ip=" + first + '\n';
    return "denied-peer-ip=" + first + '-' + last.toString() + '\n';
}

std::string deniedPeers(std::span<const IpAddress> own)
{
    std::string text =
        "# Nothing but the Internet. The first range of IPv6 has the spellings of IPv4, too:\n"
        "# mapped addresses pass by the ranges of IPv4.\n";
    for (const auto family : {IpAddress::Family::V4, IpAddress::Family::V6})
        for (const std::string_view each : nonGlobalPrefixes(family))
            text += denied(*IpPrefix::parse(each));
    if (!own.empty())
        text +=
            "# This machine's own addresses. Add those of a router or a load balancer before it.\n";
    for (const IpAddress &each : own)
        text += denied({each, each.isV4() ? 32U : 128U});
    return text;
}

std::string listeners(const Config &config)
{
    std::string text = "listening-port=" + std::to_string(config.turn->port) + '\n';
    if (!config.turn->tlsPort)
        return text + "no-tls\nno-dtls\n";
    text += "tls-listening-port=" + std::to_string(*config.turn->tlsPort) + '\n';
    text += "cert=" + (config.tlsCert.empty() ? "/etc/boson/turn.crt" : config.tlsCert) + '\n';
    text += "pkey=" + (config.tlsKey.empty() ? "/etc/boson/turn.key" : config.tlsKey) + '\n';
    return text + "no-tlsv1\nno-tlsv1_1\n";
}

std::vector<IpAddress> ownAddresses(const Config &config)
{
    std::vector<IpAddress> own;
    const auto add = [&own](const IpAddress &address) {
        const IpAddress plain = address.unmapped();
        if (isGlobalUnicast(plain) && std::find(own.begin(), own.end(), plain) == own.end())
            own.push_back(plain);
    };
    for (const std::string &host : {config.turn->host, config.publicHost})
        if (const auto address = IpAddress::parse(host))
            add(*address);
    add(config.listen.address);
    for (const IpAddress &each : config.stunAlternates)
        add(each);
    ifaddrs *found = nullptr;
    if (::getifaddrs(&found) != 0)
        return own;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(found, &::freeifaddrs);
    for (const ifaddrs *each = found; each != nullptr; each = each->ifa_next)
        if (each->ifa_addr != nullptr &&
            (each->ifa_addr->sa_family == AF_INET || each->ifa_addr->sa_family == AF_INET6))
            add(Endpoint::fromSockaddr(each->ifa_addr).address);
    return own;
}

/// A file that the shell made for "> FILE" is everybody's to read under the usual umask.
Result<void> closeToOthers()
{
    struct stat status = {};
    if (::fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode) ||
        ::fchmod(STDOUT_FILENO, OwnerOnly) == 0)
        return {};
    return unexpected(ErrorCode::Permission,
                      std::string("cannot keep others from reading the standard output, which the "
                                  "secret would go to: ") +
                          std::strerror(errno) + "; name a file behind turn-config");
}

} // namespace

std::string turnConfigText(const Config &config, std::span<const IpAddress> own, bool secret)
{
    std::string text = "# coturn configuration for this server, made by boson-server turn-config\n";
    text += listeners(config);
    text += "realm=" + std::string(TurnService::Realm) + "\nfingerprint\nuse-auth-secret\n";
    if (secret)
        text +=
            "# Keep this file 0600 and coturn's own: whoever has the secret can use the server.\n"
            "static-auth-secret=" +
            std::string(config.turn->secret.reveal()) + '\n';
    else
        text += "# Not shown on a terminal: put the content of --turn-secret-file behind\n"
                "# static-auth-secret= here, or have turn-config FILE write it all.\n";
    return text + Refusals + Bounds + deniedPeers(own);
}

int turnConfigCommand(const Config &config)
{
    const auto misused = [](const char *text) {
        std::fprintf(stderr, "boson-server: %s; see --help\n", text);
        return Usage;
    };
    if (!config.turn)
        return misused("turn-config needs --turn and --turn-secret-file");
    if (config.command.size() > 2)
        return misused("turn-config takes one file name at most");
    const std::vector<IpAddress> own = ownAddresses(config);
    Result<void> done;
    if (config.command.size() == 2) {
        done = replaceFile(config.command[1], turnConfigText(config, own, true), OwnerOnly);
    } else {
        const bool terminal = ::isatty(STDOUT_FILENO) == 1;
        if (!terminal)
            done = closeToOthers();
        if (done)
            done = print(turnConfigText(config, own, !terminal));
    }
    return done ? 0 : commandFailed(done.error().detail);
}

} // namespace higgs::server
