// SPDX-License-Identifier: GPL-3.0-or-later
// Ids, results, secrets, backoff and log lines.
#include "shared/base/backoff.h"
#include "shared/base/ids.h"
#include "shared/base/log.h"
#include "shared/base/result.h"
#include "shared/base/secret.h"

#include <QTest>
#include <type_traits>

using namespace higgs;

// What must not compile is checked where it costs nothing.
static_assert(!std::is_copy_constructible_v<SecretText> && !std::is_copy_assignable_v<SecretText>);
static_assert(!std::is_copy_constructible_v<Secret<32>>);
static_assert(std::is_nothrow_move_constructible_v<Secret<32>>);
static_assert(!std::is_constructible_v<log::Field, std::string_view, const SecretText &>);
static_assert(!std::is_constructible_v<log::Field, std::string_view, const Secret<32> &>);
static_assert(!std::is_convertible_v<NodeId, SessionId> &&
              !std::is_constructible_v<NodeId, SessionId>);
static_assert(!std::is_convertible_v<std::string, NodeId>);

class TestValues : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void uuids();
    void results();
    void secrets();
    void backoffGrowsToItsCap();
    void logTextIsOneLine();
    void logJsonIsEscaped();
};

void TestValues::uuids()
{
    const std::string text = "550E8400-e29b-41D4-a716-446655440000";
    const auto id = NodeId::parse(text);
    QVERIFY(id && id->text() == "550e8400-e29b-41d4-a716-446655440000");
    QVERIFY(NodeId().isNull() && !id->isNull());
    QVERIFY(NodeId::parse("00000000-0000-0000-0000-000000000000")); // any version
    QCOMPARE(std::hash<NodeId>{}(*id), std::hash<NodeId>{}(*NodeId::parse(id->text())));
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string bad = text;
        for (const char c : {'g', ' ', '-', '\0', '0'}) {
            bad[at] = c;
            const bool stillRight = (text[at] == '-') == (c == '-') && (c == '-' || c == '0');
            QCOMPARE(NodeId::parse(bad).has_value(), stillRight);
        }
        QVERIFY(!NodeId::parse(text.substr(0, at)));
    }
    QVERIFY(!NodeId::parse(text + "0") && !NodeId::parse("{" + text + "}"));
}

void TestValues::results()
{
    const auto half = [](int n) -> Result<int> {
        if (n % 2 != 0)
            return unexpected(ErrorCode::InvalidArgument, "odd");
        return n / 2;
    };
    QCOMPARE(*half(4), 2);
    QVERIFY(!half(3));
    QVERIFY((half(3).error() == Error{ErrorCode::InvalidArgument, "odd"}));
    QCOMPARE(half(3).value_or(7), 7);
    const Result<void> done;
    QVERIFY(done);
    const Result<void> failed = unexpected(ErrorCode::Timeout);
    QVERIFY(!failed && failed.error().code == ErrorCode::Timeout);
    Result<std::unique_ptr<int>> moved = std::make_unique<int>(5);
    QCOMPARE(*std::move(moved).value(), 5);
    QCOMPARE(std::string(toString(ErrorCode::Untrusted)), std::string("untrusted"));
}

void TestValues::secrets()
{
    const Bytes bytes(32, 7);
    Secret<32> secret{std::span<const std::uint8_t, 32>(bytes.data(), 32)};
    Secret<32> other = secret.copy();
    QVERIFY(secret == other);
    other.mutableBytes()[31] = 8;
    QVERIFY(!(secret == other));
    const Secret<32> taken = std::move(secret);
    QVERIFY(taken.bytes()[0] == 7);
    QVERIFY(secret == Secret<32>()); // NOLINT(bugprone-use-after-move): wiped is the contract

    SecretText text("pass word");
    const SecretText copy = text.copy();
    QVERIFY(copy == text && copy.reveal() == "pass word");
    const SecretText gone = std::move(text);
    QVERIFY(text.empty() && !gone.empty()); // NOLINT(bugprone-use-after-move): as above
    QVERIFY(!(gone == SecretText("pass worD")) && !(gone == SecretText("pass wor")));

    QVERIFY(equalConstantTime({}, {}));
    QVERIFY(!equalConstantTime(Bytes{1}, Bytes{}));
    Bytes memory(10, 1);
    wipe(memory);
    QCOMPARE(memory, Bytes(10, 0));
}

void TestValues::backoffGrowsToItsCap()
{
    Backoff backoff(Milliseconds(100), Milliseconds(1000));
    const double almostOne = 0.999999;
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 6; ++i)
        waits.push_back(backoff.next(almostOne).count());
    QCOMPARE(waits, (std::vector<std::int64_t>{99, 199, 399, 799, 999, 999}));
    QCOMPARE(backoff.next(0).count(), std::int64_t{0});
    for (int i = 0; i < 1000; ++i) {
        const auto wait = backoff.next(0.5);
        QVERIFY(wait >= Milliseconds(0) && wait <= Milliseconds(1000));
    }
    backoff.reset();
    QCOMPARE(backoff.attempt(), 0U);
    QVERIFY(backoff.next(almostOne) < Milliseconds(100));
}

void TestValues::logTextIsOneLine()
{
    const std::string line = log::format(log::Format::Text, log::Level::Warning, "api", "refused",
                                         {{"plain", "value"},
                                          {"empty", ""},
                                          {"spaced", "a b"},
                                          {"forged", "x\n2026 error: root=1"},
                                          {"escape", "\x1b[31m"},
                                          {"quote", "a\"b\\c"},
                                          {"count", 42},
                                          {"ratio", 0.5},
                                          {"yes", true}});
    QCOMPARE(line, std::string("warning api: refused plain=value empty=\"\" spaced=\"a b\" "
                               "forged=\"x\\u000a2026 error: root=1\" escape=\"\\u001b[31m\" "
                               "quote=\"a\\\"b\\\\c\" count=42 ratio=0.5 yes=true"));
}

void TestValues::logJsonIsEscaped()
{
    const std::string line = log::format(log::Format::Json, log::Level::Info, "relay", "opened",
                                         {{"id", "a\"\n\t\x7f"}, {"count", -1}, {"ok", false}});
    QCOMPARE(line, std::string("\"level\":\"info\",\"category\":\"relay\",\"event\":\"opened\","
                               "\"id\":\"a\\\"\\u000a\\u0009\\u007f\",\"count\":-1,\"ok\":false}"));
}

QTEST_GUILESS_MAIN(TestValues)
#include "values_test.moc"
