// SPDX-License-Identifier: GPL-3.0-or-later
// The words of every state, problem and limit, the figures' forms, and what is worth a
// notification.
#include "app-node/tray/amount_row.h"
#include "app-node/tray/history_chart.h"
#include "app-node/tray/node_figures.h"
#include "app-node/tray/node_news.h"
#include "app-node/tray/node_words.h"
#include "app-node/tray/safety_words.h"
#include "app-node/tray/service_words.h"
#include "shared/widgets/language.h"

#include <QDateTime>
#include <QTest>
#include <set>

using namespace higgs;
using namespace higgs::node;
using widgets::LinkState;
using widgets::TrayShape;

class NodeWordsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyStateHasWords_data();
    void everyStateHasWords();
    void offSaysWhatIsMissing();
    void onlyServingLooksLikeServing();
    void onAndHeld();
    void limitsSayWhenTheyEnd();
    void linkWords();
    void moments();
    void failuresOfTheSelfTest();
    void limitsInAFewWords();
    void notices();
    void safetyGroups();
    void stopsOfASlider();
    void daysWithoutTraffic();
    void withoutTheServiceTheNetworkComesBack();
    void waysOfGuests();
    void whoIsCarriedWithoutAServer();
};

namespace {

constexpr WallTime Now{1'764'000'000'000};

NodeView viewOf(State state)
{
    NodeView view;
    view.state = state;
    view.sharing = state != State::Off;
    view.consent = true;
    view.server = ServerView{QStringLiteral("vpn.example.net"), 3000, {}};
    view.reach = Reach::Relay;
    view.country = QStringLiteral("DE");
    return view;
}

NodeView limitedBy(LimitReason reason)
{
    NodeView view = viewOf(State::Limited);
    view.limit = reason;
    return view;
}

NodeView troubledBy(Problem problem)
{
    NodeView view = viewOf(State::Problem);
    view.problem = problem;
    return view;
}

void sentenceIsWhole(const Words &words)
{
    QVERIFY(!words.title.isEmpty());
    QVERIFY(words.title.size() < 60);
    QVERIFY2(words.sentence.endsWith(QLatin1Char('.')), qPrintable(words.sentence));
    QVERIFY2(!words.sentence.contains(QLatin1Char('%')), qPrintable(words.sentence));
    QVERIFY(!words.title.contains(QLatin1Char('!')) && !words.sentence.contains(QLatin1Char('!')));
    QCOMPARE(words.deed == Deed::None, words.deedText.isEmpty());
    QVERIFY(words.toolTip.contains(words.title));
}

} // namespace

void NodeWordsTest::everyStateHasWords_data()
{
    QTest::addColumn<int>("language");
    QTest::newRow("English") << static_cast<int>(widgets::LanguageChoice::English);
    QTest::newRow("Russian") << static_cast<int>(widgets::LanguageChoice::Russian);
}

void NodeWordsTest::everyStateHasWords()
{
    QFETCH(int, language);
    widgets::Language chosen({QStringLiteral("widgets"), QStringLiteral("node")});
    chosen.setChoice(static_cast<widgets::LanguageChoice>(language));
    std::set<QString> titles;
    const auto look = [&titles](const NodeView &view) {
        const Words words = wordsOf(LinkState::Up, view, Now);
        sentenceIsWhole(words);
        QVERIFY2(titles.insert(words.title).second, qPrintable(words.title));
    };
    NodeView damaged = viewOf(State::Off);
    damaged.settingsFault = QStringLiteral("/var/lib/higgs-node/settings.json is damaged");
    for (const bool consent : {false, true}) {
        damaged.consent = consent; // whichever was read of it
        const Words words = wordsOf(LinkState::Up, damaged, Now);
        sentenceIsWhole(words);
        QCOMPARE(words.deed, Deed::OpenLimits);
        QCOMPARE(words.mood, Mood::Bad);
    }
    for (const State state : {State::Off, State::Starting, State::Sharing})
        look(viewOf(state));
    for (int i = static_cast<int>(LimitReason::Full); i <= static_cast<int>(LimitReason::Unknown);
         ++i)
        look(limitedBy(static_cast<LimitReason>(i)));
    for (int i = static_cast<int>(Problem::ServerUnreachable);
         i <= static_cast<int>(Problem::Unknown); ++i)
        look(troubledBy(static_cast<Problem>(i)));
    for (const int guests : {1, 2, 5, 21}) {
        NodeView view = viewOf(State::Sharing);
        view.guests = guests;
        look(view);
    }
    // Whatever the combination, there is something to say.
    for (int state = 0; state <= static_cast<int>(State::Problem); ++state) {
        for (int problem = 0; problem <= static_cast<int>(Problem::Unknown); ++problem) {
            for (int limit = 0; limit <= static_cast<int>(LimitReason::Unknown); ++limit) {
                NodeView view = viewOf(static_cast<State>(state));
                view.problem = static_cast<Problem>(problem);
                view.limit = static_cast<LimitReason>(limit);
                view.server.reset();
                view.reach = Reach::Nobody;
                view.limitUntil = Now + std::chrono::hours(30);
                sentenceIsWhole(wordsOf(LinkState::Up, view, Now));
            }
        }
    }
}

