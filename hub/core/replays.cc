// Archives of FIFO topics, and replays of them. [aws 149]
//
// An archive is a subscription of the hub's own, listed nowhere, whose delivery queue keeps everything for as many days
// as the topic's ArchivePolicy says. A replay reads it from the store and gives what lies between its two points to a
// subscription, in order, filtered and rendered as that is now.
//
//   live ──ReplayPolicy──▶ replaying: [starting point, ending point] ─▶ [what was published meanwhile] ──▶ live again
//
// While it replays, a subscription gets nothing live: so every message group keeps its order.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

constexpr std::uint32_t kReplayRows = 16;
constexpr std::size_t kReplayBytes = 1024 * 1024;

SubscriptionRecord ArchiveRecord(const TopicEntry& topic, Instant now) {
  SubscriptionRecord record;
  record.topic = topic.id;
  record.protocol = Protocol::kArchive;
  record.endpoint = "archive";
  record.owner = topic.record.name.account;
  record.requested = now;
  record.was_authenticated = true;
  record.attributes = {{"RawMessageDelivery", "true"}};
  return record;
}

}  // namespace

std::string_view NameOf(ReplayState state) {
  switch (state) {
    case ReplayState::kNone: return "";
    case ReplayState::kRunning: return "In progress";
    case ReplayState::kCompleted: return "Completed";
    case ReplayState::kFailed: return "Failed";
  }
  return "";
}

// --- Archives -------------------------------------------------------------------------------------------------------

// Begins, ends or goes on with the topic's archive, as its policy is now.
void Core::KeepArchive(TopicEntry& topic, Turn& turn) {
  if (topic.settings.archive > Duration::zero() && !topic.archive) {
    CloseTopic(topic, turn);
    SubscriptionRecord record = ArchiveRecord(topic, turn.now);
    auto settings = ReadSubscriptionAttributes(record.attributes);
    HUB_ASSERT(settings);
    SubscribeNow(topic, std::move(record), *std::move(settings), turn);
  }
  if (!topic.archive) return;
  topic.archive->queue->settings.retention = topic.settings.archive;
  Touch(*topic.archive->queue);
  if (topic.settings.archive > Duration::zero()) return;
  for (const auto& subscription : topic.subscriptions) {
    if (subscription && subscription->record.replay == ReplayState::kRunning) {
      EndReplay(*subscription, ReplayState::kFailed, turn);
    }
  }
  DeleteSubscriptionNow(*topic.archive, turn);
}

// What was stored before there were archives has policies and none.
void Core::KeepArchives(Turn& turn) {
  if (std::exchange(archives_kept_, true)) return;
  for (const auto& [id, topic] : catalog_.topics()) {
    if (topic->settings.archive > Duration::zero() && !topic->archive) KeepArchive(*topic, turn);
  }
}

// Whether some subscription is reading the topic's archive.
bool Core::IsReplayed(const TopicEntry& topic) {
  return std::any_of(topic.subscriptions.begin(), topic.subscriptions.end(), [](const auto& subscription) {
    return subscription && subscription->record.replay == ReplayState::kRunning;
  });
}

// The earliest instant from which there can be anything to replay.
Instant Core::BeginningOfArchive(const TopicEntry& topic, Instant now) {
  if (!topic.archive) return kNever;
  return std::max(topic.archive->record.requested, now - topic.settings.archive);
}

// --- Beginning and ending -------------------------------------------------------------------------------------------

Result<void> Core::MayReplay(const TopicEntry& topic, const SubscriptionSettings& settings, Protocol protocol) {
  if (!settings.replay) return {};
  if (protocol != Protocol::kSqs || !topic.settings.fifo.on) {
    return Fail(Code::kInvalidArgument, "ReplayPolicy: only queues subscribed to FIFO topics can replay.",
                "ReplayPolicy");
  }
  if (topic.archive) return {};
  return Fail(Code::kInvalidArgument, "ReplayPolicy: the topic has no archive. Set its ArchivePolicy first.",
              "ReplayPolicy");
}

