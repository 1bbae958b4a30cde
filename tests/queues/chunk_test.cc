#include "queues/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/base/random.h"
#include "tests/queues/support.h"

namespace queues {
namespace {

using namespace std::chrono_literals;

std::string RandomText(hub::Random& random, std::size_t size_max) {
  std::string text(random.Below(size_max + 1), '\0');
  for (char& c : text) c = static_cast<char>(random.Next());
  return text;
}

// The texts of a record, owned.
struct OwnedRecord {
  std::string body, attributes, subject, sender, id, group, deduplication, trace, source, bodies, envelope;
  std::uint32_t receives = 0;
  hub::Instant first_received{};

  Record View() const {
    return {.body = body,
            .attributes = attributes,
            .subject = subject,
            .sender = sender,
            .id = id,
            .group = group,
            .deduplication = deduplication,
            .trace = trace,
            .bodies = bodies,
            .envelope = envelope,
            .dead_letter_source = source,
            .prior_receives = receives,
            .first_received = first_received};
  }
};

OwnedRecord RandomRecord(hub::Random& random) {
  OwnedRecord record;
  record.body = RandomText(random, 300);
  record.sender = "sender" + std::to_string(random.Below(3));
  if (random.OneIn(2)) EncodeAttributes(record.attributes, {{"a", "String", "1"}, {"b", "Number", "2"}});
  if (random.OneIn(3)) record.subject = "s" + RandomText(random, 20);
  if (random.OneIn(3)) record.id = std::string(16, 'i');
  if (random.OneIn(3)) record.group = "g" + RandomText(random, 20);
  if (random.OneIn(3)) record.deduplication = "d" + RandomText(random, 20);
  if (random.OneIn(3)) record.trace = "t" + RandomText(random, 20);
  if (random.OneIn(3)) record.bodies = "b" + RandomText(random, 20);
  if (random.OneIn(3)) {
    EncodeEnvelope(record.envelope, {.topic = "arn:topic",
                                     .notification = "0123456789abcdef",
                                     .subscription = std::string_view("fedcba987654321\0", 16),
                                     .published = kStart + hub::Duration(random.Below(1000)),
                                     .sequence = random.Next(),
                                     .replayed = random.OneIn(2)});
  }
  if (random.OneIn(3)) {
    record.source = "arn:source";
    record.receives = static_cast<std::uint32_t>(random.Below(1000));
    record.first_received = kStart + hub::Duration(random.Below(1000));
  }
  return record;
}

void ExpectSame(const Record& a, const Record& b) {
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.attributes, b.attributes);
  EXPECT_EQ(a.subject, b.subject);
  EXPECT_EQ(a.sender, b.sender);
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.group, b.group);
  EXPECT_EQ(a.deduplication, b.deduplication);
  EXPECT_EQ(a.trace, b.trace);
  EXPECT_EQ(a.bodies, b.bodies);
  EXPECT_EQ(a.envelope, b.envelope);
  EXPECT_EQ(a.dead_letter_source, b.dead_letter_source);
  EXPECT_EQ(a.prior_receives, b.prior_receives);
  EXPECT_EQ(a.first_received, b.first_received);
}

// Every field of everything that parses can be read: what sanitizers watch.
void ReadAll(const Block& block) {
  std::size_t read = block.topic().size();
  for (std::uint32_t i = 0; i < block.count(); ++i) {
    const Record record = block.At(i);
    for (const char c : std::string(record.body) + std::string(record.sender) + std::string(record.subject)) {
      read += static_cast<unsigned char>(c);
    }
    read += DecodeAttributes(record.attributes).size();
  }
  EXPECT_GE(read + 1, 1u);
}

TEST(ChunkTest, RecordsComeBackAsTheyWereForAnySeed) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    hub::Random random(seed);
    std::vector<OwnedRecord> records;
    ChunkBuilder builder(kStart + hub::Duration(seed), seed * 7, random.OneIn(2) ? "arn:topic" : "");
    const std::size_t count = 1 + random.Below(hub::kChunkMessagesMax);
    for (std::size_t i = 0; i < count; ++i) builder.Append(records.emplace_back(RandomRecord(random)).View());
    const auto sealed = builder.Seal();
    const auto parsed = Block::Parse(sealed->bytes());
    ASSERT_TRUE(parsed) << parsed.error().message;
    for (const Block* block : {sealed.get(), parsed->get()}) {
      ASSERT_EQ(block->count(), records.size());
      EXPECT_EQ(block->sent(), kStart + hub::Duration(seed));
      EXPECT_EQ(block->id_base(), seed * 7);
      EXPECT_EQ(block->topic(), sealed->topic());
      for (std::uint32_t i = 0; i < block->count(); ++i) ExpectSame(block->At(i), records[i].View());
    }
  }
}

