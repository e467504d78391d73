// SPDX-License-Identifier: GPL-3.0-or-later
// The picker's rows for a view, with texts for screen readers.
#pragma once

#include "app-vpn/gui/picker_rows.h"

#include <QAbstractListModel>

namespace higgs::vpn {

class PickerModel : public QAbstractListModel
{
    Q_OBJECT

public:
    explicit PickerModel(QObject *parent = nullptr) : QAbstractListModel(parent) {}

    void setRows(std::vector<PickerRow> rows);
    const PickerRow &row(const QModelIndex &index) const;
    /// The first row with this country in this section's order, or -1.
    int find(const PickerRow &like) const;
    int firstUsable() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    std::vector<PickerRow> m_rows;
};

/// "Germany, Deutschland, round trip 24 ms, load 63%".
QString spokenRow(const PickerRow &row);

} // namespace higgs::vpn
