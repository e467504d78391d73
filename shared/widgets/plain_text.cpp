// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/plain_text.h"

namespace higgs::widgets {

QString plainText(const QString &text, qsizetype most)
{
    QString clean;
    clean.reserve(std::min(text.size(), most));
    for (const QChar c : text) {
        if (clean.size() == most) {
            clean.back() = QChar(0x2026);
            break;
        }
        switch (c.category()) {
        case QChar::Other_Format:
        case QChar::Other_NotAssigned:
        case QChar::Other_PrivateUse:
            break;
        case QChar::Other_Control:
        case QChar::Separator_Line:
        case QChar::Separator_Paragraph:
            clean += QLatin1Char(' ');
            break;
        default:
            clean += c;
        }
    }
    return clean.trimmed();
}

QString plainText(std::string_view utf8, qsizetype most)
{
    // A text of many bytes is cut before it is read: no character takes more than four.
    const auto bytes = std::min(utf8.size(), static_cast<std::size_t>(most) * 4 + 4);
    return plainText(QString::fromUtf8(utf8.data(), static_cast<qsizetype>(bytes)), most);
}

QString withoutMarkup(QString text)
{
    text.replace(QLatin1Char('<'), QChar(0x2039));
    text.replace(QLatin1Char('>'), QChar(0x203A));
    return text;
}

} // namespace higgs::widgets
