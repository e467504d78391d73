// SPDX-License-Identifier: GPL-3.0-or-later
// The pure parts of shared/tunnel: what the system's programs print, what we write for them, what
// is kept for the way back. Every parser also gets each valid input cut off and bent at every
// place.
#include "shared/tunnel/bridged_device.h"
#include "shared/tunnel/client_policy_rules.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/exit_canary.h"
#include "shared/tunnel/exit_ruleset.h"
#include "shared/tunnel/inside_hosts.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/network_state.h"
#include "shared/tunnel/uapi.h"
#include "shared/tunnel/wg_text.h"

#include <QTest>
#include <algorithm>
#include <cstring>
#include <functional>
#include <sstream>

using namespace higgs;

namespace {

constexpr std::string_view PeerKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

const std::string WgDumpText =
    "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\thSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\t"
    "51820\toff\n"
    "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\t(none)\t127.0.0.1:40000\t10.86.0.2/32\t"
    "1700000000\t123456789012\t42\t25\n"
    "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=\t(none)\t(none)\t(none)\t0\t0\t0\toff\n";

const std::string DefaultRoutes =
    R"([{"dst":"default","gateway":"192.0.2.1","dev":"wlan0","metric":600,"flags":[]},)"
    R"({"type":"unreachable","dst":"default","dev":"lo","metric":1,"flags":[]},)"
    R"({"dst":"default","dev":"higgs0","scope":"link","flags":[]},)"
    R"({"dst":"default","metric":100,"nexthops":[{"gateway":"192.0.2.2","dev":"eth0"}]}])";

ClientState fullClientState()
{
    ClientState state;
    state.interfaceName = "higgs0";
    state.mark = 0xfffffffe;
    state.table = 51820;
    state.allowLan = true;
    state.routed = true;
    state.sysctls = {{"net/ipv4/conf/all/arp_ignore", "0"},
                     {"net/ipv4/conf/eth0.5/rp_filter", "1"}};
    state.dns = DnsMethod::File;
    state.resolvConf = {ResolvConf::Kind::Regular, std::string("nameserver 192.0.2.1\n\0\xff", 23),
                        0644, 0, 7};
    return state;
}

/// `decode` must be total: no crash, no read beyond the end, whatever becomes of a valid input.
void bend(const std::string &valid, const std::function<void(std::string_view)> &decode)
{
    for (std::size_t length = 0; length < valid.size(); ++length) {
        const std::string cut(valid, 0, length); // its own allocation, for the sanitizers
        decode(cut);
    }
    for (std::size_t at = 0; at < valid.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string bent = valid;
            bent[at] = static_cast<char>(static_cast<unsigned char>(bent[at]) ^ (1U << bit));
            decode(bent);
        }
    }
}

bool contains(const std::string &text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// The rules of the chain as it is filled in, each on a line, without its hook.
std::string chainOf(const std::string &text, const std::string &name)
{
    std::istringstream lines(text.substr(text.rfind("    chain " + name + " {\n")));
    std::string rules;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && line != "    }") {
        line.erase(0, line.find_first_not_of(' '));
        if (!line.starts_with("type "))
            rules += line + "\n";
    }
    return rules;
}

} // namespace

class TunnelTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void interfaceNames_data();
    void interfaceNames();
    void interfaceAddresses();
    void wgDump();
    void wgArguments();
    void defaultRoutes();
    void rulesLinksAddresses();
    void clientStateRoundTrip();
    void clientStateRefuses_data();
    void clientStateRefuses();
    void exitStateRoundTrip();
    void resolvConf();
    void resolvConfOwners();
    void sysctlPaths();
    void clientRules();
    void onlyTheInternetGoesInside();
    void hostsInside();
    void clientExclusion();
    void uapiPeers();
    void clientNat();
    void exitRules();
    void homeNetwork();
    void canary();
    void portGuard();
    void parsersAreTotal();
};

void TunnelTextTest::interfaceNames_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("good");
    QTest::newRow("plain") << QByteArray("higgs0") << true;
    QTest::newRow("all kinds") << QByteArray("a.b-c_D9") << true;
    QTest::newRow("longest") << QByteArray(15, 'x') << true;
    QTest::newRow("too long") << QByteArray(16, 'x') << false;
    QTest::newRow("empty") << QByteArray() << false;
    QTest::newRow("option") << QByteArray("-j") << false;
    QTest::newRow("dot") << QByteArray(".") << false;
    QTest::newRow("up") << QByteArray("..") << false;
    QTest::newRow("path") << QByteArray("a/b") << false;
    QTest::newRow("quote") << QByteArray("a\"b") << false;
    QTest::newRow("newline") << QByteArray("a\nb") << false;
    QTest::newRow("zero") << QByteArray("a\0b", 3) << false;
}

