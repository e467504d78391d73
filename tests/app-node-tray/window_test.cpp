// SPDX-License-Identifier: GPL-3.0-or-later
// The whole window against a daemon that plays a script, by the buttons that people press.
#include "app-node/tray/home_page.h"
#include "app-node/tray/nav_tile.h"
#include "app-node/tray/node_program.h"
#include "app-node/tray/schedule_grid.h"
#include "shared/widgets/page.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/toggle_switch.h"
#include "shared/widgets/traffic_graph.h"
#include "tests/support/scripted_node.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace higgs;
using namespace higgs::node;
using control::Json;

class WindowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void firstRunSharesNothingBeforeConsent();
    void consentRefused();
    void firstRunWithServer();
    void firstRunRefusedByTheDaemon();
    void invitationIsShownNotUsed();
    void onAndOff();
    void refusalPutsTheSwitchBack();
    void pauseAndResume();
    void switchThatIsHeld();
    void noTrafficWithoutGuests();
    void limitsChange();
    void limitsRefused();
    void scheduleByMouse();
    void scheduleByKeyboard();
    void guestEnded();
    void failedSelfTest();
    void daemonGoneAndBack();
    void tooOld_data();
    void tooOld();
    void pagesBeginAtTheirTop();
    void languageAndTheme();
    void closingWithoutATray();
    void trayMenu();
    void secondStart();
    void consentWithdrawn();
    void everyButtonHasAName();
    void homeFitsTheUsualWindow_data();
    void homeFitsTheUsualWindow();
    void tilesAreWholeInTheLeastWindow_data() { bothLanguages(); }
    void tilesAreWholeInTheLeastWindow();

private:
    void bothLanguages();
    void begin();
    void agreedAndUp();
    template <typename T>
    T *find(const char *name);
    void press(const char *name);
    QString text(const char *name);
    QAction *trayAction(const char *name);

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<test::ScriptedNode> m_daemon;
    std::unique_ptr<NodeProgram> m_program;
    ProgramOptions m_options;
};

void WindowTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_daemon = std::make_unique<test::ScriptedNode>();
    m_options = {};
    m_options.controlSocket = m_daemon->path();
    m_options.preferencesFile = m_dir->filePath(QStringLiteral("node.ini"));
    m_options.autostartFolder = m_dir->path();
    m_options.instancePath = m_dir->filePath(QStringLiteral("instance"));
    m_options.useKeychain = false;
    m_daemon->start();
}

void WindowTest::cleanup()
{
    m_program.reset();
    m_daemon.reset();
}

void WindowTest::begin()
{
    m_program = std::make_unique<NodeProgram>(*qApp, m_options);
    m_program->language().setChoice(widgets::LanguageChoice::English);
    QVERIFY(m_program->begin());
    QTRY_COMPARE(m_program->link().linkState(), LinkState::Up);
}

void WindowTest::agreedAndUp()
{
    m_daemon->agreed();
    begin();
}

template <typename T>
T *WindowTest::find(const char *name)
{
    T *found = nullptr;
    for (T *each : m_program->window().findChildren<T *>(QString::fromLatin1(name))) {
        if (found == nullptr || each->isVisible())
            found = each;
    }
    return found;
}

void WindowTest::press(const char *name)
{
    auto *button = find<QAbstractButton>(name);
    QVERIFY2(button != nullptr, name);
    QTRY_VERIFY2(button->isVisible() && button->isEnabled(), name);
    QTest::mouseClick(button, Qt::LeftButton);
}

QString WindowTest::text(const char *name)
{
    auto *label = find<QLabel>(name);
    return label != nullptr && label->isVisible() ? label->text() : QString();
}

QAction *WindowTest::trayAction(const char *name)
{
    return m_program->tray().menu().findChild<QAction *>(QString::fromLatin1(name));
}

