// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-node/tray/amount_row.h"

#include "app-node/tray/calm_slider.h"
#include "shared/widgets/tokens.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QWheelEvent>
#include <cmath>

namespace higgs::node {

using namespace widgets;

namespace {

constexpr int BoxWidth = 136;

/// The wheel scrolls the page, unless the box has the focus.
class Box : public QDoubleSpinBox
{
public:
    /// "100", not "100.0".
    QString textFromValue(double value) const override
    {
        return std::round(value) == value ? locale().toString(value, 'f', 0)
                                          : QDoubleSpinBox::textFromValue(value);
    }

protected:
    void wheelEvent(QWheelEvent *event) override
    {
        if (hasFocus())
            QDoubleSpinBox::wheelEvent(event);
        else
            event->ignore();
    }
};

} // namespace

int nearestStop(const std::vector<double> &stops, double value)
{
    const int last = static_cast<int>(stops.size()) - 1;
    const bool unlimited = stops.back() == 0;
    if (unlimited && value <= 0)
        return last;
    int nearest = 0;
    for (int i = 1; i <= (unlimited ? last - 1 : last); ++i) {
        const auto far = [&](int index) {
            return std::abs(std::log(std::max(value, 1e-3) /
                                     std::max(stops[static_cast<std::size_t>(index)], 1e-3)));
        };
        if (far(i) < far(nearest))
            nearest = i;
    }
    return nearest;
}

AmountRow::AmountRow(const QString &name, Range range, QWidget *parent)
    : AmountRow(name, std::move(range), new QWidget, parent)
{}

AmountRow::AmountRow(const QString &name, Range range, QWidget *controls, QWidget *parent)
    : SettingsRow(controls, Form::Below, parent),
      m_range(std::move(range)),
      m_slider(new CalmSlider),
      m_box(new Box)
{
    auto *across = new QHBoxLayout(controls);
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(2 * Grid);
    across->addWidget(m_slider, 1);
    across->addWidget(m_box);
    m_slider->setObjectName(name + QStringLiteral("Slider"));
    m_box->setObjectName(name + QStringLiteral("Box"));
    m_slider->setRange(0, static_cast<int>(m_range.stops.size()) - 1);
    m_slider->setPageStep(2);
    const bool unlimited = m_range.stops.back() == 0;
    m_box->setDecimals(m_range.decimals);
    m_box->setRange(unlimited ? 0 : m_range.least, m_range.most);
    m_box->setFixedWidth(BoxWidth);
    m_box->setFocusPolicy(Qt::StrongFocus);
    m_box->setKeyboardTracking(false);
    m_box->setAlignment(Qt::AlignRight);
    m_box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_slider->setValue(nearestStop(m_range.stops, m_box->value()));
    m_settling.setSingleShot(true);
    m_settling.setInterval(Settle);
    connect(m_slider, &QSlider::valueChanged, this, &AmountRow::slid);
    connect(m_box, &QDoubleSpinBox::valueChanged, this, &AmountRow::entered);
    connect(&m_settling, &QTimer::timeout, this, [this] { Q_EMIT chosen(value()); });
}

void AmountRow::setWords(const QString &title, const QString &description, const QString &unit,
                         const QString &unlimited)
{
    setTexts(title, description);
    m_slider->setAccessibleName(title);
    m_box->setAccessibleName(title);
    const QSignalBlocker quiet(m_box);
    // Each of these takes away what is being typed.
    if (m_box->suffix() != unit)
        m_box->setSuffix(unit);
    if (m_box->locale() != QLocale())
        m_box->setLocale(QLocale());
    if (m_range.stops.back() == 0 && m_box->specialValueText() != unlimited)
        m_box->setSpecialValueText(unlimited);
}

void AmountRow::setValue(double value)
{
    if (m_settling.isActive() || m_slider->isSliderDown() || value == m_box->value())
        return;
    // A figure that is being typed is the person's until Enter or Tab.
    if (m_box->hasFocus() &&
        m_box->text() != m_box->textFromValue(m_box->value()) + m_box->suffix() &&
        m_box->value() != m_box->minimum())
        return;
    const QSignalBlocker quietBox(m_box);
    const QSignalBlocker quietSlider(m_slider);
    m_box->setValue(value);
    m_slider->setValue(nearestStop(m_range.stops, value));
    m_slider->update();
}

double AmountRow::value() const
{
    return m_box->value();
}

void AmountRow::slid(int position)
{
    const QSignalBlocker quiet(m_box);
    m_box->setValue(m_range.stops[static_cast<std::size_t>(position)]);
    m_settling.start();
}

void AmountRow::entered()
{
    const QSignalBlocker quiet(m_slider);
    m_slider->setValue(nearestStop(m_range.stops, m_box->value()));
    m_slider->update();
    m_settling.start();
}

} // namespace higgs::node
