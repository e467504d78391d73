// SPDX-License-Identifier: GPL-3.0-or-later
// Where the admin socket of a data directory is, also where the directory's name is longer than
// what an address of a Unix socket can hold.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace higgs::server {

constexpr const char *AdminSocketName = "admin.socket";

/// A path that bind(2) and connect(2) take, good for as long as the object lives.
class AdminPlace
{
public:
    /// NotFound, Permission or System: the directory cannot be entered.
    static Result<AdminPlace> of(const std::string &dataDirectory);
    AdminPlace(AdminPlace &&other) noexcept;
    AdminPlace &operator=(AdminPlace &&other) noexcept;
    ~AdminPlace();

    [[nodiscard]] const std::string &path() const { return m_path; }

private:
    explicit AdminPlace(std::string path, int directory = -1);

    std::string m_path;
    int m_directory; ///< -1: the plain path is short enough
};

} // namespace higgs::server
