// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/page/html.h"

#include "shared/base/utf8.h"
#include "shared/control/plain_text.h"

namespace higgs::server {

Html &Html::text(std::string_view text)
{
    while (!text.empty()) {
        std::size_t length = control::controlLength(text);
        if (length > 0) {
            m_text += ' ';
        } else if ((length = utf8Length(text)) == 0) {
            m_text += '?';
            length = 1;
        } else {
            switch (text.front()) {
            case '&':
                m_text += "&amp;";
                break;
            case '<':
                m_text += "&lt;";
                break;
            case '>':
                m_text += "&gt;";
                break;
            case '"':
                m_text += "&quot;";
                break;
            case '\'':
                m_text += "&#39;";
                break;
            default:
                m_text += text.substr(0, length);
            }
        }
        text.remove_prefix(length);
    }
    return *this;
}

Html &Html::number(std::uint64_t number)
{
    m_text += std::to_string(number);
    return *this;
}

} // namespace higgs::server
