// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/load_bar.h"

#include "shared/widgets/tokens.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace higgs::widgets {

namespace {

constexpr double BusyFrom = 0.6;
constexpr double FullFrom = 0.85;
constexpr int BarHeight = 6;
constexpr int BarWidth = 96;

/// Role ProgressBar and a value of 0..100, which a plain QWidget has not.
class AccessibleBar : public QAccessibleWidget, public QAccessibleValueInterface
{
public:
    explicit AccessibleBar(LoadBar *bar) : QAccessibleWidget(bar, QAccessible::ProgressBar) {}

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::ValueInterface)
            return static_cast<QAccessibleValueInterface *>(this);
        return QAccessibleWidget::interface_cast(type);
    }

    QVariant currentValue() const override
    {
        const auto *bar = static_cast<const LoadBar *>(widget());
        return static_cast<int>(std::lround(bar->share() * 100));
    }

    void setCurrentValue(const QVariant &) override {}
    QVariant maximumValue() const override { return 100; }
    QVariant minimumValue() const override { return 0; }
    QVariant minimumStepSize() const override { return 1; }
};

QAccessibleInterface *makeAccessible(const QString &, QObject *object)
{
    auto *bar = qobject_cast<LoadBar *>(object);
    return bar == nullptr ? nullptr : new AccessibleBar(bar);
}

} // namespace

void drawLoadBar(QPainter &painter, const QRectF &bounds, double share, const Tokens &tokens)
{
    const double kept = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
    const double radius = bounds.height() / 2;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(loadTrack(tokens), 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(bounds.adjusted(0.5, 0.5, -0.5, -0.5), radius - 0.5, radius - 0.5);
    painter.setPen(Qt::NoPen);
    if (kept > 0) {
        QRectF filled = bounds;
        filled.setWidth(std::max(bounds.width() * kept, bounds.height()));
        painter.setBrush(kept >= FullFrom   ? tokens.blocked
                         : kept >= BusyFrom ? tokens.working
                                            : tokens.secured);
        painter.drawRoundedRect(filled, radius, radius);
    }
    painter.restore();
}

LoadBar::LoadBar(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void LoadBar::setShare(double share)
{
    const double kept = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
    if (kept == m_share)
        return;
    m_share = kept;
    QAccessibleValueChangeEvent event(this, static_cast<int>(std::lround(kept * 100)));
    QAccessible::updateAccessibility(&event);
    update();
}

QSize LoadBar::sizeHint() const
{
    return {BarWidth, BarHeight};
}

void LoadBar::installAccessibility()
{
    QAccessible::removeFactory(makeAccessible);
    QAccessible::installFactory(makeAccessible);
}

void LoadBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QRectF bar(0, 0, width(), BarHeight);
    bar.moveCenter(QRectF(rect()).center());
    drawLoadBar(painter, bar, m_share, tokensOf(*this));
}

} // namespace higgs::widgets