void WindowTest::firstRunSharesNothingBeforeConsent()
{
    begin();
    QTRY_VERIFY(find<QAbstractButton>("firstRunNext")->isVisible());
    press("firstRunNext");
    press("firstRunNext");
    // Up to here the daemon was asked for nothing but its state.
    QCOMPARE(m_daemon->count("consent") + m_daemon->count("limits") + m_daemon->count("set"),
             std::size_t{0});
    auto *country = find<QComboBox>("countryChoice");
    QCOMPARE(country->currentData().toString(), QStringLiteral("DE"));
    find<QDoubleSpinBox>("firstDownBox")->setValue(35);
    press("firstRunNext");
    QTRY_COMPARE(m_daemon->count("consent"), std::size_t{1});
    QVERIFY(m_daemon->last("limits")["downMbps"] == (Json(35.0)));
    QVERIFY(m_daemon->last("consent") == Json({{"agreed", true}}));
    // Agreed, and still off: switching on is the owner's.
    QTRY_VERIFY(find<QAbstractButton>("shareSwitch")->isVisible());
    QVERIFY(!find<QAbstractButton>("shareSwitch")->isChecked());
    QCOMPARE(m_daemon->count("setSharing"), std::size_t{0});
}

void WindowTest::consentRefused()
{
    begin();
    QTRY_VERIFY(find<QAbstractButton>("firstRunBack")->isVisible());
    press("firstRunBack"); // "Not now"
    QTRY_VERIFY(find<QAbstractButton>("shareSwitch")->isVisible());
    QCOMPARE(m_daemon->count("consent"), std::size_t{0});
    press("shareSwitch");
    QTRY_VERIFY(find<QAbstractButton>("firstRunNext")->isVisible());
    QCOMPARE(m_daemon->count("setSharing"), std::size_t{0});
    QVERIFY(!find<QAbstractButton>("shareSwitch")->isChecked());
}

void WindowTest::firstRunWithServer()
{
    m_daemon->status()["server"] = nullptr;
    m_daemon->status()["settings"]["country"] = nullptr;
    begin();
    press("firstRunNext");
    press("firstRunNext");
    press("firstRunNext"); // nothing filled in
    QVERIFY(!text("serverError").isEmpty());
    QCOMPARE(m_daemon->count("consent"), std::size_t{0});
    auto *field = find<QLineEdit>("serverField");
    field->setText(QStringLiteral("boson.example.net:3100"));
    find<QLineEdit>("keyField")->setText(QStringLiteral("hunter2"));
    auto *country = find<QComboBox>("countryChoice");
    country->setCurrentIndex(country->findData(QStringLiteral("FI")));
    press("firstRunNext");
    QTRY_COMPARE(m_daemon->count("consent"), std::size_t{1});
    QVERIFY(m_daemon->last("configureServer")["url"] == (Json("https://boson.example.net:3100")));
    QVERIFY(m_daemon->last("configureServer")["accessKey"] == (Json("hunter2")));
    QVERIFY(m_daemon->last("set") == Json({{"key", "country"}, {"value", "FI"}}));
    QVERIFY(find<QLineEdit>("keyField")->text().isEmpty());
}

void WindowTest::firstRunRefusedByTheDaemon()
{
    m_daemon->refuse("limits", ErrorCode::InvalidArgument, "too much");
    begin();
    for (int i = 0; i < 3; ++i)
        press("firstRunNext");
    QTRY_COMPARE(text("firstRunError"), QStringLiteral("The service does not accept this."));
    QCOMPARE(m_daemon->count("consent"), std::size_t{0});
}

void WindowTest::invitationIsShownNotUsed()
{
    const QString pin(64, QLatin1Char('a'));
    m_options.link = QStringLiteral("higgs://join?server=invited.example:3001&pin=") + pin;
    m_daemon->agreed();
    m_daemon->sharing(1);
    begin();
    QTRY_VERIFY(find<QAbstractButton>("useServerButton")->isVisible());
    QCOMPARE(find<QLineEdit>("serverField")->text(),
             QStringLiteral("https://invited.example:3001"));
    QCOMPARE(m_daemon->count("configureServer"), std::size_t{0});
    QTRY_VERIFY(find<QAbstractButton>("useServerButton")->isEnabled());
    press("useServerButton");
    // Sharing ends first: guests of one server are not handed to another.
    QTRY_COMPARE(m_daemon->count("configureServer"), std::size_t{1});
    QVERIFY(m_daemon->last("setSharing") == Json({{"on", false}}));
    QVERIFY(m_daemon->last("configureServer")["pin"] == (Json(pin.toStdString())));
}

