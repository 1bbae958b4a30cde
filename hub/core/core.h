// The hub's decisions: every command, its answer, and what must become durable.
//
//   Recover ─▶ ( BeginTurn ─▶ Apply / AddLoaded / EndSession … ─▶ ServeWaiters ─▶ EndTurn )* with Committed in between
//
// Pure: no clock, no disk, no thread, no log. Time comes in with the turn; writes, answers, loads and log lines go out
// with it. Memory runs ahead of the disk by the turns in flight, so a commit that fails ends the process.
//
// Not thread-safe. The engine thread owns it.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hub/base/random.h"
#include "hub/core/catalog.h"
#include "hub/core/command.h"
#include "hub/core/consumers.h"
#include "hub/core/followers.h"
#include "hub/core/load.h"
#include "hub/core/receipt_handle.h"
#include "hub/core/reply.h"
#include "hub/core/topic_chunks.h"
#include "hub/core/turn.h"
#include "hub/core/waiters.h"
#include "hub/policy/policies.h"

namespace hub::core {

// The tags that a request brings, and the keys of those that it names: for conditions.
struct RequestTags {
  const Tags* tags = nullptr;
  std::vector<std::string_view> keys = {};
};

class Core {
 public:
  struct Options {
    Secret secret{};  // For a store that has none yet: from the operating system, or from a seed.
    std::size_t window_bytes_max = kWindowBytesMax;
    queues::Tenants::Rules tenants = {};  // Which message groups are noisy.
    std::size_t topic_subscriptions_max = kTopicSubscriptionsMax;
    std::size_t subscriptions_max = kSubscriptionsMax;
    std::size_t made_by_patterns_max = kMadeByPatternsMax;
  };

  explicit Core(Options options);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Reads what the store holds. To be called once, before the first turn. `wall` is the time now; hub time is never
  // before what it was. Fails with kStorage when the store holds something that the hub cannot have written.
  [[nodiscard]] Result<void> Recover(const Scan& scan, Instant wall);

  // Where hub time begins after Recover.
  Instant start_time() const { return start_time_; }
  // By how much it has been turned on since (testing.h).
  Duration advanced() const { return advanced_; }

  // Deadlines first, at most so many steps, so that a command sees the queues as they are at `turn.now`.
  void BeginTurn(Turn& turn);
  void Apply(Command command, Turn& turn);
  void AddLoaded(Loaded loaded, Turn& turn);
  // Whoever was behind it is gone: what waits for it is forgotten, what was pushed to it is visible again.
  void EndSession(std::uint32_t endpoint, std::uint64_t session, Turn& turn);
  void ServeWaiters(Turn& turn);
  void EndTurn(Turn& turn);

  // The batch of this turn, and all before, are in the store for every load to see (durable or not).
  void Committed(std::uint64_t turn);

  // When there is something to do without any command, or kNever. May be in the past: then at once.
  Instant NextDue() const;

  // Refuses what would need space, as long as there is little left.
  void SetSpaceLow(bool low) { space_low_ = low; }

  // Answers everybody who waits, and every push consumer: the hub is stopping.
  void AnswerAllWaiters(Turn& turn);

 private:
  using Outcome = std::optional<Result<Reply>>;  // Nothing: the answer comes later.

