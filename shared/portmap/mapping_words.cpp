// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/portmap/mapping_words.h"

namespace higgs::portmap {

namespace {

std::string protocolWords(const MappingStatus &status)
{
    if (!status.protocol)
        return {};
    switch (*status.protocol) {
    case MappingProtocol::Pcp:
        return " (PCP)";
    case MappingProtocol::NatPmp:
        return " (NAT-PMP)";
    case MappingProtocol::Upnp:
        return " (UPnP)";
    }
    return {};
}

std::string sentence(const MappingStatus &status)
{
    switch (status.state) {
    case MappingState::Off:
        return "nothing is asked of the router now";
    case MappingState::Forbidden:
        return "the router is not asked for a port, as the settings say";
    case MappingState::NoRouter:
        return "there is no router to ask: the default route leads by no network card to one";
    case MappingState::Asking:
        return "the router is being asked";
    case MappingState::Mapped:
        return "the router lets others in at " + status.external.toString() + protocolWords(status);
    case MappingState::Unconfirmed:
        return "the router says " + status.external.toString() + protocolWords(status) +
               "; nobody has said yet what others see";
    case MappingState::Mismatch:
        return "the router says " + status.external.toString() + protocolWords(status) +
               ", and others see another address: it is not believed";
    case MappingState::BehindAnotherNat:
        return "the router is itself behind another one's translation, so a port of its own would "
               "reach nobody";
    case MappingState::Refused:
        return "the router refuses to open a port: its page has a switch for that (UPnP, NAT-PMP "
               "or PCP)";
    case MappingState::Unavailable:
        return "the router opens no ports when asked: its page may have a switch for that (UPnP, "
               "NAT-PMP or PCP), and without it the relay carries what cannot go straight";
    }
    return {};
}

protocol::Json familyJson(const MappingStatus &mapping)
{
    using protocol::Json;
    const bool told = !mapping.external.isNull() && !mapping.external.address.isUnspecified();
    return Json{{"state", toString(mapping.state)},
                {"protocol", mapping.protocol ? Json(toString(*mapping.protocol)) : Json()},
                {"external", told ? Json(mapping.external.toString()) : Json()}};
}

} // namespace

std::string mappingSentence(const MapperStatus &status)
{
    std::string text = sentence(status.v4);
    const MappingState v6 = status.v6.state;
    if (v6 == MappingState::Mapped || v6 == MappingState::Refused)
        text += "; IPv6: " + sentence(status.v6);
    return text;
}

protocol::Json mappingJson(const MapperStatus &status)
{
    protocol::Json answer = familyJson(status.v4);
    answer["ipv6"] = familyJson(status.v6);
    answer["refusedAnswers"] = status.refusedAnswers;
    return answer;
}

} // namespace higgs::portmap
