// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/window_keys.h"

#include <QCoreApplication>

namespace higgs::vpn::keys {

namespace {

struct KeyTexts
{
    Q_DECLARE_TR_FUNCTIONS(Keys)
};

} // namespace

widgets::KeysPage::Keys all()
{
    return {
        {Connect, KeyTexts::tr("Connect, resume or try again")},
        {Pause, KeyTexts::tr("Pause, for a time that you choose")},
        {Search, KeyTexts::tr("Choose another country; typing its name does so, too")},
        {QKeySequence(Qt::CTRL | Qt::Key_D),
         KeyTexts::tr("In the list: a favourite, or not any more")},
        {Settings, KeyTexts::tr("Settings")},
        {Diagnostics, KeyTexts::tr("Diagnostics")},
        {Menu, KeyTexts::tr("Menu")},
        {QKeySequence(Qt::Key_Escape), KeyTexts::tr("Back")},
        {Help, KeyTexts::tr("These keys")},
        {Quit, KeyTexts::tr("Quit this window; the service goes on")},
    };
}

} // namespace higgs::vpn::keys
