"""A subscriber by HTTP: a server that keeps what it was sent and answers as it is told, and the check of a signature."""
import base64
import http.server
import json
import queue
import subprocess
import tempfile
import threading
import urllib.request

from running import PATIENCE_S


class Subscriber:
    """Answers 200, or what `answers` holds next; `requests` are (headers, body) in the order in which they came."""

    def __init__(self, test):
        self.requests = queue.Queue()
        self.body = b""  # Of every answer.
        self.closes = False  # Each connection after its first answer, without saying so.
        self.answers = queue.Queue()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status = outer.answers.get_nowait()
                except queue.Empty:
                    status = 200
                outer.requests.put((self.path, dict(self.headers), body.decode()))
                self.send_response(status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                try:
                    self.wfile.write(outer.body)
                except OSError:
                    pass  # It reads no further.
                self.close_connection = self.close_connection or outer.closes

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # A hub that is killed resets its connections.
        self.url = f"http://127.0.0.1:{self.server.server_port}/inbox?of=test"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()

        def end():
            self.server.shutdown()
            self.server.server_close()
            thread.join()
        test.addCleanup(end)

    def next(self):
        """(headers, body) of the next request."""
        _, headers, body = self.requests.get(timeout=PATIENCE_S)
        return headers, body

    def confirm(self):
        """Does what the next message, a SubscriptionConfirmation, asks for: (headers, message, ARN)."""
        headers, body = self.next()
        message = json.loads(body)
        assert message["Type"] == "SubscriptionConfirmation", body
        return headers, message, visit(message["SubscribeURL"])


def visit(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.read().decode()


SIGNED = {"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
          "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]


def is_signed(message):
    """Whether openssl finds the signature right, by the certificate that the message names [aws 131]."""
    text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED[message["Type"]] if name in message)
    digest = {"1": "-sha1", "2": "-sha256"}[message["SignatureVersion"]]
    with tempfile.TemporaryDirectory() as directory:
        def write(name, contents):
            with open(f"{directory}/{name}", "wb") as file:
                file.write(contents)
            return f"{directory}/{name}"

        certificate = write("certificate.pem", visit(message["SigningCertURL"]).encode())
        key = write("key.pem", subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True,
                                              capture_output=True).stdout)
        signature = write("signature", base64.b64decode(message["Signature"]))
        signed = write("text", text.encode())
        done = subprocess.run(["openssl", "dgst", digest, "-verify", key, "-signature", signature, signed],
                              capture_output=True, check=False)
    return done.returncode == 0
