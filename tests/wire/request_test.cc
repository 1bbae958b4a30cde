#include "adapters/wire/native/request.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "hub/base/limits.h"
#include "tests/wire/samples.h"

namespace tests::wire {
namespace {

namespace core = hub::core;
using adapters::wire::native::Buffer;
using adapters::wire::native::DecodeRequest;
using adapters::wire::native::EncodeRequest;
using adapters::wire::native::HoldsViews;
using adapters::wire::native::Request;
using adapters::wire::native::ViewOf;

constexpr std::uint64_t kSeeds = 300;

// Decodes from memory of exactly this size, so that a sanitizer sees a step beyond it.
Request DecodeExactly(std::string_view frame) {
  const std::unique_ptr<char[]> copy(new char[frame.size()]);
  frame.copy(copy.get(), frame.size());
  Request request = DecodeRequest({copy.get(), frame.size()});
  if (request.operation) EncodeRequest(request.id, *request.operation);  // Reads every view.
  return request;
}

TEST(RequestTest, EveryOperationComesBackAsItWasEncoded) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    Samples samples(seed);
    const core::Operation operation = samples.Operation(seed % kOperations);
    const Buffer frame = EncodeRequest(seed, operation);
    const Request request = DecodeRequest(ViewOf(frame));
    ASSERT_TRUE(request.operation) << request.operation.error().message;
    EXPECT_EQ(request.id, seed);
    EXPECT_EQ(request.operation->index(), operation.index());
    EXPECT_EQ(ViewOf(EncodeRequest(seed, *request.operation)), ViewOf(frame));
  }
}

TEST(RequestTest, AMessageIsAViewIntoTheFrame) {
  const core::Send send{"orders", {{"body", {{"colour", "String", "red"}}}}};
  const Buffer frame = EncodeRequest(9, send);
  const Request request = DecodeRequest(ViewOf(frame));
  ASSERT_TRUE(request.operation);
  EXPECT_TRUE(HoldsViews(*request.operation));
  const auto& decoded = std::get<core::Send>(*request.operation);
  EXPECT_EQ(decoded.queue, "orders");
  ASSERT_EQ(decoded.entries.size(), 1u);
  EXPECT_EQ(decoded.entries[0].body, "body");
  EXPECT_EQ(decoded.entries[0].attributes, send.entries[0].attributes);
  EXPECT_GE(decoded.entries[0].body.data(), frame.data());
  EXPECT_LT(decoded.entries[0].body.data(), frame.data() + frame.size());
}

TEST(RequestTest, AStandardMessageIsNoLargerForTheOptionsThatOthersHave) {
  const auto size_of = [](const hub::Message& message) { return EncodeRequest(1, core::Send{"q", {message}}).size(); };
  const std::size_t bare = size_of({"body", {}});
  EXPECT_EQ(EncodeRequest(1, core::Publish{"q", {{{"body", {}}, ""}}}).size(),
            bare + std::string("publish").size() - 4);
  // An array of three, nil for the attributes, a map of one, and the two strings.
  EXPECT_EQ(size_of({"body", {}, "g"}), bare + 3 + 1 + std::string("group").size() + 1 + 1);
}

TEST(RequestTest, OptionsOfAMessageAreViewsIntoTheFrame) {
  const core::Publish publish{"events",
                              {{{"body", {}, "customer-7", "order-1"}, ""}, {{"other", {}, "", "order-2"}, "s"}}};
  const Buffer frame = EncodeRequest(9, publish);
  const Request request = DecodeRequest(ViewOf(frame));
  ASSERT_TRUE(request.operation);
  const auto& entries = std::get<core::Publish>(*request.operation).entries;
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].message.group, "customer-7");
  EXPECT_EQ(entries[0].message.deduplication, "order-1");
  EXPECT_EQ(entries[0].subject, "");
  EXPECT_EQ(entries[1].message.group, "");
  EXPECT_EQ(entries[1].message.deduplication, "order-2");
  EXPECT_EQ(entries[1].subject, "s");
  EXPECT_GE(entries[0].message.group.data(), frame.data());
  EXPECT_LT(entries[0].message.group.data(), frame.data() + frame.size());
}

