// Replies of the native protocol, version 1: [1, id, "ok", result] or [1, id, "CodeName", "message"] as one msgpack
// array in one frame. adapters/zmq/README.md describes every result.
//
// A reply does not say which operation it answers: the client knows by the id. It reads that first (ReplyId), then
// decodes the result as the kind that the operation has (KindOf).
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/wire/native/buffer.h"
#include "hub/base/message.h"
#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace adapters::wire::native {

// --- The hub's side -------------------------------------------------------------------------------------------------

Buffer EncodeReply(std::uint64_t id, const hub::Result<hub::core::Reply>& reply);

// --- The client's side ----------------------------------------------------------------------------------------------

// A message as a receiver gets it. Views point into the frame.
struct Received {
  hub::core::MessageId id;
  std::string_view handle;  // For Delete and ChangeVisibility, as it is.
  std::string_view body;    // Rendered: raw, or the envelope of a notification.
  std::uint32_t receive_count = 0;
  hub::Instant sent{};            // To the millisecond.
  hub::Instant first_received{};  // To the millisecond.
  std::vector<hub::Attribute> attributes;
  std::string_view sender;
  std::string_view subject;             // "" for none, and under an envelope, which holds it inside.
  std::string_view dead_letter_source;  // "" for none.
  std::string_view group;               // Its message group, or "".
  std::string_view deduplication;       // Its deduplication id, or "".
  std::uint64_t sequence = 0;           // Of a FIFO queue: grows within each message group. Otherwise 0.
  std::string_view trace;               // Its trace header, or "".
};

// A message that was looked at; it has no handle.
struct LookedAt {
  Received message;
  hub::core::MessageState state = hub::core::MessageState::kVisible;
  hub::Instant until{};  // To the millisecond. When it can be received, unless it can now.
};

struct Look {
  std::vector<LookedAt> messages;
  std::string next;  // For the next page, or "".
};

using ReplyBody =
    std::variant<hub::core::DoneReply, hub::core::CreatedReply, hub::core::SendReply, hub::core::EntriesReply,
                 std::vector<Received>, hub::core::QueuesReply, hub::core::TopicsReply, hub::core::SubscriptionsReply,
                 hub::core::MoveTasksReply, hub::core::ArnsReply, hub::core::TagsReply, hub::core::HubReply,
                 hub::core::TopologyReply, hub::core::TextReply, Look>;

// The alternatives of ReplyBody, in its order.
enum class ReplyKind : std::uint8_t {
  kDone,
  kCreated,
  kSend,
  kEntries,
  kReceive,
  kQueues,
  kTopics,
  kSubscriptions,
  kMoveTasks,
  kArns,
  kTags,
  kHub,
  kTopology,
  kText,
  kPeek,
};

// The kind that answers `operation`, which is one that a client may ask for.
ReplyKind KindOf(const hub::core::Operation& operation);

// The id of the request that `frame` answers. kMalformed when `frame` is not a reply; the rest is not looked at.
[[nodiscard]] hub::Result<std::uint64_t> ReplyId(std::string_view frame);

// The result, or the error that the hub answered; kMalformed when `frame` is not a reply of this kind. A code that this
// library does not know becomes kUnavailable, its name kept in the message.
[[nodiscard]] hub::Result<ReplyBody> DecodeReply(std::string_view frame, ReplyKind kind);

}  // namespace adapters::wire::native
