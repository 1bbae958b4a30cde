#include "hub/core/keys.h"

#include "hub/base/bytes.h"

namespace hub::core {

std::string HubKey() { return std::string(1, static_cast<char>(KeyKind::kHub)); }

std::string Key(KeyKind kind, std::uint64_t id) {
  std::string key(1, static_cast<char>(kind));
  AppendBigEndian(key, id);
  return key;
}

std::string Key(KeyKind kind, std::uint64_t id, std::uint64_t second) {
  std::string key = Key(kind, id);
  AppendBigEndian(key, second);
  return key;
}

namespace {

std::string TimedKey(KeyKind kind, std::uint64_t queue, Instant at, std::uint64_t sequence) {
  std::string key = Key(kind, queue, static_cast<std::uint64_t>(MicrosOf(at)));
  AppendBigEndian(key, sequence);
  return key;
}

}  // namespace

std::string DelayedKey(std::uint64_t queue, Instant due, std::uint64_t sequence) {
  return TimedKey(KeyKind::kDelayed, queue, due, sequence);
}

std::string DeduplicationKey(std::uint64_t queue, Instant accepted, std::uint64_t sequence) {
  return TimedKey(KeyKind::kDeduplication, queue, accepted, sequence);
}

std::string TopicChunkKey(std::uint64_t topic, std::uint64_t sequence) {
  return Key(KeyKind::kTopicChunk, topic, sequence) + '\0';
}

std::string TopicChunkCountKey(std::uint64_t topic, std::uint64_t sequence) {
  return Key(KeyKind::kTopicChunk, topic, sequence) + '\1';
}

std::string KindEnd(KeyKind kind) { return std::string(1, static_cast<char>(static_cast<char>(kind) + 1)); }

std::uint64_t KeyPart(std::string_view key, std::size_t index) {
  const std::size_t at = 1 + index * 8;
  return key.size() >= at + 8 ? ReadBigEndian(key.substr(at)) : 0;
}

}  // namespace hub::core
