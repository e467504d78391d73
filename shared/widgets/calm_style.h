// SPDX-License-Identifier: GPL-3.0-or-later
// Fusion, made flat: buttons, fields, boxes to choose from, menus and scroll bars from the tokens.
#pragma once

#include <QProxyStyle>

namespace higgs::widgets {

/// A default button is filled with the accent, a flat one is only words in it. The focus ring is
/// drawn where the keyboard leads, as the platform reports it.
struct Tokens;

class CalmStyle : public QProxyStyle
{
    Q_OBJECT

public:
    CalmStyle();

    void setAnimations(bool on) { m_animations = on; }

    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget) const override;
    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                            QPainter *painter, const QWidget *widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption *option,
                    const QWidget *widget) const override;
    int styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                  QStyleHintReturn *data) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &contents,
                           const QWidget *widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption *option,
                         const QWidget *widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                         const QWidget *widget) const override;

private:
    bool m_animations = true;
};

/// True where a widget may move: asked of its style, so Qt's own widgets keep to it too.
bool mayAnimate(const QWidget &widget);

/// Behind a chosen row of a list or a menu that stands on `ground`.
void drawChosen(QPainter &painter, const QRectF &row, double radius, const Tokens &tokens,
                const QColor &ground);

/// A rounded ring in the accent just inside `bounds`.
void drawFocusRing(QPainter &painter, const QRectF &bounds, double radius, const QColor &accent);

} // namespace higgs::widgets
