// The simulation as tests, and as a program: with --seed or --seeds it runs those and nothing else.

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tests/sim/runner.h"

namespace sim {
namespace {

constexpr int kNoticed = 3;

std::string program = "sim_tests";

void ExpectAgreement(const Runs& runs) {
  const Outcome outcome = RunSeeds(runs, program);
  EXPECT_EQ(outcome.report, "");
  std::printf("%llu seeds\n%s", static_cast<unsigned long long>(outcome.seeds), Format(outcome.counts).c_str());
}

// In a process of its own: the hub may notice by itself that something is wrong, and stops then.
void ExpectNotice(const Options& options, std::uint64_t seeds) {
  EXPECT_EXIT(
      {
        const Outcome outcome =
            RunSeeds({.options = options, .seeds = seeds, .jobs = 1, .exit_code_of_notice = kNoticed}, program);
        std::fputs(outcome.report.c_str(), stderr);
        std::exit(outcome.report.empty() ? 0 : kNoticed);
      },
      testing::ExitedWithCode(kNoticed), "repeat it with");
}

// rule: hardening R7 the production engine, core and encoding against a reference model, on a simulated clock and disk
// rule: hardening R9 never two owners, stale handles, maxReceiveCount exact, moves to a dead-letter queue atomic
// rule: hardening R10 per-group order and deduplication through crashes, moves to a dead-letter queue and back
// rule: hardening R11 an acknowledged publish is in every admitted queue after any crash, or in none
TEST(SimulationTest, AThousandSeedsAgreeWithTheModel) {
  ExpectAgreement({.options = {.seed = 1}, .seeds = 1000, .jobs = 2});
}

// rule: hardening R3 power cuts on the real store drop everything unsynced: nothing acknowledged is lost, it always
// opens
TEST(SimulationTest, SeedsOnRocksDbAgreeWithTheModel) {
  ExpectAgreement({.options = {.seed = 1, .store = StoreKind::kRocksDb}, .seeds = 60, .jobs = 2});
}

// rule: hardening R3 without the sync it fails
TEST(SimulationTest, RocksDbWithoutSyncsIsNoticed) {
  ExpectNotice({.seed = 1, .store = StoreKind::kRocksDb, .ignore_syncs = true}, 5);
}

// rule: hardening R7 a harness that cannot fail shows nothing
TEST(SimulationTest, AnAnswerBeforeTheFlushIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kAckBeforeFlush}, 50);
}

TEST(SimulationTest, ALostBitmapIsNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kLostBitmap}, 50); }

TEST(SimulationTest, ASkippedPolicyCheckIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kNoPolicyCheck}, 50);
}

TEST(SimulationTest, TwoOwnersAreNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kTwoOwners}, 50); }

TEST(SimulationTest, AnIgnoredDelayIsNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kNoOwnDelay}, 50); }

TEST(SimulationTest, AnIgnoredAttemptIsNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kNoAttempts}, 50); }

TEST(SimulationTest, ALostConsumerThatKeepsItsMessagesIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kNoRelease}, 50);
}

TEST(SimulationTest, AConsumerThatGetsTooManyIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kMoreCredit}, 50);
}

TEST(SimulationTest, AFeedThatAnybodyMayFollowIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kOpenFeed}, 50);
}

TEST(SimulationTest, AFeedThatLeaksToOthersIsNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kLeakyFeed}, 50); }

TEST(SimulationTest, AMessageThatIsNotOnTheFeedIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kLossyFeed}, 50);
}

TEST(SimulationTest, AFollowerThatMayNoLongerAndGoesOnIsNoticed) {
  ExpectNotice({.seed = 1, .variant = Variant::kDeafFeed}, 50);
}

TEST(SimulationTest, AFeedBeforeTheFlushIsNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kEarlyFeed}, 50); }

TEST(SimulationTest, AWrongTokenThatConfirmsIsNoticed) { ExpectNotice({.seed = 1, .variant = Variant::kAnyToken}, 50); }

int RunAsAsked(const Runs& runs) {
  const Outcome outcome = RunSeeds(runs, program);
  std::printf("%llu seeds\n%s", static_cast<unsigned long long>(outcome.seeds), Format(outcome.counts).c_str());
  std::fputs(outcome.report.c_str(), stderr);
  return outcome.report.empty() ? 0 : 1;
}

int Main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  program = argv[0];
  Runs runs;
  std::string variant = "none";
  std::string store = "memory";
  CLI::App app{"Runs the hub against a model from seeds."};
  const auto* seed = app.add_option("--seed", runs.options.seed, "The first seed");
  const auto* seeds = app.add_option("--seeds", runs.seeds, "How many");
  app.add_option("--jobs", runs.jobs, "Threads");
  app.add_option("--variant", variant,
                 "none, ack_before_flush, lost_bitmap, no_policy_check, two_owners, no_own_delay, no_attempts, "
                 "no_release, more_credit, open_feed, leaky_feed, lossy_feed, deaf_feed, early_feed or any_token");
  app.add_option("--store", store, "memory or rocksdb")->check(CLI::IsMember({"memory", "rocksdb"}));
  app.add_option("--trace", runs.options.trace_steps, "How many of the last steps to show");
  app.add_flag("--ignore-syncs", runs.options.ignore_syncs, "The disk acknowledges syncs and does nothing");
  CLI11_PARSE(app, argc, argv);
  if (seed->empty() && seeds->empty()) return RUN_ALL_TESTS();
  const auto known = ParseVariant(variant);
  if (!known) {
    std::fprintf(stderr, "there is no variant %s\n", variant.c_str());
    return 2;
  }
  runs.options.variant = *known;
  if (store == "rocksdb") runs.options.store = StoreKind::kRocksDb;
  return RunAsAsked(runs);
}

}  // namespace
}  // namespace sim

int main(int argc, char** argv) { return sim::Main(argc, argv); }
