#include "adapters/wire/native/reply.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "queues/chunk.h"
#include "tests/wire/samples.h"

namespace tests::wire {
namespace {

namespace core = hub::core;
using adapters::wire::native::Buffer;
using adapters::wire::native::DecodeReply;
using adapters::wire::native::EncodeReply;
using adapters::wire::native::KindOf;
using adapters::wire::native::Look;
using adapters::wire::native::LookedAt;
using adapters::wire::native::Received;
using adapters::wire::native::ReplyBody;
using adapters::wire::native::ReplyId;
using adapters::wire::native::ReplyKind;
using adapters::wire::native::ViewOf;

constexpr std::uint64_t kSeeds = 300;

core::Delivery DeliveryOf(const Received& message) {
  core::Delivery delivery;
  delivery.id = message.id;
  message.handle.copy(delivery.handle.data(), delivery.handle.size());
  delivery.body = message.body;
  delivery.receive_count = message.receive_count;
  delivery.sent = message.sent;
  delivery.first_received = message.first_received;
  delivery.sender = message.sender;
  delivery.subject = message.subject;
  delivery.dead_letter_source = message.dead_letter_source;
  delivery.group = message.group;
  delivery.deduplication = message.deduplication;
  delivery.sequence = message.sequence;
  delivery.trace = message.trace;
  return delivery;
}

// The result as the hub would have it, to be encoded again.
struct AsReply {
  core::Reply operator()(const std::vector<Received>& messages) const {
    core::ReceiveReply reply;
    for (const Received& message : messages) reply.deliveries.push_back(DeliveryOf(message));
    return reply;
  }
  core::Reply operator()(const Look& look) const {
    core::PeekReply reply;
    for (const LookedAt& seen : look.messages) {
      reply.messages.push_back({.delivery = DeliveryOf(seen.message), .state = seen.state, .until = seen.until});
    }
    reply.next = look.next;
    return reply;
  }
  template <typename T>
  core::Reply operator()(const T& same) const {
    return same;
  }
};

TEST(ReplyTest, EveryReplyComesBackAsItWasEncoded) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Samples samples(seed);
    const hub::Result<core::Reply> reply = samples.Reply();
    const auto kind = reply ? static_cast<ReplyKind>(reply->index()) : ReplyKind::kReceive;
    const Buffer frame = EncodeReply(seed, reply);
    const auto id = ReplyId(ViewOf(frame));
    ASSERT_TRUE(id);
    EXPECT_EQ(*id, seed);
    const auto body = DecodeReply(ViewOf(frame), kind);
    ASSERT_EQ(body.has_value(), reply.has_value());
    if (!reply) {
      EXPECT_EQ(body.error(), reply.error());
      continue;
    }
    EXPECT_EQ(body->index(), reply->index());
    EXPECT_EQ(ViewOf(EncodeReply(seed, std::visit(AsReply(), *body))), ViewOf(frame));
  }
}

TEST(ReplyTest, ADeliveryCarriesItsAttributesBesideTheBody) {
  const std::vector<hub::Attribute> attributes = {{"colour", "String", "red"}, {"raw", "Binary", {"\0\1", 2}}};
  std::string encoded;
  queues::EncodeAttributes(encoded, attributes);
  core::ReceiveReply receive;
  receive.deliveries.emplace_back().encoded_attributes = encoded;
  const Buffer frame = EncodeReply(1, core::Reply(receive));
  const auto body = DecodeReply(ViewOf(frame), ReplyKind::kReceive);
  ASSERT_TRUE(body);
  const auto& messages = std::get<std::vector<Received>>(*body);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].attributes, attributes);
}

TEST(ReplyTest, AMessageThatIsLookedAtCarriesItsAttributes) {
  const std::vector<hub::Attribute> attributes = {{"colour", "String", "red"}, {"raw", "Binary", {"\0\1", 2}}};
  std::string encoded;
  queues::EncodeAttributes(encoded, attributes);
  core::PeekReply peek;
  peek.messages.emplace_back().delivery.encoded_attributes = encoded;
  const Buffer frame = EncodeReply(1, core::Reply(peek));
  const auto body = DecodeReply(ViewOf(frame), ReplyKind::kPeek);
  ASSERT_TRUE(body);
  EXPECT_EQ(std::get<Look>(*body).messages.at(0).message.attributes, attributes);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(DecodeReply(ViewOf(frame).substr(0, size), ReplyKind::kPeek)) << size;
  }
}

TEST(ReplyTest, ADeliveryOfAFifoQueueTellsGroupDeduplicationIdAndSequence) {
  core::ReceiveReply receive;
  core::Delivery& ordered = receive.deliveries.emplace_back();
  ordered.group = "customer-7";
  ordered.deduplication = "order-1";
  ordered.sequence = std::uint64_t{1} << 40;
  receive.deliveries.emplace_back();
  const Buffer frame = EncodeReply(1, core::Reply(receive));
  const auto body = DecodeReply(ViewOf(frame), ReplyKind::kReceive);
  ASSERT_TRUE(body);
  const auto& messages = std::get<std::vector<Received>>(*body);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].group, "customer-7");
  EXPECT_EQ(messages[0].deduplication, "order-1");
  EXPECT_EQ(messages[0].sequence, std::uint64_t{1} << 40);
  EXPECT_EQ(messages[1].group, "");
  EXPECT_EQ(messages[1].deduplication, "");
  EXPECT_EQ(messages[1].sequence, 0u);
}

