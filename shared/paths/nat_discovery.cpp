// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/nat_discovery.h"

#include "shared/net/stun_mapping.h"
#include "shared/net/stun_transaction.h"

#include <algorithm>
#include <utility>

namespace higgs {

namespace {

std::vector<Endpoint> ofOneFamily(const std::vector<CheckedEndpoint> &servers)
{
    std::vector<Endpoint> endpoints;
    for (const CheckedEndpoint &each : servers) {
        const Endpoint &endpoint = each.endpoint();
        if (endpoint.address.family() == servers.front().endpoint().address.family())
            endpoints.push_back(endpoint);
    }
    return endpoints;
}

} // namespace

NatDiscovery::NatDiscovery(UdpMux &mux, const std::vector<CheckedEndpoint> &servers,
                           std::optional<NatFindings> before, SecondPlace secondPlace,
                           QObject *parent)
    : NatDiscovery(mux, NatClassifier(ofOneFamily(servers), monotonicNow(), std::move(before)),
                   std::move(secondPlace), parent)
{}

NatDiscovery::NatDiscovery(UdpMux &mux, const std::vector<CheckedEndpoint> &servers,
                           SecondPlace secondPlace)
    : NatDiscovery(mux, NatClassifier::ofMapping(ofOneFamily(servers), monotonicNow()),
                   std::move(secondPlace), nullptr)
{}

NatDiscovery::NatDiscovery(UdpMux &mux, NatClassifier core, SecondPlace secondPlace,
                           QObject *parent)
    : QObject(parent),
      m_mux(mux),
      m_secondPlace(std::move(secondPlace)),
      m_core(std::move(core)),
      m_timer(this)
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &NatDiscovery::advance);
}

NatDiscovery::~NatDiscovery()
{
    stop();
}

void NatDiscovery::start()
{
    m_heardBefore = m_mux.heard(m_core.family());
    m_timer.start(0);
}

void NatDiscovery::advance()
{
    while (true) {
        const protocol::StunTransactionId transaction = newStunTransaction();
        const auto question = m_core.poll(monotonicNow(), transaction);
        if (!question)
            break;
        if (!m_mux.expect(transaction, question->answerFrom, *this))
            continue;
        m_asked.push_back(transaction);
        const Result<void> sent = m_mux.send(question->to, ByteSpan(question->message));
        m_left = m_left || sent || sent.error().code != ErrorCode::Network;
        m_passed = m_passed || sent;
        m_refused = m_refused || (!sent && sent.error().code == ErrorCode::Permission);
    }
    if (m_core.isDone()) {
        stop();
        NatFindings findings = m_core.findings();
        findings.blocked =
            findings.blocked && m_left && m_mux.heard(m_core.family()) == m_heardBefore;
        findings.ownFirewall = findings.blocked && m_refused && !m_passed;
        Q_EMIT finished(findings); // may delete this
        return;
    }
    const auto wait = std::chrono::ceil<Milliseconds>(m_core.deadline() - monotonicNow());
    m_timer.start(std::max(wait, Milliseconds(0)));
}

void NatDiscovery::stunReceived(const protocol::StunMessage &message, ByteSpan /*datagram*/,
                                const MuxArrival &arrival)
{
    protocol::StunMessage answer = message;
    const auto &mapped = answer.xorMappedAddress ? answer.xorMappedAddress : answer.mappedAddress;
    if (mapped && !canBeMapping(*mapped, arrival.from)) {
        m_mux.note({.untrue = 1});
        return;
    }
    if (answer.otherAddress)
        answer.otherAddress = m_secondPlace(*answer.otherAddress);
    m_core.handle(monotonicNow(), answer, arrival.from, arrival.to);
    m_timer.start(0); // queued: the mux is on the stack
}

void NatDiscovery::stop()
{
    m_timer.stop();
    for (const protocol::StunTransactionId &each : std::exchange(m_asked, {}))
        m_mux.forget(each);
}

} // namespace higgs
