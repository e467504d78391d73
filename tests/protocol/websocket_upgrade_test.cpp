// SPDX-License-Identifier: GPL-3.0-or-later
// The opening handshake as text, both sides, and what may be negotiated for compression.
#include "shared/protocol/websocket_upgrade.h"

#include <QTest>

using namespace higgs;
using namespace higgs::protocol;

namespace {

constexpr std::string_view Key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

WsUpgradeFields fields()
{
    return {.method = "GET",
            .upgrade = "websocket",
            .connection = "keep-alive, Upgrade",
            .version = "13",
            .key = Key,
            .extensions = {}};
}

std::optional<WsDeflate> negotiated(std::string_view extensions)
{
    WsUpgradeFields request = fields();
    request.extensions = extensions;
    return acceptUpgrade(request, true).value().deflate;
}

ErrorCode refusal(std::string_view head, bool offered = false)
{
    const auto answer = checkUpgradeResponse(head, Accept, offered);
    return answer ? ErrorCode::Internal : answer.error().code;
}

std::string answer(std::string_view extra = {})
{
    std::string text = upgradeResponse(Accept, std::nullopt);
    text.insert(text.size() - 2, extra);
    return text;
}

} // namespace

class WebSocketUpgradeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acceptsAGoodRequest()
    {
        const Result<WsUpgradeAccepted> accepted = acceptUpgrade(fields(), true);
        QVERIFY(accepted);
        QCOMPARE(accepted->key, std::string(Key));
        QVERIFY(!accepted->deflate);
    }

    void refusesBadRequests()
    {
        WsUpgradeFields bad = fields();
        bad.method = "POST";
        QCOMPARE(acceptUpgrade(bad, true).error().code, ErrorCode::Malformed);
        bad = fields();
        bad.upgrade = "h2c";
        QVERIFY(!wantsWebSocket(bad));
        bad = fields();
        bad.connection = "keep-alive";
        QVERIFY(!wantsWebSocket(bad));
        bad = fields();
        bad.version = "8";
        QCOMPARE(acceptUpgrade(bad, true).error().code, ErrorCode::InvalidArgument);
        for (const std::string_view key : {"", "AAAA", "dGhlIHNhbXBsZSBub25jZQ", "not base64!"}) {
            bad = fields();
            bad.key = key;
            QCOMPARE(acceptUpgrade(bad, true).error().code, ErrorCode::Malformed);
        }
    }

    void negotiatesDeflate()
    {
        QCOMPARE(negotiated("permessage-deflate")->windowBits, 15);
        QCOMPARE(negotiated("permessage-deflate; client_max_window_bits")->windowBits, 15);
        QCOMPARE(negotiated("foo, permessage-deflate; server_max_window_bits=12; "
                            "client_max_window_bits=\"12\"")
                     ->windowBits,
                 12);
        QVERIFY(!negotiated("permessage-deflate; server_max_window_bits=8"));
        QVERIFY(!negotiated("permessage-deflate; server_max_window_bits=16"));
        QVERIFY(!negotiated("permessage-deflate; server_max_window_bits=010"));
        QVERIFY(!negotiated("permessage-deflate; unknown"));
        QVERIFY(!negotiated("permessage-deflate; server_no_context_takeover; "
                            "server_no_context_takeover"));
        QCOMPARE(negotiated("permessage-deflate; unknown, permessage-deflate")->windowBits, 15);
        WsUpgradeFields request = fields();
        request.extensions = "permessage-deflate";
        QVERIFY(!acceptUpgrade(request, false)->deflate);
        const std::string text = upgradeResponse(Accept, WsDeflate{12});
        QVERIFY(text.find("server_max_window_bits=12") != std::string::npos);
    }

    void clientTakesWhatTheServerGives()
    {
        QVERIFY(checkUpgradeResponse(answer(), Accept, false));
        const std::string deflate = upgradeResponse(Accept, WsDeflate{});
        QVERIFY(checkUpgradeResponse(deflate, Accept, true)->deflate);
        QCOMPARE(refusal(deflate, false), ErrorCode::Malformed);
    }

    void clientRefusesBadAnswers()
    {
        QCOMPARE(refusal(""), ErrorCode::Malformed);
        QCOMPARE(refusal("HTTP/1.1 401 Unauthorized\r\n\r\n"), ErrorCode::Unauthorized);
        QCOMPARE(refusal("HTTP/1.1 429 Too Many\r\n\r\n"), ErrorCode::RateLimited);
        QCOMPARE(refusal("HTTP/1.1 503 No\r\n\r\n"), ErrorCode::Unavailable);
        QCOMPARE(refusal("HTTP/1.0 101 Switching\r\n\r\n"), ErrorCode::Malformed);
        QCOMPARE(refusal("HTTP/1.1 101 Switching\r\n\r\n"), ErrorCode::Malformed);
        QCOMPARE(refusal(upgradeResponse("another", std::nullopt)), ErrorCode::Malformed);
        QCOMPARE(refusal(answer("Sec-WebSocket-Protocol: chat\r\n")), ErrorCode::Malformed);
        QCOMPARE(refusal(answer("Sec-WebSocket-Extensions: foo\r\n"), true), ErrorCode::Malformed);
        QCOMPARE(refusal(answer("Sec-WebSocket-Extensions: permessage-deflate\r\n"), true),
                 ErrorCode::Malformed); // keeps its context
        QCOMPARE(refusal(answer("Upgrade: websocket\r\n")), ErrorCode::Malformed);
    }

    void requestCannotBeSmuggledInto()
    {
        WsUpgradeRequest request;
        request.host = "boson.example.com:3000";
        request.path = "/relay/x";
        request.key = Key;
        QVERIFY(upgradeRequest(request));
        request.bearer = "token\r\nX: y";
        QVERIFY(!upgradeRequest(request));
        request.bearer = {};
        request.path = "relay";
        QVERIFY(!upgradeRequest(request));
        request.path = "/a b";
        QVERIFY(!upgradeRequest(request));
        request.path = "/";
        request.host = "a\nb";
        QVERIFY(!upgradeRequest(request));
    }

    void anyCutOrFlipIsSurvived()
    {
        const std::string text = upgradeResponse(Accept, WsDeflate{10});
        for (std::size_t size = 0; size < text.size(); ++size)
            (void)checkUpgradeResponse(std::string_view(text).substr(0, size), Accept, true);
        for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
            std::string flipped = text;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
            (void)checkUpgradeResponse(flipped, Accept, true);
        }
    }
};

QTEST_GUILESS_MAIN(WebSocketUpgradeTest)
#include "websocket_upgrade_test.moc"
