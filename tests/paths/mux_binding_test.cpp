// SPDX-License-Identifier: GPL-3.0-or-later
// Questions to STUN servers from the one socket: answers, silence and no way, at the pace of one
// that has a socket of its own.
#include "shared/crypto/keys.h"
#include "shared/net/stun_responder.h"
#include "shared/paths/mux_binding.h"
#include "tests/support/udp_peer.h"

#include <QSignalSpy>
#include <QTest>

using namespace higgs;
using namespace higgs::test;

class MuxBindingTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<EpollSet> m_epoll;
    std::unique_ptr<UdpMux> m_mux;

    std::optional<StunBindingResult> ask(const Endpoint &server)
    {
        MuxBinding binding(*m_mux, {.server = CheckedEndpoint::namedByPerson(server)});
        std::optional<StunBindingResult> result;
        bool failed = false;
        connect(&binding, &MuxBinding::succeeded, this,
                [&](const StunBindingResult &answer) { result = answer; });
        connect(&binding, &MuxBinding::failed, this, [&] { failed = true; });
        binding.start();
        [&] { QTRY_VERIFY(result || failed); }();
        return result;
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void init()
    {
        m_epoll = std::make_unique<EpollSet>();
        auto mux = UdpMux::open(*m_epoll, {});
        QVERIFY(mux);
        m_mux = std::move(*mux);
    }
    void cleanup()
    {
        m_mux.reset();
        m_epoll.reset();
    }

    void whatIsSeenIsTheSocket_data()
    {
        QTest::addColumn<int>("family");
        QTest::newRow("IPv4") << static_cast<int>(IpAddress::Family::V4);
        QTest::newRow("IPv6") << static_cast<int>(IpAddress::Family::V6);
    }

    void whatIsSeenIsTheSocket()
    {
        QFETCH(const int, family);
        const IpAddress loopback = IpAddress::loopback(static_cast<IpAddress::Family>(family));
        StunResponder first(*m_epoll);
        StunResponder second(*m_epoll);
        if (!first.listen({loopback, 0}) || !second.listen({loopback, 0}))
            QSKIP("no such loopback address here");
        for (const StunResponder *each : {&first, &second}) {
            const auto result = ask(each->localEndpoint());
            QVERIFY(result);
            QVERIFY(result->mapped == (Endpoint{loopback, m_mux->port()}));
            QVERIFY(result->local == result->mapped); // there is no NAT in between
            QVERIFY(result->hopLimit.has_value());
            QVERIFY(result->rttMs >= 0);
        }
    }

    void silenceIsATimeout()
    {
        const UdpPeer silent;
        MuxBindingOptions options{.server = CheckedEndpoint::namedByPerson(silent.endpoint())};
        options.firstWait = Milliseconds(20);
        options.timeout = Milliseconds(200);
        MuxBinding binding(*m_mux, options);
        std::optional<Error> error;
        connect(&binding, &MuxBinding::failed, this, [&](const Error &why) { error = why; });
        binding.start();
        QTRY_VERIFY(error);
        QVERIFY(error->code == ErrorCode::Timeout);
        int requests = 0;
        while (silent.take())
            ++requests;
        QVERIFY(requests >= 1 && requests <= 4); // due at 0, 20, 60 and 140 ms
    }

    void noWayIsToldAtOnce()
    {
        const Endpoint nowhere{IpAddress::v4(0xffffffff), 9}; // no broadcasts, says the kernel
        MuxBindingOptions options{.server = CheckedEndpoint::namedByPerson(nowhere)};
        options.timeout = Milliseconds(3'600'000);
        MuxBinding binding(*m_mux, options);
        std::optional<Error> error;
        connect(&binding, &MuxBinding::failed, this, [&](const Error &why) { error = why; });
        binding.start();
        QVERIFY(!error); // not from inside the call
        QTRY_VERIFY(error);
        QVERIFY(error->code == ErrorCode::Network);
    }

    void aLateResponderIsFound()
    {
        Endpoint later;
        {
            const UdpPeer holder;
            later = holder.endpoint();
        }
        MuxBindingOptions options{.server = CheckedEndpoint::namedByPerson(later)};
        options.firstWait = Milliseconds(50);
        options.timeout = Milliseconds(20'000);
        MuxBinding binding(*m_mux, options); // refused by ICMP at first
        QSignalSpy succeeded(&binding, &MuxBinding::succeeded);
        binding.start();
        StunResponder late(*m_epoll);
        QVERIFY(late.listen(later));
        QTRY_COMPARE(succeeded.count(), 1);
    }

    void itLeavesNothingBehind()
    {
        const UdpPeer silent;
        for (std::size_t i = 0; i < 2 * UdpMux::MaxTransactions; ++i) {
            MuxBinding binding(*m_mux,
                               {.server = CheckedEndpoint::namedByPerson(silent.endpoint())});
            QSignalSpy failed(&binding, &MuxBinding::failed);
            binding.start();
            QVERIFY(failed.isEmpty());
        }
        StunResponder responder(*m_epoll);
        QVERIFY(responder.listen({IpAddress::loopback(IpAddress::Family::V4), 0}));
        QVERIFY(ask(responder.localEndpoint()));
    }

    void allMayEndInTheAnswer()
    {
        StunResponder responder(*m_epoll);
        QVERIFY(responder.listen({IpAddress::loopback(IpAddress::Family::V4), 0}));
        auto binding = std::make_unique<MuxBinding>(
            *m_mux,
            MuxBindingOptions{.server = CheckedEndpoint::namedByPerson(responder.localEndpoint())});
        connect(binding.get(), &MuxBinding::succeeded, this, [&] {
            binding.reset();
            m_mux.reset();
        });
        binding->start();
        QTRY_VERIFY(!m_mux);
    }
};

QTEST_GUILESS_MAIN(MuxBindingTest)
#include "mux_binding_test.moc"
