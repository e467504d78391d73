// SPDX-License-Identifier: GPL-3.0-or-later
// Where this end of a session is, as others may reach it.
#pragma once

#include "shared/protocol/nat_type.h"
#include "shared/protocol/session_connect.h"

#include <vector>

namespace higgs {

struct OwnPlace
{
    std::vector<protocol::Candidate> candidates;
    protocol::NatType nat = protocol::NatType::Unknown;
    bool asked = false; ///< the STUN servers have answered, or failed

    /// What STUN says of one family, instead of what it said before. True: it is news.
    bool setMapped(const Endpoint &mapped);
    /// STUN says nothing of this family any more.
    bool forgetMapped(IpAddress::Family family);

    friend bool operator==(const OwnPlace &, const OwnPlace &) = default;
};

} // namespace higgs
