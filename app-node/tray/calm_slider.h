// SPDX-License-Identifier: GPL-3.0-or-later
// A slider in the windows' manner: a thin line, filled up to a round thumb.
#pragma once

#include <QSlider>

namespace higgs::node {

/// The wheel scrolls the page under it, unless it has the focus.
class CalmSlider : public QSlider
{
    Q_OBJECT

public:
    explicit CalmSlider(QWidget *parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    [[nodiscard]] int valueAt(double x) const;
    [[nodiscard]] double thumb() const;
};

} // namespace higgs::node
