// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/terminal_input.h"

#include "shared/control/pasted_text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <termios.h>
#include <unistd.h>

namespace higgs::control {

namespace {

constexpr char Interrupt = 0x03;  // Ctrl-C
constexpr char EndOfInput = 0x04; // Ctrl-D
constexpr char EraseLine = 0x15;  // Ctrl-U
constexpr char Backspace = '\b';
constexpr char Delete = 0x7f;
constexpr std::size_t LongestReply = 64;

void say(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

/// Takes bytes from stdin as they come and shows none; puts the terminal back. Signals from the
/// keyboard come as bytes, so that none ends the program while nothing is shown.
class SilentTerminal
{
public:
    SilentTerminal()
    {
        termios before{};
        if (::tcgetattr(STDIN_FILENO, &before) != 0)
            return;
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG | IEXTEN);
        silent.c_cc[VMIN] = 1;
        silent.c_cc[VTIME] = 0;
        if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0)
            m_before = before;
    }
    ~SilentTerminal()
    {
        if (m_before)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*m_before);
    }
    SilentTerminal(const SilentTerminal &) = delete;
    SilentTerminal &operator=(const SilentTerminal &) = delete;

    [[nodiscard]] bool isSilent() const { return m_before.has_value(); }

private:
    std::optional<termios> m_before;
};

Result<void> readBytes(std::string &line, bool terminal, std::size_t most)
{
    char byte = 0;
    while (true) {
        const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return unexpected(ErrorCode::System,
                              std::string("cannot read stdin: ") + std::strerror(errno));
        if (got == 0 || byte == '\n' || byte == '\r' || (terminal && byte == EndOfInput))
            return {};
        if (terminal && byte == Interrupt)
            return unexpected(ErrorCode::Cancelled, "nothing was changed");
        if (terminal && (byte == Backspace || byte == Delete || byte == EraseLine)) {
            line.resize(byte == EraseLine || line.empty() ? 0 : line.size() - 1);
            continue;
        }
        if (line.size() >= most)
            return unexpected(ErrorCode::InvalidArgument, "the line on stdin is longer than " +
                                                              std::to_string(most) + " bytes");
        line.push_back(byte);
    }
}

} // namespace

Result<SecretText> readSecretLine(std::string_view prompt, std::size_t most)
{
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    std::string line;
    line.reserve(most); // never moved, so that no copy is left behind unwiped
    Result<void> read;
    if (terminal) {
        const SilentTerminal silent;
        if (!silent.isSilent())
            return unexpected(ErrorCode::System, "the terminal cannot be made silent: give the "
                                                 "key through a pipe");
        say(prompt);
        read = readBytes(line, true, most);
        say("\n");
    } else {
        read = readBytes(line, false, most);
    }
    SecretText secret{std::string(withoutSpaceAround(line))};
    line.resize(most); // what was typed and taken back lies beyond its end
    wipe({reinterpret_cast<std::uint8_t *>(line.data()), line.size()});
    if (!read)
        return unexpected(read.error());
    if (secret.empty())
        return unexpected(ErrorCode::InvalidArgument, "nothing came on stdin");
    return secret;
}

Result<bool> confirmed(std::string_view question)
{
    if (::isatty(STDIN_FILENO) != 1)
        return unexpected(ErrorCode::InvalidArgument, "nobody can be asked, as stdin is no "
                                                      "terminal");
    say(std::string(question) + " [y/N] ");
    std::string reply;
    if (const Result<void> read = readBytes(reply, false, LongestReply); !read)
        return unexpected(read.error());
    return reply == "y" || reply == "Y" || reply == "yes";
}

} // namespace higgs::control
