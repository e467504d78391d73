// SPDX-License-Identifier: GPL-3.0-or-later
// A figure with its name above and what it is measured by below.
#pragma once

#include "shared/widgets/card.h"

namespace higgs::widgets {
class FigureLabel;
class Label;
class LoadBar;
} // namespace higgs::widgets

namespace higgs::node {

class FigureTile : public widgets::Card
{
    Q_OBJECT

public:
    explicit FigureTile(QWidget *parent = nullptr);

    void setName(const QString &name);
    void setFigure(const QString &figure, const QString &note);
    /// Negative: no bar.
    void setShare(double share);

private:
    void tell();

    widgets::Label *m_name;
    widgets::FigureLabel *m_figure;
    widgets::LoadBar *m_bar;
    widgets::Label *m_note;
};

} // namespace higgs::node
