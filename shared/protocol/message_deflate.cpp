// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/message_deflate.h"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace higgs::protocol {

namespace {

// RFC 7692 section 7.2.1: a message ends with an empty stored block, whose last bytes are not sent.
constexpr std::array<std::uint8_t, 4> Tail{0x00, 0x00, 0xFF, 0xFF};
constexpr std::size_t Step = 16384;
// Nobody needs even two; without a bound tiny ones cost much time.
constexpr int MaxFinalBlocks = 16;
// Enough for control messages; each level more doubles the memory of the call.
constexpr int DeflateMemLevel = 8;

struct Inflater
{
    z_stream z{};
    const bool ok = inflateInit2(&z, -15) == Z_OK; // a smaller window is a subset
    Inflater() = default;
    Inflater(const Inflater &) = delete;
    Inflater &operator=(const Inflater &) = delete;
    ~Inflater() { inflateEnd(&z); }
};

struct Deflater
{
    z_stream z{};
    const bool ok;
    explicit Deflater(int windowBits)
        : ok(deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -windowBits, DeflateMemLevel,
                          Z_DEFAULT_STRATEGY) == Z_OK)
    {}
    Deflater(const Deflater &) = delete;
    Deflater &operator=(const Deflater &) = delete;
    ~Deflater() { deflateEnd(&z); }
};

void setInput(z_stream &z, ByteSpan input)
{
    z.next_in = const_cast<Bytef *>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
}

/// Inflates all of `input`; TooLarge when `out` would grow beyond `end`.
Result<void> inflateSome(z_stream &z, ByteSpan input, std::size_t end, Bytes &out)
{
    setInput(z, input);
    int finalBlocks = 0;
    for (;;) {
        const std::size_t start = out.size();
        // One byte beyond the limit shows that there is more than the limit.
        out.resize(std::min(start + Step, end + 1));
        const std::size_t room = out.size() - start;
        z.next_out = out.data() + start;
        z.avail_out = static_cast<uInt>(room);
        const int code = inflate(&z, Z_SYNC_FLUSH);
        out.resize(start + room - z.avail_out);
        if (out.size() > end)
            return unexpected(ErrorCode::TooLarge, "inflated message");
        if (code == Z_BUF_ERROR && z.avail_in == 0)
            return {};
        // A final block may be in the middle (RFC 7692 section 7.2.3.4): what follows begins anew.
        if (code == Z_STREAM_END) {
            if (++finalBlocks > MaxFinalBlocks)
                return unexpected(ErrorCode::Malformed, "too many final blocks");
            inflateReset(&z);
            if (z.avail_in == 0)
                return {};
            continue;
        }
        if (code != Z_OK)
            return unexpected(ErrorCode::Malformed, "not a deflate stream");
        if (z.avail_in == 0 && z.avail_out != 0)
            return {};
    }
}

} // namespace

Result<void> inflateMessage(ByteSpan compressed, std::size_t limit, Bytes &out)
{
    Inflater inflater;
    if (!inflater.ok)
        return unexpected(ErrorCode::Internal, "zlib");
    const std::size_t end = out.size() + limit;
    if (Result<void> done = inflateSome(inflater.z, compressed, end, out); !done)
        return done;
    if (Result<void> done = inflateSome(inflater.z, Tail, end, out); !done)
        return done;
    // Bit 7 of data_type: between two blocks, where a whole message ends.
    if ((inflater.z.data_type & 128) == 0)
        return unexpected(ErrorCode::Malformed, "truncated deflate stream");
    return {};
}

Result<void> deflateMessage(ByteSpan message, int windowBits, Bytes &out)
{
    Deflater deflater(windowBits);
    if (!deflater.ok)
        return unexpected(ErrorCode::Internal, "zlib");
    setInput(deflater.z, message);
    const std::size_t begin = out.size();
    // The bound is for a whole stream; a sync flush adds at most its empty block.
    out.resize(begin + deflateBound(&deflater.z, static_cast<uLong>(message.size())) + 16);
    deflater.z.next_out = out.data() + begin;
    deflater.z.avail_out = static_cast<uInt>(out.size() - begin);
    const int code = deflate(&deflater.z, Z_SYNC_FLUSH);
    if (code != Z_OK || deflater.z.avail_in != 0 || deflater.z.avail_out == 0)
        return unexpected(ErrorCode::Internal, "deflate");
    out.resize(out.size() - deflater.z.avail_out);
    if (out.size() - begin < Tail.size() || !std::equal(Tail.rbegin(), Tail.rend(), out.rbegin()))
        return unexpected(ErrorCode::Internal, "deflate");
    out.resize(out.size() - Tail.size());
    return {};
}

} // namespace higgs::protocol
