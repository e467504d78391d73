// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says, for every state, problem, link and kill switch: never more than is true.
#include "app-vpn/gui/state_view.h"
#include "shared/protocol/path_reason.h"

#include <QTest>
#include <array>

using namespace higgs;
using namespace higgs::vpn;
using widgets::RingKind;
using widgets::TrayShape;

namespace {

constexpr WallTime Now{1'800'000'000'000};

constexpr std::array States = {State::Disconnected, State::Connecting,    State::Connected,
                               State::Reconnecting, State::Disconnecting, State::Blocked};
constexpr std::array Problems = {Problem::None,
                                 Problem::ServerUnreachable,
                                 Problem::ServerUntrusted,
                                 Problem::CertificateDates,
                                 Problem::ServerBusy,
                                 Problem::AccessDenied,
                                 Problem::NoNodeOnline,
                                 Problem::NoMatchingNode,
                                 Problem::UnknownNode,
                                 Problem::NodeOffline,
                                 Problem::NodeLost,
                                 Problem::TooManySessions,
                                 Problem::ServerRefused,
                                 Problem::PathNotAvailable,
                                 Problem::NoPermission,
                                 Problem::TunnelFailed,
                                 Problem::NoServer,
                                 Problem::Lockdown,
                                 Problem::DnsFailed,
                                 Problem::NotRestored,
                                 Problem::Unknown};
constexpr std::array Links = {LinkState::Connecting, LinkState::Up, LinkState::Absent,
                              LinkState::Forbidden, LinkState::TooOld};

ClientView viewOf(State state, Problem problem = Problem::None, bool killSwitch = true)
{
    ClientView view;
    view.state = state;
    view.problem = problem;
    view.problemCode = QStringLiteral("made_up");
    view.killSwitch = killSwitch;
    view.server = ServerView{QStringLiteral("vpn.example.net"), 3000, {}};
    if (state == State::Connected || state == State::Reconnecting) {
        view.country = QStringLiteral("DE");
        view.path = PathKind::Relay;
        view.pathReason = QStringLiteral("relay_only");
    }
    return view;
}

bool says(const QString &text, const char *part)
{
    return text.contains(QLatin1String(part));
}

} // namespace

class StateViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void everything();
    void disconnected();
    void connecting();
    void connected();
    void reconnecting();
    void blocked();
    void lockdown();
    void paused();
    void leftBehind();
    void localNetwork();
    void noServer();
    void problemsHelp();
    void chips();
    void everyPathHasItsReason();
    void places();
    void notices();

private:
    void check(LinkState link, const ClientView &view);
};

void StateViewTest::check(LinkState link, const ClientView &view)
{
    const StateView said = stateView(link, view, Now);
    QVERIFY(!said.title.isEmpty());
    QVERIFY(!said.sentence.isEmpty());
    QVERIFY(!said.verb.isEmpty());
    QVERIFY(said.toolTip.contains(said.title) && said.toolTip.contains(said.sentence));
    for (const QString &text : {said.title, said.sentence, said.verb})
        QVERIFY2(!text.contains(u'%') && !text.contains(u'!'), qPrintable(text));
    if (said.banner)
        QVERIFY(!said.banner->text.isEmpty() &&
                said.banner->verb.isEmpty() == (said.banner->action == Action::None));
    const bool up = link == LinkState::Up;
    QCOMPARE(said.action == Action::None, !up);
    // "Connected", the whole ring and the tray's dot: for a verified tunnel alone.
    const bool stands = up && view.state == State::Connected;
    QCOMPARE(said.title == QLatin1String("Connected"), stands);
    QCOMPARE(said.tray == TrayShape::On, stands);
    QVERIFY(stands || said.ring != RingKind::On);
    QCOMPARE(said.details, stands);
    if (!up) {
        QCOMPARE(said.safety, Safety::Unknown);
        QVERIFY(said.chips.empty() && !said.banner);
        return;
    }
    switch (said.safety) {
    case Safety::Blocked:
        QVERIFY2(says(said.sentence, "Nothing"), qPrintable(said.sentence));
        QVERIFY(!says(said.sentence, "not protected"));
        QVERIFY(said.tray != TrayShape::Off);
        break;
    case Safety::Bare:
        QVERIFY2(says(said.sentence, "not protected"), qPrintable(said.sentence));
        QVERIFY(!says(said.sentence, "Nothing"));
        break;
    case Safety::Protected:
        QVERIFY(view.killSwitch && stands);
        break;
    case Safety::Unguarded:
        QVERIFY(said.banner && says(said.banner->text, "kill switch is not in force"));
        break;
    case Safety::Unknown:
        QFAIL("an answering daemon is not unknown");
    }
    // A person can always get the bare line back, but for lockdown, which has its settings.
    if (view.state == State::Blocked && said.safety == Safety::Blocked)
        QVERIFY(said.second.action == Action::Disconnect ||
                said.second.action == Action::OpenSettings);
    // One deed has one name, and never opens a blocked line without a word.
    for (const auto &[verb, action] :
         {std::pair(said.verb, said.action), std::pair(said.second.verb, said.second.action)}) {
        QCOMPARE(verb == QLatin1String("Disconnect"), action == Action::Disconnect);
        const bool opens =
            action == Action::Cancel || action == Action::Disconnect || action == Action::Unblock;
        if (opens && said.safety == Safety::Blocked)
            QVERIFY2(says(said.consequence, view.lockdown && action != Action::Unblock
                                                ? "lockdown goes on blocking"
                                                : "not protected"),
                     qPrintable(said.title));
    }
    if (said.safety == Safety::Protected || said.safety == Safety::Bare)
        QVERIFY(said.consequence.isEmpty() || said.action == Action::GoBack);
}

