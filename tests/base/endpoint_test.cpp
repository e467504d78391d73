// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses, endpoints and prefixes: total, canonical parsing; and what counts as global.
#include "shared/base/endpoint.h"

#include <QTest>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unordered_set>

using namespace higgs;

namespace {

IpAddress ip(std::string_view text)
{
    return IpAddress::parse(text).value_or(IpAddress());
}

} // namespace

class TestEndpoint : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void addresses();
    void badAddresses();
    void properties();
    void endpoints();
    void badEndpoints();
    void sockaddrs();
    void prefixes();
    void badPrefixes();
    void globalUnicast_data();
    void globalUnicast();
    void prefixListAgrees();
};

void TestEndpoint::addresses()
{
    const std::vector<std::pair<const char *, const char *>> texts = {
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    };
    for (const auto &[text, canonical] : texts) {
        const auto address = IpAddress::parse(text);
        QVERIFY2(address, text);
        QCOMPARE(address->toString(), std::string(canonical));
        QVERIFY(ip(address->toString()) == *address);
    }
}

void TestEndpoint::badAddresses()
{
    for (const char *text : {"",
                             " ",
                             "1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "1.2.3.256",
                             "01.2.3.4",
                             "1.2.3.04",
                             "0x1.2.3.4",
                             "1.2.3.4 ",
                             " 1.2.3.4",
                             "1.2.3.-4",
                             "1..2.3",
                             ":",
                             ":::",
                             "1::2::3",
                             "12345::",
                             "::g",
                             "[::1]",
                             "fe80::1%eth0",
                             "fe80::1%1",
                             "1.2.3.4/8",
                             "::1/128",
                             "localhost",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "::1.2.3",
                             "\xd9\xa1.2.3.4",
                             "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222"})
        QVERIFY2(!IpAddress::parse(text), text);
    QVERIFY(!IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
    QVERIFY(!IpAddress::parse(std::string(100000, '1')));
}

void TestEndpoint::properties()
{
    QVERIFY(IpAddress().isNull() && IpAddress().bytes().empty() && IpAddress().toString().empty());
    QVERIFY(ip("127.3.2.1").isLoopback() && ip("::1").isLoopback() && !ip("::2").isLoopback());
    QVERIFY(ip("0.0.0.0").isUnspecified() && ip("::").isUnspecified());
    QVERIFY(ip("::ffff:10.0.0.1").isV4Mapped() && !ip("::10.0.0.1").isV4Mapped());
    QVERIFY(ip("::ffff:10.0.0.1").unmapped() == ip("10.0.0.1"));
    QVERIFY(ip("::1").unmapped() == ip("::1"));
    QVERIFY(ip("::ffff:10.0.0.1") != ip("10.0.0.1"));
    QCOMPARE(ip("1.2.3.4").toV4(), 0x01020304U);
    QVERIFY(IpAddress::v4(0x01020304) == ip("1.2.3.4"));
    QVERIFY(IpAddress::loopback(IpAddress::Family::V6) == ip("::1"));
    const std::unordered_set<IpAddress> set = {ip("1.2.3.4"), ip("::1"), ip("1.2.3.4")};
    QCOMPARE(set.size(), std::size_t{2});
}

void TestEndpoint::endpoints()
{
    for (const char *text : {"203.0.113.1:51820", "[2001:db8::1]:1", "0.0.0.0:0", "[::]:65535"}) {
        const auto endpoint = Endpoint::parse(text);
        QVERIFY2(endpoint, text);
        QCOMPARE(endpoint->toString(), std::string(text));
    }
}

void TestEndpoint::badEndpoints()
{
    for (const char *text : {"",
                             ":",
                             ":80",
                             "1.2.3.4",
                             "1.2.3.4:",
                             "1.2.3.4:65536",
                             "1.2.3.4:-1",
                             "1.2.3.4:+1",
                             "1.2.3.4:080",
                             "1.2.3.4:80 ",
                             "1.2.3.4: 80",
                             "[1.2.3.4]:80",
                             "::1:80",
                             "[::1]",
                             "[::1]80",
                             "[::1]:",
                             "[::1:80",
                             "::1]:80",
                             "[[::1]]:80",
                             "example.com:80",
                             "1.2.3.4:8e1",
                             "1.2.3.4:99999999999999999999"})
        QVERIFY2(!Endpoint::parse(text), text);
}

void TestEndpoint::sockaddrs()
{
    for (const char *text : {"203.0.113.1:51820", "[2001:db8::1]:1"}) {
        const auto endpoint = Endpoint::parse(text);
        sockaddr_storage storage{};
        const unsigned length = endpoint->toSockaddr(storage);
        QCOMPARE(length, static_cast<unsigned>(endpoint->address.isV4() ? sizeof(sockaddr_in)
                                                                        : sizeof(sockaddr_in6)));
        QVERIFY(Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&storage)) == *endpoint);
    }
    sockaddr_storage other{};
    other.ss_family = AF_UNIX;
    QVERIFY(Endpoint::fromSockaddr(reinterpret_cast<const sockaddr *>(&other)).isNull());
}