// rule: hardening R4 every truncation and every flipped bit of a chunk is refused or read without harm
TEST(ChunkTest, DamagedBytesAreRefusedOrReadWithoutHarm) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    hub::Random random(seed);
    ChunkBuilder builder(kStart, 1, "arn:topic");
    for (int i = 0; i < 4; ++i) builder.Append(RandomRecord(random).View());
    const std::string bytes = *builder.Seal()->bytes();
    std::size_t refused = 0;
    ForEachDamage(bytes, [&](const std::string& damaged) {
      const auto block = Block::Parse(std::make_shared<const std::string>(damaged));
      block ? ReadAll(**block) : void(++refused);
      if (damaged.size() < bytes.size()) {
        EXPECT_FALSE(block) << damaged.size();
      }
    });
    EXPECT_GT(refused, bytes.size());
  }
}

TEST(ChunkTest, RandomBytesAreReadWithoutHarm) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    hub::Random random(seed);
    std::string bytes = RandomText(random, 200);
    if (bytes.size() > 3) bytes[0] = 1, bytes[1] = 0, bytes[2] = static_cast<char>(random.Below(2));
    const auto block = Block::Parse(std::make_shared<const std::string>(bytes));
    if (block) ReadAll(**block);
    const auto reference = Reference::Parse(bytes);
    if (reference) {
      EXPECT_LE(reference->indices.size(), hub::kChunkMessagesMax);
    }
    DecodeAttributes(bytes);
  }
}

TEST(ChunkTest, AnotherVersionOrKeyIsRefused) {
  const std::string bytes = *Sealed({"a"})->bytes();
  for (const std::size_t at : {0u, 1u, 2u}) {
    std::string other = bytes;
    other[at] = 9;
    const auto block = Block::Parse(std::make_shared<const std::string>(other));
    ASSERT_FALSE(block);
    EXPECT_EQ(block.error().code, hub::Code::kStorage);
  }
}

TEST(ChunkTest, AChunkTakesAtMostSoManyMessagesAndBytes) {
  ChunkBuilder many(kStart, 1);
  while (many.Fits(10)) many.Append({.body = "x", .attributes = {}}, {}, "s");
  EXPECT_EQ(many.count(), hub::kChunkMessagesMax);

  ChunkBuilder large(kStart, 1);
  const std::string body(2000, 'x');
  while (large.Fits(body.size() + 64)) large.Append({.body = body, .attributes = {}}, {}, "s");
  EXPECT_LE(large.bytes(), hub::kChunkBytesMax);
  EXPECT_GT(large.bytes(), hub::kChunkBytesMax - 3000);

  ChunkBuilder alone(kStart, 1);
  EXPECT_TRUE(alone.Fits(hub::kMessageBytesMax));  // An empty chunk takes any record.
  alone.Append({.body = std::string(hub::kMessageBytesMax, 'x'), .attributes = {}}, {}, "s");
  EXPECT_FALSE(alone.Fits(1));
}

TEST(ChunkTest, ASenderIsStoredOncePerChunk) {
  const std::string sender(200, 's');
  ChunkBuilder builder(kStart, 1);
  for (int i = 0; i < 100; ++i) builder.Append({.body = "x", .attributes = {}}, {}, sender);
  EXPECT_LT(builder.Seal()->bytes()->size(), 1200u);
}

