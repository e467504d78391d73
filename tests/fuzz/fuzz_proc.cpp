// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as a file of /proc: every figure that is read of it is one that can be.
#include "app-node/engine/system_metrics.h"
#include "app-vpn/daemon/exclusion.h"
#include "shared/base/bytes.h"

#include <cstdlib>

using namespace higgs;

namespace {

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = asText({data, size});
    static_cast<void>(node::parseCpuTimes(text));
    if (const auto usage = node::parseMemoryUsage(text))
        demand(*usage >= 0 && *usage <= 100);
    if (const auto load = node::parseLoadAverage(text))
        demand(*load >= 0 && *load < 1e6);
    constexpr std::uint32_t Group = 1'000;
    demand(!vpn::hasEffectiveGroup(text, Group) || !vpn::hasEffectiveGroup(text, Group + 1));
    return 0;
}
