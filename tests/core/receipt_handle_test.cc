#include "hub/core/receipt_handle.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "hub/base/random.h"
#include "tests/core/support.h"

namespace hub::core {
namespace {

Secret SecretOf(unsigned char byte) {
  Secret secret;
  secret.fill(byte);
  return secret;
}

const Receipt kReceipt{.queue = 7, .sequence = 123'456, .receive = 3, .boot = 2, .received = InstantOf(5)};

std::string Sealed(const Receipt& receipt = kReceipt) {
  const Handle handle = SealReceipt(SecretOf(1), receipt);
  return {handle.data(), handle.size()};
}

TEST(ReceiptHandleTest, AHandleOpensToWhatWasSealed) {
  EXPECT_EQ(OpenReceipt(SecretOf(1), Sealed()), kReceipt);
  EXPECT_EQ(OpenReceipt(SecretOf(2), Sealed()), std::nullopt);
}

// rule: hardening R14 a handle with any bit changed is refused
TEST(ReceiptHandleTest, EveryFlippedBitIsRefused) {
  const std::string handle = Sealed();
  for (std::size_t i = 0; i < handle.size() * 8; ++i) {
    std::string forged = handle;
    forged[i / 8] = static_cast<char>(forged[i / 8] ^ (1 << (i % 8)));
    EXPECT_EQ(OpenReceipt(SecretOf(1), forged), std::nullopt) << i;
  }
}

TEST(ReceiptHandleTest, AnotherLengthIsRefused) {
  const std::string handle = Sealed();
  for (std::size_t size = 0; size < handle.size(); ++size) {
    EXPECT_EQ(OpenReceipt(SecretOf(1), std::string_view(handle).substr(0, size)), std::nullopt);
  }
  EXPECT_EQ(OpenReceipt(SecretOf(1), handle + '\0'), std::nullopt);
  EXPECT_EQ(OpenReceipt(SecretOf(1), "garbage"), std::nullopt);
}

TEST(ReceiptHandleTest, MessageIdsAreVersionFourUuidsAndDiffer) {
  std::set<MessageId> ids;
  for (std::uint64_t owner = 1; owner <= 10; ++owner) {
    for (std::uint64_t number = 0; number < 1000; ++number) ids.insert(MessageIdOf(SecretOf(1), owner, number));
  }
  EXPECT_EQ(ids.size(), 10'000u);
  const std::string text = Format(*ids.begin());
  EXPECT_EQ(text.size(), 36u);
  EXPECT_EQ(text[14], '4');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
}

// SplitMix64, backwards.
std::uint64_t SeedOf(std::uint64_t output) {
  const auto unshift = [](std::uint64_t z, unsigned shift) {
    std::uint64_t x = z;
    for (unsigned done = shift; done < 64; done += shift) x = z ^ (x >> shift);
    return x;
  };
  const auto inverse = [](std::uint64_t factor) {
    std::uint64_t x = factor;
    for (int i = 0; i < 6; ++i) x *= 2 - factor * x;
    return x;
  };
  std::uint64_t z = unshift(output, 31) * inverse(0x94d049bb133111ebu);
  z = unshift(z, 27) * inverse(0xbf58476d1ce4e5b9u);
  return unshift(z, 30) - 0x9e3779b97f4a7c15u;
}

// Everybody sees ids, and whoever knew the secret could make up handles and tokens.
TEST(ReceiptHandleTest, AnIdDoesNotTellTheSecret) {
  ASSERT_EQ(SeedOf(Random(7).Next()), 7u);
  Secret secret = SecretOf(1);
  secret[0] = 99;
  std::uint64_t first_half = 0;
  std::memcpy(&first_half, secret.data(), sizeof first_half);
  constexpr std::uint64_t kOwner = 5;
  MessageId id = MessageIdOf(secret, kOwner, 1);
  for (unsigned char version = 0; version < 16; ++version) {
    id.bytes[6] = static_cast<unsigned char>((id.bytes[6] & 0x0f) | version << 4);
    std::uint64_t high = 0;
    std::memcpy(&high, id.bytes.data(), sizeof high);
    EXPECT_NE(SeedOf(high) ^ kOwner, first_half);
  }
}

// rule: aws 65 a garbage handle is refused, a message deleted twice is not
TEST(ReceiptHandleTest, ForgedHandlesFailEntryByEntryAndDeleteNothing) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a", "b"});
  const ReceiveReply received = hub.Receive();
  std::string forged(HandleOf(received.deliveries[0]));
  forged[30] = static_cast<char>(forged[30] ^ 1);
  auto reply = hub.Ask(nullptr, Delete{kQueue, {forged, HandleOf(received.deliveries[1]), "garbage"}});
  ASSERT_TRUE(reply);
  const EntriesReply& entries = std::get<EntriesReply>(*reply);
  EXPECT_EQ(entries.count, 3u);
  ASSERT_EQ(entries.failures.size(), 2u);
  EXPECT_EQ(entries.failures[0].index, 0u);
  EXPECT_EQ(entries.failures[0].error,
            (Error{Code::kReceiptHandleInvalid, "The receipt handle is not one that this queue gave out."}));
  EXPECT_EQ(entries.failures[1].index, 2u);
  EXPECT_EQ(hub.Counts(), "0/1/0");
  EXPECT_TRUE(hub.Delete(received).failures.empty());  // One of the two for the second time.
  EXPECT_TRUE(hub.Delete(received).failures.empty());
}

TEST(ReceiptHandleTest, AHandleOfAnotherQueueOpensNothing) {
  Talk hub;
  hub.Create(kQueue);
  hub.Create(kDead);
  hub.Send({"a"});
  hub.Send({"b"}, kDead);
  const ReceiveReply received = hub.Receive();
  const EntriesReply reply = hub.Delete(received, kDead);
  ASSERT_EQ(reply.failures.size(), 1u);
  EXPECT_EQ(reply.failures[0].error.code, Code::kReceiptHandleInvalid);
  EXPECT_EQ(hub.Counts(kDead), "1/0/0");
}

TEST(ReceiptHandleTest, AHandleOfADeletedQueueOpensNothingInItsSuccessor) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  const ReceiveReply received = hub.Receive();
  hub.Succeeds(DeleteQueue{kQueue});
  hub.Create(kQueue);
  hub.Send({"b"});
  EXPECT_EQ(hub.Delete(received).failures.size(), 1u);
  EXPECT_EQ(hub.Counts(), "1/0/0");
}

TEST(ReceiptHandleTest, HandlesSurviveRestartsAndStayStaleAcrossThem) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  const ReceiveReply first = hub.Receive();
  hub.Advance(30s);
  const ReceiveReply second = hub.Receive();
  hub.Restart();
  EXPECT_TRUE(hub.Delete(first).failures.empty());
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Restart();
  hub.Delete(second);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

// A receive that the store forgot may have had the same number as a later one, but not the same boot.
TEST(ReceiptHandleTest, AHandleFromBeforeAPowerLossIsStaleOnceTheMessageIsReceivedAgain) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  const ReceiveReply before = hub.Receive();
  hub.Restart(/*power_loss=*/true);
  const ReceiveReply after = hub.Receive();
  ASSERT_EQ(after.deliveries.size(), 1u);
  hub.Delete(before);
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Delete(after);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

TEST(ReceiptHandleTest, AHandleNewerThanTheStoreHidesTheMessageAlsoAcrossARestart) {
  Talk hub;
  hub.Create(kQueue);
  hub.Send({"a"});
  const ReceiveReply received = hub.Receive();
  hub.Restart(/*power_loss=*/true);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  EXPECT_TRUE(hub.Hide(received.deliveries[0], 60s).failures.empty());
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Restart();
  EXPECT_EQ(hub.Counts(), "0/1/0");
  hub.Advance(60s);
  EXPECT_EQ(hub.Counts(), "1/0/0");
  hub.Delete(received);
  EXPECT_EQ(hub.Counts(), "0/0/0");
}

// A dead letter takes a sequence of its new queue; were that lost with the power after a handle for it was given out,
// the handle would open the next message of the same sequence.
TEST(ReceiptHandleTest, AHandleForAMovedMessageNeverOpensAnother) {
  Talk hub;
  hub.Create(kDead);
  hub.Create(kQueue, Redrive(1));
  hub.Send({"poison"});
  hub.Receive(kQueue, 1, 0s);
  hub.Receive();
  const ReceiveReply dead = hub.Receive(kDead);
  ASSERT_EQ(dead.deliveries.size(), 1u);
  hub.Restart(/*power_loss=*/true);
  hub.Send({"innocent"}, kDead);
  hub.Delete(dead, kDead);
  EXPECT_THAT(Bodies(hub.Receive(kDead)), testing::ElementsAre("innocent"));
}

TEST(ReceiptHandleTest, AHandleForADelayedMessageNeverOpensAnother) {
  Talk hub;
  hub.Create(kQueue, {{"DelaySeconds", "10"}});
  hub.Send({"first"});
  hub.Advance(10s);
  const ReceiveReply received = hub.Receive();
  ASSERT_THAT(Bodies(received), testing::ElementsAre("first"));
  hub.store().LosePower(0);
  hub.Restart();
  hub.SetAttributes(kQueue, {{"DelaySeconds", "0"}});
  hub.Send({"second"});
  hub.Delete(received);
  Strings left = Bodies(hub.Receive());
  EXPECT_THAT(left, testing::Contains("second"));
}

}  // namespace
}  // namespace hub::core
