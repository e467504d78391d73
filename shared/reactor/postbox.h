// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that other threads hand to a thread with a Qt event loop, and that are dropped when the
// receiver has gone.
#pragma once

#include <QObject>
#include <functional>
#include <memory>

namespace higgs {

/// Lives on the thread that receives; made and destroyed there. It holds no more than its owner has
/// asked for: the owner bounds its questions.
class Postbox : public QObject
{
    Q_OBJECT

public:
    using Call = std::function<void()>;
    class Letters;

    /// What the other threads hold; it may outlive the box.
    class Address
    {
    public:
        /// From any thread. Calls run in the order in which they were posted.
        void post(Call call) const;

    private:
        friend class Postbox;
        explicit Address(std::shared_ptr<Letters> letters) : m_letters(std::move(letters)) {}
        std::shared_ptr<Letters> m_letters;
    };

    explicit Postbox(QObject *parent = nullptr);
    ~Postbox() override;

    [[nodiscard]] Address address() const { return Address(m_letters); }

protected:
    bool event(QEvent *event) override;

private:
    std::shared_ptr<Letters> m_letters;
};

} // namespace higgs
