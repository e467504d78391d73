// SPDX-License-Identifier: GPL-3.0-or-later
// The probes of a session: made at one end, believed at the other, and by nobody else.
#include "shared/paths/check_message.h"

#include <QTest>

using namespace higgs;
using protocol::decodeStun;
using protocol::Direction;

class CheckMessageTest : public QObject
{
    Q_OBJECT

private:
    PrivateKey m_clientKey = PrivateKey::generate();
    PrivateKey m_nodeKey = PrivateKey::generate();
    SessionId m_session = *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad");
    CheckCodec m_client =
        *CheckCodec::make(m_clientKey, m_nodeKey.publicKey(), m_session, Direction::ClientToNode);
    CheckCodec m_node =
        *CheckCodec::make(m_nodeKey, m_clientKey.publicKey(), m_session, Direction::NodeToClient);
    protocol::StunTransactionId m_transaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    Endpoint m_seen = *Endpoint::parse("81.0.113.31:40000");

    static std::optional<std::uint64_t> numberAt(const CheckCodec &end, ByteSpan datagram)
    {
        const auto message = decodeStun(datagram);
        return message ? end.numberOf(*message, datagram) : std::nullopt;
    }
    static bool isAnswerAt(const CheckCodec &end, ByteSpan datagram)
    {
        const auto message = decodeStun(datagram);
        return message && end.isAnswer(*message, datagram);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void bothEndsUnderstand();
    void nobodyElseCanMakeOne();
    void noneIsTheOthers();
    void noBitMayBeAnother();
    void answersAreShorter();
    void aKeyOfNobody();
};

void CheckMessageTest::bothEndsUnderstand()
{
    const Bytes request = m_client.request(m_transaction, 77, true);
    QVERIFY(protocol::looksLikeStun(request));
    QCOMPARE(numberAt(m_node, request), std::optional<std::uint64_t>(77));
    const auto message = decodeStun(request);
    QVERIFY(message->useCandidate && message->username == m_node.served());
    QVERIFY(message->username == m_session.text() + ":client-to-node");
    QVERIFY(!decodeStun(m_client.request(m_transaction, 77, false))->useCandidate);
    const Bytes answer = m_node.answer(m_transaction, m_seen);
    QVERIFY(isAnswerAt(m_client, answer));
    QVERIFY(decodeStun(answer)->xorMappedAddress == m_seen);
}

void CheckMessageTest::nobodyElseCanMakeOne()
{
    const PrivateKey stranger = PrivateKey::generate();
    const auto forged =
        *CheckCodec::make(stranger, m_nodeKey.publicKey(), m_session, Direction::ClientToNode);
    QVERIFY(!numberAt(m_node, forged.request(m_transaction, 77, true)));
    QVERIFY(!isAnswerAt(m_client, forged.answer(m_transaction, m_seen)));
    // The same two in another session.
    const auto other = *CheckCodec::make(m_clientKey, m_nodeKey.publicKey(),
                                         *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cae"),
                                         Direction::ClientToNode);
    QVERIFY(!numberAt(m_node, other.request(m_transaction, 77, true)));
    // Without any proof.
    protocol::StunMessage bare;
    bare.username = m_node.served();
    bare.iceControlling = 77;
    QVERIFY(!numberAt(m_node, encodeStun(bare)));
}

/// Sent back to its maker it proves nothing.
void CheckMessageTest::noneIsTheOthers()
{
    QVERIFY(!numberAt(m_client, m_client.request(m_transaction, 77, true)));
    QVERIFY(!isAnswerAt(m_client, m_client.request(m_transaction, 77, true)));
    QVERIFY(!numberAt(m_client, m_node.answer(m_transaction, m_seen)));
}

void CheckMessageTest::noBitMayBeAnother()
{
    for (const Bytes &good :
         {m_client.request(m_transaction, 77, true), m_node.answer(m_transaction, m_seen)}) {
        for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
            Bytes bad = good;
            bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            QVERIFY(!numberAt(m_node, bad) && !isAnswerAt(m_client, bad));
        }
        for (std::size_t size = 0; size < good.size(); ++size)
            QVERIFY(!numberAt(m_node, ByteSpan(good).first(size)) &&
                    !isAnswerAt(m_client, ByteSpan(good).first(size)));
    }
}

/// Nobody is worth being asked under another's address.
void CheckMessageTest::answersAreShorter()
{
    QVERIFY(m_node.answer(m_transaction, *Endpoint::parse("[2a01::1]:1")).size() <
            m_client.request(m_transaction, 1, false).size());
}

void CheckMessageTest::aKeyOfNobody()
{
    QVERIFY(!CheckCodec::make(m_nodeKey, PublicKey(), m_session, Direction::NodeToClient));
}

QTEST_APPLESS_MAIN(CheckMessageTest)
#include "check_message_test.moc"
