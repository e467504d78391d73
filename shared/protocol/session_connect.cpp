// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/session_codec.h"

#include "shared/protocol/field_writer.h"

namespace higgs::protocol {

namespace {

void readValue(const Json &json, const Place &place, ForwardHop &out)
{
    FieldReader reader(json, place);
    reader.required("relayEndpoint", out.relayEndpoint);
    reader.required("token", out.token);
}

void readExitFields(FieldReader &reader, SessionConnect &out)
{
    const auto demand = [&](const char *name, auto &field) {
        reader.optional(name, field);
        if (!field)
            reader.at(name).fault("is required for an exit");
    };
    demand("clientPublicKey", out.clientPublicKey);
    demand("clientAddress", out.clientAddress);
    demand("clientAddressV6", out.clientAddressV6);
    const auto isHost = [](const IpPrefix &prefix, bool v4) {
        return prefix.address.isNull() || // already a fault
               (prefix.address.isV4() == v4 && prefix.length == (v4 ? 32U : 128U));
    };
    if (out.clientAddress && !isHost(*out.clientAddress, true))
        reader.at("clientAddress").fault("must be an IPv4 address with /32");
    if (out.clientAddressV6 && !isHost(*out.clientAddressV6, false))
        reader.at("clientAddressV6").fault("must be an IPv6 address with /128");
}

} // namespace

void readValue(const Json &json, const Place &place, Candidate &out)
{
    FieldReader reader(json, place);
    reader.required("type", out.type);
    reader.required("address", out.address);
    if (!out.address.isNull() && (out.address.port == 0 || out.address.address.isUnspecified()))
        reader.at("address").fault("must be an address that can be sent to");
}

Json asJson(const Candidate &candidate)
{
    return {{"type", asJson(candidate.type)}, {"address", asJson(candidate.address)}};
}

void readCandidates(FieldReader &reader, std::vector<Candidate> &out)
{
    const Json *list = reader.find("candidates");
    if (list && list->is_array() && list->size() > MaxCandidates) {
        reader.at("candidates")
            .fault("must have at most " + std::to_string(MaxCandidates) + " elements");
        return;
    }
    reader.required("candidates", out);
}

void readConnectPayload(const Json &json, const Place &place, SessionConnect &out)
{
    FieldReader reader(json, place);
    reader.required("role", out.role);
    reader.required("relayEndpoint", out.relayEndpoint);
    reader.optional("natType", out.natType);
    if (reader.find("candidates"))
        readCandidates(reader, out.candidates);
    reader.required("expiresAt", out.expiresAt);
    if (out.role == SessionRole::Exit) {
        readExitFields(reader, out);
    } else if (const Json *forward = reader.find("forward")) {
        ForwardHop hop;
        readValue(*forward, reader.at("forward"), hop);
        out.forward = std::move(hop);
    } else {
        reader.at("forward").fault("is required for a forward");
    }
}

Json connectPayload(const SessionConnect &connect)
{
    Json json = {{"role", asJson(connect.role)},
                 {"relayEndpoint", asJson(connect.relayEndpoint)},
                 {"natType", asJson(connect.natType)},
                 {"candidates", asJson(connect.candidates)},
                 {"expiresAt", asJson(connect.expiresAt)}};
    putOptional(json, "clientPublicKey", connect.clientPublicKey);
    putOptional(json, "clientAddress", connect.clientAddress);
    putOptional(json, "clientAddressV6", connect.clientAddressV6);
    if (connect.forward) {
        json["forward"] = {{"relayEndpoint", asJson(connect.forward->relayEndpoint)},
                           {"token", asJson(connect.forward->token)}};
    }
    return json;
}

} // namespace higgs::protocol
