// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/choice_box.h"

#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QWheelEvent>

namespace higgs::widgets {

ChoiceBox::ChoiceBox(QWidget *parent) : QComboBox(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(this, &QComboBox::activated, this, [this](int index) {
        if (index == m_last)
            return;
        m_last = index;
        Q_EMIT chosen(itemData(index));
    });
}

void ChoiceBox::setEntries(const QList<std::pair<QString, QVariant>> &entries)
{
    const QSignalBlocker quiet(this);
    const QVariant kept = currentData();
    clear();
    for (const auto &[text, value] : entries)
        addItem(text, value);
    choose(kept);
    m_last = currentIndex();
}

void ChoiceBox::setEntryEnabled(const QVariant &value, bool enabled)
{
    auto *items = qobject_cast<QStandardItemModel *>(model());
    if (QStandardItem *item = items != nullptr ? items->item(findData(value)) : nullptr)
        item->setEnabled(enabled);
}

void ChoiceBox::choose(const QVariant &value)
{
    const int index = findData(value);
    if (index >= 0)
        setCurrentIndex(index);
    m_last = currentIndex();
}

void ChoiceBox::wheelEvent(QWheelEvent *event)
{
    if (hasFocus())
        QComboBox::wheelEvent(event);
    else
        event->ignore();
}

} // namespace higgs::widgets
