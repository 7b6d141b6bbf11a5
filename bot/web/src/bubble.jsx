// One message: text, picture, link, source with the span marked, thumbs. Everything is text; nothing is taken for HTML.
export function Bubble({ message, goesOn, texts, base, onRate }) {
  const mine = message.sender === "customer";
  const name = mine ? texts.you : message.sender === "agent" ? texts.agent : texts.bot;
  return (
    <li class={`message ${message.sender}${goesOn ? " goes-on" : ""}`}>
      <span class={mine || goesOn ? "name hidden" : "name"}>{name}</span>
      <div class="bubble">
        {message.text && <p class="text" lang="ko">{message.text}</p>}
        {safe(message.image) && <img src={message.image} alt={texts.image} loading="lazy" />}
        {safe(message.link) && <Link href={message.link} texts={texts}>{texts.link}</Link>}
        {message.source && <Source source={message.source} texts={texts} base={base} />}
      </div>
      {!mine && message.kind && message.kind !== "none" && (
        <div class="thumbs">
          {["up", "down"].map((thumb) => (
            <button type="button" class="icon" aria-label={texts[thumb]} title={texts[thumb]} aria-pressed={message.thumb === thumb ? "true" : "false"}
              onClick={() => onRate(message, message.thumb === thumb ? null : thumb)}>
              <Thumb down={thumb === "down"} />
            </button>
          ))}
        </div>
      )}
    </li>
  );
}

function Source({ source, texts, base }) {
  const place = [source.title, source.section].filter(Boolean).join(" > ") + (source.page ? ` (${texts.page(source.page)})` : "");
  if (!source.sentence) return <p class="cited">{texts.source}: {place}</p>;
  return (
    <details class="source" onToggle={showMark}>
      <summary>{texts.source}: {place}</summary>
      <blockquote>{marked(source.sentence, source.span)}</blockquote>
      {source.url && <Link href={base + source.url} texts={texts}>{texts.openDocument}</Link>}
    </details>
  );
}

// A long sentence may hide its span below the edge of the log.
function showMark(event) {
  if (event.currentTarget.open) event.currentTarget.querySelector("mark, blockquote").scrollIntoView({ block: "nearest" });
}

// Spans count characters as Python does: code points, not UTF-16 units.
export function marked(sentence, span) {
  if (!span) return sentence;
  const letters = Array.from(sentence);
  const part = (from, to) => letters.slice(from, to).join("");
  return [part(0, span[0]), <mark>{part(span[0], span[1])}</mark>, part(span[1])];
}

function Link({ href, texts, children }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}<span class="hidden"> ({texts.newTab})</span>
    </a>
  );
}

const safe = (url) => typeof url === "string" && /^https?:\/\//i.test(url);

function Thumb({ down }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" class={down ? "turned" : ""}>
      <path d="M2 10h4v11H2zM8 21V10l5-8c2 0 2.5 1.500 2.200 3L14.500 9H20c1.200 0 2 1 1.800 2.200l-1.500 8C20 20.300 19.300 21 18 21z" />
    </svg>
  );
}
