// The store by itself, in the pattern of a queue: chunks appended in order, read once in order, deleted.
//
//   rocksdb_bench [--benchmark_filter=…]     TMPDIR chooses the disk; items are messages.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "adapters/rocksdb/store.h"
#include "hub/base/bytes.h"
#include "hub/base/random.h"

namespace {

constexpr char kStateKind = 1;
constexpr char kChunkKind = 2;

std::string Key(char kind, std::uint64_t queue, std::uint64_t sequence) {
  std::string key(1, kind);
  hub::AppendBigEndian(key, queue);
  hub::AppendBigEndian(key, sequence);
  return key;
}

std::shared_ptr<const std::string> Chunk(std::size_t bytes) {
  hub::Random random(1);
  std::string chunk;
  while (chunk.size() < bytes) hub::AppendBigEndian(chunk, random.Next());
  chunk.resize(bytes);
  return std::make_shared<const std::string>(std::move(chunk));
}

// A store in a directory of its own, removed with it.
class Bench {
 public:
  Bench() {
    std::string path = std::filesystem::temp_directory_path() / "rocksdb_bench_XXXXXX";
    directory_ = ::mkdtemp(path.data());
    adapters::rocksdb::Options options;
    options.directory = directory_;
    store_ = std::move(*adapters::rocksdb::Open(options));
  }
  ~Bench() {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  hub::engine::Store& store() { return *store_; }

  // Adds one chunk and writes its queue's state.
  void Append(std::uint64_t queue, std::uint64_t sequence, const std::shared_ptr<const std::string>& chunk,
              bool flush) {
    hub::core::Batch batch{.turn = ++turn_, .flush = flush, .writes = {}};
    batch.Put(Key(kChunkKind, queue, sequence), chunk);
    batch.Put(Key(kStateKind, queue, 0), std::string(64, 's'));
    Commit(batch);
  }

  void Remove(std::uint64_t queue, std::uint64_t sequence, bool flush) {
    hub::core::Batch batch{.turn = ++turn_, .flush = flush, .writes = {}};
    batch.Delete(Key(kChunkKind, queue, sequence));
    batch.Put(Key(kStateKind, queue, 0), std::string(64, 's'));
    Commit(batch);
  }

  std::uint64_t Read(std::uint64_t queue, std::uint64_t from, std::uint64_t to) {
    std::uint64_t bytes = 0;
    const auto scanned = store_->Scan(Key(kChunkKind, queue, from), Key(kChunkKind, queue, to),
                                      [&](std::string_view, std::string_view value) { return bytes += value.size(); });
    if (!scanned) std::abort();
    return bytes;
  }

  std::uint64_t DiskBytes() const {
    std::uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory_)) {
      if (file.path().filename() != "ballast") bytes += file.file_size();
    }
    return bytes;
  }

 private:
  void Commit(const hub::core::Batch& batch) {
    if (!store_->Write(batch)) std::abort();
    if (batch.flush && !store_->Flush()) std::abort();
  }

  std::string directory_;
  std::unique_ptr<hub::engine::Store> store_;
  std::uint64_t turn_ = 0;
};

double WrittenBytes() {
  std::ifstream io("/proc/self/io");
  std::string name;
  double value = 0;
  while (io >> name >> value) {
    if (name == "write_bytes:") return value;
  }
  return 0;
}

void PeakMemory(benchmark::State& state) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

// One commit with its flush: arguments are messages a commit and bytes a message.
void BM_Commit(benchmark::State& state) {
  Bench bench;
  const auto messages = static_cast<std::uint64_t>(state.range(0));
  const auto chunk = Chunk(messages * static_cast<std::uint64_t>(state.range(1)));
  std::uint64_t sequence = 0;
  for (auto _ : state) bench.Append(1, ++sequence, chunk, true);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  PeakMemory(state);
}
BENCHMARK(BM_Commit)->Args({256, 1024})->Args({100, 100})->Args({1, 100})->UseRealTime();

// A short queue: append, read, delete, each commit flushed.
void BM_Lifecycle(benchmark::State& state) {
  Bench bench;
  const auto messages = static_cast<std::uint64_t>(state.range(0));
  const auto chunk = Chunk(messages * static_cast<std::uint64_t>(state.range(1)));
  std::uint64_t sequence = 0;
  const double written = WrittenBytes();
  for (auto _ : state) {
    bench.Append(1, ++sequence, chunk, true);
    benchmark::DoNotOptimize(bench.Read(1, sequence, sequence + 1));
    bench.Remove(1, sequence, true);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["amplification"] =
      (WrittenBytes() - written) / (static_cast<double>(state.iterations()) * static_cast<double>(chunk->size()));
  PeakMemory(state);
}
BENCHMARK(BM_Lifecycle)->Args({256, 1024})->Args({100, 100})->UseRealTime();

// A long queue: all appended, then all read and deleted from the front. Argument: MiB.
void BM_Backlog(benchmark::State& state) {
  const auto chunk = Chunk(256 * 1024);
  const auto chunks = static_cast<std::uint64_t>(state.range(0)) * 4;
  for (auto _ : state) {
    Bench bench;
    const double written = WrittenBytes();
    for (std::uint64_t i = 0; i < chunks; ++i) bench.Append(i % 3, i, chunk, true);
    const double appended = WrittenBytes();
    for (std::uint64_t i = 0; i < chunks; ++i) {
      benchmark::DoNotOptimize(bench.Read(i % 3, i, i + 1));
      bench.Remove(i % 3, i, i % 4 == 0);
      if (i % 32 < 3) bench.store().Reclaim(Key(kChunkKind, i % 3, 0), Key(kChunkKind, i % 3, i + 1));
    }
    const auto bytes = static_cast<double>(chunks * chunk->size());
    state.counters["append_amplification"] = (appended - written) / bytes;
    state.counters["drain_amplification"] = (WrittenBytes() - appended) / bytes;
    state.counters["disk_MB_after"] = static_cast<double>(bench.DiskBytes()) / 1e6;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chunks * 256));
  PeakMemory(state);
}
BENCHMARK(BM_Backlog)->Arg(2048)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