void WindowTest::onAndOff()
{
    agreedAndUp();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Not sharing"));
    press("shareSwitch");
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Getting ready"));
    m_daemon->sharing(0);
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Ready for guests"));
    m_daemon->sharing(3);
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Sharing with 3 guests"));
    QVERIFY(m_program->tray().toolTip().contains(QStringLiteral("3 guests")));
    // By the keyboard, too.
    find<QAbstractButton>("shareSwitch")->setFocus();
    QTest::keyClick(find<QAbstractButton>("shareSwitch"), Qt::Key_Space);
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Not sharing"));
}

void WindowTest::refusalPutsTheSwitchBack()
{
    m_daemon->refuse("setSharing", ErrorCode::Forbidden, "not today");
    agreedAndUp();
    press("shareSwitch");
    QTRY_COMPARE(text("shareError"),
                 QStringLiteral("The service does not allow this at the moment."));
    QVERIFY(!find<QAbstractButton>("shareSwitch")->isChecked());
}

void WindowTest::pauseAndResume()
{
    m_daemon->sharing(1);
    begin();
    QTRY_VERIFY(find<QAbstractButton>("pauseButton")->isVisible());
    m_program->window().findChild<QAction *>(QStringLiteral("pauseHour"))->trigger();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Paused"));
    QVERIFY(m_daemon->last("pause") == Json({{"minutes", 60}}));
    press("deedButton");
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Ready for guests"));
    m_program->window().findChild<QAction *>(QStringLiteral("pauseTomorrow"))->trigger();
    QTRY_VERIFY(m_daemon->last("pause") == Json({{"until", "tomorrow"}}));
}

void WindowTest::switchThatIsHeld()
{
    m_daemon->sharing(1);
    begin();
    auto *toggle = find<widgets::ToggleSwitch>("shareSwitch");
    QTRY_VERIFY(toggle->isChecked());
    QVERIFY(!toggle->held());
    m_program->window().findChild<QAction *>(QStringLiteral("pauseHour"))->trigger();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Paused"));
    QVERIFY(toggle->isChecked() && toggle->held());
    QVERIFY(toggle->accessibleDescription().contains(QStringLiteral("nothing is shared")));
    press("deedButton");
    QTRY_VERIFY(!toggle->held());
}

void WindowTest::noTrafficWithoutGuests()
{
    m_daemon->sharing(1);
    Json &status = m_daemon->status();
    status["txMbps"] = 1.1;
    status["rxMbps"] = 0.2;
    begin();
    auto *rates = find<QWidget>("guestRates");
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Sharing with one guest"));
    // Two minutes that were, without waiting for them.
    auto *graph = m_program->window().findChild<widgets::TrafficGraph *>();
    Monotonic then = monotonicNow() - std::chrono::seconds(121);
    graph->clear();
    for (quint64 second = 0; second < 120; ++second, then += std::chrono::seconds(1))
        graph->take(then, second * 100'000, second * 10'000);
    status["txBytes"] = 12'000'000;
    status["rxBytes"] = 1'200'000;
    m_daemon->tell();
    QTRY_VERIFY(rates->isVisible());
    // A daemon that still tells the rate of the second before.
    status["state"] = "limited";
    status["limitReason"] = "paused";
    status["guests"] = 0;
    m_daemon->tell();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Paused"));
    QVERIFY(!rates->isVisible());
}

void WindowTest::limitsChange()
{
    agreedAndUp();
    press("limitsButton");
    auto *slider = find<QSlider>("downLimitSlider");
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Home);
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"downMbps", 1.0}})));
    QCOMPARE(find<QDoubleSpinBox>("downLimitBox")->value(), 1.0);
    auto *box = find<QDoubleSpinBox>("monthlyLimitBox");
    box->setFocus();
    box->selectAll();
    QTest::keyClicks(box, QStringLiteral("75"));
    QTest::keyClick(box, Qt::Key_Return);
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"monthlyBytes", 75'000'000'000}})));
    press("batterySwitch");
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"stopOnBattery", true}})));
    // What another controller sets is seen here.
    m_daemon->status()["limits"]["maxGuests"] = 3;
    m_daemon->tell();
    QTRY_COMPARE(find<QDoubleSpinBox>("guestsLimitBox")->value(), 3.0);
}