  // One function for each operation (queue_commands.cc, consume_commands.cc, topic_commands.cc,
  // resource_commands.cc, subscription_commands.cc, move_tasks.cc, tags.cc, permissions.cc, export.cc, reload.cc,
  // peek.cc, statistics.cc, testing.cc).
  Outcome Handle(Send& send, Command& command, Turn& turn);
  Outcome Handle(Receive& receive, Command& command, Turn& turn);
  Outcome Handle(Consume& consume, Command& command, Turn& turn);
  Outcome Handle(Cancel& cancel, Command& command, Turn& turn);
  Outcome Handle(Delete& erase, Command& command, Turn& turn);
  Outcome Handle(ChangeVisibility& change, Command& command, Turn& turn);
  Outcome Handle(Purge& purge, Command& command, Turn& turn);
  Outcome Handle(CreateQueue& create, Command& command, Turn& turn);
  Outcome Handle(DeleteQueue& erase, Command& command, Turn& turn);
  Outcome Handle(SetQueueAttributes& set, Command& command, Turn& turn);
  Outcome Handle(DescribeQueue& describe, Command& command, Turn& turn);
  Outcome Handle(FindQueue& find, Command& command, Turn& turn);
  Outcome Handle(ListQueues& list, Command& command, Turn& turn);
  Outcome Handle(ListDeadLetterSources& list, Command& command, Turn& turn);
  Outcome Handle(StartMoveTask& start, Command& command, Turn& turn);
  Outcome Handle(CancelMoveTask& cancel, Command& command, Turn& turn);
  Outcome Handle(ListMoveTasks& list, Command& command, Turn& turn);
  Outcome Handle(TagQueue& tag, Command& command, Turn& turn);
  Outcome Handle(UntagQueue& untag, Command& command, Turn& turn);
  Outcome Handle(ListQueueTags& list, Command& command, Turn& turn);
  Outcome Handle(Publish& publish, Command& command, Turn& turn);
  Outcome Handle(CreateTopic& create, Command& command, Turn& turn);
  Outcome Handle(DeleteTopic& erase, Command& command, Turn& turn);
  Outcome Handle(SetTopicAttributes& set, Command& command, Turn& turn);
  Outcome Handle(DescribeTopic& describe, Command& command, Turn& turn);
  Outcome Handle(ListTopics& list, Command& command, Turn& turn);
  Outcome Handle(PutDataProtectionPolicy& put, Command& command, Turn& turn);
  Outcome Handle(GetDataProtectionPolicy& get, Command& command, Turn& turn);
  Outcome Handle(TagTopic& tag, Command& command, Turn& turn);
  Outcome Handle(UntagTopic& untag, Command& command, Turn& turn);
  Outcome Handle(ListTopicTags& list, Command& command, Turn& turn);
  Outcome Handle(Subscribe& subscribe, Command& command, Turn& turn);
  Outcome Handle(ConfirmSubscription& confirm, Command& command, Turn& turn);
  Outcome Handle(Unsubscribe& unsubscribe, Command& command, Turn& turn);
  Outcome Handle(SetSubscriptionAttributes& set, Command& command, Turn& turn);
  Outcome Handle(DescribeSubscription& describe, Command& command, Turn& turn);
  Outcome Handle(ListSubscriptions& list, Command& command, Turn& turn);
  Outcome Handle(TakeDeliveries& take, Command& command, Turn& turn);
  Outcome Handle(SettleDeliveries& settle, Command& command, Turn& turn);
  Outcome Handle(AddPermission& add, Command& command, Turn& turn);
  Outcome Handle(RemovePermission& remove, Command& command, Turn& turn);
  Outcome Handle(MayFollow& may, Command& command, Turn& turn);
  Outcome Handle(Follow& follow, Command& command, Turn& turn);
  Outcome Handle(DescribeHub& describe, Command& command, Turn& turn);
  Outcome Handle(Export& what, Command& command, Turn& turn);
  Outcome Handle(PeekMessages& peek, Command& command, Turn& turn);
  Outcome Handle(TestCommand& test, Command& command, Turn& turn);
  Outcome Handle(Statistics& statistics, Command& command, Turn& turn);
  Outcome Handle(PlanReload& plan, Command& command, Turn& turn);
  Outcome Handle(Reload& reload, Command& command, Turn& turn);

  void ApplyNow(Command command, Turn& turn);
  void Log(LogLine::Level level, std::string text, Turn& turn);

  // Numbers (statistics.cc).
  void KeepCounts(const QueueEntry& queue);
  void CountDecision(bool allowed);

  // Help with tests (testing.cc).
  struct Misbehaving {
    Misbehaviour rules;
    Random random;
  };
  Result<Reply> Help(const AdvanceClock& advance, const Command& command, Turn& turn);
  Result<Reply> Help(const Reset& reset, const Command& command, Turn& turn);
  Result<Reply> Help(const SetMisbehaviour& set, const Command& command, Turn& turn);
  Result<Reply> Help(const DescribeMisbehaviour& describe, const Command& command, Turn& turn);
  Misbehaving* MisbehavingOf(const QueueEntry& log);
  Misbehaving* MisbehavingOf(const Command& command);
  bool IsMadeLate(Command& command, Turn& turn);
  bool IsFailed(const Command& command, Turn& turn);
  void ApplyLate(Turn& turn);
  bool IsDeleteForgotten(const QueueEntry& log, const queues::Position& position);
  std::size_t PassedOver(const QueueEntry& log);
  void Shuffle(const QueueEntry& log, std::vector<queues::Position>& taken);

  // Who may (authorise.cc).
  bool IsNews(const policy::Request& request);
  static RequestTags TagsIn(const Operation& operation);
  const Tags* TagsOf(std::string_view arn) const;
  struct Admitted {
    bool depends_on_time = false;  // Another time of day may decide otherwise.
  };
  Result<Admitted> Admit(const Caller& caller, std::string_view action, std::string_view arn, std::string_view account,
                         std::string_view protocol, Turn& turn, const RequestTags& request_tags = {});
  Result<Admitted> Judge(const policy::Request& request, Turn& turn);
  Result<void> Authorise(const Caller& caller, std::string_view action, std::string_view arn, std::string_view account,
                         Turn& turn, const RequestTags& request_tags = {});
  Result<void> AuthoriseForHub(const Command& command, Turn& turn);
  bool MaySee(const Command& command, const ResourceName& name, const Turn& turn) const;
  std::string WhyMayNotSubscribe(const std::string& principal, const TopicEntry& topic, Turn& turn);
  bool MayDeliver(const TopicEntry& topic, const QueueEntry& queue, Admission& admission, Turn& turn);
  Result<ResourceName> Resolve(Kind kind, std::string_view text, const Command& command) const;
  Result<ResourceName> NameFor(Kind kind, std::string_view text, const Command& command, std::string_view action,
                               Turn& turn);
  Result<QueueEntry*> QueueFor(std::string_view text, const Command& command, Turn& turn);
  Result<TopicEntry*> TopicFor(std::string_view text, const Command& command, Turn& turn);
  Result<void> MayChange(std::string_view declared_at, std::string_view label) const;
  Result<void> HasSpace() const;
  Result<void> MayList(const Command& command, std::string_view service, Turn& turn);

