// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/dns_message.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

// RFC 1035 sections 3.2.2, 3.2.4 and 4.1.1, RFC 3596.
constexpr std::uint16_t TypeA = 1;
constexpr std::uint16_t TypeAaaa = 28;
constexpr std::uint16_t ClassInternet = 1;
constexpr std::uint16_t RecursionDesired = 0x0100;
constexpr std::uint16_t IsResponse = 0x8000;
constexpr std::uint16_t OpcodeMask = 0x7800;
constexpr std::uint16_t CodeMask = 0x000f;
constexpr std::uint16_t NoError = 0;
constexpr std::uint16_t NameError = 3;
constexpr std::size_t HeaderSize = 12;
constexpr std::size_t MaxName = 253;
constexpr std::size_t MaxLabel = 63;
constexpr std::uint8_t Pointer = 0xc0;

Unexpected malformed(const char *what)
{
    return unexpected(ErrorCode::Malformed, std::string("DNS answer: ") + what);
}

std::uint8_t lower(std::uint8_t letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<std::uint8_t>(letter + ('a' - 'A'))
                                          : letter;
}

/// Past a name, whatever it says: one pointer ends it.
bool skipName(ByteReader &reader)
{
    for (;;) {
        const auto length = reader.u8();
        if (!length)
            return false;
        if (*length == 0)
            return true;
        if ((*length & Pointer) == Pointer)
            return reader.skip(1);
        if ((*length & Pointer) != 0 || !reader.skip(*length))
            return false;
    }
}

/// One record; its address goes to the answer, if it is one of the type that was asked for.
bool readRecord(ByteReader &reader, std::uint16_t wanted, DnsAnswer &answer)
{
    if (!skipName(reader))
        return false;
    const auto type = reader.u16();
    const auto classOf = reader.u16();
    const auto timeToLive = reader.u32();
    const auto size = reader.u16();
    if (!type || !classOf || !timeToLive || !size)
        return false;
    const auto data = reader.bytes(*size);
    if (!data)
        return false;
    if (*type != wanted || *classOf != ClassInternet)
        return true;
    const std::size_t length = wanted == TypeA ? 4 : 16;
    if (data->size() != length)
        return false;
    const IpAddress address =
        wanted == TypeA ? IpAddress::v4(data->first<4>()) : IpAddress::v6(data->first<16>());
    answer.addresses.push_back(address);
    return true;
}

} // namespace

Result<Bytes> dnsQuestion(std::uint16_t id, std::string_view host, IpAddress::Family family)
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    const Unexpected wrong =
        unexpected(ErrorCode::InvalidArgument, "not a host name: " + std::string(host));
    if (host.empty() || host.size() > MaxName)
        return wrong;
    Bytes message;
    ByteWriter writer(message);
    writer.u16(id);
    writer.u16(RecursionDesired);
    writer.u16(1); // question, and no records
    writer.u64(0);
    message.resize(HeaderSize);
    while (!host.empty()) {
        const std::string_view label = host.substr(0, host.find('.'));
        if (label.empty() || label.size() > MaxLabel)
            return wrong;
        writer.u8(static_cast<std::uint8_t>(label.size()));
        for (const char letter : label)
            writer.u8(static_cast<std::uint8_t>(letter));
        host.remove_prefix(std::min(label.size() + 1, host.size()));
    }
    writer.u8(0);
    writer.u16(family == IpAddress::Family::V4 ? TypeA : TypeAaaa);
    writer.u16(ClassInternet);
    return message;
}

Result<DnsAnswer> decodeDnsAnswer(ByteSpan datagram, ByteSpan question)
{
    ByteReader reader(datagram);
    const auto id = reader.u16();
    const auto flags = reader.u16();
    const auto questions = reader.u16();
    const auto answers = reader.u16();
    if (!id || !flags || !questions || !answers || !reader.skip(4))
        return malformed("cut off");
    if (question.size() < HeaderSize + 4 || *id != ((question[0] << 8) | question[1]))
        return malformed("to another question");
    if ((*flags & (IsResponse | OpcodeMask)) != IsResponse)
        return malformed("no answer");
    DnsAnswer answer;
    const int code = *flags & CodeMask;
    // A server that understood nothing may leave the question away.
    if (*questions == 0 && code != NoError && code != NameError)
        return answer;
    const ByteSpan asked = question.subspan(HeaderSize);
    const auto repeated = *questions == 1 ? reader.bytes(asked.size()) : std::nullopt;
    if (!repeated || !std::equal(asked.begin(), asked.end(), repeated->begin(),
                                 [](auto a, auto b) { return lower(a) == lower(b); }))
        return malformed("to another question");
    if (code != NoError) {
        if (code == NameError)
            answer.verdict = DnsAnswer::Verdict::NoSuchName;
        return answer;
    }
    const auto wanted = static_cast<std::uint16_t>((question[question.size() - 4] << 8) |
                                                   question[question.size() - 3]);
    for (unsigned i = 0; i < *answers && reader.remaining() > 0; ++i) {
        if (!readRecord(reader, wanted, answer))
            return malformed("damaged record");
    }
    answer.verdict = DnsAnswer::Verdict::Answered;
    return answer;
}

} // namespace higgs::protocol
