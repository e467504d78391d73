// SPDX-License-Identifier: GPL-3.0-or-later
// A box to choose from that a page can be scrolled over: the wheel changes it only when it has the
// focus. Entries can be there and not be had.
#pragma once

#include <QComboBox>

namespace higgs::widgets {

class ChoiceBox : public QComboBox
{
    Q_OBJECT

public:
    explicit ChoiceBox(QWidget *parent = nullptr);

    /// Replaces the texts and keeps values and choice; an entry's value is its userData.
    void setEntries(const QList<std::pair<QString, QVariant>> &entries);
    void setEntryEnabled(const QVariant &value, bool enabled);
    /// Nothing is emitted; an unknown value leaves the box as it is.
    void choose(const QVariant &value);

Q_SIGNALS:
    /// By a person, and not what it was before.
    void chosen(const QVariant &value);

protected:
    void wheelEvent(QWheelEvent *event) override;

private:
    int m_last = -1;
};

} // namespace higgs::widgets
