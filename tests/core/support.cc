#include "tests/core/support.h"

#include "adapters/yaml/config_file.h"

namespace hub::core {

Attributes Redrive(int receives) {
  return {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead","maxReceiveCount":)" +
                                std::to_string(receives) + "}"}};
}

Attributes AdmitTopics() {
  return {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage",)"
                     R"("Principal":{"Service":"sns.amazonaws.com"},"Resource":"*"}})"}};
}

Strings Bodies(const ReceiveReply& reply) {
  Strings bodies;
  for (const Delivery& delivery : reply.deliveries) AppendBody(bodies.emplace_back(), delivery);
  return bodies;
}

std::shared_ptr<const Config> ReadYaml(const std::string& yaml) {
  const adapters::yaml::Checked checked = adapters::yaml::ReadConfigText(yaml, "hub.yaml");
  for (const std::string& mistake : checked.mistakes) ADD_FAILURE() << mistake;
  return checked.config ? checked.config : std::make_shared<const Config>();
}

std::size_t Puts(const Batch& batch, KeyKind kind) {
  std::size_t puts = 0;
  for (const Write& write : batch.writes) {
    if (write.kind == Write::Kind::kPut && write.key[0] == static_cast<char>(kind)) ++puts;
  }
  return puts;
}

CallerPtr Talk::User(const std::string& login) {
  std::vector<UserCredential> users;
  for (const DeclaredUser& user : config->users) users.push_back(user.credential);
  Caller caller;
  caller.identity = Credentials(users).VerifyPassword(login, "p");
  EXPECT_TRUE(caller.identity) << login;
  return std::make_shared<const Caller>(std::move(caller));
}

CallerPtr Talk::Anonymous() {
  Caller caller;
  caller.identity = Credentials::Anonymous();
  return std::make_shared<const Caller>(std::move(caller));
}

Strings Talk::Configure(const std::string& yaml) {
  config = ReadYaml(yaml);
  auto reply = TestHub::Configure(config);
  EXPECT_TRUE(reply) << reply.error().message;
  return reply ? std::get<DoneReply>(*reply).notes : Strings{};
}

Error Talk::Refusal(Operation operation) {
  auto reply = Ask(as, std::move(operation));
  EXPECT_FALSE(reply) << "not refused";
  return reply ? Error{} : reply.error();
}

bool Talk::Succeeds(Operation operation) {
  auto reply = Ask(as, std::move(operation));
  EXPECT_TRUE(reply) << reply.error().message;
  return reply.has_value();
}

void Talk::SetAttributes(const std::string& queue, Attributes attributes) {
  Succeeds(SetQueueAttributes{queue, std::move(attributes)});
}

void Talk::CreateSubscribed(const std::string& queue, Attributes subscription) {
  Create(queue, AdmitTopics());
  Succeeds(CreateTopic{kTopic, {}});
  Succeeds(Subscribe{kTopic, queue, std::move(subscription)});
}

SendReply Talk::Send(const Strings& bodies, const std::string& queue) {
  core::Send send{.queue = queue, .entries = {}};
  for (const std::string& body : bodies) send.entries.push_back({.body = body, .attributes = {}});
  return Expect<SendReply>(std::move(send));
}

SendReply Talk::Publish(const Strings& bodies, const std::vector<Attribute>& attributes) {
  core::Publish publish{.topic = kTopic, .entries = {}};
  for (const std::string& body : bodies) {
    publish.entries.push_back({.message = {.body = body, .attributes = attributes}, .subject = {}});
  }
  return Expect<SendReply>(std::move(publish));
}

ReceiveReply Talk::Receive(const std::string& queue, std::size_t max, std::optional<Duration> visibility) {
  return Expect<ReceiveReply>(
      core::Receive{.queue = queue, .max = max, .visibility = visibility, .wait = Duration::zero()});
}

std::uint64_t Talk::Poll(const std::string& queue, std::size_t max, Duration wait) {
  return Post(as, core::Receive{.queue = queue, .max = max, .visibility = {}, .wait = wait});
}

std::optional<Strings> Talk::TakePoll(std::uint64_t poll) {
  auto answer = TakeAnswer(poll);
  if (!answer) return std::nullopt;
  EXPECT_TRUE(*answer) << answer->error().message;
  return *answer ? Bodies(std::get<ReceiveReply>(**answer)) : Strings{};
}

