#include "hub/core/records.h"

#include <gtest/gtest.h>

#include <functional>

#include "hub/core/keys.h"

namespace hub::core {
namespace {

void ForEachDamage(const std::string& bytes, const std::function<void(const std::string& damaged)>& check) {
  for (std::size_t size = 0; size < bytes.size(); ++size) check(bytes.substr(0, size));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    check(damaged);
  }
}

// Every truncation is refused; every flipped bit is refused, or read and written again without harm.
template <typename T>
void ExpectSturdy(const T& record) {
  const std::string bytes = record.Encode();
  ASSERT_TRUE(T::Decode(bytes));
  EXPECT_EQ(T::Decode(bytes)->Encode(), bytes);
  ForEachDamage(bytes, [&](const std::string& damaged) {
    const auto decoded = T::Decode(damaged);
    if (damaged.size() < bytes.size()) {
      EXPECT_FALSE(decoded);
    }
    if (decoded) {
      decoded->Encode();
    } else {
      EXPECT_EQ(decoded.error().code, Code::kStorage);
    }
  });
  EXPECT_FALSE(T::Decode(bytes + "x"));
}

// rule: hardening R4 every truncation and every flipped bit of a record is refused or read without harm
TEST(RecordsTest, EachComesBackAsItWasAndStandsDamage) {
  HubRecord hub{.boot = 300, .time = InstantOf(1'700'000'000'000'000), .next_id = 70'000, .secret = {}};
  hub.secret.fill(9);
  ExpectSturdy(hub);
  EXPECT_EQ(HubRecord::Decode(hub.Encode())->secret, hub.secret);
  EXPECT_EQ(hub.Encode()[0], 1);  // As before tests could turn the clock on.
  hub.advanced = 5min;
  EXPECT_EQ(hub.Encode()[0], 2);
  ExpectSturdy(hub);
  EXPECT_EQ(HubRecord::Decode(hub.Encode())->advanced, 5min);
  EXPECT_EQ(HubRecord::Decode(hub.Encode())->secret, hub.secret);

  const ResourceRecord queue{.name = {"111111111111", "us-east-1", Kind::kQueue, "orders"},
                             .attributes = {{"DelaySeconds", "3"}, {"Policy", "{}"}},
                             .is_declared = true,
                             .declared = {{"DelaySeconds", "5"}},
                             .created = InstantOf(7),
                             .next_sequence = 1 << 20,
                             .tags = {{"team", "billing"}, {"empty", ""}},
                             .declared_tags = {{"team", "shop"}}};
  ExpectSturdy(queue);
  const auto again = ResourceRecord::Decode(queue.Encode());
  EXPECT_EQ(again->name, queue.name);
  EXPECT_EQ(again->attributes, queue.attributes);
  EXPECT_EQ(again->declared, queue.declared);
  EXPECT_EQ(again->tags, queue.tags);
  EXPECT_EQ(again->declared_tags, queue.declared_tags);

  const SubscriptionRecord subscription{.topic = 300,
                                        .endpoint = "arn:aws:sqs:us-east-1:111111111111:orders",
                                        .owner = "111111111111",
                                        .principal = "arn:aws:iam::111111111111:user/ann",
                                        .is_pending = true,
                                        .requested = InstantOf(8),
                                        .attributes = {{"RawMessageDelivery", "true"}},
                                        .is_declared = true,
                                        .declared = {{"a", ""}},
                                        .pattern = 70'000};
  ExpectSturdy(subscription);
  EXPECT_EQ(SubscriptionRecord::Decode(subscription.Encode())->endpoint, subscription.endpoint);
}

TEST(RecordsTest, AResourceOfAnEarlierVersionIsReadWithoutTagsAndUnchangedSinceItWasMade) {
  ResourceRecord queue{.name = {"111111111111", "us-east-1", Kind::kQueue, "orders"},
                       .attributes = {{"DelaySeconds", "3"}},
                       .is_declared = true,
                       .declared = {{"DelaySeconds", "5"}},
                       .created = InstantOf(7),
                       .next_sequence = 9};
  queue.modified = queue.created;
  std::string bytes = queue.Encode();
  bytes[0] = 2;
  bytes.resize(bytes.size() - 8);  // When its attributes changed.
  const auto second = ResourceRecord::Decode(bytes);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->Encode(), queue.Encode());
  bytes[0] = 1;
  bytes.resize(bytes.size() - 2);  // The counts of both kinds of tags.
  const auto first = ResourceRecord::Decode(bytes);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->Encode(), queue.Encode());
  bytes[0] = 4;
  EXPECT_FALSE(ResourceRecord::Decode(bytes));
}

TEST(RecordsTest, SubscriptionsOfEarlierVersionsAreReadAndNoPatternMadeThoseOfTheSecond) {
  const SubscriptionRecord subscription{.topic = 300,
                                        .endpoint = "arn:aws:sqs:us-east-1:111111111111:orders",
                                        .owner = "111111111111",
                                        .principal = "",
                                        .requested = InstantOf(8),
                                        .attributes = {{"RawMessageDelivery", "true"}},
                                        .declared = {}};
  std::string bytes = subscription.Encode();
  bytes[0] = 3;
  bytes.resize(bytes.size() - 5);  // What is for subscribers that are not queues, and of replays.
  const auto third = SubscriptionRecord::Decode(bytes);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->Encode(), subscription.Encode());
  bytes[0] = 2;
  bytes.pop_back();  // The pattern.
  const auto second = SubscriptionRecord::Decode(bytes);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->Encode(), subscription.Encode());
  for (const char version : {0, 1, 5}) {
    bytes[0] = version;
    EXPECT_FALSE(SubscriptionRecord::Decode(bytes));
  }
}

