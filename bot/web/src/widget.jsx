// <script src="https://HOST/widget.js" data-title="…"></script>
// Attributes: data-title, data-greeting, data-placeholder, data-lang (ko, en), data-theme (auto, light, dark),
// data-color, data-position (right, left), data-open, data-server.
import { render } from "preact";
import { App } from "./app.jsx";
import { Client } from "./client.js";
import style from "./style.css";
import { TEXTS } from "./texts.js";

const script = document.currentScript;
const data = script ? script.dataset : {};

class DaedapChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    addStyle(root);
    this.dress();
    const base = new URL(data.server || (script && script.src) || location.href).origin;
    const lang = data.lang || (document.documentElement.lang.startsWith("en") ? "en" : "ko");
    const texts = TEXTS[lang] || TEXTS.ko;
    this.lang = lang;
    const settings = {
      title: data.title || texts.title,
      greeting: data.greeting || texts.greeting,
      placeholder: data.placeholder || texts.placeholder,
      open: this.remembered() ?? "open" in data,
      remember: (open) => this.remember(open),
    };
    let tell = () => {};
    const client = new Client(base, (message) => tell(message));
    render(<App client={client} settings={settings} texts={texts} onTell={(told) => (tell = told)} />, root);
    this.follow();
  }

  // Colours by attribute: the text on them stays readable whatever they are.
  dress() {
    this.dataset.theme = ["light", "dark"].includes(data.theme) ? data.theme : "auto";
    this.dataset.position = data.position === "left" ? "left" : "right";
    if (!data.color || !CSS.supports("color", data.color)) return;
    this.style.setProperty("--accent", data.color);
    this.style.color = data.color;
    const [r, g, b] = (getComputedStyle(this).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    this.style.color = "";
    this.style.setProperty("--on-accent", luminance(r, g, b) > 0.179 ? "#000" : "#fff");
    this.dataset.colored = "";
  }

  // The keyboard of a phone takes a part of the window: the panel keeps to what is left.
  follow() {
    const view = globalThis.visualViewport;
    if (!view) return;
    const fit = () => {
      this.style.setProperty("--height", `${view.height}px`);
      this.style.setProperty("--top", `${view.offsetTop}px`);
    };
    view.addEventListener("resize", fit);
    view.addEventListener("scroll", fit);
    fit();
  }

  remember(open) {
    try {
      sessionStorage.setItem("daedap open", open ? "1" : "0");
    } catch {
      // no storage: it opens closed on the next page
    }
  }

  remembered() {
    try {
      const kept = sessionStorage.getItem("daedap open");
      return kept === null ? null : kept === "1";
    } catch {
      return null;
    }
  }
}

// A sheet made in the script: a strict content security policy forbids <style> but not this.
function addStyle(root) {
  if ("adoptedStyleSheets" in Document.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } else {
    root.appendChild(Object.assign(document.createElement("style"), { textContent: style }));
  }
}

function luminance(...channels) {
  const [r, g, b] = channels.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

if (!customElements.get("daedap-chat")) {
  customElements.define("daedap-chat", DaedapChat);
  const put = () => document.querySelector("daedap-chat") || document.body.appendChild(document.createElement("daedap-chat"));
  document.body ? put() : addEventListener("DOMContentLoaded", put);
}
