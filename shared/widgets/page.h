// SPDX-License-Identifier: GPL-3.0-or-later
// A secondary page: a head with "back" and a title, and a body that scrolls under it.
#pragma once

#include <QWidget>

class QHBoxLayout;
class QVBoxLayout;

namespace higgs::widgets {

class IconButton;
class Label;
class ScrollColumn;

/// Esc, Alt+Left and the button all say `back()`. Begins at its top each time it is shown. The body
/// is at most 560 wide and in the middle.
class Page : public QWidget
{
    Q_OBJECT

public:
    explicit Page(const QString &title = {}, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// Without it Esc does nothing either: first run, faults.
    void setBackVisible(bool visible);
    /// Upright, margins of 24, 16 between; add a stretch yourself where one is wanted.
    QVBoxLayout *body() const;
    /// For a body that becomes another one.
    void toTop();
    /// Right of the title: small actions of the page.
    QHBoxLayout *head() const { return m_head; }

Q_SIGNALS:
    void back();

protected:
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void retranslate();

    IconButton *m_back;
    Label *m_title;
    QHBoxLayout *m_head;
    ScrollColumn *m_scroll;
};

} // namespace higgs::widgets
