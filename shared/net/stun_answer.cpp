// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/stun_answer.h"

#include "shared/protocol/classic_stun.h"

#include <algorithm>

namespace higgs {

using protocol::StunClass;
using protocol::StunMessage;

namespace {

/// Of RFC 5780 section 7, for UNKNOWN-ATTRIBUTES.
constexpr std::uint16_t ChangeRequestType = 0x0003;
constexpr std::uint16_t PaddingType = 0x0026;
constexpr std::uint16_t ResponsePortType = 0x0027;
/// An answer to another port is only for ports that a program takes by itself.
constexpr std::uint16_t FirstUserPort = 1024;
constexpr std::size_t FingerprintSize = 8;
constexpr int BadRequest = 400;
constexpr int UnknownAttribute = 420;

/// What an answer of `size` bytes may still grow by.
std::size_t roomBeside(std::size_t request, std::size_t size, bool v4)
{
    const std::size_t headers = v4 ? 28 : 48;
    const std::size_t most = (request + headers) * 16 / 10;
    return most > size + headers ? most - size - headers : 0;
}

bool isAmplifying(std::size_t request, std::size_t answer, bool v4)
{
    const std::size_t headers = v4 ? 28 : 48;
    return (answer + headers) * 10 > (request + headers) * 16;
}

std::size_t attributeSize(const Endpoint &address)
{
    return address.address.isV4() ? 12 : 24;
}

/// PADDING would make the server a source of long datagrams. Over a connection there is no other
/// place to answer from, or to.
std::vector<std::uint16_t> refusedAttributes(const StunMessage &request,
                                             const StunQuestion &question)
{
    std::vector<std::uint16_t> refused = request.notUnderstood;
    const protocol::StunChange change = request.changeRequest.value_or(protocol::StunChange{});
    const bool udp = question.transport == StunTransport::Udp;
    const bool canAddress = udp && question.other;
    const bool canPort = udp && (question.other || question.otherPort != 0);
    if ((change.address && !canAddress) || (change.port && !canPort))
        refused.push_back(ChangeRequestType);
    if (request.padding)
        refused.push_back(PaddingType);
    if (request.responsePort && question.transport != StunTransport::Udp)
        refused.push_back(ResponsePortType);
    return refused;
}

Endpoint originOf(const StunQuestion &question, const protocol::StunChange &change)
{
    if (!question.other)
        return {question.to.address, change.port ? question.otherPort : question.to.port};
    return {change.address ? question.other->address : question.to.address,
            change.port ? question.other->port : question.to.port};
}

StunMessage errorAnswer(int code, std::vector<std::uint16_t> unknown)
{
    StunMessage answer;
    answer.messageClass = StunClass::Error;
    answer.error = protocol::StunErrorCode{code, {}};
    answer.unknownAttributes = std::move(unknown);
    return answer;
}

/// What there is room for, of the answer's two further addresses.
struct Extras
{
    std::optional<Endpoint> other;
    std::optional<Endpoint> origin;
};

Extras extrasOf(const StunQuestion &question, const Endpoint &origin, std::size_t size)
{
    Extras extras;
    if (!question.other)
        return extras;
    std::size_t room = roomBeside(question.message.size(), size, question.from.address.isV4());
    const std::size_t each = attributeSize(*question.other);
    if (room < each)
        return extras;
    extras.other = question.other;
    if (room >= 2 * each)
        extras.origin = origin;
    return extras;
}

StunMessage mappedAnswer(const StunQuestion &question, const Endpoint &origin, bool fingerprint)
{
    const std::size_t size = protocol::StunHeaderSize + attributeSize(question.from) +
                             (fingerprint ? FingerprintSize : 0);
    const Extras extras = extrasOf(question, origin, size);
    StunMessage answer;
    answer.messageClass = StunClass::Success;
    answer.xorMappedAddress = question.from;
    answer.otherAddress = extras.other;
    answer.responseOrigin = extras.origin;
    return answer;
}

std::optional<StunReply> answerClassic(const StunQuestion &question)
{
    const auto request = protocol::decodeClassicBinding(question.message);
    if (!request)
        return std::nullopt;
    // Those clients take any answer for one that came from where they wanted it.
    if ((request->change.address || request->change.port) && !question.other)
        return std::nullopt;
    StunReply reply{{}, originOf(question, request->change), question.from};
    const Extras extras =
        extrasOf(question, reply.from, protocol::StunHeaderSize + attributeSize(question.from));
    reply.bytes =
        protocol::encodeClassicAnswer(*request, {question.from, extras.origin, extras.other});
    return reply;
}

std::optional<StunReply> answerRequest(const StunMessage &request, const StunQuestion &question)
{
    StunReply reply{{}, question.to, question.from};
    StunMessage answer;
    auto refused = refusedAttributes(request, question);
    if (!refused.empty()) {
        answer = errorAnswer(UnknownAttribute, std::move(refused));
    } else if (request.responsePort.value_or(FirstUserPort) < FirstUserPort) {
        answer = errorAnswer(BadRequest, {});
    } else {
        reply.from = originOf(question, request.changeRequest.value_or(protocol::StunChange{}));
        reply.to.port = request.responsePort.value_or(question.from.port);
        answer = mappedAnswer(question, reply.from, request.hasFingerprint);
    }
    answer.transaction = request.transaction;
    reply.bytes = encodeStun(answer, {.fingerprint = request.hasFingerprint});
    return reply;
}

} // namespace

std::optional<Endpoint> StunPlaces::other(const Endpoint &here) const
{
    const IpAddress plain = here.address.unmapped();
    const auto second =
        std::find_if(alternates.begin(), alternates.end(),
                     [&](const IpAddress &each) { return each.family() == plain.family(); });
    if (second == alternates.end())
        return std::nullopt;
    const std::uint16_t port = here.port == primary.port ? alternatePort : primary.port;
    if (plain != *second)
        return Endpoint{*second, port};
    if (primary.address.isUnspecified())
        return std::nullopt;
    return Endpoint{primary.address, port};
}

std::uint16_t StunPlaces::otherPort(const Endpoint &here) const
{
    if (!twoPorts || !alternates.empty())
        return 0;
    return here.port == primary.port ? alternatePort : primary.port;
}

bool mayBeStunRequest(ByteSpan message)
{
    ByteReader reader(message);
    const auto type = reader.u16();
    const auto length = reader.u16();
    return message.size() >= protocol::StunHeaderSize && type == protocol::StunBindingMethod &&
           length == message.size() - protocol::StunHeaderSize && *length % 4 == 0;
}

std::optional<StunReply> answerStun(const StunQuestion &question)
{
    std::optional<StunReply> reply;
    if (const Result<StunMessage> request = protocol::decodeStun(question.message)) {
        if (request->messageClass == StunClass::Request &&
            request->method == protocol::StunBindingMethod)
            reply = answerRequest(*request, question);
    } else if (question.transport == StunTransport::Udp) {
        reply = answerClassic(question);
    }
    if (reply &&
        isAmplifying(question.message.size(), reply->bytes.size(), question.from.address.isV4()))
        return std::nullopt;
    return reply;
}

} // namespace higgs
