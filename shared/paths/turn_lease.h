// SPDX-License-Identifier: GPL-3.0-or-later
// An allocation on a TURN server for as long as it is wanted, whatever becomes of a single one: a
// server ties it to the credentials that made it, so another is made before those end, and both
// stand until the newer one carries.
#pragma once

#include "shared/base/backoff.h"
#include "shared/base/pace.h"
#include "shared/paths/turn_allocation.h"
#include "shared/reactor/reply.h"

#include <memory>
#include <vector>

namespace higgs {

/// Where a TURN server is, and by which credentials, as they are known at the moment of asking.
/// Movable, not copyable, as all that holds a password.
struct TurnOffer
{
    std::vector<TurnDoor> doors;
    std::string username;
    SecretText password;
    Monotonic renewAt; ///< another one is asked for from then on
    ServerTrust trust; ///< of the doors by TLS
};

/// `fresh`: with new credentials, as those of before end or were refused. NotFound: there is none.
using TurnAsk = std::function<void(bool fresh, Reply<Result<TurnOffer>> reply)>;

struct TurnLeaseOptions
{
    TurnAsk ask;
    std::optional<std::uint32_t> mark; ///< SO_MARK of all sockets
    /// Another server that one sends to (error 300); without it none is gone to.
    std::function<Result<CheckedEndpoint>(const Endpoint &)> checkAlternate{};
    /// Of one after a failure; doubles.
    Milliseconds retryBase{1'000};
    Milliseconds retryCap{60'000};
    /// Of allocations, so many at once and one in each interval: an other end that answers by each
    /// and is silent then, and a server that ends each, would have one made all the time.
    Pace asks{4, Milliseconds(10'000)};
};

/// What peers send, by which of the allocations. Called on the lease's thread; it deletes nobody.
class TurnLeaseReceiver
{
public:
    virtual void turnReceived(std::uint32_t number, const Endpoint &peer,
                              std::span<const ByteSpan> datagrams) = 0;

protected:
    ~TurnLeaseReceiver() = default;
};

/// Each allocation has a socket of its own: a server knows it by that (RFC 8656 section 2.2), so
/// the next one could not be made beside it by the same. Lives on the thread of its EpollSet. All
/// signals come from the event loop.
class TurnLease : public QObject
{
    Q_OBJECT

public:
    /// What the older one carried is on its way so long after the newer one has taken over.
    static constexpr Milliseconds Linger{3'000};
    struct Standing
    {
        std::uint32_t number = 0; ///< never again; higher is newer
        TurnRelayed relayed;
        Monotonic since;
    };

    TurnLease(EpollSet &epoll, TurnLeaseOptions options, QObject *parent = nullptr);
    /// Gives everything back.
    ~TurnLease() override;

    /// Of these families, from now on. changed() or failed() follows, and again later.
    void want(bool v4, bool v6);
    void giveBack();
    [[nodiscard]] bool isWanted() const { return m_wanted; }
    /// Wanted, and nothing has failed yet.
    [[nodiscard]] bool isFirstTry() const { return m_wanted && !m_failed; }
    /// What stands may be forgotten by the server, or known by a mapping of before: another one is
    /// made at once, by other credentials, beside what stands. No-op where none is wanted.
    void renew();
    /// Nothing comes by this one. It is given back, and another one asked for after a while.
    void useless(std::uint32_t number);
    /// This one carries: what is older may go.
    void carries(std::uint32_t number);
    [[nodiscard]] const std::vector<Standing> &standing() const { return m_standing; }
    /// Why none could be made the last time; null once one stands, and before one is wanted.
    [[nodiscard]] const std::optional<Error> &fault() const { return m_fault; }

    /// The errors of TurnAllocation::permit(); NotFound for one that does not stand.
    Result<void> permit(std::uint32_t number, const Endpoint &peer);
    /// Null for a peer that was not permitted, or when the allocation is gone. Good until the event
    /// loop.
    DatagramSink *sinkTo(std::uint32_t number, const Endpoint &peer);
    /// Null drops what comes.
    void setReceiver(TurnLeaseReceiver *receiver) { m_receiver = receiver; }

Q_SIGNALS:
    /// Others stand than before.
    void changed();
    /// None could be made; it is tried again.
    void failed(const higgs::Error &error);

private:
    class Held;

    void ask();
    void offered(Result<TurnOffer> offer);
    void allocated(std::uint32_t number, const TurnRelayed &relayed);
    void failedToMake(std::uint32_t number, const Error &error);
    void drop(std::uint32_t number);
    void trouble(const Error &error);
    [[nodiscard]] bool stands(std::uint32_t number) const;
    [[nodiscard]] Held *find(std::uint32_t number);

    EpollSet &m_epoll;
    TurnLeaseOptions m_options;
    std::vector<std::unique_ptr<Held>> m_held;    ///< oldest first; the last may not stand yet
    std::vector<std::unique_ptr<Held>> m_dropped; ///< until the event loop
    std::vector<Standing> m_standing;
    TurnLeaseReceiver *m_receiver = nullptr;
    Backoff m_backoff;
    Pace m_asks;
    std::uint64_t m_question = 0; ///< an answer to an earlier one comes too late
    std::uint32_t m_number = 0;
    bool m_wanted = false;
    bool m_v4 = false;
    bool m_v6 = false;
    bool m_fresh = false; ///< the credentials at hand do not do
    bool m_failed = false;
    std::optional<Error> m_fault;
    QTimer m_askTimer;    ///< for the next one: as credentials end, or after a failure
    QTimer m_lingerTimer; ///< of what is older than m_carrying
    std::uint32_t m_carrying = 0;
    QTimer m_clearTimer;
};

} // namespace higgs