void TunnelTextTest::interfaceNames()
{
    QFETCH(const QByteArray, name);
    QFETCH(const bool, good);
    const std::string_view text(name.constData(), static_cast<std::size_t>(name.size()));
    QCOMPARE(checkInterfaceName(text).has_value(), good);
}

void TunnelTextTest::interfaceAddresses()
{
    for (const char *good : {"10.86.0.2/24", "10.86.0.2/32", "0.0.0.0/0", "fd00::1/64"})
        QCOMPARE(InterfaceAddress::parse(good)->toString(), std::string(good));
    QCOMPARE(InterfaceAddress::parse("10.0.0.1")->prefixLength, 32U);
    QCOMPARE(InterfaceAddress::parse("10.0.0.1/8")->hostPrefix().toString(),
             std::string("10.0.0.1/32"));
    for (const char *bad : {"", "/", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/08",
                            "10.0.0.1/+8", "10.0.0.1/8 ", "::1/129", "x/8"})
        QVERIFY2(!InterfaceAddress::parse(bad), bad);
}

void TunnelTextTest::wgDump()
{
    const auto dump = parseWgDump(WgDumpText);
    QVERIFY(dump);
    QCOMPARE(dump->listenPort, std::uint16_t(51820));
    QCOMPARE(dump->peers.size(), std::size_t(2));
    QCOMPARE(dump->peers[0].key.toBase64(), std::string(PeerKey));
    QCOMPARE(dump->peers[0].rxBytes, std::uint64_t(123456789012));
    QCOMPARE(dump->peers[0].txBytes, std::uint64_t(42));
    QCOMPARE(dump->peers[0].lastHandshake->ms, std::int64_t(1700000000000));
    QVERIFY(!dump->peers[1].lastHandshake);
    QVERIFY(!parseWgDump(""));
    QVERIFY(!parseWgDump(WgDumpText + "\n"));
    QVERIFY(!parseWgDump("a\tb\t99999999\toff\n"));
}

void TunnelTextTest::wgArguments()
{
    const PeerConfig peer{*PublicKey::parse(PeerKey),
                          {*IpPrefix::parse("0.0.0.0/0"), *IpPrefix::parse("::/0")},
                          Seconds(25)};
    const std::vector<std::string> expected{"set",
                                            "higgs0",
                                            "peer",
                                            std::string(PeerKey),
                                            "endpoint",
                                            "127.0.0.1:40000",
                                            "persistent-keepalive",
                                            "25",
                                            "allowed-ips",
                                            "0.0.0.0/0,::/0"};
    QVERIFY(wgPeerArguments("higgs0", peer, 40000) == expected);
}

void TunnelTextTest::defaultRoutes()
{
    QCOMPARE(parseDefaultRouteInterface(DefaultRoutes, "higgs0")->value(), std::string("eth0"));
    QVERIFY(!parseDefaultRouteInterface("[]", "")->has_value());
    QVERIFY(!parseDefaultRouteInterface("", "")->has_value());
    QVERIFY(!parseDefaultRouteInterface("{}", ""));
    QVERIFY(!parseDefaultRouteInterface("[1]", ""));
    // A name that could not have come from a kernel of good will.
    QVERIFY(!parseDefaultRouteInterface(R"([{"dst":"default","dev":"a;b"}])", "")->has_value());
}

