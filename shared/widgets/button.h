// SPDX-License-Identifier: GPL-3.0-or-later
// The two kinds of button: words, and a glyph alone (which then carries its words for screen
// readers).
#pragma once

#include "shared/widgets/icons.h"

#include <QAbstractButton>
#include <QPushButton>

namespace higgs::widgets {

enum class Importance : std::uint8_t {
    Primary, ///< the one thing to do; filled
    Plain,
    Quiet, ///< only words in the accent
};

/// Enter presses it as Space does.
class Button : public QPushButton
{
    Q_OBJECT

public:
    explicit Button(Importance importance = Importance::Plain, QWidget *parent = nullptr);
    Button(const QString &text, Importance importance, QWidget *parent = nullptr);

    void setImportance(Importance importance);

protected:
    void initStyleOption(QStyleOptionButton *option) const override;

private:
    Importance m_importance;
};

/// 40 x 40. `setName` gives the accessible name and the tool tip.
class IconButton : public QAbstractButton
{
    Q_OBJECT

public:
    explicit IconButton(Glyph glyph, QWidget *parent = nullptr);

    void setGlyph(Glyph glyph);
    void setName(const QString &name);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    Glyph m_glyph;
};

/// Enter on a focused button of our own kinds; true if the event was one.
bool pressByEnter(QAbstractButton &button, const QKeyEvent &event);

/// True while `widget` has the focus and the keyboard brought it there, so that the ring is due.
bool showsFocus(const QWidget &widget);

} // namespace higgs::widgets
