// SPDX-License-Identifier: GPL-3.0-or-later
// The writing half of the attributes.
#include "shared/protocol/stun_attributes.h"

#include <algorithm>

namespace higgs::protocol {

namespace {

constexpr std::size_t MaxPadding = MaxStunMessage - StunHeaderSize - 4;

class Writer
{
public:
    Writer(const StunMessage &message, Bytes &out)
        : m_message(message), m_out(out), m_mask(stunAddressMask(message.transaction))
    {}

    void basic();
    void discovery();
    void turn();

private:
    void attribute(StunAttribute type, ByteSpan value) { appendStunAttribute(m_out, type, value); }

    void text(StunAttribute type, const std::optional<std::string> &value)
    {
        if (value)
            attribute(type, asBytes(*value));
    }

    template <typename T>
    void number(StunAttribute type, const std::optional<T> &value)
    {
        if (!value)
            return;
        Bytes bytes;
        ByteWriter writer(bytes);
        if constexpr (sizeof(T) == 4)
            writer.u32(*value);
        else
            writer.u64(*value);
        attribute(type, bytes);
    }

    /// In the first bytes of four, the others are reserved.
    template <typename T>
    void padded(StunAttribute type, const std::optional<T> &value)
    {
        if (!value)
            return;
        Bytes bytes;
        ByteWriter writer(bytes);
        if constexpr (sizeof(T) == 1)
            writer.u8(static_cast<std::uint8_t>(*value));
        else
            writer.u16(*value);
        bytes.resize(4);
        attribute(type, bytes);
    }

    void flag(StunAttribute type, bool set)
    {
        if (set)
            attribute(type, {});
    }

    void address(StunAttribute type, const std::optional<Endpoint> &endpoint, bool masked)
    {
        if (!endpoint || endpoint->isNull())
            return;
        const StunAddressMask mask = masked ? m_mask : StunAddressMask{};
        Bytes value;
        ByteWriter writer(value);
        writer.u8(0);
        writer.u8(endpoint->address.isV4() ? 1 : 2);
        writer.u16(static_cast<std::uint16_t>(endpoint->port ^ (mask[0] << 8U | mask[1])));
        std::size_t i = 0;
        for (const std::uint8_t byte : endpoint->address.bytes())
            writer.u8(static_cast<std::uint8_t>(byte ^ mask[i++]));
        attribute(type, value);
    }

    /// `first`: the two bytes before the code.
    void error(StunAttribute type, std::uint16_t first, const StunErrorCode &error)
    {
        Bytes value;
        ByteWriter writer(value);
        writer.u16(first);
        writer.u8(static_cast<std::uint8_t>(error.code / 100));
        writer.u8(static_cast<std::uint8_t>(error.code % 100));
        writer.bytes(asBytes(error.reason));
        attribute(type, value);
    }

    void algorithms(StunAttribute type, std::span<const std::uint16_t> numbers)
    {
        if (numbers.empty())
            return;
        Bytes value;
        ByteWriter writer(value);
        for (const std::uint16_t each : numbers) {
            writer.u16(each);
            writer.u16(0); // no parameters
        }
        attribute(type, value);
    }

