// SPDX-License-Identifier: GPL-3.0-or-later
// One accepted socket until its TLS handshake is done: what its front says of it, the handshake,
// the answers it is sent.
#pragma once

#include "shared/base/clock.h"
#include "shared/net/tls_connection.h"
#include "shared/net/tls_session.h"
#include "shared/reactor/epoll_set.h"

namespace higgs::server {

class Arrival;

/// Who is told when an arrival can go on; it may delete the arrival then.
class ArrivalOwner
{
public:
    ArrivalOwner() = default;
    ArrivalOwner(const ArrivalOwner &) = delete;
    ArrivalOwner &operator=(const ArrivalOwner &) = delete;
    virtual ~ArrivalOwner() = default;

    virtual void arrivalReady(Arrival &arrival) = 0;
};

/// Owns its descriptor. Decides nothing about who is served when: its TlsAcceptor does.
class Arrival : public EpollSource
{
public:
    enum class Step : std::uint8_t { Wait, Done, Failed };

    Arrival(ArrivalOwner &owner, std::uint64_t id, int fd, const Endpoint &peer,
            Monotonic deadline);
    ~Arrival() override;

    /// Reads the front's PROXY header: Done when it is complete and taken out of the socket, and
    /// peer() is whom it names.
    Step readProxyHeader();
    /// Goes on with the handshake as far as there is input; `scratch` outlives this.
    Step shakeHands(const TlsContext &context, TlsSession::Buffers scratch);
    /// After Done: the connection, which is not this one's any more.
    TlsConnection take();
    /// Closes with a reset: no TIME_WAIT and no FIN_WAIT for a flood.
    void reset();

    [[nodiscard]] bool hasUnsent() const { return !m_unsent.empty(); }
    [[nodiscard]] int fd() const { return m_fd; }
    [[nodiscard]] std::uint64_t id() const { return m_id; }
    [[nodiscard]] Monotonic deadline() const { return m_deadline; }
    [[nodiscard]] const Endpoint &peer() const { return m_peer; }

    std::unique_ptr<ConnectionPlace> place;
    IpAddress site;            ///< whose turn it waits for
    bool awaitsHeader = false; ///< of a front
    bool queued = false;       ///< its turn will come
    // Of its handshake's next step, which another thread makes:
    static constexpr std::size_t NoLane = static_cast<std::size_t>(-1);
    std::size_t lane = NoLane; ///< who makes them all
    bool atWork = false;       ///< it is being made: the session is the lane's
    bool doomed = false;       ///< nobody waits for it any more

    void ready(std::uint32_t) override { m_owner.arrivalReady(*this); }

private:
    bool send(Bytes &sealed);

    ArrivalOwner &m_owner;
    std::uint64_t m_id;
    int m_fd;
    Endpoint m_peer;
    Monotonic m_deadline;
    std::optional<TlsSession> m_session;
    Bytes m_unsent;
};

} // namespace higgs::server
