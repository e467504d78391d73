// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/dns_presets.h"

#include <algorithm>

namespace higgs::vpn {

// One of each family at least: which of them the exit can reach is not known here.
const std::vector<DnsPreset> &dnsPresets()
{
    static const std::vector<DnsPreset> All = {
        {QStringLiteral("quad9"),
         {QStringLiteral("9.9.9.9"), QStringLiteral("149.112.112.112"),
          QStringLiteral("2620:fe::fe")}},
        {QStringLiteral("adguard"),
         {QStringLiteral("94.140.14.14"), QStringLiteral("94.140.15.15"),
          QStringLiteral("2a10:50c0::ad1:ff")}},
    };
    return All;
}

const DnsPreset *presetOf(const QStringList &servers)
{
    for (const DnsPreset &preset : dnsPresets()) {
        if (preset.servers.size() == servers.size() &&
            std::is_permutation(servers.begin(), servers.end(), preset.servers.begin()))
            return &preset;
    }
    return nullptr;
}

} // namespace higgs::vpn
