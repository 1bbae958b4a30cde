// One HTTP/1.1 request at a time out of a stream of bytes: Beast's parser, with what it leaves open decided.
//
// Refused: Content-Length beside Transfer-Encoding, several of either, any coding but chunked, fields folded over lines
// (which is what requests are smuggled with), several Hosts or none, a target that names another one, HTTP/2 and later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/wire/http/limits.h"
#include "adapters/wire/http/message.h"

namespace adapters::wire::http {

class Parser {
 public:
  explicit Parser(const Limits& limits);
  ~Parser();

  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  enum class State : std::uint8_t { kHead, kBody, kDone, kWrong };

  // Takes as much as it can of `bytes`, which begin with whatever it left of those before, and returns how much.
  std::size_t Put(std::string_view bytes);

  State state() const;
  // Of the body, so far.
  std::size_t body_bytes() const;
  // Of everything that it holds.
  std::size_t bytes() const;
  bool expects_continue() const;
  // kWrong: the answer that the client gets, after which the connection ends.
  const Response& refusal() const;
  // kDone, once.
  Request Take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters::wire::http
