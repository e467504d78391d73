// SPDX-License-Identifier: GPL-3.0-or-later
// What works and what does not, the daemon's log, and a report to copy for whoever helps: the part
// of a diagnostics page that is the same for every daemon.
#pragma once

#include "shared/widgets/check_row.h"
#include "shared/widgets/redaction.h"

#include <QTimer>
#include <QWidget>
#include <functional>

namespace higgs::widgets {

class Button;
class Card;
class DaemonLine;
class Label;
class LogView;

/// Asks the daemon whenever it is shown. All that is shown of the log is redacted.
class DiagnosticsPanel : public QWidget
{
    Q_OBJECT

public:
    /// What the panel does not know by itself.
    struct Subject
    {
        QString program; ///< "higgs-vpn"
        /// A check in people's words.
        std::function<QString(const Check &)> words;
        /// What stands at the moment, for the report.
        std::function<ReportSection()> state;
    };

    /// `line` outlives this.
    DiagnosticsPanel(DaemonLine &line, Subject subject, QWidget *parent = nullptr);

    /// What "Copy report" copies.
    [[nodiscard]] QString report() const;
    /// Over the checks.
    void setTitle(const QString &title);
    void ask();

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    void showChecks();
    void showLog();
    void copyReport();
    void retranslate();
    [[nodiscard]] Redaction redaction() const;
    [[nodiscard]] QStringList logTexts() const;

    DaemonLine &m_line;
    Subject m_subject;
    Label *m_checksTitle;
    Card *m_checksCard;
    Button *m_again;
    Label *m_logTitle;
    LogView *m_log;
    Label *m_logHint;
    Button *m_copy;
    bool m_asking = false;
    std::optional<Result<std::vector<Check>>> m_checks;
    std::optional<Result<std::vector<LogLine>>> m_lines;
    QTimer m_copied;
};

} // namespace higgs::widgets
