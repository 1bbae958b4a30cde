#include "hub/cli/bench/load.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

#include "hub/base/assert.h"
#include "hub/base/random.h"

namespace hub::cli::bench {
namespace {

using adapters::client::Answer;
using adapters::client::Client;
using adapters::client::Received;

constexpr std::size_t kShifts = 61;  // Prime, so that no power of two in the numbers repeats a slice.

Result<Answer> Await(Client& client, const Pace& pace) {
  Result<std::optional<Answer>> answer = client.Poll(pace.timeout);
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return Fail(Code::kUnavailable, "The hub stopped answering.");
  if (!(*answer)->body) return tl::unexpected((*answer)->body.error());
  return **std::move(answer);
}

Result<void> AllAccepted(const std::vector<core::EntryFailure>& failures) {
  if (failures.empty()) return {};
  return tl::unexpected(failures.front().error);
}

// `bytes` are bodies of `size` each, of the messages from `first` on.
core::Operation OperationOf(const Target& target, std::string_view bytes, std::size_t size, std::uint64_t first) {
  if (!target.topic) {
    core::Send send{.queue = target.name, .entries = {}};
    for (; !bytes.empty(); bytes.remove_prefix(size)) {
      Message message{.body = bytes.substr(0, size), .attributes = {}, .group = target.group};
      if (target.groups != nullptr) {
        message.group = target.groups->NameOf(first++);
        message.deduplication = bytes.substr(0, Bodies::kSizeMin);  // The number, which no other message has.
      }
      send.entries.push_back(std::move(message));
    }
    return send;
  }
  core::Publish publish{.topic = target.name, .entries = {}};
  for (; !bytes.empty(); bytes.remove_prefix(size)) {
    publish.entries.push_back({.message = {.body = bytes.substr(0, size), .attributes = {}}, .subject = {}});
  }
  return publish;
}

}  // namespace

// --- Bodies, Tally, Groups, Order -----------------------------------------------------------------------------------

Bodies::Bodies(std::size_t size, std::uint64_t seed) : size_(size) {
  HUB_ASSERT(size >= kSizeMin);
  Random random(seed);
  pattern_.resize(size + kShifts);
  for (char& c : pattern_) c = static_cast<char>('!' + random.Below('~' - '!' + 1));
}

const char* Bodies::Fill(std::uint64_t number) const { return pattern_.data() + number % kShifts; }

void Bodies::Write(std::uint64_t number, char* out) const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::memcpy(out + kSizeMin, Fill(number), size_ - kSizeMin);
  for (std::size_t i = kSizeMin; i-- > 0; number >>= 4) out[i] = kDigits[number & 15];
}

Result<std::uint64_t> Bodies::Verify(std::string_view body) const {
  std::uint64_t number = 0;
  const char* const end = body.data() + std::min(body.size(), kSizeMin);
  const bool has_number = body.size() == size_ && std::from_chars(body.data(), end, number, 16).ptr == end;
  if (!has_number || std::memcmp(end, Fill(number), size_ - kSizeMin) != 0) {
    return Fail(Code::kMalformed, "A message came back changed.");
  }
  return number;
}

void Tally::GrowTo(std::uint64_t count) {
  HUB_ASSERT(count >= seen_.size());
  left_ += count - seen_.size();
  seen_.resize(count);
}

Result<void> Tally::Add(std::uint64_t number) {
  if (number >= seen_.size()) return Fail(Code::kMalformed, "A message came that was never sent.");
  if (seen_[number]) return Fail(Code::kMalformed, "Message " + std::to_string(number) + " came twice.");
  seen_[number] = true;
  --left_;
  return {};
}

Groups::Groups(std::size_t count) {
  HUB_ASSERT(count > 0);
  names_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) names_.push_back("group-" + std::to_string(i));
}

Order::Order(const Groups& groups) : groups_(&groups), next_(groups.size()) {
  for (std::size_t i = 0; i < next_.size(); ++i) next_[i] = i;
}

Result<void> Order::Add(std::uint64_t number, std::string_view group) {
  if (group != groups_->NameOf(number)) {
    return Fail(Code::kMalformed, "Message " + std::to_string(number) + " came in another group.");
  }
  std::uint64_t& next = next_[number % next_.size()];
  if (number != next) {
    return Fail(Code::kMalformed, "Message " + std::to_string(number) + " came when it was the turn of message " +
                                      std::to_string(next) + " of " + std::string(group) + ".");
  }
  next += next_.size();
  return {};
}

// --- Produce --------------------------------------------------------------------------------------------------------

