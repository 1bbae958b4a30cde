#include "adapters/aws/answer.h"

namespace adapters::aws {
namespace {

using wire::http::Response;

constexpr std::string_view kXmlHead = "<?xml version=\"1.0\"?>\n";

std::string_view NamespaceOf(Service service) {
  switch (service) {
    case Service::kSqs: return "http://queue.amazonaws.com/doc/2012-11-05/";
    case Service::kSns: return "http://sns.amazonaws.com/doc/2010-03-31/";
    case Service::kSts: return "https://sts.amazonaws.com/doc/2011-06-15/";
  }
  return "";
}

std::string_view FaultOf(const ErrorKind& kind) { return kind.status < 500 ? "Sender" : "Receiver"; }

Response Begin(const Call& call, unsigned status) {
  Response response;
  response.status = status;
  switch (call.protocol) {
    case Protocol::kJson: response.content_type = "application/x-amz-json-1.0"; break;
    case Protocol::kQuery: response.content_type = "text/xml"; break;
    case Protocol::kQueryJson:
    case Protocol::kXmlAsJson: response.content_type = "application/json"; break;
  }
  response.fields.append("x-amzn-RequestId: ").append(call.request_id).append("\r\n");
  return response;
}

std::string XmlResult(const Call& call, const std::string& result) {
  const std::string name(call.action->name);
  std::string out(kXmlHead);
  out.append("<").append(name).append("Response xmlns=\"").append(NamespaceOf(call.service)).append("\">");
  if (call.action->has_result && result.empty()) {
    out.append("<").append(name).append("Result/>");
  } else if (call.action->has_result) {
    out.append("<").append(name).append("Result>").append(result).append("</").append(name).append("Result>");
  }
  out.append("<ResponseMetadata><RequestId>").append(call.request_id).append("</RequestId></ResponseMetadata></");
  return out.append(name).append("Response>");
}

std::string WrappedJson(const Call& call, const std::string& result) {
  const std::string name(call.action->name);
  std::string out = "{\"" + name + "Response\":{";
  if (call.action->has_result) out.append("\"").append(name).append("Result\":").append(result).append(",");
  return out.append("\"ResponseMetadata\":{\"RequestId\":\"").append(call.request_id).append("\"}}}");
}

// [aws 1] What XML says.
std::string MessageOf(const Failure& failure) {
  if (failure.kind != &kQueueDoesNotExist) return failure.message;
  return failure.message.substr(0, failure.message.size() - 1) + " for this wsdl version.";
}

std::string XmlFailure(const Call& call, const Failure& failure) {
  std::string out(kXmlHead);
  if (failure.kind == &kUnknownOperation) return out.append("<UnknownOperationException/>");  // [aws 9]
  out.append("<ErrorResponse xmlns=\"").append(NamespaceOf(call.service)).append("\"><Error><Type>");
  out.append(FaultOf(*failure.kind)).append("</Type><Code>").append(failure.kind->code).append("</Code><Message>");
  AppendXmlText(out, MessageOf(failure));
  out.append("</Message>");
  if (call.service == Service::kSqs) out.append("<Detail/>");
  return out.append("</Error><RequestId>").append(call.request_id).append("</RequestId></ErrorResponse>");
}

// [aws 2]
std::string JsonFailure(const Call& call, const Failure& failure) {
  const std::string_view space = call.service == Service::kSqs ? "com.amazonaws.sqs#" : "";
  std::string out = "{\"__type\":\"";
  out.append(space).append(failure.kind->shape).append("\",\"message\":");
  AppendJsonText(out, failure.message);
  return out.append("}");
}

std::string WrappedJsonFailure(const Call& call, const Failure& failure) {
  std::string out = "{\"Error\":{\"Code\":\"";
  out.append(failure.kind->code).append("\",\"Message\":");
  AppendJsonText(out, MessageOf(failure));
  out.append(",\"Type\":\"").append(FaultOf(*failure.kind)).append("\"},\"RequestId\":\"");
  return out.append(call.request_id).append("\"}");
}

std::string XmlFailureAsJson(const Call& call, const Failure& failure) {
  std::string out = "{\"ErrorResponse\":{\"Error\":{\"Type\":\"";
  out.append(FaultOf(*failure.kind)).append("\",\"Code\":\"").append(failure.kind->code).append("\",\"Message\":");
  hub::AppendJsonString(out, MessageOf(failure));
  return out.append(",\"Detail\":null},\"RequestId\":\"").append(call.request_id).append("\"}}");
}

}  // namespace

Response WriteResult(const Call& call, std::string result) {
  Response response = Begin(call, 200);
  switch (call.protocol) {
    case Protocol::kJson: response.body = call.action->has_result ? std::move(result) : "{}"; break;
    case Protocol::kQuery: response.body = XmlResult(call, result); break;
    case Protocol::kQueryJson:
    case Protocol::kXmlAsJson: response.body = WrappedJson(call, result); break;
  }
  return response;
}

Response WriteFailure(const Call& call, const Failure& failure) {
  Response response = Begin(call, failure.kind->status);
  if (failure.kind == &kUnknownOperation && call.protocol == Protocol::kQueryJson) {  // [aws 9] Which is XML always.
    response.content_type = "text/xml";
    response.body = XmlFailure(call, failure);
    return response;
  }
  switch (call.protocol) {
    case Protocol::kJson:
      // [aws 2, 5, 6]
      response.fields.append("x-amzn-query-error: ").append(failure.kind->code).append(";");
      response.fields.append(FaultOf(*failure.kind)).append("\r\n");
      response.body = JsonFailure(call, failure);
      break;
    case Protocol::kQuery: response.body = XmlFailure(call, failure); break;
    case Protocol::kQueryJson: response.body = WrappedJsonFailure(call, failure); break;
    case Protocol::kXmlAsJson: response.body = XmlFailureAsJson(call, failure); break;
  }
  return response;
}

std::unique_ptr<Writer> NewWriterFor(const Call& call) {
  switch (call.protocol) {
    case Protocol::kQuery: return NewXmlWriter(/*flat=*/call.service == Service::kSqs);
    case Protocol::kXmlAsJson: return NewXmlAsJsonWriter();
    case Protocol::kQueryJson: return call.service == Service::kSqs ? NewQueryJsonWriter() : NewJsonWriter();
    case Protocol::kJson: break;
  }
  return NewJsonWriter();
}

}  // namespace adapters::aws
