#include "hub/base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_map>

#include "hub/base/limits.h"

namespace hub {
namespace {

namespace ondemand = simdjson::ondemand;

// The text is read as the only element of a list: simdjson treats a scalar at the root differently from all others.
class JsonReader {
 public:
  JsonReader(std::string_view text, std::string_view origin, bool lenient)
      : padded_("[" + std::string(text) + "]"), lenient_(lenient) {
    if (!origin.empty()) file_ = std::make_shared<const std::string>(origin);
  }

  Result<Node> Read() {
    ondemand::document document;
    ondemand::array array;
    if (parser_.iterate(padded_).get(document) || document.get_array().get(array)) return Malformed();
    Node root;
    std::size_t count = 0;
    for (auto element : array) {
      ondemand::value value;
      if (++count > 1 || element.get(value)) return Malformed();
      if (!ReadValue(value, root, 1)) return Malformed();
    }
    // At the very end there is no location left to ask for.
    if (count != 1 || document.current_location().error() != simdjson::OUT_OF_BOUNDS) return Malformed();
    return root;
  }

 private:
  tl::unexpected<Error> Malformed() {
    if (problem_.empty()) problem_ = "This is not JSON.";
    const std::string place = place_.ToString();
    return Fail(Code::kInvalidArgument, (place.empty() ? "" : place + ": ") + problem_);
  }

  bool Problem(std::string text) {
    problem_ = std::move(text);
    return false;
  }

  Place PlaceOf(const char* at) {
    const char* begin = padded_.data();
    if (at < seen_) seen_ = begin, line_begin_ = begin, line_ = 1;
    for (; seen_ < at; ++seen_) {
      if (*seen_ == '\n') ++line_, line_begin_ = seen_ + 1;
    }
    const auto column = static_cast<std::uint32_t>(at - line_begin_) + (line_ == 1 ? 0 : 1);
    return {.file = file_, .line = line_, .column = column};
  }

  bool ReadValue(ondemand::value& value, Node& node, std::size_t depth) {
    if (depth > kDocumentDepthMax) {
      return Problem("This is nested deeper than " + std::to_string(kDocumentDepthMax) + " levels.");
    }
    const char* at = nullptr;
    if (value.current_location().get(at)) return false;
    place_ = node.place = PlaceOf(at);
    ondemand::json_type type;
    if (value.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::array: return ReadList(value, node, depth);
      case ondemand::json_type::object: return ReadMap(value, node, depth);
      case ondemand::json_type::string: return ReadString(value, node);
      case ondemand::json_type::number: return ReadNumber(value, node);
      case ondemand::json_type::boolean: return ReadBool(value, node);
      case ondemand::json_type::null: return ReadNull(value);
    }
    return false;
  }

  bool ReadList(ondemand::value& value, Node& node, std::size_t depth) {
    node.kind = Node::Kind::kList;
    ondemand::array array;
    if (value.get_array().get(array)) return false;
    for (auto element : array) {
      ondemand::value item;
      if (element.get(item) || !ReadValue(item, node.items.emplace_back(), depth + 1)) return false;
    }
    return true;
  }

  bool ReadMap(ondemand::value& value, Node& node, std::size_t depth) {
    node.kind = Node::Kind::kMap;
    ondemand::object object;
    if (value.get_object().get(object)) return false;
    std::unordered_map<std::string, std::size_t> keys;  // And where their members are.
    for (auto&& element : object) {
      ondemand::field field;
      if (std::move(element).get(field)) return false;
      const char* raw_key = field.key().raw();
      std::string_view key;
      if (field.unescaped_key().get(key)) return false;
      Member member{.key = std::string(key), .key_place = PlaceOf(raw_key - 1), .value = {}};
      const auto [known, is_new] = keys.emplace(member.key, node.members.size());
      if (!is_new && !lenient_) {
        place_ = member.key_place;
        return Problem("The key \"" + member.key + "\" appears twice.");
      }
      ondemand::value member_value = field.value();
      if (!ReadValue(member_value, member.value, depth + 1)) return false;
      if (is_new) {
        node.members.push_back(std::move(member));
      } else {
        node.members[known->second] = std::move(member);
      }
    }
    return true;
  }

  static bool ReadString(ondemand::value& value, Node& node) {
    std::string_view text;
    if (value.get_string().get(text)) return false;
    node.kind = Node::Kind::kString;
    node.text = text;
    return true;
  }

  static bool ReadNumber(ondemand::value& value, Node& node) {
    std::string_view token = value.raw_json_token();
    while (!token.empty() && std::string_view(" \t\r\n").find(token.back()) != std::string_view::npos) {
      token.remove_suffix(1);
    }
    double ignored = 0;
    if (value.get_double().get(ignored)) return false;
    node.kind = Node::Kind::kNumber;
    node.text = token;
    return true;
  }

  static bool ReadNull(ondemand::value& value) {
    bool null = false;
    return !value.is_null().get(null) && null;
  }

  static bool ReadBool(ondemand::value& value, Node& node) {
    bool truth = false;
    if (value.get_bool().get(truth)) return false;
    node.kind = Node::Kind::kBool;
    node.text = truth ? "true" : "false";
    return true;
  }

  simdjson::padded_string padded_;
  bool lenient_;
  ondemand::parser parser_;
  std::shared_ptr<const std::string> file_;
  const char* seen_ = padded_.data();
  const char* line_begin_ = padded_.data();
  std::uint32_t line_ = 1;
  Place place_;
  std::string problem_;
};

}  // namespace

bool IsUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

namespace {

Result<Node> Parse(std::string_view text, std::string_view origin, std::size_t bytes_max, bool lenient) {
  if (text.size() > bytes_max) {
    return Fail(Code::kInvalidArgument, "A document may have at most " + std::to_string(bytes_max) + " bytes.");
  }
  return JsonReader(text, origin, lenient).Read();
}

}  // namespace

Result<Node> ParseJson(std::string_view text, std::string_view origin, std::size_t bytes_max) {
  return Parse(text, origin, bytes_max, /*lenient=*/false);
}

Result<Node> ParseLenientJson(std::string_view text, std::size_t bytes_max) {
  return Parse(text, "", bytes_max, /*lenient=*/true);
}

}  // namespace hub
