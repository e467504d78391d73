// SPDX-License-Identifier: GPL-3.0-or-later
// What the system's programs and a state file may say: the first byte chooses the reader.
#include "shared/tunnel/exit_attack.h"
#include "shared/tunnel/exit_fuse.h"
#include "shared/tunnel/interface_address.h"
#include "shared/tunnel/ip_text.h"
#include "shared/tunnel/local_networks.h"
#include "shared/tunnel/network_state.h"
#include "shared/tunnel/uapi.h"
#include "shared/tunnel/uapi_answer.h"
#include "shared/tunnel/wg_text.h"

#include <cstdlib>

using namespace higgs;

namespace {

template <typename State>
void roundTrip(const Result<State> &state, Result<State> (*decode)(std::string_view))
{
    if (state && !(decode(encodeState(*state)).value() == *state))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text = asText({bytes + 1, size - 1});
    switch (bytes[0] % 8) {
    case 0:
        static_cast<void>(parseWgDump(text));
        break;
    case 1:
        static_cast<void>(parseDefaultRouteInterface(text, "higgs0"));
        static_cast<void>(parseRules(text));
        static_cast<void>(parseLinkKind(text));
        static_cast<void>(parseGlobalAddresses(text));
        static_cast<void>(parseDefaultGateways(text));
        static_cast<void>(parseTableRoutes(text));
        static_cast<void>(parseSurroundings(text, {"eth0"}, "higgs0"));
        static_cast<void>(parseBeside(text, {}, {{"eth0", std::string(text)}}));
        break;
    case 2:
        roundTrip(decodeClientState(text), &decodeClientState);
        break;
    case 3:
        roundTrip(decodeExitState(text), &decodeExitState);
        break;
    case 4:
        static_cast<void>(isOurResolvConf(renderResolvConf({}, text)));
        static_cast<void>(isManagedByResolved(text, text));
        static_cast<void>(isManagedByResolvconf(text, text));
        break;
    case 5:
        static_cast<void>(InterfaceAddress::parse(text));
        static_cast<void>(checkInterfaceName(text));
        break;
    case 6:
        static_cast<void>(parseUapiPeers(text));
        static_cast<void>(readUapiRequest(text));
        break;
    default:
        static_cast<void>(parseCutGuests(text));
        static_cast<void>(parseReached(text));
        break;
    }
    return 0;
}
