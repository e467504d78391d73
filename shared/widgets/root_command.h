// SPDX-License-Identifier: GPL-3.0-or-later
// A command that needs root, asked for by polkit's pkexec: the desktop asks for the password, we
// never see it. One at a time.
#pragma once

#include <QProcess>
#include <QStringList>

namespace higgs::widgets {

class RootCommand : public QObject
{
    Q_OBJECT

public:
    enum class Outcome : std::uint8_t {
        Done,
        NotAllowed, ///< the person, or the machine's policy, said no
        CannotAsk,  ///< no pkexec, or no desktop that asks for a password
        Failed,     ///< it ran, and failed
    };

    /// `pkexec`: its path; empty: there is none.
    explicit RootCommand(QString pkexec, QObject *parent = nullptr);
    ~RootCommand() override;

    /// Where this machine has it; empty if nowhere.
    static QString find();

    [[nodiscard]] bool available() const { return !m_pkexec.isEmpty(); }
    [[nodiscard]] bool running() const;
    /// `command`: a program, by name or absolute path, and its arguments; never through a shell.
    /// Nothing while one is running.
    void run(const QStringList &command);

Q_SIGNALS:
    /// `words`: what the command said of its failure, plain and short; may be empty.
    void finished(higgs::widgets::RootCommand::Outcome outcome, const QString &words);

private:
    void ended(int code, QProcess::ExitStatus status);

    QString m_pkexec;
    QProcess m_process;
};

} // namespace higgs::widgets
