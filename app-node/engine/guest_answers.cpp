// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/engine/guest_answers.h"

#include "shared/base/log.h"
#include "shared/net/stun_transaction.h"
#include "shared/tunnel/exit_attack.h"

#include <algorithm>
#include <utility>

namespace higgs::node {

namespace {

constexpr Milliseconds ServicesPause{600'000};
constexpr Milliseconds OneAnswer{5'000};

} // namespace

std::vector<IpAddress> trialGuests(const protocol::ServerInfo &server)
{
    std::vector<IpAddress> guests{trialAddress(server.tunnelNetwork4),
                                  trialAddress(server.tunnelNetwork6)};
    std::erase_if(guests, [](const IpAddress &each) { return each.isNull(); });
    return guests;
}

GuestAnswers::GuestAnswers(EpollSet &epoll) : m_epoll(epoll)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &GuestAnswers::advance);
}

GuestAnswers::~GuestAnswers() = default;

void GuestAnswers::open(const std::string &tunnel, const std::vector<IpAddress> &guests)
{
    auto entrance =
        GuestEntrance::open(m_epoll, tunnel, guests, [this](ByteSpan packet) { heard(packet); });
    if (entrance)
        m_entrance = std::move(*entrance);
    else
        log::warning("node", "whether guests get answers cannot be tried on this machine",
                     {{"error", entrance.error().detail}});
}

void GuestAnswers::close()
{
    end();
    m_entrance.reset();
    m_lostBefore = false;
    forget();
}

void GuestAnswers::ask(ReturnQuestions questions, std::vector<CheckedEndpoint> stun)
{
    if (m_trial)
        return;
    const Monotonic now = monotonicNow();
    if (m_lostBefore || !m_servicesAt || now - *m_servicesAt >= ServicesPause)
        m_servicesAt = now;
    else
        questions.services.clear();
    if (!m_entrance)
        questions = {};
    m_trial.emplace(now, questions, newStunTransaction);
    m_asked = std::move(stun);
    for (const Endpoint &responder : questions.responders)
        m_asked.push_back(CheckedEndpoint::tunnelGateway(responder));
    m_timer.start(0);
}

/// Each of its own answers tells that the place answers at all.
void GuestAnswers::askOneself(const ReturnTrial::Place &place)
{
    const auto answered = [this, place] {
        if (m_trial)
            m_trial->ownAnswered(place);
    };
    if (place.protocol == TcpProtocol) {
        const auto done = [answered](const Result<TcpDialed> &dialled) {
            if (!dialled)
                return;
            const OwnedFd closed(dialled->fd);
            answered();
        };
        m_ownDials.push_back(std::make_unique<TcpDial>(
            m_epoll, TcpDialOptions{{place.endpoint.address}, place.endpoint.port, {}, {}}, done));
        return;
    }
    for (const CheckedEndpoint &server : m_asked) {
        if (server.endpoint() != place.endpoint)
            continue;
        // Of one transmission: as many as the guest has.
        auto binding = std::make_unique<StunBinding>(
            m_epoll,
            StunBindingOptions{.server = server, .firstWait = OneAnswer, .timeout = OneAnswer});
        connect(binding.get(), &StunBinding::succeeded, this, answered);
        binding->start();
        m_ownBindings.push_back(std::move(binding));
    }
}

void GuestAnswers::send(const std::vector<Bytes> &packets)
{
    for (const Bytes &packet : packets)
        std::ignore = m_entrance->send(packet); // what is lost is asked again
}

void GuestAnswers::heard(ByteSpan packet)
{
    if (!m_trial)
        return;
    send(m_trial->heard(packet));
    m_timer.start(0);
}

void GuestAnswers::advance()
{
    const Monotonic now = monotonicNow();
    if (const auto verdict = m_trial->verdict(now)) {
        finish(*verdict);
        return;
    }
    const ReturnTrial::Round round = m_trial->due(now);
    send(round.packets);
    for (const ReturnTrial::Place &place : round.own)
        askOneself(place);
    const auto wait = std::chrono::ceil<Milliseconds>(m_trial->deadline() - now);
    m_timer.start(std::max(wait, Milliseconds(0)));
}

void GuestAnswers::end()
{
    m_timer.stop();
    m_trial.reset();
    m_ownBindings.clear();
    m_ownDials.clear();
}

void GuestAnswers::finish(const ReturnVerdict &verdict)
{
    end();
    const bool lost = verdict.outcome == ReturnOutcome::Lost;
    if (lost && !std::exchange(m_lostBefore, true)) {
        Q_EMIT doubted(); // something may have changed in the middle of it
        return;
    }
    m_lostBefore = false;
    Q_EMIT settled(verdict);
}

} // namespace higgs::node
