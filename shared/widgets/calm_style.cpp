// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/calm_style.h"

#include "shared/widgets/icons.h"
#include "shared/widgets/tokens.h"

#include <QAbstractSpinBox>
#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>
#include <QWidget>

namespace higgs::widgets {

namespace {

constexpr double RingWidth = 2;
constexpr double HoverShare = 0.05;
constexpr double PressShare = 0.12;
constexpr double AccentPressShare = 0.15;
constexpr int ArrowSize = 16;
constexpr int ScrollBarExtent = 12;
constexpr int ScrollThumbInset = 3;
constexpr int ToolTipDelayMs = 400;
constexpr int QuietHeight = 32;
constexpr int MenuItemHeight = 36;
constexpr int MenuInset = 4;

/// The tokens for an option: the palette is the application's, whatever widget it is.
const Tokens &tokensFor(const QStyleOption *option)
{
    const QColor ground = option->palette.color(QPalette::Active, QPalette::Window);
    return tokens(ground.lightness() < 128 ? Shade::Dark : Shade::Light);
}

bool keyboardFocus(const QStyleOption *option)
{
    return option->state.testFlag(QStyle::State_HasFocus) &&
           option->state.testFlag(QStyle::State_KeyboardFocusChange);
}

void drawGround(QPainter &painter, const QRectF &bounds, double radius, const QColor &fill,
                const QColor &edge)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(edge.alpha() > 0 ? QPen(edge, 1) : QPen(Qt::NoPen));
    painter.setBrush(fill);
    painter.drawRoundedRect(bounds.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

QColor pressed(const QStyleOption *option, const QColor &ground, const QColor &towards)
{
    if (!option->state.testFlag(QStyle::State_Enabled))
        return ground;
    if (option->state.testFlag(QStyle::State_Sunken))
        return mixed(ground, towards, PressShare);
    if (option->state.testFlag(QStyle::State_MouseOver))
        return mixed(ground, towards, HoverShare);
    return ground;
}

void drawButton(const QStyleOptionButton *option, QPainter *painter)
{
    const Tokens &t = tokensFor(option);
    const bool filled = option->features.testFlag(QStyleOptionButton::DefaultButton);
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    painter->save();
    if (filled && enabled) {
        const double share = option->state.testFlag(QStyle::State_Sunken) ? AccentPressShare
                             : option->state.testFlag(QStyle::State_MouseOver)
                                 ? AccentPressShare / 2
                                 : 0;
        drawGround(*painter, option->rect, ControlRadius, mixed(t.accent, t.text, share),
                   Qt::transparent);
    } else if (option->features.testFlag(QStyleOptionButton::Flat)) {
        QColor ground = t.accent;
        ground.setAlphaF(option->state.testFlag(QStyle::State_Sunken)      ? 0.16F
                         : option->state.testFlag(QStyle::State_MouseOver) ? 0.08F
                                                                           : 0.0F);
        if (enabled)
            drawGround(*painter, option->rect, ControlRadius, ground, Qt::transparent);
    } else {
        drawGround(*painter, option->rect, ControlRadius, pressed(option, t.raised, t.text),
                   enabled ? outline(t) : t.line);
    }
    painter->restore();
}

void drawField(const QStyleOption *option, QPainter *painter)
{
    const Tokens &t = tokensFor(option);
    painter->save();
    const bool focused = option->state.testFlag(QStyle::State_HasFocus);
    drawGround(*painter, option->rect, ControlRadius, t.surface,
               option->state.testFlag(QStyle::State_Enabled) ? outline(t) : t.line);
    if (focused)
        drawFocusRing(*painter, option->rect, ControlRadius, t.accent);
    painter->restore();
}

void drawScrollBar(const QStyleOptionSlider *option, QPainter *painter, const QRect &thumb)
{
    const Tokens &t = tokensFor(option);
    painter->save();
    const bool lively = option->state.testFlag(QStyle::State_MouseOver) ||
                        option->state.testFlag(QStyle::State_Sunken);
    const QRectF inner = QRectF(thumb).adjusted(ScrollThumbInset, ScrollThumbInset,
                                                -ScrollThumbInset, -ScrollThumbInset);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(lively ? t.secondary : outline(t));
    const double radius = std::min(inner.width(), inner.height()) / 2;
    painter->drawRoundedRect(inner, radius, radius);
    painter->restore();
}

void drawMenuItem(const QStyleOptionMenuItem *option, QPainter *painter)
{
    const Tokens &t = tokensFor(option);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect row = option->rect.adjusted(MenuInset, 0, -MenuInset, 0);
    if (option->menuItemType == QStyleOptionMenuItem::Separator) {
        painter->fillRect(QRect(row.left(), row.center().y(), row.width(), 1), t.line);
        painter->restore();
        return;
    }
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    if (option->state.testFlag(QStyle::State_Selected) && enabled)
        drawChosen(*painter, row, ControlRadius - 2, t, t.raised);
    const QColor ink = enabled ? t.text : t.disabled;
    const int left = row.left() + Grid + (option->maxIconWidth > 0 ? GlyphSize + Grid : 0);
    if (!option->icon.isNull())
        option->icon.paint(painter, row.left() + Grid, row.top(), GlyphSize, row.height());
    else if (option->checkType != QStyleOptionMenuItem::NotCheckable && option->checked)
        drawGlyph(*painter, Glyph::Check,
                  QRectF(row.left() + Grid, row.center().y() - 8, ArrowSize, ArrowSize), t.accent);
    painter->setPen(ink);
    painter->setFont(option->font);
    const QStringList parts = option->text.split(u'\t');
    const QRect text(left, row.top(), row.right() - left - Grid, row.height());
    painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextShowMnemonic, parts.at(0));
    if (parts.size() > 1) {
        painter->setPen(enabled ? t.secondary : t.disabled);
        painter->drawText(text, Qt::AlignVCenter | Qt::AlignRight, parts.at(1));
    }
    if (option->menuItemType == QStyleOptionMenuItem::SubMenu)
        drawGlyph(
            *painter, Glyph::ChevronRight,
            QRectF(row.right() - Grid - ArrowSize, row.center().y() - 8, ArrowSize, ArrowSize),
            t.secondary);
    painter->restore();
}

} // namespace

CalmStyle::CalmStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

void CalmStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option,
                              QPainter *painter, const QWidget *widget) const
{
    const Tokens &t = tokensFor(option);
    switch (element) {
    case PE_PanelButtonCommand:
        if (const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option)) {
            drawButton(button, painter);
            return;
        }
        break;
    case PE_FrameFocusRect:
        if (keyboardFocus(option))
            drawFocusRing(*painter, option->rect, ControlRadius - 2, t.accent);
        return;
    case PE_PanelLineEdit:
        if (const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option)) {
            if (frame->lineWidth > 0)
                drawField(option, painter);
            return;
        }
        break;
    case PE_PanelTipLabel:
    case PE_PanelMenu:
        painter->fillRect(option->rect, t.raised);
        return;
    case PE_FrameMenu:
        painter->save();
        painter->setPen(t.line);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
        return;
    default:
        break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void CalmStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                            const QWidget *widget) const
{
    if (element == CE_PushButtonLabel) {
        if (const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option)) {
            const Tokens &t = tokensFor(option);
            QStyleOptionButton inked = *button;
            const bool filled = button->features.testFlag(QStyleOptionButton::DefaultButton);
            const bool flat = button->features.testFlag(QStyleOptionButton::Flat);
            if (button->state.testFlag(State_Enabled) && (filled || flat))
                inked.palette.setColor(QPalette::ButtonText, filled ? t.onAccent : t.accent);
            QProxyStyle::drawControl(element, &inked, painter, widget);
            return;
        }
    }
    if (element == CE_MenuItem) {
        if (const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option)) {
            drawMenuItem(item, painter);
            return;
        }
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void CalmStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                                   QPainter *painter, const QWidget *widget) const
{
    if (control == CC_ScrollBar) {
        if (const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option)) {
            drawScrollBar(bar, painter,
                          subControlRect(CC_ScrollBar, bar, SC_ScrollBarSlider, widget));
            return;
        }
    }
    if (control == CC_ComboBox) {
        if (const auto *box = qstyleoption_cast<const QStyleOptionComboBox *>(option)) {
            const Tokens &t = tokensFor(option);
            painter->save();
            drawGround(*painter, box->rect, ControlRadius, pressed(box, t.raised, t.text),
                       box->state.testFlag(State_Enabled) ? outline(t) : t.line);
            const QRect arrow = subControlRect(CC_ComboBox, box, SC_ComboBoxArrow, widget);
            drawGlyph(*painter, Glyph::ChevronDown,
                      QRectF(arrow.center().x() - ArrowSize / 2.0,
                             arrow.center().y() + 1 - ArrowSize / 2.0, ArrowSize, ArrowSize),
                      t.secondary);
            if (keyboardFocus(box))
                drawFocusRing(*painter, box->rect, ControlRadius, t.accent);
            painter->restore();
            return;
        }
    }
    if (control == CC_SpinBox) {
        const auto *box = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
        if (box != nullptr && box->buttonSymbols == QAbstractSpinBox::NoButtons) {
            drawField(box, painter);
            return;
        }
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

int CalmStyle::pixelMetric(PixelMetric metric, const QStyleOption *option,
                           const QWidget *widget) const
{
    switch (metric) {
    case PM_ScrollBarExtent:
        return ScrollBarExtent;
    case PM_MenuPanelWidth:
        return 1;
    case PM_MenuVMargin:
    case PM_MenuHMargin:
        return MenuInset;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_ButtonDefaultIndicator:
        return 0;
    case PM_ToolTipLabelFrameWidth:
        return Grid / 2;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int CalmStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                         QStyleHintReturn *data) const
{
    switch (hint) {
    case SH_Widget_Animate:
        return m_animations ? QProxyStyle::styleHint(hint, option, widget, data) : 0;
    case SH_Widget_Animation_Duration:
        return m_animations ? static_cast<int>(Motion.count()) : 0;
    case SH_ToolTip_WakeUpDelay:
        return ToolTipDelayMs;
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_ComboBox_Popup:
        return 0;
    default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

QSize CalmStyle::sizeFromContents(ContentsType type, const QStyleOption *option,
                                  const QSize &contents, const QWidget *widget) const
{
    switch (type) {
    case CT_PushButton: {
        const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
        if (button != nullptr && button->features.testFlag(QStyleOptionButton::Flat))
            return {contents.width() + 2 * Grid, std::max(contents.height() + Grid, QuietHeight)};
        const QSize own = QProxyStyle::sizeFromContents(type, option, contents, widget);
        return {contents.width() + 4 * Grid, std::max(own.height(), ControlHeight)};
    }
    case CT_LineEdit: {
        const QSize own = QProxyStyle::sizeFromContents(type, option, contents, widget);
        return {own.width() + Grid, std::max(own.height(), ControlHeight)};
    }
    case CT_ComboBox: {
        const QSize own = QProxyStyle::sizeFromContents(type, option, contents, widget);
        return {own.width() + 2 * Grid, std::max(own.height(), ControlHeight)};
    }
    case CT_SpinBox: {
        const QSize own = QProxyStyle::sizeFromContents(type, option, contents, widget);
        return {own.width(), std::max(own.height(), ControlHeight)};
    }
    case CT_MenuItem:
        if (const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option)) {
            if (item->menuItemType == QStyleOptionMenuItem::Separator)
                return {contents.width(), Grid + 1};
            const int shortcut = item->text.contains(u'\t') ? 3 * Grid : 0;
            return {contents.width() + 5 * Grid + shortcut,
                    std::max(contents.height(), MenuItemHeight)};
        }
        break;
    default:
        break;
    }
    return QProxyStyle::sizeFromContents(type, option, contents, widget);
}

QRect CalmStyle::subElementRect(SubElement element, const QStyleOption *option,
                                const QWidget *widget) const
{
    const QRect own = QProxyStyle::subElementRect(element, option, widget);
    if (element == SE_LineEditContents) {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        if (frame != nullptr && frame->lineWidth > 0)
            return own.adjusted(Grid - 2, 0, 2 - Grid, 0);
    }
    return own;
}

QRect CalmStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option,
                                SubControl part, const QWidget *widget) const
{
    if (control == CC_SpinBox && part == SC_SpinBoxEditField) {
        const auto *box = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
        if (box != nullptr && box->buttonSymbols == QAbstractSpinBox::NoButtons)
            return box->rect.adjusted(Grid - 2, 2, 2 - Grid, -2);
    }
    if (control == CC_ComboBox && part == SC_ComboBoxEditField)
        return QProxyStyle::subControlRect(control, option, part, widget)
            .adjusted(Grid - 2, 0, 0, 0);
    if (control == CC_ScrollBar) {
        const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
        if (bar != nullptr) {
            const bool upright = bar->orientation == Qt::Vertical;
            const int length = upright ? bar->rect.height() : bar->rect.width();
            const int range = bar->maximum - bar->minimum;
            const int least = 4 * Grid;
            int thumb = length;
            if (range > 0)
                thumb = std::clamp(static_cast<int>(qint64{bar->pageStep} * length /
                                                    (qint64{range} + bar->pageStep)),
                                   std::min(least, length), length);
            const int start = sliderPositionFromValue(
                bar->minimum, bar->maximum, bar->sliderPosition, length - thumb, bar->upsideDown);
            const auto along = [&](int from, int size) {
                return upright ? QRect(0, from, bar->rect.width(), size)
                               : QRect(from, 0, size, bar->rect.height());
            };
            switch (part) {
            case SC_ScrollBarGroove:
                return along(0, length);
            case SC_ScrollBarSlider:
                return along(start, thumb);
            case SC_ScrollBarSubPage:
                return along(0, start);
            case SC_ScrollBarAddPage:
                return along(start + thumb, length - start - thumb);
            default:
                return {};
            }
        }
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

bool mayAnimate(const QWidget &widget)
{
    return widget.style()->styleHint(QStyle::SH_Widget_Animate, nullptr, &widget) != 0;
}

void drawChosen(QPainter &painter, const QRectF &row, double radius, const Tokens &tokens,
                const QColor &ground)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(chosenGround(tokens, ground));
    painter.drawRoundedRect(row, radius, radius);
    const double inset = std::max(radius / 2, 4.0);
    const QRectF bar(row.left(), row.top() + inset, ChosenBarWidth, row.height() - 2 * inset);
    painter.setBrush(chosenBar(tokens));
    painter.drawRoundedRect(bar, ChosenBarWidth / 2.0, ChosenBarWidth / 2.0);
    painter.restore();
}

void drawFocusRing(QPainter &painter, const QRectF &bounds, double radius, const QColor &accent)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(accent, RingWidth));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(bounds.adjusted(1, 1, -1, -1), radius, radius);
    painter.restore();
}

} // namespace higgs::widgets
