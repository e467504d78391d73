// SPDX-License-Identifier: GPL-3.0-or-later
// The product's name beside its mark, in the head of the window.
#pragma once

#include <QWidget>

namespace higgs::vpn {

class Wordmark : public QWidget
{
    Q_OBJECT

public:
    explicit Wordmark(QWidget *parent = nullptr);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace higgs::vpn
