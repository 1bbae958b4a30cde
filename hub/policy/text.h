// ASCII without regard to case, for what policies compare so: actions, names of condition keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace hub::policy {

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool EqualIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

// FNV-1a of the text in lower case.
constexpr std::uint64_t HashIgnoreCase(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(Lower(c))) * 0x100000001b3u;
  return hash;
}

inline std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace hub::policy
