#include "adapters/rocksdb/reclaimer.h"

#include <rocksdb/convenience.h>
#include <rocksdb/experimental.h>
#include <rocksdb/metadata.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <vector>

namespace adapters::rocksdb {
namespace {

constexpr std::size_t kRangesMax = 65'536;  // Beyond it hints are dropped; compaction gives the space back, later.

// Files that a compaction holds or has yet to move down are looked for again this often, and this many times.
constexpr std::chrono::milliseconds kAgainAfter(200);
constexpr int kAgainMax = 150;

}  // namespace

Reclaimer::Reclaimer(::rocksdb::DB& db, const CompactionCounter& compactions, Erase erase)
    : db_(db), compactions_(compactions), erase_(std::move(erase)), thread_([this] { Run(); }) {}

Reclaimer::~Reclaimer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Reclaimer::Add(std::string_view from, std::string_view to) {
  if (from >= to) return;
  const std::lock_guard lock(mutex_);
  if (ranges_.size() >= kRangesMax) return;
  std::string first(from);
  std::string last(to);
  auto at = ranges_.upper_bound(first);
  if (at != ranges_.begin() && std::prev(at)->second >= first) --at;
  while (at != ranges_.end() && at->first <= last) {  // Those that touch [first, last] become one with it.
    first = std::min(first, at->first);
    last = std::max(last, at->second);
    due_.erase(at->first);
    at = ranges_.erase(at);
  }
  ranges_.emplace(first, last);
  due_.emplace(std::move(first), std::move(last));
  changed_.notify_all();
}

void Reclaimer::Keep(std::string_view key) {
  const std::lock_guard lock(mutex_);
  auto at = ranges_.upper_bound(key);
  if (at == ranges_.begin()) return;
  --at;
  if (key >= at->second) return;
  due_.erase(at->first);
  ranges_.erase(at);
}

void Reclaimer::Drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return due_.empty() && !busy_; });
}

void Reclaimer::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto awake = [this] { return stopping_ || !due_.empty(); };
    if (again_.empty()) {
      changed_.wait(lock, awake);
    } else if (!changed_.wait_for(lock, kAgainAfter, awake)) {
      for (const auto& [from, times] : again_) {
        if (const auto range = ranges_.find(from); range != ranges_.end()) due_.insert(*range);
      }
      std::erase_if(again_, [this](const auto& item) { return !due_.contains(item.first); });
      continue;
    }
    if (stopping_) return;
    const auto [from, to] = *due_.begin();
    due_.erase(due_.begin());
    busy_ = true;
    lock.unlock();
    if (WhatHolds(from, to) == Holds::kFiles) Look(from, to);
    const Holds left = WhatHolds(from, to);
    if (left != Holds::kNothing) LookAgain(from, to);
    lock.lock();
    if (left == Holds::kNothing) again_.erase(from);
    busy_ = false;
    changed_.notify_all();
  }
}

Reclaimer::Holds Reclaimer::WhatHolds(const std::string& from, const std::string& to) const {
  std::vector<::rocksdb::LiveFileMetaData> files;
  db_.GetLiveFilesMetaData(&files);
  Holds holds = Holds::kNothing;
  for (const auto& file : files) {
    if (file.smallestkey < from || file.largestkey >= to) continue;
    if (file.level > 0 && !file.being_compacted) return Holds::kFiles;
    holds = Holds::kFilesLater;
  }
  return holds;
}

// RocksDB drops no file of level 0, and none that it is compacting: nudge it, and come back.
void Reclaimer::LookAgain(const std::string& from, const std::string& to) {
  const ::rocksdb::Slice first(from);
  const ::rocksdb::Slice last(to);
  const auto status = ::rocksdb::experimental::SuggestCompactRange(&db_, &first, &last);
  if (!status.ok()) spdlog::debug("A compaction could not be suggested: {}", status.ToString());
  const std::lock_guard lock(mutex_);
  if (++again_[from] >= kAgainMax) again_.erase(from);
}

void Reclaimer::Look(const std::string& from, const std::string& to) {
  const std::uint64_t begun = compactions_.begun();
  if (!erase_(from, to, [&] { return IsReclaimed(from, to); })) return;
  if (compactions_.begun() != begun) {
    // The tombstone may have been moved down to where it could be dropped: once more, with a newer one.
    const std::lock_guard lock(mutex_);
    if (!stopping_ && ranges_.contains(from)) due_.insert_or_assign(from, to);
    return;
  }
  const ::rocksdb::Slice first(from);
  const ::rocksdb::Slice last(to);
  const auto status =
      ::rocksdb::DeleteFilesInRange(&db_, db_.DefaultColumnFamily(), &first, &last, /*include_end=*/false);
  if (!status.ok()) spdlog::warn("Space could not be given back: {}", status.ToString());
}

bool Reclaimer::IsReclaimed(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  auto at = ranges_.upper_bound(from);
  return at != ranges_.begin() && (--at)->second >= to;
}

}  // namespace adapters::rocksdb
