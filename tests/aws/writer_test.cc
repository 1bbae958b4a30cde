#include "adapters/aws/writer.h"

#include <gtest/gtest.h>

#include "adapters/aws/answer.h"
#include "adapters/aws/batch.h"
#include "tests/aws/support.h"

namespace tests::aws {
namespace {

using adapters::aws::AppendXmlText;
using adapters::aws::Call;
using adapters::aws::FindAction;
using adapters::aws::NewJsonWriter;
using adapters::aws::NewXmlWriter;
using adapters::aws::Protocol;
using adapters::aws::Service;
using adapters::aws::Writer;
using adapters::aws::WriteResult;

std::string Written(std::unique_ptr<Writer> writer, void (*write)(Writer&)) {
  write(*writer);
  return writer->Take();
}

void ExpectWritten(void (*write)(Writer&), std::string_view json, std::string_view sqs, std::string_view sns) {
  EXPECT_EQ(Written(NewJsonWriter(), write), json);
  EXPECT_EQ(Written(NewXmlWriter(/*flat=*/true), write), sqs);
  EXPECT_EQ(Written(NewXmlWriter(/*flat=*/false), write), sns);
}

TEST(WriterTest, Values) {
  ExpectWritten(
      [](Writer& out) {
        out.Text("Text", "a<b>&\"c\"\r\n\u00e9");
        out.Number("Number", -9'223'372'036'854'775'807);
        out.Bool("Yes", true);
        out.Bool("No", false);
        out.BeginStruct("Struct");
        out.Text("In", "side");
        out.EndStruct();
        out.Text("Last", "");
      },
      "{\"Text\":\"a<b>&\\\"c\\\"\\r\\n\u00e9\",\"Number\":-9223372036854775807,\"Yes\":true,\"No\":false,"
      "\"Struct\":{\"In\":\"side\"},\"Last\":\"\"}",
      "<Text>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n\u00e9</Text><Number>-9223372036854775807</Number><Yes>true</Yes>"
      "<No>false</No><Struct><In>side</In></Struct><Last></Last>",
      "<Text>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n\u00e9</Text><Number>-9223372036854775807</Number><Yes>true</Yes>"
      "<No>false</No><Struct><In>side</In></Struct><Last></Last>");
}

// rule: aws 14 in answers, too, lists and maps of SQS are flat and those of SNS are not
TEST(WriterTest, Lists) {
  ExpectWritten(
      [](Writer& out) {
        out.BeginList("Urls", "Url");
        out.TextItem("a");
        out.TextItem("b");
        out.EndList();
        out.BeginList("Messages", "Message");
        out.BeginItem();
        out.Text("Id", "1");
        out.BeginList("Names", "Name");
        out.TextItem("n");
        out.EndList();
        out.EndItem();
        out.BeginItem();
        out.EndItem();
        out.EndList();
      },
      R"({"Urls":["a","b"],"Messages":[{"Id":"1","Names":["n"]},{}]})",
      "<Url>a</Url><Url>b</Url><Message><Id>1</Id><Name>n</Name></Message><Message></Message>",
      "<Urls><member>a</member><member>b</member></Urls><Messages><member><Id>1</Id><Names><member>n</member></Names>"
      "</member><member></member></Messages>");
}

TEST(WriterTest, Maps) {
  ExpectWritten(
      [](Writer& out) {
        out.BeginMap("Attributes", "Attribute", "Name", "Value");
        out.TextEntry("a", "1");
        out.TextEntry("b", "2");
        out.EndMap();
        out.BeginMap("MessageAttributes", "MessageAttribute", "Name", "Value");
        out.BeginEntry("c");
        out.Text("DataType", "String");
        out.EndEntry();
        out.EndMap();
      },
      R"({"Attributes":{"a":"1","b":"2"},"MessageAttributes":{"c":{"DataType":"String"}}})",
      "<Attribute><Name>a</Name><Value>1</Value></Attribute><Attribute><Name>b</Name><Value>2</Value></Attribute>"
      "<MessageAttribute><Name>c</Name><Value><DataType>String</DataType></Value></MessageAttribute>",
      "<Attributes><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Attributes>"
      "<MessageAttributes><entry><key>c</key><value><DataType>String</DataType></value></entry></MessageAttributes>");
}

TEST(WriterTest, EmptyOnes) {
  ExpectWritten([](Writer&) {}, "{}", "", "");
  ExpectWritten(
      [](Writer& out) {
        out.BeginList("L", "l");
        out.EndList();
        out.BeginMap("M", "m", "k", "v");
        out.EndMap();
      },
      R"({"L":[],"M":{}})", "", "<L></L><M></M>");
}

TEST(WriterTest, WhatIsNoTextIsReplaced) {
  ExpectWritten([](Writer& out) { out.Text("T", "a\xff\u00e9"); }, "{\"T\":\"a\ufffd\u00e9\"}", "<T>a\ufffd\u00e9</T>",
                "<T>a\ufffd\u00e9</T>");
  std::string text;
  AppendXmlText(text, std::string_view("\0\x01\xef\xbf\xbf\t", 6));
  EXPECT_EQ(text, "\ufffd\ufffd\ufffd\ufffd\ufffd\t");
}

// rule: aws 13 XML name spaces
// rule: aws 17 an empty answer has no members; in XML it has its element
TEST(WriterTest, ResultsOfEachProtocol) {
  const auto body = [](Service service, Protocol protocol, std::string_view action, std::string result) {
    Call call;
    call.service = service;
    call.protocol = protocol;
    call.action = FindAction(service, action);
    call.request_id = "id";
    return WriteResult(call, std::move(result)).body;
  };
  const std::string xml = "<?xml version=\"1.0\"?>\n";
  const std::string end = "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>";
  EXPECT_EQ(body(Service::kSqs, Protocol::kJson, "ReceiveMessage", "{}"), "{}");
  EXPECT_EQ(body(Service::kSqs, Protocol::kJson, "PurgeQueue", "{}"), "{}");
  EXPECT_EQ(body(Service::kSqs, Protocol::kQuery, "ReceiveMessage", ""),
            xml +
                "<ReceiveMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
                "<ReceiveMessageResult/>" +
                end + "</ReceiveMessageResponse>");
  EXPECT_EQ(body(Service::kSqs, Protocol::kQuery, "PurgeQueue", ""),
            xml + "<PurgeQueueResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">" + end +
                "</PurgeQueueResponse>");
  EXPECT_EQ(body(Service::kSns, Protocol::kQuery, "Publish", "<MessageId>m</MessageId>"),
            xml +
                "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>"
                "<MessageId>m</MessageId></PublishResult>" +
                end + "</PublishResponse>");
  EXPECT_EQ(body(Service::kSts, Protocol::kQuery, "GetCallerIdentity", ""),
            xml +
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                "<GetCallerIdentityResult/>" +
                end + "</GetCallerIdentityResponse>");
  EXPECT_EQ(body(Service::kSqs, Protocol::kQueryJson, "ReceiveMessage", "{}"),
            R"({"ReceiveMessageResponse":{"ReceiveMessageResult":{},"ResponseMetadata":{"RequestId":"id"}}})");
  EXPECT_EQ(body(Service::kSqs, Protocol::kQueryJson, "PurgeQueue", "{}"),
            R"({"PurgeQueueResponse":{"ResponseMetadata":{"RequestId":"id"}}})");
}

}  // namespace
}  // namespace tests::aws
