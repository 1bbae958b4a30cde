#include "topics/message_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>

#include "hub/base/limits.h"

namespace topics {
namespace {

namespace ondemand = simdjson::ondemand;

// Deeper, a body is not JSON: what simdjson itself takes.
constexpr std::size_t kBodyDepthMax = 1000;

constexpr std::size_t kEscapeBytes = 6;  // Of \uXXXX.

// The UTF-16 unit that an escape at `at` stands for, or nothing.
std::optional<std::uint32_t> UnitAt(std::string_view text, std::size_t at) {
  if (at + kEscapeBytes > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  const char* end = text.data() + at + kEscapeBytes;
  const auto [rest, error] = std::from_chars(text.data() + at + 2, end, unit, 16);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return unit;
}

// JSON may have escapes of half a surrogate pair, which no text in UTF-8 can hold: they become U+FFFD.
void MendHalfPairs(std::string& text) {
  for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const auto unit = UnitAt(text, at);
    if (!unit) {
      at = std::min(at + 2, text.size());
      continue;
    }
    const auto next = UnitAt(text, at + kEscapeBytes);
    const bool is_pair = *unit >> 10 == 0xD800 >> 10 && next && *next >> 10 == 0xDC00 >> 10;
    if (!is_pair && *unit >> 11 == 0xD800 >> 11) text.replace(at + 2, 4, "fffd");
    at += is_pair ? 2 * kEscapeBytes : kEscapeBytes;
  }
}

// A number of JSON's grammar that is too large for a double: the largest there is, which no filter can name.
std::optional<double> TooLargeNumber(std::string_view token) {
  std::string number(token.substr(0, token.find_last_not_of(" \t\r\n") + 1));
  std::size_t at = number.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = at;
    at = std::min(number.find_first_not_of("0123456789", at), number.size());
    return at - from;
  };
  const bool has_zero = at < number.size() && number[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (has_zero && whole > 1)) return std::nullopt;
  if (at < number.size() && number[at] == '.' && (++at, digits()) == 0) return std::nullopt;
  if (at < number.size() && (number[at] == 'e' || number[at] == 'E')) {
    ++at;
    if (at < number.size() && (number[at] == '+' || number[at] == '-')) ++at;
    if (digits() == 0) return std::nullopt;
  }
  if (at != number.size()) return std::nullopt;
  constexpr double kMost = std::numeric_limits<double>::max();
  return std::clamp(std::strtod(number.c_str(), nullptr), -kMost, kMost);
}

}  // namespace

// A larger buffer is given back when the next message comes, so that one large body does not weigh on its topic for
// ever.
constexpr std::size_t kBufferBytesKept = 64 * 1024;

class JsonBuffer {
 public:
  // Offers the leaves of an object under their paths. False when `text` is not a JSON object.
  bool OfferObject(std::string_view text, FilterIndex& index) {
    ondemand::document document;
    ondemand::object object;
    if (!Load(text, document) || document.get_object().get(object)) return false;
    path_.clear();
    return OfferMembers(object, index, 1) && AtEnd(document);
  }

  // Offers the elements of a list under one name. False when `text` is not a JSON list.
  bool OfferList(std::string_view text, std::string_view field, FilterIndex& index) {
    ondemand::document document;
    ondemand::array array;
    // Twice: a list with a mistake further on is no list, so nothing of it may have been offered.
    for (const bool is_rehearsal : {true, false}) {
      if (!Load(text, document) || document.get_array().get(array)) return false;
      path_ = field;
      rehearsing_ = is_rehearsal;
      const bool is_list = OfferItems(array, index, 1) && AtEnd(document);
      rehearsing_ = false;
      if (!is_list) return false;
    }
    return true;
  }

  std::size_t Size() const { return padded_.capacity(); }

 private:
  bool Load(std::string_view text, ondemand::document& document) {
    if (text.size() > hub::kFrameBytesMax) return false;
    padded_.assign(text);
    MendHalfPairs(padded_);
    padded_.append(simdjson::SIMDJSON_PADDING, ' ');
    return !parser_.iterate(padded_.data(), text.size(), padded_.size()).get(document);
  }

