#include "adapters/aws/md5.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tests::aws {
namespace {

using adapters::aws::Md5;
using adapters::aws::Md5Each;
using hub::Attribute;

TEST(Md5Test, OfText) {
  EXPECT_EQ(Md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5("hello"), "5d41402abc4b2a76b9719d911017c592");
}

// Lengths around those of a block, where the padding takes one more, and beside very different ones.
TEST(Md5Test, OfManyTextsIsThatOfEach) {
  for (const std::size_t count : {1, 2, 3, 10, 16, 17, 40}) {
    for (const std::size_t shortest : {0, 50, 55, 56, 63, 64, 119, 1024}) {
      std::vector<std::string> texts;
      for (std::size_t i = 0; i < count; ++i) {
        texts.emplace_back(i == 2 ? 20'000 : shortest + i % 12, static_cast<char>('a' + i % 26));
      }
      std::vector<std::string> sums;
      for (const std::string& text : texts) sums.push_back(Md5(text));
      EXPECT_EQ(Md5Each({texts.begin(), texts.end()}), sums) << count << " from " << shortest;
      for (std::string& text : texts) text.resize(shortest + text[0] % 7U, 'z');  // All about as long.
      sums.clear();
      for (const std::string& text : texts) sums.push_back(Md5(text));
      EXPECT_EQ(Md5Each({texts.begin(), texts.end()}), sums) << count << " from " << shortest;
    }
  }
  EXPECT_TRUE(Md5Each({}).empty());
}

// rule: aws 55 the digest of attributes: by name, with lengths, types and their labels
// rule: aws 58 the digest of the trace header
TEST(Md5Test, OfAttributes) {
  constexpr char kTrace[] = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  const struct {
    std::vector<Attribute> attributes;
    const char* sum;
  } cases[] = {
      {{{"MyAttribute", "String", "foobar"}}, "adb59cd4678ea5a855436b949cd07ab6"},
      {{{"attr1", "Number", "99.12"}}, "d302007e9aa062660afc85fd0a482472"},
      {{{"timestamp", "Number", "1493147359900"}}, "235c5c510d26fb653d073faed50ae77c"},
      {{{"Hello", "String", "There"}}, "a311262e065454b75da111d535b8dacd"},
      {{{"Hello", "String", "There"}, {"Help.Me", "String", "Me"}, {"General", "String", "Kenobi"}},
       "4c360f3fdafd970e05fae2f149d997f5"},
      {{{"AWSTraceHeader", "String", kTrace}}, "5ae4d5d7636402d80f4eb6d213245a88"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.attributes.front().name);
    EXPECT_EQ(Md5(c.attributes), c.sum);
  }
}

// Sums made by other means: printf '\0\0\0\1b\0\0\0\6Binary\2\0\0\0\3\0\1\377' | md5sum, and so on.
TEST(Md5Test, OfBytesAndOfLabels) {
  EXPECT_EQ(Md5({{"b", "Binary", std::string_view("\0\1\xff", 3)}}), "35842bdf855d374207ff397bc05e1ca4");
  EXPECT_EQ(Md5({{"b", "Binary.png", std::string_view("\0\1\xff", 3)}}), "4268329e3d0b2552a764cd4ae1e03423");
  EXPECT_EQ(Md5({{"n", "Number.int", "7"}}), "f3c2a2801c523d26c8996134de718052");
}

}  // namespace
}  // namespace tests::aws
