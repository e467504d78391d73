// SPDX-License-Identifier: GPL-3.0-or-later
// Text from outside (a daemon, a server, a link) made fit to stand in a window: one line, bounded,
// and nothing in it that steers the display.
#pragma once

#include <QString>
#include <string_view>

namespace higgs::widgets {

/// Longer than any sentence of ours; the rest is cut with an ellipsis.
constexpr qsizetype MaxShownText = 500;

/// UTF-8 to text. Control characters and line ends become spaces; bidirectional overrides and
/// isolates and other invisible format characters go; at most `most` UTF-16 units. Not HTML: show
/// it as Qt::PlainText only.
QString plainText(std::string_view utf8, qsizetype most = MaxShownText);
QString plainText(const QString &text, qsizetype most = MaxShownText);

/// For places that may take text for markup and cannot be told otherwise, as a panel's tool tip:
/// angle brackets become single quotation marks of that form, which reads the same.
QString withoutMarkup(QString text);

} // namespace higgs::widgets
