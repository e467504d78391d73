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
    enum class Trouble : std::uint8_t {
        None,   ///< or there is no keychain to be in trouble
        Locked, ///< what is asked for stands behind a lock
        Failed, ///< there is none, or it does not do as it should: see reason()
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

    /// Where secrets go: Session after the keychain has failed. Each further call tries it again.
    [[nodiscard]] Home home() const { return m_home; }
    [[nodiscard]] Trouble trouble() const { return m_trouble; }
    /// What the keychain said when it failed, in its own words; may be empty.
    [[nodiscard]] const QString &reason() const { return m_reason; }

Q_SIGNALS:
    /// Home, trouble or reason.
    void homeChanged();

private:
    void settle(Trouble trouble, const QString &reason = {});
    /// Finds out whether it is a lock, settles that, then calls `then`.
    void settleFailure(const QString &name, const QString &reason, QObject *context,
                       std::function<void()> then);
    void give(const QString &name, const SecretText &secret, QObject *context, Kept kept);
    void keepInSession(const QString &name, const SecretText &secret);

    QString m_service;
    const bool m_useKeychain;
    Home m_home;
    Trouble m_trouble = Trouble::None;
    QString m_reason;
    quint64 m_turn = 0; ///< counts what was written or forgotten
    std::map<QString, SecretText> m_session;
};

} // namespace higgs::widgets