// The subscription's replay as its attributes, which have just been set, say: a new one, or none. What was published
// since an earlier one began, which has not ended, is still to come in any case.
void Core::StartReplay(SubscriptionEntry& subscription, Turn& turn) {
  CloseTopic(*subscription.topic, turn);
  SubscriptionRecord& record = subscription.record;
  const bool was_running = record.replay == ReplayState::kRunning;
  if (!subscription.replay_range) {
    if (was_running) record.replay_next = std::max(record.replay_next, record.replay_live_from);
    if (!was_running) record.replay = ReplayState::kNone;
    return Store(subscription, turn);
  }
  const queues::Queue& archive = subscription.topic->archive->queue->queue;
  if (!was_running) record.replay_live_from = archive.next_sequence();
  record.replay = ReplayState::kRunning;
  record.replay_next = archive.Watermark();
  BeReplaying(subscription);
  Store(subscription, turn);
}

// Takes it off the router: until the replay ends, only what is read from the archive is routed to it.
void Core::BeReplaying(SubscriptionEntry& subscription) {
  const topics::Subscription* live = subscription.topic->router.Find(subscription.slot);
  if (live) {
    subscription.replay_router = std::make_unique<topics::Topic>();
    subscription.replay_router->Subscribe(*live);
    subscription.topic->router.Unsubscribe(subscription.slot);
  }
  subscription.replay_load = 0;
  subscription.replay_waits_for = 0;
  replaying_.insert(subscription.id);
}

void Core::EndReplay(SubscriptionEntry& subscription, ReplayState state, Turn& turn) {
  subscription.record.replay = state;
  replaying_.erase(subscription.id);
  subscription.replay_load = 0;
  if (subscription.replay_router && !subscription.record.is_pending) {
    CloseTopic(*subscription.topic, turn);
    subscription.topic->router.Subscribe(*subscription.replay_router->Find(subscription.slot));
  }
  subscription.replay_router.reset();
  Store(subscription, turn);
}

// --- Going on -------------------------------------------------------------------------------------------------------

// Whether more of the archive can be read than was the last time.
bool Core::CanReplay(const SubscriptionEntry& subscription) const {
  return subscription.replay_load == 0 && subscription.replay_waits_for <= committed_turn_;
}

Instant Core::NextReplay() const {
  for (const std::uint64_t id : replaying_) {
    const SubscriptionEntry* subscription = catalog_.FindSubscription(id);
    if (subscription && CanReplay(*subscription) && !space_low_) return InstantOf(0);
  }
  return kNever;
}

void Core::RunReplays(Turn& turn) {
  const std::set<std::uint64_t> replaying = replaying_;
  for (const std::uint64_t id : replaying) {
    SubscriptionEntry* subscription = catalog_.FindSubscription(id);
    if (!subscription) {
      replaying_.erase(id);
    } else if (!subscription->topic->archive) {
      EndReplay(*subscription, ReplayState::kFailed, turn);
    } else if (CanReplay(*subscription) && !space_low_) {
      GoOnReplaying(*subscription, turn);
    }
  }
}

// Asks for what comes next, or ends where there is nothing more, not even of this turn.
void Core::GoOnReplaying(SubscriptionEntry& subscription, Turn& turn) {
  QueueEntry& archive = *subscription.topic->archive->queue;
  CloseTopic(*subscription.topic, turn);
  SubscriptionRecord& record = subscription.record;
  record.replay_next = std::max(record.replay_next, archive.queue.Watermark());
  if (record.replay_next >= archive.queue.next_sequence()) {
    return EndReplay(subscription, subscription.replay_range ? ReplayState::kCompleted : ReplayState::kNone, turn);
  }
  subscription.replay_load = Ask({.id = 0,
                                  .from = Key(KeyKind::kChunk, archive.id, record.replay_next),
                                  .to = Key(KeyKind::kChunk, archive.id + 1),
                                  .rows_max = kReplayRows,
                                  .bytes_max = kReplayBytes,
                                  .bodies = true},
                                 LoadKind::kReplay, subscription.id, turn);
}

void Core::AddReplay(SubscriptionEntry& subscription, const Loaded& loaded, Turn& turn) {
  subscription.replay_load = 0;
  const std::uint64_t before = subscription.record.replay_next;
  for (const Loaded::Row& row : loaded.rows) ReplayChunk(subscription, row, turn);
  if (subscription.record.replay_next == before) {
    subscription.replay_waits_for = committed_turn_ + 1;  // What is there is not in the store yet.
    return;
  }
  Store(subscription, turn);
}

