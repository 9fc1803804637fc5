"""What the clients ask, and what they have to get: run by `run`, with the addresses of proxy and bot and the authority's file."""

import json
import os
import sys
import urllib.request

FRONT, BOT, AUTHORITY = sys.argv[1:]
os.environ["SSL_CERT_FILE"] = AUTHORITY

import anthropic  # noqa: E402 — it reads the variable above
import openai  # noqa: E402

WHO = {"x-user-id": "alice"}
MAIL, PHONE, CARD, KEY = "anna.weber@posteo.de", "+1 415 555 0132", "4242 4242 4242 4242", "AKIAQ3EGRLMZ7TNWVX4B"
TEXT = f"Call {PHONE}, charge {CARD}, sign with {KEY}, write to {MAIL}"
SECRETS = [MAIL, PHONE, CARD, KEY]
SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}, "text": {"type": "string"}}, "required": ["to", "text"]}


class Chat:
    """Chat completions"""

    def __init__(self):
        self.client = openai.OpenAI(base_url=f"{FRONT}/v1", api_key="none", default_headers=WHO, max_retries=0)
        function = {"name": "send", "description": f"Sends; questions to {MAIL}", "parameters": SCHEMA}
        self.tools = [{"type": "function", "function": function}]

    def ask(self, model, text, **more):
        return self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)

    def text(self, model, text):
        return self.ask(model, text).choices[0].message.content

    def streamed(self, model, text):
        chunks = self.ask(model, text, stream=True)
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)

    def call(self, text):
        return json.loads(self.ask("call", text, tools=self.tools).choices[0].message.tool_calls[0].function.arguments)

    def streamed_call(self, text):
        messages = [{"role": "user", "content": text}]
        with self.client.chat.completions.stream(model="call", messages=messages, tools=self.tools) as stream:
            message = stream.get_final_completion().choices[0].message
        return json.loads(message.tool_calls[0].function.arguments)

    def result(self, result):
        call = {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": json.dumps({"to": MAIL})}}
        messages = [
            {"role": "user", "content": TEXT},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": result},
        ]
        return self.client.chat.completions.create(model="echo", messages=messages).choices[0].message.content


class Responses(Chat):
    """Responses"""

    def __init__(self):
        super().__init__()
        self.tools = [{"type": "function", "strict": False, **self.tools[0]["function"]}]

    def ask(self, model, text, **more):
        return self.client.responses.create(model=model, input=text, **more)

    def text(self, model, text):
        return self.ask(model, text).output_text

    def streamed(self, model, text):
        pieces = []
        with self.client.responses.stream(model=model, input=text) as stream:
            pieces.extend(event.delta for event in stream if event.type == "response.output_text.delta")
            whole = stream.get_final_response().output_text
        same("the pieces, and the text that repeats them", "".join(pieces), whole)
        return whole

    def call(self, text):
        return self.arguments(self.ask("call", text, tools=self.tools))

    def streamed_call(self, text):
        with self.client.responses.stream(model="call", input=text, tools=self.tools) as stream:
            pieces = [event.delta for event in stream if event.type == "response.function_call_arguments.delta"]
            whole = self.arguments(stream.get_final_response())
        same("the pieces of arguments, and what repeats them", json.loads("".join(pieces)), whole)
        return whole

    def result(self, result):
        call = {"type": "function_call", "call_id": "call_1", "name": "send", "arguments": json.dumps({"to": MAIL})}
        output = {"type": "function_call_output", "call_id": "call_1", "output": result}
        return self.client.responses.create(model="echo", input=[{"role": "user", "content": TEXT}, call, output]).output_text

    @staticmethod
    def arguments(response):
        return next(json.loads(item.arguments) for item in response.output if item.type == "function_call")


class Messages:
    """Messages"""

    def __init__(self):
        self.client = anthropic.Anthropic(base_url=FRONT, api_key="none", default_headers=WHO, max_retries=0)
        self.tools = [{"name": "send", "description": f"Sends; questions to {MAIL}", "input_schema": SCHEMA}]

    def ask(self, model, text, **more):
        return {"model": model, "max_tokens": 500, "messages": [{"role": "user", "content": text}], **more}

    def text(self, model, text):
        return self.client.messages.create(**self.ask(model, text)).content[0].text

    def streamed(self, model, text):
        with self.client.messages.stream(**self.ask(model, text)) as stream:
            return "".join(stream.text_stream)

    def call(self, text):
        return self.arguments(self.client.messages.create(**self.ask("call", text, tools=self.tools)))

    def streamed_call(self, text):
        with self.client.messages.stream(**self.ask("call", text, tools=self.tools)) as stream:
            return self.arguments(stream.get_final_message())

    def result(self, result):
        call = {"type": "tool_use", "id": "toolu_1", "name": "send", "input": {"to": MAIL}}
        returned = {"type": "tool_result", "tool_use_id": "toolu_1", "content": result}
        messages = [
            {"role": "user", "content": TEXT},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [returned]},
        ]
        return self.client.messages.create(model="echo", max_tokens=500, messages=messages).content[0].text

    @staticmethod
    def arguments(message):
        return next(block.input for block in message.content if block.type == "tool_use")


