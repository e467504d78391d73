// SPDX-License-Identifier: GPL-3.0-or-later
// Flags of countries, from the system's iso-flags packages; a badge with the two letters without.
#pragma once

#include <QHash>
#include <QPixmap>
#include <QSize>
#include <QString>
#include <QStringList>

class QPainter;
class QRectF;

namespace higgs::widgets {

struct Tokens;

/// Draws flags of 4:3 with round corners and keeps what it drew. On the window's thread. A flag is
/// ornament beside a name and never the only cue, so it says nothing to screen readers.
class Flags
{
public:
    static constexpr QSize Usual{32, 24};

    /// `folders` are searched in order for "<cc>.svg" and "<cc>.png".
    explicit Flags(QStringList folders = systemFolders());

    /// `faded`: of a place that cannot be chosen.
    void draw(QPainter &painter, const QRectF &bounds, const QString &country, const Tokens &tokens,
              bool faded = false);

    static QStringList systemFolders();

private:
    QPixmap flag(const QString &country, QSize devicePixels);

    QStringList m_folders;
    QHash<QString, QPixmap> m_drawn; ///< by country and size; null for a missing one
};

} // namespace higgs::widgets
