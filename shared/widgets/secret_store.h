// SPDX-License-Identifier: GPL-3.0-or-later
// The person's access keys in the desktop's keychain (Secret Service or KWallet, by QtKeychain);
// where there is none, in memory until the program ends, and it says so.
#pragma once

#include "shared/base/result.h"
#include "shared/base/secret.h"

#include <QObject>
#include <functional>
#include <map>

namespace higgs::widgets {

/// Never a file of ours: what cannot be kept safely is not kept.
class SecretStore : public QObject
{
    Q_OBJECT

public:
    enum class Home : std::uint8_t {
        Keychain,
        Session, ///< in this program's memory only
    };
    /// NotFound: there is none.
    using Found = std::function<void(Result<SecretText>)>;
    using Kept = std::function<void(Home)>;
    /// False: the keychain did not say so; what it had, it may still have.
    using Gone = std::function<void(bool)>;

    /// `service` is the name that the keychain's own window shows. Without `useKeychain` nothing
    /// outside this program is touched.
    SecretStore(QString service, bool useKeychain, QObject *parent = nullptr);
    ~SecretStore() override;

    // Answers come from the event loop, once each, and not after `context` is gone.
    void read(const QString &name, QObject *context, Found found);
    void write(const QString &name, const SecretText &secret, QObject *context, Kept kept);
    /// Also asks a keychain that failed before: it may hold what an earlier run gave it.
    void forget(const QString &name, QObject *context, Gone gone);

    /// Where secrets go at the moment: Session after the keychain has failed once.
    [[nodiscard]] Home home() const { return m_home; }
    /// What the keychain said when it failed, in its own words; empty otherwise.
    [[nodiscard]] const QString &reason() const { return m_reason; }

Q_SIGNALS:
    void homeChanged();

private:
    void fallBack(const QString &reason);
    void keepInSession(const QString &name, const SecretText &secret);

    QString m_service;
    const bool m_useKeychain;
    Home m_home;
    QString m_reason;
    std::map<QString, SecretText> m_session;
};

} // namespace higgs::widgets
