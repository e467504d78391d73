// SPDX-License-Identifier: GPL-3.0-or-later
// Takes out of a text what must not leave the machine when a person copies a report: keys, tokens,
// and what tells who and where somebody is. Pure.
#pragma once

#include <QRegularExpression>
#include <QString>
#include <QStringList>
#include <utility>
#include <vector>

namespace higgs::widgets {

/// Shortens rather than removes where two lines must still be told apart: ids and pins keep their
/// first eight characters, addresses their network's first half.
class Redaction
{
public:
    Redaction();

    /// From now on `word` (a server's host, a user's name) is shown as `instead`, whatever its
    /// case. Words below three characters are passed over: they would hit everything.
    void hide(const QString &word, const QString &instead);

    [[nodiscard]] QString apply(const QString &text) const;

private:
    std::vector<QRegularExpression> m_patterns;
    std::vector<std::pair<QString, QString>> m_words;
};

} // namespace higgs::widgets
