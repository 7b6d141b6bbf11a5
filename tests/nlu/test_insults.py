import unicodedata

import pytest

from nlu.insults import find_insult

INSULTS = """시발 언제 오냐|ㅅㅂ 환불해|씨1발|병 신 같은 챗봇|개새끼들|야 이 새끼야|지랄하네
ㅂㅅ아|닥쳐|꺼져|꺼져라 그냥|멍청한 봇아|이 바보야|너 바보냐|쓰레기 같은 회사
돌대가리네|너 진짜 멍청하다|한심한 직원들|미친놈들|또라이 아니야?|엿 먹어|존나 짜증나
등신아|개소리하지 마|사기꾼들아|너네 회사 쓰레기야|이 멍청이야|무능한 것들
싸가지 없는 상담원|개같은 서비스|18놈아|씨@발|시~발
ㅅ ㅂ|시1발|개.새.끼|개 새 끼야|ㅆ ㅂ|병.신|ㅂ1ㅅ|시 발 언제 오는데|씨8 뭐야|tlqkf|qudtls|ㅆㄹㄱ 회사|ㅗㅗ
너 바보냐 지금|미친 챗봇|ㅁㅊ놈|망할 회사
나가 죽어|미쳤냐|멍텅구리|고철 덩어리|꺼지라고|f**k|you idiot"""
CLEAN = """화면이 자꾸 꺼져요|전원이 꺼져|불이 꺼지는 시간|쓰레기통 청소는 어떻게 해요
물걸레 빨아도 되나요|새끼손가락만 한 부품|시발점이 어디예요|18만 원 맞나요
18일에 와 주세요|제가 바보같이 잘못 눌렀어요|내가 멍청해서 몰랐어요|미친 듯이 좋아요
너무 답답해요|화가 나요|정말 실망이에요|당장 환불해 주세요|짜증나요|벌레가 들어갔어요
개봉했는데 반품되나요|출발했나요|다시 발송해 주세요|발신 번호가 뭐예요|신발장에 놔 주세요
머리카락이 엉켰어요|새로 산 거예요|너 사람이야?|고물상에 팔아도 되나요
로봇청소기가 멍청하게 벽에 박아요|혹시 벌써 발송됐나요|날씨 빨리 알려줘|글씨 빨간색|병 신고 어디에 해요
등 신청할게요|쌍둥이 유모차|주전자 주둥이가 새요|강아지 새끼가 있어요|몇 시 발표예요
아저씨 벌써 가셨어요|죽어라 눌러도 안 켜져요
밥통이 안 열려요|시바견 사료|3조까지 알려 주세요|두 개 새 거로 주세요|다시 팔아요?
ㅗㅓㅏㅣ|asdf|work|스탠드 등 신상품
||😀|ㅋㅋㅋ"""


@pytest.mark.parametrize("text", INSULTS.replace("\n", "|").split("|"))
def test_an_insult_is_found(text):
    assert find_insult(text).found
    assert find_insult(text).words


@pytest.mark.parametrize("text", CLEAN.replace("\n", "|").split("|"))
def test_what_only_looks_so_is_not(text):
    assert not find_insult(text).found


def test_nfd_and_full_length():
    assert find_insult(unicodedata.normalize("NFD", "병신")).found
    assert not find_insult("가" * 10_000).found
