// SPDX-License-Identifier: GPL-3.0-or-later
// "My provider wrote to me": a moment, what was shared in its hour, and a letter to copy.
#pragma once

#include "app-node/tray/node_link.h"

#include <QTimer>
#include <QWidget>

class QDateTimeEdit;

namespace higgs::widgets {
class Button;
class ChoiceBox;
class CopyBox;
class Label;
class Page;
class SettingsRow;
} // namespace higgs::widgets

namespace higgs::node {

class LetterPage : public QWidget
{
    Q_OBJECT

public:
    explicit LetterPage(NodeLink &link, QWidget *parent = nullptr);

Q_SIGNALS:
    void done();

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    void ask();
    void move(int hours);
    void readIn(Qt::TimeSpec zone);
    void refresh();
    void retranslate();
    [[nodiscard]] WallTime moment() const;

    NodeLink &m_link;
    widgets::Page *m_page;
    widgets::Label *m_intro;
    QDateTimeEdit *m_when;
    widgets::SettingsRow *m_whenRow;
    widgets::ChoiceBox *m_zone;
    widgets::SettingsRow *m_zoneRow;
    widgets::Button *m_earlier;
    widgets::Button *m_later;
    widgets::Label *m_hour;
    widgets::Label *m_shared;
    widgets::Label *m_error;
    widgets::Label *m_letterTitle;
    widgets::CopyBox *m_letter;
    QTimer m_settling;   ///< of what is typed
    quint64 m_asked = 0; ///< an answer to an earlier question comes too late
    std::optional<SharedHour> m_answer;
    WallTime m_answeredAt; ///< the moment that was asked about
};

} // namespace higgs::node
