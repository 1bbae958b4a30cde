#include <vector>

#include "adapters/aws/text.h"
#include "adapters/aws/writer.h"

namespace adapters::aws {
namespace {

class XmlWriter final : public Writer {
 public:
  explicit XmlWriter(bool flat) : flat_(flat) { out_.reserve(512); }

  void Text(std::string_view name, std::string_view value) override {
    OpenTag(name);
    AppendXmlText(out_, value);
    CloseTag(name);
  }

  void Number(std::string_view name, std::int64_t value) override { Text(name, std::to_string(value)); }
  void Bool(std::string_view name, bool value) override { Text(name, value ? "true" : "false"); }

  void BeginStruct(std::string_view name) override {
    OpenTag(name);
    open_.push_back({.element = name});
  }

  void EndStruct() override { CloseLast(); }

  void BeginList(std::string_view name, std::string_view flat) override {
    if (!flat_) OpenTag(name);
    open_.push_back({.element = flat_ ? "" : name, .item = flat_ ? flat : "member"});
  }

  void BeginItem() override { OpenTag(open_.back().item); }
  void EndItem() override { CloseTag(open_.back().item); }
  void TextItem(std::string_view value) override { Text(open_.back().item, value); }
  void EndList() override { CloseLast(); }

  void BeginMap(std::string_view name, std::string_view flat, std::string_view key, std::string_view value) override {
    if (!flat_) OpenTag(name);
    open_.push_back({.element = flat_ ? "" : name,
                     .item = flat_ ? flat : "entry",
                     .key = flat_ ? key : "key",
                     .value = flat_ ? value : "value"});
  }

  void BeginEntry(std::string_view key) override {
    OpenTag(open_.back().item);
    Text(open_.back().key, key);
    OpenTag(open_.back().value);
  }

  void EndEntry() override {
    CloseTag(open_.back().value);
    CloseTag(open_.back().item);
  }

  void TextEntry(std::string_view key, std::string_view value) override {
    OpenTag(open_.back().item);
    Text(open_.back().key, key);
    Text(open_.back().value, value);
    CloseTag(open_.back().item);
  }

  void EndMap() override { CloseLast(); }

  std::string Take() override { return std::move(out_); }

 private:
  struct Open {
    std::string_view element = {};  // "": none of its own.
    std::string_view item = {};
    std::string_view key = {};
    std::string_view value = {};
  };

  void OpenTag(std::string_view name) { out_.append("<").append(name).append(">"); }
  void CloseTag(std::string_view name) { out_.append("</").append(name).append(">"); }

  void CloseLast() {
    if (!open_.back().element.empty()) CloseTag(open_.back().element);
    open_.pop_back();
  }

  const bool flat_;
  std::string out_;
  std::vector<Open> open_;
};

}  // namespace

void AppendXmlText(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = CharacterBytes(text.substr(i));
    if (size == 0) {
      out.append(kReplacement);
      ++i;
      continue;
    }
    switch (text[i]) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      case '\r': out.append("&#xD;"); break;  // A parser would make a line feed of it.
      default: out.append(text.substr(i, size));
    }
    i += size;
  }
}

std::unique_ptr<Writer> NewXmlWriter(bool flat) { return std::make_unique<XmlWriter>(flat); }

}  // namespace adapters::aws
