// Every persistent key of the hub, in one place.
//
//   01                               hub: format, boot epoch, time, ids, secret             HubRecord (records.h)
//   02 queue                         a queue's name and attributes                          QueueRecord
//   03 topic                         a topic's name and attributes                          TopicRecord
//   04 topic queue                   a subscription as it was kept before 0c: moved there at start
//   05 queue                         a queue's counters                                     queues::Counters
//   06 queue sequence                a chunk: Block or Reference                            queues/chunk.h
//   07 queue sequence                what happened to a chunk's messages                    queues::Slots
//   08 queue due sequence            delayed messages, a chunk of them                      queues/chunk.h
//   09 topic sequence 00             a topic's chunk                                        queues::Block
//   09 topic sequence 01             how many chunks refer to it                            Varint
//   0a trash                         a range of chunks gone with a purge or a queue         TrashRecord
//   0b queue time sequence           what a FIFO queue or topic accepted, to know it again queues::Accepted
//   0c queue task                    a move task of a dead-letter queue                      MoveTaskRecord
//   0d queue                         the lane of its noisy tenants: its id, and who they are LaneRecord
//   0e subscription                  a subscription                                         SubscriptionRecord
//   0f pattern                       a subscription to all topics that a pattern matches    PatternRecord
//
// Kind 00 belongs to the store itself. Numbers are eight bytes, big-endian, so that keys sort by them. Keys hold only
// ids, never names. Every value begins with its version and the id of the key that seals it (0: not sealed).
//
// To change a format: raise the version in that value, read both, write the new one; to change a key: add a kind, move
// what the old one holds at start, never reuse a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/time.h"

namespace hub::core {

enum class KeyKind : char {
  kHub = 1,
  kQueue = 2,
  kTopic = 3,
  kSubscriptionOfQueue = 4,
  kCounters = 5,
  kChunk = 6,
  kSlots = 7,
  kDelayed = 8,
  kTopicChunk = 9,
  kTrash = 10,
  kDeduplication = 11,
  kMoveTask = 12,
  kLane = 13,
  kSubscription = 14,
  kPattern = 15,
};

std::string HubKey();
std::string Key(KeyKind kind, std::uint64_t id);
std::string Key(KeyKind kind, std::uint64_t id, std::uint64_t second);
std::string DelayedKey(std::uint64_t queue, Instant due, std::uint64_t sequence);
std::string DeduplicationKey(std::uint64_t queue, Instant accepted, std::uint64_t sequence);
std::string TopicChunkKey(std::uint64_t topic, std::uint64_t sequence);
std::string TopicChunkCountKey(std::uint64_t topic, std::uint64_t sequence);

// The first key after all keys of this kind.
std::string KindEnd(KeyKind kind);

// The numbers after the kind byte; 0 where the key is too short.
std::uint64_t KeyPart(std::string_view key, std::size_t index);

}  // namespace hub::core
