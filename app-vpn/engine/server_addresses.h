// SPDX-License-Identifier: GPL-3.0-or-later
// The addresses by which the server was last known, kept on disk, and asked for anew by sockets
// that the block lets out, so that a blocked client can always reconnect.
#pragma once

#include "app-vpn/engine/name_servers.h"
#include "shared/base/endpoint.h"
#include "shared/net/known_addresses.h"
#include "shared/reactor/reply.h"

#include <QObject>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace higgs {
class EpollSet;
class NameLookup;
} // namespace higgs

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
    using Found = Result<std::vector<IpAddress>>;

    /// `mark`: of the sockets that ask; `tunnel`: what it has made of resolvers at that moment, of
    /// which those sockets do not reach its own.
    ServerAddresses(EpollSet &epoll, std::string dataDir, std::uint32_t mark,
                    std::function<TunnelResolvers()> tunnel, QObject *parent = nullptr);
    ~ServerAddresses() override;

    /// What is known now, in the order to try: the host itself if it is an address; empty if it
    /// never resolved.
    [[nodiscard]] std::vector<IpAddress> known(const std::string &host) const;
    /// Whether TLS was ever good at one of them: only that is kept on disk. What a name resolved to
    /// may be a captive portal's.
    [[nodiscard]] bool isProven(const std::string &host) const;
    /// Where TLS was good.
    [[nodiscard]] std::vector<IpAddress> reached(const std::string &host) const;
    void proven(const std::string &host, const IpAddress &address);
    /// Asks, unless the host is an address, and tells by refreshed(), and `reply` before that. What
    /// asks for the same host meanwhile gets the same answer. First the DNS servers that this
    /// machine was set up with, which a block does not hinder; the system's resolver, which may
    /// know more, is asked when they have failed and the line is open.
    void refresh(const std::string &host, bool lineOpen, Reply<Found> reply = {});

Q_SIGNALS:
    /// `known` has what there is; `error` is empty when the resolver answered.
    void refreshed(const std::string &host, const std::string &error);

private:
    struct Pending
    {
        std::unique_ptr<NameLookup> lookup;
        bool lineOpen = false;
        bool bySystem = false; ///< which may take long to say that it does not know
        std::vector<Reply<Found>> replies;
    };

    void finished(const std::string &host, const Found &addresses);
    void settle(const std::string &host, const Found &addresses);
    void save() const;

    EpollSet &m_epoll;
    std::uint32_t m_mark;
    std::function<TunnelResolvers()> m_tunnel;
    std::map<std::string, Pending> m_pending;
    std::string m_file;
    std::map<std::string, KnownAddresses> m_known;
};

} // namespace higgs::vpn
