// The index agrees with the naive reading of the specification, over random policies, messages and changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "hub/base/random.h"
#include "tests/topics/filters.h"
#include "tests/topics/naive_filter.h"

namespace topics {
namespace {

constexpr int kSeeds = 60;
constexpr int kRounds = 40;
constexpr int kMessagesPerRound = 3;
constexpr std::size_t kSubscriptionsMax = 40;

// Few names and few values, so that they meet.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return random_.Below(n); }
  bool OneIn(std::size_t n) { return random_.OneIn(n); }

  std::string Policy(FilterScope scope) { return OneIn(30) ? "{}" : Map(scope, 1, 1 + Below(3)); }

  std::string Body() { return OneIn(15) ? (OneIn(2) ? "[1]" : "{\"a\":") : Object(1); }

  // Attributes point into `texts`, which must not grow meanwhile.
  std::vector<hub::Attribute> Attributes(std::vector<std::string>& texts) {
    std::vector<hub::Attribute> attributes;
    for (const char* name : {"a", "b", "c", "n.a"}) {
      switch (Below(7)) {
        case 0: attributes.push_back({name, "Number", texts.emplace_back(Number())}); break;
        case 1: attributes.push_back({name, "String.Array", texts.emplace_back(List())}); break;
        case 2: attributes.push_back({name, "Binary", "x"}); break;
        case 3:
        case 4: attributes.push_back({name, "String", texts.emplace_back(Text())}); break;
        default: break;
      }
    }
    return attributes;
  }

 private:
  template <std::size_t N>
  std::string Pick(const char* const (&from)[N]) {
    return from[Below(N)];
  }

  std::string Quoted(const std::string& text) { return '"' + text + '"'; }
  std::string Text() { return Pick({"", "x", "X", "xy", "xyx", "yx", "Xy", "10.0.0.1", "10.0.1.7", "5", "true"}); }
  std::string Affix() { return Pick({"", "x", "X", "xy", "y", "10.0.", ".1"}); }
  std::string Number() { return Pick({"0", "1", "2", "2.0", "2.5", "-1", "1e1", "5"}); }
  std::string Name(FilterScope scope) {
    return scope == FilterScope::kMessageBody ? Pick({"a", "b", "c", "n", "n.a"}) : Pick({"a", "b", "c", "n.a"});
  }

  std::string Scalar() {
    switch (Below(8)) {
      case 0: return "null";
      case 1: return OneIn(2) ? "true" : "false";
      case 2:
      case 3: return Number();
      default: return Quoted(Text());
    }
  }

  std::string List() {
    std::string text = "[";
    const std::size_t size = OneIn(10) ? 12 : Below(4);  // Twelve are more than are kept unsorted.
    for (std::size_t i = 0; i < size; ++i) text += (i > 0 ? "," : "") + (OneIn(10) ? "[" + Scalar() + "]" : Scalar());
    return text + "]";
  }

  std::string Object(int depth) {
    std::string text = "{";
    for (const char* name : {"a", "b", "c", "n", "n.a"}) {
      if (OneIn(2)) continue;
      if (text.size() > 1) text += ",";
      text += Quoted(name) + ":";
      if (depth < 3 && OneIn(4)) {
        text += OneIn(3) ? "[" + Object(depth + 1) + "," + Object(depth + 1) + "]" : Object(depth + 1);
      } else {
        text += OneIn(4) ? List() : Scalar();
      }
    }
    return text + "}";
  }

  std::string Numeric() {
    switch (Below(3)) {
      case 0: return "[\"=\"," + Number() + "]";
      case 1: return "[\"" + Pick({"<", "<=", ">", ">="}) + "\"," + Number() + "]";
      default:
        return "[\"" + Pick({">", ">="}) + "\"," + Pick({"-1", "0", "1"}) + ",\"" + Pick({"<", "<="}) + "\"," +
               Pick({"2", "2.5", "10"}) + "]";
    }
  }

  std::string AnythingBut() {
    switch (Below(6)) {
      case 0: return Quoted(Text());
      case 1: return Number();
      case 2: return "{\"prefix\":" + Quoted(Affix()) + "}";
      case 3: return "{\"suffix\":" + Quoted(Affix()) + "}";
      case 4: return "{\"wildcard\":" + Quoted(Pick({"*", "x*", "*x", "x*x", "*y*"})) + "}";
      default: return "[" + Quoted(Text()) + "," + Quoted(Text()) + "," + Number() + "]";
    }
  }

