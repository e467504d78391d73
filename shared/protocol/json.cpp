// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/json.h"

#include <utility>
#include <vector>

namespace higgs::protocol {

namespace {

/// Builds the document from the parser's events. Open containers wait on a stack of their own, so
/// that nesting costs no call depth and stops at the limit.
class DocumentBuilder final : public nlohmann::json_sax<Json>
{
public:
    explicit DocumentBuilder(std::size_t depth) : m_depth(depth) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t & /*text*/) override
    {
        return add(value);
    }
    bool string(string_t &value) override { return add(std::move(value)); }
    bool binary(binary_t & /*value*/) override { return fail("not JSON"); }

    bool start_object(std::size_t /*elements*/) override { return open(Json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*elements*/) override { return open(Json::array()); }
    bool end_array() override { return close(); }

    bool key(string_t &name) override
    {
        if (m_open.back().value.contains(name))
            return fail("a duplicate key");
        m_open.back().key = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string & /*token*/,
                     const Json::exception & /*error*/) override
    {
        return fail("not JSON at byte " + std::to_string(position));
    }

    [[nodiscard]] const std::string &failure() const { return m_failure; }
    Json take() { return std::move(m_root); }

private:
    struct Open
    {
        Json value;
        std::string key; ///< the name that the next member of an object goes under
    };

    bool add(Json value)
    {
        if (m_open.empty()) {
            m_root = std::move(value);
            return true;
        }
        Open &parent = m_open.back();
        if (parent.value.is_array())
            parent.value.push_back(std::move(value));
        else
            parent.value.emplace(std::move(parent.key), std::move(value));
        return true;
    }

    bool open(Json container)
    {
        if (m_open.size() >= m_depth)
            return fail("nested too deep");
        m_open.push_back({std::move(container), {}});
        return true;
    }

    bool close()
    {
        Json done = std::move(m_open.back().value);
        m_open.pop_back();
        return add(std::move(done));
    }

    bool fail(std::string why)
    {
        m_failure = std::move(why);
        return false;
    }

    std::size_t m_depth;
    std::vector<Open> m_open;
    Json m_root;
    std::string m_failure;
};

} // namespace

Result<Json> parseJson(std::string_view text, JsonLimits limits)
{
    if (text.size() > limits.bytes)
        return unexpected(ErrorCode::TooLarge,
                          "a document of " + std::to_string(text.size()) + " bytes");
    // The parser skips a byte order mark and takes a NUL for the end of the text; RFC 8259 allows
    // neither in what is sent.
    if (text.starts_with("\xef\xbb\xbf"))
        return unexpected(ErrorCode::Malformed, "a byte order mark");
    if (text.find('\0') != std::string_view::npos)
        return unexpected(ErrorCode::Malformed, "a NUL byte");
    DocumentBuilder builder(limits.depth);
    try {
        if (!Json::sax_parse(text, &builder))
            return unexpected(ErrorCode::Malformed, builder.failure());
    } catch (const Json::exception &) {
        return unexpected(ErrorCode::Malformed, "not JSON");
    }
    return builder.take();
}

std::string dumpJson(const Json &json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace higgs::protocol
