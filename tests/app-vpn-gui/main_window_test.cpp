// SPDX-License-Identifier: GPL-3.0-or-later
// The main window against a scripted daemon: pressing, typing, choosing, closing.
#include "app-vpn/gui/main_window.h"
#include "app-vpn/gui/picker.h"
#include "app-vpn/gui/preferences.h"
#include "shared/widgets/state_ring.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/theme.h"
#include "tests/support/scripted_daemon.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::vpn;
using control::Json;

class MainWindowTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void connectsAndDisconnects();
    void cancels();
    void saysWhoSeesWhat();
    void keysAreShownAndWork();
    void cancelsASwitch();
    void disconnectsWhileReconnecting();
    void saysWhatTheDaemonSays();
    void refusalsAreSaid();
    void typingOpensThePicker();
    void searchFindsAndEnterConnects();
    void wordsBeforeTheList();
    void arrowsAndRegions();
    void starKeepsAFavourite();
    void unavailableIsNotChosen();
    void escapeGoesBack();
    void besideWhenWide();
    void pauses();
    void copiesTheExit();
    void themeWhileRunning();
    void closingWithAndWithoutTray();
    void everythingByTab();
    void everyControlHasAName();
    void manyPlacesAnswerAtOnce();

private:
    template <typename T = QWidget>
    T *named(const char *name)
    {
        return m_window->findChild<T *>(QLatin1String(name));
    }

    /// A parameter of the last such request; empty while there was none.
    std::string asked(const char *method, const char *parameter) const
    {
        const Json params = m_daemon->last(method);
        if (!params.is_object() || !params.contains(parameter))
            return {};
        const Json &value = params.at(parameter);
        return value.is_string() ? value.get<std::string>() : value.dump();
    }

    void key(Qt::Key code) { QTest::keyClick(QApplication::focusWidget(), code); }
    void up();

    std::unique_ptr<test::ScriptedDaemon> m_daemon;
    std::unique_ptr<QTemporaryDir> m_files;
    std::unique_ptr<Preferences> m_preferences;
    std::unique_ptr<widgets::Theme> m_theme;
    std::unique_ptr<DaemonLink> m_link;
    std::unique_ptr<MainWindow> m_window;
};

void MainWindowTest::init()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    m_daemon = std::make_unique<test::ScriptedDaemon>();
    m_daemon->start();
    m_files = std::make_unique<QTemporaryDir>();
    m_preferences = std::make_unique<Preferences>(m_files->filePath(QStringLiteral("test.ini")));
    m_theme = std::make_unique<widgets::Theme>(*qApp);
    m_link = std::make_unique<DaemonLink>(m_daemon->path());
    m_window = std::make_unique<MainWindow>(*m_link, *m_theme, *m_preferences, new QWidget,
                                            new QWidget, new QWidget, new QWidget);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    up();
}

void MainWindowTest::up()
{
    m_link->line().start();
    QTRY_VERIFY(m_link->placesKnown());
}

void MainWindowTest::cleanup()
{
    m_window.reset();
    m_link.reset();
    m_theme.reset();
    m_preferences.reset();
    m_daemon.reset();
}

void MainWindowTest::connectsAndDisconnects()
{
    auto *power = named<QAbstractButton>("powerButton");
    QCOMPARE(power->text(), QStringLiteral("Connect"));
    QTest::mouseClick(power, Qt::LeftButton);
    QTRY_COMPARE(m_daemon->count("connect"), std::size_t{1});
    m_daemon->connected("DE", "DE-BE");
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Connected"));
    power->setFocus();
    key(Qt::Key_Space);
    QTRY_COMPARE(m_daemon->count("disconnect"), std::size_t{1});
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Disconnected"));
}

void MainWindowTest::cancels()
{
    auto *power = named<QAbstractButton>("powerButton");
    power->setFocus();
    key(Qt::Key_Return);
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Connecting"));
    QCOMPARE(power->text(), QStringLiteral("Cancel"));
    QTRY_VERIFY(!power->isDown());
    key(Qt::Key_Return);
    QTRY_COMPARE(m_daemon->count("disconnect"), std::size_t{1});
}

void MainWindowTest::saysWhoSeesWhat()
{
    QVERIFY(!named("whoSeesList")->isVisible());
    m_window->findChild<QAction *>(QStringLiteral("whoSeesAction"))->trigger();
    QVERIFY(named("whoSeesList")->isVisible());
    QString said;
    for (const QLabel *label : named("whoSeesList")->findChildren<QLabel *>())
        said += label->text() + u'\n';
    // The four on the way, that the home sees the names, and on what all that rests.
    for (const char *part : {"Your provider", "The server", "The home", "resolver", "The site",
                             "https", "operator you trust"})
        QVERIFY2(said.contains(QLatin1String(part)), part);
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(named("stateTitle")->isVisible());
}

