// SPDX-License-Identifier: GPL-3.0-or-later
// Where the traffic leaves from, or will: flag, name, a line below; opens the picker.
#pragma once

#include "shared/widgets/flag.h"

#include <QAbstractButton>

namespace higgs::vpn {

class PlaceButton : public QAbstractButton
{
    Q_OBJECT

public:
    explicit PlaceButton(widgets::Flags &flags, QWidget *parent = nullptr);

    /// An empty country is the fastest, with a bolt for a flag.
    void setContents(const QString &country, const QString &name, const QString &below);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    void retranslate();

    widgets::Flags &m_flags;
    QString m_country;
    QString m_below;
};

} // namespace higgs::vpn
