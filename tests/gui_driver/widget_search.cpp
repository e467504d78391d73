// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui_driver/widget_search.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

namespace higgs::gui_driver {

namespace {

// A tree as deep as a person's patience.
constexpr int MaxDepth = 4;
constexpr int MaxRows = 2000;

QString textOf(const QWidget &widget)
{
    if (const auto *label = qobject_cast<const QLabel *>(&widget))
        return label->text();
    if (const auto *button = qobject_cast<const QAbstractButton *>(&widget))
        return button->text();
    if (const auto *edit = qobject_cast<const QLineEdit *>(&widget))
        return edit->text();
    if (const auto *edit = qobject_cast<const QPlainTextEdit *>(&widget))
        return edit->toPlainText();
    if (const auto *box = qobject_cast<const QComboBox *>(&widget))
        return box->currentText();
    const QVariant text = widget.property("text");
    return text.isValid() ? text.toString() : widget.accessibleName();
}

QModelIndex search(const QAbstractItemModel &model, const QModelIndex &parent, const QString &words,
                   int depth)
{
    for (int row = 0; row < std::min(model.rowCount(parent), MaxRows); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        if (index.data(Qt::DisplayRole).toString().contains(words, Qt::CaseInsensitive) &&
            index.flags().testFlag(Qt::ItemIsEnabled) &&
            index.flags().testFlag(Qt::ItemIsSelectable))
            return index;
        if (depth < MaxDepth)
            if (const QModelIndex inner = search(model, index, words, depth + 1); inner.isValid())
                return inner;
    }
    return {};
}

void collect(const QAbstractItemModel &model, const QModelIndex &parent, int depth,
             QJsonArray &rows)
{
    for (int row = 0; row < std::min(model.rowCount(parent), MaxRows); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        rows.append(QJsonObject{
            {QStringLiteral("text"), index.data(Qt::DisplayRole).toString()},
            {QStringLiteral("spoken"), index.data(Qt::AccessibleTextRole).toString()},
            {QStringLiteral("enabled"), index.flags().testFlag(Qt::ItemIsEnabled)},
            {QStringLiteral("depth"), depth},
        });
        if (depth < MaxDepth)
            collect(model, index, depth + 1, rows);
    }
}

bool isClipped(const QWidget &widget)
{
    const QRegion seen = widget.visibleRegion();
    if (seen.isEmpty() || textOf(widget).isEmpty())
        return false;
    if (const auto *label = qobject_cast<const QLabel *>(&widget)) {
        if (label->wordWrap())
            return label->heightForWidth(label->width()) > label->height();
        return label->sizeHint().width() > label->width();
    }
    if (qobject_cast<const QAbstractButton *>(&widget) != nullptr)
        return widget.minimumSizeHint().width() > widget.width();
    return false;
}

} // namespace

QWidget *widgetNamed(const QString &name)
{
    QWidget *hidden = nullptr;
    const QWidgetList all = QApplication::allWidgets();
    for (QWidget *widget : all) {
        if (widget->objectName() != name)
            continue;
        if (widget->isVisible())
            return widget;
        hidden = widget;
    }
    return hidden;
}

QWidget *mainWindow()
{
    QWidget *found = QApplication::activeWindow();
    if (found != nullptr && found->windowType() != Qt::Popup)
        return found;
    const QWidgetList tops = QApplication::topLevelWidgets();
    for (QWidget *widget : tops)
        if (widget->isVisible() &&
            (widget->windowType() == Qt::Window || widget->windowType() == Qt::Dialog))
            return widget;
    return nullptr;
}

QMenu *openMenu()
{
    QWidget *popup = QApplication::activePopupWidget();
    return qobject_cast<QMenu *>(popup);
}

QAction *actionIn(const QMenu &menu, const QString &nameOrText)
{
    const QList<QAction *> actions = menu.actions();
    for (QAction *action : actions)
        if (action->objectName() == nameOrText || action->text().remove(u'&') == nameOrText)
            return action;
    return nullptr;
}

QModelIndex indexWith(const QAbstractItemView &view, const QString &words)
{
    return view.model() == nullptr ? QModelIndex()
                                   : search(*view.model(), view.rootIndex(), words, 0);
}

QJsonArray rowsOf(const QAbstractItemView &view)
{
    QJsonArray rows;
    if (view.model() != nullptr)
        collect(*view.model(), view.rootIndex(), 0, rows);
    return rows;
}

QJsonObject describe(const QWidget &widget)
{
    const QPoint at = widget.mapToGlobal(QPoint(0, 0));
    const auto *button = qobject_cast<const QAbstractButton *>(&widget);
    return {
        {QStringLiteral("name"), widget.objectName()},
        {QStringLiteral("class"), QString::fromLatin1(widget.metaObject()->className())},
        {QStringLiteral("text"), textOf(widget)},
        {QStringLiteral("spoken"), widget.accessibleName()},
        {QStringLiteral("visible"), widget.isVisible()},
        {QStringLiteral("enabled"), widget.isEnabled()},
        {QStringLiteral("checked"), button != nullptr && button->isChecked()},
        {QStringLiteral("focus"), widget.hasFocus()},
        {QStringLiteral("title"), widget.window()->windowTitle()},
        {QStringLiteral("active"), widget.isActiveWindow()},
        {QStringLiteral("minimised"), widget.window()->isMinimized()},
        {QStringLiteral("x"), at.x()},
        {QStringLiteral("y"), at.y()},
        {QStringLiteral("width"), widget.width()},
        {QStringLiteral("height"), widget.height()},
    };
}

QJsonArray clippedTexts(const QWidget &window)
{
    QJsonArray clipped;
    const QList<QWidget *> all = window.findChildren<QWidget *>();
    for (const QWidget *widget : all)
        if (widget->isVisible() && isClipped(*widget))
            clipped.append(QString(widget->objectName() + QStringLiteral(": ") + textOf(*widget)));
    return clipped;
}

} // namespace higgs::gui_driver
