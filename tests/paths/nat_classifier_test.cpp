// SPDX-License-Identifier: GPL-3.0-or-later
// Every kind of router, told apart by its answers alone; with losses, with less helpful servers,
// and a second time.
#include "simulated_nat.h"

#include <QTest>

using namespace higgs;
using protocol::NatType;
using Maps = SimulatedNat::Maps;
using Filters = SimulatedNat::Filters;

namespace {

const std::vector<Endpoint> TwoServers{*Endpoint::parse("198.18.0.1:3478"),
                                       *Endpoint::parse("198.18.9.1:3478")};

const std::vector<Endpoint> TwoPorts{*Endpoint::parse("198.18.0.1:3478"),
                                     *Endpoint::parse("198.18.0.1:3479")};

SimulatedNat routerWith(Maps maps, Filters filters)
{
    SimulatedNat nat;
    nat.maps = maps;
    nat.filters = filters;
    return nat;
}

QString nameOf(NatType type)
{
    const std::string_view name = toString(type);
    return QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
}

SimulatedNat atOneAddress(SimulatedNat nat)
{
    nat.servers = {{TwoPorts[0], {}, TwoPorts[1].port, true}};
    return nat;
}

SimulatedNat withoutSecondAddress(SimulatedNat nat)
{
    nat.servers = {{TwoServers[0]}, {TwoServers[1]}};
    return nat;
}

struct Row
{
    const char *name;
    Maps maps;
    Filters filters;
    NatType type;
    NatType withoutSecond; ///< two servers of one address each
    NatType alone;         ///< one of them
    /// One of them that has two ports: a mapping by address shows at no single one.
    NatType twoPorts;
};

constexpr NatType Unknown = NatType::Unknown;
constexpr std::array Rows = {
    Row{"open", Maps::Nothing, Filters::Nothing, NatType::Open, NatType::Firewalled,
        NatType::Firewalled, NatType::Firewalled},
    Row{"firewall by address", Maps::Nothing, Filters::Address, NatType::Firewalled,
        NatType::Firewalled, NatType::Firewalled, NatType::Firewalled},
    Row{"firewall", Maps::Nothing, Filters::Port, NatType::Firewalled, NatType::Firewalled,
        NatType::Firewalled, NatType::Firewalled},
    Row{"full cone", Maps::Once, Filters::Nothing, NatType::FullCone, NatType::PortRestricted,
        Unknown, NatType::RestrictedCone},
    Row{"restricted cone", Maps::Once, Filters::Address, NatType::RestrictedCone,
        NatType::PortRestricted, Unknown, NatType::RestrictedCone},
    Row{"port restricted", Maps::Once, Filters::Port, NatType::PortRestricted,
        NatType::PortRestricted, Unknown, NatType::PortRestricted},
    Row{"by address, unfiltered", Maps::ByAddress, Filters::Nothing, NatType::Symmetric,
        NatType::Symmetric, Unknown, NatType::RestrictedCone},
    Row{"by address, by address", Maps::ByAddress, Filters::Address, NatType::Symmetric,
        NatType::Symmetric, Unknown, NatType::RestrictedCone},
    Row{"by address, by port", Maps::ByAddress, Filters::Port, NatType::Symmetric,
        NatType::Symmetric, Unknown, NatType::PortRestricted},
    Row{"by port, unfiltered", Maps::ByPort, Filters::Nothing, NatType::Symmetric,
        NatType::Symmetric, Unknown, NatType::Symmetric},
    Row{"by port, by address", Maps::ByPort, Filters::Address, NatType::Symmetric,
        NatType::Symmetric, Unknown, NatType::Symmetric},
    Row{"symmetric", Maps::ByPort, Filters::Port, NatType::Symmetric, NatType::Symmetric, Unknown,
        NatType::Symmetric},
    Row{"sequential", Maps::InOrder, Filters::Port, NatType::Symmetric, NatType::Symmetric, Unknown,
        NatType::Symmetric},
};

} // namespace

