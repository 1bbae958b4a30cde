#include "adapters/yaml/yaml.h"

#include <gtest/gtest.h>

#include <string>

#include "hub/base/limits.h"

namespace adapters::yaml {
namespace {

std::string Read(const std::string& text) {
  const auto node = ParseYaml(text, "f.yaml");
  return node ? hub::ToJson(*node) : node.error().message;
}

TEST(YamlTest, ReadsAsJsonWould) {
  // clang-format off
  const struct {
    const char* why;
    const char* text;
    const char* json;
  } cases[] = {
      {"nothing",                         "",                                   "null"},
      {"only a comment",                  "# nothing\n",                        "null"},
      {"a map, in order",                 "b: 1\na: two\n",                     R"({"b":1,"a":"two"})"},
      {"a list",                          "- a\n- [b, c]\n",                    R"(["a",["b","c"]])"},
      {"a value left out",                "a:\nb: ~\nc: null",                  R"({"a":null,"b":null,"c":null})"},
      {"booleans of the core schema",     "[true, False, TRUE, yes, on]",       R"([true,false,true,"yes","on"])"},
      {"numbers",                         "[0, -1, 1.50, 2e3, 12345678901234567890]",
                                                                                "[0,-1,1.50,2e3,12345678901234567890]"},
      {"what JSON would not write",       "[007, +1, .5, 0x1F, 1e999, 1_000, 2012-10-17]",
                                                          R"(["007","+1",".5","0x1F","1e999","1_000","2012-10-17"])"},
      {"an account id keeps its text",    "id: 000000000000",                   R"({"id":"000000000000"})"},
      {"quoted is text",                  "['1', \"true\", 'null', '']",        R"(["1","true","null",""])"},
      {"block text",                      "a: |\n  one\n  two\n",               R"({"a":"one\ntwo\n"})"},
      {"a wildcard inside a word",        "[sqs:*, \"*\", arn:aws:sqs:*:1:q]",  R"(["sqs:*","*","arn:aws:sqs:*:1:q"])"},
      {"JSON inside YAML",                "p: {\"a\":[1,\"x\"],\"b\":{}}",      R"({"p":{"a":[1,"x"],"b":{}}})"},
      {"keys of any scalar",              "111111111111: a\ntrue: b\n",         R"({"111111111111":"a","true":"b"})"},
      {"a quoted << is a key",            "'<<': a",                            R"({"<<":"a"})"},
      {"one document with its mark",      "---\na: 1\n...\n",                   R"({"a":1})"},
      {"a byte order mark",               "\xef\xbb\xbf" "a: 1",                R"({"a":1})"},
      {"JSON with a surrogate pair",      R"({"a":"\ud83d\ude00","b":"\/"})",   "{\"a\":\"\xf0\x9f\x98\x80\",\"b\":\"/\"}"},
      {"JSON indented with tabs",         "{\n\t\"a\": [\n\t\t1\n\t]\n}",       R"({"a":[1]})"},
      {"flow that is not JSON",           "{a: 1, b: [x]}",                     R"({"a":1,"b":["x"]})"},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Read(c.text), c.json);
  }
}

TEST(YamlTest, EachMistakeNamesItsPlaceAndRemedy) {
  // clang-format off
  const struct {
    const char* text;
    const char* mistake;
  } cases[] = {
      {"a:\n  Action: *\n",        "f.yaml:2:11: * starts a YAML alias. Write \"*\"."},
      {"a: [x, *]",                "f.yaml:1:8: * starts a YAML alias. Write \"*\"."},
      {"a: *orders-eu\n",          "f.yaml:1:4: * starts a YAML alias. Write \"*orders-eu\"."},
      {"a: &x 1\nb: *x\n",         "f.yaml:1:4: & starts a YAML anchor. Write the value without it, or in quotes."},
      {"a: &\n",                   "f.yaml:1:5: & starts a YAML anchor. Write the value without it, or in quotes."},
      {"a: !!str 1\n",             "f.yaml:1:4: ! starts a YAML tag. Write the value without it, or in quotes."},
      {"a: !x [1]\n",              "f.yaml:1:4: ! starts a YAML tag. Write the value without it, or in quotes."},
      {"a: {}\n<<: {b: 1}\n",      "f.yaml:2:1: << is a YAML merge key. Write the keys out in full."},
      {"a: 1\nb: 2\na: 3\n",       "f.yaml:3:1: The key \"a\" appears twice. Keep one of them."},
      {"{\"a\": 1, \"a\": 2}",     "f.yaml:1:10: The key \"a\" appears twice. Keep one of them."},
      {"a: 1\n---\nb: 1\n",        "f.yaml:2:1: A second document begins here. Keep one document in a file."},
      {"? [a]\n: 1\n",             "f.yaml:1:3: A key has to be text, not a list or a map."},
      {"~: 1\n",                   "f.yaml:1:1: A key has to be text. Write one, in quotes if it is empty."},
      {"a:\n\tb: 1\n",             "f.yaml:2:1: A tab indents this line. Use spaces."},
      {"a: {b: 1\n",               "f.yaml:2:1: A map is never closed. Add the missing }."},
      {"a: [b, 1\n",               "f.yaml:2:1: A list is never closed. Add the missing ]."},
      {"a: ]\n",                   "f.yaml:1:4: This closes something that was never opened. Take it away."},
      {"a: \"b\n",                 "f.yaml:1:4: A quoted text is never closed. Add the missing quote."},
      {"a: b: c\n",  "f.yaml:1:5: A key cannot stand here. Check the indentation, or put the text in quotes."},
      {"a: 1\n- b\n", "f.yaml:2:1: This line does not fit the map around it. Check its indentation and the colon."},
      {"a: \"\\ud83d\\ude00\"\n",  "f.yaml:1:11: This escape is half of a character. Write the character itself."},
      {"a: @x\n", "f.yaml:1:4: This is not YAML (unknown token). Check the indentation, the colons and the quotes."},
      {"a: 1\nb: \x04\nc: 1\n",
       "f.yaml:2:4: A control character stands here. Take it away, or write it as an escape in double quotes."},
      {"a: 1\nb: \xff\n",          "f.yaml:2:1: This line is not UTF-8. Save the file as UTF-8."},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(Read(c.text), c.mistake);
  }
}

TEST(YamlTest, EveryKeyAndValueKnowsItsPlace) {
  const auto root = ParseYaml("a:\n  b: [x, 'y']\nc: {d: 1}\n", "f.yaml");
  ASSERT_TRUE(root);
  const hub::Node& list = *root->Find("a")->Find("b");
  EXPECT_EQ(root->members[0].key_place.ToString(), "f.yaml:1:1");
  EXPECT_EQ(root->Find("a")->members[0].key_place.ToString(), "f.yaml:2:3");
  EXPECT_EQ(list.place.ToString(), "f.yaml:2:6");
  EXPECT_EQ(list.items[1].place.ToString(), "f.yaml:2:10");
  EXPECT_EQ(root->Find("c")->Find("d")->place.ToString(), "f.yaml:3:8");
}

// rule: hardening 3 parser bombs: aliases, depth, size
TEST(YamlTest, BombsAreRefused) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + "]\n";
  }
  EXPECT_EQ(Read(laughs), "f.yaml:1:5: & starts a YAML anchor. Write the value without it, or in quotes.");

  EXPECT_EQ(Read(std::string(64, '[') + std::string(64, ']')).size(), 128u);
  const std::string deep = "f.yaml:1:65: This is nested deeper than 64 levels.";
  EXPECT_EQ(Read(std::string(65, '[') + std::string(65, ']')), deep);
  EXPECT_FALSE(ParseYaml(std::string(500'000, '['), "f.yaml"));
  EXPECT_FALSE(ParseYaml(std::string(500'000, '{'), "f.yaml"));
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) dashes += "- ";
  EXPECT_EQ(Read(dashes), "f.yaml:1:129: This is nested deeper than 64 levels.");

  EXPECT_EQ(Read(std::string(hub::kDocumentBytesMax + 1, ' ')),
            "f.yaml: This has more than 1048576 bytes. Keep it within that.");
}

}  // namespace
}  // namespace adapters::yaml
