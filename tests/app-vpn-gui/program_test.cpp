// SPDX-License-Identifier: GPL-3.0-or-later
// The whole window as main() makes it, against a daemon that plays a script: what a person meets
// from the first start on.
#include "app-vpn/gui/vpn_program.h"
#include "tests/app-vpn-gui/window_bed.h"
#include "tests/support/scripted_daemon.h"

#include <QAction>
#include <QApplication>
#include <QRegularExpression>
#include <QThread>

using namespace higgs;
using namespace higgs::vpn;
using namespace higgs::test;

class ProgramTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void firstStartToConnected();
    void serverGoneNodeGoneAndBack();
    void wrongKeyLeadsToItsField();
    void daemonAbsentThenThere();
    void everythingIsInRussian();
    void secondStartRaisesAndHandsOver();
    void linkOnTheCommandLine();
    void hiddenStart();
    void quitEnds();

private:
    void begin(const QString &link = {}, bool hidden = false);
    QWidget &window() { return m_program->window(); }
    QString title() { return textOf(window(), "stateTitle"); }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<ScriptedDaemon> m_daemon;
    std::unique_ptr<VpnProgram> m_program;
};

void ProgramTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_daemon = std::make_unique<ScriptedDaemon>();
    QFile preferences(m_dir->filePath(QStringLiteral("vpn.ini")));
    QVERIFY(preferences.open(QIODevice::WriteOnly));
    preferences.write("[General]\nlanguage=en\ntheme=light\n");
}

void ProgramTest::cleanup()
{
    m_program.reset();
    m_daemon.reset();
}

void ProgramTest::begin(const QString &link, bool hidden)
{
    ProgramOptions options;
    options.controlSocket = m_daemon->path();
    options.hidden = hidden;
    options.link = link;
    options.preferencesFile = m_dir->filePath(QStringLiteral("vpn.ini"));
    options.autostartFolder = m_dir->filePath(QStringLiteral("autostart"));
    options.instancePath = m_dir->filePath(QStringLiteral("one.sock"));
    options.useKeychain = false;
    m_program = std::make_unique<VpnProgram>(*qApp, options);
    const auto role = m_program->begin();
    QVERIFY(role && *role == widgets::SingleInstance::Role::First);
}

void ProgramTest::firstStartToConnected()
{
    m_daemon->status()["server"] = nullptr;
    m_daemon->start();
    begin();
    QTRY_VERIFY(shows(window(), "firstRunServer"));
    enter(window(), "firstRunServer", QStringLiteral("vpn.example.org"));
    press(window(), "firstRunNext");
    QTRY_VERIFY(shows(window(), "firstRunKeySkip"));
    press(window(), "firstRunKeySkip");
    press(window(), "firstRunConnect");
    QTRY_COMPARE(title(), QStringLiteral("Connecting"));
    QVERIFY(shows(window(), "stateTitle"));
    m_daemon->connected("DE", "DE-BE");
    QTRY_COMPARE(title(), QStringLiteral("Connected"));
    press(window(), "powerButton");
    QTRY_COMPARE(title(), QStringLiteral("Disconnected"));
}

void ProgramTest::serverGoneNodeGoneAndBack()
{
    m_daemon->start();
    m_daemon->connected("DE", {});
    begin();
    QTRY_COMPARE(title(), QStringLiteral("Connected"));
    for (const char *problem : {"server_unreachable", "node_lost", "no_matching_node"}) {
        m_daemon->blocked(problem);
        QTRY_COMPARE(title(), QStringLiteral("Blocked"));
        QVERIFY(shows(window(), "stateSentence"));
        m_daemon->connected("DE", {});
        QTRY_COMPARE(title(), QStringLiteral("Connected"));
    }
}

void ProgramTest::wrongKeyLeadsToItsField()
{
    m_daemon->start();
    begin();
    QTRY_COMPARE(title(), QStringLiteral("Disconnected"));
    m_daemon->blocked("access_denied");
    QTRY_VERIFY(shows(window(), "bannerButton"));
    press(window(), "bannerButton");
    QTRY_VERIFY(shows(window(), "accessKeyField"));
    enter(window(), "accessKeyField", QStringLiteral("right-key"));
    press(window(), "accessKeyKeep");
    QTRY_VERIFY(m_program->link().view().accessKeySet);
}

