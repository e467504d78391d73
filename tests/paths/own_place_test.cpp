// SPDX-License-Identifier: GPL-3.0-or-later
// What an end tells of where it is, to whom.
#include "shared/paths/own_place.h"

#include <QTest>
#include <array>

using namespace higgs;
using protocol::Candidate;
using protocol::CandidateType;

namespace {

Endpoint at(const char *text)
{
    return *Endpoint::parse(text);
}

} // namespace

class OwnPlaceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theInsideIsForNeighbours();
    void portsInOrderAreTold();
    void newsIsNews();
    void byTheTranslationAlone();
    void whatLeadsThereComesFirst();
};

void OwnPlaceTest::theInsideIsForNeighbours()
{
    OwnPlace place;
    place.setMapped(at("81.0.113.31:40000"), at("192.168.31.2:5000"));
    place.setMapped(at("[2a01:31:0:1::2]:5000"), at("[2a01:31:0:1::2]:5000"));
    const std::vector<Candidate> told = place.candidates(false);
    QCOMPARE(told.size(), std::size_t(2));
    for (const Candidate &each : told)
        QVERIFY(each.type == CandidateType::Srflx);
    const std::vector<Candidate> inside = place.candidates(true);
    QCOMPARE(inside.size(), std::size_t(3)); // over IPv6 there is no other inside
    QVERIFY((inside.front() == Candidate{CandidateType::Host, at("192.168.31.2:5000")}));
    QVERIFY(place.isNeighbour(at("81.0.113.31:1").address));
    QVERIFY(place.isNeighbour(at("81.0.113.31:1").address.mapped()));
    QVERIFY(!place.isNeighbour(at("81.0.113.21:1").address));
}

void OwnPlaceTest::portsInOrderAreTold()
{
    OwnPlace place;
    QVERIFY(!place.setPorts(IpAddress::Family::V4, 40'003, 1)); // of what?
    place.setMapped(at("81.0.113.31:40000"));
    QVERIFY(place.setPorts(IpAddress::Family::V4, 40'003, 2));
    QVERIFY(!place.setPorts(IpAddress::Family::V4, 40'003, 2));
    std::vector<Candidate> told = place.candidates(false);
    QCOMPARE(told.size(), std::size_t(1 + OwnPlace::PredictedPorts));
    QVERIFY(told[0].address == at("81.0.113.31:40005"));
    QVERIFY(told[7].address == at("81.0.113.31:40019"));
    QVERIFY(told.back().address == at("81.0.113.31:40000"));
    place.setPorts(IpAddress::Family::V4, 65'533, 1); // and none beyond the last
    told = place.candidates(false);
    QCOMPARE(told.size(), std::size_t(3));
    place.setMapped(at("82.0.0.1:40000")); // another router
    QCOMPARE(place.candidates(false).size(), std::size_t(1));
}

void OwnPlaceTest::newsIsNews()
{
    OwnPlace place;
    QVERIFY(place.setMapped(at("81.0.113.31:40000")));
    QVERIFY(!place.setMapped(at("81.0.113.31:40000")));
    QVERIFY(place.setMapped(at("81.0.113.31:40001")));
    QVERIFY(place.forgetMapped(IpAddress::Family::V4));
    QVERIFY(!place.forgetMapped(IpAddress::Family::V4));
    QVERIFY(place.candidates(true).empty());
}

/// The provider's, where this end has IPv6 and is seen at an IPv4 address.
void OwnPlaceTest::byTheTranslationAlone()
{
    const Endpoint other = at("81.0.113.21:4500");
    const Endpoint there = at("[64:ff9b::81.0.113.21]:4500");
    OwnPlace place;
    place.setMapped(at("81.0.113.64:40000"), at("[2a01:31:0:1::2]:5000"));
    QVERIFY(!place.reaches(IpAddress::Family::V4) && place.called(other) == other);
    place.nat64 = Nat64Prefix::fromAnswer(std::array{*IpAddress::parse("64:ff9b::192.0.0.170")});
    QVERIFY(place.reaches(IpAddress::Family::V4) && !place.speaks(IpAddress::Family::V4));
    QVERIFY(place.called(other) == there);
    QVERIFY(place.called({other.address.mapped(), other.port}) == there);
    QVERIFY(place.called(at("[2a01:21:0:1::2]:1")) == at("[2a01:21:0:1::2]:1"));
    // Who has IPv4 itself needs no translation, though there be one.
    place.setMapped(at("81.0.113.31:40000"), at("192.168.31.2:5000"));
    QVERIFY(place.called(other) == other);
}

void OwnPlaceTest::whatLeadsThereComesFirst()
{
    const auto ip = [](const char *text) { return *IpAddress::parse(text); };
    const std::vector<IpAddress> named{ip("81.0.113.1"), ip("81.0.113.2"), ip("81.0.113.1"),
                                       ip("2a02::1")};
    OwnPlace place;
    // Nothing is known yet: of either family in turn.
    const std::vector inTurn{ip("2a02::1"), ip("81.0.113.1"), ip("81.0.113.2")};
    QVERIFY(place.called(named) == inTurn);
    place.setMapped(at("[2a02:31::2]:9"), at("[2a02:31::2]:9"));
    QVERIFY(place.called(named) == inTurn);
    const std::vector six{ip("81.0.113.1"), ip("81.0.113.2"), ip("81.0.113.3"), ip("2a02::1")};
    QVERIFY(place.called(six).front() == ip("2a02::1"));
    place.nat64 = Nat64Prefix::fromAnswer(std::array{ip("64:ff9b::192.0.0.170")});
    for (const IpAddress &each : place.called(six))
        QVERIFY(each.isV6());
    QCOMPARE(place.called(named).size(), std::size_t{3});
    QVERIFY(place.called(std::vector<IpAddress>()).empty());
}

QTEST_APPLESS_MAIN(OwnPlaceTest)
#include "own_place_test.moc"
