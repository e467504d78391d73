// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/backup_files.h"

#include "shared/base/bytes.h"
#include "shared/base/durable_file.h"
#include "shared/base/regular_file.h"
#include "shared/protocol/json.h"

#include <QCryptographicHash>
#include <QFile>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr std::size_t Piece = 256 * 1024;
constexpr std::size_t MaxJournal = 64 * 1024;

std::string nameOf(const std::string &path)
{
    return path.substr(path.rfind('/') + 1);
}

/// Whoever goes on with it may be somewhere else.
std::string absolute(const std::string &path)
{
    return std::filesystem::absolute(path).lexically_normal().string();
}

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

void synchronizeDirectory(const std::string &path)
{
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() >= 0)
        ::fsync(directory.get());
}

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

std::string FileExchange::waitingBeside(const std::string &path)
{
    return directoryOf(path) + "/restoring.new";
}

Result<std::string> FileExchange::placeBeside(const std::string &path, const std::string &name,
                                              std::vector<std::string> &made)
{
    std::string place = absolute(directoryOf(path) + '/' + name);
    if (std::find(made.begin(), made.end(), place) != made.end())
        return place;
    if (::mkdir(place.c_str(), 0700) != 0)
        return fault(place);
    made.push_back(place);
    const Descriptor directory(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0)
        return fault(place);
    if (const auto given = giveToDirectoryOwner(directory.get(), place); !given)
        return unexpected(given.error());
    return place;
}

void FileExchange::putAway(const std::string &path)
{
    if (!m_state || !isThere(path))
        return;
    const Result<std::string> place = placeBeside(path, m_away, m_made);
    if (!place)
        return note(unexpected(place.error()));
    m_old.emplace_back(absolute(path), *place + '/' + nameOf(path));
}

void FileExchange::bringIn(const std::string &from, const std::string &to)
{
    if (!m_state)
        return;
    const std::string waiting = waitingBeside(to);
    if (m_waiting.empty() ||
        std::find(m_waiting.begin(), m_waiting.end(), absolute(waiting)) == m_waiting.end())
        removeDirectory(waiting); // of one that came no further
    const Result<std::string> place = placeBeside(to, nameOf(waiting), m_waiting);
    if (!place)
        return note(unexpected(place.error()));
    const std::string aside = *place + '/' + nameOf(to);
    note(copyFile(from, aside));
    m_new.emplace_back(aside, absolute(to));
}

Result<void> FileExchange::writeJournal() const
{
    const auto listed = [](const Renames &renames) {
        protocol::Json list = protocol::Json::array();
        for (const auto &[from, to] : renames)
            list.push_back(protocol::Json::array({from, to}));
        return list;
    };
    const protocol::Json journal = {{"old", listed(m_old)}, {"new", listed(m_new)}};
    return replaceFile(m_journal, protocol::dumpJson(journal) + '\n', 0600);
}

Result<void> FileExchange::perform()
{
    // All that is old before anything new, so that whoever goes on knows which is which.
    for (const Renames *renames : {&m_old, &m_new}) {
        for (const auto &[from, to] : *renames) {
            const bool isDone = renames == &m_old ? isThere(to) : !isThere(from);
            if (!isDone && ::rename(from.c_str(), to.c_str()) != 0)
                return fault(from);
        }
    }
    for (const auto &[from, to] : m_new) {
        synchronizeDirectory(directoryOf(to));
        ::rmdir(directoryOf(from).c_str()); // with the last one
    }
    for (const auto &[from, to] : m_old)
        synchronizeDirectory(directoryOf(to));
    if (::unlink(m_journal.c_str()) != 0)
        return fault(m_journal);
    synchronizeDirectory(directoryOf(m_journal));
    return {};
}

Result<std::vector<std::string>> FileExchange::commit()
{
    for (const std::string &place : m_waiting)
        synchronizeDirectory(place);
    if (m_state)
        note(writeJournal());
    if (m_state)
        note(perform());
    if (!m_state) {
        undo();
        return unexpected(m_state.error());
    }
    m_committed = true;
    return m_made;
}

void FileExchange::undo()
{
    for (const auto &[from, to] : m_new) {
        if (!isThere(from) && isThere(to))
            std::rename(to.c_str(), from.c_str());
    }
    for (const auto &[from, to] : m_old) {
        if (isThere(to))
            std::rename(to.c_str(), from.c_str());
    }
    ::unlink(m_journal.c_str());
    for (const std::string &place : m_waiting)
        removeDirectory(place);
    for (const std::string &place : m_made)
        ::rmdir(place.c_str());
    m_old.clear();
    m_new.clear();
    m_committed = true;
}

Result<bool> FileExchange::finish(const std::string &journal)
{
    if (!isThere(journal))
        return false;
    const auto text = readRegularFile(journal, MaxJournal);
    if (!text)
        return unexpected(text.error());
    const auto json = protocol::parseJson(*text);
    FileExchange begun({}, journal);
    begun.m_committed = true; // what was begun is ended, and never undone
    for (const char *name : {"old", "new"}) {
        const bool isList =
            json && json->is_object() && json->contains(name) && (*json)[name].is_array();
        if (!isList)
            return unexpected(ErrorCode::Malformed, journal + " is no journal of a restore");
        for (const protocol::Json &each : (*json)[name]) {
            if (!each.is_array() || each.size() != 2 || !each[0].is_string() ||
                !each[1].is_string())
                return unexpected(ErrorCode::Malformed, journal + " is no journal of a restore");
            (name[0] == 'o' ? begun.m_old : begun.m_new)
                .emplace_back(each[0].get<std::string>(), each[1].get<std::string>());
        }
    }
    if (const auto done = begun.perform(); !done)
        return unexpected(done.error());
    return true;
}

} // namespace higgs::server
