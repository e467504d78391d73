// SPDX-License-Identifier: GPL-3.0-or-later
// A surface with a thin line and round corners, for things that belong together.
#pragma once

#include <QWidget>

class QVBoxLayout;

namespace higgs::widgets {

class Card : public QWidget
{
    Q_OBJECT

public:
    explicit Card(QWidget *parent = nullptr);

    /// Upright, with margins of two grid steps.
    QVBoxLayout *body() const { return m_body; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QVBoxLayout *m_body;
};

/// A heading close above what it heads.
QVBoxLayout *headed(QWidget *heading, QWidget *what);

/// A line of one pixel between rows of a card.
class Divider : public QWidget
{
    Q_OBJECT

public:
    explicit Divider(QWidget *parent = nullptr);

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace higgs::widgets