void ProgramTest::daemonAbsentThenThere()
{
    begin();
    QTRY_VERIFY(shows(window(), "faultTitle"));
    m_daemon->start();
    press(window(), "faultRetry");
    QTRY_VERIFY(shows(window(), "stateTitle"));
    m_daemon->stop();
    QTRY_VERIFY(shows(window(), "faultTitle"));
}

void ProgramTest::everythingIsInRussian()
{
    m_daemon->start();
    begin();
    QTRY_COMPARE(title(), QStringLiteral("Disconnected"));
    m_program->language().setChoice(widgets::LanguageChoice::Russian);
    QTRY_COMPARE(title(), QStringLiteral("Отключено"));
    const QRegularExpression words(QStringLiteral("[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}"));
    const auto check = [&](const char *where) {
        QCoreApplication::processEvents();
        const QString english = words.match(allTexts(window())).captured();
        // The licence's own name, and what the daemon itself says.
        const bool allowed = english.isEmpty() || english.startsWith(QStringLiteral("General"));
        QVERIFY2(allowed, qPrintable(QLatin1String(where) + QStringLiteral(": ") + english));
    };
    check("home");
    for (const char *page : {"settingsAction", "diagnosticsAction"}) {
        named<QAction>(window(), page)->trigger();
        check(page);
    }
    m_daemon->blocked("node_lost");
    m_daemon->connected("DE", {});
    QTRY_COMPARE(m_program->link().view().state, State::Connected);
    m_program->window().showHome();
    check("connected");
    m_program->language().setChoice(widgets::LanguageChoice::English);
    QTRY_COMPARE(title(), QStringLiteral("Connected"));
}

void ProgramTest::secondStartRaisesAndHandsOver()
{
    m_daemon->start();
    begin();
    QTRY_COMPARE(title(), QStringLiteral("Disconnected"));
    window().hide();
    const auto startAgain = [this](const QString &message) {
        std::optional<Result<widgets::SingleInstance::Role>> role;
        const std::unique_ptr<QThread> other(QThread::create([&] {
            widgets::SingleInstance second;
            role = second.begin(m_dir->filePath(QStringLiteral("one.sock")), message);
        }));
        other->start();
        const bool done = QTest::qWaitFor([&] { return other->isFinished(); });
        return done && role && *role && **role == widgets::SingleInstance::Role::HandedOver;
    };
    QVERIFY(startAgain({}));
    QTRY_VERIFY(window().isVisible());
    QVERIFY(startAgain(QStringLiteral("higgs://join?server=other.example")));
    QTRY_VERIFY(shows(window(), "firstRunAccept"));
    QCOMPARE(m_daemon->count("configureServer"), 0U);
    press(window(), "firstRunDecline");
    QTRY_VERIFY(shows(window(), "stateTitle"));
}

void ProgramTest::linkOnTheCommandLine()
{
    m_daemon->start();
    begin(QStringLiteral("higgs://join?server=other.example"));
    QTRY_COMPARE(m_program->link().linkState(), LinkState::Up);
    QTRY_VERIFY(shows(window(), "firstRunAccept"));
    QVERIFY(textOf(window(), "firstRunReplaces").contains(QStringLiteral("vpn.example.net")));
    QCOMPARE(m_daemon->count("configureServer"), 0U);
}

void ProgramTest::hiddenStart()
{
    m_daemon->start();
    begin({}, true);
    QTRY_COMPARE(m_program->link().linkState(), LinkState::Up);
    QVERIFY(!window().isVisible() || window().isMinimized());
    QVERIFY(!m_program->tray().available()); // there is none here
    // Without a tray it must be possible to find it: it is in the task bar.
    QTRY_VERIFY_WITH_TIMEOUT(window().isVisible() && window().isMinimized(), 10000);
}

void ProgramTest::quitEnds()
{
    m_daemon->start();
    begin();
    QTRY_COMPARE(title(), QStringLiteral("Disconnected"));
    // Ending must not depend on the window's consent: that would rather stay in the tray.
    QTimer::singleShot(0, this, [this] { named<QAction>(window(), "quitAction")->trigger(); });
    QTimer::singleShot(5000, this, [] { QApplication::exit(7); });
    QCOMPARE(QApplication::exec(), 0);
}

QTEST_MAIN(ProgramTest)
#include "program_test.moc"
