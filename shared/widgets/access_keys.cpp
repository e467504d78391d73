// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/access_keys.h"

#include "shared/widgets/daemon_line.h"

#include <memory>

namespace higgs::widgets {

AccessKeys::AccessKeys(DaemonLine &line, SecretStore &store, QObject *parent)
    : QObject(parent), m_line(line), m_store(store)
{
    connect(&m_store, &SecretStore::homeChanged, this, &AccessKeys::homeChanged);
    connect(&m_line, &DaemonLine::taken, this, &AccessKeys::offer);
    connect(&m_line, &DaemonLine::changed, this, [this] {
        if (m_line.state() != LinkState::Up)
            m_offered.clear(); // a daemon that comes back may have been started anew
    });
}

QString AccessKeys::name() const
{
    const std::optional<ServerView> &server = m_line.server();
    return server ? QString(server->address() + QLatin1Char(' ') + server->pin).trimmed()
                  : QString();
}

void AccessKeys::offer()
{
    const QString server = name();
    if (m_line.state() != LinkState::Up || server.isEmpty() || server == m_offered)
        return;
    m_offered = server;
    if (m_line.accessKeySet())
        return;
    m_store.read(server, this, [this, server](const Result<SecretText> &key) {
        // Somebody may have changed the server meanwhile.
        if (key && server == name() && !m_line.accessKeySet())
            m_line.setAccessKey(*key);
    });
}

void AccessKeys::keep(const SecretText &key, QObject *context, Done done)
{
    const QString server = name();
    m_offered = server;
    auto shared = std::make_shared<SecretText>(key.copy());
    m_line.setAccessKey(key).then(
        context, [this, server, shared, context, done = std::move(done)](const Result<void> &set) {
            if (!set || server.isEmpty()) {
                done(set);
                return;
            }
            m_store.write(server, *shared, context,
                          [done](SecretStore::Home) { done(Result<void>()); });
        });
}

void AccessKeys::forget(QObject *context, Gone gone)
{
    m_line.setAccessKey(SecretText())
        .then(context,
              [this, context, server = name(), gone = std::move(gone)](const Result<void> &unset) {
                  if (server.isEmpty()) {
                      gone(unset ? Result<Forgotten>(Forgotten::Everywhere)
                                 : Result<Forgotten>(unexpected(unset.error())));
                      return;
                  }
                  m_store.forget(server, context, [unset, gone](bool everywhere) {
                      if (!unset)
                          gone(unexpected(unset.error()));
                      else
                          gone(everywhere ? Forgotten::Everywhere : Forgotten::InUseOnly);
                  });
              });
}

} // namespace higgs::widgets
