// The native codec: what one message costs on its way in and out. items_per_second is messages.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "adapters/wire/native/reply.h"
#include "adapters/wire/native/request.h"

namespace {

namespace core = hub::core;
namespace native = adapters::wire::native;

constexpr std::size_t kBodyBytes = 100;

core::Send MakeSend(std::int64_t messages, const std::string& body) {
  return {"orders", std::vector<hub::Message>(static_cast<std::size_t>(messages), hub::Message{body, {}})};
}

void CountMessages(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * state.range(0)); }

void EncodeSend(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  const core::Operation send = MakeSend(state.range(0), body);
  for (auto _ : state) benchmark::DoNotOptimize(native::EncodeRequest(1, send));
  CountMessages(state);
}

void DecodeSend(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  const native::Buffer frame = native::EncodeRequest(1, MakeSend(state.range(0), body));
  for (auto _ : state) benchmark::DoNotOptimize(native::DecodeRequest(native::ViewOf(frame)));
  CountMessages(state);
}

void DecodeSendWithAttributes(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  core::Send send = MakeSend(state.range(0), body);
  for (hub::Message& message : send.entries) {
    message.attributes = {{"colour", "String", "red"}, {"weight", "Number", "12"}};
  }
  const native::Buffer frame = native::EncodeRequest(1, send);
  for (auto _ : state) benchmark::DoNotOptimize(native::DecodeRequest(native::ViewOf(frame)));
  CountMessages(state);
}

void DecodeDelete(benchmark::State& state) {
  const std::string handle(core::kHandleBytes, 'h');
  const core::Delete erase{"orders", std::vector<std::string_view>(static_cast<std::size_t>(state.range(0)), handle)};
  const native::Buffer frame = native::EncodeRequest(1, erase);
  for (auto _ : state) benchmark::DoNotOptimize(native::DecodeRequest(native::ViewOf(frame)));
  CountMessages(state);
}

hub::Result<core::Reply> MakeReceived(std::int64_t messages, const std::string& body) {
  core::Delivery delivery;
  delivery.body = body;
  delivery.receive_count = 1;
  delivery.sent = hub::InstantOf(1'700'000'000'000'000);
  delivery.first_received = delivery.sent;
  delivery.sender = "arn:aws:iam::111111111111:user/checkout";
  core::ReceiveReply reply;
  reply.deliveries.assign(static_cast<std::size_t>(messages), delivery);
  return reply;
}

void EncodeReceived(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  const hub::Result<core::Reply> reply = MakeReceived(state.range(0), body);
  for (auto _ : state) benchmark::DoNotOptimize(native::EncodeReply(1, reply));
  CountMessages(state);
}

void DecodeReceived(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  const native::Buffer frame = native::EncodeReply(1, MakeReceived(state.range(0), body));
  for (auto _ : state) {
    benchmark::DoNotOptimize(native::DecodeReply(native::ViewOf(frame), native::ReplyKind::kReceive));
  }
  CountMessages(state);
}

void DecodeSent(benchmark::State& state) {
  core::SendReply sent;
  sent.ids.resize(static_cast<std::size_t>(state.range(0)));
  const native::Buffer frame = native::EncodeReply(1, core::Reply(sent));
  for (auto _ : state) {
    benchmark::DoNotOptimize(native::DecodeReply(native::ViewOf(frame), native::ReplyKind::kSend));
  }
  CountMessages(state);
}

BENCHMARK(EncodeSend)->Arg(1)->Arg(10)->Arg(500);
BENCHMARK(DecodeSend)->Arg(1)->Arg(10)->Arg(500);
BENCHMARK(DecodeSendWithAttributes)->Arg(10);
BENCHMARK(DecodeDelete)->Arg(1)->Arg(500);
BENCHMARK(EncodeReceived)->Arg(1)->Arg(500);
BENCHMARK(DecodeReceived)->Arg(1)->Arg(500);
BENCHMARK(DecodeSent)->Arg(1)->Arg(500);

}  // namespace
