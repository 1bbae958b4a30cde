#include "adapters/yaml/yaml.h"

#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hub/base/json.h"
#include "hub/base/limits.h"

namespace adapters::yaml {
namespace {

using hub::Node;
using hub::Place;

// A mistake on its way out of yaml-cpp's parser, which knows no other way to stop.
struct Refusal : std::exception {
  Refusal(Place where, std::string what) : place(std::move(where)), text(std::move(what)) {}

  Place place;
  std::string text;
};

// The text by lines, to look at what stands where yaml-cpp points.
class Source {
 public:
  Source(std::string_view text, std::string_view origin)
      : text_(text), file_(origin.empty() ? nullptr : std::make_shared<const std::string>(origin)) {
    for (std::size_t at = 0; at != std::string_view::npos;) {
      lines_.push_back(at);
      const std::size_t end = text.find('\n', at);
      at = end == std::string_view::npos ? end : end + 1;
    }
  }

  Place PlaceOf(const YAML::Mark& mark) const {
    if (mark.is_null()) return {.file = file_};
    return {.file = file_,
            .line = static_cast<std::uint32_t>(mark.line) + 1,
            .column = static_cast<std::uint32_t>(mark.column) + 1};
  }

  Place PlaceOf(std::size_t line, std::size_t column) const {
    return {
        .file = file_, .line = static_cast<std::uint32_t>(line + 1), .column = static_cast<std::uint32_t>(column + 1)};
  }

  std::size_t Lines() const { return lines_.size(); }

  // Line `i` from 0, without its end.
  std::string_view Line(std::size_t i) const {
    if (i >= lines_.size()) return {};
    const std::string_view rest = text_.substr(lines_[i]);
    return rest.substr(0, rest.find('\n'));
  }

  // Whether the quote that opens at `mark` closes again. yaml-cpp takes the end of the text for the missing quote.
  bool IsClosed(const YAML::Mark& mark) const {
    const std::string_view rest = text_.substr(
        std::min(lines_[static_cast<std::size_t>(mark.line)] + static_cast<std::size_t>(mark.column), text_.size()));
    const bool is_double = rest.starts_with('"');
    if (!is_double && !rest.starts_with('\'')) return true;  // A block text has no quotes.
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (rest[i] == rest[0]) return true;
      if (is_double && rest[i] == '\\') ++i;
    }
    return false;
  }

  // From `place` to the end of its word.
  std::string WordAt(const Place& place) const {
    if (place.line == 0) return "";
    const std::string_view line = Line(place.line - 1);
    if (place.column > line.size()) return "";
    const std::string_view rest = line.substr(place.column - 1);
    return std::string(rest.substr(0, rest.find_first_of(" \t\r,]}")));
  }

 private:
  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  std::vector<std::size_t> lines_;  // Where each begins.
};

std::string AliasText(const std::string& word) {
  return "* starts a YAML alias. Write \"" + (word.empty() ? "*" : word) + "\".";
}

// Takes digits off the front and says how many.
std::size_t TakeDigits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count;
}

