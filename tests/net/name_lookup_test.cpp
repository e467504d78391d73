// SPDX-License-Identifier: GPL-3.0-or-later
// Several resolvers asked at once: the first that knows wins, and a silent or a refusing one holds
// up nobody.
#include "shared/net/name_lookup.h"
#include "shared/net/udp_socket.h"

#include <QSocketNotifier>
#include <QTest>
#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace higgs;

namespace {

constexpr Milliseconds Patience{4'000};
constexpr std::array<std::uint16_t, 4> Ids{1, 2, 3, 4};
const Monotonic Start{Milliseconds(1'000'000)};
const IpAddress Known = *IpAddress::parse("192.0.2.1");

/// A server's answer: with the address to a question for A, else empty; or a refusal by `code`.
Bytes answerTo(const Bytes &question, std::uint8_t code = 0)
{
    Bytes answer = question;
    answer[2] = 0x81;
    answer[3] = static_cast<std::uint8_t>(0x80 | code);
    if (code != 0 || question[question.size() - 3] != 1)
        return answer;
    answer[7] = 1;
    for (const int byte : {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, 1})
        answer.push_back(static_cast<std::uint8_t>(byte));
    return answer;
}

} // namespace

class NameLookupTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theFirstThatKnowsWins()
    {
        NameLookupCore core(Start, "boson.example", Ids, Patience);
        const auto questions = core.due(Start);
        QCOMPARE(questions.size(), std::size_t{4});
        QVERIFY(core.due(Start).empty());
        QVERIFY(!core.outcome(Start));
        core.handle(Start, 0, answerTo(questions[2].message)); // of the other server
        QVERIFY(!core.outcome(Start + Milliseconds(1'000)));
        core.handle(Start, 1, answerTo(questions[2].message));
        QVERIFY(!core.outcome(Start)); // the other family may come
        QVERIFY(core.deadline() > Start);
        core.handle(Start, 1, answerTo(questions[3].message));
        const auto outcome = core.outcome(Start);
        QVERIFY(outcome && *outcome);
        QVERIFY(**outcome == std::vector{Known});
    }

    void oneFamilyWillDo()
    {
        NameLookupCore core(Start, "boson.example", Ids, Patience);
        core.handle(Start, 0, answerTo(core.due(Start)[0].message));
        const auto outcome = core.outcome(core.deadline());
        QVERIFY(outcome && *outcome);
    }

    void whoIsSilentIsAskedAgainAndThenGivenUp()
    {
        NameLookupCore core(Start, "boson.example", Ids, Patience);
        Monotonic now = Start;
        unsigned rounds = 0;
        while (!core.outcome(now)) {
            rounds += core.due(now).empty() ? 0 : 1;
            QVERIFY(core.deadline() > now);
            now = core.deadline();
        }
        QVERIFY(rounds > 3);
        QVERIFY(now - Start == Patience);
        QCOMPARE(core.outcome(now)->error().code, ErrorCode::Unavailable);
    }

    void refusalsAndMissingNames()
    {
        NameLookupCore core(Start, "boson.example", Ids, Patience);
        const auto questions = core.due(Start);
        for (const auto &question : questions)
            core.handle(Start, question.server,
                        answerTo(question.message, question.server == 0 ? 2 : 3));
        QVERIFY(core.outcome(Start));
        QCOMPARE(core.outcome(Start)->error().code, ErrorCode::NotFound);
        NameLookupCore nobody(Start, "boson.example", {}, Patience);
        QCOMPARE(nobody.outcome(Start)->error().code, ErrorCode::Unavailable);
        NameLookupCore noName(Start, "a..b", Ids, Patience);
        QCOMPARE(noName.outcome(Start)->error().code, ErrorCode::InvalidArgument);
    }

    void overSockets()
    {
        const Endpoint any{IpAddress::loopback(IpAddress::Family::V4), 0};
        const Result<int> fd = openUdpSocket(any);
        QVERIFY(fd);
        QSocketNotifier readable(*fd, QSocketNotifier::Read);
        connect(&readable, &QSocketNotifier::activated, this, [&] {
            std::array<std::uint8_t, 512> buffer{};
            sockaddr_storage caller{};
            socklen_t length = sizeof caller;
            auto *const address = reinterpret_cast<sockaddr *>(&caller);
            const ssize_t size = ::recvfrom(*fd, buffer.data(), buffer.size(), 0, address, &length);
            if (size <= 0)
                return;
            const Bytes answer = answerTo({buffer.begin(), buffer.begin() + size});
            ::sendto(*fd, answer.data(), answer.size(), 0, address, length);
        });
        EpollSet epoll;
        const Endpoint deaf{any.address, 1};
        NameLookup lookup(epoll, {.host = "boson.example",
                                  .servers = {{deaf}, {localEndpoint(*fd)}},
                                  .mark = {},
                                  .timeout = Milliseconds(60'000)});
        std::optional<Result<std::vector<IpAddress>>> found;
        connect(&lookup, &NameLookup::finished, this,
                [&](const auto &addresses) { found = addresses; });
        lookup.start();
        QVERIFY(!found);
        QTRY_VERIFY(found.has_value());
        QVERIFY(*found);
        QVERIFY(**found == std::vector{Known});
        ::close(*fd);
    }
};

QTEST_GUILESS_MAIN(NameLookupTest)
#include "name_lookup_test.moc"
