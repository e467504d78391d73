// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/upnp_core.h"

#include <algorithm>
#include <array>

namespace higgs::portmap {

namespace {

// WANIPConnection:2 section 2.5, UPnP Device Architecture section 3.2.2.
constexpr std::uint32_t NoSuchAction = 401;
constexpr std::uint32_t NoSuchEntry = 714;
constexpr std::uint32_t ConflictInMapping = 718;
constexpr std::uint32_t OnlyPermanentLeases = 725;
constexpr std::uint32_t ConflictWithOtherMechanisms = 729;
constexpr unsigned MaxPorts = 3;
constexpr int Ok = 200;
constexpr int Fault = 500;
constexpr std::uint16_t FirstPort = 1'024;
constexpr std::uint16_t PortStep = 7'919; // prime: other ends' next choice is another one
constexpr std::string_view UdpNumber = "17";

} // namespace

UpnpCore::UpnpCore(UpnpTerms terms)
    : m_terms(std::move(terms)), m_externalPort(m_terms.internal.port)
{
    m_held = m_terms.held;
    if (!m_held)
        return;
    m_control = m_held->control;
    m_externalPort = m_held->externalPort;
    if (m_terms.remove)
        m_phase = isPinhole() ? Phase::Remove : Phase::Owner;
    else
        m_phase = isPinhole() ? Phase::Map : Phase::Address;
}

void UpnpCore::end(Error error)
{
    m_result = unexpected(std::move(error));
}

/// What was asked for and not answered may have been made all the same.
void UpnpCore::keepAsked()
{
    m_held = held();
}

void UpnpCore::giveUp(Error error)
{
    if (isDone())
        return;
    keepAsked();
    end(std::move(error));
}

bool UpnpCore::turnBack()
{
    if (isDone() || !isMaking() || !m_mapAsked)
        return false;
    m_terms.remove = true;
    return true;
}

/// Of a conversation that turned back: what stands, or may stand, goes.
void UpnpCore::takeAway()
{
    m_held = held();
    if (!m_held) {
        nothingLeft();
        return;
    }
    m_externalPort = m_held->externalPort;
    m_phase = isPinhole() ? Phase::Remove : Phase::Owner;
}

std::optional<UpnpHeld> UpnpCore::held() const
{
    if (!m_held && !isDone() && isMaking() && m_mapAsked && !isPinhole())
        return UpnpHeld{m_control, m_externalPort, 0, lease()};
    return m_held;
}

std::string UpnpCore::mapText() const
{
    const std::string port = std::to_string(m_externalPort);
    const std::string inner = std::to_string(m_terms.internal.port);
    const std::string lasts = std::to_string(lease().count());
    if (isPinhole()) {
        const std::array arguments = {
            SoapArgument{"RemoteHost", ""},
            SoapArgument{"RemotePort", "0"},
            SoapArgument{"InternalClient", m_terms.internal.address.toString()},
            SoapArgument{"InternalPort", inner},
            SoapArgument{"Protocol", std::string(UdpNumber)},
            SoapArgument{"LeaseTime", lasts}};
        return soapRequest(m_control, m_terms.router, "AddPinhole", arguments);
    }
    const std::array arguments = {
        SoapArgument{"NewRemoteHost", ""},
        SoapArgument{"NewExternalPort", port},
        SoapArgument{"NewProtocol", "UDP"},
        SoapArgument{"NewInternalPort", inner},
        SoapArgument{"NewInternalClient", m_terms.internal.address.toString()},
        SoapArgument{"NewEnabled", "1"},
        SoapArgument{"NewPortMappingDescription", "Higgs"},
        SoapArgument{"NewLeaseDuration", lasts}};
    return soapRequest(m_control, m_terms.router,
                       m_phase == Phase::MapAny ? "AddAnyPortMapping" : "AddPortMapping",
                       arguments);
}

UpnpStep UpnpCore::step()
{
    switch (m_phase) {
    case Phase::Search:
        return {true, SsdpPort, ssdpSearch(m_terms.router, m_searches++)};
    case Phase::Describe:
        return {false, m_description.port, descriptionRequest(m_description, m_terms.router)};
    case Phase::Address:
        return {false, m_control.place.port,
                soapRequest(m_control, m_terms.router, "GetExternalIPAddress", {})};
    case Phase::Map:
    case Phase::MapAny:
        m_mapAsked = true;
        return {false, m_control.place.port, mapText()};
    case Phase::Owner:
    case Phase::Remove:
        break;
    }
    if (isPinhole()) {
        const std::array arguments = {SoapArgument{"UniqueID", std::to_string(m_held->pinhole)}};
        return {false, m_control.place.port,
                soapRequest(m_control, m_terms.router, "DeletePinhole", arguments)};
    }
    const std::array arguments = {SoapArgument{"NewRemoteHost", ""},
                                  SoapArgument{"NewExternalPort", std::to_string(m_externalPort)},
                                  SoapArgument{"NewProtocol", "UDP"}};
    return {
        false, m_control.place.port,
        soapRequest(m_control, m_terms.router,
                    m_phase == Phase::Owner ? "GetSpecificPortMappingEntry" : "DeletePortMapping",
                    arguments)};
}

bool UpnpCore::heard(ByteSpan datagram)
{
    if (isDone() || m_phase != Phase::Search)
        return false;
    const Result<UpnpPlace> place = readSsdpAnswer(datagram, m_terms.router);
    if (!place) {
        ++m_refusedAnswers;
        return false;
    }
    m_description = *place;
    m_phase = Phase::Describe;
    return true;
}

void UpnpCore::choose(std::string_view description)
{
    const Result<std::vector<UpnpControl>> services =
        readDescription(description, m_description, m_terms.router);
    if (!services) {
        ++m_refusedAnswers;
        end({ErrorCode::Unavailable, services.error().detail});
        return;
    }
    const auto wanted =
        std::find_if(services->begin(), services->end(), [this](const UpnpControl &each) {
            return (each.service == UpnpService::Firewall6) == isPinhole();
        });
    if (wanted == services->end()) {
        end({ErrorCode::Unavailable, "UPnP: the router offers no such service"});
        return;
    }
    m_control = *wanted;
    m_phase = isPinhole() ? Phase::Map : Phase::Address;
}

/// A fault's code. What a router says in other words than 500 and a code is a refusal, too.
void UpnpCore::refused(std::uint32_t code)
{
    m_mapAsked = false;
    if (m_phase == Phase::Owner) {
        if (code == NoSuchEntry)
            nothingLeft();
        else
            m_phase = Phase::Remove; // it does not say whose it is
        return;
    }
    if (m_phase == Phase::MapAny && code == NoSuchAction && !m_terms.remove) {
        m_phase = Phase::Map;
        return;
    }
    const bool conflict = code == ConflictInMapping || code == ConflictWithOtherMechanisms;
    if (isMaking() && conflict && m_held && m_held->externalPort == m_externalPort)
        m_held.reset(); // somebody else's by now, and not to be taken away at the end
    if (isMaking() && m_terms.remove) {
        takeAway();
        return;
    }
    if (isMaking() && code == OnlyPermanentLeases && !m_permanent) {
        m_permanent = true;
        return;
    }
    if (isMaking() && conflict && ++m_ports < MaxPorts) {
        m_externalPort = static_cast<std::uint16_t>(FirstPort + (m_externalPort + PortStep) %
                                                                    (65'536 - FirstPort));
        if (m_phase == Phase::Map && m_control.service == UpnpService::WanIp2)
            m_phase = Phase::MapAny;
        return;
    }
    end({ErrorCode::Forbidden, "UPnP: the router refuses, with code " + std::to_string(code)});
}

/// A router that was restarted, or emptied by hand, may have given the port to another machine,
/// whose mapping anybody inside could take away.
void UpnpCore::owned(const SoapAnswer &answer)
{
    const bool isAnothers =
        (!answer.client.isNull() && answer.client != m_terms.internal.address) ||
        answer.clientPort.value_or(m_terms.internal.port) != m_terms.internal.port;
    if (isAnothers)
        nothingLeft();
    else
        m_phase = Phase::Remove;
}

void UpnpCore::nothingLeft()
{
    m_held.reset();
    m_result = UpnpMapping{};
}

void UpnpCore::mapped(const SoapAnswer &answer)
{
    UpnpHeld held{m_control, m_externalPort, 0, lease()};
    if (isPinhole()) {
        if (!answer.pinhole) {
            ++m_refusedAnswers;
            end({ErrorCode::Forbidden, "UPnP: a pinhole without its number"});
            return;
        }
        held.pinhole = *answer.pinhole;
        held.externalPort = m_terms.internal.port;
        m_external = m_terms.internal.address;
    } else if (m_phase == Phase::MapAny && answer.reserved.value_or(0) != 0) {
        held.externalPort = *answer.reserved;
    }
    m_held = held;
    if (m_terms.remove)
        takeAway();
    else
        m_result = UpnpMapping{{m_external, held.externalPort}, held.lease};
}

void UpnpCore::answered(int status, std::string_view body)
{
    if (isDone())
        return;
    if (++m_requests >= MaxRequests) {
        end({ErrorCode::Unavailable, "UPnP: too many questions"});
        return;
    }
    if (m_phase == Phase::Describe && status == Ok) {
        choose(body);
        return;
    }
    const Result<SoapAnswer> answer =
        status == Ok || status == Fault
            ? readSoapAnswer(body)
            : unexpected(ErrorCode::Malformed, "UPnP: HTTP status " + std::to_string(status));
    if (!answer) {
        ++m_refusedAnswers;
        failed({ErrorCode::Unavailable, answer.error().detail});
        return;
    }
    if (status == Fault || answer->errorCode) {
        refused(answer->errorCode.value_or(0));
        return;
    }
    switch (m_phase) {
    case Phase::Search:
    case Phase::Describe:
        failed({ErrorCode::Unavailable, "UPnP: no description"});
        return;
    case Phase::Address:
        if (!answer->externalAddress.isV4()) {
            ++m_refusedAnswers;
            end({ErrorCode::Forbidden, "UPnP: the router does not tell its address"});
            return;
        }
        m_external = answer->externalAddress;
        if (isGlobalUnicast(m_external)) {
            m_phase = Phase::Map;
            return;
        }
        // Nobody outside comes by it, so nothing is opened.
        m_result = UpnpMapping{{m_external, m_externalPort}, m_terms.lease};
        return;
    case Phase::Map:
    case Phase::MapAny:
        mapped(*answer);
        return;
    case Phase::Owner:
        owned(*answer);
        return;
    case Phase::Remove:
        nothingLeft();
        return;
    }
}

void UpnpCore::failed(const Error &error)
{
    if (isDone())
        return;
    if (m_phase == Phase::Search && m_searches < MaxSearches)
        return; // the next attempt
    if (m_phase != Phase::Search && m_phase != Phase::Describe && !m_terms.remove && m_terms.held) {
        // Where it was once: it may be elsewhere since.
        m_terms.held.reset();
        m_phase = Phase::Search;
        return;
    }
    keepAsked();
    if (isMaking() && m_terms.remove && m_held)
        takeAway();
    else
        end({ErrorCode::Unavailable, error.detail});
}

} // namespace higgs::portmap
