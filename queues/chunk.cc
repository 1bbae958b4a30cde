#include "queues/chunk.h"

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/base/bytes.h"

namespace queues {
namespace {

using hub::Code;
using hub::Fail;
using hub::Reader;
using hub::Writer;

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kKeyNone = 0;
constexpr std::uint8_t kOwn = 0;
constexpr std::uint8_t kReference = 1;
constexpr std::size_t kHeaderBytes = 3 + 8 + 8;
constexpr std::size_t kTrailerBytes = 4 + 4;  // Where the offsets begin; how many there are.

// What a record carries beside its body.
constexpr std::uint64_t kHasAttributes = 1;
constexpr std::uint64_t kHasSubject = 2;
constexpr std::uint64_t kHasId = 4;
constexpr std::uint64_t kWasDeadLettered = 8;
constexpr std::uint64_t kHasGroup = 16;
constexpr std::uint64_t kHasDeduplication = 32;
constexpr std::uint64_t kSenderShift = 6;  // The sender's index stands above the flags.

constexpr std::size_t kIdBytes = 16;

// What a reference says of its rendering.
constexpr std::uint8_t kRaw = 1;
constexpr std::uint8_t kHasSubscription = 2;
constexpr std::uint8_t kReplayed = 4;

void AppendHeader(std::string& out, std::uint8_t kind, hub::Instant sent, std::uint64_t id_base) {
  Writer writer(out);
  writer.Fixed(kVersion);
  writer.Fixed(kKeyNone);
  writer.Fixed(kind);
  writer.Fixed(hub::MicrosOf(sent));
  writer.Fixed(id_base);
}

bool ReadHeader(Reader& reader, std::uint8_t kind, hub::Instant& sent, std::uint64_t& id_base) {
  const bool known = reader.Fixed<std::uint8_t>() == kVersion && reader.Fixed<std::uint8_t>() == kKeyNone &&
                     reader.Fixed<std::uint8_t>() == kind;
  sent = hub::InstantOf(reader.Fixed<std::int64_t>());
  id_base = reader.Fixed<std::uint64_t>();
  return known && reader.ok();
}

}  // namespace

std::size_t SizeOf(const Record& record) {
  return record.body.size() + record.attributes.size() + record.subject.size() + record.trace.size() +
         record.bodies.size() + record.envelope.size();
}

void EncodeAttributes(std::string& out, const std::vector<hub::Attribute>& attributes) {
  Writer writer(out);
  writer.Varint(attributes.size());
  for (const hub::Attribute& attribute : attributes) {
    writer.String(attribute.name);
    writer.String(attribute.type);
    writer.String(attribute.value);
  }
}

std::vector<hub::Attribute> DecodeAttributes(std::string_view encoded) {
  std::vector<hub::Attribute> attributes;
  if (encoded.empty()) return attributes;
  Reader reader(encoded);
  for (std::uint64_t left = reader.Varint(); left > 0 && reader.ok(); --left) {
    const std::string_view name = reader.String();
    const std::string_view type = reader.String();
    const std::string_view value = reader.String();
    if (reader.ok()) attributes.push_back({name, type, value});
  }
  return attributes;
}

void EncodeEnvelope(std::string& out, const Envelope& envelope) {
  HUB_ASSERT(envelope.notification.size() == kIdBytes && envelope.subscription.size() == kIdBytes);
  Writer writer(out);
  writer.String(envelope.topic);
  out.append(envelope.notification);
  out.append(envelope.subscription);
  writer.Fixed(hub::MicrosOf(envelope.published));
  writer.Varint(envelope.sequence);
  writer.Fixed(static_cast<std::uint8_t>(envelope.replayed));
}

std::optional<Envelope> DecodeEnvelope(std::string_view encoded) {
  Reader reader(encoded);
  Envelope envelope;
  envelope.topic = reader.String();
  envelope.notification = reader.Take(kIdBytes);
  envelope.subscription = reader.Take(kIdBytes);
  envelope.published = hub::InstantOf(reader.Fixed<std::int64_t>());
  envelope.sequence = reader.Varint();
  const auto replayed = reader.Fixed<std::uint8_t>();
  if (!reader.ok() || !reader.AtEnd() || envelope.topic.empty() || replayed > 1) return std::nullopt;
  envelope.replayed = replayed == 1;
  return envelope;
}

// --- Block ----------------------------------------------------------------------------------------------------------

hub::Result<std::shared_ptr<const Block>> Block::Parse(std::shared_ptr<const std::string> bytes) {
  const std::shared_ptr<Block> block(new Block);
  block->bytes_ = std::move(bytes);
  if (!block->Read()) return Fail(Code::kStorage, "A stored chunk cannot be read: its bytes are damaged.");
  return block;
}

bool Block::Read() {
  const std::string_view all = *bytes_;
  Reader header(all);
  if (!ReadHeader(header, kOwn, sent_, id_base_)) return false;
  if (all.size() < kHeaderBytes + kTrailerBytes) return false;
  Reader trailer(all.substr(all.size() - kTrailerBytes));
  const auto offsets_at = trailer.Fixed<std::uint32_t>();
  const auto count = trailer.Fixed<std::uint32_t>();
  if (count == 0 || count > hub::kChunkMessagesMax || offsets_at < kHeaderBytes) return false;
  if (offsets_at > all.size() - kTrailerBytes) return false;
  Reader tables(all.substr(offsets_at, all.size() - kTrailerBytes - offsets_at));
  offsets_.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) offsets_.push_back(tables.Fixed<std::uint32_t>());
  while (tables.ok() && !tables.AtEnd()) senders_.push_back(tables.String());
  if (!tables.ok() || senders_.empty() || offsets_.front() != kHeaderBytes) return false;

