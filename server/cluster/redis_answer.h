// SPDX-License-Identifier: GPL-3.0-or-later
// What Redis says, as values: hiredis parses the bytes, and its sizes are bounded here, as nobody
// can tell who answers at that address.
#pragma once

#include "shared/base/bytes.h"
#include "shared/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace higgs::server {

struct RedisAnswer
{
    enum class Kind { Nil, Error, Status, Text, Number, List };

    Kind kind = Kind::Nil;
    std::string text; ///< of Error, Status and Text
    std::int64_t number = 0;
    std::vector<std::unique_ptr<RedisAnswer>> list; ///< none is null

    [[nodiscard]] bool isStatus(std::string_view word) const
    {
        return kind == Kind::Status && text == word;
    }
    /// Of a list, where it has a text there; else null.
    [[nodiscard]] const std::string *textAt(std::size_t index) const;
};

/// Pure.
class RedisAnswers
{
public:
    /// Of one answer; what is longer ends the connection.
    static constexpr std::size_t MaxBytes = 1024 * 1024;
    static constexpr std::size_t MaxList = 1024;

    RedisAnswers();
    ~RedisAnswers();
    RedisAnswers(const RedisAnswers &) = delete;
    RedisAnswers &operator=(const RedisAnswers &) = delete;

    /// TooLarge: more than one answer's bytes wait; take those that are whole first.
    Result<void> feed(ByteSpan bytes);
    /// The next whole answer; nullopt: more bytes are needed. After Malformed nothing follows.
    Result<std::optional<RedisAnswer>> next();

private:
    struct Reader;
    std::unique_ptr<Reader> m_reader;
};

/// A command as it goes over the wire.
std::string redisCommand(std::span<const std::string_view> words);

} // namespace higgs::server
