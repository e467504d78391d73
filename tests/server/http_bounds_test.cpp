// SPDX-License-Identifier: GPL-3.0-or-later
// What HTTP may hold and who is next: the parser's memory in every state and for reads of every
// size, its independence of how the input is cut, turns of networks, bytes of networks.
#include "server/cache/networks.h"
#include "server/http/held_bytes.h"
#include "server/http/http_parser.h"
#include "server/http/request_turns.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;
using State = HttpParser::State;

namespace {

constexpr HttpLimits Small{512, 1024};
const std::string Begin = "POST /p HTTP/1.1\r\nHost: h\r\n";
const std::string Chunked = Begin + "Transfer-Encoding: chunked\r\n\r\n";

/// A request that goes on for ever in one of the parser's states, as text to begin with and text to
/// repeat.
struct Endless
{
    const char *name;
    std::string begin;
    std::string repeated;
};

std::vector<Endless> endlessRequests()
{
    const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
    return {
        {"empty lines", "", "\r\n"},
        {"method", "", "G"},
        {"target", "GET /", "a"},
        {"version", "GET / HTTP/1.1", " "},
        {"field name", head, "x"},
        {"field value", head + "X: ", "y"},
        {"fields", head, "X: y\r\n"},
        {"folded field", head + "X: y\r\n", " y\r\n"},
        {"body", Begin + "Content-Length: 1024\r\n\r\n", "b"},
        {"pipelined bodies", "", Begin + "Content-Length: 3\r\n\r\nabc"},
        {"chunk size", Chunked, "0"},
        {"chunk extension", Chunked + "1;", "e"},
        {"chunk extensions", Chunked, "1;e=f\r\nx\r\n"},
        {"chunks", Chunked, "1\r\nx\r\n"},
        {"chunk", Chunked + "400\r\n", "x"},
        {"trailer", Chunked + "0\r\n", "T: t\r\n"},
        {"trailer name", Chunked + "0\r\n", "T"},
        {"after an upgrade", head + "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", "frames"},
        {"after a request", head + "\r\n", "GET / HTTP/1.1\r\n"},
    };
}

/// Every step's outcome as one text.
std::string outcome(const std::string &input, std::size_t piece)
{
    HttpParser parser(Small);
    std::string text;
    for (std::size_t at = 0; at < input.size(); at += piece) {
        State state = parser.feed(asBytes(std::string_view(input).substr(at, piece)));
        while (state == State::Ready) {
            const HttpRequest request = parser.take();
            text += request.path + "=" + request.body + ";";
            state = parser.feed({});
        }
        if (state == State::Failed)
            return text + std::to_string(parser.fault());
    }
    return text + "-";
}

} // namespace

class HttpBoundsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void memoryIsBounded_data()
    {
        QTest::addColumn<QString>("begin");
        QTest::addColumn<QString>("repeated");
        for (const Endless &endless : endlessRequests())
            QTest::newRow(endless.name) << QString::fromStdString(endless.begin)
                                        << QString::fromStdString(endless.repeated);
    }

    void memoryIsBounded()
    {
        QFETCH(QString, begin);
        QFETCH(QString, repeated);
        constexpr std::size_t Total = 200'000;
        std::string input = begin.toStdString();
        while (input.size() < Total)
            input += repeated.toStdString();
        std::size_t most = 0;
        for (const std::size_t piece : {1, 2, 3, 7, 64, 511, 512, 513, 1000, 4096, 16384, 65536}) {
            // As a connection does it: nothing is taken while a request waits for its answer.
            for (const bool taken : {true, false}) {
                HttpParser parser(Small);
                const std::size_t bound = 4 * Small.headerBytes + 2 * Small.bodyBytes + 2 * piece +
                                          HttpParser::MaxHeaderLines * sizeof(HttpHeader) * 2;
                for (std::size_t at = 0; at < input.size(); at += piece) {
                    State state = parser.feed(asBytes(std::string_view(input).substr(at, piece)));
                    most = std::max(most, parser.heldBytes());
                    QVERIFY2(parser.heldBytes() <= bound,
                             qPrintable(QString::number(parser.heldBytes()) +
                                        QLatin1String(" at ") + QString::number(at)));
                    while (taken && state == State::Ready) {
                        (void)parser.take();
                        state = parser.feed({});
                    }
                    if (state == State::Failed) {
                        QVERIFY(parser.heldBytes() < 256); // nothing is of use any more
                        break;
                    }
                }
            }
        }
        QVERIFY(most > 0); // it can see
    }

    void cutsMakeNoDifference()
    {
        const std::string get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
        const std::string post = Begin + "Content-Length: 5\r\n\r\nhello";
        const std::string chunked = Chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        std::vector<std::string> inputs = {
            get + post + chunked + get,
            "\r\n\r\n" + post + "\r\n" + get,
            get + "GET /b HTTP/1.1\r\nHost: h\n\r\n" + get,
            chunked + Chunked + "1;x\r\n",
            "\r\n\r\n\r\n\r\n\r\n" + get,
            get + "GET /" + std::string(600, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
            post + Begin + "Content-Length: 1025\r\n\r\n",
        };
        // Around the header's limit, the decision is by the byte.
        for (const std::size_t size : {511, 512, 513}) {
            const std::string frame = "GET /c HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n";
            std::string padded = frame;
            padded.insert(frame.size() - 4, std::string(size - frame.size(), 'x'));
            QCOMPARE(outcome(padded, padded.size()),
                     std::string(size <= Small.headerBytes ? "/c=;-" : "431"));
            inputs.push_back(get + padded + get);
        }
        for (const std::string &input : inputs) {
            const std::string whole = outcome(input, input.size());
            for (std::size_t piece = 1; piece < input.size(); ++piece)
                QCOMPARE(outcome(input, piece), whole);
        }
    }

    void networksTakeTurns()
    {
        RequestTurns turns;
        const IpAddress busy = *IpAddress::parse("192.0.2.1");
        const IpAddress quiet = *IpAddress::parse("192.0.2.2");
        for (std::uint64_t i = 0; i < 1000; ++i)
            turns.add(busy, i);
        turns.add(quiet, 5000);
        QCOMPARE(*turns.next(), std::uint64_t(0));
        QCOMPARE(*turns.next(), std::uint64_t(5000));
        turns.add(quiet, 5001);
        QCOMPARE(*turns.next(), std::uint64_t(1));
        QCOMPARE(*turns.next(), std::uint64_t(5001));
        for (std::uint64_t i = 2; i < 1000; ++i)
            QCOMPARE(*turns.next(), i);
        QVERIFY(!turns.next() && turns.isEmpty());
    }

    void bytesOfNetworks()
    {
        Limits limits;
        limits.heldBytesPerAddress = 1000;
        limits.heldBytes = 1500;
        HeldBytes held(limits);
        const IpAddress a = siteOf(*IpAddress::parse("2001:db8:1:1::1"));
        QCOMPARE(a, siteOf(*IpAddress::parse("2001:db8:1:ffff::2")));
        const IpAddress b = siteOf(*IpAddress::parse("2001:db8:2::1"));
        held.change(a, 0, 600);
        QVERIFY(held.isHalfUsed(a) && !held.isOver(a) && !held.isHalfUsed(b));
        held.change(a, 600, 1001);
        QVERIFY(held.isOver(a));
        // When all is used up, those who hold little go on.
        held.change(a, 1001, 900);
        held.change(b, 0, 601);
        QVERIFY(held.isOver(a) && held.isOver(b));
        held.change(b, 601, 125);
        held.change(siteOf(*IpAddress::parse("192.0.2.1")), 0, 500);
        QVERIFY(held.isOver(a) && !held.isOver(b));
        held.change(a, 900, 0);
        held.change(b, 125, 0);
        QCOMPARE(held.of(a), std::size_t(0));
        QCOMPARE(held.total(), std::size_t(500));
    }
};

QTEST_APPLESS_MAIN(HttpBoundsTest)
#include "http_bounds_test.moc"
