// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/turn_lease.h"

#include "shared/base/log.h"
#include "shared/crypto/keys.h"

#include <algorithm>
#include <utility>

namespace higgs {

namespace {

/// However soon credentials end, and whatever a server says of them.
constexpr Milliseconds ShortestLife{1'000};

} // namespace

/// One allocation, with all that is its own.
class TurnLease::Held final : private TurnReceiver
{
public:
    Held(TurnLease &owner, std::uint32_t its) : number(its), m_owner(owner) {}

    void make(EpollSet &epoll, TurnAllocationOptions options, Monotonic renew,
              const ServerTrust &trust)
    {
        renewAt = renew;
        auto opened = UdpMux::open(epoll, {.port = 0, .mark = options.mark, .interfaceName = {}});
        if (opened)
            m_mux = std::move(*opened);
        const bool tls =
            std::any_of(options.doors.begin(), options.doors.end(),
                        [](const TurnDoor &each) { return each.transport == TurnTransport::Tls; });
        if (tls) {
            auto context = TlsContext::client(trust, TlsContext::Least::Tls12);
            if (context)
                m_tls.emplace(std::move(*context));
            else
                log::warning("paths", "no TLS to a TURN server",
                             {{"error", context.error().detail}});
        }
        allocation = std::make_unique<TurnAllocation>(epoll, m_mux.get(), m_tls ? &*m_tls : nullptr,
                                                      std::move(options));
        TurnReceiver &receiver = *this;
        allocation->setReceiver(&receiver);
    }

    void silence()
    {
        allocation->disconnect(&m_owner);
        allocation->setReceiver(nullptr);
    }

    const std::uint32_t number;
    Monotonic renewAt;

private:
    void turnReceived(const Endpoint &peer, std::span<const ByteSpan> datagrams) override
    {
        if (m_owner.m_receiver != nullptr)
            m_owner.m_receiver->turnReceived(number, peer, datagrams);
    }

