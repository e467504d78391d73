// SPDX-License-Identifier: GPL-3.0-or-later
// You, server, home, site: how far the way stands, and under the pointer what each of them sees.
#pragma once

#include "app-vpn/gui/way_view.h"

#include <QWidget>

namespace higgs::vpn {

class WayRibbon : public QWidget
{
    Q_OBJECT

public:
    explicit WayRibbon(QWidget *parent = nullptr);

    /// `country`: of the home, or wanted; empty while the server chooses.
    void setContents(const WayView &way, const QString &country);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QString nameOf(std::size_t step) const;
    QRectF areaOf(std::size_t step) const;
    void describe();

    WayView m_way;
    QString m_country;
};

} // namespace higgs::vpn
