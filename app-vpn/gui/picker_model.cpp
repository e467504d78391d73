// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/picker_model.h"

#include <algorithm>

namespace higgs::vpn {

using Kind = PickerRow::Kind;

namespace {

QString wayText(const PickerRow &row)
{
    return row.measured
               ? PickerModel::tr("A round trip to the home you had, in your last sessions there.")
               : PickerModel::tr("An estimate of a round trip to the home: your own way to the "
                                 "server, and the home's.");
}

} // namespace

void PickerModel::setRows(std::vector<PickerRow> rows)
{
    // Figures change often, the order seldom: then nothing moves under a person's hand.
    const bool sameShape =
        rows.size() == m_rows.size() &&
        std::equal(rows.begin(), rows.end(), m_rows.begin(),
                   [](const PickerRow &a, const PickerRow &b) {
                       return a.kind == b.kind && a.country == b.country && a.region == b.region;
                   });
    if (sameShape) {
        m_rows = std::move(rows);
        if (!m_rows.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

const PickerRow &PickerModel::row(const QModelIndex &index) const
{
    return m_rows.at(static_cast<std::size_t>(index.row()));
}

int PickerModel::find(const PickerRow &like) const
{
    const auto found = std::find_if(m_rows.rbegin(), m_rows.rend(), [&like](const PickerRow &each) {
        return each.kind == like.kind && each.country == like.country && each.region == like.region;
    });
    return static_cast<int>(m_rows.rend() - found) - 1;
}

int PickerModel::firstUsable() const
{
    const auto found = std::find_if(m_rows.begin(), m_rows.end(),
                                    [](const PickerRow &each) { return each.usable; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int PickerModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant PickerModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return row(index).text;
    case Qt::AccessibleTextRole:
        return spokenRow(row(index));
    case Qt::ToolTipRole:
        return row(index).roundTripMs ? wayText(row(index)) : QString();
    default:
        return {};
    }
}

Qt::ItemFlags PickerModel::flags(const QModelIndex &index) const
{
    if (!index.isValid() || row(index).kind == Kind::Section)
        return Qt::ItemIsEnabled;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

QString spokenRow(const PickerRow &row)
{
    QStringList parts{row.text};
    if (!row.below.isEmpty())
        parts << row.below;
    const bool place = row.kind == Kind::Country || row.kind == Kind::Region;
    if (place && row.roundTripMs)
        parts << PickerModel::tr("round trip %1").arg(roundTripText(row));
    if (place && row.dated)
        parts << PickerModel::tr("may have changed");
    if (place && !row.usable)
        parts << PickerModel::tr("not available");
    if (row.favourite)
        parts << PickerModel::tr("favourite");
    if (row.foldable)
        parts << (row.open ? PickerModel::tr("regions shown") : PickerModel::tr("regions hidden"));
    return parts.join(QStringLiteral(", "));
}

} // namespace higgs::vpn