void TunnelTextTest::rulesLinksAddresses()
{
    const auto rules = parseRules(
        R"([{"priority":0,"src":"all","table":"local"},)"
        R"({"priority":2890,"src":"all","fwmark":"0x5678","table":"main"},)"
        R"({"priority":2890,"src":"all","fwmark":"0x5679","table":"main"},)"
        R"({"priority":2900,"src":"all","dst":"10.86.0.1","ipproto":"udp","dport":53,"table":"77"},)"
        R"({"priority":2910,"src":"all","dst":"10.0.0.0","dstlen":8,"table":"main","suppress_prefixlen":0},)"
        R"({"priority":2910,"src":"all","dst":"10.9.0.0","dstlen":16,"table":"main","suppress_prefixlen":0},)"
        R"({"priority":70,"src":"all","dst":"10.0.0.0","dstlen":8,"table":"main","suppress_prefixlen":0},)"
        R"({"priority":71,"src":"all","dst":"10.0.0.0","dstlen":8,"table":"main","suppress_prefixlen":0,"protocol":"72"},)"
        R"({"priority":1000,"src":"all","l3mdev":null},)"
        R"({"priority":2910,"src":"all","dst":"239.255.255.250","table":"main"},)"
        R"({"priority":2920,"not":null,"src":"all","fwmark":"0x1234","table":"77"},)"
        R"({"priority":2920,"src":"10.1.0.0","srclen":16,"table":"77"},)"
        R"({"priority":2920,"not":null,"src":"all","fwmark":"0x1234","fwmask":"0xff","table":"77"},)"
        R"({"priority":2920,"not":null,"src":"all","fwmark":"0x1234","table":"78"},)"
        R"({"priority":2920,"not":null,"src":"all","fwmark":"0x1234","uid_start":5,"uid_end":5,"table":"77"},)"
        R"({"priority":2921,"src":"all","fwmark":"0x1234","uid_start":1,"uid_end":989,"table":"77"},)"
        R"({"priority":2921,"src":"all","fwmark":"0x1234","table":"77"},)"
        R"({"priority":32766,"src":"all","table":"main"}])");
    QVERIFY(rules);
    QCOMPARE(rules->size(), std::size_t(18));
    // Ours alone, each by all of its parts: another program's at the same priority stays.
    QCOMPARE(ruleRemovalBatch(*rules, {0x5678, 77}),
             std::string("rule delete pref 2890 fwmark 0x00005678 table main\n"
                         "rule delete pref 2900 to 10.86.0.1/32 ipproto 17 dport 53 table 77\n"
                         "rule delete pref 2910 to 10.0.0.0/8 table main suppress_prefixlength 0\n"
                         "rule delete pref 71 to 10.0.0.0/8 table main suppress_prefixlength 0 "
                         "protocol 72\n"
                         "rule delete pref 2910 to 239.255.255.250/32 table main\n"
                         "rule delete pref 2920 not fwmark 0x00001234 table 77\n"
                         "rule delete pref 2921 fwmark 0x00001234 uidrange 1-989 table 77\n"));
    QVERIFY(!parseRules(R"([{"table":"main"}])"));
    // Neither the local table's nor a VRF's rule is in the way of ours.
    QVERIFY(firstOfOthers(*rules, {0x5678, 77}) == 70U);

    QCOMPARE(parseLinkKind(R"([{"ifname":"a","linkinfo":{"info_kind":"tun"}}])").value(),
             std::string("tun"));
    QCOMPARE(parseLinkKind(R"([{"ifname":"eth0"}])").value(), std::string());

    const auto addresses = parseGlobalAddresses(
        R"([{"addr_info":[{"scope":"global","local":"2001:db8::1"},)"
        R"({"scope":"link","local":"fe80::1"},{"scope":"global","local":"nonsense"},7]}])");
    QVERIFY(addresses && addresses->size() == 1);
}

void TunnelTextTest::clientStateRoundTrip()
{
    const ClientState full = fullClientState();
    QVERIFY(decodeClientState(encodeState(full)).value() == full);
    ClientState bare;
    bare.interfaceName = "h";
    QVERIFY(decodeClientState(encodeState(bare)).value() == bare);
}

void TunnelTextTest::clientStateRefuses_data()
{
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::newRow("another version")
        << QByteArray("\"version\": 1") << QByteArray("\"version\": 2");
    QTest::newRow("a node's") << QByteArray("\"client\"") << QByteArray("\"exit\"");
    QTest::newRow("a path outside") << QByteArray("net/ipv4/conf/all") << QByteArray("kernel/x");
    QTest::newRow("a path up") << QByteArray("conf/all") << QByteArray("../../vm");
    QTest::newRow("an option as name") << QByteArray("\"higgs0\"") << QByteArray("\"-higgs0\"");
    QTest::newRow("mark too large") << QByteArray("4294967294") << QByteArray("4294967296");
    QTest::newRow("unknown DNS") << QByteArray("\"file\"") << QByteArray("\"magic\"");
    QTest::newRow("original without need") << QByteArray("\"file\"") << QByteArray("\"none\"");
    QTest::newRow("bad base64") << QByteArray("\"content\": \"") << QByteArray("\"content\": \"=");
}

void TunnelTextTest::clientStateRefuses()
{
    QFETCH(const QByteArray, from);
    QFETCH(const QByteArray, to);
    std::string text = encodeState(fullClientState());
    const auto at = text.find(from.toStdString());
    QVERIFY(at != std::string::npos);
    text.replace(at, static_cast<std::size_t>(from.size()), to.toStdString());
    QVERIFY(!decodeClientState(text));
}

