"""The whole index: searching, keeping, damage, another trade's files."""

import json
import shutil
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nlu.vectors import StaticVectors
from retrieval.building import build_index
from retrieval.collection import Query
from retrieval.documents import FaqEntry
from retrieval.index import Index
from retrieval.manifest import FORMAT_VERSION, IndexDamagedError
from retrieval.store import CURRENT, IndexStore
from tests.retrieval.conftest import BAKERY

QUERIES = [
    "케이크는 며칠 전에 주문해야 해요?",
    "빵 언제 나와요",
    "쉬는날",
    "바게트 온도",
    "생크림 며칠",
    "",
    "ㅋㅋㅋ",
    "😀😀",
    "gluten",
    "SELECT * FROM faq",
    "<b>빵</b>",
    "\x00\x07 식빵",
]


def ids(hits):
    return [hit.entry.id for hit in hits]


@pytest.mark.parametrize(
    "query, entry",
    [
        ("케이크는 며칠 전에 주문해야 해요?", "bread-01"),
        ("몇 시에 빵 나와", "bread-03"),
        ("언제 쉬어요", "bread-04"),
        ("케익 얘약", "bread-01"),
        ("갓구운빵언제살수있어요", "bread-03"),
    ],
)
def test_the_bakery_finds_its_entries(bakery, query, entry):
    assert ids(bakery.search_faq(query, 1)) == [entry]


def test_a_known_question_is_surer_than_a_foreign_one(bakery):
    known = bakery.search_faq("식빵은 어떻게 보관해요?", 1)[0]
    foreign = bakery.search_faq("세탁기에서 물이 새요", 1)
    assert (known.entry.id, known.matched) == ("bread-05", "식빵은 어떻게 보관해요?")
    assert known.confidence > 0.7
    assert not foreign or foreign[0].confidence < 0.3


def test_matched_is_the_phrasing_asked(bakery):
    assert bakery.search_faq("회사 간식 대량 주문", 1)[0].matched == "회사 간식 대량 주문"


@pytest.mark.parametrize(
    "query, section, part",
    [
        ("바게트 온도와 시간", "굽는 온도", "빵: 바게트 / 온도: 220도 / 시간: 25분"),
        ("위생 장갑 교체", "손 씻기", "위생 장갑은 2시간마다 바꿉니다."),
    ],
)
def test_the_bakery_finds_its_passages(bakery, query, section, part):
    hit = bakery.search_passages(query, 1)[0]
    assert hit.passage.section == section and part in hit.text
    assert bakery.document(hit.passage.document_id).text[hit.passage.start : hit.passage.end] == hit.text


def test_scores_fall_and_entries_come_once(bakery):
    hits = bakery.search_faq("빵 언제", 100)
    assert len(ids(hits)) == len(set(ids(hits))) <= len(bakery.entries)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert sum(h.confidence for h in hits) <= 1.000001


def test_fused_scores_equal_brute_force(bakery, vectors):
    query = Query.of("빵 언제 살 수 있어요", vectors)
    weights = bakery._ranking.faq_weights
    hits = {h.entry.id: h.score for h in bakery.search_faq("빵 언제 살 수 있어요", 100)}
    searcher = bakery.faq.searcher
    for place, entry in enumerate(bakery.entries):
        own = np.flatnonzero(searcher._owners == place)
        parts = [searcher.questions.score(query).at(own).max(axis=0)]
        parts += [part.score(query).at(np.array([place]))[0] for part in (searcher._entries, searcher._answers)]
        assert hits.get(entry.id, 0.0) == pytest.approx(float(np.concatenate(parts) @ weights), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("query", ["", "ㅋㅋㅋ", "😀😀", "?!.", "\x00\x01"])
def test_queries_without_words_find_nothing(bakery, query):
    assert bakery.search_faq(query) == [] and bakery.search_passages(query) == []


def test_a_query_of_10000_characters(bakery):
    assert bakery.search_faq("식빵은 어떻게 보관해요? " * 700, 1)[0].entry.id == "bread-05"


def test_decomposed_hangul_finds_the_same(bakery):
    query = "글루텐 없는 빵이 있나요?"
    assert bakery.search_faq(unicodedata.normalize("NFD", query), 3) == bakery.search_faq(query, 3)


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_is_refused(bakery, k):
    with pytest.raises(ValueError, match=f"k is {k}; it must be 1 or more"):
        bakery.search_faq("빵", k)


def test_save_and_load_give_the_same_hits(bakery, vectors, tmp_path):
    bakery.save(tmp_path)
    loaded = Index.load(tmp_path, vectors)
    assert (list(loaded.entries), loaded.passages) == (list(bakery.entries), bakery.passages)
    assert loaded.documents == bakery.documents
    for query in QUERIES:
        assert loaded.search_faq(query, 5) == bakery.search_faq(query, 5)
        assert loaded.search_passages(query, 5) == bakery.search_passages(query, 5)


def test_threads_find_what_one_finds(bakery):
    alone = [bakery.search_faq(query, 5) for query in QUERIES]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: [bakery.search_faq(query, 5) for query in QUERIES], range(8)):
            assert found == alone