void TestEndpoint::prefixes()
{
    const auto private8 = IpPrefix::parse("10.0.0.0/8");
    QVERIFY(private8 && private8->contains(ip("10.255.0.1")) &&
            !private8->contains(ip("11.0.0.0")));
    QVERIFY(!private8->contains(ip("::ffff:10.0.0.1")) && !private8->contains(IpAddress()));
    const auto all = IpPrefix::parse("0.0.0.0/0");
    QVERIFY(all && all->contains(ip("255.255.255.255")) && !all->contains(ip("::")));
    const auto odd = IpPrefix::parse("172.16.0.0/12");
    QVERIFY(odd && odd->contains(ip("172.31.255.255")) && !odd->contains(ip("172.32.0.0")));
    const auto host = IpPrefix::parse("2001:db8::1");
    QVERIFY(host && host->length == 128 && host->contains(ip("2001:db8::1")));
    QVERIFY(!host->contains(ip("2001:db8::2")));
    QCOMPARE(IpPrefix::parse("2001:DB8::/32")->toString(), std::string("2001:db8::/32"));
}

void TestEndpoint::badPrefixes()
{
    for (const char *text :
         {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8",
          "10.0.0.1/8", "::/129", "::1/64", "10.0.0.0/255.0.0.0", "10.0.0.0 /8", "10/8", "::/ 0"})
        QVERIFY2(!IpPrefix::parse(text), text);
}

void TestEndpoint::globalUnicast_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<bool>("global");
    for (const char *text : {"1.1.1.1",          "8.8.8.8",
                             "9.255.255.255",    "11.0.0.0",
                             "100.63.255.255",   "100.128.0.0",
                             "126.255.255.255",  "128.0.0.0",
                             "169.253.255.255",  "169.255.0.0",
                             "172.15.255.255",   "172.32.0.0",
                             "192.0.1.0",        "192.0.3.0",
                             "192.88.98.255",    "192.167.255.255",
                             "192.169.0.0",      "198.17.255.255",
                             "198.20.0.0",       "198.51.99.255",
                             "198.51.101.0",     "203.0.112.255",
                             "203.0.114.0",      "223.255.255.255",
                             "2001:200::1",      "2606:4700:4700::1111",
                             "2a00:1450::1",     "2003::1",
                             "2001:db7:ffff::1", "2001:db9::1",
                             "3ffe::1"})
        QTest::newRow(text) << std::string(text) << true;
    for (const char *text : {"0.0.0.0",
                             "0.255.255.255",
                             "10.0.0.0",
                             "10.255.255.255",
                             "100.64.0.0",
                             "100.127.255.255",
                             "127.0.0.1",
                             "127.255.255.255",
                             "169.254.169.254",
                             "172.16.0.0",
                             "172.31.255.255",
                             "192.0.0.1",
                             "192.0.2.1",
                             "192.88.99.1",
                             "192.168.0.0",
                             "192.168.255.255",
                             "198.18.0.0",
                             "198.19.255.255",
                             "198.51.100.1",
                             "203.0.113.1",
                             "224.0.0.1",
                             "239.255.255.255",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::ffff:8.8.8.8",
                             "::8.8.8.8",
                             "64:ff9b::808:808",
                             "64:ff9b:1::1",
                             "100::1",
                             "2001::1",
                             "2001:2::1",
                             "2001:10::1",
                             "2001:1ff:ffff::1",
                             "2001:db8::1",
                             "2002:808:808::1",
                             "3fff::1",
                             "3fff:fff::1",
                             "4000::1",
                             "5f00::1",
                             "7fff::1",
                             "8000::1",
                             "bfff::1",
                             "c000::1",
                             "e000::1",
                             "f000::1",
                             "fc00::1",
                             "fd00::1",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "ff02::1",
                             "ffff::1"})
        QTest::newRow(text) << std::string(text) << false;
}

void TestEndpoint::globalUnicast()
{
    QFETCH(std::string, text);
    QFETCH(bool, global);
    const auto address = IpAddress::parse(text);
    QVERIFY(address);
    QCOMPARE(isGlobalUnicast(*address), global);
}

void TestEndpoint::prefixListAgrees()
{
    QVERIFY(!isGlobalUnicast(IpAddress()));
    for (const auto family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        for (const std::string_view text : nonGlobalPrefixes(family)) {
            const auto prefix = IpPrefix::parse(text);
            QVERIFY2(prefix, std::string(text).c_str());
            QVERIFY(prefix->address.family() == family);
            QVERIFY(!isGlobalUnicast(prefix->address));
        }
    }
}

QTEST_GUILESS_MAIN(TestEndpoint)
#include "endpoint_test.moc"
