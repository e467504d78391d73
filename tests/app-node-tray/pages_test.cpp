// SPDX-License-Identifier: GPL-3.0-or-later
// What holds of every page in both languages: names for who cannot see, the order of the Tab key, a
// focus that shows, Escape, nothing cut in a small window or with large type, no daemon's English.
#include "app-node/tray/node_program.h"
#include "shared/widgets/button.h"
#include "shared/widgets/text_styles.h"
#include "tests/support/scripted_node.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTest>

using namespace higgs;
using namespace higgs::node;
using control::Json;
using widgets::LanguageChoice;

namespace {

struct Shown
{
    const char *name;
    void (*open)(MainWindow &window);
};

/// Each page by how a person comes to it; those of the menu and the invitation too.
constexpr std::array EveryPage = {
    Shown{"home", [](MainWindow &window) { window.showHome(); }},
    Shown{"safety", [](MainWindow &window) { window.showSafety(); }},
    Shown{"limits", [](MainWindow &window) { window.showLimits(); }},
    Shown{"guests", [](MainWindow &window) { window.showGuests(); }},
    Shown{"history", [](MainWindow &window) { window.showHistory(); }},
    Shown{"letter", [](MainWindow &window) { window.showLetter(); }},
    Shown{"settings", [](MainWindow &window) { window.showSettings(); }},
    Shown{"diagnostics", [](MainWindow &window) { window.showDiagnostics(); }},
    Shown{"server",
          [](MainWindow &window) {
              window.offer(QStringLiteral("higgs://join?server=invited.example:3001"));
          }},
    Shown{"first run", [](MainWindow &window) { window.showFirstRun(); }},
    Shown{"first run's end",
          [](MainWindow &window) {
              window.showFirstRun();
              auto *next = window.findChild<QAbstractButton *>(QStringLiteral("firstRunNext"));
              next->click();
              next->click();
          }},
};

QString nameOf(const QWidget &widget)
{
    QAccessibleInterface *told =
        QAccessible::queryAccessibleInterface(const_cast<QWidget *>(&widget));
    return told == nullptr ? QString() : told->text(QAccessible::Name);
}

QByteArray describe(const QWidget &widget)
{
    return QByteArray(widget.metaObject()->className()) + ' ' + widget.objectName().toUtf8() +
           " “" + nameOf(widget).toUtf8() + '"';
}

/// Where Tab goes, from the first on.
std::vector<QWidget *> stops(QWidget &window)
{
    std::vector<QWidget *> found;
    for (QWidget *each = window.nextInFocusChain(); each != &window;
         each = each->nextInFocusChain()) {
        if (each->isVisible() && each->isEnabled() && (each->focusPolicy() & Qt::TabFocus) != 0 &&
            each->focusProxy() == nullptr)
            found.push_back(each);
    }
    return found;
}

QRect placeOf(const QWidget &widget)
{
    return {widget.mapTo(widget.window(), QPoint()), widget.size()};
}

/// Below, or in the same row and further right.
bool follows(const QRect &first, const QRect &second)
{
    const bool sameRow = second.top() <= first.center().y() && first.top() <= second.center().y();
    return sameRow ? second.left() >= first.left() : second.top() > first.top();
}

} // namespace

class PagesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void everyControlHasAName_data() { everyPage(); }
    void everyControlHasAName();
    void tabGoesInReadingOrder_data() { everyPage(); }
    void tabGoesInReadingOrder();
    void escapeGoesBack();
    void nothingIsCut_data() { everyPage(); }
    void nothingIsCut();
    void theDaemonsEnglishIsForTheReport();
    void aFaultsDetailsAreCopied();
    void guestsByAge();
    void whoSeesWhat();
    void thePlanStandsWhileOff();
    void theFingerprintIsWhole();
    void aLaterVersionIsTold();

private:
    void everyPage();
    void begin(LanguageChoice language);
    void open(const char *page);
    template <typename T = QWidget>
    T *named(const char *name);
    QString allTexts();

    MainWindow &window() { return m_program->window(); }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<test::ScriptedNode> m_daemon;
    std::unique_ptr<NodeProgram> m_program;
};

