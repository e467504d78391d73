// SPDX-License-Identifier: GPL-3.0-or-later
// PROXY headers of both versions: vectors, every cut, every flipped bit, and what is no header.
#include "shared/protocol/proxy_header.h"

#include <QTest>

using namespace higgs;
using namespace higgs::protocol;

namespace {

const QByteArray Signature("\r\n\r\n\0\r\nQUIT\n", 12);

QByteArray binary(const char *head, const QByteArray &block)
{
    return Signature + QByteArray(head, 2) + static_cast<char>(block.size() >> 8) +
           static_cast<char>(block.size()) + block;
}

const QByteArray Block4("\xC6\x33\x64\x07\x0A\x00\x00\x01\xC3\x50\x0B\xB8", 12);

Result<std::optional<ProxyHeader>> decode(const QByteArray &bytes)
{
    return decodeProxyHeader(asBytes({bytes.constData(), static_cast<std::size_t>(bytes.size())}));
}

} // namespace

class ProxyHeaderTest : public QObject
{
    Q_OBJECT

    static void addGood()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("source");
        const auto row = [](const char *name, const QByteArray &bytes, const char *source) {
            QTest::newRow(name) << bytes << QString::fromLatin1(source);
        };
        row("v1", "PROXY TCP4 198.51.100.7 10.0.0.1 50000 3000\r\n", "198.51.100.7:50000");
        row("v1 six", "PROXY TCP6 2001:db8::7 2001:db8::1 50000 3000\r\n", "[2001:db8::7]:50000");
        row("v1 longest", "PROXY UNKNOWN " + QByteArray(91, 'x') + "\r\n", "");
        row("v1 unknown", "PROXY UNKNOWN\r\n", "");
        row("v2", binary("\x21\x11", Block4), "198.51.100.7:50000");
        row("v2 with a TLV", binary("\x21\x11", Block4 + QByteArray("\x04\x00\x01x", 4)),
            "198.51.100.7:50000");
        row("v2 six",
            binary("\x21\x21", QByteArray::fromHex("20010db8000000000000000000000007"
                                                   "20010db8000000000000000000000001c3500bb8")),
            "[2001:db8::7]:50000");
        row("v2 mapped",
            binary("\x21\x21", QByteArray::fromHex("00000000000000000000ffffc6336407"
                                                   "20010db8000000000000000000000001c3500bb8")),
            "198.51.100.7:50000");
        row("v2 local", binary("\x20\x00", {}), "");
        row("v2 socket of a file", binary("\x21\x31", QByteArray(216, 'x')), "");
    }

private Q_SLOTS:
    void good_data() { addGood(); }
    void good()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, source);
        const auto header = decode(bytes + "\x16\x03\x01 what follows");
        QVERIFY(header && *header);
        QCOMPARE((*header)->size, static_cast<std::size_t>(bytes.size()));
        QCOMPARE((*header)->source ? QString::fromStdString((*header)->source->toString())
                                   : QString(),
                 source);
    }

    void everyCutWaits_data() { addGood(); }
    void everyCutWaits()
    {
        QFETCH(QByteArray, bytes);
        for (qsizetype size = 0; size < bytes.size(); ++size) {
            const auto header = decode(bytes.left(size));
            QVERIFY2(header && !*header, QByteArray::number(size));
        }
    }

    void everyBitFlippedIsTotal_data() { addGood(); }
    void everyBitFlippedIsTotal()
    {
        QFETCH(QByteArray, bytes);
        for (qsizetype bit = 0; bit < 8 * bytes.size(); ++bit) {
            QByteArray flipped = bytes;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
            const auto header = decode(flipped);
            if (header && *header)
                QVERIFY((*header)->size <= static_cast<std::size_t>(flipped.size()));
        }
    }

    void bad_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char *name, const QByteArray &bytes) {
            QTest::newRow(name) << bytes;
        };
        row("TLS", "\x16\x03\x01");
        row("HTTP", "GET / HTTP/1.1\r\n");
        row("lower case", "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n");
        row("family", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n");
        row("wrong family", "PROXY TCP4 ::1 ::1 1 2\r\n");
        row("mixed", "PROXY TCP6 ::1 1.2.3.4 1 2\r\n");
        row("name", "PROXY TCP4 localhost 1.2.3.4 1 2\r\n");
        row("port", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n");
        row("sign", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n");
        row("leading zero", "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n");
        row("two spaces", "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n");
        row("more", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n");
        row("less", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n");
        row("endless", "PROXY UNKNOWN " + QByteArray(200, 'x'));
        row("version", binary("\x31\x11", Block4));
        row("command", binary("\x22\x11", Block4));
        row("v2 family", binary("\x21\x41", Block4));
        row("transport", binary("\x21\x13", Block4));
        row("no room", binary("\x21\x11", Block4.left(11)));
        row("too long", binary("\x21\x11", QByteArray(3000, 'x')));
    }
    void bad()
    {
        QFETCH(QByteArray, bytes);
        QVERIFY(!decode(bytes));
    }
};

QTEST_APPLESS_MAIN(ProxyHeaderTest)
#include "proxy_header_test.moc"
