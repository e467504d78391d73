// SPDX-License-Identifier: GPL-3.0-or-later
// vpn_gallery FOLDER [WIDTH HEIGHT]: pictures of the window in every state, both themes and
// languages, for who works on it. Not a test: nothing is compared. With QT_SCALE_FACTOR=2, sharper.
#include "app-vpn/gui/main_window.h"
#include "app-vpn/gui/picker.h"
#include "app-vpn/gui/preferences.h"
#include "shared/base/clock.h"
#include "shared/widgets/language.h"
#include "shared/widgets/theme.h"
#include "shared/widgets/traffic_graph.h"
#include "tests/app-vpn-gui/scenes.h"

#include <QApplication>
#include <QDir>
#include <QFontDatabase>
#include <QTemporaryDir>
#include <QTest>
#include <QTranslator>
#include <cmath>

using namespace higgs;
using namespace higgs::vpn;
using control::Json;
using test::reset;
using test::stand;

namespace {

struct Scene
{
    QString name;
    std::function<void(test::ScriptedDaemon &)> play;
    std::function<void(MainWindow &)> then = {};
};

void drawTraffic(MainWindow &window, test::ScriptedDaemon &daemon)
{
    auto *graph = window.findChild<widgets::TrafficGraph *>();
    Monotonic now = monotonicNow() - std::chrono::seconds(121);
    double down = 0;
    double up = 0;
    graph->clear();
    for (int second = 0; second < 121; ++second) {
        const double wave = 0.5 + 0.5 * std::sin(second / 9.0) * std::cos(second / 23.0);
        down += 11e6 * wave * (second % 40 < 30 ? 1 : 0.2);
        up += 1.4e6 * (1 - wave);
        graph->take(now, static_cast<quint64>(down), static_cast<quint64>(up));
        now += std::chrono::seconds(1);
    }
    daemon.status()["rxBytes"] = static_cast<quint64>(down + 9.4e6);
    daemon.status()["txBytes"] = static_cast<quint64>(up + 0.7e6);
}

void manyPlaces(test::ScriptedDaemon &daemon)
{
    daemon.places() = Json::array();
    int n = 0;
    for (const char *code :
         {"DE", "DE", "DE", "FI", "NL", "FR", "GB", "US", "US", "US", "JP", "BR", "CH", "SE",
          "PL", "UA", "KZ", "GE", "AE", "IN", "AU", "ZA", "AX", "CI", "BA", "DO", "CF"}) {
        Json region = nullptr;
        if (std::string(code) == "DE")
            region = n == 0 ? "DE-BE" : n == 1 ? "DE-BY" : "DE-HH";
        if (std::string(code) == "US")
            region = n == 7 ? "US-CA" : n == 8 ? "US-NY" : "US-TX";
        daemon.places().push_back(Json{{"country", code},
                                       {"region", region},
                                       {"nodes", 3},
                                       {"available", n % 11 == 10 ? 0 : 2},
                                       {"load", std::fmod(n * 0.13, 1.0)},
                                       {"latency", 14.0 + n * 9.7},
                                       {"estimateMs", 35.0 + n * 9.7},
                                       {"pastMs", n % 5 == 3 ? Json(31.0 + n * 9.0) : Json()}});
        ++n;
    }
}

std::vector<Scene> scenes()
{
    std::vector<Scene> all;
    for (const test::StateScene &state : test::stateScenes())
        all.push_back({state.name, state.play});
    const std::vector<Scene> pages = {
        {QStringLiteral("picker"),
         [](test::ScriptedDaemon &d) {
             reset(d);
             manyPlaces(d);
         },
         [](MainWindow &w) { w.openPicker(); }},
        {QStringLiteral("focus"), stand,
         [](MainWindow &w) {
             QTest::keyClick(&w, Qt::Key_Tab);
             QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
         }},
        {QStringLiteral("menu"), stand,
         [](MainWindow &w) {
             QTest::keyClick(&w, Qt::Key_F10);
             QTest::qWait(100);
             if (auto *menu = qobject_cast<QWidget *>(QApplication::activePopupWidget())) {
                 menu->grab().save(QDir::temp().filePath(QStringLiteral("menu.png")));
                 menu->close();
             }
         }},
        {QStringLiteral("receipt"),
         [](test::ScriptedDaemon &d) {
             stand(d);
             d.answer("receipt", [](const Json &) { return Result<Json>(test::receiptOf(0)); });
         },
         [](MainWindow &w) { w.showReceipt(); }},
        {QStringLiteral("receipt-leak"),
         [](test::ScriptedDaemon &d) {
             d.answer("receipt", [](const Json &) { return Result<Json>(test::receiptOf(12)); });
         },
         [](MainWindow &w) {
             w.showHome();
             w.showReceipt();
         }},
        {QStringLiteral("search"), reset,
         [](MainWindow &w) { w.openPicker(QStringLiteral("ger")); }},
        {QStringLiteral("noresults"), reset,
         [](MainWindow &w) { w.openPicker(QStringLiteral("xyz")); }},
    };
    all.insert(all.end(), pages.begin(), pages.end());
    return all;
}

/// Every text a third longer, so that layouts are seen with a language that needs more room.
class LongWords : public QTranslator
{
public:
    QString translate(const char *, const char *source, const char *, int n) const override
    {
        QStringList words = QString::fromUtf8(source).split(u' ');
        for (QString &word : words) {
            if (word.size() > 2 && !word.contains(u'%'))
                word.insert(word.size() / 2, QString(word.size() / 3, u'\u043e'));
        }
        return words.join(u' ').replace(QStringLiteral("%n"), QString::number(n));
    }
    bool isEmpty() const override { return false; }
};

class Gallery
{
public:
    Gallery(const QString &folder, QSize size)
        : m_folder(folder),
          m_language({QStringLiteral("widgets"), QStringLiteral("vpn")}),
          m_theme(*qApp),
          m_link(m_daemon.path()),
          m_preferences(m_files.filePath(QStringLiteral("gallery.ini"))),
          m_size(size)
    {
        QDir().mkpath(folder);
        m_preferences.setFavourites(
            {QStringLiteral("FI"), QStringLiteral("JP"), QStringLiteral("IS")});
        m_preferences.noteRecent(QStringLiteral("DE"));
        manyPlaces(m_daemon);
        m_daemon.start();
        m_link.line().start();
    }

