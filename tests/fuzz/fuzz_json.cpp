// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes through the strict JSON parser: what it accepts, it must write and read again.
#include "shared/base/bytes.h"
#include "shared/protocol/json.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace higgs::protocol;
    const higgs::Result<Json> json = parseJson(higgs::asText({data, size}));
    if (!json)
        return 0;
    const higgs::Result<Json> again = parseJson(dumpJson(*json), {.bytes = 1 << 24});
    if (!again || *again != *json)
        std::abort();
    return 0;
}
