"""Insults in a message: curses however they are spelt, and harsh words thrown at somebody.

Curses (시발, ㅅㅂ, 씨1발, 병 신) count wherever they stand. Harsh words that have another use (멍청하다,
쓰레기, 꺼지다, 미치다) count only where they are aimed at someone: the bot, a clerk, the company, "you".
Words that merely contain a curse (시발점, 새끼손가락, 18만 원) do not count, nor does scolding oneself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nlu.normalize import normalize


class Insult(NamedTuple):
    """Whether a message insults, and by which words (as spelt there, spaces and signs dropped)."""

    found: bool
    words: tuple[str, ...] = ()


_INNOCENT = re.compile(
    "시발점|시발역|시발자동차|출발|개시발표|다시발|시발송|시발표|시발급|시발행|시발생|새끼손|새끼발|새끼고양|새끼강아|새끼줄|"
    "병신년|지랄탄|십팔만|물걸레|걸레질|쓰레기통|쓰레기봉투|쓰레기수거|쓰레기버|쓰레기를?버|쓰레기배출|쓰레기분리|음식물쓰레기|"
    "미친듯이좋|미치도록좋|바보상자|좆대로|발신|수신|졸업|신새끼"
)
_CURSES = re.compile(
    "씨+[이]?[발빨벌팔펄]|시[이]?[발빨벌팔펄](?!려|송|표|급|행|생)|쉬발|슈발|쓰발|싀발|ㅅ+ㅂ+|ㅆ+ㅂ+|ㅅㅣ발|시ㅂㅏㄹ|씨ㅂ|ㅆㅣ발|씹[새할]|십[새]끼|"
    "[병븅빙벼]+[신싄쉰]|ㅂㅅ|ㅄ|개[새색세쉐섀][끼키기]|[새쉐섀][끼키]|색끼|색히[야들]|쉑|ㅅㄲ|ㅅㅋ야|개자식|자식들아|이자식|"
    "지[랄럴롤]|ㅈㄹ|좆|좇|ㅈ같|존[나내]|졸라짜|ㅈㄴ|[쌍썅][놈년]?|[썅]|엿[먹머]|등신|머저리|찐따|또라이|똘아이|돌아이|돌대가리|"
    "호로[새자]|후레자식|[니느][애에]미|느금|느그[애엄]|미친[놈년새것넘]|미친(?:회사|챗?봇|기사|직원|상담원)|정신병자|"
    "[이그저]년[아이들]|[이그저]놈[아이의들]|놈들아|년들|사기꾼[들새아]|양아치|쓰레기같은[것놈회새봇]|쓰레기[새들]|뒈[져지]|뒤져라|"
    "죽여버|죽어(?:라|버려)|주둥[이아]|아가리|대가리|닥[쳐치]|ㄷㅊ|개같[은이네]|개떡같|개소리|개수작|개돼지|빡대가리|fuck|shit|bitch|asshole"
)
_HARSH = re.compile(
    "멍청(?:[한이아]|하[네냐구군다]|해)|바보|쓰레기|한심|무식|무능|꺼져|꺼지|깡통|고물|모자란|덜떨어|재수없|역겨|못배운|싸가지|쓸모없는|밥버러지|"
    "꼴통|얼간이|머리나쁜|머리가나쁘|머리없|뇌가없|생각없|버러지|벌레|돌머리|닭대가리|멍충|띨[빵띨]|구제불능|월급도둑|무뇌"
)
_TARGET = re.compile(
    "너[는희네도를가야한]?|넌|널|네가|니가|니들|너희|당신|챗?봇(?!청소)|기계주제|로봇아|상담[원사]|직원|기사|회사|인간|사장|책임자|놈|것들|이것이|주제|야$|냐|들아|이야|같은|"
    "아$|니$|이네$|구나|네요?$"
)
_SELF = re.compile("제가|내가|저는|나는|저도|나도|저의|제실수|내실수|같이제|처럼제")
_DISMISSED = re.compile("^(?:아|야|좀|그냥|이제|당장|됐고|됐으니까|넌|너|봇아|챗봇아|진짜)*꺼져(?:라|버려|줘|주세요)?(?:그냥|좀|제발|이제|당장)?[ㅋㅡ]*$")


def find_insult(text: str) -> Insult:
    """The insult in `text`, if there is one."""
    squeezed = _squeeze(text)
    cleaned = _INNOCENT.sub(" ", squeezed)
    curses = _CURSES.findall(cleaned)
    if curses:
        return Insult(True, tuple(dict.fromkeys(curses)))
    if _DISMISSED.match(cleaned):
        return Insult(True, ("꺼져",))
    harsh = [word for word in _HARSH.findall(cleaned) if not word.startswith("꺼")]
    if harsh and _TARGET.search(cleaned) and not _SELF.search(cleaned):
        return Insult(True, tuple(dict.fromkeys(harsh)))
    return Insult(False)


def _squeeze(text: str) -> str:
    """Hangul and Latin letters only, so that signs and digits inside a word hide nothing; 18 as a word is a curse."""
    text = normalize(text).text.lower()
    text = re.sub(r"(?<![\d.,:\-])18(?=\s*(?:[놈색새]|년[아이들]|아\b))", "시발", text)
    return "".join(c for c in text if "가" <= c <= "힣" or "ㄱ" <= c <= "ㅣ" or (c.isascii() and c.isalpha()))
