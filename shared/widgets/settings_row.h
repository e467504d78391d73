// SPDX-License-Identifier: GPL-3.0-or-later
// A setting: its name, a sentence about what it does, and the control that changes it.
#pragma once

#include "shared/widgets/card.h"

#include <map>

namespace higgs::widgets {

class Label;

/// The name is the control's accessible name, the sentence its accessible description. A click
/// anywhere on the row reaches a switch.
class SettingsRow : public QWidget
{
    Q_OBJECT

public:
    enum class Form : std::uint8_t {
        Beside, ///< the control stands on the right: switches, short choices
        Below   ///< the control has the whole width: long choices, fields
    };

    /// Takes the control.
    explicit SettingsRow(QWidget *control, Form form = Form::Beside, QWidget *parent = nullptr);

    void setTexts(const QString &title, const QString &description = {});
    /// A line in the error colour under the description; empty takes it away.
    void setError(const QString &error);

protected:
    void mouseReleaseEvent(QMouseEvent *event) override;

private:
    QWidget *m_control;
    Label *m_title;
    Label *m_description;
    Label *m_error;
};

/// Rows on one card under a small heading.
class SettingsGroup : public QWidget
{
    Q_OBJECT

public:
    explicit SettingsGroup(QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// A row that is hidden takes its line away with it.
    void addRow(QWidget *row);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    Label *m_title;
    Card *m_card;
    std::map<QObject *, Divider *> m_dividers;
};

} // namespace higgs::widgets
