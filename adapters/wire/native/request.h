// Requests of the native protocol, version 1: [1, id, "operation", arguments...] as one msgpack array in one frame.
// adapters/zmq/README.md describes every operation.
//
// Decoding is strict: another version, an unknown operation, a wrong type, a missing or an extra argument, an extension
// type, a length that the frame does not hold, or bytes after the array, all refuse the request. Nothing is allocated
// in proportion to a length that a frame merely claims.
//
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/wire/native/buffer.h"
#include "hub/base/result.h"
#include "hub/core/command.h"

namespace adapters::wire::native {

inline constexpr std::uint64_t kProtocolVersion = 1;

struct Request {
  std::uint64_t id = 0;  // The client's; zero when the frame did not get that far.
  hub::Result<hub::core::Operation> operation;
  std::size_t bytes = 0;  // What `operation` holds in memory, the frame not counted.
};

// Messages, handles and subjects of the operation are views into `frame`. The operation is an error of kMalformed,
// kUnknownOperation, kBatchTooLarge or kInvalidArgument (a number out of its range) when the frame is not a request.
Request DecodeRequest(std::string_view frame);

// Whether `operation` has views into its frame, so that the frame must outlive it.
bool HoldsViews(const hub::core::Operation& operation);

// `operation` is one that clients can ask for: neither Follow nor Reload.
Buffer EncodeRequest(std::uint64_t id, const hub::core::Operation& operation);

}  // namespace adapters::wire::native
