// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/upnp_text.h"

#include "shared/base/ascii.h"
#include "shared/base/number_text.h"
#include "shared/portmap/xml_reader.h"

#include <algorithm>
#include <array>

namespace higgs::portmap {

namespace {

constexpr std::array<std::string_view, 4> ServiceNames = {
    "urn:schemas-upnp-org:service:WANIPConnection:2",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
    "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1"};
constexpr std::array<std::string_view, 3> SearchTargets = {
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2", "upnp:rootdevice"};
constexpr std::uint16_t HttpPort = 80;

Unexpected malformed(const char *why)
{
    return unexpected(ErrorCode::Malformed, std::string("UPnP: ") + why);
}

bool isPath(std::string_view path)
{
    return path.starts_with('/') && path.size() <= MaxUpnpPath &&
           std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// As Host says it.
std::string hostText(const IpAddress &router)
{
    return router.isV6() ? "[" + router.toString() + "]" : router.toString();
}

/// Over IPv6 a router is asked by its link-local address, and tells one of its others: whatever it
/// tells, nobody but it is asked.
bool isRouter(std::string_view host, const IpAddress &router)
{
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host.substr(0, host.find('%')));
    return address && (router.isV6() ? address->isV6() : *address == router);
}

/// "http://host[:port][/path]". Untrusted when the host is another one.
Result<UpnpPlace> readUrl(std::string_view url, const IpAddress &router)
{
    constexpr std::string_view Scheme = "http://";
    if (!url.starts_with(Scheme))
        return malformed("no address of HTTP");
    url.remove_prefix(Scheme.size());
    const std::size_t slash = std::min(url.find('/'), url.size());
    std::string_view host = url.substr(0, slash);
    UpnpPlace place{HttpPort, slash == url.size() ? "/" : std::string(url.substr(slash))};
    const std::size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && !host.ends_with(']')) {
        const auto port = numberIn<std::uint16_t>(host.substr(colon + 1));
        if (!port || *port == 0)
            return malformed("no port");
        place.port = *port;
        host = host.substr(0, colon);
    }
    if (!isRouter(host, router))
        return unexpected(ErrorCode::Untrusted, "UPnP: it names another host than the router");
    if (!isPath(place.path))
        return malformed("no path");
    return place;
}

/// What a description says of a place on the same router, or a whole address.
Result<UpnpPlace> resolve(std::string_view said, const UpnpPlace &base, const IpAddress &router)
{
    if (said.find("://") != std::string_view::npos)
        return readUrl(said, router);
    UpnpPlace place{base.port, std::string(said)};
    if (!said.starts_with('/'))
        place.path = base.path.substr(0, base.path.rfind('/') + 1) + place.path;
    if (!isPath(place.path))
        return malformed("no path");
    return place;
}

std::string request(std::string_view method, const UpnpPlace &place, const IpAddress &router,
                    std::string_view headers, std::string_view body)
{
    std::string text(method);
    text += " " + place.path + " HTTP/1.1\r\nHost: " + hostText(router) + ":" +
            std::to_string(place.port) + "\r\nConnection: close\r\n";
    text += headers;
    text += "\r\n";
    text += body;
    return text;
}

} // namespace

std::string_view toString(UpnpService service)
{
    return ServiceNames.at(static_cast<std::size_t>(service));
}

std::string ssdpSearch(const IpAddress &router, unsigned attempt)
{
    return "M-SEARCH * HTTP/1.1\r\nHOST: " + hostText(router) + ":" + std::to_string(SsdpPort) +
           "\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: " +
           std::string(SearchTargets.at(attempt % SearchTargets.size())) + "\r\n\r\n";
}

Result<UpnpPlace> readSsdpAnswer(ByteSpan datagram, const IpAddress &router)
{
    constexpr std::string_view Location = "location:";
    if (datagram.size() > MaxSsdpAnswer)
        return unexpected(ErrorCode::TooLarge, "SSDP: too long");
    std::string_view text = asText(datagram);
    if (!text.starts_with("HTTP/1.1 200") && !text.starts_with("HTTP/1.0 200"))
        return malformed("no answer of SSDP");
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (asciiLowered(line.substr(0, Location.size())) != Location)
            continue;
        line.remove_prefix(Location.size());
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        return readUrl(line, router);
    }
    return malformed("an answer of SSDP without a place");
}

