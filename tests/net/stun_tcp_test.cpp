// SPDX-License-Identifier: GPL-3.0-or-later
// STUN over TCP: how messages are cut out of the stream, and what connections may not do.
#include "shared/crypto/keys.h"
#include "shared/net/stun_responder.h"
#include "shared/net/stun_stream.h"
#include "shared/net/stun_tcp.h"

#include <QTcpSocket>
#include <QTest>
#include <memory>

using namespace higgs;
using namespace higgs::protocol;

namespace {

const Endpoint AnyPort{IpAddress::loopback(IpAddress::Family::V4), 0};

Bytes bindingRequest()
{
    StunMessage request;
    fillRandom(request.transaction);
    return encodeStun(request, {.fingerprint = true});
}

QByteArray asText(const Bytes &bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

/// A server at loopback, and connections to it.
struct Bed
{
    EpollSet epoll;
    StunResponder udp{epoll};
    StunTcp tcp{epoll, udp.limiter()};

    bool start()
    {
        for (int i = 0; i < 16; ++i) { // a port of UDP may be taken over TCP
            if (udp.listen(AnyPort) && tcp.listen(udp.sockets(), udp.places()))
                return true;
        }
        return false;
    }
    std::unique_ptr<QTcpSocket> connected()
    {
        auto socket = std::make_unique<QTcpSocket>();
        socket->connectToHost(QHostAddress::LocalHost, udp.localEndpoint().port);
        return socket;
    }
};

bool isClosed(const QTcpSocket &socket)
{
    return socket.state() == QAbstractSocket::UnconnectedState;
}

} // namespace

class TestStunTcp : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void theStreamIsCutByLength();
    void whatIsNotStunBreaksTheStream();
    void requestsAreAnsweredInOrder();
    void otherThingsAreClosed_data();
    void otherThingsAreClosed();
    void aSourceHasAFewConnections();
    void theQuietAreClosed();
    void theRateIsSharedWithUdp();
    void whoTakesNoAnswersIsClosed();
};

void TestStunTcp::theStreamIsCutByLength()
{
    const Bytes first = bindingRequest();
    const Bytes second = bindingRequest();
    Bytes both = first;
    both.insert(both.end(), second.begin(), second.end());
    for (std::size_t piece = 1; piece <= both.size(); ++piece) {
        StunStream stream;
        std::vector<Bytes> found;
        for (std::size_t i = 0; i < both.size(); i += piece) {
            const std::size_t size = std::min(piece, both.size() - i);
            const auto room = stream.room();
            QVERIFY(room.size() >= size);
            std::copy_n(both.begin() + static_cast<std::ptrdiff_t>(i), size, room.begin());
            stream.received(size);
            while (const auto message = stream.message())
                found.emplace_back(message->begin(), message->end());
        }
        QVERIFY(!stream.isBroken());
        QCOMPARE(found, (std::vector<Bytes>{first, second}));
    }
}

void TestStunTcp::whatIsNotStunBreaksTheStream()
{
    const Bytes request = bindingRequest();
    const std::pair<std::size_t, std::uint8_t> wrong[] = {
        {0, 0x80}, {0, 0x40}, {2, 0xff}, {3, 0x09}, {4, 0x20}, {5, 0}, {6, 0}, {7, 0}};
    for (const auto &[at, value] : wrong) {
        StunStream stream;
        const auto room = stream.room();
        std::copy(request.begin(), request.end(), room.begin());
        room[at] = value;
        stream.received(at < 2 ? 1 : (at < 4 ? 4 : at + 1)); // known as soon as it is there
        QVERIFY(!stream.message());
        QVERIFY(stream.isBroken());
    }
    StunStream longest;
    const auto room = longest.room();
    std::copy(request.begin(), request.end(), room.begin());
    room[2] = (MaxStunMessage - StunHeaderSize) >> 8;
    room[3] = (MaxStunMessage - StunHeaderSize) & 0xff;
    longest.received(request.size());
    QVERIFY(!longest.message() && !longest.isBroken());
    longest.received(longest.room().size());
    QCOMPARE(longest.message()->size(), MaxStunMessage);
}

