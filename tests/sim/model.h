// The reference: what a hub should be, written to be read. Lists and maps, no chunks, no disk, nothing remembered for
// speed.
//
// It takes the hub's answers in the order in which they were decided, finds each right or notes a failure, and changes
// accordingly. Where the hub may choose (a message received too often moves to its dead-letter queue when somebody
// next looks), a message has two possible places until an answer tells. The same events applied again give the same
// state: so the simulation takes back the turns that a power cut has lost.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/time.h"
#include "tests/sim/vocabulary.h"

namespace sim {

// What of a message never changes.
struct Content {
  std::size_t bytes = 0;
  std::string kind;  // Its attribute, or "".
  std::string subject;
  std::string sender;
  hub::Instant sent{};
  std::string group;
  std::string topic_arn;  // Of a published message.
  hub::core::MessageId notification{};
  std::uint64_t subscription = 0;  // Of a message that asks to confirm one: which, of the topic above
  std::string asked;               // and of this queue, by name.
};

struct Message {
  std::shared_ptr<const Content> content;
  bool raw = true;                         // Not in an envelope.
  std::optional<hub::core::MessageId> id;  // Known since it was sent, or first received.
  hub::Instant due{};                      // Not to be received before,
  hub::Instant due_at_last{};              // and surely no longer delayed then; later only when that was changed.
  bool may_wait = false;                   // Perhaps it still lies among the delayed.
  bool floats = false;                     // Where in the queue it stands is not known: it was delayed, or moved here.
  hub::Instant sent_from{};                // It was sent, or as a dead letter came to a FIFO queue, from then
  hub::Instant sent_to{};                  // to then: one instant as soon as that is known.
  std::string way;                         // By which it came here: those that came the same way keep their order.
  bool has_copies = false;                 // The queue got the same more than once: nobody knows which is which.
  std::string instead_of;                  // Then, too: the topic and the queue that should have got it, or "".
  std::uint32_t receives = 0;              // From this queue,
  std::uint32_t prior = 0;                 // and from the one that gave it up.
  std::string dead_letter_source;          // That one's ARN.
  hub::Instant first_received{};
  hub::Instant hidden_until{};
  std::uint64_t receive_boot = 0;  // In which run of the hub it was received last.
  std::size_t rendered = 0;        // Hash of the body as the receiver saw it.
  Uid there = 0;                   // Perhaps it is in this queue already: given up, or moved by a task.
  Uid next = 0;                    // And if it was given up, perhaps a task has moved it on to this one.
  bool may_be_gone = false;        // Perhaps it is not here at all.
  std::uint64_t task = 0;          // The latest move task that may take it,
  hub::Instant task_from{};        // since then.
  bool was_free = false;           // Surely it was there to be moved all the time.

  bool IsSure() const { return there == 0 && !may_be_gone; }
};

// A message that a FIFO queue has accepted.
struct Accepted {
  hub::Instant at{};
  std::optional<hub::core::MessageId> id;  // Of what a topic delivered: known once somebody has sent the same.
  Key key{};                               // Where it is, or was, in a queue.
};

// What a receive of a FIFO queue got that may be asked for once more.
struct Attempt {
  struct Held {
    Key key;
    std::uint32_t receive = 0;
    hub::core::Handle handle{};
  };
  hub::Instant at{};
  hub::Instant until{};  // All are hidden until then, or it is refused.
  std::uint64_t boot = 0;
  bool is_spoiled = false;
  std::vector<Held> messages;
};

// A move task, as far as answers have told. It ends by itself.
struct MoveTask {
  std::uint64_t number = 0;  // The request that started it.
  std::uint64_t turn = 0;
  std::uint64_t boot = 0;
  std::string handle;
  std::string destination;  // "": where each came from.
  Uid destination_uid = 0;
  std::uint32_t rate = 0;
  hub::Instant started{};
  std::uint64_t most = 0;   // It cannot move more.
  std::uint64_t moved = 0;  // At least.
  bool is_over = false;
  std::optional<hub::core::MoveStatus> status;  // That it ended with, if that is known.
};

struct QueueState {
  Uid uid = 0;
  std::string name;
  hub::core::Attributes attributes;
  hub::Tags tags;
  std::map<Key, Message> messages;
  std::map<hub::core::MessageId, Key> ids;
  std::map<std::string, Accepted> accepted;                    // FIFO: by what makes two messages the same.
  std::map<std::string, Attempt> attempts;                     // FIFO: by id.
  std::vector<MoveTask> tasks;                                 // From here; the latest is the last.
  std::vector<std::pair<hub::Instant, hub::Duration>> delays;  // Which delay was in force since when.