void TunnelTextTest::exitStateRoundTrip()
{
    const ExitState state{"higgs0",
                          true,
                          false,
                          {{"net/ipv4/ip_forward", "0"}},
                          {*IpPrefix::parse("10.66.0.0/16"), *IpPrefix::parse("fd66::/64")}};
    std::string text = encodeState(state);
    QVERIFY(decodeExitState(text).value() == state);
    const auto at = text.find("10.66.0.0/16");
    QVERIFY(at != std::string::npos);
    text.replace(at, 12, "10.66.0.0/99");
    QVERIFY(!decodeExitState(text));
    QVERIFY(!decodeExitState(encodeState(fullClientState())));
}

void TunnelTextTest::resolvConf()
{
    const std::string text = renderResolvConf(
        {*IpAddress::parse("10.86.0.1"), *IpAddress::parse("fd00::1"),
         *IpAddress::parse("10.86.0.2"), *IpAddress::parse("10.86.0.3")},
        "search example.org\nnameserver 192.0.2.1\noptions edns0 timeout:2\n#options x\noptionsx");
    QVERIFY(contains(text, "nameserver 10.86.0.1\nnameserver fd00::1\nnameserver 10.86.0.2\n"));
    QVERIFY(!contains(text, "10.86.0.3"));
    QVERIFY(contains(text, "\noptions edns0 timeout:2\n"));
    QVERIFY(!contains(text, "search") && !contains(text, "192.0.2.1") &&
            !contains(text, "optionsx"));
    for (std::size_t length = 0; length <= text.size(); ++length)
        QVERIFY(isOurResolvConf(std::string_view(text).substr(0, length)));
    QVERIFY(!isOurResolvConf("nameserver 192.0.2.1\n"));
}

void TunnelTextTest::resolvConfOwners()
{
    QVERIFY(isManagedByResolved("# x\nnameserver 127.0.0.53\n", ""));
    QVERIFY(isManagedByResolved("", "../run/systemd/resolve/stub-resolv.conf"));
    QVERIFY(!isManagedByResolved("nameserver 127.0.0.533\nnameserver 192.0.2.1", ""));
    QVERIFY(isManagedByResolvconf("# Generated by resolvconf\nnameserver 192.0.2.1\n", ""));
    QVERIFY(isManagedByResolvconf("", "/run/resolvconf/resolv.conf"));
    QVERIFY(!isManagedByResolvconf("nameserver 192.0.2.1 # resolvconf\n", ""));
}

void TunnelTextTest::sysctlPaths()
{
    QVERIFY(isSysctlPath("net/ipv4/ip_forward"));
    QVERIFY(isSysctlPath("net/ipv6/conf/eth0.7/forwarding"));
    for (const char *bad : {"", "kernel/core_pattern", "net/ipv4/../core/x", "/net/ipv4/x",
                            "net/core/rmem_max", "net/ipv4/.."})
        QVERIFY2(!isSysctlPath(bad), bad);
}

