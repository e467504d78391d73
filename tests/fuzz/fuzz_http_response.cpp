// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as an HTTP response, whole and in two pieces.
#include "shared/net/http_response.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const higgs::ByteSpan input(data, size);
    for (const std::size_t cut : {size, size / 2}) {
        higgs::HttpResponseParser parser;
        higgs::Result<bool> whole = parser.feed(input.first(cut));
        if (whole && !*whole)
            whole = parser.feed(input.subspan(cut));
        if (whole && !*whole)
            whole = parser.finish();
        if (whole && *whole)
            (void)parser.take();
    }
    return 0;
}