  // The least and the greatest that were in force in between.
  std::pair<hub::Duration, hub::Duration> Delays(hub::Instant from, hub::Instant to) const;
  hub::Duration Seconds(const char* attribute, int otherwise) const;
  std::size_t BytesMax() const;
  std::uint32_t ReceivesMax() const;  // 0: no limit.
  hub::Duration Visibility(const hub::core::Receive& receive) const {
    return receive.visibility.value_or(Seconds("VisibilityTimeout", 30));
  }
  bool IsFifo() const { return sim::IsFifo(name); }
  bool IsDeadLetterQueue() const { return sim::IsDeadLetterQueue(name); }
  const char* DeadLetters() const { return DeadLettersOf(name); }
  bool Has(const char* attribute, const char* value) const;
};

// A push consumer.
struct Consumer {
  std::uint64_t session = 0;
  Uid queue = 0;
  std::uint64_t boot = 0;
  std::size_t credit = 0;
  std::map<Key, hub::Instant> held;  // In flight with it, until then.
  bool is_credit_known = true;       // Not when the retention has changed of what it holds.
};

struct SubscriptionState {
  hub::core::Attributes attributes;
  std::string pattern = {};  // That made it, or "".
  std::string owner = {};    // The account that asked for it.
  std::uint64_t life = 0;    // The request that made it; 0: a pattern did.
  std::string arn = {};      // Unless a pattern made it.
  bool is_pending = false;   // Waits for confirmation,
  hub::Instant asked{};      // asked for at that time.
};

// A subscription by a pattern.
struct Pattern {
  std::string topics;
  std::string queue;
  hub::core::Attributes attributes;
};

struct TopicState {
  Uid uid = 0;
  hub::core::Attributes attributes;
  hub::Tags tags;
  std::map<std::string, Accepted> accepted;                // FIFO: as for a queue.
  std::map<std::string, SubscriptionState> subscriptions;  // By queue.
};

class Model {
 public:
  // Takes an answer. What a client learns from it is appended to `known`, which may be null.
  void Apply(const Event& event, Known* known);

  // Whether a message is surely gone for what was applied last.
  bool has_deleted() const { return has_deleted_; }

  // The entries that were accepted of what was published last, but for what was accepted before.
  const std::vector<std::size_t>& accepted() const { return accepted_; }

  // Whom the text means, as somebody wrote it: a topic's name, or nothing.
  static std::optional<std::string> TopicAsWritten(CallerKind caller, const std::string& written);
  // Why the caller cannot follow a topic on the live feed.
  std::optional<hub::Code> WhyNotFollow(CallerKind caller, const std::string& written, hub::Instant wall) const;

  // The first thing that was wrong, or "".
  const std::string& failure() const { return failure_; }

  const std::map<std::string, QueueState>& queues() const { return queues_; }
  const std::map<std::string, TopicState>& topics() const { return topics_; }
  const std::vector<Pattern>& patterns() const { return patterns_; }

  // Whether several messages of what was sent or published once are or may be there.
  bool HasCopies(const std::string& queue, Serial serial) const;

  // Whether a move task from there may still run, or where some message is depends on one that has.
  bool IsMoving(const std::string& queue) const;

  // When the last of what is hidden or delayed can be received; `now` when nothing is.
  hub::Instant LastHidden(hub::Instant now) const;

  // A message that must still be there, for the report; "" when there is none.
  std::string AnyLeft() const;

