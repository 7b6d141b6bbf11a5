"""What KakaoTalk's channel itself says, in Korean."""

MORE = "이어서 보기"
READ_ON = "\n\n(‘이어서 보기’를 누르시면 나머지를 보여 드릴게요.)"
MORE_CHOICES = "더 고르실 수 있는 것들이에요."
NO_MORE = "이어서 보여 드릴 내용이 없어요. 궁금한 점을 적어 주세요."

SHOW_ANSWERS = "답변 보기"
SEARCHING = "답을 찾고 있어요. 조금 걸리니 잠시 뒤에 ‘답변 보기’를 눌러 주세요."
SEARCHING_CALLBACK = "답을 찾고 있어요. 잠시만 기다려 주세요."
STILL_SEARCHING = "아직 답을 찾고 있어요. 잠시 뒤에 ‘답변 보기’를 눌러 주세요."
NO_ANSWERS = "새로 온 답이 없어요. 궁금한 점을 적어 주세요."
LATE = "앞서 하신 말씀 ‘{question}’의 답이에요."
TOO_MANY_WAITING = "앞서 하신 말씀의 답을 아직 찾고 있어요. 방금 하신 말씀은 앞의 답을 보신 뒤에 다시 적어 주세요."
TOO_MANY = "메시지가 너무 많아요. {seconds}초 뒤에 다시 말씀해 주세요."

NO_AGENT_YET = "아직 상담원의 답이 없어요. 잠시 뒤에 ‘답변 보기’를 다시 눌러 주세요."
HANDED_ON = "상담원에게 전했어요. 상담원의 답은 ‘답변 보기’를 누르시거나 다음에 말씀하실 때 보여 드릴게요."
NO_FIRST_WORD = (
    "카카오톡에서는 제가 먼저 말을 걸 수 없어요. 상담원의 답은 ‘답변 보기’를 누르시거나 다음에 말씀하실 때 보여 드릴게요."
)
AGENT = "상담원: {text}"

SIMILAR = "비슷한 질문"
CHOOSE = "골라 주세요"
CHOICE = "{number}번"
SOURCE = "출처"
DETAILS = "자세히 보기"
ORIGINAL = "원문 보기"
IMAGE = "그림"
FALLBACK_LABEL = "선택"
