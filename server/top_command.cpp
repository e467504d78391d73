// SPDX-License-Identifier: GPL-3.0-or-later
// top: the server at a glance, again every two seconds, until somebody presses q.
#include "server/admin_commands.h"
#include "server/top_text.h"
#include "shared/control/plain_text.h"
#include "shared/control/terminal.h"

#include <csignal>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace higgs::server {

namespace {

using protocol::Json;
using Words = std::span<const std::string>;

constexpr Milliseconds Refresh = Seconds(2);
// Between the two looks of a script, which wants to see what flows.
constexpr Milliseconds OnceApart = Seconds(1);

/// xterm's: another screen without a cursor, and back to the first.
constexpr const char *Enter = "\033[?1049h\033[?25l";
constexpr const char *Leave = "\033[?25h\033[?1049l";
constexpr const char *Home = "\033[H";
constexpr const char *ClearLine = "\033[K";
constexpr const char *ClearBelow = "\033[J";

/// The terminal as it was, whatever ends this.
class Screen
{
public:
    Screen()
    {
        ::tcgetattr(STDIN_FILENO, &m_before);
        termios raw = m_before;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        sigset_t ours;
        sigemptyset(&ours);
        for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGWINCH})
            sigaddset(&ours, each);
        pthread_sigmask(SIG_BLOCK, &ours, &m_maskBefore);
        m_signals = ::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
        m_good = static_cast<bool>(printAsIs(Enter));
    }
    ~Screen()
    {
        (void)printAsIs(Leave);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &m_before);
        ::close(m_signals);
        pthread_sigmask(SIG_SETMASK, &m_maskBefore, nullptr);
    }
    Screen(const Screen &) = delete;
    Screen &operator=(const Screen &) = delete;

    void show(const std::vector<std::string> &lines)
    {
        std::string text = Home;
        for (std::size_t i = 0; i < lines.size(); ++i)
            text += control::plainLine(lines[i]) + ClearLine + (i + 1 < lines.size() ? "\r\n" : "");
        m_good = m_good && printAsIs(text + ClearBelow);
    }

    /// False: it is time to end.
    bool wait(Milliseconds time)
    {
        if (!m_good)
            return false;
        pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {m_signals, POLLIN, 0}};
        if (::poll(ready, 2, static_cast<int>(time.count())) <= 0)
            return true;
        if (ready[1].revents != 0)
            return !isEnd();
        char key = 0;
        constexpr char ControlC = 3;
        constexpr char ControlD = 4;
        const bool read = ::read(STDIN_FILENO, &key, 1) == 1;
        return read && key != 'q' && key != 'Q' && key != ControlC && key != ControlD;
    }

private:
    /// Or another size of the window.
    bool isEnd() const
    {
        signalfd_siginfo info{};
        bool end = false;
        while (::read(m_signals, &info, sizeof info) == sizeof info)
            end = end || info.ssi_signo != SIGWINCH;
        return end;
    }

    termios m_before{};
    sigset_t m_maskBefore{};
    int m_signals = -1;
    bool m_good = false;
};

ScreenSize sizeNow()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return {};
    return {size.ws_row, size.ws_col};
}

Result<Json> look(CommandLink &link)
{
    return link.call("server.overview", Json::object());
}

int once(CommandLink &link, bool json)
{
    const auto first = look(link);
    if (!first)
        return commandFailed(first.error().detail);
    const Monotonic began = monotonicNow();
    std::this_thread::sleep_for(OnceApart);
    auto second = look(link);
    if (!second)
        return commandFailed(second.error().detail);
    const Throughput flow = throughputOf(
        *first, *second, std::chrono::duration_cast<Milliseconds>(monotonicNow() - began));
    if (json) {
        (*second)["throughput"] = {{"clientToNodeBitsPerSecond", flow.clientToNode},
                                   {"nodeToClientBitsPerSecond", flow.nodeToClient}};
        return printJson(*second);
    }
    std::string text;
    for (const std::string &line : topLines(*second, flow, {}))
        text += line + '\n';
    const auto shown = print(text);
    return shown ? 0 : commandFailed(shown.error().detail);
}

int follow(CommandLink &link)
{
    // Before the screen is taken: what is wrong is then said where it is read.
    auto before = look(link);
    if (!before)
        return commandFailed(before.error().detail);
    Monotonic beforeAt = monotonicNow();
    Throughput flow;
    std::optional<Error> lost;
    {
        Screen screen;
        screen.show(topLines(*before, flow, sizeNow()));
        while (screen.wait(Refresh)) {
            auto now = look(link);
            if (!now) {
                lost = now.error();
                break;
            }
            const Monotonic at = monotonicNow();
            const auto between = std::chrono::duration_cast<Milliseconds>(at - beforeAt);
            // A key or another size is no new measurement.
            if (between >= Refresh / 2) {
                flow = throughputOf(*before, *now, between);
                before = std::move(now);
                beforeAt = at;
            }
            screen.show(topLines(*before, flow, sizeNow()));
        }
    }
    return lost ? commandFailed(lost->detail) : 0;
}

int top(CommandLink &link, Words words)
{
    const bool json = takesJson(words);
    const bool isOnce = !words.empty() && words[0] == "--once";
    if (words.size() > (isOnce ? 1 : 0))
        return WrongUsage;
    const bool isTerminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    return json || isOnce || !isTerminal ? once(link, json) : follow(link);
}

constexpr AdminCommand Commands[] = {
    {"top", "", "[--once] [--json]", "nodes, sessions and what flows, again every two seconds",
     top},
};

} // namespace

std::span<const AdminCommand> topCommands()
{
    return Commands;
}

} // namespace higgs::server
