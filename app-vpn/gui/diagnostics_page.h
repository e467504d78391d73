// SPDX-License-Identifier: GPL-3.0-or-later
// What works and what does not, the daemon's log, a report to copy for whoever helps, and the way
// out: the network as it was.
#pragma once

#include "app-vpn/gui/client_view.h"
#include "shared/base/result.h"
#include "shared/widgets/redaction.h"

#include <QTimer>
#include <QWidget>
#include <optional>

class QVBoxLayout;

namespace higgs::widgets {
class Button;
class Card;
class Label;
class LogView;
class Page;
} // namespace higgs::widgets

namespace higgs::vpn {

class DaemonLink;

/// Asks the daemon whenever it is shown. All that is shown of the log is redacted.
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
    void ask();
    void showChecks();
    void showLog();
    void copyReport();
    void restore();
    void retranslate();
    [[nodiscard]] widgets::Redaction redaction() const;
    [[nodiscard]] QStringList logTexts() const;

    DaemonLink &m_link;
    widgets::Page *m_page;
    widgets::Label *m_checksTitle;
    widgets::Card *m_checksCard;
    widgets::Button *m_again;
    widgets::Label *m_logTitle;
    widgets::LogView *m_log;
    widgets::Label *m_logHint;
    widgets::Button *m_copy;
    widgets::Label *m_restoreTitle;
    widgets::Label *m_restoreText;
    widgets::Button *m_restore;
    widgets::Button *m_keep;
    widgets::Label *m_restored;
    bool m_asking = false;
    bool m_confirming = false;
    std::optional<Result<std::vector<Check>>> m_checks;
    std::optional<Result<std::vector<LogLine>>> m_lines;
    QTimer m_copied;
};

} // namespace higgs::vpn
