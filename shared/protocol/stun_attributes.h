// SPDX-License-Identifier: GPL-3.0-or-later
// The attributes of STUN messages, each between its bytes and its field. Internal to stun.cpp.
#pragma once

#include "shared/protocol/stun.h"

namespace higgs::protocol {

// RFC 8489 section 18.3, RFC 8445 section 16.1, RFC 5780 section 9.1, RFC 8656 section 18
enum class StunAttribute : std::uint16_t {
    MappedAddress = 0x0001,
    ChangeRequest = 0x0003,
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000a,
    ChannelNumber = 0x000c,
    Lifetime = 0x000d,
    XorPeerAddress = 0x0012,
    Data = 0x0013,
    Realm = 0x0014,
    Nonce = 0x0015,
    XorRelayedAddress = 0x0016,
    RequestedAddressFamily = 0x0017,
    EvenPort = 0x0018,
    RequestedTransport = 0x0019,
    DontFragment = 0x001a,
    MessageIntegritySha256 = 0x001c,
    PasswordAlgorithm = 0x001d,
    UserHash = 0x001e,
    XorMappedAddress = 0x0020,
    ReservationToken = 0x0022,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Padding = 0x0026,
    ResponsePort = 0x0027,
    AdditionalAddressFamily = 0x8000,
    AddressErrorCode = 0x8001,
    PasswordAlgorithms = 0x8002,
    AlternateDomain = 0x8003,
    Icmp = 0x8004,
    Software = 0x8022,
    AlternateServer = 0x8023,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802a,
    ResponseOrigin = 0x802b,
    OtherAddress = 0x802c,
};

/// Cookie and transaction id, which XOR-MAPPED-ADDRESS and its like are masked with (RFC 8489
/// section 14.2).
using StunAddressMask = std::array<std::uint8_t, 16>;
StunAddressMask stunAddressMask(const StunTransactionId &transaction);

/// False when a known attribute is not well-formed. Of a repeated one the first counts (section
/// 14), but for those that are meant to be. One that nobody here knows is noted in
/// `out.notUnderstood` if it must be understood.
bool readStunAttribute(std::uint16_t type, ByteSpan value, StunMessage &out);

/// Appends what `message` has, all but integrity and fingerprint.
void writeStunAttributes(const StunMessage &message, Bytes &out);

/// One attribute with its padding. The message's length is the caller's to set.
void appendStunAttribute(Bytes &out, StunAttribute type, ByteSpan value);

} // namespace higgs::protocol