 private:
  using Code = hub::Code;
  using Failures = std::vector<hub::core::EntryFailure>;

  void Fail(const Event& event, const std::string& what);
  // Of a subscription: whether it is already what is asked for; what is left out is not asked for.
  static bool HasAll(const hub::core::Attributes& current, const hub::core::Attributes& asked);
  static hub::core::Attributes Merge(hub::core::Attributes current, const hub::core::Attributes& changes);

  // Whether the command was refused; that it was so rightly is checked.
  bool Refused(const Event& event, std::optional<Code> expected);
  QueueState* QueueFor(const Event& event, const std::string& name, bool is_wrong = false);
  bool MayUse(CallerKind caller, const std::string& queue) const;
  bool MayDeliver(const QueueState& queue) const;
  // Whether the dead-letter queue, if there is one, lets this queue have it.
  bool MayRedrive(const std::string& queue, CallerKind caller) const;
  // Whether the queue's subscription cannot have this dead-letter queue.
  static bool IsWrong(const std::string& queue, const hub::core::Attributes& subscription, const std::string& owner);

  // One for each operation that the simulation issues (model.cc and the others).
  void Check(const hub::core::Send& send, const Event& event);
  void Check(const hub::core::Receive& receive, const Event& event);
  void Check(const hub::core::Consume& consume, const Event& event);
  void Check(const hub::core::Cancel& cancel, const Event& event);
  void Check(const hub::core::Delete& erase, const Event& event);
  void Check(const hub::core::ChangeVisibility& change, const Event& event);
  void Check(const hub::core::Purge& purge, const Event& event);
  void Check(const hub::core::Publish& publish, const Event& event);
  void Check(const hub::core::CreateQueue& create, const Event& event);
  void Check(const hub::core::DeleteQueue& erase, const Event& event);
  void Check(const hub::core::SetQueueAttributes& set, const Event& event);
  void Check(const hub::core::DescribeQueue& describe, const Event& event);
  void Check(const hub::core::CreateTopic& create, const Event& event);
  void Check(const hub::core::DeleteTopic& erase, const Event& event);
  void Check(const hub::core::Subscribe& subscribe, const Event& event);
  void Check(const hub::core::Unsubscribe& unsubscribe, const Event& event);
  void Check(const hub::core::SetSubscriptionAttributes& set, const Event& event);
  void Check(const hub::core::ConfirmSubscription& confirm, const Event& event);
  void Check(const hub::core::ListSubscriptions& list, const Event& event);
  void Check(const hub::core::MayFollow& may, const Event& event);
  void Check(const hub::core::Follow& follow, const Event& event);
  void Check(const hub::core::TagQueue& tag, const Event& event);
  void Check(const hub::core::UntagQueue& untag, const Event& event);
  void Check(const hub::core::ListQueueTags& list, const Event& event);
  void Check(const hub::core::TagTopic& tag, const Event& event);
  void Check(const hub::core::UntagTopic& untag, const Event& event);
  void Check(const hub::core::ListTopicTags& list, const Event& event);
  void Check(const hub::core::StartMoveTask& start, const Event& event);
  void Check(const hub::core::CancelMoveTask& cancel, const Event& event);
  void Check(const hub::core::ListMoveTasks& list, const Event& event);
  void Check(const hub::core::DescribeHub& describe, const Event& event);
  void Check(const hub::core::Reload& reload, const Event& event);
  template <typename Other>
  void Check(const Other& other, const Event& event) {
    static_cast<void>(other);
    Refused(event, std::nullopt);
  }

