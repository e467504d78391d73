// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/text_styles.h"

#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QEvent>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace higgs::widgets {

namespace {

int tokenSize(TextStyle style)
{
    switch (style) {
    case TextStyle::State:
        return StateSize;
    case TextStyle::Title:
        return TitleSize;
    case TextStyle::Body:
    case TextStyle::BodyStrong:
        return BodySize;
    case TextStyle::Caption:
    case TextStyle::CaptionStrong:
        return CaptionSize;
    }
    return BodySize;
}

bool strong(TextStyle style)
{
    return style != TextStyle::Body && style != TextStyle::Caption;
}

double digitWidth(const QFontMetricsF &metrics)
{
    double widest = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(digit)));
    return widest;
}

/// Calls `each(run, x, width)` for every digit and for every stretch between digits.
template <typename Each>
double walkFigures(const QFontMetricsF &metrics, QStringView text, Each each)
{
    const double cell = digitWidth(metrics);
    double x = 0;
    for (qsizetype i = 0; i < text.size();) {
        qsizetype end = i + 1;
        const bool digit = text[i].isDigit();
        while (!digit && end < text.size() && !text[end].isDigit())
            ++end;
        const QString run = text.mid(i, end - i).toString();
        const double own = metrics.horizontalAdvance(run);
        const double width = digit ? std::max(cell, own) : own;
        each(run, x + (width - own) / 2);
        x += width;
        i = end;
    }
    return x;
}

} // namespace

int pixelSize(TextStyle style, const QFont &base)
{
    // A person with a larger font than our body text has it larger everywhere.
    const double scale = std::clamp(QFontInfo(base).pixelSize() / double{BodySize}, 1.0, 2.0);
    return static_cast<int>(std::lround(tokenSize(style) * scale));
}

QFont fontOf(TextStyle style, const QFont &base)
{
    QFont font = base;
    font.setPixelSize(pixelSize(style, base));
    font.setWeight(strong(style) ? QFont::DemiBold : QFont::Normal);
    return font;
}

QColor colourOf(Ink ink, const Tokens &tokens)
{
    switch (ink) {
    case Ink::Text:
        return tokens.text;
    case Ink::Secondary:
        return tokens.secondary;
    case Ink::Accent:
        return tokens.accent;
    case Ink::Secured:
        return tokens.secured;
    case Ink::Blocked:
        return tokens.blocked;
    }
    return tokens.text;
}

Label::Label(TextStyle style, Ink ink, QWidget *parent) : QLabel(parent), m_style(style), m_ink(ink)
{
    setTextFormat(Qt::PlainText);
    setWordWrap(true);
    setForegroundRole(QPalette::WindowText); // in a button, too
    refresh();
}

Label::Label(const QString &text, TextStyle style, Ink ink, QWidget *parent)
    : Label(style, ink, parent)
{
    setText(text);
}

void Label::setInk(Ink ink)
{
    m_ink = ink;
    refresh();
}

void Label::setBalanced()
{
    m_balanced = true;
    update();
}

void Label::setStruckOut()
{
    m_struckOut = true;
    refresh();
}

void Label::paintEvent(QPaintEvent *event)
{
    if (!m_balanced) {
        QLabel::paintEvent(event);
        return;
    }
    const QFontMetrics metrics(font());
    const int flags = static_cast<int>(Qt::TextWordWrap | Qt::AlignHCenter | Qt::AlignTop);
    const auto height = [&](int wide) {
        return metrics.boundingRect(QRect(0, 0, wide, QWIDGETSIZE_MAX), flags, text()).height();
    };
    int least = 1;
    int most = width();
    const int whole = height(most);
    while (least < most) {
        const int middle = (least + most) / 2;
        const bool fits =
            height(middle) <= whole &&
            metrics.boundingRect(QRect(0, 0, middle, QWIDGETSIZE_MAX), flags, text()).width() <=
                middle;
        if (fits)
            most = middle;
        else
            least = middle + 1;
    }
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    const int top = contentsMargins().top();
    painter.drawText(QRect((width() - most) / 2, top, most, this->height() - top), flags, text());
}

void Label::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange ||
        event->type() == QEvent::ApplicationFontChange || event->type() == QEvent::PaletteChange)
        refresh();
}

void Label::refresh()
{
    if (m_refreshing)
        return;
    m_refreshing = true;
    QFont styled = fontOf(m_style, QApplication::font());
    styled.setStrikeOut(m_struckOut);
    setFont(styled);
    QPalette own;
    own.setColor(QPalette::Active, QPalette::WindowText, colourOf(m_ink, tokensOf(*this)));
    own.setColor(QPalette::Inactive, QPalette::WindowText, colourOf(m_ink, tokensOf(*this)));
    setPalette(own);
    m_refreshing = false;
}

void drawFigures(QPainter &painter, QPointF baseline, QStringView text)
{
    walkFigures(QFontMetricsF(painter.font()), text, [&](const QString &run, double x) {
        painter.drawText(baseline + QPointF(x, 0), run);
    });
}

double figuresWidth(const QFont &font, QStringView text)
{
    return walkFigures(QFontMetricsF(font), text, [](const QString &, double) {});
}

FigureLabel::FigureLabel(TextStyle style, Ink ink, QWidget *parent)
    : QWidget(parent), m_style(style), m_ink(ink)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QFont FigureLabel::styled() const
{
    return fontOf(m_style, QApplication::font());
}

void FigureLabel::setText(const QString &text)
{
    if (text == m_text)
        return;
    m_text = text;
    setAccessibleName(text);
    const double width = figuresWidth(styled(), text);
    if (width > m_reserved || text.isEmpty()) {
        m_reserved = width;
        updateGeometry();
    }
    update();
}

void FigureLabel::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

QSize FigureLabel::sizeHint() const
{
    return {static_cast<int>(std::ceil(m_reserved)), QFontMetrics(styled()).height()};
}

void FigureLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(styled());
    painter.setPen(colourOf(m_ink, tokensOf(*this)));
    const double spare = width() - figuresWidth(painter.font(), m_text);
    const double x = m_alignment & Qt::AlignRight     ? spare
                     : m_alignment & Qt::AlignHCenter ? spare / 2
                                                      : 0;
    const QFontMetricsF metrics(painter.font());
    drawFigures(painter, {x, (height() + metrics.ascent() - metrics.descent()) / 2}, m_text);
}

} // namespace higgs::widgets
