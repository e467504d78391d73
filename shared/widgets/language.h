// SPDX-License-Identifier: GPL-3.0-or-later
// English or Russian, as chosen or as the system has it, exchanged while the program runs.
#pragma once

#include <QLocale>
#include <QObject>
#include <QStringList>
#include <memory>
#include <vector>

class QTranslator;

namespace higgs::widgets {

enum class LanguageChoice : std::uint8_t { System, English, Russian };

/// One for the program. A change reaches every widget as QEvent::LanguageChange, and QLocale's
/// default (numbers, dates, names of countries) changes with it.
class Language : public QObject
{
    Q_OBJECT

public:
    /// `catalogues` are the names of the compiled translations ("widgets", "vpn") in :/i18n.
    explicit Language(QStringList catalogues, QObject *parent = nullptr);
    ~Language() override;

    LanguageChoice choice() const { return m_choice; }
    void setChoice(LanguageChoice choice);
    /// The one in use: English or Russian.
    QLocale::Language current() const { return m_current; }

Q_SIGNALS:
    void changed();

private:
    void apply();

    QStringList m_catalogues;
    LanguageChoice m_choice = LanguageChoice::System;
    QLocale::Language m_current = QLocale::English;
    std::vector<std::unique_ptr<QTranslator>> m_translators;
};

} // namespace higgs::widgets