class TestNatClassifier : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyKind_data();
    void everyKind();
    void theMappingAlone_data() { everyKind_data(); }
    void theMappingAlone();
    void lossesAreNoFilters_data() { everyKind_data(); }
    void lossesAreNoFilters();
    void portsInOrder();
    void portsAtRandomAreNotInOrder();
    void blocked();
    void aServerThatIsAwayIsPassedOver();
    void aFilterRemembers();
    void soDoesOneOfPorts();
    void whatWasLeftOpenIsAskedAgain();
    void aSecondPortThatIsNotLetIn();
    void aNewMappingIsJudgedAnew();
    void liesAboutTheSecondAddress();
    void answersOfOthersDoNotCount();
    void whatItCosts();
};

void TestNatClassifier::everyKind_data()
{
    QTest::addColumn<int>("row");
    for (std::size_t i = 0; i < Rows.size(); ++i)
        QTest::newRow(Rows[i].name) << static_cast<int>(i);
}

void TestNatClassifier::everyKind()
{
    QFETCH(int, row);
    const Row &kind = Rows[static_cast<std::size_t>(row)];
    SimulatedNat nat = routerWith(kind.maps, kind.filters);
    QCOMPARE(nameOf(nat.classify().type()), nameOf(kind.type));
    SimulatedNat two = withoutSecondAddress(routerWith(kind.maps, kind.filters));
    QCOMPARE(nameOf(two.classify(TwoServers).type()), nameOf(kind.withoutSecond));
    SimulatedNat one = withoutSecondAddress(routerWith(kind.maps, kind.filters));
    QCOMPARE(nameOf(one.classify().type()), nameOf(kind.alone));
    SimulatedNat ports = atOneAddress(routerWith(kind.maps, kind.filters));
    QCOMPARE(nameOf(ports.classify(TwoPorts).type()), nameOf(kind.twoPorts));
}

/// In two round trips, and never a wider one than it is.
void TestNatClassifier::theMappingAlone()
{
    QFETCH(int, row);
    const Row &kind = Rows[static_cast<std::size_t>(row)];
    SimulatedNat nat = routerWith(kind.maps, kind.filters);
    const NatFindings findings = nat.mapping({nat.servers.front().primary});
    const bool cone = kind.maps == Maps::Once;
    const NatType strictest = kind.maps == Maps::Nothing ? NatType::Firewalled
                              : cone                     ? NatType::PortRestricted
                                                         : NatType::Symmetric;
    QCOMPARE(nameOf(findings.type()), nameOf(strictest));
    QVERIFY(findings.questions <= 2 && findings.took <= 2 * 2 * nat.delay);
    SimulatedNat one = withoutSecondAddress(routerWith(kind.maps, kind.filters));
    QCOMPARE(nameOf(one.mapping({TwoServers[0]}).type()), nameOf(kind.alone));
}

void TestNatClassifier::lossesAreNoFilters()
{
    QFETCH(int, row);
    const Row &kind = Rows[static_cast<std::size_t>(row)];
    int right = 0;
    constexpr unsigned Runs = 300;
    for (unsigned seed = 1; seed <= Runs; ++seed) {
        SimulatedNat nat = routerWith(kind.maps, kind.filters);
        nat.loss = 0.1;
        nat.seed = seed;
        right += nat.classify().type() == kind.type ? 1 : 0;
    }
    // The seeds are fixed, and so is the outcome; five tries each lost is once in 3,000.
    QVERIFY2(right >= static_cast<int>(Runs) - 2, qPrintable(QString::number(right)));
}

void TestNatClassifier::portsInOrder()
{
    for (const unsigned others : {0U, 1U, 5U, 255U}) {
        SimulatedNat nat = routerWith(Maps::InOrder, Filters::Port);
        nat.others = others;
        QCOMPARE(nat.classify().portStep, std::optional(static_cast<std::uint16_t>(1 + others)));
    }
    SimulatedNat lossy = routerWith(Maps::InOrder, Filters::Port);
    lossy.loss = 0.2;
    QCOMPARE(lossy.classify().portStep, std::optional(std::uint16_t{1}));
}