  // Messages (queue_commands.cc, receiving.cc).
  // What a message got when it was accepted.
  struct Sent {
    MessageId id;
    queues::Sequence sequence = 0;
  };
  Result<Sent> SendOne(QueueEntry& queue, Message message, std::string_view sender, Turn& turn);
  // Whom messages are handed to, and how many at most.
  struct Taker {
    std::size_t max = 0;
    std::optional<Duration> visibility;
    Consumers::Id consumer = 0;  // Or 0.
    std::size_t bytes = kReplyBytesMax / 2;
    queues::Queue::Whose whose = queues::Queue::Whose::kAll;
    bool whole = false;  // FIFO: rather nothing than less than there is, when some must be read first.
  };
  bool TakeFrom(QueueEntry& log, const Taker& taker, Turn& turn, ReceiveReply& reply);
  Result<bool> TakeAttempt(QueueEntry& queue, const std::string& attempt, const Taker& taker, Turn& turn,
                           ReceiveReply& reply);
  Result<bool> Repeat(QueueEntry& queue, const std::string& id, queues::Attempt& attempt,
                      std::optional<Duration> visibility, Turn& turn, ReceiveReply& reply);
  void HandOut(const QueueEntry& queue, const std::vector<queues::Position>& positions, Instant received,
               ReceiveReply& reply) const;
  void MoveToDeadLetterQueue(QueueEntry& from, QueueEntry& to, const queues::Position& position, Turn& turn);
  static queues::Record Carry(const Delivery& delivery, std::string& envelope);
  void Wrap(Delivery& delivery, std::string_view encoded) const;
  // Without a handle: HandOut.
  Delivery Deliver(const QueueEntry& queue, const queues::Position& position) const;
  Delivery Deliver(const QueueEntry& queue, const queues::Content& content, std::uint32_t slot,
                   const queues::SlotState& state) const;
  Result<Receipt> Open(QueueEntry& queue, std::string_view handle) const;
  QueueEntry* MustLoadFor(QueueEntry& queue, const std::vector<Result<Receipt>>& receipts);
  bool HasExpired(const QueueEntry& queue, const queues::Position& position, const Receipt& receipt) const;
  std::optional<queues::Position> Locate(QueueEntry& queue, const Receipt& receipt, bool may_be_older = false) const;
  std::optional<Result<Reply>> Park(Command& command, QueueEntry& queue);
  void Serve(QueueEntry& queue, Turn& turn);
  void ServeLine(QueueEntry& queue, Turn& turn);
  bool Answer(const Waiter& waiter, QueueEntry& queue, Turn& turn);
  Result<void> MayPurgeAgain(QueueEntry& queue, const Turn& turn) const;
  void PurgeNow(QueueEntry& queue, Turn& turn);

  // Looking without receiving (peek.cc).
  struct Peek {
    Ticket ticket;
    std::shared_ptr<const Caller> caller;
    std::uint64_t queue = 0;
    std::uint64_t policies = 0;  // The generation of those that admitted it.
    PeekMessages want;
    PeekPlace at;  // What is looked at next.
    PeekReply reply;
    std::size_t bytes = 0;  // Of the reply's bodies.
    std::size_t loads = 0;
  };
  void GoOn(Peek peek, Turn& turn);
  Result<QueueEntry*> OutboxOf(std::string_view subscription_arn) const;
  static void Answer(Peek peek, Turn& turn);
  void AddPeek(Loaded& loaded, Turn& turn);
  bool AddRow(Peek& peek, QueueEntry& log, const Loaded::Row& row, const Turn& turn);
  std::optional<Peeked> LookAt(QueueEntry& log, const queues::Content& content, queues::Sequence first,
                               std::uint32_t slot, bool delayed, std::uint64_t due) const;

