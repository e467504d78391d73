// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/picker_delegate.h"

#include "shared/widgets/calm_style.h"
#include "shared/widgets/icons.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>

namespace higgs::vpn {

using namespace widgets;
using Kind = PickerRow::Kind;

namespace {

constexpr int PlaceHeight = 56;
constexpr int RegionHeight = 48;
constexpr int SectionHeight = 40;
constexpr int Inset = 8;     // of the row's ground within the list
constexpr int FlagLeft = 24; // the page's margin
constexpr int NameLeft = FlagLeft + 32 + 16;
constexpr int ToolWidth = 32;
constexpr int ToolGlyph = 18;
constexpr double HoverShare = 0.04;
constexpr double MarkSide = 18;

QRectF starArea(const QRectF &row)
{
    return {row.right() - Inset - 2 * ToolWidth, row.top(), ToolWidth, row.height()};
}

QRectF foldArea(const QRectF &row)
{
    return {row.right() - Inset - ToolWidth, row.top(), ToolWidth, row.height()};
}

QRectF centredIn(const QRectF &area, double side)
{
    QRectF square(0, 0, side, side);
    square.moveCenter(area.center());
    return square;
}

/// A badge at the flag's corner, or in its place where there is none.
void paintMark(QPainter &painter, const QPointF &middle, Here here, const Tokens &t)
{
    const QRectF badge = centredIn(QRectF(middle, QSizeF()), MarkSide);
    painter.setPen(QPen(t.background, 2));
    painter.setBrush(here == Here::Connected ? t.secured : t.working);
    painter.drawEllipse(badge);
    drawGlyph(painter, here == Here::Connected ? Glyph::Check : Glyph::Refresh,
              centredIn(badge, MarkSide - 6), t.background);
}

int grown(int height)
{
    const int extra =
        QFontMetrics(fontOf(TextStyle::Body, QApplication::font())).height() - (BodySize + Grid);
    return height + std::max(extra, 0) * 2;
}

} // namespace

PickerDelegate::PickerDelegate(const PickerModel &model, Flags &flags, QObject *parent)
    : QStyledItemDelegate(parent), m_model(model), m_flags(flags)
{}

QSize PickerDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    switch (m_model.row(index).kind) {
    case Kind::Section:
        return {0, SectionHeight};
    case Kind::Region:
        return {0, grown(RegionHeight)};
    case Kind::Fastest:
    case Kind::Country:
        break;
    }
    return {0, grown(PlaceHeight)};
}

PickerDelegate::Part PickerDelegate::partAt(const QRect &row, const PickerRow &contents,
                                            const QPoint &point) const
{
    if (contents.kind == Kind::Country && starArea(row).contains(point))
        return Part::Star;
    if (contents.foldable && foldArea(row).contains(point))
        return Part::Fold;
    return Part::Row;
}

void PickerDelegate::paintSection(QPainter &painter, const QRectF &area, const PickerRow &row,
                                  const Tokens &t) const
{
    painter.setFont(fontOf(TextStyle::CaptionStrong, QApplication::font()));
    painter.setPen(t.secondary);
    painter.drawText(area.adjusted(FlagLeft, Grid, -FlagLeft, 0), Qt::AlignVCenter | Qt::AlignLeft,
                     row.text);
}

void PickerDelegate::paintWords(QPainter &painter, const QRectF &area, const PickerRow &row,
                                const Tokens &t) const
{
    const QFont nameFont = fontOf(TextStyle::Body, QApplication::font());
    const QFont belowFont = fontOf(TextStyle::Caption, QApplication::font());
    const QFontMetricsF name(nameFont);
    const QFontMetricsF below(belowFont);
    const bool two = !row.below.isEmpty();
    const double block = name.height() + (two ? below.height() : 0);
    const double top = area.center().y() - block / 2;
    const double baseline = top + name.ascent();
    double nameRight = area.right();
    if (row.kind != Kind::Fastest && row.usable) {
        const QString figure = roundTripText(row);
        const double width = figuresWidth(belowFont, figure);
        painter.setFont(belowFont);
        painter.setPen(row.dated ? t.secondary : t.text);
        drawFigures(painter, {area.right() - width, baseline}, figure);
        nameRight -= width + Grid;
    }
    painter.setFont(nameFont);
    painter.setPen(row.usable && !row.dated ? t.text : t.secondary);
    painter.drawText(QPointF(area.left(), baseline),
                     name.elidedText(row.text, Qt::ElideRight, nameRight - area.left()));
    if (!two)
        return;
    painter.setFont(belowFont);
    painter.setPen(row.silent ? t.blocked : row.here == Here::Connected ? t.secured : t.secondary);
    painter.drawText(QPointF(area.left(), top + name.height() + below.ascent()),
                     below.elidedText(row.below, Qt::ElideRight, area.width()));
}

void PickerDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                           const QModelIndex &index) const
{
    const PickerRow &row = m_model.row(index);
    const Tokens &t = tokensOf(*option.widget);
    const QRectF area(option.rect);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (row.kind == Kind::Section) {
        paintSection(*painter, area, row, t);
        painter->restore();
        return;
    }
    const QRectF ground = area.adjusted(Inset, 1, -Inset, -1);
    const bool chosen = option.state.testFlag(QStyle::State_Selected);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    if (chosen) {
        drawChosen(*painter, ground, ControlRadius, t, t.background);
    } else if (hovered) {
        QPainterPath path;
        path.addRoundedRect(ground, ControlRadius, ControlRadius);
        painter->fillPath(path, mixed(t.background, t.text, HoverShare));
    }
    if (option.state.testFlag(QStyle::State_HasFocus) &&
        option.state.testFlag(QStyle::State_KeyboardFocusChange))
        drawFocusRing(*painter, ground, ControlRadius, t.accent);

    QRectF flag(FlagLeft, 0, Flags::Usual.width(), Flags::Usual.height());
    flag.moveTop(area.center().y() - flag.height() / 2);
    if (row.kind == Kind::Country)
        m_flags.draw(*painter, flag, row.country, t, !row.usable || row.dated);
    else if (row.kind == Kind::Fastest)
        drawGlyph(*painter, Glyph::Bolt, centredIn(flag, GlyphSize + 2), t.accent);

    if (row.here != Here::No)
        paintMark(*painter, row.kind == Kind::Country ? flag.bottomRight() : flag.center(),
                  row.here, t);

    const double right = row.kind == Kind::Fastest ? area.right() - Inset : starArea(area).left();
    paintWords(*painter, QRectF(NameLeft, area.top(), right - NameLeft - Grid, area.height()), row,
               t);
    if (row.kind == Kind::Country && (row.favourite || chosen || hovered))
        drawGlyph(*painter, row.favourite ? Glyph::StarFilled : Glyph::Star,
                  centredIn(starArea(area), ToolGlyph), row.favourite ? t.accent : t.secondary);
    if (row.foldable)
        drawGlyph(*painter, row.open ? Glyph::ChevronDown : Glyph::ChevronRight,
                  centredIn(foldArea(area), ToolGlyph), t.secondary);
    painter->restore();
}

} // namespace higgs::vpn
