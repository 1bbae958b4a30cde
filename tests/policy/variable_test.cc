#include "hub/base/random.h"
#include "tests/policy/support.h"

namespace hub::policy {
namespace {

bool AllowsResource(std::string_view resource_pattern, std::string_view resource, const Context& context,
                    std::string_view version = "2012-10-17") {
  return Allows(R"({"Effect":"Allow","Action":"*","Resource":")" + std::string(resource_pattern) + "\"}",
                "sqs:SendMessage", resource, context, version);
}

// rule: policies 1.3 variables in resources and in values of strings and ARNs; defaults and escapes
TEST(PolicyVariableTest, VariablesStandForTheValueOfTheirKey) {
  const Context context = ContextOf({{"a:name", "bob"}, {"a:star", "*"}, {"aws:SourceArn", kOrders}});
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } cases[] = {
      {"${aws:username}", "alice", true},
      {"${AWS:USERNAME}", "alice", true},
      {"${aws:username}", "bob", false},
      {"in-${a:name}-*", "in-bob-1", true},
      {"in-${a:name}-*", "in-eve-1", false},
      {"*-${a:name}", "in-bob", true},
      {"${a:name}${a:name}", "bobbob", true},
      {"${a:none, 'eve'}", "eve", true},
      {"${a:none,'eve'}", "eve", true},
      {"${a:name, 'eve'}", "eve", false},
      {"${a:none, '}'}", "}", true},
      {"${a:none, ''}x", "x", true},
      {"${a:none}", "${a:none}", false},
      {"${*}", "*", true},
      {"${*}", "x", false},
      {"${?}", "?", true},
      {"${?}", "x", false},
      {"${$}{aws:username}", "${aws:username}", true},
      {"$x{}", "$x{}", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.pattern) + " and " + c.name);
    const std::string resource = "arn:aws:sqs:eu-central-1:222222222222:" + std::string(c.name);
    EXPECT_EQ(AllowsResource("arn:aws:sqs:*:*:" + std::string(c.pattern), resource, context), c.matches);
    Context with_value = context;
    with_value.Set("a:value", c.name);
    EXPECT_EQ(Holds(R"({"StringLike":{"a:value":")" + std::string(c.pattern) + "\"}}", with_value), c.matches);
  }
  EXPECT_TRUE(Holds(R"({"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:111111111111:${a:topic, 'orders'}"}})", context));
  EXPECT_TRUE(Holds(R"({"ArnEquals":{"aws:SourceArn":"${aws:SourceArn}"}})", context));
  EXPECT_TRUE(Holds(R"({"StringEqualsIgnoreCase":{"a:name":"${a:none, 'BOB'}"}})", context));
}

