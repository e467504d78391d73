// SPDX-License-Identifier: GPL-3.0-or-later
// One TLS 1.3 connection over a non-blocking socket in an EpollSet: reads come in spans of up to
// 64 KB, writes of a turn leave together in full records.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"
#include "shared/net/tls_connection.h"
#include "shared/net/tls_session.h"
#include "shared/reactor/epoll_set.h"

#include <QTimer>
#include <algorithm>
#include <optional>

namespace higgs {

class TcpDial;
struct TcpDialed;
class NetBuffers;

constexpr std::size_t MaxTlsRecord = 16384;
/// What one delivery and one send(2) carry at most.
constexpr std::size_t TlsReadSize = 65536;
constexpr std::size_t TlsSendSize = 65536;
/// write() refuses beyond this: a peer that does not read costs no more.
constexpr std::size_t MaxTlsWriteQueue = 1 << 20;
constexpr Milliseconds TlsHandshakeTimeout{5'000};
constexpr Milliseconds TlsDeadPeerTimeout{15'000}; ///< TCP_USER_TIMEOUT
/// An open stream whose peer accepts nothing for so long is closed (Timeout).
constexpr Milliseconds TlsStallTimeout{10'000};
constexpr int TlsNotSentLowWater = 131072; ///< TCP_NOTSENT_LOWAT, bytes

/// The stream's other half. All calls are on the stream's thread, never from inside one of the
/// client's own calls to the stream, and the stream may be deleted in any of them.
class TlsStreamClient
{
public:
    TlsStreamClient() = default;
    TlsStreamClient(const TlsStreamClient &) = delete;
    TlsStreamClient &operator=(const TlsStreamClient &) = delete;
    virtual ~TlsStreamClient() = default;

    /// The handshake is done and the server is trusted.
    virtual void streamReady() {}
    /// Something may have come. False if it shall not be read now: the reading is paused.
    virtual bool streamMayRead() { return true; }
    /// Plaintext, up to TlsReadSize bytes; the client may change them, they go after the call.
    virtual void streamReceived(MutableByteSpan data) = 0;
    /// Nothing was received, but the beginning of a record, which is kept until its end comes.
    virtual void streamKeeps() {}
    /// All of write() has left for the socket.
    virtual void streamDrained() {}
    /// What to send next, at most MaxTlsRecord bytes of it are taken as one record; empty for
    /// nothing. For clients that keep their own queue; asked after all of write() is gone. In
    /// these two the stream must not be deleted or called.
    virtual ByteSpan nextOutput() { return {}; }
    virtual void outputTaken(std::size_t bytes) { (void)bytes; }
    /// The end, once: the peer closed (nullopt), or what failed. Nothing is called after it.
    virtual void streamClosed(const std::optional<Error> &error) = 0;
};

struct TlsConnectOptions
{
    std::vector<IpAddress> addresses; ///< tried in this order, the next after 250 ms or a failure
    std::uint16_t port = 0;
    std::string serverName;            ///< a name or an IP address: for SNI and the check
    std::optional<std::uint32_t> mark; ///< SO_MARK, set before connect; Permission if not allowed
    std::string interfaceName;         ///< SO_BINDTODEVICE; empty: any
    Milliseconds timeout{10'000};      ///< TCP and TLS together; TLS alone has 5 s
};

/// Owns its socket. Lives on the thread of its EpollSet, which must outlive it.
class TlsStream : private EpollSource, private TurnEnd
{
public:
    /// Adopts a connected, non-blocking socket and does the server's half of the handshake. A
    /// server on the Internet has a TlsAcceptor do that.
    TlsStream(EpollSet &epoll, const TlsContext &context, int fd, const Endpoint &peer,
              TlsStreamClient &client);
    /// Goes on with a connection that another stream released. leftover and what OpenSSL holds
    /// are delivered from the event loop; streamReady is not called.
    TlsStream(EpollSet &epoll, TlsConnection connection, TlsStreamClient &client);
    /// Dials. Every failure, an empty address list included, comes by streamClosed.
    TlsStream(EpollSet &epoll, const TlsContext &context, const TlsConnectOptions &options,
              TlsStreamClient &client);
    /// Closes at once, without a callback; what is queued is lost.
    ~TlsStream() override;

    /// Queues plaintext for the end of the turn. False, and nothing is taken, beyond
    /// MaxTlsWriteQueue or after the end.
    bool write(ByteSpan data);
    /// Has nextOutput() asked at the end of the turn (again whenever the socket drains).
    void requestOutput();
    [[nodiscard]] std::size_t queuedBytes() const { return m_plain.size() - m_plainBegin; }
    /// The socket takes nothing since then; nullopt while it does.
    [[nodiscard]] std::optional<Monotonic> blockedSince() const { return m_blockedSince; }
    /// Came, and waits for a record's end or for its turn.
    [[nodiscard]] std::size_t keptBytes() const { return m_session ? m_session->kept() : 0; }
    /// Sealed, and not taken by the socket.
    [[nodiscard]] std::size_t unsentBytes() const { return m_unsent.size() - m_unsentBegin; }

    /// Stops the reading, so that TCP holds the peer back; resume delivers from the event loop.
    void pauseReading();
    void resumeReading();

    /// What one delivery carries at most, so that a client whose work is dear for each byte does a
    /// bounded amount of it before others have their turn.
    void setReadQuantum(std::size_t bytes)
    {
        m_readQuantum = std::clamp(bytes, MinRead, TlsReadSize);
    }
    /// Much will come: fetches 64 KB at a time.
    void expectBulk();

    /// Sends what is queued (5 s at most), then close_notify and FIN. Nothing more is deciphered or
    /// delivered; what comes after the FIN is thrown away, for a second at most, so that no RST
    /// overtakes what we sent.
    /// streamClosed(nullopt) follows.
    void finish();
    /// Takes the connection out of this stream, which is dead afterwards (no callback). `unread` is
    /// what the client got but did not consume.
    TlsConnection release(ByteSpan unread = {});

    /// A peer that is gone while it is not read has ended: what it had sent is not waited for.
    void setEndsWhenReset(bool ends) { m_endsWhenReset = ends; }
    void setStallTimeout(Milliseconds timeout) { m_stallTimeout = timeout; }
    void setClient(TlsStreamClient &client) { m_client = &client; }
    [[nodiscard]] bool isReady() const { return m_state == State::Open; }
    [[nodiscard]] const Endpoint &peer() const { return m_peer; }
    [[nodiscard]] Endpoint localEndpoint() const;
    [[nodiscard]] int fd() const { return m_fd; }

private:
    static constexpr std::size_t MinRead = 1024;
    enum class State { Dialing, Handshaking, Open, Finishing, Lingering, Closed };

    void ready(std::uint32_t events) override;
    void turnEnded() override;
    void adoptSocket(int fd, SslPtr ssl);
    void dialed(Result<TcpDialed> result);
    void handshake();
    void receive();
    bool deliver(MutableByteSpan data);
    void flush();
    bool seal();
    bool sendSealed();
    bool sendUnsent();
    std::size_t sendSome(ByteSpan bytes);
    void finishStep();
    void linger();
    void fail(Error error);
    void closed(std::optional<Error> error);
    void deadlinePassed();
    void checkStall();
    void updateInterest();
    void dropSocket();

    EpollSet &m_epoll;
    TlsStreamClient *m_client;
    NetBuffers &m_buffers;
    State m_state = State::Dialing;
    int m_fd = -1;
    SslPtr m_dialSsl; ///< while dialing
    std::optional<TlsSession> m_session;
    Endpoint m_peer;
    std::unique_ptr<TcpDial> m_dial;
    QTimer m_deadline; ///< of the state; when open, of a stall
    Milliseconds m_stallTimeout = TlsStallTimeout;
    std::optional<Error> m_failure; ///< waits to be reported from the event loop
    Bytes m_leftover;
    std::unique_ptr<ConnectionPlace> m_place;
    std::size_t m_readQuantum = TlsReadSize;
    bool m_bulk = false;
    Bytes m_plain; ///< of write(), from m_plainBegin on
    std::size_t m_plainBegin = 0;
    Bytes m_unsent; ///< ciphertext that the socket did not take, from m_unsentBegin on
    std::size_t m_unsentBegin = 0;
    std::optional<Monotonic> m_blockedSince;
    std::uint32_t m_interest = 0;
    int m_sendError = 0;       ///< errno of send
    bool m_registered = false; ///< with the epoll set
    bool m_paused = false;
    bool m_endsWhenReset = false;
    bool m_drainAwaited = false; ///< streamDrained is due when all of m_plain has left
    bool m_readAgain = false;    ///< more may lie in OpenSSL: read at the end of the turn
    /// Outlives the stream in whoever runs a callback: false once it is deleted.
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace higgs
