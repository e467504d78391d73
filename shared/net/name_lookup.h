// SPDX-License-Identifier: GPL-3.0-or-later
// Asks DNS servers directly, by sockets with a mark of our own: the one way to a name that a kill
// switch lets out. The system's resolver asks by sockets of its own.
#pragma once

#include "shared/net/name_lookup_core.h"
#include "shared/reactor/epoll_set.h"

#include <QObject>
#include <QTimer>
#include <memory>

namespace higgs {

struct NameServer
{
    Endpoint at;
    std::string interfaceName = {}; ///< by which it is reached: a link-local address needs one

    friend bool operator==(const NameServer &, const NameServer &) = default;
};

struct NameLookupOptions
{
    std::string host;
    std::vector<NameServer> servers; ///< all of them are asked at once
    std::optional<std::uint32_t> mark;
    Milliseconds timeout{4'000};
};

/// One question, asked by start(); exactly one finished() follows, from the event loop, in which
/// the lookup may be deleted. Deleting it earlier ends it silently. Lives on its EpollSet's thread.
class NameLookup : public QObject
{
    Q_OBJECT

public:
    NameLookup(EpollSet &epoll, NameLookupOptions options, QObject *parent = nullptr);
    ~NameLookup() override;

    void start();

Q_SIGNALS:
    /// The errors of NameLookupCore::outcome().
    void finished(const higgs::Result<std::vector<higgs::IpAddress>> &addresses);

private:
    class Socket;

    void advance();
    void received(std::size_t server, ByteSpan datagram);

    EpollSet &m_epoll;
    NameLookupOptions m_options;
    std::optional<NameLookupCore> m_core;
    std::vector<std::unique_ptr<Socket>> m_sockets;
    QTimer m_timer;
};

} // namespace higgs