@pytest.mark.parametrize("faq, manuals", [(True, False), (False, True)])
def test_either_half_may_be_missing(tmp_path, vectors, faq, manuals):
    summary = build_index([BAKERY / "faq.csv"] if faq else [], [BAKERY / "manuals"] if manuals else [], tmp_path)
    index = Index.load(tmp_path, vectors)
    assert (summary.files, summary.entries, summary.passages) == ((1, 6, 0) if faq else (2, 0, 5))
    assert bool(index.search_faq("빵 언제 나와요")) is faq
    assert bool(index.search_passages("바게트 온도")) is manuals


def test_large_collections_keep_the_best_candidates(vectors):
    entries = [FaqEntry(f"e{i}", "", None, f"{i}번 상품의 가격은 얼마예요?", (), f"{i * 10}원이에요.") for i in range(700)]
    index = Index.build(entries, [], [], vectors)
    assert ids(index.search_faq("431번 상품의 가격은 얼마예요?", 1)) == ["e431"]


def test_an_answer_of_20000_characters(vectors):
    long = FaqEntry("long", "", None, "약관 전체를 보여 주세요.", (), "제1조 이 약관은 계약에 적용합니다. " * 1_000)
    index = Index.build([long, FaqEntry("short", "", None, "계약은 어떻게 해요?", (), "전화로 해요.")], [], [], vectors)
    assert len(long.answer) > 20_000
    assert [ids(index.search_faq(query, 1)) for query in ("약관 보여 주세요", "계약 어떻게 해요")] == [["long"], ["short"]]


def test_nothing_to_index_leaves_the_old_index(bakery_folder, vectors, tmp_path):
    shutil.copytree(bakery_folder, tmp_path / "index")
    (tmp_path / "empty.csv").write_text("question,answer\n", encoding="utf-8")
    with pytest.raises(ValueError, match="색인에 넣을 FAQ 항목도 문서도 없어요"):
        build_index([tmp_path / "empty.csv"], [], tmp_path / "index")
    assert len(Index.load(tmp_path / "index", vectors).entries) == 6


def test_a_new_build_takes_the_place_of_the_old(tmp_path, vectors):
    names = [build_index([BAKERY / "faq.csv"], [], tmp_path).version for _ in range(3)]
    assert (tmp_path / CURRENT).read_text().strip() == names[-1]
    assert sorted(p.name for p in (tmp_path / "versions").iterdir()) == sorted(names[1:])


def test_the_manifest_says_what_is_in_it(bakery_folder):
    store = IndexStore(bakery_folder)
    manifest = store.manifest()
    assert (manifest.format_version, manifest.change, manifest.edits) == (FORMAT_VERSION, 0, 0)
    assert manifest.counts == {"entries": 6, "documents": 2, "passages": 5}
    assert manifest.vectors["dimension"] == 256
    assert [(use.kind, use.size, use.dead) for use in manifest.segments] == [("faq", 6, ()), ("manuals", 2, ())]
    for use in manifest.segments:
        folder = store.segment_folder(use.name)
        files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {"segment.json"}
        assert set(json.loads((folder / "segment.json").read_text(encoding="utf-8"))["files"]) == files