  // Fair queues (lanes.cc). A log is a queue's own or its lane's.
  bool Take(QueueEntry& queue, const Taker& taker, Turn& turn, ReceiveReply& reply);
  static constexpr queues::Sequence kLaneBit = queues::Sequence{1} << 63;
  static queues::Sequence PushedAs(const QueueEntry& log, queues::Sequence sequence);
  static QueueEntry& LogFor(QueueEntry& queue, std::string_view group);
  static QueueEntry& LogOf(QueueEntry& queue, const Receipt& receipt);
  void JudgeTenants(QueueEntry& log, Turn& turn);
  void DeleteLaneNow(QueueEntry& lane, const Error& gone, Turn& turn);
  // Move tasks (move_tasks.cc).
  struct MoveTask {
    std::uint64_t id = 0;
    MoveTaskRecord record = {};
    Instant due = InstantOf(0);  // When it may go on; kNever: once what it waits for has been read.
  };
  std::vector<QueueEntry*> DeadLetterSourcesOf(const QueueEntry& queue) const;
  Result<QueueEntry*> MoveDestination(const StartMoveTask& start, const QueueEntry& source, const Command& command,
                                      Turn& turn);
  Result<void> MayMove(const StartMoveTask& start, const QueueEntry& source, const std::vector<QueueEntry*>& origins,
                       const Command& command, Turn& turn);
  MoveTask* RunningMoveTask(std::uint64_t source);
  void RunMoveTasks(Turn& turn);
  std::size_t RunMoveTask(MoveTask& task, QueueEntry& source, std::size_t messages_max, Turn& turn);
  std::size_t MoveFound(MoveTask& task, QueueEntry& log, const std::vector<queues::Position>& found, Turn& turn);
  QueueEntry* OriginOf(MoveTask& task, QueueEntry& source, const Delivery& delivery, Turn& turn);
  void MoveBack(QueueEntry& from, QueueEntry& to, const queues::Position& position, const Delivery& delivery,
                Turn& turn);
  void EndMoveTask(MoveTask& task, const QueueEntry& source, MoveStatus status, Turn& turn);
  void FailMoveTask(MoveTask& task, const QueueEntry& source, MoveFailure failure, std::string reason, Turn& turn);
  void Store(const MoveTask& task, const QueueEntry& source, Turn& turn);
  void WakeMoveTask(const QueueEntry& source, Instant now);
  void DropMoveTasks(const QueueEntry& source, Turn& turn);
  Instant NextMove() const;
  static MoveTaskDescription DescriptionOf(const MoveTask& task, const QueueEntry& source);
  // Push consumers (consume_commands.cc).
  void LineUp(QueueEntry& queue, Turn& turn);
  void StandInLine(Consumers::Id id, Consumer& consumer);
  std::size_t ShareOf(QueueEntry& queue, Turn& turn);
  bool Push(Consumers::Id id, QueueEntry& queue, std::size_t share, Turn& turn);
  bool MayGoOn(Consumers::Id id, QueueEntry& queue, Turn& turn);
  void NotePushed(Consumers::Id id, const QueueEntry& queue, const queues::Position& position, Instant until);
  void EndConsumer(Consumers::Id id, Turn& turn);
  void EndConsumers(const std::vector<Consumers::Id>& ids, const Error& why, Turn& turn);
  void Beat(Turn& turn);

  // FIFO (fifo.cc). `owner` is the id of the queue or topic.
  static Result<void> CheckOrder(const FifoSettings& fifo, Message& message, std::string& content_id);
  queues::Fingerprint FingerprintOf(const Message& message, bool by_group) const;
  std::optional<queues::Sequence> FindAccepted(Deduplicator& deduplicator, std::uint64_t owner, const Message& message,
                                               const FifoSettings& fifo, Turn& turn);
  // Returns what it is known by: its sequence is told by Deduplication::Number.
  queues::Fingerprint NoteAccepted(Deduplicator& deduplicator, const Message& message, const FifoSettings& fifo,
                                   const Turn& turn);
  Result<void> HasRoomToAccept(const FifoSettings& fifo) const;
  void ForgetAccepted(Deduplicator& deduplicator, std::uint64_t owner, Turn& turn);
  void ForgetAllAccepted(Deduplicator& deduplicator, std::uint64_t owner, Turn& turn);
  static void WriteAccepted(Deduplicator& deduplicator, std::uint64_t owner, Turn& turn);

