// SPDX-License-Identifier: GPL-3.0-or-later
// Instead of the window's content while the daemon cannot be spoken to: what happened, what it
// means for the traffic, and what to do.
#pragma once

#include <QWidget>

namespace higgs::widgets {
class Button;
class Card;
class CopyBox;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;

class FaultPage : public QWidget
{
    Q_OBJECT

public:
    explicit FaultPage(DaemonLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    /// The daemon answers again.
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    void build();
    void refresh();

    DaemonLink &m_link;
    widgets::Page *m_page;
    widgets::Label *m_title;
    widgets::Label *m_happened;
    widgets::Label *m_traffic;
    widgets::Label *m_fix;
    widgets::CopyBox *m_command;
    widgets::Label *m_after;
    widgets::Label *m_detail;
    widgets::Button *m_retry;
};

} // namespace higgs::vpn
