// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/gui/access_keys.h"

#include "app-vpn/gui/daemon_link.h"

#include <memory>

namespace higgs::vpn {

AccessKeys::AccessKeys(DaemonLink &link, widgets::SecretStore &store, QObject *parent)
    : QObject(parent), m_link(link), m_store(store)
{
    connect(&m_store, &widgets::SecretStore::homeChanged, this, &AccessKeys::homeChanged);
    connect(&m_link, &DaemonLink::viewChanged, this, &AccessKeys::offer);
    connect(&m_link, &DaemonLink::linkChanged, this, [this] {
        if (m_link.linkState() != LinkState::Up)
            m_offered.clear(); // a daemon that comes back may have been started anew
    });
}

QString AccessKeys::name() const
{
    const std::optional<ServerView> &server = m_link.view().server;
    return server ? QString(server->address() + QLatin1Char(' ') + server->pin).trimmed()
                  : QString();
}

void AccessKeys::offer()
{
    const QString server = name();
    if (m_link.linkState() != LinkState::Up || server.isEmpty() || server == m_offered)
        return;
    m_offered = server;
    if (m_link.view().accessKeySet)
        return;
    m_store.read(server, this, [this, server](const Result<SecretText> &key) {
        // Somebody may have changed the server meanwhile.
        if (key && server == name() && !m_link.view().accessKeySet)
            m_link.setAccessKey(*key);
    });
}

void AccessKeys::keep(const SecretText &key, QObject *context, Done done)
{
    const QString server = name();
    m_offered = server;
    auto shared = std::make_shared<SecretText>(key.copy());
    m_link.setAccessKey(key).then(
        context, [this, server, shared, context, done = std::move(done)](const Result<void> &set) {
            if (!set || server.isEmpty()) {
                done(set);
                return;
            }
            m_store.write(server, *shared, context,
                          [done](widgets::SecretStore::Home) { done(Result<void>()); });
        });
}

void AccessKeys::forget(QObject *context, Done done)
{
    if (const QString server = name(); !server.isEmpty())
        m_store.forget(server);
    m_link.setAccessKey(SecretText())
        .then(context, [done = std::move(done)](const Result<void> &set) { done(set); });
}

} // namespace higgs::vpn
