// SPDX-License-Identifier: GPL-3.0-or-later
// A log to read and to copy from: plain lines, the newest at the end and in view.
#pragma once

#include <QPlainTextEdit>

namespace higgs::widgets {

class LogView : public QPlainTextEdit
{
    Q_OBJECT

public:
    explicit LogView(QWidget *parent = nullptr);

    /// Replaces what is shown; stays where the person has scrolled to.
    void setLines(const QStringList &lines);
    QSize sizeHint() const override;
};

} // namespace higgs::widgets
