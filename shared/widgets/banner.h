// SPDX-License-Identifier: GPL-3.0-or-later
// What happened, whether the traffic is safe, and one button: one at a time, above everything.
#pragma once

#include <QWidget>

namespace higgs::widgets {

class Button;
class Label;

enum class Tone : std::uint8_t {
    Notice,  ///< to be known
    Warning, ///< works, but not as wished
    Error    ///< does not work, or is not protected
};

/// Read out by screen readers when it appears.
class Banner : public QWidget
{
    Q_OBJECT

public:
    explicit Banner(QWidget *parent = nullptr);

    /// An empty `action` has no button.
    void setContents(Tone tone, const QString &text, const QString &action = {});

Q_SIGNALS:
    void activated();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Tone m_tone = Tone::Notice;
    Label *m_text;
    Button *m_button;
};

} // namespace higgs::widgets