void MainWindowTest::keysAreShownAndWork()
{
    QTest::keyClick(m_window.get(), Qt::Key_F1);
    QTRY_VERIFY(!named("stateTitle")->isVisible());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QTRY_VERIFY(named("stateTitle")->isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(m_daemon->count("connect"), std::size_t{1});
    m_daemon->connected("DE", "DE-BE");
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Connected"));
    QTest::keyClick(m_window.get(), Qt::Key_P, Qt::ControlModifier);
    QTRY_VERIFY(named("pauseMenu") != nullptr);
    QTest::keyClick(named("pauseMenu"), Qt::Key_Escape);
    // It leads in, and never out.
    QTest::keyClick(m_window.get(), Qt::Key_Return, Qt::ControlModifier);
    QCoreApplication::processEvents();
    QCOMPARE(m_daemon->count("disconnect"), std::size_t{0});
}

void MainWindowTest::cancelsASwitch()
{
    m_daemon->connected("DE", "DE-BE");
    Json &status = m_daemon->status();
    status["state"] = "connecting";
    status["switching"] = true;
    status["killSwitch"] = true;
    status["settings"]["country"] = "FI";
    const Json wish{{"country", "FI"}, {"nodeId", nullptr}, {"path", nullptr}, {"via", nullptr}};
    Json before = wish;
    before["country"] = nullptr;
    status["request"] = wish;
    status["switchingFrom"] = Json{{"country", "DE"}, {"region", "DE-BE"}, {"request", before}};
    m_daemon->tell();
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Switching"));
    QVERIFY(named<QLabel>("stateConsequence")->text().contains(QStringLiteral("Germany")));
    QTest::mouseClick(named("powerButton"), Qt::LeftButton);
    QTRY_COMPARE(m_daemon->count("cancelSwitch"), std::size_t{1});
    QCOMPARE(m_daemon->count("disconnect"), std::size_t{0});
    // What "Connect" means is as it was before the other place was chosen.
    QCOMPARE(asked("set", "value"), std::string("any"));
}

void MainWindowTest::disconnectsWhileReconnecting()
{
    m_daemon->connected("DE", "DE-BE");
    m_daemon->status()["state"] = "reconnecting";
    m_daemon->status()["killSwitch"] = true;
    m_daemon->tell();
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Reconnecting"));
    QCOMPARE(named<QAbstractButton>("powerButton")->text(), QStringLiteral("Disconnect"));
    QVERIFY(named("stateConsequence")->isVisible());
    QVERIFY(
        named("powerButton")->accessibleDescription().contains(QStringLiteral("not protected")));
}

void MainWindowTest::saysWhatTheDaemonSays()
{
    m_daemon->blocked("server_unreachable");
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Blocked"));
    QVERIFY(named<QLabel>("stateSentence")->text().startsWith(QStringLiteral("Nothing")));
    QVERIFY(named("bannerText")->isVisible());
    QTest::mouseClick(named("secondButton"), Qt::LeftButton); // disconnect
    QTRY_COMPARE(m_daemon->count("disconnect"), std::size_t{1});
    // Nothing from outside is ever rich text.
    for (const QLabel *label : m_window->findChildren<QLabel *>())
        QCOMPARE(label->textFormat(), Qt::PlainText);
}

void MainWindowTest::refusalsAreSaid()
{
    m_daemon->refuse("connect", ErrorCode::Forbidden, "not now");
    QTest::mouseClick(named("powerButton"), Qt::LeftButton);
    QTRY_VERIFY(named("bannerText")->isVisible());
    QVERIFY(!named<QLabel>("bannerText")->text().isEmpty());
    QTest::mouseClick(named("bannerButton"), Qt::LeftButton);
    QVERIFY(!named("bannerText")->isVisible());
}

void MainWindowTest::typingOpensThePicker()
{
    QVERIFY(!named("pickerSearch")->isVisible());
    named("powerButton")->setFocus();
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("f"));
    QVERIFY(named("pickerSearch")->isVisible());
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("i"));
    QCOMPARE(named<QLineEdit>("pickerSearch")->text(), QStringLiteral("fi"));
}

