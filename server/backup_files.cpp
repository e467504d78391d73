// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/backup_files.h"

#include "shared/base/bytes.h"
#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"

#include <QCryptographicHash>
#include <QFile>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr std::size_t Piece = 256 * 1024;

Unexpected fault(const std::string &path)
{
    return unexpected(ErrorCode::System, path + ": " + std::strerror(errno));
}

class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

Result<void> pump(int from, int to, const std::string &source, const std::string &target)
{
    std::vector<char> buffer(Piece);
    while (true) {
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got < 0)
            return fault(source);
        if (got == 0)
            break;
        for (ssize_t done = 0; done < got;) {
            const ssize_t put =
                ::write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
            if (put < 0)
                return fault(target);
            done += put;
        }
    }
    return ::fsync(to) == 0 ? Result<void>() : fault(target);
}

} // namespace

bool isThere(const std::string &path)
{
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0;
}

Result<std::string> digestOfFile(const std::string &path)
{
    if (const auto regular = requireRegularFile(path); !regular)
        return unexpected(regular.error());
    QFile file(QString::fromStdString(path));
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return unexpected(ErrorCode::System, path + ": " + file.errorString().toStdString());
    return hash.result().toHex().toStdString();
}

Result<void> copyFile(const std::string &from, const std::string &to)
{
    if (const auto regular = requireRegularFile(from); !regular)
        return regular;
    const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (source.get() < 0)
        return fault(from);
    const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (target.get() < 0)
        return fault(to);
    if (const auto given = giveToDirectoryOwner(target.get(), to); !given)
        return given;
    const Result<void> copied = pump(source.get(), target.get(), from, to);
    if (!copied)
        ::unlink(to.c_str());
    return copied;
}

void removeDirectory(const std::string &path)
{
    if (DIR *directory = ::opendir(path.c_str())) {
        while (const dirent *entry = ::readdir(directory))
            ::unlinkat(::dirfd(directory), entry->d_name, 0);
        ::closedir(directory);
    }
    ::rmdir(path.c_str());
}

FileExchange::~FileExchange()
{
    if (!m_committed)
        undo();
}

void FileExchange::note(const Result<void> &done)
{
    if (m_state && !done)
        m_state = done;
}

Result<std::string> FileExchange::placeBeside(const std::string &path)
{
    std::string place = directoryOf(path) + '/' + m_away;
    if (std::find(m_made.begin(), m_made.end(), place) != m_made.end())
        return place;
    if (::mkdir(place.c_str(), 0700) != 0)
        return fault(place);
    m_made.push_back(place);
    const Descriptor made(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (made.get() < 0)
        return fault(place);
    if (const auto given = giveToDirectoryOwner(made.get(), place); !given)
        return unexpected(given.error());
    return place;
}

void FileExchange::putAway(const std::string &path)
{
    if (!m_state || !isThere(path))
        return;
    const Result<std::string> place = placeBeside(path);
    if (!place)
        return note(unexpected(place.error()));
    const std::string to = *place + '/' + path.substr(path.rfind('/') + 1);
    if (::rename(path.c_str(), to.c_str()) != 0)
        return note(fault(path));
    m_moved.emplace_back(path, to);
}

void FileExchange::bringIn(const std::string &from, const std::string &to)
{
    if (!m_state)
        return;
    const Result<void> copied = copyFile(from, to);
    if (copied)
        m_brought.push_back(to);
    note(copied);
}

Result<std::vector<std::string>> FileExchange::commit()
{
    if (!m_state) {
        undo();
        return unexpected(m_state.error());
    }
    m_committed = true;
    for (const std::string &path : m_brought) {
        const Descriptor directory(
            ::open(directoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (directory.get() >= 0)
            ::fsync(directory.get());
    }
    return m_made;
}

void FileExchange::undo()
{
    for (const std::string &path : m_brought)
        ::unlink(path.c_str());
    for (const auto &[from, to] : m_moved)
        std::rename(to.c_str(), from.c_str());
    for (const std::string &place : m_made)
        ::rmdir(place.c_str());
    m_brought.clear();
    m_moved.clear();
    m_committed = true;
}

} // namespace higgs::server
