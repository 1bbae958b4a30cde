// A packer with the handful of types that the frames use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <msgpack/pack.hpp>
#include <string_view>

#include "adapters/wire/native/buffer.h"
#include "hub/base/time.h"
#include "hub/core/command.h"

namespace adapters::wire::native {

class FrameWriter {
 public:
  explicit FrameWriter(Buffer& buffer) : packer_(buffer) {}

  void Array(std::size_t count) { packer_.pack_array(static_cast<std::uint32_t>(count)); }
  void Map(std::size_t count) { packer_.pack_map(static_cast<std::uint32_t>(count)); }
  void Nil() { packer_.pack_nil(); }
  void Number(std::uint64_t value) { packer_.pack_uint64(value); }
  void Millis(hub::Duration value) {
    Number(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(value).count()));
  }

  void Text(std::string_view text) {
    packer_.pack_str(static_cast<std::uint32_t>(text.size()));
    packer_.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
  }

  void TextOrNil(std::string_view text) { text.empty() ? Nil() : Text(text); }

  void Bytes(std::string_view bytes) {
    packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer_.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  }

  void Pairs(const hub::core::Attributes& attributes) {
    Map(attributes.size());
    for (const auto& [name, value] : attributes) {
      Text(name);
      Text(value);
    }
  }

  // {name: [type, value]}, or nil for none. A value is str, or bin when its type says Binary.
  template <typename List>
  void MessageAttributes(const List& attributes) {
    if (attributes.empty()) return Nil();
    Map(attributes.size());
    for (const hub::Attribute& attribute : attributes) {
      Text(attribute.name);
      Array(2);
      Text(attribute.type);
      attribute.type.starts_with("Binary") ? Bytes(attribute.value) : Text(attribute.value);
    }
  }

 private:
  msgpack::packer<Buffer> packer_;
};

}  // namespace adapters::wire::native
