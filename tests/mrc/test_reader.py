"""The reader with a backend that points where a test wants; no model file."""

import numpy as np
import pytest

from mrc.confidence import UNCALIBRATED
from mrc.reader import Reader, ReaderConfig, likely_windows, predict_windows, sentence_around
from nlu.features import reader_inputs

TEXT = "세종은 1443년 12월에 훈민정음을 창제하였다. 이순신 장군은 서울에서 태어났다."


class Pointing:
    """Gives the token ids of a wanted word high logits, all others 0; remembers the shapes it saw."""

    def __init__(self, tokenizer, word):
        self.ids = tokenizer.encode(word).ids
        self.shapes = []

    def __call__(self, input_ids, attention_mask, token_type_ids):
        self.shapes.append(input_ids.shape)
        in_context = token_type_ids > 0
        starts = np.where((input_ids == self.ids[0]) & in_context, 5.0, 0.0)
        ends = np.where((input_ids == self.ids[-1]) & in_context, 5.0, 0.0)
        return starts.astype(np.float32), ends.astype(np.float32)


@pytest.fixture
def reader(tokenizer):
    return Reader(tokenizer, Pointing(tokenizer, "훈민정음"), ReaderConfig(max_length=96, doc_stride=16))


def test_the_span_is_true_to_the_text(reader):
    best = reader.read("무엇을 창제하였나요?", [TEXT])[0]
    assert (best.text, TEXT[best.start : best.end], best.score) == ("훈민정음", "훈민정음", 10.0)
    assert best.confidence == pytest.approx(1 / (1 + np.exp(-10.0)))


def test_an_answer_does_not_run_from_one_cell_into_the_next(tokenizer):
    row = "이름: 세종 / 만든 것: 훈민정음 / 언제: 1443년"
    backend = Pointing(tokenizer, "훈")
    backend.ids = [tokenizer.encode("세종").ids[0], tokenizer.encode("훈민정음").ids[-1]]  # from 세 to 음
    found = Reader(tokenizer, backend, ReaderConfig(max_length=96, doc_stride=16)).read("무엇?", [row], 5)
    assert found and not any("/" in one.text or ":" in one.text for one in found)
    prose = row.replace(" / ", ", ").replace(": ", " ")
    assert Reader(tokenizer, backend, ReaderConfig(max_length=96)).read("무엇?", [prose])[0].text == "세종, 만든 것 훈민정음"


def test_the_best_of_several_contexts_is_named_by_its_index(reader):
    contexts = ["필터는 6개월마다 한 번 청소해 주세요.", TEXT]
    assert reader.read("무엇을 창제하였나요?", contexts)[0].context_index == 1


@pytest.mark.parametrize(
    ("question", "contexts"), [("", [TEXT]), ("  ", [TEXT]), ("무엇?", []), ("무엇?", [""]), ("무엇?", ["\n \t", ""])]
)
def test_nothing_to_read_gives_no_answer(reader, question, contexts):
    assert reader.read(question, contexts) == []
    assert reader.answer(question, contexts) is None


@pytest.mark.parametrize("question", ["ㅋ", "😀😀", "what is SQL'; DROP TABLE", "세종" * 5_000])
def test_odd_questions_are_read(reader, question):
    assert reader.read(question, [TEXT])[0].text == "훈민정음"


def test_an_answer_far_into_a_long_context_is_found(reader):
    far = "필터는 6개월마다 한 번 청소해 주세요. " * 60 + TEXT
    best = reader.read("무엇을 창제하였나요?", [far])[0]
    assert far[best.start : best.end] == "훈민정음" and best.start > 1_000


def test_many_questions_together_as_one_by_one(reader):
    pairs = [("무엇을 창제하였나요?", [TEXT]), ("누구?", ["이순신 장군은 서울에서 태어났다.", TEXT]), ("", [TEXT])]
    assert reader.read_many(pairs) == [reader.read(*pair) for pair in pairs]


