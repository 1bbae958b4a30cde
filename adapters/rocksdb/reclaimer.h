// Gives disk space back without rewriting: drops whole table files that lie in ranges whose keys are all deleted.
//
// Dropping a file also drops the tombstones in it, and an older file that reaches beyond the range may still hold what
// they hid. So a range tombstone over the whole range is written and flushed first; it is the newest entry there, and
// this pass cannot drop it, since it only drops what compaction has already moved below the newest level.
//
// Ranges that touch are joined: a file is dropped once every range that it covers has been given up.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace adapters::rocksdb {

// Counts compactions, to know that none has moved a tombstone meanwhile.
class CompactionCounter final : public ::rocksdb::EventListener {
 public:
  void OnCompactionBegin(::rocksdb::DB*, const ::rocksdb::CompactionJobInfo&) override { ++begun_; }
  std::uint64_t begun() const { return begun_; }

 private:
  std::atomic<std::uint64_t> begun_ = 0;
};

// Thread-safe. Works on a thread of its own, which ends with it.
class Reclaimer {
 public:
  // Makes [from, to) empty by a durable range tombstone, unless `still_wanted` says no under the writer's lock.
  using Erase =
      std::function<bool(const std::string& from, const std::string& to, const std::function<bool()>& still_wanted)>;

  Reclaimer(::rocksdb::DB& db, const CompactionCounter& compactions, Erase erase);
  ~Reclaimer();

  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  // Remembers the range and looks, some time soon, for files in it.
  void Add(std::string_view from, std::string_view to);

  // A key is about to be put: a range that holds it is forgotten.
  void Keep(std::string_view key);

  // Waits until every range added so far has been looked at. For tests and for measuring.
  void Drain();

 private:
  void Run();
  void Look(const std::string& from, const std::string& to);
  enum class Holds : std::uint8_t { kNothing, kFiles, kFilesLater };
  // Whether whole files lie in the range: such as can be dropped now, or only once a compaction has moved them.
  Holds WhatHolds(const std::string& from, const std::string& to) const;
  void LookAgain(const std::string& from, const std::string& to);
  bool IsReclaimed(const std::string& from, const std::string& to);

  ::rocksdb::DB& db_;
  const CompactionCounter& compactions_;
  const Erase erase_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string, std::less<>> ranges_;  // From -> to; disjoint.
  std::map<std::string, std::string, std::less<>> due_;     // Those to look at.
  std::map<std::string, int, std::less<>> again_;           // From -> how often: those to look at again a little later.
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace adapters::rocksdb
