// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/picker.h"

#include "app-vpn/gui/picker_delegate.h"
#include "app-vpn/gui/picker_model.h"
#include "app-vpn/gui/preferences.h"
#include "app-vpn/gui/via_choice.h"
#include "shared/widgets/button.h"
#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QAccessible>
#include <QAction>
#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace higgs::vpn {

using namespace widgets;
using Kind = PickerRow::Kind;

namespace {

constexpr int MostSearch = 64;

bool isText(const QKeyEvent &event)
{
    const auto steering = Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier;
    return !(event.modifiers() & steering) && !event.text().isEmpty() &&
           event.text().at(0).isPrint() && !event.text().at(0).isSpace();
}

} // namespace

Picker::Picker(DaemonLink &link, Preferences &preferences, Flags &flags, QWidget *parent)
    : QWidget(parent),
      m_link(link),
      m_preferences(preferences),
      m_model(new PickerModel(this)),
      m_delegate(new PickerDelegate(*m_model, flags, this)),
      m_head(new QHBoxLayout),
      m_back(new IconButton(Glyph::Back)),
      m_title(new Label(TextStyle::Title)),
      m_search(new QLineEdit),
      m_via(new ViaChoice(link)),
      m_stack(new QStackedWidget),
      m_list(new QListView),
      m_dated(new Label(TextStyle::Caption, Ink::Secondary)),
      m_message(new Label(TextStyle::BodyStrong)),
      m_more(new Label(TextStyle::Caption, Ink::Secondary)),
      m_again(new Button(Importance::Plain))
{
    build();
    retranslate();
    connect(m_back, &IconButton::clicked, this, &Picker::closed);
    connect(m_again, &Button::clicked, &m_link, &DaemonLink::refreshPlaces);
    connect(m_search, &QLineEdit::textChanged, this, [this] {
        rebuild();
        select(m_search->text().isEmpty() ? -1 : m_model->firstUsable());
        m_list->scrollToTop();
    });
    connect(m_via, &ViaChoice::chosen, this, &Picker::viaChosen);
    connect(&m_link, &DaemonLink::placesChanged, this, &Picker::rebuild);
    connect(&m_link, &DaemonLink::linkChanged, this, &Picker::showState);
    connect(&m_link, &DaemonLink::linkChanged, this, &Picker::followView);
    connect(&m_link, &DaemonLink::viewChanged, this, &Picker::followView);
}