Result<void> Produce(Client& client, const Target& target, const Bodies& bodies, Range range, const Pace& pace,
                     const Watch& watch) {
  std::string bytes;
  std::uint64_t posted = 0;
  std::size_t outstanding = 0;
  while (posted < range.count || outstanding > 0) {
    while (posted < range.count && outstanding < pace.window) {
      const std::size_t n = std::min<std::uint64_t>(pace.batch, range.count - posted);
      bytes.resize(n * bodies.size());
      for (std::size_t i = 0; i < n; ++i) bodies.Write(range.first + posted + i, bytes.data() + i * bodies.size());
      const auto id = client.Post(OperationOf(target, bytes, bodies.size(), range.first + posted));
      if (!id) return tl::unexpected(id.error());
      posted += n;
      ++outstanding;
    }
    const Result<Answer> answer = Await(client, pace);
    if (!answer) return tl::unexpected(answer.error());
    if (auto all = AllAccepted(std::get<core::SendReply>(*answer->body).failures); !all) return all;
    --outstanding;
    watch(posted);
  }
  return {};
}

// --- Drain ----------------------------------------------------------------------------------------------------------

namespace {

// The state of one Drain: which requests are on their way for which source.
class Drainer {
 public:
  Drainer(Client& client, std::vector<Source>& sources, const Bodies& bodies, const Pace& pace)
      : client_(client), sources_(sources), bodies_(bodies), pace_(pace), asked_(sources.size()) {
    for (std::size_t i = 0; i < sources.size(); ++i) turns_.push_back(i);
  }

  Result<void> Run(const Watch& watch) {
    for (;;) {
      if (Result<void> asked = AskForMore(); !asked) return asked;
      if (receives_.empty() && deletes_ == 0) return {};
      Result<Answer> answer = Await(client_, pace_);
      if (!answer) return tl::unexpected(answer.error());
      if (Result<void> taken = Take(*answer); !taken) return taken;
      watch(done_);
    }
  }

 private:
  // Asks in turn every source that has not yet been asked for all that it still holds.
  Result<void> AskForMore() {
    for (std::size_t skipped = 0; receives_.size() < pace_.window && skipped < turns_.size();) {
      const std::size_t source = turns_.front();
      turns_.pop_front();
      const std::uint64_t left = sources_[source].tally.left();
      if (left == 0) continue;  // Done: it takes no more turns.
      turns_.push_back(source);
      if (asked_[source] >= left) {
        ++skipped;
        continue;
      }
      skipped = 0;
      const std::size_t max = std::min<std::uint64_t>(pace_.batch, left - asked_[source]);
      const auto id = client_.Post(core::Receive{
          .queue = sources_[source].queue, .max = max, .visibility = {}, .wait = std::chrono::seconds(1)});
      if (!id) return tl::unexpected(id.error());
      receives_.emplace(*id, Asked{.source = source, .max = max});
      asked_[source] += max;
    }
    return {};
  }

  Result<void> Take(const Answer& answer) {
    const auto receive = receives_.find(answer.id);
    if (receive == receives_.end()) {
      --deletes_;
      return AllAccepted(std::get<core::EntriesReply>(*answer.body).failures);
    }
    const Asked asked = receive->second;
    receives_.erase(receive);
    asked_[asked.source] -= asked.max;
    const auto& messages = std::get<std::vector<Received>>(*answer.body);
    if (messages.empty()) return NothingCame();
    last_progress_ = Clock::now();
    core::Delete remove{.queue = sources_[asked.source].queue, .handles = {}};
    remove.handles.reserve(messages.size());
    for (const Received& message : messages) {
      const Result<std::uint64_t> number = bodies_.Verify(message.body);
      if (!number) return tl::unexpected(number.error());
      Source& source = sources_[asked.source];
      if (Result<void> added = source.tally.Add(*number); !added) return added;
      if (source.order) {
        if (Result<void> in_turn = source.order->Add(*number, message.group); !in_turn) return in_turn;
      }
      remove.handles.push_back(message.handle);
    }
    done_ += messages.size();
    const auto id = client_.Post(std::move(remove));
    if (!id) return tl::unexpected(id.error());
    ++deletes_;
    return {};
  }

  Result<void> NothingCame() const {
    if (Clock::now() - last_progress_ < pace_.timeout) return {};
    std::uint64_t left = 0;
    for (const Source& source : sources_) left += source.tally.left();
    return Fail(Code::kMalformed, std::to_string(left) + " messages are missing.");
  }

  struct Asked {
    std::size_t source;
    std::size_t max;
  };

  Client& client_;
  std::vector<Source>& sources_;
  const Bodies& bodies_;
  const Pace& pace_;
  std::vector<std::uint64_t> asked_;  // Per source: messages that receives on their way may still bring.
  std::deque<std::size_t> turns_;
  std::unordered_map<std::uint64_t, Asked> receives_;
  std::size_t deletes_ = 0;
  std::uint64_t done_ = 0;
  Clock::time_point last_progress_ = Clock::now();
};

}  // namespace

Result<void> Drain(Client& client, std::vector<Source>& sources, const Bodies& bodies, const Pace& pace,
                   const Watch& watch) {
  return Drainer(client, sources, bodies, pace).Run(watch);
}

}  // namespace hub::cli::bench