@pytest.mark.parametrize(
    "name",
    [
        "segments/faq-*/entries.jsonl",
        "segments/faq-*/questions/dense.faiss",
        "segments/manuals-*/passages/morphemes.arrays",
        "segments/manuals-*/segment.json",
        "versions/*/manifest.json",
    ],
)
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_file_is_named_with_the_command(bakery_folder, vectors, tmp_path, name, damage):
    shutil.copytree(bakery_folder, tmp_path / "index")
    (file,) = (tmp_path / "index").glob(name)
    if damage == "gone":
        file.unlink()
    else:
        data = file.read_bytes()
        file.write_bytes(data[:-7] if damage == "cut" else data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    with pytest.raises(IndexDamagedError) as caught:
        Index.load(tmp_path / "index", vectors)
    assert str(file) in str(caught.value) and "daedap index --faq" in str(caught.value)


def test_other_vectors_than_those_of_the_index_are_refused(bakery_folder, vectors):
    other = StaticVectors.from_matrix(
        ["빵/NNG", "굽/VV"], np.eye(2, 8, dtype=np.float32), np.ones(2, np.float32), removed_directions=0
    )
    with pytest.raises(IndexDamagedError, match=r"벡터\(256차원.*\)와 지금 벡터\(8차원"):
        Index.load(bakery_folder, other)


def test_a_missing_index_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="daedap index --faq"):
        Index.load(tmp_path / "none")


def test_products_come_from_the_faq_where_the_title_names_one(tmp_path, vectors):
    (tmp_path / "faq.csv").write_text("product,question,answer\n오븐,켜는 법,누르세요\n믹서,끄는 법,당기세요\n", encoding="utf-8")
    build_index([tmp_path / "faq.csv"], [BAKERY / "manuals"], tmp_path / "index")
    index = Index.load(tmp_path / "index", vectors)
    assert {d.id: d.product for d in index.documents} == {"오븐-사용법": "오븐", "위생-규정": None}
    assert {p.product for p in index.passages if p.document_id == "오븐-사용법"} == {"오븐"}


def test_documents_that_the_query_names(bakery):
    assert [d.id for d in bakery.named_documents("달빛 제과 위생 규정에서 손은 몇 초 씻어요?")] == ["위생-규정"]
    assert bakery.named_documents("손은 몇 초 씻어요?") == []
    plain, named = (bakery.search_passages(prefix + "식빵 온도", 10) for prefix in ("", "달빛제과 위생 규정 "))
    assert plain[0].passage.document_id == "오븐-사용법" and named[0].passage.document_id == "위생-규정"


@pytest.mark.parametrize("query", ["세 탁 기 필 터 청 소", "세탁기필터청소", "셰탁기 필타 청소", "세탁기   필터\n청소"])
def test_spacing_and_slips_still_find_the_entry(query, vectors):
    entries = [
        FaqEntry("filter", "", None, "세탁기 필터는 어떻게 청소해요?", (), "물로 씻어 주세요."),
        FaqEntry("aircon", "", None, "에어컨 필터는 얼마나 자주 청소해요?", (), "2주에 한 번이에요."),
        FaqEntry("return", "", None, "반품하고 싶어요.", (), "7일 안에 신청해 주세요."),
    ]
    index = Index.build(entries, [], [], vectors)
    assert index.search_faq(query, 1)[0].entry.id == "filter"


def test_what_was_searched_for_is_kept_and_cannot_be_changed_by_who_asked(bakery):
    query = "케이크는 며칠 전에 주문해야 해요?"
    many = bakery.search_faq(query, k=8)
    expected = ids(many)
    assert ids(bakery.search_faq(query, k=2)) == expected[:2]
    many.clear()
    assert ids(bakery.search_faq(query, k=8)) == expected
    assert ids(bakery.search_faq(query, k=50))[: len(expected)] == expected
