// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/websocket.h"

#include "shared/protocol/message_deflate.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace higgs::protocol {

namespace {

constexpr std::uint8_t FinBit = 0x80;
constexpr std::uint8_t Rsv1Bit = 0x40;
constexpr std::uint8_t Rsv23Bits = 0x30;
constexpr std::uint8_t MaskBit = 0x80;

bool isControl(WsOpcode opcode)
{
    return (static_cast<std::uint8_t>(opcode) & 0x08) != 0;
}

bool isKnown(std::uint8_t opcode)
{
    return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

/// The key as a word that lines up with a byte at `phase`, twice.
std::uint64_t maskWord(const WsMaskKey &key, std::size_t phase)
{
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = key[(phase + i) % key.size()];
    return std::bit_cast<std::uint64_t>(bytes);
}

/// from and to may be the same place.
void maskInto(const std::uint8_t *from, std::uint8_t *to, std::size_t size, const WsMaskKey &key,
              std::size_t phase)
{
    const std::uint64_t mask = maskWord(key, phase);
    std::size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        std::array<std::uint64_t, 4> words{};
        std::memcpy(words.data(), from + i, sizeof words);
        for (std::uint64_t &word : words)
            word ^= mask;
        std::memcpy(to + i, words.data(), sizeof words);
    }
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + i, sizeof word);
        word ^= mask;
        std::memcpy(to + i, &word, sizeof word);
    }
    for (; i < size; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] ^ key[(phase + i) % key.size()]);
}

} // namespace