bool IsJsonNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool starts_with_zero = text.starts_with('0');
  const std::size_t whole = TakeDigits(text);
  if (whole == 0 || (starts_with_zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (TakeDigits(text) == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (TakeDigits(text) == 0) return false;
  }
  return text.empty();
}

// Gives a plain scalar its kind by the core schema of YAML 1.2.
void TypePlain(Node& node) {
  if (node.text == "true" || node.text == "True" || node.text == "TRUE") {
    node.kind = Node::Kind::kBool;
    node.text = "true";
  } else if (node.text == "false" || node.text == "False" || node.text == "FALSE") {
    node.kind = Node::Kind::kBool;
    node.text = "false";
  } else if (IsJsonNumber(node.text) && std::isfinite(std::strtod(node.text.c_str(), nullptr))) {
    node.kind = Node::Kind::kNumber;
  }
}

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const Source& source) : source_(source) {}

  Node TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Refuse(mark, "A second document begins here. Keep one document in a file.");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseProperties(mark, "", anchor);
    if (AwaitsKey()) Refuse(mark, "A key has to be text. Write one, in quotes if it is empty.");
    Put(At(mark, Node::Kind::kNull));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, AliasText(source_.WordAt(source_.PlaceOf(mark))));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseProperties(mark, tag, anchor);
    const bool is_plain = tag == "?";
    if (!is_plain && !source_.IsClosed(mark)) Refuse(mark, "A quoted text is never closed. Add the missing quote.");
    if (AwaitsKey()) return PutKey(mark, value, is_plain);
    Node node = At(mark, Node::Kind::kString);
    node.text = value;
    if (is_plain) TypePlain(node);
    Put(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    RefuseProperties(mark, tag, anchor);
    Open(At(mark, Node::Kind::kList));
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    RefuseProperties(mark, tag, anchor);
    Open(At(mark, Node::Kind::kMap));
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    Node node;
    std::unordered_set<std::string> keys;
    bool has_key = false;  // In a map: the last member awaits its value.
  };

  [[noreturn]] void Refuse(const YAML::Mark& mark, std::string text) const {
    throw Refusal(source_.PlaceOf(mark), std::move(text));
  }

  void RefuseProperties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != 0) Refuse(mark, "& starts a YAML anchor. Write the value without it, or in quotes.");
    if (!tag.empty() && tag != "?" && tag != "!") {
      Refuse(mark, "! starts a YAML tag. Write the value without it, or in quotes.");
    }
  }

  Node At(const YAML::Mark& mark, Node::Kind kind) const {
    if (stack_.size() >= hub::kDocumentDepthMax) {
      Refuse(mark, "This is nested deeper than " + std::to_string(hub::kDocumentDepthMax) + " levels.");
    }
    Node node;
    node.kind = kind;
    node.place = source_.PlaceOf(mark);
    return node;
  }

  bool AwaitsKey() const { return !stack_.empty() && stack_.back().node.IsMap() && !stack_.back().has_key; }

  void PutKey(const YAML::Mark& mark, const std::string& key, bool is_plain) {
    if (is_plain && key == "<<") Refuse(mark, "<< is a YAML merge key. Write the keys out in full.");
    Frame& frame = stack_.back();
    if (!frame.keys.insert(key).second) Refuse(mark, "The key \"" + key + "\" appears twice. Keep one of them.");
    frame.node.members.push_back({.key = key, .key_place = source_.PlaceOf(mark), .value = {}});
    frame.has_key = true;
  }

  void Open(Node node) {
    if (AwaitsKey()) throw Refusal(node.place, "A key has to be text, not a list or a map.");
    stack_.push_back({.node = std::move(node), .keys = {}, .has_key = false});
  }

  void Close() {
    Node node = std::move(stack_.back().node);
    stack_.pop_back();
    Put(std::move(node));
  }

  void Put(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (Frame& frame = stack_.back(); frame.node.IsMap()) {
      hub::Member& member = frame.node.members.back();
      if (node.kind == Node::Kind::kNull) node.place = member.key_place;  // Nothing stands at its key.
      member.value = std::move(node);
      frame.has_key = false;
    } else {
      frame.node.items.push_back(std::move(node));
    }
  }

  const Source& source_;
  std::vector<Frame> stack_;
  Node root_;
  std::size_t documents_ = 0;
};

struct Translation {
  std::string_view yaml_cpp;
  std::string_view ours;
};

