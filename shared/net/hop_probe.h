// SPDX-License-Identifier: GPL-3.0-or-later
// Who stands first and second on the way out: datagrams that may go no further than that, and the
// routers' words that they went no further (RFC 792, RFC 4443 section 3.3).
#pragma once

#include "shared/base/endpoint.h"
#include "shared/reactor/epoll_set.h"

#include <QObject>
#include <QTimer>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace higgs {

/// The home's router, and whatever its way out leads to.
constexpr std::size_t ProbedHops = 2;

struct Hops
{
    std::array<IpAddress, ProbedHops> routers; ///< by number; null where nobody answered
    bool counts = false; ///< the first has said that the packet's hops were used up
};

/// An address that stays on the Internet, whose way is asked for; nothing arrives there.
IpAddress farAway(IpAddress::Family family);

struct HopProbeOptions
{
    IpAddress source;          ///< one of this machine's, to which the answers come; or a wild card
    IpAddress target;          ///< whose way is asked for; null: of the Internet
    std::string interfaceName; ///< by which it is asked; empty: as the routes say
};

/// One question, asked by start(); one signal follows, from the event loop. Deleting it earlier
/// ends it silently. Lives on its EpollSet's thread, needs no right.
class HopProbe : public QObject
{
    Q_OBJECT

public:
    HopProbe(EpollSet &epoll, HopProbeOptions options, QObject *parent = nullptr);
    ~HopProbe() override;

    void start();

Q_SIGNALS:
    /// After all have answered, or a second.
    void finished(const higgs::Hops &hops);

private:
    class Hop;

    void ask();
    void heard();
    void finish();

    EpollSet &m_epoll;
    HopProbeOptions m_options;
    std::vector<std::unique_ptr<Hop>> m_hops;
    int m_asked = 0;
    QTimer m_timer;
};

} // namespace higgs
