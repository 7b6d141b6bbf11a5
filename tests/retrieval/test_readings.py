from retrieval.documents import Document, Passage
from retrieval.readings import Readings, content_words, reading_text

TEXT = "다음 경우에는 유상입니다.\n1. 물에 빠뜨린 경우\n2. 다른 사람이 고친 경우"
LEAD = (0, TEXT.index("\n"))
FIRST, SECOND = TEXT.index("1."), TEXT.index("2.")
DOCUMENT = Document("규정", "보증 규정", "규정.md", TEXT)
PASSAGES = (
    Passage("p1", "규정", "보증 규정", "1장", None, None, 0, SECOND - 1),
    Passage("p2", "규정", "보증 규정", "1장", None, None, SECOND, len(TEXT), (LEAD,)),
)


def readings():
    return Readings.build([DOCUMENT], PASSAGES)


def test_a_passage_is_read_with_what_announces_it():
    reading = readings()[1]
    assert reading.text == "다음 경우에는 유상입니다.\n2. 다른 사람이 고친 경우"
    assert reading_text(PASSAGES[1], TEXT)[0] == reading.text
    unit = reading.units[1]
    assert reading.text[unit.start : unit.end] == "2. 다른 사람이 고친 경우"
    assert [reading.text[a:b] for a, b in unit.leads] == ["다음 경우에는 유상입니다."]


def test_places_are_true_to_the_document():
    reading = readings()[1]
    for word in ("유상", "고친", "다음", "경우"):
        at = reading.text.index(word)
        start, end = reading.place(at, at + len(word))
        assert TEXT[start:end] == word


def test_words_lie_in_their_units():
    own = readings()
    reading = own[1]
    unit = reading.units[1]
    keys = [own.vocabulary[i] for i in reading.words_between(unit.start, unit.end)]
    assert keys == [word.key for word in content_words("2. 다른 사람이 고친 경우")]
    assert "사람/NNG" in keys
    assert own.word_numbers["사람/NNG"] in own.words_of("규정")
    assert own.words_of("없음").tolist() == []


def test_what_is_kept_reads_as_what_was_built(tmp_path):
    built = readings()
    built.save(tmp_path)
    kept = Readings.load(tmp_path, [DOCUMENT], PASSAGES)
    assert kept.vocabulary == built.vocabulary
    for a, b in zip((built[0], built[1]), (kept[0], kept[1])):
        assert (a.text, a.units, a.segments, a.pieces.tolist(), a.word_ids.tolist()) == (
            b.text,
            b.units,
            b.segments,
            b.pieces.tolist(),
            b.word_ids.tolist(),
        )


def test_kept_pieces_spell_as_the_text_does():
    from nlu.tokenizer import SPECIAL_TOKENS, Tokenizer

    letters = sorted(set(TEXT.replace("\n", "").replace(" ", "")))
    vocabulary = {token: i for i, token in enumerate([*SPECIAL_TOKENS, *letters, *("##" + one for one in letters)])}
    tokenizer, reading = Tokenizer(vocabulary), readings()[1]
    spelt, cut = tokenizer.encode(reading.text, reading.pieces.tolist()), tokenizer.encode(reading.text)
    assert (spelt.ids.tolist(), spelt.starts.tolist(), spelt.tags.tolist()) == (
        cut.ids.tolist(),
        cut.starts.tolist(),
        cut.tags.tolist(),
    )


def test_an_index_without_passages(tmp_path):
    empty = Readings.build([], [])
    empty.save(tmp_path)
    assert len(Readings.load(tmp_path, [], [])) == 0