Result<std::vector<UpnpControl>> readDescription(std::string_view text, const UpnpPlace &at,
                                                 const IpAddress &router)
{
    if (text.size() > MaxUpnpText)
        return unexpected(ErrorCode::TooLarge, "UPnP: the description is too long");
    XmlReader reader(text);
    UpnpPlace base = at;
    std::string type;
    std::string place;
    bool foreign = false;
    std::size_t services = 0;
    std::vector<UpnpControl> found;
    for (;;) {
        Result<std::optional<XmlElement>> element = reader.next();
        if (!element)
            return unexpected(element.error());
        if (!*element)
            break;
        XmlElement &each = **element;
        if (each.leaf && each.name == "URLBase" && !each.text.empty()) {
            const Result<UpnpPlace> said = readUrl(each.text, router);
            if (!said)
                return unexpected(said.error());
            base = *said;
        } else if (each.leaf && each.name == "serviceType") {
            type = std::move(each.text);
        } else if (each.leaf && each.name == "controlURL") {
            place = std::move(each.text);
        } else if (each.name == "service") {
            if (++services > MaxUpnpServices)
                return unexpected(ErrorCode::TooLarge, "UPnP: too many services");
            const auto *const known = std::find(ServiceNames.begin(), ServiceNames.end(), type);
            const Result<UpnpPlace> where = resolve(place, base, router);
            if (known != ServiceNames.end() && where)
                found.push_back({static_cast<UpnpService>(known - ServiceNames.begin()), *where});
            foreign = foreign || (known != ServiceNames.end() && !where);
            type.clear();
            place.clear();
        }
    }
    if (found.empty() && foreign)
        return unexpected(ErrorCode::Untrusted, "UPnP: its services are on another host");
    std::stable_sort(found.begin(), found.end(), [](const UpnpControl &a, const UpnpControl &b) {
        return a.service < b.service;
    });
    return found;
}

std::string descriptionRequest(const UpnpPlace &place, const IpAddress &router)
{
    return request("GET", place, router, {}, {});
}

std::string soapRequest(const UpnpControl &control, const IpAddress &router,
                        std::string_view action, std::span<const SoapArgument> arguments)
{
    std::string body = "<?xml version=\"1.0\"?>\r\n<s:Envelope "
                       "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                       "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:";
    body += action;
    body += " xmlns:u=\"";
    body += toString(control.service);
    body += "\">";
    for (const SoapArgument &each : arguments) {
        const std::string name(each.name);
        body += "<" + name + ">" + each.value + "</" + name + ">";
    }
    body += "</u:";
    body += action;
    body += "></s:Body></s:Envelope>\r\n";
    std::string headers = "Content-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \"";
    headers += toString(control.service);
    headers += "#";
    headers += action;
    headers += "\"\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return request("POST", control.place, router, headers, body);
}

Result<SoapAnswer> readSoapAnswer(std::string_view text)
{
    if (text.size() > MaxUpnpText)
        return unexpected(ErrorCode::TooLarge, "UPnP: the answer is too long");
    XmlReader reader(text);
    SoapAnswer answer;
    for (;;) {
        const Result<std::optional<XmlElement>> element = reader.next();
        if (!element)
            return unexpected(element.error());
        if (!*element)
            return answer;
        const XmlElement &each = **element;
        if (!each.leaf)
            continue;
        if (each.name == "NewExternalIPAddress") {
            const auto address = IpAddress::parse(each.text);
            // One that has no public address says nothing, or 0.0.0.0.
            answer.externalAddress = each.text.empty() ? IpAddress::any(IpAddress::Family::V4)
                                     : address         ? *address
                                                       : IpAddress();
        } else if (each.name == "NewReservedPort") {
            answer.reserved = numberIn<std::uint16_t>(each.text);
        } else if (each.name == "UniqueID") {
            answer.pinhole = numberIn<std::uint16_t>(each.text);
        } else if (each.name == "NewInternalClient") {
            answer.client = IpAddress::parse(each.text).value_or(IpAddress());
        } else if (each.name == "NewInternalPort") {
            answer.clientPort = numberIn<std::uint16_t>(each.text);
        } else if (each.name == "errorCode") {
            answer.errorCode = numberIn<std::uint32_t>(each.text);
        }
    }
}

} // namespace higgs::portmap
