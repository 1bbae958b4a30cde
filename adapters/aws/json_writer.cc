#include "adapters/aws/text.h"
#include "adapters/aws/writer.h"
#include "hub/base/document.h"
#include "hub/base/json.h"

namespace adapters::aws {
namespace {

class JsonWriter : public Writer {
 public:
  JsonWriter() { out_.reserve(512); }

  void Text(std::string_view name, std::string_view value) override {
    Name(name);
    AppendJsonText(out_, value);
  }

  void Number(std::string_view name, std::int64_t value) override {
    Name(name);
    out_.append(std::to_string(value));
  }

  void Bool(std::string_view name, bool value) override {
    Name(name);
    out_.append(value ? "true" : "false");
  }

  void BeginStruct(std::string_view name) override { Open(name, '{'); }
  void EndStruct() override { Close('}'); }
  void BeginList(std::string_view name, std::string_view /*flat*/) override { Open(name, '['); }
  void EndList() override { Close(']'); }

  void BeginItem() override {
    Separate();
    out_.push_back('{');
    first_ = true;
  }

  void EndItem() override { Close('}'); }

  void TextItem(std::string_view value) override {
    Separate();
    AppendJsonText(out_, value);
  }

  void BeginMap(std::string_view name, std::string_view /*flat*/, std::string_view /*key*/,
                std::string_view /*value*/) override {
    Open(name, '{');
  }

  void BeginEntry(std::string_view key) override { Open(key, '{'); }
  void EndEntry() override { Close('}'); }
  void TextEntry(std::string_view key, std::string_view value) override { Text(key, value); }
  void EndMap() override { Close('}'); }

  std::string Take() override {
    out_.push_back('}');
    return std::move(out_);
  }

 protected:
  void Separate() {
    if (!first_) out_.push_back(',');
    first_ = false;
  }

  void Name(std::string_view name) {
    Separate();
    AppendJsonText(out_, name);
    out_.push_back(':');
  }

  void Open(std::string_view name, char bracket) {
    Name(name);
    out_.push_back(bracket);
    first_ = true;
  }

  void Append(std::string_view json) { out_.append(json); }

  void Close(char bracket) {
    out_.push_back(bracket);
    first_ = false;
  }

 private:
  std::string out_ = "{";
  bool first_ = true;
};

class QueryJsonWriter final : public JsonWriter {
 public:
  void Absent(std::string_view name) override {
    Name(Called(name));
    Append("null");
  }

  void BeginList(std::string_view name, std::string_view flat) override { JsonWriter::BeginList(Called(name), flat); }

  void BeginMap(std::string_view name, std::string_view /*flat*/, std::string_view key,
                std::string_view value) override {
    Open(name, '[');
    key_ = key;
    value_ = value;
  }

  void BeginEntry(std::string_view key) override {
    BeginItem();
    Text(key_, key);
    BeginStruct(value_);
  }

  void EndEntry() override {
    EndStruct();
    EndItem();
  }

  void TextEntry(std::string_view key, std::string_view value) override {
    BeginItem();
    Text(key_, key);
    Text(value_, value);
    EndItem();
  }

  void EndMap() override { Close(']'); }

 private:
  static std::string_view Called(std::string_view name) { return name == "Messages" ? "messages" : name; }

  std::string_view key_;  // Of the map that is being written; none lies within another.
  std::string_view value_;
};

}  // namespace

void AppendJsonText(std::string& out, std::string_view text) {
  if (hub::IsUtf8(text)) return hub::AppendJsonString(out, text);
  std::string clean(text);
  CleanText(clean);
  hub::AppendJsonString(out, clean);
}

std::unique_ptr<Writer> NewQueryJsonWriter() { return std::make_unique<QueryJsonWriter>(); }

std::unique_ptr<Writer> NewJsonWriter() { return std::make_unique<JsonWriter>(); }

}  // namespace adapters::aws