// Gives the queue those messages of an archived chunk that are wanted.
void Core::ReplayChunk(SubscriptionEntry& subscription, const Loaded::Row& row, Turn& turn) {
  const queues::Sequence first = KeyPart(row.key, 1);
  const queues::Content content = ContentOf(row.value);
  SubscriptionRecord& record = subscription.record;
  if (!content.reference || first < record.replay_next) return;
  record.replay_next = first + content.count();
  const std::optional<ReplayRange>& range = subscription.replay_range;
  const bool is_live = first >= record.replay_live_from;
  const bool is_within = range && content.sent() >= range->from && content.sent() <= range->to;
  queues::Position ignored;
  const bool is_kept = content.sent() + subscription.topic->settings.archive > turn.now &&
                       subscription.topic->archive->queue->queue.Find(first, ignored) != queues::Queue::Where::kGone;
  if ((!is_live && !is_within) || !is_kept || !subscription.replay_router) return;
  std::vector<std::uint8_t> wanted;
  std::vector<Message> accepted;  // Of what was published meanwhile: its group and id. A replay itself is no news.
  for (std::uint32_t i = 0; i < content.count(); ++i) {
    const queues::Record published = content.At(i);
    if (!IsWanted(subscription, published)) continue;
    const Message message{
        .body = {}, .attributes = {}, .group = published.group, .deduplication = published.deduplication};
    QueueEntry& queue = *subscription.queue;
    if (is_live && FindAccepted(queue.deduplicator, queue.id, message, queue.settings.fifo, turn)) continue;
    if (is_live && queue.settings.fifo.on) accepted.push_back(message);
    wanted.push_back(content.reference->indices[i]);
  }
  if (wanted.empty()) return;
  QueueEntry& queue = *subscription.queue;
  CloseQueue(queue, turn);
  queues::Sequence sequence = queue.queue.next_sequence();
  DeliverReplayed(subscription, content, std::move(wanted), !is_live, turn);
  if (queue.queue.next_sequence() == sequence) return;  // Denied.
  for (const Message& message : accepted) {
    const queues::Fingerprint fingerprint = NoteAccepted(queue.deduplicator, message, queue.settings.fifo, turn);
    queue.deduplicator.known->Number(fingerprint, sequence++);
  }
}

bool Core::IsWanted(SubscriptionEntry& subscription, const queues::Record& record) const {
  const QueueEntry* queue = subscription.queue;
  if (!queue || record.body.size() + record.attributes.size() > queue->settings.message_bytes_max) return false;
  Message message{.body = record.body, .attributes = queues::DecodeAttributes(record.attributes)};
  if (subscription.raw && message.attributes.size() > kAttributesMax) return false;  // [aws 128]
  std::vector<const topics::Subscription*> reached;
  subscription.replay_router->Route(message, reached);
  return !reached.empty();
}

void Core::DeliverReplayed(SubscriptionEntry& subscription, const queues::Content& content,
                           std::vector<std::uint8_t> wanted, bool replayed, Turn& turn) {
  QueueEntry& queue = *subscription.queue;
  if (!MayDeliver(*subscription.topic, queue, subscription.admission, turn)) {
    subscription.denied += wanted.size();
    subscription.last_denial = subscription.admission.denial;
    return;
  }
  CloseQueue(queue, turn);
  Touch(queue);
  const std::size_t count = wanted.size();
  auto reference = std::make_shared<queues::Reference>(*content.reference);
  reference->sent = turn.now;
  reference->id_base = queue.queue.next_sequence();
  reference->raw = subscription.raw;
  reference->subscription = subscription.id;
  reference->replayed = replayed;
  reference->indices = std::move(wanted);
  topic_chunks_.Refer(reference->topic, reference->topic_first);
  if (Append(queue, {.block = content.block, .reference = reference}, queue.settings.delay, turn)) {
    topic_chunks_.Use(reference->topic, reference->topic_first);
  }
  queue.sent += count;
  subscription.delivered += count;
  turn.deliveries += count;
  turn.batch.flush = true;
}

}  // namespace hub::core