void StateViewTest::everything()
{
    for (const LinkState link : Links) {
        for (const State state : States) {
            for (const Problem problem : Problems) {
                for (const bool killSwitch : {false, true}) {
                    for (const bool lockdown : {false, true}) {
                        ClientView view = viewOf(state, problem, killSwitch);
                        view.lockdown = lockdown;
                        check(link, view);
                        if (QTest::currentTestFailed()) {
                            qWarning("link %d state %d problem %d kill switch %d lockdown %d",
                                     int(link), int(state), int(problem), killSwitch, lockdown);
                            return;
                        }
                    }
                }
            }
        }
    }
}

void StateViewTest::disconnected()
{
    ClientView view = viewOf(State::Disconnected, Problem::None, false);
    const StateView said = stateView(LinkState::Up, view, Now);
    QCOMPARE(said.title, QStringLiteral("Disconnected"));
    QCOMPARE(said.sentence, QStringLiteral("Your traffic is not protected"));
    view.exposedAddress = QStringLiteral("198.51.100.7");
    QVERIFY(says(stateView(LinkState::Up, view, Now).sentence,
                 "sites see your own address, 198.51.100.7"));
    view.exposedAddress = QStringLiteral("2001:db8:4f2:9c01:5b7a:13ff:fe20:81d4");
    QVERIFY(!says(stateView(LinkState::Up, view, Now).sentence, "2001"));
    view.exposedAddress.clear();
    QCOMPARE(said.verb, QStringLiteral("Connect"));
    QVERIFY(said.primary);
    QCOMPARE(said.ring, RingKind::Off); // grey: red means blocked or leaking
    QVERIFY(!said.banner);
    view = viewOf(State::Disconnected, Problem::None, false);
    view.version = QStringLiteral("0.9.2");
    view.server = ServerView{};
    for (const char *no : {"", "0.9.2", "0.9", "0.8.11", "newest", "-1.5"}) {
        view.server->version = QLatin1String(no);
        QVERIFY2(!stateView(LinkState::Up, view, Now).banner, no);
    }
    // What a server adds to the numbers is no sentence of ours.
    view.server->version = QStringLiteral("99 at http://evil.example");
    QVERIFY(!says(stateView(LinkState::Up, view, Now).banner->text, "evil"));
    view.server->version = QStringLiteral("0.10.0");
    const auto banner = stateView(LinkState::Up, view, Now).banner;
    QVERIFY(banner && says(banner->text, "0.10.0 is out, and this is 0.9.2"));
    view.state = State::Connected; // where the figures are worth more
    view.killSwitch = true;
    QVERIFY(!stateView(LinkState::Up, view, Now).banner);
}

