// Publishing: a topic says which queues, each queue's policy says whether, and the body is stored once.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/check_message.h"
#include "hub/core/core.h"

namespace hub::core {

Core::Outcome Core::Handle(Publish& publish, Command& command, Turn& turn) {
  auto found = TopicFor(publish.topic, command, turn);
  if (!found) return tl::unexpected(found.error());
  if (publish.entries.empty()) return Fail(Code::kMissingArgument, "The request has no entries.");
  if (publish.entries.size() > kEntriesMax) {
    return Fail(Code::kBatchTooLarge, "A request may have at most " + std::to_string(kEntriesMax) + " entries.");
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  const bool by_hub = !command.caller || !command.caller->identity;
  const std::string sender = by_hub ? "hub" : command.caller->identity->principal().arn;
  SendReply reply;
  reply.ids.reserve(publish.entries.size());
  for (std::size_t i = 0; i < publish.entries.size(); ++i) {
    auto sent = PublishOne(**found, std::move(publish.entries[i]), sender, turn);
    reply.ids.push_back(sent ? sent->id : MessageId{});
    if ((*found)->settings.fifo.on) reply.sequences.push_back(sent ? sent->sequence : 0);
    if (!sent) reply.failures.push_back({static_cast<std::uint32_t>(i), std::move(sent.error())});
  }
  return Reply(std::move(reply));
}

Result<Core::Sent> Core::PublishOne(TopicEntry& topic, Publish::Entry entry, std::string_view sender, Turn& turn) {
  if (auto checked = CheckMessage(entry.message, kTopicMessageBytesMax); !checked) {
    return tl::unexpected(checked.error());
  }
  std::string content_id;
  const FifoSettings& fifo = topic.settings.fifo;
  if (auto checked = CheckOrder(fifo, entry.message, content_id); !checked) return tl::unexpected(checked.error());
  if (entry.subject.size() >= kSubjectBytesMax) {
    return Fail(Code::kInvalidArgument,
                "A subject must be shorter than " + std::to_string(kSubjectBytesMax) + " bytes.");
  }
  if (auto checked = CheckText(entry.message, entry.subject); !checked) return tl::unexpected(checked.error());
  // [aws 134] Known again before anything is delivered.
  if (const auto accepted = FindAccepted(topic.deduplicator, topic.id, entry.message, fifo, turn)) {
    return Sent{MessageIdOf(hub_.secret, topic.id, *accepted), *accepted};
  }
  if (auto room = HasRoomToAccept(fifo); !room) return tl::unexpected(room.error());
  turn.batch.flush = true;
  ++topic.published;
  const std::size_t bytes = SizeOf(entry.message);
  if (topic.open && !topic.open->Fits(bytes + entry.subject.size() + kRecordOverhead)) CloseTopic(topic, turn);

  reached_.clear();
  topic.router.Route(entry.message, reached_);
  if (!ContinuesRun(topic, bytes)) BeginRun(topic, bytes, turn);
  const std::uint64_t number =
      topic.run.admitted.empty() ? UnstoredNumber(topic, turn) : topic.next_sequence + topic.OpenCount();
  if (!topic.run.admitted.empty()) AddToRun(topic, entry, sender, turn);
  if (fifo.on) {
    if (!topic.deduplicator.known || !topic.deduplicator.known->HasAdded()) accepting_topics_.push_back(topic.id);
    NoteAccepted(topic.deduplicator, entry.message, fifo, number, turn);
  }
  if (followers_.Any()) Feed(topic, entry, sender, number, turn);
  return Sent{MessageIdOf(hub_.secret, topic.id, number), number};
}

// Into the topic's open chunk, and to every queue of the run.
void Core::AddToRun(TopicEntry& topic, const Publish::Entry& entry, std::string_view sender, Turn& turn) {
  if (!topic.open) {
    topic.open.emplace(turn.now, topic.next_sequence, topic.arn);
    ++topic.open_number;
    open_topics_.push_back(topic.id);
  }
  const std::uint32_t index = topic.open->count();
  topic.open->Append(entry.message, entry.subject, sender);
  if (topic.run.count++ == 0) {
    topic.run.first = index;
    for (SubscriptionEntry* subscription : topic.run.admitted) AddReference(topic, *subscription, turn);
  }
  turn.deliveries += topic.run.admitted.size();
}

// Whether the message, whose subscriptions are in reached_, goes just where the ones before it went.
bool Core::ContinuesRun(const TopicEntry& topic, std::size_t bytes) const {
  const PublishRun& run = topic.run;
  return run.count > 0 && run.generation == policies_.generation() && bytes <= run.bytes_max && run.reached == reached_;
}

// Decides for each subscription in reached_ whether its queue gets the message.
void Core::BeginRun(TopicEntry& topic, std::size_t bytes, Turn& turn) {
  EndRun(topic);
  PublishRun& run = topic.run;
  run.generation = policies_.generation();
  run.bytes_max = kTopicMessageBytesMax;
  run.reached = reached_;
  for (const topics::Subscription* reached : run.reached) {
    SubscriptionEntry& subscription = *topic.subscriptions[reached->id];
    QueueEntry& queue = *subscription.queue;
    if (!MayDeliver(subscription, turn)) {
      run.denied.push_back(&subscription);
    } else if (bytes > queue.settings.message_bytes_max) {
      ++subscription.refused;
      subscription.last_denial = "The message is larger than the queue accepts.";
      run.bytes_max = 0;  // Holds for this message only.
    } else {
      run.admitted.push_back(&subscription);
      run.bytes_max = std::min(run.bytes_max, queue.settings.message_bytes_max);
      // Another topic's records, or what was sent straight to the queue, come first.
      if (queue.open_topic && queue.open_topic != &topic) CloseTopic(*queue.open_topic, turn);
      if (queue.open) CloseOwn(queue, turn);
    }
    if (!subscription.decided_generation) run.bytes_max = 0;  // Time may decide otherwise for the next one.
  }
  for (SubscriptionEntry* subscription : run.denied) ++subscription->denied;
}

// Tells every queue of the run how many there were.
void Core::EndRun(TopicEntry& topic) {
  PublishRun& run = topic.run;
  for (SubscriptionEntry* subscription : run.admitted) {
    auto& indices = topic.references[subscription->open_reference].reference.indices;
    for (std::uint32_t i = 0; i < run.count; ++i) indices.push_back(static_cast<std::uint8_t>(run.first + i));
    subscription->delivered += run.count;
    subscription->queue->sent += run.count;
  }
  if (run.count > 1) {
    for (SubscriptionEntry* subscription : run.denied) subscription->denied += run.count - 1;
  }
  run.count = 0;
  run.reached.clear();
  run.admitted.clear();
  run.denied.clear();
}

// Of a message that reaches nobody and is stored nowhere: a number that no stored one has. In a FIFO topic it has its
// place in the order all the same.
std::uint64_t Core::UnstoredNumber(TopicEntry& topic, Turn& turn) {
  constexpr std::uint64_t kUnstored = std::uint64_t{1} << 63;
  if (!topic.settings.fifo.on) return kUnstored | hub_.boot << 40 | ++unstored_messages_;
  CloseTopic(topic, turn);
  const std::uint64_t number = topic.next_sequence++;
  KeepSequencesAhead(topic, turn);
  return number;
}

void Core::AddReference(TopicEntry& topic, SubscriptionEntry& subscription, const Turn& turn) {
  if (subscription.open_chunk == topic.open_number) return;
  QueueEntry& queue = *subscription.queue;
  Touch(queue);
  queue.open_topic = &topic;
  subscription.open_chunk = topic.open_number;
  subscription.open_reference = topic.references.size();
  topic.references.push_back({.subscription = &subscription,
                              .reference = {.topic = topic.id,
                                            .topic_first = topic.open->id_base(),
                                            .sent = turn.now,
                                            .id_base = queue.queue.next_sequence(),
                                            .raw = subscription.raw,
                                            .indices = {}}});
}

}  // namespace hub::core