    void draw(widgets::ThemeChoice theme, widgets::LanguageChoice language, const QString &suffix)
    {
        m_theme.setChoice(theme);
        m_language.setChoice(language);
        MainWindow window(m_link, m_theme, m_preferences, new QWidget, new QWidget, new QWidget,
                          new QWidget);
        window.resize(m_size);
        window.show();
        if (!QTest::qWaitForWindowExposed(&window))
            return;
        for (const Scene &scene : scenes()) {
            scene.play(m_daemon);
            m_daemon.tell();
            QTest::qWait(250);
            if (m_daemon.status()["state"] == "connected")
                drawTraffic(window, m_daemon);
            m_daemon.tell();
            if (scene.then)
                scene.then(window);
            QTest::qWait(250);
            window.grab().save(m_folder + u'/' + scene.name + suffix + QStringLiteral(".png"));
            window.showHome();
            if (auto *picker = window.findChild<Picker *>())
                Q_EMIT picker->closed();
        }
    }

private:
    QTemporaryDir m_files;
    QString m_folder;
    test::ScriptedDaemon m_daemon;
    widgets::Language m_language;
    widgets::Theme m_theme;
    DaemonLink m_link;
    Preferences m_preferences;
    QSize m_size;
};

} // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    QApplication::setFont(QFont(QStringLiteral("Inter"), 10));
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 2)
        return 2;
    const QSize size =
        arguments.size() > 3 ? QSize(arguments[2].toInt(), arguments[3].toInt()) : QSize(400, 680);
    Gallery gallery(arguments[1], size);
    using widgets::LanguageChoice;
    using widgets::ThemeChoice;
    gallery.draw(ThemeChoice::Light, LanguageChoice::English, QStringLiteral("-light-en"));
    gallery.draw(ThemeChoice::Dark, LanguageChoice::Russian, QStringLiteral("-dark-ru"));
    gallery.draw(ThemeChoice::Light, LanguageChoice::Russian, QStringLiteral("-light-ru"));
    gallery.draw(ThemeChoice::Dark, LanguageChoice::English, QStringLiteral("-dark-en"));
    LongWords longWords;
    QCoreApplication::installTranslator(&longWords);
    gallery.draw(ThemeChoice::Light, LanguageChoice::English, QStringLiteral("-long"));
    return 0;
}
