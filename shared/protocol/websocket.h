// SPDX-License-Identifier: GPL-3.0-or-later
// The WebSocket framing of RFC 6455: an incremental decoder that unmasks in place, and an encoder
// that writes frames into the caller's buffer. Pure: no socket, no clock, no randomness.
#pragma once

#include "shared/base/bytes.h"
#include "shared/protocol/utf8_check.h"

#include <array>
#include <optional>
#include <utility>

namespace higgs::protocol {

/// RFC 6455 section 5.2.
enum class WsOpcode : std::uint8_t {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
};

/// RFC 6455 section 7.4.1; the ones that this project sends or treats specially.
namespace ws_close {
constexpr std::uint16_t Normal = 1000;
constexpr std::uint16_t GoingAway = 1001;
constexpr std::uint16_t ProtocolError = 1002;
constexpr std::uint16_t NoStatus = 1005; ///< a close frame without a code; never on the wire
constexpr std::uint16_t Abnormal = 1006; ///< the connection just ended; never on the wire
constexpr std::uint16_t InvalidPayload = 1007;
constexpr std::uint16_t PolicyViolation = 1008;
constexpr std::uint16_t TooBig = 1009;
constexpr std::uint16_t InternalError = 1011;
} // namespace ws_close

/// What a peer may put into a close frame: 1000-1003, 1007-1014, 3000-4999.
bool isValidCloseCode(std::uint16_t code);

/// Relay messages: one WireGuard datagram a binary message (WIRE, "Relay").
constexpr std::size_t MaxBinaryMessage = 65535;
constexpr std::size_t MaxTextMessage = 131072;
constexpr std::size_t MaxControlPayload = 125; // RFC 6455 section 5.5
constexpr std::size_t MaxFrameHeader = 14;

using WsMaskKey = std::array<std::uint8_t, 4>;

/// XORs `bytes` with the key, the first byte with key[phase % 4]; by words.
void applyMask(MutableByteSpan bytes, const WsMaskKey &key, std::size_t phase = 0);
/// The same from `from` to `to` (equal sizes, not overlapping): mask and copy in one pass.
void copyMasked(ByteSpan from, std::uint8_t *to, const WsMaskKey &key, std::size_t phase = 0);

struct WsFrameHeader
{
    WsOpcode opcode = WsOpcode::Binary;
    bool fin = true;
    bool compressed = false; ///< RSV1, RFC 7692 section 6
    std::uint64_t length = 0;
    std::optional<WsMaskKey> mask = std::nullopt; ///< a client masks every frame, a server none
};

/// The bytes that the header takes.
std::size_t headerSize(std::uint64_t length, bool masked);
/// Writes the header to `out`, which has room for MaxFrameHeader bytes; returns its size.
std::size_t writeHeader(const WsFrameHeader &header, std::uint8_t *out);
/// Appends a whole frame (header and payload, masked if header.mask is set); header.length is
/// taken from the payload.
void appendFrame(Bytes &out, WsFrameHeader header, ByteSpan payload);
/// The payload of a close frame: code and reason, the reason cut at a code point to fit 125 bytes.
Bytes closePayload(std::uint16_t code, std::string_view reason);

struct WsDecoderOptions
{
    /// Frames from clients must be masked, those from servers must not (section 5.1).
    enum class Role { Server, Client } role = Role::Server; ///< who we are
    bool deflate = false; ///< permessage-deflate was negotiated (without context takeover)
    std::size_t maxBinary = MaxBinaryMessage;
    std::size_t maxText = MaxTextMessage;
    bool announceCostly = false; ///< WsEvent::Kind::Costly
};

/// What the decoder found next.
struct WsEvent
{
    enum class Kind {
        Text,   ///< a whole message, valid UTF-8, inflated
        Binary, ///< a whole message, inflated
        Ping,
        Pong,
        Close,  ///< the peer's close frame: code (NoStatus if none) and reason
        Costly, ///< if asked for: a text, or a message to be inflated, is the next event. It can
                ///< wait, as long as what is left (takeInput()) is fed again before.
        Failed, ///< the peer broke the rules: fail with `code`; text() says why. Nothing follows.
    };
    Kind kind;
    ByteSpan payload;
    std::uint16_t code = 0;
    /// True: the payload lies in the bytes given to feed() and is valid until they go. False: it
    /// lies in the decoder and is valid until the next call of next().
    bool inPlace = false;
    bool inflated = false;

    [[nodiscard]] std::string_view text() const { return asText(payload); }
};

/// Gives messages out of a byte stream, total on any input. Usage: feed(), then next() until it
/// returns nothing; then the fed bytes may go. Fails fast: a bad header when its bytes are there,
/// bad UTF-8 at its first bad byte. Buffers nothing but the unfinished message, bounded by the
/// limits, and holds no memory between messages.
class WebSocketDecoder
{
public:
    explicit WebSocketDecoder(const WsDecoderOptions &options) : m_options(options) {}

    /// Bytes as they came from the stream; they are unmasked in place. What was fed before must
    /// have been drained by next().
    void feed(MutableByteSpan bytes) { m_input = bytes; }
    std::optional<WsEvent> next();
    /// What of the fed bytes has not been looked at; they are unmasked as far as they were.
    MutableByteSpan takeInput() { return std::exchange(m_input, {}); }
    /// From now on messages are skipped, neither kept nor inflated; control frames still come.
    void skipMessages() { m_skip = true; }

    /// After a close frame or a failure everything further is ignored.
    [[nodiscard]] bool finished() const { return m_state == State::Finished; }
    /// Headers read so far: messages, control frames, and every fragment.
    [[nodiscard]] std::uint64_t frames() const { return m_frames; }
    /// Bytes held for an unfinished message.
    [[nodiscard]] std::size_t buffered() const { return m_message.size(); }
    /// Memory taken for it: as soon as its length is known, all of it.
    [[nodiscard]] std::size_t reserved() const { return m_message.capacity(); }

private:
    enum class State { Header, Control, Payload, WholeFrame, WholeMessage, Finished };

    bool readHeader();
    [[nodiscard]] const char *headerFault() const;
    std::optional<WsEvent> beginFrame();
    std::optional<WsEvent> wholeMessage();
    std::optional<WsEvent> continueControl();
    std::optional<WsEvent> continueData();
    std::optional<WsEvent> endMessage();
    std::optional<WsEvent> costly(State then);
    void skipPayload();
    WsEvent closeEvent(ByteSpan payload);
    WsEvent inflateFailed(ErrorCode why);
    WsEvent fail(std::uint16_t code, std::string_view why);
    void finish();
    [[nodiscard]] std::size_t messageLimit() const;
    [[nodiscard]] std::size_t frameLimit() const;

    WsDecoderOptions m_options;
    MutableByteSpan m_input;
    State m_state = State::Header;
    std::array<std::uint8_t, MaxFrameHeader> m_header{};
    std::uint8_t m_headerSize = 0;
    WsFrameHeader m_frame;
    std::uint64_t m_frames = 0;
    std::uint64_t m_frameDone = 0; ///< payload bytes of the current frame consumed so far
    std::array<std::uint8_t, MaxControlPayload> m_control{};
    // The message being put together over frames and reads.
    bool m_inMessage = false;
    bool m_skip = false;
    bool m_delivered = false; ///< m_message was handed out by the last next()
    WsOpcode m_messageOpcode = WsOpcode::Binary;
    bool m_messageCompressed = false;
    Bytes m_message;
    Utf8Check m_utf8;
};

} // namespace higgs::protocol
