// SPDX-License-Identifier: GPL-3.0-or-later
// Invitation links, pins and text from outside: what is taken, and what a hostile one may not do.
#include "shared/control/invitation.h"
#include "shared/control/plain_text.h"

#include <QTest>

using namespace higgs;
using namespace higgs::control;

class InvitationTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takes_data();
    void takes();
    void refuses_data();
    void refuses();
    void truncated();
    void wholeInvitation();
    void checkWordsOfPins();
    void pins();
    void plainText();
};

namespace {

const std::string Pin = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const std::string Whole = "higgs://join?server=boson.example.com:3000&pin=" + Pin;

} // namespace

void InvitationTest::takes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<bool>("pinned");
    const QString pin = QString::fromStdString(Pin);
    const QString parted = QString::fromStdString(pinText(Pin));
    const auto row = [](const char *name, const QString &text, const char *host, int port,
                        bool pinned) {
        QTest::newRow(name) << text << QString::fromLatin1(host) << port << pinned;
    };
    row("whole", QString::fromStdString(Whole), "boson.example.com", 3000, true);
    row("no pin", QStringLiteral("higgs://join?server=boson.example.com"), "boson.example.com",
        3000, false);
    row("with a slash and big letters",
        QStringLiteral("HIGGS://Join/?pin=") + parted + QStringLiteral("&server=192.0.2.1:443"),
        "192.0.2.1", 443, true);
    row("encoded",
        QStringLiteral("higgs://join?server=https%3A%2F%2Fboson.example.com%3a8443&pin=") +
            QString(parted).replace(QLatin1Char(':'), QStringLiteral("%3A")),
        "boson.example.com", 8443, true);
    row("IPv6", QStringLiteral("higgs://join?server=%5B2001:db8::1%5D:3000&pin=") + pin,
        "2001:db8::1", 3000, true);
}

void InvitationTest::takes()
{
    QFETCH(QString, text);
    QFETCH(QString, host);
    QFETCH(int, port);
    QFETCH(bool, pinned);
    const Result<Invitation> invitation = parseInvitation(text.toStdString());
    QVERIFY2(invitation, invitation ? "" : invitation.error().detail.c_str());
    QCOMPARE(invitation->server.host, host.toStdString());
    QCOMPARE(int(invitation->server.port), port);
    QCOMPARE(invitation->pin, pinned ? Pin : std::string());
    const Result<Invitation> again = parseInvitation(invitationText(*invitation));
    QVERIFY(again && *again == *invitation);
}

void InvitationTest::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray pin = QByteArray::fromStdString(Pin);
    const QByteArray good = QByteArrayLiteral("higgs://join?server=a.example");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("another scheme") << QByteArrayLiteral("https://join?server=a.example");
    QTest::newRow("another verb") << QByteArrayLiteral("higgs://leave?server=a.example");
    QTest::newRow("no server") << QByteArrayLiteral("higgs://join?pin=") + pin;
    QTest::newRow("nothing") << QByteArrayLiteral("higgs://join");
    QTest::newRow("empty server") << QByteArrayLiteral("higgs://join?server=&pin=") + pin;
    QTest::newRow("empty pin") << good + "&pin=";
    QTest::newRow("twice") << good + "&server=b.example";
    QTest::newRow("two pins") << good + "&pin=" + pin + "&pin=" + pin;
    QTest::newRow("unknown") << good + "&exec=x";
    QTest::newRow("a key") << good + "&accessKey=x";
    QTest::newRow("empty key") << good + "&key=";
    QTest::newRow("two keys") << good + "&key=a&key=b";
    QTest::newRow("a key that ends a header") << good + "&key=a%0D%0AX-Y:1";
    QTest::newRow("a key with a space") << good + "&key=a%20b";
    QTest::newRow("a long key") << good + "&key=" + QByteArray(257, 'a');
    QTest::newRow("for something else") << good + "&for=all";
    QTest::newRow("from a terminal's title") << good + "&from=%1B]0;x";
    QTest::newRow("from right to left") << good + "&from=%E2%80%AEgnp.exe";
    QTest::newRow("from no text") << good + "&from=%C3";
    QTest::newRow("from a long name") << good + "&from=" + QByteArray(65, 'a');
    QTest::newRow("short pin") << good + "&pin=" + pin.chopped(2);
    QTest::newRow("http") << QByteArrayLiteral("higgs://join?server=http://a.example");
    QTest::newRow("with a path") << good + "/x";
    QTest::newRow("with a user") << QByteArrayLiteral("higgs://join?server=u@a.example");
    QTest::newRow("command") << good + ";touch%20/tmp/x";
    QTest::newRow("encoded newline") << good + "%0A";
    QTest::newRow("encoded NUL") << good + "%00";
    QTest::newRow("newline") << good + "\n";
    QTest::newRow("NUL") << good + QByteArray(1, '\0');
    QTest::newRow("not ASCII") << QByteArrayLiteral("higgs://join?server=\xd0\xb0.example");
    QTest::newRow("broken escape") << good + "%4";
    QTest::newRow("broken escape 2") << good + "%zz";
    QTest::newRow("port 0") << good + ":0";
    QTest::newRow("fragment") << good + "#x";
    QTest::newRow("too long") << good + QByteArray(4096, 'a');
}

