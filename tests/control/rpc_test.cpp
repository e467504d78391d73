// SPDX-License-Identifier: GPL-3.0-or-later
// JSON-RPC 2.0 messages: the examples of its specification (section 7), and what is no message.
#include "shared/control/rpc.h"

#include <QTest>

using namespace higgs;
using namespace higgs::control;

class RpcTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void requests();
    void faults_data();
    void faults();
    void answers();
    void everyErrorCodeSurvives();
    void notifications();
    void refusedConnection();
    void notFromServer_data();
    void notFromServer();
    void mutations();
};

void RpcTest::requests()
{
    const auto decoded = decodeRequest(encodeRequest(7, "connect", {{"country", "DE"}}));
    const auto *request = std::get_if<RpcRequest>(&decoded);
    QVERIFY(request != nullptr);
    QCOMPARE(request->method, std::string("connect"));
    QVERIFY(request->id == Json(7));
    QVERIFY((request->params == Json{{"country", "DE"}}));

    const auto silent = decodeRequest(R"({"jsonrpc":"2.0","method":"update"})");
    QVERIFY(std::get_if<RpcRequest>(&silent) != nullptr);
    QVERIFY(!std::get<RpcRequest>(silent).id.has_value());
    QVERIFY(std::get<RpcRequest>(silent).params == Json::object());

    const auto named = decodeRequest(R"({"jsonrpc":"2.0","method":"x","id":"abc"})");
    QVERIFY(std::get<RpcRequest>(named).id == Json("abc"));
}

void RpcTest::faults_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::addColumn<int>("code");
    const auto row = [](const char *name, const char *frame, RpcCode code) {
        QTest::newRow(name) << QByteArray(frame) << static_cast<int>(code);
    };
    row("not JSON", R"({"jsonrpc": "2.0", "method": "foobar, "params": "bar"])",
        RpcCode::ParseError);
    row("empty", "", RpcCode::ParseError);
    row("trailing text", "{} {}", RpcCode::ParseError);
    row("bad UTF-8", "{\"a\":\"\xff\"}", RpcCode::ParseError);
    row("batch", "[1,2,3]", RpcCode::InvalidRequest);
    row("number", "1", RpcCode::InvalidRequest);
    row("method is a number", R"({"jsonrpc":"2.0","method":1,"params":{}})",
        RpcCode::InvalidRequest);
    row("no version", R"({"method":"status","id":1})", RpcCode::InvalidRequest);
    row("version 1", R"({"jsonrpc":"1.0","method":"status","id":1})", RpcCode::InvalidRequest);
    row("id is an object", R"({"jsonrpc":"2.0","method":"status","id":{}})",
        RpcCode::InvalidRequest);
    row("params are a list", R"({"jsonrpc":"2.0","method":"status","id":1,"params":[1]})",
        RpcCode::InvalidParams);
}

void RpcTest::faults()
{
    QFETCH(const QByteArray, frame);
    QFETCH(const int, code);
    const auto decoded = decodeRequest({frame.constData(), static_cast<std::size_t>(frame.size())});
    const auto *fault = std::get_if<RpcFault>(&decoded);
    QVERIFY(fault != nullptr);
    QCOMPARE(static_cast<int>(fault->code), code);
    QVERIFY(!fault->message.empty());
}

void RpcTest::answers()
{
    const auto good = decodeServerMessage(encodeAnswer(3, Json{{"state", "off"}}));
    QVERIFY(good);
    const auto &answer = std::get<RpcAnswer>(*good);
    QCOMPARE(answer.id, std::uint64_t{3});
    QVERIFY((*answer.outcome == Json{{"state", "off"}}));

    const Json raw = Json::parse(
        encodeAnswer("a", unexpected(ErrorCode::InvalidArgument, "country must be two letters")));
    QCOMPARE(raw.at("error").at("code").get<int>(), -32602);
    QVERIFY(raw.at("id") == "a");
}

void RpcTest::everyErrorCodeSurvives()
{
    for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
        const Error error{static_cast<ErrorCode>(i), "what happened"};
        const auto message = decodeServerMessage(encodeAnswer(1, unexpected(error)));
        QVERIFY(message);
        QCOMPARE(std::get<RpcAnswer>(*message).outcome.error(), error);
    }
}

void RpcTest::notifications()
{
    const auto message = decodeServerMessage(encodeNotification("status", {{"state", "off"}}));
    QVERIFY(message);
    QVERIFY((std::get<RpcNotification>(*message) == RpcNotification{"status", {{"state", "off"}}}));
}

void RpcTest::refusedConnection()
{
    const auto message =
        decodeServerMessage(encodeAnswer(nullptr, unexpected(ErrorCode::Forbidden, "not you")));
    QVERIFY(!message);
    QCOMPARE(message.error(), (Error{ErrorCode::Forbidden, "not you"}));
}

void RpcTest::notFromServer_data()
{
    QTest::addColumn<QByteArray>("frame");
    QTest::newRow("list") << QByteArray("[]");
    QTest::newRow("no version") << QByteArray(R"({"id":1,"result":{}})");
    QTest::newRow("result and error")
        << QByteArray(R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})");
    QTest::newRow("neither") << QByteArray(R"({"jsonrpc":"2.0","id":1})");
    QTest::newRow("negative id") << QByteArray(R"({"jsonrpc":"2.0","id":-1,"result":1})");
    QTest::newRow("text id") << QByteArray(R"({"jsonrpc":"2.0","id":"1","result":1})");
    QTest::newRow("null id") << QByteArray(R"({"jsonrpc":"2.0","id":null,"result":1})");
    QTest::newRow("method is a list") << QByteArray(R"({"jsonrpc":"2.0","method":[]})");
}

void RpcTest::notFromServer()
{
    QFETCH(const QByteArray, frame);
    QVERIFY(!decodeServerMessage({frame.constData(), static_cast<std::size_t>(frame.size())}));
}

void RpcTest::mutations()
{
    const std::vector<std::string> messages = {
        encodeRequest(7, "connect", {{"country", "DE"}}),
        encodeAnswer(3, Json{{"state", "off"}}),
        encodeAnswer(3, unexpected(ErrorCode::Timeout, "slow")),
        encodeNotification("status", {{"state", "off"}}),
    };
    // Total on any input: whatever comes out, nothing crashes and nothing throws.
    for (const std::string &message : messages) {
        for (std::size_t i = 0; i < message.size(); ++i) {
            const std::string_view shorter = std::string_view(message).substr(0, i);
            QVERIFY(std::holds_alternative<RpcFault>(decodeRequest(shorter)));
            QVERIFY(!decodeServerMessage(shorter));
            for (int bit = 0; bit < 8; ++bit) {
                std::string flipped = message;
                flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
                const auto request = decodeRequest(flipped);
                if (const auto *fault = std::get_if<RpcFault>(&request))
                    QVERIFY(!encodeFault(*fault).empty());
                [[maybe_unused]] const auto server = decodeServerMessage(flipped);
            }
        }
    }
}

QTEST_APPLESS_MAIN(RpcTest)
#include "rpc_test.moc"
