#include "topics/pattern.h"

#include <algorithm>
#include <string_view>

namespace topics {
namespace {

bool EqualsLowered(std::string_view lowered, std::string_view text) {
  if (lowered.size() != text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lowered[i]) return false;
  }
  return true;
}

// Each sees values that are not null, except EqualsNull.
struct Matcher {
  const Value& value;

  bool operator()(const EqualsString& p) const { return value.IsString() && value.text == p.text; }
  bool operator()(const EqualsNumber& p) const { return value.IsNumber() && value.number == p.number; }
  bool operator()(const EqualsBool& p) const {
    return value.kind == (p.truth ? Value::Kind::kTrue : Value::Kind::kFalse);
  }
  bool operator()(const EqualsNull&) const { return value.IsNull(); }
  bool operator()(const HasPrefix& p) const { return value.IsString() && value.text.starts_with(p.text); }
  bool operator()(const HasSuffix& p) const { return value.IsString() && value.text.ends_with(p.text); }
  bool operator()(const EqualsIgnoreCase& p) const { return value.IsString() && EqualsLowered(p.lowered, value.text); }
  bool operator()(const Wildcard& p) const { return value.IsString() && p.Matches(value.text); }
  bool operator()(const InRange& p) const {
    return value.IsNumber() && p.low <= value.number && value.number <= p.high;
  }
  bool operator()(const InBlock& p) const {
    if (!value.IsString()) return false;
    const std::optional<Address> address = ParseAddress(value.text);
    return address && Contains(p.block, *address);
  }
  bool operator()(const AnythingBut& p) const {
    if (value.IsString()) return !std::binary_search(p.strings.begin(), p.strings.end(), value.text);
    if (value.IsNumber()) return !std::binary_search(p.numbers.begin(), p.numbers.end(), value.number);
    return true;
  }
  bool operator()(const AnythingButPrefix& p) const { return !value.IsString() || !value.text.starts_with(p.text); }
  bool operator()(const AnythingButSuffix& p) const { return !value.IsString() || !value.text.ends_with(p.text); }
  bool operator()(const AnythingButWildcard& p) const { return !value.IsString() || !p.wildcard.Matches(value.text); }
  bool operator()(const Exists& p) const { return p.present; }
};

}  // namespace

bool Matches(const Pattern& pattern, const Value& value) {
  if (value.IsNull()) return std::holds_alternative<EqualsNull>(pattern);
  return std::visit(Matcher{value}, pattern);
}

bool IsBroad(const Pattern& pattern) {
  return std::holds_alternative<AnythingBut>(pattern) || std::holds_alternative<AnythingButPrefix>(pattern) ||
         std::holds_alternative<AnythingButSuffix>(pattern) || std::holds_alternative<AnythingButWildcard>(pattern) ||
         std::holds_alternative<Exists>(pattern);
}

}  // namespace topics
