// SPDX-License-Identifier: GPL-3.0-or-later
// The node under its owner's limits: asks the policy every second, counts what was moved, and takes
// the exit away for as long as something forbids it.
#include "app-node/engine/local_clock.h"
#include "app-node/engine/node_engine_p.h"
#include "shared/base/log.h"

#include <algorithm>

namespace higgs::node {

namespace {

constexpr Milliseconds TickInterval{1'000};
constexpr Milliseconds SurroundingsInterval{15'000};
constexpr double BitsPerMegabit = 1e6;

} // namespace

void TrafficRate::update(const TrafficCounts &now, double seconds)
{
    upMbps = static_cast<double>(now.up - before.up) * 8 / BitsPerMegabit / seconds;
    downMbps = static_cast<double>(now.down - before.down) * 8 / BitsPerMegabit / seconds;
    before = now;
}

void NodeEngine::Private::watchLimits()
{
    connect(&m_tickTimer, &QTimer::timeout, this, &Private::tick);
    connect(&m_surroundingsTimer, &QTimer::timeout, this, &Private::askSurroundings);
    connect(&m_traffic, &GuestTraffic::budgetSpent, this, &Private::applyLimits);
    m_mapper.setAllowed(m_config.limits.portMapping);
    m_tickTimer.start(TickInterval);
    m_surroundingsTimer.start(SurroundingsInterval);
    // The first time without a thread: what forbids sharing must be known before it begins.
    m_surroundings.onBattery = runsOnBattery(readPowerSupplies(m_config.systemRoot));
    askSurroundings();
    applyRates();
    m_hours.begin(hourOf(wallNow() + m_config.clockOffset));
}

LocalTime NodeEngine::Private::localNow() const
{
    return localTimeOf(wallNow() + m_config.clockOffset);
}

WallTime NodeEngine::Private::wallOf(LocalTime time) const
{
    return wallTimeOf(time) - m_config.clockOffset;
}

WallTime NodeEngine::Private::comingWallOf(LocalTime time) const
{
    return comingWallTimeOf(time, wallNow() + m_config.clockOffset) - m_config.clockOffset;
}

void NodeEngine::Private::askSurroundings()
{
    m_surroundingsReader.read(m_config.systemRoot, {this, [this](const Surroundings &found) {
                                                        if (found == m_surroundings)
                                                            return;
                                                        m_surroundings = found;
                                                        applyLimits();
                                                        Q_EMIT m_owner.statusChanged();
                                                    }});
}

void NodeEngine::Private::tick()
{
    account();
    const Monotonic now = monotonicNow();
    if (m_tickedAt && now > *m_tickedAt) {
        const double seconds = std::chrono::duration<double>(now - *m_tickedAt).count();
        m_rate.update(m_traffic.totals(), seconds);
        for (const auto &[id, guest] : m_guests)
            m_guestRates[guest->number()].update(guest->counts(), seconds);
    }
    m_tickedAt = now;
    applyLimits();
}

void NodeEngine::Private::account()
{
    const TrafficCounts totals = m_traffic.totals();
    const std::uint64_t up = totals.up - m_accounted.up;
    const std::uint64_t down = totals.down - m_accounted.down;
    m_usage.addTraffic(dayOf(localNow()), up, down);
    m_hours.addTraffic(hourOf(wallNow() + m_config.clockOffset), up, down);
    m_accounted = totals;
}

std::uint64_t NodeEngine::Private::usedThisMonth() const
{
    return m_usage.bytesSince(periodStart(dayOf(localNow()), m_config.limits.resetDay));
}

const UsageLedger &NodeEngine::Private::usage()
{
    account();
    return m_usage;
}

const HourLedger &NodeEngine::Private::hours()
{
    account();
    return m_hours;
}

/// Compares the rule's verdict with what is going on, and follows it.
void NodeEngine::Private::applyLimits()
{
    account();
    if (m_pausedUntil && wallNow() >= *m_pausedUntil)
        m_pausedUntil.reset();
    PolicyInputs inputs;
    inputs.now = localNow();
    inputs.paused = m_pausedUntil.has_value();
    inputs.usedBytes = usedThisMonth();
    inputs.surroundings = m_surroundings;
    const std::uint64_t cap = m_config.limits.monthlyBytes;
    m_traffic.setBudget(cap == 0 ? std::nullopt
                                 : std::optional(cap - std::min(cap, inputs.usedBytes)));
    const PolicyVerdict verdict = judge(m_config.limits, inputs);
    if (!m_sharing)
        return;
    if (verdict.reason == LimitReason::None) {
        m_verdict = verdict;
        if (!m_running)
            switchOn();
        return;
    }
    if (m_running)
        shutDown();
    if (verdict == m_verdict && m_state == NodeState::Limited)
        return;
    if (verdict.reason != m_verdict.reason || m_state != NodeState::Limited)
        log::info("node", "not sharing for now", {{"reason", toString(verdict.reason)}});
    m_verdict = verdict;
    setState(NodeState::Limited);
}

void NodeEngine::Private::setLimits(const NodeLimits &limits)
{
    if (limits == m_config.limits)
        return;
    const bool told = limits.maxGuests != m_config.limits.maxGuests ||
                      limits.upMbps != m_config.limits.upMbps ||
                      limits.downMbps != m_config.limits.downMbps;
    m_config.limits = limits;
    m_mapper.setAllowed(limits.portMapping);
    applyNeighbour();
    applyRates();
    applyLimits();
    showOccupancy();
    if (m_running && told)
        m_registration->refresh();
    Q_EMIT m_owner.statusChanged();
}

void NodeEngine::Private::pause(std::optional<WallTime> until)
{
    m_pausedUntil = until;
    applyLimits();
    Q_EMIT m_owner.statusChanged();
}

void NodeEngine::Private::fillLimits(NodeStatus &status)
{
    status.limits = m_config.limits;
    status.neighbour = neighbourStatus();
    status.surroundings = m_surroundings;
    status.pausedUntil = m_pausedUntil;
    const LocalDay today = dayOf(localNow());
    status.today = m_usage.on(today);
    status.volume.usedBytes = usedThisMonth();
    status.volume.from = wallOf(startOf(periodStart(today, status.limits.resetDay)));
    status.volume.resetsAt = wallOf(startOf(periodEnd(today, status.limits.resetDay)));
    status.rxMbps = m_rate.upMbps;
    status.txMbps = m_rate.downMbps;
    if (m_state == NodeState::Limited) {
        status.limitReason = m_verdict.reason;
        if (m_verdict.reason == LimitReason::Paused)
            status.limitUntil = m_pausedUntil;
        else if (m_verdict.until)
            status.limitUntil = comingWallOf(*m_verdict.until);
        if (m_verdict.reason == LimitReason::None)
            status.limitReason = m_maintenance ? LimitReason::Maintenance : LimitReason::Full;
    }
    for (const auto &[id, guest] : m_guests) {
        GuestStatus each = guest->status();
        for (const IpPrefix &address : guest->addresses())
            each.cut = each.cut || m_cut.contains(address.address);
        if (const auto rate = m_guestRates.find(each.number); rate != m_guestRates.end()) {
            each.rxMbps = rate->second.upMbps;
            each.txMbps = rate->second.downMbps;
        }
        if (!each.away)
            status.guests.push_back(std::move(each));
    }
}

} // namespace higgs::node
