// SPDX-License-Identifier: GPL-3.0-or-later
// What came from a socket, in whole TLS records: OpenSSL keeps a buffer of all that it may fetch at
// once for a record whose end has not come, and says of it neither that it has it nor how much.
#pragma once

#include "shared/base/bytes.h"

namespace higgs {

/// Pure. Works in a buffer that many share, and keeps what is left in one of its own size.
class TlsInput
{
public:
    /// What one fetch brings at most, and with it the beginning of a record.
    static constexpr std::size_t MostFetched = 65536;

    /// Until end(), in a buffer of the thread's.
    void begin(Bytes &shared);
    void end();
    [[nodiscard]] bool isOpen() const { return m_shared != nullptr; }

    /// Where to put up to `most` bytes (at least what the next record wants), while there is
    /// no record to be taken.
    [[nodiscard]] MutableByteSpan room(std::size_t most);
    void fetched(std::size_t count) { m_end += count; }
    /// The next record is there with its end, or what is there is none.
    [[nodiscard]] bool hasRecord() const;
    /// Of the next record, or what is left of it.
    std::size_t take(MutableByteSpan into);

    /// What waits between two calls: whole records, and the beginning of one.
    [[nodiscard]] std::size_t kept() const { return m_kept.size(); }

private:
    [[nodiscard]] std::size_t available() const { return m_end - m_begin; }
    [[nodiscard]] std::size_t nextSize() const;

    Bytes m_kept;
    Bytes *m_shared = nullptr;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    std::size_t m_left = 0; ///< of a record that was taken in part
};

} // namespace higgs