void PagesTest::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_daemon = std::make_unique<test::ScriptedNode>();
    m_daemon->guests() = Json::array({Json{{"number", 7},
                                           {"since", wallNow().ms},
                                           {"path", "relay"},
                                           {"online", true},
                                           {"rxBytes", 123'400'000},
                                           {"txBytes", 2'345'000'000},
                                           {"rxMbps", 0.4},
                                           {"txMbps", 9.7},
                                           {"cut", true}}});
    m_daemon->start();
    QFont font(QStringLiteral("Inter"));
    font.setPixelSize(15);
    QApplication::setFont(font);
}

void PagesTest::cleanup()
{
    m_program.reset();
    m_daemon.reset();
}

void PagesTest::everyPage()
{
    QTest::addColumn<LanguageChoice>("language");
    QTest::addColumn<int>("page");
    for (std::size_t i = 0; i < EveryPage.size(); ++i) {
        QTest::addRow("%s, English", EveryPage[i].name)
            << LanguageChoice::English << static_cast<int>(i);
        QTest::addRow("%s, Russian", EveryPage[i].name)
            << LanguageChoice::Russian << static_cast<int>(i);
    }
}

void PagesTest::begin(LanguageChoice language)
{
    ProgramOptions options;
    options.controlSocket = m_daemon->path();
    options.preferencesFile = m_dir->filePath(QStringLiteral("node.ini"));
    options.autostartFolder = m_dir->path();
    options.instancePath = m_dir->filePath(QStringLiteral("instance"));
    options.useKeychain = false;
    m_program = std::make_unique<NodeProgram>(*qApp, options);
    m_program->language().setChoice(language);
    QVERIFY(m_program->begin());
    QTRY_COMPARE(m_program->link().linkState(), LinkState::Up);
}

void PagesTest::open(const char *page)
{
    for (const Shown &each : EveryPage) {
        if (qstrcmp(each.name, page) == 0)
            each.open(window());
    }
    QVERIFY(QTest::qWaitForWindowExposed(&window()));
    // What the page asked the daemon for has come, and is laid out.
    if (qstrcmp(page, "guests") == 0)
        QTRY_VERIFY(named<QAbstractButton>("endGuest7") != nullptr);
    if (qstrcmp(page, "safety") == 0) {
        QTest::mouseClick(named("testNowButton"), Qt::LeftButton);
        QTRY_VERIFY(named<QAbstractButton>("safetyGroup_lan") != nullptr);
        QTRY_VERIFY(named("testNowButton")->isEnabled());
    }
    if (qstrcmp(page, "diagnostics") == 0)
        QTRY_VERIFY(named<QAbstractButton>("checkAgainButton")->isEnabled());
    QApplication::processEvents();
}

template <typename T>
T *PagesTest::named(const char *name)
{
    return window().findChild<T *>(QString::fromLatin1(name));
}

QString PagesTest::allTexts()
{
    QStringList texts;
    for (const QLabel *label : window().findChildren<QLabel *>()) {
        if (label->isVisible())
            texts += label->text();
    }
    return texts.join(QLatin1Char('\n'));
}

void PagesTest::everyControlHasAName()
{
    QFETCH(LanguageChoice, language);
    QFETCH(int, page);
    m_daemon->sharing(1);
    begin(language);
    open(EveryPage[static_cast<std::size_t>(page)].name);
    const std::vector<QWidget *> all = stops(window());
    QVERIFY(!all.empty());
    for (const QWidget *each : all)
        QVERIFY2(!nameOf(*each).isEmpty(), describe(*each));
}

void PagesTest::tabGoesInReadingOrder()
{
    QFETCH(LanguageChoice, language);
    QFETCH(int, page);
    m_daemon->sharing(1);
    begin(language);
    window().resize(420, 1600); // all of the page at once
    open(EveryPage[static_cast<std::size_t>(page)].name);
    const std::vector<QWidget *> all = stops(window());
    for (std::size_t i = 1; i < all.size(); ++i) {
        QTRY_VERIFY2(follows(placeOf(*all[i - 1]), placeOf(*all[i])),
                     QByteArray(describe(*all[i - 1]) + " comes before " + describe(*all[i])));
        // Who goes by Tab sees where they are.
        all[i]->setFocus(Qt::TabFocusReason);
        QTest::keyClick(all[i], Qt::Key_Backtab);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QVERIFY2(widgets::showsFocus(*QApplication::focusWidget()), describe(*all[i]));
    }
}

