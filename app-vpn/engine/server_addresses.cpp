// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/server_addresses.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/net/host_resolver.h"
#include "shared/net/name_lookup.h"
#include "shared/protocol/relay_endpoint.h"

#include <QFile>
#include <sstream>

namespace higgs::vpn {

namespace {

constexpr std::size_t MaxHosts = 16;
/// In memory, of all that servers ever named.
constexpr std::size_t MaxNamed = 64;
constexpr qint64 MaxFileSize = 64 * 1024;

} // namespace

AddressBook parseAddressBook(std::string_view text)
{
    AddressBook book;
    std::istringstream lines{std::string(text)};
    std::string line;
    while (std::getline(lines, line) && book.size() < MaxHosts) {
        std::istringstream words(line);
        std::string host;
        words >> host;
        std::vector<IpAddress> addresses;
        std::string word;
        while (addresses.size() < MaxResolvedAddresses && words >> word) {
            if (const Result<IpAddress> address = IpAddress::parse(word); address)
                addresses.push_back(*address);
        }
        if (protocol::isHostText(host) && !addresses.empty())
            book[host] = std::move(addresses);
    }
    return book;
}

std::string formatAddressBook(const AddressBook &book)
{
    std::string text;
    for (const auto &[host, addresses] : book) {
        text += host;
        for (const IpAddress &address : addresses)
            text += " " + address.toString();
        text += "\n";
    }
    return text;
}

ServerAddresses::ServerAddresses(EpollSet &epoll, std::string dataDir, std::uint32_t mark,
                                 std::function<TunnelResolvers()> tunnel, QObject *parent)
    : QObject(parent),
      m_epoll(epoll),
      m_mark(mark),
      m_tunnel(std::move(tunnel)),
      m_file(std::move(dataDir) + "/server-addresses")
{
    QFile file(QString::fromStdString(m_file));
    if (!file.open(QIODevice::ReadOnly))
        return;
    for (const auto &[host, addresses] : parseAddressBook(file.read(MaxFileSize).toStdString())) {
        for (auto address = addresses.rbegin(); address != addresses.rend(); ++address)
            m_known[host].proven(*address);
    }
}

ServerAddresses::~ServerAddresses() = default;

std::vector<IpAddress> ServerAddresses::known(const std::string &host) const
{
    if (const Result<IpAddress> literal = IpAddress::parse(host); literal)
        return {*literal};
    const auto entry = m_known.find(host);
    return entry == m_known.end() ? std::vector<IpAddress>{} : entry->second.inOrder();
}

bool ServerAddresses::isProven(const std::string &host) const
{
    const auto entry = m_known.find(host);
    return IpAddress::parse(host) || (entry != m_known.end() && !entry->second.proven().empty());
}

std::vector<IpAddress> ServerAddresses::reached(const std::string &host) const
{
    if (const Result<IpAddress> literal = IpAddress::parse(host); literal)
        return {*literal};
    const auto entry = m_known.find(host);
    return entry == m_known.end() ? std::vector<IpAddress>{} : entry->second.proven();
}

void ServerAddresses::proven(const std::string &host, const IpAddress &address)
{
    if (!IpAddress::parse(host) && m_known[host].proven(address))
        save();
}

void ServerAddresses::refresh(const std::string &host, bool lineOpen, Reply<Found> reply)
{
    const auto standing = m_pending.find(host);
    const bool asked = standing != m_pending.end() && !standing->second.bySystem;
    Pending &pending = m_pending[host];
    pending.lineOpen = lineOpen;
    pending.bySystem = false;
    pending.replies.push_back(std::move(reply));
    if (asked)
        return;
    const Result<IpAddress> literal = IpAddress::parse(host);
    const std::vector<IpAddress> byFile = addressesByFile(host);
    if (literal || !byFile.empty()) {
        const Found found = literal ? std::vector{*literal} : byFile;
        QMetaObject::invokeMethod(
            this, [this, host, found] { settle(host, found); }, Qt::QueuedConnection);
        return;
    }
    NameLookupOptions options;
    options.host = host;
    options.servers = nameServers(m_tunnel());
    options.mark = m_mark;
    pending.lookup = std::make_unique<NameLookup>(m_epoll, std::move(options));
    connect(pending.lookup.get(), &NameLookup::finished, this,
            [this, host](const Found &addresses) { finished(host, addresses); });
    pending.lookup->start();
}

void ServerAddresses::finished(const std::string &host, const Found &addresses)
{
    if (addresses || !m_pending[host].lineOpen) {
        settle(host, addresses);
        return;
    }
    m_pending[host].bySystem = true;
    resolveHost(host, {this, [this, host](const Found &found) { settle(host, found); }});
}

void ServerAddresses::settle(const std::string &host, const Found &addresses)
{
    const auto entry = m_pending.find(host);
    if (entry == m_pending.end())
        return;
    const Pending pending = std::move(entry->second); // a reply may ask again
    m_pending.erase(entry);
    if (!addresses) {
        log::warning("client", "a name does not resolve",
                     {{"host", host}, {"error", addresses.error().detail}});
    } else if (!IpAddress::parse(host) && (m_known.size() < MaxNamed || m_known.contains(host))) {
        m_known[host].answered(*addresses);
    }
    for (const Reply<Found> &reply : pending.replies)
        reply(addresses);
    Q_EMIT refreshed(host, addresses ? std::string() : addresses.error().detail);
}

void ServerAddresses::save() const
{
    AddressBook book;
    for (const auto &[host, known] : m_known) {
        if (!known.proven().empty())
            book[host] = known.proven();
    }
    if (const Result<void> kept = replaceFile(m_file, formatAddressBook(book), 0600); !kept)
        log::warning("client", "the server's addresses could not be kept",
                     {{"error", kept.error().detail}});
}

} // namespace higgs::vpn
