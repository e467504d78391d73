// SPDX-License-Identifier: GPL-3.0-or-later
// Asks many addresses of one family whether somebody is there: by datagrams to a port that nobody
// listens on, and by pings where the system lets anybody send those (RFC 1122 sections 3.2.2.6 and
// 4.1.3.1, RFC 4443 sections 3.1 and 4.2).
#pragma once

#include "shared/base/endpoint.h"
#include "shared/reactor/epoll_set.h"

#include <QObject>
#include <QTimer>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace higgs {

struct AddressSweepOptions
{
    std::vector<IpAddress> addresses; ///< of one family
    std::string interfaceName;        ///< by which it is asked; empty: as the routes say
    int hopLimit = 1;                 ///< how many routers far
};

/// One question, asked by start(); one signal follows, from the event loop. Deleting it earlier
/// ends it silently. Lives on its EpollSet's thread, needs no right.
class AddressSweep : public QObject
{
    Q_OBJECT

public:
    AddressSweep(EpollSet &epoll, AddressSweepOptions options, QObject *parent = nullptr);
    ~AddressSweep() override;

    void start();

Q_SIGNALS:
    /// Those that answered themselves, in order; what routers said of them does not count.
    void finished(const std::vector<higgs::IpAddress> &answered);

private:
    class Asker;
    class Datagrams;
    class Pings;

    void askMore();
    void heard(const IpAddress &address);

    EpollSet &m_epoll;
    AddressSweepOptions m_options;
    std::vector<std::unique_ptr<Asker>> m_askers;
    std::size_t m_next = 0;
    int m_passes = 0; ///< that are left, with this one
    std::set<IpAddress> m_answered;
    QTimer m_timer;
};

} // namespace higgs
