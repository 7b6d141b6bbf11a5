from bot.answer import Answer, Candidate, Kind, Source
from bot.conversation.turns import (
    human_was_offered,
    last_answer,
    last_turn,
    offers_of_last_turn,
    since_beginning,
    was_answered,
    was_unknown,
)

OFFER = Answer("그거", Kind.CLARIFY, "혹시?", 0.3, candidates=(Candidate("F2", "배송은?", 0.4),))
TOLD = Answer("배송", Kind.FAQ, "이틀", 0.9, "배송은?", Source("F2", "자주 묻는 질문"))
USER, RESTART = {"event": "user", "text": "가"}, {"event": "restart"}


def bot(answer=None, action=None):
    custom = {"daedap": answer.to_json()} if answer else {}
    return {"event": "bot", "text": "나", "data": {"custom": custom}, "metadata": {"utter_action": action} if action else {}}


def test_what_was_before_a_restart_is_gone():
    events = [USER, bot(OFFER), RESTART, USER]
    assert since_beginning(events) == [USER]
    assert (last_turn(events), offers_of_last_turn(events), last_answer(events)) == ([], (), None)


def test_only_the_turn_before_the_latest_message_offers():
    assert [one.id for one in offers_of_last_turn([USER, bot(OFFER), USER])] == ["F2"]
    assert offers_of_last_turn([USER, bot(OFFER), USER, bot(), USER]) == ()


def test_the_last_answer_is_found_behind_small_talk_and_offers():
    told = bot(TOLD)
    assert last_answer([USER, told, USER, bot(), USER, bot(OFFER), USER]) == (told, TOLD)
    assert was_answered([USER, told, USER]) and not was_answered([USER, told, USER, bot(OFFER), USER])


def test_an_answer_of_another_version_is_no_answer():
    strange = {"event": "bot", "data": {"custom": {"daedap": {"kind": "poem"}}}}
    assert last_answer([USER, strange, USER]) is None


def test_a_human_is_offered_by_what_was_said_first():
    assert human_was_offered([USER, bot(action="utter_disappointed"), bot(OFFER), USER])
    assert not human_was_offered([USER, bot(OFFER), USER])
    assert not human_was_offered([USER])


def test_what_nobody_knew_stays_unknown_while_only_that_is_said_again():
    unknown = bot(Answer("날씨", Kind.NONE, "몰라요", 0.0))
    nothing_more = bot(Answer("날씨", Kind.CLARIFY, "더 없어요", 0.0))
    assert was_unknown([USER, unknown, USER]) and was_unknown([USER, unknown, USER, nothing_more, USER])
    assert not was_unknown([USER, unknown, USER, bot(OFFER), USER]) and not was_unknown([USER, bot(TOLD), USER])
    assert not was_unknown([USER]) and not was_unknown([USER, unknown, RESTART, USER])
