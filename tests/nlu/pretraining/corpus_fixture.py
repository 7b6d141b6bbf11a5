"""A tiny corpus that the pre-training tests share, written by us."""

TITLES = ["세탁기", "로봇청소기", "에어컨", "냉장고", "전자레인지", "공기청정기"]


def articles(count: int = 60) -> list[tuple[str, str]]:
    """`(title, text)` pairs of a few sentences, each article with numbers of its own."""
    made = []
    for i in range(count):
        name = f"{TITLES[i % len(TITLES)]} {i}호"
        made.append(
            (
                name,
                f"{name}는 20{i % 90 + 10}년 {i % 12 + 1}월에 대전 공장에서 만든 제품이다. 김다온이 {i + 3}개월 설계했다. "
                f"무게는 {i + 10}킬로그램이고 소비 전력은 {i * 10 + 300}와트이다. 처음에는 부산에서 {i + 5}대가 팔렸다. "
                f"{name}의 보증 기간은 {i % 5 + 1}년이며 부품은 {i % 7 + 2}년 둔다. 필터는 {i % 4 + 1}주마다 물로 씻어야 한다.",
            )
        )
    return made


def write(path, count: int = 60):
    path.write_text("".join(f"{title}\t{text}\n" for title, text in articles(count)), encoding="utf-8")
    return path
