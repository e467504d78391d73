// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/name_servers.h"

#include "shared/base/regular_file.h"
#include "shared/tunnel/interface_address.h"
#include "shared/tunnel/resolv_conf.h"

#include <QDir>
#include <QFile>
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <sstream>

namespace higgs::vpn {

namespace {

constexpr std::uint16_t DnsPort = 53;
constexpr qint64 MaxFileSize = 256 * 1024;

// Each program keeps there what it forwards to, where resolv.conf names only itself.
constexpr std::array ResolverFiles{
    "/etc/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/run/NetworkManager/no-stub-resolv.conf",
    "/run/NetworkManager/resolv.conf",
};

// A file for each interface, where its resolvers stand also while only the tunnel's are in use:
// Debian's resolvconf, and openresolv.
constexpr std::array InterfaceDirectories{
    "/run/resolvconf/interface",
    "/run/resolvconf/interfaces",
};
constexpr qsizetype MaxInterfaces = 16;

std::string textOf(const std::string &path)
{
    // Some are others': a pipe in their place is not waited for.
    if (!requireRegularFile(path))
        return {};
    QFile file(QString::fromStdString(path));
    return file.open(QIODevice::ReadOnly) ? file.read(MaxFileSize).toStdString() : std::string();
}

bool sameLetters(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

template <typename T>
void addNew(std::vector<T> &to, const std::vector<T> &from)
{
    for (const T &each : from) {
        if (std::find(to.begin(), to.end(), each) == to.end())
            to.push_back(each);
    }
}

bool isLinkLocal(const IpAddress &address)
{
    return IpPrefix::parse("fe80::/10")->contains(address);
}

/// 32 hexadecimal digits.
std::optional<IpAddress> parseHex6(const std::string &text)
{
    std::array<std::uint8_t, 16> bytes{};
    if (text.size() != 2 * bytes.size())
        return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char *at = text.data() + 2 * i;
        const auto parsed = std::from_chars(at, at + 2, bytes[i], 16);
        if (parsed.ptr != at + 2 || parsed.ec != std::errc())
            return std::nullopt;
    }
    return IpAddress::v6(bytes);
}

/// What resolvconf(8) was told.
std::vector<NameServer> serversOfInterfaces()
{
    std::vector<NameServer> servers;
    for (const char *path : InterfaceDirectories) {
        const QDir directory(QString::fromLatin1(path));
        const QStringList names = directory.entryList(QDir::Files, QDir::Name);
        for (const QString &name : names.first(std::min(names.size(), MaxInterfaces)))
            addNew(servers, nameServersOf(textOf(directory.filePath(name).toStdString())));
    }
    return servers;
}

} // namespace

std::vector<NameServer> nameServersOf(std::string_view resolvConf)
{
    std::vector<NameServer> servers;
    std::istringstream lines{std::string(resolvConf)};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string keyword;
        std::string text;
        if (!(words >> keyword >> text) || keyword != "nameserver")
            continue;
        const std::size_t scope = std::min(text.find('%'), text.size());
        const std::string interfaceName = text.substr(std::min(scope + 1, text.size()));
        const Result<IpAddress> address = IpAddress::parse(text.substr(0, scope));
        const bool whole = scope == text.size() || checkInterfaceName(interfaceName);
        if (address && whole && !address->isLoopback() && !address->isUnspecified())
            servers.push_back({{*address, DnsPort}, interfaceName});
    }
    return servers;
}

std::vector<IpAddress> addressesInHosts(std::string_view hosts, std::string_view name)
{
    std::vector<IpAddress> addresses;
    std::istringstream lines{std::string(hosts)};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string word;
        words >> word;
        const Result<IpAddress> address = IpAddress::parse(word);
        while (address && words >> word) {
            if (sameLetters(word, name))
                addNew(addresses, {*address});
        }
    }
    return addresses;
}

std::vector<NameServer> gatewaysOf(std::string_view routes)
{
    std::vector<NameServer> gateways;
    std::istringstream lines{std::string(routes)};
    std::string line;
    std::getline(lines, line); // the headings
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string device;
        std::string destination;
        std::string gateway;
        words >> device >> destination >> gateway;
        std::uint32_t value = 0;
        const char *end = gateway.data() + gateway.size();
        const auto parsed = std::from_chars(gateway.data(), end, value, 16);
        if (destination != "00000000" || parsed.ptr != end || parsed.ec != std::errc() ||
            value == 0)
            continue;
        // As it lies in memory (proc(5)): network order, read as a number of this machine's.
        addNew(gateways, {NameServer{{IpAddress::v4(ntohl(value)), DnsPort}}});
    }
    return gateways;
}

std::vector<NameServer> gateways6Of(std::string_view routes)
{
    std::vector<NameServer> gateways;
    std::istringstream lines{std::string(routes)};
    std::string line;
    while (std::getline(lines, line)) {
        // Target and source with their lengths, the gateway, four numbers, the interface (proc(5)).
        std::istringstream words(line);
        std::array<std::string, 10> word;
        for (std::string &each : word)
            words >> each;
        const auto gateway = parseHex6(word[4]);
        if (word[1] != "00" || !gateway || gateway->isUnspecified() || !checkInterfaceName(word[9]))
            continue;
        const bool local = isLinkLocal(*gateway);
        addNew(gateways, {NameServer{{*gateway, DnsPort}, local ? word[9] : std::string()}});
    }
    return gateways;
}

std::vector<NameServer> outsideServers(std::vector<NameServer> found,
                                       const std::vector<IpAddress> &inside)
{
    std::erase_if(found, [&inside](const NameServer &each) {
        return std::find(inside.begin(), inside.end(), each.at.address) != inside.end();
    });
    return found;
}

std::vector<NameServer> nameServers(const TunnelResolvers &tunnel)
{
    std::vector<NameServer> servers = nameServersOf(tunnel.replaced);
    for (const char *path : ResolverFiles) {
        const std::string text = textOf(path);
        if (!isOurResolvConf(text))
            addNew(servers, nameServersOf(text));
    }
    servers = outsideServers(std::move(servers), tunnel.inside);
    if (servers.empty())
        servers = outsideServers(serversOfInterfaces(), tunnel.inside);
    servers.resize(std::min(servers.size(), MaxNameServers - 1));
    // Nobody may have rewritten the file that ours stands in place of since the machine moved.
    if (servers.empty() || !tunnel.replaced.empty()) {
        addNew(servers, gatewaysOf(textOf("/proc/net/route")));
        addNew(servers, gateways6Of(textOf("/proc/net/ipv6_route")));
    }
    servers.resize(std::min(servers.size(), MaxNameServers));
    return servers;
}

std::vector<IpAddress> addressesByFile(std::string_view name)
{
    return addressesInHosts(textOf("/etc/hosts"), name);
}

} // namespace higgs::vpn
