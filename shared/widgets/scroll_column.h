// SPDX-License-Identifier: GPL-3.0-or-later
// A page's content: one column in the middle that scrolls upright.
#pragma once

#include <QScrollArea>

class QVBoxLayout;

namespace higgs::widgets {

/// At most 560 wide. The scroll bar stands in the right margin, so that what is in the column keeps
/// its place whether there is one or not. Begins at its top each time it is shown.
class ScrollColumn : public QScrollArea
{
    Q_OBJECT

public:
    /// `top`: the margin above the first thing; the others are 24.
    explicit ScrollColumn(int top, QWidget *parent = nullptr);

    /// Upright, 16 between; add a stretch yourself where one is wanted.
    QVBoxLayout *body() const { return m_body; }
    /// For a body that becomes another one.
    void toTop();

protected:
    void showEvent(QShowEvent *event) override;

private:
    void makeRoom();

    int m_top;
    QWidget *m_column;
    QVBoxLayout *m_body;
};

} // namespace higgs::widgets
