// SPDX-License-Identifier: GPL-3.0-or-later
// Finds what a person would see: visible widgets by object name, entries of menus and lists by
// words.
#pragma once

#include <QAction>
#include <QJsonArray>
#include <QJsonObject>
#include <QMenu>
#include <QModelIndex>
#include <QWidget>

class QAbstractItemView;

namespace higgs::gui_driver {

/// The widget of that name, a visible one before a hidden one; null where there is none.
QWidget *widgetNamed(const QString &name);

/// The visible top-level window that is not a popup, the active one first.
QWidget *mainWindow();

/// The popup menu that is open now, the innermost.
QMenu *openMenu();
QAction *actionIn(const QMenu &menu, const QString &nameOrText);

/// The first index in the view whose text contains the words; parents are searched too.
QModelIndex indexWith(const QAbstractItemView &view, const QString &words);
/// The words of every row, in order, with what role texts a model gives to screen readers.
QJsonArray rowsOf(const QAbstractItemView &view);

/// Everything a test asks of a widget.
QJsonObject describe(const QWidget &widget);

/// Visible labels and buttons of the window whose words do not fit into them.
QJsonArray clippedTexts(const QWidget &window);

} // namespace higgs::gui_driver
