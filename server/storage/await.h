// SPDX-License-Identifier: GPL-3.0-or-later
// The answer of one call of the storage, for a program that has nothing to do until it is there.
#pragma once

#include "server/storage/storage.h"

#include <QEventLoop>
#include <optional>
#include <tuple>

namespace higgs::server {

/// `await(storage, &Storage::removeNode, id)`: runs this thread's event loop until the answer came,
/// which the storage's own deadline bounds.
template <typename Store, typename Base, typename... Parameters, typename... Given>
auto await(Store &storage, void (Base::*call)(Parameters...), Given &&...given)
{
    using Expected =
        std::tuple_element_t<sizeof...(Parameters) - 1, std::tuple<std::decay_t<Parameters>...>>;
    using Answer = typename Expected::Value;
    QObject context;
    QEventLoop loop;
    std::optional<Answer> answer;
    const auto take = [&](Answer came) {
        answer = std::move(came);
        loop.quit();
    };
    (storage.*call)(std::forward<Given>(given)..., Expected(&context, take));
    if (!answer)
        loop.exec(QEventLoop::ExcludeSocketNotifiers); // nobody is served meanwhile
    // The loop ends early when the program does.
    return answer ? std::move(*answer) : Answer(unexpected(ErrorCode::Cancelled, "ended"));
}

} // namespace higgs::server
