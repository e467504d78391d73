// SPDX-License-Identifier: GPL-3.0-or-later
// Paints a row of the picker, and knows where its star and its arrow are.
#pragma once

#include "app-vpn/gui/picker_model.h"
#include "shared/widgets/flag.h"

#include <QStyledItemDelegate>

namespace higgs::vpn {

class PickerDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    enum class Part : std::uint8_t { Row, Star, Fold };

    PickerDelegate(const PickerModel &model, widgets::Flags &flags, QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// What of a row, which fills `row`, is at a point.
    Part partAt(const QRect &row, const PickerRow &contents, const QPoint &point) const;

private:
    void paintSection(QPainter &painter, const QRectF &area, const PickerRow &row,
                      const widgets::Tokens &tokens) const;
    void paintWords(QPainter &painter, const QRectF &area, const PickerRow &row,
                    const widgets::Tokens &tokens) const;

    const PickerModel &m_model;
    widgets::Flags &m_flags;
};

} // namespace higgs::vpn
