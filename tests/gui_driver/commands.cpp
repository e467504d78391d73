// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui_driver/commands.h"

#include "tests/gui_driver/widget_search.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QPainter>
#include <QScrollArea>
#include <QSystemTrayIcon>
#include <QTest>
#include <QTimer>
#include <QWindow>
#include <algorithm>
#include <chrono>
#include <map>

namespace higgs::gui_driver {

namespace {

using Clock = std::chrono::steady_clock;

/// Presses and releases under way; more than one where a click opened a menu that runs its own
/// loop.
int underWay = 0;

struct UnderWay
{
    UnderWay() { ++underWay; }
    ~UnderWay() { --underWay; }
    UnderWay(const UnderWay &) = delete;
    UnderWay &operator=(const UnderWay &) = delete;
};

QJsonObject fault(const QString &text)
{
    return {{QStringLiteral("ok"), false}, {QStringLiteral("error"), text}};
}

QJsonObject done(QJsonObject more = {})
{
    more.insert(QStringLiteral("ok"), true);
    return more;
}

QString word(const QJsonObject &command, const char *key)
{
    return command.value(QLatin1String(key)).toString();
}

QWidget *target(const QJsonObject &command)
{
    const QString name = word(command, "name");
    return name.isEmpty() ? mainWindow() : widgetNamed(name);
}

/// Scrolls the widget into sight, as a person would before clicking it; when what was just said or
/// hidden has its place, as a person sees nothing before.
void reveal(QWidget &widget)
{
    QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
    for (QWidget *up = widget.parentWidget(); up != nullptr; up = up->parentWidget())
        if (auto *area = qobject_cast<QScrollArea *>(up))
            area->ensureWidgetVisible(&widget);
}

/// Why a click at this place would not reach the widget; empty when it would.
QString obstacle(QWidget &widget, const QPoint &at)
{
    if (!widget.isVisible())
        return QStringLiteral("not visible");
    if (!widget.isEnabled())
        return QStringLiteral("not enabled");
    const QWidget *modal = QApplication::activeModalWidget();
    if (modal != nullptr && widget.window() != modal)
        return QStringLiteral("a dialogue is in front");
    QWidget *hit = widget.window()->childAt(widget.mapTo(widget.window(), at));
    if (hit == nullptr)
        hit = widget.window();
    if (hit != &widget && !widget.isAncestorOf(hit))
        return QStringLiteral("covered by ") + QString::fromLatin1(hit->metaObject()->className()) +
               u' ' + hit->objectName();
    return {};
}

void press(QWidget &widget, const QPoint &at, Qt::MouseButton button = Qt::LeftButton)
{
    const UnderWay acting;
    QWidget *window = widget.window();
    QTest::mouseClick(window->windowHandle(), button, {}, widget.mapTo(window, at));
}

/// After the answer, since a click may open a menu that runs an event loop of its own. What has
/// moved it meanwhile is scrolled after.
void pressSoon(QWidget &widget, const QPoint &at)
{
    QTimer::singleShot(0, &widget, [&widget, at] {
        reveal(widget);
        press(widget, at);
    });
}

QJsonObject click(const QJsonObject &command)
{
    QWidget *widget = target(command);
    if (widget == nullptr)
        return fault(QStringLiteral("no such widget"));
    reveal(*widget);
    const QPoint at = widget->rect().center();
    if (const QString why = obstacle(*widget, at); !why.isEmpty())
        return fault(why);
    pressSoon(*widget, at);
    return done();
}

QJsonObject clickAction(const QJsonObject &command)
{
    QMenu *menu = openMenu();
    if (menu == nullptr)
        return fault(QStringLiteral("no menu is open"));
    QAction *action = actionIn(*menu, word(command, "name"));
    if (action == nullptr || !action->isVisible() || !action->isEnabled())
        return fault(QStringLiteral("no such entry"));
    pressSoon(*menu, menu->actionGeometry(action).center());
    return done();
}

QJsonObject clickRow(const QJsonObject &command)
{
    auto *view = qobject_cast<QAbstractItemView *>(target(command));
    if (view == nullptr || !view->isVisible())
        return fault(QStringLiteral("no such list"));
    const QModelIndex index = indexWith(*view, word(command, "text"));
    if (!index.isValid())
        return fault(QStringLiteral("no such row"));
    view->scrollTo(index, QAbstractItemView::PositionAtCenter);
    const QRect row = view->visualRect(index);
    // Left of the middle: stars and switches stand at the right end, folds at the left.
    pressSoon(*view->viewport(), QPoint(row.left() + row.width() * 2 / 5, row.center().y()));
    return done();
}

QJsonObject rows(const QJsonObject &command)
{
    auto *view = qobject_cast<QAbstractItemView *>(target(command));
    if (view == nullptr)
        return fault(QStringLiteral("no such list"));
    return done({{QStringLiteral("rows"), rowsOf(*view)}});
}

QJsonObject choose(const QJsonObject &command)
{
    auto *box = qobject_cast<QComboBox *>(target(command));
    if (box == nullptr || !box->isVisible() || !box->isEnabled())
        return fault(QStringLiteral("no such choice"));
    const int row = command.value(QStringLiteral("row")).toInt(-1);
    if (row < 0 || row >= box->count())
        return fault(QStringLiteral("no such row"));
    reveal(*box);
    QTimer::singleShot(0, box, [box, row] {
        const UnderWay acting;
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Home);
        for (int step = 0; step < row; ++step)
            QTest::keyClick(box, Qt::Key_Down);
    });
    return done();
}

QJsonObject type(const QJsonObject &command)
{
    QWidget *widget = target(command);
    if (widget == nullptr || !widget->isVisible() || !widget->isEnabled())
        return fault(QStringLiteral("no such widget"));
    const QString text = word(command, "text");
    widget->window()->activateWindow();
    if (!word(command, "name").isEmpty())
        widget->setFocus(Qt::MouseFocusReason);
    for (const QChar letter : text)
        QTest::sendKeyEvent(QTest::Click, widget->window()->windowHandle(), Qt::Key_unknown,
                            QString(letter), Qt::NoModifier);
    return done();
}

QJsonObject key(const QJsonObject &command)
{
    QWidget *window = QApplication::activePopupWidget() != nullptr
                          ? QApplication::activePopupWidget()
                          : mainWindow();
    const QKeySequence keys(word(command, "keys"));
    if (window == nullptr || keys.isEmpty())
        return fault(QStringLiteral("no window, or no such key"));
    QWindow *handle = window->windowHandle();
    QTimer::singleShot(0, window, [handle, keys] {
        const UnderWay acting;
        QTest::keyClick(handle, keys[0].key(), keys[0].keyboardModifiers());
    });
    return done();
}

QJsonObject get(const QJsonObject &command)
{
    const QWidget *widget = target(command);
    return widget == nullptr ? fault(QStringLiteral("no such widget"))
                             : done({{QStringLiteral("widget"), describe(*widget)}});
}

QJsonObject list(const QJsonObject &)
{
    QJsonArray all;
    const QWidgetList widgets = QApplication::allWidgets();
    for (const QWidget *widget : widgets)
        if (widget->isVisible() && !widget->objectName().isEmpty() &&
            !widget->objectName().startsWith(QLatin1String("qt_")))
            all.append(describe(*widget));
    return done({{QStringLiteral("widgets"), all}});
}

/// What was clicked last is not pointed at for ever: the pointer goes to nowhere in particular.
void leaveAll()
{
    const QWidgetList all = QApplication::allWidgets();
    for (QWidget *widget : all) {
        if (!widget->underMouse())
            continue;
        widget->setAttribute(Qt::WA_UnderMouse, false);
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(widget, &leave);
        widget->update();
    }
}

QJsonObject grab(const QJsonObject &command)
{
    QWidget *widget = target(command);
    if (widget == nullptr || !widget->isVisible())
        return fault(QStringLiteral("no such widget"));
    leaveAll();
    QPixmap picture = widget->grab();
    if (QWidget *popup = QApplication::activePopupWidget(); popup != nullptr && popup != widget) {
        QPainter painter(&picture);
        painter.drawPixmap(popup->mapToGlobal(QPoint()) - widget->mapToGlobal(QPoint()),
                           popup->grab());
    }
    if (!picture.save(word(command, "file"), "PNG"))
        return fault(QStringLiteral("cannot write"));
    return done({{QStringLiteral("clipped"), clippedTexts(*widget)}});
}

QJsonObject resize(const QJsonObject &command)
{
    QWidget *window = mainWindow();
    if (window == nullptr)
        return fault(QStringLiteral("no window"));
    window->resize(command.value(QStringLiteral("width")).toInt(),
                   command.value(QStringLiteral("height")).toInt());
    return done();
}

QJsonObject close(const QJsonObject &)
{
    QWidget *window = mainWindow();
    if (window == nullptr)
        return fault(QStringLiteral("no window"));
    QTimer::singleShot(0, window, &QWidget::close);
    return done();
}

QJsonObject scroll(const QJsonObject &command)
{
    QWidget *widget = target(command);
    if (widget == nullptr)
        return fault(QStringLiteral("no such widget"));
    reveal(*widget);
    return done();
}

/// The icon in a panel that embeds icons is a small window of its own.
QWidget *trayIcon()
{
    const QWidgetList tops = QApplication::topLevelWidgets();
    for (QWidget *top : tops)
        if (top->isVisible() && top->inherits("QSystemTrayIconSys"))
            return top;
    return nullptr;
}

QJsonObject application(const QJsonObject &)
{
    const QWidget *tray = trayIcon();
    return done({
        {QStringLiteral("trayThere"), QSystemTrayIcon::isSystemTrayAvailable()},
        {QStringLiteral("trayIcon"), tray != nullptr ? describe(*tray) : QJsonObject()},
        {QStringLiteral("clipboard"), QApplication::clipboard()->text()},
        {QStringLiteral("window"), mainWindow() != nullptr},
        {QStringLiteral("popup"), QApplication::activePopupWidget() != nullptr},
        {QStringLiteral("language"), QLocale().name()},
        {QStringLiteral("background"), QApplication::palette().color(QPalette::Window).name()},
    });
}

/// Milliseconds from a real click until everything that it changed is painted: the events of the
/// click, what they posted, and the paint that they asked for.
QJsonObject timeClick(const QJsonObject &command)
{
    QWidget *widget = target(command);
    if (widget == nullptr)
        return fault(QStringLiteral("no such widget"));
    reveal(*widget);
    const QPoint at = widget->rect().center();
    if (const QString why = obstacle(*widget, at); !why.isEmpty())
        return fault(why);
    const Clock::time_point begun = Clock::now();
    press(*widget, at);
    QCoreApplication::sendPostedEvents();
    QCoreApplication::processEvents();
    const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
    return done({{QStringLiteral("ms"), took.count()}});
}

QJsonObject waits(LoopWatch &watch)
{
    std::vector<double> seen = watch.stop();
    if (seen.empty())
        return fault(QStringLiteral("nothing was measured"));
    std::sort(seen.begin(), seen.end());
    return done({{QStringLiteral("count"), static_cast<qint64>(seen.size())},
                 {QStringLiteral("median"), seen[seen.size() / 2]},
                 {QStringLiteral("p99"), seen[seen.size() * 99 / 100]},
                 {QStringLiteral("worst"), seen.back()}});
}

} // namespace

