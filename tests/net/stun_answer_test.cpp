// SPDX-License-Identifier: GPL-3.0-or-later
// What a STUN server answers, from where, and how much of it: RFC 8489, RFC 5780 and RFC 3489.
#include "shared/crypto/keys.h"
#include "shared/net/stun_answer.h"

#include <QTest>

using namespace higgs;
using namespace higgs::protocol;

namespace {

constexpr std::uint16_t ChangeRequest = 0x0003;
constexpr std::uint16_t Padding = 0x0026;
constexpr std::uint16_t ResponsePort = 0x0027;

Endpoint at(const char *text)
{
    return *Endpoint::parse(text);
}

const Endpoint V4 = at("203.0.113.1:1");
const Endpoint V6 = at("[2001:db8::1]:1");
const StunPlaces Places{
    at("192.0.2.1:3478"), {*IpAddress::parse("192.0.2.2"), *IpAddress::parse("2001:db8::2")}, 3479};

Bytes bindingRequest(const std::function<void(StunMessage &)> &fill = {}, bool fingerprint = false)
{
    StunMessage request;
    fillRandom(request.transaction);
    if (fill)
        fill(request);
    return encodeStun(request, {.fingerprint = fingerprint});
}

Bytes changing(bool address, bool port)
{
    return bindingRequest([&](StunMessage &request) { request.changeRequest = {address, port}; });
}

/// As it comes to the first place of a server with, or without, a second one.
StunQuestion asked(const Bytes &message, const Endpoint &from = V4, bool second = true)
{
    const Endpoint to = from.address.isV4() ? Places.primary : at("[2001:db8::1:1]:3478");
    return {message, from, to, second ? Places.other(to) : std::nullopt};
}

bool isBounded(const Bytes &request, const StunReply &reply)
{
    const std::size_t headers = reply.to.address.isV4() ? 28 : 48;
    return (reply.bytes.size() + headers) * 10 <= (request.size() + headers) * 16;
}

} // namespace

class TestStunAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void answersDoNotAmplify();
    void unknownAttributesAreAnswered();
    void onlyRequestsAreAnswered();
    void theOtherPlaceSharesNothing();
    void changesOfPlace_data();
    void changesOfPlace();
    void changesThatCannotBeAreRefused();
    void twoPortsOfOneAddress();
    void whatHasNoRoomIsLeftOut();
    void noReflectorOfLongOrStrayDatagrams();
    void classicRequests();
};

void TestStunAnswer::answersDoNotAmplify()
{
    const Bytes request = bindingRequest();
    QCOMPARE(request.size(), std::size_t{20});
    const auto answer = answerStun(asked(request, V4, false));
    QVERIFY(answer && answer->bytes.size() * 10 <= request.size() * 16);
    QVERIFY(answer->from == Places.primary && answer->to == V4);
    const auto answerV6 = answerStun(asked(request, V6, false));
    QVERIFY(answerV6 && isBounded(request, *answerV6));
    QVERIFY(*decodeStun(answerV6->bytes)->xorMappedAddress == V6);
}

void TestStunAnswer::unknownAttributesAreAnswered()
{
    // Twenty comprehension-required attributes without a value
    Bytes request = bindingRequest();
    for (int i = 0; i < 20; ++i)
        ByteWriter(request).u32(0x7f000000U + (static_cast<std::uint32_t>(i) << 16U));
    request[3] = 80;
    const auto answer = answerStun(asked(request));
    QVERIFY(answer);
    const auto message = decodeStun(answer->bytes);
    QVERIFY(message && message->messageClass == StunClass::Error);
    QCOMPARE(message->error->code, 420);
    QCOMPARE(message->unknownAttributes.size(), std::size_t{20});
    QVERIFY(answer->bytes.size() <= request.size());
}

void TestStunAnswer::onlyRequestsAreAnswered()
{
    StunMessage message;
    for (const StunClass other : {StunClass::Indication, StunClass::Success, StunClass::Error}) {
        message.messageClass = other;
        const Bytes bytes = encodeStun(message);
        QVERIFY(!answerStun(asked(bytes)) && !mayBeStunRequest(bytes));
    }
    message.messageClass = StunClass::Request;
    message.method = 3; // TURN's Allocate
    const Bytes allocate = encodeStun(message);
    QVERIFY(!answerStun(asked(allocate)) && !mayBeStunRequest(allocate));
    QVERIFY(!answerStun(asked({})) && !mayBeStunRequest({}));
    QVERIFY(mayBeStunRequest(bindingRequest()));
}