void TunnelTextTest::clientRules()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const std::string shut = clientRuleset(options, {}, {});
    // What stands is exchanged, never deleted: a packet passes while a table is made anew.
    QVERIFY(shut.starts_with("table inet higgs_vpn {\n    chain prerouting {\n"));
    QVERIFY(contains(shut, "\n}\nflush table inet higgs_vpn\ntable inet higgs_vpn {\n"));
    QVERIFY(!contains(shut, "delete"));
    // Without a tunnel nothing comes out of one; and what comes is for us there, and an answer.
    QVERIFY(contains(shut, "iifname \"higgs0\" goto arriving\n"));
    QCOMPARE(chainOf(shut, "arriving"), "meta nfproto ipv4 drop\nmeta nfproto ipv6 drop\n");
    TunnelRoutes up;
    up.addresses = {*InterfaceAddress::parse("10.86.0.2/32")};
    const std::string raised = clientRuleset(options, {}, up);
    QCOMPARE(chainOf(raised, "arriving"),
             "ip daddr != { 10.86.0.2 } drop\nmeta nfproto ipv6 drop\n");
    QVERIFY(contains(raised, "        ip daddr { 10.86.0.2 } iifname != \"lo\" drop\n"));
    ClientSurroundings alike;
    alike.uplinks = {{"eth0", *IpAddress::parse("10.86.0.2")}};
    QVERIFY(!contains(clientRuleset(options, {}, up, alike), "iifname != \"lo\" drop"));
    QVERIFY(contains(raised, "iifname \"higgs0\" goto answered\n"));
    QCOMPARE(chainOf(raised, "answered"),
             "ct direction reply ct state established,related accept\ndrop\n");
    QVERIFY(contains(shut, "ip daddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, "
                           "255.255.255.255 } udp sport 68 udp dport 67 accept"));
    QVERIFY(contains(shut, "hook output priority 300; policy drop;"));
    QVERIFY(contains(shut, "hook forward priority 300; policy drop;"));
    QVERIFY(contains(shut, "meta mark 0x00001234 meta skuid 0 accept"));
    QVERIFY(contains(shut, "oifname \"higgs0\" goto inward\n"));
    QCOMPARE(chainOf(shut, "inward"), "jump foreign\naccept\ndrop\n");
    QVERIFY(!contains(shut, "192.168.0.0/16, 169.254.0.0/16 } accept"));
    QVERIFY(!contains(shut, "flags owner"));
    // Between "lo" and the policy, the output chain must not accept what was established before.
    const auto begin = shut.find("chain output");
    QVERIFY(!contains(shut.substr(begin, shut.find("chain forward") - begin), "ct state"));
    // A redirected question under way may meet rules that know no servers any more.
    QVERIFY(contains(shut, "ct status dnat oifname != { \"lo\", \"higgs0\" } "
                           "meta l4proto { tcp, udp } th dport 53 drop\n"));

    const std::string open = clientRuleset(
        options, {true, {}},
        {{*InterfaceAddress::parse("10.86.0.2/32"), *InterfaceAddress::parse("fd00::2/128")},
         {},
         {}});
    QVERIFY(contains(chainOf(open, "inward"), "ip saddr { 10.86.0.2 } accept"));
    QVERIFY(contains(chainOf(open, "prerouting"), "ip6 daddr { fd00::2 } iifname != \"lo\" drop"));
    const auto port53 = open.find("        meta l4proto { tcp, udp } th dport 53 reject");
    const auto lan = open.find("192.168.0.0/16, 169.254.0.0/16 } accept");
    QVERIFY(port53 != std::string::npos && lan != std::string::npos && port53 < lan);
}

/// Own and forwarded: only the Internet, the exit and its resolver are inside the tunnel.
void TunnelTextTest::onlyTheInternetGoesInside()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const TunnelRoutes routes{{*InterfaceAddress::parse("10.86.0.2/32")},
                              {*IpAddress::parse("10.86.0.53"), *IpAddress::parse("9.9.9.9")},
                              {*IpAddress::parse("10.86.0.1")}};
    const std::string text = clientRuleset(options, {}, routes);
    const std::string output = chainOf(text, "inward");
    const auto place = [&output](const char *rule) { return output.find(rule); };
    const auto inside = place("ip saddr { 10.86.0.2 } "
                              "ip daddr 10.86.0.53 tcp dport 53 accept");
    QVERIFY(contains(output, "ip daddr 10.86.0.1 udp dport 3478 accept"));
    QVERIFY(!contains(output, "10.86.0.53 } accept") && !contains(output, "10.86.0.53 accept"));
    const auto foreign = place("jump foreign");
    const auto rest = place("ip saddr { 10.86.0.2 } accept");
    QVERIFY(inside < foreign && foreign < rest && rest != std::string::npos);
    const std::string guests = chainOf(text, "guests");
    QVERIFY(guests.find("ip daddr 10.86.0.53 udp dport 53 accept") < guests.find("jump foreign"));
    QVERIFY(guests.find("jump foreign") < guests.rfind("\naccept"));
    const std::string chain = chainOf(text, "foreign");
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        for (const std::string_view prefix : nonGlobalPrefixes(family))
            QVERIFY2(contains(chain, prefix), std::string(prefix).c_str());
    }
    for (const char *prefix : {"10.0.0.0/8", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
                               "224.0.0.0/4", "240.0.0.0/4"})
        QVERIFY2(chain.substr(0, chain.find("ip6 daddr")).find(prefix) != std::string::npos,
                 prefix);
}

