// SPDX-License-Identifier: GPL-3.0-or-later
// A value that a click copies: an address, a command. It says that it did.
#pragma once

#include <QAbstractButton>
#include <QTimer>

namespace higgs::widgets {

/// Data may be cut in its middle, and then is whole in the tool tip.
class CopyField : public QAbstractButton
{
    Q_OBJECT

public:
    explicit CopyField(QWidget *parent = nullptr);

    /// `name` says what the value is, to screen readers.
    void setContents(const QString &name, const QString &value);
    QString value() const { return m_value; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    void copy();
    void retranslate();

    QString m_name;
    QString m_value;
    QTimer m_done;
};

} // namespace higgs::widgets
