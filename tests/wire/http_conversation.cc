#include "tests/wire/http_conversation.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace tests::wire {
namespace {

using Names = std::map<std::string, std::string, std::less<>>;

// The length of the "$name" that `text` begins with, or 0.
std::size_t NameBytes(std::string_view text) {
  if (text.size() < 2 || text[0] != '$') return 0;
  const auto end =
      std::find_if_not(text.begin() + 1, text.end(), [](unsigned char c) { return std::islower(c) || c == '_'; });
  return end == text.begin() + 1 ? 0 : static_cast<std::size_t>(end - text.begin());
}

std::string PercentEncoded(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) {
      out.push_back(c);
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

// `text` with what its names stand for.
std::string Filled(std::string_view text, const Names& names, bool encode) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(NameBytes(text), 1);
    const auto known = names.find(text.substr(0, size));
    if (known == names.end()) {
      out.append(text.substr(0, size));
    } else {
      out.append(encode ? PercentEncoded(known->second) : known->second);
    }
    text.remove_prefix(size);
  }
  return out;
}

// Whether `text` is as `pattern` says.
bool IsLike(std::string_view pattern, std::string_view text, Names& names) {
  while (!pattern.empty()) {
    const std::size_t size = NameBytes(pattern);
    const auto known = names.find(pattern.substr(0, size));
    if (size == 0 || known != names.end()) {
      const std::string_view literal = size == 0 ? pattern.substr(0, 1) : std::string_view(known->second);
      if (!text.starts_with(literal)) return false;
      pattern.remove_prefix(std::max<std::size_t>(size, 1));
      text.remove_prefix(literal.size());
      continue;
    }
    const std::string_view name = pattern.substr(0, size);
    pattern.remove_prefix(size);
    std::size_t next = 0;  // The literal that ends it.
    while (next < pattern.size() && NameBytes(pattern.substr(next)) == 0) ++next;
    // The last name takes whatever is before the end, an earlier one as little as possible.
    const std::string_view literal = pattern.substr(0, next);
    std::size_t end = text.find(literal);
    if (next == pattern.size() && text.ends_with(literal)) end = text.size() - literal.size();
    if (end == std::string_view::npos) return false;
    if (name != "$_") names.emplace(name, text.substr(0, end));
    text.remove_prefix(end);
  }
  return text.empty();
}

// The lines of one request or answer, without their marks.
struct Block {
  char mark = ' ';
  int line = 0;  // Its first.
  std::vector<std::string> lines;

  // The lines before the empty one, and those after it.
  std::vector<std::string> Head() const { return {lines.begin(), std::find(lines.begin(), lines.end(), "")}; }
  std::vector<std::string> Body() const {
    const auto empty = std::find(lines.begin(), lines.end(), "");
    return empty == lines.end() ? std::vector<std::string>() : std::vector<std::string>(empty + 1, lines.end());
  }
};

bool HasField(const std::vector<std::string>& head, std::string_view name) {
  return std::any_of(head.begin(), head.end(), [&](const std::string& line) { return line.starts_with(name); });
}

std::string RequestOf(const Block& block, const Names& names) {
  const std::vector<std::string> head = block.Head();
  const bool is_form = !HasField(head, "X-Amz-Target:");
  std::string body;
  for (const std::string& line : block.Body()) body.append(body.empty() || is_form ? "" : "\n").append(line);
  body = Filled(body, names, is_form);
  std::string request;
  for (std::size_t i = 0; i < head.size(); ++i) request += Filled(head[i], names, i == 0) + "\r\n";
  if (!HasField(head, "Host:")) request += "Host: localhost:4566\r\n";
  const bool has_length = HasField(head, "Content-Length:") || HasField(head, "Transfer-Encoding:");
  if (!has_length && !body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return request + "\r\n" + body;
}

// The value of a field of an answer's head.
std::optional<std::string> FieldOf(std::string_view head, std::string_view name) {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(wanted);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = head.substr(at + wanted.size());
  return std::string(rest.substr(0, rest.find("\r\n")));
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all.append(line, std::min(line.find_first_not_of(' '), line.size()));
  return all;
}

// Empty when the answer is as expected.
std::string Compare(const Block& expected, std::string_view answer, Names& names) {
  const std::size_t end = std::min(answer.find("\r\n\r\n"), answer.size());
  const std::string_view head = answer.substr(0, end);
  std::string body(answer.substr(std::min(end + 4, answer.size())));
  if (body.ends_with('\n')) body.pop_back();
  if (const std::size_t prolog = body.find("?>\n"); prolog != std::string::npos) body.erase(prolog + 2, 1);
  const std::vector<std::string> lines = expected.Head();
  const auto differs = [](std::string_view wanted, std::string_view got) {
    return "expected " + std::string(wanted) + "\n  answered " + std::string(got);
  };
  const std::string_view status = head.substr(0, head.find("\r\n"));
  if (status != lines.at(0)) return differs(lines[0], std::string(status) + " " + body);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].starts_with('!')) {
      if (FieldOf(head, lines[i].substr(1))) return differs(lines[i], head);
      continue;
    }
    const std::size_t colon = lines[i].find(": ");
    const auto value = FieldOf(head, lines[i].substr(0, colon));
    if (!value || !IsLike(lines[i].substr(colon + 2), *value, names)) return differs(lines[i], value.value_or("none"));
  }
  const std::string wanted = Joined(expected.Body());
  return IsLike(wanted, body, names) ? "" : differs(Filled(wanted, names, false), body);
}

// Nothing when there is a line that is neither.
std::optional<std::vector<Block>> ReadBlocks(std::istream& file, std::string& wrong) {
  std::vector<Block> blocks;
  bool is_open = false;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const bool is_comment = line.empty() || line.starts_with("#");
    if (is_comment) {
      is_open = false;
      continue;
    }
    if (line[0] != '>' && line[0] != '<') {
      wrong = std::to_string(number) + ": a line begins with \">\", \"<\" or \"#\": " + line + "\n";
      return std::nullopt;
    }
    if (!is_open || blocks.back().mark != line[0]) blocks.push_back({.mark = line[0], .line = number, .lines = {}});
    is_open = true;
    blocks.back().lines.push_back(line.size() > 2 ? line.substr(2) : "");
  }
  return blocks;
}

}  // namespace

std::string PlayHttp(const std::string& path, const HttpHandler& handler) {
  std::ifstream file(path);
  if (!file) return path + ": cannot be read\n";
  std::string differences;
  const auto blocks = ReadBlocks(file, differences);
  if (!blocks) return path + ":" + differences;
  Names names;
  std::string answer;
  for (const Block& block : *blocks) {
    if (block.mark == '>') {
      answer = handler(RequestOf(block, names));
      continue;
    }
    const std::string difference = Compare(block, answer, names);
    if (!difference.empty()) differences += path + ":" + std::to_string(block.line) + ": " + difference + "\n";
  }
  return differences;
}

}  // namespace tests::wire