  // Publishing (topic_commands.cc).
  Result<Sent> PublishOne(TopicEntry& topic, Publish::Entry entry, std::string_view sender, Turn& turn);
  void AddToRun(TopicEntry& topic, const Publish::Entry& entry, std::string_view sender, Turn& turn);
  void Route(TopicEntry& topic, const Message& message);
  bool IsAdmitted(TopicEntry& topic, SubscriptionEntry& subscription, const Message& message, std::size_t bytes,
                  Turn& turn);
  void DropAccepted(TopicEntry& topic, const Message& message, std::size_t bytes, Turn& turn);
  void NoteDelivered(TopicEntry& topic, const Message& message, const Turn& turn);
  bool ContinuesRun(const TopicEntry& topic, const Message& message, std::size_t bytes) const;
  void BeginRun(TopicEntry& topic, const Message& message, std::size_t bytes, Turn& turn);
  void JoinRun(TopicEntry& topic, SubscriptionEntry& subscription, QueueEntry& queue, Turn& turn);
  void AddFailed(TopicEntry& topic, SubscriptionEntry& subscription, std::size_t bytes, Turn& turn);
  std::string FindDeadLetters(TopicEntry& topic, SubscriptionEntry& subscription, std::size_t bytes, Turn& turn,
                              QueueEntry*& dead_letters);
  void EndRun(TopicEntry& topic);
  void AddReference(TopicEntry& topic, SubscriptionEntry& subscription, const Turn& turn);
  std::uint64_t UnstoredNumber(TopicEntry& topic, Turn& turn);

  // The live feed (feed.cc).
  Result<Followers::Follower> Followed(std::string_view text, const Command& command, Turn& turn);
  void Feed(const TopicEntry& topic, const Publish::Entry& entry, std::string_view sender, std::uint64_t number,
            Turn& turn);
  void RecheckFollowers(Turn& turn);

  // Subscribers that are not queues (deliveries.cc).
  void AddDelivery(SubscriptionEntry& subscription, queues::Counters counters);
  void DeleteDelivery(SubscriptionEntry& subscription, Turn& turn);
  void StandAtDelivery(SubscriptionEntry& subscription, const Turn& turn);
  static std::shared_ptr<const PushTarget> TargetOf(SubscriptionEntry& subscription);
  static topics::DeliveryPolicy DeliveryPolicyOf(const SubscriptionEntry& subscription);
  static void ForgetTargets(TopicEntry& topic);
  void Settle(SubscriptionEntry& subscription, const queues::Position& position, const SettleDeliveries::Entry& entry,
              Turn& turn);
  bool GiveUpTaken(QueueEntry& queue, std::vector<queues::Position>& taken, Turn& turn);
  void DeleteDelivered(QueueEntry& queue, const queues::Position& position, Turn& turn);
  void GiveUp(SubscriptionEntry& subscription, const queues::Position& position, std::uint32_t tries,
              const std::string& why, Turn& turn);
  std::string MoveToDeadLetters(SubscriptionEntry& subscription, const queues::Reference& from,
                                const queues::Position& position, Turn& turn);
  void PushConfirmation(SubscriptionEntry& subscription, Turn& turn);
  void PushFarewell(SubscriptionEntry& subscription, Turn& turn);

  // Archives and replays (replays.cc).
  void KeepArchive(TopicEntry& topic, Turn& turn);
  void KeepArchives(Turn& turn);
  static bool IsReplayed(const TopicEntry& topic);
  static Instant BeginningOfArchive(const TopicEntry& topic, Instant now);
  static Result<void> MayReplay(const TopicEntry& topic, const SubscriptionSettings& settings, Protocol protocol);
  void StartReplay(SubscriptionEntry& subscription, Turn& turn);
  void BeReplaying(SubscriptionEntry& subscription);
  void EndReplay(SubscriptionEntry& subscription, ReplayState state, Turn& turn);
  bool CanReplay(const SubscriptionEntry& subscription) const;
  Instant NextReplay() const;
  void RunReplays(Turn& turn);
  void GoOnReplaying(SubscriptionEntry& subscription, Turn& turn);
  void AddReplay(SubscriptionEntry& subscription, const Loaded& loaded, Turn& turn);
  void ReplayChunk(SubscriptionEntry& subscription, const Loaded::Row& row, Turn& turn);
  bool IsWanted(SubscriptionEntry& subscription, const queues::Record& record) const;
  void DeliverReplayed(SubscriptionEntry& subscription, const queues::Content& content,
                       std::vector<std::uint8_t> wanted, bool replayed, Turn& turn);

  // Chunks (chunks.cc).
  void Touch(QueueEntry& queue);
  queues::ChunkBuilder& OpenFor(QueueEntry& queue, Instant sent, std::size_t bytes, Turn& turn,
                                std::optional<Duration> delay = {});
  void CloseQueue(QueueEntry& queue, Turn& turn);
  void CloseOwn(QueueEntry& queue, Turn& turn);
  void CloseTopic(TopicEntry& topic, Turn& turn);
  void CloseAll(Turn& turn);
  void KeepSequencesAhead(TopicEntry& topic, Turn& turn);
  bool Append(QueueEntry& queue, const queues::Content& content, Duration delay, Turn& turn);
  void WriteQueue(QueueEntry& queue, Turn& turn);
  void UpdateTimer(QueueEntry& queue);
  void UpdateTimer(TopicEntry& topic);
  void SetTimer(Instant& timer, Instant due, std::uint64_t owner);
  void KeepWithinBudget();

