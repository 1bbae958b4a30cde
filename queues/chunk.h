// How messages lie in memory and on disk: a chunk holds what one turn added to one queue (or to one topic).
//
//   own        header │ record record record … │ offsets │ senders │ trailer      bodies lie here
//   reference  header │ topic, its chunk, which of its records, rendering         bodies lie in the topic's chunk
//
// Sealed bytes are immutable and shared between the store's batch, the core's memory and the replies on their way out.
// Every value starts with a version and the id of the key that seals it (0: not sealed). A record whose fields end
// before it does has a trace header after them, after that perhaps bodies for subscribers that are not queues, and
// after those perhaps an envelope: most have none of them, and chunks from before there were any stay as they are.
//
// Chunk formats are read back from disk, so parsing checks everything; after Parse the accessors cannot fail.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/limits.h"
#include "hub/base/message.h"
#include "hub/base/result.h"
#include "hub/base/time.h"

namespace queues {

using Sequence = std::uint64_t;  // Of a message within its queue (or topic); grows, never reused.

// What the envelope of a notification says besides the message, which lies in its record as it was published.
struct Envelope {
  std::string_view topic;         // Its ARN.
  std::string_view notification;  // 16 bytes: the topic's id of the message.
  // 16 bytes: what the ARN of the subscription has more than the topic's. Zeros: unknown.
  std::string_view subscription;
  hub::Instant published{};
  std::uint64_t sequence = 0;  // Of a FIFO topic; otherwise 0.
  bool replayed = false;
};

void EncodeEnvelope(std::string& out, const Envelope& envelope);

// Views into `encoded`. Nothing when the bytes are not what EncodeEnvelope wrote.
std::optional<Envelope> DecodeEnvelope(std::string_view encoded);

// One message as stored. Views point into the block, or into the frame that it came in.
struct Record {
  std::string_view body;
  std::string_view attributes;     // As EncodeAttributes wrote them; empty for none.
  std::string_view subject;        // Of a published message.
  std::string_view sender;         // Who sent it: a principal's ARN.
  std::string_view id;             // 16 bytes when the message keeps an id given elsewhere, else empty.
  std::string_view group;          // Its message group, or "".
  std::string_view deduplication;  // Its deduplication id, or "".
  std::string_view trace = {};     // Its trace header, or "".
  std::string_view bodies = {};    // As hub::Message has them.
  // As EncodeEnvelope wrote it, of a notification that has left its topic's chunk and is not delivered raw; or "".
  std::string_view envelope = {};
  // Of a message that another queue gave up:
  std::string_view dead_letter_source;  // that queue's ARN,
  std::uint32_t prior_receives = 0;     // how often it was received there,
  hub::Instant first_received{};        // and when first.
};

// What it takes, besides what it is framed by.
std::size_t SizeOf(const Record& record);

// Attributes as a record keeps them: count, then name, type and value of each.
void EncodeAttributes(std::string& out, const std::vector<hub::Attribute>& attributes);

// Views into `encoded`. Nothing when the bytes are not what EncodeAttributes wrote.
std::vector<hub::Attribute> DecodeAttributes(std::string_view encoded);

// An own chunk, sealed.
class Block {
 public:
  // Fails with kStorage when the bytes are not a sealed chunk.
  [[nodiscard]] static hub::Result<std::shared_ptr<const Block>> Parse(std::shared_ptr<const std::string> bytes);

  std::uint32_t count() const { return static_cast<std::uint32_t>(offsets_.size()); }
  hub::Instant sent() const { return sent_; }
  std::uint64_t id_base() const { return id_base_; }
  bool has_groups() const { return has_groups_; }  // Whether any record has a message group.
  const std::shared_ptr<const std::string>& bytes() const { return bytes_; }
  // The ARN of the topic that this is a chunk of; "" for a queue's.
  std::string_view topic() const { return senders_[0]; }

  Record At(std::uint32_t index) const;

 private:
  friend class ChunkBuilder;
  Block() = default;
  bool Read();
  std::string_view RecordBytes(std::uint32_t index) const;
  bool ReadRecord(std::string_view bytes, Record& record) const;

  std::shared_ptr<const std::string> bytes_;
  hub::Instant sent_{};
  std::uint64_t id_base_ = 0;
  bool has_groups_ = false;
  std::vector<std::uint32_t> offsets_;     // Of each record, from the start of the bytes.
  std::uint32_t records_end_ = 0;          // Where the last one ends.
  std::vector<std::string_view> senders_;  // The first is the topic.
};

// Collects the records of one turn. `sent` is the instant of all of them; message ids count from `id_base`.
class ChunkBuilder {
 public:
  ChunkBuilder(hub::Instant sent, std::uint64_t id_base, std::string_view topic = {});

  // Whether a record of about `bytes` still fits. An empty chunk takes any record.
  bool Fits(std::size_t bytes) const;
  void Append(const hub::Message& message, std::string_view subject, std::string_view sender);
  void Append(const Record& record);

  std::uint32_t count() const { return static_cast<std::uint32_t>(offsets_.size()); }
  std::size_t bytes() const { return bytes_.size(); }
  hub::Instant sent() const { return sent_; }
  std::uint64_t id_base() const { return id_base_; }
  std::shared_ptr<const Block> Seal();

 private:
  std::uint32_t SenderIndex(std::string_view sender);
  void AppendTail(const Record& record, std::uint64_t flags);

  hub::Instant sent_;
  std::uint64_t id_base_;
  bool has_groups_ = false;
  std::string bytes_;
  std::vector<std::uint32_t> offsets_;
  std::vector<std::string> senders_;
};

// A chunk whose bodies lie in a topic's chunk: one publish turn as one queue receives it.
struct Reference {
  std::uint64_t topic = 0;
  Sequence topic_first = 0;  // Which of the topic's chunks.
  hub::Instant sent{};
  std::uint64_t id_base = 0;
  bool raw = false;                   // How it is rendered, fixed when it was published.
  bool replayed = false;              // From an archive, some time after it was published.
  std::uint64_t subscription = 0;     // Of which they are deliveries; 0: from before that was kept.
  std::vector<std::uint8_t> indices;  // Which of its records, ascending.

  std::string Encode() const;
  [[nodiscard]] static hub::Result<Reference> Parse(std::string_view bytes);
};

// Whether sealed bytes are a reference rather than a block. Anything else is told apart by the parsers.
bool IsReference(std::string_view bytes);

// What a queue's chunk holds: its own block, or a topic's block and which of its records.
struct Content {
  std::shared_ptr<const Block> block;          // Null when the bodies are not in memory.
  std::shared_ptr<const Reference> reference;  // Null for an own chunk.

  std::uint32_t RecordIndex(std::uint32_t index) const { return reference ? reference->indices[index] : index; }

  // These need the block.
  Record At(std::uint32_t index) const { return block->At(RecordIndex(index)); }
  std::uint32_t count() const {
    return reference ? static_cast<std::uint32_t>(reference->indices.size()) : block->count();
  }
  hub::Instant sent() const { return reference ? reference->sent : block->sent(); }
  std::uint64_t id_base() const { return reference ? reference->id_base : block->id_base(); }
  // Of the bodies it gives access to: of a topic's block its share.
  std::uint32_t bytes() const;
  // As it is stored.
  std::shared_ptr<const std::string> Encode() const;
};

}  // namespace queues
