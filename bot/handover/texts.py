"""What is said around a hand-over and stands in no response of `domain.yml`: to customers by the queue, to agents."""

# to the customer, delivered like an agent's words
TAKEN = "{agent} 상담원이 연결됐어요. 이제 상담원과 이야기하실 수 있어요."
BACK = "상담이 끝났어요. 이제부터는 다시 자동 상담 도우미가 답해 드릴게요."
REQUEUED = "상담원이 자리를 비워서 다른 상담원에게 연결해 드릴게요. 잠시만 기다려 주세요."
EXPIRED = (
    "오래 기다리시게 해서 죄송해요. 지금은 상담원이 모두 바빠요. 성함과 전화번호를 남겨 주시면 연락드릴게요. "
    "남기지 않으시려면 '됐어요'라고 적어 주세요."
)

# to the agent, as the customer's words
LEFT = "(손님이 상담을 그만두었어요.)"
ENDED = "(손님이 대화창을 닫고 대화를 지웠어요.)"

# the summary
SUMMARY_WISH = "요청: {wish}"
SUMMARY_TRIED = "질문: {question} → {outcome}"
SUMMARY_FACTS = "알려 준 것: {facts}"
SUMMARY_MOOD = "기분: {mood}"
MOODS = {"angry": "화가 나 있음", "negative": "불만스러움", "neutral": "보통", "positive": "좋음"}
INSULTED = " (욕설이 있었음)"
OUTCOMES = {
    "faq": "FAQ ‘{answer}’로 답함 ({percent}%)",
    "manual": "{answer}에서 답함 ({percent}%)",
    "clarify": "꼭 맞는 답을 찾지 못해 비슷한 질문을 보여 줌",
    "none": "답하지 못함",
    "": "따로 안내함",
}
FACTS = {
    "product": "제품",
    "model": "모델",
    "error_code": "오류 코드",
    "order_number": "주문번호",
    "phone": "전화번호",
    "date": "날짜",
    "datetime": "일시",
    "name": "이름",
    "symptom": "증상",
    "address": "주소",
}
BUTTON_TITLES = {
    "/human": "상담원 연결",
    "/stop": "그만두기",
    "/correct": "다른 질문",
    "/not_helpful": "도움이 안 됐어요",
    '/not_helpful{"rated": "1"}': "도움이 안 됐어요",
    "/helpful": "도움이 됐어요",
}
"""Buttons that may be pressed though no message of the conversation shows them."""

# to the customer, inside responses of the domain
AHEAD = "앞에 {ahead}분이 기다리고 계세요."
NEXT = "바로 다음 차례예요."
LATER = "다음 상담 시간"
