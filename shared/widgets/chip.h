// SPDX-License-Identifier: GPL-3.0-or-later
// A word in a pill with its reason behind it: hover, or Enter, tells the sentence.
#pragma once

#include "shared/widgets/icons.h"

#include <QAbstractButton>

namespace higgs::widgets {

class Chip : public QAbstractButton
{
    Q_OBJECT

public:
    explicit Chip(QWidget *parent = nullptr);

    /// `reason` is the tool tip and the accessible description.
    void setContents(Glyph glyph, const QString &word, const QString &reason);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    Glyph m_glyph = Glyph::Info;
};

} // namespace higgs::widgets
