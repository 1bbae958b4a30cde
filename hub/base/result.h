// Errors the hub expects and answers, as values.
//
// A broken invariant is not an error: it is a bug, and HUB_ASSERT stops the process (assert.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace hub {

// One code per answer that a client can act on. An endpoint maps each to its own protocol in a single table, so the
// core never spells a protocol's error.
enum class Code : std::uint8_t {
  kAccessDenied,
  kInvalidArgument,
  kMissingArgument,
  kQueueNotFound,
  kQueueExists,  // With different attributes; creating it again with the same ones succeeds.
  kTopicNotFound,
  kTopicExists,
  kSubscriptionNotFound,
  kSubscriptionExists,   // With different attributes.
  kFilterPolicyInvalid,  // The message is what SNS says after "FilterPolicy: ".
  kTaskNotFound,         // A move task.
  kTooManyTags,
  kReceiptHandleInvalid,
  kNotInFlight,  // A visibility change for a message that is not hidden by this handle.
  kMessageTooLarge,
  kBatchTooLarge,
  kTooManyInFlight,
  kDeclaredInYaml,  // What the configuration declares is changed there (or with `drift: allow`).
  kNoSpace,         // The disk is below its watermark; receives and deletes go on.
  kOverloaded,      // A bound on memory or on waiting commands is reached; try again.
  kMalformed,       // Bytes that are not a request.
  kUnknownOperation,
  kUnavailable,  // The hub is stopping.
  kStorage,      // The store failed or holds something that it cannot have written.
  // `about` of an error names what each of these is about.
  kAttributeUnknown,      // Of a queue: there is none of that name, or not for a queue of this kind.
  kAttributeInvalid,      // Of a queue: it cannot have this value.
  kMessageInvalid,        // A body that is not text, where it must be.
  kQueueDeletedRecently,  // Less than a minute ago (`sixty_second_rules`).
  kPurgeInProgress,       // The last one began less than a minute ago (`sixty_second_rules`).
  kHandleExpired,         // In a FIFO queue: the message has been visible again since.
  kNotADeadLetterQueue,
  kTaskRunning,
  kTaskHandleInvalid,
  kLabelTaken,  // Of a statement of a policy.
  kLabelUnknown,
  kDeduplicationMissing,
  kGroupMissing,
  kOverLimit,  // More of something than there may be: statements of a policy, subscriptions, filters.
};

// The last of them, for loops over all.
inline constexpr Code kCodeLast = Code::kOverLimit;

// The name of a code as it stands on the native wire and in `--json` output, such as "AccessDenied".
std::string_view NameOf(Code code);

struct Error {
  Code code;
  std::string message;     // Complete sentences for a human; never parsed.
  std::string about = {};  // What is at fault, for protocols that name it: an attribute, a parameter, a label. Or "".

  friend bool operator==(const Error&, const Error&) = default;
};

// The only place that names the library: becomes std::expected with C++23.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(Code code, std::string message, std::string about = {}) {
  return tl::unexpected<Error>({code, std::move(message), std::move(about)});
}

}  // namespace hub
