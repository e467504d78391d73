// SPDX-License-Identifier: GPL-3.0-or-later
// What the node tells as its mapped address is its one socket's, whichever server says it.
#include "app-node/engine/address_inquiry.h"
#include "shared/crypto/keys.h"
#include "shared/net/stun_responder.h"

#include <QSignalSpy>
#include <QTest>
#include <algorithm>

using namespace higgs;
using namespace higgs::node;

namespace {

struct Answer
{
    Endpoint mapped;
    bool primary = false;
};

} // namespace

class AddressInquiryTest : public QObject
{
    Q_OBJECT

private:
    EpollSet m_epoll;

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }

    void everyServerSeesTheSameSocket()
    {
        StunResponder first(m_epoll);
        StunResponder second(m_epoll);
        StunResponder samePlace(m_epoll); // another port: it knows no more
        StunResponder third(m_epoll);
        QVERIFY(first.listen({IpAddress::loopback(IpAddress::Family::V4), 0}));
        QVERIFY(second.listen({*IpAddress::parse("127.0.0.2"), 0}));
        QVERIFY(samePlace.listen({IpAddress::loopback(IpAddress::Family::V4), 0}));
        const bool v6 = third.listen({IpAddress::loopback(IpAddress::Family::V6), 0}).has_value();
        std::vector<CheckedEndpoint> servers;
        for (const StunResponder *each : {&first, &second})
            servers.push_back(CheckedEndpoint::namedByPerson(each->localEndpoint()));
        if (v6)
            servers.push_back(CheckedEndpoint::namedByPerson(third.localEndpoint()));
        const std::size_t asked = servers.size();
        servers.push_back(CheckedEndpoint::namedByPerson(samePlace.localEndpoint()));

        const auto mux = UdpMux::open(m_epoll, {});
        QVERIFY(mux);
        for (int round = 0; round < 2; ++round) { // the next asks from the same
            AddressInquiry inquiry(m_epoll, mux->get(), servers, {});
            std::vector<Answer> answers;
            connect(&inquiry, &AddressInquiry::answered, this,
                    [&](const StunBindingResult &result, bool primary) {
                        answers.push_back({result.mapped, primary});
                    });
            QSignalSpy finished(&inquiry, &AddressInquiry::finished);
            inquiry.start();
            QTRY_COMPARE(finished.count(), 1);
            QCOMPARE(answers.size(), asked);
            for (const Answer &each : answers)
                QCOMPARE(each.mapped.port, (*mux)->port());
            QCOMPARE(std::count_if(answers.begin(), answers.end(),
                                   [](const Answer &each) { return each.primary; }),
                     v6 ? 2 : 1);
        }
    }

    /// Nobody answers then, which must not look as if nobody had been asked.
    void withoutASocketNobodyAnswers()
    {
        const auto server = CheckedEndpoint::namedByPerson(*Endpoint::parse("127.0.0.1:9"));
        AddressInquiry inquiry(m_epoll, nullptr, {server}, {});
        QSignalSpy answered(&inquiry, &AddressInquiry::answered);
        QSignalSpy finished(&inquiry, &AddressInquiry::finished);
        inquiry.start();
        QVERIFY(inquiry.asks(IpAddress::Family::V4));
        QTRY_COMPARE(finished.count(), 1);
        QCOMPARE(answered.count(), 0);
    }
};

QTEST_GUILESS_MAIN(AddressInquiryTest)
#include "address_inquiry_test.moc"
