// SPDX-License-Identifier: GPL-3.0-or-later
// An allocation on a TURN server: made by UDP, else by TCP, else by TLS, kept while it is wanted,
// and a sink for each peer that it relays to.
#pragma once

#include "shared/net/named_endpoints.h"
#include "shared/net/tls_context.h"
#include "shared/paths/turn_carrier.h"
#include "shared/paths/udp_mux.h"
#include "shared/turn/turn_url.h"

#include <QObject>
#include <QTimer>

namespace higgs {

/// One way to a TURN server, already resolved and judged.
struct TurnDoor
{
    TurnTransport transport = TurnTransport::Udp;
    CheckedEndpoint server;
    std::string serverName; ///< of TLS: a name or an IP address
};

struct TurnAllocationOptions
{
    std::vector<TurnDoor> doors; ///< tried by transport, else in this order
    std::string username;
    SecretText password;
    bool v4 = true; ///< relayed addresses of these families
    bool v6 = false;
    std::optional<std::uint32_t> mark; ///< of TCP's sockets
    std::string interfaceName;
    /// Another server that this one sends to (error 300); without it none is gone to.
    std::function<Result<CheckedEndpoint>(const Endpoint &)> checkAlternate;
    Milliseconds udpTimeout{3'000};    ///< until TCP is tried
    Milliseconds dialTimeout{4'000};   ///< of TCP's, until the next: two SYNs lost in a row
    Milliseconds streamTimeout{8'000}; ///< of a TLS connection, and of each answer by both
    Seconds permissionLife{300};       ///< as the server keeps them
    Seconds channelLife{600};
};

/// What peers send. Called on the allocation's thread; it deletes nobody.
class TurnReceiver
{
public:
    virtual void turnReceived(const Endpoint &peer, std::span<const ByteSpan> datagrams) = 0;

protected:
    ~TurnReceiver() = default;
};

/// Lives on the thread of its EpollSet, and dies before mux and TLS context. All signals come from
/// the event loop; it may be deleted in each of them. Deleting it gives the allocation back.
class TurnAllocation : public QObject, private TurnCarrierClient
{
    Q_OBJECT

public:
    /// Error 300 is followed so often.
    static constexpr int MaxRedirects = 2;

    /// Without a mux there is no UDP, without a context no TLS.
    TurnAllocation(EpollSet &epoll, UdpMux *mux, const TlsContext *tls,
                   TurnAllocationOptions options, QObject *parent = nullptr);
    ~TurnAllocation() override;

    /// Once; allocated() or failed() follows.
    void start();
    /// permitted() or refused() follows; the errors of TurnCore::permit().
    Result<void> permit(const Endpoint &peer);
    /// Sends to this peer: by ChannelData once a channel is bound, by Send indications before, not
    /// at all while it is not permitted. Null for a peer that was not given to permit(); good until
    /// forget() or the allocation's end of life.
    DatagramSink *sinkTo(const Endpoint &peer);
    void forget(const Endpoint &peer);
    /// Null drops what comes. It must outlive the allocation or be replaced before it dies.
    void setReceiver(TurnReceiver *receiver) { m_receiver = receiver; }

    [[nodiscard]] bool isAllocated() const { return m_core && m_core->isAllocated(); }
    [[nodiscard]] bool isBound(const Endpoint &peer) const
    {
        return m_core && m_core->isBound(peer);
    }
    /// The one in use, or tried last.
    [[nodiscard]] TurnTransport transport() const { return m_transport; }
    [[nodiscard]] TurnCounters counters() const
    {
        return m_core ? m_core->counters() : TurnCounters();
    }

Q_SIGNALS:
    void allocated(const higgs::TurnRelayed &relayed);
    /// None was made by any door: the last door's error.
    void failed(const higgs::Error &error);
    /// It was there, and is not any more.
    void lost(const higgs::Error &error);
    void permitted(const higgs::Endpoint &peer);
    void refused(const higgs::Endpoint &peer, const higgs::Error &error);
    /// The server got an ICMP error for this peer.
    void unreachable(const higgs::Endpoint &peer);

private:
    class PeerSink;

    void carrierReady() override;
    void carrierReceived(std::span<const ByteSpan> frames) override;
    void passOn();
    void carrierClosed(const Error &error) override;
    void tryDoor();
    bool openDoor(const TurnDoor &door);
    void send(const Endpoint &peer, std::span<const ByteSpan> datagrams);
    void advance();
    void drain();
    void turn();
    void handle(const TurnEvent &event);
    void redirect(const Endpoint &server);
    void doorFailed(const Error &error);

    EpollSet &m_epoll;
    UdpMux *m_mux;
    const TlsContext *m_tls;
    TurnAllocationOptions m_options;
    std::size_t m_door = 0;
    Error m_lastError{ErrorCode::Unavailable, "there is no way to a TURN server"};
    int m_redirects = 0;
    TurnTransport m_transport = TurnTransport::Udp;
    std::optional<TurnCore> m_core;
    std::unique_ptr<TurnCarrier> m_carrier;
    std::optional<Error> m_closed; ///< the carrier's end, to be looked at
    std::map<Endpoint, std::unique_ptr<PeerSink>> m_sinks;
    TurnReceiver *m_receiver = nullptr;
    Bytes m_wrapped;
    std::vector<std::size_t> m_ends; ///< of the messages in it
    std::vector<ByteSpan> m_messages;
    std::vector<ByteSpan> m_run; ///< of one peer, and not yet passed on
    Endpoint m_runFrom;
    QTimer m_timer;  ///< of the core
    QTimer m_events; ///< what has come to be told, from the event loop
};

} // namespace higgs