void MainWindowTest::searchFindsAndEnterConnects()
{
    QTest::keySequence(m_window.get(), QKeySequence::Find);
    QTRY_VERIFY(named("pickerSearch")->hasFocus());
    QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("suomi"));
    QCOMPARE(named<QListView>("pickerList")->model()->rowCount(), 1);
    key(Qt::Key_Return);
    QTRY_COMPARE(asked("connect", "country"), std::string("FI"));
    QCOMPARE(asked("set", "value"), std::string("FI"));
    QVERIFY(!named("pickerSearch")->isVisible());
    QCOMPARE(m_preferences->recents(), QStringList{QStringLiteral("FI")});
    m_window->openPicker(QStringLiteral("zzz"));
    QVERIFY(named("pickerMessage")->isVisible());
    QCOMPARE(named<QLabel>("pickerMessage")->text(), QStringLiteral("Nothing found"));
    key(Qt::Key_Return);
    QCOMPARE(m_daemon->count("connect"), std::size_t{1});
}

void MainWindowTest::wordsBeforeTheList()
{
    const Json places = std::exchange(m_daemon->places(), Json::array());
    m_link->refreshPlaces();
    QTRY_VERIFY(m_link->places().empty());
    m_window->openPicker(QStringLiteral("suomi"));
    m_daemon->places() = places;
    m_link->refreshPlaces();
    QTRY_COMPARE(named<QListView>("pickerList")->model()->rowCount(), 1);
    key(Qt::Key_Return);
    QTRY_COMPARE(asked("connect", "country"), std::string("FI"));
}

void MainWindowTest::arrowsAndRegions()
{
    m_window->openPicker();
    auto *list = named<QListView>("pickerList");
    const int folded = list->model()->rowCount();
    key(Qt::Key_Down); // fastest
    QVERIFY(list->hasFocus());
    key(Qt::Key_Down); // the section is passed over
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("Germany"));
    key(Qt::Key_Right);
    QCOMPARE(list->model()->rowCount(), folded + 2);
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("Germany"));
    key(Qt::Key_Down);
    key(Qt::Key_Return);
    QTRY_COMPARE(asked("connect", "region"), std::string("DE-BE"));
    QCOMPARE(asked("connect", "country"), std::string("DE"));
}

void MainWindowTest::starKeepsAFavourite()
{
    m_window->openPicker(QStringLiteral("deu"));
    key(Qt::Key_Down);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(m_preferences->favourites(), QStringList{QStringLiteral("DE")});
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_D, Qt::ControlModifier);
    QVERIFY(m_preferences->favourites().isEmpty());
}

void MainWindowTest::unavailableIsNotChosen()
{
    m_window->openPicker(QStringLiteral("jap"));
    auto *list = named<QListView>("pickerList");
    QCOMPARE(list->model()->rowCount(), 1);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {},
                      list->visualRect(list->model()->index(0, 0)).center() - QPoint(60, 0));
    key(Qt::Key_Return);
    QVERIFY(named("pickerSearch")->isVisible());
    QCOMPARE(m_daemon->count("connect"), std::size_t{0});
}

void MainWindowTest::escapeGoesBack()
{
    m_window->openPicker(QStringLiteral("de"));
    key(Qt::Key_Escape); // first the search
    QVERIFY(named<QLineEdit>("pickerSearch")->text().isEmpty());
    QVERIFY(named("pickerSearch")->isVisible());
    key(Qt::Key_Escape);
    QVERIFY(!named("pickerSearch")->isVisible());
    QVERIFY(named("pickerButton")->hasFocus());
}

void MainWindowTest::besideWhenWide()
{
    m_window->resize(900, 680);
    QTRY_VERIFY(named("pickerSearch")->isVisible());
    QVERIFY(named("powerButton")->isVisible());
    QVERIFY(!named("pickerBack")->isVisible());
    m_window->resize(400, 680);
    QTRY_VERIFY(!named("pickerSearch")->isVisible());
    QVERIFY(named("powerButton")->isVisible());
}

void MainWindowTest::pauses()
{
    m_daemon->connected("DE", "DE-BE");
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Connected"));
    QTest::mouseClick(named("secondButton"), Qt::LeftButton);
    auto *menu = m_window->findChild<QMenu *>(QStringLiteral("pauseMenu"));
    QVERIFY(menu);
    QTRY_VERIFY(menu->isVisible());
    menu->findChild<QAction *>(QStringLiteral("pause15Action"))->trigger();
    menu->close();
    QTRY_COMPARE(asked("pause", "minutes"), std::string("15"));
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Paused"));
    QTest::mouseClick(named("powerButton"), Qt::LeftButton);
    QTRY_COMPARE(m_daemon->count("resume"), std::size_t{1});
}

