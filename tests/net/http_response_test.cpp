// SPDX-License-Identifier: GPL-3.0-or-later
// The client's HTTP: responses byte by byte, cut and damaged; requests that cannot smuggle.
#include "shared/net/api_request.h"
#include "shared/net/http_response.h"

#include <QTest>

using namespace higgs;

namespace {

const std::string Whole = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                          "Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}";
const std::string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

} // namespace

class HttpResponseTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAResponseInOnePiece()
    {
        HttpResponseParser parser;
        QVERIFY(parser.feed(asBytes(Whole)).value_or(false));
        const HttpResponse response = parser.take();
        QCOMPARE(response.status, 503);
        QCOMPARE(response.body, std::string("{}"));
        QVERIFY(response.retryAfter == Seconds(7));
        QVERIFY(response.keepAlive);
    }

    void readsByteByByte()
    {
        for (const std::string &text : {Whole, Chunked}) {
            HttpResponseParser parser;
            for (std::size_t i = 0; i < text.size(); ++i) {
                const Result<bool> whole = parser.feed(asBytes(text).subspan(i, 1));
                QVERIFY(whole.has_value());
                QCOMPARE(*whole, i + 1 == text.size());
            }
        }
    }

    void aCutResponseIsNotWhole()
    {
        for (std::size_t cut = 1; cut < Whole.size(); ++cut) {
            HttpResponseParser parser;
            const Result<bool> fed = parser.feed(asBytes(Whole).first(cut));
            QVERIFY(fed.has_value() && !*fed);
            QVERIFY(!parser.finish().value_or(false));
        }
    }

    void isTotalOnDamage()
    {
        for (const std::string &text : {Whole, Chunked}) {
            for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
                std::string damaged = text;
                damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
                HttpResponseParser parser;
                const Result<bool> fed = parser.feed(asBytes(damaged));
                if (fed && *fed)
                    QVERIFY(parser.take().body.size() <= text.size());
            }
        }
    }

    void bodyAndHeadAreBounded()
    {
        HttpResponseParser body;
        const std::string large =
            "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(MaxHttpResponseBody + 1) +
            "\r\n\r\n";
        const Result<bool> fed = body.feed(asBytes(large));
        QVERIFY(!fed.has_value());
        QVERIFY(fed.error().code == ErrorCode::TooLarge);

        HttpResponseParser head;
        Result<bool> endless = head.feed(asBytes("HTTP/1.1 200 OK\r\nX: "));
        const std::string more(1024, 'a');
        for (int i = 0; i < 64 && endless; ++i)
            endless = head.feed(asBytes(more));
        QVERIFY(!endless.has_value());
        QVERIFY(endless.error().code == ErrorCode::TooLarge);
    }

    void aTokenCannotSmuggleAHeader()
    {
        ApiRequest request;
        request.target = "/api/v1/server";
        request.bearer = SecretText("good\r\nHost: evil");
        QVERIFY(!formatApiRequest(request, "host", 3000).has_value());
        request.bearer = SecretText("good");
        const Result<std::string> text = formatApiRequest(request, "2001:db8::1", 3000);
        QVERIFY(text.has_value());
        QVERIFY(text->find("Host: [2001:db8::1]:3000\r\n") != std::string::npos);
        QVERIFY(text->find("Authorization: Bearer good\r\n") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(HttpResponseTest)
#include "http_response_test.moc"
