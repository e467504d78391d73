// SPDX-License-Identifier: GPL-3.0-or-later
// What a region is called: ISO 3166-2 codes by Debian's iso-codes, where that is installed.
#pragma once

#include <QHash>
#include <QLocale>
#include <QString>

namespace higgs::widgets {

/// "DE-BE" -> "Berlin", in Russian "Берлин"; empty for a code that nobody assigned, and where
/// iso-codes is not installed. Reads the lists at the first call, about 10 ms.
QString subdivisionName(const QString &code, const QLocale &locale = QLocale());

// The formats, pure and total; what is malformed is left away.

/// iso_3166-2.json: code -> English name.
QHash<QString, QString> readSubdivisions(const QByteArray &json);
/// A compiled GNU gettext catalogue of this machine's byte order: original -> translation.
QHash<QString, QString> readCatalogue(const QByteArray &mo);

} // namespace higgs::widgets
