// Answers in XML and in JSON: whatever text goes in, what comes out is well-formed and says the same text again, but
// for what cannot be said there.
//
// Input: texts, with zero bytes in between.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/writer.h"
#include "hub/base/assert.h"
#include "hub/base/json.h"

namespace {

using adapters::aws::Writer;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Reads XML that has elements and text only, and stops at whatever is not well-formed.
class Reader {
 public:
  explicit Reader(std::string_view xml) : xml_(xml) {}

  void Open(std::string_view name) { Take("<" + std::string(name) + ">"); }
  void Close(std::string_view name) { Take("</" + std::string(name) + ">"); }
  bool IsOver() const { return xml_.empty(); }

  std::string Text() {
    std::string text;
    while (!xml_.empty() && xml_.front() != '<') {
      HUB_ASSERT(xml_.front() != '>' && xml_.front() != '\r');  // A parser would make a line feed of it.
      if (xml_.front() != '&') {
        text.push_back(xml_.front());
        xml_.remove_prefix(1);
        continue;
      }
      const std::size_t end = xml_.find(';');
      HUB_ASSERT(end != std::string_view::npos);
      text.push_back(Meaning(xml_.substr(1, end - 1)));
      xml_.remove_prefix(end + 1);
    }
    return text;
  }

 private:
  static char Meaning(std::string_view entity) {
    if (entity == "amp") return '&';
    if (entity == "lt") return '<';
    if (entity == "gt") return '>';
    if (entity == "quot") return '"';
    HUB_ASSERT(entity == "#xD");
    return '\r';
  }

  void Take(const std::string& expected) {
    HUB_ASSERT(xml_.starts_with(expected));
    xml_.remove_prefix(expected.size());
  }

  std::string_view xml_;
};

bool IsOneCharacter(std::string_view bytes) { return hub::IsUtf8(bytes); }

// The text that XML can say instead: by the letter of its Char production, with a mark for each byte of anything else.
std::string Sayable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size <= 4 && size <= text.size() && !IsOneCharacter(text.substr(0, size))) ++size;
    const bool is_one = size <= 4 && size <= text.size();
    const std::string_view character = text.substr(0, is_one ? size : 1);
    const auto first = static_cast<unsigned char>(character[0]);
    const bool is_control = first < 0x20 && first != '\t' && first != '\n' && first != '\r';
    const bool is_none = character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf";
    if (is_one && !is_control && !is_none) {
      out.append(character);
    } else {
      for (std::size_t i = 0; i < character.size(); ++i) out.append(kReplacement);
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::vector<std::string_view> TextsIn(std::string_view input) {
  std::vector<std::string_view> texts;
  for (std::size_t end = input.find('\0'); end != std::string_view::npos; end = input.find('\0')) {
    texts.push_back(input.substr(0, end));
    input.remove_prefix(end + 1);
  }
  texts.push_back(input);
  return texts;
}

void Write(Writer& out, const std::vector<std::string_view>& texts) {
  out.Text("First", texts.front());
  out.BeginList("List", "Item");
  for (const std::string_view text : texts) out.TextItem(text);
  out.EndList();
  out.BeginMap("Map", "Entry", "Name", "Value");
  for (const std::string_view text : texts) out.TextEntry(text, text);
  out.EndMap();
}

void CheckXml(const std::vector<std::string_view>& texts, bool flat) {
  const std::unique_ptr<Writer> writer = adapters::aws::NewXmlWriter(flat);
  Write(*writer, texts);
  const std::string xml = writer->Take();
  HUB_ASSERT(hub::IsUtf8(xml));
  Reader reader(xml);
  const auto expect = [&](std::string_view name, std::string_view text) {
    reader.Open(name);
    HUB_ASSERT(reader.Text() == Sayable(text));
    reader.Close(name);
  };
  expect("First", texts.front());
  if (!flat) reader.Open("List");
  for (const std::string_view text : texts) expect(flat ? "Item" : "member", text);
  if (!flat) reader.Close("List");
  if (!flat) reader.Open("Map");
  for (const std::string_view text : texts) {
    reader.Open(flat ? "Entry" : "entry");
    expect(flat ? "Name" : "key", text);
    expect(flat ? "Value" : "value", text);
    reader.Close(flat ? "Entry" : "entry");
  }
  if (!flat) reader.Close("Map");
  HUB_ASSERT(reader.IsOver());
}

// A map has each key once in JSON: so texts alone.
void CheckJson(const std::vector<std::string_view>& texts) {
  const std::unique_ptr<Writer> writer = adapters::aws::NewJsonWriter();
  writer->BeginList("List", "");
  for (const std::string_view text : texts) writer->TextItem(text);
  writer->EndList();
  writer->BeginMap("Map", "", "", "");
  writer->TextEntry(texts.front(), texts.back());
  writer->EndMap();
  const auto document = hub::ParseJson(writer->Take(), "");
  HUB_ASSERT(document.has_value());
  const auto& items = document->Find("List")->items;
  HUB_ASSERT(items.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    HUB_ASSERT(items[i].text == (hub::IsUtf8(texts[i]) ? std::string(texts[i]) : Sayable(texts[i])));
  }
  HUB_ASSERT(document->Find("Map")->members.size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string_view> texts = TextsIn({reinterpret_cast<const char*>(data), size});
  CheckXml(texts, /*flat=*/true);
  CheckXml(texts, /*flat=*/false);
  CheckJson(texts);
  return 0;
}
