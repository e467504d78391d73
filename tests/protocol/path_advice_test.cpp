// SPDX-License-Identifier: GPL-3.0-or-later
// Each row of routers gets the sentence that blames the right one, and steps that would help.
#include "shared/protocol/path_advice.h"

#include <QTest>
#include <QTranslator>
#include <algorithm>
#include <set>

using namespace higgs::protocol;
using enum NatType;

/// As in shared/widgets: a static library's resources are linked only where somebody asks.
static void initCatalogues()
{
    Q_INIT_RESOURCE(translations);
}

namespace {

struct Row
{
    const char *name;
    PathSituation situation;
    std::optional<PathAdvice> expected;
};

constexpr auto Relay = PathType::Relay;
constexpr auto Both = PathReason::BothSymmetric;
constexpr auto Strict = PathReason::SymmetricBehindStrict;
constexpr auto Only = PathReason::RelayOnly;
using Steps = std::vector<PathStep>;

const Steps PortOrTurn{PathStep::AnotherNetwork, PathStep::ExitOpensPort, PathStep::OfferTurn};

PathSituation at(PathReason reason, NatType own, NatType exit,
                 HomeMapping mapping = HomeMapping::Unknown, bool turn = false,
                 PathType path = Relay)
{
    return {path, reason, own, exit, mapping, turn};
}

const std::vector<Row> &rows()
{
    using enum PathCause;
    using Way = PathType;
    static const std::vector<Row> all = {
        {"direct", at(PathReason::Direct, Symmetric, FullCone, {}, false, Way::Direct), {}},
        {"one network", at(PathReason::SameLan, Symmetric, Symmetric, {}, false, Way::Direct), {}},
        {"mapped", at(PathReason::PortMapped, Symmetric, Symmetric, {}, false, Way::Direct), {}},
        {"pinned to direct", at(PathReason::Pinned, Open, Open, {}, false, Way::Direct), {}},
        {"looked for", at(PathReason::Probing, Symmetric, Symmetric), {}},
        {"cascade", at(PathReason::Cascade, Symmetric, Symmetric, {}, false, Way::Cascade), {}},
        {"pinned to the relay", at(PathReason::Pinned, Symmetric, Symmetric),
         PathAdvice{Pinned, {PathStep::AnyPath}}},
        {"pinned to TURN", at(PathReason::Pinned, Open, Open, {}, true, Way::Turn),
         PathAdvice{Pinned, {PathStep::AnyPath}}},
        {"no UDP here", at(PathReason::UdpBlocked, Blocked, FullCone),
         PathAdvice{OwnUdpBlocked, {PathStep::AllowUdp}}},
        {"this machine's firewall",
         {.reason = PathReason::UdpBlocked, .own = Blocked, .exit = FullCone, .ownFirewall = true},
         PathAdvice{PathCause::OwnFirewall, {PathStep::AllowUdpHere}}},
        {"no UDP here, not classified", at(PathReason::UdpBlocked, Unknown, Symmetric),
         PathAdvice{OwnUdpBlocked, {PathStep::AllowUdp}}},
        {"only small packets", at(PathReason::UdpBlocked, PortRestricted, FullCone),
         PathAdvice{Narrow, {PathStep::AnotherNetwork, PathStep::OfferTurn}}},
        {"no UDP at the exit", at(PathReason::PeerCannot, FullCone, Blocked),
         PathAdvice{ExitUdpBlocked, {PathStep::AnotherExit, PathStep::ExitAllowsUdp}}},
        {"no UDP at either", at(PathReason::UdpBlocked, Blocked, Blocked),
         PathAdvice{OwnUdpBlocked, {PathStep::AllowUdp}}},
        {"an exit that tells nothing", at(PathReason::PeerCannot, FullCone, FullCone),
         PathAdvice{NotTold, {PathStep::AnotherExit}}},
        {"both", at(Both, Symmetric, Symmetric), PathAdvice{BothNewPorts, PortOrTurn}},
        {"both, with TURN offered", at(Both, Symmetric, Symmetric, {}, true),
         PathAdvice{BothNewPorts, {PathStep::AnotherNetwork, PathStep::ExitOpensPort}}},
        {"both, by TURN", at(PathReason::TurnRelay, Symmetric, Symmetric, {}, false, Way::Turn),
         PathAdvice{BothNewPorts, {PathStep::AnotherNetwork, PathStep::ExitOpensPort}}},
        {"both, forbidden by the owner", at(Both, Symmetric, Symmetric, HomeMapping::Forbidden),
         PathAdvice{BothNewPorts,
                    {PathStep::AnotherNetwork, PathStep::ExitAllowsMapping, PathStep::OfferTurn}}},
        {"both, refused", at(Both, Symmetric, Symmetric, HomeMapping::Refused),
         PathAdvice{BothNewPorts, PortOrTurn}},
        {"both, not to be had", at(Both, Symmetric, Symmetric, HomeMapping::Unavailable),
         PathAdvice{BothNewPorts, PortOrTurn}},
        {"both, a provider's router", at(Both, Symmetric, Symmetric, HomeMapping::BehindAnotherNat),
         PathAdvice{BothNewPorts, {PathStep::AnotherNetwork, PathStep::OfferTurn}}},
        {"ours, and a strict one", at(Strict, Symmetric, PortRestricted),
         PathAdvice{OwnNewPortsExitStrict, PortOrTurn}},
        {"ours, and a firewall", at(Strict, Symmetric, Firewalled),
         PathAdvice{OwnNewPortsExitStrict, PortOrTurn}},
        {"theirs, and a strict one", at(Strict, PortRestricted, Symmetric),
         PathAdvice{ExitNewPortsOwnStrict, PortOrTurn}},
        {"theirs, and a firewall", at(Strict, Firewalled, Symmetric),
         PathAdvice{ExitNewPortsOwnStrict, PortOrTurn}},
        {"ours, theirs unknown", at(Strict, Symmetric, Unknown),
         PathAdvice{OwnNewPorts, PortOrTurn}},
        {"ours, theirs open", at(Strict, Symmetric, FullCone),
         PathAdvice{OwnNewPorts, {PathStep::AnotherNetwork, PathStep::OfferTurn}}},
        {"a TURN server that does no service",
         {.reason = Both,
          .own = Symmetric,
          .exit = Symmetric,
          .turnOffered = true,
          .turnFails = true},
         PathAdvice{BothNewPorts,
                    {PathStep::AnotherNetwork, PathStep::ExitOpensPort, PathStep::MendTurn}}},
        {"theirs, ours unknown", at(Strict, Unknown, Symmetric),
         PathAdvice{ExitNewPorts, PortOrTurn}},
        {"theirs, ours open", at(Strict, Open, Symmetric), PathAdvice{ExitNewPorts, PortOrTurn}},
        {"nobody's fault", at(Only, PortRestricted, PortRestricted),
         PathAdvice{NotFound, {PathStep::AnotherNetwork, PathStep::OfferTurn}}},
        {"nothing is known", at(Only, Unknown, Unknown),
         PathAdvice{RoutersUnknown, {PathStep::OfferTurn}}},
        {"half is known", at(Only, FullCone, Unknown, {}, true), PathAdvice{RoutersUnknown, {}}},
    };
    return all;
}

bool isCyrillic(const QString &text)
{
    return std::any_of(text.begin(), text.end(),
                       [](QChar each) { return each.script() == QChar::Script_Cyrillic; });
}

/// Of every kind.
std::vector<AdviceWords> allWords()
{
    std::vector<AdviceWords> words;
    for (int i = 0; i <= static_cast<int>(PathCause::Pinned); ++i)
        words.push_back(wordsOf(static_cast<PathCause>(i)));
    for (int i = 0; i <= static_cast<int>(PathStep::MendTurn); ++i)
        words.push_back(wordsOf(static_cast<PathStep>(i)));
    for (int i = 0; i <= static_cast<int>(HomeReach::Unknown); ++i)
        words.push_back(wordsOf(static_cast<HomeReach>(i)));
    for (int i = 0; i <= static_cast<int>(HomeStep::AllowUdp); ++i)
        words.push_back(wordsOf(static_cast<HomeStep>(i)));
    return words;
}

} // namespace

class PathAdviceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { initCatalogues(); }
    void everySituation_data();
    void everySituation();
    void everyHome();
    void everySentenceIsTranslated();
    void mappingsAreKnownByName();
};

void PathAdviceTest::everySituation_data()
{
    QTest::addColumn<std::size_t>("row");
    for (std::size_t i = 0; i < rows().size(); ++i)
        QTest::newRow(rows()[i].name) << i;
}

void PathAdviceTest::everySituation()
{
    QFETCH(const std::size_t, row);
    const Row &each = rows()[row];
    const auto advice = advise(each.situation);
    QVERIFY(advice == each.expected);
    if (advice)
        QVERIFY(std::is_sorted(advice->steps.begin(), advice->steps.end())); // the user's first
}

void PathAdviceTest::everyHome()
{
    using Reach = HomeReach;
    using Step = HomeStep;
    constexpr auto Unasked = HomeMapping::Unknown;
    const auto advised = [](NatType own, HomeMapping mapping, std::uint16_t port) {
        return adviseHome({.own = own, .mapping = mapping, .port = port});
    };
    for (const NatType each : {Open, FullCone, RestrictedCone})
        QVERIFY((advised(each, Unasked, 0) == HomeAdvice{Reach::Everybody, {}}));
    for (const NatType each : {PortRestricted, Firewalled}) {
        QVERIFY((advised(each, Unasked, 51820) == HomeAdvice{Reach::ButNewPorts, Step::OpenPort}));
        QVERIFY((advised(each, HomeMapping::Mapped, 0) == HomeAdvice{Reach::Everybody, {}}));
    }
    QVERIFY((advised(Symmetric, Unasked, 0) == HomeAdvice{Reach::OnlyOpen, Step::FixPort}));
    QVERIFY((advised(Symmetric, HomeMapping::Mapped, 0) == HomeAdvice{Reach::Everybody, {}}));
    QVERIFY((advised(Symmetric, HomeMapping::Forbidden, 1) ==
             HomeAdvice{Reach::OnlyOpen, Step::AllowMapping}));
    QVERIFY((advised(Symmetric, HomeMapping::BehindAnotherNat, 1) ==
             HomeAdvice{Reach::OnlyOpen, Step::AskProvider}));
    QVERIFY(
        (advised(Blocked, HomeMapping::Mapped, 1) == HomeAdvice{Reach::Nobody, Step::AllowUdp}));
    QVERIFY((adviseHome({.own = Blocked, .ownFirewall = true}) ==
             HomeAdvice{Reach::NobodyOut, Step::AllowUdpHere}));
    QVERIFY((adviseHome({.own = PortRestricted, .port = 51820, .portTaken = true}) ==
             HomeAdvice{Reach::ButNewPorts, Step::FreePort}));
    QVERIFY((advised(Unknown, HomeMapping::Refused, 1) == HomeAdvice{Reach::Unknown, {}}));
}

