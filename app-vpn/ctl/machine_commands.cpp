// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/ctl/commands.h"
#include "app-vpn/ctl/daemon_call.h"
#include "app-vpn/ctl/receipt_text.h"
#include "app-vpn/ctl/status_text.h"
#include "shared/control/control_socket.h"
#include "shared/control/daemon_program.h"
#include "shared/control/terminal.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace higgs::vpn {

using control::CommandLine;
using control::ExitFailed;
using control::ExitOk;
using control::Json;
using control::printJson;
using control::printLine;

namespace {

constexpr std::uint64_t DefaultLogLines = 100;
constexpr std::uint64_t MostLogLines = 1000;

// What a failed program said, which is a line.
constexpr std::size_t MostWords = 4096;

std::vector<std::string> offlineRestore(const CommandLine &line)
{
    std::vector<std::string> arguments = {"higgs-vpnd", "--restore-network"};
    const std::string dataDir =
        line.value("data-dir").value_or(control::lastDaemonNote(socketPath(line)));
    if (!dataDir.empty())
        arguments.insert(arguments.end(), {"--data-dir", dataDir});
    arguments.insert(arguments.end(), {"--control", socketPath(line)});
    if (::geteuid() == 0)
        arguments.emplace_back("--end-daemon");
    return arguments;
}

/// What a started program said until it ended, without the last newline; nullopt: it went well.
std::optional<std::string> wordsOfFailure(pid_t child, int pipe)
{
    std::string words;
    std::array<char, 512> buffer{};
    while (true) {
        const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (words.size() < MostWords)
            words.append(buffer.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return std::nullopt;
    while (words.ends_with('\n'))
        words.pop_back();
    return words.empty() ? "higgs-vpnd could not restore the network" : words;
}

/// Where no daemon answers: its offline restore, whose words are put into a document for --json.
int restoreOffline(const CommandLine &line, const Error &why)
{
    const auto cannotRun = [&line] {
        return failedWith(line, {ErrorCode::Unavailable,
                                 std::string("higgs-vpnd does not answer and cannot be run: ") +
                                     std::strerror(errno)});
    };
    if (!line.has("json")) {
        control::becomeDaemon(offlineRestore(line));
        return cannotRun();
    }
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return cannotRun();
    const pid_t child = ::fork();
    if (child < 0)
        return cannotRun();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        control::becomeDaemon(offlineRestore(line));
        ::_exit(control::failed(Program,
                                std::string("cannot run higgs-vpnd: ") + std::strerror(errno)));
    }
    ::close(ends[1]);
    const std::optional<std::string> words = wordsOfFailure(child, ends[0]);
    ::close(ends[0]);
    if (words)
        return failedWith(line, {ErrorCode::System, *words});
    Json told = {{"restored", true}, {"offline", true}};
    if (why.code != ErrorCode::Unavailable)
        told["daemonHung"] = true;
    printJson(told);
    return ExitOk;
}

} // namespace

int runDiagnose(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "diagnose", Json::object(), ServerTimeout);
    if (!answer)
        return failedWith(line, answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine(control::diagnosisText(*answer));
    return control::flagMember(*answer, "ok") ? ExitOk : ExitFailed;
}

int runReceipt(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "receipt", Json::object(), AnswerTimeout);
    if (!answer)
        return failedWith(line, answer.error());
    if (line.has("json"))
        printJson(*answer);
    else
        printLine(receiptText(*answer));
    return isClean(*answer) ? ExitOk : ExitFailed;
}

int runLog(const CommandLine &line)
{
    const Result<std::uint64_t> lines =
        line.has("lines") ? control::parseNumber("--lines", *line.value("lines"), 1, MostLogLines)
                          : Result<std::uint64_t>(DefaultLogLines);
    if (!lines)
        return wrongUsage(line, lines.error().detail);
    const Result<Json> answer = callOnce(line, "log", {{"lines", *lines}}, AnswerTimeout);
    if (!answer)
        return failedWith(line, answer.error());
    return done(line, *answer, logText(*answer));
}

int runRestoreNetwork(const CommandLine &line)
{
    const Result<Json> answer = callOnce(line, "restoreNetwork", Json::object(), AnswerTimeout);
    if (!answer && control::needsOfflineWay(answer.error()))
        return restoreOffline(line, answer.error());
    if (!answer && answer.error().code == ErrorCode::Timeout)
        return failedWith(line, {ErrorCode::Timeout,
                                 "higgs-vpnd runs and does not answer: only root can give the "
                                 "network back now: 'sudo higgs-vpnctl restore-network'"});
    if (!answer)
        return failedWith(line, answer.error());
    return done(line, *answer, "The network is as it was before." + noteOf(*answer));
}

} // namespace higgs::vpn
