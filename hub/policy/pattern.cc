#include "hub/policy/pattern.h"

#include <algorithm>
#include <array>

#include "hub/policy/text.h"

namespace hub::policy {

std::size_t EndOfVariable(std::string_view text, std::size_t at) {
  bool quoted = false;
  for (std::size_t i = at + 2; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (text[i] == '}' && !quoted) return i + 1;
  }
  return std::string_view::npos;
}

class PatternParser {
 public:
  PatternParser(std::string_view text, Syntax syntax) : text_(text), syntax_(syntax) {}

  Result<Pattern> Parse() {
    if (text_.size() > kPatternBytesMax) {
      return Fail(Code::kInvalidArgument, "A value may have at most " + std::to_string(kPatternBytesMax) + " bytes.");
    }
    while (at_ < text_.size()) {
      if (syntax_.variables && text_.substr(at_).starts_with("${")) {
        if (auto read = ReadVariable(); !read) return tl::unexpected(std::move(read.error()));
      } else if (syntax_.wildcards != Syntax::Wildcards::kNone && (text_[at_] == '*' || text_[at_] == '?')) {
        ReadWildcard();
      } else {
        AddText(text_.substr(at_, 1));
        ++at_;
      }
    }
    return std::move(pattern_);
  }

 private:
  using Piece = Pattern::Piece;

  void AddText(std::string_view text) {
    if (pattern_.pieces_.empty()) {
      pattern_.prefix_.append(text);
      return;
    }
    if (pattern_.pieces_.back().kind != Piece::Kind::kText) {
      pattern_.pieces_.push_back({.kind = Piece::Kind::kText, .text = "", .key = {}});
    }
    pattern_.pieces_.back().text.append(text);
  }

  void ReadWildcard() {
    const bool many = text_[at_++] == '*';
    const bool segments = syntax_.wildcards == Syntax::Wildcards::kSegments;
    const bool ends_segment = at_ == text_.size() || text_[at_] == ':';
    Piece::Kind kind = Piece::Kind::kOne;
    if (many) {
      kind = segments && !ends_segment ? Piece::Kind::kManyInSegment : Piece::Kind::kMany;
    } else if (segments) {
      kind = Piece::Kind::kOneInSegment;
    }
    pattern_.pieces_.push_back({.kind = kind, .text = "", .key = {}});
  }

  Result<void> ReadVariable() {
    const std::size_t end = EndOfVariable(text_, at_);
    if (end == std::string_view::npos) {
      return Fail(Code::kInvalidArgument,
                  Quoted(text_) + " has \"${\" without \"}\". Write \"${$}{\" for the text ${.");
    }
    const std::string_view whole = text_.substr(at_, end - at_);
    std::string_view name = whole.substr(2, whole.size() - 3);
    at_ = end;
    if (name == "*" || name == "?" || name == "$") {
      AddText(name);
      return {};
    }
    Piece piece{.kind = Piece::Kind::kVariable, .text = "", .key = {}, .variable = pattern_.variables_};
    if (const std::size_t comma = name.find(','); comma != std::string_view::npos) {
      std::string_view text = name.substr(comma + 1);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      if (text.size() < 2 || text.front() != '\'' || text.find('\'', 1) != text.size() - 1) return Malformed(whole);
      piece.text = text.substr(1, text.size() - 2);
      piece.has_default = true;
      name = name.substr(0, comma);
    }
    auto key = ParseKey(name);
    if (!key) return Malformed(whole);
    piece.key = std::move(*key);
    if (++pattern_.variables_ > kVariablesMax) {
      return Fail(Code::kInvalidArgument, "A value may have at most " + std::to_string(kVariablesMax) + " variables.");
    }
    pattern_.pieces_.push_back(std::move(piece));
    return {};
  }

  static tl::unexpected<Error> Malformed(std::string_view variable) {
    return Fail(Code::kInvalidArgument, Quoted(variable) +
                                            " is not a variable. Write ${key}, such as ${aws:username}, or "
                                            "${key, 'default'}.");
  }

