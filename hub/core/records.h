// The values of the keys that describe what there is (keys.h). Encoded by hand, versioned, checked when read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/names.h"
#include "hub/base/result.h"
#include "hub/base/time.h"
#include "hub/core/command.h"
#include "hub/core/protocol.h"
#include "hub/core/reply.h"

namespace hub::core {

inline constexpr std::size_t kSecretBytes = 16;
using Secret = std::array<unsigned char, kSecretBytes>;

struct HubRecord {
  std::uint64_t boot = 0;     // How often the hub has started on this store.
  Instant time{};             // Hub time is never before this.
  std::uint64_t next_id = 1;  // Of queues, topics, subscriptions and patterns.
  Secret secret{};            // Receipt handles and message ids are made with it.
  Duration advanced{};        // By which tests have turned hub time on. Version 2, written only where it is not zero.

  std::string Encode() const;
  [[nodiscard]] static Result<HubRecord> Decode(std::string_view bytes);
};

// A queue or a topic. `declared` is what the configuration said when it was last applied: a reload compares with it, so
// that only what changed in the file changes here. It is empty, and is_declared false, for what an endpoint created.
//
// Version 2 added the tags, version 3 when the attributes last changed.
struct ResourceRecord {
  ResourceName name;
  Attributes attributes;
  bool is_declared = false;
  Attributes declared;
  Instant created{};
  Instant modified{};               // Queues: when the attributes last changed. Before version 3: when it was created.
  std::uint64_t next_sequence = 1;  // Topics: of their next chunk. A bound; the chunks may end before it.
  Tags tags = {};
  Tags declared_tags = {};

  std::string Encode() const;
  [[nodiscard]] static Result<ResourceRecord> Decode(std::string_view bytes);
};

// Of a subscription. Stored: a number never changes its meaning.
enum class ReplayState : std::uint8_t { kNone = 0, kRunning = 1, kCompleted = 2, kFailed = 3 };

// "Completed", "In progress", "Failed", or "".
std::string_view NameOf(ReplayState state);

// Version 3 added the pattern, version 4 what subscribers need that are not queues.
struct SubscriptionRecord {
  std::uint64_t topic = 0;
  Protocol protocol = Protocol::kSqs;
  std::string endpoint;     // The ARN of the queue, of which there may be none; otherwise see Protocol.
  std::string owner;        // The account that subscribed.
  std::string principal;    // The ARN of who did; "" for the hub itself.
  bool is_pending = false;  // Delivers nothing until somebody confirms who can read what comes to the endpoint.
  Instant requested{};      // When it was subscribed, or last asked to be confirmed.
  Attributes attributes;
  bool is_declared = false;
  Attributes declared;
  std::uint64_t pattern = 0;   // The pattern subscription that made it, or 0: somebody subscribed to this topic.
  std::uint64_t delivery = 0;  // Id of the queue of what the endpoint is still to get, unless that is a queue.
  ReplayState replay = ReplayState::kNone;
  std::uint64_t replay_next = 0;       // Of the archive's sequences: how far the replay is,
  std::uint64_t replay_live_from = 0;  // and what was published since it began.
  bool was_authenticated = false;      // Of who confirmed it the hub knew who it was: so it must of who ends it.

  std::string Encode() const;
  [[nodiscard]] static Result<SubscriptionRecord> Decode(std::string_view bytes);
  // The value of a key of kSubscriptionOfQueue: attributes and declaration only.
  [[nodiscard]] static Result<SubscriptionRecord> DecodeOfQueue(std::string_view bytes);
};

// A subscription to every topic that the pattern matches, now or later: each has an ordinary one, which names this.
struct PatternRecord {
  ResourceName topics;    // kTopicPattern
  std::string endpoint;   // The ARN of the queue. There may be no such queue.
  std::string owner;      // The account that subscribed, to which the queue belongs.
  std::string principal;  // The ARN of who did, who must be allowed each topic; "" for the hub itself, which may all.
  Attributes attributes;  // Of each subscription that it makes.
  bool is_declared = false;
  Attributes declared;

  std::string Encode() const;
  [[nodiscard]] static Result<PatternRecord> Decode(std::string_view bytes);
};

// The lane of a queue's noisy tenants.
struct LaneRecord {
  std::uint64_t id = 0;              // Of its chunks, as a queue has one.
  std::vector<std::uint32_t> noisy;  // Their tags.

  std::string Encode() const;
  [[nodiscard]] static Result<LaneRecord> Decode(std::string_view bytes);
};

// Chunks under the keys [from, to), gone with a purge or with their queue, whose references are still to be counted.
struct TrashRecord {
  std::string from;
  std::string to;
  // Delayed messages lie by when they are due, so that others may stand among those purged: what an earlier purge took
  // has a sequence before the first, what was sent since one from the second on.
  std::uint64_t sequence_from = 0;
  std::uint64_t sequence_to = 0;

  std::string Encode() const;
  [[nodiscard]] static Result<TrashRecord> Decode(std::string_view bytes);
};

// A move task; its key says of which queue.
struct MoveTaskRecord {
  MoveStatus status = MoveStatus::kRunning;
  std::uint64_t destination = 0;  // Id of the queue, or 0: back to where each message came from.
  std::string destination_arn;    // "" then.
  std::uint32_t rate = 0;         // Messages a second; 0: no limit.
  Instant started{};
  std::uint64_t before = 0;       // Moves messages with sequences below it: those that were there when it started.
  std::uint64_t lane_before = 0;  // The same in the lane of noisy tenants.
  std::uint64_t to_move = 0;      // About.
  std::uint64_t moved = 0;
  MoveFailure failure = MoveFailure::kNone;
  std::string reason;  // Of the failure, for a person.

  std::string Encode() const;
  [[nodiscard]] static Result<MoveTaskRecord> Decode(std::string_view bytes);
};

std::string EncodeCount(std::uint64_t count);
[[nodiscard]] Result<std::uint64_t> DecodeCount(std::string_view bytes);

}  // namespace hub::core
