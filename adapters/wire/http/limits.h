// What a stranger can make a server hold, and for how long.
#pragma once

#include <cstddef>

#include "hub/base/time.h"

namespace adapters::wire::http {

using namespace std::chrono_literals;

struct Limits {
  std::size_t connections_max = 20'000;
  std::size_t request_line_bytes_max = 8 * 1024;
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t fields_max = 100;
  std::size_t empty_lines_max = 4;               // Before a request: some clients end a body with a line.
  std::size_t body_bytes_max = 4 * 1024 * 1024;  // A full batch of an SQS client, percent-encoded.
  // All requests that are being read or answered, what follows them, and responses that are being read.
  std::size_t held_bytes_max = 256 * 1024 * 1024;
  // What a client has for reading a response also where others find no room: so long, and this rate.
  hub::Duration reading_time_min = 2s;
  std::size_t reading_bytes_per_second_min = 1024 * 1024;
  hub::Duration head_time_max = 10s;  // From the first byte of a request to the end of its head.
  hub::Duration idle_max = 75s;       // Between two requests.
  hub::Duration linger_max = 2s;      // After the last response, for the client to read it.
  // At any moment a body may have taken head_time_max, and as long as what has come of it takes at this rate; a
  // response that is being read may take head_time_max and as long as all of it takes.
  std::size_t bytes_per_second_min = 8 * 1024;
  std::size_t pipelined_bytes_max = 64 * 1024;  // Kept of what follows a request that is not answered yet.
  hub::Duration sweep_interval = 500ms;
};

}  // namespace adapters::wire::http
