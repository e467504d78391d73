// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as what the servers of a cluster tell each other: what is understood is said again as
// the same, and the numbers of any senders are watched without harm.
#include "server/cluster/cluster_message.h"
#include "shared/base/bytes.h"

#include <cstdlib>

using namespace higgs;
using namespace higgs::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const Result<ClusterMessage> message = decodeClusterMessage(asText({data, size}));
    if (!message)
        return 0;
    const Result<ClusterMessage> again = decodeClusterMessage(encodeClusterMessage(*message));
    if (!again || !(*again == *message))
        std::abort();
    SequenceWatch watch;
    static_cast<void>(watch.missed(*message)); // whether the first is missed says its number
    ClusterMessage next = *message;
    ++next.number;
    if (next.number != 0 && watch.missed(next))
        std::abort();
    return 0;
}
