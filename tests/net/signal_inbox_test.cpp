// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/signal_inbox.h"

#include <QTest>

using namespace higgs;
using namespace higgs::protocol;

namespace {

SignalMessage about(const char *session,
                    std::variant<SessionConnect, SessionDisconnect, SessionCandidates> payload)
{
    SignalMessage message;
    message.sessionId = *SessionId::parse(session);
    message.payload = std::move(payload);
    return message;
}

constexpr const char *One = "4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cad";
constexpr const char *Two = "4b3e5c3d-e6ee-401a-a2d8-bc3e732c9cae";

} // namespace

class SignalInboxTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsTakenBackNeverWas();
    void theOrderStays();
};

void SignalInboxTest::whatIsTakenBackNeverWas()
{
    SignalInbox inbox;
    inbox.add(about(One, SessionConnect()));
    inbox.add(about(Two, SessionConnect()));
    inbox.add(about(One, SessionCandidates()));
    inbox.add(about(One, SessionDisconnect()));
    const auto left = inbox.take();
    QCOMPARE(left.size(), std::size_t(2));
    QVERIFY(left[0] == about(Two, SessionConnect()));
    QVERIFY(left[1] == about(One, SessionDisconnect())); // of an offer that was taken before
    QVERIFY(inbox.take().empty());
}

void SignalInboxTest::theOrderStays()
{
    SignalInbox inbox;
    inbox.add(about(One, SessionDisconnect()));
    inbox.add(about(One, SessionConnect())); // offered anew
    inbox.add(about(One, SessionCandidates()));
    const auto left = inbox.take();
    QCOMPARE(left.size(), std::size_t(3));
    QVERIFY(left[0] == about(One, SessionDisconnect()));
    QVERIFY(left[1] == about(One, SessionConnect()));
    QVERIFY(left[2] == about(One, SessionCandidates()));
    for (std::size_t i = 0; i < SignalInbox::Most; ++i)
        inbox.add(about(Two, SessionCandidates()));
    QVERIFY(inbox.isFull());
}

QTEST_GUILESS_MAIN(SignalInboxTest)
#include "signal_inbox_test.moc"