void StateViewTest::connecting()
{
    ClientView view = viewOf(State::Connecting);
    QCOMPARE(stateView(LinkState::Up, view, Now).title, QStringLiteral("Connecting"));
    QVERIFY(!stateView(LinkState::Up, view, Now).primary);
    QCOMPARE(stateView(LinkState::Up, view, Now).action, Action::Cancel);
    view.problem = Problem::ServerUnreachable;
    QCOMPARE(stateView(LinkState::Up, view, Now).title, QStringLiteral("Waiting for the server"));
    view.problem = Problem::None;
    view.switching = true;
    QCOMPARE(stateView(LinkState::Up, view, Now).title, QStringLiteral("Switching"));
    // Where nothing is known to go back to, the deed has its name.
    QCOMPARE(stateView(LinkState::Up, view, Now).action, Action::Disconnect);
    view.switchingFrom = LeftView{QStringLiteral("DE"), {}, {}};
    const StateView switching = stateView(LinkState::Up, view, Now);
    QCOMPARE(switching.action, Action::GoBack);
    QCOMPARE(switching.verb, QStringLiteral("Cancel"));
    QCOMPARE(switching.consequence, QStringLiteral("If you cancel, you go back to Germany."));
    view.killSwitch = true;
    QCOMPARE(stateView(LinkState::Up, view, Now).safety, Safety::Blocked);
    view.switchingFrom->carries = true;
    QCOMPARE(stateView(LinkState::Up, view, Now).safety, Safety::Protected);
    QCOMPARE(stateView(LinkState::Up, view, Now).sentence,
             QStringLiteral("For now your traffic leaves from Germany"));
    view.killSwitch = false; // nobody would hold what leaves beside it
    QCOMPARE(stateView(LinkState::Up, view, Now).safety, Safety::Bare);
    view.problem = Problem::ServerBusy;
    QVERIFY(stateView(LinkState::Up, view, Now).banner.has_value());
}

void StateViewTest::connected()
{
    ClientView view = viewOf(State::Connected);
    StateView said = stateView(LinkState::Up, view, Now);
    QVERIFY(!said.banner);
    view.notSwitchedTo = QStringLiteral("JP");
    view.killSwitch = true;
    const auto kept = stateView(LinkState::Up, view, Now).banner;
    QVERIFY(kept && says(kept->text, "Japan could not be reached, so you stay where you were"));
    QCOMPARE(kept->action, Action::ChoosePlace);
    view = viewOf(State::Connected);
    QCOMPARE(said.sentence, QStringLiteral("Your traffic leaves from Germany"));
    QCOMPARE(said.verb, QStringLiteral("Disconnect"));
    QCOMPARE(said.second.action, Action::Pause);
    view.health = Health::NoSignal;
    said = stateView(LinkState::Up, view, Now);
    QVERIFY(says(said.sentence, "no sign of life"));
    QVERIFY(said.ring != RingKind::On);
    view.health = Health::Unstable;
    view.lockdown = true;
    said = stateView(LinkState::Up, view, Now);
    QCOMPARE(said.ring, RingKind::On);
    QCOMPARE(said.second.action, Action::None); // lockdown forbids a pause
    view.country.clear();
    QCOMPARE(stateView(LinkState::Up, view, Now).sentence,
             QStringLiteral("Your traffic takes the tunnel"));
}

void StateViewTest::reconnecting()
{
    const StateView said =
        stateView(LinkState::Up, viewOf(State::Reconnecting, Problem::NodeLost), Now);
    QCOMPARE(said.sentence,
             QStringLiteral("Nothing leaves this computer until the tunnel is back"));
    QCOMPARE(said.ring, RingKind::Attention);
    QCOMPARE(said.tray, TrayShape::Working);
    QCOMPARE(said.verb, QStringLiteral("Disconnect"));
    QCOMPARE(said.consequence, QStringLiteral("If you disconnect, your traffic is not protected."));
}

