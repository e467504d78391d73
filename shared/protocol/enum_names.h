// SPDX-License-Identifier: GPL-3.0-or-later
// The texts that the closed enumerations have on the wire; one table each, for both directions.
#pragma once

#include "shared/protocol/relay_message.h"
#include "shared/protocol/rest_routing.h"

#include <optional>
#include <span>
#include <string_view>

namespace higgs::protocol {

template <typename Enum>
struct EnumName
{
    Enum value;
    std::string_view text;
};

template <typename Enum>
using EnumNames = std::span<const EnumName<Enum>>;

// Found by the argument's type; its value does not matter.
EnumNames<NatType> enumNames(NatType);
EnumNames<Access> enumNames(Access);
EnumNames<NodeAccess> enumNames(NodeAccess);
EnumNames<CandidateType> enumNames(CandidateType);
EnumNames<SessionRole> enumNames(SessionRole);
EnumNames<Direction> enumNames(Direction);
EnumNames<ControlAction> enumNames(ControlAction);
EnumNames<RegistrationStatus> enumNames(RegistrationStatus);
EnumNames<NodeStatus> enumNames(NodeStatus);
EnumNames<RouteType> enumNames(RouteType);

template <typename Enum>
std::string_view nameOf(Enum value)
{
    for (const EnumName<Enum> &name : enumNames(value)) {
        if (name.value == value)
            return name.text;
    }
    return {};
}

template <typename Enum>
std::optional<Enum> parseEnum(std::string_view text)
{
    for (const EnumName<Enum> &name : enumNames(Enum{})) {
        if (name.text == text)
            return name.value;
    }
    return std::nullopt;
}

} // namespace higgs::protocol
