// SPDX-License-Identifier: GPL-3.0-or-later
// The few texts of UPnP's Internet Gateway Device that a port mapping needs: SSDP's search and its
// answer, the description's services, SOAP (UPnP Device Architecture 1.1, WANIPConnection:1 and :2,
// WANIPv6FirewallControl:1). Pure, total, and not recursive; no entity but XML's own five, no
// document type, and of an address only what is on the router that was asked. Readers of our own:
// libminiupnpc believes whoever answers a search and goes where the answer says.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/endpoint.h"

#include <span>

namespace higgs::portmap {

constexpr std::uint16_t SsdpPort = 1900;
/// Descriptions of real routers have 2 to 12 KB.
constexpr std::size_t MaxUpnpText = 65'536;
constexpr std::size_t MaxSsdpAnswer = 2'048;
constexpr std::size_t MaxUpnpPath = 256;
/// Of a description; a gateway has some six.
constexpr std::size_t MaxUpnpServices = 32;

enum class UpnpService : std::uint8_t { WanIp2, WanIp1, WanPpp, Firewall6 };

/// "urn:schemas-upnp-org:service:WANIPConnection:1" and so on.
std::string_view toString(UpnpService service);

/// A resource of the router's: the address is that of whoever was asked.
struct UpnpPlace
{
    std::uint16_t port = 0;
    std::string path; ///< begins with '/', of printable characters

    friend bool operator==(const UpnpPlace &, const UpnpPlace &) = default;
};

struct UpnpControl
{
    UpnpService service = UpnpService::WanIp1;
    UpnpPlace place;

    friend bool operator==(const UpnpControl &, const UpnpControl &) = default;
};

/// `attempt` counts from 0: which kind of device is searched for.
std::string ssdpSearch(const IpAddress &router, unsigned attempt);
/// Where the description is. Malformed; Untrusted when it is said to be on another host.
Result<UpnpPlace> readSsdpAnswer(ByteSpan datagram, const IpAddress &router);

/// The known services that are on the router, the more useful first. `at`: where the text is from.
/// Malformed, TooLarge; Untrusted when all that is of use is on another host.
Result<std::vector<UpnpControl>> readDescription(std::string_view text, const UpnpPlace &at,
                                                 const IpAddress &router);

struct SoapArgument
{
    std::string_view name;
    std::string value;
};

/// A whole HTTP request, whose answer ends the connection.
std::string soapRequest(const UpnpControl &control, const IpAddress &router,
                        std::string_view action, std::span<const SoapArgument> arguments);
std::string descriptionRequest(const UpnpPlace &place, const IpAddress &router);

struct SoapAnswer
{
    IpAddress externalAddress;                ///< NewExternalIPAddress; null: none
    std::optional<std::uint16_t> reserved;    ///< NewReservedPort
    std::optional<std::uint16_t> pinhole;     ///< UniqueID
    IpAddress client;                         ///< NewInternalClient; null: none
    std::optional<std::uint16_t> clientPort;  ///< NewInternalPort
    std::optional<std::uint32_t> errorCode{}; ///< of a fault
};

/// Malformed, TooLarge.
Result<SoapAnswer> readSoapAnswer(std::string_view text);

} // namespace higgs::portmap