bool mayAct()
{
    return underWay == 0 || QApplication::activePopupWidget() != nullptr ||
           QApplication::activeModalWidget() != nullptr;
}

QJsonObject answer(const QJsonObject &command, LoopWatch &watch)
{
    static const std::map<QString, QJsonObject (*)(const QJsonObject &)> verbs = {
        {QStringLiteral("click"), click},
        {QStringLiteral("clickAction"), clickAction},
        {QStringLiteral("rows"), rows},
        {QStringLiteral("clickRow"), clickRow},
        {QStringLiteral("choose"), choose},
        {QStringLiteral("type"), type},
        {QStringLiteral("key"), key},
        {QStringLiteral("get"), get},
        {QStringLiteral("list"), list},
        {QStringLiteral("grab"), grab},
        {QStringLiteral("resize"), resize},
        {QStringLiteral("close"), close},
        {QStringLiteral("scroll"), scroll},
        {QStringLiteral("application"), application},
        {QStringLiteral("timeClick"), timeClick},
    };
    const QString verb = word(command, "do");
    if (verb == QLatin1String("watch")) {
        watch.start();
        return done();
    }
    if (verb == QLatin1String("waits"))
        return waits(watch);
    const auto found = verbs.find(verb);
    return found == verbs.end() ? fault(QStringLiteral("no such verb")) : found->second(command);
}

} // namespace higgs::gui_driver
