// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/name_servers.h"

#include "shared/base/regular_file.h"
#include "shared/tunnel/resolv_conf.h"

#include <QFile>
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
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

std::string textOf(const char *path)
{
    // Some are others': a pipe in their place is not waited for.
    if (!requireRegularFile(path))
        return {};
    QFile file(QString::fromLatin1(path));
    return file.open(QIODevice::ReadOnly) ? file.read(MaxFileSize).toStdString() : std::string();
}

bool sameLetters(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

void addNew(std::vector<IpAddress> &to, const std::vector<IpAddress> &from)
{
    for (const IpAddress &address : from) {
        if (std::find(to.begin(), to.end(), address) == to.end())
            to.push_back(address);
    }
}

} // namespace

std::vector<IpAddress> nameServersOf(std::string_view resolvConf)
{
    std::vector<IpAddress> servers;
    std::istringstream lines{std::string(resolvConf)};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string keyword;
        std::string text;
        if (!(words >> keyword >> text) || keyword != "nameserver")
            continue;
        const Result<IpAddress> address = IpAddress::parse(text);
        if (address && !address->isLoopback() && !address->isUnspecified())
            servers.push_back(*address);
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

std::vector<IpAddress> gatewaysOf(std::string_view routes)
{
    std::vector<IpAddress> gateways;
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
        addNew(gateways, {IpAddress::v4(ntohl(value))});
    }
    return gateways;
}

std::vector<IpAddress> outsideServers(std::vector<IpAddress> found,
                                      const std::vector<IpAddress> &inside)
{
    std::erase_if(found, [&inside](const IpAddress &each) {
        return std::find(inside.begin(), inside.end(), each) != inside.end();
    });
    return found;
}

std::vector<Endpoint> nameServers(const std::vector<IpAddress> &inside)
{
    std::vector<IpAddress> addresses;
    for (const char *path : ResolverFiles) {
        const std::string text = textOf(path);
        if (!isOurResolvConf(text))
            addNew(addresses, nameServersOf(text));
    }
    addresses = outsideServers(std::move(addresses), inside);
    if (addresses.empty())
        addresses = gatewaysOf(textOf("/proc/net/route"));
    addresses.resize(std::min(addresses.size(), MaxNameServers));
    std::vector<Endpoint> servers;
    for (const IpAddress &address : addresses)
        servers.push_back({address, DnsPort});
    return servers;
}

std::vector<IpAddress> addressesByFile(std::string_view name)
{
    return addressesInHosts(textOf("/etc/hosts"), name);
}

} // namespace higgs::vpn
