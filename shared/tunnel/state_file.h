// SPDX-License-Identifier: GPL-3.0-or-later
// A small file that survives kill -9 and power loss: it has either its old content or its new one.
#pragma once

#include "shared/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace higgs {

class StateFile
{
public:
    explicit StateFile(std::string path) : m_path(std::move(path)) {}

    [[nodiscard]] const std::string &path() const { return m_path; }

    /// None: there is no such file. TooLarge past 1 MiB.
    [[nodiscard]] Result<std::optional<std::string>> load() const;
    /// As replaceFile(), mode 0600: also root leaves a file that the directory's owner can read.
    [[nodiscard]] Result<void> save(std::string_view content) const;
    /// Success too when it is not there.
    [[nodiscard]] Result<void> remove() const;

private:
    std::string m_path;
};

} // namespace higgs
