// The chunks of topics that queues refer to: how many references each has, and its bodies while somebody needs them.
//
// The count is stored beside the chunk and changes in the same batch as the references. In memory is what some queue's
// window refers to. A count may leave memory only when it is in the store and no load under way can have read an older
// one.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "hub/core/batch.h"
#include "hub/core/load.h"
#include "queues/chunk.h"

namespace hub::core {

class TopicChunks {
 public:
  // A chunk that was just published, with so many references, of which `users` are in some queue's memory.
  void Add(std::uint64_t topic, queues::Sequence first, const std::shared_ptr<const queues::Block>& block,
           std::uint64_t references, std::uint32_t users);

  // A chunk that a load has brought; what memory already knows counts more. Returns its bodies: null only if there were
  // none and memory has none.
  [[nodiscard]] Result<std::shared_ptr<const queues::Block>> AddLoaded(const Loaded::TopicChunk& loaded);

  // One more queue refers to a chunk that is in memory.
  void Refer(std::uint64_t topic, queues::Sequence first);
  // A reference is now in some queue's memory.
  void Use(std::uint64_t topic, queues::Sequence first);
  // A reference is gone for good. `used`: it was in memory.
  void Release(std::uint64_t topic, queues::Sequence first, bool used);

  // Bodies in memory, if any.
  std::shared_ptr<const queues::Block> Find(std::uint64_t topic, queues::Sequence first) const;

  // Writes what changed into the turn's batch.
  void WriteChanges(Batch& batch);

  // Lets go of what nobody uses and `readable_turn` has in the store for every load to see.
  void Evict(std::uint64_t readable_turn);

  // Bodies held, counted at the time of the call.
  std::size_t ResidentBytes() const;

 private:
  struct Entry {
    std::uint64_t references = 0;
    std::uint32_t users = 0;
    std::uint64_t changed_turn = 0;
    bool dirty = false;
    std::weak_ptr<const queues::Block> block;
  };
  using Id = std::pair<std::uint64_t, queues::Sequence>;

  void Touch(const Id& id, Entry& entry);

  std::map<Id, Entry> entries_;
  std::vector<Id> dirty_;
  std::vector<Id> idle_;
};

}  // namespace hub::core
