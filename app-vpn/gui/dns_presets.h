// SPDX-License-Identifier: GPL-3.0-or-later
// Resolvers that block something by their operators' own word, ready to choose. Pure.
#pragma once

#include <QString>
#include <QStringList>
#include <vector>

namespace higgs::vpn {

struct DnsPreset
{
    QString id;          ///< "quad9"
    QStringList servers; ///< as the daemon writes them
};

const std::vector<DnsPreset> &dnsPresets();

/// Whose servers these are, in whatever order; null: nobody's of the presets.
const DnsPreset *presetOf(const QStringList &servers);

} // namespace higgs::vpn
