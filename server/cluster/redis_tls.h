// SPDX-License-Identifier: GPL-3.0-or-later
// TLS on a connection to Redis: the same descriptor, without waiting, and only with who shows a
// certificate for the host's name.
#pragma once

#include "server/cluster/redis_url.h"
#include "shared/base/bytes.h"

#include <memory>
#include <optional>

namespace higgs::server {

/// On one thread. Does not own the descriptor, which must outlive it.
class RedisTls
{
public:
    /// InvalidArgument: a file of the URL's cannot be used.
    static Result<std::unique_ptr<RedisTls>> begin(const RedisUrl &url, int fd);
    ~RedisTls();
    RedisTls(const RedisTls &) = delete;
    RedisTls &operator=(const RedisTls &) = delete;

    /// True once it is done; false: call again when the descriptor can do what is wanted.
    /// Untrusted: it is not who the URL names.
    Result<bool> handshake();
    /// nullopt: nothing is there yet. Zero: the other end has closed.
    Result<std::optional<std::size_t>> read(MutableByteSpan into);
    /// How much was taken; zero: the descriptor has to be writable first.
    Result<std::size_t> write(ByteSpan bytes);
    /// Whether the last call waits for that.
    [[nodiscard]] bool wantsToWrite() const { return m_wantsToWrite; }

private:
    struct Session;

    explicit RedisTls(std::unique_ptr<Session> session);
    /// Whether it only has to wait.
    Result<void> judge(int outcome);

    std::unique_ptr<Session> m_session;
    bool m_wantsToWrite = false;
};

} // namespace higgs::server
