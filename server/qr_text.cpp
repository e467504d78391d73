// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/qr_text.h"

#include "shared/crypto/freed_by.h"

#include <memory>
#include <qrencode.h>

namespace higgs::server {

namespace {

constexpr int QuietZone = 4;
// Black on white from the 256 colours, which themes leave alone, and back to what was.
constexpr const char *DarkOnLight = "\x1b[38;5;16;48;5;231m";
constexpr const char *AsBefore = "\x1b[0m\n";

using CodePtr = std::unique_ptr<QRcode, FreedBy<QRcode_free>>;

} // namespace

Result<std::string> qrText(const std::string &text)
{
    // A screen has no scratches: the least correction makes the largest modules.
    const CodePtr code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L));
    if (!code)
        return unexpected(ErrorCode::InvalidArgument, "it is too long for a QR code");
    const int width = code->width;
    const auto isDark = [&code, width](int x, int y) {
        return x >= 0 && y >= 0 && x < width && y < width && (code->data[y * width + x] & 1U) != 0;
    };
    std::string lines;
    for (int y = -QuietZone; y < width + QuietZone; y += 2) {
        lines += DarkOnLight;
        for (int x = -QuietZone; x < width + QuietZone; ++x)
            lines += isDark(x, y) ? (isDark(x, y + 1) ? "█" : "▀") : (isDark(x, y + 1) ? "▄" : " ");
        lines += AsBefore;
    }
    return lines;
}

} // namespace higgs::server