  records_end_ = offsets_at;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t end = i + 1 < count ? offsets_[i + 1] : offsets_at;
    if (end <= offsets_[i] || end > offsets_at) return false;
    Record record;
    if (!ReadRecord(RecordBytes(i), record)) return false;
    has_groups_ = has_groups_ || !record.group.empty();
  }
  return true;
}

std::string_view Block::RecordBytes(std::uint32_t index) const {
  const std::uint32_t end = index + 1 < offsets_.size() ? offsets_[index + 1] : records_end_;
  return std::string_view(*bytes_).substr(offsets_[index], end - offsets_[index]);
}

bool Block::ReadRecord(std::string_view bytes, Record& record) const {
  Reader reader(bytes);
  const std::uint64_t flags = reader.Varint();
  record.body = reader.String();
  if (flags & kHasAttributes) record.attributes = reader.String();
  if (flags & kHasSubject) record.subject = reader.String();
  if (flags & kHasId) record.id = reader.Take(kIdBytes);
  if (flags & kHasGroup) record.group = reader.String();
  if (flags & kHasDeduplication) record.deduplication = reader.String();
  if (flags & kWasDeadLettered) {
    record.dead_letter_source = reader.String();
    record.prior_receives = static_cast<std::uint32_t>(reader.Varint());
    record.first_received = hub::InstantOf(reader.Fixed<std::int64_t>());
  }
  if (!reader.AtEnd()) record.trace = reader.String();
  if (!reader.AtEnd()) record.bodies = reader.String();
  if (!reader.AtEnd()) record.envelope = reader.String();
  if (!record.envelope.empty() && !DecodeEnvelope(record.envelope)) return false;
  const std::uint64_t sender = flags >> kSenderShift;
  if (!reader.ok() || !reader.AtEnd() || sender >= senders_.size()) return false;
  record.sender = senders_[sender];
  return true;
}

Record Block::At(std::uint32_t index) const {
  HUB_ASSERT(index < offsets_.size());
  Record record;
  const bool read = ReadRecord(RecordBytes(index), record);
  HUB_ASSERT(read);  // Parse has read every record.
  return record;
}