void TestNatClassifier::portsAtRandomAreNotInOrder()
{
    for (unsigned seed = 1; seed <= 200; ++seed) {
        SimulatedNat nat = routerWith(Maps::ByPort, Filters::Port);
        nat.seed = seed;
        QVERIFY(!nat.classify().portStep);
    }
    QVERIFY(!routerWith(Maps::Once, Filters::Port).classify().portStep);
    QVERIFY(!routerWith(Maps::ByAddress, Filters::Port).classify().portStep);
}

void TestNatClassifier::blocked()
{
    SimulatedNat nat;
    nat.blocksUdp = true;
    const NatFindings findings = nat.classify();
    QCOMPARE(nameOf(findings.type()), nameOf(NatType::Blocked));
    QVERIFY(!findings.mapped);
    QCOMPARE(findings.took, Milliseconds(5000));
}

void TestNatClassifier::aServerThatIsAwayIsPassedOver()
{
    SimulatedNat nat = routerWith(Maps::Once, Filters::Address);
    const Endpoint away = *Endpoint::parse("198.18.7.7:3478");
    QCOMPARE(nameOf(nat.classify({away, nat.servers.front().primary}).type()),
             nameOf(NatType::RestrictedCone));
    // So is a second one that others are compared at.
    SimulatedNat other = withoutSecondAddress(routerWith(Maps::ByPort, Filters::Port));
    QCOMPARE(nameOf(other.classify({TwoServers[0], away, TwoServers[1]}).type()),
             nameOf(NatType::Symmetric));
    QCOMPARE(nameOf(other.classify({TwoServers[0], away}).type()), nameOf(NatType::Unknown));
}

void TestNatClassifier::aFilterRemembers()
{
    SimulatedNat nat = routerWith(Maps::Once, Filters::Address);
    const NatFindings first = nat.classify();
    QCOMPARE(nameOf(first.type()), nameOf(NatType::RestrictedCone));
    // The control: asked anew at once, the filter that the questions opened looks like none.
    QCOMPARE(nameOf(nat.classify().type()), nameOf(NatType::FullCone));
    const NatFindings again = nat.classify({nat.servers.front().primary}, first);
    QCOMPARE(nameOf(again.type()), nameOf(NatType::RestrictedCone));
    QCOMPARE(again.questions, 1U);
    QVERIFY(again.alternateAsked == first.alternateAsked);
}

void TestNatClassifier::soDoesOneOfPorts()
{
    SimulatedNat nat = atOneAddress(routerWith(Maps::Once, Filters::Port));
    const NatFindings first = nat.classify(TwoPorts);
    QCOMPARE(nameOf(first.type()), nameOf(NatType::PortRestricted));
    // The control: asked anew at once, the filter that the questions opened looks wider.
    QCOMPARE(nameOf(nat.classify(TwoPorts).type()), nameOf(NatType::RestrictedCone));
    const NatFindings again = nat.classify(TwoPorts, first);
    QCOMPARE(nameOf(again.type()), nameOf(NatType::PortRestricted));
    QCOMPARE(again.questions, 1U);
}

/// A firewall of the server's: nothing is known of it, and nothing is said.
/// The server went away between the two: the filter remembers, and the mapping nobody knows.
void TestNatClassifier::whatWasLeftOpenIsAskedAgain()
{
    for (const bool ports : {false, true}) {
        SimulatedNat nat = routerWith(Maps::Once, Filters::Port);
        const auto servers = ports ? std::vector(TwoPorts.begin(), TwoPorts.end())
                                   : std::vector{nat.servers.front().primary};
        NatFindings first = nat.classify(servers);
        const NatType type = first.type();
        first.mapping = NatMapping::Unknown;
        const NatFindings again = nat.classify(servers, first);
        QCOMPARE(nameOf(again.type()), nameOf(type));
        QVERIFY(again.questions > 1);
    }
}