  // Reading (loads.cc).
  enum class LoadKind : std::uint8_t { kWindow, kDue, kTrash, kPeek, kReplay };
  void AskForLoads(QueueEntry& queue, Turn& turn);
  std::uint64_t Ask(Load load, LoadKind kind, std::uint64_t owner, Turn& turn);
  void AddWindow(QueueEntry& queue, const Load& load, Loaded& loaded, Turn& turn);
  void RewriteSparse(QueueEntry& queue, queues::Chunk& chunk, Turn& turn);
  void AddDue(QueueEntry& queue, Loaded& loaded, Turn& turn);
  void AskForTrash(Turn& turn);
  bool TrashIsReadable() const;
  void AddTrash(std::uint64_t id, Loaded& loaded, Turn& turn);
  queues::Content ContentOf(const std::shared_ptr<const std::string>& value) const;

  // Resources (resource_commands.cc, reload.cc).
  std::unique_ptr<queues::Tenants> NewTenants() const {
    return std::make_unique<queues::Tenants>(hub_.secret, options_.tenants);
  }
  QueueEntry& CreateQueueNow(ResourceName name, Attributes attributes, QueueSettings settings, Turn& turn);
  TopicEntry& CreateTopicNow(ResourceName name, Attributes attributes, TopicSettings settings, Turn& turn);
  SubscriptionEntry& SubscribeNow(TopicEntry& topic, SubscriptionRecord record, SubscriptionSettings settings,
                                  Turn& turn);
  Result<void> ChangeAttributes(QueueEntry& queue, const Attributes& changes, Turn& turn);
  // What a permission is given on: one of the two.
  struct PolicyOwner {
    QueueEntry* queue = nullptr;
    TopicEntry* topic = nullptr;

    const ResourceRecord& record() const { return queue ? queue->record : topic->record; }
  };
  Result<PolicyOwner> PolicyOwnerFor(Kind kind, const std::string& resource, const Command& command, Turn& turn);
  Result<void> SetPolicy(const PolicyOwner& owner, const std::string& policy, Turn& turn);
  void DeleteQueueNow(QueueEntry& queue, Turn& turn);
  void DeleteTopicNow(TopicEntry& topic, Turn& turn);
  void DeleteSubscriptionNow(SubscriptionEntry& subscription, Turn& turn);
  void Apply(QueueEntry& queue, Attributes attributes, QueueSettings settings);
  void Apply(TopicEntry& topic, Attributes attributes, TopicSettings settings);
  void Apply(SubscriptionEntry& subscription, Attributes attributes, SubscriptionSettings settings);
  SubscriptionEntry& AddSubscription(TopicEntry& topic, std::uint64_t id, SubscriptionRecord record,
                                     SubscriptionSettings settings);
  void Store(const QueueEntry& queue, Turn& turn);
  void Store(const TopicEntry& topic, Turn& turn);
  void Store(const SubscriptionEntry& subscription, Turn& turn);
  void StoreHub(Turn& turn);
  Result<void> MayCreateAgain(const ResourceName& queue, const Turn& turn);
  void NoteDeleted(const ResourceName& queue, const Turn& turn);
  Result<void> CheckDeadLetterQueue(const ResourceName& queue, const QueueSettings& settings) const;
  Result<void> FindDeadLetterQueue(const Attributes& changes, const Command& command) const;
  Outcome ChangeTopic(TopicEntry& topic, const Attributes& changes, Turn& turn);
  template <typename Entry>
  void SetTags(Entry& entry, const Tags& tags, Turn& turn);
  template <typename Entry>
  Outcome ChangeTags(Entry& entry, const Tags& tags, Turn& turn);
  Result<void> MayTag(const ResourceName& name, const Tags& tags, const Command& command, Turn& turn);
  void NoteTags(const std::string& arn, const ResourceRecord& record);
  void SetResourcePolicies(const std::string& arn, const std::shared_ptr<const policy::Policy>& own);
  QueueDescription DescriptionOf(QueueEntry& queue, Turn& turn);
  TopicDescription DescriptionOf(const TopicEntry& topic, bool whole) const;  // With its subscriptions.
  SubscriptionDescription DescriptionOf(const SubscriptionEntry& subscription) const;

