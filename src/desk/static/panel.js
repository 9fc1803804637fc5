// <assentry-panel src="https://privacy.example.com/panel#TOKEN" lang="en"></assentry-panel>
//
// Shows the switches of the desk within a chat window. They are in a frame of the desk's own origin: the page around it can neither
// read nor flip them. `src` is a single-use link that your server asks for. Fires `assentry-change` after somebody decided.

const DESK = new URL(document.currentScript.src).origin;

class AssentryPanel extends HTMLElement {
  static observedAttributes = ["src"];

  #frame = null;
  #hear = (event) => this.#heard(event);

  connectedCallback() {
    window.addEventListener("message", this.#hear);
    this.#show();
  }

  disconnectedCallback() {
    window.removeEventListener("message", this.#hear);
    this.#frame?.remove();
    this.#frame = null;
  }

  attributeChangedCallback(_name, before, after) {
    if (this.isConnected && before !== after) this.#show();
  }

  #show() {
    this.#frame?.remove();
    this.#frame = null;
    const link = this.getAttribute("src");
    if (!link) return;
    const url = new URL(link, document.baseURI);
    if (url.origin !== DESK || url.pathname !== "/panel") return;
    const language = this.getAttribute("lang");
    if (language) url.searchParams.set("lang", language);
    const frame = document.createElement("iframe");
    frame.src = url.href;
    frame.title = this.getAttribute("aria-label") ?? "Your choices";
    frame.referrerPolicy = "no-referrer";
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
    Object.assign(frame.style, { border: "0", width: "100%", height: "100%", colorScheme: "normal" });
    this.append(frame);
    this.#frame = frame;
  }

  #heard({ source, origin, data }) {
    const frame = this.#frame;
    if (!frame || source !== frame.contentWindow || origin !== new URL(frame.src).origin) return;
    if (data?.assentry === "change") this.dispatchEvent(new CustomEvent("assentry-change", { bubbles: true }));
    if (data?.assentry === "height" && Number.isFinite(data.height)) frame.style.minHeight = `${Math.min(data.height, 4000)}px`;
  }
}

customElements.define("assentry-panel", AssentryPanel);
