// Conversations over HTTP as files: the bytes of a request, then what must be answered.
//
//   # a comment
//   > POST / HTTP/1.1
//   > X-Amz-Target: AmazonSQS.SendMessage
//   >
//   > {"QueueUrl":"orders","MessageBody":"hello"}
//   < HTTP/1.1 200 OK
//   < Content-Type: application/x-amz-json-1.0
//   <
//   < {"MessageId":"$id","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}
//
// A request gets the fields Host and Content-Length where it has none of its own. Of an answer the status line, the
// fields that are named and the whole body must be as expected; "!Name" says that there is no such field. Bodies of
// answers are written on as many lines as is good to read, however indented, and forms, too: joined, they count. $name
// is any text, the same everywhere once it has been seen, and $_ any text at all; in the target of a request and in a
// form, a $name is put in percent-encoded.
#pragma once

#include <functional>
#include <string>

namespace tests::wire {

// Answers the bytes of one request with those of one response.
using HttpHandler = std::function<std::string(const std::string& request)>;

// Plays the file. Empty when every answer is as expected; else every difference, with file and line.
std::string PlayHttp(const std::string& path, const HttpHandler& handler);

}  // namespace tests::wire
