// SPDX-License-Identifier: GPL-3.0-or-later
// Which bridges are this machine's own for its guests, and what the client's rules let pass there.
#include "shared/tunnel/client_forwarding.h"
#include "shared/tunnel/client_ruleset.h"
#include "shared/tunnel/local_networks.h"

#include <QTest>

using namespace higgs;

namespace {

constexpr std::string_view Tunnel = R"({"ifindex":9,"ifname":"higgs0","flags":["UP"],"mtu":1420,)"
                                    R"("linkinfo":{"info_kind":"tun"},"addr_info":[]})";
constexpr std::string_view Docker =
    R"({"ifindex":3,"ifname":"docker0","flags":["NO-CARRIER","UP"],"mtu":1500,)"
    R"("linkinfo":{"info_kind":"bridge"},"addr_info":[)"
    R"({"family":"inet","local":"172.17.0.1","prefixlen":16},)"
    R"({"family":"inet6","local":"fd17::1","prefixlen":64},)"
    R"({"family":"inet6","local":"fe80::1","prefixlen":64}]})";
constexpr std::string_view Cable =
    R"({"ifindex":4,"ifname":"veth1","flags":["UP"],"master":"docker0",)"
    R"("linkinfo":{"info_kind":"veth","info_slave_kind":"bridge"}})";
constexpr std::string_view Card =
    R"({"ifindex":2,"ifname":"eth0","flags":["UP"],"master":"docker0","mtu":1500})";

std::string list(std::initializer_list<std::string_view> links)
{
    std::string text;
    for (const std::string_view link : links)
        text += (text.empty() ? "[" : ",") + std::string(link);
    return text + "]";
}

std::vector<std::string> names(const std::string &links, const std::set<std::string> &ways)
{
    std::vector<std::string> result;
    const auto found = parseSurroundings(links, ways, "higgs0");
    if (!found)
        return {"?"};
    for (const LocalNetwork &network : found->locals)
        result.push_back(network.interfaceName);
    return result;
}

const std::vector<std::string> Mine{"docker0"};

bool has(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class LocalNetworksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void engines();
    void waysOut();
    void beside();
    void stations();
    void learntNetworks();
    void boundNames();
    void hostileText();
    void rules();
    void onlyGuestsAreForwarded();
};

void LocalNetworksTest::engines()
{
    const auto found = parseSurroundings(list({Tunnel, Docker, Cable}), {"eth0", ""}, "higgs0");
    QVERIFY(found);
    QCOMPARE(found->tunnelMtu, 1420U);
    QCOMPARE(found->locals.size(), std::size_t(1));
    const LocalNetwork &network = found->locals.front();
    QCOMPARE(network.interfaceName, std::string("docker0"));
    QCOMPARE(network.index, 3U);
    QCOMPARE(network.prefixes,
             (std::vector{*IpPrefix::parse("172.17.0.0/16"), *IpPrefix::parse("fd17::/64"),
                          *IpPrefix::parse("fe80::/64")}));
    QCOMPARE(names(list({Docker}), {}), Mine); // no container yet
}

/// A bridge that leads on is an uplink, whatever it is called.
void LocalNetworksTest::waysOut()
{
    QVERIFY(names(list({Docker, Card}), {}).empty());
    QVERIFY(names(list({Docker, Cable, Card}), {}).empty());
    QVERIFY(names(list({Docker, Cable}), {"eth0", "docker0"}).empty());
    // One that was given its address by a server beyond it, while its route is away.
    const std::string given = R"({"ifindex":3,"ifname":"docker0","flags":["UP"],)"
                              R"("linkinfo":{"info_kind":"bridge"},"addr_info":[{"local":)"
                              R"("172.17.0.1","prefixlen":16,"dynamic":true}]})";
    QVERIFY(names(list({given, Cable}), {}).empty());
    for (const char *kind : {"vlan", "bond", "vxlan", "wireguard", "macvlan", ""}) {
        const std::string port = R"({"ifindex":7,"ifname":"p","flags":["UP"],"master":"docker0",)"
                                 R"("linkinfo":{"info_kind":")" +
                                 std::string(kind) + R"("}})";
        QVERIFY2(names(list({Docker, port}), {}).empty(), kind);
    }
    // One that is down, one in another bridge, one without a name that rules can have; no bridge.
    const std::string bridge = R"("linkinfo":{"info_kind":"bridge"}}])";
    for (const std::string &other :
         {R"([{"ifname":"b","flags":[],)" + bridge,
          R"([{"ifname":"b","flags":["UP"],"master":"x",)" + bridge,
          R"([{"ifname":"b }","flags":["UP"],)" + bridge,
          std::string(R"([{"ifname":"b","flags":["UP"],"linkinfo":{"info_kind":"veth"}}])")})
        QVERIFY2(names(other, {}).empty(), other.c_str());
}

