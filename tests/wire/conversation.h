// Conversations on the native wire as files: what a client sends, what the hub must answer, one value or frame a line.
//
//   # a comment
//   > [1, 7, "send", "orders", [b"hello"]]
//   < [1, 7, "ok", [$ids, nil]]
//   > !c1ff                                  bytes that are not a value, in hexadecimal; "!" alone is an empty frame
//
// value.h has the notation. Each request has one reply.
#pragma once

#include <functional>
#include <string>

namespace tests::wire {

// Answers one request frame with one reply frame: a codec with a fake hub behind it, or a socket to a real one.
using Handler = std::function<std::string(const std::string& frame)>;

// Plays the file. Empty when every reply is as expected; else every difference, with file and line.
std::string Play(const std::string& path, const Handler& handler);

}  // namespace tests::wire
