// SPDX-License-Identifier: GPL-3.0-or-later
// The files of shared/protocol/schemas as text inside the library; the definition is generated.
#pragma once

#include <span>
#include <string_view>

namespace higgs::protocol {

struct SchemaText
{
    std::string_view file;
    std::string_view text;
};

std::span<const SchemaText> schemaTexts();

} // namespace higgs::protocol
