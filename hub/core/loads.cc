// Asking for what is on disk, and taking it in.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

constexpr std::size_t kWindowRows = 4096;
constexpr std::size_t kWindowBytes = 2 * 1024 * 1024;
constexpr std::size_t kDueRows = 64;
constexpr std::size_t kTrashRows = 1024;
constexpr std::size_t kTrashBytes = 4 * 1024 * 1024;

}  // namespace

std::uint64_t Core::Ask(Load load, LoadKind kind, std::uint64_t owner, Turn& turn) {
  load.id = next_load_++;
  loads_[load.id] = {.load = load, .kind = kind, .owner = owner, .readable_turn = committed_turn_};
  turn.loads.push_back(std::move(load));
  return turn.loads.back().id;
}

void Core::AskForLoads(QueueEntry& queue, Turn& turn) {
  if (queue.load == 0 && (queue.wants_messages || queue.wants_tail)) {
    if (const auto range = queue.queue.NextLoad(queue.wants_tail)) {
      queue.load = Ask({.id = 0,
                        .from = Key(KeyKind::kChunk, queue.id, range->from),
                        .to = Key(KeyKind::kChunk, queue.id, range->to),
                        .rows_max = kWindowRows,
                        .bytes_max = kWindowBytes,
                        .bodies = true},
                       LoadKind::kWindow, queue.id, turn);
    } else if (queue.queue.TailOldest() == kNever) {
      queue.wants_messages = queue.wants_tail = false;  // It is all in memory.
    }
  }
  if (queue.due_load == 0 && queue.delayed.NextDue() <= turn.now) {
    if (queue.due_turn > committed_turn_) {
      wanting_.insert(queue.id);
      return;
    }
    queue.delayed.BeginScan();
    queue.due_load = Ask({.id = 0,
                          .from = Key(KeyKind::kDelayed, queue.id),
                          .to = Key(KeyKind::kDelayed, queue.id + 1),
                          .rows_max = kDueRows,
                          .bytes_max = kWindowBytes,
                          .bodies = true},
                         LoadKind::kDue, queue.id, turn);
  }
}

bool Core::TrashIsReadable() const {
  return std::any_of(trash_.begin(), trash_.end(),
                     [this](const auto& item) { return !item.second.loading && item.second.turn <= committed_turn_; });
}

void Core::AskForTrash(Turn& turn) {
  for (auto& [id, trash] : trash_) {
    if (trash.loading || trash.turn > committed_turn_) continue;
    trash.loading = true;
    Ask({.id = 0,
         .from = trash.range.from,
         .to = trash.range.to,
         .rows_max = kTrashRows,
         .bytes_max = kTrashBytes,
         .bodies = false},
        LoadKind::kTrash, id, turn);
    return;  // One at a time: nobody waits for it.
  }
}

void Core::AddLoaded(Loaded loaded, Turn& turn) {
  const auto found = loads_.find(loaded.id);
  HUB_ASSERT(found != loads_.end());
  const LoadUnderWay under_way = std::move(found->second);
  for (const Loaded::TopicChunk& chunk : loaded.topic_chunks) {
    auto block = topic_chunks_.AddLoaded(chunk);
    HUB_ASSERT(block);  // The store checks what it reads; what it does not catch, the parser does, and we stop.
    if (*block) loaded_blocks_.push_back(*block);
  }
  QueueEntry* queue = under_way.kind == LoadKind::kTrash || under_way.kind == LoadKind::kReplay
                          ? nullptr
                          : catalog_.FindQueue(under_way.owner);
  if (under_way.kind == LoadKind::kTrash) {
    AddTrash(under_way.owner, loaded, turn);
  } else if (queue && under_way.kind == LoadKind::kWindow && queue->load == loaded.id) {
    AddWindow(*queue, under_way.load, loaded, turn);
  } else if (queue && under_way.kind == LoadKind::kDue && queue->due_load == loaded.id) {
    AddDue(*queue, loaded, turn);
  } else if (under_way.kind == LoadKind::kReplay) {
    SubscriptionEntry* subscription = catalog_.FindSubscription(under_way.owner);
    if (subscription && subscription->replay_load == loaded.id) AddReplay(*subscription, loaded, turn);
  } else if (under_way.kind == LoadKind::kPeek) {
    AddPeek(loaded, turn);
  }
  loaded_blocks_.clear();
  loads_.erase(loaded.id);
}

// The content of a stored chunk. For a reference, the bodies are those that memory holds now: the load has just brought
// them. Stops the process when the bytes are damaged: the store has verified their checksum, so only a bug gets here.
queues::Content Core::ContentOf(const std::shared_ptr<const std::string>& value) const {
  queues::Content content;
  if (queues::IsReference(*value)) {
    auto reference = queues::Reference::Parse(*value);
    HUB_ASSERT(reference);
    content.block = topic_chunks_.Find(reference->topic, reference->topic_first);
    content.reference = std::make_shared<const queues::Reference>(std::move(*reference));
  } else {
    auto block = queues::Block::Parse(value);
    HUB_ASSERT(block);
    content.block = std::move(*block);
  }
  return content;
}

