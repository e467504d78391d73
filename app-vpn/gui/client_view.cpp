// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/client_view.h"

namespace higgs::vpn {

QString ServerView::address() const
{
    const bool bare = host.contains(QLatin1Char(':'));
    return (bare ? QString(QLatin1Char('[') + host + QLatin1Char(']')) : host) + QLatin1Char(':') +
           QString::number(port);
}

} // namespace higgs::vpn
