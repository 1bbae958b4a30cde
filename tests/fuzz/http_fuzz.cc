// HTTP requests: whatever the bytes, and whatever the pieces that they come in, the parser says the same of them.
//
// Input: two bytes that say how long the pieces are, then the requests. All are read, one after the other, until one is
// refused or not whole.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/wire/http/parser.h"
#include "hub/base/assert.h"

namespace {

using adapters::wire::http::Limits;
using adapters::wire::http::Parser;
using adapters::wire::http::Request;

// What was read of one request.
struct Outcome {
  Parser::State state = Parser::State::kHead;
  unsigned refused = 0;
  std::string method;
  std::string target;
  std::string host;
  std::string body;
  bool keep_alive = false;
  std::string left;  // After a whole request.

  bool operator==(const Outcome&) const = default;
};

bool IsOver(const Parser& parser) {
  return parser.state() == Parser::State::kDone || parser.state() == Parser::State::kWrong;
}

// Reads one request, as a connection does: what was left comes again, with what follows.
Outcome Read(std::string_view bytes, std::size_t piece, const Limits& limits) {
  Parser parser(limits);
  std::string pending;
  while (!bytes.empty() && !IsOver(parser)) {
    const std::size_t now = std::min(piece, bytes.size());
    pending.append(bytes.substr(0, now));
    bytes.remove_prefix(now);
    const std::size_t used = parser.Put(pending);
    HUB_ASSERT(used <= pending.size());
    pending.erase(0, used);
    HUB_ASSERT(parser.body_bytes() <= limits.body_bytes_max);
    HUB_ASSERT(parser.body_bytes() <= parser.bytes());
  }
  Outcome outcome;
  outcome.state = parser.state();
  if (parser.state() == Parser::State::kWrong) {
    outcome.refused = parser.refusal().status;
    HUB_ASSERT(outcome.refused >= 400 && parser.refusal().close);
  }
  if (parser.state() == Parser::State::kDone) {
    Request request = parser.Take();
    outcome.method = request.method;
    outcome.target = request.target;
    outcome.host = request.Field("Host");
    outcome.body = request.body;
    outcome.keep_alive = request.keep_alive;
    outcome.left = pending.append(bytes);
  }
  return outcome;
}

// Broken chunks may be refused for one reason or another, or waited for when they are cut short, too: nothing comes of
// them in any case.
bool Agree(const Outcome& a, const Outcome& b) {
  const auto is_stuck = [](const Outcome& outcome) {
    return outcome.state == Parser::State::kWrong || outcome.state == Parser::State::kBody;
  };
  return a == b || (is_stuck(a) && is_stuck(b));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Limits limits;
  limits.request_line_bytes_max = 64;
  limits.head_bytes_max = 512;
  limits.fields_max = 8;
  limits.body_bytes_max = 256;
  std::string input(reinterpret_cast<const char*>(data + 2), size - 2);
  for (int requests = 0; requests < 16 && !input.empty(); ++requests) {
    const Outcome whole = Read(input, input.size(), limits);
    for (const std::size_t piece : {std::size_t{1}, 1 + std::size_t{data[0]} % 16, 1 + std::size_t{data[1]}}) {
      HUB_ASSERT(Agree(Read(input, piece, limits), whole));
    }
    if (whole.state != Parser::State::kDone) return 0;
    HUB_ASSERT(whole.target.size() <= limits.request_line_bytes_max && whole.left.size() < input.size());
    input = whole.left;
  }
  return 0;
}