void PagesTest::escapeGoesBack()
{
    m_daemon->sharing(1);
    begin(LanguageChoice::English);
    for (const Shown &each : EveryPage) {
        if (QByteArray(each.name).startsWith("first run") || qstrcmp(each.name, "home") == 0)
            continue;
        open(each.name);
        QVERIFY2(!named("shareSwitch")->isVisible(), each.name);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QTRY_VERIFY2(named("shareSwitch")->isVisible(), each.name);
    }
    // In the first run there is no way back, and Enter goes on.
    open("first run");
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(named("firstRunNext")->isVisible());
    QCOMPARE(QApplication::focusWidget(), named("firstRunNext"));
}

void PagesTest::nothingIsCut()
{
    QFETCH(LanguageChoice, language);
    QFETCH(int, page);
    m_daemon->sharing(1);
    begin(language);
    for (const int pixels : {15, 19}) {
        QFont font(QStringLiteral("Inter"));
        font.setPixelSize(pixels);
        QApplication::setFont(font);
        window().resize(420, 640);
        open(EveryPage[static_cast<std::size_t>(page)].name);
        for (const QScrollArea *area : window().findChildren<QScrollArea *>()) {
            if (area->isVisible())
                QTRY_COMPARE(area->horizontalScrollBar()->maximum(), 0);
        }
        for (const QWidget *stop : stops(window())) {
            QTRY_VERIFY2(placeOf(*stop).right() < window().width(), describe(*stop));
            QTRY_VERIFY2(stop->width() >= stop->minimumSizeHint().width(), describe(*stop));
        }
        for (const QLabel *label : window().findChildren<QLabel *>()) {
            if (!label->isVisible() || label->text().isEmpty())
                continue;
            int word = 0;
            for (const QString &each :
                 label->text().split(QRegularExpression(QStringLiteral("[ \\n\\x{2028}]"))))
                word = std::max(word, label->fontMetrics().horizontalAdvance(each));
            QTRY_VERIFY2(label->width() >= word, qPrintable(label->text()));
            QTRY_VERIFY2(label->height() >= label->heightForWidth(label->width()),
                         qPrintable(label->text()));
            QTRY_VERIFY2(placeOf(*label).right() < window().width(), qPrintable(label->text()));
        }
    }
}

void PagesTest::theDaemonsEnglishIsForTheReport()
{
    m_daemon->agreed();
    m_daemon->problem("server_unreachable", "connect 203.0.113.10:3000: Connection refused");
    m_daemon->refuse("setSharing", ErrorCode::Forbidden, "not today");
    begin(LanguageChoice::Russian);
    open("home");
    QTRY_VERIFY(named("deedButton")->isVisible());
    QVERIFY(!allTexts().contains(QStringLiteral("refused")));
    QTest::mouseClick(named("deedButton"), Qt::LeftButton);
    QTRY_VERIFY(named("shareError")->isVisible());
    QVERIFY(!allTexts().contains(QStringLiteral("not today")));
    open("diagnostics");
    QTest::mouseClick(named("copyReportButton"), Qt::LeftButton);
    const QString report = QApplication::clipboard()->text();
    QVERIFY2(report.contains(QStringLiteral("Connection refused")), qPrintable(report));
    QVERIFY2(report.contains(QStringLiteral("setSharing: forbidden: not today")),
             qPrintable(report));
}

void PagesTest::aFaultsDetailsAreCopied()
{
    m_daemon->sharing(1);
    begin(LanguageChoice::Russian);
    m_daemon->stop();
    QTRY_VERIFY(named("faultCopy")->isVisible());
    // The one thing to do: where the desktop can ask for the password, that.
    const bool asks = named("faultStart")->isVisible();
    QCOMPARE(QApplication::focusWidget(), named(asks ? "faultStart" : "faultRetry"));
    QVERIFY(named("menuButton")->isVisible()); // the window is whole, with its head
    QVERIFY(!allTexts().contains(QString::fromStdString(m_daemon->path())));
    QTest::mouseClick(named("faultCopy"), Qt::LeftButton);
    QVERIFY(QApplication::clipboard()->text().startsWith(QString::fromStdString(m_daemon->path()) +
                                                         QStringLiteral(": ")));
}

