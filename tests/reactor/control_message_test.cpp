// SPDX-License-Identifier: GPL-3.0-or-later
// Ancillary data as the kernel hands it out, and as it may be cut.
#include "shared/reactor/control_message.h"

#include <QTest>
#include <netinet/in.h>

using namespace higgs;

class ControlMessageTest : public QObject
{
    Q_OBJECT

private:
    struct Two
    {
        alignas(cmsghdr) char bytes[2 * CMSG_SPACE(sizeof(int))]{};
    };

    static void put(cmsghdr *part, int type, int value, std::size_t size = sizeof(int))
    {
        part->cmsg_level = SOL_IP;
        part->cmsg_type = type;
        part->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(part), &value, sizeof(value));
    }

private Q_SLOTS:
    void findsItsOwn()
    {
        Two room;
        msghdr message{};
        message.msg_control = room.bytes;
        message.msg_controllen = sizeof(room.bytes);
        cmsghdr *first = CMSG_FIRSTHDR(&message);
        put(first, IP_TOS, 7);
        put(CMSG_NXTHDR(&message, first), IP_TTL, 63);
        QCOMPARE(controlValue<int>(message, SOL_IP, IP_TTL), std::optional(63));
        QCOMPARE(controlValue<int>(message, SOL_IP, IP_TOS), std::optional(7));
        QVERIFY(!controlValue<int>(message, SOL_IPV6, IP_TTL));
        QVERIFY(!controlValue<int>(message, SOL_IP, IP_PKTINFO));
    }

    void nothingAndTooLittle()
    {
        msghdr message{};
        QVERIFY(!controlValue<int>(message, SOL_IP, IP_TTL));
        ControlBuffer<int> room;
        room.lendTo(message);
        put(CMSG_FIRSTHDR(&message), IP_TTL, 63);
        QVERIFY(controlValue<int>(message, SOL_IP, IP_TTL)); // or nothing would be shown
        put(CMSG_FIRSTHDR(&message), IP_TTL, 63, 2);
        QVERIFY(!controlValue<int>(message, SOL_IP, IP_TTL));
        message.msg_controllen = 3; // not even a header
        QVERIFY(!controlValue<int>(message, SOL_IP, IP_TTL));
    }
};

QTEST_GUILESS_MAIN(ControlMessageTest)
#include "control_message_test.moc"
