// SPDX-License-Identifier: GPL-3.0-or-later
// How far a router has come that gives its ports in order: three fresh sockets ask a STUN server,
// one after the other, so that whoever is told of the next ports is told of those of this moment.
#pragma once

#include "shared/net/stun_binding.h"
#include "shared/paths/nat_classifier.h"

#include <array>
#include <memory>
#include <optional>

namespace higgs {

/// One count; deleting it ends it silently. Lives on its EpollSet's thread.
class PortCount : public QObject
{
    Q_OBJECT

public:
    /// Whoever waits has a relay meanwhile; but a way that is found late is found late.
    static constexpr Milliseconds Timeout{500};

    PortCount(EpollSet &epoll, const CheckedEndpoint &server, std::optional<std::uint32_t> mark);

    /// finished() follows once, from the event loop.
    void start();

Q_SIGNALS:
    /// Nullopt: not all were answered, or they are not in order. It may be deleted by
    /// deleteLater().
    void finished(const std::optional<higgs::PortOrder> &order);

private:
    void oneLess();

    static constexpr std::size_t Sockets = 3;
    std::array<std::unique_ptr<StunBinding>, Sockets> m_bindings;
    std::array<Endpoint, Sockets> m_mapped;
    std::size_t m_open = Sockets;
};

} // namespace higgs