void TestStunAnswer::theOtherPlaceSharesNothing()
{
    QVERIFY(*Places.other(at("192.0.2.1:3478")) == at("192.0.2.2:3479"));
    QVERIFY(*Places.other(at("192.0.2.1:3479")) == at("192.0.2.2:3478"));
    QVERIFY(*Places.other(at("192.0.2.2:3478")) == at("192.0.2.1:3479"));
    QVERIFY(*Places.other(at("192.0.2.2:3479")) == at("192.0.2.1:3478"));
    const StunPlaces all{at("[::]:3478"), Places.alternates, 3479};
    QVERIFY(*all.other(at("198.51.100.7:3478")) == at("192.0.2.2:3479"));
    QVERIFY(*all.other(at("[2001:db8::7]:3479")) == at("[2001:db8::2]:3478"));
    QVERIFY(!all.other(at("192.0.2.2:3478"))); // which of all would be the first?
    QVERIFY(!StunPlaces{at("[::]:3478")}.other(V4));
}

void TestStunAnswer::changesOfPlace_data()
{
    QTest::addColumn<bool>("address");
    QTest::addColumn<bool>("port");
    QTest::addColumn<QString>("from");
    QTest::newRow("neither") << false << false << "192.0.2.1:3478";
    QTest::newRow("address") << true << false << "192.0.2.2:3478";
    QTest::newRow("port") << false << true << "192.0.2.1:3479";
    QTest::newRow("both") << true << true << "192.0.2.2:3479";
}

void TestStunAnswer::changesOfPlace()
{
    QFETCH(bool, address);
    QFETCH(bool, port);
    QFETCH(QString, from);
    const Bytes request = changing(address, port);
    const auto reply = answerStun(asked(request));
    QVERIFY(reply);
    QVERIFY(reply->from == *Endpoint::parse(from.toStdString()));
    QVERIFY(reply->to == V4);
    const auto message = decodeStun(reply->bytes);
    QVERIFY(*message->xorMappedAddress == V4);
    QVERIFY(*message->responseOrigin == reply->from);
    QVERIFY(*message->otherAddress == at("192.0.2.2:3479"));
    QVERIFY(isBounded(request, *reply));
}

void TestStunAnswer::changesThatCannotBeAreRefused()
{
    const Bytes request = changing(true, false);
    StunQuestion overTcp = asked(request);
    overTcp.transport = StunTransport::Tcp;
    for (const StunQuestion &question : {asked(request, V4, false), overTcp}) {
        const auto reply = answerStun(question);
        QVERIFY(reply && reply->from == Places.primary);
        const auto message = decodeStun(reply->bytes);
        QVERIFY(message->error && message->error->code == 420);
        QCOMPARE(message->unknownAttributes, std::vector<std::uint16_t>{ChangeRequest});
    }
    // Without a flag it asks for nothing.
    const Bytes none = changing(false, false);
    QVERIFY(decodeStun(answerStun(asked(none, V4, false))->bytes)->xorMappedAddress);
}

/// No second address is pretended: who compares what two addresses see would compare one with
/// itself.
void TestStunAnswer::twoPortsOfOneAddress()
{
    const StunPlaces places{at("[::]:3478"), {}, 3479, true};
    QVERIFY(places.hasTwoPorts() && !places.other(at("192.0.2.1:3478")));
    QCOMPARE(places.otherPort(at("192.0.2.1:3478")), std::uint16_t{3479});
    QCOMPARE(places.otherPort(at("192.0.2.1:3479")), std::uint16_t{3478});
    QCOMPARE(Places.otherPort(at("192.0.2.1:3478")), std::uint16_t{0});
    for (const StunTransport transport : {StunTransport::Udp, StunTransport::Tcp}) {
        for (const bool address : {false, true}) {
            const Bytes request = changing(address, true);
            const auto reply =
                answerStun({request, V4, at("192.0.2.1:3478"), std::nullopt, transport, 3479});
            QVERIFY(reply && isBounded(request, *reply));
            const auto answer = decodeStun(reply->bytes);
            const bool can = !address && transport == StunTransport::Udp;
            QVERIFY(answer && !answer->otherAddress);
            QCOMPARE(answer->messageClass == StunClass::Success, can);
            QVERIFY(reply->from == at(can ? "192.0.2.1:3479" : "192.0.2.1:3478"));
        }
    }
}

