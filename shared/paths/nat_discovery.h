// SPDX-License-Identifier: GPL-3.0-or-later
// Asks STUN servers from the daemon's own UDP socket how its router maps and filters.
#pragma once

#include "shared/net/named_endpoints.h"
#include "shared/paths/nat_classifier.h"
#include "shared/paths/udp_mux.h"

#include <QObject>
#include <QTimer>
#include <functional>

namespace higgs {

/// Over one family. Lives on the mux's thread, and must die before it; deleting it ends it
/// silently.
class NatDiscovery : public QObject, private StunParty
{
    Q_OBJECT

public:
    /// A server's second address is somebody's word, and of its own family, where a translation
    /// may stand in between: where it is sent to from here; nullopt: it must not be.
    using SecondPlace = std::function<std::optional<Endpoint>(const Endpoint &)>;

    /// `servers` and `before` as of NatClassifier; those of other families than the first one's are
    /// left out.
    NatDiscovery(UdpMux &mux, const std::vector<CheckedEndpoint> &servers,
                 std::optional<NatFindings> before, SecondPlace secondPlace,
                 QObject *parent = nullptr);
    /// As NatClassifier::ofMapping().
    NatDiscovery(UdpMux &mux, const std::vector<CheckedEndpoint> &servers, SecondPlace secondPlace);
    ~NatDiscovery() override;

    /// finished() follows once, from the event loop.
    void start();

Q_SIGNALS:
    /// It may be deleted in answer. Without a way out nothing is found, nor where others answer:
    /// the other ends of sessions, or who says what cannot be so.
    void finished(const higgs::NatFindings &findings);

private:
    NatDiscovery(UdpMux &mux, NatClassifier core, SecondPlace secondPlace, QObject *parent);
    void stunReceived(const protocol::StunMessage &message, ByteSpan datagram,
                      const MuxArrival &arrival) override;
    void advance();
    void stop();

    UdpMux &m_mux;
    SecondPlace m_secondPlace;
    NatClassifier m_core;
    std::vector<protocol::StunTransactionId> m_asked; ///< at the mux
    bool m_left = false;                              ///< some question has left this machine
    bool m_passed = false;                            ///< and none refused it
    bool m_refused = false;                           ///< some one a firewall of this machine
    std::uint64_t m_heardBefore = 0;                  ///< by the mux, in this family
    QTimer m_timer;
};

} // namespace higgs
