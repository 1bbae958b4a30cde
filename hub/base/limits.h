// Every bound of the hub, as one table. Sizes are bytes unless named otherwise. [aws] marks a limit of SQS or SNS.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "hub/base/time.h"

namespace hub {

using namespace std::chrono_literals;

// Queues [aws].
inline constexpr std::size_t kMessageBytesMin = 1024;
inline constexpr std::size_t kMessageBytesMax = 1024 * 1024;
inline constexpr Duration kRetentionMin = 60s;
inline constexpr Duration kRetentionDefault = 96h;
inline constexpr Duration kRetentionMax = 336h;
inline constexpr Duration kDelayMax = 900s;
inline constexpr Duration kWaitMax = 20s;
inline constexpr Duration kVisibilityDefault = 30s;
inline constexpr Duration kVisibilityMax = 12h;
inline constexpr std::size_t kInFlightMax = 120'000;
inline constexpr std::uint32_t kReceivesBeforeDeadLetterMax = 1000;
inline constexpr std::size_t kRedriveSourcesMax = 10;  // Queues that a RedriveAllowPolicy names.
inline constexpr std::uint32_t kMoveRateMax = 500;     // Messages a second that a move task may be held to.
inline constexpr std::size_t kMoveTasksMax = 100;      // Running at once.
inline constexpr std::size_t kMoveTasksKept = 10;      // Of each queue, the running one among them.
inline constexpr std::size_t kAttributesMax = 10;
inline constexpr std::size_t kAttributeNameBytesMax = 256;
inline constexpr std::size_t kTraceBytesMax = 1024;  // The hub's own: of a message's trace header.

inline constexpr Duration kSixtySeconds = 60s;       // Between two purges, and from a queue to its next namesake.
inline constexpr std::size_t kDeletedMax = 100'000;  // Queues deleted within that time that are remembered.

// Tags of a queue or topic [aws].
inline constexpr std::size_t kTagsMax = 50;
inline constexpr std::size_t kTagKeyCharactersMax = 128;
inline constexpr std::size_t kTagValueCharactersMax = 256;

inline constexpr Duration kDeduplicationWindow = 300s;
inline constexpr Duration kKmsReuseMin = 60s;  // KmsDataKeyReusePeriodSeconds.
inline constexpr Duration kKmsReuseMax = 24h;
inline constexpr std::size_t kMessageGroupBytesMax = 128;  // Of a group's id, and of a deduplication id.

inline constexpr Duration kAttemptWindow = 300s;  // How long a receive can be asked for once more.
inline constexpr std::size_t kAttemptBytesMax = 128;

// Requests. Natively a receive may ask for up to a thousand messages; SQS allows ten.
inline constexpr std::size_t kReceiveDefault = 10;
inline constexpr std::size_t kReceiveMax = 1000;
inline constexpr std::size_t kEntriesMax = 1000;   // Messages, handles or changes in one request.
inline constexpr std::size_t kCreditMax = 10'000;  // Messages in flight with one push consumer.
inline constexpr Duration kPushVisibilityMin = 1s;
inline constexpr std::size_t kFrameBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kReplyBytesMax = 8 * 1024 * 1024;  // A receive stops before its reply grows beyond this.

// Topics [aws].
inline constexpr std::size_t kTopicMessageBytesMax = 1024 * 1024;
inline constexpr std::size_t kSubjectCharactersMax = 100;
inline constexpr std::size_t kDisplayNameCharactersMax = 100;
inline constexpr std::size_t kDataProtectionCharactersMax = 30'720;
inline constexpr std::size_t kKeyIdBytesMax = 2048;  // The hub's own.
inline constexpr int kArchiveDaysMax = 365;
inline constexpr std::size_t kTopicAttributesMax = 100;        // The hub's own. Raw, a queue takes kAttributesMax.
inline constexpr Duration kConfirmationWindow = 48h;           // How long a subscription waits to be confirmed.
inline constexpr std::size_t kPendingSubscriptionsMax = 5000;  // That one account has asked for.
inline constexpr std::size_t kTopicFilterPoliciesMax = 200;    // Of what clients subscribe.
inline constexpr std::size_t kAccountFilterPoliciesMax = 10'000;
inline constexpr std::size_t kTopicSubscriptionsMax = 200'000;   // The hub's own; SNS has 12.5 million.
inline constexpr std::size_t kSubscriptionsMax = 1'000'000;      // The hub's own. Of all topics together.
inline constexpr std::size_t kPatternSubscriptionsMax = 200;     // The hub's own. That one account has asked for.
inline constexpr std::size_t kPatternAttributesBytesMax = 4096;  // The hub's own: each topic that matches keeps them.
inline constexpr std::size_t kMadeByPatternsMax = 100'000;       // The hub's own. By all patterns of one account.

// The live feed.
inline constexpr std::size_t kFollowersMax = 10'000;  // Distinct callers and topics.

// Documents: configuration, policies, filters.
inline constexpr std::size_t kDocumentBytesMax = 1024 * 1024;
inline constexpr std::size_t kDocumentDepthMax = 64;
inline constexpr std::size_t kTopologyBytesMax = 7 * 1024 * 1024;  // A whole configuration as JSON, within a frame.
inline constexpr std::size_t kNotesMax = 4096;                     // Lines about what a reload changes.
inline constexpr std::size_t kNoteValueBytesMax = 256;             // Of an attribute's value, where a note shows it.

// Storage.
inline constexpr std::size_t kChunkMessagesMax = 256;
inline constexpr std::size_t kChunkBytesMax = 256 * 1024;

// A turn takes at most this much from the inbox.
inline constexpr std::size_t kTurnCommandsMax = 4096;
inline constexpr std::size_t kTurnBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kTurnDeliveriesMax = 256 * 1024;
inline constexpr std::size_t kTurnsInFlightMax = 2;
inline constexpr std::size_t kLogLinesMax = 32;
inline constexpr std::size_t kMovesPerTurn = 512;  // Messages that all move tasks together move in one turn,
inline constexpr std::size_t kMoveBytesPerTurn = 1024 * 1024;  // and about so much of them that one task does.
inline constexpr std::size_t kTickStepsMax = 256;              // Chunks that one tick expires, moves or reclaims.

// Memory.
inline constexpr std::size_t kWindowBytesMax = 48 * 1024 * 1024;  // Message bodies of all queues together.
inline constexpr std::size_t kInboxBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kWaitersMax = 20'000;           // Long polls, and push consumers that have credit.
inline constexpr std::size_t kAttemptMessagesMax = 100'000;  // Of one queue, that a receive could ask for once more.
inline constexpr std::size_t kConsumersMax = 10'000;         // Push consumers, of all sessions together.
inline constexpr std::size_t kConsumersPerSessionMax = 1000;
// Bodies in flight with one push consumer: no more is sent until it acknowledges. No more than a peer may leave unread.
inline constexpr std::size_t kPushedBytesMax = kReplyBytesMax / 2;
inline constexpr Duration kConsumerHeartbeat = 5s;
inline constexpr std::size_t kDeduplicationIdsMax = 4'000'000;  // Of all queues and topics together.

}  // namespace hub