void WindowTest::limitsRefused()
{
    m_daemon->refuse("limits", ErrorCode::InvalidArgument, "no");
    agreedAndUp();
    press("limitsButton");
    press("batterySwitch");
    QTRY_VERIFY(!text("limitsError").isEmpty());
    QVERIFY(!find<QAbstractButton>("batterySwitch")->isChecked());
}

void WindowTest::scheduleByMouse()
{
    agreedAndUp();
    press("limitsButton");
    auto *grid = find<ScheduleGrid>("scheduleGrid");
    QTRY_VERIFY(grid->viewport()->height() >= grid->sizeHint().height()); // laid out
    const auto middle = [grid](int day, int hour) {
        return grid->visualRect(grid->model()->index(day, hour)).center();
    };
    QTest::mousePress(grid->viewport(), Qt::LeftButton, {}, middle(0, 2));
    // With the button down, which QTest::mouseMove() does not say.
    for (const QPoint &point : {middle(1, 9), middle(2, 5)}) {
        QMouseEvent move(QEvent::MouseMove, point, grid->viewport()->mapToGlobal(point),
                         Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(grid->viewport(), &move);
    }
    QCOMPARE(m_daemon->count("limits"), std::size_t{0}); // the stroke is not over
    QTest::mouseRelease(grid->viewport(), Qt::LeftButton, {}, middle(2, 5));
    WeekSchedule wanted;
    wanted.fill(0, 2, 2, 5, false);
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"schedule", wanted.texts()}})));
    press("alwaysButton");
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"schedule", WeekSchedule().texts()}})));
}