void Picker::build()
{
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto *head = m_head;
    head->setSpacing(Grid);
    m_back->setObjectName(QStringLiteral("pickerBack"));
    head->addWidget(m_back, 0, Qt::AlignTop);
    m_title->setMinimumHeight(ControlHeight);
    head->addWidget(m_title, 1);
    all->addLayout(head);

    auto *field = new QHBoxLayout;
    field->setContentsMargins(Margin, 0, Margin, Grid);
    m_search->setObjectName(QStringLiteral("pickerSearch"));
    m_search->setMaxLength(MostSearch);
    m_search->setClearButtonEnabled(true);
    m_search->installEventFilter(this);
    field->addWidget(m_search);
    all->addLayout(field);

    m_dated->setObjectName(QStringLiteral("pickerDated"));
    m_dated->setContentsMargins(Margin, 0, Margin, Grid);
    m_dated->hide();
    all->addWidget(m_dated);

    m_list->setObjectName(QStringLiteral("pickerList"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(m_delegate);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->verticalScrollBar()->setSingleStep(3 * Grid);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    m_list->viewport()->setAutoFillBackground(false);
    m_list->installEventFilter(this);
    m_list->viewport()->installEventFilter(this);
    connect(m_list, &QWidget::customContextMenuRequested, this, &Picker::openMenu);
    m_stack->addWidget(m_list);
    m_stack->addWidget(buildMessage());
    all->addWidget(m_stack, 1);

    all->addWidget(m_via);
}

QWidget *Picker::buildMessage()
{
    auto *page = new QWidget;
    auto *lines = new QVBoxLayout(page);
    lines->setContentsMargins(Margin, Margin, Margin, Margin);
    lines->setSpacing(Grid);
    m_message->setObjectName(QStringLiteral("pickerMessage"));
    m_message->setAlignment(Qt::AlignHCenter);
    m_more->setAlignment(Qt::AlignHCenter);
    m_again->setObjectName(QStringLiteral("pickerAgain"));
    lines->addStretch(2);
    lines->addWidget(m_message);
    lines->addWidget(m_more);
    lines->addSpacing(Grid);
    lines->addWidget(m_again, 0, Qt::AlignHCenter);
    lines->addStretch(3);
    return page;
}

void Picker::retranslate()
{
    m_names = NameIndex();
    m_title->setText(tr("Choose a country"));
    m_back->setName(tr("Back"));
    m_search->setPlaceholderText(tr("Search countries"));
    m_search->setAccessibleName(tr("Search countries"));
    m_list->setAccessibleName(tr("Countries"));
    m_again->setText(tr("Try again"));
    const QList<QAction *> old = m_search->actions();
    for (QAction *action : old)
        m_search->removeAction(action);
    m_search->addAction(glyphIcon(Glyph::Search, tokensOf(*this).secondary),
                        QLineEdit::LeadingPosition);
    rebuild();
}

void Picker::setSheet(bool sheet)
{
    m_back->setVisible(sheet);
    m_head->setContentsMargins(sheet ? 2 * Grid : Margin, Grid, 2 * Grid, Grid);
}

void Picker::beginSearch(const QString &text)
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    if (text.isNull())
        m_search->selectAll();
    else
        m_search->setText(text);
}

void Picker::rebuild()
{
    const QModelIndex current = m_list->currentIndex();
    const PickerRow before = current.isValid() ? m_model->row(current) : PickerRow();
    const int scrolled = m_list->verticalScrollBar()->value();
    PickerQuery query;
    query.search = m_search->text();
    query.favourites = m_preferences.favourites();
    query.recents = m_preferences.recents();
    query.open = m_open;
    m_freshness = freshness();
    query.freshness = m_freshness;
    m_marked = markedOf(m_link.linkState(), m_link.view());
    query.marked = m_marked;
    m_model->setRows(pickerRows(m_link.places(), query, m_names));
    if (current.isValid())
        select(m_model->find(before));
    // A list that came only after the words: Enter means what is found first, as if it had been
    // there.
    if (!m_list->currentIndex().isValid() && !m_search->text().isEmpty())
        select(m_model->firstUsable());
    m_list->verticalScrollBar()->setValue(scrolled);
    m_dated->setText(
        tr("As of %1. It may have changed since.", "%1: a time")
            .arg(QLocale().toString(QDateTime::fromMSecsSinceEpoch(m_link.placesAt().ms).time(),
                                    QLocale::ShortFormat)));
    m_dated->setVisible(m_freshness.dated && !m_link.places().empty());
    showState();
}

Freshness Picker::freshness() const
{
    return freshnessOf(m_link.linkState(), m_link.view(), m_link.placesError().has_value(),
                       m_link.placesKnown() ? wallNow() - m_link.placesAt() : Milliseconds(0));
}

void Picker::followView()
{
    // Not at every second's figures: only when what is shown is to be taken otherwise.
    if (isVisible() &&
        (freshness() != m_freshness || markedOf(m_link.linkState(), m_link.view()) != m_marked))
        rebuild();
}

void Picker::showMessage(const QString &text, const QString &more, bool button)
{
    const bool news = m_message->text() != text || m_stack->currentIndex() == 0;
    m_message->setText(text);
    m_more->setText(more);
    m_more->setVisible(!more.isEmpty());
    m_again->setVisible(button);
    m_stack->setCurrentIndex(1);
    if (news && isVisible()) {
        QAccessibleEvent event(m_message, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
}

void Picker::showState()
{
    const bool searching = !m_search->text().simplified().isEmpty();
    if (m_link.placesError() && m_link.places().empty())
        showMessage(tr("The list of countries could not be loaded"),
                    tr("The server or the background service does not answer. What you have "
                       "chosen stays as it is."),
                    true);
    else if (!m_link.placesKnown())
        showMessage(tr("Looking for countries"), {}, false);
    else if (m_link.places().empty() && !searching)
        showMessage(tr("Nobody shares a connection at the moment"),
                    tr("Countries appear here as soon as somebody does."), true);
    else if (m_model->rowCount() == 0)
        showMessage(tr("Nothing found"), tr("Try another name, or a two-letter code such as DE."),
                    false);
    else
        m_stack->setCurrentIndex(0);
}

void Picker::select(int row)
{
    m_list->setCurrentIndex(row < 0 ? QModelIndex() : m_model->index(row));
}

void Picker::activate(const QModelIndex &index)
{
    if (!index.isValid() || !m_model->row(index).usable)
        return;
    const PickerRow row = m_model->row(index);
    m_search->clear();
    Q_EMIT chosen(row.country, row.region);
}

void Picker::toggleFold(const QModelIndex &index)
{
    const PickerRow row = m_model->row(index);
    if (!row.foldable)
        return;
    if (!m_open.remove(row.country))
        m_open.insert(row.country);
    select(index.row());
    rebuild();
}

void Picker::toggleFavourite(const QModelIndex &index)
{
    const PickerRow row = m_model->row(index);
    if (row.kind != Kind::Country)
        return;
    QStringList favourites = m_preferences.favourites();
    if (favourites.removeAll(row.country) == 0)
        favourites << row.country;
    m_preferences.setFavourites(favourites);
    rebuild();
}

bool Picker::listKey(const QKeyEvent &event)
{
    const QModelIndex current = m_list->currentIndex();
    switch (event.key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        activate(current);
        return true;
    case Qt::Key_Right:
    case Qt::Key_Left:
        if (current.isValid() && m_model->row(current).foldable &&
            m_model->row(current).open == (event.key() == Qt::Key_Left))
            toggleFold(current);
        return true;
    case Qt::Key_D:
        if (event.modifiers() == Qt::ControlModifier && current.isValid()) {
            toggleFavourite(current);
            return true;
        }
        break;
    case Qt::Key_Up:
        if (current.row() <= 0) {
            m_search->setFocus(Qt::BacktabFocusReason);
            return true;
        }
        break;
    default:
        break;
    }
    if (!isText(event))
        return false;
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->insert(event.text());
    return true;
}

bool Picker::searchKey(const QKeyEvent &event)
{
    switch (event.key()) {
    case Qt::Key_Down:
    case Qt::Key_PageDown:
        if (m_stack->currentIndex() == 0) {
            m_list->setFocus(Qt::TabFocusReason);
            // From the first to the second, where the first is already chosen.
            const int first = m_model->firstUsable();
            const bool onFirst = m_list->currentIndex().row() == first && first >= 0;
            select(onFirst && first + 1 < m_model->rowCount() ? first + 1 : first);
        }
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!m_search->text().simplified().isEmpty())
            activate(m_list->currentIndex());
        return true;
    case Qt::Key_Escape:
        if (m_search->text().isEmpty())
            return false;
        m_search->clear();
        return true;
    default:
        return false;
    }
}

bool Picker::listClick(const QPoint &point)
{
    const QModelIndex index = m_list->indexAt(point);
    if (!index.isValid() || m_model->row(index).kind == Kind::Section)
        return false;
    switch (m_delegate->partAt(m_list->visualRect(index), m_model->row(index), point)) {
    case PickerDelegate::Part::Star:
        toggleFavourite(index);
        break;
    case PickerDelegate::Part::Fold:
        toggleFold(index);
        break;
    case PickerDelegate::Part::Row:
        activate(index);
        break;
    }
    return true;
}

void Picker::openMenu(const QPoint &point)
{
    const QModelIndex under = m_list->indexAt(point);
    const QModelIndex index = under.isValid() ? under : m_list->currentIndex();
    if (!index.isValid() || m_model->row(index).kind == Kind::Section)
        return;
    const PickerRow row = m_model->row(index);
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Connect"), this,
                    [this, index = QPersistentModelIndex(index)] { activate(index); })
        ->setEnabled(row.usable);
    if (row.kind == Kind::Country)
        menu->addAction(row.favourite ? tr("Remove from favourites\tCtrl+D")
                                      : tr("Add to favourites\tCtrl+D"),
                        this, [this, index = QPersistentModelIndex(index)] {
                            if (index.isValid())
                                toggleFavourite(index);
                        });
    if (row.foldable)
        menu->addAction(row.open ? tr("Hide regions") : tr("Show regions"), this,
                        [this, index = QPersistentModelIndex(index)] {
                            if (index.isValid())
                                toggleFold(index);
                        });
    menu->popup(m_list->viewport()->mapToGlobal(point));
}

bool Picker::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto &key = *static_cast<QKeyEvent *>(event);
        if ((watched == m_list && listKey(key)) || (watched == m_search && searchKey(key)))
            return true;
    }
    if (watched == m_list->viewport() && event->type() == QEvent::MouseButtonRelease) {
        const auto *mouse = static_cast<QMouseEvent *>(event);
        if (mouse->button() == Qt::LeftButton && listClick(mouse->position().toPoint()))
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

void Picker::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange)
        retranslate();
    QWidget::changeEvent(event);
}

void Picker::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !m_back->isHidden()) {
        Q_EMIT closed();
        return;
    }
    QWidget::keyPressEvent(event);
}

void Picker::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    rebuild();
}

} // namespace higgs::vpn
