// SPDX-License-Identifier: GPL-3.0-or-later
// Who holds a place and for how long, which addresses are told, and what a step of the wall clock
// does to both: nothing.
#include "server/cache/network_counts.h"
#include "server/services/ban_list.h"
#include "server/services/candidates.h"
#include "server/services/registration.h"
#include "server/services/session_table.h"

#include <QTest>

using namespace higgs;
using namespace higgs::server;

namespace {

constexpr Clocks Now{{5'000'000}, {1'700'000'000'000}};
constexpr Milliseconds Hour = std::chrono::hours(1);

Clocks later(Milliseconds passed, Milliseconds step = Milliseconds(0))
{
    return {Now.boot + passed, Now.wall + passed + step};
}

IpAddress ip(const char *text)
{
    return *IpAddress::parse(text);
}

std::optional<Endpoint> endpoint(const char *text)
{
    return *Endpoint::parse(text);
}

template <typename Id>
Id id(unsigned n)
{
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012x", n);
    return *Id::parse(text);
}

NodeRecord node(unsigned n, const char *from = "9.9.9.9", bool proven = false)
{
    NodeRecord record;
    record.id = id<NodeId>(n);
    Bytes key(32, static_cast<std::uint8_t>(n));
    key[1] = static_cast<std::uint8_t>(n >> 8);
    record.publicKey = *protocol::KeyText::parse(toBase64(key));
    record.from = ip(from);
    record.lastProof = proven ? Now.wall.ms : 0;
    record.lastSeen = Now.wall;
    return record;
}

SessionRecord session(unsigned n, unsigned nodeNumber = 1)
{
    SessionRecord record;
    record.id = id<SessionId>(n);
    record.node = id<NodeId>(nodeNumber);
    record.clientGroup = "client" + std::to_string(n);
    record.tokenDigest = "token" + std::to_string(n);
    record.createdAt = Now.wall;
    record.expiresAt = Now.wall + Seconds(3600);
    return record;
}

} // namespace

class PlacesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void homesOfAKeyAreCounted()
    {
        const auto ofKey = [](unsigned n, const char *key) {
            NodeRecord record = node(n);
            record.accessKey = key;
            return record;
        };
        NodeRegistry nodes;
        nodes.restore(Now, {ofKey(1, "a"), ofKey(2, "a"), ofKey(3, "")});
        QCOMPARE(nodes.homesOfKey("a"), std::size_t{2});
        QCOMPARE(nodes.homesOfKey(""), std::size_t{0}); // of those that no key let in
        nodes.restore(Now, {ofKey(1, "a")});            // read again
        QCOMPARE(nodes.homesOfKey("a"), std::size_t{2});
        nodes.put(Now.boot, ofKey(4, "b"), {});
        const Node before = *nodes.find(id<NodeId>(1));
        nodes.put(Now.boot, ofKey(1, "b"), {});
        QCOMPARE(nodes.homesOfKey("a"), std::size_t{1});
        QCOMPARE(nodes.homesOfKey("b"), std::size_t{2});
        nodes.undo(id<NodeId>(1), before);
        nodes.undo(id<NodeId>(4), std::nullopt);
        QCOMPARE(nodes.homesOfKey("a"), std::size_t{2});
        QCOMPARE(nodes.homesOfKey("b"), std::size_t{0});
        nodes.replicate(Now, ofKey(2, "b"));
        nodes.replicate(Now, ofKey(5, "b"));
        nodes.remove(id<NodeId>(1));
        QCOMPARE(nodes.homesOfKey("a"), std::size_t{0});
        QCOMPARE(nodes.homesOfKey("b"), std::size_t{2});
    }

    void onlyItsOwnPublicAddressIsTold_data()
    {
        QTest::addColumn<QString>("claimed");
        QTest::addColumn<QString>("seen");
        QTest::addColumn<bool>("told");
        const auto row = [](const char *claimed, const char *seen, bool told) {
            QTest::addRow("%s seen at %s", claimed, seen)
                << QString::fromLatin1(claimed) << QString::fromLatin1(seen) << told;
        };
        row("9.9.9.9:51820", "9.9.9.9", true);
        row("9.9.9.9:51820", "::ffff:9.9.9.9", true);
        row("[::ffff:9.9.9.9]:51820", "9.9.9.9", true);
        row("203.0.113.21:1024", "203.0.113.21", true);
        row("[2600::9]:4000", "2600::9", true);
        row("9.9.9.9:51820", "9.9.9.8", false);
        row("9.9.9.9:53", "9.9.9.9", false);
        row("9.9.9.9:1023", "9.9.9.9", false);
        row("127.0.0.1:4022", "127.0.0.1", false);
        row("192.168.1.1:4000", "192.168.1.1", false);
        row("100.64.0.1:4000", "100.64.0.1", false);
        row("169.254.169.254:4000", "169.254.169.254", false);
        row("224.0.0.1:4000", "224.0.0.1", false);
        row("[::1]:4000", "::1", false);
        row("[fe80::1]:4000", "fe80::1", false);
        row("[fd00::1]:4000", "fd00::1", false);
        row("[ff02::1]:4000", "ff02::1", false);
        row("[64:ff9b::7f00:1]:4000", "64:ff9b::7f00:1", false);
        row("[2002:7f00:1::]:4000", "2002:7f00:1::", false);
        row("[2600::9]:4000", "9.9.9.9", false);
    }

    void onlyItsOwnPublicAddressIsTold()
    {
        QFETCH(QString, claimed);
        QFETCH(QString, seen);
        QFETCH(bool, told);
        const auto from = IpAddress::parse(seen.toStdString());
        const auto mapped = Endpoint::parse(claimed.toStdString());
        QCOMPARE(tellableMapped(*mapped, *from).has_value(), told);
        QCOMPARE(admissibleCandidate({protocol::CandidateType::Srflx, *mapped}, *from), told);
    }

    void candidatesByKind()
    {
        using Type = protocol::CandidateType;
        const IpAddress seen = ip("9.9.9.9");
        const auto admissible = [&seen](Type type, const char *text) {
            const std::vector<IpAddress> turn = {ip("8.8.4.4")};
            return admissibleCandidate({type, *endpoint(text)}, seen, turn);
        };
        QVERIFY(admissible(Type::Host, "192.168.1.7:40000"));
        QVERIFY(admissible(Type::Host, "[fd00::7]:40000"));
        QVERIFY(admissible(Type::Host, "9.9.9.9:40000"));
        QVERIFY(!admissible(Type::Host, "192.168.1.1:53"));
        QVERIFY(!admissible(Type::Host, "1.1.1.1:40000"));
        QVERIFY(!admissible(Type::Host, "127.0.0.1:40000"));
        QVERIFY(!admissible(Type::Host, "169.254.169.254:40000"));
        QVERIFY(!admissible(Type::Host, "255.255.255.255:40000"));
        QVERIFY(!admissible(Type::Srflx, "192.168.1.7:40000"));
        QVERIFY(admissible(Type::Relay, "8.8.4.4:40000"));
        QVERIFY(!admissible(Type::Relay, "1.1.1.1:40000"));
        QVERIFY(!admissible(Type::Relay, "9.9.9.9:40000"));
    }

    void oneWithBothFamiliesMayTellBoth()
    {
        using Type = protocol::CandidateType;
        server::SeenAt seen = ip("9.9.9.9");
        QVERIFY(!admissibleCandidate({Type::Srflx, *endpoint("[2600::9]:40000")}, seen));
        QVERIFY(seen.note(ip("2600::9")));
        QVERIFY(!seen.note(ip("2600::9")));
        QVERIFY(admissibleCandidate({Type::Srflx, *endpoint("[2600::9]:40000")}, seen));
        QVERIFY(admissibleCandidate({Type::Srflx, *endpoint("9.9.9.9:40000")}, seen));
        QVERIFY(!admissibleCandidate({Type::Srflx, *endpoint("[2600::8]:40000")}, seen));
        QVERIFY(!admissibleCandidate({Type::Srflx, *endpoint("9.9.9.8:40000")}, seen));
        // One of each, the latest, whatever way it is written.
        QVERIFY(seen.note(ip("::ffff:8.8.8.8")));
        QVERIFY(!admissibleCandidate({Type::Srflx, *endpoint("9.9.9.9:40000")}, seen));
        QVERIFY(admissibleCandidate({Type::Srflx, *endpoint("8.8.8.8:40000")}, seen));
        QVERIFY(tellableMapped(*endpoint("[2600::9]:40000"), seen));
        // Nowhere is no place.
        QVERIFY(!server::SeenAt().note(IpAddress()));
        QVERIFY(!server::SeenAt().has(IpAddress()));
    }

    void oneInOurOwnNetworkMayNameNobody()
    {
        const auto admissible = [](const char *seen, const char *text) {
            return admissibleCandidate({protocol::CandidateType::Srflx, *endpoint(text)}, ip(seen));
        };
        QVERIFY(admissible("127.0.0.1", "203.0.113.7:40000"));
        QVERIFY(admissible("::ffff:192.168.1.2", "[2001:db8::7]:40000"));
        QVERIFY(!admissible("127.0.0.1", "203.0.113.7:53"));
        QVERIFY(!admissible("127.0.0.1", "9.9.9.9:40000"));
        QVERIFY(!admissible("9.9.9.9", "203.0.113.7:40000"));
        QVERIFY(!admissible("203.0.113.8", "203.0.113.7:40000"));
    }

    void aVictimsAddressIsNotRegistered()
    {
        protocol::RegisterRequest request;
        request.networkInfo.stunMappedAddress = endpoint("127.0.0.1:22");
        const auto make = [&request](const char *from) {
            return makeNodeRecord(Now.wall, ip(from), request, nullptr, RegistrationVerdict::New,
                                  false, "g");
        };
        QVERIFY(!make("9.9.9.9").mapped);
        QVERIFY(!make("127.0.0.1").mapped);
        request.networkInfo.stunMappedAddress = endpoint("9.9.9.9:4022");
        QVERIFY(!make("9.9.9.8").mapped);
        QVERIFY(make("9.9.9.9").mapped == endpoint("9.9.9.9:4022"));
        // What an older version has kept is not believed either.
        NodeRegistry nodes;
        NodeRecord kept = node(1);
        kept.mapped = endpoint("127.0.0.1:22");
        NodeRecord good = node(2);
        good.mapped = endpoint("9.9.9.9:4022");
        nodes.restore(Now, {kept, good});
        QVERIFY(!nodes.find(id<NodeId>(1))->record.mapped);
        QVERIFY(nodes.find(id<NodeId>(2))->record.mapped.has_value());
    }

    void countsByAddressSiteAndNetwork()
    {
        NetworkCounts counts;
        const NetworkCaps caps{2, 3, 4};
        const auto take = [&](const char *from) {
            const bool admitted = counts.admits(ip(from), caps);
            if (admitted)
                counts.add(ip(from));
            return admitted;
        };
        QVERIFY(take("9.9.9.1") && take("::ffff:9.9.9.1"));
        QVERIFY(!take("9.9.9.1"));
        QVERIFY(take("9.9.9.2") && take("9.9.9.3"));
        QVERIFY(!take("9.9.9.4")); // the /24
        QVERIFY(take("9.9.8.4"));
        QVERIFY(take("2600:0:0:100::1") && take("2600:0:0:100::2"));
        QVERIFY(!take("2600:0:0:100::3")); // the /64
        QVERIFY(take("2600:0:0:101::1"));
        QVERIFY(!take("2600:0:0:102::1")); // the /56
        QVERIFY(take("2600:0:0:200::1"));
        QVERIFY(!take("2600:0:0:300::1")); // the /48
        QVERIFY(take("2600:0:1:300::1"));
        counts.remove(ip("9.9.9.1"));
        QVERIFY(take("9.9.9.4"));
        for (const char *from :
             {"9.9.9.1", "9.9.9.2", "9.9.9.3", "9.9.9.4", "9.9.8.4", "2600:0:0:100::1",
              "2600:0:0:100::2", "2600:0:0:101::1", "2600:0:0:200::1", "2600:0:1:300::1"})
            counts.remove(ip(from));
        QCOMPARE(counts.size(), std::size_t(0)); // nothing is kept of who has gone
    }

    void oneAddressHasSoManyNodes()
    {
        NodeRegistry nodes;
        const NetworkCaps caps{2, 2, 3};
        using Room = NodeRegistry::Room;
        const auto room = [&](const char *from) { return nodes.admit(ip(from), caps, false).room; };
        nodes.put(Now.boot, node(1, "9.9.9.9"), {});
        nodes.put(Now.boot, node(2, "9.9.9.9", true), {});
        QCOMPARE(room("9.9.9.9"), Room::Full); // both are online
        QCOMPARE(room("9.9.9.8"), Room::Free);
        nodes.sweep(Now.boot + Seconds(91));
        const auto away = nodes.admit(ip("9.9.9.9"), caps, false);
        QCOMPARE(away.room, Room::GivesWay);
        QCOMPARE(away.who, id<NodeId>(1)); // never the one that has proven its key
        nodes.remove(id<NodeId>(1));
        QCOMPARE(room("9.9.9.9"), Room::Free);
        // One that comes from elsewhere counts there.
        NodeRecord moved = node(2, "9.9.7.7", true);
        nodes.put(Now.boot, moved, {});
        nodes.put(Now.boot, node(3, "9.9.7.7", true), {});
        QCOMPARE(room("9.9.7.7"), Room::Full);
        nodes.undo(id<NodeId>(3), std::nullopt);
        QCOMPARE(room("9.9.7.7"), Room::Free);
        NodeRegistry again;
        again.restore(Now, {node(1), node(2)});
        QVERIFY(again.admit(ip("9.9.9.9"), caps, false).room != Room::Free);
    }

    void silentNodesAreForgotten()
    {
        NodeRegistry nodes;
        const ForgetRule rule{std::chrono::hours(720), std::chrono::hours(6), false};
        nodes.restore(Now, {});
        nodes.put(Now.boot, node(1, "9.9.9.9", true), {});
        nodes.put(Now.boot, node(2, "9.9.9.9", false), {});
        const auto forgettable = [&](Milliseconds passed) {
            nodes.sweep(Now.boot + passed);
            return nodes.forgettable(Now.boot + passed, rule);
        };
        QVERIFY(forgettable(std::chrono::hours(6)).empty());
        QCOMPARE(forgettable(std::chrono::hours(6) + Seconds(1)),
                 std::vector<NodeId>{id<NodeId>(2)});
        nodes.linkOpened(Now.boot + std::chrono::hours(6), id<NodeId>(2));
        QVERIFY(forgettable(std::chrono::hours(7)).empty());
        QCOMPARE(forgettable(std::chrono::hours(721)).size(), std::size_t(2));
        // An approval is not lost in hours.
        QCOMPARE(
            nodes
                .forgettable(Now.boot + std::chrono::hours(600), {rule.proven, rule.unproven, true})
                .size(),
            std::size_t(0));
    }

    void aStartWithAWrongClockForgetsNobody()
    {
        NodeRegistry nodes;
        const Clocks wrong{Now.boot, Now.wall + std::chrono::hours(24 * 365)};
        nodes.restore(wrong, {node(1, "9.9.9.9", true)});
        const ForgetRule rule{std::chrono::hours(720), std::chrono::hours(6), false};
        QVERIFY(nodes.forgettable(wrong.boot, rule).empty());
        QVERIFY(nodes.forgettable(wrong.boot + NodeRegistry::GraceAfterStart, rule).empty());
        QCOMPARE(
            nodes.forgettable(wrong.boot + NodeRegistry::GraceAfterStart + Seconds(1), rule).size(),
            std::size_t(1));
    }

    void whoAsksWithoutComingKeepsNobodyOut()
    {
        SessionTable table;
        const IpAddress attacker = ip("9.9.9.9");
        const IpAddress other = ip("8.8.8.8");
        const NodeId place = id<NodeId>(1);
        for (unsigned i = 0; i < 10; ++i)
            QVERIFY(table.add(Now, session(i), attacker));
        const auto hasPlace = [&](const IpAddress &from, Milliseconds passed) {
            return table.hasPlace(place, 10, {Now.boot + passed, from, Seconds(3), Seconds(60)});
        };
        QVERIFY(!hasPlace(other, Seconds(2)));
        QVERIFY(hasPlace(other, Seconds(3)));
        QVERIFY(!hasPlace(attacker, Seconds(3))); // not against itself
        const auto gives = table.givesWayOn(place, {Now.boot + Seconds(3), other, Seconds(3)});
        QCOMPARE(gives, std::optional(id<SessionId>(0)));
        table.remove(*gives);
        QVERIFY(table.add(later(Seconds(3)), session(20), other));
        QVERIFY(!hasPlace(attacker, Seconds(4))); // nor against who has fewer
        // Those who have come are safe from everybody, while a tunnel may be on its way.
        for (unsigned i = 1; i < 10; ++i)
            table.setClientOpen(Now.boot, id<SessionId>(i), true);
        table.setClientOpen(Now.boot, id<SessionId>(20), true);
        QVERIFY(!hasPlace(ip("7.7.7.7"), Seconds(19)));
    }

    void whoComesWithoutATunnelKeepsNobodyOut()
    {
        SessionTable table;
        const NodeId place = id<NodeId>(1);
        const auto gives = [&](const char *from, Milliseconds passed) {
            return table.givesWayOn(place, {Now.boot + passed, ip(from), Seconds(3), Seconds(60)});
        };
        for (unsigned i = 0; i < 10; ++i) {
            QVERIFY(table.add(Now, session(i), ip(i < 8 ? "9.9.9.9" : "8.8.8.8")));
            table.setClientOpen(Now.boot + Seconds(i), id<SessionId>(i), true);
        }
        QVERIFY(!gives("7.7.7.7", Seconds(59)));
        QCOMPARE(gives("7.7.7.7", Seconds(60)), std::optional(id<SessionId>(0)));
        QVERIFY(!gives("9.9.9.9", Seconds(99))); // not against itself
        // Who has a tunnel keeps its place, whatever its line does; the next gives way.
        table.setAnswered(id<SessionId>(0));
        table.setAnswered(id<SessionId>(0));
        table.setClientOpen(Now.boot + Seconds(20), id<SessionId>(0), false);
        QCOMPARE(gives("7.7.7.7", Seconds(99)), std::optional(id<SessionId>(1)));
        // It moves with its client, and goes with its session.
        table.setFrom(id<SessionId>(1), ip("6.6.6.6"));
        QCOMPARE(gives("7.7.7.7", Seconds(99)), std::optional(id<SessionId>(2)));
        for (unsigned i = 1; i < 8; ++i)
            table.remove(id<SessionId>(i));
        QCOMPARE(gives("7.7.7.7", Seconds(99)), std::optional(id<SessionId>(8)));
        table.setAnswered(id<SessionId>(8));
        table.setAnswered(id<SessionId>(9));
        QVERIFY(!gives("7.7.7.7", Seconds(99)));
    }

    void theLongestWaitingOfAnAddressGivesWay()
    {
        SessionTable table;
        const IpAddress carrier = ip("9.9.9.9");
        for (unsigned i = 0; i < 4; ++i)
            QVERIFY(table.add(later(Seconds(i)), session(i), i == 0 ? ip("8.8.8.8") : carrier));
        const auto longest = [&](Milliseconds passed) {
            return table.longestWaitingIn({carrier, 32}, Now.boot + passed);
        };
        QVERIFY(!longest(Milliseconds(999)));
        QCOMPARE(longest(Seconds(9)), std::optional(id<SessionId>(1)));
        table.setClientOpen(Now.boot, id<SessionId>(1), true); // it has come
        QCOMPARE(longest(Seconds(9)), std::optional(id<SessionId>(2)));
        table.remove(id<SessionId>(2));
        QVERIFY(!longest(Milliseconds(2999)));
        QCOMPARE(longest(Seconds(3)), std::optional(id<SessionId>(3)));
    }

    /// A site with a /48 has 65,536 of what is counted as a subscriber.
    void aSiteCountsAsOneAgainstOthers()
    {
        SessionTable table;
        const NodeId place = id<NodeId>(1);
        const auto gives = [&](const char *from) {
            return table.givesWayOn(place, {Now.boot + Seconds(9), ip(from), Seconds(3)});
        };
        const char *const attackers[] = {"2600:1:1:1::1", "2600:1:1:2::1", "2600:1:1:100::1"};
        for (unsigned i = 0; i < 3; ++i)
            QVERIFY(table.add(later(Seconds(i)), session(i), ip(attackers[i])));
        QVERIFY(table.add(Now, session(5), ip("2600:2:2:1::1")));
        QVERIFY(table.add(Now, session(6), ip("2600:2:2:2::1")));
        QVERIFY(table.add(Now, session(7), ip("8.8.8.8")));
        // None of it takes from those who have fewer, but others from it.
        QVERIFY(!gives("2600:1:1:1::9"));
        QCOMPARE(gives("2600:1:1:3::1"), std::optional(id<SessionId>(0)));
        QCOMPARE(gives("8.8.8.8"), std::optional(id<SessionId>(0)));
        QCOMPARE(gives("2600:2:2:1::2"), std::optional(id<SessionId>(0)));
        // Inside it, a home with a /56 has to be fair to the next.
        QCOMPARE(gives("2600:1:1:200::1"), std::optional(id<SessionId>(0)));
    }

    void whatIsFullGivesWay()
    {
        SessionTable table;
        const NetworkCaps caps{3, 4, 5};
        for (unsigned i = 0; i < 5; ++i) {
            const std::string from = "2600:0:0:" + std::to_string(i * 100) + "::1";
            QVERIFY(table.add(later(Seconds(i)), session(i), ip(from.c_str())));
        }
        const auto full = table.fullOfWaiting(ip("2600:0:0:ffff::1"), caps);
        QVERIFY(full.has_value());
        QCOMPARE(full->toString(), std::string("2600::/48"));
        QCOMPARE(table.longestWaitingIn(*full, later(Seconds(9)).boot), id<SessionId>(0));
        QVERIFY(!table.longestWaitingIn({ip("2600:0:1::"), 48}, later(Seconds(9)).boot));
        QVERIFY(!table.unansweredIn(*full, later(Seconds(99)).boot));
        table.setClientOpen(later(Seconds(10)).boot, id<SessionId>(2), true);
        table.setClientOpen(later(Seconds(9)).boot, id<SessionId>(3), true);
        table.setAnswered(id<SessionId>(3));
        QVERIFY(!table.unansweredIn(*full, later(Seconds(9)).boot));
        QCOMPARE(table.unansweredIn(*full, later(Seconds(10)).boot), id<SessionId>(2));
        // The narrowest that is full, as it is in the others.
        for (unsigned i = 5; i < 8; ++i)
            QVERIFY(table.add(Now, session(i), ip("2600::1")));
        QCOMPARE(table.fullOfSessions(ip("2600::2"), caps)->toString(), std::string("2600::/64"));
        QVERIFY(!table.fullOfSessions(ip("2601::2"), caps));

        NodeRegistry nodes;
        for (unsigned i = 0; i < 5; ++i) {
            const std::string from = "2600:0:0:" + std::to_string(i * 100) + "::1";
            nodes.put(later(Seconds(i)).boot, node(i, from.c_str()), {});
            nodes.setOffline(id<NodeId>(i));
        }
        const auto admission = nodes.admit(ip("2600:0:0:ffff::1"), caps, false);
        QVERIFY(admission.room == NodeRegistry::Room::GivesWay);
        QCOMPARE(admission.who, id<NodeId>(0));
    }

    void oneAddressHasSoManySessions()
    {
        SessionTable sessions;
        const NetworkCaps caps{3, 4, 5};
        const auto come = [&](unsigned n, const char *from) {
            QVERIFY(sessions.add(later(Seconds(n)), session(n), ip(from)));
            sessions.setClientOpen((later(Seconds(n))).boot, id<SessionId>(n), true);
        };
        for (unsigned n = 1; n <= 3; ++n)
            come(n, "2600::1");
        // Joined ones count: it was enough to come and to stay.
        QVERIFY(sessions.fullOfSessions(ip("2600::ffff"), caps));
        QVERIFY(!sessions.fullOfSessions(ip("2600:0:0:1::1"), caps));
        QVERIFY(!sessions.fullOfSessions(ip("9.9.9.9"), caps));
        come(4, "2600:0:0:1::1");
        QVERIFY(sessions.fullOfSessions(ip("2600:0:0:2::1"), caps));
        QVERIFY(!sessions.fullOfSessions(ip("2600:0:0:100::1"), caps));
        come(5, "2600:0:0:100::1");
        QVERIFY(sessions.fullOfSessions(ip("2600:0:0:200::1"), caps));

        // Of those whose client is away the first gives way, and nobody who is there.
        const auto gone = [&](Seconds before) {
            return sessions.abandonedIn(*sessions.fullOfSessions(ip("2600::1"), caps),
                                        later(before).boot);
        };
        QVERIFY(!gone(Seconds(1000)));
        sessions.setClientOpen(later(Seconds(200)).boot, id<SessionId>(3), false);
        sessions.setClientOpen(later(Seconds(100)).boot, id<SessionId>(2), false);
        QVERIFY(!gone(Seconds(99)));
        QCOMPARE(gone(Seconds(1000)), id<SessionId>(2));
        QVERIFY(!sessions.abandonedIn({ip("9.9.9.9"), 32}, later(Seconds(1000)).boot));
        sessions.remove(id<SessionId>(2));
        QVERIFY(sessions.fullOfSessions(ip("2600:0:0:200::1"), NetworkCaps{9, 9, 4}));
        QVERIFY(!sessions.fullOfSessions(ip("2600::1"), caps));

        // Who moves is counted where it is.
        sessions.setFrom(id<SessionId>(1), ip("9.9.9.9"));
        QVERIFY(sessions.fullOfSessions(ip("9.9.9.9"), NetworkCaps{1, 1, 9}));
        QVERIFY(!sessions.fullOfSessions(ip("2600::1"), NetworkCaps{2, 9, 9}));
        for (const unsigned n : {1U, 3U, 4U, 5U})
            sessions.remove(id<SessionId>(n));
        for (const char *from : {"2600::1", "9.9.9.9"})
            QVERIFY(!sessions.fullOfSessions(ip(from), NetworkCaps{1, 1, 1}));
    }

    void aPlaceIsGivenBackInTwentySeconds()
    {
        SessionTable table;
        QVERIFY(table.add(Now, session(1), ip("9.9.9.9")));
        QVERIFY(table.add(Now, session(2), ip("9.9.9.9")));
        table.setClientOpen(Now.boot + Seconds(1), id<SessionId>(2), true);
        table.setClientOpen(Now.boot + Seconds(2), id<SessionId>(2), false);
        table.setFrom(id<SessionId>(1), ip("9.9.9.7"));
        QVERIFY(table.neverJoined(Now.boot - Milliseconds(1)).empty());
        QCOMPARE(table.neverJoined(Now.boot), std::vector<SessionId>{id<SessionId>(1)});
        QVERIFY(table.fullOfWaiting(ip("9.9.9.7"), {1, 1, 9}));
        QVERIFY(!table.fullOfWaiting(ip("9.9.9.9"), {1, 1, 9}));
        table.remove(id<SessionId>(1));
        QVERIFY(!table.fullOfWaiting(ip("9.9.9.7"), {1, 1, 1}));
        QVERIFY(table.neverJoined(Now.boot + Hour).empty());
        // Of an earlier run nobody knows whether they were joined.
        SessionTable restored;
        SessionRecord kept = session(3);
        kept.addressIndex = 2;
        restored.restore(Now, Seconds(3600), {kept});
        QVERIFY(restored.neverJoined(Now.boot + Hour).empty());
        QVERIFY(restored.remove(id<SessionId>(3)).has_value());
    }

    void aStepOfTheWallClockChangesNothing()
    {
        for (const Milliseconds step : {Hour, -Hour, 24 * Hour}) {
            SessionTable table;
            QVERIFY(table.add(Now, session(1)));
            const Clocks stepped = later(Seconds(10), step);
            QVERIFY(table.expiredAt(stepped.boot).empty());
            // What is told of it follows the clock that others see.
            QCOMPARE(stepped.told(table.find(id<SessionId>(1))->expiresAt),
                     stepped.wall + Seconds(3590));
            QVERIFY(table.renew(stepped, id<SessionId>(1), stepped.wall + Seconds(3600)));
            QVERIFY(table.expiredAt(Now.boot + Seconds(3609)).empty());
            QCOMPARE(table.expiredAt(Now.boot + Seconds(3610)).size(), std::size_t(1));
            NodeRegistry nodes;
            nodes.put(Now.boot, node(1), {});
            QVERIFY(nodes.sweep(stepped.boot).empty());
            QCOMPARE(nodes.takeSeen(stepped).at(0).second, stepped.wall - Seconds(10));
        }
    }

    void aRestoredSessionLivesNoLongerThanASession()
    {
        SessionTable table;
        SessionRecord ahead = session(1);
        ahead.addressIndex = 2;
        ahead.expiresAt = Now.wall + 24 * Hour; // the clock was put back while nobody ran
        SessionRecord absurd = session(2);
        absurd.addressIndex = 3;
        absurd.expiresAt = {INT64_MAX};
        absurd.createdAt = {INT64_MIN};
        table.restore(Now, Seconds(3600), {ahead, absurd});
        QCOMPARE(table.size(), std::size_t(2));
        QVERIFY(table.expiredAt(Now.boot + Seconds(3599)).empty());
        QCOMPARE(table.expiredAt(Now.boot + Seconds(3600)).size(), std::size_t(2));
    }

    void aProofIsGoodAfterTheClockWasPutBack()
    {
        SpentProofs spent;
        spent.accept(Now, Now.wall.ms);
        const Clocks back = later(Seconds(60), -Hour);
        QVERIFY(proofIsFresh(back, back.wall, spent));
        QVERIFY(!proofIsFresh(back, back.wall - Seconds(61), spent)); // older than the last
        // None is good twice, also when its time comes again.
        const Clocks again = later(Hour, -Hour);
        QVERIFY(!proofIsFresh(again, Now.wall, spent));
        QVERIFY(proofIsFresh(again, Now.wall + Milliseconds(1), spent));
        // The clock was put back between two runs.
        SpentProofs restored;
        restored.restore(Now, (Now.wall + 24 * Hour).ms);
        QVERIFY(proofIsFresh(Now, Now.wall, restored));
        SpentProofs ordinary;
        ordinary.restore(Now, Now.wall.ms);
        QVERIFY(!proofIsFresh(Now, Now.wall, ordinary));
    }

    void anAddressIsBannedWithItsNeighbours()
    {
        QCOMPARE(bannedWith(ip("9.9.9.9")).toString(), std::string("9.9.9.9/32"));
        QCOMPARE(bannedWith(ip("::ffff:9.9.9.9")).toString(), std::string("9.9.9.9/32"));
        const IpPrefix banned = bannedWith(ip("2620:fe:0:7::9"));
        QCOMPARE(banned.toString(), std::string("2620:fe:0:7::/64"));
        QVERIFY(banned.contains(ip("2620:fe:0:7:1234::1")));
        QVERIFY(!banned.contains(ip("2620:fe:0:8::9")));
    }

    void bansBySubjectAndTime()
    {
        const auto ban = [](BanRecord::Kind kind, const char *subject,
                            std::optional<WallTime> until = {}) {
            return BanRecord{kind, subject, {}, {}, Now.wall, until};
        };
        using Kind = BanRecord::Kind;
        BanRecord banned = ban(Kind::Node, id<NodeId>(1).text().c_str());
        banned.nodeKey = node(1).publicKey.text();
        BanList bans;
        bans.take(Now, {banned, ban(Kind::Key, "alice"), ban(Kind::Network, "9.9.9.0/24"),
                        ban(Kind::Network, "2600::/32"), ban(Kind::Network, "8.8.8.8/32"),
                        ban(Kind::Network, "7.7.7.7/32", Now.wall + Seconds(60)),
                        ban(Kind::Network, "6.6.6.6/32", Now.wall), ban(Kind::Network, "odd")});
        const auto has = [&bans](const char *from, Milliseconds passed = Milliseconds(0)) {
            return bans.hasAddress(Now.boot + passed, ip(from));
        };
        QVERIFY(has("9.9.9.200") && has("::ffff:9.9.9.1") && has("2600:0:1::1") && has("8.8.8.8"));
        QVERIFY(!has("9.9.8.200") && !has("8.8.8.9") && !has("2601::1") && !has("6.6.6.6"));
        QVERIFY(has("7.7.7.7", Seconds(59)));
        QVERIFY(!has("7.7.7.7", Seconds(60)));
        QVERIFY(bans.hasKey(Now.boot, "alice"));
        QVERIFY(!bans.hasKey(Now.boot, "bob"));
        QVERIFY(bans.findNode(Now.boot, id<NodeId>(1), node(2).publicKey) != nullptr);
        QVERIFY(bans.findNode(Now.boot, id<NodeId>(2), node(1).publicKey) != nullptr);
        QVERIFY(bans.findNode(Now.boot, id<NodeId>(2), node(2).publicKey) == nullptr);
        // Read again after the clock was put forward: what is known keeps its end.
        const BanRecord minute = ban(Kind::Network, "7.7.7.7/32", Now.wall + Seconds(60));
        bans.take(later(Seconds(1), Hour), {minute});
        QVERIFY(has("7.7.7.7", Seconds(59)));
        QVERIFY(!has("9.9.9.200")); // lifted
        bans.take(Now, {});
        QVERIFY(bans.empty() && !has("7.7.7.7"));
    }

    void anOrderGivenAfterTheClockWasPutBackIsTaken()
    {
        NodeRegistry nodes;
        nodes.put(Now.boot, node(1), {});
        NodeOrder order{id<NodeId>(1), NodeOrder::Kind::Restart, false, {}, Now.wall};
        nodes.order(order);
        nodes.order(order);
        QCOMPARE(nodes.takeActions(id<NodeId>(1)).size(), std::size_t(1));
        order.givenAt = Now.wall - Hour;
        nodes.order(order);
        QCOMPARE(nodes.takeActions(id<NodeId>(1)).size(), std::size_t(1));
    }
};

QTEST_APPLESS_MAIN(PlacesTest)
#include "places_test.moc"
