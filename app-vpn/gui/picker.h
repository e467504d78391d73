// SPDX-License-Identifier: GPL-3.0-or-later
// Where to leave from: a search, sections, regions that fold out, and what to say when there is
// none.
#pragma once

#include "app-vpn/gui/daemon_link.h"
#include "app-vpn/gui/picker_rows.h"
#include "shared/widgets/flag.h"

#include <QWidget>

class QHBoxLayout;
class QLineEdit;
class QListView;
class QStackedWidget;

namespace higgs::widgets {
class Button;
class IconButton;
class Label;
} // namespace higgs::widgets

namespace higgs::vpn {

class PickerDelegate;
class PickerModel;
class Preferences;
class ViaChoice;

class Picker : public QWidget
{
    Q_OBJECT

public:
    Picker(DaemonLink &link, Preferences &preferences, widgets::Flags &flags,
           QWidget *parent = nullptr);

    /// Begins a search with `text` and puts the cursor behind it.
    void beginSearch(const QString &text = {});
    /// As a sheet it has a way back; beside the state it has none.
    void setSheet(bool sheet);

Q_SIGNALS:
    /// An empty country is the fastest.
    void chosen(const QString &country, const QString &region);
    void viaChosen(const QString &country);
    void closed();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    QWidget *buildMessage();
    void retranslate();
    void rebuild();
    void showState();
    void showMessage(const QString &text, const QString &more, bool button);
    void activate(const QModelIndex &index);
    void toggleFold(const QModelIndex &index);
    void toggleFavourite(const QModelIndex &index);
    bool listKey(const QKeyEvent &event);
    bool searchKey(const QKeyEvent &event);
    bool listClick(const QPoint &point);
    void openMenu(const QPoint &point);
    void select(int row);
    void followView();
    [[nodiscard]] Freshness freshness() const;

    DaemonLink &m_link;
    Preferences &m_preferences;
    NameIndex m_names;
    QSet<QString> m_open;
    PickerModel *m_model;
    PickerDelegate *m_delegate;
    QHBoxLayout *m_head;
    widgets::IconButton *m_back;
    widgets::Label *m_title;
    QLineEdit *m_search;
    ViaChoice *m_via;
    QStackedWidget *m_stack;
    QListView *m_list;
    widgets::Label *m_dated;
    Freshness m_freshness;
    Marked m_marked;
    widgets::Label *m_message;
    widgets::Label *m_more;
    widgets::Button *m_again;
};

} // namespace higgs::vpn
