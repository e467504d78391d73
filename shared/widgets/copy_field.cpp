// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/copy_field.h"

#include "shared/widgets/button.h"
#include "shared/widgets/calm_style.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QPainter>
#include <cmath>

namespace higgs::widgets {

namespace {

constexpr int FieldHeight = 28;
constexpr int FieldGlyph = 16;
constexpr int DoneMs = 1600;

} // namespace

CopyField::CopyField(QWidget *parent) : QAbstractButton(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
    m_done.setSingleShot(true);
    m_done.setInterval(DoneMs);
    connect(&m_done, &QTimer::timeout, this, &CopyField::retranslate);
    connect(this, &QAbstractButton::clicked, this, &CopyField::copy);
}

void CopyField::setContents(const QString &name, const QString &value)
{
    if (name == m_name && value == m_value)
        return;
    m_name = name;
    m_value = value;
    m_done.stop();
    retranslate();
    updateGeometry();
}

void CopyField::copy()
{
    QApplication::clipboard()->setText(m_value);
    m_done.start();
    retranslate();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void CopyField::retranslate()
{
    setAccessibleName(m_done.isActive()
                          ? tr("Copied: %1").arg(m_value)
                          : tr("%1: %2", "what it is, and its value").arg(m_name, m_value));
    setAccessibleDescription(tr("Copies it"));
    setToolTip(tr("%1 (click to copy)", "%1: a value, an address").arg(m_value).toHtmlEscaped());
    update();
}

QSize CopyField::sizeHint() const
{
    const QFont font = fontOf(TextStyle::Caption, QApplication::font());
    return {static_cast<int>(std::ceil(figuresWidth(font, m_value))) + FieldGlyph + 3 * Grid,
            std::max(FieldHeight, QFontMetrics(font).height() + Grid)};
}

QSize CopyField::minimumSizeHint() const
{
    return {12 * Grid, sizeHint().height()};
}

void CopyField::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse() || isDown()) {
        QColor ground = t.text;
        ground.setAlphaF(isDown() ? 0.12F : 0.06F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(ground);
        painter.drawRoundedRect(rect(), ControlRadius, ControlRadius);
    }
    const bool done = m_done.isActive();
    painter.setFont(fontOf(TextStyle::Caption, QApplication::font()));
    const QFontMetricsF metrics(painter.font());
    const double room = width() - FieldGlyph - 3 * Grid;
    // At the right, so that fields below each other end together.
    const QString text = done ? tr("Copied") : metrics.elidedText(m_value, Qt::ElideMiddle, room);
    const double x = width() - FieldGlyph - 2 * Grid - figuresWidth(painter.font(), text);
    painter.setPen(done ? t.secured : t.text);
    drawFigures(painter, {x, (height() + metrics.ascent() - metrics.descent()) / 2}, text);
    drawGlyph(
        painter, done ? Glyph::Check : Glyph::Copy,
        QRectF(width() - FieldGlyph - Grid, (height() - FieldGlyph) / 2.0, FieldGlyph, FieldGlyph),
        done ? t.secured : t.secondary);
    if (showsFocus(*this))
        drawFocusRing(painter, rect(), ControlRadius, t.accent);
}

void CopyField::keyPressEvent(QKeyEvent *event)
{
    if (!pressByEnter(*this, *event))
        QAbstractButton::keyPressEvent(event);
}

void CopyField::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        retranslate();
    QAbstractButton::changeEvent(event);
}

bool CopyField::event(QEvent *event)
{
    if (event->type() == QEvent::HoverEnter || event->type() == QEvent::HoverLeave)
        update();
    return QAbstractButton::event(event);
}

} // namespace higgs::widgets