/// Whose table anybody can fill is not asked.
void LocalNetworksTest::stations()
{
    const std::string lone = R"({"ifname":"eth0","flags":["UP"],"address":"02:00:00:00:00:01"})";
    QCOMPARE(stationCards(list({Tunnel, Docker, Cable, Card, lone})),
             (std::vector<std::string>{"eth0", "docker0"}));
    QCOMPARE(stationCards(list({lone, lone, lone, lone, lone, lone, lone, lone, lone})).size(),
             MaxStationCards);
    QVERIFY(stationCards(list({R"({"ifname":"eth 0","flags":["UP"]})"})).empty());
    QVERIFY(stationCards("{").empty());
}

/// Any guest can advertise a network of the Internet: only what the owner set up is the guests'.
void LocalNetworksTest::learntNetworks()
{
    const auto prefixes = [](const std::string &local, const std::string &more) {
        const std::string bridge =
            R"({"ifindex":3,"ifname":"docker0","flags":["UP"],"address":"02:42:00:00:00:01",)"
            R"("linkinfo":{"info_kind":"bridge"},"addr_info":[{"local":")" +
            local + R"(","prefixlen":64,"scope":"global")" + more + "}]}";
        return parseSurroundings(list({bridge}), {}, "higgs0")->locals.front().prefixes;
    };
    QCOMPARE(prefixes("2a02:51::1", "").size(), std::size_t(1)); // an owner's
    QCOMPARE(prefixes("fd17::1", R"(,"dynamic":true)").size(), std::size_t(1));
    for (const char *sign : {R"(,"dynamic":true)", R"(,"protocol":"kernel_ra")",
                             R"(,"stable-privacy":true)", R"(,"mngtmpaddr":true)"})
        QVERIFY2(prefixes("2a02:51::1", sign).empty(), sign);
    QVERIFY(prefixes("2a02:51::42:ff:fe00:1", "").empty()); // without an end, out of the card's own
}

/// Guests that share the network card are told of, and nobody else.
void LocalNetworksTest::beside()
{
    const std::string tap = R"({"ifname":"macvtap0","link":"eth0","flags":["UP"],)"
                            R"("address":"02:00:00:00:00:07","linkinfo":{"info_kind":"macvtap"}})";
    const std::string lone = R"({"ifname":"eth0","flags":["UP"],"address":"02:00:00:00:00:01"})";
    const std::string stations =
        R"([{"mac":"02:42:00:00:00:09","flags":["self"],"state":"permanent"},)"
        R"({"mac":"33:33:00:00:00:01","flags":["self"]},)"
        R"({"mac":"02:00:00:00:00:07","flags":["self"]},)"
        R"({"mac":"02:42:00:00:00:08","flags":[],"master":"docker0"}])";
    const std::string inside = R"([{"mac":"02:42:00:00:00:08","flags":["self"]}])";
    const auto bridged = parseBeside(list({Docker, Cable, Card}), {}, {});
    QVERIFY(bridged && bridged->size() == 1);
    QCOMPARE(bridged->front(), (BesideGuests{"docker0", {"veth1"}, true, false}));
    QVERIFY(parseBeside(list({Docker, Cable}), {}, {{"docker0", inside}})
                ->empty());                                      // an engine's own network
    QVERIFY(parseBeside(list({Docker, Card}), {}, {})->empty()); // an uplink without guests
    const auto shared = parseBeside(list({Docker, Cable, lone, tap}), {},
                                    {{"docker0", inside}, {"eth0", stations}});
    QVERIFY(shared && shared->size() == 1);
    QCOMPARE(shared->front(),
             (BesideGuests{"eth0", {"02:42:00:00:00:09", "macvtap0"}, false, false}));
    QVERIFY(!parseBeside("{}", {}, {}) && !parseBeside("[]", {}, {{"eth0", "{}"}}));
    for (std::size_t length = 0; length < stations.size(); ++length)
        static_cast<void>(parseBeside(list({lone}), {}, {{"eth0", stations.substr(0, length)}}));
    // With the LAN let out they are at home, also where the kernel shows their frames to the rules.
    ClientSurroundings around;
    around.beside = {{"br0", {"vnet0"}, true, true}};
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const std::string rule = "iifname \"br0\" oifname \"br0\" ip saddr { 10.0.0.0/8";
    QVERIFY(clientRuleset(options, {true, {}}, {}, around).find(rule) != std::string::npos);
    QVERIFY(clientRuleset(options, {}, {}, around).find("br0") == std::string::npos);
}

