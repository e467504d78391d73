// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a front sends, its header is no longer than what there is.
#include "shared/protocol/proxy_header.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto header = higgs::protocol::decodeProxyHeader({data, size});
    if (header && *header && (*header)->size > size)
        std::abort();
    return 0;
}