// --- ChunkBuilder ---------------------------------------------------------------------------------------------------

ChunkBuilder::ChunkBuilder(hub::Instant sent, std::uint64_t id_base, std::string_view topic)
    : sent_(sent), id_base_(id_base), senders_{std::string(topic)} {
  AppendHeader(bytes_, kOwn, sent, id_base);
}

bool ChunkBuilder::Fits(std::size_t bytes) const {
  return offsets_.empty() || (offsets_.size() < hub::kChunkMessagesMax && bytes_.size() + bytes <= hub::kChunkBytesMax);
}

std::uint32_t ChunkBuilder::SenderIndex(std::string_view sender) {
  for (std::uint32_t i = 1; i < senders_.size(); ++i) {
    if (senders_[i] == sender) return i;
  }
  senders_.emplace_back(sender);
  return static_cast<std::uint32_t>(senders_.size() - 1);
}

void ChunkBuilder::Append(const hub::Message& message, std::string_view subject, std::string_view sender) {
  std::string attributes;
  if (!message.attributes.empty()) EncodeAttributes(attributes, message.attributes);
  Append(Record{.body = message.body,
                .attributes = attributes,
                .subject = subject,
                .sender = sender,
                .id = {},
                .group = message.group,
                .deduplication = message.deduplication,
                .trace = message.trace,
                .bodies = message.bodies,
                .envelope = {},
                .dead_letter_source = {},
                .prior_receives = 0,
                .first_received = {}});
}

void ChunkBuilder::Append(const Record& record) {
  HUB_ASSERT(record.id.empty() || record.id.size() == kIdBytes);
  if (offsets_.size() == 1) {
    // The second record shows that this chunk grows: reserve once instead of doubling a quarter of a megabyte upwards.
    const std::size_t guess = (bytes_.size() - kHeaderBytes) * hub::kChunkMessagesMax;
    bytes_.reserve(std::min<std::size_t>(guess, hub::kChunkBytesMax) + 2048);
  }
  std::uint64_t flags = static_cast<std::uint64_t>(SenderIndex(record.sender)) << kSenderShift;
  if (!record.attributes.empty()) flags |= kHasAttributes;
  if (!record.subject.empty()) flags |= kHasSubject;
  if (!record.id.empty()) flags |= kHasId;
  if (!record.group.empty()) flags |= kHasGroup;
  has_groups_ = has_groups_ || !record.group.empty();
  if (!record.deduplication.empty()) flags |= kHasDeduplication;
  if (!record.dead_letter_source.empty()) flags |= kWasDeadLettered;
  offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  AppendTail(record, flags);
}

void ChunkBuilder::AppendTail(const Record& record, std::uint64_t flags) {
  Writer writer(bytes_);
  writer.Varint(flags);
  writer.String(record.body);
  if (flags & kHasAttributes) writer.String(record.attributes);
  if (flags & kHasSubject) writer.String(record.subject);
  bytes_.append(record.id);
  if (flags & kHasGroup) writer.String(record.group);
  if (flags & kHasDeduplication) writer.String(record.deduplication);
  if (flags & kWasDeadLettered) {
    writer.String(record.dead_letter_source);
    writer.Varint(record.prior_receives);
    writer.Fixed(hub::MicrosOf(record.first_received));
  }
  const bool has_bodies = !record.bodies.empty() || !record.envelope.empty();
  if (has_bodies || !record.trace.empty()) writer.String(record.trace);
  if (has_bodies) writer.String(record.bodies);
  if (!record.envelope.empty()) writer.String(record.envelope);
}

