// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/engine/server_addresses.h"

#include "shared/base/durable_file.h"
#include "shared/base/log.h"
#include "shared/net/host_resolver.h"
#include "shared/protocol/relay_endpoint.h"

#include <QFile>
#include <sstream>

namespace higgs::vpn {

namespace {

constexpr std::size_t MaxHosts = 16;
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

ServerAddresses::ServerAddresses(std::string dataDir, QObject *parent)
    : QObject(parent), m_file(std::move(dataDir) + "/server-addresses")
{
    QFile file(QString::fromStdString(m_file));
    if (file.open(QIODevice::ReadOnly))
        m_book = parseAddressBook(file.read(MaxFileSize).toStdString());
}

std::vector<IpAddress> ServerAddresses::known(const std::string &host) const
{
    if (const Result<IpAddress> literal = IpAddress::parse(host); literal)
        return {*literal};
    const auto entry = m_book.find(host);
    return entry == m_book.end() ? std::vector<IpAddress>{} : entry->second;
}

void ServerAddresses::refresh(const std::string &host)
{
    resolveHost(host, {this, [this, host](const Result<std::vector<IpAddress>> &addresses) {
                           if (!addresses) {
                               log::warning("client", "the server's name does not resolve",
                                            {{"host", host}, {"error", addresses.error().detail}});
                               Q_EMIT refreshed(host, addresses.error().detail);
                               return;
                           }
                           if (!IpAddress::parse(host) && m_book[host] != *addresses) {
                               m_book[host] = *addresses;
                               save();
                           }
                           Q_EMIT refreshed(host, {});
                       }});
}

void ServerAddresses::save() const
{
    if (const Result<void> kept = replaceFile(m_file, formatAddressBook(m_book), 0600); !kept)
        log::warning("client", "the server's addresses could not be kept",
                     {{"error", kept.error().detail}});
}

} // namespace higgs::vpn
