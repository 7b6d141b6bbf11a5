// Voice in and out where the browser offers it.
const Recognition = globalThis.SpeechRecognition || globalThis.webkitSpeechRecognition;
export const canListen = Boolean(Recognition);
export const canSpeak = "speechSynthesis" in globalThis;

// Starts listening; returns a function that stops it.
export function listen(lang, onText, onEnd) {
  const recognition = new Recognition();
  recognition.lang = lang;
  recognition.interimResults = true;
  recognition.onresult = (event) => onText(Array.from(event.results, (result) => result[0].transcript).join(""));
  recognition.onend = onEnd;
  recognition.onerror = onEnd;
  recognition.start();
  return () => recognition.stop();
}

export function speak(text, lang) {
  const said = new SpeechSynthesisUtterance(text);
  said.lang = lang;
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}