bool isValidCloseCode(std::uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

void applyMask(MutableByteSpan bytes, const WsMaskKey &key, std::size_t phase)
{
    maskInto(bytes.data(), bytes.data(), bytes.size(), key, phase);
}

void copyMasked(ByteSpan from, std::uint8_t *to, const WsMaskKey &key, std::size_t phase)
{
    maskInto(from.data(), to, from.size(), key, phase);
}

std::size_t headerSize(std::uint64_t length, bool masked)
{
    const std::size_t extended = length < 126 ? 0 : (length <= 0xFFFF ? 2 : 8);
    return 2 + extended + (masked ? 4 : 0);
}

std::size_t writeHeader(const WsFrameHeader &header, std::uint8_t *out)
{
    const std::uint8_t *const begin = out;
    *out++ =
        static_cast<std::uint8_t>((header.fin ? FinBit : 0) | (header.compressed ? Rsv1Bit : 0) |
                                  static_cast<std::uint8_t>(header.opcode));
    const std::uint8_t maskBit = header.mask ? MaskBit : 0;
    int extended = 0;
    if (header.length < 126) {
        *out++ = static_cast<std::uint8_t>(maskBit | header.length);
    } else {
        extended = header.length <= 0xFFFF ? 2 : 8;
        *out++ = static_cast<std::uint8_t>(maskBit | (extended == 2 ? 126 : 127));
    }
    for (int i = extended - 1; i >= 0; --i)
        *out++ = static_cast<std::uint8_t>(header.length >> (8 * i));
    if (header.mask)
        out = std::copy(header.mask->begin(), header.mask->end(), out);
    return static_cast<std::size_t>(out - begin);
}

void appendFrame(Bytes &out, WsFrameHeader header, ByteSpan payload)
{
    header.length = payload.size();
    const std::size_t start = out.size();
    out.resize(start + headerSize(header.length, header.mask.has_value()) + payload.size());
    std::uint8_t *to = out.data() + start;
    to += writeHeader(header, to);
    if (header.mask)
        copyMasked(payload, to, *header.mask);
    else
        std::copy(payload.begin(), payload.end(), to);
}

Bytes closePayload(std::uint16_t code, std::string_view reason)
{
    Bytes out;
    if (code == ws_close::NoStatus)
        return out;
    std::size_t size = std::min(reason.size(), MaxControlPayload - 2);
    // Not in the middle of a code point.
    while (size < reason.size() && size > 0 &&
           (static_cast<unsigned char>(reason[size]) & 0xC0) == 0x80)
        --size;
    ByteWriter writer(out);
    writer.u16(code);
    writer.bytes(asBytes(reason.substr(0, size)));
    return out;
}

std::optional<WsEvent> WebSocketDecoder::next()
{
    if (m_delivered) {
        m_delivered = false;
        Bytes().swap(m_message);
    }
    while (m_state != State::Finished) {
        std::optional<WsEvent> event;
        switch (m_state) {
        case State::Header:
            if (!readHeader())
                return std::nullopt;
            event = beginFrame();
            break;
        case State::Control:
            if (m_frameDone < m_frame.length && m_input.empty())
                return std::nullopt;
            event = continueControl();
            break;
        case State::Payload:
            if (m_frameDone < m_frame.length && m_input.empty())
                return std::nullopt;
            event = continueData();
            break;
        case State::WholeFrame:
            event = wholeMessage();
            break;
        case State::WholeMessage:
            event = endMessage();
            break;
        case State::Finished:
            break;
        }
        if (event)
            return event;
    }
    return std::nullopt;
}

/// True when m_frame holds a whole header; until then what there is of it is kept.
bool WebSocketDecoder::readHeader()
{
    const auto need = [this](std::size_t size) {
        while (m_headerSize < size && !m_input.empty()) {
            m_header[m_headerSize++] = m_input.front();
            m_input = m_input.subspan(1);
        }
        return m_headerSize >= size;
    };
    if (!need(2))
        return false;
    const std::uint8_t shortLength = m_header[1] & 0x7F;
    // A control frame's length and an unmasked frame are judged before more bytes are awaited.
    if (headerFault() == nullptr) {
        const bool masked = (m_header[1] & MaskBit) != 0;
        const std::size_t extended = shortLength < 126 ? 0U : (shortLength == 126 ? 2U : 8U);
        if (!need(2 + extended + (masked ? 4U : 0U)))
            return false;
        m_frame.length = extended == 0 ? shortLength : 0;
        for (std::size_t i = 0; i < extended; ++i)
            m_frame.length = (m_frame.length << 8) | m_header[2 + i];
        m_frame.mask.reset();
        if (masked) {
            m_frame.mask.emplace();
            std::copy_n(m_header.begin() + 2 + static_cast<std::ptrdiff_t>(extended), 4,
                        m_frame.mask->begin());
        }
    }
    m_frame.fin = (m_header[0] & FinBit) != 0;
    m_frame.compressed = (m_header[0] & Rsv1Bit) != 0;
    m_frame.opcode = static_cast<WsOpcode>(m_header[0] & 0x0F);
    m_headerSize = 0;
    m_frameDone = 0;
    ++m_frames;
    return true;
}

/// What is wrong with the first two bytes, or null.
const char *WebSocketDecoder::headerFault() const
{
    const std::uint8_t first = m_header[0];
    const std::uint8_t opcodeBits = first & 0x0F;
    const auto opcode = static_cast<WsOpcode>(opcodeBits);
    const bool fin = (first & FinBit) != 0;
    const bool rsv1 = (first & Rsv1Bit) != 0;
    const bool startsData = opcode == WsOpcode::Text || opcode == WsOpcode::Binary;
    if ((first & Rsv23Bits) != 0 || (rsv1 && !(m_options.deflate && startsData)))
        return "reserved bit set";
    if (!isKnown(opcodeBits))
        return "unknown opcode";
    if (isControl(opcode) && !fin)
        return "fragmented control frame";
    if (isControl(opcode) && (m_header[1] & 0x7F) > MaxControlPayload)
        return "control frame too long";
    if (startsData && m_inMessage)
        return "new message inside a fragmented one";
    if (opcode == WsOpcode::Continuation && !m_inMessage)
        return "nothing to continue";
    const bool fromClient = m_options.role == WsDecoderOptions::Role::Server;
    if (((m_header[1] & MaskBit) != 0) != fromClient)
        return fromClient ? "frame of a client without mask" : "frame of a server with mask";
    return nullptr;
}

std::optional<WsEvent> WebSocketDecoder::beginFrame()
{
    if (const char *fault = headerFault())
        return fail(ws_close::ProtocolError, fault);
    if (isControl(m_frame.opcode)) {
        m_state = State::Control;
        return std::nullopt;
    }
    const std::uint8_t shortLength = m_header[1] & 0x7F;
    if ((shortLength == 126 && m_frame.length < 126) ||
        (shortLength == 127 && (m_frame.length <= 0xFFFF || m_frame.length >> 63 != 0)))
        return fail(ws_close::ProtocolError, "length not in its shortest form");
    if (!m_inMessage) {
        m_inMessage = true;
        m_messageOpcode = m_frame.opcode;
        m_messageCompressed = m_frame.compressed;
        m_utf8.reset();
        if (m_frame.length > frameLimit())
            return fail(ws_close::TooBig, "message too big");
        if (m_frame.fin && !m_messageCompressed && !m_skip && m_input.size() >= m_frame.length)
            return m_messageOpcode == WsOpcode::Text && m_options.announceCostly
                       ? costly(State::WholeFrame)
                       : wholeMessage();
    } else if (m_frame.length > frameLimit() - m_message.size()) {
        return fail(ws_close::TooBig, "message too big");
    }
    m_state = State::Payload;
    return std::nullopt;
}

/// The usual case: one frame, all of it in the input. Nothing is copied.
std::optional<WsEvent> WebSocketDecoder::wholeMessage()
{
    const MutableByteSpan payload = m_input.first(static_cast<std::size_t>(m_frame.length));
    m_input = m_input.subspan(payload.size());
    if (m_frame.mask)
        applyMask(payload, *m_frame.mask);
    m_inMessage = false;
    m_state = State::Header;
    if (m_messageOpcode == WsOpcode::Binary)
        return WsEvent{WsEvent::Kind::Binary, payload, 0, true};
    if (!m_utf8.feed(payload) || !m_utf8.complete())
        return fail(ws_close::InvalidPayload, "text is not UTF-8");
    return WsEvent{WsEvent::Kind::Text, payload, 0, true};
}

std::optional<WsEvent> WebSocketDecoder::costly(State then)
{
    m_state = then;
    return WsEvent{WsEvent::Kind::Costly, {}};
}

void WebSocketDecoder::skipPayload()
{
    Bytes().swap(m_message);
    const std::uint64_t count =
        std::min<std::uint64_t>(m_frame.length - m_frameDone, m_input.size());
    m_input = m_input.subspan(static_cast<std::size_t>(count));
    m_frameDone += count;
    if (m_frameDone < m_frame.length)
        return;
    m_state = State::Header;
    m_inMessage = !m_frame.fin;
}

std::optional<WsEvent> WebSocketDecoder::continueData()
{
    if (m_skip) {
        skipPayload();
        return std::nullopt;
    }
    const std::uint64_t missing = m_frame.length - m_frameDone;
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(missing, m_input.size()));
    const std::size_t start = m_message.size();
    if (count > 0) {
        // All of the frame at once, as its length is within the limit.
        if (m_message.capacity() < start + static_cast<std::size_t>(missing))
            m_message.reserve(std::max(start + static_cast<std::size_t>(missing),
                                       std::min(2 * start, frameLimit())));
        m_message.insert(m_message.end(), m_input.begin(),
                         m_input.begin() + static_cast<std::ptrdiff_t>(count));
    }
    m_input = m_input.subspan(count);
    const MutableByteSpan fresh = MutableByteSpan(m_message).subspan(start);
    if (m_frame.mask)
        applyMask(fresh, *m_frame.mask, static_cast<std::size_t>(m_frameDone));
    m_frameDone += count;
    const bool isText = m_messageOpcode == WsOpcode::Text && !m_messageCompressed;
    if (isText && !m_utf8.feed(fresh))
        return fail(ws_close::InvalidPayload, "text is not UTF-8");
    if (m_frameDone < m_frame.length)
        return std::nullopt;
    m_state = State::Header;
    if (!m_frame.fin)
        return std::nullopt;
    const bool isCostly = m_messageCompressed || m_messageOpcode == WsOpcode::Text;
    return isCostly && m_options.announceCostly ? costly(State::WholeMessage) : endMessage();
}

