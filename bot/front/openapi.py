"""The description of the API (OpenAPI 3.0), as it is served."""

from __future__ import annotations

from typing import Any

MAX_HITS = 50
MAX_USER_CHARACTERS = 200
MAX_QUESTION_CHARACTERS = 1_000

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": "string", "nullable": True}
_MAYBE_NUMBER = {"type": "integer", "nullable": True}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _of(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


ERRORS = {
    "400": {"description": "본문이 JSON 객체가 아니에요.", "content": _of("Error")},
    "403": {"description": "허용하지 않은 사이트에서 왔어요.", "content": _of("Error")},
    "413": {"description": "너무 길거나 커요.", "content": _of("Error")},
    "422": {"description": "값이 맞지 않아요.", "content": _of("Error")},
    "429": {
        "description": "너무 많이 물었어요. Retry-After 초 뒤에 다시 물어 주세요.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
        "content": _of("Error"),
    },
    "503": {"description": "답변 서비스가 아직 준비되지 않았거나 쉬고 있어요.", "content": _of("Error")},
}

SCHEMAS = {
    "Error": _object(["error"], error=_TEXT),
    "Question": _object(
        ["question"],
        question={"type": "string", "minLength": 1, "maxLength": MAX_QUESTION_CHARACTERS, "example": "반품은 며칠 안에 하나요?"},
        user={
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_USER_CHARACTERS,
            "description": "요청 수를 사람마다 셀 때 써요.",
        },
    ),
    "Source": _object(
        ["document", "title"],
        document=_TEXT,
        title=_TEXT,
        section=_MAYBE_TEXT,
        page=_MAYBE_NUMBER,
        start=_MAYBE_NUMBER,
        end=_MAYBE_NUMBER,
        url={"type": "string", "description": "답이 있는 자리를 펼친 문서 주소"},
    ),
    "Candidate": _object(["id", "question", "score"], id=_TEXT, question=_TEXT, score={"type": "number"}),
    "Answer": _object(
        ["question", "kind", "answer", "text", "confidence", "candidates", "latency_ms"],
        question=_TEXT,
        kind={"type": "string", "enum": ["faq", "manual", "clarify", "none"]},
        answer={"type": "string", "description": "FAQ의 답, 문서의 답 구간, 또는 되묻는 말"},
        text={"type": "string", "description": "손님이 읽는 글: 답, 답이 있는 문장, 출처"},
        confidence={"type": "number", "minimum": 0, "maximum": 1},
        evidence=_MAYBE_TEXT,
        source={"nullable": True, "allOf": [{"$ref": "#/components/schemas/Source"}]},
        candidates={"type": "array", "items": {"$ref": "#/components/schemas/Candidate"}},
        latency_ms={"type": "number"},
    ),
    "Hit": _object(
        ["id", "document", "text", "score"],
        id=_TEXT,
        document=_TEXT,
        section=_MAYBE_TEXT,
        text=_TEXT,
        score={"type": "number"},
        confidence={"type": "number"},
        matched=_TEXT,
        page=_MAYBE_NUMBER,
        start={"type": "integer"},
        end={"type": "integer"},
    ),
    "Hits": _object(
        ["query", "what", "hits"],
        query=_TEXT,
        what={"type": "string", "enum": ["faq", "passages"]},
        hits={"type": "array", "items": {"$ref": "#/components/schemas/Hit"}},
    ),
}


def _query(name: str, schema: dict[str, Any], required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "daedap", "version": "1", "description": "FAQ와 설명서를 보고 한국어로 답하는 봇"},
    "paths": {
        "/api/ask": {
            "post": {
                "operationId": "ask",
                "summary": "질문 하나에 답해요. 대화는 기억하지 않아요.",
                "requestBody": {"required": True, "content": _of("Question")},
                "responses": {"200": {"description": "답", "content": _of("Answer")}, **ERRORS},
            }
        },
        "/api/search": {
            "get": {
                "operationId": "search",
                "summary": "FAQ나 설명서에서 가까운 것을 찾아요.",
                "parameters": [
                    _query("q", {"type": "string", "minLength": 1, "maxLength": MAX_QUESTION_CHARACTERS}, True),
                    _query("what", {"type": "string", "enum": ["faq", "passages"], "default": "faq"}),
                    _query("k", {"type": "integer", "minimum": 1, "maximum": MAX_HITS, "default": 5}),
                ],
                "responses": {"200": {"description": "찾은 것, 가까운 것부터", "content": _of("Hits")}, **ERRORS},
            }
        },
    },
    "components": {"schemas": SCHEMAS},
}
