// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/region_names.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cstring>

namespace higgs::widgets {

namespace {

// The lists are half a megabyte; what is much more is something else.
constexpr qint64 MostFile = 8 << 20;
constexpr quint32 CatalogueMagic = 0x950412de; // GNU gettext manual, "The Format of GNU MO Files"
constexpr quint32 MostMessages = 50'000;
constexpr quint32 DescriptorSize = 8; // length and offset

QByteArray content(const QString &path)
{
    QFile file(path);
    if (file.size() > MostFile || !file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll();
}

/// 0 beyond the end.
quint32 wordAt(const QByteArray &bytes, quint64 at)
{
    quint32 word = 0;
    if (at + sizeof word <= static_cast<quint64>(bytes.size()))
        std::memcpy(&word, bytes.constData() + at, sizeof word);
    return word;
}

/// The text whose length and offset stand at `at`; empty when it lies outside.
QString textAt(const QByteArray &bytes, quint64 at)
{
    const quint64 length = wordAt(bytes, at);
    const quint64 offset = wordAt(bytes, at + sizeof(quint32));
    if (offset + length > static_cast<quint64>(bytes.size()))
        return {};
    return QString::fromUtf8(bytes.constData() + offset, static_cast<qsizetype>(length));
}

} // namespace

QHash<QString, QString> readSubdivisions(const QByteArray &json)
{
    QHash<QString, QString> names;
    const QJsonArray list =
        QJsonDocument::fromJson(json).object().value(QStringLiteral("3166-2")).toArray();
    for (const QJsonValue &each : list) {
        const QString code = each[QStringLiteral("code")].toString();
        const QString name = each[QStringLiteral("name")].toString();
        if (!code.isEmpty() && !name.isEmpty())
            names.insert(code, name);
    }
    return names;
}

QHash<QString, QString> readCatalogue(const QByteArray &mo)
{
    QHash<QString, QString> texts;
    if (wordAt(mo, 0) != CatalogueMagic)
        return texts;
    const quint32 count = std::min(wordAt(mo, 8), MostMessages);
    const quint64 originals = wordAt(mo, 12);
    const quint64 translations = wordAt(mo, 16);
    for (quint64 index = 0; index < count; ++index) {
        const QString original = textAt(mo, originals + index * DescriptorSize);
        const QString translation = textAt(mo, translations + index * DescriptorSize);
        if (!original.isEmpty() && !translation.isEmpty())
            texts.insert(original, translation);
    }
    return texts;
}

QString subdivisionName(const QString &code, const QLocale &locale)
{
    // Never change while a program runs, and are the same for all of it.
    static const QHash<QString, QString> English =
        readSubdivisions(content(QStringLiteral("/usr/share/iso-codes/json/iso_3166-2.json")));
    const QString name = English.value(code);
    if (name.isEmpty() || locale.language() != QLocale::Russian)
        return name;
    static const QHash<QString, QString> Russian =
        readCatalogue(content(QStringLiteral("/usr/share/locale/ru/LC_MESSAGES/iso_3166-2.mo")));
    return Russian.value(name, name);
}

} // namespace higgs::widgets
