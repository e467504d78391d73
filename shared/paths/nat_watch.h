// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of the router in front of the daemon's UDP socket, in both families, and when to
// ask again.
#pragma once

#include "shared/base/pace.h"
#include "shared/net/stun_binding_core.h"
#include "shared/paths/nat_discovery.h"
#include "shared/paths/nat_report.h"
#include "shared/paths/own_place.h"
#include "shared/paths/port_count.h"

#include <array>
#include <memory>

namespace higgs {

/// Nobody waits for it: until something is known, that is Unknown. Lives on the mux's thread.
class NatWatch : public QObject
{
    Q_OBJECT

public:
    /// A server that names another address each time would have the router tried all the time: some
    /// dozen questions each.
    static constexpr unsigned LooksAtOnce = 6;
    static constexpr Milliseconds LookInterval{10'000};

public:
    /// Of sockets as the mux's is.
    using MakeCount = std::function<std::unique_ptr<PortCount>(const CheckedEndpoint &server)>;

    /// Another socket such as the mux's, for a moment; null: there is none to be had.
    using MakeMux = std::function<std::unique_ptr<UdpMux>()>;

    /// With `makeMux` the mapping is known in two round trips, before the filter is: type() is the
    /// strictest that it may be until then.
    explicit NatWatch(NatDiscovery::SecondPlace secondPlace, MakeCount makeCount = {},
                      MakeMux makeMux = {}, QObject *parent = nullptr);
    ~NatWatch() override;

    /// The socket that it asks from, which it must be told of before that dies; null: none. What
    /// was known of another one is forgotten.
    void setMux(UdpMux *mux);
    /// The provider's translation, behind which servers are of IPv4; nullopt: there is none.
    void setNat64(const std::optional<Nat64Prefix> &prefix);
    /// Asks these servers, over each family that they have, if something may have changed; to be
    /// called as often as one likes, and after the machine's networks have changed.
    void look(const std::vector<CheckedEndpoint> &servers);
    /// An answer that somebody else had from the first server of its family: another mapping is
    /// another router, or the same one after a night.
    void seen(const StunBindingResult &result);
    /// Nobody answered what somebody else asked by the socket, for as long as answers are believed
    /// (SilentRounds): what is known of the router is so no more, or UDP gets nowhere. The next
    /// look() asks. Until then its own silence is nobody's: a server may be started anew.
    void silent(IpAddress::Family family);
    /// The machine is in another network: what is known is asked anew by the next look().
    void networksChanged();

    /// Has the ports of a router counted that gives them in order; counted() follows, from the
    /// event loop, whatever came of it. Many who ask together are answered together, and no sooner
    /// than a second after the last time.
    void count();

    /// Over IPv4, if anything is known of it, else over IPv6; while IPv4 is asked for the first
    /// time, nothing is.
    [[nodiscard]] protocol::NatType type() const;
    /// type() is being found out, for the first time in this network, and no end yet for certain.
    [[nodiscard]] bool isFinding() const;
    /// Where the mux is seen, by the same order.
    [[nodiscard]] std::optional<Endpoint> mapped() const;
    /// Whether it is this machine's own firewall by which type() is Blocked.
    [[nodiscard]] bool ownFirewall() const;
    /// Null: nothing yet.
    [[nodiscard]] const NatFindings *findings(IpAddress::Family family) const;
    /// Of each family of which something is known.
    [[nodiscard]] std::vector<NatReport> report() const;
    /// Writes the router's kind, and its ports where it gives them in order, into the place.
    void describe(OwnPlace &place) const;

Q_SIGNALS:
    /// type() or a mapping is another one.
    void changed();
    /// What describe() writes is of this moment.
    void counted();

private:
    struct Glance
    {
        std::unique_ptr<UdpMux> mux;
        NatDiscovery discovery;
    };
    struct Line
    {
        std::optional<NatFindings> found;
        std::optional<NatFindings> before{}; ///< the last that was asked about a filter
        WallTime foundAt;                    ///< with `found`
        std::optional<Monotonic> askedAt;
        bool stale = false;
        bool doubted = false; ///< `found` does not fit what was heard since
        bool moved = false;   ///< `found` is of another network, perhaps
        std::unique_ptr<NatDiscovery> discovery;
        std::unique_ptr<Glance> glance{};
        std::optional<protocol::NatType> glanced{}; ///< while `discovery` lasts
        std::optional<CheckedEndpoint> server{};    ///< that was asked first
        Pace pace{LooksAtOnce, LookInterval};
    };

    [[nodiscard]] static protocol::NatType typeOf(const Line &line);
    [[nodiscard]] Line &line(IpAddress::Family family)
    {
        return m_lines[family == IpAddress::Family::V4 ? 0 : 1];
    }
    [[nodiscard]] std::vector<CheckedEndpoint>
    ofFamily(IpAddress::Family family, const std::vector<CheckedEndpoint> &servers) const;
    void ask(Line &line, const std::vector<CheckedEndpoint> &servers);
    void take(Line &line, const NatFindings &findings);
    void glanceAt(Line &line, const std::vector<CheckedEndpoint> &servers);
    void told(const NatFindings &findings);
    void beginCount();
    void takeCount(Line &line, const std::optional<PortOrder> &order);
    [[nodiscard]] Line *dependentLine();

    UdpMux *m_mux = nullptr;
    NatDiscovery::SecondPlace m_secondPlace;
    std::array<Line, 2> m_lines;
    std::optional<Nat64Prefix> m_nat64;
    MakeCount m_makeCount;
    MakeMux m_makeMux;
    std::unique_ptr<PortCount> m_count;
    std::optional<Monotonic> m_countedAt;
    QTimer m_countTimer;
};

} // namespace higgs
