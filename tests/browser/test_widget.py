"""The widget as a customer meets it."""

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

QUESTION = "반품하려면 며칠 안에 신청해야 해요?"
MANUAL = "전자상거래법에서 청약철회는 며칠 이내에 할 수 있어?"
NOBODY_KNOWS = "내일 서울 날씨 알려줘"


def opened(page, site):
    page.goto(site)
    page.get_by_role("button", name="상담 열기").click()
    return page.get_by_role("textbox")


def replies(page):
    return page.locator(".message.bot .bubble, .message.agent .bubble")


def ask(page, text):
    before = replies(page).count()
    page.get_by_role("textbox").fill(text)
    page.get_by_role("textbox").press("Enter")
    replies(page).nth(before).wait_for()
    return replies(page).nth(before)


def test_a_question_is_answered_and_enter_sends(page, site, shot):
    opened(page, site)
    answer = ask(page, QUESTION)
    assert "7일" in answer.inner_text()
    assert "출처" in answer.inner_text()
    assert page.get_by_role("textbox").input_value() == ""
    shot(page, "answer")


def test_a_choice_a_source_and_a_thumb(page, site, shot):
    opened(page, site)
    answer = ask(page, MANUAL)
    answer.locator("summary").click()
    assert answer.locator("mark").inner_text() in answer.locator("blockquote").inner_text()
    mark, log = answer.locator("mark").bounding_box(), page.get_by_role("log").bounding_box()
    assert log["y"] <= mark["y"] and mark["y"] + mark["height"] <= log["y"] + log["height"]  # however long the sentence is
    shot(page, "source")
    with page.context.expect_page() as document:
        answer.get_by_role("link", name="문서에서 보기").click()
    place = document.value.locator("mark#here")
    place.wait_for()
    assert place.bounding_box()["y"] < 760
    shot(document.value, "document")
    document.value.close()
    thumb = page.get_by_role("button", name="도움이 안 됐어요").last
    thumb.click()
    page.locator('[aria-label="도움이 안 됐어요"][aria-pressed="true"]').wait_for()
    ask(page, NOBODY_KNOWS)
    before = replies(page).count()
    page.get_by_role("group", name="고를 수 있는 답").get_by_role("button").last.click()
    replies(page).nth(before).wait_for()


def test_the_conversation_outlives_a_reload_until_it_is_ended(page, site):
    opened(page, site)
    ask(page, QUESTION)
    page.reload()
    page.locator(".message.customer", has_text=QUESTION).wait_for()
    assert page.locator(".message.customer").count() == 1
    ask(page, "고마워요")
    page.get_by_role("button", name="대화 끝내기").click()
    page.get_by_role("button", name="끝내기", exact=True).click()
    page.locator(".message.customer").first.wait_for(state="detached")
    page.reload()
    page.get_by_role("textbox").wait_for()
    assert page.locator(".message.customer").count() == 0


def test_enter_while_composing_sends_nothing_and_no_syllable_is_lost(page, site):
    """Chromium's own composition, as an input method drives it."""
    opened(page, site).focus()
    devtools = page.context.new_cdp_session(page)

    def composing(text):
        devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})

    def enter(code):
        for kind in ("rawKeyDown", "keyUp"):
            key = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
            devtools.send("Input.dispatchKeyEvent", key)

    page.keyboard.insert_text("반")
    for step in ("ㅍ", "푸", "품"):
        composing(step)
    assert page.get_by_role("textbox").input_value() == "반품"
    enter(229)  # what the input method takes for itself
    page.wait_for_timeout(300)
    assert page.locator(".message.customer").count() == 0
    assert page.get_by_role("textbox").input_value() == "반품"
    devtools.send("Input.insertText", {"text": "품"})
    page.get_by_role("textbox").press("Enter")
    page.locator(".message.customer", has_text="반품").wait_for()
    assert page.locator(".message.customer").count() == 1
    assert page.get_by_role("textbox").input_value() == ""


def test_the_button_sends_the_syllable_that_is_being_composed(page, site):
    opened(page, site).focus()
    devtools = page.context.new_cdp_session(page)
    page.keyboard.insert_text("환")
    devtools.send("Input.imeSetComposition", {"text": "불", "selectionStart": 1, "selectionEnd": 1})
    page.get_by_role("button", name="보내기", exact=True).click()
    page.locator(".message.customer .text", has_text=re.compile("^환불$")).wait_for()
    page.wait_for_timeout(300)
    assert page.get_by_role("textbox").input_value() == ""


def test_ten_seconds_without_a_network_lose_and_double_nothing(page, site, shot):
    opened(page, site)
    ask(page, "안녕하세요")
    page.context.set_offline(True)
    page.get_by_role("textbox").fill(QUESTION)
    page.get_by_role("textbox").press("Enter")
    page.locator(".message.pending", has_text=QUESTION).wait_for()
    page.wait_for_timeout(10_000)
    page.context.set_offline(False)
    page.locator(".message.bot", has_text="7일").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".message.pending").count() == 0
    assert page.locator(".message.customer", has_text=QUESTION).count() == 1
    assert page.locator(".message.bot", has_text="7일").count() == 1


