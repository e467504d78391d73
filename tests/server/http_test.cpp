// SPDX-License-Identifier: GPL-3.0-or-later
// The HTTP parser, the router and the messages, without sockets.
#include "server/http/http_parser.h"
#include "server/http/router.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;
using State = HttpParser::State;

namespace {

const std::string Get = "GET /a/b?x=1&y=%20 HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string Post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const std::string Chunked = "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nhel\r\n02\r\nlo\r\n0\r\n\r\n";

struct Parsed
{
    State state;
    int fault;
    HttpRequest request;
};

Parsed parse(const std::string &text, HttpLimits limits = {})
{
    HttpParser parser(limits);
    const State state = parser.feed(asBytes(text));
    return {state, parser.fault(), state == State::Ready ? parser.take() : HttpRequest()};
}

HttpRequest requestFor(const char *method, const char *path, bool upgrade = false)
{
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.wantsUpgrade = upgrade;
    return request;
}

} // namespace

class HttpTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wholeRequests()
    {
        const Parsed get = parse(Get);
        QCOMPARE(get.state, State::Ready);
        QCOMPARE(get.request.method, std::string("GET"));
        QCOMPARE(get.request.path, std::string("/a/b"));
        QCOMPARE(get.request.queryValue("y"), std::optional<std::string>(" "));
        QVERIFY(!get.request.queryValue("z"));
        QVERIFY(get.request.keepAlive);
        QCOMPARE(parse(Post).request.body, std::string("hello"));
        QCOMPARE(parse(Chunked).request.body, std::string("hello"));
        QCOMPARE(parse("GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n").request.path,
                 std::string("/x"));
    }

    void byteByByte()
    {
        for (const std::string &text : {Get, Post, Chunked}) {
            HttpParser parser({});
            for (std::size_t i = 0; i < text.size(); ++i) {
                const State state = parser.feed(asBytes(std::string_view(text).substr(i, 1)));
                QCOMPARE(state == State::Ready, i + 1 == text.size());
                QVERIFY(state != State::Failed);
            }
        }
    }

    void pipelines()
    {
        HttpParser parser({});
        QCOMPARE(parser.feed(asBytes("\r\n" + Post + Get + Chunked + "GET /z")), State::Ready);
        QCOMPARE(parser.take().body, std::string("hello"));
        QCOMPARE(parser.feed({}), State::Ready);
        QCOMPARE(parser.take().path, std::string("/a/b"));
        QCOMPARE(parser.feed({}), State::Ready);
        QCOMPARE(parser.take().body, std::string("hello"));
        QCOMPARE(parser.feed({}), State::Header);
    }

    void oldVersion_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<bool>("keepAlive");
        QTest::newRow("none") << QByteArray() << false;
        QTest::newRow("host") << QByteArray("Host: h\r\n") << false;
        QTest::newRow("keep-alive") << QByteArray("Connection: Keep-Alive\r\n") << true;
        QTest::newRow("both") << QByteArray("Connection: keep-alive, close\r\n") << false;
        QTest::newRow("expect") << QByteArray("Expect: 200-ok\r\n") << false;
    }

    void oldVersion()
    {
        QFETCH(QByteArray, fields);
        const QByteArray text = "GET /x HTTP/1.0\r\n" + fields + "\r\n";
        const Parsed parsed = parse(text.toStdString());
        QCOMPARE(parsed.state, State::Ready);
        QVERIFY(parsed.request.isHttp10);
        QTEST(parsed.request.keepAlive, "keepAlive");
    }

    void oldVersionDoesNotUpgradeOrExpect()
    {
        QVERIFY(!parse("GET /relay/x HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\n"
                       "Upgrade: websocket\r\n\r\n")
                     .request.wantsUpgrade);
        HttpParser parser({});
        parser.feed(
            asBytes("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"));
        QVERIFY(!parser.takeExpectsContinue());
        HttpParser control({});
        control.feed(asBytes("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                             "Content-Length: 1\r\n\r\n"));
        QVERIFY(control.takeExpectsContinue());
    }

    void targets()
    {
        QCOMPARE(parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").request.path, std::string("*"));
        QCOMPARE(parse("GET * HTTP/1.1\r\nHost: h\r\n\r\n").fault, 400);
        const Parsed query = parse("GET http://h?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
        QCOMPARE(query.request.path, std::string("/"));
        QCOMPARE(query.request.queryValue("x"), std::optional<std::string>("1"));
    }

    void whoAsks()
    {
        const auto with = [](const char *name, const char *value) {
            HttpRequest request;
            request.headers.push_back({name, value});
            return request;
        };
        for (const char *name : {"Forwarded", "via", "X-Forwarded-For", "x-forwarded-proto",
                                 "X-Real-IP", "X-FORWARDED-HOST", "CF-Connecting-IP"})
            QVERIFY2(with(name, "x").wasForwarded(), name);
        QVERIFY(!with("X-Forward", "x").wasForwarded());
        QVERIFY(!with("Host", "x").wasForwarded());
        for (const char *host : {"localhost", "LocalHost:3000", "127.0.0.1", "127.1.2.3:80",
                                 "[::1]", "[::1]:3000", "[::ffff:127.0.0.1]:1"})
            QVERIFY2(with("Host", host).isForLocalHost(), host);
        for (const char *host : {"", "boson.example", "localhost.example", "192.0.2.1:3000",
                                 "[::2]", "[::1", "127.0.0.1.example"})
            QVERIFY2(!with("Host", host).isForLocalHost(), host);
        QVERIFY(!HttpRequest().isForLocalHost());
    }

    void upgradeKeepsWhatFollows()
    {
        HttpParser parser({});
        parser.feed(asBytes("GET /relay/x HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade"
                            "\r\nUpgrade: WebSocket\r\n\r\nframes"));
        QVERIFY(parser.take().wantsUpgrade);
        QCOMPARE(parser.takeRest(), std::string("frames"));
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("status");
        QTest::newRow("1.2") << QByteArray("GET / HTTP/1.2\r\nHost: h\r\n\r\n") << 505;
        QTest::newRow("1.0, two hosts")
            << QByteArray("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") << 400;
        QTest::newRow("1.0, chunked")
            << QByteArray("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") << 400;
        QTest::newRow("empty coding") << QByteArray("POST / HTTP/1.1\r\nHost: h\r\n"
                                                    "Transfer-Encoding:\r\n\r\n")
                                      << 400;
        QTest::newRow("gzip and a length")
            << QByteArray("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n"
                          "Content-Length: 1\r\n\r\n")
            << 400;
        QTest::newRow("bare LF") << QByteArray("GET / HTTP/1.1\nHost: h\n\n") << 400;
        QTest::newRow("bare CR") << QByteArray("GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n") << 400;
        QTest::newRow("control") << QByteArray("GET / HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n")
                                 << 400;
        QTest::newRow("empty lines") << QByteArray("\r\n\r\n\r\n\r\n\r\n") << 400;
        const QByteArray chunked =
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (const char *bad : {";a", "1;a=b\r\nx\r\n", "1 \r\n", "1\t", "0;a\r\n", "0\r\nT: t\r\n",
                                "0\r\nT", "000000001", "\r\n", "x", "-1", "+1", "0x1", "1\n",
                                "1\r1", "1\r\nxy", "1\r\nx\n", "0\r\n\n"})
            QTest::addRow("chunks %s", QByteArray(bad).toPercentEncoding().constData())
                << chunked + bad << 400;
        QTest::newRow("chunk") << chunked + "10001\r\n" << 413;
        QTest::newRow("second chunk") << chunked + "1\r\nx\r\n10000\r\n" << 413;
        QByteArray lines = "GET / HTTP/1.1\r\nHost: h\r\n";
        for (int i = 0; i < 100; ++i)
            lines += "X: y\r\n";
        QTest::newRow("many headers") << lines << 431;
        QTest::newRow("2.0") << QByteArray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") << 505;
        QTest::newRow("no host") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
        QTest::newRow("two hosts")
            << QByteArray("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") << 400;
        QTest::newRow("space") << QByteArray("GET / HTTP/1.1\r\nHost : h\r\n\r\n") << 400;
        QTest::newRow("escape") << QByteArray("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n") << 400;
        QTest::newRow("nul") << QByteArray("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n") << 400;
        QTest::newRow("both lengths")
            << QByteArray("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n")
            << 400;
        QTest::newRow("two lengths") << QByteArray("POST / HTTP/1.1\r\nHost: h\r\n"
                                                   "Content-Length: 1\r\nContent-Length: 2\r\n\r\n")
                                     << 400;
        QTest::newRow("sign") << QByteArray("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n"
                                            "\r\n")
                              << 400;
        QTest::newRow("gzip") << QByteArray("POST / HTTP/1.1\r\nHost: h\r\n"
                                            "Transfer-Encoding: gzip\r\n\r\n")
                              << 501;
        QTest::newRow("expect") << QByteArray("POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n"
                                              "Content-Length: 1\r\n\r\n")
                                << 417;
        QTest::newRow("body") << QByteArray("POST / HTTP/1.1\r\nHost: h\r\n"
                                            "Content-Length: 65537\r\n\r\n")
                              << 413;
        QTest::newRow("long line") << "GET /" + QByteArray(20000, 'a') << 431;
        QTest::newRow("long header")
            << "GET / HTTP/1.1\r\nHost: h\r\nX: " + QByteArray(20000, 'a') + "\r\n\r\n"
            << 431;
        QTest::newRow("garbage") << QByteArray("\x16\x03\x01\x02\r\n\r\n") << 400;
    }

    void refusals()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, status);
        const Parsed parsed = parse(text.toStdString());
        QCOMPARE(parsed.state, State::Failed);
        QCOMPARE(parsed.fault, status);
    }

    void chunkedBodiesAreLimited()
    {
        HttpParser parser({1024, 100});
        parser.feed(asBytes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
        State state = State::Body;
        for (int i = 0; i < 20 && state != State::Failed; ++i)
            state = parser.feed(asBytes("a\r\n0123456789\r\n"));
        QCOMPARE(state, State::Failed);
        QCOMPARE(parser.fault(), 413);
    }

    void truncationAndBitFlips()
    {
        for (const std::string &text : {Get, Post, Chunked}) {
            for (std::size_t length = 0; length < text.size(); ++length)
                QVERIFY(parse(text.substr(0, length)).state != State::Ready);
            for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
                std::string flipped = text;
                flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
                (void)parse(flipped); // must end, without a crash
            }
        }
    }

    void routes()
    {
        const Router router({{1, "GET", "/a"},
                             {2, "POST", "/a"},
                             {3, "GET", "/n/:id/x"},
                             {4, "GET", "/ws/*", true}});
        QCOMPARE(router.match(requestFor("POST", "/a")).row->id, 2);
        QCOMPARE(router.match(requestFor("HEAD", "/a")).row->id, 1);
        const HttpRequest named = requestFor("GET", "/n/7/x");
        QCOMPARE(router.match(named).values.at(0), std::string_view("7"));
        QVERIFY(router.match(requestFor("GET", "/n//x")).row == nullptr);
        const RouteMatch wrong = router.match(requestFor("DELETE", "/a"));
        QCOMPARE(wrong.outcome, RouteMatch::Outcome::MethodNotAllowed);
        QCOMPARE(wrong.allow, std::string("GET, HEAD, POST"));
        for (const char *path : {"/", "/a/", "/b", "/n/7", "/n/7/x/y", "/ws"})
            QCOMPARE(router.match(requestFor("GET", path)).outcome, RouteMatch::Outcome::NotFound);
        QCOMPARE(router.match(requestFor("GET", "/ws/")).outcome,
                 RouteMatch::Outcome::UpgradeRequired);
        QCOMPARE(router.match(requestFor("GET", "/ws/a/b", true)).outcome,
                 RouteMatch::Outcome::Found);
    }

    void responses()
    {
        HttpResponse response;
        response.body = "{}";
        const std::string text = serialize(response, true, false);
        QVERIFY(text.starts_with("HTTP/1.1 200 OK\r\n"));
        QVERIFY(text.find("Content-Length: 2\r\n") != std::string::npos);
        QVERIFY(text.ends_with("\r\n\r\n{}"));
        QVERIFY(serialize(response, true, true).ends_with("\r\n\r\n"));
        response.status = 204;
        QVERIFY(serialize(response, false, false).find("Content-Length") == std::string::npos);
    }
};

QTEST_APPLESS_MAIN(HttpTest)
#include "http_test.moc"
