// SPDX-License-Identifier: GPL-3.0-or-later
// What the client's window remembers besides what every window does: favourites and recents.
#pragma once

#include "shared/widgets/window_preferences.h"

#include <QStringList>

namespace higgs::vpn {

class Preferences : public widgets::WindowPreferences
{
public:
    static constexpr int MaxRecents = 8;
    static constexpr int MaxFavourites = 200;

    using WindowPreferences::WindowPreferences;

    /// Country codes ("DE"), in the order in which they were added.
    [[nodiscard]] QStringList favourites() const;
    void setFavourites(const QStringList &countries);
    /// Country codes, the latest first.
    [[nodiscard]] QStringList recents() const;
    void noteRecent(const QString &country);

private:
    [[nodiscard]] QStringList countries(const QString &key, int most) const;
};

} // namespace higgs::vpn
