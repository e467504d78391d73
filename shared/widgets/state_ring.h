// SPDX-License-Identifier: GPL-3.0-or-later
// The one big button, with a ring around it whose form tells the state from across the room.
#pragma once

#include "shared/widgets/icons.h"

#include <QAbstractButton>
#include <QElapsedTimer>
#include <QTimer>

namespace higgs::widgets {

enum class RingKind : std::uint8_t {
    Off,       ///< thin and grey
    Working,   ///< an arc that goes round
    On,        ///< whole and green
    Attention, ///< whole but breathing: it is coming back by itself
    Blocked,   ///< broken in four
    Waiting,   ///< empties like a kitchen timer, on the face of an hour
};

/// The verb stands inside, under a glyph; it is the button's text. Moves only while visible and
/// where motion is welcome.
class StateRing : public QAbstractButton
{
    Q_OBJECT

public:
    explicit StateRing(QWidget *parent = nullptr);

    void setKind(RingKind kind);
    RingKind kind() const { return m_kind; }
    /// Of Waiting: the share of an hour that is left; more than one shows as one.
    void setLeft(double hours);
    /// `primary`: the thing to do now (connect), not merely possible (disconnect).
    void setVerb(Glyph glyph, const QString &verb, bool primary);
    /// True while something moves: for tests of reduced motion.
    bool moving() const { return m_frames.isActive(); }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    bool hitButton(const QPoint &point) const override;
    bool event(QEvent *event) override;

private:
    void settle();
    void drawRing(QPainter &painter, const QRectF &bounds) const;
    void drawVerb(QPainter &painter, const QRectF &circle) const;

    RingKind m_kind = RingKind::Off;
    double m_left = 0;
    Glyph m_glyph = Glyph::Power;
    bool m_primary = true;
    QTimer m_frames;
    QElapsedTimer m_clock;
};

} // namespace higgs::widgets
