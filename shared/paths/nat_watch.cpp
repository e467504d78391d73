// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/nat_watch.h"

#include "shared/base/log.h"

#include <algorithm>
#include <utility>

namespace higgs {

namespace {

/// Where nothing was found out, because no server answered or there are too few.
constexpr Seconds AskAgain{60};
/// A router may be told to behave otherwise and keep its mappings. Longer than a filter remembers.
constexpr Seconds AskAnew{900};
static_assert(AskAnew > NatClassifier::FilterMemory);
/// Each count is three mappings in the router's table.
constexpr Milliseconds CountInterval{1'000};

bool isDue(const NatFindings &found, Monotonic askedAt, Monotonic now)
{
    const auto type = found.type();
    const bool vague = type == protocol::NatType::Unknown || type == protocol::NatType::Blocked;
    return now - askedAt >= (vague ? AskAgain : AskAnew);
}

} // namespace

NatWatch::NatWatch(NatDiscovery::SecondPlace secondPlace, MakeCount makeCount, MakeMux makeMux,
                   QObject *parent)
    : QObject(parent),
      m_secondPlace(std::move(secondPlace)),
      m_makeCount(std::move(makeCount)),
      m_makeMux(std::move(makeMux))
{
    m_countTimer.setSingleShot(true);
    connect(&m_countTimer, &QTimer::timeout, this, &NatWatch::beginCount);
}

NatWatch::~NatWatch() = default;

void NatWatch::setMux(UdpMux *mux)
{
    m_lines = {};
    m_mux = mux;
    m_count.reset();
    if (m_countTimer.isActive())
        m_countTimer.start(0); // nobody is left waiting
}

void NatWatch::setNat64(const std::optional<Nat64Prefix> &prefix)
{
    if (std::exchange(m_nat64, prefix) == prefix)
        return;
    if (!prefix)
        return;
    // Also what is asked just now: it takes seconds to find that IPv4 itself leads nowhere.
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        Line &of = line(family);
        const bool translated = of.server && prefix->contains(of.server->endpoint().address);
        if (!of.server || translated == (family == IpAddress::Family::V4))
            continue;
        // A filter remembers what it was asked about: its mapping tells whether it is the same one.
        auto &kept = line(IpAddress::Family::V4).before;
        auto latest = of.before && (!kept || of.before->alternateAsked > kept->alternateAsked)
                          ? std::move(of.before)
                          : std::move(kept);
        of = {};
        kept = std::move(latest);
    }
}

/// Where there is a translation, IPv4 itself leads nowhere.
std::vector<CheckedEndpoint> NatWatch::ofFamily(IpAddress::Family family,
                                                const std::vector<CheckedEndpoint> &servers) const
{
    std::vector<CheckedEndpoint> plain;
    std::vector<CheckedEndpoint> translated;
    for (const CheckedEndpoint &each : servers) {
        const IpAddress &address = each.endpoint().address;
        if (m_nat64 && m_nat64->contains(address))
            translated.push_back(each);
        else if (address.family() == family)
            plain.push_back(each);
    }
    return family == IpAddress::Family::V4 && !translated.empty() ? translated : plain;
}

void NatWatch::look(const std::vector<CheckedEndpoint> &servers)
{
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        const std::vector<CheckedEndpoint> own = ofFamily(family, servers);
        Line &of = line(family);
        if (own.empty() || of.discovery || m_mux == nullptr ||
            !m_mux->carries(own.front().endpoint().address.family()))
            continue;
        const Monotonic now = monotonicNow();
        const bool wanted = !of.found || of.stale || isDue(*of.found, *of.askedAt, now);
        if (wanted && of.pace.take(now))
            ask(of, own);
    }
}

void NatWatch::ask(Line &line, const std::vector<CheckedEndpoint> &servers)
{
    line.askedAt = monotonicNow();
    line.stale = false;
    line.server = servers.front();
    line.discovery = std::make_unique<NatDiscovery>(*m_mux, servers, line.before, m_secondPlace);
    connect(line.discovery.get(), &NatDiscovery::finished, this,
            [this, &line](const NatFindings &findings) { take(line, findings); });
    line.discovery->start();
    if (m_makeMux && (!line.found || line.moved))
        glanceAt(line, servers);
}

void NatWatch::glanceAt(Line &line, const std::vector<CheckedEndpoint> &servers)
{
    auto mux = m_makeMux();
    if (!mux)
        return;
    UdpMux &asked = *mux;
    line.glance.reset(new Glance{std::move(mux), {asked, servers, m_secondPlace}});
    connect(&line.glance->discovery, &NatDiscovery::finished, this,
            [this, &line](const NatFindings &findings) {
                if (findings.mapping == NatMapping::Unknown)
                    return;
                line.glanced = findings.type();
                Q_EMIT changed();
            });
    line.glance->discovery.start();
}

void NatWatch::take(Line &line, const NatFindings &findings)
{
    line.discovery.release()->deleteLater(); // it is on the stack
    line.glance.reset();
    const auto glanced = std::exchange(line.glanced, std::nullopt);
    const bool believed = line.found && !line.found->blocked && !line.doubted && !line.moved;
    if (findings.blocked && !findings.ownFirewall && believed) {
        line.stale = true;
        return;
    }
    // Who waits for a type (isFinding) is told also that there is none.
    const bool awaited =
        std::exchange(line.moved, false) && findings.type() == protocol::NatType::Unknown;
    const bool same =
        !awaited && line.found && !line.doubted && line.found->type() == findings.type() &&
        line.found->ownFirewall == findings.ownFirewall && line.found->mapped == findings.mapped &&
        line.found->portStep == findings.portStep &&
        glanced.value_or(findings.type()) == findings.type();
    line.found = findings;
    if (!findings.blocked) // while nothing passes, filters forget nothing
        line.before = findings;
    line.doubted = false;
    line.foundAt = wallNow();
    // Two places that a server has show no order.
    if (findings.mapping == NatMapping::Dependent && !findings.portStep)
        count();
    if (!same)
        told(findings);
}

