#include "hub/cli/bulk.h"

#include <algorithm>
#include <utility>

#include "hub/base/assert.h"

namespace hub::cli {
namespace {

constexpr std::size_t kFrameMessages = 500;
constexpr std::size_t kFrameBytes = 1024 * 1024;  // Far below the limit, so that one more message still fits.
constexpr std::size_t kOutstandingMax = 8;

core::Operation OperationOf(Bulk::Kind kind, const std::string& target, const std::vector<OwnedMessage>& messages) {
  if (kind == Bulk::Kind::kSend) {
    core::Send send{.queue = target, .entries = {}};
    for (const OwnedMessage& m : messages) send.entries.push_back(m.View());
    return send;
  }
  core::Publish publish{.topic = target, .entries = {}};
  for (const OwnedMessage& m : messages) publish.entries.push_back({.message = m.View(), .subject = m.subject});
  return publish;
}

}  // namespace

Result<void> Bulk::Add(OwnedMessage message) {
  pending_bytes_ += SizeOf(message.View());
  pending_.push_back(std::move(message));
  if (pending_.size() < kFrameMessages && pending_bytes_ < kFrameBytes) return {};
  failure_ = PostFrame();
  return failure_;
}

Result<void> Bulk::Finish() {
  if (failure_ && !pending_.empty()) failure_ = PostFrame();
  // Also after a failure: what was sent before is answered, and counts.
  while (!posted_.empty()) {
    const Result<void> taken = TakeAnswer();
    if (taken) continue;
    if (failure_) failure_ = taken;
    if (taken.error().code == Code::kUnavailable) break;
  }
  return failure_;
}

Result<void> Bulk::PostFrame() {
  while (posted_.size() >= kOutstandingMax) {
    if (Result<void> taken = TakeAnswer(); !taken) return taken;
  }
  const Result<std::uint64_t> id = client_.Post(OperationOf(kind_, target_, pending_));
  if (!id) return tl::unexpected(id.error());
  posted_.push_back({.id = *id, .first = count_});
  count_ += static_cast<std::uint32_t>(pending_.size());
  pending_.clear();
  pending_bytes_ = 0;
  return {};
}

Result<void> Bulk::TakeAnswer() {
  auto answer = client_.Poll(timeout_);
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return Fail(Code::kUnavailable, "The hub did not answer in time.");
  const adapters::client::Answer& got = **answer;
  const auto posted = std::ranges::find(posted_, got.id, &Posted::id);
  HUB_ASSERT(posted != posted_.end());  // The client hands out answers to posted requests only, and all are ours.
  const std::uint32_t first = posted->first;
  posted_.erase(posted);
  if (!got.body) return tl::unexpected(got.body.error());

  const auto& reply = std::get<core::SendReply>(*got.body);
  std::vector<bool> failed(reply.ids.size());
  for (const core::EntryFailure& failure : reply.failures) {
    if (failure.index < failed.size()) failed[failure.index] = true;
    outcome_.failures.push_back({.index = first + failure.index, .error = failure.error});
  }
  for (std::size_t i = 0; i < reply.ids.size(); ++i) {
    if (failed[i]) continue;
    outcome_.ids.push_back(reply.ids[i]);
    if (!reply.sequences.empty()) outcome_.sequences.push_back(reply.sequences[i]);
  }
  return {};
}

}  // namespace hub::cli