void TestNatClassifier::aSecondPortThatIsNotLetIn()
{
    SimulatedNat nat = withoutSecondAddress(routerWith(Maps::Once, Filters::Port));
    const NatFindings findings = nat.classify(TwoPorts);
    QCOMPARE(nameOf(findings.type()), nameOf(NatType::Unknown));
    QVERIFY(findings.mapped && !findings.blocked);
}

void TestNatClassifier::aNewMappingIsJudgedAnew()
{
    SimulatedNat nat = routerWith(Maps::Once, Filters::Address);
    const NatFindings first = nat.classify();
    nat.forget();
    nat.filters = Filters::Port;
    QCOMPARE(nameOf(nat.classify({nat.servers.front().primary}, first).type()),
             nameOf(NatType::PortRestricted));
    // And the same one, once no filter remembers what was asked.
    const NatFindings second = nat.classify({nat.servers.front().primary}, first);
    nat.pass(NatClassifier::FilterMemory);
    QVERIFY(nat.classify({nat.servers.front().primary}, second).questions > 1);
}

void TestNatClassifier::liesAboutTheSecondAddress()
{
    const Endpoint server = *Endpoint::parse("198.18.0.1:3478");
    for (const char *lie :
         {"198.18.0.1:3479", "198.18.0.2:3478", "198.18.0.2:0", "[2001:db8::1]:3479"}) {
        const Monotonic now = Monotonic() + Seconds(5);
        NatClassifier core({server}, now);
        protocol::StunTransactionId transaction{1, 2, 3};
        QVERIFY(core.poll(now, transaction));
        protocol::StunMessage answer;
        answer.messageClass = protocol::StunClass::Success;
        answer.transaction = transaction;
        answer.xorMappedAddress = *Endpoint::parse("203.0.113.7:9");
        answer.otherAddress = *Endpoint::parse(lie);
        core.handle(now, answer, server, *Endpoint::parse("192.168.1.2:5"));
        QVERIFY(core.isDone());
        QCOMPARE(nameOf(core.findings().type()), nameOf(NatType::Unknown));
    }
}

void TestNatClassifier::answersOfOthersDoNotCount()
{
    const Endpoint server = *Endpoint::parse("198.18.0.1:3478");
    const Monotonic now = Monotonic() + Seconds(5);
    NatClassifier core({server}, now);
    const protocol::StunTransactionId transaction{1, 2, 3};
    QVERIFY(core.poll(now, transaction));
    protocol::StunMessage answer;
    answer.messageClass = protocol::StunClass::Success;
    answer.transaction = transaction;
    answer.xorMappedAddress = *Endpoint::parse("203.0.113.7:9");
    const Endpoint local = *Endpoint::parse("192.168.1.2:5");
    core.handle(now, answer, *Endpoint::parse("198.18.0.1:3479"), local);
    answer.transaction[0] ^= 1;
    core.handle(now, answer, server, local);
    answer.transaction[0] ^= 1;
    answer.messageClass = protocol::StunClass::Error;
    core.handle(now, answer, server, local);
    QVERIFY(!core.isDone());
    answer.messageClass = protocol::StunClass::Success;
    core.handle(now, answer, server, local);
    QVERIFY(core.isDone());
}

void TestNatClassifier::whatItCosts()
{
    SimulatedNat cone = routerWith(Maps::Once, Filters::Port);
    const NatFindings slow = cone.classify();
    QVERIFY(slow.questions <= 20 && slow.bytes <= 20 * 36);
    QVERIFY(slow.took <= Milliseconds(1500));
    const NatFindings quick = routerWith(Maps::Nothing, Filters::Nothing).classify();
    QVERIFY(quick.questions <= 4 && quick.took <= Milliseconds(100));
}

QTEST_APPLESS_MAIN(TestNatClassifier)
#include "nat_classifier_test.moc"
