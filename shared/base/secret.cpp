// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/secret.h"

namespace higgs {

void wipe(MutableByteSpan memory)
{
    explicit_bzero(memory.data(), memory.size());
}

bool equalConstantTime(ByteSpan a, ByteSpan b)
{
    if (a.size() != b.size())
        return false;
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

} // namespace higgs
