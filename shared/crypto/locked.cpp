// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/crypto/locked.h"

#include <cstdlib>
#include <sodium.h>

namespace higgs {

void *allocateLocked(std::size_t size)
{
    // Alignment: the pages' end, minus a size that is a multiple of the type's alignment.
    void *memory = sodium_malloc(size);
    if (memory == nullptr)
        std::abort();
    return memory;
}

void freeLocked(void *memory)
{
    sodium_free(memory);
}

} // namespace higgs
