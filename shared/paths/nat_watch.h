// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of the router in front of the daemon's UDP socket, in both families, and when to
// ask again.
#pragma once

#include "shared/net/stun_binding_core.h"
#include "shared/paths/nat_discovery.h"
#include "shared/paths/own_place.h"

#include <array>
#include <memory>

namespace higgs {

/// Nobody waits for it: until something is known, that is Unknown. Lives on the mux's thread.
class NatWatch : public QObject
{
    Q_OBJECT

public:
    explicit NatWatch(NatDiscovery::MaySend maySend, QObject *parent = nullptr);
    ~NatWatch() override;

    /// The socket that it asks from, which it must be told of before that dies; null: none. What
    /// was known of another one is forgotten.
    void setMux(UdpMux *mux);
    /// Asks these servers, over each family that they have, if something may have changed; to be
    /// called as often as one likes, and after the machine's networks have changed.
    void look(const std::vector<CheckedEndpoint> &servers);
    /// An answer that somebody else had from the first server of its family: another mapping is
    /// another router, or the same one after a night.
    void seen(const StunBindingResult &result);
    /// The machine is in another network: what is known is asked anew by the next look().
    void networksChanged();

    /// Over IPv4, if anything is known of it, else over IPv6.
    [[nodiscard]] protocol::NatType type() const;
    /// Where the mux is seen, by the same order.
    [[nodiscard]] std::optional<Endpoint> mapped() const;
    /// Null: nothing yet.
    [[nodiscard]] const NatFindings *findings(IpAddress::Family family) const;
    /// Writes the router's kind, and its ports where it gives them in order, into the place.
    void describe(OwnPlace &place) const;

Q_SIGNALS:
    /// type() or a mapping is another one.
    void changed();

private:
    struct Line
    {
        std::optional<NatFindings> found;
        std::optional<Monotonic> askedAt;
        bool stale = false;
        std::unique_ptr<NatDiscovery> discovery;
    };

    [[nodiscard]] Line &line(IpAddress::Family family)
    {
        return m_lines[family == IpAddress::Family::V4 ? 0 : 1];
    }
    void ask(Line &line, const std::vector<CheckedEndpoint> &servers);
    void take(Line &line, const NatFindings &findings);

    UdpMux *m_mux = nullptr;
    NatDiscovery::MaySend m_maySend;
    std::array<Line, 2> m_lines;
};

} // namespace higgs