void TunnelTextTest::hostsInside()
{
    const auto routes = [](const char *address, const char *gateway, const char *server) {
        return TunnelRoutes{{*InterfaceAddress::parse(address)},
                            {*IpAddress::parse(server)},
                            {*IpAddress::parse(gateway)}};
    };
    const std::vector<IpPrefix> own{*IpPrefix::parse("192.168.1.0/24"),
                                    *IpPrefix::parse("10.0.0.0/8"),
                                    *IpPrefix::parse("fd00:1::/64")};
    const char *address = "10.86.0.2/32";
    const char *gateway = "10.86.0.1";
    QVERIFY(checkInsideHosts(routes(address, gateway, gateway), own));
    QVERIFY(checkInsideHosts(routes(address, gateway, "9.9.9.9"), own));
    QVERIFY(checkInsideHosts(routes("fd86::2/128", "fd86::1", "2620:fe::fe"), own));
    // Who lives in a network with the tunnels' own numbers gets out as well.
    const std::vector<IpPrefix> alike{*IpPrefix::parse("10.86.0.0/24"),
                                      *IpPrefix::parse("fd86:4869:6767:73::/64")};
    QVERIFY(checkInsideHosts(routes(address, gateway, gateway), alike));
    QVERIFY(checkInsideHosts(
        routes("fd86:4869:6767:73::2/128", "fd86:4869:6767:73::1", "2620:fe::fe"), alike));
    const std::vector<IpPrefix> rogue{*IpPrefix::parse("9.9.9.0/24")};
    QVERIFY(checkInsideHosts(routes(address, gateway, "9.9.9.9"), rogue));
    for (const char *host :
         {"192.168.1.4", "127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.251", "255.255.255.255",
          "fd00:1::4", "::1", "fe80::1", "ff02::fb", "::ffff:192.168.1.4", "64:ff9b::c0a8:104"}) {
        QVERIFY2(!checkInsideHosts(routes(address, gateway, host), own), host);
        QVERIFY2(!checkInsideHosts(routes(address, host, gateway), own), host);
        const std::string mine = std::string(host) + (std::strchr(host, ':') ? "/128" : "/32");
        QVERIFY2(!checkInsideHosts(routes(mine.c_str(), gateway, gateway), own), host);
    }
}

void TunnelTextTest::uapiPeers()
{
    const std::string hex = toHex(PublicKey::parse(PeerKey)->bytes());
    const std::string text = "private_key=" + std::string(64, 'f') +
                             "\nlisten_port=40000\npublic_key=" + hex +
                             "\nendpoint=127.0.0.1:1\nlast_handshake_time_sec=1700000000\n"
                             "last_handshake_time_nsec=5\ntx_bytes=18446744073709551615\n"
                             "rx_bytes=7\nallowed_ip=0.0.0.0/0\nprotocol_version=1\nerrno=0\n\n";
    const auto peers = parseUapiPeers(text);
    QVERIFY(peers && peers->size() == 1);
    QCOMPARE(peers->front().key.toBase64(), std::string(PeerKey));
    QCOMPARE(peers->front().rxBytes, std::uint64_t(7));
    QCOMPARE(peers->front().txBytes, UINT64_MAX);
    QCOMPARE(peers->front().lastHandshake->ms, std::int64_t(1'700'000'000'000));
    for (std::size_t length = 0; length < text.size(); ++length)
        QVERIFY2(!parseUapiPeers(text.substr(0, length)), std::to_string(length).c_str());
    QVERIFY(parseUapiPeers("errno=0\n\n")->empty());
    QVERIFY(!parseUapiPeers("errno=1\n\n"));
    QVERIFY(!parseUapiPeers("public_key=12\nerrno=0\n\n"));
    QVERIFY(!parseUapiPeers("errno=0\n\nmore"));
}

void TunnelTextTest::clientExclusion()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77, 0x5678};
    const std::string shut = clientRuleset(options, {}, {});
    // Chains are always there, so that rules can be exchanged; they are empty without a group.
    QVERIFY(contains(shut, "type route hook output priority -150; policy accept;\n    }\n"));
    QVERIFY(!contains(shut, "skgid"));
    QVERIFY(contains(shut, "ct mark 0x00005678 meta mark != 0x00005678 drop"));
    QVERIFY(!contains(shut, "meta mark 0x00005678 accept"));
    const std::string open = clientRuleset(options, {false, 977}, {});
    const auto names = open.find("th dport 53 return");
    const auto group = open.find("meta skgid 977 ct mark set 0x00005678");
    QVERIFY(names != std::string::npos && group != std::string::npos && names < group);
    QVERIFY(!contains(open, "meta mark 0x00005678 accept"));
    // A mark opens nothing by itself, whoever's it is.
    QVERIFY(contains(open, "meta mark 0x00005678 meta skgid 977 accept"));
    QVERIFY(contains(open, "meta mark 0x00005678 meta skgid != 977 drop"));
    const auto voided = open.find("meta mark 0x00005678 meta mark set 0");
    const auto others = open.find("meta skgid != 977 return");
    QVERIFY(voided < names && group < others &&
            others < open.find("ct mark 0x00005678 meta mark set 0x00005678"));
    QVERIFY(contains(open, "meta mark 0x00001234 meta skuid 0 ct mark set meta mark"));
    QVERIFY(contains(open, "meta mark 0x00001234 meta skuid 0 accept"));
    const TunnelRoutes routes{{*InterfaceAddress::parse("10.86.0.2/32")}, {}, {}};
    const auto v6 = IpAddress::Family::V6;
    const auto rules = policyRules(options, {false, 977}, routes, v6);
    QVERIFY(contains(clientRouteBatch(options, routes, v6, rules, {}),
                     "rule add pref 2890 fwmark 0x00005678 table main protocol 72\n"));
}

