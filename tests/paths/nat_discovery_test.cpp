// SPDX-License-Identifier: GPL-3.0-or-later
// The NAT classifier's questions through real sockets of loopback, where nothing is in between.
#include "shared/crypto/keys.h"
#include "shared/net/stun_responder.h"
#include "shared/paths/nat_discovery.h"
#include "tests/support/udp_peer.h"

#include <QTest>

using namespace higgs;
using protocol::NatType;

namespace {

const IpAddress First = *IpAddress::parse("127.0.0.1");
const IpAddress Second = *IpAddress::parse("127.0.0.2");

struct Bed
{
    EpollSet epoll;
    StunResponder server{epoll};
    Result<std::unique_ptr<UdpMux>> mux = UdpMux::open(epoll, {});
    std::optional<NatFindings> found;

    /// Two ports that are free at both addresses.
    bool listen()
    {
        for (int i = 0; i < 20; ++i) {
            if (server.listenAll({{First, 0}, {Second}, 0}))
                return true;
        }
        return false;
    }
    std::unique_ptr<NatDiscovery> ask(const Endpoint &endpoint, bool maySend = true)
    {
        auto discovery = std::make_unique<NatDiscovery>(
            **mux, std::vector{CheckedEndpoint::namedByPerson(endpoint)}, std::nullopt,
            [maySend](const Endpoint &second) {
                return maySend ? std::optional(second) : std::nullopt;
            });
        QObject::connect(discovery.get(), &NatDiscovery::finished, discovery.get(),
                         [this](const NatFindings &findings) { found = findings; });
        discovery->start();
        return discovery;
    }
};

} // namespace

class TestNatDiscovery : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void nothingInBetweenIsOpen();
    void aSecondAddressThatMayNotBeAsked();
    void deletingItIsSafe();
    void aLieIsNotBelievedAndNoBlock();
};

void TestNatDiscovery::nothingInBetweenIsOpen()
{
    Bed bed;
    QVERIFY(bed.mux && bed.listen());
    const auto discovery = bed.ask(bed.server.localEndpoint());
    QTRY_VERIFY(bed.found);
    QVERIFY(bed.found->type() == NatType::Open);
    QVERIFY((bed.found->local == Endpoint{First, (*bed.mux)->port()}));
    QCOMPARE((*bed.mux)->counters().foreign, std::uint64_t{0});
}

void TestNatDiscovery::aSecondAddressThatMayNotBeAsked()
{
    Bed bed;
    QVERIFY(bed.mux && bed.listen());
    const auto discovery = bed.ask(bed.server.localEndpoint(), false);
    QTRY_VERIFY(bed.found);
    QVERIFY(bed.found->type() == NatType::Firewalled); // it may be: nobody can tell
    QVERIFY(!bed.found->alternateAsked);
}

void TestNatDiscovery::aLieIsNotBelievedAndNoBlock()
{
    Bed bed;
    const test::UdpPeer liar;
    QVERIFY(bed.mux);
    const auto discovery = bed.ask(liar.endpoint());
    const auto answer = [&] {
        while (const auto question = liar.take()) {
            protocol::StunMessage lie = protocol::decodeStun(*question).value();
            lie.messageClass = protocol::StunClass::Success;
            lie.changeRequest.reset();
            lie.xorMappedAddress = Endpoint::parse("224.0.0.1:5000").value();
            liar.send((*bed.mux)->port(), encodeStun(lie, {}));
        }
        return bed.found.has_value();
    };
    QTRY_VERIFY_WITH_TIMEOUT(answer(), 10'000);
    QVERIFY(bed.found->type() == NatType::Unknown && !bed.found->mapped);
    QVERIFY((*bed.mux)->counters().untrue > 0);
}

void TestNatDiscovery::deletingItIsSafe()
{
    Bed bed;
    QVERIFY(bed.mux && bed.listen());
    auto discovery = bed.ask(bed.server.localEndpoint());
    QTRY_VERIFY(bed.server.answered() > 0);
    discovery.reset();
    bed.found.reset();
    discovery = bed.ask(bed.server.localEndpoint());
    QObject::connect(discovery.get(), &NatDiscovery::finished, discovery.get(),
                     [&discovery] { discovery.release()->deleteLater(); });
    QTRY_VERIFY(bed.found);
}

QTEST_GUILESS_MAIN(TestNatDiscovery)
#include "nat_discovery_test.moc"
