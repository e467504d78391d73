// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/secret_store.h"

#include "shared/widgets/locked_secret.h"
#include "shared/widgets/plain_text.h"

#include <QPointer>
#include <QTimer>
#include <memory>
#include <qt6keychain/keychain.h>

namespace higgs::widgets {

SecretStore::SecretStore(QString service, bool useKeychain, QObject *parent)
    : QObject(parent),
      m_service(std::move(service)),
      m_useKeychain(useKeychain),
      m_home(useKeychain ? Home::Keychain : Home::Session)
{}

SecretStore::~SecretStore() = default;

void SecretStore::settle(Trouble trouble, const QString &reason)
{
    const Home home = trouble == Trouble::None ? Home::Keychain : Home::Session;
    const QString said = plainText(reason);
    if (home == m_home && trouble == m_trouble && said == m_reason)
        return;
    m_home = home;
    m_trouble = trouble;
    m_reason = said;
    Q_EMIT homeChanged();
}

void SecretStore::settleFailure(const QString &name, const QString &reason, QObject *context,
                                std::function<void()> then)
{
    askLockedSecret(m_service, name, context, [this, reason, then = std::move(then)](bool locked) {
        settle(locked ? Trouble::Locked : Trouble::Failed, locked ? QString() : reason);
        then();
    });
}

void SecretStore::keepInSession(const QString &name, const SecretText &secret)
{
    m_session[name] = secret.copy();
}

void SecretStore::read(const QString &name, QObject *context, Found found)
{
    if (const auto kept = m_session.find(name); kept != m_session.end()) {
        // It could not go where it belongs the last time; perhaps it can now.
        if (m_useKeychain)
            give(name, kept->second, this, [](Home) {});
        auto shared = std::make_shared<SecretText>(kept->second.copy());
        QTimer::singleShot(0, context, [shared, found = std::move(found)] {
            found(Result<SecretText>(shared->copy()));
        });
        return;
    }
    const auto none = [found] { found(unexpected(ErrorCode::NotFound)); };
    if (!m_useKeychain) {
        QTimer::singleShot(0, context, none);
        return;
    }
    auto *job = new QKeychain::ReadPasswordJob(m_service, this);
    job->setKey(name);
    connect(job, &QKeychain::Job::finished, context, [this, job, context, none, found] {
        if (job->error() == QKeychain::NoError) {
            settle(Trouble::None);
            found(SecretText(job->textData().toStdString()));
        } else if (job->error() != QKeychain::EntryNotFound) {
            settleFailure(job->key(), job->errorString(), context, none);
        } else {
            // A locked entry is not found either.
            askLockedSecret(m_service, job->key(), context, [this, none](bool locked) {
                settle(locked ? Trouble::Locked : Trouble::None);
                none();
            });
        }
    });
    job->start();
}

void SecretStore::give(const QString &name, const SecretText &secret, QObject *context, Kept kept)
{
    auto *job = new QKeychain::WritePasswordJob(m_service, this);
    job->setKey(name);
    job->setTextData(
        QString::fromUtf8(secret.reveal().data(), static_cast<qsizetype>(secret.reveal().size())));
    connect(job, &QKeychain::Job::finished, this,
            [this, job, name, turn = m_turn, guard = QPointer<QObject>(context),
             kept = std::move(kept)] {
                const auto tell = [this, guard, kept] {
                    if (guard)
                        kept(m_home);
                };
                if (job->error() != QKeychain::NoError) {
                    settleFailure(name, job->errorString(), this, tell);
                    return;
                }
                if (turn == m_turn) // a newer one has a job of its own
                    m_session.erase(name);
                settle(Trouble::None);
                tell();
            });
    job->start();
}

void SecretStore::write(const QString &name, const SecretText &secret, QObject *context, Kept kept)
{
    // In memory until the keychain has it, so that a failure loses nothing.
    keepInSession(name, secret);
    ++m_turn;
    if (m_useKeychain)
        give(name, secret, context, std::move(kept));
    else
        QTimer::singleShot(0, context, [kept = std::move(kept)] { kept(Home::Session); });
}

void SecretStore::forget(const QString &name, QObject *context, Gone gone)
{
    m_session.erase(name);
    ++m_turn;
    if (!m_useKeychain) {
        QTimer::singleShot(0, context, [gone = std::move(gone)] { gone(true); });
        return;
    }
    auto *job = new QKeychain::DeletePasswordJob(m_service, this);
    job->setKey(name);
    connect(job, &QKeychain::Job::finished, this,
            [this, job, guard = QPointer<QObject>(context), gone = std::move(gone)] {
                const auto tell = [guard, gone](bool is) {
                    if (guard)
                        gone(is);
                };
                if (job->error() != QKeychain::NoError &&
                    job->error() != QKeychain::EntryNotFound) {
                    settleFailure(job->key(), job->errorString(), this, [tell] { tell(false); });
                    return;
                }
                // A locked entry is left where it is without an error.
                askLockedSecret(m_service, job->key(), this, [this, tell](bool locked) {
                    settle(locked ? Trouble::Locked : Trouble::None);
                    tell(!locked);
                });
            });
    job->start();
}

} // namespace higgs::widgets
