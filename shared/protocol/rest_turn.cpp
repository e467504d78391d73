// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/rest_turn.h"

#include <algorithm>

#include "shared/protocol/field_reader.h"
#include "shared/protocol/field_writer.h"

namespace higgs::protocol {

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, TurnServer &out)
{
    FieldReader reader(json, place);
    reader.required("host", out.host);
    reader.required("port", out.port);
    reader.required("realm", out.realm);
    reader.required("username", out.username);
    reader.required("password", out.password);
    reader.required("ttl", out.ttl);
    if (reader.find("host") && !isHostText(out.host))
        reader.at("host").fault("must be a host name or an IP address");
}

Json asJson(const TurnServer &server)
{
    return {{"host", server.host},
            {"port", server.port},
            {"realm", server.realm},
            {"username", server.username},
            {"password", asJson(server.password)},
            {"ttl", asJson(server.ttl)}};
}

void readValue(const Json &json, const Place &place, IceServer &out)
{
    FieldReader reader(json, place);
    const Json *urls = reader.find("urls");
    if (urls && urls->is_string()) {
        std::string url;
        reader.required("urls", url);
        out.urls = {url};
    } else {
        reader.required("urls", out.urls);
    }
    if (urls && out.urls.empty())
        reader.at("urls").fault("must not be empty");
    reader.optional("username", out.username);
    reader.optional("credential", out.credential);
}

Json asJson(const IceServer &server)
{
    Json json = {
        {"urls", server.urls.size() == 1 ? Json(server.urls.front()) : asJson(server.urls)}};
    putOptional(json, "username", server.username);
    putOptional(json, "credential", server.credential);
    return json;
}

void readValue(const Json &json, const Place &place, IceServersResponse &out)
{
    FieldReader(json, place).required("iceServers", out.iceServers);
}

Result<StunServersResponse> decodeStunServersResponse(const Json &json, Faults *faults)
{
    return decodeDocument<StunServersResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, StunServersResponse &out) {
            FieldReader(document, place).required("servers", out.servers);
        });
}

Result<TurnServersResponse> decodeTurnServersResponse(const Json &json, Faults *faults)
{
    return decodeDocument<TurnServersResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, TurnServersResponse &out) {
            FieldReader(document, place).required("servers", out.servers);
        });
}

Result<IceServersResponse> decodeIceServersResponse(const Json &json, Faults *faults)
{
    return decodeDocument<IceServersResponse>(
        json, faults, std::nullopt,
        [](const Json &document, const Place &place, IceServersResponse &out) {
            readValue(document, place, out);
        });
}

Json toJson(const StunServersResponse &response)
{
    return {{"servers", asJson(response.servers)}};
}

Json toJson(const TurnServersResponse &response)
{
    return {{"servers", asJson(response.servers)}};
}

Json toJson(const IceServersResponse &response)
{
    return {{"iceServers", asJson(response.iceServers)}};
}

bool offersTurn(const IceServersResponse &servers)
{
    const auto isTurn = [](const std::string &url) {
        return url.starts_with("turn:") || url.starts_with("turns:");
    };
    return std::any_of(servers.iceServers.begin(), servers.iceServers.end(),
                       [&](const IceServer &each) {
                           return std::any_of(each.urls.begin(), each.urls.end(), isTurn);
                       });
}

} // namespace higgs::protocol
