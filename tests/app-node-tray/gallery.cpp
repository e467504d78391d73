// SPDX-License-Identifier: GPL-3.0-or-later
// node_gallery FOLDER [WIDTH HEIGHT]: pictures of the window on every page and in every state, both
// themes and languages, for who works on it. Not a test: nothing is compared. With
// QT_SCALE_FACTOR=2, sharper.
#include "app-node/tray/node_program.h"
#include "app-node/tray/safety_page.h"
#include "shared/widgets/traffic_graph.h"
#include "tests/support/scripted_node.h"

#include <QApplication>
#include <QDate>
#include <QDir>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

using namespace higgs;
using namespace higgs::node;
using control::Json;

namespace {

void drawTraffic(MainWindow &window)
{
    auto *graph = window.findChild<widgets::TrafficGraph *>();
    Monotonic now = monotonicNow() - std::chrono::seconds(121);
    double down = 0;
    double up = 0;
    graph->clear();
    for (int second = 0; second < 121; ++second) {
        const double wave = 0.5 + 0.5 * std::sin(second / 9.0) * std::cos(second / 23.0);
        down += 2.1e6 * wave * (second % 40 < 30 ? 1 : 0.2);
        up += 0.3e6 * (1 - wave);
        graph->take(now, static_cast<quint64>(down), static_cast<quint64>(up));
        now += std::chrono::seconds(1);
    }
}

void fill(test::ScriptedNode &daemon)
{
    daemon.status().update(Json{{"today", {{"rxBytes", 240e6}, {"txBytes", 1810e6}, {"guests", 7}}},
                                {"volume",
                                 {{"usedBytes", 34'000'000'000},
                                  {"capBytes", 100'000'000'000},
                                  {"from", nullptr},
                                  {"resetsAt", (wallNow() + std::chrono::hours(24 * 8)).ms}}},
                                {"rxMbps", 1.9},
                                {"txMbps", 14.2}});
    daemon.status()["today"]["rxBytes"] = 240'000'000;
    daemon.status()["today"]["txBytes"] = 1'810'000'000;
    daemon.status()["limits"].update(
        Json{{"upMbps", 5}, {"downMbps", 20}, {"monthlyBytes", 100'000'000'000}, {"maxGuests", 5}});
    daemon.guests() = Json::array();
    for (int number : {12, 15, 16})
        daemon.guests().push_back(Json{{"number", number},
                                       {"since", (wallNow() - std::chrono::minutes(7 * number)).ms},
                                       {"path", "relay"},
                                       {"online", true},
                                       {"rxBytes", 12'000'000 * number},
                                       {"txBytes", 96'000'000 * number},
                                       {"rxMbps", 0.4},
                                       {"txMbps", 3.7},
                                       {"cut", number == 15}});
    daemon.days() = Json::array();
    for (int back = 27; back >= 0; --back) {
        if (back % 9 == 4)
            continue;
        const double wave = 1.2 + std::sin(back * 1.7);
        daemon.days().push_back(
            Json{{"day", QDate::currentDate().addDays(-back).toString(Qt::ISODate).toStdString()},
                 {"rxBytes", static_cast<quint64>(wave * 200e6)},
                 {"txBytes", static_cast<quint64>(wave * 1300e6)},
                 {"guests", 3 + back % 5}});
    }
    daemon.hours() = Json::array();
    const std::int64_t hour = 3'600'000;
    for (int back = 23; back >= 0; --back) {
        if (back % 8 == 3)
            continue;
        const double wave = 1.1 + std::sin(back * 0.9);
        daemon.hours().push_back(Json{{"from", (wallNow().ms / hour - back) * hour},
                                      {"rxBytes", static_cast<quint64>(wave * 9e6)},
                                      {"txBytes", static_cast<quint64>(wave * 60e6)},
                                      {"guests", 1}});
    }
    daemon.logLines() = Json::array({Json{
        {"time", wallNow().ms}, {"level", "info"}, {"area", "noded"}, {"text", "state: sharing"}}});
}

class Gallery
{
public:
    Gallery(QApplication &application, QString folder, QSize size)
        : m_folder(std::move(folder)), m_program(application, options())
    {
        m_daemon.start();
        if (!m_program.begin())
            qFatal("another gallery runs");
        m_program.window().resize(size);
        waitForDaemon();
    }

    void all()
    {
        for (const auto language :
             {widgets::LanguageChoice::English, widgets::LanguageChoice::Russian}) {
            for (const auto theme : {widgets::ThemeChoice::Light, widgets::ThemeChoice::Dark}) {
                m_program.language().setChoice(language);
                m_program.theme().setChoice(theme);
                m_tail = QStringLiteral("-%1-%2").arg(
                    language == widgets::LanguageChoice::English ? QStringLiteral("en")
                                                                 : QStringLiteral("ru"),
                    theme == widgets::ThemeChoice::Light ? QStringLiteral("light")
                                                         : QStringLiteral("dark"));
                scenes();
            }
        }
    }

private:
    ProgramOptions options() const
    {
        ProgramOptions options;
        options.controlSocket = m_daemon.path();
        options.preferencesFile = m_dir.filePath(QStringLiteral("node.ini"));
        options.autostartFolder = m_dir.path();
        options.instancePath = m_dir.filePath(QStringLiteral("instance"));
        options.useKeychain = false;
        return options;
    }

    void waitForDaemon()
    {
        if (!QTest::qWaitFor([this] { return m_program.link().linkState() == LinkState::Up; },
                             8000))
            qFatal("the scripted daemon does not answer");
    }

    void shoot(const char *name)
    {
        QTest::qWait(120);
        m_program.window().grab().save(m_folder + QLatin1Char('/') + QString::fromLatin1(name) +
                                       m_tail + QStringLiteral(".png"));
    }

    /// The same page further down.
    void shootRest(const char *name)
    {
        for (QScrollArea *area : m_program.window().findChildren<QScrollArea *>()) {
            if (area->isVisible() && area->verticalScrollBar()->maximum() > 0)
                area->verticalScrollBar()->setValue(area->verticalScrollBar()->maximum());
        }
        shoot(name);
        for (QScrollArea *area : m_program.window().findChildren<QScrollArea *>())
            area->verticalScrollBar()->setValue(0);
    }

    void home(const char *name)
    {
        QTest::qWait(60);
        m_program.window().showHome();
        drawTraffic(m_program.window());
        shoot(name);
    }

    void firstRun()
    {
        MainWindow &window = m_program.window();
        auto *next = window.findChild<QPushButton *>(QStringLiteral("firstRunNext"));
        m_daemon.status()["consent"] = false;
        m_daemon.status()["sharing"] = false;
        m_daemon.status()["state"] = "off";
        m_daemon.status()["server"] = nullptr;
        m_daemon.tell();
        QTest::qWait(60);
        window.showFirstRun();
        shoot("first-1");
        next->click();
        shoot("first-2");
        next->click();
        shoot("first-3");
        shootRest("first-3b");
        m_daemon.status()["server"] =
            Json{{"host", "vpn.example.net"}, {"port", 3000}, {"pin", nullptr}};
        home("home-no-consent");
    }

    /// Who came straight stays, whatever is wrong between here and the server.
    void guestsStay()
    {
        for (const char *problem :
             {"server_unreachable", "server_untrusted", "certificate_dates", "access_denied",
              "already_registered", "pending_approval", "server_refused"}) {
            m_daemon.problem(problem);
            m_daemon.status()["guests"] = 1;
            m_daemon.tell();
            home((std::string("stay-") + problem).c_str());
        }
        m_daemon.status()["guests"] = 0;
    }

    void scenes()
    {
        MainWindow &window = m_program.window();
        firstRun();
        fill(m_daemon);
        m_daemon.agreed();
        home("home-off");
        m_daemon.sharing(3);
        home("home-sharing");
        m_daemon.limited("schedule", (wallNow() + std::chrono::hours(9)).ms);
        home("home-schedule");
        m_daemon.limited("paused", (wallNow() + std::chrono::hours(1)).ms);
        home("home-paused");
        m_daemon.problem("server_unreachable", "connect: timed out");
        home("home-problem");
        guestsStay();
        m_daemon.problem("exit_unsafe");
        m_daemon.attempts()[0] = test::attempt("lan", "192.168.1.20", false);
        m_program.link().safety(true);
        QTest::qWait(100);
        home("home-unsafe");
        window.showSafety();
        shoot("safety-failed");
        m_daemon.attempts()[0] = test::attempt("lan", "192.168.1.20");
        m_program.link().safety(true);
        m_daemon.sharing(3);
        QTest::qWait(100);
        window.showHome();
        window.showSafety();
        shoot("safety");
        shootRest("safety-b");
        static_cast<void>(window.findChild<SafetyPage *>()->save(
            m_folder + QStringLiteral("/certificate") + m_tail + QStringLiteral(".pdf")));
        window.showLimits();
        shoot("limits");
        shootRest("limits-b");
        window.showGuests();
        shoot("guests");
        window.showHistory();
        shoot("history");
        shootRest("history-b");
        window.showLetter();
        QTest::qWait(100);
        shoot("letter");
        shootRest("letter-b");
        window.showDiagnostics();
        shoot("diagnostics");
        window.showSettings();
        shoot("settings");
        shootRest("settings-b");
        m_daemon.status()["server"]["version"] = "99.1";
        m_daemon.tell();
        QTest::qWait(60);
        shoot("settings-update");
        m_daemon.status()["server"].erase("version");
        window.showHome();
        m_daemon.stop();
        QTest::qWait(300);
        shoot("fault");
        m_daemon.start();
        waitForDaemon();
    }

    QString m_folder;
    QString m_tail;
    QTemporaryDir m_dir;
    test::ScriptedNode m_daemon;
    NodeProgram m_program;
};

} // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    const QStringList words = QApplication::arguments();
    if (words.size() < 2)
        qFatal("node_gallery FOLDER [WIDTH HEIGHT]");
    QFont font(QStringLiteral("Inter"));
    font.setPixelSize(15);
    QApplication::setFont(font);
    QDir().mkpath(words[1]);
    Gallery gallery(application, words[1],
                    words.size() > 3 ? QSize(words[2].toInt(), words[3].toInt()) : QSize(420, 680));
    gallery.all();
    return 0;
}
