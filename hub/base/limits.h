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
inline constexpr std::size_t kAttributesMax = 10;
inline constexpr std::size_t kAttributeNameBytesMax = 256;

inline constexpr Duration kDeduplicationWindow = 300s;
inline constexpr std::size_t kMessageGroupBytesMax = 128;  // Of a group's id, and of a deduplication id.

// Requests. Natively a receive may ask for up to a thousand messages; SQS allows ten.
inline constexpr std::size_t kReceiveDefault = 10;
inline constexpr std::size_t kReceiveMax = 1000;
inline constexpr std::size_t kEntriesMax = 1000;  // Messages, handles or changes in one request.
inline constexpr std::size_t kFrameBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kReplyBytesMax = 8 * 1024 * 1024;  // A receive stops before its reply grows beyond this.

// Topics [aws].
inline constexpr std::size_t kTopicMessageBytesMax = 1024 * 1024;
inline constexpr std::size_t kSubjectBytesMax = 100;

// The live feed.
inline constexpr std::size_t kFollowersMax = 10'000;  // Distinct callers and topics.

// Documents: configuration, policies, filters.
inline constexpr std::size_t kDocumentBytesMax = 1024 * 1024;
inline constexpr std::size_t kDocumentDepthMax = 64;

// Storage.
inline constexpr std::size_t kChunkMessagesMax = 256;
inline constexpr std::size_t kChunkBytesMax = 256 * 1024;

// A turn takes at most this much from the inbox.
inline constexpr std::size_t kTurnCommandsMax = 4096;
inline constexpr std::size_t kTurnBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kTurnDeliveriesMax = 256 * 1024;
inline constexpr std::size_t kTurnsInFlightMax = 2;
inline constexpr std::size_t kLogLinesMax = 32;
inline constexpr std::size_t kTickStepsMax = 256;  // Chunks that one tick expires, moves or reclaims.

// Memory.
inline constexpr std::size_t kWindowBytesMax = 48 * 1024 * 1024;  // Message bodies of all queues together.
inline constexpr std::size_t kInboxBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kWaitersMax = 20'000;
inline constexpr std::size_t kDeduplicationIdsMax = 4'000'000;  // Of all queues and topics together.

}  // namespace hub
