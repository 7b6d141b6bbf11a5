// Voice in and out where the browser offers it.
const Recognition = globalThis.SpeechRecognition || globalThis.webkitSpeechRecognition;
export const canListen = Boolean(Recognition);
export const canSpeak = "speechSynthesis" in globalThis && "SpeechSynthesisUtterance" in globalThis;

// Starts listening. `finish` takes what is heard until now, `drop` nothing more; `onEnd` is told an error's name or null.
export function listen(lang, onText, onEnd) {
  const recognition = new Recognition();
  let error = null;
  recognition.lang = lang;
  recognition.interimResults = true;
  recognition.onresult = (event) => onText(Array.from(event.results, (result) => result[0].transcript).join(""));
  recognition.onerror = (event) => (error = event.error);
  recognition.onend = () => onEnd(error);
  recognition.start();
  return {
    finish: () => recognition.stop(),
    drop: () => {
      recognition.onresult = null;
      recognition.abort();
    },
  };
}

// Says `text` behind what is being said.
export function speak(text, lang) {
  const said = new SpeechSynthesisUtterance(text);
  said.lang = lang;
  speechSynthesis.speak(said);
}

export const hush = () => canSpeak && speechSynthesis.cancel();
