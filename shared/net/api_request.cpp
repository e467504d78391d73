// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/api_request.h"

#include <algorithm>

namespace higgs {

namespace {

bool isHeaderSafe(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

Result<std::string> formatApiRequest(const ApiRequest &request, const std::string &host,
                                     std::uint16_t port)
{
    if (!isHeaderSafe(request.bearer.reveal()) || !isHeaderSafe(request.accessKey.reveal()) ||
        !isHeaderSafe(host) || !isHeaderSafe(request.target))
        return unexpected(ErrorCode::InvalidArgument,
                          "a token, key or name has characters that a header cannot carry");
    const bool v6 = host.find(':') != std::string::npos;
    std::string text = request.method + " " + request.target +
                       " HTTP/1.1\r\nHost: " + (v6 ? "[" + host + "]" : host) + ":" +
                       std::to_string(port) +
                       "\r\nUser-Agent: higgs/" HIGGS_VERSION "\r\nAccept: application/json\r\n";
    if (!request.bearer.empty()) {
        text += "Authorization: Bearer ";
        text += request.bearer.reveal();
        text += "\r\n";
    }
    if (!request.accessKey.empty()) {
        text += "Higgs-Access-Key: ";
        text += request.accessKey.reveal();
        text += "\r\n";
    }
    if (!request.body.empty())
        text += "Content-Type: application/json\r\n";
    if (!request.body.empty() || request.method == "POST")
        text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return text + "\r\n" + request.body;
}

} // namespace higgs