void NodeWordsTest::offSaysWhatIsMissing()
{
    NodeView view = viewOf(State::Off);
    QCOMPARE(wordsOf(LinkState::Up, view, Now).deed, Deed::None);
    view.server.reset();
    QCOMPARE(wordsOf(LinkState::Up, view, Now).deed, Deed::OpenSettings);
    view.consent = false;
    QCOMPARE(wordsOf(LinkState::Up, view, Now).deed, Deed::Agree);
    QCOMPARE(wordsOf(LinkState::Up, view, Now).shape, TrayShape::Off);
}

void NodeWordsTest::onlyServingLooksLikeServing()
{
    for (int i = 0; i <= static_cast<int>(LimitReason::Unknown); ++i) {
        const NodeView view = limitedBy(static_cast<LimitReason>(i));
        QCOMPARE(wordsOf(LinkState::Up, view, Now).shape == TrayShape::On, view.serves());
    }
    for (int i = 0; i <= static_cast<int>(Problem::Unknown); ++i)
        QVERIFY(wordsOf(LinkState::Up, troubledBy(static_cast<Problem>(i)), Now).shape !=
                TrayShape::On);
    NodeView alone = viewOf(State::Sharing);
    QCOMPARE(wordsOf(LinkState::Up, alone, Now).shape, TrayShape::On);
    alone.reach = Reach::Nobody;
    QCOMPARE(wordsOf(LinkState::Up, alone, Now).shape, TrayShape::Working);
    QCOMPARE(wordsOf(LinkState::Up, alone, Now).deed, Deed::OpenDiagnostics);
    // A home that is not safe is never merely limited.
    const Words unsafe = wordsOf(LinkState::Up, troubledBy(Problem::ExitUnsafe), Now);
    QCOMPARE(unsafe.shape, TrayShape::Blocked);
    QCOMPARE(unsafe.deed, Deed::OpenSafety);
}

void NodeWordsTest::onAndHeld()
{
    // The switch has its tick where guests can leave through this home, and only there.
    for (const State state : {State::Starting, State::Sharing, State::Limited, State::Problem}) {
        for (int i = 0; i <= static_cast<int>(LimitReason::Unknown); ++i) {
            for (const Reach reach : {Reach::Nobody, Reach::Relay}) {
                NodeView view = viewOf(state);
                view.limit = static_cast<LimitReason>(i);
                view.reach = reach;
                const Words words = wordsOf(LinkState::Up, view, Now);
                const bool shares = view.serves() && reach == Reach::Relay;
                QCOMPARE(words.held.has_value(), !shares);
                QVERIFY(words.held != widgets::Glyph::Check);
                if (view.limit != LimitReason::Full && view.limit != LimitReason::Maintenance)
                    QCOMPARE(words.shape == TrayShape::On, shares);
            }
        }
    }
    QVERIFY(!wordsOf(LinkState::Up, viewOf(State::Off), Now).held);
    QVERIFY(!wordsOf(LinkState::Absent, viewOf(State::Problem), Now).held);
}

void NodeWordsTest::limitsSayWhenTheyEnd()
{
    widgets::Language english({});
    english.setChoice(widgets::LanguageChoice::English);
    NodeView view = limitedBy(LimitReason::Schedule);
    QVERIFY(wordsOf(LinkState::Up, view, Now).sentence.contains(QStringLiteral("no hour")));
    view.limitUntil = Now + std::chrono::hours(24);
    QVERIFY(wordsOf(LinkState::Up, view, Now).sentence.contains(QStringLiteral("tomorrow at")));
    view = limitedBy(LimitReason::Paused);
    view.pausedUntil = Now + std::chrono::hours(24);
    const Words paused = wordsOf(LinkState::Up, view, Now);
    QVERIFY(paused.sentence.contains(QStringLiteral("tomorrow at")));
    QCOMPARE(paused.deed, Deed::Resume);
    QCOMPARE(paused.shape, TrayShape::Paused);
}