TEST(ChunkTest, AnEnvelopeComesBackAsItWasAndDamagedOnesAreNone) {
  const Envelope envelope{.topic = "arn:aws:sns:us-east-1:111111111111:events",
                          .notification = "0123456789abcdef",
                          .subscription = "fedcba9876543210",
                          .published = kStart,
                          .sequence = 7,
                          .replayed = true};
  std::string encoded;
  EncodeEnvelope(encoded, envelope);
  const auto decoded = DecodeEnvelope(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->topic, envelope.topic);
  EXPECT_EQ(decoded->notification, envelope.notification);
  EXPECT_EQ(decoded->subscription, envelope.subscription);
  EXPECT_EQ(decoded->published, envelope.published);
  EXPECT_EQ(decoded->sequence, envelope.sequence);
  EXPECT_TRUE(decoded->replayed);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(DecodeEnvelope(std::string_view(encoded).substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeEnvelope(encoded + "x"));
  encoded.back() = 2;
  EXPECT_FALSE(DecodeEnvelope(encoded));
}

TEST(ChunkTest, AttributesComeBackAsTheyWere) {
  const std::vector<hub::Attribute> attributes = {{"a", "String", "x"}, {"b", "Binary", std::string_view("\0\1", 2)}};
  std::string encoded;
  EncodeAttributes(encoded, attributes);
  EXPECT_EQ(DecodeAttributes(encoded), attributes);
  EXPECT_TRUE(DecodeAttributes("").empty());
  ForEachDamage(encoded, [](const std::string& damaged) { EXPECT_LE(DecodeAttributes(damaged).size(), 2u); });
}

// --- References -----------------------------------------------------------------------------------------------------

TEST(ReferenceTest, ItComesBackAsItWasForAnySeed) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    hub::Random random(seed);
    Reference reference{.topic = random.Next(),
                        .topic_first = random.Next(),
                        .sent = kStart + hub::Duration(seed),
                        .id_base = random.Next(),
                        .raw = random.OneIn(2),
                        .indices = {}};
    const bool run = random.OneIn(2);
    for (unsigned i = static_cast<unsigned>(random.Below(256)); i < 256; ++i) {
      if (run || random.OneIn(2)) reference.indices.push_back(static_cast<std::uint8_t>(i));
    }
    if (reference.indices.empty()) reference.indices.push_back(255);
    const std::string bytes = reference.Encode();
    EXPECT_TRUE(IsReference(bytes));
    const auto parsed = Reference::Parse(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->topic, reference.topic);
    EXPECT_EQ(parsed->topic_first, reference.topic_first);
    EXPECT_EQ(parsed->sent, reference.sent);
    EXPECT_EQ(parsed->id_base, reference.id_base);
    EXPECT_EQ(parsed->raw, reference.raw);
    EXPECT_EQ(parsed->indices, reference.indices);
  }
}

TEST(ReferenceTest, DamagedBytesAreRefusedOrNameAscendingRecords) {
  for (const std::vector<std::uint8_t>& indices : {std::vector<std::uint8_t>{3, 4, 5}, {1, 7, 200}}) {
    const Reference reference{
        .topic = 300, .topic_first = 1'000'000, .sent = kStart, .id_base = 7, .raw = true, .indices = indices};
    const std::string bytes = reference.Encode();
    ForEachDamage(bytes, [&](const std::string& damaged) {
      const auto parsed = Reference::Parse(damaged);
      if (damaged.size() < bytes.size()) {
        EXPECT_FALSE(parsed);
      }
      if (!parsed) return;
      ASSERT_FALSE(parsed->indices.empty());
      for (std::size_t i = 1; i < parsed->indices.size(); ++i) EXPECT_LT(parsed->indices[i - 1], parsed->indices[i]);
    });
  }
}

TEST(ReferenceTest, AFurtherSubscriberCostsSomethingPerTurnNotPerMessage) {
  Reference reference{.topic = 1, .topic_first = 1, .sent = kStart, .id_base = 1, .raw = true, .indices = {}};
  for (unsigned i = 0; i < 256; ++i) reference.indices.push_back(static_cast<std::uint8_t>(i));
  EXPECT_LT(reference.Encode().size(), 40u);
}

TEST(ReferenceTest, ABlockIsNoReferenceAndTheReverse) {
  const Reference reference{.topic = 1, .topic_first = 1, .sent = kStart, .id_base = 1, .raw = true, .indices = {0}};
  EXPECT_FALSE(IsReference(*Sealed({"a"})->bytes()));
  EXPECT_FALSE(Block::Parse(std::make_shared<const std::string>(reference.Encode())));
  EXPECT_FALSE(Reference::Parse(*Sealed({"a"})->bytes()));
}

}  // namespace
}  // namespace queues
