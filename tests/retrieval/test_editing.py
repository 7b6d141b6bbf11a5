"""Changing an index: what is found afterwards, what the history says, and that whole and edited indexes agree."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from retrieval.compaction import compact, due
from retrieval.documents import Audience, FaqEntry
from retrieval.editing import IndexEditor, UnknownIdError, read_history
from retrieval.history import Action
from retrieval.index import Index
from retrieval.ingest import read_faq, read_manual
from retrieval.store import IndexStore
from tests.retrieval.conftest import BAKERY

QUERIES = ["빵 언제 나와요", "쉬는날", "케익 얘약", "간식 대량 주문", "없는 말 카드", "식빵 보관", "반뿜 되나요", "😀"]
TOLERANCE = 1e-5
"""Scores are sums of float32 in another order."""


@pytest.fixture(scope="module")
def entries() -> list[FaqEntry]:
    return read_faq([BAKERY / "faq.csv"])[0]


@pytest.fixture
def folder(tmp_path, entries, vectors):
    Index.build(entries[:4], [], [], vectors).save(tmp_path)
    return tmp_path


def editor(folder, vectors) -> IndexEditor:
    return IndexEditor(folder, "홍길동", vectors, compact=False)


def entry(number: int, question: str, answer: str = "네, 그래요.") -> FaqEntry:
    return FaqEntry(f"new-{number}", "새것", None, question, (), answer)


def assert_same(found: Index, expected: Index) -> None:
    assert sorted(e.id for e in found.entries) == sorted(e.id for e in expected.entries)
    for query in QUERIES:
        ours, theirs = ({h.entry.id: h for h in index.search_faq(query, 50)} for index in (found, expected))
        assert ours.keys() == theirs.keys()
        for id, hit in ours.items():
            assert hit.entry == theirs[id].entry and hit.matched == theirs[id].matched
            assert hit.score == pytest.approx(theirs[id].score, rel=TOLERANCE, abs=TOLERANCE)
            assert hit.confidence == pytest.approx(theirs[id].confidence, rel=1e-3, abs=TOLERANCE)


def test_an_index_reached_by_edits_scores_as_one_built_whole(folder, entries, vectors):
    edit = editor(folder, vectors)
    edit.add(entries[4])
    edit.add(entry(1, "반품 되나요?"))
    edit.add(entries[5])
    edit.edit(entries[0].id, lambda old: replace(old, answer="이제 다른 답이에요."))
    edit.edit("new-1", lambda old: replace(old, question="반품은 며칠까지 되나요?"))
    edit.remove([entries[1].id])
    edit.put([entry(2, "카드로 계산해도 되나요?"), entries[2], replace(entries[3], category="딴 분류")])
    wanted = [
        replace(entries[0], answer="이제 다른 답이에요."),
        entries[2],
        replace(entries[3], category="딴 분류"),
        *entries[4:],
        entry(1, "반품은 며칠까지 되나요?"),
        entry(2, "카드로 계산해도 되나요?"),
    ]
    whole = Index.build(wanted, [], [], vectors)
    assert len(IndexStore(folder).manifest().segments) == 6
    assert_same(Index.load(folder, vectors), whole)
    assert compact(folder, everything=True) == 6
    manifest = IndexStore(folder).manifest()
    assert [(use.size, use.dead) for use in manifest.segments] == [(len(wanted), ())]
    assert manifest.counts["entries"] == len(wanted)
    assert_same(Index.load(folder, vectors), whole)


def test_edits_of_a_large_index_score_as_one_built_whole(tmp_path, vectors):
    """More texts than are scored whole: candidates come from each channel."""
    many = [FaqEntry(f"e{i}", "", None, f"{i}번 상품의 가격은 얼마예요?", (), f"{i * 10}원이에요.") for i in range(560)]
    Index.build(many[:540], [], [], vectors).save(tmp_path)
    edit = editor(tmp_path, vectors)
    edit.put(many[540:])
    edit.remove([f"e{i}" for i in range(0, 30)])
    edited, whole = Index.load(tmp_path, vectors), Index.build(many[30:], [], [], vectors)
    assert edited.search_faq("17번 상품의 가격은 얼마예요?", 1)[0].entry.id != "e17"
    for query in ("431번 상품의 가격은 얼마예요?", "가격 550번", "5550원"):
        ours, theirs = edited.search_faq(query, 3), whole.search_faq(query, 3)
        np.testing.assert_allclose([hit.score for hit in ours], [hit.score for hit in theirs], rtol=TOLERANCE)
        assert ours[0].entry == theirs[0].entry


def test_the_history_keeps_who_when_and_the_text_before(folder, entries, vectors):
    edit = editor(folder, vectors)
    summary = edit.add(entry(1, "반품 되나요?"))
    assert (summary.added, summary.changed, summary.removed) == (("new-1",), (), ())
    edit.edit("new-1", lambda old: replace(old, answer="아니요."))
    assert edit.remove(["new-1"]).removed == ("new-1",)
    changes = read_history(folder, "new-1")
    assert [(c.action, c.who, c.before and c.before["answer"], c.after and c.after["answer"]) for c in changes] == [
        (Action.REMOVE, "홍길동", "아니요.", None),
        (Action.EDIT, "홍길동", "네, 그래요.", "아니요."),
        (Action.ADD, "홍길동", None, "네, 그래요."),
    ]
    assert [c.id for c in read_history(folder)] == [3, 2, 1]
    assert read_history(folder, entries[0].id) == []
    assert IndexStore(folder).manifest().edits == 3


def test_what_is_as_it_should_be_makes_no_version(folder, entries, vectors):
    before = IndexStore(folder).current()
    summary = editor(folder, vectors).put(entries[:4])
    assert (summary.version, summary.unchanged, summary.added) == (before, 4, ())
    assert IndexStore(folder).current() == before


def test_put_can_remove_all_others(folder, entries, vectors):
    summary = editor(folder, vectors).put([entries[0], entry(1, "반품 되나요?")], remove_others=True)
    assert (summary.added, summary.unchanged) == (("new-1",), 1)
    assert sorted(summary.removed) == sorted(e.id for e in entries[1:4])
    assert {e.id for e in Index.load(folder, vectors).entries} == {entries[0].id, "new-1"}


def test_ids_that_are_there_or_not_are_named(folder, entries, vectors):
    edit, before = editor(folder, vectors), IndexStore(folder).current()
    with pytest.raises(ValueError, match=f"id '{entries[0].id}'인 항목이 이미 있어요"):
        edit.add(entries[0])
    with pytest.raises(UnknownIdError, match="id '없음'인 것이 없어요"):
        edit.edit("없음", lambda old: old)
    with pytest.raises(UnknownIdError):
        edit.remove([entries[0].id, "없음"])
    with pytest.raises(ValueError, match="마지막으로 남은"):
        edit.remove([e.id for e in entries[:4]])
    assert IndexStore(folder).current() == before and read_history(folder) == []
    with pytest.raises(FileNotFoundError, match="daedap index --faq"):
        editor(folder / "none", vectors).add(entries[0])


def test_a_writer_killed_before_its_version_counts_leaves_nothing(folder, entries, vectors, monkeypatch):
    store = IndexStore(folder)
    before = store.current()
    with monkeypatch.context() as patch:
        patch.setattr(IndexStore, "publish", lambda self, *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            editor(folder, vectors).add(entries[4])
    assert store.current() == before and read_history(folder) == []
    assert [path.name for path in (folder / "segments").iterdir()] == [use.name for use in store.manifest().segments]
    editor(folder, vectors).add(entries[5])
    assert [change.item for change in read_history(folder)] == [entries[5].id]


def test_documents_are_added_replaced_and_removed(tmp_path, vectors):
    documents = [read_manual(file)[:2] for file in sorted((BAKERY / "manuals").iterdir())]
    (oven, oven_passages), (hygiene, hygiene_passages) = documents
    Index.build([], [oven], oven_passages, vectors).save(tmp_path)
    edit = editor(tmp_path, vectors)
    edit.put_documents([(hygiene, hygiene_passages)])
    whole = Index.build([], [oven, hygiene], [*oven_passages, *hygiene_passages], vectors)
    found = Index.load(tmp_path, vectors)
    for query in ("바게트 온도", "위생 장갑 교체", "손을 몇 초 씻어요"):
        ours, theirs = found.search_passages(query), whole.search_passages(query)
        assert [(h.passage, h.text) for h in ours] == [(h.passage, h.text) for h in theirs]
        np.testing.assert_allclose([h.score for h in ours], [h.score for h in theirs], rtol=TOLERANCE)
        for hit in ours:
            assert found.reading(hit.passage).text == whole.reading(hit.passage).text
            words = [[index.readings.vocabulary[n] for n in index.reading(hit.passage).word_ids] for index in (found, whole)]
            assert words[0] == words[1]
    manifest = IndexStore(tmp_path).manifest()
    assert manifest.counts == {"entries": 0, "documents": 2, "passages": len(oven_passages) + len(hygiene_passages)}

    assert edit.put_documents([(replace(oven, title="새 오븐"), oven_passages)]).changed == (oven.id,)
    assert edit.remove_documents([hygiene.id]).removed == (hygiene.id,)
    found = Index.load(tmp_path, vectors)
    assert [d.title for d in found.documents] == ["새 오븐"]
    assert {h.passage.document_id for h in found.search_passages("위생 장갑 교체")} <= {oven.id}
    assert IndexStore(tmp_path).manifest().counts == {"entries": 0, "documents": 1, "passages": len(oven_passages)}
    assert read_history(tmp_path, hygiene.id)[0].before["text"] == hygiene.text
    with pytest.raises(UnknownIdError):
        edit.remove_documents([hygiene.id])


def test_validity_and_audience_are_respected(tmp_path, vectors):
    def dated(id, question, **fields):
        return FaqEntry(id, "", None, question, (), "답", **fields)

    entries = [
        dated("now", "행사 언제 해요?"),
        dated("past", "행사 끝났어요?", valid_to=date(2026, 3, 31)),
        dated("future", "행사 다음에 또 해요?", valid_from=date(2026, 5, 1)),
        dated("inside", "행사 예산 얼마예요?", audience=Audience.INTERNAL),
    ]
    Index.build(entries[:3], [], [], vectors).save(tmp_path)
    editor(tmp_path, vectors).add(entries[3])
    index = Index.load(tmp_path, vectors)

    def found(audience, day):
        return {hit.entry.id for hit in index.search_faq("행사", 10, audience=audience, on=day)}

    assert found("public", date(2026, 3, 31)) == {"now", "past"}
    assert found("public", date(2026, 4, 1)) == {"now"}
    assert found("internal", date(2026, 5, 1)) == {"now", "future", "inside"}
    day = date(2026, 4, 1)
    assert index.known_entry("행사 예산 얼마예요", on=day) is None
    assert index.known_entry("행사 예산 얼마예요", audience="internal", on=day) == entries[3]
    assert index.entry("past", on=day) is None and index.entry("past", on=date(2026, 1, 1)) == entries[1]
    assert index.entry("none") is None
    assert list(index.entries) == entries


def test_a_question_that_two_entries_have_is_not_known(tmp_path, vectors):
    Index.build([entry(1, "언제 와요?"), entry(2, "왜 안 와요?")], [], [], vectors).save(tmp_path)
    editor(tmp_path, vectors).add(entry(3, "언제와요"))
    index = Index.load(tmp_path, vectors)
    assert index.known_entry("왜 안와요?!").id == "new-2"
    assert index.known_entry("언제 와요") is None and index.known_entry("?!") is None
    editor(tmp_path, vectors).remove(["new-1"])
    assert Index.load(tmp_path, vectors).known_entry("언제 와요").id == "new-3"


class TestCompaction:
    def test_segments_of_like_size_are_joined_when_there_are_four(self, folder, entries, vectors):
        edit, store = editor(folder, vectors), IndexStore(folder)
        for number, question in enumerate(["반품 되나요?", "배송 되나요?", "환불 되나요?"]):
            edit.add(entry(number, question))
            assert due(store.manifest()) == []
        edit.add(entry(3, "카드 되나요?"))
        assert [[use.size for use in group] for group in due(store.manifest())] == [[1, 1, 1, 1]]
        before = {q: Index.load(folder, vectors).search_faq(q, 10) for q in QUERIES}
        assert compact(folder) == 4
        assert [use.size for use in store.manifest().segments] == [4, 4] and due(store.manifest()) == []
        for query, hits in before.items():
            after = Index.load(folder, vectors).search_faq(query, 10)
            assert {h.entry.id for h in after} == {h.entry.id for h in hits}
            np.testing.assert_allclose([h.score for h in after], [h.score for h in hits], rtol=TOLERANCE)

    def test_a_segment_of_which_much_was_removed_is_written_anew(self, folder, entries, vectors):
        editor(folder, vectors).remove([entries[0].id, entries[2].id])
        assert compact(folder) == 1
        assert [(use.size, use.dead) for use in IndexStore(folder).manifest().segments] == [(2, ())]
        assert {e.id for e in Index.load(folder, vectors).entries} == {entries[1].id, entries[3].id}

    def test_what_is_removed_while_segments_are_joined_stays_removed(self, folder, entries, vectors, monkeypatch):
        edit, store = editor(folder, vectors), IndexStore(folder)
        edit.add(entries[4])
        edit.remove([entries[0].id])
        stage = IndexStore.stage

        def remove_meanwhile(self, segment):
            monkeypatch.setattr(IndexStore, "stage", stage)
            edit.remove([entries[2].id])
            edit.add(entries[5])
            return stage(self, segment)

        monkeypatch.setattr(IndexStore, "stage", remove_meanwhile)
        compact(folder, everything=True)
        assert [(use.size, use.dead) for use in store.manifest().segments][:1] == [(4, ())]
        assert {e.id for e in Index.load(folder, vectors).entries} == {e.id for e in entries} - {entries[0].id, entries[2].id}
        assert_same(Index.load(folder, vectors), Index.build([entries[i] for i in (1, 3, 4, 5)], [], [], vectors))

    def test_a_compaction_that_comes_after_a_new_build_publishes_nothing(self, folder, entries, vectors, monkeypatch):
        editor(folder, vectors).add(entries[4])
        stage = IndexStore.stage

        def build_meanwhile(self, segment):
            monkeypatch.setattr(IndexStore, "stage", stage)
            Index.build(entries, [], [], vectors).save(folder)
            return stage(self, segment)

        monkeypatch.setattr(IndexStore, "stage", build_meanwhile)
        assert compact(folder, everything=True) == 0
        assert len(Index.load(folder, vectors).entries) == len(entries)

    def test_a_killed_compaction_leaves_the_version(self, folder, entries, vectors, monkeypatch):
        edit, store = editor(folder, vectors), IndexStore(folder)
        edit.add(entries[4])
        before = store.current()
        monkeypatch.setattr(IndexStore, "publish", lambda self, *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            compact(folder, everything=True)
        assert store.current() == before and len(Index.load(folder, vectors).entries) == 5
