// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/enum_names.h"

#include <array>

namespace higgs::protocol {

namespace {

constexpr std::array<EnumName<NatType>, 8> NatTypes = {{
    {NatType::FullCone, "FullCone"},
    {NatType::RestrictedCone, "RestrictedCone"},
    {NatType::PortRestricted, "PortRestricted"},
    {NatType::Symmetric, "Symmetric"},
    {NatType::Open, "Open"},
    {NatType::Firewalled, "Firewalled"},
    {NatType::Blocked, "Blocked"},
    {NatType::Unknown, "Unknown"},
}};
constexpr std::array<EnumName<Access>, 2> Accesses = {{
    {Access::Open, "open"},
    {Access::Key, "key"},
}};
constexpr std::array<EnumName<NodeAccess>, 3> NodeAccesses = {{
    {NodeAccess::Open, "open"},
    {NodeAccess::Key, "key"},
    {NodeAccess::Approve, "approve"},
}};
constexpr std::array<EnumName<CandidateType>, 3> CandidateTypes = {{
    {CandidateType::Host, "host"},
    {CandidateType::Srflx, "srflx"},
    {CandidateType::Relay, "relay"},
}};
constexpr std::array<EnumName<SessionRole>, 2> SessionRoles = {{
    {SessionRole::Exit, "exit"},
    {SessionRole::Forward, "forward"},
}};
constexpr std::array<EnumName<Direction>, 3> Directions = {{
    {Direction::ClientToNode, "client-to-node"},
    {Direction::NodeToClient, "node-to-client"},
    {Direction::Server, "server"},
}};
constexpr std::array<EnumName<ControlAction>, 5> ControlActions = {{
    {ControlAction::Connected, "connected"},
    {ControlAction::Connect, "connect"},
    {ControlAction::Disconnect, "disconnect"},
    {ControlAction::Error, "error"},
    {ControlAction::Candidates, "candidates"},
}};
constexpr std::array<EnumName<RegistrationStatus>, 2> RegistrationStatuses = {{
    {RegistrationStatus::Registered, "registered"},
    {RegistrationStatus::Pending, "pending"},
}};
constexpr std::array<EnumName<NodeStatus>, 3> NodeStatuses = {{
    {NodeStatus::Online, "online"},
    {NodeStatus::Degraded, "degraded"},
    {NodeStatus::Offline, "offline"},
}};
constexpr std::array<EnumName<RouteType>, 3> RouteTypes = {{
    {RouteType::Direct, "direct"},
    {RouteType::Relay, "relay"},
    {RouteType::Cascade, "cascade"},
}};

} // namespace

EnumNames<NatType> enumNames(NatType /*value*/)
{
    return NatTypes;
}

EnumNames<Access> enumNames(Access /*value*/)
{
    return Accesses;
}

EnumNames<NodeAccess> enumNames(NodeAccess /*value*/)
{
    return NodeAccesses;
}

EnumNames<CandidateType> enumNames(CandidateType /*value*/)
{
    return CandidateTypes;
}

EnumNames<SessionRole> enumNames(SessionRole /*value*/)
{
    return SessionRoles;
}

EnumNames<Direction> enumNames(Direction /*value*/)
{
    return Directions;
}

EnumNames<ControlAction> enumNames(ControlAction /*value*/)
{
    return ControlActions;
}

EnumNames<RegistrationStatus> enumNames(RegistrationStatus /*value*/)
{
    return RegistrationStatuses;
}

EnumNames<NodeStatus> enumNames(NodeStatus /*value*/)
{
    return NodeStatuses;
}

EnumNames<RouteType> enumNames(RouteType /*value*/)
{
    return RouteTypes;
}

std::string_view toString(NatType type)
{
    return nameOf(type);
}

std::optional<NatType> parseNatType(std::string_view text)
{
    return parseEnum<NatType>(text);
}

std::string_view toString(Access access)
{
    return nameOf(access);
}

std::string_view toString(NodeAccess access)
{
    return nameOf(access);
}

std::string_view toString(CandidateType type)
{
    return nameOf(type);
}

std::string_view toString(SessionRole role)
{
    return nameOf(role);
}

std::string_view toString(Direction direction)
{
    return nameOf(direction);
}

std::string_view toString(ControlAction action)
{
    return nameOf(action);
}

std::string_view toString(RegistrationStatus status)
{
    return nameOf(status);
}

std::string_view toString(NodeStatus status)
{
    return nameOf(status);
}

std::string_view toString(RouteType type)
{
    return nameOf(type);
}

} // namespace higgs::protocol
