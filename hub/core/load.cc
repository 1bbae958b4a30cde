#include "hub/core/load.h"

#include <set>
#include <utility>

#include "hub/core/keys.h"
#include "hub/core/records.h"
#include "queues/chunk.h"

namespace hub::core {
namespace {

Result<Loaded::TopicChunk> ReadTopicChunk(std::uint64_t topic, std::uint64_t first, bool body, const Scan& scan) {
  Loaded::TopicChunk chunk{.topic = topic, .first = first, .references = 0, .value = nullptr};
  Result<std::uint64_t> count = 0;
  const std::string body_key = TopicChunkKey(topic, first);
  const std::string count_key = TopicChunkCountKey(topic, first);
  auto scanned = scan(body ? body_key : count_key, count_key + '\0', [&](std::string_view key, std::string_view value) {
    if (key == count_key) {
      count = DecodeCount(value);
    } else {
      chunk.value = std::make_shared<const std::string>(value);
    }
    return true;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  if (!count) return tl::unexpected(count.error());
  if (!body || chunk.value) chunk.references = *count;
  return chunk;
}

Result<bool> StillThere(const std::string& key, const Scan& scan) {
  bool there = false;
  auto scanned = scan(key, key + '\0', [&](std::string_view, std::string_view) { return there = true; });
  if (!scanned) return tl::unexpected(scanned.error());
  return there;
}

}  // namespace

Result<Loaded> ReadLoad(const Load& load, const Scan& scan) {
  Loaded loaded{.id = load.id, .rows = {}, .topic_chunks = {}, .complete = true};
  std::size_t bytes = 0;
  auto scanned = scan(load.from, load.to, [&](std::string_view key, std::string_view value) {
    if (loaded.rows.size() >= load.rows_max || (!loaded.rows.empty() && bytes + value.size() > load.bytes_max)) {
      loaded.complete = false;
      return false;
    }
    bytes += value.size();
    loaded.rows.push_back({std::string(key), std::make_shared<const std::string>(value)});
    return true;
  });
  if (!scanned) return tl::unexpected(scanned.error());

  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
    if (!loaded.rows[i].value || !queues::IsReference(*loaded.rows[i].value)) continue;
    auto reference = queues::Reference::Parse(*loaded.rows[i].value);
    if (!reference) return tl::unexpected(reference.error());
    if (!seen.emplace(reference->topic, reference->topic_first).second) continue;
    auto chunk = ReadTopicChunk(reference->topic, reference->topic_first, load.bodies, scan);
    if (!chunk) return tl::unexpected(chunk.error());
    if (chunk->references == 0) {
      // Either both were deleted while we were reading, or something else was and the store is damaged.
      auto there = StillThere(loaded.rows[i].key, scan);
      if (!there) return tl::unexpected(there.error());
      if (*there) return Fail(Code::kStorage, "A queue refers to a topic's chunk that the store does not hold.");
      loaded.rows[i].value = nullptr;
      continue;
    }
    if (chunk->value) bytes += chunk->value->size();
    loaded.topic_chunks.push_back(std::move(*chunk));
    if (bytes > load.bytes_max && i + 1 < loaded.rows.size()) {
      loaded.rows.resize(i + 1);  // Enough: the rest comes with the next load.
      loaded.complete = false;
    }
  }
  std::erase_if(loaded.rows, [](const Loaded::Row& row) { return !row.value; });
  return loaded;
}

}  // namespace hub::core
