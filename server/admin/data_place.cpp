// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/admin/data_place.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace higgs::server {

namespace {

constexpr uid_t Root = 0;
// As the kernel's own (path_resolution(7)).
constexpr int MostLinks = 40;

Unexpected fault(const std::string &path, int number)
{
    const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::NotFound
                           : number == EACCES                    ? ErrorCode::Permission
                                                                 : ErrorCode::System;
    return unexpected(code, path + ": " + std::strerror(number));
}

/// Access lists are in the group's bits, too.
bool isWritableByOthers(const struct stat &directory)
{
    return (directory.st_mode & S_IWOTH) != 0 ||
           ((directory.st_mode & S_IWGRP) != 0 && directory.st_gid != 0);
}

/// Whether only root can have put the entry there. In a directory with the sticky bit everybody
/// makes entries, and nobody replaces another's.
bool isRootsEntry(const struct stat &directory, const struct stat &entry)
{
    if (directory.st_uid != Root)
        return false;
    return !isWritableByOthers(directory) ||
           ((directory.st_mode & S_ISVTX) != 0 && entry.st_uid == Root);
}

void putBefore(std::deque<std::string> &names, const std::string &path)
{
    std::deque<std::string> parts;
    std::size_t begin = 0;
    while (begin <= path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (end > begin)
            parts.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    names.insert(names.begin(), parts.begin(), parts.end());
}

std::string parentOf(const std::string &path)
{
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string nameOf(uid_t user)
{
    const passwd *known = ::getpwuid(user);
    return known != nullptr ? known->pw_name : "user " + std::to_string(user);
}

Result<std::string> absolute(const std::string &path)
{
    if (path.empty() || path.starts_with('/'))
        return path;
    std::array<char, PATH_MAX> here{};
    if (::getcwd(here.data(), here.size()) == nullptr)
        return fault(path, errno);
    return std::string(here.data()) + '/' + path;
}

} // namespace

// As the kernel walks, and every step is looked at: a link in a directory of somebody's leads where
// he wants.
Result<DataPlace> DataPlace::of(const std::string &directory)
{
    const auto whole = absolute(directory);
    if (!whole)
        return unexpected(whole.error());
    std::deque<std::string> names;
    putBefore(names, *whole);
    DataPlace place{directory, Root, true, false};
    std::string at = "/";
    struct stat here = {};
    if (::stat(at.c_str(), &here) != 0)
        return fault(at, errno);
    for (int links = 0; !names.empty();) {
        const std::string name = std::move(names.front());
        names.pop_front();
        if (name == ".")
            continue;
        struct stat entry = {};
        const std::string next = name == ".." ? parentOf(at) : (at == "/" ? at : at + '/') + name;
        if (::lstat(next.c_str(), &entry) != 0)
            return fault(next, errno);
        if (name != "..")
            place.isRootsWay = place.isRootsWay && isRootsEntry(here, entry);
        if (S_ISLNK(entry.st_mode)) {
            std::array<char, PATH_MAX> target{};
            const ssize_t length = ::readlink(next.c_str(), target.data(), target.size() - 1);
            if (length < 0 || ++links > MostLinks)
                return fault(next, length < 0 ? errno : ELOOP);
            putBefore(names, std::string(target.data(), static_cast<std::size_t>(length)));
            if (target[0] != '/')
                continue;
            at = "/";
            if (::stat(at.c_str(), &here) != 0)
                return fault(at, errno);
            continue;
        }
        if (!S_ISDIR(entry.st_mode))
            return fault(next, ENOTDIR);
        at = next;
        here = entry;
    }
    place.owner = here.st_uid;
    place.isOpen = isWritableByOthers(here);
    return place;
}

Result<void> mayUse(const DataPlace &place, PlaceUse use, uid_t asker)
{
    if (asker != Root)
        return {};
    if (place.owner != Root && !place.isRootsWay)
        return unexpected(ErrorCode::Permission,
                          "the data directory " + place.directory + " belongs to " +
                              nameOf(place.owner) +
                              ", who may have put it there for root to find: name the server's "
                              "with --data-dir, or run this as " +
                              nameOf(place.owner));
    if (use == PlaceUse::Files && (!place.isRootsWay || place.isOpen))
        return unexpected(ErrorCode::Permission,
                          "others than root and its owner can put files into " + place.directory +
                              (place.isOpen ? "" : ", or another directory in its place") +
                              ": name the server's data directory with --data-dir, or take that "
                              "right from them");
    return {};
}

Result<void> mayUse(const std::string &directory, PlaceUse use)
{
    const auto place = DataPlace::of(directory);
    if (place)
        return mayUse(*place, use, ::geteuid());
    // Where root cannot look, root is nobody's prey either: what follows says what is wrong.
    return {};
}

Result<void> mayAnswerFor(const DataPlace &place, uid_t peer, uid_t asker)
{
    if (peer == Root || peer == asker)
        return {};
    // A user whom the system makes for a service may have another number than its directory, where
    // that is mounted for it with another; but nobody else gets a socket into such a one.
    const bool isClosed = place.isRootsWay && !place.isOpen;
    if (asker == Root && (peer == place.owner || isClosed))
        return {};
    return unexpected(ErrorCode::Permission,
                      "who listens in the data directory " + place.directory + " is " +
                          nameOf(peer) +
                          ", and not its server: nothing was asked; name the server's directory "
                          "with --data-dir");
}

} // namespace higgs::server