void TunnelTextTest::clientNat()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77, 0x5678};
    TunnelRoutes routes{{*InterfaceAddress::parse("10.86.0.2/32")},
                        {*IpAddress::parse("10.86.0.1"), *IpAddress::parse("9.9.9.9")},
                        {}};
    const std::string text = clientNatRuleset(options, {}, routes);
    QVERIFY(contains(text, "ip daddr != { 10.86.0.1, 9.9.9.9 } dnat ip to 10.86.0.1\n"));
    QVERIFY(!contains(text, "ip6 daddr") && !contains(text, "delete"));
    // Our own sockets ask whom they want.
    QVERIFY(contains(text, "meta mark 0x00001234 meta skuid 0 return"));
    QVERIFY(!contains(text, "meta mark 0x00005678 masquerade"));
    QVERIFY(contains(clientNatRuleset(options, {false, 977}, routes),
                     "oifname != { \"lo\", \"higgs0\" } meta mark 0x00005678 masquerade"));
    routes.addresses.clear(); // no tunnel yet: nothing to redirect into
    QVERIFY(!contains(clientNatRuleset(options, {false, 977}, routes), "dnat ip"));
    QVERIFY(contains(clientRulesetRemoval(), "delete table inet higgs_vpn_nat"));
    QVERIFY(contains(clientRulesetRemoval(), "delete table inet higgs_vpn\n"));
}

void TunnelTextTest::exitRules()
{
    ExitPolicy policy;
    policy.network4 = *IpPrefix::parse("10.86.0.0/16");
    policy.gateways = {*IpAddress::parse("10.86.0.1")};
    policy.exitAllow = {*IpPrefix::parse("198.51.100.0/24")};
    policy.router.addresses = {*IpAddress::parse("203.0.113.7")};
    ExitSurroundings around;
    around.egress = "eth0";
    around.nearby = {*IpPrefix::parse("192.168.7.0/24")};
    const std::string text = exitRuleset({"/x", "higgs0"}, policy, around);
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        for (const std::string_view prefix : nonGlobalPrefixes(family))
            QVERIFY2(contains(text, prefix), std::string(prefix).c_str());
    }
    const auto chain = text.substr(text.find("chain from_guest"));
    const std::array order{
        "oifname \"higgs0\" drop",
        "meta nfproto ipv6 drop",
        "ct state invalid,untracked drop",
        "ct direction original ct state established goto leaving",
        "meta l4proto != { tcp, udp, icmp, icmpv6 } drop",
        "tcp dport { 21, 25, 135-139, 445, 554, 1720, 1723, 5060, 5351, 6566, 6665-6669, 7547 } "
        "goto refuse",
        "udp dport { 67-69, 135-139, 161-162, 445, 546-547, 1719, 1900, 5060, 5350-5351, 10080 } "
        "goto refuse",
        "goto leaving"};
    const std::array last{"oifname != \"eth0\" goto refuse", "ip daddr @router4 goto refuse",
                          "ip daddr @allowed4 accept", "ip daddr @special4 goto refuse"};
    const auto stand = [](const std::string &rules, const auto &lines) {
        std::size_t at = 0;
        for (const char *line : lines) {
            at = rules.find(line, at);
            QVERIFY2(at != std::string::npos, line);
        }
    };
    stand(chain, order);
    stand(text.substr(text.find("chain leaving")), last);
    QVERIFY(contains(text, "elements = { 203.0.113.7/32 }"));
    QVERIFY(contains(text, "oifname \"eth0\" ip saddr 10.86.0.0/16 meta l4proto { tcp, udp } "
                           "masquerade to :61000-65535\n"));
    QVERIFY(contains(text, "oifname \"eth0\" ip saddr 10.86.0.0/16 masquerade\n"));
    QVERIFY(!contains(text, "zone"));
    QVERIFY(
        contains(text, "meta nfproto ipv4 goto others\n        meta nfproto ipv6 goto others\n"));
    // Nobody who is not a guest is forwarded, but containers on their way out.
    const std::string nobody = "ct status dnat accept\n        drop\n    }\n";
    QVERIFY(contains(text, nobody));
    around.interfaces = {"eth0", "wlan0"};
    around.bridges = {"docker0", "virbr0"};
    QVERIFY(contains(exitRuleset({"/x", "higgs0"}, policy, around),
                     "iifname { \"eth0\", \"wlan0\" } drop\n        iifname { \"docker0\", "
                     "\"virbr0\" } oifname \"eth0\" accept\n        drop\n    }\n"));
    around.forwarded4 = true;
    QVERIFY(!contains(exitRuleset({"/x", "higgs0"}, policy, around), "ipv4 goto others"));
    // What came no way is refused where answers from afar are seen to have come one.
    QVERIFY(!contains(text, "ip ttl { 63, 127, 254 }"));
    policy.router.afar4 = true;
    policy.router.networks = {*IpPrefix::parse("2a00:113::/64")};
    const std::string known = exitRuleset({"/x", "higgs0"}, policy, around);
    QVERIFY(
        contains(known, "ip ttl { 63, 127, 254 } meta l4proto { tcp, udp } th sport != 53 drop"));
    QVERIFY(contains(known, "2a00:113::/64"));
    QVERIFY(!contains(text, "2a00:113::/64"));
    const std::string arp = exitArpRuleset({"/x", "higgs0"}, policy);
    QVERIFY(contains(arp, "iifname != \"higgs0\" arp daddr ip 10.86.0.0/16 drop"));
    QVERIFY(exitArpRuleset({"/x", "higgs0"}, {}).empty());
}

