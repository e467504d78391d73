// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/banner.h"

#include "shared/widgets/button.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QAccessible>
#include <QPainter>
#include <QVBoxLayout>

namespace higgs::widgets {

namespace {

constexpr double GroundShare = 0.08;
constexpr double EdgeShare = 0.35;

QColor colourOf(Tone tone, const Tokens &tokens)
{
    switch (tone) {
    case Tone::Notice:
        return tokens.accent;
    case Tone::Warning:
        return tokens.working;
    case Tone::Error:
        return tokens.blocked;
    }
    return tokens.accent;
}

Glyph glyphOf(Tone tone)
{
    return tone == Tone::Notice ? Glyph::Info : Glyph::Warning;
}

} // namespace

Banner::Banner(QWidget *parent)
    : QWidget(parent),
      m_text(new Label(TextStyle::Caption, Ink::Text, this)),
      m_button(new Button(Importance::Quiet, this))
{
    m_text->setObjectName(QStringLiteral("bannerText"));
    m_button->setObjectName(QStringLiteral("bannerButton"));
    auto *all = new QVBoxLayout(this);
    const int inset = Grid + Grid / 2;
    // The button's words begin where the text does: a quiet one has a grid step of room around.
    all->setContentsMargins(inset + GlyphSize, inset, inset, Grid / 2);
    all->setSpacing(0);
    m_text->setContentsMargins(Grid, 0, 0, Grid);
    all->addWidget(m_text);
    all->addWidget(m_button, 0, Qt::AlignLeft);
    connect(m_button, &Button::clicked, this, &Banner::activated);
    setAccessibleName(QString());
}

void Banner::setContents(Tone tone, const QString &text, const QString &action)
{
    const bool fresh = text != m_text->text();
    m_tone = tone;
    m_text->setText(text);
    m_button->setText(action);
    m_button->setVisible(!action.isEmpty());
    setAccessibleName(text);
    if (fresh && !text.isEmpty()) {
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
    update();
}

void Banner::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    const QColor colour = colourOf(m_tone, t);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(mixed(t.surface, colour, EdgeShare), 1));
    painter.setBrush(mixed(t.surface, colour, GroundShare));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), CardRadius, CardRadius);
    const int inset = Grid + Grid / 2;
    drawGlyph(painter, glyphOf(m_tone), QRectF(inset, inset, GlyphSize, GlyphSize), colour);
}

} // namespace higgs::widgets
