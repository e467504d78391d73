// SPDX-License-Identifier: GPL-3.0-or-later
// The way to another page: a glyph, the page's name, and how things stand there in a few words.
#pragma once

#include "shared/widgets/icons.h"
#include "shared/widgets/text_styles.h"

#include <QAbstractButton>

namespace higgs::widgets {
class Label;
} // namespace higgs::widgets

namespace higgs::node {

/// As high as its words need at its width: they wrap and are never cut.
class NavTile : public QAbstractButton
{
    Q_OBJECT

public:
    explicit NavTile(widgets::Glyph glyph, QWidget *parent = nullptr);

    /// `ink`: of glyph and news.
    void setContents(const QString &name, const QString &news,
                     widgets::Ink ink = widgets::Ink::Secondary);
    /// What it says makes no tile wider than its neighbours.
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    widgets::Glyph m_glyph;
    widgets::Label *m_name;
    widgets::Label *m_news;
    widgets::Ink m_ink = widgets::Ink::Secondary;
};

} // namespace higgs::node