void NodeWordsTest::linkWords()
{
    for (const LinkState link :
         {LinkState::Connecting, LinkState::Absent, LinkState::Forbidden, LinkState::TooOld}) {
        // What stood before is never said of a daemon that does not answer.
        const Words words = wordsOf(link, viewOf(State::Sharing), Now);
        QVERIFY(words.shape != TrayShape::On);
        QVERIFY(!words.title.contains(QStringLiteral("Sharing")));
        QVERIFY(!words.toolTip.isEmpty());
    }
}

void NodeWordsTest::moments()
{
    const QLocale locale(QLocale::English, QLocale::UnitedKingdom);
    const WallTime noon{QDateTime(QDate(2026, 11, 23), QTime(12, 0)).toMSecsSinceEpoch()};
    const auto in = [noon](std::chrono::hours hours) { return noon + Milliseconds(hours); };
    QCOMPARE(comingText(in(std::chrono::hours(2)), noon, locale), QStringLiteral("at 14:00"));
    QCOMPARE(comingText(in(std::chrono::hours(18)), noon, locale),
             QStringLiteral("tomorrow at 06:00"));
    QCOMPARE(comingText(in(std::chrono::hours(54)), noon, locale),
             QStringLiteral("on Wednesday at 18:00"));
    QCOMPARE(comingText(in(std::chrono::hours(24 * 8)), noon, locale),
             QStringLiteral("on 1\u00a0December"));
    QCOMPARE(shortPastText(noon, noon, locale), QStringLiteral("at 12:00"));
    QCOMPARE(shortPastText(in(std::chrono::hours(-20)), noon, locale), QStringLiteral("yesterday"));
    QCOMPARE(shortPastText(in(std::chrono::hours(-24 * 22)), noon, locale),
             QStringLiteral("on 1\u00a0November"));
    QCOMPARE(pastText(noon, noon, locale), QStringLiteral("just now"));
    QCOMPARE(pastText(in(std::chrono::hours(-2)), noon, locale), QStringLiteral("today at 10:00"));
    QCOMPARE(pastText(in(std::chrono::hours(-20)), noon, locale),
             QStringLiteral("yesterday at 16:00"));
    QCOMPARE(mbitText(2.5, locale), QStringLiteral("2.5 Mbit/s"));
    QCOMPARE(mbitText(100, locale), QStringLiteral("100 Mbit/s"));
}

void NodeWordsTest::failuresOfTheSelfTest()
{
    widgets::Language english({});
    english.setChoice(widgets::LanguageChoice::English);
    NodeView view = troubledBy(Problem::ExitUnsafe);
    view.safety.state = SafetyState::Failed;
    const auto failedBy = [&view](const QStringList &faults) {
        view.safety.failed = faults;
        return breachOf(view.safety);
    };
    QCOMPARE(failedBy({}), Breach::None);
    QCOMPARE(failedBy({QStringLiteral("unknown public address of the router")}), Breach::None);
    QCOMPARE(failedBy({QStringLiteral("control 203.0.113.1:443")}), Breach::NoInternet);
    QCOMPARE(failedBy({QStringLiteral("ways lost: what the Internet answers over IPv4 (UDP)")}),
             Breach::NoInternet);
    QCOMPARE(failedBy({QStringLiteral("ways answers to guests go by eth1, as ip rule 100 says")}),
             Breach::NoInternet);
    QCOMPARE(failedBy({QStringLiteral("rules missing or changed: ip daddr @special4 goto refuse")}),
             Breach::Rules);
    // Nothing was reached, so nothing says that it was; and no rule's text is shown.
    const Words changed = wordsOf(LinkState::Up, view, Now);
    QVERIFY(changed.sentence.contains(QStringLiteral("changed the rules")));
    QVERIFY(!changed.deedText.contains(QStringLiteral("reached")));
    QVERIFY(!changed.sentence.contains(QStringLiteral("special4")));
    QCOMPARE(failedBy({QStringLiteral("rules missing"), QStringLiteral("lan 192.168.1.20:80"),
                       QStringLiteral("control 203.0.113.1:443")}),
             Breach::Reached);
    QVERIFY(wordsOf(LinkState::Up, view, Now).sentence.contains(QStringLiteral("got through")));
    // What the server's operator says is quoted: it is for the owner.
    view = troubledBy(Problem::ServerRefused);
    view.problemDetail = QStringLiteral("this country is full");
    QVERIFY(wordsOf(LinkState::Up, view, Now)
                .sentence.contains(QStringLiteral("“this country is full”")));
}