    TurnLease &m_owner;
    std::unique_ptr<UdpMux> m_mux;
    std::optional<TlsContext> m_tls;

public:
    std::unique_ptr<TurnAllocation> allocation; ///< dies before its socket
};

TurnLease::TurnLease(EpollSet &epoll, TurnLeaseOptions options, QObject *parent)
    : QObject(parent),
      m_epoll(epoll),
      m_options(std::move(options)),
      m_backoff(m_options.retryBase, m_options.retryCap),
      m_asks(m_options.asks)
{
    for (QTimer *timer : {&m_askTimer, &m_lingerTimer, &m_clearTimer})
        timer->setSingleShot(true);
    // A coarse timer comes a twentieth too early: before those at hand are to be renewed.
    m_askTimer.setTimerType(Qt::PreciseTimer);
    connect(&m_askTimer, &QTimer::timeout, this, &TurnLease::ask);
    connect(&m_lingerTimer, &QTimer::timeout, this, [this] {
        while (!m_held.empty() && m_held.front()->number < m_carrying)
            drop(m_held.front()->number);
    });
    connect(&m_clearTimer, &QTimer::timeout, this, [this] { m_dropped.clear(); });
}

TurnLease::~TurnLease() = default;

// --- Whether there is to be one ------------------------------------------------------------------

void TurnLease::want(bool v4, bool v6)
{
    if (m_wanted && m_v4 == v4 && m_v6 == v6)
        return;
    giveBack(); // of other families
    m_wanted = true;
    m_v4 = v4;
    m_v6 = v6;
    ask();
}

void TurnLease::giveBack()
{
    m_wanted = m_failed = false;
    m_fault.reset();
    ++m_question;
    m_askTimer.stop();
    m_lingerTimer.stop();
    while (!m_held.empty())
        drop(m_held.back()->number);
}

void TurnLease::renew()
{
    if (!m_wanted)
        return;
    // What has not come yet is on its way to nowhere.
    while (!m_held.empty() && !stands(m_held.back()->number))
        drop(m_held.back()->number);
    m_fresh = true;
    m_backoff.reset();
    m_asks = m_options.asks; // no other end makes this machine sleep
    ask();
}

void TurnLease::useless(std::uint32_t number)
{
    if (find(number) == nullptr)
        return;
    const bool newest = m_held.back()->number == number;
    drop(number);
    if (newest && m_wanted)
        m_askTimer.start(m_backoff.next(randomUnit()));
}

void TurnLease::carries(std::uint32_t number)
{
    if (std::exchange(m_carrying, number) == number)
        return;
    m_backoff.reset();
    m_failed = false;
    if (!m_held.empty() && m_held.front()->number < number)
        m_lingerTimer.start(Linger);
}

// --- Making one ----------------------------------------------------------------------------------

void TurnLease::ask()
{
    m_askTimer.stop();
    const Monotonic now = monotonicNow();
    if (!m_asks.take(now)) {
        m_askTimer.start(m_asks.wait(now));
        return;
    }
    const bool renews = !m_held.empty() && now >= m_held.back()->renewAt;
    m_options.ask(m_fresh || renews,
                  {this, [this, question = ++m_question](Result<TurnOffer> offer) {
                       if (question == m_question)
                           offered(std::move(offer));
                   }});
}

void TurnLease::offered(Result<TurnOffer> offer)
{
    if (!offer) {
        trouble(offer.error());
        return;
    }
    const std::uint32_t number = ++m_number;
    TurnAllocationOptions options;
    options.doors = std::move(offer->doors);
    options.username = std::move(offer->username);
    options.password = std::move(offer->password);
    options.v4 = m_v4;
    options.v6 = m_v6;
    options.mark = m_options.mark;
    options.checkAlternate = m_options.checkAlternate;
    auto held = std::make_unique<Held>(*this, number);
    held->make(m_epoll, std::move(options), std::max(offer->renewAt, monotonicNow() + ShortestLife),
               offer->trust);
    TurnAllocation &made = *held->allocation;
    m_held.push_back(std::move(held));
    connect(&made, &TurnAllocation::allocated, this,
            [this, number](const TurnRelayed &relayed) { allocated(number, relayed); });
    connect(&made, &TurnAllocation::failed, this,
            [this, number](const Error &error) { failedToMake(number, error); });
    connect(&made, &TurnAllocation::lost, this,
            [this, number](const Error &error) { failedToMake(number, error); });
    made.start();
}

void TurnLease::allocated(std::uint32_t number, const TurnRelayed &relayed)
{
    const Held *held = find(number);
    if (held == nullptr)
        return;
    m_fresh = false;
    m_fault.reset();
    log::sampled(log::Level::Info, "paths", "allocated on a TURN server", "",
                 {{"by", std::string(toString(held->allocation->transport()))},
                  {"number", static_cast<std::int64_t>(number)}});
    m_standing.push_back({number, relayed, monotonicNow()});
    // The last one's credentials are the newest.
    m_askTimer.start(std::chrono::ceil<Milliseconds>(held->renewAt - monotonicNow()));
    Q_EMIT changed();
}

void TurnLease::failedToMake(std::uint32_t number, const Error &error)
{
    if (find(number) == nullptr)
        return;
    const bool newest = m_held.back()->number == number;
    m_fresh = m_fresh || error.code == ErrorCode::Unauthorized;
    drop(number);
    if (newest)
        trouble(error);
}

/// What stands still carries, and the relay behind it.
void TurnLease::trouble(const Error &error)
{
    log::sampled(log::Level::Warning, "paths", "no TURN server", "", {{"error", error.detail}});
    m_failed = true;
    m_fault = error;
    m_askTimer.start(m_backoff.next(randomUnit()));
    Q_EMIT failed(error);
}

bool TurnLease::stands(std::uint32_t number) const
{
    return std::any_of(m_standing.begin(), m_standing.end(),
                       [number](const Standing &each) { return each.number == number; });
}

/// It may be in one of its calls.
void TurnLease::drop(std::uint32_t number)
{
    const auto found = std::find_if(m_held.begin(), m_held.end(),
                                    [number](const auto &each) { return each->number == number; });
    if (found == m_held.end())
        return;
    (*found)->silence();
    const TurnCounters refused = (*found)->allocation->counters();
    if (refused.forged + refused.lies + refused.unnamed + refused.strangers + refused.malformed > 0)
        log::sampled(log::Level::Warning, "paths", "a TURN server sent what was refused", "",
                     {{"forged", refused.forged},
                      {"lies", refused.lies},
                      {"unnamed", refused.unnamed},
                      {"strangers", refused.strangers},
                      {"malformed", refused.malformed}});
    m_dropped.push_back(std::move(*found));
    m_held.erase(found);
    m_clearTimer.start(0);
    if (std::erase_if(m_standing, [number](const Standing &each) { return each.number == number; }))
        QMetaObject::invokeMethod(this, &TurnLease::changed, Qt::QueuedConnection);
}

// --- Using one -----------------------------------------------------------------------------------

TurnLease::Held *TurnLease::find(std::uint32_t number)
{
    const auto found = std::find_if(m_held.begin(), m_held.end(),
                                    [number](const auto &each) { return each->number == number; });
    return found != m_held.end() ? found->get() : nullptr;
}

Result<void> TurnLease::permit(std::uint32_t number, const Endpoint &peer)
{
    const Held *held = find(number);
    if (held == nullptr)
        return unexpected(ErrorCode::NotFound, "there is no such allocation");
    return held->allocation->permit(peer);
}

DatagramSink *TurnLease::sinkTo(std::uint32_t number, const Endpoint &peer)
{
    const Held *held = find(number);
    return held != nullptr ? held->allocation->sinkTo(peer) : nullptr;
}

} // namespace higgs
