#include "adapters/aws/reader.h"

#include <gtest/gtest.h>

#include "tests/aws/support.h"

namespace tests::aws {
namespace {

using adapters::aws::ErrorKind;
using adapters::aws::Form;
using adapters::aws::kElementsMax;
using adapters::aws::kMalformedInput;
using adapters::aws::kMalformedJson;
using adapters::aws::kMalformedQueryString;
using adapters::aws::kSerialization;
using adapters::aws::Parameters;
using adapters::aws::ReadForm;
using adapters::aws::ReadJson;
using adapters::aws::ReadQuery;
using adapters::aws::Result;

Result<Parameters> ReadText(std::string_view form) {
  auto fields = ReadForm("", form);
  if (!fields) return tl::unexpected(fields.error());
  return ReadQuery(std::move(*fields), kSample);
}

// --- JSON -----------------------------------------------------------------------------------------------------------

// rule: aws 16 a member that is null is absent, wherever it stands
TEST(JsonReaderTest, Reads) {
  const struct {
    const char* why;
    const char* json;
    const char* tree;
  } cases[] = {
      {"nothing", "", "{}"},
      {"only space", " \r\n\t", "{}"},
      {"an empty object", "{}", "{}"},
      {"text", R"({"Text":"a"})", R"({Text="a"})"},
      {"no text is text", R"({"Text":""})", R"({Text=""})"},
      {"escapes", R"({"Text":"\"\\\/\n\u00e9\ud83d\ude00"})", "{Text=\"\"\\/\n\u00e9\U0001f600\"}"},
      {"null is absent", R"({"Text":null,"Count":null,"Names":null,"Inner":null,"Values":null})", "{}"},
      {"null in a map is absent", R"({"Attributes":{"a":null,"b":"c"},"Values":{"d":null}})",
       R"({Attributes={b="c"} Values={}})"},
      {"null in a struct, too", R"({"Inner":{"Id":null}})", "{Inner={}}"},
      {"integers", R"({"Count":-7,"Inner":{"Count":9223372036854775807}})",
       "{Count=-7 Inner={Count=9223372036854775807}}"},
      {"negative zero", R"({"Count":-0})", "{Count=0}"},
      {"booleans", R"({"Flag":true})", "{Flag=true}"},
      {"bytes as they came", R"({"Bytes":"aGk="})", R"({Bytes="aGk="})"},
      {"lists", R"({"Names":["a","b"],"Entries":[{"Id":"1"},{}]})", R"({Names=["a" "b"] Entries=[{Id="1"} {}]})"},
      {"an empty list is a list", R"({"Names":[],"Entries":[]})", "{Names=[] Entries=[]}"},
      {"maps", R"({"Attributes":{"b":"1","a":"2"},"Values":{"x":{"Count":3}}})",
       R"({Attributes={b="1" a="2"} Values={x={Count=3}}})"},
      {"unknown members", R"({"Other":{"deep":[1,2,{}]},"Text":"a","text":"b"})", R"({Text="a"})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto read = ReadJson(c.json, kSample);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(ToText(read->root), c.tree);
  }
}

TEST(JsonReaderTest, RefusesWhatIsNotOfTheShape) {
  const struct {
    const char* json;
    const char* why;
  } cases[] = {
      {"{", "The body is not JSON."},
      {"{}{}", "The body is not JSON."},
      {"{\"Text\":\"\xff\"}", "The body is not JSON."},
      {R"({"Text":"\ud83d"})", "The body is not JSON."},
      {R"({"Count":99999999999999999999})", "The body is not JSON."},
      {"[]", "The body is not a JSON object."},
      {"null", "The body is not a JSON object."},
      {R"({"Text":7})", "NUMBER_VALUE can not be converted to a String"},
      {R"({"Text":["a"]})", "Start of structure or map found where not expected."},
      {R"({"Count":"7"})", "STRING_VALUE can not be converted to an Integer"},
      {R"({"Count":7.5})", "NUMBER_VALUE can not be converted to an Integer"},
      {R"({"Count":9223372036854775808})", "NUMBER_VALUE can not be converted to an Integer"},
      {R"({"Flag":"true"})", "STRING_VALUE can not be converted to a Boolean"},
      {R"({"Bytes":{}})", "START_OBJECT can not be converted to a Blob"},
      {R"({"Names":"a"})", "STRING_VALUE can not be converted to a List"},
      {R"({"Names":["a",null]})", "NULL_VALUE can not be converted to a String"},
      {R"({"Names":[true]})", "TRUE_VALUE can not be converted to a String"},
      {R"({"Attributes":["a"]})", "START_ARRAY can not be converted to a Map"},
      {R"({"Attributes":{"a":1}})", "NUMBER_VALUE can not be converted to a String"},
      {R"({"Inner":"a"})", "STRING_VALUE can not be converted to a structure"},
      {R"({"Entries":[{"Count":"7"}]})", "STRING_VALUE can not be converted to an Integer"},
      {R"({"Text":"a","Text":"b"})", "The member Text appears twice."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    const auto read = ReadJson(c.json, kSample);
    ASSERT_FALSE(read) << ToText(read->root);
    const bool is_object = !std::string_view(c.why).starts_with("The body is not");
    EXPECT_EQ(read.error().kind, is_object ? &kSerialization : &kMalformedJson);
    EXPECT_EQ(read.error().message, c.why);
  }
}

// --- Query ----------------------------------------------------------------------------------------------------------

// rule: aws 14 lists and maps of SQS are flat, those of SNS have entries
TEST(QueryReaderTest, ReadsWhatJsonWouldHaveSaid) {
  const struct {
    const char* why;
    const char* form;
    const char* tree;
  } cases[] = {
      {"nothing", "", "{}"},
      {"text", "Text=a", R"({Text="a"})"},
      {"no text is text", "Text=", R"({Text=""})"},
      {"a name alone is, too", "Text", R"({Text=""})"},
      {"escapes", "Text=a+b%2Bc%26%3d%C3%A9%0d%0A", "{Text=\"a b+c&=\u00e9\r\n\"}"},
      {"escapes in names", "T%65xt=a", R"({Text="a"})"},
      {"of a name twice, the first", "Text=a&Text=b", R"({Text="a"})"},
      {"a value with =", "Text=a=b", R"({Text="a=b"})"},
      {"nothing between two &", "&&Text=a&&", R"({Text="a"})"},
      {"integers", "Count=-7", "{Count=-7}"},
      {"an empty integer is none", "Count=&Flag=", "{}"},
      {"booleans", "Flag=false", "{Flag=false}"},
      {"a list", "Name.1=a&Name.2=b", R"({Names=["a" "b"]})"},
      {"in any order, with gaps", "Name.10=c&Name.2=b&Name.1=a", R"({Names=["a" "b" "c"]})"},
      {"what is no index", "Name.01=a&Name.x=b&Name.=c&Name.1x=d&Name.-1=e&Name.99999999999=g", "{}"},
      {"a list of one without a number", "Name=a", R"({Names=["a"]})"},
      {"which counts only alone", "Name=a&Name.1=b", R"({Names=["b"]})"},
      {"a map", "Attribute.1.Name=b&Attribute.1.Value=1&Attribute.2.Value=2&Attribute.2.Name=a",
       R"({Attributes={b="1" a="2"}})"},
      {"a map of one without a number", "Attribute.Name=a&Attribute.Value=1", R"({Attributes={a="1"}})"},
      {"a key without a value", "Attribute.1.Name=a", R"({Attributes={a=""}})"},
      {"a value without a key", "Attribute.1.Value=a", "{}"},
      {"a struct", "Inner.Id=a&Inner.Count=7&Inner.Name.1=b", R"({Inner={Id="a" Count=7 Names=["b"]}})"},
      {"structs", "Entry.1.Id=a&Entry.2.Id=b&Entry.2.Name.1=c", R"({Entries=[{Id="a"} {Id="b" Names=["c"]}]})"},
      {"structs by name", "Value.1.Name=x&Value.1.Value.Count=3", "{Values={x={Count=3}}}"},
      {"a map as SNS has it", "More.entry.1.key=a&More.entry.1.value=b", R"({More={a="b"}})"},
      {"not as SQS has it", "More.1.key=a&More.1.value=b", "{}"},
      {"unknown names", "Action=X&Version=1&Texts=a&Tex=b&text=c", "{}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto read = ReadText(c.form);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(ToText(read->root), c.tree);
  }
}

TEST(QueryReaderTest, RefusesWhatItCannotRead) {
  const struct {
    const char* form;
    const ErrorKind& kind;
    const char* why;
  } cases[] = {
      {"Text=%", kMalformedQueryString, "The query string contains a syntax error, or too many parameters."},
      {"Text=%4", kMalformedQueryString, "The query string contains a syntax error, or too many parameters."},
      {"Text=%zz", kMalformedQueryString, "The query string contains a syntax error, or too many parameters."},
      {"T%xt=a", kMalformedQueryString, "The query string contains a syntax error, or too many parameters."},
      {"Text=%FF", kMalformedQueryString, "The query string contains a syntax error, or too many parameters."},
      {"Text=%C3&Name.1=%A9", kMalformedQueryString,
       "The query string contains a syntax error, or too many parameters."},
      {"Text=%C3&%A9=a", kMalformedQueryString, "The query string contains a syntax error, or too many parameters."},
      {"Count=ten", kMalformedInput, "\"ten\" is not a whole number, as Count must be."},
      {"Count=7.5", kMalformedInput, "\"7.5\" is not a whole number, as Count must be."},
      {"Count=%2B7", kMalformedInput, "\"+7\" is not a whole number, as Count must be."},
      {"Count=9223372036854775808", kMalformedInput,
       "\"9223372036854775808\" is not a whole number, as Count must be."},
      {"Entry.1.Count=x", kMalformedInput, "\"x\" is not a whole number, as Entry.1.Count must be."},
      {"Flag=True", kMalformedInput, "\"True\" is not true or false, as Flag must be."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.form);
    const auto read = ReadText(c.form);
    ASSERT_FALSE(read) << ToText(read->root);
    EXPECT_EQ(read.error().kind, &c.kind);
    EXPECT_EQ(read.error().message, c.why);
  }
}

TEST(QueryReaderTest, FieldsOfTheUrlComeBeforeThoseOfTheBody) {
  auto form = ReadForm("Text=url&Count=1", "Text=body&Flag=true");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->Find("Flag"), "true");
  EXPECT_EQ(form->Find("None"), "");
  const auto read = ReadQuery(std::move(*form), kSample);
  ASSERT_TRUE(read);
  EXPECT_EQ(ToText(read->root), R"({Text="url" Count=1 Flag=true})");
}

// --- Both -----------------------------------------------------------------------------------------------------------

// rule: hardening R14 lists without end are refused
TEST(ReaderTest, ElementsAreBounded) {
  std::string list = "{\"Names\":[\"\"";
  std::string map = "{\"Attributes\":{\"0\":\"\"";
  std::string form = "Name.0=a";
  for (std::size_t i = 1; i < kElementsMax; ++i) {
    list += ",\"\"";
    map += ",\"" + std::to_string(i) + "\":\"\"";
    form += "&Name." + std::to_string(i) + "=a";
  }
  EXPECT_TRUE(ReadJson(list + "]}", kSample));
  EXPECT_TRUE(ReadJson(map + "}}", kSample));
  EXPECT_TRUE(ReadText(form));
  EXPECT_EQ(ReadJson(list + ",\"\"]}", kSample).error().message, "A list or map has more than 4096 elements.");
  EXPECT_EQ(ReadJson(map + ",\"x\":\"\"}}", kSample).error().message, "A list or map has more than 4096 elements.");
  EXPECT_EQ(ReadText(form + "&a=b").error().kind, &kMalformedQueryString);
}

TEST(ReaderTest, TreeMovesWithItsText) {
  for (auto read : {ReadJson(R"({"Text":"a","Attributes":{"b":"c"}})", kSample),
                    ReadText("Text=a&Attribute.1.Name=b&Attribute.1.Value=c")}) {
    ASSERT_TRUE(read);
    const Parameters moved = std::move(*read);
    *read = Parameters();
    EXPECT_EQ(ToText(moved.root), R"({Text="a" Attributes={b="c"}})");
  }
}

}  // namespace
}  // namespace tests::aws
