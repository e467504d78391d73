// SPDX-License-Identifier: GPL-3.0-or-later
// A switch: on or off at once, without an "apply". Told by the thumb's place and by a tick, not by
// colour.
#pragma once

#include "shared/widgets/icons.h"

#include <QAbstractButton>
#include <optional>

class QVariantAnimation;

namespace higgs::widgets {

class ToggleSwitch : public QAbstractButton
{
    Q_OBJECT

public:
    enum class Size : std::uint8_t {
        Usual,
        Large ///< the one switch a window is about
    };

    /// On each side for the focus ring: a row leaves that much of its margin to the switch, so that
    /// the switch, and not the room around it, ends where other controls do.
    static constexpr int RingRoom = 4;

    explicit ToggleSwitch(QWidget *parent = nullptr);
    explicit ToggleSwitch(Size size, QWidget *parent = nullptr);

    /// The third look: on, and what was switched on is not so at the moment. The track is hollow
    /// and the thumb shows why instead of the tick; none: on is so.
    void setHeld(std::optional<Glyph> why);
    [[nodiscard]] bool held() const { return m_held.has_value(); }

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void checkStateSet() override;
    void nextCheckState() override;

private:
    void moveThumb();
    void drawTrack(QPainter &painter, const QRectF &track) const;

    double m_scale;
    QVariantAnimation *m_motion;
    double m_thumb = 0; ///< 0 off .. 1 on
    std::optional<Glyph> m_held;
};

} // namespace higgs::widgets
