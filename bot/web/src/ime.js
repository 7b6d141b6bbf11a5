// Enter sends only where no syllable is being composed. Chrome and Firefox say so by isComposing; Safari ends the
// composition first and then reports the same Enter with keyCode 229.
export const isSending = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