void NodeWordsTest::limitsInAFewWords()
{
    widgets::Language english({});
    english.setChoice(widgets::LanguageChoice::English);
    NodeView view;
    view.limits.maxGuests = 5;
    QCOMPARE(limitsLine(view), QStringLiteral("5 guests"));
    view.limits.monthlyBytes = 100'000'000'000;
    QCOMPARE(limitsLine(view), QStringLiteral("100 GB a month"));
    view.limits.upMbps = view.limits.downMbps = 20;
    QCOMPARE(limitsLine(view), QStringLiteral("Up to 20 Mbit/s"));
    view.limits.upMbps = 5;
    QCOMPARE(limitsLine(view), QStringLiteral("\u2193 20  \u2191 5 Mbit/s"));
    view.limits.downMbps = 0;
    QCOMPARE(limitsLine(view), QStringLiteral("\u2191 5 Mbit/s"));
    const QStringList plan = planPoints(view.limits);
    QCOMPARE(plan.size(), 3);
    QCOMPARE(
        QString(plan.last()).replace(QChar(QChar::Nbsp), QLatin1Char(' ')).remove(QChar(0x2060)),
        QStringLiteral("At most: 5 guests at once, 5 Mbit/s from them, 100 GB a month."));
}

void NodeWordsTest::notices()
{
    const NodeView sharing = viewOf(State::Sharing);
    QVERIFY(!noticeBetween(sharing, sharing, Now));
    const auto unsafe = noticeBetween(sharing, troubledBy(Problem::ExitUnsafe), Now);
    QVERIFY(unsafe && unsafe->urgent);
    QVERIFY(!noticeBetween(troubledBy(Problem::ExitUnsafe), troubledBy(Problem::ExitUnsafe), Now));
    QVERIFY(noticeBetween(troubledBy(Problem::ExitUnsafe), sharing, Now));
    QVERIFY(noticeBetween(sharing, limitedBy(LimitReason::Volume), Now));
    QVERIFY(!noticeBetween(sharing, limitedBy(LimitReason::Paused), Now));
    QVERIFY(!noticeBetween(sharing, limitedBy(LimitReason::Schedule), Now));
    QVERIFY(!noticeBetween(sharing, viewOf(State::Off), Now));
    NodeView cut = sharing;
    cut.fuseTrips = 1;
    QVERIFY(noticeBetween(sharing, cut, Now));
}

void NodeWordsTest::safetyGroups()
{
    SafetyReport report;
    const auto add = [&report](const char *kind, bool ok) {
        report.attempts.push_back(
            {QStringLiteral("x"), {}, QString::fromLatin1(kind), false, Seen::Refused, ok});
    };
    add("nat64", true);
    add("lan", true);
    add("mail", false);
    add("lan", true);
    add("volcano", true);
    const std::vector<SafetyGroup> groups = groupsOf(report);
    QCOMPARE(groups.size(), std::size_t{4});
    QCOMPARE(groups[0].kind, QStringLiteral("mail")); // what failed comes first
    QVERIFY(!groups[0].ok());
    QCOMPARE(groups[1].kind, QStringLiteral("lan"));
    QCOMPARE(groups[1].tried, 2);
    QCOMPARE(groups[3].name, QStringLiteral("volcano"));
}

void NodeWordsTest::stopsOfASlider()
{
    const std::vector<double> stops{1, 2, 5, 10, 0};
    QCOMPARE(nearestStop(stops, 0), 4);
    QCOMPARE(nearestStop(stops, 5), 2);
    QCOMPARE(nearestStop(stops, 6), 2);
    QCOMPARE(nearestStop(stops, 900), 3); // a large limit is still one
    QCOMPARE(nearestStop(stops, 0.1), 0);
    QCOMPARE(nearestStop({1, 3}, 2.9), 1);
}

