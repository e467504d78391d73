// SPDX-License-Identifier: GPL-3.0-or-later
// What is held against a schema: its size does not depend on the document's, and the verdict is
// the same.
#include "shared/protocol/schema.h"
#include "shared/protocol/schema_extract.h"
#include "tests/protocol/wire_examples.h"

#include <QTest>

using namespace higgs::protocol;

namespace {

const Json Schema = Json::parse(R"({
  "type": "object", "required": ["a", "z"],
  "properties": {
    "a": {"type": "string", "maxLength": 3},
    "b": {"type": "object", "properties": {"c": {"type": "integer"}}},
    "d": {"type": ["array", "null"], "items": {"type": "string", "maxLength": 1}, "maxItems": 2},
    "e": {"type": "array", "items": [{"type": "number"}], "maxItems": 1},
    "f": {"type": "number"},
    "g": {"allOf": [{"properties": {"h": {}}}]}
  }
})");

Json extract(const char *text)
{
    return extractFor(Schema, Json::parse(text));
}

std::size_t countValues(const Json &json)
{
    std::size_t count = 1;
    for (const Json &child : json) {
        if (json.is_structured())
            count += countValues(child);
    }
    return count;
}

} // namespace

class SchemaExtractTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatTheSchemaSpeaksOf()
    {
        const auto is = [](const char *document, const char *expected) {
            return extract(document) == Json::parse(expected);
        };
        QVERIFY(is(R"({"a":"abc","x":1,"z":2})", R"({"a":"abc","z":2})"));
        QVERIFY(is(R"({"a":"abcdef"})", R"({"a":"abcd"})"));
        QVERIFY(is(R"({"a":"\u20ac\u20ac\u20ac\u20ac\u20acx"})",
                   R"({"a":"\u20ac\u20ac\u20ac\u20ac"})"));
        QVERIFY(is(R"({"b":{"c":1,"x":{}}})", R"({"b":{"c":1}})"));
        QVERIFY(is(R"({"d":["xyz","y","z","z"]})", R"({"d":["xy","y","z"]})"));
        QVERIFY(is(R"({"e":[1,{"x":1},3]})", R"({"e":[1,{"x":1}]})"));
        QVERIFY(is(R"({"f":[1,2]})", R"({"f":[]})"));
        QVERIFY(is(R"({"f":{"x":1}})", R"({"f":{}})"));
        QVERIFY(is(R"({"g":{"h":1,"i":2}})", R"({"g":{"h":1,"i":2}})"));
        QVERIFY(is("[1,2,3]", "[]"));
        QVERIFY(is("7", "7"));
    }

    void aLargeDocumentIsASmallOneToTheValidator()
    {
        Json large = Json::parse(std::string(examples::RegisterRequest));
        QVERIFY(validate(SchemaName::RegisterRequest, large).empty()); // control
        for (int i = 0; i < 10'000; ++i) {
            large[std::to_string(i)] = {{"x", Json::array({i})}};
            large["location"][std::to_string(i)] = i;
        }
        QVERIFY(validate(SchemaName::RegisterRequest, large).empty());
        Json document = Json::parse(R"({"a":"abc","b":{}})");
        for (int i = 0; i < 10'000; ++i) {
            document["b"][std::to_string(i)] = i;
            document["d"].push_back("x");
            document["f"].push_back(Json::object());
        }
        QVERIFY(countValues(document) > 30'000);
        QVERIFY(countValues(extractFor(Schema, document)) < 10);
        // What was cut off made it invalid, and it still is.
        large["location"]["coordinates"] = Json::array();
        for (int i = 0; i < 10'000; ++i)
            large["location"]["coordinates"].push_back(i % 90);
        const Faults faults = validate(SchemaName::RegisterRequest, large);
        QCOMPARE(faults.size(), std::size_t(1));
        QCOMPARE(faults.front().path.substr(0, 21), std::string("/location/coordinates"));
    }
};

QTEST_APPLESS_MAIN(SchemaExtractTest)
#include "schema_extract_test.moc"
