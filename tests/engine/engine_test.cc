#include "hub/engine/engine.h"

#include <algorithm>
#include <thread>

#include "hub/base/limits.h"
#include "tests/engine/support.h"

namespace hub::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(EngineTest, WhatArrivesTogetherIsOneTurnAnsweredInOrder) {
  Do(1, core::CreateQueue{kQueue, {}});
  Do(2, SendOf(1));
  Do(3, core::DescribeQueue{kQueue});
  RunTurn();
  ASSERT_EQ(committer.turns.size(), 1u);
  EXPECT_THAT(Requests(committer.turns[0]), ElementsAre(1, 2, 3));
  EXPECT_TRUE(committer.turns[0].batch.flush);
  EXPECT_EQ(committer.waits, 1);
}

TEST_F(EngineTest, TurnsAreNumberedWithoutGapsAndNothingHappensInAnEmptyOne) {
  Do(1, core::CreateQueue{kQueue, {}});
  RunTurn();
  RunTurn();
  RunTurn();
  Do(2, SendOf(1));
  RunTurn();
  ASSERT_EQ(committer.turns.size(), 2u);
  EXPECT_EQ(committer.turns[0].index, 1u);
  EXPECT_EQ(committer.turns[1].index, 2u);
  EXPECT_EQ(committer.turns[1].batch.turn, 2u);
}

TEST_F(EngineTest, ATurnThatGrowsTooLargeLeavesTheRestToTheNext) {
  Do(0, core::CreateQueue{kQueue, {}});
  const std::uint64_t sends = kTurnDeliveriesMax / 1000 + 20;
  for (std::uint64_t i = 1; i <= sends; ++i) Do(i, SendOf(1000));
  RunTurn();
  RunTurn();
  ASSERT_EQ(committer.turns.size(), 2u);
  EXPECT_LE(committer.turns[0].deliveries, kTurnDeliveriesMax + 1000);
  EXPECT_EQ(committer.turns[0].answers.size() + committer.turns[1].answers.size(), sends + 1);
  EXPECT_EQ(committer.turns[1].answers.back().ticket.request, sends);
}

// rule: hardening R13 what the engine cannot do yet stays in the inbox, so that the inbox's bound holds
TEST_F(EngineTest, WhileATurnsRestIsLeftOverNothingMoreIsTaken) {
  constexpr std::size_t kEntries = 1000;
  constexpr char kTopic[] = "111111111111/events";
  Do(0, core::CreateTopic{kTopic, {}});
  for (std::size_t i = 0; i <= kTurnDeliveriesMax / kEntries; ++i) {
    const std::string queue = "111111111111/q" + std::to_string(i);
    Do(0, core::CreateQueue{queue,
                            {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",)"
                                        R"("Action":"sqs:SendMessage","Resource":"*"}})"}}});
    Do(0, core::Subscribe{kTopic, queue, {}});
  }
  RunTurn();
  committer.turns.clear();
  core::Publish publish{.topic = kTopic, .entries = {}};
  publish.entries.resize(kEntries, {.message = {.body = "x", .attributes = {}}, .subject = {}});
  constexpr std::size_t kTaken = 4;  // By one turn, which then does one of them.
  constexpr std::size_t kBytes = kTurnBytesMax / kTaken;
  constexpr std::size_t kFits = kInboxBytesMax / kBytes;
  std::size_t accepted = 0;
  for (int turn = 0; turn < 3; ++turn) {
    while (Push(CommandOf(1, publish, kBytes))) ++accepted;
    RunTurn();
  }
  std::size_t answered = 0;
  for (const core::Turn& turn : committer.turns) answered += turn.answers.size();
  EXPECT_EQ(answered, 3u);
  EXPECT_LE(accepted - answered, kFits + kTaken);
}

TEST_F(EngineTest, ASessionThatEndedGetsNothing) {
  Do(1, core::CreateQueue{kQueue, {}});
  ASSERT_TRUE(Push(CommandOf(2, PollOf(20s), 0, /*session=*/7)));
  RunTurn();
  inbox.EndSession(0, 7);
  RunTurn();
  Do(3, SendOf(1));
  RunTurn();
  for (const core::Turn& turn : committer.turns) EXPECT_THAT(Requests(turn), testing::Not(testing::Contains(2)));
}

TEST_F(EngineTest, TheFreeSpaceWatermarkIsLookedAtEachTurn) {
  Do(1, core::CreateQueue{kQueue, {}});
  store.space_left = 999;
  Do(2, SendOf(1));
  RunTurn();
  store.space_left = 1000;
  Do(3, core::CreateQueue{kQueue, {}});
  Do(4, SendOf(1));
  RunTurn();
  ASSERT_EQ(committer.turns.size(), 2u);
  for (const core::Answer& answer : committer.turns[0].answers) {
    ASSERT_FALSE(answer.reply);
  }
  for (const core::Answer& answer : committer.turns[1].answers) EXPECT_TRUE(answer.reply);
}

TEST_F(EngineTest, LogLinesGoToTheLog) {
  core::Caller stranger;
  stranger.identity = core::Credentials::Anonymous();
  core::Command command = CommandOf(1, core::Purge{kQueue});
  command.caller = std::make_shared<const core::Caller>(stranger);
  ASSERT_TRUE(Push(std::move(command)));
  RunTurn();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_TRUE(log[0].text.starts_with("DENIED: User: anonymous is not authorized to perform: sqs:PurgeQueue"));
}

// rule: hardening R8 hub time is a clock that never goes back
TEST_F(EngineTest, HubTimeFollowsTheSteadyClockAndNeverGoesBackAcrossARestart) {
  const Instant start = engine->Now();
  EXPECT_EQ(start, clock.wall);
  for (const Duration jump : {Duration(1h), Duration(-2h), Duration(24h * 3653), Duration(-24h * 7306)}) {
    clock.wall += jump;
    EXPECT_EQ(engine->Now(), start);
  }
  clock.steady += 10s;
  EXPECT_EQ(engine->Now(), start + 10s);
  Do(1, core::CreateQueue{kQueue, {}});
  RunTurn();
  CommitAll();
  clock.steady = Duration::zero();  // Another machine's, or one that was started again.
  clock.wall = start - 24h * 3653;
  Start();
  EXPECT_GE(engine->Now(), start + 10s);
}

TEST_F(EngineTest, EachTurnIsDecidedAtOneInstant) {
  Do(1, core::CreateQueue{kQueue, {}});
  clock.steady += 5s;
  clock.wall -= 1h;
  RunTurn();
  ASSERT_EQ(committer.turns.size(), 1u);
  EXPECT_EQ(committer.turns[0].now, engine->Now());
  EXPECT_EQ(committer.turns[0].wall, clock.wall);
}

TEST_F(EngineTest, StopDoesWhatHasArrivedAndAnswersWhoWaits) {
  Do(1, core::CreateQueue{kQueue, {}});
  Do(2, PollOf(20s));
  RunTurn();
  Do(3, core::CreateQueue{"111111111111/last", {}});
  engine->Stop();
  engine->Run();
  std::vector<std::uint64_t> answered;
  for (const core::Turn& turn : committer.turns) {
    for (const std::uint64_t request : Requests(turn)) answered.push_back(request);
  }
  std::sort(answered.begin(), answered.end());
  EXPECT_THAT(answered, ElementsAre(1, 2, 3));
}

TEST_F(EngineTest, StopEndsARunThatWaits) {
  std::thread running([this] { engine->Run(); });
  engine->Stop();
  running.join();
  SUCCEED();
}

}  // namespace
}  // namespace hub::engine