void PathAdviceTest::everySentenceIsTranslated()
{
    QTranslator russian;
    QVERIFY(russian.load(QStringLiteral(":/i18n/widgets_ru.qm")));
    std::set<std::string_view> seen;
    for (const AdviceWords &each : allWords()) {
        const QString english = QString::fromUtf8(each.text);
        QVERIFY2(english.endsWith(u'.') && english.contains(u' '), each.text);
        const QString translated = russian.translate("PathAdvice", each.text);
        QVERIFY2(isCyrillic(translated) && translated.endsWith(u'.'), each.text);
        QCOMPARE(translated.contains(QLatin1String("%1")), english.contains(QLatin1String("%1")));
        QVERIFY2(seen.insert(each.name).second && seen.insert(each.text).second, each.text);
        QCOMPARE(adviceWords(each.name)->text, each.text);
    }
    for (const PathType each : {PathType::Relay, PathType::Turn})
        QVERIFY(isCyrillic(russian.translate("PathAdvice", leadOf(each))));
    QVERIFY(leadOf(PathType::Direct) == nullptr && leadOf(PathType::Cascade) == nullptr);
    QVERIFY(adviceWords("") == nullptr && adviceWords("no such") == nullptr);
}

void PathAdviceTest::mappingsAreKnownByName()
{
    QVERIFY(parseHomeMapping("mapped") == HomeMapping::Mapped);
    QVERIFY(parseHomeMapping("forbidden") == HomeMapping::Forbidden);
    QVERIFY(parseHomeMapping("behind-another-nat") == HomeMapping::BehindAnotherNat);
    QVERIFY(parseHomeMapping("asking") == HomeMapping::Unknown);
    QVERIFY(parseHomeMapping("") == HomeMapping::Unknown);
}

QTEST_GUILESS_MAIN(PathAdviceTest)
#include "path_advice_test.moc"
