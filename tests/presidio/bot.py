"""A bot that names a colleague and repeats the account it was told, at once or in small pieces.

What it was sent stands in `GET /asked`, one JSON document a line.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SENT = []


class Bot(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        SENT.append(sent)
        said = sent["messages"][-1]["content"]
        before, account = said.partition("Tell")[0], said.partition("number ")[2].partition(" is closed")[0]
        answer = f"{before}My colleague Bartholomew Quincy Adams knows about {account}."
        if sent.get("stream"):
            self.answer("text/event-stream", "".join(events(answer)))
        else:
            message = {"role": "assistant", "content": answer}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self.answer("application/json", json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}))

    def do_GET(self):
        self.answer("application/x-ndjson", "\n".join(map(json.dumps, SENT)))

    def answer(self, media_type, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads that."""


def events(answer):
    for at in range(0, len(answer), 3):
        yield event({"content": answer[at : at + 3]}, None)
    yield event({}, "stop")
    yield "data: [DONE]\n\n"


def event(delta, finish):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bot)
    print(f"answering address=127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