void MainWindowTest::copiesTheExit()
{
    m_daemon->connected("DE", "DE-BE");
    m_daemon->status()["exitIp"] = "203.0.113.25";
    m_daemon->tell();
    QTRY_VERIFY(named("copyExitButton")->isVisible());
    QTRY_VERIFY(named("copyExitButton")->isEnabled());
    QTest::mouseClick(named("copyExitButton"), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("203.0.113.25"));
    QVERIFY(named("copyExitButton")->accessibleName().startsWith(QStringLiteral("Copied")));
}

void MainWindowTest::themeWhileRunning()
{
    auto *title = named<QLabel>("stateTitle");
    for (const auto choice : {widgets::ThemeChoice::Dark, widgets::ThemeChoice::Light}) {
        m_theme->setChoice(choice);
        const widgets::Tokens &t = widgets::tokens(m_theme->shade());
        QTRY_COMPARE(title->palette().color(QPalette::WindowText), t.text);
        QCOMPARE(named("stateSentence")->palette().color(QPalette::WindowText), t.secondary);
        QCOMPARE(m_window->grab().toImage().pixelColor(4, 300), t.background);
    }
}

void MainWindowTest::closingWithAndWithoutTray()
{
    QSignalSpy hidden(m_window.get(), &MainWindow::hiddenToTray);
    m_window->setTrayAvailable(true);
    m_window->close();
    QVERIFY(!m_window->isVisible());
    QCOMPARE(hidden.count(), 1);
    m_window->raiseWindow();
    QVERIFY(m_window->isVisible());
    m_window->setTrayAvailable(false);
    m_window->close();
    QVERIFY(m_window->isMinimized());
    m_window->raiseWindow();
    QVERIFY(!m_window->isMinimized());
    // The panel goes while the window is in it.
    m_window->setTrayAvailable(true);
    m_window->close();
    m_window->setTrayAvailable(false);
    QVERIFY(m_window->isVisible() && m_window->isMinimized());
}

void MainWindowTest::everythingByTab()
{
    m_daemon->connected("DE", "DE-BE");
    m_daemon->status()["exitIp"] = "203.0.113.25";
    m_daemon->status()["path"] = "relay";
    m_daemon->tell();
    QTRY_VERIFY(named("copyExitButton")->isVisible());
    named("menuButton")->setFocus();
    QSet<QString> reached;
    for (int i = 0; i < 20; ++i) {
        key(Qt::Key_Tab);
        reached << QApplication::focusWidget()->objectName();
    }
    for (const char *name :
         {"menuButton", "powerButton", "secondButton", "pickerButton", "copyExitButton"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
}

void MainWindowTest::everyControlHasAName()
{
    m_daemon->connected("DE", "DE-BE");
    m_window->resize(900, 680);
    QTRY_COMPARE(named<QLabel>("stateTitle")->text(), QStringLiteral("Connected"));
    for (QWidget *widget : m_window->findChildren<QWidget *>()) {
        if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus))
            continue;
        QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(widget);
        QVERIFY2(spoken != nullptr && !spoken->text(QAccessible::Name).isEmpty(),
                 qPrintable(widget->objectName() + u' ' +
                            QLatin1String(widget->metaObject()->className())));
    }
}

void MainWindowTest::manyPlacesAnswerAtOnce()
{
    m_daemon->places() = Json::array();
    for (char a = 'A'; a <= 'Z'; ++a) {
        for (char b = 'A'; b <= 'Z'; ++b)
            m_daemon->places().push_back(Json{{"country", std::string{a, b}},
                                              {"region", nullptr},
                                              {"nodes", 2},
                                              {"available", 1},
                                              {"load", 0.3},
                                              {"latency", 20.0 + a + b}});
    }
    m_link->refreshPlaces();
    m_window->openPicker();
    QTRY_VERIFY(m_link->places().size() > 200);
    QTest::qWait(50);
    qint64 slowest = 0;
    for (const QChar letter : QStringLiteral("united st")) {
        QElapsedTimer timer;
        timer.start();
        QTest::keyClicks(QApplication::focusWidget(), QString(letter));
        m_window->grab();
        slowest = std::max(slowest, timer.elapsed());
    }
    qInfo("slowest key at %zu places, painted: %lld ms", m_link->places().size(), slowest);
    QVERIFY(slowest < 400); // a busy machine; the figure above is what counts
}

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
