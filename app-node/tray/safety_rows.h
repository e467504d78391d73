// SPDX-License-Identifier: GPL-3.0-or-later
// The shield, and a row of the self-test's table that folds out into its attempts.
#pragma once

#include "app-node/tray/safety_words.h"

#include <QAbstractButton>

namespace higgs::node {

class ShieldMark : public QWidget
{
    Q_OBJECT

public:
    explicit ShieldMark(QWidget *parent = nullptr);

    void setState(SafetyState state);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    SafetyState m_state = SafetyState::Never;
};

/// The head of a group: a mark, its name, "12 of 12", and a chevron.
class SafetyGroupHead : public QAbstractButton
{
    Q_OBJECT

public:
    explicit SafetyGroupHead(const SafetyGroup &group, QWidget *parent = nullptr);

    QSize sizeHint() const override;
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    /// Where the name stands in a head of this size; it wraps.
    QRect nameRect(int width, int height) const;

    bool m_ok;
    QString m_figure;
};

class SafetyGroupRow : public QWidget
{
    Q_OBJECT

public:
    explicit SafetyGroupRow(const SafetyGroup &group, QWidget *parent = nullptr);

    void setOpen(bool open);

Q_SIGNALS:
    void opened(bool open);

private:
    SafetyGroup m_group;
    SafetyGroupHead *m_head;
    QWidget *m_attempts = nullptr; ///< made when first opened
};

} // namespace higgs::node
