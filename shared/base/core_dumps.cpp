// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/core_dumps.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <tuple>
#include <unistd.h>

namespace higgs {

void keepMemoryOutOfCores()
{
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // Keys stand on the heap of every library that we use, so that no single mapping could be
    // named: core(5), "Controlling which mappings are written to the core dump". Not
    // PR_SET_DUMPABLE, which takes /proc/self away from its own process, too.
    const int filter = ::open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (filter < 0)
        return; // without /proc the limit is what there is
    std::ignore = ::write(filter, "0", 1);
    ::close(filter);
}

} // namespace higgs
