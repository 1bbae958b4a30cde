// The parameters of a call, whichever protocol brought them: what the JSON protocol would have sent.
//
// Text is views into storage that the owner of the tree keeps (Parameters).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adapters::aws {

struct Member;

struct Value {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kText, kList, kMap };

  Kind kind = Kind::kNull;
  std::string_view text;        // kText; kNumber and kBool as they were written.
  std::vector<Value> items;     // kList
  std::vector<Member> members;  // kMap, in the order in which they came.

  // The member of this name; null when there is none or it is null, which is the same [aws 16].
  const Value* Find(std::string_view name) const;

  // The text of a member, or "".
  std::string_view Text(std::string_view name) const;

  static Value OfText(std::string_view text);
};

struct Member {
  std::string_view name;
  Value value;
};

// So much is reserved at least, so that the text never lies inside the string, which may move.
inline constexpr std::size_t kTextBytesMin = 64;

// A tree and the text that its views point into.
struct Parameters {
  Value root;
  std::string text;  // Never grows once there are views: it is reserved before.
};

}  // namespace adapters::aws
