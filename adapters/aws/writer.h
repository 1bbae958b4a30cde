// Writes the result of an action, as JSON or as XML: the same calls give both.
//
// `name` is the member in JSON, and in the XML of SNS, whose lists have <member> elements and whose maps have <entry>
// ones. The XML of SQS is flat: each element of a list or a map is called `flat` [aws 14].
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace adapters::aws {

class Writer {
 public:
  virtual ~Writer() = default;

  virtual void Text(std::string_view name, std::string_view value) = 0;
  virtual void Number(std::string_view name, std::int64_t value) = 0;
  virtual void Bool(std::string_view name, bool value) = 0;
  // A member that has no value: most leave it out.
  virtual void Absent(std::string_view /*name*/) {}

  virtual void BeginStruct(std::string_view name) = 0;
  virtual void EndStruct() = 0;

  // Of structs: BeginItem, members, EndItem, for each; or of text: TextItem.
  virtual void BeginList(std::string_view name, std::string_view flat) = 0;
  virtual void BeginItem() = 0;
  virtual void EndItem() = 0;
  virtual void TextItem(std::string_view value) = 0;
  virtual void EndList() = 0;

  // Of structs: BeginEntry, members, EndEntry, for each; or of text: TextEntry. `key` and `value` are what the flat XML
  // calls them.
  virtual void BeginMap(std::string_view name, std::string_view flat, std::string_view key, std::string_view value) = 0;
  virtual void BeginEntry(std::string_view key) = 0;
  virtual void EndEntry() = 0;
  virtual void TextEntry(std::string_view key, std::string_view value) = 0;
  virtual void EndMap() = 0;

  // What has been written, once.
  virtual std::string Take() = 0;
};

std::unique_ptr<Writer> NewJsonWriter();

// As who speaks Query and asks for JSON is answered: maps are lists of names and values, what is absent is null, and a
// receive's messages are called so.
std::unique_ptr<Writer> NewQueryJsonWriter();

// The flat XML of SQS as JSON: an element that stands several times is a list.
std::unique_ptr<Writer> NewXmlAsJsonWriter();

// Without the elements around the result. `flat`: as SQS has it.
std::unique_ptr<Writer> NewXmlWriter(bool flat);

// Text as a JSON string. What is not UTF-8 becomes U+FFFD.
void AppendJsonText(std::string& out, std::string_view text);

// Text as the content of an XML element. What XML cannot hold becomes U+FFFD.
void AppendXmlText(std::string& out, std::string_view text);

}  // namespace adapters::aws