void NatWatch::told(const NatFindings &findings)
{
    const std::string_view type = toString(findings.type());
    log::sampled(log::Level::Info, "paths", "the router in front of the UDP socket", "",
                 {{"type", std::string(type)},
                  {"portStep", findings.portStep ? std::to_string(*findings.portStep) : "none"},
                  {"questions", std::to_string(findings.questions)},
                  {"bytes", std::to_string(findings.bytes)},
                  {"ms", std::to_string(findings.took.count())}});
    Q_EMIT changed();
}

NatWatch::Line *NatWatch::dependentLine()
{
    const auto found = std::find_if(m_lines.begin(), m_lines.end(), [](const Line &each) {
        return each.found && each.server && each.found->mapping == NatMapping::Dependent;
    });
    return found != m_lines.end() ? &*found : nullptr;
}

void NatWatch::count()
{
    if (m_count || m_countTimer.isActive())
        return;
    const auto next = m_countedAt ? *m_countedAt + CountInterval : Monotonic();
    const auto wait = std::chrono::ceil<Milliseconds>(next - monotonicNow());
    m_countTimer.start(std::max(wait, Milliseconds(0)));
}

void NatWatch::beginCount()
{
    Line *line = dependentLine();
    if (line == nullptr || !m_makeCount) {
        Q_EMIT counted();
        return;
    }
    m_countedAt = monotonicNow();
    m_count = m_makeCount(*line->server);
    connect(m_count.get(), &PortCount::finished, this,
            [this, line](const std::optional<PortOrder> &order) {
                m_count.release()->deleteLater(); // it is on the stack
                takeCount(*line, order);
            });
    m_count->start();
}

/// A router with much to do in that moment is the same one all the same.
void NatWatch::takeCount(Line &line, const std::optional<PortOrder> &order)
{
    const bool isNews = line.found && order && !line.found->portStep;
    if (line.found) {
        line.found->lastPort = order ? order->last : std::uint16_t{0};
        if (order)
            line.found->portStep =
                std::min(order->step, line.found->portStep.value_or(order->step));
    }
    if (line.found && line.before) {
        line.before->portStep = line.found->portStep;
        line.before->lastPort = line.found->lastPort;
    }
    if (isNews)
        told(*line.found);
    Q_EMIT counted();
}

void NatWatch::seen(const StunBindingResult &result)
{
    Line &of = line(result.mapped.address.family());
    if (!of.found)
        return;
    const bool same = of.found->mapped == result.mapped && of.found->local == result.local;
    of.stale = of.stale || !same;
    const bool doubted = of.found->blocked || (of.doubted && !same);
    if (std::exchange(of.doubted, doubted) != doubted)
        Q_EMIT changed();
}

void NatWatch::silent(IpAddress::Family family)
{
    Line &of = line(family);
    if (!of.found || of.found->blocked || std::exchange(of.doubted, true))
        return;
    of.stale = true;
    Q_EMIT changed();
}

void NatWatch::networksChanged()
{
    for (Line &each : m_lines)
        each.stale = each.moved = true;
}

protocol::NatType NatWatch::typeOf(const Line &line)
{
    if (line.glanced)
        return *line.glanced;
    return line.found && !line.doubted ? line.found->type() : protocol::NatType::Unknown;
}

bool NatWatch::isFinding() const
{
    for (const Line &each : m_lines) {
        // What another end gets is the last word where it is another mapping.
        if (each.glanced == protocol::NatType::Symmetric)
            return false;
        if (each.discovery && (!each.found || each.moved))
            return true;
        if (typeOf(each) != protocol::NatType::Unknown)
            return false;
    }
    return false;
}

bool NatWatch::ownFirewall() const
{
    return type() == protocol::NatType::Blocked &&
           std::all_of(m_lines.begin(), m_lines.end(), [](const Line &each) {
               return typeOf(each) != protocol::NatType::Blocked || each.found->ownFirewall;
           });
}

protocol::NatType NatWatch::type() const
{
    // Not IPv6's first, and another one in a moment.
    if (!m_lines[0].found && m_lines[0].discovery && !m_lines[0].glanced)
        return protocol::NatType::Unknown;
    for (const Line &each : m_lines) {
        if (const protocol::NatType type = typeOf(each); type != protocol::NatType::Unknown)
            return type;
    }
    return protocol::NatType::Unknown;
}

std::optional<Endpoint> NatWatch::mapped() const
{
    for (const Line &each : m_lines) {
        if (each.found && !each.doubted && each.found->mapped)
            return each.found->mapped;
    }
    return std::nullopt;
}

const NatFindings *NatWatch::findings(IpAddress::Family family) const
{
    const auto &found = m_lines[family == IpAddress::Family::V4 ? 0 : 1].found;
    return found ? &*found : nullptr;
}

std::vector<NatReport> NatWatch::report() const
{
    std::vector<NatReport> reports;
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        const Line &line = m_lines[family == IpAddress::Family::V4 ? 0 : 1];
        if (line.found && !line.doubted)
            reports.push_back({family, typeOf(line), line.found->mapped, line.found->answered,
                               line.foundAt, line.found->ownFirewall});
    }
    return reports;
}

void NatWatch::describe(OwnPlace &place) const
{
    place.nat = type();
    place.natPending = isFinding();
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        if (const NatFindings *found = findings(family))
            place.setPorts(family, found->lastPort, found->portStep.value_or(0));
    }
}

} // namespace higgs
