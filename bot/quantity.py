"""What kind of answer a question asks for, told by its question word: 며칠, 몇 도, 얼마, 언제, 누구.

A sentence or span without such a quantity, time or person seldom answers it. Everything else expects
nothing in particular.
"""

from __future__ import annotations

import re

_NUMBER = r"(?:\d[\d,.]*\s*[~∼-]?\s*|[일이삼사오육칠팔구십백천만]+\s*|하루|이틀|사흘|한\s?|두\s?|세\s?|네\s?|다섯\s?|첫\s?)"
_MONEY = r"(?:\d[\d,.]*\s*(?:[십백천만억]+\s*)?원|\d\s*%|100분의|무료|무상|유상)"
_LENGTH = r"\d[\d,.]*\s*(?:mm|cm|m|km|밀리미터|센티미터|미터|센티)(?![a-zA-Z])"
_DURATION = r"(?:\d[\d,.]*\s*(?:영업일|일|주|개월|달|년|시간|분|초)|하루|이틀|사흘|당일|다음\s*날|\d+회|한\s?번)"
_COUNTERS = {
    "도": "(?:도|℃)",
    "키로": "(?:kg|킬로그램)",
    "킬로": "(?:kg|킬로그램|km)",
    "센티": "(?:cm|센티미터)",
    "미리": "(?:mm|밀리미터|mL|ml)",
    "미터": "(?:m|미터)",
    "리터": "(?:L|리터|mL)",
    "퍼센트": "(?:%|퍼센트|분의)",
    "프로": "(?:%|퍼센트|분의)",
    "달": "(?:달|개월)",
    "개월": "(?:달|개월)",
    "번": "(?:번|회)",
    "회": "(?:번|회)",
    "시": "(?:시(?!간)|:)",
    "군데": "(?:군데|곳|개)",
    "곳": "(?:곳|군데|개)",
    "데시벨": "(?:dB|데시벨)",
    "와트": "(?:W|kW|와트)",
    "볼트": "(?:V|볼트)",
    "암페어": "(?:A|암페어)",
    "인치": '(?:인치|")',
    "살": "(?:살|세)",
    "세": "(?:살|세)",
    "분": "(?:분(?!의))",
    "자리": "(?:자리|자)",
    "글자": "(?:글자|자)",
    "가지": "(?:가지|종류|개)",
    "단계": "(?:단계|단)",
}
_LISTED = (
    "시간|개월|미터|센티|미리|키로|킬로|리터|퍼센트|프로|데시벨|와트|볼트|암페어|인치|등급|군데|글자|자리|가지|단계|번째|kWh|kg|cm|mm|mL|"
    "분|초|달|주|년|회|번|개|장|도|원|명|대|시|살|세|층|배|평|곳|점|권|칸|박|마리|포인트|조각|컵|잔|병|팩|매"
)
_HOW_MANY = re.compile(rf"몇\s*({_LISTED})", re.IGNORECASE)
_WORDS = (
    (re.compile(r"며칠|몇\s*일"), r"(?:\d[\d,.]*\s*(?:영업일|일|주|개월|달|년|시간)|하루|이틀|사흘|당일|다음\s*날)"),
    (re.compile(r"얼마나\s*(?:걸|기다|오래|자주|있다|있어야|지나|쓰고|쓸\s*수|가요|더\s*기다|뒤|후|동안|됐|돼야)|얼마\s*(?:동안|만에|뒤|후)"), _DURATION),
    (re.compile(r"(?:높이|높낮이|너비|폭|길이|간격|거리|두께|크기|얼마나\s*(?:떼|띄|떨어|높|길|넓|멀|비워)).{0,12}얼마|얼마나\s*(?:떼|띄|떨어|높|길|넓|멀)"), _LENGTH),
    (
        re.compile(
            r"(?:값|가격|비용|금액|돈|요금|수수료|출장비|배송비|설치비|이자|벌금|과태료|과징금|보험료|회비|수강료|위약금|렌탈).{0,14}얼마"
            r"|얼마(?:를|씩|쯤|나|까지)?\s*(?:내|물|받|들|나와|나오|돌려|쳐|줘|주|예요|에요|인가요|이에요|야\b|임\b|죠|지요|입니까)|얼마\s*\??$"
        ),
        _MONEY,
    ),
    (re.compile(r"몇\s|얼마"), r"\d"),
    (
        re.compile(r"언제"),
        r"(?:\d|하루|이틀|당일|다음\s*날|[아침저녁새벽밤낮]\s|즉시|바로|지체\s*없이|날부터|때에?|전에|뒤에?|후에?|이후|동안|마다|이내)",
    ),
)
_SIDES = re.compile(r"가로\s*세로|가로와|가로,")
_WIDTHS = r"\d[\d,.]*\s*(?:mm|cm|m)?\s*[×x*]"
_WHO = re.compile(r"누구|누가|누굴|누군")
_PERSON = (
    r"(?:(?<!주식)회사|고객|기사|사람|부모|가족|보호자|본인|위원회|기관|센터|정부|장관|청장|시장|군수|법원|단체|조합|업체|공단|제조사|직원|회원|주인"
    r"|[가-힣](?:(?<!전)자|인|(?<!식회)사|원|님))(?=[이가은는을를의에와과도만께로,.)\s]|$)"
)


def expected_quantity(question: str) -> re.Pattern[str] | None:
    """A pattern that an answer to `question` should hold; None where no quantity is asked for."""
    for words, pattern in _WORDS[:1]:
        if words.search(question):
            return re.compile(pattern)
    counted = _HOW_MANY.search(question)
    if counted:
        counter = counted.group(1).lower()
        return re.compile(_NUMBER + _COUNTERS.get(counter, re.escape(counter)), re.IGNORECASE)
    for words, pattern in _WORDS[1:]:
        if words.search(question):
            return re.compile(pattern)
    if _SIDES.search(question):
        return re.compile(_WIDTHS)
    return re.compile(_PERSON) if _WHO.search(question) else None


def without_counter(question: str) -> str:
    """The question with 얼마 for 몇 and its counter, which say what kind of answer is asked for."""
    return _HOW_MANY.sub("얼마", question)


def lacks(expected: re.Pattern[str] | None, text: str) -> bool:
    """Whether a quantity is expected and `text` holds none of its kind."""
    return expected is not None and not expected.search(text)


_GLUED = re.compile(r"[0-9A-Za-z.\-]+$")
_MORE = re.compile(r"\s?\d+\s?(?:시간|개월|분|초|일|주|원)")


def whole_quantity(text: str, start: int, end: int) -> tuple[int, int]:
    """`[start, end)` made to begin with its word and to end with its quantity.

    A span that begins inside a Latin word or number begins with it instead, and one that ends with the
    first half of a duration (1시간 of 1시간 5분) takes the second in.
    """
    if start < end and text[start].isascii() and text[start].isalnum():
        glued = _GLUED.search(text, max(0, start - 20), start)
        start = glued.start() if glued else start
    if re.search(r"\d\s?(?:년|개월|주|일|시간|분)$", text[start:end]):
        more = _MORE.match(text, end)
        end = more.end() if more else end
    return start, end