void TunnelTextTest::homeNetwork()
{
    QCOMPARE(homeNetworkAround(*IpAddress::parse("2001:db8:1:2345:6::7")).toString(),
             std::string("2001:db8:1::/48"));
    QCOMPARE(homeNetworkAround(*IpAddress::parse("192.0.2.1")).toString(),
             std::string("192.0.2.1/32"));
}

void TunnelTextTest::canary()
{
    QCOMPARE(canaryInterface("higgs0"), std::string("higgs0c"));
    QCOMPARE(canaryInterface("higgs-exit-home"), std::string("higgs-exit-homc"));
    // Never the tunnel's own, of the longest name either.
    QCOMPARE(canaryInterface("higgs-exit-homc"), std::string("higgs-exit-homk"));
}

void TunnelTextTest::portGuard()
{
    // Two names must never share a table.
    QVERIFY(portGuardTable("a.b") != portGuardTable("a-b"));
    for (const std::string name : {"hgvpn0", "a.b", "a-b", "a_b", "_", "a__d.-m"})
        QCOMPARE(guardedInterface(portGuardTable(name)), name);
    for (const char *other :
         {"higgs_vpn", "higgs_port", "higgs_port_", "higgs_port_a_", "higgs_port_a_x", ""})
        QCOMPARE(guardedInterface(other), std::string());
    QVERIFY(portGuardTable("a_db") != portGuardTable("a.b"));
    QVERIFY(contains(portGuardRuleset("h0", 4242), "udp dport 4242 iifname != \"lo\""));
}

void TunnelTextTest::parsersAreTotal()
{
    bend(WgDumpText, [](std::string_view text) { static_cast<void>(parseWgDump(text)); });
    bend(DefaultRoutes, [](std::string_view text) {
        static_cast<void>(parseDefaultRouteInterface(text, "x"));
        static_cast<void>(parseRules(text));
        static_cast<void>(parseLinkKind(text));
        static_cast<void>(parseGlobalAddresses(text));
        static_cast<void>(parseDefaultGateways(text));
    });
    bend(encodeState(fullClientState()), [](std::string_view text) {
        // What decodes at all must be fit to be written again.
        if (const auto state = decodeClientState(text))
            QVERIFY(decodeClientState(encodeState(*state)).value() == *state);
        static_cast<void>(decodeExitState(text));
    });
    bend("10.86.0.2/24",
         [](std::string_view text) { static_cast<void>(InterfaceAddress::parse(text)); });
}

QTEST_GUILESS_MAIN(TunnelTextTest)

#include "tst_tunnel_text.moc"