  std::string_view text_;
  Syntax syntax_;
  std::size_t at_ = 0;
  Pattern pattern_;
};

// Walks the text once, going back only to the last * that may still take more. A * that runs over colons makes all
// earlier ones final: it can take whatever they could have taken. Within it, the last * of a segment is enough to
// remember too: whatever follows an earlier one lies in the same segment, or behind the one colon that ends it.
class PatternMatcher {
 public:
  using Piece = Pattern::Piece;
  using Kind = Piece::Kind;

  PatternMatcher(const std::vector<Piece>& pieces, const std::string_view* variables, std::string_view text,
                 bool ignore_case)
      : pieces_(pieces), variables_(variables), text_(text), ignore_case_(ignore_case) {}

  bool Run() {
    for (;;) {
      if (piece_ == pieces_.size()) {
        if (at_ == text_.size()) return true;
      } else if (Step(pieces_[piece_])) {
        ++piece_;
        continue;
      }
      if (!Retry()) return false;
    }
  }

 private:
  struct Mark {
    std::size_t piece = 0;  // What follows the *; 0: no * yet.
    std::size_t at = 0;     // How far the * reaches.
  };

  bool Step(const Piece& piece) {
    switch (piece.kind) {
      case Kind::kText: return TakeText(piece.text);
      case Kind::kVariable: return TakeText(variables_[piece.variable]);
      case Kind::kOne: return TakeOne();
      case Kind::kOneInSegment: return at_ < text_.size() && text_[at_] != ':' && TakeOne();
      case Kind::kMany:
        many_ = {piece_ + 1, at_};
        many_in_segment_ = {};
        return true;
      case Kind::kManyInSegment: many_in_segment_ = {piece_ + 1, at_}; return true;
    }
    return false;
  }

  bool TakeText(std::string_view expected) {
    const std::string_view there = text_.substr(at_, expected.size());
    if (ignore_case_ ? !EqualIgnoreCase(there, expected) : there != expected) return false;
    at_ += expected.size();
    return true;
  }

  // One character, which in UTF-8 may be several bytes.
  bool TakeOne() {
    if (at_ == text_.size()) return false;
    ++at_;
    while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80) ++at_;
    return true;
  }

  bool Retry() {
    if (many_in_segment_.piece > 0 && many_in_segment_.at < text_.size() && text_[many_in_segment_.at] != ':') {
      GoTo(many_in_segment_);
      return true;
    }
    many_in_segment_ = {};
    if (many_.piece == 0 || many_.at >= text_.size()) return false;
    GoTo(many_);
    return true;
  }

  void GoTo(Mark& mark) {
    ++mark.at;
    piece_ = mark.piece;
    at_ = mark.at;
  }

  const std::vector<Piece>& pieces_;
  const std::string_view* variables_;
  std::string_view text_;
  bool ignore_case_;
  std::size_t piece_ = 0;
  std::size_t at_ = 0;
  Mark many_;
  Mark many_in_segment_;
};

Result<Pattern> Pattern::Parse(std::string_view text, Syntax syntax) { return PatternParser(text, syntax).Parse(); }

bool Pattern::Matches(std::string_view text, const Request& request, bool ignore_case) const {
  const std::string_view begin = text.substr(0, prefix_.size());
  if (ignore_case ? !EqualIgnoreCase(begin, prefix_) : begin != prefix_) return false;
  text.remove_prefix(prefix_.size());
  if (pieces_.empty()) return text.empty();
  if (variables_ == 0) return PatternMatcher(pieces_, nullptr, text, ignore_case).Run();
  std::array<std::string_view, kVariablesMax> variables;
  for (const Piece& piece : pieces_) {
    if (piece.kind != Piece::Kind::kVariable) continue;
    const Values values = ValuesOf(request, piece.key);
    if (values.size() > 1 || (values.empty() && !piece.has_default)) return false;
    variables[piece.variable] = values.empty() ? std::string_view(piece.text) : values[0];
  }
  return PatternMatcher(pieces_, variables.data(), text, ignore_case).Run();
}

bool Pattern::TellsTime() const {
  return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.key.tells_time; });
}

}  // namespace hub::policy