std::optional<WsEvent> WebSocketDecoder::endMessage()
{
    m_state = State::Header;
    m_inMessage = false;
    m_delivered = true;
    if (m_messageCompressed) {
        Bytes inflated;
        const Result<void> done = inflateMessage(m_message, messageLimit(), inflated);
        if (!done)
            return inflateFailed(done.error().code);
        m_message = std::move(inflated);
        if (m_messageOpcode == WsOpcode::Text)
            m_utf8.feed(m_message);
    }
    if (m_messageOpcode == WsOpcode::Binary)
        return WsEvent{WsEvent::Kind::Binary, m_message, 0, false, m_messageCompressed};
    if (!m_utf8.complete())
        return fail(ws_close::InvalidPayload, "text is not UTF-8");
    return WsEvent{WsEvent::Kind::Text, m_message, 0, false, m_messageCompressed};
}

std::optional<WsEvent> WebSocketDecoder::continueControl()
{
    const std::size_t missing = static_cast<std::size_t>(m_frame.length - m_frameDone);
    const std::size_t count = std::min(missing, m_input.size());
    const MutableByteSpan fresh =
        MutableByteSpan(m_control).subspan(static_cast<std::size_t>(m_frameDone), count);
    std::copy_n(m_input.begin(), count, fresh.begin());
    m_input = m_input.subspan(count);
    if (m_frame.mask)
        applyMask(fresh, *m_frame.mask, static_cast<std::size_t>(m_frameDone));
    m_frameDone += count;
    if (m_frameDone < m_frame.length)
        return std::nullopt;
    m_state = State::Header;
    const ByteSpan payload = ByteSpan(m_control).first(static_cast<std::size_t>(m_frame.length));
    if (m_frame.opcode == WsOpcode::Close)
        return closeEvent(payload);
    const auto kind = m_frame.opcode == WsOpcode::Ping ? WsEvent::Kind::Ping : WsEvent::Kind::Pong;
    return WsEvent{kind, payload, 0, false};
}

