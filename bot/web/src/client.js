// The conversation as this device knows it: messages by the server's ids, what is still on its way, the connection.
import { readStream } from "./stream.js";

const SILENCE_MS = 40_000;
const HELLO_MS = 6_000;
const POLL_S = 20;
const WAITS_MS = [300, 1_000, 2_000, 4_000, 8_000];

export class Client {
  constructor(base, onChange) {
    this.base = base;
    this.key = `daedap ${base}`;
    this.onChange = onChange;
    this.messages = [];
    this.typing = false;
    this.offline = false;
    this.tries = 0;
    this.polls = false;
    this.kept = this.load();
    this.sending = new Set();
    addEventListener("online", () => this.reconnect());
    addEventListener("storage", (event) => event.key === this.key && this.adopt());
    document.addEventListener("visibilitychange", () => !document.hidden && this.offline && this.reconnect());
  }

  // What outlives a reload: {token, seen, pending: [{client_id, text, payload}]}
  load() {
    try {
      return { seen: 0, pending: [], ...JSON.parse(localStorage.getItem(this.key) || "{}") };
    } catch {
      return { seen: 0, pending: [] };
    }
  }

  save() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch {
      // no storage on this page: the conversation ends with it
    }
  }

  // Another tab began, ended or went on.
  adopt() {
    const before = this.kept.token;
    const own = this.kept.pending.filter((one) => this.sending.has(one.client_id));
    this.kept = this.load();
    for (const one of own) if (!this.kept.pending.some((other) => other.client_id === one.client_id)) this.kept.pending.push(one);
    if (this.kept.token !== before) {
      this.messages = [];
      this.streamed = 0;
      this.typing = false;
      this.reconnect();
    }
    this.onChange();
  }

  start() {
    if (!this.kept.token) return;
    this.reconnect();
    for (const one of this.kept.pending) this.deliver(one);
  }

  get lastId() {
    return this.messages.length ? this.messages[this.messages.length - 1].id : 0;
  }

  get unread() {
    return this.messages.filter((one) => one.sender !== "customer" && one.id > this.kept.seen).length;
  }

  see() {
    if (this.lastId > this.kept.seen) {
      this.kept.seen = this.lastId;
      this.save();
    }
  }

  send(text, payload) {
    const one = { client_id: newId(), text, ...(payload ? { payload } : {}) };
    this.kept.pending.push(one);
    this.save();
    this.onChange();
    this.deliver(one);
  }

  resend(one) {
    delete one.failed;
    this.onChange();
    this.deliver(one);
  }

  // Tries until the server has it; the client id makes a second arrival harmless.
  async deliver(one) {
    if (this.sending.has(one.client_id)) return;
    this.sending.add(one.client_id);
    try {
      for (let tries = 0; this.isPending(one); tries++) {
        const answer = await this.post("/chat/messages", one).catch(() => null);
        if (answer && answer.ok) {
          this.arrived(one.client_id);
          this.take(await answer.json());
          return;
        }
        if (answer && answer.status === 404) this.forget(one);
        else if (answer && [401, 403, 413, 422].includes(answer.status)) return this.fail(one);
        const wait = answer && Number(answer.headers.get("retry-after"));
        await pause(wait ? wait * 1000 : WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
      }
    } finally {
      this.sending.delete(one.client_id);
      this.onChange();
    }
  }

  isPending(one) {
    return this.kept.pending.some((other) => other.client_id === one.client_id);
  }

  fail(one) {
    const kept = this.kept.pending.find((other) => other.client_id === one.client_id);
    if (kept) kept.failed = true;
    this.save();
  }

  arrived(clientId) {
    this.kept.pending = this.kept.pending.filter((one) => one.client_id !== clientId);
    this.save();
  }

  // The server knows the conversation no more: go on in a new one with what was being sent.
  forget(one) {
    this.kept = { seen: 0, pending: one ? [one] : [] };
    this.messages = [];
    this.streamed = 0;
    this.typing = false;
    this.save();
    this.stop();
    this.onChange();
  }

  async rate(message, thumb) {
    const answer = await this.post("/chat/feedback", { id: message.id, thumb }).catch(() => null);
    if (answer && answer.ok) {
      message.thumb = thumb;
      this.onChange();
    }
  }

  async end() {
    await this.post("/chat/end", {}).catch(() => null);
    this.forget(null);
  }

  async post(path, body) {
    if (!this.kept.token) await this.begin();
    return fetch(this.base + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.kept.token}` },
      body: JSON.stringify(body),
      credentials: "omit",
    });
  }

  async begin() {
    this.beginning ||= (async () => {
      const answer = await fetch(this.base + "/chat/conversations", { method: "POST", credentials: "omit" });
      if (!answer.ok) throw new Error("refused");
      this.kept.token = (await answer.json()).token;
      this.save();
      this.reconnect();
    })().finally(() => (this.beginning = null));
    return this.beginning;
  }

  // In the order of the server's ids, each once.
  take(message) {
    if (message.client_id) this.arrived(message.client_id);
    const at = this.messages.findIndex((one) => one.id >= message.id);
    const isNew = at < 0 || this.messages[at].id !== message.id;
    if (at < 0) this.messages.push(message);
    else if (isNew) this.messages.splice(at, 0, message);
    else this.messages[at] = { ...this.messages[at], ...message };
    this.onChange(isNew ? message : undefined);
  }

  stop() {
    this.running?.abort();
    clearTimeout(this.timer);
  }

  reconnect() {
    this.stop();
    if (!this.kept.token) return;
    const running = (this.running = new AbortController());
    this.listen(running.signal).catch((error) => this.lost(error, running));
  }

  async listen(signal) {
    if (this.polls) return this.poll(signal);
    let greeted = false;
    const onEvent = (event) => {
      if (signal.aborted) return;
      greeted = true;
      this.connected();
      this.on(event);
    };
    try {
      await readStream(`${this.base}/chat/events?after=${this.after()}`, {
        token: this.kept.token, silenceMs: SILENCE_MS, firstMs: HELLO_MS, signal, onEvent,
      });
    } catch (error) {
      // A proxy that holds the stream back says nothing at all: ask again and again instead.
      if (!greeted && !error.status && !signal.aborted && navigator.onLine !== false && (await this.alive())) this.polls = true;
      throw error;
    }
    throw new Error("ended");
  }

  // Everything up to here arrived by the stream; an answer to POST may run ahead of it.
  after() {
    return this.streamed || 0;
  }

  async poll(signal) {
    for (;;) {
      const answer = await fetch(`${this.base}/chat/messages?after=${this.after()}&wait=${POLL_S}`, {
        headers: { Authorization: `Bearer ${this.kept.token}` }, signal, cache: "no-store", credentials: "omit",
      });
      if (!answer.ok) throw Object.assign(new Error("refused"), { status: answer.status });
      this.connected();
      for (const message of (await answer.json()).messages) this.on({ event: "message", data: message });
    }
  }

  async alive() {
    return fetch(`${this.base}/healthz`, { credentials: "omit" }).then((answer) => answer.ok, () => false);
  }

  on({ event, data }) {
    const said = typeof data === "string" ? JSON.parse(data) : data;
    if (event === "message") {
      this.streamed = said.id;
      if (said.sender !== "customer") this.typing = false;
      this.take(said);
    } else if (event === "typing") {
      this.typing = said.on;
      this.onChange();
    } else if (event === "ended") {
      this.forget(null);
    }
  }

  connected() {
    this.tries = 0;
    if (this.offline) {
      this.offline = false;
      this.onChange();
    }
  }

  lost(error, running) {
    if (this.running !== running || running.signal.aborted) return; // another connection took its place
    if (error.status === 404 || error.status === 401) return this.forget(this.kept.pending[0] || null);
    this.tries++;
    if (this.tries > 1 || navigator.onLine === false) {
      this.offline = true;
      this.typing = false;
      this.onChange();
    }
    const wait = WAITS_MS[Math.min(this.tries, WAITS_MS.length) - 1];
    this.timer = setTimeout(() => this.reconnect(), wait * (0.8 + 0.4 * Math.random()));
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