EntriesReply Talk::Delete(const ReceiveReply& received, const std::string& queue) {
  core::Delete erase{.queue = queue, .handles = {}};
  for (const Delivery& delivery : received.deliveries) erase.handles.push_back(HandleOf(delivery));
  return Expect<EntriesReply>(std::move(erase));
}

EntriesReply Talk::Hide(const Delivery& delivery, Duration visibility, const std::string& queue) {
  return Expect<EntriesReply>(
      ChangeVisibility{.queue = queue, .entries = {{.handle = HandleOf(delivery), .visibility = visibility}}});
}

QueueDescription Talk::Describe(const std::string& queue) {
  return Expect<QueuesReply>(DescribeQueue{queue}).queues.at(0);
}

SubscriptionDescription Talk::OnlySubscription() {
  const TopicDescription topic = DescribeTopicNow();
  EXPECT_EQ(topic.subscriptions.size(), 1u);
  return topic.subscriptions.empty() ? SubscriptionDescription{} : topic.subscriptions[0];
}

std::size_t Talk::Rows(KeyKind kind) {
  std::size_t rows = 0;
  EXPECT_TRUE(store().Scan(Key(kind, 0), KindEnd(kind), [&](auto, auto) { return ++rows > 0; }));
  return rows;
}

std::string Talk::Counts(const std::string& queue) {
  const QueueDescription now = Describe(queue);
  return std::to_string(now.visible) + "/" + std::to_string(now.in_flight) + "/" + std::to_string(now.delayed);
}

void Steps::Begin() {
  if (turn_) return;
  turn_.emplace();
  turn_->index = ++index_;
  turn_->now = turn_->wall = now;
  core->BeginTurn(*turn_);
}

std::uint64_t Steps::Do(Operation operation) {
  Begin();
  Command command;
  command.ticket.request = ++requests_;
  command.operation = std::move(operation);
  core->Apply(std::move(command), *turn_);
  return requests_;
}

void Steps::Send(const Strings& bodies, const std::string& queue) {
  core::Send send{.queue = queue, .entries = {}};
  for (const std::string& body : bodies) send.entries.push_back({.body = body, .attributes = {}});
  Do(std::move(send));
}

void Steps::EndSession() {
  Begin();
  core->EndSession(0, 0, *turn_);
}

void Steps::ReadLoads() {
  for (const Load& load : std::exchange(loads_, {})) {
    auto loaded = ReadLoad(load, ScanOf());
    ASSERT_TRUE(loaded) << loaded.error().message;
    loaded_.push_back(std::move(*loaded));
  }
}

void Steps::AddLoads() {
  Begin();
  ReadLoads();
  for (Loaded& loaded : std::exchange(loaded_, {})) core->AddLoaded(std::move(loaded), *turn_);
}

Batch Steps::End() {
  Begin();
  core->ServeWaiters(*turn_);
  core->EndTurn(*turn_);
  Turn turn = *std::exchange(turn_, std::nullopt);
  EXPECT_TRUE(store.Write(turn.batch));
  if (turn.batch.flush) {
    EXPECT_TRUE(store.Flush());
  }
  core->Committed(turn.index);
  for (Answer& answer : turn.answers) {
    said.push_back(answer);
    answers.emplace(answer.ticket.request, std::move(answer.reply));
  }
  for (Load& load : turn.loads) loads_.push_back(std::move(load));
  return std::move(turn.batch);
}

void Steps::Settle() {
  do {
    AddLoads();
    End();
  } while (!loads_.empty() || core->NextDue() <= now);
}

void Steps::Stop() {
  Begin();
  core->AnswerAllWaiters(*turn_);
  End();
}

void Steps::Restart(bool power_loss) {
  if (power_loss) store.LosePower(0);
  turn_.reset();
  loads_.clear();
  loaded_.clear();
  Start();
}

Scan Steps::ScanOf() {
  return [this](auto from, auto to, const auto& visit) { return store.Scan(from, to, visit); };
}

void Steps::Start() {
  options_.secret.fill(static_cast<unsigned char>(++starts_));  // As in the program: the store's own is to win.
  core = std::make_unique<Core>(options_);
  const auto recovered = core->Recover(ScanOf(), now);
  ASSERT_TRUE(recovered) << recovered.error().message;
}

}  // namespace hub::core