/// Relays answer on uplinks, while the tunnel has resolvers, and this machine alone.
void LocalNetworksTest::boundNames()
{
    const std::string card =
        R"({"ifname":"eth0","flags":["UP"],"addr_info":[{"local":"192.168.1.2","scope":"global"},)"
        R"({"local":"192.168.1.3","scope":"global"},{"local":"fd01::2","scope":"global"},)"
        R"({"local":"fe80::2","scope":"link"}]})";
    const std::string loopback = R"({"ifname":"lo","flags":["UP","LOOPBACK"],)"
                                 R"("addr_info":[{"local":"127.0.0.1","scope":"global"}]})";
    auto around = parseSurroundings(list({Tunnel, Docker, Cable, card, loopback}), {}, "higgs0");
    QVERIFY(around);
    const IpAddress own = *IpAddress::parse("192.168.1.2");
    QCOMPARE(around->uplinks,
             (std::vector<UplinkAddress>{{"eth0", own}, {"eth0", *IpAddress::parse("fd01::2")}}));
    around->relays = {{"eth0", {own, 4'000}}};
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const TunnelRoutes up{
        {*InterfaceAddress::parse("10.86.0.2/32")}, {*IpAddress::parse("10.86.0.1")}, {}};
    const std::string nat = clientNatRuleset(options, {}, up, *around);
    const std::string bound =
        "oifname \"eth0\" meta nfproto ipv4 udp dport 53 dnat ip to 192.168.1.2:4000\n";
    QVERIFY(nat.find(bound) < nat.find("dnat ip to 10.86.0.1"));
    const std::string rules = clientRuleset(options, {}, up, *around);
    const std::string there = "ip daddr 192.168.1.2 udp dport 4000 ";
    const std::string asked = "ct status dnat " + there + "oifname \"eth0\" accept";
    QVERIFY(rules.find(asked) != std::string::npos);
    QVERIFY(rules.find(there + "iifname != \"lo\" drop") != std::string::npos);
    QVERIFY(clientNatRuleset(options, {}, {}, *around).find("dport 53 dnat") == std::string::npos);
    QVERIFY(clientRuleset(options, {}, {}, *around).find(asked) == std::string::npos);
}

void LocalNetworksTest::hostileText()
{
    QVERIFY(!parseSurroundings("{}", {}, "higgs0"));
    QVERIFY(!parseSurroundings("[1]", {}, "higgs0"));
    for (const char *bad :
         {R"({"local":"0.0.0.0","prefixlen":0})", R"({"local":"10.0.0.1","prefixlen":33})",
          R"({"local":"x","prefixlen":24})", R"({"local":"10.0.0.1"})", "7"}) {
        const auto found = parseSurroundings(
            R"([{"ifname":"b","flags":["UP"],"linkinfo":{"info_kind":"bridge"},"addr_info":[)" +
                std::string(bad) + "]}]",
            {}, "higgs0");
        QVERIFY2(found && found->locals.size() == 1 && found->locals[0].prefixes.empty(), bad);
    }
    const std::string whole = list({Tunnel, Docker, Cable, Card});
    for (std::size_t length = 0; length < whole.size(); ++length)
        static_cast<void>(parseSurroundings(whole.substr(0, length), {}, "higgs0"));
}

void LocalNetworksTest::rules()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const TunnelRoutes routes{{*InterfaceAddress::parse("10.86.0.2/32")},
                              {*IpAddress::parse("10.86.0.1")},
                              {*IpAddress::parse("10.86.0.1")}};
    const auto around = parseSurroundings(list({Tunnel, Docker, Cable}), {}, "higgs0");
    QVERIFY(around);
    const std::string shut = clientRuleset(options, {}, routes, *around);
    QVERIFY(has(shut, "oifname \"docker0\" ip daddr 172.17.0.0/16 accept"));
    QVERIFY(!has(shut, "oifname \"docker0\" accept"));
    QVERIFY(has(shut, "iifname { \"docker0\" } oifname { \"docker0\" } accept"));
    QVERIFY(!has(shut, "oifname { \"docker0\" } ip saddr"));
    QVERIFY(has(shut, "oifname \"higgs0\" ip saddr != { 10.86.0.2 } drop"));
    QVERIFY(has(shut, "oifname \"higgs0\" meta nfproto ipv6 drop"));
    QVERIFY(has(shut, "tcp option maxseg size set 1380"));
    const std::string open = clientRuleset(options, {true, {}}, routes, *around);
    const auto names =
        open.find("iifname { \"docker0\" } meta l4proto { tcp, udp } th dport 53 reject");
    const auto lan = open.find("oifname { \"docker0\" } ip saddr { 10.0.0.0/8");
    QVERIFY(names != std::string::npos && lan != std::string::npos && names < lan);
    const std::string nat = clientNatRuleset(options, {}, routes, *around);
    QVERIFY(has(nat, "oifname \"higgs0\" ip saddr != { 10.86.0.2 } masquerade"));
    QVERIFY(has(nat, "ip daddr 172.17.0.0/16 return"));
    QCOMPARE(localRouteBatch(*around, 77, IpAddress::Family::V4),
             std::string("route replace 172.17.0.0/16 dev docker0 metric 3 table 77\n"));
    // Without guests the chains are there and empty, so that rules can be exchanged.
    QVERIFY(has(clientRuleset(options, {}, {}),
                "hook prerouting priority -90; policy accept;\n    }\n"));
    QVERIFY(has(clientNatRuleset(options, {}, {}),
                "hook prerouting priority -100; policy accept;\n    }\n"));
}

/// A neighbour who names this machine as his router is no guest of it, nor is one who borrows a
/// guest's address, nor a guest who borrows somebody else's.
void LocalNetworksTest::onlyGuestsAreForwarded()
{
    const ClientNetworkOptions options{"/x", "higgs0", 0x1234, 77};
    const TunnelRoutes routes{
        {*InterfaceAddress::parse("10.86.0.2/32"), *InterfaceAddress::parse("fd00::2/128")},
        {},
        {}};
    ClientSurroundings around;
    around.locals = {
        {"docker0", {*IpPrefix::parse("172.17.0.0/16"), *IpPrefix::parse("fd17::/64")}, 3}};
    const auto forwardOf = [&](const ClientSurroundings &surroundings) {
        const std::string text = clientRuleset(options, {true, {}}, routes, surroundings);
        return text.substr(text.rfind("chain forward {"));
    };
    const std::string forward = forwardOf(around);
    const auto place = [&forward](const char *rule) { return forward.find(rule); };
    const auto four =
        place("iifname \"docker0\" oifname \"higgs0\" ip saddr 172.17.0.0/16 goto guests");
    const auto six =
        place("iifname \"docker0\" oifname \"higgs0\" ip6 saddr fd17::/64 goto guests");
    const auto rest = place("        oifname \"higgs0\" drop\n");
    QVERIFY(four < rest && six < rest && rest != std::string::npos);
    QVERIFY(has(forward, "iifname \"higgs0\" oifname { \"docker0\" } ct state { established, "
                         "related } accept"));
    const std::string alone = forwardOf({});
    QVERIFY(has(alone, "        oifname \"higgs0\" drop\n"));
    for (const std::string &text : {forward, alone})
        QVERIFY(!has(text, "oifname \"higgs0\" accept") &&
                !has(text, "iifname \"higgs0\" ct state"));
}

QTEST_GUILESS_MAIN(LocalNetworksTest)
#include "local_networks_test.moc"
