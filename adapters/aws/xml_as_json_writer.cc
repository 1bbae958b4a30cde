// The XML of SQS as JSON, as LocalStack has it for those who ask for JSON without speaking the JSON protocol: an
// element is a member, and a list where it stands several times; an empty one is null.
#include <algorithm>
#include <utility>
#include <vector>

#include "adapters/aws/writer.h"
#include "hub/base/document.h"

namespace adapters::aws {
namespace {

class XmlAsJsonWriter final : public Writer {
 public:
  XmlAsJsonWriter() { open_.emplace_back(); }

  void Text(std::string_view name, std::string_view value) override {
    std::string json;
    hub::AppendJsonString(json, value);
    Add(name, std::move(json));
  }

  void Number(std::string_view name, std::int64_t value) override { Text(name, std::to_string(value)); }
  void Bool(std::string_view name, bool value) override { Text(name, value ? "true" : "false"); }

  void BeginStruct(std::string_view name) override { open_.push_back({.name = name, .members = {}}); }
  void EndStruct() override { Close(); }

  void BeginList(std::string_view, std::string_view flat) override { groups_.push_back({.item = flat}); }
  void BeginItem() override { BeginStruct(groups_.back().item); }
  void EndItem() override { Close(); }
  void TextItem(std::string_view value) override { Text(groups_.back().item, value); }
  void EndList() override { groups_.pop_back(); }

  void BeginMap(std::string_view, std::string_view flat, std::string_view key, std::string_view value) override {
    groups_.push_back({.item = flat, .key = key, .value = value});
  }
  void BeginEntry(std::string_view key) override {
    BeginStruct(groups_.back().item);
    Text(groups_.back().key, key);
    BeginStruct(groups_.back().value);
  }
  void EndEntry() override {
    Close();
    Close();
  }
  void TextEntry(std::string_view key, std::string_view value) override {
    BeginStruct(groups_.back().item);
    Text(groups_.back().key, key);
    Text(groups_.back().value, value);
    Close();
  }
  void EndMap() override { groups_.pop_back(); }

  std::string Take() override { return JsonOf(open_.front()); }

 private:
  struct Element {
    std::string_view name = {};
    std::vector<std::pair<std::string_view, std::vector<std::string>>> members = {};  // Each value as JSON.
  };
  // A list or a map that is open: what its elements are called.
  struct Group {
    std::string_view item = {};
    std::string_view key = {};
    std::string_view value = {};
  };

  void Add(std::string_view name, std::string json) {
    auto& members = open_.back().members;
    const auto found = std::ranges::find(members, name, [](const auto& member) { return member.first; });
    (found == members.end() ? members.emplace_back(name, std::vector<std::string>()) : *found)
        .second.push_back(std::move(json));
  }

  void Close() {
    const Element closed = std::move(open_.back());
    open_.pop_back();
    Add(closed.name, JsonOf(closed));
  }

  static std::string JsonOf(const Element& element) {
    if (element.members.empty()) return "null";
    std::string out;
    for (const auto& [name, values] : element.members) {
      out.append(out.empty() ? "{" : ",");
      hub::AppendJsonString(out, name);
      out.push_back(':');
      if (values.size() == 1) {
        out.append(values.front());
        continue;
      }
      for (std::size_t i = 0; i < values.size(); ++i) out.append(i == 0 ? "[" : ",").append(values[i]);
      out.push_back(']');
    }
    return out.append("}");
  }

  std::vector<Element> open_;  // The last one is written to; the first is the result.
  std::vector<Group> groups_;
};

}  // namespace

std::unique_ptr<Writer> NewXmlAsJsonWriter() { return std::make_unique<XmlAsJsonWriter>(); }

}  // namespace adapters::aws