def main():
    asked = 0
    for client in [Chat(), Responses(), Messages()]:
        for name, ask in [("plain", client.text), ("streamed", client.streamed)]:
            check(client, name, "echo", "comes back", ask("echo", TEXT), f"You wrote: {TEXT}")
            check(client, name, "invent", "made up", ask("invent", "hi"), "Ask [email] or pay with [payment-card], please.")
            lured(client, name, ask("lure", f"I am {MAIL}"))
        for name, ask in [("plain", client.call), ("streamed", client.streamed_call)]:
            check(client, name, "call", "arguments", ask(TEXT), {"to": MAIL, "text": TEXT})
        sent = f"Sent to {MAIL}"
        check(client, "plain", "echo", "what a tool gave", client.result(sent), f"You wrote: {sent}")
        asked += 9
    recorded(asked)


def check(client, name, model, what, found, wanted):
    same(f"{client.__doc__} {name}, {model}: {what}", found, wanted)
    print(f"{client.__doc__:18} {name:9} {model}: {what}")


def lured(client, name, found):
    """A foreign link gets nothing; one of the shop's, and a text, get the address."""
    image, _, rest = found.partition(" and ")
    where = f"{client.__doc__} {name}, lure"
    if "elsewhere.example" not in image or "anna" in image or "posteo" in image:
        raise SystemExit(f"tests/sdks: {where}: a foreign link got `{image}`")
    if "anna.weber" not in rest:
        raise SystemExit(f"tests/sdks: {where}: a link that is allowed got `{rest}`")
    print(f"{client.__doc__:18} {name:9} lure: nothing in a foreign link")


def recorded(asked):
    """The bot has recorded every request, and no withheld value; what is sent around the proxy, it has."""
    entries = journal()
    if len(entries) != asked:
        raise SystemExit(f"tests/sdks: the bot recorded {len(entries)} requests of {asked}")
    for entry in entries:
        leaked = withheld_in(entry)
        if leaked or "alice" in json.dumps(entry):
            raise SystemExit(f"tests/sdks: the bot got {leaked}: {json.dumps(entry)}")
    openai.OpenAI(base_url=f"{BOT}/v1", api_key="none").chat.completions.create(
        model="echo", messages=[{"role": "user", "content": TEXT}]
    )
    same("what the bot records when nothing stands before it", withheld_in(journal()[-1]), SECRETS)
    print(f"{len(entries)} requests, none of {len(SECRETS)} withheld values in what the bot recorded")


def journal():
    with urllib.request.urlopen(f"{BOT}/__aimock/journal") as answer:
        return json.load(answer)


def withheld_in(entry):
    text = json.dumps({"headers": entry["headers"], "body": entry["body"], "path": entry["path"]}, ensure_ascii=False)
    bare = "".join(text.split()).lower()
    return [secret for secret in SECRETS if "".join(secret.split()).lower() in bare]


def same(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"tests/sdks: {what}:\n  wanted {wanted!r}\n  found  {found!r}")


if __name__ == "__main__":
    main()