void StateViewTest::blocked()
{
    const StateView said =
        stateView(LinkState::Up, viewOf(State::Blocked, Problem::ServerUnreachable), Now);
    QCOMPARE(said.title, QStringLiteral("Blocked"));
    QCOMPARE(said.ring, RingKind::Blocked);
    QCOMPARE(said.action, Action::TryAgain);
    QCOMPARE(said.second.action, Action::Disconnect);
    QVERIFY(says(said.banner->text, "does not answer"));
    QVERIFY(says(said.banner->text, "Trying again automatically"));
    const StateView untrusted =
        stateView(LinkState::Up, viewOf(State::Blocked, Problem::ServerUntrusted), Now);
    QVERIFY(!says(untrusted.banner->text, "tried again"));
}

void StateViewTest::lockdown()
{
    ClientView view = viewOf(State::Blocked, Problem::Lockdown);
    view.lockdown = true;
    const StateView said = stateView(LinkState::Up, view, Now);
    QVERIFY(says(said.sentence, "Lockdown is on"));
    QCOMPARE(said.action, Action::Connect);
    QVERIFY(!said.banner);
    QCOMPARE(said.second.action, Action::OpenSettings);
    view.settingsFault = QStringLiteral("/var/lib/higgs-vpn/settings.json is damaged");
    const StateView damaged = stateView(LinkState::Up, view, Now);
    QVERIFY(damaged.banner && says(damaged.banner->text, "settings cannot be read"));
    QCOMPARE(damaged.second.action, Action::OpenSettings);
}

void StateViewTest::paused()
{
    ClientView view = viewOf(State::Disconnected, Problem::None, false);
    view.pausedUntil = Now + std::chrono::minutes(5);
    const StateView said = stateView(LinkState::Up, view, Now);
    QCOMPARE(said.title, QStringLiteral("Paused"));
    QCOMPARE(said.ring, RingKind::Waiting);
    QCOMPARE(said.hoursLeft, 1.0 / 12);
    QCOMPARE(said.action, Action::Resume);
    QVERIFY(says(said.sentence, "not protected"));
    view.pausedUntil = Now;
    QCOMPARE(stateView(LinkState::Up, view, Now).title, QStringLiteral("Disconnected"));
}

void StateViewTest::leftBehind()
{
    const StateView said = stateView(LinkState::Up, viewOf(State::Disconnected), Now);
    QCOMPARE(said.ring, RingKind::Blocked);
    QCOMPARE(said.action, Action::Unblock);
}

void StateViewTest::localNetwork()
{
    ClientView view = viewOf(State::Reconnecting);
    view.settings.lan = true;
    QVERIFY(says(stateView(LinkState::Up, view, Now).sentence,
                 "Nothing but local network traffic leaves this computer"));
}

void StateViewTest::noServer()
{
    ClientView view = viewOf(State::Disconnected, Problem::NoServer, false);
    view.server.reset();
    const StateView said = stateView(LinkState::Up, view, Now);
    QCOMPARE(said.action, Action::SetUp);
    QVERIFY(!said.banner);
}

void StateViewTest::problemsHelp()
{
    const auto action = [](Problem problem) {
        return stateView(LinkState::Up, viewOf(State::Disconnected, problem, false), Now)
            .banner->action;
    };
    QCOMPARE(action(Problem::AccessDenied), Action::EnterKey);
    QCOMPARE(action(Problem::NoMatchingNode), Action::ChoosePlace);
    QCOMPARE(action(Problem::ServerUntrusted), Action::OpenDiagnostics);
    QCOMPARE(action(Problem::PathNotAvailable), Action::OpenSettings);
    QVERIFY(says(problemText(viewOf(State::Blocked, Problem::Unknown)), "made_up"));
    for (const Problem problem : Problems)
        QCOMPARE(problemText(viewOf(State::Blocked, problem)).isEmpty(), problem == Problem::None);
}

