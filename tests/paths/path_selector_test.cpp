// SPDX-License-Identifier: GPL-3.0-or-later
// Which path carries, and why, by a table of what is known of each.
#include "shared/paths/path_selector.h"

#include <QTest>
#include <vector>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::PathReason;
using protocol::PathType;

namespace {

constexpr Monotonic Begin{1h};
constexpr Milliseconds Grace{1'500};

PathFacts relay(PathPhase phase, Milliseconds since = 0ms)
{
    return {PathType::Relay, phase, Begin + since};
}

PathFacts direct(PathPhase phase, Milliseconds since = 0ms)
{
    return {PathType::Direct, phase, Begin + since};
}

PathFacts turn(PathPhase phase)
{
    return {PathType::Turn, phase, Begin};
}

constexpr auto Opening = PathPhase::Opening;
constexpr auto Open = PathPhase::Open;
constexpr auto Quiet = PathPhase::Quiet;
constexpr auto Closed = PathPhase::Closed;

struct Row
{
    const char *name;
    std::vector<PathFacts> paths;
    std::optional<std::size_t> carries;
    PathReason reason = PathReason::RelayOnly;
    Milliseconds at = 10ms; ///< after Begin
    std::optional<Milliseconds> until = std::nullopt;
    std::optional<Milliseconds> grace = Grace;
};

const std::vector<Row> &rows()
{
    static const std::vector<Row> all = {
        {"no path", {}, std::nullopt},
        {"opening carries nothing", {relay(Opening)}, std::nullopt},
        {"closed carries nothing", {relay(Closed)}, std::nullopt},
        {"the relay alone", {relay(Open)}, 0},
        {"quiet, and within the grace", {relay(Quiet)}, 0, PathReason::RelayOnly, 10ms, Grace},
        {"quiet, a moment before its end",
         {relay(Quiet)},
         0,
         PathReason::RelayOnly,
         Grace - 1ms,
         Grace},
        {"quiet, and no longer", {relay(Quiet)}, std::nullopt, PathReason::RelayOnly, Grace},
        {"quiet later", {relay(Quiet, 1s)}, 0, PathReason::RelayOnly, Grace, 1s + Grace},
        {"quiet without end",
         {relay(Quiet)},
         0,
         PathReason::RelayOnly,
         24h,
         std::nullopt,
         std::nullopt},
        {"a shorter way is looked for", {relay(Open), direct(Opening)}, 0, PathReason::Probing},
        {"the shorter way", {relay(Open), direct(Open)}, 1, PathReason::Direct},
        {"in whichever order", {direct(Open), relay(Open)}, 0, PathReason::Direct},
        {"TURN before the relay", {relay(Open), turn(Open)}, 1, PathReason::TurnRelay},
        {"direct before TURN", {relay(Open), turn(Open), direct(Open)}, 2, PathReason::Direct},
        {"TURN, and no word of the search",
         {turn(Open), direct(Opening)},
         0,
         PathReason::TurnRelay},
        {"the relay opens behind it", {direct(Open), relay(Opening)}, 0, PathReason::Direct},
        {"open before quiet", {direct(Quiet), relay(Open)}, 1},
        {"quiet before nothing",
         {direct(Quiet), relay(Opening)},
         0,
         PathReason::Direct,
         10ms,
         Grace},
        {"the shorter of two quiet",
         {relay(Quiet), direct(Quiet, 5ms)},
         1,
         PathReason::Direct,
         10ms,
         5ms + Grace},
        {"which has been quiet for too long",
         {relay(Quiet, 1s), direct(Quiet)},
         0,
         PathReason::RelayOnly,
         Grace,
         1s + Grace},
        {"the first of equals", {relay(Open), relay(Open, 1ms)}, 0},
        {"not one that is closed", {direct(Closed), relay(Open)}, 1},
    };
    return all;
}

} // namespace

class PathSelectorTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void chooses_data();
    void chooses();
};

void PathSelectorTest::chooses_data()
{
    QTest::addColumn<int>("row");
    for (std::size_t i = 0; i < rows().size(); ++i)
        QTest::newRow(rows()[i].name) << static_cast<int>(i);
}

void PathSelectorTest::chooses()
{
    QFETCH(const int, row);
    const Row &each = rows()[static_cast<std::size_t>(row)];
    const PathChoice choice = choosePath(Begin + each.at, each.paths, {.quietGrace = each.grace});
    QVERIFY(choice.path == each.carries);
    if (each.carries)
        QCOMPARE(toString(choice.reason), toString(each.reason));
    QVERIFY(choice.until.has_value() == each.until.has_value());
    if (!each.until)
        return;
    QVERIFY(*choice.until == Begin + *each.until);
    // It was told truly when the choice is another one.
    const PathChoice then = choosePath(*choice.until, each.paths, {.quietGrace = each.grace});
    QVERIFY(then.path != choice.path);
}

QTEST_GUILESS_MAIN(PathSelectorTest)
#include "path_selector_test.moc"