TEST(RecordsTest, APatternStandsDamage) {
  const PatternRecord pattern{.topics = {"111111111111", "us-east-1", Kind::kTopicPattern, "orders-*"},
                              .endpoint = "arn:aws:sqs:us-east-1:111111111111:orders",
                              .owner = "111111111111",
                              .principal = "arn:aws:iam::111111111111:user/ann",
                              .attributes = {{"RawMessageDelivery", "true"}},
                              .is_declared = true,
                              .declared = {{"a", ""}}};
  ExpectSturdy(pattern);
  const auto again = PatternRecord::Decode(pattern.Encode());
  EXPECT_EQ(again->topics, pattern.topics);
  EXPECT_EQ(again->declared, pattern.declared);
}

TEST(RecordsTest, AMoveTaskStandsDamage) {
  const MoveTaskRecord task{.status = MoveStatus::kFailed,
                            .destination = 300,
                            .destination_arn = "arn:aws:sqs:us-east-1:111111111111:orders",
                            .rate = 500,
                            .started = InstantOf(7),
                            .before = 70'000,
                            .to_move = 3,
                            .moved = 2,
                            .failure = MoveFailure::kQueueGone,
                            .reason = "gone"};
  ExpectSturdy(task);
}

TEST(RecordsTest, ATrashRecordStandsDamage) {
  TrashRecord trash;
  trash.from = Key(KeyKind::kChunk, 7, 1);
  trash.to = Key(KeyKind::kChunk, 7, 900);
  ExpectSturdy(trash);
}

TEST(RecordsTest, ACountComesBackAsItWas) {
  EXPECT_EQ(DecodeCount(EncodeCount(0)), 0u);
  EXPECT_EQ(DecodeCount(EncodeCount(300)), 300u);
  ForEachDamage(EncodeCount(300), [](const std::string& damaged) {
    if (damaged.size() < 4) {
      EXPECT_FALSE(DecodeCount(damaged));
    }
  });
}

TEST(KeysTest, KeysSortByTheirNumbers) {
  EXPECT_LT(Key(KeyKind::kChunk, 1, 255), Key(KeyKind::kChunk, 1, 256));
  EXPECT_LT(Key(KeyKind::kChunk, 1, ~0ull), Key(KeyKind::kChunk, 2, 0));
  EXPECT_LT(Key(KeyKind::kChunk, ~0ull, ~0ull), KindEnd(KeyKind::kChunk));
  EXPECT_LT(DelayedKey(1, InstantOf(255), 9), DelayedKey(1, InstantOf(256), 1));
  EXPECT_LT(TopicChunkKey(1, 2), TopicChunkCountKey(1, 2));
  EXPECT_LT(TopicChunkCountKey(1, 2), TopicChunkKey(1, 3));
}

TEST(KeysTest, NumbersComeBackOutOfAKey) {
  const std::string key = DelayedKey(7, InstantOf(1'700'000'000'000'000), 9);
  EXPECT_EQ(KeyPart(key, 0), 7u);
  EXPECT_EQ(KeyPart(key, 1), 1'700'000'000'000'000u);
  EXPECT_EQ(KeyPart(key, 2), 9u);
  EXPECT_EQ(KeyPart(key, 3), 0u);
}

}  // namespace
}  // namespace hub::core