void PagesTest::guestsByAge()
{
    Json older = m_daemon->guests().at(0);
    older["number"] = 9;
    older["since"] = (wallNow() - std::chrono::hours(1)).ms;
    m_daemon->guests().push_back(older);
    begin(LanguageChoice::English);
    open("guests");
    const auto topOf = [this](const char *name) {
        return named<QAbstractButton>(name)->mapTo(&window(), QPoint()).y();
    };
    QTRY_VERIFY(topOf("endGuest9") < topOf("endGuest7"));
}

void PagesTest::whoSeesWhat()
{
    m_daemon->agreed();
    begin(LanguageChoice::English);
    m_program->window().findChild<QAction *>(QStringLiteral("whoSeesAction"))->trigger();
    QTRY_VERIFY(named("whoSeesList")->isVisible());
    for (const char *part : {"HiggsNode writes none of it down", "law", "police", "names"})
        QVERIFY2(allTexts().contains(QLatin1String(part)), part);
    // And before somebody agrees, on the card that says what sharing means.
    QVERIFY(m_program->window().findChild<QWidget *>(QStringLiteral("firstRunWhoSees")) != nullptr);
}

void PagesTest::thePlanStandsWhileOff()
{
    m_daemon->agreed();
    m_daemon->status()["limits"].update(
        Json{{"maxGuests", 5}, {"downMbps", 20}, {"upMbps", 20}, {"monthlyBytes", 0}});
    begin(LanguageChoice::English);
    open("home");
    QTRY_VERIFY(named("planCard")->isVisible());
    QVERIFY2(allTexts()
                 .replace(QChar(QChar::Nbsp), QLatin1Char(' '))
                 .remove(QChar(0x2060))
                 .contains(QStringLiteral("At most: 5 guests at once, 20 Mbit/s.")),
             qPrintable(allTexts()));
    m_daemon->sharing(0);
    QTRY_VERIFY(!named("planCard")->isVisible());
    // Without consent something else comes first.
    m_daemon->status()["consent"] = false;
    m_daemon->status()["sharing"] = false;
    m_daemon->status()["state"] = "off";
    m_daemon->tell();
    QTRY_VERIFY(named("deedButton")->isVisible());
    QVERIFY(!named("planCard")->isVisible());
}

void PagesTest::theFingerprintIsWhole()
{
    m_daemon->agreed();
    begin(LanguageChoice::English);
    open("server");
    auto *server = named<QLabel>("useServerError")->parentWidget();
    auto *field = server->findChild<QLineEdit *>(QStringLiteral("pinField"));
    field->setFocus();
    QTest::keyClicks(field, QString(64, QLatin1Char('a')));
    QTRY_VERIFY(allTexts().contains(QStringLiteral("AA:AA:AA:AA:AA:AA:AA:AA:")));
    QTest::keyClick(field, Qt::Key_Tab);
    QTRY_COMPARE(field->cursorPosition(), 0);
    field->setFocus();
    QTest::keyClick(field, Qt::Key_Delete);
    QTRY_VERIFY(!allTexts().contains(QStringLiteral("AA:AA")));
}

void PagesTest::aLaterVersionIsTold()
{
    m_daemon->agreed();
    begin(LanguageChoice::English);
    open("settings");
    QVERIFY(!named("updateBanner")->isVisible());
    const auto say = [this](const char *version) {
        m_daemon->status()["server"] =
            Json{{"host", "home.example"}, {"port", 3000}, {"pin", nullptr}, {"version", version}};
        m_daemon->tell();
    };
    say("99.1");
    QTRY_VERIFY(named("updateBanner")->isVisible());
    QVERIFY(allTexts().contains(QStringLiteral("HiggsNode 99.1 is out, and this is ")));
    // Neither an earlier one nor what is a sentence and no version.
    for (const char *other : {"0.0.1", "Call 555 at once", "1.2.3.4.5.6"}) {
        say(other);
        QTRY_VERIFY(!named("updateBanner")->isVisible());
    }
}

QTEST_MAIN(PagesTest)
#include "pages_test.moc"
