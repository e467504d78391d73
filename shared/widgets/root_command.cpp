// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/root_command.h"

#include "shared/widgets/plain_text.h"

#include <QStandardPaths>

namespace higgs::widgets {

namespace {

// pkexec(1), RETURN VALUE. 127 is also a command's own "not found", which ours are not.
constexpr int Dismissed = 126;
constexpr int NotAsked = 127;

constexpr qsizetype MostWords = 4096; // read; a line of it is shown

} // namespace

RootCommand::RootCommand(QString pkexec, QObject *parent)
    : QObject(parent), m_pkexec(std::move(pkexec))
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setStandardInputFile(QProcess::nullDevice());
    connect(&m_process, &QProcess::finished, this, &RootCommand::ended);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            Q_EMIT finished(Outcome::CannotAsk, {});
    });
}

RootCommand::~RootCommand()
{
    // Whoever asked is gone; what a person allowed goes on by itself.
    m_process.disconnect(this);
}

QString RootCommand::find()
{
    return QStandardPaths::findExecutable(QStringLiteral("pkexec"));
}

bool RootCommand::running() const
{
    return m_process.state() != QProcess::NotRunning;
}

void RootCommand::run(const QStringList &command)
{
    if (running() || command.isEmpty())
        return;
    // Without a desktop that asks, it fails at once; it must not wait for a terminal we have not.
    m_process.start(m_pkexec, QStringList{QStringLiteral("--disable-internal-agent")} + command);
}

void RootCommand::ended(int code, QProcess::ExitStatus status)
{
    const QString words =
        plainText(QString::fromUtf8(m_process.read(MostWords)), MaxShownText).simplified();
    if (status != QProcess::NormalExit)
        Q_EMIT finished(Outcome::Failed, words);
    else if (code == Dismissed)
        Q_EMIT finished(Outcome::NotAllowed, words);
    else if (code == NotAsked)
        Q_EMIT finished(Outcome::CannotAsk, words);
    else
        Q_EMIT finished(code == 0 ? Outcome::Done : Outcome::Failed, words);
}

} // namespace higgs::widgets
