// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/preferences.h"

#include "shared/protocol/country_code.h"

namespace higgs::vpn {

namespace {

const QString Favourites = QStringLiteral("favourites");
const QString Recents = QStringLiteral("recents");

} // namespace

QStringList Preferences::countries(const QString &key, int most) const
{
    QStringList list;
    for (const QString &text : settings().value(key).toStringList()) {
        const auto code = protocol::CountryCode::parse(text.left(4).toStdString());
        const QString country = code ? QString::fromStdString(code->text()) : QString();
        if (!country.isEmpty() && !list.contains(country) && list.size() < most)
            list += country;
    }
    return list;
}

QStringList Preferences::favourites() const
{
    return countries(Favourites, MaxFavourites);
}

void Preferences::setFavourites(const QStringList &list)
{
    settings().setValue(Favourites, list.mid(0, MaxFavourites));
}

QStringList Preferences::recents() const
{
    return countries(Recents, MaxRecents);
}

void Preferences::noteRecent(const QString &country)
{
    if (country.isEmpty())
        return;
    QStringList list = recents();
    list.removeAll(country);
    list.prepend(country);
    settings().setValue(Recents, list.mid(0, MaxRecents));
}

} // namespace higgs::vpn
