// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/error_body.h"

#include "shared/protocol/field_reader.h"

namespace higgs::protocol {

// In the open namespace, not an unnamed one: the readers and writers of whole documents find these
// overloads by their argument's type, and that look-up does not see into an unnamed namespace.

static void readValue(const Json &json, const Place &place, Fault &out)
{
    FieldReader reader(json, place);
    reader.required("path", out.path);
    reader.required("message", out.message);
}

Result<ErrorBody> decodeErrorBody(const Json &json, Faults *faults)
{
    return decodeDocument<ErrorBody>(json, faults, std::nullopt,
                                     [](const Json &document, const Place &place, ErrorBody &out) {
                                         FieldReader outer(document, place);
                                         const Place errorPlace = outer.at("error");
                                         const Json *error = outer.find("error");
                                         if (!error) {
                                             errorPlace.fault("is required");
                                             return;
                                         }
                                         FieldReader reader(*error, errorPlace);
                                         reader.required("code", out.code);
                                         reader.required("message", out.message);
                                         reader.optional("details", out.details);
                                     });
}

Json toJson(const ErrorBody &body)
{
    Json error = {{"code", body.code}, {"message", body.message}};
    if (!body.details.empty()) {
        Json details = Json::array();
        for (const Fault &fault : body.details)
            details.push_back({{"path", fault.path}, {"message", fault.message}});
        error["details"] = std::move(details);
    }
    return {{"error", std::move(error)}};
}

} // namespace higgs::protocol
