// The launcher and the panel.
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { Bubble } from "./bubble.jsx";
import { Composer } from "./composer.jsx";
import { canSpeak, hush, speak } from "./voice.js";

const NEAR_END_PX = 40;

export function App({ client, settings, texts, onTell }) {
  const [, redraw] = useReducer((n) => n + 1, 0);
  const [open, setOpen] = useState(settings.open);
  const [ending, setEnding] = useState(false);
  const [aloud, setAloud] = useState(false);
  const state = useRef({});
  state.current = { open, aloud };
  const launcher = useRef(), log = useRef(), input = useRef();

  useEffect(() => {
    onTell((message) => {
      if (state.current.open) client.see();
      if (message && message.sender !== "customer" && state.current.aloud && state.current.open) speak(message.text, "ko-KR");
      redraw();
    });
    client.start();
  }, []);

  useEffect(() => {
    settings.remember(open);
    if (open) {
      client.see();
      input.current?.focus();
      redraw();
    }
  }, [open]);

  const count = client.messages.length + client.kept.pending.length;
  useLayoutEffect(() => {
    if (open && log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [open, count, client.typing]);

  // A phone's keyboard makes the log lower: whoever was at its end stays there.
  useEffect(() => {
    const shown = log.current;
    if (!open || !shown || !globalThis.ResizeObserver) return;
    let atEnd = true;
    const look = () => (atEnd = shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_END_PX);
    const follow = new ResizeObserver(() => atEnd && (shown.scrollTop = shown.scrollHeight));
    shown.addEventListener("scroll", look);
    follow.observe(shown);
    return () => {
      shown.removeEventListener("scroll", look);
      follow.disconnect();
    };
  }, [open]);

  const close = () => {
    hush();
    setOpen(false);
    setEnding(false);
    requestAnimationFrame(() => launcher.current?.focus());
  };
  const onKeyDown = (event) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      close();
    }
  };

  const unread = open ? 0 : client.unread;
  if (!open) {
    return (
      <button type="button" class="launcher" ref={launcher} onClick={() => setOpen(true)} aria-haspopup="dialog"
        aria-label={unread ? `${texts.open}, ${texts.unread(unread)}` : texts.open}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-5 5v-5H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" /></svg>
        {unread > 0 && <span class="badge" aria-hidden="true">{unread > 99 ? "99+" : unread}</span>}
      </button>
    );
  }
  return (
    <section class="panel" role="dialog" aria-label={settings.title} onKeyDown={onKeyDown}>
      <header>
        <h2>{settings.title}</h2>
        {canSpeak && (
          <button type="button" class="icon" aria-label={texts.speak} title={texts.speak} aria-pressed={aloud ? "true" : "false"} onClick={() => { if (aloud) hush(); setAloud(!aloud); }}>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 9v6h4l5 5V4L7 9zM15 8.500a5 5 0 0 1 0 7v-7zM15 4a9 9 0 0 1 0 16v-2.500a6.500 6.500 0 0 0 0-11z" /></svg>
          </button>
        )}
        {client.kept.token && (
          <button type="button" class="icon" aria-label={texts.end} title={texts.end} onClick={() => setEnding(true)}>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 7h12l-1 14H7zM9 3h6l1 2h4v2H4V5h4z" /></svg>
          </button>
        )}
        <button type="button" class="icon" aria-label={texts.close} title={texts.close} onClick={close}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 6.400 6.400 5 12 10.600 17.600 5 19 6.400 13.400 12 19 17.600 17.600 19 12 13.400 6.400 19 5 17.600 10.600 12z" /></svg>
        </button>
      </header>
      {ending && (
        <div class="question" role="alertdialog" aria-label={texts.end}>
          <p>{texts.endQuestion}</p>
          <button type="button" class="choice" onClick={() => { setEnding(false); hush(); client.end(); }}>{texts.endYes}</button>
          <button type="button" class="choice" onClick={() => setEnding(false)}>{texts.endNo}</button>
        </div>
      )}
      <div class="log" ref={log} role="log" aria-live="polite" aria-label={texts.log} tabIndex={0}>
        <ul>
          <li class="message bot"><span class="name">{texts.bot}</span><div class="bubble"><p class="text">{settings.greeting}</p></div></li>
          {client.messages.map((message, at) => (
            <Bubble key={message.id} message={message} goesOn={at > 0 && client.messages[at - 1].sender === message.sender} texts={texts} base={client.base} onRate={(one, thumb) => client.rate(one, thumb)} />
          ))}
          {client.kept.pending.map((one) => (
            <li key={one.client_id} class="message customer pending">
              <div class="bubble"><p class="text">{one.text}</p></div>
              <span class="state">{one.failed ? texts.failed : texts.waiting}</span>
              {one.failed && <button type="button" class="choice" onClick={() => client.resend(one)}>{texts.retry}</button>}
            </li>
          ))}
        </ul>
        {client.typing && <p class="typing"><span class="hidden">{texts.typing}</span><i /><i /><i /></p>}
      </div>
      <Choices client={client} texts={texts} />
      <p class="offline" role="status">{client.offline ? texts.offline : ""}</p>
      <Composer inputRef={input} texts={texts} placeholder={settings.placeholder} onSend={(text) => { hush(); client.send(text); }} />
    </section>
  );
}

// The buttons of all that was said since the customer's last message, each once.
function Choices({ client, texts }) {
  const turn = client.messages.slice(client.messages.map((message) => message.sender).lastIndexOf("customer") + 1);
  const buttons = new Map(turn.flatMap((message) => message.buttons || []).map((button) => [button.payload, button]));
  if (!buttons.size || client.kept.pending.length) return null;
  return (
    <div class="choices" role="group" aria-label={texts.choices}>
      {[...buttons.values()].map((button) => (
        <button type="button" class="choice" key={button.payload} onClick={() => client.send(button.title, button.payload)}>{button.title}</button>
      ))}
    </div>
  );
}
