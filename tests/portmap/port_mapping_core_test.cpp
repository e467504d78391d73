// SPDX-License-Identifier: GPL-3.0-or-later
// What the core asks of a router and believes of it, against routers that are functions.
#include "shared/portmap/port_mapping_core.h"

#include <QTest>
#include <algorithm>
#include <functional>

using namespace higgs;
using namespace higgs::portmap;
using namespace std::chrono_literals;

namespace {

constexpr Monotonic Begin{1h};
const Endpoint Internal{*IpAddress::parse("192.168.21.2"), 51820};
const IpAddress Public = *IpAddress::parse("81.0.113.21");
constexpr PcpNonce Nonce = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2};

/// Answers as a router with both protocols does; a test changes what it wants.
struct Router
{
    bool pcp = true;
    bool natPmp = true;
    IpAddress address = Public;
    std::uint16_t port = 40000;
    std::uint32_t epoch = 100;
    std::uint32_t lifetime = 3600;
    std::uint8_t result = 0;
    unsigned maps = 0;
    unsigned removals = 0;
    std::function<void(Bytes &)> spoil;

    std::optional<Bytes> answer(const Bytes &request)
    {
        Bytes reply;
        ByteWriter out(reply);
        ByteReader in(request);
        const bool isPcp = request[0] == 2;
        if (isPcp && !pcp && !natPmp)
            return std::nullopt;
        if (isPcp && !pcp)
            return Bytes{0, static_cast<std::uint8_t>(request[1] | 0x80), 0, 1, 0, 0, 0, 0};
        if (!isPcp && !natPmp)
            return std::nullopt;
        out.u8(request[0]);
        out.u8(request[1] | 0x80);
        out.u16(result);
        const auto count = [&](ByteSpan lease) {
            const bool removal = std::all_of(lease.begin(), lease.end(),
                                             [](std::uint8_t byte) { return byte == 0; });
            ++(removal ? removals : maps);
            return removal ? 0 : lifetime;
        };
        if (isPcp) {
            out.u32(request[1] == 1 ? count(ByteSpan(request).subspan(4, 4)) : 0);
            out.u32(epoch);
            out.bytes(Bytes(12));
            if (request[1] == 1) {
                out.bytes(ByteSpan(request).subspan(24, 18));
                out.u16(port);
                out.bytes(address.mapped().bytes());
            }
        } else {
            out.u32(epoch);
            if (request[1] == 0) {
                out.bytes(address.bytes());
            } else {
                out.bytes(ByteSpan(request).subspan(4, 2));
                out.u16(port);
                out.u32(count(ByteSpan(request).subspan(8, 4)));
            }
        }
        if (spoil)
            spoil(reply);
        return reply;
    }
};

PortMappingCore makeCore(std::vector<MappingProtocol> protocols = {MappingProtocol::Pcp,
                                                                   MappingProtocol::NatPmp})
{
    return PortMappingCore({Internal, Nonce, std::move(protocols)}, Begin);
}

/// Everything due until then, each at its time.
void run(PortMappingCore &core, Router &router, Monotonic &now, Monotonic until)
{
    while (true) {
        while (const auto task = core.poll(now)) {
            if (task->kind != MappingTask::Kind::Datagram)
                continue;
            if (const auto answer = router.answer(task->datagram))
                core.handle(now, *answer);
        }
        if (core.deadline() > until)
            break;
        now = std::max(now, core.deadline());
    }
    now = until;
}

} // namespace

class PortMappingCoreTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void mapsByEachProtocol()
    {
        for (const bool pcp : {true, false}) {
            Router router;
            router.pcp = pcp;
            PortMappingCore core = makeCore();
            Monotonic now = Begin;
            run(core, router, now, Begin + 1s);
            QVERIFY(core.status().state == MappingState::Unconfirmed);
            core.observed(Public);
            QVERIFY(core.status().state == MappingState::Mapped);
            QVERIFY(core.status().protocol ==
                    (pcp ? MappingProtocol::Pcp : MappingProtocol::NatPmp));
            QCOMPARE(core.status().external.toString(), std::string("81.0.113.21:40000"));
            for (const MappingTask &task : core.release())
                router.answer(task.datagram);
            QCOMPARE(router.removals, 1U);
            QVERIFY(core.release().empty());
        }
    }

    void believesNoAddressThatOthersDoNotSee()
    {
        Router router;
        PortMappingCore core = makeCore();
        Monotonic now = Begin;
        run(core, router, now, Begin + 1s);
        core.observed(*IpAddress::parse("81.0.113.99"));
        QVERIFY(core.status().state == MappingState::Mismatch);
    }

    void leavesNothingOpenBehindAnotherNat()
    {
        for (const char *address : {"10.0.0.7", "100.64.3.4", "127.0.0.1", "192.168.1.1", "0.0.0.0",
                                    "224.0.0.1", "169.254.1.1", "255.255.255.255"}) {
            for (const bool pcp : {true, false}) {
                Router router;
                router.pcp = pcp;
                router.address = *IpAddress::parse(address);
                PortMappingCore core = makeCore();
                Monotonic now = Begin;
                run(core, router, now, Begin + 1s);
                core.observed(router.address);
                QVERIFY(core.status().state == MappingState::BehindAnotherNat);
                QCOMPARE(router.removals, 1U);
                QVERIFY(core.release().empty());
            }
        }
    }

    void asksAnewWhileALongLeaseRuns()
    {
        Router router;
        PortMappingCore core = makeCore();
        Monotonic now = Begin;
        // A router that lost its rules says nothing of it.
        for (const auto &[minutes, maps] :
             {std::pair{4, 1U}, {6, 2U}, {9, 2U}, {12, 3U}, {62, 13U}}) {
            const Monotonic until = Begin + std::chrono::minutes(minutes);
            while (now < until) { // the router's clock goes on with ours
                const Monotonic next = std::min(until, now + 1s);
                router.epoch += static_cast<std::uint32_t>((next - now) / 1s);
                run(core, router, now, next);
            }
            QCOMPARE(router.maps, maps);
        }
    }

    void asksAtOnceAfterARestart()
    {
        for (const bool pcp : {true, false}) {
            Router router;
            router.pcp = pcp;
            PortMappingCore core = makeCore();
            Monotonic now = Begin;
            run(core, router, now, Begin + 10s);
            QCOMPARE(router.maps, 1U);
            router.epoch = 3;
            run(core, router, now, Begin + 90s);
            QCOMPARE(router.maps, 2U);
        }
    }

    void losesWhatIsNotRenewed()
    {
        Router router;
        PortMappingCore core = makeCore();
        Monotonic now = Begin;
        run(core, router, now, Begin + 10s);
        core.observed(Public);
        QVERIFY(core.status().state == MappingState::Mapped);
        router.pcp = router.natPmp = false;
        run(core, router, now, Begin + 30min);
        QVERIFY(core.status().state == MappingState::Mapped);
        run(core, router, now, Begin + 61min);
        QVERIFY(core.status().state == MappingState::Unavailable);
        router.natPmp = true; // and it is back with another protocol
        run(core, router, now, Begin + 75min);
        QVERIFY(core.status().state == MappingState::Mapped);
    }

    void believesNoForgedAnswers()
    {
        const std::vector<std::function<void(Bytes &)>> forgeries = {
            [](Bytes &reply) { reply[24] ^= 1; },   // another nonce
            [](Bytes &reply) { reply[36] = 6; },    // TCP
            [](Bytes &reply) { reply[41] ^= 1; },   // another port of this machine
            [](Bytes &reply) { reply.resize(56); }, // cut off
            [](Bytes &reply) { reply[1] = 1; },     // a request
        };
        for (const auto &forgery : forgeries) {
            Router router;
            router.spoil = forgery;
            PortMappingCore core = makeCore({MappingProtocol::Pcp});
            Monotonic now = Begin;
            run(core, router, now, Begin + 20s);
            QVERIFY(core.status().state == MappingState::Unavailable);
        }
        Router router; // control
        PortMappingCore core = makeCore({MappingProtocol::Pcp});
        Monotonic now = Begin;
        run(core, router, now, Begin + 20s);
        QVERIFY(core.status().state == MappingState::Unconfirmed);
    }

    void hearsNothingThatWasNotAsked()
    {
        Router router;
        PortMappingCore core = makeCore();
        Monotonic now = Begin;
        const auto task = core.poll(now);
        QVERIFY(task);
        const Bytes answer = *router.answer(task->datagram);
        core.handle(now, answer);
        const MappingStatus before = core.status();
        router.port = 1234;
        core.handle(now, *router.answer(task->datagram));
        QVERIFY(core.status() == before);
    }

    void saysThatItWasRefused()
    {
        Router router;
        router.result = 2; // NOT_AUTHORIZED
        PortMappingCore core = makeCore();
        Monotonic now = Begin;
        run(core, router, now, Begin + 30s);
        QVERIFY(core.status().state == MappingState::Refused);
    }

    void keepsALeaseWithinBounds()
    {
        for (const std::uint32_t lifetime : {0U, 1U, 0xffffffffU}) {
            Router router;
            router.lifetime = lifetime;
            PortMappingCore core = makeCore({MappingProtocol::Pcp});
            Monotonic now = Begin;
            run(core, router, now, Begin + 60s);
            QVERIFY(router.maps <= 61);
        }
    }

    void goesOnToUpnp()
    {
        Router router;
        router.pcp = router.natPmp = false;
        PortMappingCore core =
            makeCore({MappingProtocol::Pcp, MappingProtocol::NatPmp, MappingProtocol::Upnp});
        Monotonic now = Begin;
        bool asked = false;
        while (!asked) {
            const auto task = core.poll(now);
            asked = task && task->kind == MappingTask::Kind::UpnpMap;
            if (!task)
                now = core.deadline();
            QVERIFY(now < Begin + 20s);
        }
        core.upnpAnswered(now, UpnpMapping{{Public, 51820}, Seconds(0)});
        core.observed(Public);
        QVERIFY(core.status().state == MappingState::Mapped);
        const auto removals = core.release();
        QVERIFY(std::any_of(removals.begin(), removals.end(), [](const MappingTask &task) {
            return task.kind == MappingTask::Kind::UpnpUnmap;
        }));
    }

    void passesOverClosedPorts()
    {
        PortMappingCore core = makeCore();
        for (int protocol = 0; protocol < 2; ++protocol) {
            QVERIFY(core.poll(Begin));
            core.closed(Begin);
        }
        QVERIFY(!core.poll(Begin));
        QVERIFY(core.status().state == MappingState::Unavailable);
    }
};

QTEST_GUILESS_MAIN(PortMappingCoreTest)
#include "port_mapping_core_test.moc"
