#include <algorithm>
#include <charconv>
#include <span>

#include "adapters/aws/reader.h"
#include "hub/base/json.h"

namespace adapters::aws {
namespace {

using FormField = std::pair<std::string_view, std::string_view>;
using Fields = std::span<const FormField>;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends `text` decoded. False when an escape is broken.
bool Decode(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return true;
}

bool AddFields(std::string_view part, Form& form) {
  while (!part.empty()) {
    const std::size_t end = std::min(part.find('&'), part.size());
    const std::string_view field = part.substr(0, end);
    part.remove_prefix(std::min(end + 1, part.size()));
    if (field.empty()) continue;
    if (form.fields.size() == kElementsMax) return false;
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::size_t name = form.text.size();
    if (!Decode(field.substr(0, equals), form.text)) return false;
    const std::size_t value = form.text.size();
    if (!Decode(field.substr(std::min(equals + 1, field.size())), form.text)) return false;
    const std::string_view all = form.text;  // Reserved: it does not move.
    form.fields.emplace_back(all.substr(name, value - name), all.substr(value));
    // Each for itself: half a character at the end of one may be completed by the next.
    if (!hub::IsUtf8(form.fields.back().first) || !hub::IsUtf8(form.fields.back().second)) return false;
  }
  return true;
}

// Builds the tree of a shape from the fields, sorted by name.
class Converter {
 public:
  explicit Converter(Fields fields) : fields_(fields) {}

  Result<Value> Struct(const std::string& prefix, const Shape& shape) {
    Value value;
    value.kind = Value::Kind::kMap;
    for (const Field& field : shape.fields) {
      auto member = Member(prefix + std::string(field.query.empty() ? field.name : field.query), field);
      if (!member) return member;
      if (member->kind != Value::Kind::kNull) value.members.push_back({field.name, std::move(*member)});
    }
    return value;
  }

 private:
  // All fields whose names begin with `prefix`: they lie together.
  Fields Under(const std::string& prefix) const {
    const auto from = std::lower_bound(fields_.begin(), fields_.end(), prefix,
                                       [](const FormField& field, const std::string& p) { return field.first < p; });
    const auto to = std::find_if(from, fields_.end(), [&](const FormField& f) { return !f.first.starts_with(prefix); });
    return fields_.subspan(static_cast<std::size_t>(from - fields_.begin()), static_cast<std::size_t>(to - from));
  }

  const FormField* Exactly(const std::string& name) const {
    const auto found = std::lower_bound(fields_.begin(), fields_.end(), name,
                                        [](const FormField& field, const std::string& n) { return field.first < n; });
    return found != fields_.end() && found->first == name ? &*found : nullptr;
  }

  // The numbers N of "prefix.N" and "prefix.N.more", ascending.
  std::vector<std::uint32_t> Indices(const std::string& prefix) const {
    std::vector<std::uint32_t> indices;
    for (const auto& [name, text] : Under(prefix + ".")) {
      const std::string_view rest = name.substr(prefix.size() + 1);
      std::uint32_t index = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
      if (error != std::errc{} || (end != rest.data() + rest.size() && *end != '.')) continue;
      if (std::to_string(index).size() != static_cast<std::size_t>(end - rest.data())) continue;  // "01"
      indices.push_back(index);
    }
    std::sort(indices.begin(), indices.end());
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
    return indices;
  }

  Result<Value> Member(const std::string& name, const Field& field) {
    switch (field.type) {
      case Type::kText:
      case Type::kBlob: return Text(name);
      case Type::kInteger: return Integer(name);
      case Type::kBoolean: return Boolean(name);
      case Type::kStruct: return Under(name + ".").empty() ? Value() : Struct(name + ".", *field.of);
      case Type::kTextList: return TextList(name);
      case Type::kStructList: return List(name, [&](const std::string& item) { return Struct(item + ".", *field.of); });
      case Type::kTextMap: return Map(name, field, [this](const std::string& item) { return Text(item); });
      case Type::kStructMap:
        return Map(name, field, [&](const std::string& item) { return Struct(item + ".", *field.of); });
    }
    return Value();
  }

