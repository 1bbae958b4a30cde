// Little-endian fixed integers, varints and length-prefixed strings: the alphabet of every persistent format.
//
// A Reader never reads past its end: the first short or malformed field makes it fail for good, and `ok()` says so, so
// that a decoder checks once at its end. Views that it returns point into the bytes it reads.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hub {

static_assert(std::endian::native == std::endian::little, "fixed integers are copied as they lie in memory");

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <typename T>
  void Fixed(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    out_.append(raw, sizeof value);
  }

  void Varint(std::uint64_t value) {
    char raw[10];
    std::size_t n = 0;
    while (value >= 0x80) {
      raw[n++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    raw[n++] = static_cast<char>(value);
    out_.append(raw, n);
  }

  // Length, then the bytes.
  void String(std::string_view text) {
    Varint(text.size());
    out_.append(text);
  }

 private:
  std::string& out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  template <typename T>
  T Fixed() {
    T value{};
    if (in_.size() < sizeof value) {
      Stop();
      return value;
    }
    std::memcpy(&value, in_.data(), sizeof value);
    in_.remove_prefix(sizeof value);
    return value;
  }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    Stop();
    return 0;
  }

  std::string_view String() { return Take(Varint()); }

  std::string_view Take(std::uint64_t size) {
    if (size > in_.size()) {
      Stop();
      return {};
    }
    const std::string_view taken = in_.substr(0, size);
    in_.remove_prefix(size);
    return taken;
  }

  bool ok() const { return ok_; }
  bool AtEnd() const { return in_.empty(); }
  std::size_t Left() const { return in_.size(); }

 private:
  void Stop() {
    ok_ = false;
    in_ = {};
  }

  std::string_view in_;
  bool ok_ = true;
};

// Big-endian, so that keys sort by number.
inline void AppendBigEndian(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

inline std::uint64_t ReadBigEndian(std::string_view raw) {
  std::uint64_t value = 0;
  for (const char c : raw.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace hub
