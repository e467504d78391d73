// SPDX-License-Identifier: GPL-3.0-or-later
// A limit: its name, a slider over the usual amounts, and the exact figure in a box.
#pragma once

#include "shared/widgets/settings_row.h"

#include <QTimer>
#include <vector>

class QDoubleSpinBox;
class QSlider;

namespace higgs::node {

/// Where the slider stands for a value: the nearest of the stops, of which there is at least one. A
/// stop of 0 means no limit and comes last; it is nearest to 0 only.
int nearestStop(const std::vector<double> &stops, double value);

/// Says `chosen` once the person has settled on a figure; what comes from the daemon meanwhile does
/// not disturb.
class AmountRow : public widgets::SettingsRow
{
    Q_OBJECT

public:
    struct Range
    {
        std::vector<double> stops; ///< rising; a last 0 is "no limit"
        double least = 0;
        double most = 0;
        int decimals = 0;
    };
    /// The settled figure is told after this pause.
    static constexpr std::chrono::milliseconds Settle{400};

    /// `name` makes the object names: "<name>Slider", "<name>Box".
    AmountRow(const QString &name, Range range, QWidget *parent = nullptr);

    /// `unit` as in " Mbit/s".
    void setWords(const QString &title, const QString &description, const QString &unit,
                  const QString &unlimited);
    /// Passed over while the person is at it.
    void setValue(double value);
    [[nodiscard]] double value() const;

Q_SIGNALS:
    void chosen(double value);

private:
    explicit AmountRow(const QString &name, Range range, QWidget *controls, QWidget *parent);
    void slid(int position);
    void entered();

    Range m_range;
    QSlider *m_slider;
    QDoubleSpinBox *m_box;
    QTimer m_settling;
};

} // namespace higgs::node
