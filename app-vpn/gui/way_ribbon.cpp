// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/way_ribbon.h"

#include "shared/widgets/country_names.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"
#include "shared/widgets/who_sees_what.h"

#include <QApplication>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace higgs::vpn {

using namespace widgets;

namespace {

constexpr double BadgeSide = 32;
constexpr double LineWidth = 2;
constexpr double GapToLine = 6;
constexpr std::array<Glyph, WaySteps> Glyphs = {Glyph::Computer, Glyph::Server, Glyph::Home,
                                                Glyph::Globe};

QColor colourOf(StepState state, const Tokens &t)
{
    switch (state) {
    case StepState::Ahead:
        return outline(t);
    case StepState::Active:
        return t.working;
    case StepState::Done:
        return t.secured;
    case StepState::Broken:
        return t.blocked;
    }
    return t.line;
}

QString spoken(StepState state)
{
    switch (state) {
    case StepState::Ahead:
        return WayRibbon::tr("not yet", "a step of the way");
    case StepState::Active:
        return WayRibbon::tr("on its way", "a step of the way");
    case StepState::Done:
        return WayRibbon::tr("done", "a step of the way");
    case StepState::Broken:
        return WayRibbon::tr("broken", "a step of the way");
    }
    return {};
}

} // namespace

WayRibbon::WayRibbon(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFocusPolicy(Qt::NoFocus);
}

QSize WayRibbon::sizeHint() const
{
    const QFontMetrics words(fontOf(TextStyle::Caption, QApplication::font()));
    return {240, static_cast<int>(BadgeSide) + Grid / 2 + words.height()};
}

QString WayRibbon::nameOf(std::size_t step) const
{
    switch (step) {
    case 0:
        return tr("You", "the first step of the way");
    case 1:
        return tr("Server", "a step of the way");
    case 2:
        return m_country.isEmpty() ? tr("Home", "a step of the way") : countryName(m_country);
    default:
        return tr("Site", "the last step of the way");
    }
}

QRectF WayRibbon::areaOf(std::size_t step) const
{
    const double share = static_cast<double>(width()) / WaySteps;
    return {share * static_cast<double>(step), 0, share, static_cast<double>(height())};
}

void WayRibbon::setContents(const WayView &way, const QString &country)
{
    if (way == m_way && country == m_country)
        return;
    m_way = way;
    m_country = country;
    describe();
    update();
}

void WayRibbon::describe()
{
    QStringList parts;
    for (std::size_t i = 0; i < WaySteps; ++i)
        parts << tr("%1: %2", "%1: a step of the way; %2: done, broken, ...")
                     .arg(nameOf(i), spoken(m_way.steps[i]));
    setAccessibleName(parts.join(QStringLiteral(", ")));
}

void WayRibbon::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensOf(*this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont font = fontOf(TextStyle::Caption, QApplication::font());
    const QFontMetricsF words(font);
    for (std::size_t i = 0; i < WaySteps; ++i) {
        const StepState state = m_way.steps[i];
        const QColor colour = colourOf(state, t);
        const QRectF area = areaOf(i);
        QRectF badge(0, 0, BadgeSide, BadgeSide);
        badge.moveCenter({area.center().x(), BadgeSide / 2});
        if (i > 0) {
            // The line belongs to the step that it leads to.
            QPen pen(colour, LineWidth, state == StepState::Done ? Qt::SolidLine : Qt::DotLine,
                     Qt::RoundCap);
            const double left = areaOf(i - 1).center().x() + BadgeSide / 2 + GapToLine;
            const double right = badge.left() - GapToLine;
            painter.setPen(pen);
            painter.drawLine(QPointF(left, badge.center().y()), {right, badge.center().y()});
            if (state == StepState::Broken) {
                QRectF cross(0, 0, GlyphSize, GlyphSize);
                cross.moveCenter({(left + right) / 2, badge.center().y()});
                painter.fillRect(cross.adjusted(2, 0, -2, 0), t.background);
                drawGlyph(painter, Glyph::Close, cross, colour);
            }
        }
        const bool grey = state == StepState::Ahead;
        painter.setPen(QPen(colour, LineWidth));
        painter.setBrush(grey ? t.background : mixed(t.background, colour, 0.12));
        painter.drawEllipse(badge.adjusted(1, 1, -1, -1));
        drawGlyph(painter, Glyphs[i], badge.adjusted(7, 7, -7, -7), grey ? t.secondary : colour);
        painter.setFont(font);
        painter.setPen(grey ? t.secondary : t.text);
        painter.drawText(QRectF(area.left(), BadgeSide + Grid / 2.0, area.width(), words.height()),
                         Qt::AlignCenter,
                         words.elidedText(nameOf(i), Qt::ElideRight, area.width() - Grid));
    }
}

bool WayRibbon::event(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange)
        describe();
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto &help = *static_cast<QHelpEvent *>(event);
    const std::vector<WhoSees> sees = whoSeesWhat(Side::Guest);
    for (std::size_t i = 0; i < WaySteps && i < sees.size(); ++i) {
        if (areaOf(i).contains(help.pos()))
            QToolTip::showText(help.globalPos(),
                               QStringLiteral("<qt><b>%1.</b> %2</qt>")
                                   .arg(sees[i].who.toHtmlEscaped(), sees[i].what.toHtmlEscaped()),
                               this, areaOf(i).toRect());
    }
    return true;
}

} // namespace higgs::vpn