def test_two_tabs_show_one_conversation(page, site):
    opened(page, site)
    ask(page, "안녕하세요")
    other = page.context.new_page()
    other.goto(site)
    other.get_by_role("button", name=re.compile("^상담 열기")).click()
    other.locator(".message.customer", has_text="안녕하세요").wait_for()
    ask(other, QUESTION)
    page.locator(".message.bot", has_text="7일").wait_for()
    texts = [[*tab.locator(".message .text").all_inner_texts()] for tab in (page, other)]
    assert texts[0] == texts[1]


def test_what_came_while_it_was_closed_is_counted(page, site):
    opened(page, site)
    page.get_by_role("textbox").fill(QUESTION)
    page.get_by_role("textbox").press("Enter")
    page.keyboard.press("Escape")
    launcher = page.get_by_role("button", name=re.compile("읽지 않은 메시지 1개"))
    launcher.wait_for()
    launcher.click()
    page.get_by_role("button", name="상담 닫기").click()
    page.get_by_role("button", name="상담 열기", exact=True).wait_for()


def test_on_a_phone_it_fills_the_window(browser, site, shot):
    context = browser.new_context(
        viewport={"width": 390, "height": 700}, is_mobile=True, has_touch=True, device_scale_factor=2, locale="ko-KR"
    )
    page = context.new_page()
    opened(page, site)
    ask(page, QUESTION)
    box = page.get_by_role("dialog").bounding_box()
    assert (round(box["x"]), round(box["width"]), round(box["height"])) == (0, 390, 700)
    shot(page, "phone")
    context.close()


def test_with_a_phone_s_keyboard_open_box_and_last_answer_are_seen(browser, site, shot):
    """Android makes the window smaller; iOS lays the keyboard over it and says so by `visualViewport`, a stand-in here."""
    context = browser.new_context(viewport={"width": 390, "height": 700}, is_mobile=True, has_touch=True, locale="ko-KR")
    page = context.new_page()
    opened(page, site)
    answer = ask(page, QUESTION)
    page.set_viewport_size({"width": 390, "height": 380})
    page.wait_for_timeout(300)
    shot(page, "phone-keyboard")
    box, last = page.get_by_role("textbox").bounding_box(), answer.bounding_box()
    assert box["y"] + box["height"] <= 380 and last["y"] + last["height"] <= box["y"] and last["y"] > 0
    page.set_viewport_size({"width": 390, "height": 700})
    page.evaluate("""() => {
        for (const [name, value] of [['height', 380], ['offsetTop', 40]])
            Object.defineProperty(visualViewport, name, { configurable: true, get: () => value });
        visualViewport.dispatchEvent(new Event('resize'));
    }""")
    panel = page.get_by_role("dialog").bounding_box()
    assert (round(panel["y"]), round(panel["height"])) == (40, 380)
    context.close()


def test_dark_where_the_customer_s_device_is(browser, site, shot):
    context = browser.new_context(color_scheme="dark", locale="ko-KR", viewport={"width": 900, "height": 700})
    page = context.new_page()
    opened(page, site)
    ask(page, QUESTION)
    colour = page.get_by_role("dialog").evaluate("(panel) => getComputedStyle(panel).backgroundColor")
    assert colour == "rgb(24, 28, 36)"
    shot(page, "dark")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, site, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, locale="ko-KR")
    page = context.new_page()
    opened(page, site)
    answer = ask(page, MANUAL)
    answer.locator("summary").click()
    ask(page, NOBODY_KNOWS)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


STRICT = (
    "default-src 'none'; script-src {site}; connect-src {site}; style-src 'none'; img-src 'none'; "
    "trusted-types 'none'; require-trusted-types-for 'script'"
)
DRESSED = (
    'data-title="꽃집 상담" data-greeting="어서 오세요" data-placeholder="꽃 이름을 적어 주세요" '
    "data-color=#7a1fa2 data-position=left data-theme=dark data-lang=ko data-open"
)
OTHERS_STYLE = "button, div, p, textarea, h2 { color: rgb(255, 0, 0) !important; font-size: 40px !important }"


