// SPDX-License-Identifier: GPL-3.0-or-later
// A command or a fingerprint to copy: fixed pitch, selectable, with a button that says "copied".
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;

namespace higgs::widgets {

class IconButton;

class CopyBox : public QWidget
{
    Q_OBJECT

public:
    explicit CopyBox(QWidget *parent = nullptr);

    /// Text for people: the application's own font.
    void setProse();
    void setText(const QString &text);
    [[nodiscard]] const QString &text() const { return m_plain; }

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void copy();
    void retranslate();

    QString m_plain;
    QLabel *m_text;
    IconButton *m_button;
    QTimer m_copied;
};

} // namespace higgs::widgets