// What yaml-cpp says, for a person.
const Translation kTranslations[] = {
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "A map is never closed. Add the missing }."},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "A list is never closed. Add the missing ]."},
    {YAML::ErrorMsg::FLOW_END, "This closes something that was never opened. Take it away."},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "A quoted text is never closed. Add the missing quote."},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "A quoted text is never closed. Add the missing quote."},
    {YAML::ErrorMsg::END_OF_MAP, "This line does not fit the map around it. Check its indentation and the colon."},
    {YAML::ErrorMsg::END_OF_SEQ, "This line does not fit the list around it. Check its indentation and the dash."},
    {YAML::ErrorMsg::MAP_VALUE, "A key cannot stand here. Check the indentation, or put the text in quotes."},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "A tab indents this line. Use spaces."},
    {YAML::ErrorMsg::ANCHOR_NOT_FOUND, "& starts a YAML anchor. Write the value without it, or in quotes."},
    {YAML::ErrorMsg::CHAR_IN_ANCHOR, "& starts a YAML anchor. Write the value without it, or in quotes."},
};

bool IsAboutAlias(const std::string& message) {
  return message == YAML::ErrorMsg::ALIAS_NOT_FOUND || message == YAML::ErrorMsg::CHAR_IN_ALIAS ||
         message == YAML::ErrorMsg::ALIAS_CONTENT || message.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR);
}

Refusal Explain(const YAML::Exception& error, const Source& source) {
  Place place = source.PlaceOf(error.mark);
  const std::string_view line = place.line == 0 ? "" : source.Line(place.line - 1);
  if (IsAboutAlias(error.msg)) {
    const std::size_t star = line.rfind('*', place.column == 0 ? 0 : place.column - 1);
    if (star != std::string_view::npos) place.column = static_cast<std::uint32_t>(star) + 1;
    return {place, AliasText(source.WordAt(place))};
  }
  const std::size_t indentation = std::min(line.find_first_not_of(" \t"), line.size());
  if (const std::size_t tab = line.substr(0, indentation).find('\t'); tab != std::string_view::npos) {
    place.column = static_cast<std::uint32_t>(tab) + 1;
    return {place, "A tab indents this line. Use spaces."};
  }
  if (error.msg.starts_with(YAML::ErrorMsg::INVALID_UNICODE)) {
    return {place, "This escape is half of a character. Write the character itself."};
  }
  for (const Translation& translation : kTranslations) {
    if (error.msg == translation.yaml_cpp) return {place, std::string(translation.ours)};
  }
  return {place, "This is not YAML (" + error.msg + "). Check the indentation, the colons and the quotes."};
}

// yaml-cpp takes a control character for the end of the text and replaces what is not UTF-8; neither may go unnoticed.
void RefuseForeignBytes(const Source& source) {
  for (std::size_t i = 0; i < source.Lines(); ++i) {
    const std::string_view line = source.Line(i);
    const auto control = std::find_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7f;
    });
    if (control != line.end()) {
      throw Refusal(source.PlaceOf(i, static_cast<std::size_t>(control - line.begin())),
                    "A control character stands here. Take it away, or write it as an escape in double quotes.");
    }
    if (!simdjson::validate_utf8(line.data(), line.size())) {
      throw Refusal(source.PlaceOf(i, 0), "This line is not UTF-8. Save the file as UTF-8.");
    }
  }
}

bool LooksLikeJson(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Node Build(std::string_view text, const Source& source) {
  RefuseForeignBytes(source);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(source);
    while (parser.HandleNextDocument(builder)) continue;
    return builder.TakeRoot();
  } catch (const YAML::Exception& error) {
    throw Explain(error, source);
  }
}

}  // namespace

hub::Result<Node> ParseYaml(std::string_view text, std::string_view origin) {
  if (text.size() > hub::kDocumentBytesMax) {
    return hub::Fail(hub::Code::kInvalidArgument, std::string(origin) + ": This has more than " +
                                                      std::to_string(hub::kDocumentBytesMax) +
                                                      " bytes. Keep it within that.");
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (LooksLikeJson(text)) {
    if (auto json = hub::ParseJson(text, origin)) return json;
  }
  const Source source(text, origin);
  try {
    return Build(text, source);
  } catch (const Refusal& refusal) {
    const std::string place = refusal.place.ToString();
    return hub::Fail(hub::Code::kInvalidArgument, (place.empty() ? "" : place + ": ") + refusal.text);
  }
}

}  // namespace adapters::yaml
