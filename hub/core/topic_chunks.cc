#include "hub/core/topic_chunks.h"

#include "hub/base/assert.h"
#include "hub/core/keys.h"
#include "hub/core/records.h"

namespace hub::core {

void TopicChunks::Touch(const Id& id, Entry& entry) {
  if (entry.dirty) return;
  entry.dirty = true;
  dirty_.push_back(id);
}

void TopicChunks::Add(std::uint64_t topic, queues::Sequence first, const std::shared_ptr<const queues::Block>& block,
                      std::uint64_t references, std::uint32_t users) {
  const auto [at, inserted] = entries_.try_emplace(Id{topic, first});
  HUB_ASSERT(inserted && references > 0 && users <= references);
  at->second.references = references;
  at->second.users = users;
  at->second.block = block;
  Touch(at->first, at->second);
  if (users == 0) idle_.push_back(at->first);
}

Result<std::shared_ptr<const queues::Block>> TopicChunks::AddLoaded(const Loaded::TopicChunk& loaded) {
  const auto [at, inserted] = entries_.try_emplace(Id{loaded.topic, loaded.first});
  Entry& entry = at->second;
  if (inserted) {
    entry.references = loaded.references;
    idle_.push_back(at->first);
  }
  std::shared_ptr<const queues::Block> block = entry.block.lock();
  if (!block && loaded.value) {
    auto parsed = queues::Block::Parse(loaded.value);
    if (!parsed) return tl::unexpected(parsed.error());
    block = std::move(*parsed);
    entry.block = block;
  }
  return block;
}

void TopicChunks::Refer(std::uint64_t topic, queues::Sequence first) {
  const auto at = entries_.find({topic, first});
  HUB_ASSERT(at != entries_.end() && at->second.references > 0);
  ++at->second.references;
  Touch(at->first, at->second);
}

void TopicChunks::Use(std::uint64_t topic, queues::Sequence first) {
  const auto at = entries_.find({topic, first});
  HUB_ASSERT(at != entries_.end());
  ++at->second.users;
}

void TopicChunks::Release(std::uint64_t topic, queues::Sequence first, bool used) {
  const auto at = entries_.find({topic, first});
  HUB_ASSERT(at != entries_.end() && at->second.references > 0);
  Entry& entry = at->second;
  --entry.references;
  Touch(at->first, entry);
  if (!used) return;
  HUB_ASSERT(entry.users > 0);
  if (--entry.users == 0) idle_.push_back(at->first);
}

std::shared_ptr<const queues::Block> TopicChunks::Find(std::uint64_t topic, queues::Sequence first) const {
  const auto at = entries_.find({topic, first});
  return at == entries_.end() ? nullptr : at->second.block.lock();
}

void TopicChunks::WriteChanges(Batch& batch) {
  for (const Id& id : dirty_) {
    Entry& entry = entries_.at(id);
    entry.dirty = false;
    entry.changed_turn = batch.turn;
    if (entry.references > 0) {
      batch.Put(TopicChunkCountKey(id.first, id.second), EncodeCount(entry.references));
    } else {
      batch.Delete(TopicChunkKey(id.first, id.second));
      batch.Delete(TopicChunkCountKey(id.first, id.second));
    }
  }
  dirty_.clear();
}

void TopicChunks::Evict(std::uint64_t readable_turn) {
  std::vector<Id> later;
  for (const Id& id : idle_) {
    const auto at = entries_.find(id);
    if (at == entries_.end() || at->second.users > 0) continue;
    if (at->second.dirty || at->second.changed_turn > readable_turn) {
      later.push_back(id);
    } else {
      entries_.erase(at);
    }
  }
  idle_ = std::move(later);
}

std::size_t TopicChunks::ResidentBytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, entry] : entries_) {
    if (const auto block = entry.block.lock()) bytes += block->bytes()->size();
  }
  return bytes;
}

}  // namespace hub::core
