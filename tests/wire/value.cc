#include "tests/wire/value.h"

#include <cctype>
#include <charconv>
#include <msgpack.hpp>

#include "hub/base/assert.h"

namespace tests::wire {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  hub::Result<Value> Whole() {
    Value value = Next();
    Space();
    if (!failed_ && at_ != text_.size()) failed_ = true;
    if (failed_) return hub::Fail(hub::Code::kMalformed, "not a value, at column " + std::to_string(at_ + 1));
    return value;
  }

 private:
  void Space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool Take(std::string_view token) {
    Space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Value Fail() {
    failed_ = true;
    return {};
  }

  Value Next() {
    if (Take("[")) return List(Value::Kind::kList, "]");
    if (Take("{")) return List(Value::Kind::kMap, "}");
    if (Take("b\"")) return {Value::Kind::kBytes, 0, Quoted(), {}};
    if (Take("x\"")) return {Value::Kind::kBytes, 0, FromHex(Quoted()), {}};
    if (Take("\"")) return {Value::Kind::kString, 0, Quoted(), {}};
    if (Take("nil")) return {};
    if (Take("true")) return {Value::Kind::kBool, 1, "", {}};
    if (Take("false")) return {Value::Kind::kBool, 0, "", {}};
    if (Take("*")) return {Value::Kind::kAny, 0, "", {}};
    if (Take("$")) return {Value::Kind::kVariable, 0, Word(), {}};
    const bool negative = Take("-");
    std::uint64_t number = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc{}) return Fail();
    at_ += static_cast<std::size_t>(end - begin);
    return {negative ? Value::Kind::kNegative : Value::Kind::kNumber, number, "", {}};
  }

  Value List(Value::Kind kind, std::string_view close) {
    Value list{kind, 0, "", {}};
    if (Take(close)) return list;
    while (!failed_) {
      list.items.push_back(Next());
      if (kind == Value::Kind::kMap) {
        if (!Take(":")) return Fail();
        list.items.push_back(Next());
      }
      if (Take(close)) return list;
      if (!Take(",")) return Fail();
    }
    return list;
  }

  std::string Word() {
    std::string word;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) {
      word.push_back(text_[at_++]);
    }
    return word;
  }

  std::string Quoted() {
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        c = text_[at_++];
        if (c == 'n') c = '\n';
        if (c == 'x') {
          out += FromHex(text_.substr(at_, 2));
          at_ += 2;
          continue;
        }
      }
      out.push_back(c);
    }
    if (at_ >= text_.size()) failed_ = true;
    ++at_;
    return out;
  }

  std::string FromHex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
      if (error != std::errc{} || end != hex.data() + i + 2) failed_ = true;
      out.push_back(static_cast<char>(byte));
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

Value FromObject(const msgpack::object& o) {
  switch (o.type) {
    case msgpack::type::NIL: return {};
    case msgpack::type::BOOLEAN: return {Value::Kind::kBool, o.via.boolean ? 1u : 0u, "", {}};
    case msgpack::type::POSITIVE_INTEGER: return {Value::Kind::kNumber, o.via.u64, "", {}};
    case msgpack::type::NEGATIVE_INTEGER:
      return {Value::Kind::kNegative, std::uint64_t{0} - static_cast<std::uint64_t>(o.via.i64), "", {}};
    case msgpack::type::STR: return {Value::Kind::kString, 0, std::string(o.via.str.ptr, o.via.str.size), {}};
    case msgpack::type::BIN: return {Value::Kind::kBytes, 0, std::string(o.via.bin.ptr, o.via.bin.size), {}};
    case msgpack::type::ARRAY: {
      Value list{Value::Kind::kList, 0, "", {}};
      for (const msgpack::object& item : o.via.array) list.items.push_back(FromObject(item));
      return list;
    }
    case msgpack::type::MAP: {
      Value map{Value::Kind::kMap, 0, "", {}};
      for (const msgpack::object_kv& pair : o.via.map) {
        map.items.push_back(FromObject(pair.key));
        map.items.push_back(FromObject(pair.val));
      }
      return map;
    }
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
    case msgpack::type::EXT: break;
  }
  return {Value::Kind::kOther, 0, "", {}};
}

