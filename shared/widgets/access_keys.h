// SPDX-License-Identifier: GPL-3.0-or-later
// The access key between the person's keychain, where it is kept, and the daemon, which forgets it
// when it ends.
#pragma once

#include "shared/base/secret.h"
#include "shared/widgets/secret_store.h"

#include <QObject>
#include <functional>

namespace higgs::widgets {

class DaemonLine;

/// A key belongs to one server and its fingerprint: another server never sees it. A daemon that has
/// none is given the one that is kept.
class AccessKeys : public QObject
{
    Q_OBJECT

public:
    using Done = std::function<void(const Result<void> &)>;
    enum class Forgotten : std::uint8_t {
        Everywhere,
        InUseOnly, ///< the daemon has none any more; the keychain may
    };
    using Gone = std::function<void(const Result<Forgotten> &)>;

    AccessKeys(DaemonLine &line, SecretStore &store, QObject *parent = nullptr);

    /// Gives the key to the daemon for its present server and keeps it. The outcome is the
    /// daemon's; nothing is kept that it refuses.
    void keep(const SecretText &key, QObject *context, Done done);
    /// From the keychain whatever the daemon says; the error is the daemon's.
    void forget(QObject *context, Gone gone);

    [[nodiscard]] const SecretStore &store() const { return m_store; }

Q_SIGNALS:
    /// Where keys are kept has changed.
    void homeChanged();

private:
    [[nodiscard]] QString name() const;
    void offer();

    DaemonLine &m_line;
    SecretStore &m_store;
    QString m_offered; ///< the server that was last given, or had, a key
};

} // namespace higgs::widgets