void NodeWordsTest::daysWithoutTraffic()
{
    const QDate today(2026, 11, 23);
    const auto days =
        everyDay({{today.addDays(-1), 5, 6, 1}, {today.addDays(-90), 1, 1, 1}}, today, 3);
    QCOMPARE(days.size(), std::size_t{3});
    QCOMPARE(days[0].rxBytes, quint64{0});
    QCOMPARE(days[1].txBytes, quint64{6});
    QCOMPARE(days[2].day, today);
    constexpr std::int64_t Hour = 3'600'000;
    const auto hours =
        everyHour({{{5 * Hour}, {6 * Hour}, true, {}, 7, 8, 1}}, WallTime{6 * Hour + 1}, 3);
    QCOMPARE(hours.size(), std::size_t{3});
    QCOMPARE(hours[0].from.ms, 4 * Hour);
    QCOMPARE(hours[1].txBytes, quint64{8});
    QCOMPARE(hours[2].to.ms, 7 * Hour);
    QVERIFY(!hours[2].hasMoved());
}

void NodeWordsTest::withoutTheServiceTheNetworkComesBack()
{
    NodeLink link("/nonexistent/node.sock");
    link.line().start();
    QVERIFY(faultWords(link).restore.verb.isEmpty()); // nobody knows yet that it is gone
    QTRY_COMPARE(link.linkState(), LinkState::Absent);
    const widgets::Repair restore = faultWords(link).restore;
    QCOMPARE(restore.verb, QStringLiteral("Restore my network"));
    QCOMPARE(restore.command,
             QStringList({QCoreApplication::applicationDirPath() + QStringLiteral("/higgs-nodectl"),
                          QStringLiteral("restore-network"), QStringLiteral("--control"),
                          QStringLiteral("/nonexistent/node.sock")}));
    QVERIFY(restore.consequence.contains(QStringLiteral("sharing off")));
}

void NodeWordsTest::waysOfGuests()
{
    NodeView view = viewOf(State::Sharing);
    QCOMPARE(waysText(view), QString()); // an older service says nothing of it
    view.ways.reach = QStringLiteral("but_new_ports");
    view.ways.steps = {QStringLiteral("open_port"), QStringLiteral("of a newer service")};
    view.ways.udpPort = 51820;
    QVERIFY(waysText(view).startsWith(QLatin1String("Most guests reach this home directly.")));
    QVERIFY(waysText(view).endsWith(QLatin1String("forward UDP port 51820 to this computer.")));
    QCOMPARE(waysText(view).count(u'\n'), 1);
    view.ways.direct = 2;
    view.ways.relayed = 1;
    QVERIFY(waysText(view).startsWith(QLatin1String("Now: 2 directly, 1 through the server.\n")));
    view.reach = Reach::Nobody;
    QCOMPARE(waysText(view), QString());
    QCOMPARE(waysText(viewOf(State::Off)), QString());
}

/// Whom a home carries is not left out of what is said of it.
void NodeWordsTest::whoIsCarriedWithoutAServer()
{
    QStringList causes;
    for (const Problem problem :
         {Problem::None, Problem::ServerUntrusted, Problem::CertificateDates, Problem::AccessDenied,
          Problem::AlreadyRegistered, Problem::PendingApproval, Problem::ServerRefused,
          Problem::Unknown}) {
        NodeView view = viewOf(problem == Problem::None ? State::Sharing : State::Problem);
        view.reach = Reach::Nobody;
        view.problem = problem;
        view.sharing = true;
        for (const int guests : {1, 3}) {
            view.guests = guests;
            const Words words = wordsOf(LinkState::Up, view, Now);
            QVERIFY(words.title.startsWith(QLatin1String("Sharing with ")));
            QVERIFY(words.sentence.startsWith(QLatin1String("Guests from before stay connected.")));
            QVERIFY(words.mood == Mood::Held && words.held); // and not all is well
            causes += words.sentence;
        }
        view.guests = 0;
        QVERIFY(!wordsOf(LinkState::Up, view, Now).title.startsWith(QLatin1String("Sharing")));
    }
    QCOMPARE(causes.count(), 16);
    QCOMPARE(causes.removeDuplicates(), 8); // each has its own
    NodeView view = viewOf(State::Problem);
    view.guests = 1;
    view.problem = Problem::ServerUnreachable;
    QCOMPARE(wordsOf(LinkState::Up, view, Now).sentence, causes.front());
    view.problem = Problem::ServerRefused;
    view.problemDetail = QStringLiteral("too many homes there");
    QVERIFY(wordsOf(LinkState::Up, view, Now).sentence.contains(view.problemDetail));
    view.problem = Problem::AccessDenied; // and what is to be done
    QVERIFY(wordsOf(LinkState::Up, view, Now).deed == Deed::OpenSettings);
}

QTEST_MAIN(NodeWordsTest)
#include "node_words_test.moc"
