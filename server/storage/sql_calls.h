// SPDX-License-Identifier: GPL-3.0-or-later
// How a call of the storage gets to its thread and its answer back: for the files that have calls.
#pragma once

#include "server/storage/sql_connection.h"

namespace higgs::server {

/// Some seconds of the busiest server; more wait for nothing but their deadline.
constexpr std::size_t MostStorageCalls = 20'000;

template <typename T>
void SqlStorage::post(Stored<T> reply, std::function<Result<T>(Connection &)> work)
{
    if (m_calls.size() >= MostStorageCalls || !ensureThread()) {
        reply.later(unexpected(ErrorCode::Unavailable, "the database does not answer"));
        return;
    }
    const Monotonic now = monotonicNow();
    if (m_calls.empty()) {
        m_moved = now;
        m_watch.start();
    }
    const std::uint64_t id = ++m_lastId;
    const Monotonic deadline = now + m_deadline;
    m_calls.emplace(id, std::make_unique<TypedCall<T>>(deadline, std::move(reply)));
    const auto take = [this, id](const std::shared_ptr<Result<T>> &answer) {
        m_moved = monotonicNow();
        const auto call = m_calls.extract(id);
        if (call.empty()) // who asked was told that it failed
            return;
        if (answer)
            static_cast<TypedCall<T> *>(call.mapped().get())->reply(std::move(*answer));
        else
            call.mapped()->fail({ErrorCode::Unavailable, "the database is too slow"});
    };
    m_worker->post([box = m_postbox.address(), connection = m_connection, work = std::move(work),
                    take, deadline] {
        // Who asked is told that it failed: so it is not done.
        std::shared_ptr<Result<T>> answer;
        connection->setDeadline(deadline);
        if (monotonicNow() < deadline)
            answer = std::make_shared<Result<T>>(work(*connection));
        box.post([take, answer] { take(answer); });
    });
}

template <typename T>
void SqlStorage::submit(Stored<T> reply, std::function<Result<T>(QSqlDatabase &)> work)
{
    post<T>(std::move(reply), [work = std::move(work)](Connection &connection) {
        return connection.run<T>(Connection::Access::Write, work);
    });
}

} // namespace higgs::server