// rule: policies 1.1 under 2008-10-17 ${...} is literal text
TEST(PolicyVariableTest, TheOldVersionKnowsNoVariables) {
  const std::string_view resource = "arn:aws:sqs:eu-central-1:222222222222:alice";
  EXPECT_TRUE(AllowsResource("arn:aws:sqs:*:*:${aws:username}", resource, {}));
  EXPECT_FALSE(AllowsResource("arn:aws:sqs:*:*:${aws:username}", resource, {}, "2008-10-17"));
  EXPECT_TRUE(
      Holds(R"({"StringEquals":{"a:b":"${aws:username}"}})", ContextOf({{"a:b", "${aws:username}"}}), "2008-10-17"));
  EXPECT_TRUE(Holds(R"({"StringEquals":{"a:b":"${"}})", ContextOf({{"a:b", "${"}}), "2008-10-17"));
}

// rule: policies 1.3 an absent or multi-valued variable makes its value match nothing; negated operators then match
TEST(PolicyVariableTest, AVariableWithoutOneValueMatchesNothing) {
  const std::vector<std::string_view> two = {"x", "y"};
  Context several = ContextOf({{"a:b", "x"}});
  several.SetList("a:v", two);
  for (const Context& context : {ContextOf({{"a:b", "x"}}), several}) {
    EXPECT_FALSE(Holds(R"({"StringLike":{"a:b":"*${a:v}*"}})", context));
    EXPECT_TRUE(Holds(R"({"StringNotLike":{"a:b":"*${a:v}*"}})", context));
    EXPECT_TRUE(Holds(R"({"StringLike":{"a:b":["${a:v}","x"]}})", context));
    EXPECT_FALSE(AllowsResource("arn:aws:sqs:*:*:*${a:v}*", kBilling, context));
  }
  // A default helps when the key is absent, not when it holds several values.
  EXPECT_TRUE(Holds(R"({"StringEquals":{"a:b":"${a:v, 'x'}"}})", ContextOf({{"a:b", "x"}})));
  EXPECT_FALSE(Holds(R"({"StringEquals":{"a:b":"${a:v, 'x'}"}})", several));
  // Of an anonymous or service caller there is no user name.
  const std::string queue =
      R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sqs:*:*:${aws:username}*"})";
  Policies policies;
  policies.SetResource(kBilling, {PolicyFrom(Document(queue), Role::kResource)});
  const Context none;
  const Principal anonymous = Anonymous();
  EXPECT_FALSE(policies.Decide({anonymous, "sqs:SendMessage", kBilling, kBank, none}).allowed);
}

std::string RandomText(Random& random, std::string_view alphabet, std::size_t size_max) {
  std::string text(random.Below(size_max + 1), ' ');
  for (char& c : text) c = alphabet[random.Below(alphabet.size())];
  return text;
}

// The pattern that the substitution stands for, every wildcard of the caller's escaped.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '$') {
      escaped.append("${").append(1, c).append("}");
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

// rule: policies 1.3 substituted text is literal: * and ? of a caller are no wildcards (CVE-2017-7650, CVE-2026-44838)
TEST(PolicyVariableTest, WhatACallerBringsAlongNeverActsAsAWildcard) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const std::string value = RandomText(random, "*?$ab:", 4);
    const std::string before = RandomText(random, "*?ab", 2);
    const std::string after = RandomText(random, "*?ab", 2);
    const std::string target = RandomText(random, "*?$ab:", 6);
    const std::string with_variable = before + "${a:caller}" + after;
    const std::string with_text = before + Escaped(value) + after;
    const Context context = ContextOf({{"a:caller", value}, {"a:target", target}});
    const auto like = [&](const std::string& pattern) {
      return Holds(R"({"StringLike":{"a:target":")" + pattern + "\"}}", context);
    };
    EXPECT_EQ(like(with_variable), like(with_text));
    // Alone, it matches exactly itself, whatever it is made of.
    EXPECT_EQ(like("${a:caller}"), value == target);
    const std::string arn = "arn:aws:sqs:r:222222222222:";
    EXPECT_EQ(AllowsResource(arn + "${a:caller}", arn + target, context), value == target);
    EXPECT_EQ(Holds(R"({"ArnLike":{"a:arn":"arn:aws:sns:r:${a:caller}:x"}})",
                    [&] {
                      Context c = context;
                      c.Set("a:arn", "arn:aws:sns:r:b:x");
                      return c;
                    }()),
              value == "b");
  }
}

// A matcher too simple to be wrong, exponential, for short texts only.
bool Slow(std::string_view pattern, std::string_view text, bool segments) {
  if (pattern.empty()) return text.empty();
  const char p = pattern.front();
  const std::string_view rest = pattern.substr(1);
  if (p == '*') {
    if (Slow(rest, text, segments)) return true;
    const bool runs_on = !segments || rest.empty() || rest.front() == ':';
    return !text.empty() && (runs_on || text.front() != ':') && Slow(pattern, text.substr(1), segments);
  }
  if (text.empty() || (p == '?' ? segments && text.front() == ':' : p != text.front())) return false;
  return Slow(rest, text.substr(1), segments);
}

TEST(PolicyVariableTest, WildcardsMatchWhatASimpleMatcherSays) {
  const Principal nobody;
  const Context context;
  const Request request{nobody, "sqs:SendMessage", kBilling, kBank, context};
  for (std::uint64_t seed = 1; seed <= 50'000; ++seed) {
    Random random(seed);
    const std::string pattern = RandomText(random, "**?ab::", 8);
    const std::string text = RandomText(random, "aab:", 10);
    for (const bool segments : {false, true}) {
      const auto wildcards = segments ? Syntax::Wildcards::kSegments : Syntax::Wildcards::kAny;
      const auto compiled = Pattern::Parse(pattern, {.wildcards = wildcards});
      ASSERT_TRUE(compiled);
      ASSERT_EQ(compiled->Matches(text, request), Slow(pattern, text, segments))
          << "seed " << seed << ": " << pattern << " and " << text;
    }
  }
}

}  // namespace
}  // namespace hub::policy
