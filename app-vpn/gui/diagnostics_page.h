// SPDX-License-Identifier: GPL-3.0-or-later
// What works and what does not, the daemon's log, a report to copy for whoever helps, and the way
// out: the network as it was.
#pragma once

#include <QWidget>

namespace higgs::widgets {
class Button;
class DiagnosticsPanel;
class Label;
class Page;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;

class DiagnosticsPage : public QWidget
{
    Q_OBJECT

public:
    explicit DiagnosticsPage(DaemonLink &link, QWidget *parent = nullptr);

    /// What "Copy report" copies.
    [[nodiscard]] QString report() const;

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    void restore();
    void retranslate();

    DaemonLink &m_link;
    widgets::Page *m_page;
    widgets::DiagnosticsPanel *m_panel;
    widgets::Label *m_restoreTitle;
    widgets::Label *m_restoreText;
    widgets::Button *m_restore;
    widgets::Button *m_keep;
    widgets::Label *m_restored;
    bool m_confirming = false;
};

} // namespace higgs::vpn
