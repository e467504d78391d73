// SPDX-License-Identifier: GPL-3.0-or-later
// Where this machine is, as an exit may reach it: the daemon's UDP socket, and what STUN says of it
// and of the router in front of it. Nothing waits for either.
#pragma once

#include "shared/base/pace.h"
#include "shared/paths/mux_binding.h"
#include "shared/paths/nat_watch.h"
#include "shared/paths/own_place.h"
#include "shared/paths/silent_rounds.h"
#include "shared/portmap/port_mapper.h"

#include <functional>
#include <memory>
#include <vector>

namespace higgs::vpn {

struct ClientStatus;

/// Its socket stays open once it was: routers keep what they mapped. Lives on its EpollSet's
/// thread; must outlive whatever uses the mux.
class ClientPlace : public QObject
{
    Q_OBJECT

public:
    using MaySend = std::function<bool(const Endpoint &)>;

    /// `servers`: whom to ask, at the moment of asking; `maySend`: to what one of them calls its
    /// second address.
    ClientPlace(EpollSet &epoll, std::uint32_t mark,
                std::function<std::vector<CheckedEndpoint>()> servers, MaySend maySend);

    /// Null when there is no socket to be had, which stands in the log.
    UdpMux *mux();
    /// One round of questions, so that the next request to the server can tell of the router;
    /// nothing is kept alive by it. No-op while one is under way, or start()ed.
    void look();
    /// The router's type may be known within a few round trips, and is not yet.
    [[nodiscard]] bool isFinding() const { return m_nat.isFinding(); }
    /// While it is wanted; the socket's mapping is asked for at once, and kept alive. `open`: the
    /// router is asked to let others in, if that is allowed.
    void start(bool open);
    void stop();
    /// The network changed, or the servers.
    void askAgain();
    /// The exit's silence causes it, so no more than these at once, and one in each interval.
    static constexpr unsigned LooksAtOnce = 4;
    static constexpr Milliseconds LookInterval{5'000};
    /// Where we are may have changed, by the same networks.
    void lookNow();
    /// As of NatWatch::count(); counted() follows, when place() has them.
    void countPorts() { m_nat.count(); }

    /// Somebody asks whether this network has a translation: until setNat64() the router in front
    /// is not known for certain.
    void expectNat64();
    /// As it is found in this network, or not; askAgain() forgets it.
    void setNat64(const std::optional<Nat64Prefix> &prefix);
    void allowMapping(bool allowed) { m_mapper.setAllowed(allowed); }
    [[nodiscard]] portmap::MapperStatus mapping() const { return m_mapper.status(); }
    [[nodiscard]] MuxCounters refused() const { return m_mux ? m_mux->counters() : MuxCounters(); }

    [[nodiscard]] const OwnPlace &place() const { return m_place; }
    /// As the router shows it, IPv4 if there is one.
    [[nodiscard]] std::optional<Endpoint> mapped() const;
    /// What is known of the router, in each family.
    [[nodiscard]] std::vector<NatReport> nat() const { return m_nat.report(); }
    /// Writes what is known of router and socket into the status.
    void tell(ClientStatus &status) const;
    /// Where the exit finds this machine: what the router opened, else what it shows.
    [[nodiscard]] std::optional<Endpoint> told() const;

Q_SIGNALS:
    void changed();
    void counted();
    /// Nothing answers by the provider's translation any more: it is another one, or none.
    void translationLost();

private:
    /// Spare: IPv4 itself, where it is reached by the translation: it may be back, and its silence
    /// is no news.
    enum class Way : std::uint8_t { Own, Translated, Spare };
    using Asked = std::pair<IpAddress::Family, Way>; ///< what a server can tell

    void ask();
    [[nodiscard]] Asked asks(const IpAddress &server) const;
    void rest(Milliseconds wait);
    void stopAsking();
    void describe();
    void tellAnew();
    void answered(const Asked &what, const StunBindingResult &result);
    void failed(const Asked &what, const Error &error);
    void settled(bool isNews);

    [[nodiscard]] Result<std::unique_ptr<UdpMux>> openMux();

    EpollSet &m_epoll;
    std::uint32_t m_mark;
    std::function<std::vector<CheckedEndpoint>()> m_servers;
    std::unique_ptr<UdpMux> m_mux;
    NatWatch m_nat; ///< of m_mux
    portmap::PortMapper m_mapper;
    std::vector<std::unique_ptr<MuxBinding>> m_bindings;
    std::size_t m_open = 0; ///< of them
    OwnPlace m_place;
    SilentRounds m_silent;
    bool m_expectsNat64 = false;
    bool m_kept = false; ///< by start()
    bool m_soon = false; ///< asked again, as this round was not answered in a family
    Pace m_looks{LooksAtOnce, LookInterval};
    QTimer m_timer;
};

} // namespace higgs::vpn