void WindowTest::scheduleByKeyboard()
{
    agreedAndUp();
    press("limitsButton");
    auto *grid = find<ScheduleGrid>("scheduleGrid");
    grid->setFocus();
    grid->setCurrentIndex(grid->model()->index(0, 0));
    QTest::keyClick(grid, Qt::Key_Right);
    QTest::keyClick(grid, Qt::Key_Down);
    QTest::keyClick(grid, Qt::Key_Space);
    WeekSchedule wanted;
    wanted.set(1, 1, false);
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"schedule", wanted.texts()}})));
    QTest::keyClick(grid, Qt::Key_Down);
    QTest::keyClick(grid, Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(grid, Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(grid, Qt::Key_Space);
    wanted.fill(2, 1, 3, 2, false);
    QTRY_VERIFY(m_daemon->last("limits") == (Json({{"schedule", wanted.texts()}})));
    QVERIFY(grid->model()
                ->index(3, 2)
                .data(Qt::AccessibleTextRole)
                .toString()
                .endsWith(QStringLiteral("not shared")));
}

void WindowTest::guestEnded()
{
    m_daemon->guests() = Json::array({Json{{"number", 7},
                                           {"since", wallNow().ms},
                                           {"path", "relay"},
                                           {"online", true},
                                           {"rxBytes", 1},
                                           {"txBytes", 2},
                                           {"rxMbps", 0},
                                           {"txMbps", 0},
                                           {"cut", false}}});
    m_daemon->sharing(1);
    begin();
    press("guestsButton");
    QTRY_VERIFY(find<QAbstractButton>("endGuest7") != nullptr);
    press("endGuest7");
    QTRY_VERIFY(m_daemon->last("endGuest") == (Json({{"number", 7}})));
    QTRY_COMPARE(text("guestsEmpty"), QStringLiteral("Nobody is here"));
}

void WindowTest::failedSelfTest()
{
    m_daemon->attempts()[0] = test::attempt("lan", "192.168.1.20", false);
    m_daemon->agreed();
    m_daemon->problem("exit_unsafe");
    begin();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Not safe to share"));
    press("deedButton");
    press("testNowButton");
    QTRY_COMPARE(text("safetyVerdict"), QStringLiteral("Something could be reached"));
    QVERIFY(m_daemon->last("safety") == Json({{"run", true}}));
    QTRY_VERIFY(find<QAbstractButton>("safetyGroup_lan") != nullptr);
    QVERIFY(find<QAbstractButton>("safetyGroup_lan")->isChecked()); // what failed is open
    m_daemon->attempts()[0] = test::attempt("lan", "192.168.1.20");
    press("testNowButton");
    QTRY_COMPARE(text("safetyVerdict"), QStringLiteral("Your home is out of reach"));
}

void WindowTest::daemonGoneAndBack()
{
    m_daemon->sharing(2);
    begin();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Sharing with 2 guests"));
    m_daemon->stop();
    QTRY_COMPARE(text("faultTitle"), QStringLiteral("The service stopped answering"));
    QVERIFY(!m_program->tray().toolTip().contains(QStringLiteral("Sharing with")));
    QVERIFY(!trayAction("trayShare")->isEnabled());
    m_daemon->start();
    press("faultRetry");
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Sharing with 2 guests"));
}

void WindowTest::tooOld_data()
{
    QTest::addColumn<QString>("version");
    QTest::addColumn<QString>("said");
    QTest::newRow("untold") << QString() << QStringLiteral("of another version");
    QTest::newRow("another") << QStringLiteral("9.8.7")
                             << QStringLiteral(
                                    "version 9.8.7, this window is version " HIGGS_VERSION);
    QTest::newRow("the same") << QStringLiteral(HIGGS_VERSION)
                              << QStringLiteral("are both version " HIGGS_VERSION ",");
}

void WindowTest::tooOld()
{
    QFETCH(QString, version);
    QFETCH(QString, said);
    m_daemon->status().erase("controlVersion");
    m_daemon->status()["version"] = version.toStdString();
    m_program = std::make_unique<NodeProgram>(*qApp, m_options);
    m_program->language().setChoice(widgets::LanguageChoice::English);
    QVERIFY(m_program->begin());
    QTRY_COMPARE(text("faultTitle"), QStringLiteral("HiggsNode needs a restart"));
    QVERIFY2(text("faultHappened").contains(said), qPrintable(text("faultHappened")));
}

void WindowTest::pagesBeginAtTheirTop()
{
    agreedAndUp();
    m_program->window().resize(m_program->window().minimumSize());
    for (int time = 0; time < 2; ++time) {
        press("limitsButton");
        auto *bar = find<widgets::Page>("")->findChild<QScrollArea *>()->verticalScrollBar();
        QTRY_VERIFY(bar->isVisible() && bar->maximum() > 0);
        QCOMPARE(bar->value(), 0);
        bar->setValue(bar->maximum());
        press("backButton");
    }
}

void WindowTest::languageAndTheme()
{
    m_daemon->sharing(5);
    begin();
    press("menuButton");
    m_program->window().findChild<QAction *>(QStringLiteral("settingsAction"))->trigger();
    m_program->window().showHome();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Sharing with 5 guests"));
    m_program->language().setChoice(widgets::LanguageChoice::Russian);
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("У\u00A0вас 5 гостей"));
    QCOMPARE(trayAction("trayQuit")->text(), QStringLiteral("Выйти"));
    m_program->theme().setChoice(widgets::ThemeChoice::Dark);
    QTRY_VERIFY(m_program->window().palette().window().color().lightness() < 60);
    m_program->theme().setChoice(widgets::ThemeChoice::Light);
    QTRY_VERIFY(m_program->window().palette().window().color().lightness() > 200);
    m_program->language().setChoice(widgets::LanguageChoice::English);
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Sharing with 5 guests"));
}