  // Subscriptions (subscription_commands.cc).
  // What a Subscribe comes to, once it is checked.
  struct Wanted {
    std::string endpoint;
    std::string owner;
    std::string principal;
    bool is_own = false;  // The queue is the owner's.
    Attributes attributes;
    SubscriptionSettings settings;
  };
  Result<Wanted> CheckSubscribe(Subscribe& subscribe, const ResourceName& topic, const Command& command) const;
  static Result<Wanted> CheckSubscribeEndpoint(Subscribe& subscribe, const ResourceName& topic, const Command& command);
  static Result<SubscriptionSettings> CheckAttributes(const Attributes& attributes,
                                                      const SubscriptionEntry& subscription);
  static Result<SubscriptionSettings> CheckAttributes(const Attributes& attributes, const std::string& endpoint,
                                                      const std::string& owner);
  Outcome ListOfTopic(const ListSubscriptions& list, const Command& command, Turn& turn);
  static std::optional<std::string_view> TopicInArn(std::string_view text);
  static Result<void> MayTouch(const Command& command, std::initializer_list<std::string_view> accounts);
  std::string_view PlaceOf(const SubscriptionEntry& subscription) const;
  Result<SubscriptionEntry*> SubscriptionFor(std::string_view topic, std::string_view queue, const Command& command,
                                             Turn& turn);
  Result<SubscriptionEntry*> SubscriptionByLink(std::string_view arn) const;
  Result<void> HasRoomToSubscribe(const TopicEntry& topic, const SubscriptionRecord& record) const;
  Result<void> HasRoomToFilter(const TopicEntry& topic, const std::string& owner) const;
  SubscriptionEntry* OwnElsewhere(std::string_view arn, const Command& command) const;
  Result<void> MayConfirm(const Command& command, const ResourceName& topic, Turn& turn);
  void AskToConfirm(SubscriptionEntry& subscription, Turn& turn);
  void ConfirmNow(SubscriptionEntry& subscription, Turn& turn);
  void SetPending(SubscriptionEntry& subscription, bool is_pending);

  // Subscriptions by a pattern (pattern_subscriptions.cc).
  Result<ResourceName> PatternNameFor(std::string_view text, const Command& command, Turn& turn);
  Result<PatternEntry*> PatternFor(std::string_view topic, std::string_view queue, const Command& command, Turn& turn);
  Outcome SubscribeByPattern(Subscribe& subscribe, Command& command, Turn& turn);
  Outcome UnsubscribePattern(const Unsubscribe& unsubscribe, const Command& command, Turn& turn);
  Outcome SetPatternAttributes(const SetSubscriptionAttributes& set, const Command& command, Turn& turn);
  Outcome DescribePattern(const DescribeSubscription& describe, const Command& command, Turn& turn);
  static SubscriptionDescription DescriptionOf(const PatternEntry& pattern);
  static Result<void> CheckPatternCount(const std::string& owner, std::size_t count);
  static Result<void> CheckPatternSize(const Attributes& attributes);
  // Those who were not let in, and why the first was not.
  struct Refusals {
    std::size_t count = 0;
    std::string first;
  };
  Result<void> MayJoin(const TopicEntry& topic, const SubscriptionRecord& record, Turn& turn);
  void Join(const PatternEntry& pattern, TopicEntry& topic, Turn& turn, Refusals& refusals);
  std::string JoinTopics(const PatternEntry& pattern, Turn& turn);
  std::vector<const PatternEntry*> PatternsOf(std::string_view endpoint) const;
  void JoinPatterns(const std::vector<const PatternEntry*>& patterns, TopicEntry& topic, Turn& turn);
  PatternEntry& AddPatternNow(PatternRecord record, Turn& turn);
  PatternEntry& AddPattern(std::uint64_t id, PatternRecord record);
  void DeletePatternNow(PatternEntry& pattern, Turn& turn);
  void Apply(PatternEntry& pattern, Attributes attributes, const SubscriptionSettings& settings, Turn& turn);
  void Store(const PatternEntry& pattern, Turn& turn);

  // What there is as a configuration (export.cc).
  void ExportSubscriptions(const std::set<ResourceName>& exported, Config& config) const;
  void ExportPatterns(const std::set<ResourceName>& exported, Config& config) const;
  void ExportAccounts(const std::string& own, const std::set<ResourceName>& exported, bool all, Config& config) const;

  // Putting a configuration in force: first a plan (plan.cc), then its execution (reload.cc).
  struct Plan;
  Result<void> MakePlan(Plan& plan) const;
  Result<void> PlanQueues(const Config& config, Plan& plan) const;
  Result<void> CheckDeadLetters(const Plan& plan) const;
  Result<void> PlanTopics(const Config& config, Plan& plan) const;
  Result<void> PlanSubscriptions(const Config& config, Plan& plan) const;
  void PlanReleases(Plan& plan) const;
  void Execute(Plan& plan, Turn& turn);
  void ExecuteSubscriptions(Plan& plan, Turn& turn);
  void ExecutePatterns(Plan& plan, Turn& turn);
  void ReleasePatterns(Plan& plan, Turn& turn);
  void ExecuteReleases(Plan& plan, Turn& turn);
  void ReplacePolicies(const Config& config);