void TestStunAnswer::whatHasNoRoomIsLeftOut()
{
    const auto extras = [](const Bytes &request, const Endpoint &from) {
        const auto reply = answerStun(asked(request, from));
        if (!reply || !isBounded(request, *reply))
            return QStringLiteral("none or too long");
        const auto message = decodeStun(reply->bytes);
        return QString(QString::number(message->otherAddress.has_value()) +
                       QString::number(message->responseOrigin.has_value()));
    };
    QCOMPARE(extras(bindingRequest(), V4), QStringLiteral("10"));
    QCOMPARE(extras(changing(false, false), V4), QStringLiteral("11"));
    QCOMPARE(extras(bindingRequest({}, true), V4), QStringLiteral("10"));
    QCOMPARE(extras(bindingRequest(), V6), QStringLiteral("00"));
    QCOMPARE(extras(changing(false, false), V6), QStringLiteral("10"));
    const auto changeSealed = [](StunMessage &request) { request.changeRequest = {true, true}; };
    QCOMPARE(extras(bindingRequest(changeSealed, true), V4), QStringLiteral("11"));
    QCOMPARE(extras(bindingRequest(changeSealed, true), V6), QStringLiteral("10"));
}

void TestStunAnswer::noReflectorOfLongOrStrayDatagrams()
{
    const Bytes padded = bindingRequest([](StunMessage &request) { request.padding = 1000; });
    const auto refused = answerStun(asked(padded));
    QVERIFY(refused && refused->bytes.size() < 48);
    QCOMPARE(decodeStun(refused->bytes)->unknownAttributes, std::vector<std::uint16_t>{Padding});

    const auto wanting = [](std::uint16_t port) {
        return bindingRequest([&](StunMessage &request) { request.responsePort = port; });
    };
    const Bytes user = wanting(40000);
    const auto elsewhere = answerStun(asked(user));
    QVERIFY(elsewhere && elsewhere->to == at("203.0.113.1:40000"));
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 53, 1023}) {
        const Bytes known = wanting(port);
        const auto reply = answerStun(asked(known));
        QVERIFY(reply && reply->to == V4);
        QCOMPARE(decodeStun(reply->bytes)->error->code, 400);
    }
    StunQuestion overTcp = asked(user);
    overTcp.transport = StunTransport::Tcp;
    QCOMPARE(decodeStun(answerStun(overTcp)->bytes)->unknownAttributes,
             std::vector<std::uint16_t>{ResponsePort});
}

void TestStunAnswer::classicRequests()
{
    Bytes request = changing(true, true);
    request[4] ^= 1; // no cookie, and the transaction is longer by that
    const auto reply = answerStun(asked(request));
    QVERIFY(reply && reply->from == at("192.0.2.2:3479") && isBounded(request, *reply));
    QCOMPARE(toHex(ByteSpan(reply->bytes).first(4)), std::string("01010024"));
    QVERIFY(std::equal(request.begin() + 4, request.begin() + 20, reply->bytes.begin() + 4));
    QCOMPARE(toHex(ByteSpan(reply->bytes).subspan(20)), std::string("0001000800010001cb007101"
                                                                    "0004000800010d97c0000202"
                                                                    "0005000800010d97c0000202"));
    // A client of then takes any answer for the one it hopes for.
    QVERIFY(!answerStun(asked(request, V4, false)));
    request[31 - 4] = 0; // no flags
    const auto alone = answerStun(asked(request, V4, false));
    QVERIFY(alone);
    QCOMPARE(alone->bytes.size(), std::size_t{32});
    // Nothing that is to be understood and is not, and no other message
    Bytes unknown = request;
    unknown[20] = 0x7f;
    QVERIFY(!answerStun(asked(unknown)));
    for (std::size_t size = 0; size < request.size(); ++size)
        QVERIFY(!answerStun(
            asked(Bytes(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(size)))));
}

QTEST_GUILESS_MAIN(TestStunAnswer)
#include "stun_answer_test.moc"
