// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/text_file.h"

#include "shared/control/pasted_text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

namespace higgs::control {

namespace {

ErrorCode codeOf(int number)
{
    switch (number) {
    case ENOENT:
        return ErrorCode::NotFound;
    case EACCES:
    case EPERM:
        return ErrorCode::Permission;
    default:
        return ErrorCode::System;
    }
}

} // namespace

Result<std::string> readTextFile(const std::string &path, std::size_t most)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text(most + 1, '\0');
    const ssize_t got = fd < 0 ? -1 : ::read(fd, text.data(), text.size());
    const int number = errno;
    if (fd >= 0)
        ::close(fd);
    if (got < 0)
        return unexpected(codeOf(number), "cannot read " + path + ": " + std::strerror(number));
    if (static_cast<std::size_t>(got) > most)
        return unexpected(ErrorCode::TooLarge, path + " is too large to be what it is given as");
    text.resize(static_cast<std::size_t>(got));
    if (Result<void> readable = checkEncoding(text, path); !readable)
        return unexpected(readable.error());
    if (const std::size_t mark = text.size() - withoutByteOrderMark(text).size(); mark > 0)
        text.erase(0, mark);
    return text;
}

Result<SecretText> readSecretFile(const std::string &path, std::size_t most)
{
    Result<std::string> text = readTextFile(path, most);
    if (!text)
        return unexpected(text.error());
    SecretText secret{std::string(withoutSpaceAround(*text))};
    wipe({reinterpret_cast<std::uint8_t *>(text->data()), text->size()});
    if (secret.empty())
        return unexpected(ErrorCode::InvalidArgument, path + " is empty");
    return secret;
}

bool isInterfaceName(std::string_view name)
{
    const auto isPlain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
           name.front() != '-' && std::all_of(name.begin(), name.end(), isPlain);
}

} // namespace higgs::control
