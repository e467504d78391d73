// SPDX-License-Identifier: GPL-3.0-or-later
// What every use of OpenSSL needs: the deleter of its objects, by the function that frees them, and
// the end of the program where a call fails that cannot.
#pragma once

#include <cstdlib>

namespace higgs {

/// For std::unique_ptr. OpenSSL wipes the secrets of its own that it frees.
template <auto Free>
struct FreedBy
{
    template <typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};

/// Only an OpenSSL without the algorithm, or a machine without memory, comes to this; an unwritten
/// digest, or a packet that leaves unsealed, would be worse than ending.
inline void require(bool done)
{
    if (!done)
        std::abort();
}

} // namespace higgs
