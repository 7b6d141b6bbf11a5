// Where the customer types. The text stays the textarea's own: a framework that writes it back breaks compositions.
import { useEffect, useRef, useState } from "preact/hooks";
import { isSending } from "./ime.js";
import { canListen, listen } from "./voice.js";

const MAX_CHARACTERS = 1000;

export function Composer({ inputRef, texts, placeholder, onSend }) {
  const [long, setLong] = useState(false);
  const [listening, setListening] = useState(false);
  const [deaf, setDeaf] = useState(false);
  const heard = useRef(null);
  useEffect(() => () => heard.current?.drop(), []);

  const grow = () => {
    const input = inputRef.current;
    setLong(Array.from(input.value).length > MAX_CHARACTERS);
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 120)}px`;
  };
  const submit = () => {
    const input = inputRef.current;
    const text = input.value.trim();
    if (!text || Array.from(text).length > MAX_CHARACTERS) return;
    heard.current?.drop(); // what comes now belongs to no message
    input.value = "";
    grow();
    onSend(text);
  };
  // A syllable still being composed belongs to the message: leaving the field ends the composition first.
  const press = () => {
    inputRef.current.blur();
    setTimeout(() => {
      submit();
      inputRef.current.focus();
    });
  };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    if (!isSending(event)) return;
    event.preventDefault();
    submit();
  };
  // What is heard stands behind what was typed, and waits to be sent like it.
  const toggle = () => {
    if (listening) return heard.current?.finish();
    const input = inputRef.current;
    const before = input.value && !/\s$/.test(input.value) ? `${input.value} ` : input.value;
    const ended = (error) => {
      heard.current = null;
      setListening(false);
      setDeaf(error === "not-allowed" || error === "service-not-allowed" || error === "audio-capture");
    };
    setDeaf(false);
    setListening(true);
    try {
      heard.current = listen("ko-KR", (text) => { input.value = before + text; grow(); }, ended);
    } catch {
      ended("service-not-allowed");
    }
  };

  return (
    <form class="composer" onSubmit={(event) => { event.preventDefault(); press(); }}>
      {long && <p class="long" role="alert">{texts.tooLong(MAX_CHARACTERS)}</p>}
      {deaf && <p class="long" role="alert">{texts.deaf}</p>}
      <div class="row">
        <textarea ref={inputRef} rows={1} aria-label={placeholder} placeholder={placeholder} enterkeyhint="send" autocomplete="off"
          onInput={grow} onKeyDown={onKeyDown} />
        {canListen && (
          <button type="button" class="icon" aria-pressed={listening ? "true" : "false"} aria-label={listening ? texts.listening : texts.listen}
            title={texts.listen} onClick={toggle}>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V5a3 3 0 0 1 3-3zM5 11h2a5 5 0 0 0 10 0h2a7 7 0 0 1-6 6.900V22h-2v-4.100A7 7 0 0 1 5 11z" /></svg>
          </button>
        )}
        <button type="submit" class="send" aria-label={texts.send} title={texts.send}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 20.500v-6.500l10-2-10-2V3.500L22 12z" /></svg>
        </button>
      </div>
    </form>
  );
}