// What is too much for a message fails that message alone, in the core: it must neither fail the request nor wrap
// around.
TEST(RequestTest, ADelayThatIsTooLongStaysTooLong) {
  using namespace std::chrono_literals;
  for (const hub::Duration delay : {hub::Duration(0ms), hub::Duration(1500ms), hub::kDelayMax}) {
    const hub::Message message{.body = "b", .attributes = {}, .delay = delay};
    const Request request = DecodeRequest(ViewOf(EncodeRequest(1, core::Send{"q", {message}})));
    ASSERT_TRUE(request.operation);
    EXPECT_EQ(std::get<core::Send>(*request.operation).entries.at(0).delay, delay);
  }
  const hub::Message message{.body = "b", .attributes = {}, .delay = std::chrono::hours(24 * 365 * 100)};
  const Request request = DecodeRequest(ViewOf(EncodeRequest(1, core::Send{"q", {message}})));
  ASSERT_TRUE(request.operation);
  EXPECT_GT(std::get<core::Send>(*request.operation).entries.at(0).delay, hub::kDelayMax);
}

TEST(RequestTest, DurationsAreWholeMilliseconds) {
  using namespace std::chrono_literals;
  const Buffer frame = EncodeRequest(1, core::Receive{"orders", 5, 1500ms, 0ms});
  const Request request = DecodeRequest(ViewOf(frame));
  ASSERT_TRUE(request.operation);
  const auto& receive = std::get<core::Receive>(*request.operation);
  EXPECT_EQ(receive.max, 5u);
  EXPECT_EQ(receive.visibility, 1500ms);
  EXPECT_EQ(receive.wait, 0ms);
  EXPECT_FALSE(HoldsViews(*request.operation));
}

TEST(RequestTest, AsManyEntriesAsTheLimitAreTakenAndOneMoreIsRefused) {
  core::Send send{"orders", std::vector<hub::Message>(hub::kEntriesMax, hub::Message{"x", {}})};
  EXPECT_TRUE(DecodeRequest(ViewOf(EncodeRequest(1, send))).operation);
  send.entries.push_back({"x", {}});
  const Request request = DecodeRequest(ViewOf(EncodeRequest(1, send)));
  ASSERT_FALSE(request.operation);
  EXPECT_EQ(request.operation.error().code, hub::Code::kBatchTooLarge);
  EXPECT_EQ(request.id, 1u);
}

TEST(RequestTest, MemoryOfAnOperationIsCounted) {
  const core::Send send{"orders", std::vector<hub::Message>(100, hub::Message{"x", {}})};
  EXPECT_GE(DecodeRequest(ViewOf(EncodeRequest(1, send))).bytes, 100 * sizeof(hub::Message));
  const core::CreateQueue create{"orders", {{"Policy", std::string(5000, ' ')}}};
  EXPECT_GE(DecodeRequest(ViewOf(EncodeRequest(1, create))).bytes, 5000u);
}

TEST(RequestTest, EveryTruncationIsRefused) {
  for (std::size_t index = 0; index < kOperations; ++index) {
    SCOPED_TRACE(index);
    Samples samples(index);
    const Buffer buffer = EncodeRequest(index, samples.Operation(index));
    const std::string_view frame = ViewOf(buffer);
    const std::size_t step = frame.size() > 5000 ? 97 : 1;
    for (std::size_t size = 0; size < frame.size(); size += step) {
      EXPECT_FALSE(DecodeExactly(frame.substr(0, size)).operation) << size;
    }
  }
}

TEST(RequestTest, EveryTruncationOfAMessageWithOptionsIsRefused) {
  const hub::Message message{"body", {{"colour", "String", "red"}}, "customer-7", "order-1"};
  for (const core::Operation& operation :
       {core::Operation(core::Send{"q", {message, message}}), core::Operation(core::Publish{"t", {{message, "s"}}})}) {
    const Buffer buffer = EncodeRequest(1, operation);
    EXPECT_TRUE(DecodeExactly(ViewOf(buffer)).operation);
    for (std::size_t size = 0; size < buffer.size(); ++size) {
      EXPECT_FALSE(DecodeExactly(ViewOf(buffer).substr(0, size)).operation) << size;
    }
  }
}

TEST(RequestTest, FlippedBytesNeverReadBeyondTheFrame) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Samples samples(seed);
    hub::Random random(seed);
    const Buffer buffer = EncodeRequest(seed, samples.Operation());
    for (int round = 0; round < 50; ++round) {
      std::string frame(ViewOf(buffer));
      for (std::uint64_t flips = 1 + random.Below(4); flips > 0; --flips) {
        frame[random.Below(std::min<std::size_t>(frame.size(), 200))] = static_cast<char>(random.Next());
      }
      DecodeExactly(frame);
    }
  }
}

}  // namespace
}  // namespace tests::wire
