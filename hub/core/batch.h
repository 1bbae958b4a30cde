// What one turn makes durable: a list of writes that a store applies whole or not at all.
//
// This, not a store's own format, is what a standby would apply. Keys and values are described in hub/core/keys.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub::core {

struct Write {
  enum class Kind : std::uint8_t {
    kPut,
    kDelete,
    kDeleteRange,  // [key, value): every key from `key` up to, but not including, the bytes of `value`.
  };

  Kind kind = Kind::kPut;
  std::string key;
  std::string value;
  std::shared_ptr<const std::string> shared;  // When set, the value: a chunk, shared with the core's memory.

  std::string_view Value() const { return shared ? std::string_view(*shared) : std::string_view(value); }
};

struct Batch {
  std::uint64_t turn = 0;  // Growing; a turn that writes nothing has no batch.
  bool flush = false;      // Must be on disk before the replies of this turn leave.
  std::vector<Write> writes;

  void Put(std::string key, std::string value) {
    writes.push_back({Write::Kind::kPut, std::move(key), std::move(value), nullptr});
  }
  void Put(std::string key, std::shared_ptr<const std::string> value) {
    writes.push_back({Write::Kind::kPut, std::move(key), {}, std::move(value)});
  }
  void Delete(std::string key) { writes.push_back({Write::Kind::kDelete, std::move(key), {}, nullptr}); }
  void DeleteRange(std::string from, std::string to) {
    writes.push_back({Write::Kind::kDeleteRange, std::move(from), std::move(to), nullptr});
  }
};

}  // namespace hub::core