def test_batches_are_padded_to_few_lengths_and_bounded(tokenizer):
    backend = Pointing(tokenizer, "세종")
    config = ReaderConfig(max_length=96, length_step=32, batch_tokens=96)
    question = tokenizer.encode("누구?")
    inputs = [reader_inputs(question, tokenizer.encode(TEXT[:n])) for n in (3, 40, 5, 41, 20)]
    starts, _ = predict_windows(backend, inputs, config)
    assert [len(row) for row in starts] == [len(one.input_ids) for one in inputs]
    assert all(length % 32 == 0 and rows * length <= 96 for rows, length in backend.shapes)
    assert sum(rows for rows, _ in backend.shapes) == 5


def test_long_contexts_are_read_where_they_share_most_with_the_question():
    context = np.zeros(100, np.int32) + 7
    context[55], context[91] = 50, 51
    windows = [(start, start + 10) for start in range(0, 100, 10)]
    assert likely_windows(np.array([50, 51]), context, windows, 2, ()) == [(50, 60), (90, 100)]


def test_nfd_text_keeps_its_own_offsets(reader):
    import unicodedata

    text = unicodedata.normalize("NFD", TEXT)
    best = reader.read("무엇을 창제하였나요?", [text])[0]
    assert unicodedata.normalize("NFC", text[best.start : best.end]) == "훈민정음"


def test_the_sentence_around_a_span():
    start = TEXT.index("서울")
    a, b = sentence_around(TEXT, start, start + 2)
    assert TEXT[a:b] == "이순신 장군은 서울에서 태어났다."
    assert sentence_around("", 0, 0) == (0, 0)


def test_the_configuration_comes_back_from_its_file(tmp_path):
    config = ReaderConfig(max_length=128, common_ids=(5, 9), threshold=0.3, calibration=UNCALIBRATED, measured={"f1": 1.5})
    config.save(tmp_path)
    assert ReaderConfig.load(tmp_path) == config


@pytest.mark.parametrize("content", ["{", "[]", '{"format_version": 99}', '{"format_version": 1, "size": 3}'])
def test_a_damaged_configuration_names_the_command(tmp_path, content):
    (tmp_path / "reader.json").write_text(content)
    with pytest.raises(ValueError, match="daedap train reader"):
        ReaderConfig.load(tmp_path)


def test_a_missing_model_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap train reader"):
        Reader.load(tmp_path)
    ReaderConfig().save(tmp_path)
    with pytest.raises(FileNotFoundError, match="daedap train reader|daedap train encoder|tokenizer"):
        Reader.load(tmp_path)


@pytest.mark.slow
def test_five_megabytes_are_answered(reader):
    text = "필터는 6개월마다 한 번 청소해 주세요. " * 100_000 + TEXT
    assert len(text.encode()) > 5_000_000
    best = reader.read("훈민정음을 창제하였나요?", [text])[0]
    assert text[best.start : best.end] == "훈민정음"
    assert sum(rows for rows, _ in reader.backend.shapes) <= reader.config.max_windows


def test_units_are_read_one_by_one(reader):
    contexts = ["필터는 6개월마다 한 번 청소해 주세요.", TEXT]
    cut = TEXT.index("이순신")
    units = [[(0, len(contexts[0]))], [(0, cut), (cut, len(TEXT))]]
    found = reader.read_units("무엇을 창제하였나요?", contexts, units, 2)
    best = found[1][0][0]
    assert (TEXT[best.start : best.end], best.score) == ("훈민정음", 10.0)
    assert found[0][0][0].score < 10.0 and found[1][1][0].score < 10.0
    for spans, (start, end) in zip(found[1], units[1]):
        assert all(start <= span.start < span.end <= end for span in spans)


def test_nothing_asked_reads_nothing(reader):
    assert reader.read_units("", [TEXT], [[(0, 5)]]) == [[[]]]
    assert reader.read_units("무엇?", [], []) == []
    assert reader.read_units("무엇?", [""], [[]]) == [[]]