void WindowTest::closingWithoutATray()
{
    agreedAndUp();
    m_program->window().setTrayAvailable(false);
    m_program->window().close();
    QVERIFY(m_program->window().isMinimized());
    m_program->window().raiseWindow();
    QVERIFY(m_program->window().isVisible() && !m_program->window().isMinimized());
    // A tray that comes later takes the window in.
    m_program->window().setTrayAvailable(true);
    m_program->window().close();
    QVERIFY(!m_program->window().isVisible());
    // And if it goes, the window is there to click on.
    m_program->window().setTrayAvailable(false);
    QVERIFY(m_program->window().isVisible());
}

void WindowTest::trayMenu()
{
    m_daemon->status()["today"]["txBytes"] = 1'200'000'000;
    agreedAndUp();
    trayAction("trayShare")->trigger();
    QTRY_VERIFY(m_daemon->last("setSharing") == Json({{"on", true}}));
    m_daemon->sharing(2);
    QTRY_COMPARE(trayAction("trayState")->text(), QStringLiteral("Sharing with 2 guests"));
    QCOMPARE(trayAction("trayFigures")->text(), QStringLiteral("2 guests, 1.2 GB today"));
    QVERIFY(trayAction("trayShare")->isChecked());
    trayAction("trayPauseTomorrow")->trigger();
    QTRY_VERIFY(trayAction("trayResume")->isVisible());
    trayAction("trayResume")->trigger();
    QTRY_VERIFY(!trayAction("trayResume")->isVisible());
    // What matters is told, if the owner does not look.
    QSignalSpy notices(&m_program->tray(), &NodeTray::noticed);
    m_program->window().hide();
    m_daemon->problem("exit_unsafe");
    QTRY_COMPARE(notices.count(), 1);
    QSignalSpy quits(&m_program->window(), &MainWindow::quitWanted);
    disconnect(&m_program->window(), &MainWindow::quitWanted, m_program.get(), nullptr);
    trayAction("trayQuit")->trigger();
    QCOMPARE(quits.count(), 1);
}

void WindowTest::secondStart()
{
    agreedAndUp();
    m_program->window().hide();
    ProgramOptions again = m_options;
    again.preferencesFile = m_dir->filePath(QStringLiteral("other.ini"));
    again.link = QStringLiteral("higgs://join?server=second.example:3001");
    // As another process would: the first one must turn its loop meanwhile, so from a thread.
    Result<widgets::SingleInstance::Role> role = unexpected(ErrorCode::Internal);
    std::unique_ptr<QThread> thread(QThread::create([&again, &role] {
        widgets::SingleInstance other;
        role = other.begin(again.instancePath, again.link);
    }));
    thread->start();
    QTRY_VERIFY(thread->isFinished());
    QVERIFY(role && *role == widgets::SingleInstance::Role::HandedOver);
    QTRY_VERIFY(m_program->window().isVisible());
    QTRY_COMPARE(find<QLineEdit>("serverField")->text(),
                 QStringLiteral("https://second.example:3001"));
    QCOMPARE(m_daemon->count("configureServer"), std::size_t{0});
}

void WindowTest::consentWithdrawn()
{
    m_daemon->sharing(1);
    begin();
    m_program->window().showSettings();
    press("consentButton");
    QTRY_VERIFY(m_daemon->last("consent") == Json({{"agreed", false}}));
    m_program->window().showHome();
    QTRY_COMPARE(text("stateTitle"), QStringLiteral("Not sharing"));
    QVERIFY(find<QAbstractButton>("deedButton")->isVisible());
}

void WindowTest::everyButtonHasAName()
{
    m_daemon->sharing(1);
    begin();
    for (QAbstractButton *button : m_program->window().findChildren<QAbstractButton *>()) {
        if (button->focusPolicy() == Qt::NoFocus ||
            button->objectName().startsWith(QLatin1String("qt_")))
            continue;
        QVERIFY2(!button->accessibleName().isEmpty() || !button->text().isEmpty() ||
                     !button->isVisible(),
                 qPrintable(button->objectName()));
    }
    for (QLabel *label : m_program->window().findChildren<QLabel *>())
        QCOMPARE(label->textFormat(), Qt::PlainText);
}

void WindowTest::bothLanguages()
{
    QTest::addColumn<widgets::LanguageChoice>("language");
    QTest::newRow("English") << widgets::LanguageChoice::English;
    QTest::newRow("Russian") << widgets::LanguageChoice::Russian;
}

