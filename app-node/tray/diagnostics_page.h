// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon's checks, its log, and a report to copy.
#pragma once

#include <QWidget>

namespace higgs::widgets {
class DiagnosticsPanel;
class Page;
} // namespace higgs::widgets

namespace higgs::node {

class NodeLink;

class DiagnosticsPage : public QWidget
{
    Q_OBJECT

public:
    explicit DiagnosticsPage(NodeLink &link, QWidget *parent = nullptr);

    /// What "Copy report" copies.
    [[nodiscard]] QString report() const;

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;

private:
    void retranslate();

    widgets::Page *m_page;
    widgets::DiagnosticsPanel *m_panel;
};

} // namespace higgs::node