    const StunMessage &m_message;
    Bytes &m_out;
    StunAddressMask m_mask;
};

void Writer::basic()
{
    text(StunAttribute::Software, m_message.software);
    if (m_message.error)
        error(StunAttribute::ErrorCode, 0, *m_message.error);
    if (!m_message.unknownAttributes.empty()) {
        Bytes value;
        ByteWriter writer(value);
        for (const std::uint16_t type : m_message.unknownAttributes)
            writer.u16(type);
        attribute(StunAttribute::UnknownAttributes, value);
    }
    address(StunAttribute::XorMappedAddress, m_message.xorMappedAddress, true);
    address(StunAttribute::MappedAddress, m_message.mappedAddress, false);
    address(StunAttribute::AlternateServer, m_message.alternateServer, false);
    text(StunAttribute::AlternateDomain, m_message.alternateDomain);
}

void Writer::discovery()
{
    number(StunAttribute::Priority, m_message.priority);
    flag(StunAttribute::UseCandidate, m_message.useCandidate);
    number(StunAttribute::IceControlled, m_message.iceControlled);
    number(StunAttribute::IceControlling, m_message.iceControlling);
    if (m_message.changeRequest) {
        const StunChange &change = *m_message.changeRequest;
        number<std::uint32_t>(StunAttribute::ChangeRequest,
                              (change.address ? 4U : 0U) | (change.port ? 2U : 0U));
    }
    padded(StunAttribute::ResponsePort, m_message.responsePort);
    address(StunAttribute::ResponseOrigin, m_message.responseOrigin, false);
    address(StunAttribute::OtherAddress, m_message.otherAddress, false);
    if (m_message.padding)
        attribute(StunAttribute::Padding, Bytes(std::min(*m_message.padding, MaxPadding)));
}

void Writer::turn()
{
    padded(StunAttribute::ChannelNumber, m_message.channelNumber);
    number(StunAttribute::Lifetime, m_message.lifetime);
    for (const Endpoint &peer : m_message.xorPeerAddresses)
        address(StunAttribute::XorPeerAddress, peer, true);
    address(StunAttribute::XorRelayedAddress, m_message.xorRelayedAddress, true);
    address(StunAttribute::XorRelayedAddress, m_message.secondRelayedAddress, true);
    padded(StunAttribute::RequestedAddressFamily, m_message.requestedFamily);
    padded(StunAttribute::AdditionalAddressFamily, m_message.additionalFamily);
    if (m_message.evenPort)
        attribute(StunAttribute::EvenPort, std::array<std::uint8_t, 1>{static_cast<std::uint8_t>(
                                               *m_message.evenPort ? 0x80 : 0)});
    padded(StunAttribute::RequestedTransport, m_message.requestedTransport);
    flag(StunAttribute::DontFragment, m_message.dontFragment);
    if (m_message.reservationToken)
        attribute(StunAttribute::ReservationToken, *m_message.reservationToken);
    if (m_message.addressError) {
        const auto family = static_cast<unsigned>(m_message.addressError->family);
        error(StunAttribute::AddressErrorCode, static_cast<std::uint16_t>(family << 8U),
              m_message.addressError->error);
    }
    if (m_message.icmp) {
        Bytes value;
        ByteWriter writer(value);
        writer.u16(0);
        writer.u8(m_message.icmp->type);
        writer.u8(m_message.icmp->code);
        writer.u32(m_message.icmp->data);
        attribute(StunAttribute::Icmp, value);
    }
    if (m_message.data)
        attribute(StunAttribute::Data, *m_message.data);
    text(StunAttribute::Username, m_message.username);
    if (m_message.userHash)
        attribute(StunAttribute::UserHash, *m_message.userHash);
    text(StunAttribute::Nonce, m_message.nonce);
    text(StunAttribute::Realm, m_message.realm);
    algorithms(StunAttribute::PasswordAlgorithms, m_message.passwordAlgorithms);
    if (m_message.passwordAlgorithm)
        algorithms(StunAttribute::PasswordAlgorithm, {&*m_message.passwordAlgorithm, 1});
}

} // namespace

void writeStunAttributes(const StunMessage &message, Bytes &out)
{
    Writer writer(message, out);
    writer.basic();
    writer.discovery();
    writer.turn();
}

void appendStunAttribute(Bytes &out, StunAttribute type, ByteSpan value)
{
    ByteWriter writer(out);
    writer.u16(static_cast<std::uint16_t>(type));
    writer.u16(static_cast<std::uint16_t>(value.size()));
    writer.bytes(value);
    while (out.size() % 4 != 0)
        writer.u8(0);
}

} // namespace higgs::protocol
