// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/secret_store.h"

#include "shared/widgets/locked_secret.h"
#include "shared/widgets/plain_text.h"

#include <QPointer>
#include <QTimer>
#include <qt6keychain/keychain.h>

namespace higgs::widgets {

namespace {

const QString Locked = QStringLiteral("the keychain is locked");

} // namespace

SecretStore::SecretStore(QString service, bool useKeychain, QObject *parent)
    : QObject(parent),
      m_service(std::move(service)),
      m_useKeychain(useKeychain),
      m_home(useKeychain ? Home::Keychain : Home::Session)
{}

SecretStore::~SecretStore() = default;

void SecretStore::fallBack(const QString &reason)
{
    if (m_home == Home::Session)
        return;
    m_home = Home::Session;
    m_reason = plainText(reason);
    Q_EMIT homeChanged();
}

void SecretStore::keepInSession(const QString &name, const SecretText &secret)
{
    m_session[name] = secret.copy();
}

void SecretStore::read(const QString &name, QObject *context, Found found)
{
    const auto fromSession = [this, name]() -> Result<SecretText> {
        const auto kept = m_session.find(name);
        if (kept == m_session.end())
            return unexpected(ErrorCode::NotFound);
        return kept->second.copy();
    };
    if (m_home == Home::Session || m_session.contains(name)) {
        QTimer::singleShot(0, context,
                           [fromSession, found = std::move(found)] { found(fromSession()); });
        return;
    }
    auto *job = new QKeychain::ReadPasswordJob(m_service, this);
    job->setKey(name);
    connect(job, &QKeychain::Job::finished, context,
            [this, job, context, fromSession, found = std::move(found)] {
                if (job->error() == QKeychain::NoError) {
                    found(SecretText(job->textData().toStdString()));
                    return;
                }
                if (job->error() != QKeychain::EntryNotFound) {
                    fallBack(job->errorString());
                    found(fromSession());
                    return;
                }
                askLockedSecret(m_service, job->key(), context,
                                [this, fromSession, found](bool is) {
                                    if (is)
                                        fallBack(Locked);
                                    found(fromSession());
                                });
            });
    job->start();
}

void SecretStore::write(const QString &name, const SecretText &secret, QObject *context, Kept kept)
{
    if (m_home == Home::Session) {
        keepInSession(name, secret);
        QTimer::singleShot(0, context, [kept = std::move(kept)] { kept(Home::Session); });
        return;
    }
    // In memory until the keychain has it, so that a failure loses nothing.
    keepInSession(name, secret);
    auto *job = new QKeychain::WritePasswordJob(m_service, this);
    job->setKey(name);
    job->setTextData(
        QString::fromUtf8(secret.reveal().data(), static_cast<qsizetype>(secret.reveal().size())));
    connect(job, &QKeychain::Job::finished, this,
            [this, job, name, guard = QPointer<QObject>(context), kept = std::move(kept)] {
                if (job->error() == QKeychain::NoError)
                    m_session.erase(name);
                else
                    fallBack(job->errorString());
                if (guard)
                    kept(m_home);
            });
    job->start();
}

void SecretStore::forget(const QString &name, QObject *context, Gone gone)
{
    m_session.erase(name);
    if (!m_useKeychain) {
        QTimer::singleShot(0, context, [gone = std::move(gone)] { gone(true); });
        return;
    }
    auto *job = new QKeychain::DeletePasswordJob(m_service, this);
    job->setKey(name);
    connect(job, &QKeychain::Job::finished, this,
            [this, job, guard = QPointer<QObject>(context), gone = std::move(gone)] {
                if (job->error() != QKeychain::NoError &&
                    job->error() != QKeychain::EntryNotFound) {
                    fallBack(job->errorString());
                    if (guard)
                        gone(false);
                    return;
                }
                // A locked entry is left where it is without an error.
                askLockedSecret(m_service, job->key(), this, [this, guard, gone](bool is) {
                    if (is)
                        fallBack(Locked);
                    if (guard)
                        gone(!is);
                });
            });
    job->start();
}

} // namespace higgs::widgets
