// SPDX-License-Identifier: GPL-3.0-or-later
// A path by TURN alone, as a person may want it, gives nothing away of where this machine is.
#include "shared/paths/direct_member.h"
#include "turn_server.h"

#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace std::chrono_literals;
using protocol::Candidate;
using protocol::CandidateType;
using test::TurnServer;

namespace {

const Endpoint Outside = *Endpoint::parse("81.0.113.31:40000");
const Endpoint Exit = *Endpoint::parse("81.0.113.21:50000");
const Endpoint ExitAtHome{Outside.address, 50'000};

} // namespace

class DirectTurnTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void whereTheExitIsConfirmsNothing();
};

/// Addresses told anew upon the exit's would say that it has named ours.
void DirectTurnTest::whereTheExitIsConfirmsNothing()
{
    EpollSet epoll;
    TurnServer server;
    TurnLeaseOptions lease;
    lease.ask = [&server](bool, Reply<Result<TurnOffer>> reply) {
        TurnOffer offer;
        offer.doors = {
            {TurnTransport::Udp, CheckedEndpoint::namedByPerson(server.peer.endpoint()), {}}};
        offer.username = server.script.user;
        offer.password = SecretText(std::string("pass"));
        offer.renewAt = monotonicNow() + 60s;
        reply.later(std::move(offer));
    };
    const auto mux = std::move(*UdpMux::open(epoll, {}));
    const PrivateKey own = PrivateKey::generate();
    const PrivateKey other = PrivateKey::generate();
    DirectMemberOptions options{
        .codec = *CheckCodec::make(own, other.publicKey(),
                                   *SessionId::parse("4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad"),
                                   protocol::Direction::ClientToNode),
        .decides = true,
        .check = [](const std::vector<IpAddress> &addresses,
                    std::uint16_t port) -> Result<std::vector<CheckedEndpoint>> {
            return std::vector{CheckedEndpoint::namedByPerson({addresses.front(), port})};
        },
        .turn = std::make_unique<TurnLease>(epoll, std::move(lease)),
        .straight = false};
    DirectMember member(*mux, std::move(options));
    QSignalSpy tells(&member, &Path::wantsToTell);
    OwnPlace place;
    place.setMapped(Outside);
    place.asked = true;
    member.setOwnPlace(place);
    member.open();
    QCOMPARE(tells.count(), 0);
    member.hearCandidates(std::array{Candidate{CandidateType::Srflx, Exit}});
    QTRY_COMPARE(tells.count(), 1); // of the allocation
    const auto told = tells.last()[0].value<protocol::RelayControl>().candidates;
    QCOMPARE(told.size(), std::size_t{1});
    QVERIFY(told.front().type == CandidateType::Relay);
    member.hearCandidates(std::array{Candidate{CandidateType::Srflx, ExitAtHome}});
    member.hearCandidates(std::array{Candidate{CandidateType::Srflx, Exit}});
    QCOMPARE(tells.count(), 1);
}

QTEST_GUILESS_MAIN(DirectTurnTest)
#include "direct_turn_test.moc"
