// SPDX-License-Identifier: GPL-3.0-or-later
// UPnP's texts: of real routers and of hostile ones; and a whole conversation.
#include "shared/portmap/upnp_core.h"
#include "shared/portmap/xml_reader.h"

#include <QTest>

using namespace higgs;
using namespace higgs::portmap;

namespace {

const IpAddress Router = *IpAddress::parse("192.168.1.1");
const Endpoint Internal{*IpAddress::parse("192.168.1.20"), 40'001};
const UpnpPlace At{49'152, "/rootDesc.xml"};

std::string service(std::string_view type, std::string_view place)
{
    return "<service><serviceType>" + std::string(type) + "</serviceType><serviceId>x</serviceId>" +
           "<controlURL>" + std::string(place) + "</controlURL></service>";
}

std::string description(const std::string &services)
{
    return "<?xml version=\"1.0\"?>\n<root xmlns=\"urn:schemas-upnp-org:device-1-0\"><!-- a -->"
           "<device><deviceList><device><serviceList>" +
           services + "</serviceList></device></deviceList></device></root>";
}

std::string soap(const std::string &inside)
{
    return "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://x/\"><s:Body>" + inside +
           "</s:Body></s:Envelope>";
}

std::string fault(int code)
{
    return soap("<s:Fault><detail><UPnPError><errorCode>" + std::to_string(code) +
                "</errorCode></UPnPError></detail></s:Fault>");
}

std::string entry(const std::string &client, const std::string &port)
{
    return soap("<u:R xmlns:u=\"y\"><NewInternalPort>" + port + "</NewInternalPort>" +
                "<NewInternalClient>" + client + "</NewInternalClient></u:R>");
}

const std::string Found = "HTTP/1.1 200 OK\r\nST: x\r\nLOCATION: "
                          "http://192.168.1.1:49152/rootDesc.xml\r\n\r\n";
const std::string Address = soap("<u:R xmlns:u=\"y\"><NewExternalIPAddress>198.41.0.9"
                                 "</NewExternalIPAddress></u:R>");
const std::string Done = soap("<u:R xmlns:u=\"y\"></u:R>");
constexpr std::string_view Wan2 = "urn:schemas-upnp-org:service:WANIPConnection:2";
constexpr std::string_view Wan1 = "urn:schemas-upnp-org:service:WANIPConnection:1";

/// Up to its first SOAP question.
UpnpCore described(const std::string &services = service(Wan1, "/ctl/IPConn"))
{
    UpnpCore core({Router, Internal, Seconds(3'600), {}});
    (void)core.step();
    if (!core.heard(asBytes(Found)))
        qFatal("not found");
    (void)core.step();
    core.answered(200, description(services));
    return core;
}

const Endpoint Internal6{*IpAddress::parse("2001:db8::2"), 40'001};

/// The same of IPv6, by the router's link-local address.
UpnpCore describedPinhole()
{
    UpnpCore core({*IpAddress::parse("fe80::1"), Internal6, Seconds(3'600), {}});
    const std::string place = "HTTP/1.1 200 OK\r\nLocation: http://[2001:db8::1]:5000/d\r\n\r\n";
    if (core.step().text.find("HOST: [fe80::1]:1900") == std::string::npos ||
        !core.heard(asBytes(place)))
        qFatal("not found");
    core.answered(
        200, description(service("urn:schemas-upnp-org:service:WANIPv6FirewallControl:1", "/6")));
    return core;
}

} // namespace

class UpnpTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsElements()
    {
        XmlReader reader("<?x?><a p='1'><n:b> t&lt;&amp; </n:b><c/><!-- <d> --></a>");
        QVERIFY((*reader.next())->text == "t<&");
        QVERIFY((*reader.next())->name == "c");
        const auto last = reader.next();
        QVERIFY((*last)->name == "a" && !(*last)->leaf);
        QVERIFY(!reader.next()->has_value());
    }

    void refusesXmlThatGrows()
    {
        const std::vector<std::string> hostile = {
            "<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>",
            "<r>&a;</r>",
            "<r>&#65;</r>",
            "<r><![CDATA[x]]></r>",
            "<r>",
            "</r>",
            "<r",
            "<>",
            "<a><b></c></a>",
            std::string("<r>") + std::string(2'000, 'x') + "</r>",
            [] {
                std::string deep;
                for (int i = 0; i < 1'000; ++i)
                    deep += "<a>";
                return deep;
            }(),
        };
        for (const std::string &each : hostile) {
            XmlReader reader(each);
            bool refused = false;
            for (int i = 0; i < 3'000 && !refused; ++i)
                refused = !reader.next();
            QVERIFY2(refused, each.substr(0, 60).c_str());
        }
    }

    void findsTheDescription()
    {
        QVERIFY(*readSsdpAnswer(asBytes(Found), Router) == At);
        const auto at = [](const std::string &url) {
            return readSsdpAnswer(asBytes("HTTP/1.1 200 OK\nlocation:" + url + "\n"), Router);
        };
        QVERIFY(at("http://192.168.1.1/")->port == 80);
        for (const char *elsewhere : {"http://192.168.1.2:80/x", "http://example.org/x",
                                      "http://192.168.1.1.evil/x", "http://u@192.168.1.9/x"})
            QVERIFY2(at(elsewhere).error().code == ErrorCode::Untrusted, elsewhere);
        for (const char *wrong :
             {"https://192.168.1.1/x", "http://192.168.1.1:0/x", "http://192.168.1.1:99999/x",
              "http://192.168.1.1/a b", "ftp://192.168.1.1/", ""})
            QVERIFY2(at(wrong).error().code == ErrorCode::Malformed, wrong);
        QVERIFY(!at("http://192.168.1.1/" + std::string(400, 'a')));
        QVERIFY(!readSsdpAnswer(asBytes(std::string(4'000, 'a')), Router));
    }

    void findsServicesOfTheRouterOnly()
    {
        const auto good =
            readDescription(description(service("urn:x", "/other") + service(Wan1, "ctl/1") +
                                        service(Wan2, "http://192.168.1.1:5000/ctl/2")),
                            At, Router);
        QVERIFY(good && good->size() == 2);
        QVERIFY(good->at(0) == (UpnpControl{UpnpService::WanIp2, {5'000, "/ctl/2"}}));
        QVERIFY(good->at(1) == (UpnpControl{UpnpService::WanIp1, {49'152, "/ctl/1"}}));
        const auto foreign =
            readDescription(description(service(Wan1, "http://192.168.1.66/ctl")), At, Router);
        QVERIFY(foreign.error().code == ErrorCode::Untrusted);
        const std::string base =
            "<a><URLBase>http://10.0.0.1/</URLBase>" + service(Wan1, "/c") + "</a>";
        QVERIFY(readDescription(base, At, Router).error().code == ErrorCode::Untrusted);
        std::string many;
        for (int i = 0; i < 100; ++i)
            many += service(Wan1, "/c");
        QVERIFY(readDescription(description(many), At, Router).error().code == ErrorCode::TooLarge);
        QVERIFY(!readDescription(std::string(70'000, ' '), At, Router));
        // Whatever a path is, it is no second line of the request.
        QVERIFY(
            readDescription(description(service(Wan1, "/c\r\nX: y")), At, Router).error().code ==
            ErrorCode::Untrusted);
    }

    void everyTruncationIsRefused()
    {
        const std::string whole = description(service(Wan1, "/ctl"));
        for (std::size_t i = 1; i < whole.size(); ++i)
            QVERIFY(!readDescription(std::string_view(whole).substr(0, i), At, Router) ||
                    whole.substr(0, i).find("<root") == std::string::npos);
    }

    void mapsAndTakesAway()
    {
        UpnpCore core = described();
        QVERIFY(core.step().text.find("#GetExternalIPAddress\"") != std::string::npos);
        core.answered(200, Address);
        const UpnpStep step = core.step();
        QCOMPARE(step.port, std::uint16_t{49'152});
        QVERIFY(step.text.starts_with("POST /ctl/IPConn HTTP/1.1\r\nHost: 192.168.1.1:49152\r\n"));
        QVERIFY(step.text.find("<NewInternalPort>40001<") != std::string::npos);
        core.answered(200, Done);
        QVERIFY(core.isDone() && core.result());
        QVERIFY(core.result()->external == (Endpoint{*IpAddress::parse("198.41.0.9"), 40'001}));
        UpnpTerms terms{Router, Internal, Seconds(0), core.held()};
        terms.remove = true;
        UpnpCore removal(terms);
        QVERIFY(removal.step().text.find("#GetSpecificPortMappingEntry\"") != std::string::npos);
        removal.answered(200, entry(Internal.address.toString(), "40001"));
        QVERIFY(removal.step().text.find("#DeletePortMapping\"") != std::string::npos);
        removal.answered(200, Done);
        QVERIFY(removal.isDone() && !removal.held());
    }

    void takesNothingOfOthersAway_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<std::string>("answer");
        QTest::addColumn<bool>("removes");
        QTest::newRow("own") << 200 << entry(Internal.address.toString(), "40001") << true;
        QTest::newRow("of another") << 200 << entry("192.168.1.3", "40001") << false;
        QTest::newRow("another port")
            << 200 << entry(Internal.address.toString(), "40002") << false;
        QTest::newRow("without a word of it") << 200 << Done << true;
        QTest::newRow("no address") << 200 << entry("me", "40001") << true;
        QTest::newRow("gone") << 500 << fault(714) << false;
        QTest::newRow("no such question") << 500 << fault(401) << true;
        QTest::newRow("not allowed") << 500 << fault(606) << true;
    }
    /// A router that forgot its mappings may have given the port to another machine since.
    void takesNothingOfOthersAway()
    {
        QFETCH(int, status);
        QFETCH(std::string, answer);
        QFETCH(bool, removes);
        UpnpCore core = described();
        core.answered(200, Address);
        (void)core.step();
        core.answered(200, Done);
        UpnpTerms terms{Router, Internal, Seconds(0), core.held()};
        terms.remove = true;
        UpnpCore removal(terms);
        (void)removal.step();
        removal.answered(status, answer);
        QCOMPARE(removal.isDone(), !removes);
        QVERIFY(removes || (removal.result() && !removal.held()));
        QVERIFY(!removes || removal.step().text.find("#DeletePortMapping\"") != std::string::npos);
    }

    /// A router may make what it does not answer in time, and keep it an hour.
    void whatWasAskedForMayStand()
    {
        UpnpCore core = described();
        QVERIFY(!core.held());
        core.answered(200, Address);
        QVERIFY(!core.held()); // nothing was asked for yet
        (void)core.step();
        QVERIFY(core.held());
        core.giveUp({ErrorCode::Timeout, ""});
        QVERIFY(core.isDone() && !core.result() && core.held());
        QCOMPARE(core.held()->externalPort, std::uint16_t{40'001});
        // One that is another's by now is never taken away.
        UpnpCore renewal({Router, Internal, Seconds(3'600), core.held()});
        renewal.answered(200, Address);
        for (int i = 0; i < 3; ++i) {
            (void)renewal.step();
            renewal.answered(500, fault(718));
        }
        QVERIFY(renewal.isDone() && !renewal.result() && !renewal.held());
    }

    void takesAnotherPortAndAnEndlessLease()
    {
        UpnpCore core = described(service(Wan2, "/c"));
        core.answered(200, Address);
        core.answered(500, fault(718));
        QVERIFY(core.step().text.find("#AddAnyPortMapping\"") != std::string::npos);
        core.answered(500, fault(725));
        QVERIFY(core.step().text.find("<NewLeaseDuration>0<") != std::string::npos);
        core.answered(200, soap("<u:R><NewReservedPort>777</NewReservedPort></u:R>"));
        QCOMPARE(core.result()->external.port, std::uint16_t{777});
        QVERIFY(core.result()->lease == Seconds(0));
    }

    void endsWhateverTheRouterSays()
    {
        for (const std::string &answer :
             {fault(718), fault(725), fault(401), std::string("<r>"), std::string(), Done, Address,
              std::string("<!DOCTYPE a>")}) {
            for (const int status : {200, 301, 404, 500}) {
                UpnpCore core = described(service(Wan2, "/c"));
                int steps = 0;
                for (; !core.isDone() && steps < 40; ++steps) {
                    (void)core.step();
                    core.answered(status, answer);
                    (void)core.heard(asBytes("HTTP/1.1 200 OK\r\nLOCATION: http://10.1.1.1/\r\n"));
                }
                QVERIFY(core.isDone() && steps < 20);
            }
        }
        UpnpCore core({Router, Internal, Seconds(3'600), {}});
        for (int i = 0; i < 3; ++i) {
            QVERIFY(core.step().search);
            core.failed({ErrorCode::Timeout, ""});
        }
        QVERIFY(core.isDone() && core.result().error().code == ErrorCode::Unavailable);
    }

    void opensNothingBehindAnotherNat()
    {
        UpnpCore core = described();
        core.answered(200,
                      soap("<u:R><NewExternalIPAddress>100.64.0.1</NewExternalIPAddress></u:R>"));
        QVERIFY(core.isDone() && core.result() && !core.held());
    }

    /// Its number stands in the answer alone, so who leaves before that would leave it open.
    void takesAwayWhatWasJustBeingMade()
    {
        UpnpCore pinhole = describedPinhole();
        QVERIFY(!pinhole.turnBack()); // nothing was asked for yet
        (void)pinhole.step();
        QVERIFY(pinhole.turnBack());
        pinhole.answered(200, soap("<u:R><UniqueID>17</UniqueID></u:R>"));
        QVERIFY(!pinhole.isDone());
        QVERIFY(pinhole.step().text.find("<UniqueID>17<") != std::string::npos);
        pinhole.answered(200, Done);
        QVERIFY(pinhole.isDone() && pinhole.result() && !pinhole.held());
        QVERIFY(!pinhole.turnBack());

        UpnpCore any = described(service(Wan2, "/c"));
        any.answered(200, Address);
        (void)any.step();
        any.answered(500, fault(718));
        QVERIFY(any.step().text.find("#AddAnyPortMapping\"") != std::string::npos);
        QVERIFY(any.turnBack());
        any.answered(200, soap("<u:R><NewReservedPort>777</NewReservedPort></u:R>"));
        QVERIFY(any.step().text.find("<NewExternalPort>777<") != std::string::npos);
        any.answered(200, Done);
        any.answered(200, Done);
        QVERIFY(any.isDone() && !any.held());
    }

    void asksForNothingOnceTurnedBack()
    {
        for (const int code : {718, 725, 401, 606}) {
            UpnpCore core = described(service(Wan2, "/c"));
            core.answered(200, Address);
            (void)core.step();
            QVERIFY(core.turnBack());
            core.answered(500, fault(code));
            QVERIFY(core.isDone() && core.result() && !core.held());
        }
        UpnpCore silent = described();
        silent.answered(200, Address);
        (void)silent.step();
        QVERIFY(silent.turnBack());
        silent.failed({ErrorCode::Timeout, ""}); // it may have been made all the same
        QVERIFY(silent.step().text.find("#GetSpecificPortMappingEntry\"") != std::string::npos);
        silent.failed({ErrorCode::Timeout, ""});
        QVERIFY(silent.isDone());
    }

    void opensAPinhole()
    {
        UpnpCore core = describedPinhole();
        const UpnpStep step = core.step();
        QVERIFY(step.text.find("#AddPinhole\"") != std::string::npos && step.port == 5'000);
        core.answered(200, soap("<u:R><UniqueID>17</UniqueID></u:R>"));
        QVERIFY(core.result()->external == Internal6);
        QCOMPARE(core.held()->pinhole, std::uint16_t{17});
    }
};

QTEST_APPLESS_MAIN(UpnpTextTest)
#include "upnp_text_test.moc"
