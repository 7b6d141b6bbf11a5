"""Which spans of a sentence a question could ask for, and by which interrogative.

Works on Kiwi's morphemes alone, with short lists of words that say what kind of thing a name is:
titles and surnames of people, endings of places, units. No list of the content of any document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from nlu.morphemes import Morpheme


class AnswerKind(str, Enum):
    PERSON = "person"
    PLACE = "place"
    COUNTRY = "country"
    YEAR = "year"
    DAY = "day"
    """A date that names a month or a day."""
    NUMBER = "number"
    MONEY = "money"
    THING = "thing"
    TYPED = "typed"
    """A thing whose last noun says what it is: 오하이오주, 인버터 방식."""


class Candidate(NamedTuple):
    """Morphemes `[first, last)` are the answer, `[last, after)` the particles behind it."""

    first: int
    last: int
    after: int
    kind: AnswerKind
    unit: str = ""
    """Of a number (명, 개월, km), or the head noun of a typed thing."""
    is_named: bool = False
    """Whether a proper noun or a quoted title is asked for."""


NOUNS = frozenset("NNG NNP SL SH XPN XSN SN NR".split())
PARTICLES = frozenset("JKS JKC JKG JKO JKB JX JKQ".split())
COUNTRIES = frozenset(
    "대한민국 한국 북한 일본 중국 미국 영국 독일 프랑스 러시아 소련 이탈리아 스페인 캐나다 호주 오스트레일리아 "
    "인도 브라질 멕시코 터키 튀르키예 이집트 그리스 네덜란드 벨기에 스위스 스웨덴 노르웨이 핀란드 덴마크 폴란드 "
    "오스트리아 헝가리 체코 포르투갈 아르헨티나 칠레 베트남 태국 인도네시아 필리핀 말레이시아 싱가포르 몽골 대만 "
    "이란 이라크 이스라엘 우크라이나 조선 고려 신라 백제 고구려".split()
)
SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진나지엄채원천방공현"
    "함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국"
)
PERSON_TITLES = frozenset(
    "대통령 왕 여왕 국왕 대왕 황제 황후 왕자 공주 장군 제독 감독 교수 박사 작가 소설가 시인 화가 배우 가수 선수 "
    "의원 총리 수상 장관 총재 회장 사장 대표 목사 신부 교황 추기경 주교 스님 선생 기자 판사 검사 변호사 사령관 "
    "대위 중위 소령 대령 중령 대장 소장 중장 준장 후작 공작 백작 남작 작곡가 지휘자 물리학자 화학자 수학자 철학자 "
    "과학자 역사학자 언어학자 경제학자 건축가 발명가 탐험가 정치인 축구선수 코치 아나운서 프로듀서 씨 군 양 옹 "
    "여사 부인".split()
)
HUMAN_VERBS = frozenset(
    "태어나 죽 사망 출생 결혼 졸업 입학 취임 임명 집필 저술 출연 데뷔 입단 은퇴 감독 연출 작곡 작사 암살 처형 "
    "망명 유학 재직 역임 발명 주장 은퇴 이혼 별세 즉위 퇴위 폐위 체포 수감 당선 낙선 출마 사임 사직 부임 전사 "
    "순교 노래 연기".split()
)
PLACE_ENDINGS = tuple(
    "시 군 구 읍 면 동 리 산 강 섬 역 공항 항 주 대학교 대학 성 궁 사원 공원 도시 마을 "
    "반도 해협 호수 평야 고원 지방 지역 시티 제도 특별시 광역시 경기장 극장 병원 박물관 미술관 ".split()
)
TYPE_NOUNS = frozenset(
    "나라 국가 도시 지역 지방 대학 대학교 학교 회사 기업 팀 구단 클럽 방식 방법 언어 영화 드라마 소설 앨범 노래 "
    "곡 책 작품 게임 프로그램 잡지 신문 방송국 종교 종파 정당 위원회 단체 조직 기관 부대 사단 함대 군 전쟁 전투 "
    "사건 조약 법 법률 헌법 제도 정책 이론 학설 원리 법칙 효과 현상 질환 병 증후군 물질 원소 금속 효소 단백질 "
    "호르몬 동물 식물 과 속 목 강 색 색깔 상 훈장 직위 직책 리그 대회 경기 종목 무기 전차 전투기 항공기 엔진 모델 "
    "기종 시스템 프로토콜 형식 규격 운영체제 사이트 서비스 기능 버튼 모드 필터 부품 장치 기기 센서 에러 오류 코드 "
    "요금 음식 요리 악기 장르 양식 왕조 시대".split()
)
UNITS = frozenset(
    "명 개 원 년 개월 주 일 시간 분 초 번 회 대 권 장 마리 척 석 표 점 골 층 칸 채 곳 군데 가지 종 종류 편 곡 화 "
    "부 호 위 차례 배 평 리 석 세 살 달러 엔 유로 파운드 위안 프랑 킬로미터 미터 센티미터 밀리미터 킬로그램 그램 "
    "톤 리터 도 퍼센트 프로 와트 볼트 헥타르 제곱킬로미터 노트 마일 피트 인치 개국 개소 개교 개교 인 연대 대대 쌍 "
    "그루 벌 세대 가구 승 패 무 라운드 주일 주년 년간 일간 박 % ℃ ㎞ ㎡ ㎢ m km cm mm kg g t l ml gb mb hz mhz kw "
    "w v a ha nm k".split()
)
MONEY_UNITS = frozenset("원 달러 엔 유로 파운드 위안 프랑".split())
RELATIONAL = frozenset(
    "동안 당시 이후 이전 후 전 중 때 경 말 초 다음 이듬해 현재 위 아래 앞 뒤 사이 경우 때문 정도 이상 이하 가운데 "
    "이유 결과 이때 시 내 외 간 등 자신 자체 처음 마지막 대부분 일부 모두 오늘 오늘날 최근 과거 각각 그 이 양 측 "
    "여러 관련 대상 상태 부분 내용 의미 역할 수준 방향 위치 영향 것 점 함께 이름 사람 우리 이것 그것 하나 둘 셋 "
    "예 예전 나중 직후 직전 동시 일종 한편 필요 가능 사실 문제 활동".split()
)
"""Nouns that relate rather than name: no question asks for a run that begins or ends with one."""
SUFFIXES = frozenset("적 들 씩 쯤 상 하 경 당 별 순 꼴 째 투성이 가량".split())
NUMERALS = frozenset("만 억 조 천 백 십 여 수십 수백 수천".split())
_BAD = re.compile(r"formula_|http|\d{5,}|^\d+$")


def candidates(morphemes: Sequence[Morpheme], text: str) -> list[Candidate]:
    """Answers that `morphemes` of one sentence of `text` offer, in order; they do not overlap."""
    found: list[Candidate] = []
    i = 0
    while i < len(morphemes):
        candidate = _date(morphemes, i) or _number(morphemes, i) or _quoted(morphemes, i) or _name(morphemes, i, text)
        if candidate is None:
            i = _skip(morphemes, i)
            continue
        answer = text[morphemes[candidate.first].start : morphemes[candidate.last - 1].end]
        if _is_good(answer, candidate) and _stands_free(morphemes, candidate, text):
            found.append(candidate)
        i = max(candidate.last, i + 1)
    return found


def _skip(morphemes: Sequence[Morpheme], i: int) -> int:
    """The next place to look: behind the whole run of nouns that gave nothing."""
    if morphemes[i].tag not in NOUNS:
        return i + 1
    while i < len(morphemes) and morphemes[i].tag in NOUNS:
        i += 1
    return i


def _is_good(answer: str, candidate: Candidate) -> bool:
    if not 1 <= len(answer) <= 30 or "\n" in answer or answer.count("(") != answer.count(")"):
        return False
    if candidate.kind in (AnswerKind.YEAR, AnswerKind.DAY, AnswerKind.NUMBER, AnswerKind.MONEY):
        return True
    return len(answer) >= 2 and not _BAD.search(answer)


def _stands_free(morphemes: Sequence[Morpheme], candidate: Candidate, text: str) -> bool:
    """Whether what follows is a particle, a copula or a comma, and no noun hangs on to the left."""
    first, last = candidate.first, candidate.last
    if (
        first
        and morphemes[first - 1].end == morphemes[first].start
        and morphemes[first - 1].tag in ("XPN", "NNG", "NNP", "SN", "SL", "SH", "SW")
    ):
        return False
    if candidate.after > last:
        return True
    if last == len(morphemes):
        return False
    return morphemes[last].tag == "VCP" or (
        candidate.kind in (AnswerKind.YEAR, AnswerKind.DAY, AnswerKind.NUMBER, AnswerKind.MONEY)
        and morphemes[last].tag not in ("XSN", "NNB", "SW", "SO", "SN")
    )


def _with_particles(morphemes: Sequence[Morpheme], last: int) -> int:
    after = last
    while after < len(morphemes) and morphemes[after].tag in PARTICLES and morphemes[after].start == morphemes[after - 1].end:
        after += 1
    return after


def _is(morphemes: Sequence[Morpheme], i: int, tag: str, *forms: str) -> bool:
    return i < len(morphemes) and morphemes[i].tag == tag and (not forms or morphemes[i].form in forms)


def _date(morphemes: Sequence[Morpheme], i: int) -> Candidate | None:
    first = i
    if _is(morphemes, i, "NNG", "기원전", "서기", "음력"):
        i += 1
    if not _is(morphemes, i, "SN"):
        return None
    kind = None
    if _is(morphemes, i + 1, "NNB", "년", "년대", "연대", "세기") or _is(morphemes, i + 1, "NNG", "년대", "연대", "세기"):
        if morphemes[i + 1].form == "년" and not re.fullmatch(r"\d{3,4}", morphemes[i].form) and first == i:
            return None
        kind, i = AnswerKind.YEAR, i + 2
    if _is(morphemes, i, "SN") and _is(morphemes, i + 1, "NNB", "월"):
        kind, i = AnswerKind.DAY, i + 2
        if _is(morphemes, i, "SN") and _is(morphemes, i + 1, "NNB", "일"):
            i += 2
    if kind is None:
        return None
    if i < len(morphemes) and morphemes[i].start == morphemes[i - 1].end and morphemes[i].form in ("간", "여", "동안", "차"):
        return None
    return Candidate(first, i, _with_particles(morphemes, i), kind)


def _number(morphemes: Sequence[Morpheme], i: int) -> Candidate | None:
    if not _is(morphemes, i, "SN") or (
        i and morphemes[i - 1].form in ("제", "-", "~", ".", ":") and morphemes[i - 1].end == morphemes[i].start
    ):
        return None
    first = i
    i += 1
    while i < len(morphemes) and (
        (morphemes[i].form in NUMERALS and morphemes[i].tag in ("NR", "XSN", "NNG", "NNB", "MM"))
        or (morphemes[i].tag == "SN" and morphemes[i - 1].tag in ("NR", "SO"))
        or (morphemes[i].form in ("~", "-", "∼") and _is(morphemes, i + 1, "SN"))
    ):
        i += 1
    if i >= len(morphemes) or morphemes[i].form.lower() not in UNITS or morphemes[i].tag not in ("NNB", "NNG", "SW", "SL", "NR"):
        return None
    unit = morphemes[i].form
    i += 1
    if i < len(morphemes) and morphemes[i].form in ("간", "동안") and morphemes[i].start == morphemes[i - 1].end:
        unit += morphemes[i].form
        i += 1
    if i < len(morphemes) and morphemes[i].start == morphemes[i - 1].end and morphemes[i].tag in ("XSN", "NNG", "NNB"):
        return None
    kind = AnswerKind.MONEY if unit in MONEY_UNITS else AnswerKind.NUMBER
    return Candidate(first, i, _with_particles(morphemes, i), kind, unit)


_CLOSING = {"《": "》", "〈": "〉", "'": "'", '"': '"', "‘": "’", "“": "”", "「": "」", "『": "』"}


def _quoted(morphemes: Sequence[Morpheme], i: int) -> Candidate | None:
    closing = _CLOSING.get(morphemes[i].form)
    if closing is None:
        return None
    for j in range(i + 2, min(i + 12, len(morphemes))):
        if morphemes[j].form == closing:
            tags = {m.tag for m in morphemes[i + 1 : j]}
            after = _with_particles(morphemes, j + 1) if j + 1 < len(morphemes) else j + 1
            if tags & {"EF", "EC", "SF"} or after == j + 1:
                return None
            return Candidate(i + 1, j, after, AnswerKind.THING, is_named=True)
    return None


def _name(morphemes: Sequence[Morpheme], i: int, text: str) -> Candidate | None:
    if morphemes[i].tag not in ("NNP", "NNG", "SL", "SH"):
        return None
    last = i
    while last < len(morphemes) and morphemes[last].tag in NOUNS and last - i < 8:
        if last > i and morphemes[last].start - morphemes[last - 1].end > 1:
            break
        last += 1
    if last < len(morphemes) and morphemes[last].tag in ("XSV", "XSA", "NNB", "SW", "SSO", "SO", "NP", "UN"):
        return None
    run = morphemes[i:last]
    if run[0].form in RELATIONAL or run[-1].form in RELATIONAL or (run[-1].tag == "XSN" and run[-1].form in SUFFIXES):
        return None
    has_name = any(m.tag in ("NNP", "SL") for m in run)
    if len(run) > (6 if has_name else 4) or (not has_name and sum(len(m.form) for m in run) < 3):
        return None
    after = _with_particles(morphemes, last)
    kind, unit = _kind_of_name(morphemes, i, last, after, text, has_name)
    return Candidate(i, last, after, kind, unit, has_name)


def _kind_of_name(
    morphemes: Sequence[Morpheme], first: int, last: int, after: int, text: str, has_name: bool
) -> tuple[AnswerKind, str]:
    run = morphemes[first:last]
    head = run[-1]
    surface = text[run[0].start : head.end]
    particles = "".join(m.form for m in morphemes[last:after])
    if surface in COUNTRIES:
        return AnswerKind.COUNTRY, ""
    if has_name and (head.form in PERSON_TITLES or surface.split()[-1] in PERSON_TITLES) and len(run) > 1:
        return AnswerKind.PERSON, ""
    if not has_name and (head.form in PERSON_TITLES):
        return AnswerKind.PERSON, ""
    if has_name and len(run) > 1 and head.form in TYPE_NOUNS and len(head.form) > 1:
        return AnswerKind.TYPED, head.form
    if has_name and any(surface.endswith(ending) and len(surface) > len(ending) + 1 for ending in PLACE_ENDINGS):
        return AnswerKind.PLACE, ""
    if has_name and particles[:2] in ("에서", "에") and head.tag == "NNP":
        return AnswerKind.PLACE, ""
    is_actor = particles[:1] in ("이", "가", "은", "는")
    if has_name and (is_actor or particles[:1] in ("을", "를", "에", "의", "와", "과")):
        if len(surface) == 3 and surface[0] in SURNAMES and " " not in surface and all(m.tag in ("NNP", "NNG") for m in run):
            return AnswerKind.PERSON, ""
    if is_actor and all(m.tag == "NNP" for m in run) and any(m.form in HUMAN_VERBS for m in morphemes[last:]):
        return AnswerKind.PERSON, ""
    if not has_name and head.form in TYPE_NOUNS and len(run) > 1 and len(head.form) > 1:
        return AnswerKind.TYPED, head.form
    return AnswerKind.THING, ""