std::shared_ptr<const Block> ChunkBuilder::Seal() {
  HUB_ASSERT(!offsets_.empty());
  const auto offsets_at = static_cast<std::uint32_t>(bytes_.size());
  Writer writer(bytes_);
  for (const std::uint32_t offset : offsets_) writer.Fixed(offset);
  std::vector<std::pair<std::size_t, std::size_t>> senders;
  for (const std::string& sender : senders_) {
    writer.String(sender);
    senders.emplace_back(bytes_.size() - sender.size(), sender.size());
  }
  writer.Fixed(offsets_at);
  writer.Fixed(static_cast<std::uint32_t>(offsets_.size()));

  const std::shared_ptr<Block> block(new Block);
  block->bytes_ = std::make_shared<const std::string>(std::move(bytes_));
  block->sent_ = sent_;
  block->id_base_ = id_base_;
  block->has_groups_ = has_groups_;
  block->offsets_ = std::move(offsets_);
  block->records_end_ = offsets_at;
  for (const auto& [at, size] : senders) block->senders_.push_back(std::string_view(*block->bytes_).substr(at, size));
  return block;
}

// --- Reference ------------------------------------------------------------------------------------------------------

bool IsReference(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == kVersion && bytes[1] == kKeyNone && bytes[2] == kReference;
}

std::string Reference::Encode() const {
  HUB_ASSERT(!indices.empty() && indices.size() <= hub::kChunkMessagesMax);
  std::string out;
  AppendHeader(out, kReference, sent, id_base);
  Writer writer(out);
  writer.Varint(topic);
  writer.Varint(topic_first);
  writer.Fixed(static_cast<std::uint8_t>((raw ? kRaw : 0) | (subscription != 0 ? kHasSubscription : 0) |
                                         (replayed ? kReplayed : 0)));
  if (subscription != 0) writer.Varint(subscription);
  const bool run = indices.back() - indices.front() + 1u == indices.size();
  writer.Fixed(static_cast<std::uint8_t>(run));
  writer.Varint(indices.size());
  if (run) {
    writer.Fixed(indices.front());
  } else {
    out.append(indices.begin(), indices.end());
  }
  return out;
}

hub::Result<Reference> Reference::Parse(std::string_view bytes) {
  const auto damaged = Fail(Code::kStorage, "A stored reference chunk cannot be read: its bytes are damaged.");
  Reference reference;
  Reader reader(bytes);
  if (!ReadHeader(reader, kReference, reference.sent, reference.id_base)) return damaged;
  reference.topic = reader.Varint();
  reference.topic_first = reader.Varint();
  const auto rendering = reader.Fixed<std::uint8_t>();
  if (rendering > (kRaw | kHasSubscription | kReplayed)) return damaged;
  reference.raw = (rendering & kRaw) != 0;
  reference.replayed = (rendering & kReplayed) != 0;
  if (rendering & kHasSubscription) reference.subscription = reader.Varint();
  const bool run = reader.Fixed<std::uint8_t>() != 0;
  const std::uint64_t count = reader.Varint();
  if (!reader.ok() || count == 0 || count > hub::kChunkMessagesMax) return damaged;
  if (run) {
    const unsigned first = reader.Fixed<std::uint8_t>();
    if (first + count > hub::kChunkMessagesMax) return damaged;
    for (std::uint64_t i = 0; i < count; ++i) reference.indices.push_back(static_cast<std::uint8_t>(first + i));
  } else {
    const std::string_view raw_indices = reader.Take(count);
    reference.indices.assign(raw_indices.begin(), raw_indices.end());
    for (std::size_t i = 1; i < reference.indices.size(); ++i) {
      if (reference.indices[i] <= reference.indices[i - 1]) return damaged;
    }
  }
  if (!reader.ok() || !reader.AtEnd()) return damaged;
  return reference;
}

// --- Content --------------------------------------------------------------------------------------------------------

std::uint32_t Content::bytes() const {
  return static_cast<std::uint32_t>(block->bytes()->size() / block->count() * count());
}

std::shared_ptr<const std::string> Content::Encode() const {
  return reference ? std::make_shared<const std::string>(reference->Encode()) : block->bytes();
}

}  // namespace queues