  // Messages.
  bool IsExhausted(const QueueState& queue, const Message& message) const;
  static hub::Instant ExpiryOf(const QueueState& queue, const Message& message);
  static bool IsExpired(const QueueState& queue, const Message& message, hub::Instant now);
  // Whether nobody knows: then nobody knows whether it is there, either.
  static bool MayBeExpired(const QueueState& queue, const Message& message, hub::Instant now);
  bool MayHaveDelayed(const QueueState& queue) const;
  static void ChangeDelay(QueueState& queue, hub::Instant now);
  void FindExhausted(hub::Instant now);
  // Nothing is under way in the hub at `now`: what has expired is gone.
  void Settle(hub::Instant now);
  QueueState* FindByUid(Uid uid);
  void Add(QueueState& queue, const Key& key, Message message);
  void Erase(QueueState& queue, const Key& key);
  // To the queue where it may be; nothing when that is gone.
  void Move(QueueState& from, const Key& key, hub::Instant now);
  static Message Moved(const QueueState& from, const QueueState& to, Message message, hub::Instant now);
  void Empty(QueueState& queue, hub::Instant now);
  std::optional<Key> Identify(QueueState& queue, const hub::core::Delivery& delivery, const Event& event);
  static std::optional<Code> WhyNotSent(const QueueState& queue, const hub::Message& message);
  static std::optional<Code> WhyNotPublished(bool is_fifo, const hub::Message& message);
  static Accepted* FindAccepted(std::map<std::string, Accepted>& accepted, bool by_group, const hub::Message& message,
                                hub::Instant now);
  static void Accept(std::map<std::string, Accepted>& accepted, bool by_group, const hub::Message& message,
                     const Accepted& how);
  bool IsSentAgain(QueueState& queue, const hub::Message& message, const hub::core::MessageId& id, const Event& event);
  static bool IsDeliveredAgain(QueueState& queue, const hub::Message& message, hub::Instant now);
  void AddSent(QueueState& queue, const Key& key, Message message, std::optional<hub::Duration> delay,
               const Event& event);
  bool Accepts(const std::string& queue, std::size_t bytes) const;
  // Where it goes that is published for the queue: there, to the subscription's dead-letter queue, or "".
  std::string PlaceFor(const std::string& queue, const SubscriptionState& subscription, std::size_t bytes) const;
  // Move tasks (model_move_tasks.cc).
  std::optional<Code> WhyNotStarted(const hub::core::StartMoveTask& start, CallerKind caller) const;
  void MayTake(const QueueState& source, const MoveTask& task, hub::Instant now);
  void FindTaken(hub::Instant now);
  Uid DestinationOf(const MoveTask& task, const std::string& origin_arn);
  static Message MovedOn(const QueueState& from, const QueueState& to, Message message, hub::Instant now);
  static Message MovedByTask(const QueueState& to, Message message, hub::Instant now);
  void Check(QueueState& source, MoveTask& task, const hub::core::MoveTaskDescription& described, const Event& event);
  void EndTask(QueueState& source, MoveTask& task, std::optional<hub::core::MoveStatus> status, const Event& event);
  static bool CouldBe(const Key& key, const Message& message, const hub::core::Delivery& delivery);
  std::optional<Key> BringHere(QueueState& queue, const hub::core::Delivery& delivery, const Event& event);
  // Attempts (model_attempts.cc).
  Attempt* FindAttempt(const hub::core::Receive& receive, const Event& event);
  bool IsRefused(const QueueState& queue, Attempt& attempt, const Event& event);
  void Repeat(QueueState& queue, const hub::core::Receive& receive, Attempt& attempt, const Event& event);
  static void Remember(QueueState& queue, const hub::core::Receive& receive, const std::vector<Key>& taken,
                       const Event& event);
  // Subscriptions by a pattern (model_patterns.cc).
  Pattern* FindPattern(const std::string& topics, const std::string& queue);
  void Join(const Pattern& pattern, const std::string& topic);
  void JoinPatterns(const std::string& topic, const std::string& queue);
  void SubscribeByPattern(const hub::core::Subscribe& subscribe, std::optional<Code> expected, const Event& event);
  void UnsubscribePattern(const hub::core::Unsubscribe& unsubscribe, const Event& event);
  void SetPatternAttributes(const hub::core::SetSubscriptionAttributes& set, const Event& event);
  // Subscriptions that wait for confirmation (model_confirmations.cc).
  bool MaySubscribe(CallerKind caller, const std::string& topics) const;
  static bool MayTouch(CallerKind caller, const std::set<std::string>& accounts);
  SubscriptionState* FindSubscription(const std::string& topic, const std::string& queue);
  void AskToConfirm(const hub::core::Subscribe& subscribe, SubscriptionState& subscription, const Event& event);
  static bool AsksFor(const Content& content, std::string_view body);
  static GivenToken TokenIn(const Content& content, std::string_view body);
  void FindUnconfirmed(hub::Instant now);
  // The live feed (model_feed.cc).
  void CheckFollow(const std::string& written, const Event& event);
  // Tags (model_tags.cc).
  void ChangeTags(hub::Tags* tags, const hub::Tags& more, const std::vector<std::string>& less, const Event& event);
  void CheckTags(const hub::Tags* tags, const Event& event);
  hub::Tags* TagsOfQueue(const std::string& queue, const Event& event);
  hub::Tags* TagsOfTopic(const std::string& topic, const Event& event);
  // Push consumers (model_consumers.cc).
  void FindLapsed(const Event& event);
  void GiveBack(const QueueState& queue, const Key& key);
  void Hold(const QueueState& queue, const Key& key, hub::Instant until);
  void ForgetHeld(const QueueState& queue);
  void Release(const Consumer& consumer);
  void EndSession(std::uint64_t session);
  void Open(const hub::core::Consume& consume, const Event& event);
  void Push(QueueState& queue, Consumer& consumer, const hub::core::Consume& consume, const Event& event);
  void CheckEnd(const QueueState& queue, const Consumer& consumer, const Event& event);
  void CheckServed(const QueueState& queue, std::uint64_t visible, const Event& event);
  // Message groups (model_groups.cc).
  void CheckGroups(const QueueState& queue, const std::vector<Key>& taken, const Event& event);
  void NoGroupReady(const QueueState& queue, const Event& event);
  void NobodyElseInGroups(QueueState& queue, const Event& event);
  // Which messages came, now hidden until then. Nothing when that is wrong.
  std::optional<std::vector<Key>> Take(QueueState& queue, const std::vector<hub::core::Delivery>& deliveries,
                                       hub::Instant until, const Event& event);
  void CheckOrder(const QueueState& queue, const std::vector<Key>& taken, const Event& event);
  void TakeOne(QueueState& queue, const Key& key, const hub::core::Delivery& delivery, hub::Instant until,
               const Event& event);
  void CheckDelivery(const QueueState& queue, const Key& key, const hub::core::Delivery& delivery, const Event& event);
  void CheckBody(const Key& key, Message& message, const hub::core::Delivery& delivery, const Event& event);
  void NobodyElse(QueueState& queue, const Event& event);
  // The message that a handle still stands for, or null.
  Message* Owned(QueueState& queue, const Given& handle, const Event& event);
  bool IsPastRetention(const QueueState& queue, const Given& handle, const Event& event) const;
  bool HasExpired(QueueState& queue, const Given& handle, const Event& event);
  bool IsOpen(QueueState& queue, const Given& handle, const Event& event);
  void CheckOpen(QueueState& queue, const Given& handle, const hub::Error* error, std::optional<Code> elsewhere,
                 const Event& event);
  static const hub::Error* FailureOf(const Failures& failures, std::size_t index);
  bool FailsAs(const Failures& failures, std::size_t index, std::optional<Code> expected, const Event& event);

  std::map<std::string, QueueState> queues_;
  std::map<std::string, TopicState> topics_;
  std::vector<Pattern> patterns_;                // The oldest first.
  std::map<std::uint64_t, Consumer> consumers_;  // By request.
  Grants grants_;
  std::set<std::pair<std::uint64_t, std::string>> announced_deletions_;  // Turn and queue: must come in the same turn.
  std::set<std::pair<std::uint64_t, std::uint64_t>> announced_cancels_;  // Turn and consumer.
  std::vector<std::size_t> accepted_;
  std::string failure_;
  Known* known_ = nullptr;
  bool has_deleted_ = false;
};

}  // namespace sim
