// SPDX-License-Identifier: GPL-3.0-or-later
// Where an answer goes that comes later: the callback travels with the question. In place of
// QFuture, whose continuation Qt 6.4 runs twice when it is attached while another thread finishes.
#pragma once

#include <QMetaObject>
#include <QObject>
#include <QPointer>
#include <memory>
#include <utility>

namespace higgs {

/// Asked, answered and destroyed on one thread; answers of other threads come through a Postbox.
/// Copies share the callback, which may hold what only moves. Nothing is called once `context` is
/// gone. Who is asked answers once, and never before the call that asked has returned.
template <typename T>
class Reply
{
public:
    using Value = T;

    /// Nobody waits.
    Reply() = default;

    template <typename Then>
    Reply(QObject *context, Then then)
        : m_context(context), m_then(std::make_shared<Callback<Then>>(std::move(then)))
    {}

    void operator()(T value) const
    {
        if (m_then && m_context)
            m_then->call(std::move(value));
    }

    /// From the event loop: for what is known before the call that asked has returned.
    void later(T value) const
    {
        if (!m_then || !m_context)
            return;
        auto kept = std::make_shared<T>(std::move(value));
        QMetaObject::invokeMethod(
            m_context.data(), [then = m_then, kept] { then->call(std::move(*kept)); },
            Qt::QueuedConnection);
    }

    /// Null when nobody waits, or no more.
    [[nodiscard]] QObject *context() const { return m_context.data(); }

private:
    struct AnyCallback
    {
        AnyCallback() = default;
        AnyCallback(const AnyCallback &) = delete;
        AnyCallback &operator=(const AnyCallback &) = delete;
        virtual ~AnyCallback() = default;
        virtual void call(T value) = 0;
    };

    template <typename Then>
    struct Callback : AnyCallback
    {
        explicit Callback(Then given) : then(std::move(given)) {}
        void call(T value) override { then(std::move(value)); }
        Then then;
    };

    QPointer<QObject> m_context;
    std::shared_ptr<AnyCallback> m_then;
};

} // namespace higgs
