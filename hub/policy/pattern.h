// Text of a policy with wildcards (* any run, ? one character) and variables (${aws:username}), compiled.
//
// What a variable stands for is compared literally: a * or ? that a caller brings along is that character and no
// wildcard. A variable whose key is absent (and that has no default) or holds several values makes the pattern match
// nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.h"
#include "hub/policy/request.h"

namespace hub::policy {

inline constexpr std::size_t kPatternBytesMax = 2048;
inline constexpr std::size_t kVariablesMax = 8;  // In one pattern.

struct Syntax {
  enum class Wildcards : std::uint8_t {
    kNone,     // * and ? are themselves.
    kAny,      // They stand for any character.
    kSegments  // As in the ARN of a resource: they stay within their segment, but a * that ends one runs on.
  };

  Wildcards wildcards = Wildcards::kNone;
  bool variables = false;  // Also ${*}, ${?} and ${$} for the characters themselves.
};

class Pattern {
 public:
  // Fails with kInvalidArgument for a malformed variable, too many of them, or a pattern that is too long.
  [[nodiscard]] static Result<Pattern> Parse(std::string_view text, Syntax syntax);

  // At most quadratic in the sizes for kNone and kAny; with kSegments, a further factor of one segment's length.
  bool Matches(std::string_view text, const Request& request, bool ignore_case = false) const;

  // Whether it stands for one text, and always the same.
  bool IsLiteral() const { return pieces_.empty(); }

  bool HasVariables() const { return variables_ > 0; }
  bool TellsTime() const;

  // The text before the first wildcard or variable: whatever matches begins with it.
  const std::string& LiteralPrefix() const { return prefix_; }

 private:
  friend class PatternParser;
  friend class PatternMatcher;

  struct Piece {
    enum class Kind : std::uint8_t { kText, kOne, kMany, kManyInSegment, kOneInSegment, kVariable };
    Kind kind = Kind::kText;
    std::string text;          // kText: itself. kVariable: its default.
    Key key;                   // kVariable
    bool has_default = false;  // kVariable
    std::size_t variable = 0;  // kVariable: its number in this pattern.
  };

  std::string prefix_;
  std::vector<Piece> pieces_;  // What follows the prefix; most patterns have nothing there.
  std::size_t variables_ = 0;
};

// Where the variable that begins at `text[at]` ("${") ends: one past its closing brace, or npos.
std::size_t EndOfVariable(std::string_view text, std::size_t at);

}  // namespace hub::policy
