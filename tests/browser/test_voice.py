"""Voice in and out.

A test machine has no microphone, and Chromium's recognition asks a server of Google's: so the constructor is a stand-in
here, in the browser's own place, and says what a microphone would have heard. The voice is Chromium's own
`speechSynthesis`; what it is given to say is noted, since nobody listens.
"""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EARS = """
class Recognition {
  constructor() { globalThis.ears = this; this.state = "new"; }
  start() { if (globalThis.earsRefuse) throw new DOMException("no"); this.state = "listening"; }
  stop() { this.state = "stopped"; this.onend?.(); }
  abort() { this.state = "aborted"; this.onend?.(); }
  hears(...parts) { this.onresult?.({ results: parts.map((transcript) => [{ transcript }]) }); }
  fails(error) { this.onerror?.({ error }); this.onend?.(); }
}
globalThis.SpeechRecognition = globalThis.webkitSpeechRecognition = Recognition;
"""
VOICE = """
globalThis.spoken = [];
globalThis.hushed = 0;
const speak = speechSynthesis.speak.bind(speechSynthesis), cancel = speechSynthesis.cancel.bind(speechSynthesis);
speechSynthesis.speak = (one) => { spoken.push([one.lang, one.text]); speak(one); };
speechSynthesis.cancel = () => { hushed++; cancel(); };
"""
NEITHER = "for (const name of ['SpeechRecognition', 'webkitSpeechRecognition', 'speechSynthesis']) delete globalThis[name];"


def opened(page, site):
    page.goto(site)
    page.get_by_role("button", name="상담 열기").click()
    return page.get_by_role("textbox")


def customer(page):
    return page.locator(".message.customer .text")


def test_what_is_heard_waits_in_the_box_until_the_customer_sends_it(page, site, shot):
    page.add_init_script(EARS)
    box = opened(page, site)
    box.fill("반품은")
    page.get_by_role("button", name="말로 적기").click()
    assert page.evaluate("[ears.lang, ears.interimResults, ears.state]") == ["ko-KR", True, "listening"]
    page.get_by_role("button", name="듣고 있어요").wait_for()
    page.evaluate("ears.hears('며칠')")
    assert box.input_value() == "반품은 며칠"
    shot(page, "listening")
    page.evaluate("ears.hears('며칠 안에', ' 해야 해요')")
    assert box.input_value() == "반품은 며칠 안에 해야 해요"
    page.get_by_role("button", name="듣고 있어요").click()
    page.get_by_role("button", name="말로 적기").wait_for()
    page.wait_for_timeout(300)
    assert customer(page).count() == 0
    box.press("End")
    box.press_sequentially("?")
    box.press("Enter")
    page.locator(".message.bot", has_text="7일").wait_for()
    assert customer(page).all_inner_texts() == ["반품은 며칠 안에 해야 해요?"]


def test_what_is_heard_after_sending_belongs_to_no_message(page, site):
    page.add_init_script(EARS)
    box = opened(page, site)
    page.get_by_role("button", name="말로 적기").click()
    page.evaluate("ears.hears('안녕하세요')")
    box.press("Enter")
    customer(page).first.wait_for()
    assert page.evaluate("ears.state") == "aborted"
    page.evaluate("ears.hears('안녕하세요 반가워요')")
    assert box.input_value() == ""
    page.get_by_role("button", name="말로 적기").click()
    page.get_by_role("button", name="상담 닫기").click()
    assert page.evaluate("ears.state") == "aborted"  # a closed chat does not listen


@pytest.mark.parametrize("refusal", ["earsRefuse = true", None])
def test_without_a_microphone_the_customer_is_told_why(page, site, refusal):
    page.add_init_script(EARS + (refusal or ""))
    opened(page, site)
    page.get_by_role("button", name="말로 적기").click()
    if refusal is None:
        page.evaluate("ears.fails('not-allowed')")
    assert "마이크를 허용" in page.get_by_role("alert").inner_text()
    page.get_by_role("button", name="말로 적기").wait_for()


def test_answers_are_read_aloud_where_the_customer_wants_it(page, site):
    page.add_init_script(VOICE)
    box = opened(page, site)

    def ask(text):
        before = page.locator(".message.bot").count()
        box.fill(text)
        box.press("Enter")
        page.locator(".message.bot").nth(before).wait_for()
        return page.locator(".message.bot .text").nth(before).inner_text()

    ask("안녕하세요")
    assert page.evaluate("spoken") == []
    page.get_by_role("button", name="답을 소리로 듣기").click()
    answer = ask("반품하려면 며칠 안에 신청해야 해요?")
    assert "7일" in answer
    page.wait_for_function("() => spoken.length > 0")
    page.wait_for_timeout(300)
    assert page.evaluate("spoken.filter(([lang]) => lang !== 'ko-KR')") == []
    assert " ".join(page.evaluate("spoken.map(([, text]) => text)")[0].split()) == " ".join(answer.split())
    said, hushed = page.evaluate("[spoken.length, hushed]")
    assert said == page.locator(".message.bot .text").count() - 2  # nothing of what stood there before, each once
    page.get_by_role("button", name="답을 소리로 듣기").click()
    assert page.evaluate("hushed") == hushed + 1
    ask("고마워요")
    page.wait_for_timeout(300)
    assert page.evaluate("spoken.length") == said


def test_where_the_browser_offers_no_voice_there_are_no_buttons_for_it(page, site):
    page.add_init_script(NEITHER)
    opened(page, site)
    page.get_by_role("button", name="보내기").wait_for()
    assert page.get_by_role("button", name="말로 적기").count() == 0
    assert page.get_by_role("button", name="답을 소리로 듣기").count() == 0
