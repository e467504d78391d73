// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing jumps: in every state and language the ring, and what can be done beside it, stand at one
// place, and all of it fits into the usual window without scrolling.
#include "app-vpn/gui/main_window.h"
#include "app-vpn/gui/preferences.h"
#include "shared/widgets/language.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/theme.h"
#include "tests/app-vpn-gui/scenes.h"
#include "tests/app-vpn-gui/window_bed.h"

#include <QApplication>
#include <QScrollArea>
#include <QScrollBar>
#include <QTemporaryDir>
#include <cstdlib>
#include <memory>
#include <optional>

using namespace higgs;
using namespace higgs::vpn;

namespace {

/// To the eye: a font may round two lines otherwise than one line twice.
bool stays(int now, int before)
{
    constexpr int Unseen = 4;
    return std::abs(now - before) <= Unseen;
}

} // namespace

class GeometryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void nothingJumps_data();
    void nothingJumps();

private:
    /// Of the middle, in the window.
    int heightOf(const char *name);

    test::ScriptedDaemon m_daemon;
    QTemporaryDir m_files;
    Preferences m_preferences{m_files.filePath(QStringLiteral("geometry.ini"))};
    widgets::Theme m_theme{*qApp};
    widgets::Language m_language{{QStringLiteral("widgets"), QStringLiteral("vpn")}};
    std::unique_ptr<DaemonLink> m_link;
    std::unique_ptr<MainWindow> m_window;
};

void GeometryTest::initTestCase()
{
    QApplication::setFont(QFont(QStringLiteral("Inter"), 10));
    m_daemon.start();
    m_link = std::make_unique<DaemonLink>(m_daemon.path());
    m_window = std::make_unique<MainWindow>(*m_link, m_theme, m_preferences, new QWidget,
                                            new QWidget, new QWidget, new QWidget);
    m_window->resize(400, 680);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_link->line().start();
    QTRY_VERIFY(m_link->placesKnown());
}

int GeometryTest::heightOf(const char *name)
{
    const auto *widget = test::named(*m_window, name);
    return widget->mapTo(m_window.get(), widget->rect().center()).y();
}

void GeometryTest::nothingJumps_data()
{
    QTest::addColumn<int>("language");
    QTest::newRow("English") << static_cast<int>(widgets::LanguageChoice::English);
    QTest::newRow("Russian") << static_cast<int>(widgets::LanguageChoice::Russian);
}

void GeometryTest::nothingJumps()
{
    QFETCH(int, language);
    m_language.setChoice(static_cast<widgets::LanguageChoice>(language));
    std::optional<int> ring;
    std::optional<int> second;
    for (const test::StateScene &scene : test::stateScenes()) {
        scene.play(m_daemon);
        m_daemon.status()["version"] = scene.name.toStdString();
        m_daemon.tell();
        QTRY_COMPARE(m_link->view().version, scene.name);
        QApplication::processEvents(); // laid out anew
        const int now = heightOf("powerButton");
        if (!ring)
            ring = now;
        QTRY_VERIFY2(stays(heightOf("powerButton"), *ring), qPrintable(scene.name));
        if (test::shows(*m_window, "secondButton")) {
            if (!second)
                second = heightOf("secondButton");
            QTRY_VERIFY2(stays(heightOf("secondButton"), *second), qPrintable(scene.name));
        }
        for (const auto *figure : m_window->findChildren<widgets::FigureLabel *>()) {
            if (figure->isVisibleTo(m_window.get()))
                QTRY_VERIFY2(figure->width() >= figure->sizeHint().width(),
                             qPrintable(scene.name + u": " + figure->text()));
        }
        const auto *page = m_window->findChild<QScrollArea *>(QStringLiteral("statePage"));
        QVERIFY(page != nullptr);
        QTRY_VERIFY2(page->verticalScrollBar()->maximum() == 0, qPrintable(scene.name));
    }
    QVERIFY(second);
}

QTEST_MAIN(GeometryTest)
#include "geometry_test.moc"