void Core::AddWindow(QueueEntry& queue, const Load& load, Loaded& loaded, Turn& turn) {
  queue.load = 0;
  ++queue.windows;
  queue.wants_tail = queue.wants_messages = false;
  Touch(queue);
  WakeMoveTask(queue, turn.now);
  const std::size_t before = queue.queue.ResidentBytes();
  queues::Sequence end = loaded.complete ? KeyPart(load.to, 1) : KeyPart(load.from, 1);
  for (const Loaded::Row& row : loaded.rows) {
    const queues::Sequence first = KeyPart(row.key, 1);
    queues::Content content = ContentOf(row.value);
    if (!loaded.complete) end = first + content.count();
    const std::shared_ptr<const queues::Reference> reference = content.reference;
    if (queue.queue.AddLoaded(first, content) && reference) {
      topic_chunks_.Use(reference->topic, reference->topic_first);
    }
  }
  queue.queue.EndLoad(KeyPart(load.from, 1), end);
  for (const Loaded::Row& row : loaded.rows) {
    if (queue.delivers_for) break;  // What is delivered must still know what was published.
    if (queues::Chunk* sparse = queue.queue.Sparse(KeyPart(row.key, 1))) RewriteSparse(queue, *sparse, turn);
  }
  resident_bytes_ += queue.queue.ResidentBytes() - before;

  for (Command& command : std::exchange(queue.deferred, {})) ApplyNow(std::move(command), turn);
  const Instant tail = queue.queue.TailOldest();
  if (tail != kNever && tail + queue.settings.retention <= turn.now) queue.wants_tail = true;
}

// Writes a chunk again with only the bodies that are left, so that a few survivors do not hold on to the space of all,
// nor to a topic's chunk.
void Core::RewriteSparse(QueueEntry& queue, queues::Chunk& chunk, Turn& turn) {
  queues::ChunkBuilder builder(chunk.sent, chunk.id_base);
  for (std::uint32_t i = 0; i < chunk.slots.count(); ++i) {
    if (chunk.slots.IsDeleted(i)) {
      builder.Append(queues::Record{});
      continue;
    }
    std::string envelope;
    builder.Append(chunk.content.reference ? Carry(Deliver(queue, {&chunk, i}), envelope) : chunk.content.At(i));
  }
  const std::shared_ptr<const queues::Reference> reference = chunk.content.reference;
  const std::shared_ptr<const queues::Block> block = builder.Seal();
  turn.batch.Put(Key(KeyKind::kChunk, queue.id, chunk.first), block->bytes());
  queue.queue.Rewrite(chunk, block, turn.index);
  if (reference) topic_chunks_.Release(reference->topic, reference->topic_first, true);
}

// Delayed messages whose time has come join the log. Theirs were the sequences from which their ids come; in the log
// they get new ones.
void Core::AddDue(QueueEntry& queue, Loaded& loaded, Turn& turn) {
  queue.due_load = 0;
  Touch(queue);
  CloseQueue(queue, turn);
  std::uint64_t moved = 0;
  std::optional<Instant> next;
  for (const Loaded::Row& row : loaded.rows) {
    if (KeyPart(row.key, 2) < queue.delayed_from) continue;  // Purged; AddTrash removes it.
    queues::Content content = ContentOf(row.value);
    // [aws 28] A message keeps the delay that it was sent with, but in a FIFO queue all have the one of today. Their
    // keys are in the order of sending either way.
    const Instant due = queue.settings.fifo.on ? content.sent() + queue.settings.delay
                                               : InstantOf(static_cast<std::int64_t>(KeyPart(row.key, 1)));
    if (due > turn.now) {
      next = due;
      break;
    }
    const std::uint32_t count = content.count();
    turn.batch.Delete(row.key);
    const queues::Sequence first = queue.queue.Reserve(count);
    turn.batch.Put(Key(KeyKind::kChunk, queue.id, first), row.value);
    const std::shared_ptr<const queues::Reference> reference = content.reference;
    const std::size_t before = queue.queue.ResidentBytes();
    const bool keep = resident_bytes_ < options_.window_bytes_max;
    if (queue.queue.Append(first, content, turn.index, keep) && reference) {
      topic_chunks_.Use(reference->topic, reference->topic_first);
    }
    resident_bytes_ += queue.queue.ResidentBytes() - before;
    moved += count;
  }
  if (!next && !loaded.complete) next = turn.now;
  if (moved > 0) {
    queue.due_turn = turn.index;
    turn.batch.flush = true;  // Their new sequences must not be forgotten once a handle names them.
  }
  queue.delayed.EndScan(moved, next);
  UpdateTimer(queue);
}

void Core::AddTrash(std::uint64_t id, Loaded& loaded, Turn& turn) {
  Trash& trash = trash_.at(id);
  trash.loading = false;
  trash.turn = turn.index;
  const bool delayed = trash.range.from[0] == static_cast<char>(KeyKind::kDelayed);
  for (const Loaded::Row& row : loaded.rows) {
    const queues::Sequence sequence = KeyPart(row.key, delayed ? 2 : 1);
    if (sequence < trash.range.sequence_from || sequence >= trash.range.sequence_to) continue;
    if (delayed) turn.batch.Delete(row.key);
    if (!queues::IsReference(*row.value)) continue;
    auto reference = queues::Reference::Parse(*row.value);
    HUB_ASSERT(reference);
    topic_chunks_.Release(reference->topic, reference->topic_first, false);
  }
  const std::string from = trash.range.from;
  if (loaded.complete) {
    if (!delayed) {
      turn.batch.DeleteRange(from, trash.range.to);
      turn.reclaims.emplace_back(from, trash.range.to);
    }
    turn.batch.Delete(Key(KeyKind::kTrash, id));
    trash_.erase(id);
    return;
  }
  if (loaded.rows.empty()) return;  // All of it went while it was read: once more from there.
  trash.range.from = loaded.rows.back().key + '\0';
  if (!delayed) turn.batch.DeleteRange(from, trash.range.from);
  turn.batch.Put(Key(KeyKind::kTrash, id), trash.range.Encode());
}

}  // namespace hub::core