void InvitationTest::refuses()
{
    QFETCH(QByteArray, text);
    const Result<Invitation> invitation = parseInvitation(text.toStdString());
    QVERIFY(!invitation);
    QCOMPARE(invitation.error().code, ErrorCode::InvalidArgument);
}

void InvitationTest::truncated()
{
    // A link that is cut on its way must not lose its pin unnoticed.
    const std::string whole = invitationText({{"boson.example.com", 3000}, Pin});
    QVERIFY(parseInvitation(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const Result<Invitation> cut = parseInvitation(whole.substr(0, length));
        QVERIFY2(!cut || cut->pin == Pin, whole.substr(0, length).c_str());
    }
}

void InvitationTest::wholeInvitation()
{
    Invitation invitation{{"boson.example.com", 3000}, Pin};
    invitation.key = SecretText("hk_a-b_c&=%");
    invitation.from = "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0 & co.";
    invitation.toShare = true;
    const std::string text = invitationText(invitation);
    QVERIFY2(text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "-._~:/?=&%") == std::string::npos,
             text.c_str());
    const Result<Invitation> read = parseInvitation(text);
    QVERIFY2(read, read ? "" : read.error().detail.c_str());
    QVERIFY(*read == invitation);
    QVERIFY(invitation.copy() == invitation);
    // One that is cut leads nowhere, or to the same certificate.
    for (std::size_t length = 0; length < text.size(); ++length) {
        const Result<Invitation> cut = parseInvitation(std::string_view(text).substr(0, length));
        QVERIFY(!cut || cut->pin == Pin);
    }
}

void InvitationTest::checkWordsOfPins()
{
    // 127.0.0.1, 63.84.220.193 and 63.118.7.35 of the proposal's own examples.
    QCOMPARE(checkWords("7f0000013f54dcc13f760723" + std::string(40, '0')),
             std::string("lusab babad gutih tugad gutuk bisog"));
    QCOMPARE(checkWords(Pin).size(), std::size_t{6 * 5 + 5});
    QCOMPARE(checkWords(""), std::string());
    QCOMPARE(checkWords("no pin"), std::string());
}

void InvitationTest::pins()
{
    const Result<std::string> parted = parsePin(pinText(Pin));
    QVERIFY(parted);
    QCOMPARE(*parted, Pin);
    const std::string big = pinText(Pin);
    for (const std::string &pasted :
         {" " + Pin + "\n", "sha256:" + Pin, "SHA-256: " + big, "SHA256 Fingerprint=" + big,
          "sha256 Fingerprint=" + big, Pin.substr(0, 32) + " " + Pin.substr(32)}) {
        const Result<std::string> pin = parsePin(pasted);
        QVERIFY2(pin, pasted.c_str());
        QCOMPARE(*pin, Pin);
    }
    QVERIFY(!parsePin("sha1:" + Pin));
    QVERIFY(!parsePin("sha256//" + Pin));
    QVERIFY(!parsePin(Pin + " " + Pin));
    for (const char *wrong : {"", "00", "0x00", "zz", ":::"})
        QVERIFY(!parsePin(wrong));
    QVERIFY(!parsePin(Pin + "0"));
    QVERIFY(!parsePin(Pin.substr(1) + ":"));
}

void InvitationTest::plainText()
{
    for (const char *plain : {"", "DE-BE", "\xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0",
                              "a b", "\xc2\xa0", "\xe2\x80\x93", "\xe2"})
        QVERIFY2(isPlainText(plain), plain);
    for (const char *wrong : {"\n", "a\x1b[2J", "\x7f", "\xc2\x9b", "x\xe2\x80\xae", "\xe2\x81\xa6",
                              "\t", "\xe2\x80\xa8", "a\xe2\x80\xa9", "\xd8\x9c",
                              "\xef\xbb\xbf"
                              "a"})
        QVERIFY(!isPlainText(wrong));
    QVERIFY(!isPlainText(std::string_view("\0", 1)));
    QVERIFY(isCredentialText("a-Key_1!~"));
    for (const char *wrong : {"a b", "a\r\nHost: b", "\xd0\xb0", "\x7f"})
        QVERIFY(!isCredentialText(wrong));
}

QTEST_APPLESS_MAIN(InvitationTest)
#include "invitation_test.moc"
