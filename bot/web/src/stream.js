// Server-sent events over fetch: EventSource cannot send the token in a header, and an address would end up in logs.

// Splits what arrives into events {id, event, data}; a comment is {}. Lines may be cut anywhere.
export function parser(onEvent) {
  let rest = "";
  return (text) => {
    rest += text;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {};
      for (const line of block.split("\n")) {
        const at = line.indexOf(":");
        if (at > 0) event[line.slice(0, at)] = line.slice(at + 1).trimStart();
      }
      onEvent(event);
    }
  };
}

// Reads the stream at `url` until it ends; rejects where it breaks or stays silent for `silenceMs`.
export async function readStream(url, { token, silenceMs, firstMs, signal, onEvent }) {
  const abort = new AbortController();
  const stop = () => abort.abort();
  signal.addEventListener("abort", stop);
  let timer = setTimeout(stop, firstMs);
  try {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
      signal: abort.signal,
      cache: "no-store",
      credentials: "omit",
    });
    if (!response.ok) throw Object.assign(new Error("refused"), { status: response.status });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const feed = parser(onEvent);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(stop, silenceMs);
      feed(value);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
