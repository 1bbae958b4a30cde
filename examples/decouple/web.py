#!/usr/bin/python3
"""A web tier: POST /orders publishes the order and answers 202 with the message's id. Whether a worker is there to work
on it, it neither knows nor waits for: when the hub has said yes, the order is on disk.
"""
import http.server
import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # Where penstock_client.py is.
from penstock_client import Client, Refused, Unanswered

BODY_BYTES_MAX = 64 * 1024


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # Seconds that a connection may idle.
    wbufsize = -1  # Head and body of an answer leave in one piece.

    # The server has a thread for each connection, and each thread needs a client of its own.
    def setup(self):
        super().setup()
        self.client = Client()

    def finish(self):
        self.client.close()
        super().finish()

    def do_POST(self):
        if self.path != "/orders":
            return self.answer(404, {"error": "There are /orders only."})
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True  # What follows is not read.
            return self.answer(413, {"error": f"Content-Length must say how long it is: {BODY_BYTES_MAX} at most."})
        body = self.rfile.read(int(length))
        try:
            json.loads(body)
        except ValueError:
            return self.answer(400, {"error": "An order is JSON."})
        try:
            [message_id] = self.client.publish("orders", [body])
        except Refused as refused:
            return self.answer(500, {"error": str(refused)})
        except Unanswered:
            # It may be accepted or not. The customer tries again; an order number tells the workers if it is the same.
            return self.answer(503, {"error": "Not now. Please try again."})
        return self.answer(202, {"id": message_id})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)  # The port.
    server.serve_forever()
