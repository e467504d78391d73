// SPDX-License-Identifier: GPL-3.0-or-later
// The addresses by which the server was last known, kept on disk, so that a blocked client, which
// cannot ask a resolver, can still reconnect.
#pragma once

#include "shared/base/endpoint.h"

#include <QObject>
#include <map>
#include <string>
#include <vector>

namespace higgs::vpn {

using AddressBook = std::map<std::string, std::vector<IpAddress>>;

/// One line a host: "name address address ...". Lines that do not decode are left out; at most
/// 16 hosts of 16 addresses each.
AddressBook parseAddressBook(std::string_view text);
std::string formatAddressBook(const AddressBook &book);

/// Lives on the daemon's thread.
class ServerAddresses : public QObject
{
    Q_OBJECT

public:
    explicit ServerAddresses(std::string dataDir, QObject *parent = nullptr);

    /// What is known now: the host itself if it is an address; empty if it never resolved.
    [[nodiscard]] std::vector<IpAddress> known(const std::string &host) const;
    /// Asks the resolver, unless the host is an address, and tells by refreshed(). To be called
    /// only while nothing blocks the resolver.
    void refresh(const std::string &host);

Q_SIGNALS:
    /// `known` has what there is; `error` is empty when the resolver answered.
    void refreshed(const std::string &host, const std::string &error);

private:
    void save() const;

    std::string m_file;
    AddressBook m_book;
};

} // namespace higgs::vpn
