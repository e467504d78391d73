// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/redaction.h"

#include <QRegularExpression>
#include <array>

namespace higgs::widgets {

namespace {

constexpr qsizetype KeptOfIds = 8;
constexpr qsizetype MinWord = 3;
const QString Ellipsis = QStringLiteral("…");

using Match = QRegularExpressionMatch;

QString head(const Match &match)
{
    return match.captured().left(KeptOfIds) + Ellipsis;
}

QString token(const Match & /*match*/)
{
    return QStringLiteral("[token]");
}

QString key(const Match & /*match*/)
{
    return QStringLiteral("[key]");
}

QString namedSecret(const Match &match)
{
    return match.captured(1) + QStringLiteral("[hidden]");
}

QString shortenedV4(const Match &match)
{
    return match.captured(1) + QStringLiteral(".x.x");
}

QString shortenedV6(const Match &match)
{
    const QString address = match.captured();
    // Times ("12:30:05") have the same letters; an address has "::" or more than two colons.
    if (!address.contains(QLatin1String("::")) && address.count(QLatin1Char(':')) < 3)
        return address;
    const QStringList groups = address.split(QLatin1Char(':'));
    return groups.value(0) + QLatin1Char(':') + groups.value(1) + QLatin1Char(':') + Ellipsis;
}

QString home(const Match & /*match*/)
{
    return QStringLiteral("~");
}

struct Rule
{
    const char *pattern;
    QString (*replace)(const Match &match);
};

/// In this order: a longer form first, so that no rule leaves the rest of it standing.
constexpr std::array Rules = {
    // A JSON Web Token, whole or cut.
    Rule{"eyJ[A-Za-z0-9_-]{8,}(\\.[A-Za-z0-9_-]*){0,2}", token},
    // What is named a secret, up to the next white space or delimiter.
    Rule{"(?i)\\b(Bearer\\s+|(?:access[-_ ]?key|private[-_ ]?key|token|secret|password|credential)"
         "[\"']?\\s*[=:]\\s*[\"']?)([^\\s\"',;&}]+)",
         namedSecret},
    // A certificate's pin with colons, and a hardware address.
    Rule{"\\b(?:[0-9A-Fa-f]{2}:){15,}[0-9A-Fa-f]{2}\\b", head},
    Rule{"\\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\\b", head},
    // A UUID.
    Rule{"\\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\\b", head},
    // A WireGuard key: 32 bytes of base64.
    Rule{"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=", key},
    // Hex or base64url of 24 characters and more: keys, pins, hashes.
    Rule{"\\b(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{24,}\\b", head},
    Rule{"(?<![0-9.])(\\d{1,3}\\.\\d{1,3})\\.\\d{1,3}\\.\\d{1,3}(?![0-9.]*\\d)", shortenedV4},
    Rule{"(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:\\x{2026}])",
         shortenedV6},
    Rule{"/home/[^/\\s\"']+", home},
};

QString replaced(const QString &text, const QRegularExpression &pattern,
                 QString (*replace)(const Match &match))
{
    QString out;
    qsizetype from = 0;
    for (auto each = pattern.globalMatch(text); each.hasNext();) {
        const Match match = each.next();
        out += text.mid(from, match.capturedStart() - from) + replace(match);
        from = match.capturedEnd();
    }
    return out + text.mid(from);
}

} // namespace

Redaction::Redaction()
{
    for (const Rule &rule : Rules)
        m_patterns.emplace_back(QString::fromLatin1(rule.pattern));
}

void Redaction::hide(const QString &word, const QString &instead)
{
    if (word.size() >= MinWord)
        m_words.emplace_back(word, instead);
}

QString Redaction::apply(const QString &text) const
{
    QString clean = text;
    for (const auto &[word, instead] : m_words)
        clean.replace(word, instead, Qt::CaseInsensitive);
    for (std::size_t i = 0; i < Rules.size(); ++i)
        clean = replaced(clean, m_patterns[i], Rules[i].replace);
    return clean;
}

} // namespace higgs::widgets
