// SPDX-License-Identifier: GPL-3.0-or-later
// The window's shortcuts, and the words for them: one list for what works and what F1 shows.
#pragma once

#include "shared/widgets/keys_page.h"

namespace higgs::vpn::keys {

inline constexpr QKeyCombination Connect = Qt::CTRL | Qt::Key_Return;
inline constexpr QKeyCombination Pause = Qt::CTRL | Qt::Key_P;
inline constexpr QKeyCombination Search = Qt::CTRL | Qt::Key_F;
inline constexpr QKeyCombination Settings = Qt::CTRL | Qt::Key_Comma;
inline constexpr QKeyCombination Diagnostics = Qt::CTRL | Qt::Key_I;
inline constexpr QKeyCombination Quit = Qt::CTRL | Qt::Key_Q;
inline constexpr QKeyCombination Menu{Qt::Key_F10};
inline constexpr QKeyCombination Help{Qt::Key_F1};

/// In the language of the moment.
widgets::KeysPage::Keys all();

} // namespace higgs::vpn::keys