void StateViewTest::chips()
{
    ClientView view = viewOf(State::Connected);
    const auto words = [&view] {
        QStringList list;
        for (const ChipView &chip : stateView(LinkState::Up, view, Now).chips)
            list << chip.word;
        return list;
    };
    QCOMPARE(words(), (QStringList{QStringLiteral("Relayed"), QStringLiteral("Kill switch")}));
    view.path = PathKind::Cascade;
    view.request = RequestView{QStringLiteral("DE"), {}, {}, QStringLiteral("FI")};
    view.lockdown = true;
    QCOMPARE(words(), (QStringList{QStringLiteral("Via Finland"), QStringLiteral("Kill switch"),
                                   QStringLiteral("Lockdown")}));
    view.lockdown = false;
    view.leaked = 0;
    QVERIFY(stateView(LinkState::Up, view, Now)
                .chips.back()
                .reason.contains(QStringLiteral("0 packets")));
    view.leaked = 5; // first of what the firewall does
    QCOMPARE(words().at(1), QStringLiteral("5 packet(s) outside"));
    view.leaked.reset();
    view.killSwitch = false;
    view.excluded = 2;
    QCOMPARE(words().size(), 2); // no claim of a kill switch; what is outside is said
    for (const ChipView &chip : stateView(LinkState::Up, view, Now).chips)
        QVERIFY(!chip.reason.isEmpty());
}

void StateViewTest::everyPathHasItsReason()
{
    ClientView view = viewOf(State::Connected);
    for (const protocol::PathReasonWords &each : protocol::pathReasons()) {
        view.pathReason = QString::fromUtf8(each.name.data(), qsizetype(each.name.size()));
        QCOMPARE(pathReasonText(view), QString::fromUtf8(each.window));
    }
    view.pathCause = QStringLiteral("both_new_ports");
    view.pathSteps = {QStringLiteral("another_network"), QStringLiteral("of a newer service")};
    QVERIFY(says(pathReasonText(view), "Through the server's relay. Both routers"));
    QCOMPARE(pathReasonText(view).count(u'\n'), 1);
    view.pathCause = QStringLiteral("of a newer service");
    QVERIFY(!says(pathReasonText(view), "newer"));
    view.pathCause.clear();
    // Of a newer daemon the kind of path is known, at best.
    view.pathReason = QStringLiteral("newer");
    QVERIFY(says(pathReasonText(view), "relay, the path that always works"));
    view.path = PathKind::Direct;
    QVERIFY(says(pathReasonText(view), "Straight"));
    view.path = PathKind::Turn;
    QVERIFY(says(pathReasonText(view), "TURN"));
    view.path = PathKind::Cascade;
    QVERIFY(says(pathReasonText(view), "entry node"));
    view.path = PathKind::Unknown;
    QCOMPARE(pathReasonText(view), QString());
}

void StateViewTest::places()
{
    QCOMPARE(placeText(QStringLiteral("DE"), {}), QStringLiteral("Germany"));
    QCOMPARE(placeText({}, QStringLiteral("DE-BE")), QString());
    QCOMPARE(placeText(QStringLiteral("DE"), QStringLiteral("Berlin")),
             QStringLiteral("Berlin, Germany"));
    QCOMPARE(placeText(QStringLiteral("DE"), QStringLiteral("DE-ZZ")), QStringLiteral("Germany"));
}

void StateViewTest::notices()
{
    const ClientView standing = viewOf(State::Connected);
    QVERIFY(!noticeBetween(standing, standing));
    const auto lost = noticeBetween(standing, viewOf(State::Reconnecting));
    QVERIFY(lost && lost->urgent && says(lost->text, "Nothing leaves"));
    const auto bare = noticeBetween(standing, viewOf(State::Reconnecting, Problem::None, false));
    QVERIFY(bare && says(bare->text, "not protected"));
    const auto back = noticeBetween(viewOf(State::Reconnecting), standing);
    QVERIFY(back && !back->urgent && back->title == QLatin1String("Connected again"));
    // What a person asked for and got needs no telling.
    QVERIFY(!noticeBetween(viewOf(State::Disconnecting), viewOf(State::Disconnected)));
    QVERIFY(
        !noticeBetween(viewOf(State::Disconnecting), viewOf(State::Blocked, Problem::Lockdown)));
    const auto refused = noticeBetween(viewOf(State::Connecting),
                                       viewOf(State::Disconnected, Problem::AccessDenied, false));
    QVERIFY(refused && refused->urgent && says(refused->text, "not protected"));
    const auto blockedNotice =
        noticeBetween(viewOf(State::Reconnecting), viewOf(State::Blocked, Problem::NodeLost));
    QVERIFY(blockedNotice && blockedNotice->title == QLatin1String("Blocked"));
}

QTEST_GUILESS_MAIN(StateViewTest)
#include "state_view_test.moc"
