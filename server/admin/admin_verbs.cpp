// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/admin_verbs.h"

#include <algorithm>

namespace higgs::server {

const std::vector<AdminVerb> &adminVerbs()
{
    static const std::vector<AdminVerb> verbs = [] {
        std::vector<AdminVerb> all;
        for (const auto table : {accessKeyVerbs(), nodeVerbs(), banVerbs(), overviewVerbs(),
                                 privacyVerbs(), routeVerbs(), serverVerbs(), sessionVerbs()})
            all.insert(all.end(), table.begin(), table.end());
        return all;
    }();
    return verbs;
}

const AdminVerb *findAdminVerb(std::string_view name)
{
    const auto &verbs = adminVerbs();
    const auto found = std::find_if(verbs.begin(), verbs.end(),
                                    [name](const AdminVerb &verb) { return verb.name == name; });
    return found == verbs.end() ? nullptr : &*found;
}

} // namespace higgs::server