@pytest.fixture
def strict_site(site, strict_port):
    """A page of another site with a strict policy, and styles of its own in the way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            style = self.path == "/style"
            head = f"<style>{OTHERS_STYLE}</style>" if style else ""
            attributes = {"/style": "", "/dressed": DRESSED}.get(self.path, "data-color=#ffd400")
            script = f"<script src='{site}/widget.js' {attributes}></script>"
            body = f"<!doctype html><html lang='en'><title>t</title>{head}<p id='own'>own</p>{script}"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if not style:
                self.send_header("Content-Security-Policy", STRICT.format(site=site))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", strict_port), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{strict_port}"
        server.shutdown()


def test_a_page_with_a_strict_policy_of_another_site(page, strict_site):
    refused = []
    page.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)
    page.goto(strict_site)
    page.get_by_role("button", name="Open chat").click()
    assert "7일" in ask(page, QUESTION).inner_text()
    launcher = page.locator("header").evaluate("(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]")
    assert launcher == ["rgb(255, 212, 0)", "rgb(0, 0, 0)"]
    assert [text for text in refused if "favicon" not in text and "404" not in text] == []


def test_styles_leak_neither_in_nor_out(page, strict_site):
    page.goto(f"{strict_site}/style")
    page.get_by_role("button", name="Open chat").click()
    title = page.locator(".panel h2").evaluate("(one) => [getComputedStyle(one).color, getComputedStyle(one).fontSize]")
    assert title[0] != "rgb(255, 0, 0)" and title[1] == "16px"
    own = page.locator("#own").evaluate("(one) => [getComputedStyle(one).color, getComputedStyle(one).fontSize]")
    assert own == ["rgb(255, 0, 0)", "40px"]


def test_texts_and_colours_by_attributes(page, strict_site, shot):
    page.goto(f"{strict_site}/dressed")
    panel = page.get_by_role("dialog", name="꽃집 상담")
    panel.wait_for()  # data-open
    assert page.get_by_role("heading", name="꽃집 상담").count() == 1
    assert page.locator(".message.bot .text").first.inner_text() == "어서 오세요"
    assert page.get_by_role("textbox", name="꽃 이름을 적어 주세요").get_attribute("placeholder") == "꽃 이름을 적어 주세요"
    header = page.locator("header").evaluate("(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]")
    assert header == ["rgb(122, 31, 162)", "rgb(255, 255, 255)"]
    assert panel.evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(24, 28, 36)"
    assert panel.bounding_box()["x"] == 20
    page.get_by_role("button", name="상담 닫기").wait_for()  # Korean on a page in English
    shot(page, "dressed")


def test_the_interface_is_english_where_the_page_is(page, strict_site):
    page.goto(strict_site)
    page.get_by_role("button", name="Open chat").click()
    ask(page, QUESTION)
    names = page.get_by_role("button").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label') || one.innerText)")
    assert {"Close chat", "End conversation", "Send", "Helpful", "Not helpful"} <= set(names)
    assert [name for name in names if re.search("[가-힣]", name)] == []


def test_the_conversation_goes_on_on_another_page(page, strict_site):
    page.goto(strict_site)
    page.get_by_role("button", name="Open chat").click()
    ask(page, QUESTION)
    page.goto(f"{strict_site}/another")
    page.locator(".message.customer", has_text=QUESTION).wait_for()
    page.locator(".message.bot", has_text="7일").wait_for()
    assert page.locator(".message.customer").count() == 1


def test_with_the_keyboard_only(page, site):
    page.goto(site)
    inner = "let one = document.activeElement; while (one.shadowRoot) one = one.shadowRoot.activeElement;"
    focused, is_focused = f"() => {{ {inner} return one.ariaLabel; }}", f"(name) => {{ {inner} return one.ariaLabel === name; }}"
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "상담 열기":
            break
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.wait_for_function(is_focused, arg="메시지를 적어 주세요")
    page.keyboard.insert_text(NOBODY_KNOWS)
    page.keyboard.press("Enter")
    page.get_by_role("group", name="고를 수 있는 답").wait_for()
    page.keyboard.press("Shift+Tab")  # the choices stand right before the box
    chosen = page.evaluate(focused.replace("ariaLabel", "innerText"))
    before = replies(page).count()
    page.keyboard.press("Enter")
    page.locator(".message.customer", has_text=chosen).wait_for()
    replies(page).nth(before).wait_for()
    page.get_by_role("textbox").focus()
    page.keyboard.press("Escape")
    page.wait_for_function(is_focused, arg="상담 열기")


def test_while_the_bot_thinks_the_customer_sees_it_write(page, site):
    opened(page, site)
    page.evaluate("""() => {
        const root = document.querySelector('daedap-chat').shadowRoot;
        globalThis.typed = [];
        new MutationObserver(() => typed.push(!!root.querySelector('.typing'))).observe(root, { childList: true, subtree: true });
    }""")
    ask(page, MANUAL)
    page.locator(".typing").wait_for(state="detached")
    assert page.evaluate("typed.includes(true)")


def test_where_streams_do_not_pass_it_asks_again_and_again(page, site):
    page.route("**/chat/events*", lambda route: route.abort())
    opened(page, site)
    assert "7일" in ask(page, QUESTION).inner_text()
