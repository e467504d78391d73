// SPDX-License-Identifier: GPL-3.0-or-later
// The node's care for the home: the self-test, and what makes it run again or ends sharing.
#include "app-node/engine/node_engine_p.h"
#include "shared/base/log.h"

namespace higgs::node {

namespace {

constexpr Milliseconds FuseInterval{2'000};
/// Should the kernel's tidings get lost. The older iptables tell nobody of a change.
constexpr Milliseconds RulesInterval{30'000};
/// A self-test starts a dozen programs: of many changes in a row, as containers make that start,
/// the last is followed.
constexpr Milliseconds TestPause{2'000};
/// Between two guests whose connections to the relay are made anew.
constexpr Milliseconds RenewalStep{20};
/// What a self-test before the first contact with a server takes for the tunnel's networks.
constexpr const char *StandInNetwork4 = "10.86.0.0/16";
constexpr const char *StandInNetwork6 = "fd00:86::/64";
constexpr std::size_t NamedFaults = 4;
constexpr Milliseconds AfterWaking{300};
/// The fuse trips at 300 destinations: so many first packets, of 40 bytes and more.
constexpr std::uint64_t FewestToTrip = 8'000;

void leadAnswers(ExitNetwork &exit)
{
    if (const Result<void> led = exit.leadAnswers(); !led)
        log::warning("node", "other programs' routing rules are asked before ours",
                     {{"error", led.error().detail}});
}

} // namespace

void NodeEngine::Private::watchMachine()
{
    connect(&m_networkWatch, &NetworkWatch::uplinkChanged, this, &Private::uplinkChanged);
    // Guests wait: their way to us is made anew before the home is looked at.
    connect(&m_networkWatch, &NetworkWatch::slept, this, [this](Milliseconds slept) {
        log::info("node", "woke from sleep", {{"ms", slept.count()}});
        if (m_signal)
            m_signal->renew();
        m_api->renewConnection();
        for (const auto &[id, guest] : m_guests)
            guest->woke();
        m_registration->beat();
        QTimer::singleShot(AfterWaking, this, &Private::uplinkChanged);
    });
    connect(&m_firewallWatch, &FirewallWatch::changed, this, &Private::firewallChanged);
    connect(&m_look, &LookAside::seen, this, &Private::lookedAside);
    connect(&m_answers, &GuestAnswers::doubted, this, &Private::askAnswers);
    connect(&m_answers, &GuestAnswers::settled, this, &Private::answersSettled);
    connect(&m_fuseTimer, &QTimer::timeout, this, &Private::readFuse);
    connect(&m_rulesTimer, &QTimer::timeout, this, &Private::testAgain);
    m_testTimer.setSingleShot(true);
    connect(&m_testTimer, &QTimer::timeout, this, &Private::testAgain);
    m_fuseTimer.start(FuseInterval);
    m_rulesTimer.start(RulesInterval);
    for (const Result<void> &started : {m_networkWatch.start(), m_firewallWatch.start()}) {
        if (!started)
            log::warning("node", "changes of this machine are noticed late",
                         {{"error", started.error().detail}});
    }
}

/// Forbidden when the home could be reached, or when somebody else changed the rules; Unavailable
/// when the attack proved nothing, because not even the Internet could be reached.
Result<void> NodeEngine::Private::testSafety()
{
    m_look.forget();
    m_testedAt = monotonicNow();
    leadAnswers(m_exit);
    Result<ExitSafety> safety = m_exit.attack();
    if (!safety)
        return unexpected(safety.error());
    const auto isStopped = [&safety] {
        return safety->isTight() && safety->rulesDetail.empty() && !safety->isMeaningful() &&
               !safety->routerUnknown && safety->answersDetail.empty();
    };
    if (isStopped()) { // by somebody who may let himself be asked
        const Result<bool> asked = m_exit.askOtherFirewalls();
        if (asked && *asked)
            safety = m_exit.attack();
        if (!safety)
            return unexpected(safety.error());
    }
    const std::size_t tried = m_safety && m_safety->passed() ? m_safety->trials.size() : 0;
    m_safety = std::move(*safety);
    if (m_safety->passed()) {
        if (m_safety->trials.size() != tried) // it runs all the time
            log::info("node", "self-test passed", {{"tried", m_safety->trials.size()}});
        return {};
    }
    std::string detail;
    for (const std::string &fault : m_safety->faults(NamedFaults))
        detail += (detail.empty() ? "" : "; ") + fault;
    log::error("node", "self-test failed", {{"faults", detail}});
    if (m_safety->isTight() && m_safety->rulesDetail.empty() && m_safety->routerUnknown)
        return unexpected(ErrorCode::Unavailable, "the router's public address is not known");
    if (m_safety->isTight() && m_safety->rulesDetail.empty() && !m_safety->answersDetail.empty())
        return unexpected(ErrorCode::Unavailable,
                          "guests would get no answers: " + m_safety->answersDetail);
    if (m_safety->isTight() && m_safety->rulesDetail.empty()) {
        const std::string remedy = m_exit.firewallRemedy();
        return unexpected(ErrorCode::Unavailable,
                          "guests would not reach the Internet: " +
                              (remedy.empty() ? "another firewall of this machine or its routes "
                                                "stand in the way"
                                              : "another firewall of this machine lets nobody "
                                                "through, " +
                                                    remedy) +
                              " (" + detail + ")");
    }
    return unexpected(ErrorCode::Forbidden, detail);
}

Result<ExitSafety> NodeEngine::Private::attackHome()
{
    if (m_identity == nullptr)
        return unexpected(ErrorCode::Unavailable, "the node has not started");
    if (m_device) {
        if (const Result<void> safe = testSafety(); !safe) {
            if (safe.error().code == ErrorCode::System || !m_safety)
                return unexpected(safe.error());
            failExit(safe.error());
        }
    } else {
        protocol::ServerInfo stage = m_server;
        if (stage.tunnelNetwork4.address.isNull() && stage.tunnelNetwork6.address.isNull()) {
            stage.tunnelNetwork4 = *IpPrefix::parse(StandInNetwork4);
            stage.tunnelNetwork6 = *IpPrefix::parse(StandInNetwork6);
        }
        m_safety.reset();
        const Result<void> opened = openExit(stage);
        closeExit();
        if (!m_safety)
            return unexpected(opened ? Error{ErrorCode::Internal, "the self-test did not run"}
                                     : opened.error());
    }
    Q_EMIT m_owner.statusChanged();
    return *m_safety;
}

void NodeEngine::Private::firewallChanged(bool elsewhere)
{
    if (!m_device)
        return;
    m_look.ask(false);
    // Not for a guest who came or went.
    if (elsewhere) {
        m_answers.forget();
        testAgain();
    }
}

/// Our rules stand, but others decide as well: another firewall may let no guest out any more, a
/// routing rule may lead guests elsewhere.
void NodeEngine::Private::testAgain()
{
    if (!m_device)
        return;
    const auto since = std::chrono::duration_cast<Milliseconds>(monotonicNow() - m_testedAt);
    if (since >= TestPause) {
        m_testedAt = monotonicNow();
        m_look.ask(true);
        askAnswers();
    } else if (!m_testTimer.isActive()) {
        m_testTimer.start(TestPause - since);
    }
}

void NodeEngine::Private::lookedAside(const HomeSeen &home)
{
    if (!m_device)
        return;
    if (!home.change || !home.change->empty()) {
        const std::string detail = home.change ? *home.change : home.change.error().detail;
        log::error("node", "somebody changed the exit rules", {{"detail", detail}});
        if (m_safety)
            m_safety->rulesDetail = detail;
        failExit({ErrorCode::Forbidden, "rules " + detail});
        return;
    }
    if (home.outdated) { // the kernel's tidings got lost
        uplinkChanged();
        return;
    }
    if (!home.safety)
        return;
    // What did not pass is tried once more, while no guest's packet passes: something may have
    // changed in the middle of it.
    if (*home.safety && (*home.safety)->passed()) {
        m_safety = **home.safety;
    } else if (const Result<void> safe = testSafety(); !safe) {
        failExit(safe.error());
        return;
    }
    Q_EMIT m_owner.statusChanged();
}

void NodeEngine::Private::uplinkChanged()
{
    m_named.networksChanged();
    m_nat.networksChanged();
    m_mapper.networksChanged();
    m_silent.networksChanged();
    if (!m_device) {
        m_homeNetworks.forget();
        return;
    }
    m_answers.forget();
    leadAnswers(m_exit);
    const Result<bool> changed = m_exit.refresh();
    const Result<void> fit = changed ? m_homeNetworks.check(m_server, m_config.interfaceName)
                                     : unexpected(changed.error());
    if (!fit) {
        failExit(fit.error());
        return;
    }
    if (*changed) {
        m_homeNetworks.forget();
        m_homeNetworks.ask(m_server, m_exit.egress());
        m_look.ask(true);
    } else {
        testAgain();
    }
    askMappedAddress();
    // One after the other: each is a handshake on the thread that carries all guests' packets.
    Milliseconds after{};
    for (const auto &[session, guest] : m_guests) {
        QTimer::singleShot(after, guest.get(), &Guest::networksChanged);
        after += RenewalStep;
    }
}

void NodeEngine::Private::readFuse()
{
    if (m_guests.empty()) {
        m_cut.clear();
        return;
    }
    // Each question costs two processes, and what trips the fuse are hundreds of packets: while
    // guests are idle nobody is asked.
    std::uint64_t carried = 0;
    for (const auto &[id, guest] : m_guests)
        carried += guest->counts().up;
    const bool idle = carried >= m_carriedAtFuse && carried - m_carriedAtFuse < FewestToTrip;
    if (idle && m_cut.empty())
        return;
    m_carriedAtFuse = carried;
    const std::vector<IpAddress> now = m_exit.cutGuests();
    std::set<IpAddress> cut(now.begin(), now.end());
    for (const IpAddress &guest : cut) {
        if (m_cut.contains(guest))
            continue;
        ++m_fuseTrips;
        log::warning("node", "a guest reached for too many addresses: no new connections for it "
                             "for a minute");
    }
    if (cut == m_cut)
        return;
    m_cut = std::move(cut);
    Q_EMIT m_owner.statusChanged();
}

} // namespace higgs::node
