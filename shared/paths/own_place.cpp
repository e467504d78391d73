// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/paths/own_place.h"

#include <algorithm>

namespace higgs {

using protocol::Candidate;
using protocol::CandidateType;

bool OwnPlace::setMapped(const Endpoint &mapped)
{
    const Candidate candidate{CandidateType::Srflx, mapped};
    if (std::find(candidates.begin(), candidates.end(), candidate) != candidates.end())
        return false;
    forgetMapped(mapped.address.family());
    candidates.push_back(candidate);
    return true;
}

bool OwnPlace::forgetMapped(IpAddress::Family family)
{
    return std::erase_if(candidates, [family](const Candidate &each) {
               return each.type == CandidateType::Srflx && each.address.address.family() == family;
           }) > 0;
}

} // namespace higgs
