// SPDX-License-Identifier: GPL-3.0-or-later
// A share as a bar, for what is beside it in figures; screen readers get its value.
#pragma once

#include <QAccessibleWidget>
#include <QWidget>

class QPainter;

namespace higgs::widgets {

struct Tokens;

/// For delegates, too. Quiet up to 60 %, amber to 85 %, red beyond; the length says the same.
void drawLoadBar(QPainter &painter, const QRectF &bounds, double share, const Tokens &tokens);

class LoadBar : public QWidget
{
    Q_OBJECT

public:
    explicit LoadBar(QWidget *parent = nullptr);

    /// Kept within 0..1.
    void setShare(double share);
    double share() const { return m_share; }
    QSize sizeHint() const override;

    /// To be called once before the first bar is shown to a screen reader; calls do not add up.
    static void installAccessibility();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    double m_share = 0;
};

} // namespace higgs::widgets
