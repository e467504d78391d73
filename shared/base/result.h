// SPDX-License-Identifier: GPL-3.0-or-later
// Result<T>: a value or an Error, with std::expected's names, because GCC 12 has none in C++20.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace higgs {

/// What kind of failure it was. Callers switch on this; append only.
enum class ErrorCode {
    InvalidArgument, ///< a value from a person or a file is not acceptable
    Malformed,       ///< bytes from outside do not decode
    TooLarge,        ///< a named limit was exceeded
    NotFound,
    AlreadyExists,
    Unauthorized,
    Forbidden,
    RateLimited,
    Timeout,
    Unavailable, ///< a peer or a dependency does not answer; may pass
    Network,     ///< connect, TLS or socket failure
    Untrusted,   ///< certificate or pin does not match: never retried silently
    Permission,  ///< the operating system says no (a missing capability)
    System,      ///< any other failed system call or program
    Cancelled,
    Internal,
    NotValidNow, ///< a certificate that is good at another time than this machine's clock shows
};

/// A stable lower-case name for logs and JSON ("invalid_argument", ...).
const char *toString(ErrorCode code);

/// A failure as a value: the code is for the caller, the detail (English, no secrets) for the log.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    std::string detail;

    friend bool operator==(const Error &, const Error &) = default;
};

struct Unexpected
{
    Error error;
};

/// `return unexpected(ErrorCode::Malformed, "short header");`
[[nodiscard]] inline Unexpected unexpected(ErrorCode code, std::string detail = {})
{
    return Unexpected{Error{code, std::move(detail)}};
}

[[nodiscard]] inline Unexpected unexpected(Error error)
{
    return Unexpected{std::move(error)};
}

template <typename T>
class [[nodiscard]] Result
{
public:
    using value_type = T;

    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Unexpected failure) : m_state(std::in_place_index<1>, std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(value()); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

    T &value() &
    {
        assert(has_value());
        return *std::get_if<0>(&m_state);
    }
    const T &value() const &
    {
        assert(has_value());
        return *std::get_if<0>(&m_state);
    }
    T &&value() && { return std::move(value()); }

    template <typename U>
    T value_or(U &&fallback) const
    {
        return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
    }

    const Error &error() const
    {
        assert(!has_value());
        return *std::get_if<1>(&m_state);
    }

private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void>
{
public:
    using value_type = void;

    Result() = default;
    Result(Unexpected failure) : m_failed(true), m_error(std::move(failure.error)) {}

    [[nodiscard]] bool has_value() const { return !m_failed; }
    explicit operator bool() const { return has_value(); }
    const Error &error() const
    {
        assert(m_failed);
        return m_error;
    }

private:
    bool m_failed = false;
    Error m_error;
};

} // namespace higgs
