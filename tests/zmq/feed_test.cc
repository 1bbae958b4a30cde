// What subscribers of the live feed that do not read may cost, with the bounds lowered.
#include "adapters/zmq/feed.h"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hub/core/feed.h"
#include "tests/zmq/hub_fixture.h"

namespace tests::zmq {
namespace {

namespace core = hub::core;

constexpr char kTopic[] = "arn:aws:sns:us-east-1:111111111111:orders";
constexpr std::size_t kBody = 100'000;
constexpr std::size_t kMebibyte = 1024 * 1024;
// What the kernel may hold for two sockets that are connected with one another, and a little.
constexpr std::size_t kKernelBytes = 32 * kMebibyte;

// A feed behind which a hub admits everybody to everything.
class RunningFeed {
 public:
  explicit RunningFeed(const adapters::zmq::Limits& limits)
      : feed(
            1, engine_->inbox(), [this](const core::LogLine& line) { Note(line.text); }, limits) {
    engine_->Answer([](const core::Command&) { return core::Reply(core::CreatedReply{.arn = kTopic}); });
    const hub::Result<void> started =
        feed.Start({Loopback()}, std::make_shared<core::Credentials>(std::vector<core::UserCredential>()));
    EXPECT_TRUE(started) << started.error().message;
    engine_->Run(feed);
  }
  ~RunningFeed() {
    feed.Stop();
    engine_.reset();  // Before what it answers.
  }

  void Publish(std::string body) {
    core::FeedTurn turn;
    core::FeedMessage message;
    message.keys = keys_;
    message.topic = kTopic;
    message.body = std::move(body);
    turn.messages.push_back(std::move(message));
    feed.Publish(std::move(turn));
  }
  bool AwaitSubscriptions(std::uint64_t count) {
    return Eventually([&] { return feed.counters().subscriptions == count; });
  }
  std::string log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  void Note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    log_ += text + '\n';
  }

  const std::shared_ptr<const std::vector<std::string>> keys_ =
      std::make_shared<std::vector<std::string>>(1, core::FeedKey("orders", "111111111111"));
  std::mutex mutex_;
  std::string log_;
  std::unique_ptr<FakeEngine> engine_ = std::make_unique<FakeEngine>();

 public:
  adapters::zmq::Feed feed;
};

class Subscriber {
 public:
  explicit Subscriber(const RunningFeed& hub, const Client::Configure& configure = {})
      : socket_(context_, ::zmq::socket_type::sub) {
    socket_.set(::zmq::sockopt::linger, 0);
    if (configure) configure(socket_);
    socket_.set(::zmq::sockopt::subscribe, "orders");
    socket_.connect(hub.feed.addresses().at(0));
  }

  // The body of the next message, if there is one.
  std::optional<std::string> Take() {
    ::zmq::message_t key;
    if (!socket_.recv(key, ::zmq::recv_flags::dontwait)) return std::nullopt;
    ::zmq::message_t body;
    ::zmq::message_t about;
    const bool whole = socket_.recv(body) && socket_.recv(about);
    EXPECT_TRUE(whole);
    return body.to_string();
  }
  bool Awaits(const std::string& body) {
    return Eventually([&] { return Take() == body; });
  }

 private:
  ::zmq::context_t context_;
  ::zmq::socket_t socket_;
};

// Takes as little as libzmq can be told to, and once cut does not come back.
void ReadNothing(::zmq::socket_t& socket) {
  socket.set(::zmq::sockopt::rcvhwm, 1);
  socket.set(::zmq::sockopt::rcvbuf, 4096);
  socket.set(::zmq::sockopt::reconnect_ivl, -1);
}

// rule: hardening R13 what all subscribers together leave unread is bounded
TEST(FeedTest, WhenTooMuchIsUnreadAllConnectAnewAndWhoReadsIsServedAgain) {
  adapters::zmq::Limits limits;
  EXPECT_EQ(limits.feed_unread_bytes_max, 256 * kMebibyte);
  limits.feed_unread_bytes_max = 4 * kMebibyte;
  RunningFeed hub(limits);
  Subscriber reader(hub);
  Subscriber rude(hub, ReadNothing);
  ASSERT_TRUE(hub.AwaitSubscriptions(2));
  std::size_t published = 0;
  while (hub.feed.counters().bound_anew == 0 && published < limits.feed_unread_bytes_max + kKernelBytes) {
    hub.Publish(std::to_string(published += kBody) + std::string(kBody, 'x'));
    Eventually([&] { return reader.Take().has_value() || hub.feed.counters().bound_anew > 0; });
  }
  EXPECT_EQ(hub.feed.counters().bound_anew, 1u);
  EXPECT_GE(published, limits.feed_unread_bytes_max);
  EXPECT_NE(hub.log().find("leave more unread than the hub can hold"), std::string::npos) << hub.log();
  // libzmq subscribes again when its owner reads on.
  ASSERT_TRUE(Eventually([&] {
    reader.Take();
    return hub.feed.counters().subscriptions == 1;
  }));
  hub.Publish("after it");
  EXPECT_TRUE(reader.Awaits("after it"));
}

// rule: hardening R13 a subscriber that reads nothing for a while is disconnected
TEST(FeedTest, WhoReadsNothingForTooLongIsCutAndNobodyElse) {
  adapters::zmq::Limits limits;
  EXPECT_EQ(limits.feed_stalled_max, 10s);
  limits.feed_stalled_max = 500ms;
  limits.heartbeat = std::chrono::minutes(30);  // It is not for want of these.
  RunningFeed hub(limits);
  Subscriber reader(hub);
  Subscriber rude(hub, ReadNothing);
  ASSERT_TRUE(hub.AwaitSubscriptions(2));
  for (std::size_t published = 0; published < kKernelBytes; published += kBody) {
    hub.Publish(std::string(kBody, 'x'));
    ASSERT_TRUE(Eventually([&] { return reader.Take().has_value(); }));
  }
  EXPECT_TRUE(hub.AwaitSubscriptions(1));
  hub.Publish("after it");
  EXPECT_TRUE(reader.Awaits("after it"));
  EXPECT_EQ(hub.feed.counters().bound_anew, 0u);
  EXPECT_EQ(hub.log(), "");
}

}  // namespace
}  // namespace tests::zmq
