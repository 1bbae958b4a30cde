// Publishing: a topic says which queues, each queue's policy says whether, and the body is stored once.

#include <algorithm>
#include <iterator>
#include <set>

#include "hub/base/assert.h"
#include "hub/base/text.h"
#include "hub/core/check_message.h"
#include "hub/core/core.h"

namespace hub::core {
namespace {

// [aws 128] So many do not travel beside a raw body in a queue.
bool HasManyAttributes(const Message& message) { return message.attributes.size() > kAttributesMax; }

// [aws 121, 122, 124] For what SNS refuses all of a batch: attributes, and what each entry needs in a FIFO topic.
Result<void> CheckAll(const FifoSettings& fifo, const std::vector<Publish::Entry>& entries) {
  for (const Publish::Entry& entry : entries) {
    if (auto checked = CheckAttributes(entry.message.attributes, kTopicAttributesMax); !checked) return checked;
    if (!fifo.on) continue;
    if (entry.message.group.empty()) return Fail(Code::kGroupMissing, "A message has no group.", "MessageGroupId");
    if (!fifo.by_content && entry.message.deduplication.empty()) {
      return Fail(Code::kDeduplicationMissing, "A message has no deduplication id.", "MessageDeduplicationId");
    }
  }
  return {};
}

}  // namespace

Core::Outcome Core::Handle(Publish& publish, Command& command, Turn& turn) {
  auto found = TopicFor(publish.topic, command, turn);
  if (!found) return tl::unexpected(found.error());
  if (publish.only_ask && publish.entries.empty()) return Reply(SendReply());
  if (publish.entries.empty()) return Fail(Code::kMissingArgument, "The request has no entries.");
  if (publish.entries.size() > kEntriesMax) {
    return Fail(Code::kBatchTooLarge, "A request may have at most " + std::to_string(kEntriesMax) + " entries.");
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  if (auto checked = publish.as_sns ? CheckAll((*found)->settings.fifo, publish.entries) : Result<void>(); !checked) {
    return tl::unexpected(checked.error());
  }
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
  if (auto checked = CheckMessage(entry.message, kTopicMessageBytesMax, kTopicAttributesMax); !checked) {
    return tl::unexpected(checked.error());
  }
  if (entry.message.delay) {
    return Fail(Code::kInvalidArgument,
                "A published message has no delay of its own: set the delay of the queues that get it.");
  }
  std::string content_id;
  const FifoSettings& fifo = topic.settings.fifo;
  if (auto checked = CheckOrder(fifo, entry.message, content_id); !checked) return tl::unexpected(checked.error());
  if (CharactersIn(entry.subject) >= kSubjectCharactersMax) {
    return Fail(Code::kInvalidArgument,
                "A subject must be shorter than " + std::to_string(kSubjectCharactersMax) + " characters.");
  }
  if (auto checked = CheckText(entry.message, entry.subject); !checked) return tl::unexpected(checked.error());
  // [aws 134] Known again before anything is delivered.
  if (const auto accepted = FindAccepted(topic.deduplicator, topic.id, entry.message, fifo, turn)) {
    return Sent{MessageIdOf(hub_.secret, topic.id, *accepted), *accepted};
  }
  if (auto room = HasRoomToAccept(fifo); !room) return tl::unexpected(room.error());
  turn.batch.flush = true;
  ++topic.published;
  ++tally_.published;
  const std::size_t bytes = SizeOf(entry.message);
  if (topic.open && !topic.open->Fits(bytes + entry.subject.size() + entry.message.trace.size() +
                                      entry.message.bodies.size() + kRecordOverhead)) {
    CloseTopic(topic, turn);
  }

  Route(topic, entry.message);
  tally_.filtered += topic.slots.size() - topic.pending - reached_.size();
  if (fifo.on) DropAccepted(topic, entry.message, bytes, turn);
  if (!ContinuesRun(topic, entry.message, bytes)) BeginRun(topic, entry.message, bytes, turn);
  ++topic.run.count;
  const bool is_stored = topic.run.deliveries() > 0;
  const std::uint64_t number = is_stored ? topic.next_sequence + topic.OpenCount() : UnstoredNumber(topic, turn);
  if (is_stored) AddToRun(topic, entry, sender, turn);
  if (!is_stored && topic.run.count == 1) open_topics_.push_back(topic.id);  // So that it is counted with the turn.
  if (fifo.on) {
    if (!topic.deduplicator.known || !topic.deduplicator.known->HasAdded()) accepting_topics_.push_back(topic.id);
    const queues::Fingerprint fingerprint = NoteAccepted(topic.deduplicator, entry.message, fifo, turn);
    topic.deduplicator.known->Number(fingerprint, number);
    NoteDelivered(topic, entry.message, turn);
  }
  if (followers_.Any()) Feed(topic, entry, sender, number, turn);
  return Sent{MessageIdOf(hub_.secret, topic.id, number), number};
}

// Which subscriptions a message reaches. A filter of bodies looks at what its own subscriber would get [aws 123, 142].
void Core::Route(TopicEntry& topic, const Message& message) {
  reached_.clear();
  topic.router.Route(message, reached_);
  if (message.bodies.empty()) return;
  std::set<Protocol> others;  // Of those whose filters look at another body.
  for (const auto& subscription : topic.subscriptions) {
    if (!subscription || !IsToEndpoint(subscription->record.protocol)) continue;
    if (subscription->record.attributes.contains("FilterPolicyScope")) others.insert(subscription->record.protocol);
  }
  const auto protocol_of = [&](const topics::Subscription* reached) {
    return topic.subscriptions[reached->id]->record.protocol;
  };
  for (const Protocol protocol : others) {
    std::erase_if(reached_, [&](const topics::Subscription* one) { return protocol_of(one) == protocol; });
    Message said = message;
    said.body = BodyFor(protocol, message.body, message.bodies);
    std::vector<const topics::Subscription*> reached;
    topic.router.Route(said, reached);
    std::copy_if(reached.begin(), reached.end(), std::back_inserter(reached_),
                 [&](const topics::Subscription* one) { return protocol_of(one) == protocol; });
  }
}

// Whether the subscription's queue gets the message.
bool Core::IsAdmitted(TopicEntry& topic, SubscriptionEntry& subscription, const Message& message, std::size_t bytes,
                      Turn& turn) {
  const QueueEntry* queue = subscription.queue;
  return queue && MayDeliver(topic, *queue, subscription.admission, turn) &&
         bytes <= queue->settings.message_bytes_max &&
         !(HasManyAttributes(message) && subscription.raw && !queue->delivers_for);
}

// [aws 79, 80, 134] A FIFO queue that has accepted the same within its window, from a sender or another topic, takes it
// and adds nothing.
void Core::DropAccepted(TopicEntry& topic, const Message& message, std::size_t bytes, Turn& turn) {
  std::erase_if(reached_, [&](const topics::Subscription* reached) {
    SubscriptionEntry& subscription = *topic.subscriptions[reached->id];
    QueueEntry* queue = subscription.queue;
    if (!queue || !FindAccepted(queue->deduplicator, queue->id, message, queue->settings.fifo, turn)) return false;
    if (!IsAdmitted(topic, subscription, message, bytes, turn)) return false;
    ++subscription.delivered;
    ++tally_.delivered;
    ++turn.deliveries;
    return true;
  });
}

// The FIFO queues that get the message accept it. Not those that get a dead letter: several may be of one message. What
// fans out takes no more than half of what the hub can remember; the topic itself knows its messages all the same.
void Core::NoteDelivered(TopicEntry& topic, const Message& message, const Turn& turn) {
  for (const SubscriptionEntry* subscription : topic.run.admitted) {
    QueueEntry& queue = *subscription->queue;
    if (!queue.settings.fifo.on || deduplication_ids_ >= kDeduplicationIdsMax / 2) continue;
    OpenReference& open = topic.references[subscription->run_reference];
    const auto place = static_cast<std::uint32_t>(open.reference.indices.size() + topic.run.count - 1);
    open.accepted.emplace_back(place, NoteAccepted(queue.deduplicator, message, queue.settings.fifo, turn));
  }
}

// Into the topic's open chunk, and to every queue of the run, which counts it already.
void Core::AddToRun(TopicEntry& topic, const Publish::Entry& entry, std::string_view sender, Turn& turn) {
  if (!topic.open) {
    topic.open.emplace(turn.now, topic.next_sequence, topic.arn);
    ++topic.open_number;
    open_topics_.push_back(topic.id);
  }
  const std::uint32_t index = topic.open->count();
  topic.open->Append(entry.message, entry.subject, sender);
  if (topic.run.count == 1) {
    topic.run.first = index;
    for (SubscriptionEntry* subscription : topic.run.admitted) {
      AddReference(topic, *subscription, turn);
    }
    for (const FailedDelivery& failed : topic.run.failed) {
      if (failed.dead_letters) AddReference(topic, *failed.subscription, turn);
    }
  }
  turn.deliveries += topic.run.deliveries();
}

// Whether the message, whose subscriptions are in reached_, goes just where the ones before it went.
bool Core::ContinuesRun(const TopicEntry& topic, const Message& message, std::size_t bytes) const {
  const PublishRun& run = topic.run;
  return run.count > 0 && run.count < kChunkMessagesMax && run.generation == policies_.generation() &&
         bytes <= run.bytes_max && !HasManyAttributes(message) && (!run.tells_tenants || run.group == message.group) &&
         run.reached == reached_;
}

// Decides for each subscription in reached_ whether its queue gets the message.
void Core::BeginRun(TopicEntry& topic, const Message& message, std::size_t bytes, Turn& turn) {
  EndRun(topic);
  PublishRun& run = topic.run;
  run.generation = policies_.generation();
  run.bytes_max = HasManyAttributes(message) ? 0 : kTopicMessageBytesMax;
  run.reached = reached_;
  run.tells_tenants = false;
  run.group = message.group;
  for (const topics::Subscription* reached : run.reached) {
    SubscriptionEntry& subscription = *topic.subscriptions[reached->id];
    QueueEntry* queue = subscription.queue;
    if (IsAdmitted(topic, subscription, message, bytes, turn)) {
      run.admitted.push_back(&subscription);
      JoinRun(topic, subscription, *queue, turn);
    } else {
      AddFailed(topic, subscription, bytes, turn);
    }
    if (queue && !subscription.admission.generation) run.bytes_max = 0;  // Time may decide otherwise for the next one.
  }
}

// The queue is one of those that get the messages of the run. Where it tells tenants from others, they are all of one
// group: closing chunks may make another noisy meanwhile.
void Core::JoinRun(TopicEntry& topic, SubscriptionEntry& subscription, QueueEntry& queue, Turn& turn) {
  PublishRun& run = topic.run;
  run.bytes_max = std::min(run.bytes_max, queue.settings.message_bytes_max);
  run.tells_tenants = run.tells_tenants || queue.tenants;
  // Another topic's records, or what was sent straight to the queue, come first.
  QueueEntry& log = LogFor(queue, run.group);
  subscription.run_log = &log;
  if (log.open_topic && log.open_topic != &topic) CloseTopic(*log.open_topic, turn);
  if (log.open) CloseOwn(log, turn);
}

// [aws 102, 133] The queue does not get the messages of the run: nobody tries again. The subscription's dead-letter
// queue gets them, or nobody.
void Core::AddFailed(TopicEntry& topic, SubscriptionEntry& subscription, std::size_t bytes, Turn& turn) {
  FailedDelivery failed{.subscription = &subscription, .denied = false, .dead_letters = nullptr};
  const QueueEntry* queue = subscription.queue;
  if (!queue) {
    subscription.last_denial = "There is no queue " + subscription.record.endpoint + ".";
  } else if (!subscription.admission.admitted) {
    failed.denied = true;
    subscription.last_denial = subscription.admission.denial;
  } else {
    topic.run.bytes_max = 0;
    subscription.last_denial = bytes > queue->settings.message_bytes_max
                                   ? "The message is larger than the queue accepts."
                                   : "The message has more attributes than a queue accepts beside the raw body.";
  }
  if (!subscription.dead_letter_queue.empty()) {
    const std::string why = FindDeadLetters(topic, subscription, bytes, turn, failed.dead_letters);
    if (!failed.dead_letters) subscription.last_denial += " Nor does the dead-letter queue get it: " + why;
  }
  if (failed.dead_letters) ++topic.run.dead_lettered;
  topic.run.failed.push_back(failed);
}

// The subscription's dead-letter queue, if it takes the message; otherwise says why not.
std::string Core::FindDeadLetters(TopicEntry& topic, SubscriptionEntry& subscription, std::size_t bytes, Turn& turn,
                                  QueueEntry*& dead_letters) {
  QueueEntry* queue = catalog_.FindQueueByArn(subscription.dead_letter_queue);
  if (!queue) return "There is no queue " + subscription.dead_letter_queue + ".";
  Admission& admission = subscription.dead_letter_admission;
  const bool may = MayDeliver(topic, *queue, admission, turn);
  if (!admission.generation) topic.run.bytes_max = 0;
  if (!may) return admission.denial;
  if (bytes > queue->settings.message_bytes_max) {
    topic.run.bytes_max = 0;
    return "The message is larger than it accepts.";
  }
  JoinRun(topic, subscription, *queue, turn);
  dead_letters = queue;
  return "";
}

// Tells every queue of the run how many there were.
void Core::EndRun(TopicEntry& topic) {
  PublishRun& run = topic.run;
  const auto deliver = [&](const SubscriptionEntry& subscription, QueueEntry& queue) {
    auto& indices = topic.references[subscription.run_reference].reference.indices;
    for (std::uint32_t i = 0; i < run.count; ++i) indices.push_back(static_cast<std::uint8_t>(run.first + i));
    queue.sent += run.count;
  };
  for (SubscriptionEntry* subscription : run.admitted) {
    deliver(*subscription, *subscription->queue);
    subscription->delivered += run.count;
    tally_.delivered += run.count;
  }
  for (const FailedDelivery& failed : run.failed) {
    (failed.denied ? failed.subscription->denied : failed.subscription->failed) += run.count;
    (failed.dead_letters ? tally_.dead_lettered : failed.denied ? tally_.denied : tally_.failed) += run.count;
    if (!failed.dead_letters) continue;
    deliver(*failed.subscription, *failed.dead_letters);
    failed.subscription->dead_lettered += run.count;
  }
  run.count = 0;
  run.dead_lettered = 0;
  run.reached.clear();
  run.admitted.clear();
  run.failed.clear();
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

// Makes place for the run's messages in the queue, or in its lane, unless there is one in this chunk already.
void Core::AddReference(TopicEntry& topic, SubscriptionEntry& subscription, const Turn& turn) {
  QueueEntry& log = *subscription.run_log;
  SubscriptionEntry::Open& open = subscription.open[log.lane_of != nullptr];
  if (open.chunk == topic.open_number && topic.references[open.reference].queue == &log) {
    subscription.run_reference = open.reference;
    return;
  }
  Touch(log);
  log.open_topic = &topic;
  subscription.run_reference = topic.references.size();
  open = {.chunk = topic.open_number, .reference = subscription.run_reference};
  topic.references.push_back({.queue = &log,
                              .reference = {.topic = topic.id,
                                            .topic_first = topic.open->id_base(),
                                            .sent = turn.now,
                                            .id_base = 0,  // When the chunk is closed.
                                            .raw = subscription.raw,
                                            .subscription = subscription.id,
                                            .indices = {}}});
}

}  // namespace hub::core