  // At the very end there is no location left to ask for.
  static bool AtEnd(ondemand::document& document) {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  bool OfferMembers(ondemand::object& object, FilterIndex& index, std::size_t depth) {
    if (depth > kBodyDepthMax) return false;
    const std::size_t parent = path_.size();
    for (auto&& element : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(element).get(field) || field.unescaped_key().get(key)) return false;
      if (depth > 1) path_.push_back('.');
      path_.append(key);
      ondemand::value value = field.value();
      if (!OfferValue(value, index, depth)) return false;
      path_.resize(parent);
    }
    return true;
  }

  bool OfferItems(ondemand::array& array, FilterIndex& index, std::size_t depth) {
    if (depth > kBodyDepthMax) return false;
    for (auto element : array) {
      ondemand::value value;
      if (element.get(value) || !OfferValue(value, index, depth)) return false;
    }
    return true;
  }

  bool OfferValue(ondemand::value& value, FilterIndex& index, std::size_t depth) {
    ondemand::json_type type;
    if (value.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::array: {
        ondemand::array array;
        return !value.get_array().get(array) && OfferItems(array, index, depth + 1);
      }
      case ondemand::json_type::object: {
        ondemand::object object;
        return !value.get_object().get(object) && OfferMembers(object, index, depth + 1);
      }
      default: return OfferLeaf(value, type, index);
    }
  }

  bool OfferLeaf(ondemand::value& value, ondemand::json_type type, FilterIndex& index) {
    Value leaf;
    if (type == ondemand::json_type::string) {
      std::string_view text;
      if (value.get_string().get(text)) return false;
      leaf = Value::String(text);
    } else if (type == ondemand::json_type::number) {
      double number = 0;
      if (value.get_double().get(number)) {
        const auto too_large = TooLargeNumber(value.raw_json_token());
        if (!too_large) return false;
        number = *too_large;
      }
      leaf = Value::Number(number);
    } else if (type == ondemand::json_type::boolean) {
      bool truth = false;
      if (value.get_bool().get(truth)) return false;
      leaf = Value::Bool(truth);
    } else {
      bool is_null = false;
      if (value.is_null().get(is_null) || !is_null) return false;
    }
    if (!rehearsing_) index.Offer(path_, leaf);
    return true;
  }

  std::string padded_;
  std::string path_;
  ondemand::parser parser_;
  bool rehearsing_ = false;
};

MessageReader::MessageReader() = default;
MessageReader::~MessageReader() = default;
MessageReader::MessageReader(MessageReader&&) noexcept = default;
MessageReader& MessageReader::operator=(MessageReader&&) noexcept = default;

JsonBuffer& MessageReader::Buffer(std::size_t number) {
  if (number == buffers_.size()) buffers_.push_back(std::make_unique<JsonBuffer>());
  if (buffers_[number]->Size() > kBufferBytesKept) buffers_[number] = std::make_unique<JsonBuffer>();
  return *buffers_[number];
}

bool MessageReader::OfferAttributes(const std::vector<hub::Attribute>& attributes, FilterIndex& index) {
  bool any = false;
  std::size_t lists = 0;
  for (const hub::Attribute& attribute : attributes) {
    if (attribute.type.starts_with("Binary")) continue;
    any = true;
    if (!index.Knows(attribute.name)) continue;
    index.OfferPresence(attribute.name);
    if (attribute.type.ends_with(".Array") && Buffer(lists++).OfferList(attribute.value, attribute.name, index))
      continue;
    std::optional<double> number;  // Also of a list that is none but a number.
    if (attribute.type.starts_with("Number") || attribute.type.ends_with(".Array")) {
      number = ParseNumber(attribute.value.starts_with('+') ? attribute.value.substr(1) : attribute.value);
    }
    index.Offer(attribute.name, number ? Value::Number(*number) : Value::String(attribute.value));
  }
  return any;
}

bool MessageReader::OfferBody(std::string_view body, FilterIndex& index) { return Buffer(0).OfferObject(body, index); }

}  // namespace topics