void TestStunTcp::requestsAreAnsweredInOrder()
{
    Bed bed;
    QVERIFY(bed.start());
    const auto socket = bed.connected();
    const Bytes first = bindingRequest();
    const Bytes second = bindingRequest();
    socket->write(asText(first) + asText(second).left(10));
    QTRY_COMPARE(socket->bytesAvailable(), qint64{40});
    const Endpoint mapped{AnyPort.address, socket->localPort()};
    for (const Bytes &request : {first, second}) {
        QTRY_COMPARE(socket->bytesAvailable(), qint64{40});
        const QByteArray bytes = socket->readAll();
        const auto answer =
            decodeStun(higgs::asBytes({bytes.constData(), static_cast<std::size_t>(bytes.size())}));
        QVERIFY(answer && *answer->xorMappedAddress == mapped);
        QVERIFY(answer->transaction == decodeStun(request)->transaction);
        if (request == first)
            socket->write(asText(second).mid(10));
    }
    QCOMPARE(bed.tcp.connections(), std::size_t{1});
    socket->disconnectFromHost();
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{0});
}

void TestStunTcp::otherThingsAreClosed_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::newRow("HTTP") << QByteArray("GET / HTTP/1.1\r\n\r\n");
    QTest::newRow("TLS") << QByteArray("\x16\x03\x01\x02\x00\x01", 6);
    StunMessage other;
    other.method = 3;
    QTest::newRow("Allocate") << asText(encodeStun(other));
    other.method = StunBindingMethod;
    other.messageClass = StunClass::Success;
    QTest::newRow("an answer") << asText(encodeStun(other));
}

void TestStunTcp::otherThingsAreClosed()
{
    QFETCH(QByteArray, sent);
    Bed bed;
    QVERIFY(bed.start());
    const auto socket = bed.connected();
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{1}); // the control: it would have stayed
    socket->write(sent);
    QTRY_VERIFY(isClosed(*socket));
    QCOMPARE(socket->bytesAvailable(), qint64{0});
    QCOMPARE(bed.tcp.connections(), std::size_t{0});
}

void TestStunTcp::aSourceHasAFewConnections()
{
    Bed bed;
    QVERIFY(bed.start());
    std::vector<std::unique_ptr<QTcpSocket>> sockets;
    for (unsigned i = 0; i < StunTcp::MaxOfSource; ++i)
        sockets.push_back(bed.connected());
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{StunTcp::MaxOfSource});
    const auto more = bed.connected();
    QTRY_VERIFY(isClosed(*more));
    sockets.front()->abort();
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{StunTcp::MaxOfSource - 1});
    const auto another = bed.connected();
    another->write(asText(bindingRequest()));
    QTRY_COMPARE(another->bytesAvailable(), qint64{40});
}

void TestStunTcp::theQuietAreClosed()
{
    Bed bed;
    QVERIFY(bed.start());
    const auto socket = bed.connected();
    socket->write(asText(bindingRequest()).left(20)); // half a one gains nothing
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{1});
    bed.tcp.closeIdle(monotonicNow());
    QCOMPARE(bed.tcp.connections(), std::size_t{1});
    bed.tcp.closeIdle(monotonicNow() + StunTcp::Idle);
    QCOMPARE(bed.tcp.connections(), std::size_t{0});
    QTRY_VERIFY(isClosed(*socket));
}

void TestStunTcp::theRateIsSharedWithUdp()
{
    Bed bed;
    QVERIFY(bed.start());
    const auto socket = bed.connected();
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{1});
    // What UDP has used up, for as long as this test can take
    const Monotonic later = monotonicNow() + Seconds(3600);
    while (bed.udp.limiter().admit(AnyPort.address, later)) {
    }
    socket->write(asText(bindingRequest()));
    QTRY_VERIFY(isClosed(*socket));
    QCOMPARE(socket->bytesAvailable(), qint64{0});
}

void TestStunTcp::whoTakesNoAnswersIsClosed()
{
    Bed bed;
    QVERIFY(bed.start());
    const auto socket = bed.connected();
    socket->setReadBufferSize(1);
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{1});
    QByteArray many;
    for (int i = 0; i < 20000; ++i)
        many += asText(bindingRequest());
    socket->write(many); // far beyond the rate: nothing of it is held
    QTRY_COMPARE(bed.tcp.connections(), std::size_t{0});
}

QTEST_GUILESS_MAIN(TestStunTcp)
#include "stun_tcp_test.moc"
