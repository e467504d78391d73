// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/relay_form.h"

#include "shared/base/ids.h"
#include "shared/protocol/session_connect.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

constexpr std::size_t MaxAction = 64;
constexpr std::size_t MaxErrorText = 1024;
constexpr std::size_t MaxEndpoint = 53;
constexpr std::int64_t MaxTime = 9007199254740991;

const Json *member(const Json &object, const char *name)
{
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

const std::string *text(const Json *json)
{
    return json == nullptr ? nullptr : json->get_ptr<const Json::string_t *>();
}

/// Characters, as a schema counts them; the text is UTF-8.
std::size_t lengthOf(const std::string &utf8)
{
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

template <std::size_t N>
bool isOneOf(const std::string *value, const char *const (&names)[N])
{
    return value != nullptr &&
           std::find(std::begin(names), std::end(names), *value) != std::end(names);
}

bool isErrorText(const Json *json)
{
    if (json == nullptr || json->is_null())
        return true;
    const std::string *value = text(json);
    return value != nullptr && lengthOf(*value) <= MaxErrorText;
}

bool isCandidate(const Json &json)
{
    static constexpr const char *Types[] = {"host", "srflx", "relay"};
    if (!json.is_object() || !isOneOf(text(member(json, "type")), Types))
        return false;
    const std::string *address = text(member(json, "address"));
    return address != nullptr && lengthOf(*address) <= MaxEndpoint;
}

bool isControl(const Json &payload)
{
    if (!payload.is_object())
        return false;
    const std::string *action = text(member(payload, "action"));
    if (action == nullptr || action->empty() || lengthOf(*action) > MaxAction ||
        !isErrorText(member(payload, "errorCode")) || !isErrorText(member(payload, "errorMessage")))
        return false;
    if (*action != "candidates")
        return true;
    const Json *list = member(payload, "candidates");
    return list != nullptr && list->is_array() && list->size() <= MaxCandidates &&
           std::all_of(list->begin(), list->end(), isCandidate);
}

/// An integer as the validator understands it: 1.0 is none.
bool isTime(const Json *json)
{
    if (json == nullptr || !json->is_number_integer())
        return false;
    if (json->is_number_unsigned())
        return json->get<std::uint64_t>() <= static_cast<std::uint64_t>(MaxTime);
    return json->get<std::int64_t>() >= 0 && json->get<std::int64_t>() <= MaxTime;
}

} // namespace

bool isRelayForm(const Json &document)
{
    static constexpr const char *Directions[] = {"client-to-node", "node-to-client", "server"};
    if (!document.is_object())
        return false;
    const std::string *type = text(member(document, "type"));
    const std::string *session = text(member(document, "sessionId"));
    const Json *payload = member(document, "payload");
    if (type == nullptr || session == nullptr || payload == nullptr ||
        !SessionId::parse(*session) || !isOneOf(text(member(document, "direction")), Directions))
        return false;
    if (*type == "data")
        return payload->is_string();
    if (*type == "control")
        return isControl(*payload);
    return *type == "heartbeat" && payload->is_object() && isTime(member(*payload, "timestamp"));
}

} // namespace higgs::protocol