WsEvent WebSocketDecoder::closeEvent(ByteSpan payload)
{
    ByteReader reader(payload);
    const std::optional<std::uint16_t> code = reader.u16();
    if (!code && !payload.empty())
        return fail(ws_close::ProtocolError, "close frame of one byte");
    if (code && !isValidCloseCode(*code))
        return fail(ws_close::ProtocolError, "invalid close code");
    const ByteSpan reason = reader.rest();
    Utf8Check utf8;
    if (!utf8.feed(reason) || !utf8.complete())
        return fail(ws_close::InvalidPayload, "close reason is not UTF-8");
    finish();
    return {WsEvent::Kind::Close, reason, code.value_or(ws_close::NoStatus), false};
}

WsEvent WebSocketDecoder::inflateFailed(ErrorCode why)
{
    if (why == ErrorCode::TooLarge)
        return fail(ws_close::TooBig, "message too big when inflated");
    if (why == ErrorCode::Internal) // no memory for zlib: not the peer's fault
        return fail(ws_close::InternalError, "Internal server error");
    return fail(ws_close::InvalidPayload, "message does not inflate");
}

WsEvent WebSocketDecoder::fail(std::uint16_t code, std::string_view why)
{
    finish();
    return {WsEvent::Kind::Failed, asBytes(why), code, false};
}

void WebSocketDecoder::finish()
{
    m_state = State::Finished;
    m_input = {};
    m_inMessage = false;
    m_delivered = false;
    Bytes().swap(m_message);
}

/// Bytes that a message may take on the wire: what does not compress grows a little by deflate.
std::size_t WebSocketDecoder::frameLimit() const
{
    const std::size_t limit = messageLimit();
    return m_messageCompressed ? limit + limit / 8 + 64 : limit; // zlib's deflateBound is less
}

std::size_t WebSocketDecoder::messageLimit() const
{
    return m_messageOpcode == WsOpcode::Text ? m_options.maxText : m_options.maxBinary;
}

} // namespace higgs::protocol
