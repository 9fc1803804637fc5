// <assentry-panel src="LINK"></assentry-panel>: shows the desk's panel in a frame. LINK is a single-use link for the panel, which the
// page's own server asked for. What is within the frame belongs to the desk, and this page can't read it.
"use strict";
(() => {
  const desk = new URL(document.currentScript.src).origin;
  customElements.define("assentry-panel", class extends HTMLElement {
    static observedAttributes = ["src"];
    attributeChangedCallback() {
      const link = new URL(this.getAttribute("src") ?? "", document.baseURI);
      if (link.origin !== desk || link.pathname !== "/panel") return;
      const frame = document.createElement("iframe");
      frame.src = link.href;
      frame.title = this.getAttribute("title") ?? "";
      frame.referrerPolicy = "no-referrer";
      frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
      this.replaceChildren(frame);
    }
  });
})();