void PackInto(msgpack::packer<msgpack::sbuffer>& out, const Value& value, const Bindings& bindings) {
  const auto size = static_cast<std::uint32_t>(value.text.size());
  switch (value.kind) {
    case Value::Kind::kNil: out.pack_nil(); return;
    case Value::Kind::kBool: value.number == 1 ? out.pack_true() : out.pack_false(); return;
    case Value::Kind::kNumber: out.pack_uint64(value.number); return;
    case Value::Kind::kNegative: out.pack_int64(-static_cast<std::int64_t>(value.number)); return;
    case Value::Kind::kString: out.pack_str(size).pack_str_body(value.text.data(), size); return;
    case Value::Kind::kBytes: out.pack_bin(size).pack_bin_body(value.text.data(), size); return;
    case Value::Kind::kList:
    case Value::Kind::kMap:
      value.kind == Value::Kind::kList ? out.pack_array(static_cast<std::uint32_t>(value.items.size()))
                                       : out.pack_map(static_cast<std::uint32_t>(value.items.size() / 2));
      for (const Value& item : value.items) PackInto(out, item, bindings);
      return;
    case Value::Kind::kVariable: {
      const auto bound = bindings.find(value.text);
      HUB_ASSERT(bound != bindings.end());
      return PackInto(out, bound->second, bindings);
    }
    case Value::Kind::kAny:
    case Value::Kind::kOther: break;
  }
  HUB_ASSERT(!"a request must say everything");
}

void AppendQuoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

void AppendItems(std::string& out, const Value& value) {
  const bool is_map = value.kind == Value::Kind::kMap;
  out += is_map ? '{' : '[';
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) out += is_map && i % 2 == 1 ? ": " : ", ";
    out += ToText(value.items[i]);
  }
  out += is_map ? '}' : ']';
}

}  // namespace

hub::Result<Value> ParseValue(std::string_view text) { return Parser(text).Whole(); }

std::string ToText(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Value::Kind::kNil: return "nil";
    case Value::Kind::kBool: return value.number == 1 ? "true" : "false";
    case Value::Kind::kNumber: return std::to_string(value.number);
    case Value::Kind::kNegative: return "-" + std::to_string(value.number);
    case Value::Kind::kString: AppendQuoted(out, value.text); return out;
    case Value::Kind::kBytes:
      out += 'b';
      AppendQuoted(out, value.text);
      return out;
    case Value::Kind::kList:
    case Value::Kind::kMap: AppendItems(out, value); return out;
    case Value::Kind::kAny: return "*";
    case Value::Kind::kVariable: return "$" + value.text;
    case Value::Kind::kOther: return "(not in the notation)";
  }
  return out;
}

std::string Pack(const Value& value, const Bindings& bindings) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  PackInto(packer, value, bindings);
  return {buffer.data(), buffer.size()};
}

Value Unpack(std::string_view frame) {
  try {
    return FromObject(msgpack::unpack(frame.data(), frame.size()).get());
  } catch (const msgpack::unpack_error&) {
    return {Value::Kind::kOther, 0, "", {}};
  }
}

bool Matches(const Value& pattern, const Value& value, Bindings& bindings) {
  if (pattern.kind == Value::Kind::kAny) return true;
  if (pattern.kind == Value::Kind::kVariable) {
    const auto [bound, is_new] = bindings.try_emplace(pattern.text, value);
    return is_new || Matches(bound->second, value, bindings);
  }
  if (pattern.kind != value.kind || pattern.number != value.number || pattern.text != value.text) return false;
  if (pattern.items.size() != value.items.size()) return false;
  for (std::size_t i = 0; i < pattern.items.size(); ++i) {
    if (!Matches(pattern.items[i], value.items[i], bindings)) return false;
  }
  return true;
}

}  // namespace tests::wire