TEST(ReplyTest, SequencesStandBesideTheIdsOneEach) {
  core::SendReply send;
  send.ids.resize(3);
  send.sequences = {5, 0, 7};
  send.failures.push_back({1, {hub::Code::kMessageTooLarge, "Too large."}});
  const auto body = DecodeReply(ViewOf(EncodeReply(1, core::Reply(send))), ReplyKind::kSend);
  ASSERT_TRUE(body);
  EXPECT_EQ(std::get<core::SendReply>(*body).sequences, send.sequences);

  send.sequences.pop_back();
  const auto short_of_one = DecodeReply(ViewOf(EncodeReply(1, core::Reply(send))), ReplyKind::kSend);
  ASSERT_FALSE(short_of_one);
  EXPECT_EQ(short_of_one.error().code, hub::Code::kMalformed);
}

TEST(ReplyTest, EveryTruncationOfWhatAFifoQueueAnswersIsRefused) {
  core::SendReply send;
  send.ids.resize(2);
  send.sequences = {5, 6};
  core::ReceiveReply receive;
  core::Delivery& delivery = receive.deliveries.emplace_back();
  delivery.group = "customer-7";
  delivery.deduplication = "order-1";
  delivery.sequence = 5;
  for (const core::Reply& reply : {core::Reply(send), core::Reply(receive)}) {
    const auto kind = static_cast<ReplyKind>(reply.index());
    const Buffer frame = EncodeReply(1, reply);
    EXPECT_TRUE(DecodeReply(ViewOf(frame), kind));
    for (std::size_t size = 0; size < frame.size(); ++size) {
      EXPECT_FALSE(DecodeReply(ViewOf(frame).substr(0, size), kind)) << size;
    }
  }
}

TEST(ReplyTest, AnEnvelopeIsRenderedAndHoldsSubjectAndAttributesInside) {
  core::ReceiveReply receive;
  core::Delivery& delivery = receive.deliveries.emplace_back();
  delivery.body = "hello";
  delivery.subject = "Greeting";
  delivery.envelope_topic = "arn:aws:sns:us-east-1:111111111111:events";
  const Buffer frame = EncodeReply(1, core::Reply(receive));
  const auto body = DecodeReply(ViewOf(frame), ReplyKind::kReceive);
  ASSERT_TRUE(body);
  const Received& message = std::get<std::vector<Received>>(*body).at(0);
  EXPECT_NE(message.body.find("\"Message\""), std::string_view::npos) << message.body;
  EXPECT_NE(message.body.find("Greeting"), std::string_view::npos) << message.body;
  EXPECT_EQ(message.subject, "");
}

TEST(ReplyTest, AReplyOfAnotherKindIsRefused) {
  const Buffer frame = EncodeReply(1, core::Reply(core::EntriesReply{1, {}}));
  for (const ReplyKind kind :
       {ReplyKind::kDone, ReplyKind::kCreated, ReplyKind::kSend, ReplyKind::kReceive, ReplyKind::kHub}) {
    if (kind == ReplyKind::kDone) continue;  // Notes are read leniently: any list will do.
    const auto body = DecodeReply(ViewOf(frame), kind);
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, hub::Code::kMalformed);
  }
}

TEST(ReplyTest, AnUnknownCodeOfALaterHubKeepsItsName) {
  const std::string frame = "\x94\x01\x05\xa9TooPurple\xa3why";
  const auto body = DecodeReply(frame, ReplyKind::kSend);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error(), (hub::Error{hub::Code::kUnavailable, "TooPurple: why"}));
}

TEST(ReplyTest, KindsFollowTheOrderOfTheBodies) {
  // The last two, of the hub's own pages, go over no wire.
  EXPECT_EQ(std::variant_size_v<ReplyBody>, std::variant_size_v<core::Replies> - 2);
  EXPECT_EQ(KindOf(core::Send{}), ReplyKind::kSend);
  EXPECT_EQ(KindOf(core::DescribeHub{}), ReplyKind::kHub);
}

TEST(ReplyTest, TruncatedOrFlippedRepliesNeverReadBeyondTheFrame) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Samples samples(seed);
    hub::Random random(seed);
    const Buffer buffer = EncodeReply(seed, samples.Reply());
    for (int round = 0; round < 50; ++round) {
      std::string frame(ViewOf(buffer));
      if (round % 2 == 0) frame.resize(random.Below(frame.size()));
      for (std::uint64_t flips = round % 2 * (1 + random.Below(4)); flips > 0; --flips) {
        frame[random.Below(std::min<std::size_t>(frame.size(), 200))] = static_cast<char>(random.Next());
      }
      const std::unique_ptr<char[]> exact(new char[frame.size()]);
      frame.copy(exact.get(), frame.size());
      ReplyId({exact.get(), frame.size()}).has_value();
      const auto kind = static_cast<ReplyKind>(random.Below(8));
      DecodeReply({exact.get(), frame.size()}, kind).has_value();
    }
  }
}

}  // namespace
}  // namespace tests::wire
