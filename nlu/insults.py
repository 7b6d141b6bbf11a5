"""Insults in a message: curses however they are spelt, and harsh words thrown at somebody.

Curses (시발, ㅅㅂ) count wherever they stand, also masked (시1발, 개.새.끼), spelt apart (ㅅ ㅂ, 병 신) or typed with the
keyboard in Latin letters (tlqkf). Harsh words that have another use (멍청하다, 쓰레기, 꺼지다, 밥통) count only where they
are aimed at someone: the bot, a clerk, the company, "you". Words that merely hold a curse (시발점, 혹시 벌써,
병 신고, 새끼손가락, 18만 원) do not count, nor does scolding oneself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nlu.keyboard import from_latin_layout
from nlu.normalize import normalize


class Insult(NamedTuple):
    """Whether a message insults, and by which words (as spelt there, signs and digits dropped)."""

    found: bool
    words: tuple[str, ...] = ()


def _pattern(*parts: str) -> re.Pattern[str]:
    """One of `parts`; a blank in a part stands for a blank or nothing."""
    return re.compile("|".join(part.replace(" ", r"\s?") for part in parts))


_BEGINS = "(?<![가-힣])"
_ENDS = "(?![가-힣])"
_ANIMALS = "강아지|고양이|송아지|말|돼지|곰|토끼|물고기|열대어|햄스터|거북이|동물|짐승|병아리"
_INNOCENT = _pattern(
    "시발(?:점|역|자동차|송|표|급|행|생|견|매|주)", "시벌써", "씨빨리", "출발", "지랄탄", "십팔만",
    "쓰레기 ?(?:통|봉투|수거|버|배출|분리|처리|장)", "음식물쓰레기", "쓰레기를? 버", "걸레질", "미친 듯이", "미치도록",
    "바보상자", "좆대로", "[발수]신", f"(?:{_ANIMALS}) 새끼(?!들아|야)", "새끼 ?(?:손|발|고양|강아|돼지|줄|꼬)",
    "병신(?:고|년도|청)", "질병신", "등신(?:대|청|고|호|발)", "존나비", "쌍화", "돌대가리풍뎅이",
)  # fmt: skip
_CURSES = _pattern(
    # 시발 and its kin; 혹시, 날씨, 아저씨 and the like before it make it two innocent words
    "(?<![혹다역즉접택전임동일몇가수표제게감또])[시쉬슈싀쒸쓔]이?[발빨벌팔펄](?!려|송|표|급|행|생|써|견|매)",
    "(?<![저가날글솜말불맘박마])[씨쓰]{1,4}이?[발빨벌팔펄](?!려|송|표|급|행|생|써|견|매)", f"{_BEGINS}[시씨쓰싀쒸][바파]{_ENDS}",
    "[ㅅㅆ]{1,4}[ㅂㅃ]", "ㅅㅣ발", "시ㅂㅏㄹ", "[시씨]ㅂ", "ㅆㅣ발", f"{_BEGINS}[sc]발", "씹(?:새|할|놈|년|창)", "십[새]끼",
    # 병신, 새끼
    "[병븅빙][신싄쉰딱]", "ㅂㅅ", "ㅄ", "개[새색세쉐섀][끼키기ㄲ]", "개쉐이", "[새쉐섀][끼키]", "색끼", "색히[야들]", "쉑",
    "[ㅅㅆ]ㄲ", "ㅅㅋ야", "개자식", "자식들아", "이자식", "개놈", "호로[새자]", "후레자식",
    # the other curses
    "[지ㅈ][랄럴롤]", "ㅈㄹ", "[좆좇]", "ㅈ같", f"{_BEGINS}[조좃]까(?!지)", f"{_BEGINS}(?:개|좀)?존[나내]", "졸라짜", "ㅈㄴ",
    "쌍[놈년]", "썅", "엿 [먹머]", f"{_BEGINS}[상]?등신", "머저리", "찐따", "또라이", "똘아이", "돌아이", "[돌빡닭]대가리",
    "대가리[가를]? (?:비|박|깨|빠|나쁘)", "니 대가리", "골 ?빈 [놈년것사]", "모지리", "멍텅구리", "쪼다", "염병하", "육갑",
    "우라질", "빌어먹을",
    # at parents, at persons
    "[니느][애에][미비]", "니 (?:엄마|애비)", "느금", "느그[애엄]",
    "(?:미친|ㅁㅊ) (?:놈|년|새|것|넘|ㄴ|회사|챗?봇|기사|직원|상담원)", "정신병자", "[이그저]년[아이들]",
    "[이그저]놈[아이의들]", "놈들아", "년들", "사기꾼(?:[들새아이]|같| 회사)", "도둑놈(?:[들아이]|같| 회사)",
    "날강도(?:[들야]|같)", "양아치(?:[들야새냐]|같| 회사)", "망할 (?:놈|년|것|회사|챗?봇)", "쓰레기 같은 [것놈회새봇인]",
    "쓰레기[새들]", "ㅆㄹㄱ", "양심도 없는 (?:것|놈|회사|인간)", "개같[은이네]", "개떡 ?같", "개소리", "개수작", "개돼지",
    # be gone, be silent, die
    "뒈[져지]", f"{_BEGINS}[뒤디]져라", "나가 ?(?:죽|뒤져)", "죽어버려라?", "(?:너|니|나가) ?죽어라", "^죽어라?$", "닥[쳐치]",
    "ㄷㅊ", "아가리[를나]? [닥닫놀찢]", "주둥[이아][를나]? [닥닫놀찢함]", "눈깔", "[미돌]쳤냐", f"{_BEGINS}돌았냐",
    "뇌[가는]? [있없]냐", "fuck", r"f[\W_]+c?k", "shit", "bitch", "asshole", "idiot", "stupid", "moron",
)  # fmt: skip
_HARSH = _pattern(
    "멍청", "바보", "쓰레기", "한심", "무식", "무능", "꺼져", "꺼지", "깡통", "고물", "고철", "밥통", "모자란", "덜떨어",
    "재수없", "역겨", "못배운", "싸가지", "쓸모없는", "밥버러지", "꼴통", "얼간이", "머리나쁜", "머리가나쁘", "머리없",
    "뇌가없", "생각이?없", "버러지", "벌레", "멍충", "띨[빵띨]", "구제불능", "월급도둑", "무뇌", "뻔뻔",
)  # fmt: skip
_TARGET = _pattern(
    "너[는희네도를가야한]?", "넌|널", "네가|니가|니들", "당신", "챗?봇(?!청소)", "기계주제", "로봇아", "상담[원사]", "직원",
    "기사", "회사", "인간", "사장", "책임자", "놈", "것들", "이것이", "주제", "야$", "냐", "들아|들$", "이야", "같은",
    "아$|니$", "이네$", "구나", "네요?$", "멍청이$", "덩어리$",
)  # fmt: skip
_SELF = _pattern("제가|내가", "저는|나는", "저도|나도", "저의", "제실수|내실수", "같이제|처럼제")
_DISMISSED = re.compile(
    "^(?:아|야|좀|그냥|이제|당장|됐고|됐으니까|넌|너|봇아|챗봇아|진짜)*(?:꺼져(?:라|버려|줘|주세요)?|꺼지라고|ㄲㅈ)(?:그냥|좀|제발|이제|당장|요)?[ㅋㅡ]*$"
)
_FINGER = re.compile(r"(?<![ㅏ-ㅣ])ㅗ{2,}(?![ㅏ-ㅣ])")
_EIGHT = re.compile(r"(?<![가-힣\d])([시씨])8(?![\d분])")
_EIGHTEEN = re.compile(r"(?<![\d.,:\-])18(?=\s*(?:[놈색새]|년[아이들]|아\b))")


def find_insult(text: str) -> Insult:
    """The insult in `text`, if there is one."""
    words = _INNOCENT.sub("_", _words(text))
    curses = [found.group() for found in (*_CURSES.finditer(words), *_FINGER.finditer(words))]
    if curses:
        return Insult(True, tuple(dict.fromkeys(curses)))
    squeezed = words.replace(" ", "")
    if _DISMISSED.match(squeezed):
        return Insult(True, ("꺼져",))
    harsh = [word for word in _HARSH.findall(squeezed) if not word.startswith("꺼")]
    if harsh and _TARGET.search(squeezed) and not _SELF.search(squeezed):
        return Insult(True, tuple(dict.fromkeys(harsh)))
    return Insult(False)


def _words(text: str) -> str:
    """The letters of `text` in lower case, its words parted by one blank, those spelt apart (ㅅ ㅂ) put together."""
    text = normalize(text).text.lower()
    text = _EIGHT.sub(r"\1팔", _EIGHTEEN.sub("시발", from_latin_layout(text) or text))
    words: list[str] = []
    singles = 0  # so many words of one letter came before
    for token in text.split():
        single = len(token) == 1 and "ㄱ" <= token <= "힣"
        word = token if token.isascii() else "".join(filter(_is_letter, token))
        if (single and singles) or (singles > 1 and len(word) == 2):
            words[-1] += word
        elif word:
            words.append(word)
        singles = singles + 1 if single else 0
    return " ".join(words)


def _is_letter(character: str) -> bool:
    return "가" <= character <= "힣" or "ㄱ" <= character <= "ㅣ" or (character.isascii() and character.isalpha())
