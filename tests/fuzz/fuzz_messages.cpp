// SPDX-License-Identifier: GPL-3.0-or-later
// Any document through every decoder of the wire. What a decoder accepts it must encode to a
// document that it accepts again as the same value.
#include "shared/base/bytes.h"
#include "shared/protocol/error_body.h"
#include "shared/protocol/relay_message.h"
#include "shared/protocol/rest_locations.h"
#include "shared/protocol/rest_metrics.h"
#include "shared/protocol/rest_routing.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::protocol;

namespace {

template <typename T>
bool canBeSaid(const T &)
{
    return true;
}

/// The relay hears an action that it does not know, to answer `unsupported_action`; it says none.
bool canBeSaid(const RelayMessage &message)
{
    const auto *control = std::get_if<RelayControl>(&message.payload);
    return control == nullptr || control->action != ControlAction::Other;
}

template <typename T>
void check(const Json &json, Result<T> (*decode)(const Json &, Faults *))
{
    Faults faults;
    const Result<T> value = decode(json, &faults);
    if (!value) {
        // TooLarge and NotFound have no place in the document.
        if (faults.empty() && value.error().code == ErrorCode::Malformed)
            std::abort();
        return;
    }
    if (!canBeSaid(*value))
        return;
    const Result<T> again = decode(toJson(*value), nullptr);
    if (!faults.empty() || !again || !(*again == *value))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const Result<Json> json = parseJson(asText({data, size}));
    if (!json)
        return 0;
    check(*json, decodeRegisterRequest);
    check(*json, decodeRegisterResponse);
    check(*json, decodeHeartbeatRequest);
    check(*json, decodeHeartbeatResponse);
    check(*json, decodeRoutingRequest);
    check(*json, decodeRoutingResponse);
    check(*json, decodeMetricsReport);
    check(*json, decodeServerInfo);
    check(*json, decodeLocationsResponse);
    check(*json, decodeNodesResponse);
    check(*json, decodeRenewResponse);
    check(*json, decodeStunServersResponse);
    check(*json, decodeTurnServersResponse);
    check(*json, decodeIceServersResponse);
    check(*json, decodeErrorBody);
    check(*json, decodeRelayMessage);
    check(*json, decodeSignalMessage);
    return 0;
}
