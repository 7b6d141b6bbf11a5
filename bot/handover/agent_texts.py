"""What the agent's side says to agents: the terminal (`daedap agent`) and the studio."""

WELCOME = "{agent} 님, 상담 창을 열었어요. 번호를 적으면 그 손님을 맡아요. (/help 도움말)"
HELP = """\
번호        그 손님을 맡아요. 예: 3
/list       기다리는 손님을 다시 봐요
/summary    맡은 손님의 요약을 다시 봐요
/back       상담을 마치고 손님을 봇에게 돌려줘요 (연락을 남긴 손님은 연락을 마친 것으로 해요)
/release    맡은 손님을 대기열로 돌려놔요. 다른 상담원의 손님은 /release 번호
/quit       창을 닫아요. 맡은 손님은 대기열로 돌아가요
그 밖의 글은 맡은 손님에게 그대로 보내요."""
NOBODY = "기다리는 손님이 없어요."
NEW = "새 손님 #{id}: {line}"
TAKEN = "#{id} 손님을 맡았어요."
NOT_TAKEN = "#{id} 손님은 맡을 수 없어요. 다른 상담원이 먼저 맡았거나 이미 끝났어요."
ONE_AT_A_TIME = "지금 맡은 #{id} 손님을 먼저 마쳐 주세요. (/back 또는 /release)"
NO_CUSTOMER = "맡은 손님이 없어요. 번호를 적어 손님을 맡아 주세요."
BACK = "#{id} 손님을 봇에게 돌려줬어요."
DONE = "#{id} 손님에게 연락을 마쳤어요."
RELEASED = "#{id} 손님을 대기열로 돌려놨어요."
NOT_RELEASED = "#{id} 손님은 상담 중이 아니에요."
GONE = "#{id} 손님의 상담이 끝났어요."
NOT_SENT = "보내지 못했어요. 손님의 상담이 끝났거나 다른 상담원이 맡았어요."
CALL = "연락처를 남긴 손님이에요. 전화로 연락한 뒤 /back을 적어 주세요."
CONTACT = "연락처: {name} {phone}"
UNKNOWN_COMMAND = "{command}은(는) 모르는 명령이에요. /help를 적으면 쓸 수 있는 명령을 볼 수 있어요."
AWAY = "데이터베이스에 닿지 않아요. 다시 해 볼게요."
GOODBYE = "상담 창을 닫았어요."
ASK_NAME = "손님에게 보일 이름"
NO_NAME = "손님에게 보일 이름을 --name 으로 알려 주세요. 예: daedap agent --name 김상담"
NAME_FIRST = "손님에게 보일 이름을 먼저 정해 주세요."
NOT_CONFIGURED = "설정 파일에 [human] 표가 없어서 봇이 상담원에게 넘기지 않아요. docs/handover.md를 봐 주세요."

YOU = "나> "
CUSTOMER = "손님> "
BOT = "(봇) "

WAITED = "{minutes}분째"
STATES = {"waiting": "기다림", "active": "상담 중", "closed": "끝남"}
KINDS = {"asking": "연락처를 묻는 중", "message": "연락 요청"}
MOODS = {"angry": "화남", "negative": "불만", "neutral": "", "positive": ""}
CHANNELS = {"web": "웹", "rest": "REST", "kakao": "카카오톡", "slack": "슬랙"}
