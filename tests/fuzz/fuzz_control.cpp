// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever somebody writes into the control socket: frames, and the JSON-RPC in them, both ends.
// And the invitations and texts that a controller is handed.
#include "shared/control/invitation.h"
#include "shared/control/plain_text.h"
#include "shared/control/rpc.h"
#include "shared/control/terminal.h"
#include "shared/protocol/control_frame.h"

using namespace higgs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto direct = control::decodeRequest(text);
    if (const auto *fault = std::get_if<control::RpcFault>(&direct))
        (void)control::encodeFault(*fault);
    (void)control::decodeServerMessage(text);
    if (const auto invitation = control::parseInvitation(text)) {
        const auto again = control::parseInvitation(control::invitationText(*invitation));
        if (!again || !(*again == *invitation))
            __builtin_trap();
    }
    if (!control::isPlainText(control::plainLine(text)))
        __builtin_trap();

    protocol::ControlFrameDecoder decoder;
    // Cut by the input itself, so that every state of the decoder is reached.
    const std::size_t cut = size == 0 ? 0 : data[0] % size;
    for (const ByteSpan part : {ByteSpan(data, cut), ByteSpan(data + cut, size - cut)}) {
        decoder.push(part);
        for (auto frame = decoder.next(); frame && frame->has_value(); frame = decoder.next())
            (void)control::decodeRequest(**frame);
    }
    return 0;
}