  Result<Value> Text(const std::string& name) const {
    const FormField* field = Exactly(name);
    return field ? Value::OfText(field->second) : Value();
  }

  Result<Value> Integer(const std::string& name) const {
    const FormField* field = Exactly(name);
    if (!field || field->second.empty()) return Value();
    std::int64_t number = 0;
    const std::string_view text = field->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return Fail(kMalformedInput, "\"" + std::string(text) + "\" is not a whole number, as " + name + " must be.");
    }
    Value value = Value::OfText(text);
    value.kind = Value::Kind::kNumber;
    return value;
  }

  Result<Value> Boolean(const std::string& name) const {
    const FormField* field = Exactly(name);
    if (!field || field->second.empty()) return Value();
    if (field->second != "true" && field->second != "false") {
      return Fail(kMalformedInput,
                  "\"" + std::string(field->second) + "\" is not true or false, as " + name + " must be.");
    }
    Value value = Value::OfText(field->second);
    value.kind = Value::Kind::kBool;
    return value;
  }

  // A list of one may do without a number.
  Result<Value> TextList(const std::string& name) {
    const FormField* alone = Exactly(name);
    auto list = List(name, [this](const std::string& item) { return Text(item); });
    if (!alone || !list || list->kind != Value::Kind::kNull) return list;
    list->kind = Value::Kind::kList;
    list->items.push_back(Value::OfText(alone->second));
    return list;
  }

  template <typename Convert>
  Result<Value> List(const std::string& name, Convert convert) {
    Value value;
    value.kind = Value::Kind::kList;
    for (const std::uint32_t index : Indices(name)) {
      auto item = convert(name + "." + std::to_string(index));
      if (!item) return item;
      if (item->kind != Value::Kind::kNull) value.items.push_back(std::move(*item));
    }
    return value.items.empty() ? Value() : value;
  }

  template <typename Convert>
  Result<Value> Map(const std::string& name, const Field& field, Convert convert) {
    Value value;
    value.kind = Value::Kind::kMap;
    std::vector<std::string> entries;
    for (const std::uint32_t index : Indices(name)) entries.push_back(name + "." + std::to_string(index) + ".");
    if (entries.empty()) entries.push_back(name + ".");  // One alone may do without a number.
    for (const std::string& entry : entries) {
      const FormField* key = Exactly(entry + std::string(field.key));
      if (!key) continue;
      auto item = convert(entry + std::string(field.value));
      if (!item) return item;
      if (item->kind == Value::Kind::kNull) *item = Value::OfText("");
      value.members.push_back({key->second, std::move(*item)});
    }
    return value.members.empty() ? Value() : value;
  }

  Fields fields_;
};

}  // namespace

std::string_view Form::Find(std::string_view name) const {
  for (const auto& [known, value] : fields) {
    if (known == name) return value;
  }
  return {};
}

Result<Form> ReadForm(std::string_view query, std::string_view body) {
  Form form;
  form.text.reserve(std::max(query.size() + body.size(), kTextBytesMin));
  if (!AddFields(query, form) || !AddFields(body, form)) {
    return Fail(kMalformedQueryString, "The query string contains a syntax error, or too many parameters.");
  }
  return form;
}

Result<Parameters> ReadQuery(Form form, const Shape& shape) {
  // Of a name that comes twice the first counts.
  std::stable_sort(form.fields.begin(), form.fields.end(),
                   [](const FormField& a, const FormField& b) { return a.first < b.first; });
  auto root = Converter(form.fields).Struct("", shape);
  if (!root) return tl::unexpected(root.error());
  return Parameters{.root = std::move(*root), .text = std::move(form.text)};
}

}  // namespace adapters::aws