  // Recovery (recovery.cc).
  Result<void> RecoverAccepted(const Scan& scan);
  Result<void> RecoverQueues(const Scan& scan);
  Result<void> RecoverMoveTasks(const Scan& scan);
  Result<void> RecoverTopics(const Scan& scan);
  Result<void> RecoverPatterns(const Scan& scan);
  Result<void> RecoverSubscriptions(const Scan& scan);
  Result<void> RecoverSubscription(std::uint64_t id, SubscriptionRecord record);
  Result<void> RecoverDelivery(SubscriptionEntry& subscription, const Scan& scan);
  Result<void> RecoverSubscriptionsOfQueues(const Scan& scan);
  void MoveSubscriptionsOfQueues(Turn& turn);
  Result<void> RecoverSlots(QueueEntry& queue, const Scan& scan);

  Options options_;
  HubRecord hub_;
  Instant start_time_{};
  std::shared_ptr<const Config> config_;
  bool configured_ = false;  // A configuration has been put in force since the start.
  Catalog catalog_;
  policy::Policies policies_;
  std::map<std::string, std::vector<std::shared_ptr<const policy::Policy>>, std::less<>> grants_;  // By resource ARN.
  std::map<std::string, const Tags*, std::less<>> tagged_;  // By ARN, of every queue and topic that has tags.
  std::unordered_set<std::string> told_;                    // What `policies: log` has already said of this generation.
  std::uint64_t told_generation_ = 0;
  TopicChunks topic_chunks_;
  Waiters waiters_;
  Consumers consumers_;
  Followers followers_;
  bool archives_kept_ = false;  // Every topic has the archive that its policy asks for.
  std::size_t delivery_consumers_ = 0;
  std::set<std::uint64_t> replaying_;       // Subscriptions.
  std::optional<Ticket> deliverer_;         // Whoever delivers to subscribers that are not queues.
  std::uint64_t followers_generation_ = 0;  // Of the policies that admitted them all.
  bool space_low_ = false;
  // Queues that somebody deleted in the last minute, the latest last (`sixty_second_rules`). A restart forgets them.
  std::deque<std::pair<Instant, ResourceName>> deleted_;

  std::map<std::string, std::size_t, std::less<>> pending_subscriptions_;  // How many each account has asked for.
  std::vector<std::string> subscriptions_of_queues_;  // Keys from before subscriptions had ids, to be moved.

  Duration advanced_{};                               // By which hub time has been turned on since the start.
  std::map<std::uint64_t, Misbehaving> misbehaving_;  // By queue.
  std::multimap<Instant, Command> late_;              // What is made to wait, by when it is looked at.

  Tally tally_;
  QueueCounts gone_;  // What deleted queues have counted.

  std::vector<std::uint64_t> touched_;                // Queues, this turn.
  std::vector<std::uint64_t> awaited_dead_letters_;   // Queues with waiters that were given dead letters.
  std::vector<std::uint64_t> open_topics_;            // Topics with an open chunk.
  std::vector<std::uint64_t> accepting_topics_;       // FIFO topics that have accepted something.
  std::vector<const topics::Subscription*> reached_;  // By the message being published.
  std::uint64_t unstored_messages_ = 0;               // Published to nobody, since the start.
  std::set<std::uint64_t> wanting_;                   // Queues that wait for a load that could not be asked for yet.
  std::set<std::pair<Instant, std::uint64_t>> timers_;

  std::map<std::uint64_t, std::deque<MoveTask>> move_tasks_;  // By source queue; the latest is the last.
  std::set<std::uint64_t> moving_;                            // Source queues whose latest task is running.
  std::uint64_t last_moving_ = 0;                             // Which of them had its turn last.

  // A range of keys, gone for everybody, whose references are still to be counted before it is deleted.
  struct Trash {
    TrashRecord range;
    std::uint64_t turn = 0;  // Since when it is gone.
    bool loading = false;
  };
  std::map<std::uint64_t, Trash> trash_;  // By an id of its own.

  struct LoadUnderWay {
    Load load;
    LoadKind kind = LoadKind::kWindow;
    std::uint64_t owner = 0;          // Id of the queue or of the trash.
    std::uint64_t readable_turn = 0;  // What it sees at least.
  };
  std::map<std::uint64_t, LoadUnderWay> loads_;
  std::uint64_t next_load_ = 1;
  std::map<std::uint64_t, Peek> peeks_;                              // By the load that they wait for.
  std::vector<std::shared_ptr<const queues::Block>> loaded_blocks_;  // Kept while a load is taken in.

  struct PendingCommit {
    std::uint64_t turn;
    std::vector<std::pair<std::uint64_t, queues::Sequence>> queues;
  };
  std::deque<PendingCommit> pending_;
  std::uint64_t committed_turn_ = 0;
  std::size_t deduplication_ids_ = 0;  // Over all queues and topics.
  std::size_t resident_bytes_ = 0;     // Of own chunks, over all queues; topics' are counted by TopicChunks.
  bool boot_stored_ = false;
};

}  // namespace hub::core
