// Stores in scratch directories, and turns whose effect can be computed without a store.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/rocksdb/store.h"
#include "hub/base/bytes.h"
#include "hub/base/random.h"
#include "tests/support/power_loss_fs.h"

namespace adapters::rocksdb {

namespace fs = std::filesystem;

using Contents = std::map<std::string, std::string>;
using StorePtr = std::unique_ptr<hub::engine::Store>;

// A directory that goes away with the test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string path = fs::temp_directory_path() / "rocksdb_test_XXXXXX";
    path_ = ::mkdtemp(path.data());
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Options OptionsFor(const std::string& directory, std::shared_ptr<::rocksdb::FileSystem> disk) {
  Options options;
  options.directory = directory;
  options.ballast_bytes = 0;
  options.file_system = std::move(disk);
  return options;
}

// Opens a store that is expected to open.
inline StorePtr MustOpen(const Options& options) {
  auto store = Open(options);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

// The message of an opening that is expected to fail.
inline std::string OpenError(const Options& options) {
  const auto store = Open(options);
  return store ? "opened" : store.error().message;
}

// Everything in the store, or an error's message under the key "error".
inline Contents Everything(hub::engine::Store& store) {
  Contents contents;
  const auto scanned = store.Scan(
      "", "\xff", [&](std::string_view key, std::string_view value) { return contents.emplace(key, value).second; });
  if (!scanned) return {{"error", scanned.error().message}};
  return contents;
}

// Everything in a store that is expected to open.
inline Contents ReopenedContents(const Options& options) {
  const auto store = MustOpen(options);
  return store ? Everything(*store) : Contents{{"error", "not opened"}};
}

inline std::string ChunkKey(std::uint64_t turn) {
  std::string key(1, '\x06');
  hub::AppendBigEndian(key, turn % 3);
  hub::AppendBigEndian(key, turn);
  return key;
}

inline const std::string kTurnKey = "\x01turn";

// What turn `turn` does: adds a chunk, removes an old one, and notes its own number.
inline hub::core::Batch TurnBatch(std::uint64_t turn, std::size_t bytes) {
  hub::Random random(turn);
  std::string chunk;
  while (chunk.size() < bytes) hub::AppendBigEndian(chunk, random.Next());
  hub::core::Batch batch{.turn = turn, .flush = true, .writes = {}};
  batch.Put(ChunkKey(turn), std::make_shared<const std::string>(std::move(chunk)));
  if (turn > 6) batch.Delete(ChunkKey(turn - 6));
  batch.Put(kTurnKey, std::to_string(turn));
  return batch;
}

// What the store holds after turns 1 to `turn`, if chunk n has `bytes_of(n)`.
template <typename BytesOf>
Contents ContentsAfter(std::uint64_t turn, BytesOf bytes_of) {
  Contents contents;
  for (std::uint64_t n = turn > 5 ? turn - 5 : 1; n <= turn; ++n) {
    const auto batch = TurnBatch(n, bytes_of(n));
    contents[batch.writes.front().key] = batch.writes.front().Value();
  }
  if (turn > 0) contents[kTurnKey] = std::to_string(turn);
  return contents;
}

// The last turn that the store holds; 0 before the first.
inline std::uint64_t LastTurn(const Contents& contents) {
  const auto at = contents.find(kTurnKey);
  return at == contents.end() ? 0 : std::stoull(at->second);
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// The names in `directory` that end in `suffix`, in order.
inline std::vector<std::string> Names(const std::string& directory, const std::string& suffix) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().ends_with(suffix)) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

inline void CopyStore(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to);
}

}  // namespace adapters::rocksdb