  std::string Pattern() {
    switch (Below(16)) {
      case 0: return "{\"prefix\":" + Quoted(Affix()) + "}";
      case 1: return "{\"suffix\":" + Quoted(Affix()) + "}";
      case 2: return "{\"equals-ignore-case\":" + Quoted(Text()) + "}";
      case 3: return "{\"wildcard\":" + Quoted(Pick({"*", "x*", "*x", "x*x", "*y*", "1*.*.1"})) + "}";
      case 4: return "{\"cidr\":" + Quoted(Pick({"10.0.0.0/24", "10.0.0.0/23", "10.0.0.1/32", "0.0.0.0/0"})) + "}";
      case 5:
      case 6: return "{\"numeric\":" + Numeric() + "}";
      case 7:
      case 8: return "{\"anything-but\":" + AnythingBut() + "}";
      case 9:
      case 10: return std::string("{\"exists\":") + (OneIn(2) ? "true}" : "false}");
      default: return Scalar();
    }
  }

  std::string Patterns() {
    std::string text = "[" + Pattern();
    while (OneIn(2)) text += "," + Pattern();
    return text + "]";
  }

  std::string Map(FilterScope scope, int depth, std::size_t keys) {
    std::map<std::string, std::string> members;
    for (std::size_t i = 0; i < keys; ++i) {
      const std::string name = Name(scope);
      if (depth < 3 && OneIn(6)) {
        members["$or"] = "[" + Map(scope, depth + 1, 1 + Below(2)) + "," + Map(scope, depth + 1, 1 + Below(2)) + "]";
      } else if (scope == FilterScope::kMessageBody && depth < 3 && OneIn(5)) {
        members[name] = Map(scope, depth + 1, 1 + Below(2));
      } else {
        members[name] = Patterns();
      }
    }
    std::string text = "{";
    for (const auto& [name, value] : members) text += (text.size() > 1 ? "," : "") + Quoted(name) + ":" + value;
    return text + "}";
  }

  hub::Random random_;
};

struct Tally {
  std::size_t pairs = 0;
  std::size_t reached = 0;
  std::size_t policies = 0;
  std::size_t refused = 0;
};

class Trial {
 public:
  Trial(std::uint64_t seed, Tally& tally) : generator_(seed), tally_(tally) {}

  void ChangeSomething() {
    const SubscriptionId id = generator_.Below(kSubscriptionsMax);
    if (generator_.OneIn(3)) {
      EXPECT_EQ(topic_.Unsubscribe(id), policies_.erase(id) > 0);
      return;
    }
    const FilterScope scope = generator_.OneIn(2) ? kAttributes : kBody;
    const std::string text = generator_.Policy(scope);
    ++tally_.policies;
    if (!Parse(text, scope)) {
      ++tally_.refused;
      return;
    }
    topic_.Subscribe(Filtered(id, text, scope));
    policies_.insert_or_assign(id, std::pair(Json(text), scope));
  }

  void RouteSomething() {
    const std::string body = generator_.Body();
    std::vector<std::string> texts;
    texts.reserve(8);
    const hub::Message message{.body = body, .attributes = generator_.Attributes(texts)};
    const naive::Facts attributes = naive::FactsOfAttributes(message);
    const naive::Facts leaves = naive::FactsOfBody(message);
    std::vector<SubscriptionId> expected;
    std::string trace = "body " + body + "\n";
    for (const auto& a : message.attributes) {
      trace.append(a.name).append(" ").append(a.type).append(" ").append(a.value).append("\n");
    }
    for (const auto& [id, policy] : policies_) {
      trace += std::to_string(id) + " " + hub::ToJson(policy.first) + "\n";
      if (naive::Satisfies(policy.first, policy.second == kBody ? leaves : attributes)) expected.push_back(id);
    }
    tally_.pairs += policies_.size();
    tally_.reached += expected.size();
    ASSERT_THAT(Reached(topic_, message), ::testing::UnorderedElementsAreArray(expected)) << trace;
  }

 private:
  Generator generator_;
  Tally& tally_;
  Topic topic_;
  std::map<SubscriptionId, std::pair<hub::Node, FilterScope>> policies_;
};

TEST(FilterPropertyTest, TheIndexAgreesWithTheNaiveReading) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Trial trial(seed, tally);
    for (int round = 0; round < kRounds; ++round) {
      for (int change = 0; change < 4; ++change) trial.ChangeSomething();
      for (int message = 0; message < kMessagesPerRound; ++message) trial.RouteSomething();
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(tally.pairs, 100'000u);
  EXPECT_GT(tally.reached, tally.pairs / 20) << "hardly anything is ever reached: a poor test";
  EXPECT_LT(tally.reached, tally.pairs / 2);
  EXPECT_LT(tally.refused, tally.policies / 10);
}

}  // namespace
}  // namespace topics
