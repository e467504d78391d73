// SPDX-License-Identifier: GPL-3.0-or-later
// Each reason for a path has a name of its own, and words for a window, in both languages, and for
// a terminal.
#include "shared/protocol/path_reason.h"

#include <QTest>
#include <QTranslator>
#include <algorithm>
#include <array>
#include <set>

using namespace higgs::protocol;

/// As in shared/widgets: a static library's resources are linked only where somebody asks.
static void initCatalogues()
{
    Q_INIT_RESOURCE(translations);
}

namespace {

/// What scripts outside rely on.
constexpr std::array<std::string_view, 12> Names = {
    "direct",      "same_lan",       "port_mapped",
    "probing",     "both_symmetric", "symmetric_behind_strict",
    "udp_blocked", "turn_relay",     "pinned",
    "peer_cannot", "relay_only",     "cascade"};

bool isCyrillic(const QString &text)
{
    return std::any_of(text.begin(), text.end(),
                       [](QChar each) { return each.script() == QChar::Script_Cyrillic; });
}

} // namespace

class PathReasonTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { initCatalogues(); }
    void namesAreTheContracts();
    void everyReasonHasWords_data();
    void everyReasonHasWords();
    void noTwoSayTheSame();
};

void PathReasonTest::namesAreTheContracts()
{
    QCOMPARE(pathReasons().size(), Names.size());
    for (std::size_t i = 0; i < Names.size(); ++i) {
        const PathReason reason = pathReasons()[i].reason;
        QCOMPARE(toString(reason), Names[i]);
        QVERIFY(parsePathReason(Names[i]) == reason);
        QCOMPARE(wordsOf(reason).name, Names[i]);
    }
    QVERIFY(!parsePathReason("relay"));
    QVERIFY(!parsePathReason(""));
    QCOMPARE(toString(PathType::Relay), std::string_view("relay"));
    QCOMPARE(toString(PathType::Direct), std::string_view("direct"));
    QCOMPARE(toString(PathType::Turn), std::string_view("turn"));
    QCOMPARE(toString(PathType::Cascade), std::string_view("cascade"));
}

void PathReasonTest::everyReasonHasWords_data()
{
    QTest::addColumn<int>("row");
    for (std::size_t i = 0; i < pathReasons().size(); ++i)
        QTest::newRow(std::string(pathReasons()[i].name).c_str()) << static_cast<int>(i);
}

void PathReasonTest::everyReasonHasWords()
{
    QFETCH(const int, row);
    const PathReasonWords &words = pathReasons()[static_cast<std::size_t>(row)];
    const QString english = QString::fromUtf8(words.window);
    QVERIFY(english.endsWith(u'.') && english.contains(u' '));
    QVERIFY(!isCyrillic(english));
    const std::string terminal(words.terminal);
    QVERIFY(terminal.find(' ') != std::string::npos); // words, not the code
    QVERIFY(terminal.back() != '.' && terminal.find_first_of("()") == std::string::npos);

    QTranslator russian;
    QVERIFY(russian.load(QStringLiteral(":/i18n/widgets_ru.qm")));
    const QString translated = russian.translate("PathReason", words.window);
    QVERIFY2(isCyrillic(translated) && translated.endsWith(u'.'), words.window);
    QVERIFY(russian.translate("PathReason", "No such sentence.").isEmpty());
}

void PathReasonTest::noTwoSayTheSame()
{
    std::set<std::string_view> seen;
    for (const PathReasonWords &each : pathReasons()) {
        for (const std::string_view text :
             {each.name, std::string_view(each.window), each.terminal})
            QVERIFY2(seen.insert(text).second, std::string(text).c_str());
    }
}

QTEST_GUILESS_MAIN(PathReasonTest)
#include "path_reason_test.moc"