void WindowTest::homeFitsTheUsualWindow_data()
{
    bothLanguages();
}

void WindowTest::homeFitsTheUsualWindow()
{
    QFETCH(widgets::LanguageChoice, language);
    QFont font(QStringLiteral("Inter"));
    font.setPixelSize(15);
    QApplication::setFont(font);
    m_daemon->status()["limits"]["monthlyBytes"] = 100'000'000'000;
    m_daemon->status()["safety"]["state"] = "passed";
    m_daemon->status()["safety"]["at"] = (wallNow() - std::chrono::minutes(1)).ms;
    m_daemon->status()["volume"].update(
        Json{{"usedBytes", 100'000'000'000},
             {"capBytes", 100'000'000'000},
             {"resetsAt", (wallNow() + std::chrono::hours(24 * 8)).ms}});
    agreedAndUp();
    m_program->language().setChoice(language);
    const auto rest = [this] {
        QApplication::processEvents();
        return m_program->window()
            .findChild<HomePage *>()
            ->findChild<QScrollArea *>()
            ->verticalScrollBar()
            ->maximum();
    };
    QTRY_COMPARE(rest(), 0);
    for (const int guests : {0, 1, 3, 12}) {
        m_daemon->sharing(guests);
        QTRY_COMPARE(m_program->link().view().guests, guests);
        QTRY_COMPARE(rest(), 0);
    }
    for (const char *reason : {"paused", "schedule", "volume", "battery"}) {
        m_daemon->limited(reason, (wallNow() + std::chrono::hours(9)).ms);
        QTRY_VERIFY(find<QAbstractButton>("deedButton")->isVisible());
        QTRY_COMPARE(rest(), 0);
    }
    // It does scroll where there is no room, so the figure above says something.
    m_program->window().resize(m_program->window().minimumSize());
    QTRY_VERIFY(rest() > 0);
}

void WindowTest::tilesAreWholeInTheLeastWindow()
{
    QFETCH(widgets::LanguageChoice, language);
    WeekSchedule schedule;
    schedule.fill(0, 0, 4, 3, false);
    m_daemon->status()["limits"]["schedule"] = schedule.texts();
    m_daemon->status()["today"]["txBytes"] = 118'400'000'000;
    m_daemon->status()["volume"]["usedBytes"] = 118'400'000'000;
    m_daemon->status()["safety"]["state"] = "passed";
    m_daemon->status()["safety"]["at"] = (wallNow() - std::chrono::minutes(1)).ms;
    m_daemon->sharing(12);
    begin();
    m_program->language().setChoice(language);
    m_program->window().resize(m_program->window().minimumSize());
    QTRY_COMPARE(m_program->window().width(), m_program->window().minimumWidth());
    const auto *home = m_program->window().findChild<HomePage *>();
    const auto whole = [](const QLabel &label) {
        int word = 0;
        for (const QString &each : label.text().split(QLatin1Char(' ')))
            word = std::max(word, label.fontMetrics().horizontalAdvance(each));
        return label.width() >= word && label.height() >= label.heightForWidth(label.width());
    };
    int seen = 0;
    for (const QLabel *label : home->findChildren<QLabel *>()) {
        if (!label->isVisible() || label->text().isEmpty())
            continue;
        ++seen;
        QTRY_VERIFY2(whole(*label), qPrintable(label->text()));
    }
    QVERIFY(seen >= 14);
    for (const auto *figure : home->findChildren<widgets::FigureLabel *>())
        QTRY_VERIFY2(figure->width() >= figure->sizeHint().width(), qPrintable(figure->text()));
    const auto *viewport = home->findChild<QScrollArea *>()->viewport();
    for (const auto *tile : home->findChildren<NavTile *>()) {
        QVERIFY(std::abs(tile->width() - home->findChild<NavTile *>()->width()) <= 1);
        QVERIFY(tile->mapTo(viewport, tile->rect().bottomRight()).x() < viewport->width());
    }
}

QTEST_MAIN(WindowTest)
#include "window_test.moc"
